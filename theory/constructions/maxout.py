r"""Maxout networks with as many regions as is known to be possible.

One layer: a unit of rank k that reads k multiples of one affine function z is a convex function of z with k − 1
breakpoints, that is, a bundle of k − 1 parallel hyperplanes.  Bundles in general position have

.. math:: \sum_{j \le n_0} e_j(k_1 - 1, \dots, k_m - 1)

regions, and no layer of units of these ranks has more.

Several layers: half of the units of a coordinate are made convex, the other half concave, so that together they fold
the coordinate at all p(k−1) breakpoints (:func:`~theory.constructions.folds.maxout_fold`).

References
----------
Montúfar, Ren, Zhang 2022, sharp bound for one layer, lower bound for deep networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theory.activations import Maxout
from theory.architecture import Architecture
from theory.bounds.integers import elementary_symmetric
from theory.constructions.arrangements import bundles, maxout_arrangement
from theory.constructions.claim import Claim, Construction
from theory.constructions.family import Family, numeric, one_layer, positive
from theory.constructions.foldings import FoldingFamily, Plan, PlannedLayer
from theory.constructions.folds import maxout_fold
from theory.errors import InvalidInputError
from theory.exact import integer
from theory.network import Network


def _maxout(arch: Architecture) -> str | None:
    if arch.kind != "maxout":
        return f"it has maxout units, not {arch.kind} units"
    return numeric(arch)


class MaxoutLayer(Family):
    r"""One layer of maxout units of ranks k_1, …, k_m, with as many regions as such a layer can have.

    There are :math:`\sum_{j \le n_0} e_j(k_1 - 1, \dots, k_m - 1)` regions.  It is built for a maxout architecture, or
    from ``inputs`` and ``ranks`` (a list, or a text ``"3,3,2"``).

    >>> print(MaxoutLayer().build(inputs=2, ranks=[3, 3, 3]).claim)
    = 19 activation regions on R^d
    >>> MaxoutLayer().from_words(["inputs=2", "ranks=2,3,4"])
    <construction maxout_layer 2-3 maxout rank 4: = 18 activation regions on R^d>
    """

    name = "maxout_layer"

    def why_not(self, arch: Architecture) -> str | None:
        return _maxout(arch) or one_layer(arch)

    def claims(self, arch: Architecture) -> tuple[Claim, ...]:
        return _claims(arch.inputs, [arch.rank] * arch.widths[0])

    def network(self, arch: Architecture) -> Network:
        return _layer(arch.inputs, [arch.rank] * arch.widths[0])

    def _member(self, parameters: Mapping[str, Any]) -> Construction:
        inputs, ranks = positive(parameters, "inputs"), _ranks(parameters.get("ranks"))
        said = {"inputs": inputs, "ranks": ",".join(map(str, ranks))}
        return self._construction(said, _layer(inputs, ranks), _claims(inputs, ranks))


def _claims(inputs: int, ranks: list[int]) -> tuple[Claim, ...]:
    return (Claim(sum(elementary_symmetric([k - 1 for k in ranks], inputs)), "="),)


def _layer(inputs: int, ranks: list[int]) -> Network:
    return maxout_arrangement(bundles([k - 1 for k in ranks], inputs), ranks, inputs)


def _ranks(value: Any) -> list[int]:
    entries = value.split(",") if isinstance(value, str) else value
    if not isinstance(entries, list | tuple) or not entries:
        raise InvalidInputError("parameter ranks is missing; give the ranks of the units, as in ranks=3,3,2")
    return [integer(k, place=f"parameter ranks, entry {i}", minimum=1) for i, k in enumerate(entries, start=1)]


class MaxoutLine(FoldingFamily):
    r"""One input: layers that fold the line as often as maxout units can.

    There are exactly :math:`\prod_l (n_l (k-1) + 1)` regions if the layers before the last have even widths, the
    maximum then.  A layer of odd width n that is followed by another one gives (n−1)(k−1) + 2 instead.

    >>> print(MaxoutLine().build(Architecture.maxout(1, 2, 2, 2, rank=3)).claim)
    = 125 activation regions on R^d
    """

    name = "maxout_line"

    def why_not(self, arch: Architecture) -> str | None:
        if reason := _maxout(arch):
            return reason
        if arch.inputs != 1:
            return f"it has one input, not {arch.inputs}"
        return next((f"layer {i} has no units" for i, n in enumerate(arch.widths[:-1], start=1) if n < 1), None)

    def plan(self, arch: Architecture) -> Plan:
        return Plan.of(arch, 1, lambda n, _: [maxout_fold(n, arch.rank)])


class MaxoutGrid(FoldingFamily):
    r"""Each of n ≤ n0 coordinates folded by n_l/n units, an even number, in every layer.

    There are :math:`\prod_l (\frac{n_l}{n} (k-1) + 1)^n` regions of :math:`\mathbb{R}^{n_0}`.  The largest number over
    all n that divide every width with an even quotient is taken.

    >>> print(MaxoutGrid().build(Architecture.maxout(2, 4, 4, rank=3)).claim)
    = 625 activation regions on R^d
    """

    name = "maxout_grid"

    def why_not(self, arch: Architecture) -> str | None:
        if reason := _maxout(arch):
            return reason
        if self._coordinates(arch):
            return None
        return f"no n ≤ {arch.inputs} divides all widths with an even quotient; even widths have n = 1"

    @staticmethod
    def _coordinates(arch: Architecture) -> list[int]:
        top = min(arch.inputs, *arch.widths)
        return [n for n in range(1, top + 1) if all(w % (2 * n) == 0 for w in arch.widths)]

    def plan(self, arch: Architecture) -> Plan:
        plans = [
            Plan(
                arch.inputs,
                tuple(PlannedLayer(w, (maxout_fold(w // n, arch.rank),) * n) for w in arch.widths),
                Maxout(arch.rank),
            )
            for n in self._coordinates(arch)
        ]
        return max(plans, key=lambda plan: plan.in_cube)
