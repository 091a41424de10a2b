r"""Maxout networks with as many regions as is known to be possible.

One layer: a unit of rank k that reads k multiples of one affine function z is a convex function of z with k − 1
breakpoints, that is, a bundle of k − 1 parallel hyperplanes (:mod:`theory.constructions.arrangements`).

Several layers: half of the units of a coordinate are made convex, the other half concave, so that together they fold
the coordinate at all p(k−1) breakpoints (:func:`~theory.constructions.folds.maxout_fold`).

>>> print(MAXOUT_LINE.build("1-2-2-2", rank=3).claim, MAXOUT_GRID.build("2-4-4", rank=3).claim, sep="; ")
= 125 activation regions on R^d; = 625 activation regions on R^d
>>> MAXOUT_LAYER.from_words(["inputs=2", "ranks=2,3,4"])
<construction maxout_layer 2-3 maxout rank 4: = 18 activation regions on R^d>

References
----------
Montúfar, Ren, Zhang 2022, sharp bound for one layer, lower bound for deep networks.
"""

from collections.abc import Mapping
from typing import Any

from theory.activations import Maxout
from theory.architecture import Architecture
from theory.bounds.catalog import BOUNDS
from theory.bounds.conditions import dense, each_width, one_input
from theory.bounds.integers import elementary_symmetric
from theory.bounds.zonotopes import most_directions
from theory.constructions.arrangements import arrangement_network, bundles
from theory.constructions.claim import Claim
from theory.constructions.family import Family, Member, positive
from theory.constructions.foldings import Plan, PlannedLayer, equal_folding, planned
from theory.constructions.folds import maxout_fold
from theory.errors import InvalidInputError
from theory.exact import integer
from theory.network import Network


def _claims(inputs: int, ranks: list[int]) -> tuple[Claim, ...]:
    return (Claim(sum(elementary_symmetric([k - 1 for k in ranks], inputs)), "="),)


def _layer(inputs: int, ranks: list[int]) -> Network:
    return arrangement_network(bundles([k - 1 for k in ranks], inputs), list(map(Maxout, ranks)), inputs)


def _ranks(value: Any) -> list[int]:
    entries = value.split(",") if isinstance(value, str) else value
    if not isinstance(entries, list | tuple) or not entries:
        raise InvalidInputError("parameter ranks is missing; give the ranks of the units, as in ranks=3,3,2")
    return [integer(k, place=f"parameter ranks, entry {i}", minimum=1) for i, k in enumerate(entries, start=1)]


def _of_ranks(parameters: Mapping[str, Any]) -> Member:
    inputs, ranks = positive(parameters, "inputs"), _ranks(parameters.get("ranks"))
    return {"inputs": inputs, "ranks": ",".join(map(str, ranks))}, _layer(inputs, ranks), _claims(inputs, ranks)


MAXOUT_LAYER = Family(
    "maxout_layer",
    BOUNDS["maxout_one_layer"].conditions,
    lambda arch: _claims(arch.inputs, [arch.rank] * arch.widths[0]),
    lambda arch: _layer(arch.inputs, [arch.rank] * arch.widths[0]),
    _of_ranks,
)
r"""One layer of maxout units of ranks k_1, …, k_m, with as many regions as such a layer can have.

There are :math:`\sum_{j \le n_0} e_j(k_1 - 1, \dots, k_m - 1)` regions, the elementary symmetric
polynomials.  A maxout architecture names it, or ``inputs`` and ``ranks`` (a list, or a text ``"3,3,2"``)."""

MAXOUT_LINE = equal_folding(
    "maxout_line",
    (dense("maxout"), one_input, each_width("n_l ≥ 1 for every layer but the last", lambda n: n >= 1, last=False)),
    lambda n, _, rank: [maxout_fold(n, rank)],
)
r"""One input: exactly :math:`\prod_l (n_l (k-1) + 1)` regions, the maximum, if the layers before the last have even
widths.  A layer of odd width n that is followed by another one gives (n−1)(k−1) + 2 instead."""


def _grid(arch: Architecture) -> Plan:
    n = most_directions(arch.inputs, arch.widths)
    layers = (PlannedLayer(w, (maxout_fold(w // n, arch.rank),) * n) for w in arch.widths)
    return Plan(arch.inputs, tuple(layers), Maxout(arch.rank))


MAXOUT_GRID = planned("maxout_grid", BOUNDS["montufar2022_lower"].conditions, _grid)
r"""Each of n ≤ n0 coordinates folded by n_l/n units, an even number, in every layer.

There are :math:`\prod_l (\frac{n_l}{n} (k-1) + 1)^n` regions of :math:`\mathbb{R}^{n_0}`.  The largest n that divides
every width with an even quotient gives the most."""
