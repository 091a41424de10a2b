"""Certificates of linear regions (R4): the numbers, and forgeries of what joins cells and of what keeps them apart."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import certificate_lines
import pytest
from certificate_lines import parsed, specified
from drawn import random_degenerate_problems

from theory import Network
from theory.activations import IDENTITY, RELU, Maxout
from theory.constructions import CONSTRUCTIONS
from theory.constructions.family import SEPARATORS
from theory.network import Layer
from verify import Box, WholeSpace, checker, count
from verify.certificate import check, write
from verify.engines.problem import NoInteriorError
from verify.partitions.definitions import DEFINITIONS


@pytest.mark.parametrize("function", SEPARATORS)
@pytest.mark.parametrize("boxed", [False, True], ids=["space", "box"])
def test_separators(function: str, boxed: bool, tmp_path: Path) -> None:
    network = CONSTRUCTIONS["separator"].build(function=function).network
    domain = Box.cube(-3, 3, network.inputs) if boxed else WholeSpace(network.inputs)
    for of, number in zip(DEFINITIONS, SEPARATORS[function].counts, strict=True):
        if of in checker.CERTIFIABLE:
            assert count(network, domain, definition=of, certificate=tmp_path / of) == number
            assert str(check(tmp_path / of)) == f"VERIFIED {number}"
    assert check(tmp_path / "linear", jobs=2) == check(tmp_path / "linear")


def test_degenerate_networks(tmp_path: Path) -> None:
    """The bridges and the reasons come from other programs than the count: here from paths, there from patterns."""
    problems, bridges, reasons = 0, 0, 0
    for network, domain in random_degenerate_problems(seed=4, how_many=110):
        try:
            regions = count(network, domain, definition="linear", engine="exact", certificate=tmp_path / "out")
        except NoInteriorError:
            continue
        assert check(tmp_path / "out").regions == int(regions), (network, domain)
        lines = parsed((tmp_path / "out").read_text())
        declared = sum(line[2] for line in lines[2:-1] if line[0] == "class")
        assert declared == regions.statistics["activation"] - int(regions)  # a forest
        problems, bridges = problems + 1, bridges + declared
        start = next((i for i, line in enumerate(lines[1:], 1) if line[0] in ("class", "end")), 0)
        reasons += sum(line[0] not in ("class", "end") for line in lines[start:]) - declared
    assert problems > 100
    assert bridges > 100
    assert reasons > 3


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    hat = Network.relu([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])
    assert count(hat, definition="linear", certificate=tmp_path / "out") == 4
    assert (tmp_path / "out").read_text().splitlines()[-3:] == specified("linear example").splitlines()


# ------------------------------------------------------------------------------------------------------- forgeries


def comb() -> list[Any]:
    """(0, up, down, 0) twice along x, cut by y: three zero regions of several cells each."""
    rows, biases = [[1, 0]] * 6 + [[0, 1]], [0, -1, -2, -3, -4, -5, 0]
    return [Network.relu([(rows, biases), ([[1, -2, 1, 1, -2, 1, 0]], [0])]), Box([-1, -1], [6, 1]), 7]


def constant() -> list[Any]:
    """A network that reads none of its last units: one region of many cells, in two layers."""
    first = ([[1, -1], [1, 0], [0, 1]], [0, 0, 0])
    return [Network.relu([first, ([[1, 0, 0], [1, -1, 1]], [0, "-1/2"]), ([[0, 0]], [0])]), WholeSpace(2), 1]


@pytest.fixture(params=[comb, constant], ids=lambda case: case.__name__)
def base(request: pytest.FixtureRequest, tmp_path: Path) -> list[Any]:
    network, domain, regions = request.param()
    assert count(network, domain, definition="linear", certificate=tmp_path / "base") == regions
    assert str(check(tmp_path / "base")) == f"VERIFIED {regions}"
    return parsed((tmp_path / "base").read_text())


@pytest.fixture
def verdict(tmp_path: Path) -> Callable[[list[Any]], str]:
    return partial(certificate_lines.verdict, folder=tmp_path)


Verdict = Callable[[list[Any]], str]


def merged(lines: list[Any]) -> list[int]:
    """The places of the lines after the tree."""
    start = next(i for i, line in enumerate(lines) if i and line[0] in ("class", "end"))
    return list(range(start, len(lines) - 1))


def bridges(lines: list[Any]) -> list[int]:
    return [i for i in merged(lines) if isinstance(lines[i][2], list) and isinstance(lines[i][2][0], int)]


def reasons(lines: list[Any]) -> list[int]:
    return [i for i in merged(lines) if isinstance(lines[i][2], list) and not isinstance(lines[i][2][0], int)]


def class_of(lines: list[Any], at: int) -> int:
    """The place of the line that begins the class of a bridge or a reason."""
    return max(i for i in merged(lines) if i < at and lines[i][0] == "class")


def any_evidence(rows: int) -> Iterator[Any]:
    """Rows whose dependency is to be the proof, or rows with multipliers."""
    yield from ([], None, [[], []])
    for size in (1, 2):
        for chosen in itertools.combinations(range(rows), size):
            yield list(chosen)
            yield [list(chosen), [1] * size]


def test_a_joined_component_cannot_be_claimed_apart(base: list[Any], verdict: Verdict) -> None:
    """A bridge is left out, so that the number is one larger; no evidence whatever fills the gap."""
    at, forged = bridges(base)[3], copy.deepcopy(base)
    forged[0]["regions"] += 1
    forged[class_of(base, at)][2] -= 1
    i, j, _ = forged.pop(at)
    assert verdict(forged).startswith("REJECTED line")
    place = next((k for k in merged(forged) if k >= at and forged[k][0] == "class"), len(forged) - 1)
    for evidence in any_evidence(14):
        assert verdict([*forged[:place], [i, j, evidence], *forged[place:]]).startswith("REJECTED line"), evidence


def test_a_bridge_at_a_wrong_point(base: list[Any], verdict: Verdict) -> None:
    """Witnesses of leaves, points of other bridges, corners, and points at which more than one hyperplane meets."""
    points = [line[2] for line in base[1 : merged(base)[0]] if line[0] == 0]
    points += [base[at][2] for at in bridges(base)]
    points += [[x, y, 1] for x in range(-1, 4) for y in (-1, 0, 1)]
    accepted = 0
    for at in bridges(base)[::2]:
        right = base[at][2]
        for point in [*points, [*right[:-1], 0], [*right[:-1], -right[-1]], [-v for v in right], right[1:]]:
            forged = copy.deepcopy(base)
            forged[at][2] = point
            text = verdict(forged)
            if text.startswith("VERIFIED"):  # another point of the same facet proves the same
                accepted += 1
                assert text == f"VERIFIED {base[0]['regions']}"
            else:
                assert text.startswith(f"REJECTED line {at + 1}: ")
    assert accepted < len(bridges(base)) * len(points) / 6


def test_what_is_apart_cannot_be_joined(tmp_path: Path, verdict: Verdict) -> None:
    """Instead of the first line of evidence a bridge, at any point of a grid and at the witnesses."""
    network, domain, regions = comb()
    write(tmp_path / "base", network, domain, regions, definition="linear")
    base = parsed((tmp_path / "base").read_text())
    apart = reasons(base)
    assert len(apart) > 3
    for at in apart:
        start = class_of(base, at)
        i, j, _ = base[at]
        for x, y in itertools.product(range(-2, 13, 2), (-2, 0, 1)):
            forged = copy.deepcopy(base)
            forged[start][2] += 1
            forged.insert(start + 1, [i, j, [x, y, 2]])
            forged[0]["regions"] -= 1
            assert verdict(forged).startswith(f"REJECTED line {start + 2}: the point of a bridge")


def test_evidence_of_another_pair_or_of_none(base: list[Any], verdict: Verdict) -> None:
    """Each line of evidence dropped, emptied, moved to another pair, or with its multipliers spoiled."""
    for at in reasons(base):
        i, j, (rows, multipliers) = base[at]
        assert verdict([*base[:at], *base[at + 1 :]]).startswith(f"REJECTED line {at + 1}: ")
        for line in (
            [j, i, [rows, multipliers]],
            [i, j + 1, [rows, multipliers]],
            [i, j, []],
            [i, j, [rows, [0] * len(rows)]],
            [i, j, [rows, [-y for y in multipliers]]],
            [i, j, [rows[:-1], multipliers[:-1]]],
        ):
            assert verdict([*base[:at], line, *base[at + 1 :]]).startswith(f"REJECTED line {at + 1}: "), line


def test_bridges_join_leaves_of_one_map(base: list[Any], verdict: Verdict) -> None:
    leaves = base[-1][1]
    for at in bridges(base):
        i, j, point = base[at]
        for other in range(-1, leaves + 1):
            if other in (i, j):
                continue
            text = verdict([*base[:at], [i, other, point], *base[at + 1 :]])
            assert text.startswith(f"REJECTED line {at + 1}: "), other


def test_cones_that_touch_in_a_point_are_not_joined(tmp_path: Path, verdict: Verdict) -> None:
    """At the origin the same lines bound both cones, on opposite sides; but there are two of them."""
    network = CONSTRUCTIONS["separator"].build(function="bow").network
    assert count(network, definition="linear", certificate=tmp_path / "base") == 6
    base = parsed((tmp_path / "base").read_text())
    starts = [i for i in merged(base) if base[i][0] == "class"]
    for at, (i, j) in itertools.product(starts, itertools.combinations(range(6), 2)):
        forged = copy.deepcopy(base)
        forged[0]["regions"] = 5
        forged[at][2] = 1
        forged.insert(at + 1, [i, j, [0, 0, 1]])
        assert verdict(forged).startswith(f"REJECTED line {at + 2}: "), (i, j)


def test_cones_apart_by_one_wall_that_both_touch_in_a_point(tmp_path: Path) -> None:
    """The evidence has the sum 0, which is enough because the rows other than the wall are strict."""
    pairs = [([[1, 0], [1, -1], [0, 1]], [0, 0, 0]), ([[1, 1, -1], [0, 1, -1]], [0, 0]), ([[1, 1]], [0])]
    assert count(Network.relu(pairs), definition="linear", certificate=tmp_path / "out") == 5
    assert check(tmp_path / "out").regions == 5
    lines = parsed((tmp_path / "out").read_text())
    assert reasons(lines)


def test_walls_that_are_stated_twice(tmp_path: Path) -> None:
    """max(0, x, 2x) − 2·max(0, x) = 0: the rows x and 2x are one wall."""
    rows = [[0], [1], [2], [1]]
    network = Network([Layer(rows, [0] * 4, [Maxout(3), RELU]), Layer([[1, -2]], [0], IDENTITY)])
    assert count(network, definition="linear", certificate=tmp_path / "out") == 1
    assert check(tmp_path / "out").regions == 1


def test_a_facet_of_two_maps_joins_nothing(tmp_path: Path, verdict: Verdict) -> None:
    """Of |x| both leaves share the point 0, but not the map."""
    network = Network.relu([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
    assert count(network, definition="linear", certificate=tmp_path / "base") == 2
    base = parsed((tmp_path / "base").read_text())
    base[0]["regions"] = 1
    forged = [*base[:-1], ["class", 0, 1], [0, 1, [0, 1]], base[-1]]
    assert verdict(forged).startswith("REJECTED line 7: the last line must be")


@pytest.mark.parametrize(
    "change",
    [["class", 1], ["class", 0, "1"], ["class", 0, None], ["class", 0, -1], ["class", 0, 0], ["class"], [], None],
)
def test_a_bad_beginning_of_a_class(change: Any, tmp_path: Path, verdict: Verdict) -> None:
    network, domain, regions = constant()
    write(tmp_path / "base", network, domain, regions, definition="linear")
    base = parsed((tmp_path / "base").read_text())
    at = merged(base)[0]
    line = [*change, base[at][2]] if change == ["class", 1] else change
    assert verdict([*base[:at], line, *base[at + 1 :]]).startswith("REJECTED line ")
