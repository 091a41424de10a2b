"""Arrangements against closed forms, deletion and restriction, Whitney's theorem and enumeration of sign vectors."""

import itertools
import random
from fractions import Fraction

import pytest
import sympy
from arrangement_families import FAMILIES, T

from theory.architecture import MixedRanks
from theory.bounds import BOUNDS
from theory.errors import InexactError, InvalidInputError
from theory.geometry.arrangement import HyperplaneArrangement
from theory.geometry.feasibility import interior_point


def random_arrangement(rng, n, d, size):
    """Small coefficients: parallels, repeats and concurrent hyperplanes are frequent."""
    rows = []
    while len(rows) < n:
        row = [rng.randint(-size, size) for _ in range(d + 1)]
        if any(row[:-1]):
            rows.append(row)
    return HyperplaneArrangement(rows, d)


DEGENERATE = [
    random_arrangement(random.Random(seed), n, d, size)
    for seed, (n, d, size) in enumerate(itertools.product((1, 4, 6), (1, 2, 3), (1, 2)))
] + [random_arrangement(random.Random(100 + s), 5, 3, 1) for s in range(12)]


def regions_by_signs(arrangement, extra=()):
    """Grow the sign vectors hyperplane by hyperplane, each kept if an exact interior point exists."""
    cells = [list(extra)]
    for row in arrangement.rows:
        sides = ([*cell, side] for cell in cells for side in (row, tuple(-v for v in row)))
        cells = [cell for cell in sides if interior_point(cell, arrangement.dimension) is not None]
    return len(cells) if interior_point(list(extra), arrangement.dimension) is not None else 0


def deletion_restriction(arrangement):
    """χ(A) = χ(A without H) − χ(A restricted to H)."""
    if not len(arrangement):
        return T**arrangement.dimension
    return sympy.expand(
        deletion_restriction(arrangement.deletion(0)) - deletion_restriction(arrangement.restriction(0))
    )


# --- errors -----------------------------------------------------------------------------------------------


def test_bad_rows():
    with pytest.raises(InvalidInputError, match="hyperplane 2: the normal vector is zero"):
        HyperplaneArrangement([(1, 0), (0, 3)])
    with pytest.raises(InvalidInputError, match="hyperplane 2 has 2 entries"):
        HyperplaneArrangement([(1, 0, 0), (1, 0)])
    with pytest.raises(InvalidInputError, match="needs its dimension"):
        HyperplaneArrangement([])
    with pytest.raises(InexactError):
        HyperplaneArrangement([(0.5, 1)])
    lines = HyperplaneArrangement([(1, 0, 0)])
    with pytest.raises(InvalidInputError, match="no hyperplane 3"):
        lines.deletion(3)
    with pytest.raises(InvalidInputError, match="halfspace 1 has 2 entries"):
        lines.count_regions_inside([(1, 0)])


def test_equal_hyperplanes_are_one():
    twice = HyperplaneArrangement([(1, 2, 3), (-2, -4, -6), ("1/3", "2/3", 1)])
    assert twice.rows == ((1, 2, 3),) == HyperplaneArrangement([(2, 4, 6)]).rows
    assert len(twice) == 1


def test_the_empty_arrangement_and_dimension_zero():
    nothing = HyperplaneArrangement([], 3)
    assert (nothing.count_regions(), nothing.count_bounded_regions(), nothing.rank) == (1, 1, 0)
    assert nothing.characteristic_polynomial() == T**3
    point = HyperplaneArrangement([(2, 1)]).restriction(0)
    assert (point.dimension, point.count_regions()) == (0, 1)


# --- closed forms -----------------------------------------------------------------------------------------

SIZES = {
    "boolean": [(1,), (2,), (3,), (4,)],
    "braid": [(1,), (2,), (3,), (4,), (5,)],
    "type_b": [(1,), (2,), (3,)],
    "type_d": [(2,), (3,), (4,)],
    "shi": [(1,), (2,), (3,), (4,)],
    "catalan": [(1,), (2,), (3,)],
    "linial": [(1,), (2,), (3,), (4,)],
    "cyclic": [(0, 2), (3, 1), (5, 2), (5, 3), (6, 4), (3, 5)],
    "generic": [(0, 3), (4, 2), (7, 2), (6, 3), (3, 4)],
}


@pytest.mark.parametrize(("name", "parameters"), [(name, p) for name, sizes in SIZES.items() for p in sizes])
def test_closed_forms(name, parameters):
    family = FAMILIES[name]
    arrangement = family.build(*parameters)
    closed = sympy.expand(family.characteristic(*parameters))
    assert sympy.expand(arrangement.characteristic_polynomial()) == closed
    assert arrangement.count_regions() == abs(closed.subs(T, -1))
    assert arrangement.count_bounded_regions() == abs(closed.subs(T, 1))
    if len(arrangement) <= 10:
        assert deletion_restriction(arrangement) == closed


def test_published_numbers_of_regions():
    assert SIZES.keys() == FAMILIES.keys()
    assert FAMILIES["braid"].build(4).count_regions() == 24
    assert FAMILIES["type_b"].build(3).count_regions() == 48
    assert FAMILIES["shi"].build(4).count_regions() == 125
    assert FAMILIES["catalan"].build(3).count_regions() == 6 * 5
    assert [FAMILIES["linial"].build(n).count_regions() for n in (1, 2, 3, 4)] == [1, 2, 7, 36]


