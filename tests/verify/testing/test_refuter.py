"""The refuter: what is false is refuted within a minute, what is true survives, and the evidence can be repeated."""

from __future__ import annotations

import dataclasses
import itertools
import math
import runpy
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest
from brute_count import count_brute

from theory import Architecture
from theory.bounds import BOUNDS
from theory.errors import InvalidInputError
from theory.formats import load
from theory.records import records
from verify import refute
from verify.domain.shapes import WholeSpace
from verify.testing.laws import FALSE_LAWS, LAWS, Finding
from verify.testing.refuter import conjecture_search
from verify.testing.refuter.conjecture_search import (
    known_networks,
    least_upper,
    size,
    small_architectures,
    theorem_below,
)
from verify.testing.refuter.expressions import conjecture_of
from verify.testing.refuter.verdict import imports_for, source_text


def theorem_1_with_smaller_dimension(arch):
    """Serra et al., Theorem 1, with j_l ≤ n0 − 1 in place of j_l ≤ n0."""

    def terms(layer, cap):
        if layer == arch.depth:
            return 1
        n = arch.widths[layer]
        top = min(cap, n, arch.inputs - 1)
        return sum(math.comb(n, j) * terms(layer + 1, min(cap, n - j)) for j in range(top + 1))

    return terms(0, arch.inputs)


FALSE_BOUNDS = {
    "the poster's Theorem 2 as printed": ("prod(sum(C(k - 1, j) for j in range(d + 1)) * m for m, d in "
                                          "zip(n, [min(n0, *n[:l + 1]) for l in range(L)]))", {"units": "maxout"}),
    "Theorem 1 with j ≤ n0 − 1": (theorem_1_with_smaller_dimension, {}),
    "one dimension less": ("prod(Z(n[l], min(n0, *n[:l + 1]) - 1) for l in range(L))", {}),
    "the product of the widths": ("prod(n)", {}),
    "one layer with all units": ("Z(N, n0)", {}),
    "the lower bound of Montúfar et al.": ("montufar2014", {}),
    "one below hinz2021 for one layer": ("hinz2021 - 1", {"where": "L == 1 and n[0] >= 4 and n0 >= 3"}),
    "one below an attained bound of two layers": ("serra2018 - 1", {"where": "L == 2 and n0 == 2 and n[0] == 2"}),
    "a bound that fails for wide networks only": ("Z(N, n0) + 50 * N", {}),
}  # fmt: skip


SLOW = "a bound that fails for wide networks only"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name == SLOW)) for name in FALSE_BOUNDS]
)
def test_a_false_upper_bound_is_refuted_by_a_network_whose_count_can_be_repeated(name, run, tmp_path, capsys) -> None:
    statement, options = FALSE_BOUNDS[name]
    verdict = refute(statement, "upper", budget=55, folder=tmp_path, **options)
    assert verdict.refuted, verdict
    found = verdict.counterexample
    assert found.count > found.claimed
    network = load(found.network_file)
    assert network.architecture == found.architecture
    if found.count < 100:
        assert count_brute(network) == found.count
    assert str(found.count) in run("check", found.certificate_file).out
    assert found.script.read_text(encoding="utf-8") == found.snippet
    ran = runpy.run_path(str(found.script)) if "test_refuter" not in found.snippet else {"regions": found.count}
    assert ran["regions"] == found.count
    assert capsys.readouterr().out.startswith(f"{found.claimed} {found.count}\n") or callable(statement)


def test_the_printed_theorem_falls_at_three_units_of_rank_two(tmp_path) -> None:
    """For (2; 3) and k = 2 it gives 6, and three lines in general position make 7 regions."""
    found = refute(BOUNDS["serra2018_maxout_printed"], budget=50, folder=tmp_path).counterexample
    assert (found.architecture, found.claimed, found.count) == (Architecture.maxout(2, 3, rank=2), 6, 7)
    weights = {v for layer in found.network.layers for row in layer.weights for v in row}
    assert weights <= {0, 1, -1}


