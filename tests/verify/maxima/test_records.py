"""Records: every one recounted by two engines and by its certificate; the search that finds them."""

import dataclasses
from pathlib import Path

import pytest

from theory import Architecture, formats
from theory.bounds import bracket
from theory.errors import InvalidInputError
from theory.records import FOLDER, best_record, records
from verify import WholeSpace, count
from verify.engines import ENGINES, Problem
from verify.maxima.records import records_table, verify_record
from verify.maxima.search import most_regions


@pytest.mark.parametrize("arch", records(), ids=str)
def test_every_record_holds(arch: Architecture) -> None:
    record = records()[arch]
    verified = verify_record(record)
    assert verified.holds, str(verified)
    assert record.architecture == arch
    hidden = record.network.hidden
    assert all(v.denominator == 1 for layer in hidden for row in (*layer.weights, layer.biases) for v in row)


def test_records_beat_constructions_and_respect_bounds() -> None:
    for arch, built, found, limit, *_ in records_table().rows:
        assert built < found <= limit == bracket(Architecture.parse(arch))[1].value


def test_the_smallest_ones_are_what_the_literature_leaves_open() -> None:
    least = {"2-4-1": 22, "2-6-1": 44, "2-4-2": 39, "2-4-4": 93, "3-4-3": 87}
    for text, value in least.items():
        assert records()[Architecture.parse(text)].count >= value


def test_no_file_is_forgotten() -> None:
    names = {str(arch) for arch in records()}
    assert {path.stem for path in FOLDER.iterdir()} == names | {"index"}
    assert all((FOLDER / f"{name}{suffix}").exists() for name in names for suffix in (".json", ".cert"))


def test_a_wrong_record_is_noticed(tmp_path: Path) -> None:
    record = records()[Architecture.parse("2-4-1")]
    assert not verify_record(dataclasses.replace(record, count=23)).holds
    other = records()[Architecture.parse("2-5-1")]
    swapped = verify_record(dataclasses.replace(record, certificate=other.certificate))
    assert not swapped.same_network
    assert "of another network" in str(swapped)
    forged = tmp_path / "forged.cert"
    forged.write_text(record.certificate.read_text().replace('"regions":22', '"regions":23'))
    assert "REJECTED" in str(verify_record(dataclasses.replace(record, certificate=forged)))


def test_a_record_serves_wider_architectures() -> None:
    record = records()[Architecture.parse("2-4-1")]
    wide = record.widened(Architecture.parse("3-6-4"))
    assert int(count(wide)) == record.count
    assert best_record(Architecture.parse("1-4-1")) is None
    assert best_record(Architecture.parse("2-4-1-1")) is None
    assert best_record(Architecture.maxout(2, 4, 1, rank=2)) is None


def test_the_search_is_deterministic_and_exact() -> None:
    arch = Architecture.parse("2-3-1")
    first, again = (most_regions(arch, seed=3, evaluations=1500) for _ in range(2))
    assert first == again
    assert first.count == ENGINES["brute"](Problem.of(first.network, WholeSpace(2)))[0] == 13
    assert first.evaluations == 1500


def test_the_search_starts_where_it_is_told() -> None:
    record = records()[Architecture.parse("2-4-2")]
    found = most_regions(record.architecture, evaluations=5, starts=[record.network])
    assert found.count >= record.count
    with pytest.raises(InvalidInputError, match="a start has architecture 2-4-2"):
        most_regions(Architecture.parse("2-3-2"), evaluations=5, starts=[record.network])
    with pytest.raises(InvalidInputError, match="give seconds"):
        most_regions(record.architecture)
    with pytest.raises(InvalidInputError, match="ReLU"):
        most_regions(Architecture.maxout(2, 3, rank=3), evaluations=5)


def test_the_command(run, tmp_path: Path) -> None:
    assert "2-4-1" in run("records").out
    target = tmp_path / "net.json"
    run("records", "--show", "2-4-1", "-o", target)
    assert int(count(formats.load(target))) == 22
    assert run("records", "--search", "1-2-1", "--seconds", "0", "--json").json["at_most"] == 5
    for words, message in (
        (("--show", "2-2"), "there is no record"),
        (("--check", "--show", "2-4-1"), "give one"),
        (("-o", "x.json"), "-o writes one network"),
        (("--check", "--format", "csv"), "leave out --check"),
    ):
        out, err = run("records", *words, code=2)
        assert (out, err.count("\n")) == ("", 1)
        assert message in err


def test_all_records_are_checked_by_the_command(run) -> None:
    assert run("records", "--check").out.count("VERIFIED") == len(records())
