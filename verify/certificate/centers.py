"""Points deep inside cells, in floats: toward the analytic center, and rounded to short numbers.

Nothing here is believed, except by :func:`surely_inside`, whose error bound is proved.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from verify.engines.compiled import compiled
from verify.engines.simplex import Simplex, is_free

__all__ = ["Scratch", "coarsest", "new_scratch", "recenter", "surely_inside", "value_at"]

Floats = npt.NDArray[np.float64]


class Scratch(NamedTuple):
    """Scratch of :func:`recenter`."""

    gradient: Floats  # [d]
    diagonal: Floats  # [d]
    step: Floats  # [d]
    scaled: Floats  # [d, most] rows divided by their values, one a column
    right: Floats  # [most]
    small: Floats  # [most, most]
    hessian: Floats  # [d, d], empty if there are always fewer rows than that


def new_scratch(d: int, most: int) -> Scratch:
    """For cells of up to ``most`` rows in d dimensions."""
    large = d if most >= d else 0
    return Scratch(
        np.zeros(d),
        np.zeros(d),
        np.zeros(d),
        np.zeros((d, most)),
        np.zeros(most),
        np.zeros((most, most)),
        np.zeros((large, large)),
    )


@compiled
def value_at(row: Floats, point: Floats) -> float:
    """The row at the point."""
    d = point.shape[0]
    total = row[d]
    for i in range(d):
        total += row[i] * point[i]
    return float(total)


@compiled
def recenter(geo: Simplex, rows: Floats, point: Floats, scratch: Scratch) -> None:
    """Move an interior point toward the analytic center of the cell, by a few Newton steps.

    Minimizes −Σ log(row_r) − Σ log(x_i − l_i) − Σ log(u_i − x_i) + ρ·|x|²/2 with a small ρ, so that there is a minimum
    on unbounded cells too.  The Hessian is a diagonal matrix and one of rank m, so m rows take m²·d operations a step.
    """
    d, m = point.shape[0], rows.shape[0]
    rho = 1e-3
    for _ in range(8):
        for i in range(d):
            scratch.gradient[i] = rho * point[i]
            scratch.diagonal[i] = rho
            if not is_free(geo, i):
                low, high = 1.0 / (point[i] - geo.lower[i]), 1.0 / (geo.upper[i] - point[i])
                scratch.gradient[i] += high - low
                scratch.diagonal[i] += low * low + high * high
        for r in range(m):
            value = value_at(rows[r], point)
            if not value > 0.0:
                return
            inverse = 1.0 / value
            for i in range(d):
                scratch.scaled[i, r] = rows[r, i] * inverse
                scratch.gradient[i] -= scratch.scaled[i, r]
        if not (_few_rows(scratch, d, m) if m < d else _many_rows(scratch, d, m)):
            return
        decrement = 0.0
        for i in range(d):
            decrement -= scratch.gradient[i] * scratch.step[i]
        length = 1.0 if decrement < 0.25 else min(1.0, 0.7 * _way(geo, rows, point, scratch.step))
        for i in range(d):
            point[i] += length * scratch.step[i]
        if decrement < 1e-2:
            return


@compiled
def _way(geo: Simplex, rows: Floats, point: Floats, step: Floats) -> float:
    """How many times the step leads from the point to the boundary of the cell."""
    d = point.shape[0]
    most = 0.0  # of the inverses
    for i in range(d):
        if not is_free(geo, i):
            most = max(most, step[i] / (geo.upper[i] - point[i]), step[i] / (geo.lower[i] - point[i]))
    for r in range(rows.shape[0]):
        value, fall = rows[r, d], 0.0
        for i in range(d):
            value += rows[r, i] * point[i]
            fall -= rows[r, i] * step[i]
        most = max(most, fall / value)
    return 1.0 / most if most > 0.0 else np.inf


@compiled
def _cholesky(matrix: Floats, n: int) -> bool:
    """In place, in the lower triangle; whether the matrix is positive definite."""
    for i in range(n):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= matrix[i, k] * matrix[j, k]
            if i == j:
                if not total > 0.0:
                    return False
                matrix[i, i] = np.sqrt(total)
            else:
                matrix[i, j] = total / matrix[j, j]
    return True


@compiled
def _solve(factor: Floats, n: int, vector: Floats) -> None:
    """The solution takes the place of the right-hand side."""
    for i in range(n):
        total = vector[i]
        for k in range(i):
            total -= factor[i, k] * vector[k]
        vector[i] = total / factor[i, i]
    for i in range(n - 1, -1, -1):
        total = vector[i]
        for k in range(i + 1, n):
            total -= factor[k, i] * vector[k]
        vector[i] = total / factor[i, i]


@compiled
def _many_rows(scratch: Scratch, d: int, m: int) -> bool:
    """The Newton step by a d × d matrix."""
    for i in range(d):
        for j in range(i + 1):
            total = scratch.diagonal[i] if i == j else 0.0
            for r in range(m):
                total += scratch.scaled[i, r] * scratch.scaled[j, r]
            scratch.hessian[i, j] = total
        scratch.step[i] = -scratch.gradient[i]
    if not _cholesky(scratch.hessian, d):
        return False
    _solve(scratch.hessian, d, scratch.step)
    return True


@compiled
def _few_rows(scratch: Scratch, d: int, m: int) -> bool:
    """The Newton step by an m × m matrix (Woodbury): (D + AᵀA)⁻¹ = D⁻¹ − D⁻¹Aᵀ(I + A·D⁻¹·Aᵀ)⁻¹A·D⁻¹."""
    for r in range(m):
        scratch.right[r] = 0.0
        for s in range(m):
            scratch.small[r, s] = 1.0 if r == s else 0.0
    for i in range(d):
        scratch.step[i] = -scratch.gradient[i] / scratch.diagonal[i]
        for r in range(m):
            part = scratch.scaled[i, r]
            scratch.right[r] += part * scratch.step[i]
            part /= scratch.diagonal[i]
            for s in range(r + 1):
                scratch.small[r, s] += part * scratch.scaled[i, s]
    if not _cholesky(scratch.small, m):
        return False
    _solve(scratch.small, m, scratch.right)
    for i in range(d):
        total = 0.0
        for r in range(m):
            total += scratch.scaled[i, r] * scratch.right[r]
        scratch.step[i] -= total / scratch.diagonal[i]
    return True


@compiled
def coarsest(geo: Simplex, rows: Floats, point: Floats, rounded: Floats, least: int, most: int) -> int:
    """The smallest power p ≥ least for which the point, ``rounded`` to multiples of 2^−p, is well inside, or ``most``.

    A coordinate that would come to lie on one of its bounds is moved to the next multiple inside.
    """
    scale = 2.0**least
    for power in range(least, most):
        inside = True
        for i in range(point.shape[0]):
            number = np.rint(point[i] * scale)
            if not is_free(geo, i):
                number = max(number, np.floor(geo.lower[i] * scale) + 1.0)
                number = min(number, np.ceil(geo.upper[i] * scale) - 1.0)
                inside = inside and number > geo.lower[i] * scale
            rounded[i] = number / scale
        for r in range(rows.shape[0]):
            if not inside or not value_at(rows[r], rounded) > 1e-12:
                inside = False
                break
        if inside:
            return power
        scale *= 2.0
    return most


@compiled
def surely_inside(rows: Floats, point: Floats, first: int) -> int:
    """The number of the next row, from the first on, that is not proved to be positive at the point.

    The entries are rounded to nearest, and |x| is 1e60 at most: then the sum is wrong by less than (d + 4)·2^−52 times
    that of the absolute values, and by less than 1e−200 for what underflows.
    """
    d = point.shape[0]
    for r in range(first, rows.shape[0]):
        value = size = rows[r, d]
        size = abs(size)
        for i in range(d):
            if not abs(point[i]) < 1e60:
                return r
            term = rows[r, i] * point[i]
            value += term
            size += abs(term)
        if not value > 1e-200 + (d + 4.0) * 2.0**-52 * size:
            return r
    return int(rows.shape[0])
