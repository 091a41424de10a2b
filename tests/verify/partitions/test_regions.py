"""Regions as objects, the dual graph and plane partitions: every property against a second way to know it."""

import random
import xml.etree.ElementTree as ET
from fractions import Fraction

import networkx as nx
import pytest
from drawn import integer_network
from places import NETWORKS

from theory import Network
from theory.activations import ABS, Maxout
from theory.constructions.family import SEPARATOR
from theory.data import digits
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import value_at
from theory.formats import load, save
from theory.geometry.polyhedra import Polyhedron
from theory.geometry.region import EASY_DIMENSIONS, Region, affine_text, pattern_text
from theory.network import Layer
from verify import Box, Plane, Polytope, Segment, count
from verify.engines import patterns
from verify.engines.problem import Problem
from verify.partitions.complex import Complex
from verify.partitions.region_list import MergedRegion, dual_graph, regions, write_graphml

CROSS = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
BOW = SEPARATOR.build(function="bow").network
MAXOUT = Network([Layer([[1, 0], [0, 1], [-1, -1], [1, 1], [0, 0], [2, -1]], [0, 0, 0, 1, 0, 0], Maxout(3))])


# -- one region --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5])
def test_a_region_knows_its_walls_and_what_lies_behind(d) -> None:
    rng = random.Random(d)
    for _ in range(6):
        network = integer_network(rng.randrange(999), d, 4, 3)
        point = [Fraction(rng.randint(-9, 9), 4) for _ in range(d)]
        region = Region.at(network, point)
        assert region.pattern == network.pattern(point) == network.pattern(region.witness)
        assert all(value_at(row, region.witness) > 0 for row in region.rows)
        body = Polyhedron.of(d, region.rows)
        facets = {body.rows[min(rows)] for rows in body.facets().values()}
        assert set(region.inequalities) == facets
        assert region.is_bounded == body.is_bounded
        for wall in region.walls:
            assert value_at(wall.row, wall.witness) == 0
            assert all(value_at(row, wall.witness) > 0 for row in region.inequalities if row != wall.row)
            step = [Fraction(-a, 10**9 * max(map(abs, wall.row))) for a in wall.row[:-1]]
            assert network.pattern([x + s for x, s in zip(wall.witness, step, strict=True)]) == wall.behind
        matrix, offset = region.affine_map
        image = tuple(
            sum((a * x for a, x in zip(row, point, strict=True)), c) for row, c in zip(matrix, offset, strict=True)
        )
        assert image == network(point)
        assert point in region


def test_programs_beyond_three_dimensions_say_what_rays_say() -> None:
    """The same cell times an interval: one dimension more, the same facets and two more."""
    rng = random.Random(8)
    for _ in range(5):
        network = integer_network(rng.randrange(999), EASY_DIMENSIONS, 5)
        lifted = network.precompose([[int(i == j) for j in range(4)] for i in range(3)], [0, 0, 0])
        strip = ((0, 0, 0, 1, 0), (0, 0, 0, -1, 1))
        pattern = network.pattern([Fraction(rng.randint(-5, 5), 3) for _ in range(3)])
        flat, thick = Region(network, pattern), Region(lifted, pattern, strip)
        assert {(*row[:-1], 0, row[-1]) for row in flat.inequalities} | set(strip) == set(thick.inequalities)
        assert flat.is_bounded == thick.is_bounded
        assert {(*v, end) for v in flat.vertices() for end in (0, 1)} == set(thick.vertices())
        if flat.is_bounded:
            assert flat.volume() == thick.volume()


def test_shapes() -> None:
    square = Region(CROSS, ((1, 1),), Box([-1, -1], ["1/2", 2]).rows)
    assert square.vertices() == ((0, 0), (Fraction(1, 2), 0), (Fraction(1, 2), 2), (0, 2))  # counterclockwise
    assert square.volume() == 1
    assert square.is_bounded
    assert sum(wall.behind is None for wall in square.walls) == 2
    assert (1, 1) not in square
    assert ("1/4", 1) in square
    quadrant = Region.at(CROSS, [1, 1])
    assert not quadrant.is_bounded
    assert quadrant.vertices() == ((0, 0),)
    with pytest.raises(InvalidInputError, match="unbounded"):
        quadrant.volume()
    strip = Region.at(Network.relu([([[1, 0]], [0]), ([[1]], [0])]), [1, 0])
    assert strip.vertices() == ()  # it contains a line
    assert strip.inequalities == ((1, 0, 0),)
    everything = Region.at(Network.relu([([[1, 2]], [0])]), [0, 0])
    assert (everything.inequalities, everything.formulas) == ((), ("x1 + 2 x2",))


