r"""Networks that fold: coordinates, which generic hyperplanes finally cut, or every ray of the cones of a zonotope.

*Plans.*  A layer of a :class:`Plan` folds some coordinates and uses the rest of its units for a generic arrangement in
the other ones, which end there; the last layer ends all that are left.  Then

* on the unit cube the number of activation regions is exactly the product over layers of (pieces of the folds) ·
  Z(cuts, ended);
* on :math:`\mathbb{R}^{n_0}` every coordinate that ends splits into P intervals mapped onto (a superset of) (0,1) and
  :math:`\kappa` intervals on which it is constantly 0 (:func:`~theory.constructions.folds.folded_line`), and each cell
  of their product shows a face of the cube to the hyperplanes that end it
  (:func:`~theory.constructions.arrangements.face_count`).

>>> for family in (PASCANU, MONTUFAR, SERRA):
...     print(family.from_words([family.example]))
pascanu (architecture=2-4-4): = 22 activation regions on [0,1]^2; = 38 activation regions on R^d (Pascanu et al. ...
montufar (architecture=2-4-4): = 44 activation regions on [0,1]^2; = 65 activation regions on R^d (Montúfar et al. ...
serra (architecture=2-6-6): = 352 activation regions on R^d; = 352 activation regions on [0,1]^2 (Serra et al. 2018, ...
>>> print(MAXOUT_LINE.build("1-2-2-2", rank=3).claim, MAXOUT_GRID.build("2-4-4", rank=3).claim, sep="; ")
= 125 activation regions on R^d; = 625 activation regions on R^d

*The best plan.*  A layer of n units on d coordinates keeps and folds d' of them with n − m units, and ends the others
by m cuts.  On the cube the best choice satisfies :math:`f(L, d) = Z(n_L, d)`, :math:`f(l, d) = \max_{d', m} Z(m, d -
d') \, Q(n_l - m, d') \, f(l + 1, d')`, :math:`Q(s, d')` the largest product of fold pieces that s units give to d'
coordinates.  An even split is best for ReLU units; for maxout units splitting pairs of units can be better.

>>> print(FOLDING.build("2-5-5").claim, FOLDING.build("2-2-2", rank=3).claim, sep="; ")
= 128 activation regions on [0,1]^2; = 36 activation regions on R^d

*Zonotopes.*  The support function of a zonotope with m generic segments, :math:`\sum_i |\langle a_i, x \rangle|`, needs
2m units, is linear on the :math:`2 Z(m-1, n_0-1)` cones of a generic central arrangement, and runs from 0 to ∞ along
every ray.  A network of one input on top of it repeats its pieces on (0,∞) in every cone: the value that enters a layer
is positive there, and a sawtooth is turned, where necessary, so that its last piece rises.

>>> print(ARORA.build("2-6-3-3").claim, SERRA_ZONOTOPE.build("2-6-3-3").claim, sep="; ")
= 54 activation regions on R^d; = 96 activation regions on R^d

References
----------
Telgarsky 2015, Representation Benefits of Deep Feedforward Networks.  The folds of the best plan are those of Montúfar,
Pascanu, Cho, Bengio 2014, of Serra, Tjandraatmadja, Ramalingam 2018, and of Montúfar, Ren, Zhang 2022, lower bound for
deep maxout networks; the split is found here.  Arora, Basu, Mianjy, Mukherjee 2018, theorem on zonotope functions;
Serra, Tjandraatmadja, Ramalingam 2018, lower bound after Arora et al.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property, partial
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

from theory.activations import RELU, Activation, Maxout
from theory.architecture import Architecture
from theory.bounds.bound import Condition, dense, each_width, one_input
from theory.bounds.catalog import BOUNDS
from theory.bounds.expressions import partial_sum
from theory.bounds.foldings import most_directions
from theory.constructions import arrangements, folds
from theory.constructions.family import Claim, Family, Member, positive, unit_cube
from theory.constructions.folds import Fold, Stage, assemble, product_stage
from theory.network import Network

LIMIT = 60
"""Up to this many hidden units, cuts before the last layer are tried, and counts on R^{n0} are compared."""


@dataclass(frozen=True)
class PlannedLayer:
    """Fold j acts on coordinate j; ``cuts`` generic units end the next ``ended`` coordinates."""

    width: int
    folds: tuple[Fold, ...]
    cuts: int = 0
    ended: int = 0


@dataclass(frozen=True)
class Plan:
    """How a folding network splits its units; ``unit``, ReLU or maxout, is what cuts, and what is left over."""

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
                count, known = arrangements.face_count(lines, layer.cuts)
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
        """On the cube, where equality always holds, and on R^{n0}; the second first if it is not greater."""
        folded = math.prod(fold.pieces for layer in self.layers for fold in layer.folds)
        in_cube = folded * math.prod(self._cut(layer.cuts, layer.ended) for layer in self.layers)
        count, exact = self.everywhere
        cube, everywhere = Claim(in_cube, domain=unit_cube(self.inputs)), Claim(count, "=" if exact else ">=")
        return (cube, everywhere) if cube.count < count else (everywhere, cube)

    def network(self) -> Network:
        """The network, with integer hidden weights."""
        stages, alive = [], max((len(layer.folds) + layer.ended for layer in self.layers), default=0)
        for depth, layer in enumerate(self.layers):
            cuts: list[arrangements.Bundle] = []
            if layer.cuts and layer.ended and self.unit == RELU:
                cuts = arrangements.face_arrangement(layer.cuts, [constant > 0 for _, constant in self._ending(depth)])
            elif layer.cuts and layer.ended:
                cuts = arrangements.bundles([self.unit.pieces - 1] * layer.cuts, layer.ended)
            stages.append(product_stage(layer.folds, cuts, alive, width=layer.width, cut_unit=self.unit))
            alive = len(layer.folds)
        return assemble(self.inputs, stages)


def planned(name: str, conditions: Sequence[Condition], plan: Callable[[Architecture], Plan]) -> Family:
    """A family whose members follow a plan."""
    return Family(name, conditions, lambda arch: plan(arch).claims, lambda arch: plan(arch).network())


def equal_folding(name: str, conditions: Sequence[Condition], fold: Callable[..., Sequence[Fold]]) -> Family:
    """All layers but the last fold all coordinates alike, by ``fold(n, d, rank)``; the last one cuts them."""

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
r"""On the cube there are :math:`\prod_{l<L} \lfloor n_l/n_0 \rfloor \, Z(n_L, n_0)` regions, as in the paper."""

MONTUFAR = equal_folding("montufar", BOUNDS["montufar2014"].conditions, lambda n, d, _: [folds.tent_fold(n // d)] * d)
r"""On the cube there are :math:`\prod_{l<L} \lfloor n_l/n_0 \rfloor^{n_0} \, Z(n_L, n_0)` regions."""

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
r"""The greatest number n ≤ n0 of coordinates, each folded by n_l/n units, an even number, in every layer.

