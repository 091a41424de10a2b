r"""Zonotope networks: the first layer makes many cones, the others cut every cone into slices.

The support function of a zonotope with m generic segments, :math:`\sum_i |\langle a_i, x \rangle|`, needs 2m units, is
linear on the :math:`2 Z(m-1, n_0-1)` cones of a generic central arrangement, and runs from 0 to ∞ along every ray.  A
network of one input on top of it repeats its pieces on (0,∞) in every cone.

* Arora et al. stack sawtooths of w pieces: :math:`2 Z(m-1, n_0-1) \, w^{L-1}` regions.
* Serra et al. stack zigzags of w + 1 pieces: :math:`2 Z(m-1, n_0-1) \, (w+1)^{L-1}`.  Their statement is printed for
  w ≥ 2, but two units cannot fold a line into three full pieces: layers that are followed by another one need w ≥ 3.

Both numbers are attained exactly on all of :math:`\mathbb{R}^{n_0}`: the value that enters a layer is positive inside
every cone, and the sawtooth is turned, where necessary, so that its last piece rises.

>>> print(ARORA.build("2-6-3-3").claim, SERRA_ZONOTOPE.build("2-6-3-3").claim, sep="; ")
= 54 activation regions on R^d; = 96 activation regions on R^d

References
----------
Arora, Basu, Mianjy, Mukherjee 2018, theorem on zonotope functions; Serra, Tjandraatmadja, Ramalingam 2018, lower bound
after Arora et al.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from theory.activations import RELU
from theory.architecture import Architecture
from theory.bounds.bound import Condition, dense
from theory.bounds.catalog import BOUNDS
from theory.constructions.arrangements import central_normals, general_position
from theory.constructions.family import Claim, Family
from theory.constructions.folds import Stage, assemble, product_stage, tent_fold, zigzag
from theory.network import Network


def _zonotope(name: str, gain: int) -> Family:
    """A zonotope of ⌊n_1/2⌋ segments, each cone of which the layers behind cut into n_l + ``gain`` slices.

    With gain 0 they are sawtooths, with gain 1 zigzags.
    """

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
        normals = central_normals(first // 2, arch.inputs)
        rows = [(*(sign * v for v in a), Fraction(0)) for a in normals for sign in (1, -1)]
        rows += [(Fraction(0),) * (arch.inputs + 1)] * (first % 2)
        readout = (Fraction(1),) * (2 * len(normals)) + (Fraction(0),) * (first % 2 + 1)
        stages = [Stage(tuple(rows), (RELU,) * first, (readout,))]  # the support function of the zonotope
        for i, w in enumerate(others, start=2):
            if gain and i == arch.depth:
                stages.append(product_stage([], general_position(w, 1), 1, width=w))
                continue
            fold = zigzag(w) if gain else tent_fold(w)
            if not gain and not fold.rises:  # 1 − fold(u) rises in the end, and is ≥ 0 for u ≥ 0
                fold = replace(fold, readout=tuple(-c for c in fold.readout), offset=1 - fold.offset)
            stages.append(product_stage([fold], [], 1, width=w))
        return assemble(arch.inputs, stages)

    return Family(name, (dense("relu"), Condition("two units, then wide layers", relations)), claims, network)


ARORA = _zonotope("arora", gain=0)
r""":math:`2 Z(\lfloor n_1/2 \rfloor - 1, n_0 - 1) \, n_2 \cdots n_L` regions of :math:`\mathbb{R}^{n_0}`."""

SERRA_ZONOTOPE = _zonotope("serra_zonotope", gain=1)
r""":math:`2 Z(\lfloor n_1/2 \rfloor - 1, n_0 - 1) (n_2 + 1) \cdots (n_L + 1)` regions of :math:`\mathbb{R}^{n_0}`."""
