"""The strata of the boundary: against Euler, brute force over sets of units, closed forms, sections and hand work."""

import itertools
import math
from fractions import Fraction

import flint
import pytest
from drawn import integer_network

from theory import ABS, HARD_TANH, RELU, Architecture, Layer, Maxout, Network
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import from_fmpq
from theory.initialization import Initialization
from verify import Box, Plane, Polytope, Segment, WholeSpace
from verify.engines.problem import Problem
from verify.measure.boundary import Boundary, RootSum, boundary, boundary_by_cells
from verify.measure.strata import strata
from verify.partitions.complex import pattern_rows
from verify.slices.planes import across

LAW = Initialization(bias=Fraction(1, 2))
NARROW = Fraction(1, 10**30)


def equal(first: RootSum, second: RootSum) -> bool:
    """Whether two sums agree to thirty digits."""
    (a, b), (c, d) = first.bounds(NARROW), second.bounds(NARROW)
    return a <= d and c <= b


def same_boundary(first: Boundary, second: Boundary) -> None:
    """Whether two ways to measure a boundary agree in everything."""
    assert equal(first.volume, second.volume)
    assert equal(first.measure, second.measure)
    assert first.definition == second.definition
    assert (first.dimension, first.vertices) == (second.dimension, second.vertices)


def line_of(rows, d):
    """A point and a direction of the line on which d − 1 rows vanish, None if they are dependent."""
    matrix = flint.fmpq_mat(len(rows), d + 1, [flint.fmpq(int(v)) for row in rows for v in row])
    echelon, rank = matrix.rref()
    pivots = [next(j for j in range(d + 1) if echelon[i, j] != 0) for i in range(rank)]
    if rank < len(rows) or d in pivots:
        return None
    (free,) = (j for j in range(d) if j not in pivots)
    point, direction = [Fraction(0)] * d, [Fraction(0)] * d
    direction[free] = Fraction(1)
    for i, j in enumerate(pivots):
        point[j], direction[j] = -from_fmpq(echelon[i, d]), -from_fmpq(echelon[i, free])
    return point, direction


def clipped(point, direction, rows):
    """The ends of the open part of a line where every row is positive, None if there is none."""
    low, high = [], []
    for *a, b in rows:
        slope = sum(v * w for v, w in zip(a, direction, strict=True))
        value = sum((v * w for v, w in zip(a, point, strict=True)), Fraction(b))
        if slope:
            (low if slope > 0 else high).append(-value / slope)
        elif value <= 0:
            return None
    first, last = max(low), min(high)
    if first >= last:
        return None
    return tuple(tuple(p + t * v for p, v in zip(point, direction, strict=True)) for t in (first, last))


def solved(rows, d):
    """The point at which d rows vanish, None if they are dependent."""
    matrix = flint.fmpq_mat(d, d, [flint.fmpq(int(v)) for row in rows for v in row[:-1]])
    if not matrix.det():
        return None
    x = matrix.solve(flint.fmpq_mat(d, 1, [flint.fmpq(-int(row[-1])) for row in rows]))
    return tuple(from_fmpq(x[i, 0]) for i in range(d))


def squared(ends) -> Fraction:
    return sum(((a - b) ** 2 for a, b in zip(*ends, strict=True)), Fraction(0))


@pytest.mark.parametrize("widths", [(6,), (3, 3), (4, 2), (3, 2, 2)])
@pytest.mark.parametrize("inputs", [2, 3])
def test_networks_by_all_sets_of_units_in_every_cell(inputs, widths) -> None:
    network, box = LAW.draw(Architecture.relu(inputs, *widths), 6), Box.cube(-2, 2, inputs)
    found = strata(network, box, "activation")
    points, segments = set(), set()
    for pattern in found.complex.cells:
        rows = pattern_rows(Problem(network, ()), pattern)
        around = [*rows, *box.rows]
        for chosen in itertools.combinations(rows, inputs):
            point = solved(chosen, inputs)
            if point and all(
                sum(a * v for a, v in zip(row, point, strict=False)) + row[-1] > 0
                for row in around
                if row not in chosen
            ):
                points.add(point)
        for chosen in itertools.combinations(rows, inputs - 1):
            line = line_of(chosen, inputs)
            if line and (ends := clipped(*line, [row for row in around if row not in chosen])):
                segments.add(tuple(sorted(ends)))
    assert found[inputs - 1].pieces == found[inputs - 1].volume.exact == len(points) > 0
    assert found[inputs - 2].faces == len(segments)
    assert equal(found[inputs - 2].volume, RootSum.of(map(squared, segments)))
    assert all(set(stratum.units) == {stratum.codimension} for stratum in found)  # general position


