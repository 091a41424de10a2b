r"""Skip connections: Theorem 1 for layers past which numbers are carried.

Let :math:`c_l` numbers pass layer l unchanged, beside its :math:`n_l` units, so that layer l + 1 sees both: all of x in
residual networks :math:`x \mapsto x + F(x)`, the :math:`n_0` inputs where every layer sees them.  Behind :math:`j_i`
inactive units at most :math:`n_i - j_i + c_i` dimensions are left, and Theorem 1 becomes

.. math:: R \le \sum_{j} \prod_{l=1}^L \binom{n_l}{j_l}, \qquad
    0 \le j_l \le \min(n_0, n_1 - j_1 + c_1, \dots, n_{l-1} - j_{l-1} + c_{l-1}, n_l).

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, Theorem 1.  Xie, Chen, Li 2020, of which only the abstract was read, compute a
bound for all structures of connections.  The statement here is proved in ``docs/proofs.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from theory.activations import IDENTITY
from theory.architecture import Architecture
from theory.bounds.bound import statement
from theory.bounds.conditions import asks
from theory.bounds.limits import Size, size
from theory.bounds.weight_aware import theorem_1
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import integer
from theory.network import Network


@dataclass(frozen=True)
class SkipArchitecture:
    """A ReLU architecture, and how many numbers are carried past each hidden layer.

    >>> SkipArchitecture(Architecture.relu(2, 3, 3), (2, 0))
    SkipArchitecture(architecture=Architecture.relu(2, 3, 3), carried=(2, 0))
    """

    architecture: Architecture
    carried: tuple[Any, ...]

    def __post_init__(self) -> None:
        if self.architecture.kind != "relu" or len(self.carried) != self.architecture.depth:
            raise InvalidInputError("skip connections are stated for ReLU layers, with a number carried past each")
        carried = (
            c if getattr(c, "free_symbols", None) else integer(c, place=f"numbers carried past layer {i}", minimum=0)
            for i, c in enumerate(self.carried, start=1)
        )
        object.__setattr__(self, "carried", tuple(carried))

    @classmethod
    def of(cls, network: Network) -> SkipArchitecture:
        """That of a network of ReLU units, and of units with the identity, which carry numbers past a layer."""
        layers = [layer for layer in network.hidden if not layer.is_affine]
        if network.architecture.kind != "relu":
            raise UnsupportedError("skip connections are stated for ReLU units; this network has other units")
        carried = tuple(sum(unit == IDENTITY for unit in layer.units) for layer in layers)
        widths = (layer.width - number for layer, number in zip(layers, carried, strict=True))
        return cls(Architecture.relu(network.inputs, *widths), carried)

    @property
    def is_symbolic(self) -> bool:
        """Whether a size is an expression."""
        return self.architecture.is_symbolic or any(getattr(c, "free_symbols", None) for c in self.carried)

    def __str__(self) -> str:
        return f"{self.architecture} with {', '.join(map(str, self.carried))} carried past its layers"


def _value(subject: SkipArchitecture) -> Any:
    return theorem_1(subject.architecture, subject.architecture.widths, subject.carried)


def _size(subject: SkipArchitecture) -> Size:
    return size(subject.architecture, narrows=False, branches=True)


_SYMBOLS = sympy.symbols("n_0 n_1 n_2 c_1 c_2", integer=True, positive=True)

SKIP_BOUND = statement(
    "serra2018_skips",
    [
        asks(
            "ReLU units, numbers carried past layers known",
            lambda subject: isinstance(subject, SkipArchitecture),
            "it speaks of an architecture with skip connections; see SkipArchitecture",
            is_kind=True,
        )
    ],
    _value,
    SkipArchitecture(Architecture.relu(*_SYMBOLS[:3]), _SYMBOLS[3:]),
    size=_size,
)
"""Theorem 1 with skip connections."""