FALSE_STATEMENTS = {
    "serra2018_maxout <= k**N": (Architecture.maxout(1, 1, rank=3), "4 <= 3"),
    "serra2018(n0, n[0] - 1, n[1] + 1, *n[2:]) < serra2018": (Architecture.relu(1, 3, 1), "9 < 8"),
    "serra2018 == hinz2021": (Architecture.relu(2, 3, 1), None),
}


@pytest.mark.parametrize("statement", FALSE_STATEMENTS)
def test_a_false_statement_between_formulas_falls_to_its_smallest_architecture(statement, tmp_path) -> None:
    verdict = refute(statement, budget=50, folder=tmp_path)
    arch, values = FALSE_STATEMENTS[statement]
    found = verdict.counterexample
    if values is not None:
        assert (found.architecture, found.values) == (arch, values)
    exec(found.snippet, {})
    assert list(tmp_path.iterdir()) == []


def test_a_lower_bound_falls_to_a_theorem_only(tmp_path) -> None:
    """For (1; 2, 2) the best attested theorem below a claim is named: one excludes 10 regions, another one 8."""
    ten = refute(10, "lower", architectures=["1-2-2"], budget=50, folder=tmp_path).counterexample
    assert (ten.claimed, ten.at_most, ten.bound, ten.status) == (10, 9, "serra2018", "checked against the paper")
    exec(ten.snippet, {})
    eight = refute(8, "lower", architectures=["1-2-2"], folder=tmp_path, budget=50).counterexample
    assert (eight.at_most, eight.status) == (7, "found here")
    seven = refute(7, "lower", architectures=["1-2-2"], folder=tmp_path, budget=50)
    assert (seven.outcome, seven.tried.networks) == ("survived", 0)
    assert theorem_below(7, Architecture.relu(1, 2, 2)) is None
    assert least_upper(Architecture.relu(4, 7, 8), but="rigid_layers").value == 12413


def test_a_lower_bound_is_settled_by_what_is_known_to_attain_it(tmp_path) -> None:
    options = {"architectures": ["2-4-4"], "budget": 50, "folder": tmp_path}
    sixty = refute(60, "lower", **options)
    assert (sixty.outcome, sixty.tried.settled, dict(sixty.tried.settled_by)) == ("survived", 1, {"small_maxima": 1})
    assert "1 where it is settled, by small_maxima (1)" in str(sixty)
    assert str(sixty).endswith("Settled: it is proved at every architecture that was tried, by what is named above.")
    assert refute(44, "lower", **options).tried.settled_by["record"] == 0
    assert refute(110, "lower", **options).refuted
    open_case = refute(145, "lower", architectures=["2-6-3"], examples=4, folder=tmp_path)
    assert (open_case.outcome, open_case.tried.settled, open_case.tried.all_settled) == ("survived", 0, False)
    assert open_case.tried.methods["climbing in floating point"] > 0
    assert "Not refuted is not proved" in str(open_case)


def test_a_lower_bound_that_no_search_serves_ends_without_a_budget_of_time(tmp_path) -> None:
    arch = Architecture.maxout(2, 3, 3, rank=3)
    verdict = refute(least_upper(arch).value, "lower", examples=50, architectures=[arch], folder=tmp_path)
    assert (verdict.outcome, verdict.tried.settled, verdict.tried.networks) == ("survived", 0, 0)


@pytest.mark.parametrize("widths", [(), (0,), (3, 0), (0, 3)])
def test_architectures_with_an_empty_layer_are_judged_or_left(widths, tmp_path) -> None:
    options = {"examples": 20, "architectures": [Architecture.relu(2, *widths)], "audit": True, "folder": tmp_path}
    assert {refute(5, kind, **options).outcome for kind in ("upper", "equal")} <= {"survived", "refuted"}
    assert refute(10, "upper", **options).outcome == "survived"


