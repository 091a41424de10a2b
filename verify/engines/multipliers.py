"""Exact multipliers where a float dictionary stands: most ties are settled without an exact simplex.

A dictionary at a vertex of the cell names d *tight* conditions ⟨a_j, x⟩ + b_j ≥ 0: path rows, and bounds of a box.
They are a basis, so a row is Σ y_j·condition_j + v with unique multipliers y and a constant v.  If all of them are
≥ 0, the row is ≥ 0 wherever the conditions hold, hence on the cell; if all are ≤ 0, it is ≤ 0 there.  A tie is a zero
among them, which floats cannot tell from a small number; here they are computed in rationals, from one linear system
with as many unknowns as there are tight path rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import flint

__all__ = ["side_by_multipliers"]


def side_by_multipliers(
    row: flint.fmpq_mat, tight: Sequence[flint.fmpq_mat], held: Sequence[tuple[int, int, flint.fmpq | None]]
) -> int | None:
    """1 or −1 for the side of the row on which the cell lies, > 0 or ≤ 0; None where these conditions do not decide.

    Parameters
    ----------
    row : 1 × (d + 1) matrix
        The function ⟨a, x⟩ + b.
    tight : list of such matrices
        Functions that are ≥ 0 on the cell.
    held : list of (i, side, bound)
        side·(x_i − bound) ≥ 0 holds on the cell; bound None: there is no such condition, and a multiplier must be 0.

    Examples
    --------
    >>> f = lambda *entries: flint.fmpq_mat(1, 3, list(entries))
    >>> wall = f(1, -1, 0)  # x ≥ y, on the cell with x ≤ 1
    >>> side_by_multipliers(f(1, -2, 1), [wall], [(0, -1, flint.fmpq(1))])   # 2·(x − y) + (1 − x)
    1
    """
    d = row.ncols() - 1
    fixed = {i for i, _, _ in held}
    open_inputs = [i for i in range(d) if i not in fixed]
    n = len(tight)
    rest = row
    multipliers: list[flint.fmpq] = []
    if n:
        system = flint.fmpq_mat(n, n, [wall[0, i] for i in open_inputs for wall in tight])
        try:
            solution = system.solve(flint.fmpq_mat(n, 1, [row[0, i] for i in open_inputs]))
        except ZeroDivisionError:
            return None
        multipliers = solution.entries()
        for y, wall in zip(multipliers, tight, strict=True):
            if y:
                rest = rest - wall * y
    value = rest[0, d]
    for i, side, bound in held:
        slope = rest[0, i]
        if bound is None:
            if slope:
                return None
            continue
        multipliers.append(slope * side)
        value += slope * bound
    if value >= 0 and all(y >= 0 for y in multipliers):
        return 1 if value > 0 or any(multipliers) else -1
    return -1 if value <= 0 and all(y <= 0 for y in multipliers) else None
