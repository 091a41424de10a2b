"""Bounds of the coordinates on a cell, and the units that take one piece between them.

Deep in a network a cell is small, and most units of the next layer do not bend near it.  In few dimensions it takes
less to prove bounds of the cell's coordinates than to give evidence for each of these units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from verify import checker
from verify.certificate.rows import Condition, OpenCell
from verify.certificate.short_proofs import Form, ShortProofs

__all__ = ["between", "bound_rows", "narrow", "pays"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MOST_DIMENSIONS = 4
_LEAST_UNITS = 4
"""So many open units for each coordinate make bounds worth their lines."""
_FINENESS = 16.0
"""A bound is a multiple of 2^−e that is at least so many times finer than the cell is wide."""


def pays(cell: OpenCell) -> bool:
    """Whether bounds are likely to settle more units than they cost."""
    d = cell.cell.level.claim.dimension
    return d <= _MOST_DIMENSIONS and cell.cell.bounds.slack >= 0 and len(cell.open) >= _LEAST_UNITS * d


def bound_rows(lower: Floats, upper: Floats) -> Floats:
    """upper_j − x_j and x_j − lower_j for every j, in turn: all ≥ 0 on the cell.

    >>> bound_rows(np.array([-1.0]), np.array([2.0]))
    array([[-1.,  2.],
           [ 1.,  1.]])
    """
    d = len(lower)
    rows = np.zeros((2 * d, d + 1))
    rows[0::2, :d], rows[0::2, d] = -np.eye(d), upper
    rows[1::2, :d], rows[1::2, d] = np.eye(d), -lower
    return rows


def narrow(
    cell: OpenCell,
    proofs: ShortProofs,
    form: Form,
    names: Sequence[int],
    center: Floats,
    answers: Sequence[tuple[Ints, Floats]],
    path: Sequence[Condition],
) -> list[list[int]]:
    """Lines that prove new bounds of the coordinates, which the cell then has.

    Parameters
    ----------
    form, names
        The rows of the path, and of each row of the dictionary its place among them.
    center : array
        A point of the cell.
    answers : sequence of (basis, weights)
        For each of :func:`bound_rows` where it is least on the cell.
    """
    claim, (lower, upper) = cell.cell.level.claim, proofs.ends(cell.cell.bounds)
    at_center = np.append(center, 1.0)
    rows = bound_rows(lower, upper)
    slack = np.append(proofs.lower, proofs.upper).reshape(2, -1)
    distance = np.abs(center - slack)  # from the domain's walls, which the dictionary has
    uses = []
    for row, (basis, weights) in zip(rows, answers, strict=True):
        inside, walls = basis >= 0, -2 - basis[basis < -1]
        used = [names[r] for r in basis[inside].tolist()]
        least = row @ at_center - weights[inside] @ (form.rows[used] @ at_center)
        uses.append((least - weights[basis < -1] @ distance[walls % 2, walls // 2], used, weights[inside]))
    lines = []
    for k, (least, used, weights) in enumerate(uses):
        j, above = k // 2, k % 2 == 0
        width = upper[j] - lower[j] - uses[2 * j][0] - uses[2 * j + 1][0]
        if not 0.0 < width < least * 4:
            continue
        e = max(0, math.ceil(math.log2(_FINENESS / width)))
        end = (upper[j] - least if above else lower[j] + least) * 2.0**e
        n = math.ceil(end + 0.25) if above else math.floor(end - 0.25)
        if e > min(checker.FINE, claim.length):
            continue
        own = claim.beyond(j, n, e, above)
        own_form = proofs.form([own.unpacked(claim)])
        for multipliers in proofs.rounded(cell, form, used, weights * abs(own_form.rows[0, j]), own_form, 0):
            pairs = [(i, y) for i, y in zip(used, multipliers, strict=False) if y]
            numbers = [proofs.places(len(path))[i] for i, _ in pairs]
            conditions = [(own.unpacked(claim), False), *(path[i] for i in numbers)]
            if cell.refuted(conditions, [multipliers[-1], *(y for _, y in pairs)]):
                domain = len(claim.path)
                named = [
                    v
                    for i, (_, y) in zip(numbers, pairs, strict=True)
                    for v in (i - domain if i >= domain else -1 - i, y)
                ]
                lines.append([checker.BOUND, j if above else -1 - j, n, e, multipliers[-1], *named])
                cell.cell.bounds = cell.cell.bounds.narrowed(j, (n << checker.FINE - e) * claim.unit, above)
                break
    return lines


def between(cell: OpenCell) -> dict[int, list[int]]:
    """The open units that take one piece between the bounds of the cell, by this piece."""
    claim, bounds, found = cell.cell.level.claim, cell.cell.bounds, dict[int, list[int]]()
    for unit in cell.cell.open:
        for piece, own in cell.cell.left(unit).items():
            if all(checker.positive(claim, bounds, condition.row) for condition in own):
                found.setdefault(piece, []).append(unit)
                break
    return found