There are :math:`\prod_l (\frac{n_l}{n} (k-1) + 1)^n` regions of :math:`\mathbb{R}^{n_0}`."""


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
r"""The tent map :math:`m(x) = \sigma(2\sigma(x) - 4\sigma(x - 1/2))` iterated L times on the mean of the inputs.

It is the output.  On :math:`[0,1]^{n_0}` there are exactly :math:`2^L` regions; on :math:`\mathbb{R}^{n_0}` two more
(one more for L = 1), where the first layer is off and where the second one is."""


def split_for_folds(units: int, coordinates: int, rank: int | None) -> tuple[int, ...]:
    """The split of ``units`` ≥ ``coordinates`` units with the most fold pieces; ``rank`` is None for ReLU units.

    >>> split_for_folds(7, 2, None), split_for_folds(6, 2, 3)
    ((4, 3), (4, 2))
    """
    if not coordinates:
        return ()
    equal = folds.even_split(units, coordinates)
    if rank is None or units < 2 * coordinates:
        return equal
    pairs = [2 * p for p in folds.even_split(units // 2, coordinates)]
    paired = (*pairs[:-1], pairs[-1] + units % 2)
    return max((equal, paired), key=lambda split: _pieces(split, rank))


def _pieces(split: tuple[int, ...], rank: int | None) -> int:
    """The product of the fold pieces; equal parts lie side by side."""
    return math.prod(_fold(p, rank).pieces ** len(list(run)) for p, run in groupby(split))


@cache
def _fold(p: int, rank: int | None) -> Fold:
    return folds.relu_fold(p) if rank is None else folds.maxout_fold(p, rank)


def _plans(arch: Architecture) -> Iterator[Plan]:
    small, start = arch.units <= LIMIT, min(arch.inputs, arch.units)
    yield _plan(arch, start, _best_on_cube(arch, start, with_cuts=small))
    if small:
        *before, last = arch.widths
        for d in range(1, min([start, *before]) + 1):
            yield _plan(arch, d, [*((d, 0) for _ in before), (0, last)])


FOLDING = planned(
    "folding", (dense("relu", "maxout"),), lambda arch: max(_plans(arch), key=lambda plan: plan.everywhere[0])
)
"""The best folding network of any ReLU or maxout architecture; no other one here claims more."""


def _plan(arch: Architecture, start: int, choices: Sequence[tuple[int, int]]) -> Plan:
    """The plan that starts with ``start`` coordinates; each layer keeps and cuts as many as (kept, cuts) say."""
    rank, d = None if arch.kind == "relu" else arch.rank, start
    layers = []
    for n, (kept, cuts) in zip(arch.widths, choices, strict=True):
        own = tuple(_fold(p, rank) for p in split_for_folds(n - cuts, kept, rank))
        layers.append(PlannedLayer(n, own, cuts, d - kept))
        d = kept
    return Plan(arch.inputs, tuple(layers), RELU if rank is None else Maxout(arch.rank))


def _best_on_cube(arch: Architecture, start: int, *, with_cuts: bool) -> list[tuple[int, int]]:
    """The (kept, cuts) with the most regions on the cube; without cuts, coordinates that end early are dropped."""
    rank, size = None if arch.kind == "relu" else arch.rank, arch.rank - 1
    *before, last = arch.widths
    best = [partial_sum(last, d, size) for d in range(start + 1)]  # best[d]: from this layer on, given d coordinates
    chosen: list[list[tuple[int, int]]] = [[(0, last)] for _ in best]
    for n in reversed(before):
        keeping = [(_pieces(split_for_folds(n, k, rank), rank) * best[k], (k, 0)) for k in range(min(n, start) + 1)]
        options = list(accumulate(keeping, partial(max, key=itemgetter(0))))
        options += options[-1:] * (start - min(n, start))
        for d, option in enumerate(options):
            cutting = [(partial_sum(n, d, size) * best[0], (0, n))]
            for k in range(1, min(d, n + 1)) if with_cuts else ():
                for m in range(1, n - k + 1):
                    count = partial_sum(m, d - k, size) * _pieces(split_for_folds(n - m, k, rank), rank) * best[k]
                    cutting.append((count, (k, m)))
            options[d] = max(option, *cutting, key=itemgetter(0))
        best = [count for count, _ in options]
        chosen = [[choice, *chosen[choice[0]]] for _, choice in options]
    return chosen[start]


def _zonotope(name: str, gain: int) -> Family:
    """⌊n_1/2⌋ segments, in each cone of which the layers behind make n_l + ``gain`` slices: 0 sawtooths, 1 zigzags."""

    def relations(arch: Architecture) -> Iterator[tuple[bool, str]]:
        first, *others = arch.widths
        yield first >= 2, f"layer 1 has width {first}, but one segment of a zonotope needs 2 units"
        for i, w in enumerate(others, start=2):
            yield w >= 1 or gain > 0, f"layer {i} has no units, but every layer needs one"
            wide = w >= 3 or not gain or i == arch.depth
            yield wide, f"layer {i} has width {w}, but a zigzag below another layer needs 3 units"

    def claims(arch: Architecture) -> tuple[Claim, ...]:
        first, *others = arch.widths
        cones = BOUNDS["zaslavsky_central"](Architecture.relu(arch.inputs, first // 2))
        return (Claim(cones * math.prod(w + gain for w in others)),)

    def network(arch: Architecture) -> Network:
        first, *others = arch.widths
        normals = arrangements.central_normals(first // 2, arch.inputs)
        rows = [(*(sign * v for v in a), Fraction(0)) for a in normals for sign in (1, -1)]
        rows += [(Fraction(0),) * (arch.inputs + 1)] * (first % 2)
        readout = (Fraction(1),) * (2 * len(normals)) + (Fraction(0),) * (first % 2 + 1)
        stages = [Stage(tuple(rows), (RELU,) * first, (readout,))]  # the support function of the zonotope
        for i, w in enumerate(others, start=2):
            if gain and i == arch.depth:
                stages.append(product_stage([], arrangements.general_position(w, 1), 1, width=w))
                continue
            fold = folds.zigzag(w) if gain else folds.tent_fold(w)
            if not gain and not fold.rises:  # 1 − fold(u) rises in the end, and is ≥ 0 for u ≥ 0
                fold = replace(fold, readout=tuple(-c for c in fold.readout), offset=1 - fold.offset)
            stages.append(product_stage([fold], [], 1, width=w))
        return assemble(arch.inputs, stages)

    return Family(name, (dense("relu"), Condition("two units, then wide layers", relations)), claims, network)


ARORA = _zonotope("arora", gain=0)
r""":math:`2 Z(\lfloor n_1/2 \rfloor - 1, n_0 - 1) \, n_2 \cdots n_L` regions of :math:`\mathbb{R}^{n_0}`."""

SERRA_ZONOTOPE = _zonotope("serra_zonotope", gain=1)
r""":math:`2 Z(\lfloor n_1/2 \rfloor - 1, n_0 - 1) (n_2 + 1) \cdots (n_L + 1)` regions of :math:`\mathbb{R}^{n_0}`."""
