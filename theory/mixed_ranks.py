"""Architectures whose units have different numbers of pieces.

>>> str(MixedRanks(2, ((3, 3, 2),))), MixedRanks(2, ((3, 3, 2),)).widths
('2-(3,3,2)', (3,))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from theory.architecture import Architecture, Layered
from theory.errors import InvalidInputError
from theory.exact import integer

if TYPE_CHECKING:
    from theory.network import Network


@dataclass(frozen=True)
class MixedRanks(Layered):
    """Input dimension n0 ≥ 1, and for each hidden layer the number of pieces of each of its units.

    ``ranks[l]`` lists k_1, …, k_m ≥ 1 of layer l + 1: a maxout unit of rank k, or a scalar unit with k pieces.
    """

    inputs: int
    ranks: tuple[tuple[int, ...], ...]
    is_symbolic: ClassVar[bool] = False

    def __init__(self, inputs: int, ranks: Sequence[Sequence[int]]) -> None:
        if any(isinstance(layer, str) or not isinstance(layer, Iterable) for layer in ranks):
            raise InvalidInputError("ranks lists one sequence for each layer; write ((3, 3, 2),) for one layer")
        number = integer(inputs, place="number of inputs", minimum=1)
        layers = tuple(
            tuple(integer(k, place=f"rank of unit {u} in layer {i}", minimum=1) for u, k in enumerate(layer, start=1))
            for i, layer in enumerate(ranks, start=1)
        )
        vars(self).update(inputs=number, ranks=layers, widths=tuple(map(len, layers)))

    def __str__(self) -> str:
        return "-".join([str(self.inputs), *(f"({','.join(map(str, layer))})" for layer in self.ranks)])

    def __repr__(self) -> str:
        return f"MixedRanks({self.inputs}, {self.ranks})"


def of_network(network: Network) -> Architecture | MixedRanks:
    """The architecture of a network, unit by unit where its units have different numbers of pieces.

    >>> from theory.activations import RELU, Maxout
    >>> from theory.network import IDENTITY, Layer, Network
    >>> first = Layer([[1], [0], [-1], [2]], [0, 0, 1, 1], [Maxout(3), RELU])
    >>> str(of_network(Network([first, Layer([[1, 1]], [0], IDENTITY)])))
    '1-(3,2)'
    """
    ranks = [[unit.pieces for unit in layer.units] for layer in network.hidden if not layer.is_affine]
    whole = network.architecture
    if whole.kind in ("relu", "general") or all(k == whole.rank for layer in ranks for k in layer):
        return whole
    return MixedRanks(network.inputs, ranks)
