r"""Theorem 1 of Serra, Tjandraatmadja and Ramalingam: inactive units cost dimensions.

.. math::

    R \le \sum_{(j_1, \dots, j_L) \in J} \; \prod_{l=1}^{L} \binom{n_l}{j_l}, \qquad
    J = \{0 \le j_l \le \min(n_0, n_1 - j_1, \dots, n_{l-1} - j_{l-1}, n_l)\},

where :math:`j_l` counts the *inactive* units of layer l: behind them at most :math:`n_l - j_l` dimensions are left.
The later factors depend on :math:`c = \min(n_0, n_1 - j_1, \dots, n_l - j_l)` alone, so the sum is a
:class:`~theory.bounds.dynamic_program.LayerProgram`.  More is known of some layers:

* *ranks* (``serra2018_ranks``): the last entry of J may be replaced by :math:`\operatorname{rank} W^l`;
* *skip connections* (``serra2018_skips``): if :math:`c_l` numbers pass layer l unchanged, beside its :math:`n_l` units,
  at most :math:`n_l - j_l + c_l` dimensions are left.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, Theorem 1 with the remark after Lemma 4 on ranks.  Xie, Chen, Li 2020, abstract,
bound all structures of connections.  The statement on skip connections here is proved in ``docs/proofs.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sympy

from theory.activations import IDENTITY, RELU
from theory.architecture import Architecture, has_symbols, size_or_symbol
from theory.bounds.bound import about, dense, statement
from theory.bounds.dynamic_program import LayerProgram, regions, size, step
from theory.bounds.expressions import binomials, index, is_number, least, nested_sum
from theory.bounds.products import TWO_RELU_LAYERS
from theory.errors import InvalidInputError, UnsupportedError
from theory.network import Layer, Network


def moves(state: int, width: int, rank: int | None = None, carried: int = 0) -> Sequence[tuple[int, int]]:
    """C(n, j) ways to have j ≤ rank inactive units, which leave min(c, n − j + numbers carried) dimensions.

    >>> moves(2, 3), moves(2, 3, carried=1), moves(2, 3, rank=1)
    (((2, 4), (1, 3)), ((2, 7),), ((2, 4),))
    """
    row = binomials(width, state if rank is None else min(state, rank))
    keeping = max(width + carried - state + 1, 0)  # with so few inactive units all c dimensions are left
    falling = ((width + carried - j, row[j]) for j in range(keeping, len(row)))
    return ((state, sum(row[:keeping])), *falling) if keeping else tuple(falling)


def _theorem_1(arch: Architecture, ranks: Sequence[Any], carried: Sequence[Any]) -> Any:
    """The sum with j_l ≤ min(c, rank of layer l), and so many numbers carried past each layer."""
    if all(map(is_number, (*arch.sizes, *ranks, *carried))):
        mass = {arch.inputs: 1}
        for width, rank, past in zip(arch.widths, ranks, carried, strict=True):
            mass = step(mass, partial(moves, width=width, rank=rank, carried=past))
        return sum(mass.values())

    def over_j(layer: int, n: Any, left: Sequence[Any]) -> tuple[Any, tuple[Any, Any, Any], Any]:
        j = index(layer)
        return sympy.binomial(n, j), (j, 0, least(*left, ranks[layer - 1])), n - j + carried[layer - 1]

    return nested_sum(arch, over_j)


@dataclass(frozen=True)
class RankedArchitecture:
    """A ReLU architecture with the rank of every hidden layer's weight matrix."""

    architecture: Architecture
    ranks: tuple[Any, ...]

    def __post_init__(self) -> None:
        arch = self.architecture
        if arch.kind != "relu":
            raise InvalidInputError("ranks refine bounds of ReLU layers; this architecture has other units")
        if len(self.ranks) != arch.depth:
            raise InvalidInputError(f"{arch.depth} hidden layers need as many ranks, not {len(self.ranks)}")
        numbered = enumerate(self.ranks, start=1)
        vars(self)["ranks"] = tuple(size_or_symbol(r, f"rank of layer {layer}", 0) for layer, r in numbered)
        for layer, (rank, *sizes) in enumerate(zip(self.ranks, arch.sizes, arch.widths, strict=False), start=1):
            if is_number(rank) and rank > (most := min([rank, *filter(is_number, sizes)])):
                raise InvalidInputError(f"layer {layer} has a weight matrix of rank at most {most}, not {rank}")

    @classmethod
    def of(cls, network: Network) -> RankedArchitecture:
        """The architecture of a ReLU network with the exact ranks of its weights."""
        return cls(network.architecture, tuple(layer.weight_matrix.rank() for layer in bending(network)))

    @property
    def is_symbolic(self) -> bool:
        return has_symbols(*self.architecture, *self.ranks)

    @property
    def value(self) -> Any:
        """Theorem 1 with the ranks."""
        return _theorem_1(self.architecture, self.ranks, [0] * self.architecture.depth)

    def __str__(self) -> str:
        return f"{self.architecture} with ranks {', '.join(map(str, self.ranks))}"


