r"""Telgarsky's sawtooth: the tent map :math:`m(x) = \sigma(2\sigma(x) - 4\sigma(x - 1/2))`, iterated L times.

It is a function of one input or, as a ridge, of the mean of several, and the output of the network.  On
:math:`[0,1]^{n_0}` there are exactly :math:`2^L` regions; on :math:`\mathbb{R}^{n_0}` two more (one more for L = 1),
where the first layer is off and where the second one is.  Inside [0,1] the outer :math:`\sigma` changes nothing, so
that two units a layer suffice.

>>> saw = SAWTOOTH.build(depth=5)
>>> print(saw.claim)
= 32 activation regions on [0,1]
>>> [str(*saw.network([Fraction(t, 32)])) for t in range(5)]
['0', '1', '0', '1', '0']
>>> print(SAWTOOTH.build(depth=3, inputs=2).claim)
= 8 activation regions on [0,1]^2

References
----------
Telgarsky 2015, Representation Benefits of Deep Feedforward Networks.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from theory.architecture import Architecture
from theory.bounds.conditions import dense, each_width
from theory.constructions.claim import Claim, unit_cube
from theory.constructions.family import Family, Member, positive
from theory.constructions.folds import tent_fold
from theory.constructions.stages import assemble, product_stage
from theory.network import Network


def _claims(arch: Architecture) -> tuple[Claim, ...]:
    teeth, outside = 2**arch.depth, 1 if arch.depth == 1 else 2
    return Claim(teeth, "=", domain=unit_cube(arch.inputs)), Claim(teeth + outside, "=")


def _network(arch: Architecture) -> Network:
    stages = [product_stage([tent_fold(2)], [], 1, width=n) for n in arch.widths]
    mean = (*[Fraction(1, arch.inputs)] * arch.inputs, Fraction(0))
    return assemble(arch.inputs, stages, [mean])


def _member(parameters: Mapping[str, Any]) -> Member:
    depth, inputs = positive(parameters, "depth"), positive(parameters, "inputs", 1)
    arch = Architecture.relu(inputs, *[2] * depth)
    return {"depth": depth, "inputs": inputs}, _network(arch), _claims(arch)


_ASKED = dense("relu"), each_width("n_l ≥ 2 for every layer", lambda n: n >= 2)

SAWTOOTH = Family("sawtooth", _ASKED, _claims, _network, _member)
"""The tent map iterated L times, for an architecture with widths ≥ 2, or from ``depth`` and ``inputs``."""
