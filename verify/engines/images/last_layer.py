r"""How many regions the last layer makes of an image, without making them.

Hyperplanes :math:`H_1, \dots, H_k` that cut an open convex set Q, no two with the same trace on it, divide it into

.. math:: R(H_1, \dots, H_k;\, Q) = 1 + \sum_{i=1}^{k} R(H_1, \dots, H_{i-1} \text{ within } H_i;\; Q \cap H_i)

regions (proved in ``docs/architecture.md``); of the earlier ones those count that cut :math:`Q \cap H_i`, equal traces
there once.  A section is given by its extreme rays in the coordinates of Q; a hyperplane cuts it if it has both signs
on them, and two have the same trace if their values on them are proportional.

Many lines in the plane are counted by sorting the ends of their chords, if it is clear that no three have a point in
common: their rows, as points of the dual plane, lie on a conic that contains no line, so no three are dependent.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import flint
import numpy as np

from theory.geometry.polyhedra import Polyhedron

MANY_LINES = 200
"""Lines from which on chords are sorted."""
_CHUNK = 1000
"""Chords that are compared with all others in one block."""
_Table = np.ndarray[tuple[int, int], np.dtype[Any]]
"""A row for each line, a column for each ray of the polygon."""


def regions(body: Polyhedron, rows: Iterable[Sequence[int]]) -> int:
    """The regions into which the hyperplanes ⟨a, x⟩ + b = 0 divide the interior of a polyhedron.

    >>> square = Polyhedron.of(2, [(1, 0, 0), (0, 1, 0), (-1, 0, 2), (0, -1, 2)])
    >>> regions(square, [(1, 0, -1), (0, 1, -1), (1, -1, 0), (1, 1, -2), (1, 0, 5), (2, 0, -2)])  # 4 through a point
    8
    """
    lines, values = _cutting(body, list(rows))
    if body.dimension == 2 and len(lines) >= MANY_LINES and not body.lines and _on_a_conic(lines):
        return 1 + len(lines) + _crossings(body, values)
    return _count(body, body.dimension, lines)


def _cutting(body: Polyhedron, rows: list[Sequence[int]]) -> tuple[list[Sequence[int]], _Table]:
    """The rows that cut the set which the body's lines and rays span, one for each trace, and their values on these.

    They are computed in machine integers if they fit.
    """
    if not rows:
        return [], np.zeros((0, 1))
    generators = (*body.lines, *body.rays)
    largest = max(abs(v) for row in rows for v in row) * max(abs(v) for g in generators for v in g)
    kind = np.int64 if (largest * len(generators[0])).bit_length() < 63 else object
    values = np.array(rows, kind) @ np.array(generators, kind).T
    along_lines = (values[:, : len(body.lines)] != 0).any(axis=1)
    cutting = np.flatnonzero(along_lines | ((values.min(axis=1) < 0) & (values.max(axis=1) > 0)))
    values = values[cutting]
    names = values // np.gcd.reduce(values, axis=1)[:, None]
    first = names[np.arange(len(names)), (names != 0).argmax(axis=1)]
    names = names * np.where(first > 0, 1, -1)[:, None]
    chosen = list({name: i for i, name in enumerate(map(tuple, names.tolist()))}.values())
    return [rows[cutting[i]] for i in chosen], values[chosen]


def _count(body: Polyhedron, dimension: int, rows: list[Sequence[int]]) -> int:
    if dimension == 1 or len(rows) <= 1:
        return 1 + len(rows)
    total = 1
    for i, row in enumerate(rows):
        section = _section(body, row)
        total += _count(section, dimension - 1, _cutting(section, rows[:i])[0]) if i else 1
    return total


def _section(body: Polyhedron, row: Sequence[int]) -> Polyhedron:
    """The face in the hyperplane of the part on one side of it."""
    part = body.cut(row)
    assert part is not None
    bit = 1 << len(body.rows)
    on = [i for i, mask in enumerate(part.tight) if mask & bit]
    return Polyhedron(part.rows, part.lines, tuple(part.rays[i] for i in on), tuple(part.tight[i] for i in on))


def _on_a_conic(rows: Sequence[Sequence[int]]) -> bool:
    """Whether the rows (a, b, c) are points of an irreducible conic; then any three are independent.

    A line meets such a conic in at most two points, and rows that are not proportional are different points.
    """
    system = flint.fmpz_mat([[a * a, a * b, b * b, a * c, b * c, c * c] for a, b, c in rows[:5]])
    space, nullity = system.nullspace()
    if nullity > 1:  # several conics through these points
        return False
    p, q, r, s, t, u = (int(space[i, 0]) for i in range(6))
    determinant = 4 * p * r * u + q * s * t - p * t * t - r * s * s - u * q * q
    return determinant != 0 and all(
        p * a * a + q * a * b + r * b * b + s * a * c + t * b * c + u * c * c == 0 for a, b, c in rows
    )


def _crossings(body: Polyhedron, values_on_rays: _Table) -> int:
    """The pairs of lines that cross inside a polygon: their ends alternate on its boundary.

    With s < e the ends of a chord, two cross if s < s' < e < e': those with s < s' < e, without those with e' ≤ e.
    """
    ends: list[tuple[int, int, int]] = []  # edge, and how far along it: numerator and denominator
    for values in values_on_rays[:, _around(body)].tolist():
        for k, value in enumerate(values):
            after = values[(k + 1) % len(values)]
            if value == 0:
                ends.append((k, 0, 1))
            elif value * after < 0:
                ends.append((k, abs(value), abs(value) + abs(after)))
    bits = 2 * max(q.bit_length() for _, _, q in ends)  # different quotients differ by more than 2^-bits
    places = [(k << bits) + ((p << bits) // q) for k, p, q in ends]
    number = {place: i for i, place in enumerate(sorted(set(places)))}
    pairs = np.sort(np.array([number[place] for place in places], np.int64).reshape(-1, 2), axis=1)
    starts, stops = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].T
    reached = np.searchsorted(starts, stops, "left") - np.searchsorted(starts, starts, "right")
    _, same = np.unique(starts * (len(number) + 1) + stops, return_counts=True)
    repeated = int((same * (same - 1) // 2).sum())
    return int(reached.sum()) - (_not_rising(stops) - repeated)


def _around(body: Polyhedron) -> list[int]:
    """The rays of a pointed cone of R^3 in the order around it: neighbors lie on a common row."""
    import networkx as nx  # which takes longer to load than most counts

    on_rows = ([i for i, mask in enumerate(body.tight) if mask >> k & 1] for k in range(len(body.rows)))
    return [ray for ray, _ in nx.find_cycle(nx.Graph(pair for pair in on_rows if len(pair) == 2))]


def _not_rising(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """The pairs i < j with values[i] ≥ values[j]."""
    total, before = 0, values[:0]  # sorted
    for at in range(0, len(values), _CHUNK):
        chunk = values[at : at + _CHUNK]
        total += int((len(before) - np.searchsorted(before, chunk)).sum())
        total += int(np.count_nonzero(np.triu(chunk[:, None] >= chunk, 1)))
        before = np.sort(np.concatenate([before, chunk]), kind="stable")
    return total
