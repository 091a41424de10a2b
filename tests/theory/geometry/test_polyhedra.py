"""Exact polyhedra: vertices against all d-subsets of rows, volumes by cutting, faces by Euler and by duality."""

import itertools
import math
import random
from collections import Counter
from fractions import Fraction

import flint
import pytest

from theory.errors import InvalidInputError
from theory.exact import primitive_row
from theory.geometry.polyhedra import Face, Polyhedron

CUBE = {d: [(*(s * int(i == j) for j in range(d)), 1) for i in range(d) for s in (1, -1)] for d in (1, 2, 3, 4)}
CROSS = {d: [(*signs, 1) for signs in itertools.product((1, -1), repeat=d)] for d in (1, 2, 3, 4)}


def f_vector(body: Polyhedron) -> list[int]:
    counted = Counter(body.faces().values())
    return [counted[k] for k in range(body.dimension + 1)]


def vertices_by_subsets(dimension: int, rows) -> set[tuple[int, ...]]:
    """Every point where d independent rows vanish and all others are not negative, as primitive (x, 1)."""
    found = set()
    for chosen in itertools.combinations(rows, dimension):
        matrix = flint.fmpq_mat(dimension, dimension, [v for row in chosen for v in row[:-1]])
        if matrix.det() == 0:
            continue
        point = matrix.solve(flint.fmpq_mat(dimension, 1, [-row[-1] for row in chosen])).entries()
        if all(sum((a * x for a, x in zip(row, point, strict=False)), flint.fmpq(row[-1])) >= 0 for row in rows):
            found.add(primitive_row([*(Fraction(int(x.p), int(x.q)) for x in point), 1]))
    return found


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_cube_and_cross_polytope_are_dual(d) -> None:
    cube, cross = Polyhedron.of(d, CUBE[d]), Polyhedron.of(d, CROSS[d])
    assert f_vector(cube) == [2 ** (d - k) * math.comb(d, k) for k in range(d + 1)]
    assert f_vector(cross)[:-1] == f_vector(cube)[-2::-1]
    assert cube.volume() == 2**d
    assert cross.volume() == Fraction(2**d, math.factorial(d))
    assert len(cube.facets()) == 2 * d
    assert len(cross.facets()) == 2**d


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("seed", range(12))
def test_random_bodies(d, seed) -> None:
    """Small integers, so that rows repeat, run parallel, meet in one point and touch."""
    rng = random.Random(100 * d + seed)
    rows = CUBE[d] + [(*(rng.randint(-2, 2) for _ in range(d)), rng.randint(0, 2)) for _ in range(7)]
    rows = [row for row in rows if any(row[:-1])]
    rng.shuffle(rows)
    body = Polyhedron.whole(d)
    for row in rows:
        body = body.cut(row) or body
    kept = body.rows[1:]
    assert body.is_bounded
    assert set(body.rays) == vertices_by_subsets(d, kept)
    assert sum((-1) ** k * n for k, n in enumerate(f_vector(body))) == 1 == body.euler_characteristic
    for facet, numbers in body.facets().items():
        for number in numbers:
            assert facet == {
                ray for ray in body.rays if sum(a * v for a, v in zip(kept[number - 1], ray, strict=True)) == 0
            }
    for _ in range(4):
        row = (*(rng.randint(-3, 3) for _ in range(d)), rng.randint(-1, 1))
        if any(row[:-1]):
            parts = [part for part in (body.cut(row), body.cut([-v for v in row])) if part]
            assert sum(part.volume() for part in parts) == body.volume()
            assert all(part.volume() > 0 for part in parts)


def shadow_square(cell: Polyhedron, face: Face) -> Fraction:
    """The squared volume of a facet of a polytope, from its shadow along an axis."""
    d = cell.dimension
    facets = {facet: cell.rows[min(numbers)] for facet, numbers in cell.facets().items()}
    wall = facets.pop(face)
    k = next(j for j in range(d) if wall[j])
    kept = [j for j in range(d + 1) if j != k]
    sign = 1 if wall[k] > 0 else -1
    shadow = [tuple(sign * (wall[k] * row[j] - row[k] * wall[j]) for j in kept) for row in facets.values()]
    volume = Polyhedron.of(d - 1, [primitive_row(row) for row in shadow if any(row[:-1])]).volume()
    return volume * volume * Fraction(sum(a * a for a in wall[:d]), wall[k] ** 2)


