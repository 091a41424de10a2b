"""Certificates that share: every forgery is refused, and what is accepted is true."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from certificate_lines import changed, specified, verdict
from drawn import count_cells, random_degenerate_problems

from theory import HARD_TANH, Layer, Maxout, Network
from theory.constructions.foldings import MONTUFAR, SERRA
from verify import Box, WholeSpace, checker, count
from verify.certificate import check, write
from verify.certificate.claim import claim_line
from verify.certificate.shared import SharedWriter
from verify.domain.shapes import Domain
from verify.engines.problem import NoInteriorError, Problem


def tent_twice() -> tuple[Network, Domain]:
    net = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4], [2, -4]], [0, "-1/2"]), ([[1, 1]], [0])])
    return net, Box([0], [1])


def on_the_line() -> tuple[Network, Domain]:
    return tent_twice()[0], WholeSpace(1)


def folded_plane() -> tuple[Network, Domain]:
    return MONTUFAR.build("2-4-4").network, WholeSpace(2)


def collapsed() -> tuple[Network, Domain]:
    """A cone over a square whose image is a whole line, which no affine function into the cone covers."""
    first = Layer([[1, 0], [0, 1], [1, -1]], [0, 0, 1], [Maxout(3)])
    return Network([first, Layer([[1], [-1]], [0, 2]), Layer([[1, 1], [1, -1]], [-1, 0])]), WholeSpace(2)


BASES = {base.__name__: base for base in (tent_twice, on_the_line, folded_plane, collapsed)}


def certificate(network: Network, domain: Domain, number: int) -> tuple[list[str], int]:
    """The lines, and the number that they show."""
    first = claim_line(network, domain, number, version=checker.SHARED)
    writer = SharedWriter(checker.Claim(checker.decode(first.encode())))
    return [first, *writer.lines()], writer.regions


def lines_of(name: str) -> list[Any]:
    network, domain = BASES[name]()
    lines, number = certificate(network, domain, count_cells(Problem.of(network, domain)))
    assert number == json.loads(lines[0])["regions"]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", BASES)
def test_what_is_written_is_verified(name: str, tmp_path: Path) -> None:
    lines = lines_of(name)
    assert verdict(lines, tmp_path) == f"VERIFIED {lines[0]['regions']}"


def test_random_and_degenerate_networks(tmp_path: Path) -> None:
    shown = 0
    for network, domain in random_degenerate_problems(seed=8, how_many=60):
        try:
            number = count_cells(Problem.of(network, domain))
        except NoInteriorError:
            continue
        if not network.hidden or not all(layer.width for layer in network.hidden):
            continue
        try:
            lines, _ = certificate(network, domain, number)
        except checker.Rejected:  # no unit bends
            continue
        assert verdict([json.loads(line) for line in lines], tmp_path) == f"VERIFIED {number}"
        shown += 1
    assert shown > 20


@pytest.mark.parametrize("arch", ["2" + "-8" * 20, "3" + "-6" * 12])
def test_deep_foldings_on_the_cube_and_everywhere(arch: str, tmp_path: Path) -> None:
    built = MONTUFAR.build(arch)
    for claim in built.claims:
        domain = Box(*claim.domain) if claim.domain else WholeSpace(built.network.inputs)
        found = count(built.network, domain, certificate=tmp_path / "out")
        assert found == claim.count
        assert str(check(tmp_path / "out")) == f"VERIFIED {claim.count}"
        assert (tmp_path / "out").stat().st_size < 300_000


@pytest.mark.slow
@pytest.mark.parametrize("family", [MONTUFAR, SERRA])
def test_a_hundred_layers(family, tmp_path: Path) -> None:
    built = family.build("2" + "-8" * 100)
    for claim in built.claims:
        domain = Box(*claim.domain) if claim.domain else WholeSpace(2)
        write(tmp_path / "out", built.network, domain, claim.count)
        assert check(tmp_path / "out").regions == claim.count
        assert (tmp_path / "out").stat().st_size < 10**6


def test_where_no_affine_map_covers_the_image_the_cell_itself_goes_on() -> None:
    assert any(line[-1] == "on" for line in lines_of("collapsed")[1:])


# In tent_twice: line 1 the image u > 0, 2 - u > 0 with forms u and u - 1; 2 the step of layer 0 on the domain; 3 its
# cut; 4 and 5 its cells, both with this image; 6 the step of layer 1 on the image; 7 to 9 its cells; 10 the end.
CYCLE = [[], [0, [[1, 0]], 1, [[1, 0]], 1, [[1, 0, 1], [1, 1, 1]], [], [1, 2]]]
FORGERIES = {
    "number too large": ((0,), 5, "4 are shown"),
    "another vertex of the image": ((1, 4, 1), [-1, 3], "does not add up|covered|multiplier"),
    "an image that the cells leave": ((1, 4, 1), [-1, 1], "not shown to lie in its image"),
    "an image without its end": ((1, 4), [[1, 0]], "evidence is wanted for each row"),
    "other preactivations": ((1, 2, 1), [1, -2], "preactivations are not those"),
    "another factor": ((1, 3), 2, "preactivations are not those"),
    "an image of dimension zero": ((1, 1), 0, "dimension"),
    "another map": ((4, 1, 1, 0), [4, 1], "preactivations are not those"),
    "a map back that is no inverse": ((4, 1, 3, 0), [1, 1], "not the identity"),
    "a factor of zero": ((4, 1, 4), 0, "factor must be positive"),
    "an image that is not there": ((4, 1, 0), 1, "not there"),
    "the image itself, a cycle": ((8,), CYCLE, "witness"),
    "a multiplier too small": ((4, 1, 5, 0), [1, 0, 3], "does not add up"),
    "a negative multiplier": ((4, 1, 5, 0), [1, 0, -4], "negative"),
    "no multiple": ((4, 1, 5, 0), [0, 0, 0], "must be positive"),
    "a row that is not there": ((4, 1, 5, 0), [1, 7, 4], "not there"),
    "evidence missing": ((4, 1, 6), [], "evidence is wanted for each row"),
    "a witness outside": ((4, 1, 7), [3, 4], "witness violates"),
    "a witness on a wall": ((4, 1, 7), [1, 2], "witness violates"),
    "a denominator of zero": ((4, 1, 7), [1, 0], "denominator"),
    "a piece that is not empty": ((3, 0, 1), [[0, [1, 0, 1]]], "does not show that piece"),
    "no multipliers at all": ((3, 0, 0), [[0, [1]]], "does not show that piece 0"),
    "a unit that is not decided": ((3, 0), [], "undecided"),
    "more statements than units": ((4, 0), [[]], "more statements"),
    "a step of another layer": ((6, 1), 0, "expected an image with two maps"),
    "a step on another image": ((6, 2), 3, "not there"),
    "a layer that is not there": ((6, 1), 2, "not there"),
    "the domain behind the first layer": ((6, 2), -1, "not there"),
    "on, behind the last layer": ((8, 1), "on", "must be 2 integers"),
    "an unknown line": ((6,), ["stop", 1, 0], "expected an image, a step or the end"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_refused(name: str, tmp_path: Path) -> None:
    place, value, reason = FORGERIES[name]
    lines = lines_of("tent_twice")
    if place == (0,):
        forged = [{**lines[0], "regions": value}, *lines[1:]]
    elif len(place) == 1:
        forged = [*lines[: place[0]], value, *lines[place[0] + 1 :]]
    else:
        forged = changed(lines, *place, to=value)
    said = verdict(forged, tmp_path)
    assert said.startswith("REJECTED")
    assert any(part in said for part in reason.split("|")), said


def test_a_direction_left_out_is_refused(tmp_path: Path) -> None:
    """On the line the tent's second part reaches to −∞; an image that ends somewhere is another one."""
    lines = lines_of("on_the_line")
    images = [i for i, line in enumerate(lines) if isinstance(line, list) and line[0] == "image" and len(line[4]) == 1]
    assert images
    for i in images:
        closed = changed(lines, i, 4, to=lambda rows: [*rows, [-rows[0][0], 9]])
        assert "evidence is wanted for each row" in verdict(closed, tmp_path)
        for at, line in enumerate(closed):  # and evidence for the new row is made up
            if isinstance(line, list) and len(line) == 2 and len(line[1]) == 8:
                closed[at] = [line[0], [*line[1][:5], [*line[1][5], [1, 0, 1]], *line[1][6:]]]
        assert verdict(closed, tmp_path).startswith("REJECTED")