@pytest.mark.parametrize(("d", "n"), [(1, 4), (2, 5), (3, 5), (4, 5)])
def test_generic_planes_in_the_whole_space(d, n) -> None:
    """C(n, k) flats of codimension k, each cut by the other n − k: Zaslavsky."""
    network = LAW.draw(Architecture.relu(d, n), 3)
    for of in ("activation", "linear"):
        found = strata(network, WholeSpace(d), of)
        for k, stratum in enumerate(found, start=1):
            regions = sum(math.comb(n - k, j) for j in range(d - k + 1))
            assert stratum.pieces == stratum.faces == math.comb(n, k) * regions
            assert (stratum.volume is None) == (k < d)
        assert found.inside[d] == sum(math.comb(n, j) for j in range(d + 1))
        assert found.euler_characteristic == (-1) ** d


@pytest.mark.parametrize(("d", "n"), [(2, 4), (3, 3)])
def test_parallel_planes_of_units_with_two_breakpoints(d, n) -> None:
    """Each of n hard tanh units has two parallel planes, and any d different units meet in 2^d points."""
    law = Initialization(bias=Fraction(1, 2), activation=HARD_TANH)
    found = strata(law.draw(Architecture(d, (n,), "piecewise", 3), 2), WholeSpace(d))
    assert found[d - 1].pieces == math.comb(n, d) * 2**d
    # a flat of codimension k is cut by two parallel planes of each other unit into Σ C(n − k, j)·2^j parts, j ≤ d − k
    for k in range(1, d):
        parts = sum(math.comb(n - k, j) * 2**j for j in range(d - k + 1))
        assert found[k - 1].pieces == math.comb(n, k) * 2**k * parts


@pytest.mark.parametrize("seed", range(12))
def test_degenerate_networks_against_everything_else_that_measures(seed) -> None:
    inputs = 2 + seed % 2
    unit = (RELU, HARD_TANH, ABS)[seed % 3]
    network = integer_network(seed, inputs, *((3, 2) if inputs == 3 else (4, 3)), unit=unit, most=1)
    box = Box.cube(-1, 1, inputs) if seed % 4 else Box([-1, -2, "-1/2"][:inputs], ["3/2", 1, 1][:inputs])
    for of in ("activation", "linear"):
        found = strata(network, box, of)
        assert found.euler_characteristic == 1
        assert sum((-1) ** k * number for k, number in enumerate(found.inside)) == (-1) ** inputs
        assert equal(found[0].volume, boundary_by_cells(network, box, of).volume)
        same_boundary(found.boundary, boundary(network, box, of))
        if inputs == 2:
            assert found[1].pieces == len(across(network, box).meeting_points(jumps_only=of == "linear"))
        if of == "activation":
            assert [s.pieces for s in reversed(found)] == list(found.inside[:-1])
            assert all(min(s.units, default=s.codimension) >= s.codimension for s in found)


