"""Tightness: which source wins, when the maximum is known, the table, the heat map and the command."""

from fractions import Fraction
from pathlib import Path

import pytest

from theory import Architecture
from theory.bounds import BOUNDS, listing
from theory.errors import InvalidInputError, UnsupportedError
from verify import count
from verify.maxima.best_known import tightness, tightness_table, two_layers
from verify.maxima.heat_map import plot_heat_map, plot_tightness

ARCHITECTURES = ["2-4-4", "1-3-3-3", "2-8-8", "3-5-5", "2-3-2", "2-4-1", "1-2-3-2", "2-6", "3-2-2-2", "2-5-3-2"]


def test_networks_have_what_is_said_and_bounds_are_the_least() -> None:
    for text in ARCHITECTURES:
        known = tightness(text)
        arch = Architecture.parse(text)
        assert known.upper.value == min(entry.value for entry in listing(arch, "upper"))
        assert known.lower.network is not None
        assert known.lower.network.architecture == arch
        assert int(count(known.lower.network)) == known.lower.value <= known.upper.value
        assert known.ratio == Fraction(known.lower.value, known.upper.value)
        assert known.exact == (known.ratio == 1)


@pytest.mark.parametrize(
    ("text", "value", "name", "key"),
    [
        ("2-5", 16, "generic", "zaslavsky"),
        ("1-2-2-2", 19, "narrow", "small_maxima"),
        ("2-2-2-1", 18, "narrow", "small_maxima"),
        ("2-3-2", 22, "narrow", "small_maxima"),
        ("2-3-3", 34, "narrow", "small_maxima"),
        ("3-4-1", 29, "narrow", "small_maxima"),
        ("1-3-3-3", 64, "zigzag", "one_input"),
        ("2-6-1", 44, "record", "rigid_layers"),
    ],
)
def test_maxima_that_are_known_and_why(text: str, value: int, name: str, key: str) -> None:
    known = tightness(text)
    assert known.exact
    assert (known.lower.value, known.lower.name, known.upper.bound.key) == (value, name, key)
    assert known.decimal == "1.0000"
    assert key in known.reason
    assert BOUNDS[key].source.short in known.reason


def test_open_brackets_say_what_is_missing() -> None:
    known = tightness("2-8-8")
    assert (known.lower.value, known.upper.value, known.decimal) == (925, 1369, "0.6756")
    assert known.reason.startswith("open: serra has 925")
    assert 10_000 * known.ratio >= 6756 > 10_000 * known.ratio - 1


def test_a_network_of_a_narrower_architecture_serves_with_units_that_are_off() -> None:
    known = tightness("5-7-1")
    assert known.lower.value >= 58
    wide = tightness("3-4-1")
    assert wide.lower.name == "narrow"


def test_constructions_above_the_limit_are_taken_at_their_word() -> None:
    small, large = tightness("2-8-8", limit=100), tightness("2-8-8")
    assert small.lower.value == large.lower.value
    assert small.lower.evidence.startswith("claimed by")
    assert large.lower.evidence == "counted exactly"


def test_maxout_and_bad_input() -> None:
    assert tightness(Architecture.maxout(2, 3, rank=3)).exact
    assert not tightness(Architecture.maxout(2, 2, 2, rank=3)).exact
    with pytest.raises(InvalidInputError, match="no hidden layer"):
        tightness("3")
    import sympy

    with pytest.raises(UnsupportedError, match="symbols"):
        tightness(Architecture.relu(2, sympy.Symbol("n")))


def test_table_and_map() -> None:
    rows = tightness_table(ARCHITECTURES).rows
    assert [row[0] for row in rows] == ARCHITECTURES
    assert all((row[-1] == "known") == (row[1] == row[3]) for row in rows)
    grid = two_layers(1, 4)
    assert all(known.exact for known in grid.values())
    page = plot_heat_map(list(grid.values()), 1, 4)
    assert len(page.axes[0].texts) == 16
    assert len(plot_tightness([tightness("2-4-4")]).axes[0].get_yticklabels()) == 1


def test_the_command(run, tmp_path: Path) -> None:
    first, second = run("tightness", "2-4-4", "1-3-3-3", "--json").json["architectures"]
    assert (first["upper"]["value"], first["exact"]) == (93, True)
    assert (second["lower"]["value"], second["exact"]) == (64, True)
    assert "narrow attains it" in run("tightness", "2-3-2", "--why").out
    table = run("tightness", "2-3-2", "--format", "csv").out
    assert "2-3-2,22,narrow,22,small_maxima,1,1.0000,known" in table
    picture = tmp_path / "map.svg"
    assert run("tightness", "--map", "2,3", "--plot", picture).out.count("=") >= 9
    assert picture.read_text(encoding="utf-8").startswith("<?xml")
