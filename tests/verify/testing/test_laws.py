"""Every law holds, none of them is empty, and each is broken by a counter or a bound that is wrong."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from theory.bounds import BOUNDS
from theory.errors import InvalidInputError
from theory.sources import SOURCES
from verify.domain.shapes import WholeSpace
from verify.testing.laws import FALSE_LAWS, LAWS, as_tests, chosen
from verify.testing.laws.law import Finding, exact_count

COUNTING = [name for name, law in LAWS.items() if law.counts]
ORDERINGS = [name for name in LAWS if "_at_most_" in name or "_equals_" in name]

test_every_law_holds = as_tests(examples=8)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_every_law_holds_for_many_examples(name) -> None:
    report = LAWS[name].check(examples=500, seed=20)
    assert report.holds, str(report)
    assert report.examples >= 30  # of some orderings there are not more architectures in the pool, and all are tried


@pytest.mark.parametrize("name", LAWS)
def test_a_law_is_a_sentence_with_a_source_and_examples_that_it_speaks_about(name) -> None:
    law = LAWS[name]
    assert law.name == name
    assert law.statement.endswith(".")
    assert law.source.key in SOURCES
    assert law.source.label
    assert law.check(examples=8, seed=3).examples >= 2
    assert repr(law) == f"<law {name}: {law.statement}>"


# -- no law that cannot fail -------------------------------------------------------------------------------------------


def by_digest(network, domain):
    """Wrong by one for half of all networks: it depends on how a network is written."""
    return exact_count(network, domain) + int(network.digest[0], 16) % 2


def tenfold(network, domain):
    return 10 * exact_count(network, domain)


def too_small_if_wide(network, domain):
    """Forgets regions of networks with an even number of units."""
    return max(1, exact_count(network, domain) - 2 * (1 + network.architecture.units % 2))


def crashing(*_):
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize("name", COUNTING)
def test_every_law_about_counts_is_broken_by_a_wrong_counter(name) -> None:
    wrong = [by_digest, tenfold, too_small_if_wide]
    reports = (LAWS[name].check(examples=150, counter=counter) for counter in wrong)
    report = next((report for report in reports if not report.holds), None)
    assert report is not None, f"{name} accepts every wrong counter"
    assert report.failure.what
    assert name in str(report)


@pytest.mark.parametrize("name", ORDERINGS)
def test_every_ordering_is_broken_by_a_wrong_bound(name, monkeypatch) -> None:
    larger = name.replace("_equals_", "_at_most_").split("_at_most_")[1]
    low = dataclasses.replace(BOUNDS[larger], value=lambda _: 0)
    monkeypatch.setitem(BOUNDS, larger, low)
    report = LAWS[name].check(examples=5)
    assert not report.holds
    assert f"{larger} = 0" in report.failure.what


def test_the_other_laws_between_formulas_are_broken_by_a_wrong_bound(monkeypatch) -> None:
    true = BOUNDS["hinz2021"]
    monkeypatch.setitem(BOUNDS, "hinz2021", dataclasses.replace(true, value=lambda arch: true.value(arch) + 1))
    assert not LAWS["hinz2021_is_least"].check(examples=30).holds
    monkeypatch.setitem(BOUNDS, "hinz2021", dataclasses.replace(true, value=lambda arch: true.value(arch) // 2))
    assert not LAWS["lower_below_upper"].check(examples=30).holds
    serra = BOUNDS["serra2018"]
    monkeypatch.setitem(BOUNDS, "serra2018", dataclasses.replace(serra, value=lambda arch: arch.units))
    assert not LAWS["bottleneck"].check(examples=5).holds


def test_a_counter_that_raises_breaks_the_law_and_is_named() -> None:
    report = LAWS["line"].check(examples=5, counter=crashing)
    assert report.failure.what == "ZeroDivisionError: division by zero"


# -- how a check reports -----------------------------------------------------------------------------------------------


def test_a_check_depends_on_its_seed_alone() -> None:
    def drawn(seed):
        seen = []
        law = dataclasses.replace(LAWS["tiling"], predicate=lambda example, _: Finding(not seen.append(example), ""))
        law.check(examples=10, seed=seed)
        return [network.digest for network, _ in seen]

    assert drawn(1) == drawn(1) != drawn(2)


def test_examples_are_counted_only_if_the_law_speaks_about_them() -> None:
    law = dataclasses.replace(LAWS["tiling"], predicate=lambda *_: Finding.silent("nothing to say"))
    assert law.check(examples=10).examples == 0
    assert LAWS["bottleneck"].check(examples=7).examples == 7
    assert LAWS["bottleneck"].check(examples=7, expired=lambda: True).examples == 0


def test_a_broken_law_shows_its_smallest_example() -> None:
    report = FALSE_LAWS["moving_a_unit_back"].check(examples=200)
    assert report.failure.example.depth == 2  # to which Hypothesis shrinks, if not to the least inputs and widths
    assert min(report.failure.example.widths) == 1
    assert f"for {report.failure.example}, " in str(report)
    assert not FALSE_LAWS["all_regions_bounded"].check(examples=5).holds
    assert exact_count(FALSE_LAWS["all_regions_bounded"].check(examples=5).failure.example, WholeSpace(1)) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: chosen(("gravity",)), "there is no law 'gravity'; known: "),
        (lambda: as_tests("gravity"), "there is no law 'gravity'"),
        (lambda: LAWS["line"].check(examples=0), "examples: 0 is below the smallest allowed value 1"),
        (lambda: LAWS["line"].check(seed="x"), "seed: 'x' is not a number"),
    ],
)
def test_wrong_arguments_are_named(call, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        call()


# -- two lines of pytest -----------------------------------------------------------------------------------------------


def test_two_lines_test_the_laws_and_a_counter_of_ones_own(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "my_counter.py").write_text(
        "from verify import count\ndef my_count(network, domain):\n    return int(count(network, domain)) + 1\n"
    )
    (tmp_path / "test_mine.py").write_text(
        "from verify.testing.laws import as_tests\n"
        "test_laws = as_tests('deletion_restriction', 'bottleneck', examples=5)\n"
        "from my_counter import my_count\n"
        "test_my_count = as_tests('zaslavsky_poset', counter=my_count, examples=5)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in ran.stdout, ran.stdout + ran.stderr
    assert "FAILED test_mine.py::test_my_count[zaslavsky_poset]" in ran.stdout
    assert "regions counted, the intersection poset says" in ran.stdout


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_lists_every_law_with_its_statement_and_source(run) -> None:
    out = run("laws").out
    text = " ".join(out.split())
    for law in LAWS.values():
        assert f"\n{law.name}\n" in out
        assert law.statement in text
    assert [law["name"] for law in run("laws", "--json").json["laws"]] == list(LAWS)


def test_the_command_runs_laws(run) -> None:
    assert "2 of 2 laws held, seed 0" in run("laws", "--run", "--examples", "5", "bottleneck", "line").out
    record = run("laws", "--run", "--examples", "5", "--json", "bottleneck").json
    assert (record["held"], record["examples"], record["laws"][0]["examples"]) == (True, 5, 5)


def test_the_command_says_which_law_is_broken(run, monkeypatch) -> None:
    monkeypatch.setitem(BOUNDS, "serra2018", dataclasses.replace(BOUNDS["serra2018"], value=lambda _: 7))
    out = run("laws", "--run", "--examples", "5", "bottleneck", code=1).out
    assert "example: Architecture.relu(1, 1, 1)" in out
    assert "0 of 1 laws held" in out
    record = run("laws", "--run", "--json", "bottleneck", code=1).json
    assert record["laws"][0]["failure"]["example"] == "Architecture.relu(1, 1, 1)"