@pytest.mark.parametrize("seed", range(4))
def test_edges_in_space_are_vertices_of_sections(seed) -> None:
    """A plane x₁ = c in general position meets the stratum of codimension 2 where its own section has vertices."""
    network, box = integer_network(seed + 40, 3, 4, 2, most=1), Box([-1, -1, -1], [1, 1, 1])
    for of in ("activation", "linear"):
        found = strata(network, box, of)
        ends = [
            [Fraction(ray[0], ray[-1]) for ray in face]
            for face, k in found.stratum_of.items()
            if k == 2 and found.complex.faces[face].dimension == 1
        ]
        for c in (Fraction(-7, 9), Fraction(1, 11), Fraction(5, 13)):
            plane = Plane([c, -1, -1], [c, 1, -1], [c, -1, 1], Box([0, 0], [1, 1]))
            assert sum(min(x) < c < max(x) for x in ends) == strata(network, plane, of)[1].pieces
            assert boundary(network, plane, of).vertices == strata(network, plane, of)[1].pieces


def by_recursion(complex_, facets) -> dict:
    """The strata from Hanin and Rolnick's definition: face by face, the plane that what is left must be near it.

    A face is in B_k if the faces around it that are in no earlier stratum are all in B_k and lie in one plane of
    codimension k, which they fill: if the face has codimension k + 1, two of them, one on either side.
    """
    d, result = complex_.problem.dimension, {}
    inside = [(d - p.dimension, face) for face, p in complex_.faces.items() if not p.border and p.dimension < d]
    for codimension, face in sorted(inside, key=lambda pair: pair[0]):
        around = {g: result[g] for g in complex_.above(face)}
        result[face] = int(face in facets) if codimension == 1 else codimension * any(around.values())
        for k in range(1, codimension if any(around.values()) else 1):
            late = [g for g, stratum in around.items() if stratum >= k]
            filling = [g for g in late if complex_.faces[g].dimension == d - k]
            spanned = flint.fmpz_mat([list(ray) for ray in {ray for g in filling for ray in g}]).rank()
            if (
                all(around[g] == k for g in late)
                and (codimension > k + 1 or len(filling) == 2)
                and spanned == d - k + 1
            ):
                result[face] = k
                break
    return result


@pytest.mark.parametrize("seed", range(10))
def test_the_rank_of_the_jumps_is_the_recursive_definition(seed) -> None:
    inputs = (2, 3, 3, 4)[seed % 4]
    network = integer_network(seed + 60, inputs, *((5, 3), (4, 2), (5,), (6,))[seed % 4], most=1)
    for of in ("activation", "linear"):
        found = strata(network, Box.cube(-1, 1, inputs), of)
        facets = {
            face for face, k in found.stratum_of.items() if k == 1 and found.complex.faces[face].dimension == inputs - 1
        }
        assert found.stratum_of == by_recursion(found.complex, facets)


def test_concurrent_coincident_and_touching_walls_by_hand() -> None:
    square = Box([-1, -1], [1, 1])
    star = Network.relu([([[1, 0], [0, 1], [1, 1], [1, -1]], [0] * 4), ([[1] * 4], [0])])
    assert [dict(s.units) for s in strata(star, square)] == [{1: 8}, {4: 1}]
    double = Network.relu([([[1, 0], [2, 0], [0, 1]], [0] * 3), ([[1] * 3], [0])])
    assert [dict(s.units) for s in strata(double, square)] == [{2: 2, 1: 2}, {3: 1}]
    # the second unit is |x|, zero on a wall of the first layer and positive on both sides: it touches and never changes
    touching = Network.relu([([[1, 0], [-1, 0]], [0, 0]), ([[1, 1]], [0]), ([[1]], [0])])
    found = strata(touching, square, "activation")
    assert [(s.pieces, dict(s.units)) for s in found] == [(1, {2: 1}), (0, {})]
    # −|x| vanishes there too, and is off everywhere
    off = Network.relu([([[1, 0], [-1, 0]], [0, 0]), ([[-1, -1]], [0]), ([[1]], [0])])
    assert [s.pieces for s in strata(off, square, "activation")] == [1, 0]
    assert [s.pieces for s in strata(off, square, "linear")] == [0, 0]