# --- a second way -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("arrangement", DEGENERATE, ids=repr)
def test_regions_are_the_sign_vectors(arrangement):
    assert arrangement.count_regions() == regions_by_signs(arrangement)
    assert sympy.expand(arrangement.characteristic_polynomial()) == deletion_restriction(arrangement)


@pytest.mark.parametrize("arrangement", DEGENERATE, ids=repr)
def test_regions_inside_a_polytope(arrangement):
    d = arrangement.dimension
    unit = [[int(i == j) for j in range(d)] for i in range(d)]
    quadrant = [[*row, 0] for row in unit]
    cube = quadrant + [[*(-v for v in row), 1] for row in unit]
    for rows in ([], quadrant, cube, [*cube, [*[-1] * d, 1]], [*quadrant, [*[-1] * d, 0]]):
        assert arrangement.count_regions_inside(rows) == regions_by_signs(arrangement, rows)


def test_flats_that_touch_the_boundary_do_not_count():
    lines = HyperplaneArrangement([(1, 1, 0), (1, -1, 0), (1, 0, 0)])
    assert lines.count_regions() == 6
    assert lines.count_regions_inside([(1, 0, 0)]) == 3
    assert lines.count_regions_inside([(1, 0, 0), (-1, 0, 0)]) == 0


def test_bounded_regions_of_a_triangle_and_a_prism():
    triangle = HyperplaneArrangement([(1, 0, 0), (0, 1, 0), (1, 1, -1)])
    prism = HyperplaneArrangement([(1, 0, 5, 0), (0, 1, 0, 0), (1, 1, 5, -1)])
    assert triangle.count_bounded_regions() == prism.count_bounded_regions() == 1
    assert prism.rank == triangle.rank == 2
    assert triangle.count_regions() == prism.count_regions() == 7


def test_the_mobius_function_sums_to_zero_above_each_flat():
    for arrangement in DEGENERATE:
        for flat in arrangement.flats():
            above = [other for other in arrangement.flats() if other.hyperplanes <= flat.hyperplanes]
            assert sum(other.mobius for other in above) == (1 if not flat.hyperplanes else 0)
            assert (-1) ** (arrangement.dimension - flat.dimension) * flat.mobius > 0
            subspace, k = flat.subspace, flat.dimension
            for free in [[0] * k, *([int(i == j) for j in range(k)] for i in range(k))]:
                point = subspace.lift(free)
                for i in flat.hyperplanes:
                    *a, b = arrangement.rows[i]
                    assert sum(u * v for u, v in zip(a, point, strict=True)) + b == 0


def test_predicates():
    assert FAMILIES["braid"].build(3).is_central
    assert not FAMILIES["shi"].build(3).is_central
    assert FAMILIES["cyclic"].build(5, 2).is_simple
    assert not HyperplaneArrangement([(1, 0, 0), (0, 1, 0), (1, 1, 0)]).is_simple
    assert not HyperplaneArrangement([(1, 0, 0), (1, 0, 1)]).is_simple


# --- what the bounds say of one layer ---------------------------------------------------------------------


def maxima(pieces, d):
    """The regions of R^d of units that are the maximum of the given rows, by one program for each choice of rows."""
    number = 0
    for choice in itertools.product(*(range(len(unit)) for unit in pieces)):
        wins = [
            [a - b for a, b in zip(unit[i], other, strict=True)]
            for unit, i in zip(pieces, choice, strict=True)
            for j, other in enumerate(unit)
            if j != i
        ]
        number += interior_point(wins, d) is not None
    return number


def test_polygons_attain_the_planar_minkowski_bound():
    """k_i vectors of unit i as vertices of a polygon inscribed in a circle: edges of the sum are all different."""
    for ranks in ((3, 3), (3, 4), (2, 3, 4)):
        rng = random.Random(3)
        pieces = []
        for k in ranks:
            slopes = sorted(Fraction(rng.randint(-(10**4), 10**4), 10**3) for _ in range(k))
            pieces.append([((1 - s * s) / (1 + s * s), 2 * s / (1 + s * s), 0) for s in slopes])
        assert maxima(pieces, 2) == sum(ranks) == BOUNDS["maxout_one_layer_central"](MixedRanks(2, (ranks,)))


def test_feasibility_against_fourier_motzkin():
    def feasible(rows, d):
        if d == 0:
            return all(row[-1] > 0 for row in rows)
        zero = [row[1:] for row in rows if row[0] == 0]
        up = [[Fraction(v, row[0]) for v in row[1:]] for row in rows if row[0] > 0]
        down = [[Fraction(v, -row[0]) for v in row[1:]] for row in rows if row[0] < 0]
        return feasible(zero + [[a + b for a, b in zip(u, v, strict=True)] for u in up for v in down], d - 1)

    rng = random.Random(11)
    outcomes = set()
    for _ in range(1500):
        d, n = rng.randint(0, 3), rng.randint(0, 6)
        rows = [[rng.randint(-2, 2) for _ in range(d + 1)] for _ in range(n)]
        point = interior_point(rows, d)
        assert (point is not None) == feasible(rows, d)
        if point is not None:
            assert all(sum(a * x for a, x in zip(row, point, strict=False)) + row[-1] > 0 for row in rows)
        outcomes.add(point is None)
    assert outcomes == {True, False}