@pytest.mark.parametrize("d", [2, 3, 4])
def test_volumes_of_facets_against_their_shadows(d) -> None:
    rng = random.Random(d)
    body = Polyhedron.of(d, [*CUBE[d], *((*(rng.randint(-3, 3) for _ in range(d)), 3) for _ in range(3))])
    assert len(body.facets()) > 2 * d
    for face in body.facets():
        assert body.squared_volume_of(face) == shadow_square(body, face) > 0


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = [*CUBE[3], (1, 1, 1, 0), (1, 1, 1, 1), (0, 0, 2, 2), (1, -1, 0, 0)]
    bodies = [Polyhedron.of(3, order) for order in (rows, rows[::-1], rows[5:] + rows[:5])]
    assert len({frozenset(body.faces().items()) for body in bodies}) == 1
    assert len({body.volume() for body in bodies}) == 1


@pytest.mark.parametrize(
    ("rows", "lines", "directions", "vertices", "characteristic"),
    [
        ([], 3, 0, 1, -1),
        ([(1, 1, 0, 5)], 2, 1, 1, 0),
        ([(1, 1, 0, 5), (-1, -1, 0, 5)], 2, 0, 2, 1),
        ([(1, 0, 0, 0), (0, 1, 0, 0)], 1, 2, 1, 0),
        ([(1, 0, 0, 1), (-1, 0, 0, 1), (0, 1, 1, 1), (0, -1, -1, 1)], 1, 0, 4, -1),
        ([(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)], 0, 3, 1, 0),
    ],
)
def test_infinity_is_exact(rows, lines, directions, vertices, characteristic) -> None:
    body = Polyhedron.of(3, rows)
    finite = [ray for ray in body.rays if ray[-1]]
    assert (len(body.lines), len(body.rays) - len(finite), len(finite)) == (lines, directions, vertices)
    assert body.euler_characteristic == characteristic
    assert sum((-1) ** k for k in body.faces().values()) == characteristic
    assert min(body.faces().values()) == lines
    with pytest.raises(InvalidInputError, match="unbounded"):
        body.volume()


@pytest.mark.parametrize("seed", range(20))
def test_neighbors_with_lines_name_their_common_facet_alike(seed) -> None:
    """Four wedges around a flat of R^4, their rows given in different orders, some preceded by a weaker row."""
    rng = random.Random(seed)
    one, two = ([rng.choice((0, 0, 1, -1, 2)) for _ in range(4)] for _ in range(2))
    if flint.fmpz_mat([one, two]).rank() < 2:
        one, two = [0, 1, 0, 2], [1, 1, 0, 0]
    rows = [(*one, 0), (*two, -1)]
    rows += [tuple(-v for v in row) for row in rows]
    wedges = []
    for i in range(4):
        pair = [rows[i], rows[(i + 1) % 4]]
        weaker = (*(v + w for v, w in zip(*(row[:-1] for row in pair), strict=True)), 5)
        rng.shuffle(pair)
        wedges.append(Polyhedron.of(4, [weaker, *pair] if rng.random() < 0.5 else pair))
    walls = Counter(facet for wedge in wedges for facet in wedge.facets())
    assert sorted(walls.values()) == [2, 2, 2, 2]
    assert len(set.union(*(set(wedge.rays) for wedge in wedges))) == 5  # one vertex and four directions


def test_what_has_no_interior_is_refused() -> None:
    square = Polyhedron.of(2, CUBE[2])
    assert square.cut((1, 1, -2)) is None  # touches in a corner
    assert square.cut((1, 0, -1)) is None  # touches along an edge
    assert square.cut((1, 0, -5)) is None
    assert square.cut((0, 0, 0)) is None
    with pytest.raises(InvalidInputError, match="no interior"):
        Polyhedron.of(1, [(1, 0), (-1, 0)])