def test_a_point_on_walls() -> None:
    assert Region.at(CROSS, [0, -1]).pattern == ((0, 0),)  # off and off is taken on the closed quadrant
    kink = Network.relu([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
    with pytest.raises(InvalidInputError, match=r"the point \(0\) lies on walls"):
        Region.at(kink, [0])
    with pytest.raises(InvalidInputError, match="00 is taken on no open set"):
        Region(kink, ((0, 0),)).witness  # noqa: B018
    assert not Region(kink, ((1, 1),)).has_interior


def test_many_inputs() -> None:
    """A trained network with 64 inputs: witness and map need no geometry."""
    network = digits()
    region = Region.at(network, [0] * network.inputs)
    assert region.witness == (0,) * network.inputs
    assert "region" in repr(region)


def test_texts() -> None:
    assert pattern_text(((1, 0), (2,))) == "10|2"
    assert affine_text([Fraction(-1), Fraction(1, 2)], Fraction(3)) == "-x1 + 1/2 x2 + 3"
    assert repr(Region.at(CROSS, [1, -1])) == "<region 10 of 2-2: x1>"
    assert len({Region.at(CROSS, [1, 1]), Region.at(CROSS, [2, 3]), Region.at(CROSS, [-1, 1])}) == 2


# -- all regions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "domain"),
    [
        (BOW, Box.cube(-1, 2, 2)),
        (MAXOUT, Polytope([[1, 0, 2], [0, 1, 2], [-1, -1, 2]])),
        (BOW, Segment([-1, 2], [2, "1/3"])),
        (integer_network(1, 3, 4, 2), Box.cube(-2, 2, 3)),
        (integer_network(2, 4, 4), Box.cube(-1, 1, 4)),
        (integer_network(3, 5, 5), Plane([0] * 5, [1, 0, 0, 0, 0], [0, 1, 1, 0, 0], Box.cube(-3, 3, 2))),
    ],
    ids=["bow", "maxout", "segment", "cube", "tesseract", "plane"],
)
def test_volumes_add_up_and_facing_walls_agree(network, domain) -> None:
    found = {region.pattern: region for region in regions(network, domain, engine="exact")}
    assert len(found) == count(network, domain, engine="exact")
    whole = Polyhedron.of(domain.dimension, domain.rows)
    assert sum(region.volume() for region in found.values()) == whole.volume()
    for pattern, region in found.items():
        assert all(wall.behind is None or wall.behind in found for wall in region.walls)
        for wall in region.walls:
            if wall.behind is not None:
                assert tuple(-v for v in wall.row) in found[wall.behind].inequalities
                assert pattern in {back.behind for back in found[wall.behind].walls}


@pytest.mark.parametrize("inputs", [12, 40])
def test_regions_are_lazy(inputs) -> None:
    """There are more than can be listed; the first ones come at once, from whichever engine serves so many inputs."""
    wide = integer_network(5, inputs, 14, 14)
    stream = iter(regions(wide, Box.cube(-1, 1, inputs)))
    first = [next(stream).pattern for _ in range(3)]
    assert len(set(first)) == 3


@pytest.mark.parametrize("of", ["linear", "closed", "affine"])
def test_merged_regions_are_the_counted_ones(of) -> None:
    network = load(NETWORKS / "montufar3_2_6_6.json")
    box = Box.cube(0, 1, 2)
    merged = list(regions(network, box, definition=of, engine="exact"))
    assert len(merged) == count(network, box, definition=of, engine="exact")
    assert all(isinstance(region, MergedRegion) for region in merged)
    assert sum(region.volume() for region in merged) == 1
    assert sum(len(region.cells) for region in merged) == count(network, box, engine="exact")
    for region in merged:
        assert {cell.affine_map for cell in region.cells} == {region.affine_map}
        assert region.is_bounded
        assert region.witness in region
        if of == "linear":
            assert len(region.shared_facets) == len(region.cells) - 1


def test_a_merged_region_names_its_cells() -> None:
    steps = Network.relu([([[1, 0]] * 3, [0, 1, 2]), ([[0] * 3], [1])])
    (region,) = regions(steps, definition="linear", engine="exact")
    assert repr(region) == "<linear region of 4 cells 000, 001, 011, 111: 1>"
    assert not region.is_bounded
    assert all(edge.first != edge.second for edge in region.shared_facets)


def test_occurring_patterns_come_with_points() -> None:
    found = list(regions(BOW, definition="patterns", engine="exact"))
    assert len(found) == 11
    assert all(BOW.pattern(occurring.witness) == occurring.pattern for occurring in found)


def test_refusals() -> None:
    with pytest.raises(UnsupportedError, match="counted, not listed"):
        regions(BOW, definition="convex")
    with pytest.raises(InvalidInputError, match="known: patterns"):
        regions(BOW, definition="all")
    with pytest.raises(InvalidInputError, match="unknown engine"):
        regions(BOW, engine="fast")
    with pytest.raises(InvalidInputError, match="a Network is needed"):
        regions("bow.json")


# -- the dual graph ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_the_dual_graph_has_an_edge_for_every_inner_facet(d) -> None:
    network = integer_network(d, d, 4, 2)
    domain = Box.cube(-2, 2, d)
    graph = dual_graph(network, domain, engine="exact")
    problem = Problem(network, domain.rows)
    faces = Complex.of(problem, patterns(problem, "exact")).faces
    inner = [place.cells for place in faces.values() if place.dimension == d - 1 and not place.border]
    assert {frozenset(edge) for edge in graph.edges} == set(map(frozenset, inner))
    assert nx.is_connected(graph)
    for first, second, data in graph.edges(data=True):
        layer, unit = data["layer"] - 1, data["unit"] - 1
        assert first[:layer] == second[:layer]
        assert first[layer][:unit] == second[layer][:unit]
        assert first[layer][unit] != second[layer][unit]
        assert value_at(data["row"], data["witness"]) == 0
        assert network.affine_map(first) == graph.nodes[first]["affine_map"]
        assert value_at(data["row"], graph.nodes[min(first, second)]["witness"]) > 0


def test_graphml_can_be_read_back(tmp_path) -> None:
    graph = dual_graph(BOW, Box.cube(-1, 1, 2), engine="exact")
    write_graphml(graph, tmp_path / "bow.graphml")
    again = nx.read_graphml(tmp_path / "bow.graphml")
    assert nx.is_isomorphic(graph, again)
    assert again.nodes["1001|10"]["function"] == "x1"


# -- the complex of all faces ------------------------------------------------------------------------------------------


def test_absolute_values_in_three_dimensions_have_cubes_for_cells() -> None:
    network = Network([Layer([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 0], ABS)])
    problem = Problem(network, Box.cube(-1, 1, 3).rows)
    complex = Complex.of(problem, patterns(problem, "exact"))
    assert complex.f_vector == (27, 54, 36, 8)
    assert sum(place.border for place in complex.faces.values()) == 26 + 48 + 24


# -- the command line --------------------------------------------------------------------------------------------------


@pytest.fixture
def bow(tmp_path):
    save(BOW, tmp_path / "bow.json")
    return str(tmp_path / "bow.json")


def test_regions_are_listed(run, bow) -> None:
    lines = run("regions", bow, "--box=-1,1").out.splitlines()
    assert len(lines) == 7
    assert any(line.startswith("1001|10  x1  at (1/4, 3/4)") for line in lines)
    assert lines[-1] == "6 activation regions of 2-4-2 on [-1,1]^2"
    for name, summary in (("affine", "3 affine pieces"), ("patterns", "11 activation patterns")):
        assert run("regions", bow, "--definition", name).out.splitlines()[-1] == f"{summary} of 2-4-2 on R^2"


def test_regions_as_json_with_a_picture_and_a_graph(run, bow, tmp_path) -> None:
    svg, graph = tmp_path / "bow.svg", tmp_path / "bow.graphml"
    record = run("regions", bow, "--box=-1,1", "--svg", svg, "--dual-graph", graph, "--json").json
    assert (record["count"], record["definition"], record["domain"]) == (6, "activation", "[-1,1]^2")
    assert sum(Fraction(region["volume"]) for region in record["regions"]) == 4
    assert record["regions"][0]["matrix"] == [["0", "0"]]
    assert svg.read_text(encoding="utf-8").startswith("<svg")
    assert nx.read_graphml(graph).number_of_nodes() == 6
    merged = run("regions", bow, "--definition", "linear", "--json").json
    assert (merged["count"], merged["definition"]) == (6, "linear")
    assert merged["regions"][0]["patterns"] == ["0101|00"]


def test_notebooks_show_markup() -> None:
    assert count(CROSS, engine="exact")._repr_html_() == "<b>4</b> activation regions of 2-2 on R^2, exact"
    bracket = count(CROSS, budget_regions=1)
    assert bracket._repr_html_() == "between <b>1</b> and <b>4</b> activation regions of 2-2 on R^2"
    assert Box.cube(0, 1, 3)._repr_html_() == "[0,1]<sup>3</sup>"
    table = ET.fromstring(CROSS._repr_html_())
    assert len(table.findall("tr")) == 3
    shown = Region.at(CROSS, [1, 2])._repr_latex_()
    assert shown == r"$\begin{array}{l}f_{1}(x) = x_{1} + x_{2} \\ x_{1} \ge 0 \\ x_{2} \ge 0\end{array}$"
