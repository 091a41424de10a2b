r"""Random networks: what "at initialization" means, as a law from which networks with exact weights are drawn.

Every weight is drawn in binary64 and kept as the dyadic number that the float is, so a seed names one exact network.
Laws of the weights (fan-in n): He-normal :math:`N(0, 2/n)` and He-uniform on :math:`[-\sqrt{6/n}, \sqrt{6/n}]`, which
has the same variance.  Biases are normal with mean 0, as in the experiments of Hanin and Rolnick (2019).

>>> law = Initialization()
>>> net = law.draw(Architecture.relu(2, 4, 4), seed=1)
>>> net, net.digest == law.draw(Architecture.relu(2, 4, 4), seed=1).digest
(<network 2-4-4 → 1>, True)

References
----------
He, Zhang, Ren, Sun 2015, Delving Deep into Rectifiers, for the variance; Hanin, Rolnick 2019 (ICML), for the biases.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from theory.activations import RELU, Activation, Maxout, PiecewiseLinear
from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import integer, positive
from theory.network import Network

WeightLaw = Literal["he_normal", "he_uniform"]
"""How weights are drawn."""


@dataclass(frozen=True)
class Initialization:
    """Independent weights of a He law and independent normal biases of standard deviation ``bias``, output included.

    ``outputs`` is the width of the output layer, ``activation`` that of piecewise units: an architecture names neither.
    """

    weights: WeightLaw = "he_normal"
    bias: Fraction = Fraction(1, 10)
    outputs: int = 1
    activation: PiecewiseLinear | None = None

    def __post_init__(self) -> None:
        if self.weights not in ("he_normal", "he_uniform"):
            raise InvalidInputError(f"unknown law {self.weights!r} of the weights; choose he_normal or he_uniform")
        outputs = integer(self.outputs, place="outputs", minimum=1)
        vars(self).update(bias=positive(self.bias, place="bias"), outputs=outputs)

    def draw(self, architecture: Architecture, seed: int | np.random.Generator) -> Network:
        """One network; the same seed gives the same network.

        Raises UnsupportedError for symbols, for units of any kind, and for piecewise units without an activation of as
        many pieces; and InvalidInputError for biases that floats cannot hold.
        """
        if architecture.is_symbolic or architecture.kind == "general":
            raise UnsupportedError(f"{architecture} names no units to draw; give numbers, and ReLU or maxout units")
        if not 1e-300 < self.bias < 1e300:
            raise InvalidInputError("bias: numbers are drawn in binary64; give a deviation between 1e-300 and 1e300")
        unit: Activation = Maxout(architecture.rank) if architecture.kind == "maxout" else RELU
        if architecture.kind == "piecewise":
            if self.activation is None or self.activation.pieces != architecture.rank:
                needed = f"give the law an activation of {architecture.rank} pieces"
                raise UnsupportedError(f"an architecture of piecewise units does not name its activation; {needed}")
            unit = self.activation
        rng = np.random.default_rng(seed)
        pairs, fan_in = [], architecture.inputs
        for i, width in enumerate((*architecture.widths, self.outputs)):
            size = width * (unit.rows if i < architecture.depth else 1), fan_in
            scale, bound = (math.sqrt(v / max(fan_in, 1)) for v in (2, 6))  # a layer without units gives no numbers
            matrix = rng.normal(0.0, scale, size) if self.weights == "he_normal" else rng.uniform(-bound, bound, size)
            pairs.append((matrix, rng.normal(0.0, float(self.bias), size[0])))
            fan_in = width
        return Network.from_floats(pairs, activation=unit)