def test_a_wall_that_ends_at_another_one() -> None:
    """(x⁺ + y⁺ − 1)⁺: behind its bend the walls of the first layer are seen, before it they are not."""
    network, box = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])]), Box([-2, -2], [2, 2])
    found = strata(network, box)
    assert [(s.pieces, dict(s.units)) for s in found] == [(5, {1: 5}), (2, {2: 2})]
    assert equal(found[0].volume, RootSum.of([Fraction(2), 4, 4, 1, 1]))
    assert [s.pieces for s in strata(network, box, "activation")] == [9, 3]


def test_in_space_a_meeting_that_is_not_seen_does_not_divide() -> None:
    """2x⁺ + |y| + 2z⁺ − (2z)⁺: three walls meet in a point, but the function has one line of kinks and four faces."""
    first = ([[1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, 2]], [0] * 5)
    network, cube = Network.relu([first, ([[2, 1, 1, 2, -1]], [0])]), Box.cube(-1, 1, 3)
    found = strata(network, cube)
    assert [s.pieces for s in found] == [4, 1, 0]
    assert [s.volume.exact for s in found] == [8, 2, 0]
    assert [s.pieces for s in strata(network, cube, "activation")] == [12, 6, 1]
    # with the middle wall seen on one side only, by a unit behind it, the vertex is there again
    seen = Network.relu([first, ([[2, 1, 1, 2, -1], [0, 1, 0, 1, 0]], [0, 0]), ([[1, 1]], [0])])
    assert strata(seen, cube)[2].pieces == 1


def test_flat_walls_in_space_stay_whole() -> None:
    """x⁺ with invisible walls y = 0 and z = 0: one square, no lines, no points."""
    first = ([[1, 0, 0], [0, 1, 0], [0, 2, 0], [0, 0, 1], [0, 0, 2]], [0] * 5)
    found = strata(Network.relu([first, ([[1, 2, -1, 2, -1]], [0])]), Box.cube(-1, 1, 3))
    assert [(s.pieces, s.faces, s.volume.exact) for s in found] == [(1, 4, 4), (0, 0, 0), (0, 0, 0)]


def test_slices_are_measured_in_the_input_space() -> None:
    network = LAW.draw(Architecture.relu(3, 5, 4), 8)
    plane = Plane([0, 0, 0], [2, 1, 0], [0, 1, 1], Box([-1, -1], [1, 1]))
    for of in ("activation", "linear"):
        same_boundary(strata(network, plane, of).boundary, boundary(network, plane, of))
    segment = Segment([-2, -2, -2], [2, 1, 2])
    same_boundary(strata(network, segment).boundary, boundary(network, segment))
    assert strata(network, segment)[0].volume.exact > 0


def test_maxout_and_polytopes() -> None:
    star = Network([Layer([[1, 0], [0, 1], [-1, -1]], [0, 0, 0], Maxout(3)), Layer([[1]], [0])])
    triangle = Polytope([[1, 0, 1], [0, 1, 1], [-1, -1, 1]])
    found = strata(star, triangle)
    assert [(s.pieces, dict(s.units)) for s in found] == [(3, {1: 3}), (1, {1: 1})]  # one unit, three pieces
    assert equal(found[0].volume, boundary_by_cells(star, triangle).volume)


def test_refusals() -> None:
    network = LAW.draw(Architecture.relu(5, 3), 1)
    with pytest.raises(UnsupportedError, match="restrict the network to a plane"):
        strata(network, Box.cube(-1, 1, 5))
    with pytest.raises(InvalidInputError, match="choose activation or linear"):
        strata(network, Box.cube(-1, 1, 5), "affine")
    with pytest.raises(InvalidInputError, match="5 inputs"):
        strata(network, Box.cube(-1, 1, 2))
    unbounded = strata(LAW.draw(Architecture.relu(2, 2), 1), WholeSpace(2))
    with pytest.raises(InvalidInputError, match="unbounded; its boundary has no finite volume"):
        _ = unbounded.boundary
    body = next(iter(unbounded.complex.cells.values()))
    with pytest.raises(InvalidInputError, match="cut the polyhedron"):
        body.squared_volume_of(frozenset(body.rays))
