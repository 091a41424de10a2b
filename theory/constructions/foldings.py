r"""Folding networks: coordinates are folded layer by layer, and finally cut by generic hyperplanes.

A :class:`Plan` says how the units of each layer are split.  A layer may fold some coordinates and use the rest of
its units for a generic arrangement in the other ones, which end there; the last layer ends all that are left.  Then

* on the unit cube the number of activation regions is exactly the product over layers of (pieces of the folds) ·
  Z(cuts, ended);
* on :math:`\mathbb{R}^{n_0}` every coordinate that ends splits into P intervals mapped onto (a superset of) (0,1) and
  :math:`\kappa` intervals on which it is constantly 0 (:func:`~theory.constructions.folds.folded_line`), and each cell
  of their product shows a face of the cube to the hyperplanes that end it
  (:func:`~theory.constructions.faces.face_count`).

>>> for family in (PASCANU, MONTUFAR, ONE_INPUT, SERRA, BALANCED):
...     print(family.from_words([family.example]))
pascanu (architecture=2-4-4): = 22 activation regions on [0,1]^2; = 38 activation regions on R^d (Pascanu et al. ...
montufar (architecture=2-4-4): = 44 activation regions on [0,1]^2; = 65 activation regions on R^d (Montúfar et al. ...
zigzag (architecture=1-3-3): = 16 activation regions on R^d; = 16 activation regions on [0,1] (Serra et al. 2018, ...
serra (architecture=2-6-6): = 352 activation regions on R^d; = 352 activation regions on [0,1]^2 (Serra et al. 2018, ...
balanced (architecture=2-7-6): = 440 activation regions on R^d; = 440 activation regions on [0,1]^2 (linregions 2026...
>>> print(MAXOUT_LINE.build("1-2-2-2", rank=3).claim, MAXOUT_GRID.build("2-4-4", rank=3).claim, sep="; ")
= 125 activation regions on R^d; = 625 activation regions on R^d

Telgarsky's sawtooth iterates the tent map :math:`m(x) = \sigma(2\sigma(x) - 4\sigma(x - 1/2))` on one input or, as a
ridge, on the mean of several, and is the output of the network.

>>> saw = SAWTOOTH.build(depth=5)
>>> print(saw.claim, SAWTOOTH.build(depth=3, inputs=2).claim, sep="; ")
= 32 activation regions on [0,1]; = 8 activation regions on [0,1]^2
>>> [str(*saw.network([Fraction(t, 32)])) for t in range(5)]
['0', '1', '0', '1', '0']

References
----------
Telgarsky 2015, Representation Benefits of Deep Feedforward Networks; Montúfar, Ren, Zhang 2022, lower bound for deep
maxout networks.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from theory.activations import RELU, Activation, Maxout
from theory.architecture import Architecture
from theory.bounds.bound import Condition, dense, each_width, one_input
from theory.bounds.catalog import BOUNDS
from theory.bounds.foldings import most_directions
from theory.bounds.integers import partial_sum
from theory.constructions import folds
from theory.constructions.arrangements import Bundle, bundles
from theory.constructions.faces import face_arrangement, face_count
from theory.constructions.family import Claim, Family, Member, positive, unit_cube
from theory.constructions.folds import Fold, assemble, product_stage
from theory.network import Network

Split = Callable[[int, int, int], Sequence[Fold]]
"""(units n, coordinates d, rank of the units) to the folds of the coordinates."""


@dataclass(frozen=True)
class PlannedLayer:
    """Fold j acts on coordinate j; ``cuts`` generic units end the next ``ended`` coordinates."""

    width: int
    folds: tuple[Fold, ...]
    cuts: int = 0
    ended: int = 0


@dataclass(frozen=True)
class Plan:
    """How a folding network splits its units.

    Coordinates that no layer uses are allowed.  ``unit``, ReLU or maxout, is what cuts, and what is left over.
    """

    inputs: int
    layers: tuple[PlannedLayer, ...]
    unit: Activation = RELU

    @cached_property
    def everywhere(self) -> tuple[int, bool]:
        """(count, whether it is exact) on all of R^{n0}."""
        total, exact = 1, True
        for depth, layer in enumerate(self.layers):
            lines = self._ending(depth)
            if self.unit == RELU:
                count, known = face_count(lines, layer.cuts)
            else:
                count, known = math.prod(pieces for pieces, _ in lines) * self._cut(layer.cuts, len(lines)), True
            total, exact = total * count, exact and known
        return total, exact

    def _ending(self, depth: int) -> list[tuple[int, int]]:
        """(P, κ) of the coordinates that end in a layer; the last layer ends those it folds, too."""
        layer, last = self.layers[depth], depth == len(self.layers) - 1
        folded = len(layer.folds)
        layers = self.layers if last and folded else self.layers[:depth]
        ending = range(0 if last else folded, folded + layer.ended)
        return [folds.folded_line(before.folds[j] for before in layers) for j in ending]

    def _cut(self, cuts: int, ended: int) -> int:
        return partial_sum(cuts, ended, weight=self.unit.pieces - 1)

    @property
    def claims(self) -> tuple[Claim, Claim]:
        """On the cube, where equality always holds, and on R^{n0}, the number of the theorem first.

        That is the second where the network has no more regions on R^{n0} than on the cube.
        """
        folded = math.prod(fold.pieces for layer in self.layers for fold in layer.folds)
        in_cube = folded * math.prod(self._cut(layer.cuts, layer.ended) for layer in self.layers)
        count, exact = self.everywhere
        cube, everywhere = Claim(in_cube, domain=unit_cube(self.inputs)), Claim(count, "=" if exact else ">=")
        return (cube, everywhere) if cube.count < count else (everywhere, cube)

    def network(self) -> Network:
        """The network, with integer hidden weights."""
        stages, alive = [], max((len(layer.folds) + layer.ended for layer in self.layers), default=0)
        for depth, layer in enumerate(self.layers):
            cuts: list[Bundle] = []
            if layer.cuts and layer.ended and self.unit == RELU:
                cuts = face_arrangement(layer.cuts, [constant > 0 for _, constant in self._ending(depth)])
            elif layer.cuts and layer.ended:
                cuts = bundles([self.unit.pieces - 1] * layer.cuts, layer.ended)
            stages.append(product_stage(layer.folds, cuts, alive, width=layer.width, cut_unit=self.unit))
            alive = len(layer.folds)
        return assemble(self.inputs, stages)


def planned(name: str, conditions: Sequence[Condition], plan: Callable[[Architecture], Plan]) -> Family:
    """A family whose members follow a plan."""
    return Family(name, conditions, lambda arch: plan(arch).claims, lambda arch: plan(arch).network())


def equal_folding(name: str, conditions: Sequence[Condition], fold: Split) -> Family:
    """All layers but the last fold all coordinates, in the same way; the last one cuts them."""

    def plan(arch: Architecture) -> Plan:
        *before, last = arch.widths
        layers = [PlannedLayer(n, tuple(fold(n, arch.inputs, arch.rank))) for n in before]
        unit = RELU if arch.kind == "relu" else Maxout(arch.rank)
        return Plan(arch.inputs, (*layers, PlannedLayer(last, (), last, arch.inputs)), unit)

    return planned(name, conditions, plan)


PASCANU = equal_folding(
    "pascanu",
    BOUNDS["pascanu2013"].conditions,
    lambda n, d, _: [folds.tent_fold(n // d), *[folds.tent_fold(1)] * (d - 1)],
)
r"""On the cube there are :math:`\prod_{l<L} \lfloor n_l/n_0 \rfloor \, Z(n_L, n_0)` regions, as in the paper, whose
network is less simple: there each layer identifies that many pieces of its input."""

MONTUFAR = equal_folding("montufar", BOUNDS["montufar2014"].conditions, lambda n, d, _: [folds.tent_fold(n // d)] * d)
r"""On the cube there are :math:`\prod_{l<L} \lfloor n_l/n_0 \rfloor^{n_0} \, Z(n_L, n_0)` regions; units that are left
over are off everywhere."""

ONE_INPUT = equal_folding("zigzag", BOUNDS["one_input"].conditions, lambda n, _, __: [folds.zigzag(n)])
r"""Exactly :math:`\prod_l (n_l + 1)` regions, the maximum."""

SERRA = equal_folding("serra", BOUNDS["serra2018_lower"].conditions, lambda n, d, _: [folds.zigzag(n // d)] * d)
r""":math:`\prod_{l<L} (\lfloor n_l/n_0 \rfloor + 1)^{n_0} \, Z(n_L, n_0)` regions of :math:`\mathbb{R}^{n_0}`."""

BALANCED = equal_folding(
    "balanced",
    BOUNDS["balanced_folding"].conditions,
    lambda n, d, _: [folds.relu_fold(p) for p in folds.even_split(n, d)],
)
r""":math:`\prod_{l<L} \prod_j f(n_{l,j}) \, Z(n_L, n_0)` regions, where :math:`n_{l,1} + \dots + n_{l,n_0} = n_l` as
equally as possible and f(p) = p + 1 for p ≥ 3 units (zigzag), p for p ≤ 2 (tent)."""

MAXOUT_LINE = equal_folding(
    "maxout_line",
    (dense("maxout"), one_input, each_width("n_l ≥ 1 for every layer but the last", lambda n: n >= 1, last=False)),
    lambda n, _, rank: [folds.maxout_fold(n, rank)],
)
r"""One input: exactly :math:`\prod_l (n_l (k-1) + 1)` regions, the maximum, if the layers before the last have even
widths.  A layer of odd width n that is followed by another one gives (n−1)(k−1) + 2 instead."""


def _grid(arch: Architecture) -> Plan:
    n = most_directions(arch.inputs, arch.widths)
    layers = (PlannedLayer(w, (folds.maxout_fold(w // n, arch.rank),) * n) for w in arch.widths)
    return Plan(arch.inputs, tuple(layers), Maxout(arch.rank))


MAXOUT_GRID = planned("maxout_grid", BOUNDS["montufar2022_lower"].conditions, _grid)
r"""Each of n ≤ n0 coordinates folded by n_l/n units, an even number, in every layer.

