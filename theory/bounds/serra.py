r"""Theorem 1 of Serra, Tjandraatmadja and Ramalingam: inactive units cost dimensions.

.. math::

    R \le \sum_{(j_1, \dots, j_L) \in J} \; \prod_{l=1}^{L} \binom{n_l}{j_l}, \qquad
    J = \{0 \le j_l \le \min(n_0, n_1 - j_1, \dots, n_{l-1} - j_{l-1}, n_l)\},

where :math:`j_l` counts the *inactive* units of layer l: behind them at most :math:`n_l - j_l` dimensions are left.

All that a prefix :math:`(j_1, \dots, j_l)` passes on is one integer,
:math:`c = \min(n_0, n_1 - j_1, \dots, n_l - j_l)`, so the sum is a
:class:`~theory.bounds.dynamic_program.LayerProgram`.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, Theorem 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import sympy

from theory.bounds.bound import statement
from theory.bounds.conditions import dense
from theory.bounds.dynamic_program import LayerProgram, regions
from theory.bounds.expressions import index, least, nested_sum
from theory.bounds.integers import binomials
from theory.bounds.products import TWO_RELU_LAYERS


def serra_moves(state: int, width: int) -> tuple[tuple[int, int], ...]:
    """C(n, j) ways to have j inactive units, which leave min(c, n − j) dimensions.

    >>> serra_moves(2, 3)
    ((2, 4), (1, 3))
    """
    row = binomials(width, state)
    keeping = max(width - state + 1, 0)  # with so few inactive units all c dimensions are left
    falling = ((width - j, row[j]) for j in range(keeping, len(row)))
    return ((state, sum(row[:keeping])), *falling) if keeping else tuple(falling)


def _over_j(layer: int, n: Any, left: Sequence[Any]) -> tuple[Any, tuple[Any, Any, Any], Any]:
    j = index(layer)
    return sympy.binomial(n, j), (j, 0, least(*left, n)), n - j


# even j = c inactive units leave n − c ≥ c dimensions as soon as n ≥ 2c
_PROGRAM = LayerProgram(regions, serra_moves, threshold=lambda c: 2 * c, nested=partial(nested_sum, term=_over_j))

SERRA_BOUND = statement("serra2018", [dense("relu")], _PROGRAM, TWO_RELU_LAYERS)
"""Theorem 1."""
