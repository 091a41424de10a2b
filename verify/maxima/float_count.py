r"""Regions counted in floating point, and hill climbing on that count: compiled, fast, and a proposal only.

A ReLU network is one array: layer after layer the rows (w_1, …, w_n, b) of its units.  A cell of R^d is the list of its
vertices (x, t) in homogeneous coordinates, scaled to largest entry 1, each with the set of facets that it lies on as
bits.  The first cell is a simplex so large that few regions lie outside.  A unit whose preactivation takes both signs
on the vertices of a cell, by more than :data:`TOLERANCE`, cuts it in two; the new vertices lie on segments between two
vertices with d − 1 facets in common.  Where a vertex is not simple some of these segments are no edges, but their
points lie in the cell, so nothing is lost but time.

Slivers thinner than the tolerance and regions outside the simplex are not counted, so the count is mostly too small,
if it is wrong at all.  What it proposes :func:`verify.maxima.search.most_regions` counts exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.engines.compiled import compiled

__all__ = ["MOST_UNITS", "RADIUS", "RANDOM_NUMBERS", "TOLERANCE", "Workspace", "climb_floats", "count_floats"]

TOLERANCE = 1e-6
"""A preactivation this small, relative to its row and the vertex, is taken for zero."""

RADIUS = 1e4
"""The simplex has the corners (−RADIUS, …, −RADIUS) and those that have one coordinate of about d·RADIUS instead."""

RANDOM_NUMBERS = 14
"""Random numbers for one move, uniform between 0 and 1."""

MOST_UNITS = 60
"""Inputs and hidden units together: the facets of a cell are the bits of one integer."""

_Floats = np.ndarray[Any, np.dtype[np.float64]]
_Integers = np.ndarray[Any, np.dtype[np.int64]]


class Workspace:
    """The arrays that the count of one architecture works in: a stack of cells, at most one for each unit and one more.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, then the hidden widths; all positive, at most :data:`MOST_UNITS` in all.

    Attributes
    ----------
    length : int
        Of the weights.
    starts : int array
        Where the rows of the units begin in the weights, and where the last one ends.
    """

    def __init__(self, sizes: tuple[int, ...]) -> None:
        d, *widths = sizes
        slots, most = sum(widths) + 2, min(4096, 64 << d)
        self.sizes: _Integers = np.array(sizes, dtype=np.int64)
        lengths = [m + 1 for m, n in zip(sizes, widths, strict=False) for _ in range(n)]
        self.length = sum(lengths)
        self.starts: _Integers = np.cumsum([0, *lengths])
        self.vertices: _Floats = np.zeros((slots, most, d + 1))
        self.facets: _Integers = np.zeros((slots, most), dtype=np.int64)
        self.values: _Floats = np.zeros(most)
        self.rows: _Floats = np.zeros((slots + 1, max(widths), d + 1))
        self.info: _Integers = np.zeros((slots, 5), dtype=np.int64)

    @property
    def arrays(self) -> tuple[Any, ...]:
        """What the compiled functions take."""
        return self.sizes, self.vertices, self.facets, self.values, self.rows, self.info


_NUMBER, _LAYER, _UNIT, _ACTIVE, _OFFSET = range(5)
"""The columns of ``info``: vertices, layer, next unit of the layer, its active units as bits, where its rows begin."""


@compiled
def _bits(number: int) -> int:
    found = 0
    while number:
        number &= number - 1
        found += 1
    return found


@compiled
def _first_cell(sizes: Any, weights: Any, vertices: Any, facets: Any, rows: Any, info: Any) -> None:
    """Slot 0: the simplex, with the rows of the first layer.  Vertex i lies on all facets but the i-th."""
    d = sizes[0]
    for i in range(d + 1):
        for j in range(d):
            vertices[0, i, j] = 1.0 if i == j else -1.0 / (d + 1)
        vertices[0, i, d] = 1.0 / RADIUS
        facets[0, i] = ((1 << (d + 1)) - 1) & ~(1 << i)
    for i in range(sizes[1]):
        for j in range(d + 1):
            rows[0, i, j] = weights[i * (d + 1) + j]
    info[0, _NUMBER] = d + 1
    info[0, _LAYER] = info[0, _UNIT] = info[0, _ACTIVE] = info[0, _OFFSET] = 0


@compiled
def _next_layer(top: int, sizes: Any, weights: Any, rows: Any, info: Any) -> None:
    """The preactivations of the next layer on this cell as rows over (x, t)."""
    layer, active = info[top, _LAYER], info[top, _ACTIVE]
    inputs, width, spare = sizes[layer + 1], sizes[layer + 2], len(rows) - 1
    d = sizes[0]
    offset = info[top, _OFFSET] + inputs * (sizes[layer] + 1)
    for i in range(width):
        at = offset + i * (inputs + 1)
        for c in range(d + 1):
            total = weights[at + inputs] if c == d else 0.0
            for j in range(inputs):
                if active >> j & 1:
                    total += weights[at + j] * rows[top, j, c]
            rows[spare, i, c] = total
    for i in range(width):
        for c in range(d + 1):
            rows[top, i, c] = rows[spare, i, c]
    info[top, _LAYER] = layer + 1
    info[top, _UNIT] = info[top, _ACTIVE] = 0
    info[top, _OFFSET] = offset


@compiled
def _split(top: int, bit: int, sizes: Any, vertices: Any, facets: Any, values: Any, rows: Any, info: Any) -> bool:
    """Slot ``top`` keeps the part where the unit is off, the next slot gets the other; False if it has no place.

    ``values`` holds the unit's preactivation at each vertex.
    """
    d, n, layer = sizes[0], info[top, _NUMBER], info[top, _LAYER]
    other = top + 1
    added = 0
    for i in range(n):  # the new slot gets the positive vertices and those on the cut, then the new ones
        if values[i] >= -TOLERANCE:
            for c in range(d + 1):
                vertices[other, added, c] = vertices[top, i, c]
            facets[other, added] = facets[top, i] | (bit if values[i] <= TOLERANCE else 0)
            added += 1
    first_new = added
    for i in range(n):
        if values[i] > TOLERANCE:
            for j in range(n):
                common = facets[top, i] & facets[top, j]
                if values[j] < -TOLERANCE and _bits(common) >= d - 1:
                    if added == len(values):
                        return False
                    largest = 0.0
                    for c in range(d + 1):
                        value = values[i] * vertices[top, j, c] - values[j] * vertices[top, i, c]
                        vertices[other, added, c] = value
                        largest = max(largest, abs(value))
                    for c in range(d + 1):
                        vertices[other, added, c] /= largest
                    facets[other, added] = common | bit
                    added += 1
    kept = 0
    for i in range(n):
        if values[i] <= TOLERANCE:
            for c in range(d + 1):
                vertices[top, kept, c] = vertices[top, i, c]
            facets[top, kept] = facets[top, i] | (bit if values[i] >= -TOLERANCE else 0)
            kept += 1
    if kept + added - first_new > len(values):
        return False
    for i in range(first_new, added):
        for c in range(d + 1):
            vertices[top, kept, c] = vertices[other, i, c]
        facets[top, kept] = facets[other, i]
        kept += 1
    for i in range(sizes[layer + 1]):
        for c in range(d + 1):
            rows[other, i, c] = rows[top, i, c]
    for c in range(5):
        info[other, c] = info[top, c]
    info[top, _NUMBER], info[other, _NUMBER] = kept, added
    info[other, _ACTIVE] |= 1 << info[top, _UNIT]
    info[top, _UNIT] += 1
    info[other, _UNIT] += 1
    return True


@compiled
def count_floats(weights: Any, sizes: Any, vertices: Any, facets: Any, values: Any, rows: Any, info: Any) -> int:
    """The number of activation regions of a network that floating point sees; 0 if a cell has too many vertices."""
    d, depth = sizes[0], len(sizes) - 1
    _first_cell(sizes, weights, vertices, facets, rows, info)
    top, found = 0, 0
    while top >= 0:
        layer, unit = info[top, _LAYER], info[top, _UNIT]
        if unit == sizes[layer + 1]:
            if layer + 1 == depth:
                found += 1
                top -= 1
            else:
                _next_layer(top, sizes, weights, rows, info)
            continue
        size = 0.0
        for c in range(d + 1):
            size = max(size, abs(rows[top, unit, c]))
        positive = negative = False
        if size > 1e-12:
            for i in range(info[top, _NUMBER]):
                total = 0.0
                for c in range(d + 1):
                    total += rows[top, unit, c] * vertices[top, i, c]
                values[i] = total / size
                positive |= values[i] > TOLERANCE
                negative |= values[i] < -TOLERANCE
        if positive and negative:
            before = unit
            for k in range(layer):
                before += sizes[k + 1]
            if not _split(top, 1 << (d + 1 + before), sizes, vertices, facets, values, rows, info):
                return 0
            top += 1
        else:
            if positive:
                info[top, _ACTIVE] |= 1 << unit
            info[top, _UNIT] += 1
    return found


@compiled
def climb_floats(
    walk: Any,
    best: Any,
    trial: Any,
    counts: Any,
    starts: Any,
    largest: float,
    temperature: float,
    numbers: Any,
    sizes: Any,
    vertices: Any,
    facets: Any,
    values: Any,
    rows: Any,
    info: Any,
) -> None:
    """One move for each row of random numbers; ``walk`` is where the climb is, ``best`` the best network so far.

    A move changes one to three weights, or all of one unit, by a step of random length, a new value or the other sign.
    It is kept unless the count falls, and if the count falls by k, with probability exp(−k / temperature).

    Parameters
    ----------
    counts : int array
        The counts of ``walk`` and of ``best``, and the number of moves since ``best`` rose.
    starts : int array
        Those of the workspace.
    largest : float
        New values lie between −largest and largest; steps are up to a half longer.
    temperature : float
        Positive.
    numbers : float array
        As many rows as moves, of :data:`RANDOM_NUMBERS`.
    """
    units = len(starts) - 1
    for move in range(len(numbers)):
        for i in range(len(walk)):
            trial[i] = walk[i]
        scale = largest * 10.0 ** (0.2 - 3.5 * numbers[move, 1])
        if numbers[move, 0] < 0.15:
            unit = int(numbers[move, 2] * units)
            fresh = numbers[move, 3] < 0.3
            for i in range(starts[unit], starts[unit + 1]):
                step = 2.0 * numbers[move, 4 + (i - starts[unit]) % (RANDOM_NUMBERS - 4)] - 1.0
                trial[i] = largest * step if fresh else trial[i] + scale * step
        else:
            changes = 1 if numbers[move, 0] < 0.6 else (2 if numbers[move, 0] < 0.85 else 3)
            for change in range(changes):
                unit = int(numbers[move, 2 + 4 * change] * units)
                width = starts[unit + 1] - starts[unit]
                i = starts[unit] + int(numbers[move, 3 + 4 * change] * width)
                kind, step = numbers[move, 4 + 4 * change], 2.0 * numbers[move, 5 + 4 * change] - 1.0
                if kind < 0.15:
                    trial[i] = largest * step
                elif kind < 0.25:
                    trial[i] = -trial[i]
                else:
                    trial[i] += scale * step
        found = count_floats(trial, sizes, vertices, facets, values, rows, info)
        counts[2] += 1
        if found and numbers[move, 13] < np.exp((found - counts[0]) / temperature):
            counts[0] = found
            for i in range(len(walk)):
                walk[i] = trial[i]
        if found > counts[1]:
            counts[1], counts[2] = found, 0
            for i in range(len(walk)):
                best[i] = trial[i]
