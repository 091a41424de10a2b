"""A polygon of the plane cut into the activation regions of a network: vertices, edges and faces.

The units cut one after the other, layer by layer.  Within a layer every preactivation is affine on every face, so its
values at the vertices say which faces and edges it cuts: an edge where the signs at its ends are opposite, a face
where both signs occur.  The new vertex on an edge is the same combination of the two ends in all coordinates and in
all preactivations.  A vertex in the middle of a neighbor's edge is a vertex of both faces, so the faces fit together.

Values are floats with derived error bounds, as along a line (:mod:`verify.slices.lines.sweep`).  A sign that they leave
open is found by evaluating the network exactly at the exact vertex, which its ancestors determine.  Where many signs
are left open, because units vanish at the same places, the vertices carry their values modulo primes, too, which prove
that a value is zero (:mod:`verify.slices.residues`).
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import flint
import numpy as np
import numpy.typing as npt

from theory.exact import from_fmpq, to_fmpq
from theory.network import Network
from verify.engines.rounding import FLOOR, INFLATE, UNIT
from verify.slices import double_double
from verify.slices.arrays import activate, affine, combination, difference_values, division, pieces_of
from verify.slices.double_double import PAIR_UNIT
from verify.slices.prepared import Bools, Floats, Ints, PreparedLayer, prepared
from verify.slices.residues import Residues

ExactPoint = tuple[Fraction, Fraction]

FEW = 500
"""So many open signs are decided one by one."""

_DEAR = 10**6
"""Open signs times weights of the network: more are worth another subdivision with pairs of floats."""

_CHEAP = 100
"""Up to so many bits of primes cost no more than pairs of floats, and what floats leave open mostly is zero then."""

_BLOCK = 2**21
"""Values of units at vertices that are added over faces at a time."""


class _Origin(NamedTuple):
    """Where a vertex comes from: between two older vertices, where a difference of a layer is zero."""

    first: int
    second: int
    layer: int
    difference: int


class Subdivision:
    """The subdivision of a convex polygon by a two-input network.

    ``position`` has the vertices as floats, vertices × 2.  Of each edge ``ends`` has the two vertices, ``wall`` the
    layer that bends along it, counted from 1, 0 on the border of the polygon, and ``sides`` the faces to its left and
    right, −1 outside.  ``faces`` are all vertices on a face's border in counterclockwise order,
    ``patterns`` for each hidden layer units × faces.
    """

    def __init__(self, network: Network, corners: Sequence[ExactPoint]) -> None:
        self.network, self._prepared = network, prepared(network)
        layers, none = self._prepared.layers, Residues(self._prepared, 0)
        dear = max(sum(layer.weight.size for layer in layers), 1)  # what an exact answer reads
        if not self._cut(corners, none, most=min(FEW, _DEAR // dear)):
            bits = max(c + 2 * h for c, h in zip(none.common[:-1], none.height, strict=False)) - 40
            pairs = bits > _CHEAP and dear * FEW > _DEAR and all(layer.fits_pairs for layer in layers)
            if not (pairs and self._cut(corners, none, most=FEW, pairs=True)):
                avoid = {v.denominator for corner in corners for v in corner}
                self._cut(corners, Residues(self._prepared, bits, avoid))
        self.position = self._columns.get()[0].T

    def _cut(
        self, corners: Sequence[ExactPoint], residues: Residues, most: float = math.inf, *, pairs: bool = False
    ) -> bool:
        """Cut the polygon by all layers, in floats or in pairs of them; False if more than ``most`` signs stay open."""
        self._residues, self._pairs, self._unit = residues, pairs, PAIR_UNIT if pairs else UNIT
        self._origin: list[_Origin | None] = [None] * len(corners)
        self._exact: dict[int, ExactPoint] = dict(enumerate(corners))
        self._values_at = functools.cache(self._exact_values)
        self.questions = 0
        n = len(corners)
        self.faces = [list(range(n))]
        self._ends = np.array([(i, (i + 1) % n) for i in range(n)], dtype=np.int64)
        self.wall = [0] * n
        self._sides = np.array([(0, -1)] * n, dtype=np.int64)
        self._edge = {self._key(i, (i + 1) % n): i for i in range(n)}
        self._columns = _Columns(*_corner_values(corners, residues, pairs=pairs))
        # at least log₂ of the norm of a side's integer gradient, a product of integer coordinates of its ends
        size = max(int(_denominator(corner) * (sum(map(abs, corner)) + 1)) for corner in corners)
        self._heights = [2 * math.log2(size) + 2.0**-20, *residues.height]
        self.patterns: list[Ints] = []
        self._inside = [0]  # for each face a face of the last layer's subdivision that contains it
        with np.errstate(all="ignore"):
            return all(self._cut_layer(number, most) for number in range(len(self._prepared.hidden)))

    @property
    def ends(self) -> Ints:
        return self._ends[: len(self.wall)]

    @property
    def sides(self) -> Ints:
        return self._sides[: len(self.wall)]

    @property
    def inner_vertices(self) -> list[int]:
        """The vertices that do not lie on the border of the polygon."""
        border = {int(v) for i, wall in enumerate(self.wall) if not wall for v in self.ends[i]}
        return [v for v in range(len(self.position)) if v not in border]

    @staticmethod
    def _key(a: int, b: int) -> tuple[int, int]:
        return (a, b) if a < b else (b, a)

    def vertex(self, v: int) -> ExactPoint:
        """The exact coordinates of a vertex."""
        todo = [v]
        while v not in self._exact:
            origin = self._origin[todo[-1]]
            assert origin is not None
            ends = origin.first, origin.second
            if missing := [w for w in ends if w not in self._exact]:
                todo += missing
                continue
            p, q = (self._exact[w] for w in ends)
            f, g = (self._value_of(w, origin.layer, origin.difference) for w in ends)
            self._exact[todo.pop()] = ((f * q[0] - g * p[0]) / (f - g), (f * q[1] - g * p[1]) / (f - g))
        return self._exact[v]

    def _value_of(self, v: int, layer: int, difference: int) -> Fraction:
        values = self._values_at(v, layer)
        differences = self._prepared.layers[layer].differences
        plus, minus = int(differences.plus[difference]), int(differences.minus[difference])
        value = values[plus, 0] - values[minus, 0] if minus >= 0 else values[plus, 0]
        return from_fmpq(value) - differences.exact_shift[difference]

    def _exact_values(self, v: int, number: int) -> flint.fmpq_mat:
        """The exact preactivations of a layer at a vertex whose position is known, as a column."""
        if not number:
            inputs = flint.fmpq_mat(2, 1, [to_fmpq(x) for x in self._exact[v]])
        else:
            before, values = self._prepared.layers[number - 1], self._values_at(v, number - 1)
            at = values.entries()
            pieces = [int(z > 0) for z in at] if before.plain else before.layer.pieces_at([from_fmpq(z) for z in at])
            inputs = before.layer.push(values, pieces)
        return self.network.layers[number].read(inputs)

    def _cut_layer(self, number: int, most: float) -> bool:
        """Cut by all differences of a layer; the columns become the outputs of that layer."""
        layer = self._prepared.hidden[number]
        place, h, he, low, residues, denominator = self._columns.get()
        if self._pairs:
            z, low, e = double_double.affine_with_errors(layer, (h, low), he)
        else:
            z, e = affine(layer, h, he, np.ones(h.shape[1]))
        residues = self._residues.affine(number, residues, 1.0)
        kept, twin, sign = layer.twins
        if layer.plain:
            z, e, low, residues = z[kept], e[kept], low[kept[: len(low)]], residues[:, kept]
        self._columns = _Columns(place, z, e, low, residues, denominator)
        del h, he
        for at, difference in enumerate(kept.tolist()):
            if not self._cut_by(number, difference, at, most):
                return False
        place, z, e, low, residues, denominator = self._columns.get()
        signs = self._face_signs(number)
        if layer.plain:
            up = sign[:, None]
            signs, z, e, low = signs[twin] * up, z[twin] * up, e[twin], low[twin] * up if self._pairs else low
            residues = self._residues.reduced(residues[:, twin] * up)
        pieces = pieces_of(layer, signs)
        inside = np.array(self._inside, dtype=np.int64)
        self.patterns = [*(p[:, inside] for p in self.patterns), pieces]
        self._inside = list(range(len(self.faces)))
        order, lengths = self._cycles()
        some: Ints = np.zeros(z.shape[1], dtype=np.int64)  # a face around each vertex
        some[order] = np.arange(len(lengths)).repeat(lengths)
        taken, ones = pieces[:, some], np.ones(z.shape[1])
        h, he = activate(layer, z, e, taken, ones, self._unit)
        if self._pairs:
            h, low = (part.T * (he > 0) for part in double_double.activate(layer, (z.T, low.T), taken.T, ones))
        residues = self._residues.activate(number, residues, taken, 1.0)
        self._columns = _Columns(place, h, he, low, residues, denominator)
        return True

    def _cut_by(self, number: int, difference: int, at: int, most: float) -> bool:
        """Cut by one difference, the one at ``at`` of those kept, unless more than ``most`` signs are open in all."""
        layer, (place, z, e, low, residues, denominator) = self._prepared.hidden[number], self._columns.get()
        one, ones = slice(at, at + 1), np.ones(z.shape[1])
        (t,), (te,) = difference_values(layer, z, e, ones, one, self._unit)
        rest_of_t = np.zeros_like(t)
        if self._pairs:
            t, rest_of_t = (part[:, 0] for part in double_double.differences(layer, (z.T, low.T), ones, one))
        differences = layer.differences
        bare = differences.minus[difference] < 0 and not differences.exact_shift[difference]
        row = int(differences.plus[at]) if bare else None  # the preactivation that the difference is
        signs = np.sign(t).astype(np.int64)
        open_signs = np.flatnonzero(_open(t, te))
        if len(open_signs):
            left = self._residues.difference(number, residues[:, :, open_signs], one)[:, 0]
            size = np.abs(t[open_signs]) + te[open_signs]
            common = denominator[open_signs] + self._residues.common[number]
            zero = self._residues.zero(left, size, common)
            proved, open_signs = open_signs[zero], open_signs[~zero]
            signs[proved], t[proved], te[proved] = 0, 0.0, 0.0
            if row is not None:
                z[row, proved] = e[row, proved] = low[row : row + 1, proved] = 0.0
        if self.questions + len(open_signs) > most:
            return False
        for v in open_signs:
            self.questions += 1
            self.vertex(int(v))
            value = self._value_of(int(v), number, difference)
            signs[v] = (value > 0) - (value < 0)
            if value == 0 and row is not None:
                z[row, v] = e[row, v] = low[row : row + 1, v] = 0.0
            (t[v],), (rest_of_t[v],) = double_double.pair_of([value])
            te[v] = 4 * self._unit * abs(t[v]) if FLOOR < abs(t[v]) < np.inf else (np.inf if value else 0.0)
        if signs.min(initial=1) >= 0 or signs.max(initial=-1) <= 0:
            return True
        a, b = self.ends[:, 0].copy(), self.ends[:, 1].copy()
        crossing = np.flatnonzero(signs[a] * signs[b] < 0)
        has: Bools = np.zeros((2, len(self.faces) + 1), dtype=bool)  # the signs of each face, the last one outside
        for end in (signs[a], signs[b]):
            for sign, of_sign in zip((1, -1), has, strict=True):
                of_sign[self.sides[end == sign]] = True
        touched = np.flatnonzero(has[:, :-1].all(axis=0))
        others = layer.rivals(difference)
        if len(others):
            matters = [self._matters(f, layer, difference, others, z, e) for f in touched.tolist()]
            touched = touched[matters]
            crossing = crossing[np.isin(self.sides[crossing], touched).any(axis=1)]
        if len(crossing):
            p, q = a[crossing], b[crossing]
            beta, shift = division(np.abs(t[p]), te[p], np.abs(t[q]), te[q], self._unit)
            edges = p, q
            near, far = ((z[:, end], e[:, end]) for end in edges)
            new, error = combination(beta, shift, near, far, self._unit)
            new_low = low[:, p]
            if self._pairs:
                sizes = ((np.abs(t[end]), rest_of_t[end] * np.sign(t[end])) for end in edges)
                pairs = ((z[:, end], low[:, end]) for end in edges)
                new, new_low = double_double.combination(*double_double.parts(*sizes), *pairs)
            if row is not None:
                new[row], error[row], new_low[row : row + 1] = 0.0, 0.0, 0.0
            f, g = (self._residues.difference(number, residues[:, :, ends], one)[:, 0] for ends in (p, q))
            rest, lost = self._residues.combination(f, g, residues[:, :, p], residues[:, :, q])
            height = np.array([self._heights[self.wall[i]] for i in crossing]) + self._heights[number + 1]
            lost |= np.isinf(denominator[p]) | np.isinf(denominator[q])
            middle = (1 - beta) * place[:, p] + beta * place[:, q]
            first = self._columns.append(middle, new, error, new_low, rest, np.where(lost, np.inf, height))
            for offset, i in enumerate(crossing):
                self._split_edge(int(i), first + offset, _Origin(int(p[offset]), int(q[offset]), number, difference))
        side = [*signs.tolist(), *[0] * len(crossing)]
        for face in touched.tolist():
            self._split_face(face, side, number + 1)
        return True

    def _matters(self, face: int, layer: PreparedLayer, difference: int, others: Ints, z: Floats, e: Floats) -> bool:
        """Whether a comparison of two rows may matter on a face; not if a third row is above both at its vertices."""
        cycle = np.array(self.faces[face])
        two = np.array([layer.differences.plus[difference], layer.differences.minus[difference]])
        above = (z[two][:, cycle] + e[two][:, cycle]).max(axis=0)
        third = z[others][:, cycle] - e[others][:, cycle]
        gap = third - above
        return not (gap >= 4 * UNIT * (np.abs(third) + np.abs(above))).all(axis=1).any()

    def _split_edge(self, i: int, middle: int, origin: _Origin) -> None:
        a, b = (int(v) for v in self._ends[i])
        self._origin.append(origin)
        sides = self._sides[i].tolist()
        for face in sides:
            if face >= 0:
                cycle = self.faces[face]
                at = cycle.index(a)
                # the edge runs from a to b in one of its faces and from b to a in the other
                cycle.insert(at + 1 if cycle[(at + 1) % len(cycle)] == b else at, middle)
        del self._edge[self._key(a, b)]
        self._ends[i] = a, middle
        self._edge[self._key(a, middle)] = i
        self._add_edge((middle, b), self.wall[i], sides)

    def _add_edge(self, ends: tuple[int, int], wall: int, sides: Sequence[int]) -> None:
        number = len(self.wall)
        self._edge[self._key(*ends)] = number
        if number == len(self._ends):
            self._ends, self._sides = (np.concatenate([old, np.zeros_like(old)]) for old in (self._ends, self._sides))
        self._ends[number], self._sides[number] = ends, sides
        self.wall.append(wall)

    def _split_face(self, face: int, side: Sequence[int], wall: int) -> None:
        cycle = self.faces[face]
        i, j = (k for k, v in enumerate(cycle) if side[v] == 0)  # it has both signs
        kept, given = cycle[i : j + 1], cycle[j:] + cycle[: i + 1]
        new = len(self.faces)
        self.faces[face] = kept
        self.faces.append(given)
        self._inside.append(self._inside[face])
        for a, b in itertools.pairwise(given):
            sides = self._sides[self._edge[self._key(a, b)]]
            sides[0 if sides[0] == face else 1] = new
        self._add_edge((cycle[j], cycle[i]), wall, [face, new])

    def _cycles(self) -> tuple[Ints, Ints]:
        """The vertices of all faces, one face after the other, and the number of each."""
        order = np.fromiter(itertools.chain.from_iterable(self.faces), dtype=np.int64)
        return order, np.fromiter(map(len, self.faces), dtype=np.int64)

    def _face_signs(self, number: int) -> Ints:
        """The sign of every difference on every face, from its value at the center of the face's vertices."""
        layer, (_, z, e, _, residues, denominator) = self._prepared.hidden[number], self._columns.get()
        order, lengths = self._cycles()
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        kept = layer.twins[0]
        signs: npt.NDArray[np.int8] = np.zeros((len(kept), len(self.faces)), dtype=np.int8)
        left = np.zeros(signs.shape, dtype=bool)
        step = max(_BLOCK // max(len(z), 1), 1)
        for at in range(0, len(self.faces), step):
            block = slice(at, at + step)
            n, first = lengths[block], starts[block] - starts[at]
            chosen = order[starts[at] : starts[at] + n.sum()]
            total = np.add.reduceat(z[:, chosen], first, axis=1) / n
            size = np.add.reduceat(np.abs(z[:, chosen]), first, axis=1) / n
            error = np.add.reduceat(e[:, chosen], first, axis=1) / n
            bound = INFLATE * (error + 2 * (n + 4) * UNIT * size)
            t, te = difference_values(layer, total, bound, np.ones(len(n)), slice(len(kept)))
            signs[:, block], left[:, block] = np.sign(t), _open(t, te)
        for difference in np.flatnonzero(left.any(axis=1)) if self._residues.primes else ():
            one = slice(difference, difference + 1)
            (values,), (errors,) = difference_values(layer, z, e, np.ones(z.shape[1]), one)
            rest = self._residues.difference(number, residues, one)[:, 0]
            common = denominator + self._residues.common[number]
            zero = self._residues.zero(rest, np.abs(values) + errors, common)
            flat = np.logical_and.reduceat(zero[order], starts) & left[difference]
            signs[difference, flat], left[difference, flat] = 0, False
        for difference, face in np.argwhere(left):
            self.questions += 1
            corners = ((self.vertex(v), self._value_of(v, number, int(kept[difference]))) for v in self.faces[face])
            value = sum(f for _, f in corners)
            signs[difference, face] = (value > 0) - (value < 0)
        return signs


class _Columns:
    """Growing arrays that belong together: the columns, along their last axes, are appended in place."""

    def __init__(self, *arrays: Floats) -> None:
        self._arrays = list(arrays)
        self._used: int = arrays[0].shape[-1]

    def get(self) -> tuple[Floats, ...]:
        """Views of the used part."""
        return tuple(array[..., : self._used] for array in self._arrays)

    def append(self, *new: Floats) -> int:
        """Put columns at the end; returns the number of the first."""
        first, self._used = self._used, self._used + new[0].shape[-1]
        if self._used > self._arrays[0].shape[-1]:
            for i, old in enumerate(self._arrays):
                self._arrays[i] = np.zeros((*old.shape[:-1], 2 * self._used))
                self._arrays[i][..., :first] = old[..., :first]
        for array, part in zip(self._arrays, new, strict=True):
            array[..., first : self._used] = part
        return first


def _open(t: Floats, te: Floats) -> Bools:
    """Where values with these errors have no sign yet."""
    result: Bools = ~((np.abs(t) > te) | ((t == 0) & (te == 0)))
    return result


def _denominator(corner: ExactPoint) -> int:
    return math.lcm(*(v.denominator for v in corner))


def _corner_values(corners: Sequence[ExactPoint], residues: Residues, *, pairs: bool) -> tuple[Floats, ...]:
    """Positions; the inputs of the first layer, which are the positions again, with errors; their residues.

    Of pairs there are the second floats of the inputs.  Last log₂ of the common denominator of each.
    """
    values, low = (np.array(part).T for part in zip(*map(double_double.pair_of, corners), strict=True))
    zero = np.array([[v == 0 for v in corner] for corner in corners]).T
    errors = np.where(zero, 0.0, 2 * (PAIR_UNIT if pairs else UNIT) * np.abs(values) + FLOOR)
    rest = np.stack([residues.of([corner[axis] for corner in corners]) for axis in range(2)], axis=1)
    denominators = [math.log2(_denominator(corner)) + 2.0**-20 for corner in corners]
    second = low if pairs else low[:0]
    return values, values.copy(), errors, second, rest, np.array(denominators)