def bending(network: Network) -> list[Layer]:
    """The hidden layers, each of ReLU units and units with the identity; of others an UnsupportedError."""
    layers = [layer for layer in network.hidden if not layer.is_affine]
    if any(unit not in (RELU, IDENTITY) for layer in layers for unit in layer.units):
        raise UnsupportedError("weight-aware bounds are stated for ReLU units; this network has other units")
    if len(layers) != len(network.hidden):
        raise UnsupportedError("merge hidden layers of identity units into their neighbors first")
    return layers


@dataclass(frozen=True)
class SkipArchitecture:
    """A ReLU architecture, and how many numbers are carried past each hidden layer."""

    architecture: Architecture
    carried: tuple[Any, ...]

    def __post_init__(self) -> None:
        if self.architecture.kind != "relu" or len(self.carried) != self.architecture.depth:
            raise InvalidInputError("skip connections are stated for ReLU layers, with a number carried past each")
        numbered = enumerate(self.carried, start=1)
        vars(self)["carried"] = tuple(size_or_symbol(c, f"numbers carried past layer {i}", 0) for i, c in numbered)

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
        return has_symbols(*self.architecture, *self.carried)

    @property
    def value(self) -> Any:
        """Theorem 1 with the numbers that are carried."""
        return _theorem_1(self.architecture, self.architecture.widths, self.carried)

    def __str__(self) -> str:
        return f"{self.architecture} with {', '.join(map(str, self.carried))} carried past its layers"


THEOREM_1 = LayerProgram(
    regions,
    moves,
    threshold=lambda c: 2 * c,  # even j = c inactive units leave n − c ≥ c dimensions as soon as n ≥ 2c
    nested=lambda arch: _theorem_1(arch, arch.widths, [0] * arch.depth),
)
"""The sum over J, of which a state is the number of dimensions left."""

BOUNDS = (
    statement("serra2018", [dense("relu")], THEOREM_1, TWO_RELU_LAYERS),
    statement(
        "serra2018_ranks",
        [about(RankedArchitecture, "ReLU units, ranks of the weight matrices known", "an architecture with ranks")],
        lambda subject: subject.value,
        RankedArchitecture(TWO_RELU_LAYERS, sympy.symbols("r_1 r_2", integer=True, positive=True)),
    ),
    statement(
        "serra2018_skips",
        [about(SkipArchitecture, "ReLU units, numbers carried past layers known", "networks with skip connections")],
        lambda subject: subject.value,
        SkipArchitecture(TWO_RELU_LAYERS, sympy.symbols("c_1 c_2", integer=True, positive=True)),
        size=lambda subject: size(subject.architecture, narrows=False, branches=True),
    ),
)
"""Theorem 1 as stated, with ranks, and with skip connections."""
