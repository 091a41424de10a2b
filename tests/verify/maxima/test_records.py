"""Records: every one recounted by two engines and by its certificate; the search that finds them."""

import dataclasses
import itertools
import zipfile
from pathlib import Path

import pytest
from brute_count import count_brute

from theory import Architecture, formats
from theory.bounds import bracket
from theory.errors import InvalidInputError
from theory.records import CERTIFICATES, FOLDER, INDEX, SEARCHES, best_record, records
from verify import WholeSpace, count
from verify.certificate import check
from verify.engines import ENGINES, Problem
from verify.maxima.best_known import most_attained
from verify.maxima.records import records_table, verify_record
from verify.maxima.search import most_regions


@pytest.mark.parametrize(
    "arch", [pytest.param(arch, marks=[pytest.mark.slow] * (i % 12 > 0)) for i, arch in enumerate(records())], ids=str
)
def test_a_record_holds(arch: Architecture) -> None:
    verified = verify_record(records()[arch])
    assert verified.holds, str(verified)


@pytest.mark.parametrize("part", range(6))
def test_every_certificate_proves_the_count_of_its_record(part: int, tmp_path: Path) -> None:
    for arch, record in list(records().items())[part::6]:
        path = tmp_path / f"{arch}.cert"
        path.write_bytes(record.certificate)
        assert check(path, network=record.network, domain=WholeSpace(arch.inputs)).regions == record.count


def test_records_beat_constructions_and_respect_bounds() -> None:
    for arch, built, found, limit, *_ in records_table().rows:
        assert built < found <= limit == bracket(Architecture.parse(arch))[1].value


LEAST = {
    "2-4-1": 22, "2-6-1": 44, "2-4-2": 39, "2-4-4": 93, "3-4-3": 87, "3-5-5": 431, "2-4-4-4": 479,
    "3-5-2": 96, "3-5-3": 167, "4-6-3": 390, "4-6-4": 676, "2-6-2": 82, "2-6-3": 139, "2-6-4": 214, "2-7-3": 188,
    "3-6-2": 158, "3-6-3": 284, "3-6-4": 478, "2-3-3-1": 60, "2-3-3-1-1": 87, "2-3-3-2": 96, "2-3-3-3": 141,
    "2-2-1-1": 10, "2-2-1-2": 13, "2-2-1-3": 16, "1-2-2-2-2": 43, "1-2-2-2-2-2": 95, "2-3-1-2": 25, "2-3-2-1": 37,
    "2-2-2-2-1": 41, "3-3-3-1": 68, "3-3-2-2": 62, "3-3-1-2": 29, "4-4-3": 91, "4-5-2": 112, "3-5-1": 52,
    "3-6-1": 84, "4-6-1": 114, "2-7-2": 104, "2-8-1": 73,
}  # fmt: skip
"""What the best networks known have at least, by architecture."""


@pytest.mark.parametrize("text", LEAST)
def test_the_best_network_known_has_no_fewer_regions_than_before(text: str) -> None:
    assert most_attained(Architecture.parse(text)).value >= LEAST[text]


@pytest.mark.slow
@pytest.mark.parametrize("text", list(LEAST)[22:])
def test_the_search_finds_as_many_by_itself(text: str) -> None:
    found = most_regions(Architecture.parse(text), evaluations=6_000_000, seed=1, enough=LEAST[text])
    assert found.count >= LEAST[text]
    assert ENGINES["exact"](Problem.of(found.network, WholeSpace(found.network.inputs)))[0] == found.count


def test_a_short_search_finds_the_maximum_of_small_architectures() -> None:
    for text, most in (("2-2-1-1", 10), ("2-2-1-2", 13), ("2-3-1", 13), ("3-3-1-2", 29)):
        found = most_regions(Architecture.parse(text), evaluations=20_000, seed=1, enough=most)
        assert found.count == count_brute(found.network) == most


def test_every_record_has_its_certificate_and_no_certificate_is_of_another() -> None:
    with zipfile.ZipFile(CERTIFICATES) as archive:
        assert sorted(archive.namelist()) == sorted(f"{arch}.cert" for arch in records())
    assert {path.name for path in FOLDER.iterdir()} == {INDEX.name, CERTIFICATES.name, SEARCHES.name}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_000_000


def test_no_record_says_less_than_one_of_fewer_units() -> None:
    for arch, record in records().items():
        assert best_record(arch) is record, arch


