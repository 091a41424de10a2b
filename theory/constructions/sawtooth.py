r"""Telgarsky's sawtooth: the tent map :math:`m(x) = \sigma(2\sigma(x) - 4\sigma(x - 1/2))`, iterated L times.

It has :math:`2^L` pieces on [0,1].  Inside [0,1] the outer :math:`\sigma` changes nothing, so that two units a layer
suffice.

References
----------
Telgarsky 2015, Representation Benefits of Deep Feedforward Networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from theory.architecture import Architecture
from theory.bounds.conditions import dense, each_width
from theory.constructions.claim import Claim, Construction, unit_cube
from theory.constructions.family import Family, positive
from theory.constructions.folds import tent_fold
from theory.constructions.stages import assemble, product_stage
from theory.network import Network


class Sawtooth(Family):
    """The tent map iterated L times, as a function of one input or, as a ridge, of the mean of several.

    It is built for an architecture with widths ≥ 2, or from a ``depth`` and a number of ``inputs``.  The output is the
    sawtooth itself.  On [0,1]^{n0} there are exactly 2^L regions; on R^{n0} two more (one more for L = 1), where the
    first layer is off and where the second one is.

    >>> saw = Sawtooth().build(depth=5)
    >>> print(saw.claim)
    = 32 activation regions on [0,1]
    >>> [str(*saw.network([Fraction(t, 32)])) for t in range(5)]
    ['0', '1', '0', '1', '0']
    >>> print(Sawtooth().build(depth=3, inputs=2).claim)
    = 8 activation regions on [0,1]^2
    """

    name = "sawtooth"
    conditions = (dense("relu"), each_width("n_l ≥ 2 for every layer", lambda n: n >= 2))

    def claims(self, arch: Architecture) -> tuple[Claim, ...]:
        teeth, outside = 2**arch.depth, 1 if arch.depth == 1 else 2
        return Claim(teeth, "=", domain=unit_cube(arch.inputs)), Claim(teeth + outside, "=")

    def _member(self, parameters: Mapping[str, Any]) -> Construction:
        depth, inputs = positive(parameters, "depth"), positive(parameters, "inputs", 1)
        arch = Architecture.relu(inputs, *[2] * depth)
        return self._construction({"depth": depth, "inputs": inputs}, self.network(arch), self.claims(arch))

    def network(self, arch: Architecture) -> Network:
        stages = [product_stage([tent_fold(2)], [], 1, width=n) for n in arch.widths]
        mean = (*[Fraction(1, arch.inputs)] * arch.inputs, Fraction(0))
        return assemble(arch.inputs, stages, [mean])
