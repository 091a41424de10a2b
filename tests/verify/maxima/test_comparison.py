"""The comparison table as data: it compares what it says it compares, and a contradiction is never quiet."""

from dataclasses import replace
from fractions import Fraction

import pytest

import theory.constructions
from theory import Architecture, Network
from theory.bounds import BOUNDS, BoundValue
from theory.constructions import CONSTRUCTIONS, Claim
from verify import Box, RegionCount, WholeSpace, count
from verify.maxima import best_known
from verify.maxima.best_known import (
    DEFAULT,
    Column,
    architecture_column,
    most_attained,
    network_column,
    tightness,
)

SMALL = Architecture.relu(2, 4, 4)
SLOW = ("2-6-6-6", "3-9-9", "2" + "-8" * 50)
"""Columns of the table that take seconds; the README's test compares all that is printed of them."""
HONEST = CONSTRUCTIONS["montufar"].build(SMALL)


@pytest.mark.parametrize("text", [pytest.param(arch, marks=[pytest.mark.slow] * (arch in SLOW)) for arch in DEFAULT])
def test_the_default_columns_hold_together(text) -> None:
    column = architecture_column(Architecture.parse(text))
    assert column.contradictions == ()
    for claim, counted in zip(column.claims, column.counts, strict=False):
        assert claim.holds(counted.value)
    greatest_lower = max(e.value for e in column.proved if e.bound.kind == "lower")
    least_upper = min(e.value for e in column.proved if e.bound.kind != "lower")
    assert greatest_lower <= least_upper
    assert column.attained == Fraction(column.best.value, least_upper)
    assert column.best.value >= max(c.value for c in column.counts)


def test_a_construction_is_counted_on_its_box_and_everywhere() -> None:
    network = CONSTRUCTIONS["balanced"].build("2-5-4-3").network
    column = architecture_column(Architecture.relu(2, 5, 4, 3))
    assert {str(c.domain): c.value for c in column.counts} == {"[0,1]^2": 224, "R^2": int(count(network))}


def test_a_file_is_counted_where_it_is_asked_for() -> None:
    square = Box.cube("1/3", "2/3", 2)
    column = network_column(HONEST.network, "net", domain=square)
    assert [(c.domain, c.value) for c in column.counts] == [(square, int(count(HONEST.network, square)))]
    assert column.claims == ()


def test_nothing_is_counted_beyond_the_limit() -> None:
    column = architecture_column(SMALL, limit=10)
    assert column.counts == ()
    assert column.silence
    assert (column.best.name, column.attained) == ("narrow", Fraction(column.best.value, 93))
    assert column.contradictions == ()


def test_the_best_network_known_is_asked_for_in_one_place() -> None:
    for text, most in (("2-6-3", 139), ("2-6-1", 44)):
        arch = Architecture.parse(text)
        column = architecture_column(arch)
        assert column.best == tightness(arch).lower == most_attained(arch)
        assert column.most == column.best.value >= most
        assert max(counted.value for counted in column.counts) < most
    assert network_column(HONEST.network, "net").best is None


def test_a_best_network_above_an_upper_bound_is_a_contradiction() -> None:
    entries = (BoundValue(BOUNDS["serra2018"], 92),)
    (sentence,) = Column(SMALL, entries, "", (), best=most_attained(SMALL)).contradictions
    assert "narrow has 93 regions (counted exactly), more than the bound 92 of serra2018" in sentence


def test_every_long_step_is_announced(monkeypatch) -> None:
    from contextlib import nullcontext

    steps: list[str] = []

    def announce(step: str):
        steps.append(step)
        return nullcontext()

    monkeypatch.setattr(best_known, "working", announce)
    architecture_column(Architecture.relu(2, 7, 4))
    assert steps[0] == "evaluating the bounds of 2-7-4"
    assert steps[1] == "looking for the best network known of 2-7-4"
    assert sorted(steps[2:]) == ["counting balanced 2-7-4 on R^2", "counting balanced 2-7-4 on [0,1]^2"]


def test_an_architecture_that_no_construction_serves_still_has_bounds(monkeypatch) -> None:
    monkeypatch.setattr(theory.constructions, "best", lambda _: None)
    column = architecture_column(SMALL)
    assert column.proved
    assert column.network == ""
    assert "no construction" in column.silence


@pytest.mark.parametrize(("relation", "claimed"), [("=", 43), ("=", 45), (">=", 45)])
def test_a_false_claim_is_a_contradiction_and_exit_code_1(monkeypatch, run, relation, claimed) -> None:
    claim = Claim(claimed, relation, domain=HONEST.claim.domain)
    monkeypatch.setattr(theory.constructions, "best", lambda _: replace(HONEST, claims=(claim,)))
    (sentence,) = architecture_column(SMALL).contradictions
    assert "44" in sentence
    assert str(claimed) in sentence
    assert sentence in run("table", "2-4-4", code=1).err


def counted(number: int) -> RegionCount:
    return RegionCount(number, number, "activation", WholeSpace(2), SMALL, "exact", 0.0)


def test_a_count_above_an_upper_bound_is_a_contradiction() -> None:
    bounds = [BOUNDS["serra2018"]]
    entries = tuple(BoundValue(bound, bound(SMALL)) for bound in bounds)
    column = Column(SMALL, entries, "impossible", (counted(122),))
    (sentence,) = column.contradictions
    assert "122" in sentence
    assert "121 of serra2018" in sentence
    assert Column(SMALL, entries, "possible", (counted(121),)).contradictions == ()


def test_a_network_without_hidden_units_has_one_region_of_one() -> None:
    column = network_column(Network.relu([([[1, 2]], [3])]), "affine")
    assert [c.value for c in column.counts] == [1]
    assert column.attained == 1