def test_a_wrong_record_is_noticed() -> None:
    record = records()[Architecture.parse("2-6-1")]
    assert not verify_record(dataclasses.replace(record, count=45)).holds
    swapped = verify_record(dataclasses.replace(record, proof=records()[Architecture.parse("2-7-1")].certificate))
    assert not swapped.same_network
    assert "of another network" in str(swapped)
    forged = record.certificate.replace(b'"regions":44', b'"regions":45')
    assert "REJECTED" in str(verify_record(dataclasses.replace(record, proof=forged)))


def test_a_record_serves_wider_architectures() -> None:
    record = records()[Architecture.parse("2-6-1")]
    wide = record.widened(Architecture.parse("3-6-4"))
    assert int(count(wide)) == record.count
    assert record.placement(Architecture.parse("1-6-1")) is None
    assert record.placement(Architecture.parse("2-4-5-1")) is None
    assert best_record(Architecture.maxout(2, 6, 1, rank=2)) is None


@pytest.mark.parametrize("text", ["2-6-1-1", "2-6-1-3", "2-6-5-1", "3-6-6-4-2", "2-6-6-2-9"])
def test_a_record_serves_deeper_architectures(text: str) -> None:
    record, arch = records()[Architecture.parse("2-6-1")], Architecture.parse(text)
    deep = record.widened(arch)
    assert deep.architecture == arch
    assert int(count(deep)) == record.count


def test_layers_that_pass_values_on_are_wide_enough() -> None:
    record = records()[Architecture.parse("2-3-2-2")]
    assert record.placement(Architecture.parse("2-3-3-2-2")) == (0, 1, 2)
    assert record.placement(Architecture.parse("2-3-1-2-2")) is None
    assert record.placement(Architecture.parse("2-3-2-1-2")) is None
    assert record.placement(Architecture.parse("2-1-3-2-2")) is None
    with pytest.raises(InvalidInputError, match="does not cover 2-3-1-2-2"):
        record.widened(Architecture.parse("2-3-1-2-2"))


def test_the_search_is_deterministic_and_exact() -> None:
    arch = Architecture.parse("2-3-1")
    first, again = (most_regions(arch, seed=3, evaluations=1500) for _ in range(2))
    assert first == again
    assert first.count == ENGINES["brute"](Problem.of(first.network, WholeSpace(2)))[0] == 13
    assert first.evaluations == 1500


def test_the_search_starts_where_it_is_told() -> None:
    record = records()[Architecture.parse("2-6-2")]
    found = most_regions(record.architecture, evaluations=5, starts=[record.network])
    assert found.count >= record.count
    with pytest.raises(InvalidInputError, match="a start has architecture 2-6-2"):
        most_regions(Architecture.parse("2-3-2"), evaluations=5, starts=[record.network])
    with pytest.raises(InvalidInputError, match="give seconds"):
        most_regions(record.architecture)
    for wrong in ({"evaluations": -1}, {"evaluations": "many"}, {"evaluations": 5, "seed": "one"}):
        with pytest.raises(InvalidInputError, match=list(wrong)[-1]):
            most_regions(record.architecture, **wrong)
    with pytest.raises(InvalidInputError, match="ReLU"):
        most_regions(Architecture.maxout(2, 3, rank=3), evaluations=5)


def test_the_command(run, tmp_path: Path) -> None:
    assert "2-6-1" in run("records").out
    target = tmp_path / "net.json"
    run("records", "--show", "2-6-1", "-o", target)
    assert int(count(formats.load(target))) == 44
    evidence = tmp_path / "net.cert"
    run("records", "--show", "2-6-1", "-o", target, "--certificate", evidence)
    assert check(evidence).regions == 44
    assert run("records", "--search", "1-2-1", "--seconds", "0", "--json").json["at_most"] == 5


def test_records_are_checked_by_the_command(run, monkeypatch: pytest.MonkeyPatch) -> None:
    few = dict(itertools.islice(records().items(), 0, None, 60))
    monkeypatch.setattr("verify.cli.best.records", lambda: few)
    assert run("records", "--check").out.count("VERIFIED") == len(few) > 1
    wrong = dataclasses.replace(next(iter(few.values())), count=1)
    monkeypatch.setattr("verify.cli.best.records", lambda: {wrong.architecture: wrong})
    run("records", "--check", code=1)
