"""Exact polygons: they tile the rectangle, agree with the recorded counts, and carry the right pattern."""

import json
from fractions import Fraction

import pytest
from matplotlib import pyplot
from places import NETWORKS

from theory import HARD_TANH, Layer, Network, formats
from theory.errors import InvalidInputError, MissingExtraError
from verify import Box, count
from verify.checks.clipping import draw, polygons

TRUTH = json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8"))
CUBES = {"[-1,1]^d": (-1, 1), "[0,1]^d": (0, 1)}
CASES = [
    (name, domain)
    for name, counts in TRUTH.items()
    if json.loads((NETWORKS / f"{name}.json").read_text(encoding="utf-8"))["inputs"] == 2
    for domain in counts
    if domain in CUBES
]


def middle(vertices) -> tuple[Fraction, Fraction]:
    return tuple(sum(coordinates) / len(vertices) for coordinates in zip(*vertices, strict=True))


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_as_many_polygons_as_recorded_and_they_tile_the_square(name, domain) -> None:
    network, square = formats.load(NETWORKS / f"{name}.json"), Box.cube(*CUBES[domain], 2)
    cells = polygons(network, square)
    assert len(cells) == TRUTH[name][domain]["activation"]
    assert sum(cell.area for cell in cells) == (square.upper[0] - square.lower[0]) ** 2
    assert all(cell.area > 0 for cell in cells)
    assert len({cell.pattern for cell in cells}) == len(cells)
    for cell in cells:
        assert network.pattern(middle(cell.vertices)) == cell.pattern


def test_units_with_three_pieces_and_a_rectangle_with_rational_corners() -> None:
    network = Network([Layer([[3, 1], [-1, 2]], [0, "1/2"], HARD_TANH), Layer([[1, -2]], ["1/3"], HARD_TANH)])
    rectangle = Box(["-2/3", "-1/2"], ["5/7", 2])
    cells = polygons(network, rectangle)
    assert len(cells) == int(count(network, rectangle))
    assert sum(cell.area for cell in cells) == (Fraction(5, 7) + Fraction(2, 3)) * Fraction(5, 2)


def test_walls_name_the_layer_that_bends() -> None:
    """One line of layer 1 and one of layer 2, both across the whole square."""
    network = Network.relu([([[1, 0], [0, 1], [0, -1]], [0, 0, 0]), ([[0, 1, -1]], ["-1/2"]), ([[1]], [0])])
    cells = polygons(network, Box.cube(-1, 1, 2))
    for cell in cells:
        for (x, y), (u, v), wall in zip(cell.vertices, cell.vertices[1:] + cell.vertices[:1], cell.walls, strict=True):
            border = (abs(x) == 1 and x == u) or (abs(y) == 1 and y == v)
            first = x == u == 0 or y == v == 0
            second = y == v == Fraction(1, 2)
            assert wall == (0 if border else 1 if first else 2)
            assert border + first + second == 1


def test_a_network_without_units_is_one_polygon() -> None:
    assert len(polygons(Network.relu([([[1, 2]], [3])]), Box.cube(0, 1, 2))) == 1


@pytest.mark.parametrize(("inputs", "dimension"), [(3, 2), (2, 3), (1, 1)])
def test_only_the_plane_has_polygons(inputs, dimension) -> None:
    network = Network.relu([([[1] * inputs], [0]), ([[1]], [0])])
    with pytest.raises(InvalidInputError, match="on_plane"):
        polygons(network, Box.cube(0, 1, dimension))


def test_the_drawing_has_a_facet_for_each_region_and_lines_for_each_layer() -> None:
    pyplot.switch_backend("agg")
    network, square = formats.load(NETWORKS / "montufar_2_8_8.json"), Box.cube(-1, 1, 2)
    axes = draw(network, square)
    facets, *lines = axes.collections
    assert len(facets.get_paths()) == 289
    assert len(lines) == 2
    assert axes.get_xlim() == (-1, 1)
    pyplot.close(axes.figure)


def test_without_matplotlib_the_error_names_the_extra(monkeypatch) -> None:
    import builtins

    real = builtins.__import__

    def refuse(name, *rest, **options):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r"linregions\[plot\]"):
        draw(Network.relu([([[1, 2]], [3])]), Box.cube(0, 1, 2))