There are :math:`\prod_l (\frac{n_l}{n} (k-1) + 1)^n` regions of :math:`\mathbb{R}^{n_0}`.  The largest n that divides
every width with an even quotient gives the most."""


def _sawtooth_claims(arch: Architecture) -> tuple[Claim, ...]:
    teeth, outside = 2**arch.depth, 1 if arch.depth == 1 else 2
    return Claim(teeth, "=", domain=unit_cube(arch.inputs)), Claim(teeth + outside, "=")


def _sawtooth_network(arch: Architecture) -> Network:
    stages = [product_stage([folds.tent_fold(2)], [], 1, width=n) for n in arch.widths]
    mean = (*[Fraction(1, arch.inputs)] * arch.inputs, Fraction(0))
    return assemble(arch.inputs, stages, [mean])


def _sawtooth_member(parameters: Mapping[str, Any]) -> Member:
    depth, inputs = positive(parameters, "depth"), positive(parameters, "inputs", 1)
    arch = Architecture.relu(inputs, *[2] * depth)
    return {"depth": depth, "inputs": inputs}, _sawtooth_network(arch), _sawtooth_claims(arch)


SAWTOOTH = Family(
    "sawtooth",
    (dense("relu"), each_width("n_l ≥ 2 for every layer", lambda n: n >= 2)),
    _sawtooth_claims,
    _sawtooth_network,
    _sawtooth_member,
)
r"""The tent map iterated L times, for an architecture with widths ≥ 2, or from ``depth`` and ``inputs``.

On :math:`[0,1]^{n_0}` there are exactly :math:`2^L` regions; on :math:`\mathbb{R}^{n_0}` two more (one more for L = 1),
where the first layer is off and where the second one is.  Inside [0,1] the outer :math:`\sigma` changes nothing, so
that two units a layer suffice."""
