r"""Zonotope networks: the first layer makes many cones, the others cut every cone into slices.

The support function of a zonotope with m generic segments, :math:`\sum_i |\langle a_i, x \rangle|`, needs 2m units, is
linear on the :math:`2 Z(m-1, n_0-1)` cones of a generic central arrangement, and runs from 0 to ∞ along every ray.  A
network of one input on top of it repeats its pieces on (0,∞) in every cone.

* Arora et al. stack sawtooths of w pieces: :math:`2 Z(m-1, n_0-1) \, w^{L-1}` regions.
* Serra et al. stack zigzags of w + 1 pieces: :math:`2 Z(m-1, n_0-1) \, (w+1)^{L-1}`.  Their statement is printed for
  w ≥ 2, but two units cannot fold a line into three full pieces: layers that are followed by another one need w ≥ 3.

Both numbers are attained exactly on all of :math:`\mathbb{R}^{n_0}`: the value that enters a layer is positive inside
every cone, and the sawtooth is turned, where necessary, so that its last piece rises.

References
----------
Arora, Basu, Mianjy, Mukherjee 2018, theorem on zonotope functions; Serra, Tjandraatmadja, Ramalingam 2018, lower bound
after Arora et al.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from theory.activations import RELU
from theory.architecture import Architecture
from theory.constructions.arrangements import central_count, central_normals, general_position
from theory.constructions.claim import Claim
from theory.constructions.family import ArchitectureFamily, dense_relu
from theory.constructions.folds import Fold, tent_fold, zigzag
from theory.constructions.stages import Stage, assemble, product_stage
from theory.network import Network
from theory.sources import ARORA2018, SERRA2018

__all__ = ["AroraZonotope", "SerraZonotope", "rising"]


def rising(fold: Fold) -> Fold:
    """The fold u ↦ fold(u), or 1 − fold(u) if that is the one that rises in the end; it is ≥ 0 for u ≥ 0."""
    if fold.rises:
        return fold
    return replace(fold, readout=tuple(-c for c in fold.readout), offset=1 - fold.offset)


def zonotope_stage(width: int, inputs: int) -> Stage:
    """The support function of a zonotope with ⌊width/2⌋ generic segments."""
    normals = central_normals(width // 2, inputs)
    rows = [(tuple(sign * v for v in a), Fraction(0)) for a in normals for sign in (1, -1)]
    rows += [((Fraction(0),) * inputs, Fraction(0))] * (width % 2)
    readout = (Fraction(1),) * (2 * len(normals)) + (Fraction(0),) * (width % 2)
    return Stage(tuple(rows), (RELU,) * width, ((readout, Fraction(0)),))


class _Zonotope(ArchitectureFamily):
    """A zonotope followed by a network of one input."""

    def claims(self, arch: Architecture) -> tuple[Claim, ...]:
        first, *others = arch.widths
        return (Claim(central_count(first // 2, arch.inputs) * math.prod(self.slices(others)), "="),)

    def network(self, arch: Architecture) -> Network:
        first, *others = arch.widths
        return assemble(arch.inputs, [zonotope_stage(first, arch.inputs), *self.stages(others)])

    def why_not(self, arch: Architecture) -> str | None:
        if reason := dense_relu(arch):
            return reason
        if arch.widths[0] < 2:
            return f"layer 1 has width {arch.widths[0]}, but one segment of a zonotope needs 2 units"
        return self.why_not_above(arch.widths[1:])

    @abstractmethod
    def why_not_above(self, widths: Sequence[int]) -> str | None:
        """Why the layers from the second on cannot slice."""

    @abstractmethod
    def slices(self, widths: Sequence[int]) -> list[int]:
        """Pieces of (0,∞) that each layer from the second on makes."""

    @abstractmethod
    def stages(self, widths: Sequence[int]) -> list[Stage]:
        """The layers from the second on."""


class AroraZonotope(_Zonotope):
    r"""A zonotope of ⌊n_1/2⌋ segments and sawtooths of n_l pieces.

    There are :math:`2 Z(\lfloor n_1/2 \rfloor - 1, n_0 - 1) \, n_2 \cdots n_L` regions of :math:`\mathbb{R}^{n_0}`.

    References
    ----------
    Arora, Basu, Mianjy, Mukherjee 2018, the theorem on ZONOTOPE functions.

    Examples
    --------
    >>> print(AroraZonotope().build("2-6-3-3").claim)
    = 54 activation regions on R^d
    """

    name = "arora"
    summary = "a zonotope's cones, each cut by sawtooths of w pieces"
    source = ARORA2018.at("Theorem on zonotope functions")
    example = "2-6-3"

    def why_not_above(self, widths: Sequence[int]) -> str | None:
        for i, w in enumerate(widths, start=2):
            if w < 1:
                return f"layer {i} has no units, but every layer needs one"
        return None

    def slices(self, widths: Sequence[int]) -> list[int]:
        return list(widths)

    def stages(self, widths: Sequence[int]) -> list[Stage]:
        return [product_stage([rising(tent_fold(w))], [], 1, width=w) for w in widths]


class SerraZonotope(_Zonotope):
    r"""A zonotope of ⌊n_1/2⌋ segments and zigzags of n_l + 1 pieces.

    There are :math:`2 Z(\lfloor n_1/2 \rfloor - 1, n_0 - 1) \, (n_2 + 1) \cdots (n_L + 1)` regions of
    :math:`\mathbb{R}^{n_0}`.

    References
    ----------
    Serra, Tjandraatmadja, Ramalingam 2018, the lower bound with exponential dependence on n0.

    Examples
    --------
    >>> print(SerraZonotope().build("2-6-3-3").claim)
    = 96 activation regions on R^d
    """

    name = "serra_zonotope"
    summary = "a zonotope's cones, each cut by zigzags of w + 1 pieces"
    source = SERRA2018.at("lower bound after Arora et al.")
    example = "2-6-3"

    def why_not_above(self, widths: Sequence[int]) -> str | None:
        for i, w in enumerate(widths[:-1], start=2):
            if w < 3:
                return f"layer {i} has width {w}, but a zigzag below another layer needs 3 units"
        return None

    def slices(self, widths: Sequence[int]) -> list[int]:
        return [w + 1 for w in widths]

    def stages(self, widths: Sequence[int]) -> list[Stage]:
        if not widths:
            return []
        *middle, last = widths
        stages = [product_stage([zigzag(w)], [], 1, width=w) for w in middle]
        return [*stages, product_stage([], general_position(last, 1), 1, width=last)]