def test_missing_steps_and_ends_are_refused(tmp_path: Path) -> None:
    lines = lines_of("tent_twice")
    assert "layer 2 has no step on image 0" in verdict([*lines[:6], lines[10]], tmp_path)
    assert "ends before" in verdict(lines[:10], tmp_path)
    assert "something follows" in verdict([*lines, ["end"]], tmp_path)
    assert "definition must be" in verdict([{**lines[0], "definition": "affine"}, *lines[1:]], tmp_path)


def numbers(value: Any, *place: int) -> Any:
    """The places of all integers of a nested list."""
    if isinstance(value, list):
        for i, entry in enumerate(value):
            yield from numbers(entry, *place, i)
    elif isinstance(value, int):
        yield place


@pytest.mark.parametrize("name", BASES)
def test_no_single_change_makes_another_number_true(name: str, tmp_path: Path) -> None:
    lines = lines_of(name)
    places = [(at, *place) for at in range(1, len(lines)) for place in numbers(lines[at])]
    for place, step in itertools.product(places[:: max(1, len(places) // 40)], (-1, 1)):
        forged = changed(lines, *place, to=lambda v: v + step)  # noqa: B023
        for claimed in (0, 1):
            forged[0] = {**lines[0], "regions": lines[0]["regions"] + claimed}
            said = verdict(forged, tmp_path)
            assert said.startswith("REJECTED") or claimed == 0, (place, step)


def test_layers_are_not_rescaled_across_units_with_other_breakpoints(tmp_path: Path) -> None:
    net = Network([Layer([[1]], [0]), Layer([[4]], [0], HARD_TANH), Layer([[1], [1]], ["-1/2", 0])])
    domain = Box([0], [1])  # 4x passes 1/2 and 1 there, x itself would not pass 1
    number = count_cells(Problem.of(net, domain))
    lines, shown = certificate(net, domain, number)
    assert shown == number == 3
    assert verdict([json.loads(line) for line in lines], tmp_path) == "VERIFIED 3"


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    assert specified("shared example").splitlines() == certificate(*tent_twice(), 4)[0]
    (tmp_path / "example").write_text(specified("shared example"))
    assert str(check(tmp_path / "example")) == "VERIFIED 4"