def test_a_network_that_the_search_finds_settles_a_lower_bound(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(conjecture_search, "known_to_attain", lambda *_, **__: "")
    verdict = refute(10, "lower", architectures=["2-2-1-1"], examples=60, folder=tmp_path)
    assert dict(verdict.tried.settled_by) == {"a network found by this search": 1}


def test_a_lower_bound_that_fails_in_deep_networks_only(tmp_path) -> None:
    """The zonotope bound with layers of two units: the smallest networks at which it fails have four layers or more."""
    claim = "2*sum(C(n[0]//2-1,j) for j in range(n0))*(n[1]+1)**(L-1)"
    where = "L>=3 and n[0]%2==0 and n[0]>0 and min(n[1:])==max(n[1:])==2"
    found = refute(claim, "lower", where=where, budget=55, folder=tmp_path).counterexample
    assert (found.bound, found.at_most < found.claimed) == ("rigid_layers", True)
    exec(found.snippet, {})
    wide = refute(claim, "lower", where=f"{where} and n[0] == 4 and n0 == 2", budget=55, folder=tmp_path)
    assert wide.counterexample.architecture.depth >= 9


def test_the_sweep_goes_on_while_the_budget_lasts_and_ends_where_the_function_fails(tmp_path) -> None:
    def fails_beyond(arch):
        return 2**arch.units if arch.depth < 6 else 1 // 0

    few = refute("2**N", "upper", examples=50, folder=tmp_path).tried
    more = refute("2**N", "upper", examples=150, folder=tmp_path).tried
    assert few.architectures + 100 == more.architectures > len(small_architectures("relu"))
    verdict = refute(fails_beyond, "upper", examples=5000, folder=tmp_path)
    assert (verdict.outcome, verdict.troubles) == ("survived", ())
    assert "raised ZeroDivisionError" in verdict.tried.stopped
    assert "no further, for at Architecture.relu" in str(verdict)


@pytest.mark.parametrize("name", FALSE_LAWS)
def test_every_false_law_is_refuted_within_a_minute(name, run, tmp_path, capsys) -> None:
    verdict = refute(name, budget=58, folder=tmp_path)
    assert verdict.refuted, verdict
    found = verdict.counterexample
    runpy.run_path(str(found.script))
    assert capsys.readouterr().out == f"{found.what}\n"
    for certificate in found.certificates:
        run("check", certificate)


def test_equality_falls_to_either_side(tmp_path) -> None:
    options = {"architectures": ["2-3"], "budget": 50, "folder": tmp_path}
    assert refute(7, "equal", examples=300, **options).outcome == "survived"
    assert refute(6, "equal", **options).counterexample.count == 7
    assert refute(8, "equal", **options).counterexample.at_most == 7


# -- what is true survives ---------------------------------------------------------------------------------------------

TRUE = [b for b in BOUNDS.values() if not b.is_refuted and b.bounds_what == BOUNDS["trivial"].bounds_what]
SMALL = [
    Architecture.relu(*s) for s in ((1, 2), (2, 3), (1, 2, 2), (2, 2, 2), (2, 3, 1), (1, 3, 3), (3, 3, 2), (2, 2, 2, 1))
]
SMALL += [Architecture.maxout(*s, rank=k) for s in ((1, 2), (2, 3), (1, 2, 2), (2, 2, 1)) for k in (2, 3)]


@pytest.mark.parametrize("thorough", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("bound", TRUE, ids=[bound.key for bound in TRUE])
def test_every_true_bound_survives(bound, thorough, tmp_path) -> None:
    examples, among = 60, SMALL
    if thorough:
        examples, among = 4000, [*small_architectures("relu")[:250], *small_architectures("maxout")[:120]]
    speaks = [arch for arch in among if bound.why_not(arch) is None]
    if speaks:
        verdict = refute(bound, examples=examples, audit=True, architectures=speaks, folder=tmp_path)
        assert verdict.outcome == "survived", verdict
        assert bound.kind == "lower" or verdict.tried.networks == examples


def test_most_true_upper_bounds_apply_to_the_small_architectures() -> None:
    assert sum(b.kind != "lower" and any(b.why_not(arch) is None for arch in SMALL) for b in TRUE) >= 12


def test_a_true_statement_and_a_law_survive_and_are_not_called_true(tmp_path) -> None:
    for statement in ("serra2018 <= 2**N", "halving"):
        verdict = refute(statement, examples=60, folder=tmp_path)
        assert verdict.outcome == "survived"
        assert verdict.tried.architectures + verdict.tried.examples > 30
        text = str(verdict)
        assert text.startswith("survived: ")
        assert text.endswith("Not refuted is not proved: this says what was tried, and nothing about what was not.")


def test_a_bound_above_a_proven_one_needs_no_search(tmp_path) -> None:
    verdict = refute("prod(Z(m, n0) for m in n)", "upper", examples=40, folder=tmp_path)
    assert verdict.outcome == "survived"
    assert verdict.tried.settled == verdict.tried.architectures > 900
    assert verdict.tried.networks == 0
    assert f"{verdict.tried.settled} where it is settled, by " in str(verdict)
    assert str(verdict).endswith("Settled: it is proved at every architecture that was tried, by what is named above.")


# -- each search alone -------------------------------------------------------------------------------------------------

SIX = {"architectures": ["2-3"], "examples": 4000}


def only(monkeypatch, *searches):
    def known(*arguments, **options):
        for entry in known_networks(*arguments, **options):
            if ("records" if entry[2] == "a record" else "constructions") in searches:
                yield entry

    monkeypatch.setattr(conjecture_search, "known_networks", known)
    if "climbing" not in searches:
        monkeypatch.setattr(conjecture_search.Search, "_climb", lambda *_: None)
        monkeypatch.setattr(conjecture_search.Search, "_float_climb", lambda *_: None)
    if "degenerate" not in searches:
        monkeypatch.setattr(conjecture_search, "random_degenerate_networks", lambda *_, **__: iter(()))


@pytest.mark.parametrize(
    ("search", "found_by"),
    [
        ("constructions", "the construction generic"),
        ("climbing", "hill climbing"),
        ("degenerate", "degenerate networks"),
    ],
)
def test_every_search_alone_finds_three_generic_lines(search, found_by, monkeypatch, tmp_path) -> None:
    only(monkeypatch, search)
    claim = 6 if search != "degenerate" else 3
    found = refute(claim, "upper", folder=tmp_path, budget=50, **SIX).counterexample
    assert found.found_by == found_by
    assert (found.claimed, found.count) == (claim, 7 if claim == 6 else 4)


def test_a_record_speaks_for_wider_architectures_too(monkeypatch, tmp_path) -> None:
    only(monkeypatch, "records")
    record = records()[Architecture.relu(2, 6, 1)]
    options = {"budget": 50, "folder": tmp_path, "examples": 300}
    found = refute(record.count - 1, "upper", architectures=["3-6-2"], **options).counterexample
    assert found.count >= record.count
    assert found.found_by == "a record"
    assert refute(BOUNDS["hinz2021"], architectures=["2-6-1"], **options).outcome == "survived"


def test_climbing_finds_all_thirteen_regions_of_a_narrow_network(monkeypatch, tmp_path) -> None:
    """(2;3,1) has at most 13 regions, fewer than Theorem 1 allows; no construction helps here."""
    only(monkeypatch, "climbing")
    found = refute(12, "upper", architectures=["2-3-1"], budget=50, folder=tmp_path).counterexample
    assert (found.count, found.found_by) == (13, "hill climbing")


def test_a_counterexample_is_of_an_architecture_that_was_asked_for(tmp_path) -> None:
    found = refute("N", "upper", architectures=["3-4", "2-3"], budget=50, folder=tmp_path).counterexample
    assert found.architecture == Architecture.relu(2, 3)
    assert found.count > 3


def test_a_trouble_at_a_smaller_architecture_does_not_lose_the_counterexample(monkeypatch, tmp_path) -> None:
    def fails_for_small_ones(arch):
        return arch.units if arch.units > 2 else 1 / 0

    monkeypatch.setattr(conjecture_search, "small_architectures", lambda *_, **__: [Architecture.relu(2, 3)])
    verdict = refute(fails_for_small_ones, "upper", budget=50, folder=tmp_path)
    assert (verdict.outcome, verdict.counterexample.architecture.units) == ("refuted", 3)
    assert verdict.troubles


def test_a_counterexample_is_as_small_as_the_search_can_make_it(tmp_path) -> None:
    def false_for_wide_ones(arch):
        return 10**6 if arch.units < 3 else 5

    found = refute(false_for_wide_ones, "upper", budget=50, folder=tmp_path).counterexample
    assert found.architecture == Architecture.relu(2, 3)
    assert {v for layer in found.network.layers for row in layer.weights for v in row} <= {0, 1, -1}
    assert "claimed = 5  # what test_a_counterexample" in found.snippet


# -- parts -------------------------------------------------------------------------------------------------------------


def test_architectures_come_in_order_and_each_once() -> None:
    for units in ("relu", "maxout"):
        listed = small_architectures(units)
        assert len(set(listed)) == len(listed)
        small = [arch for arch in listed if arch.units <= 5]
        assert small[:400] == sorted(small, key=size)[:400]
    assert len(small_architectures("relu", statement=True)) > 2 * len(small_architectures("relu"))
    seven = [arch for arch in small_architectures("relu") if arch.units == 7 and arch.inputs == 2]
    assert {arch.widths for arch in seven} >= {
        w for d in (1, 2, 3, 4) for w in itertools.product(range(1, 8), repeat=d) if sum(w) == 7
    }


def test_a_claim_is_about_the_units_that_it_names() -> None:
    shapes = {units: small_architectures(units) for units in ("relu", "maxout")}
    speaks = {b.key: [u for u in shapes if any(b.why_not(arch) is None for arch in shapes[u])] for b in BOUNDS.values()}
    for key, units in speaks.items():
        assert conjecture_of(key).units in (units or ["relu", "maxout"]), key
    assert sum(len(units) == 1 for units in speaks.values()) >= 15
    assert conjecture_of("n0 ** k").units == conjecture_of("serra2018_maxout_printed").units == "maxout"
    assert conjecture_of("serra2018 + small_maxima + rigid_layers + one_input").units == "relu"


@pytest.mark.parametrize("name", LAWS)
def test_examples_of_every_law_can_be_pasted(name) -> None:
    seen = []
    keep = dataclasses.replace(LAWS[name], predicate=lambda example, _: Finding(not seen.append(example), ""))
    keep.check(examples=8, seed=1)
    for example in seen:
        text = source_text(example)
        space: dict = {}
        exec(f"{imports_for(text)}\nexample = {text}", space)
        pasted = space["example"]
        same = pasted.network == example.network if name == "claims" else pasted == example
        assert same, text


# -- bad input ---------------------------------------------------------------------------------------------------------


def hangs_at_three(arch):
    while arch.units >= 3:
        pass
    return 2**arch.units


def hangs_always(_):
    while True:
        pass


def test_the_budget_holds_even_if_the_bound_never_returns(tmp_path) -> None:
    began = time.perf_counter()
    verdict = refute(hangs_always, "upper", budget=3, patience=1, keep_going=True, folder=tmp_path)
    assert time.perf_counter() - began < 15
    assert (verdict.outcome, verdict.exit_code) == ("not judged", 2)
    assert 2 <= len(verdict.troubles) <= 5
    assert "at Architecture.relu(1, 1) it did not answer within 1 s" in str(verdict)


def test_a_trouble_ends_the_search_unless_it_is_to_go_on(tmp_path) -> None:
    verdict = refute(hangs_at_three, "upper", budget=20, patience=0.3, folder=tmp_path)
    assert (verdict.outcome, len(verdict.troubles)) == ("not judged", 1)
    assert verdict.troubles[0].architecture == Architecture.relu(1, 3)

    def wrong_type_and_false(arch):
        return float(arch.units) if arch.units == 1 else 1

    assert refute(wrong_type_and_false, "upper", budget=20, folder=tmp_path).outcome == "not judged"
    verdict = refute(wrong_type_and_false, "upper", budget=20, keep_going=True, folder=tmp_path)
    assert (verdict.outcome, verdict.counterexample.architecture) == ("refuted", Architecture.relu(1, 2))
    assert len(verdict.troubles) == 4


def test_the_same_seed_gives_the_same_verdict(tmp_path) -> None:
    options = {"examples": 150, "architectures": ["2-3-1", "2-2-2"], "folder": tmp_path, "audit": True}
    records = [refute(18, "upper", seed=seed, **options).record() for seed in (4, 4, 5)]
    for record in records:
        record.pop("seconds")
    assert records[0] == records[1]
    assert records[0]["tried"]["regions"] != records[2]["tried"]["regions"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: refute("prod(n)"), "is a number: say what it bounds, with kind upper, lower or equal"),
        (lambda: refute("prod(n)", "sideways"), "unknown kind 'sideways'; choose upper, lower or equal"),
        (lambda: refute("N < 3", "upper"), "is true or false by itself; leave the kind upper out"),
        (lambda: refute(2.5, "upper"), "float 2.5 is no statement"),
        (lambda: refute(True, "upper"), "True is no statement"),
        (lambda: refute("prod(n)", "upper", budget=0), "budget: 0 is no positive number of seconds"),
        (lambda: refute("prod(n)", "upper", budget="long"), "budget: 'long' is no positive number"),
        (lambda: refute("prod(n)", "upper", examples=0), "examples: 0 is below"),
        (lambda: refute("prod(n)", "upper", patience=-1), "patience: -1 is no positive number"),
        (lambda: refute("prod(n)", "upper", units="tanh"), "units: 'tanh' is unknown; choose relu or maxout"),
        (lambda: refute("prod(n)", "upper", architectures=[]), "no architecture is given"),
        (lambda: refute("prod(n)", "upper", architectures="2-3"), "is one text; give a list"),
        (lambda: refute("prod(n)", "upper", architectures=["2-x"]), "architecture '2-x' is not of the form"),
        (lambda: refute("prod(n)", "upper", where="N"), "where: 'N' is a formula"),
        (lambda: refute("prod(n)", "upper", where=3), "where: 3 is neither"),
        (lambda: refute("prod(n)", "upper", where="N < 0", examples=20), "says nothing about any of the"),
        (lambda: refute("serra2018", "upper", units="maxout", examples=20), "says nothing about any of the"),
        (lambda: refute("no_such_module:f", "upper"), "there is no module no_such_module in the current folder"),
        (lambda: refute("math:no_such_function", "upper"), "the module math has no no_such_function"),
        (lambda: refute("math:pi", "upper"), "math:pi is a float, not a function"),
        (lambda: refute("line", "upper"), "line is a law: it takes no kind"),
        (lambda: refute("prod(n)", "law"), "unknown kind 'law'; choose upper, lower or equal"),
    ],
)
def test_wrong_arguments_are_named(call, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        call()


def test_a_law_that_is_not_in_the_catalog(tmp_path) -> None:
    def has_few_regions(network, count) -> Finding:
        return Finding(count(network, WholeSpace(network.inputs)) < 4, "it has more")

    law = dataclasses.replace(FALSE_LAWS["all_regions_bounded"], predicate=has_few_regions)
    verdict = refute(law, budget=50, folder=tmp_path)
    assert verdict.refuted
    assert count_brute(verdict.counterexample.example) >= 4
    assert verdict.counterexample.snippet.startswith("example = Network([Layer(")


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The current folder, with a module of bounds in it."""
    (tmp_path / "my_bounds.py").write_text(
        "from theory.bounds import BOUNDS\n"
        "def low(arch):\n    return arch.units\n"
        "def fine(arch):\n    print('working')\n    return 2 ** arch.units\n"
        "def broken(arch):\n    return 1 / 0\n"
        "class Mine:\n    @staticmethod\n    def bound(arch):\n        return arch.units\n"
        "catalog = BOUNDS['serra2018']\n"
    )
    (tmp_path / "noisy.py").write_text("import sys\nprint('imported')\nsys.exit(4)\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("my_bounds", None)


def test_a_function_in_the_current_folder(folder, run) -> None:
    out = run("refute", "my_bounds:low", "--kind", "upper", "--budget", 50, code=1).out
    assert "1-1: claimed 1, but a network has 2 regions" in out
    assert "from my_bounds import low" in out
    assert (folder / "linregions-refuted").is_dir()
    run("refute", "my_bounds:Mine.bound", "--kind", "upper", "--budget", 50, code=1)
    record = run("refute", "my_bounds:fine", "--kind", "upper", "--examples", 20, "--json").json
    assert (record["outcome"], record["counterexample"], record["troubles"]) == ("survived", None, [])
    run("refute", "my_bounds:catalog", "--kind", "upper", "--examples", 20, "--architecture", "2-2")


def test_json_of_a_refutation_has_everything(folder, run) -> None:
    record = run("refute", "N", "--kind", "upper", "--budget", 50, "--json", "--out", "found", code=1).json
    assert (record["outcome"], record["kind"], record["seed"]) == ("refuted", "upper", 0)
    found = record["counterexample"]
    assert (found["by"], found["architecture"], found["claimed"], found["count"]) == ("network", "1-1", 1, 2)
    for key in ("network", "certificate", "script"):
        assert (folder / found[key]).is_file()
    assert record["tried"]["networks"] > 0
    keys = "statement kind outcome counterexample troubles tried seed seconds"
    assert list(record) == keys.split()
    keys = "by architecture claimed count found_by network certificate script snippet"
    assert list(found) == keys.split()
    keys = "architectures largest silent settled settled_by stopped networks regions examples methods"
    assert list(record["tried"]) == keys.split()


def test_json_of_the_other_refutations_has_their_keys(tmp_path) -> None:
    options = {"budget": 50, "folder": tmp_path}
    theorem = refute(10, "lower", architectures=["1-2-2"], **options).record()["counterexample"]
    assert list(theorem) == ["by", "architecture", "claimed", "at_most", "bound", "source", "status", "snippet"]
    statement = refute("N < 1", **options).record()["counterexample"]
    assert list(statement) == ["by", "architecture", "values", "snippet"]
    law = refute("all_regions_bounded", **options).record()["counterexample"]
    assert list(law) == ["by", "what", "certificates", "script", "snippet"]
    trouble = refute("1 // (N - 1)", "upper", **options).record()["troubles"][0]
    assert list(trouble) == ["architecture", "what"]


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_judged_leaves_with_two(run) -> None:
    out = run("refute", "my_bounds:broken", "--kind", "upper", "--budget", 20, code=2).out
    assert "at Architecture.relu(1, 1) it raised ZeroDivisionError: division by zero" in out
    out, err = run("refute", "noisy:f", "--kind", "upper", "--budget", 20, code=2)
    assert out == ""
    assert "noisy:f: loading it raised SystemExit: 4" in err


def test_a_claim_of_halves_is_no_bound() -> None:
    verdict = refute("N / 2", "upper", budget=20)
    assert verdict.troubles[0].what == "returned Fraction(1, 2) of type Fraction, not an integer"
    assert Fraction(1, 2) == Fraction(verdict.troubles[0].architecture.units, 2)
