"""How much memory and time a bound takes, estimated before it is computed.

Bounds are exact integers, and an architecture is quickly written down whose bounds are not: 2^N for N = 10^20 units
has 3·10^19 digits.  Every estimate here is made of small integers, errs on the large side by a factor of a few, and
is asked first: a number that would not fit into memory is refused with its size, and a listing leaves out what
nobody could read or wait for and says so.

>>> product_effort(Architecture.relu(2, 10**20)).bits
139
>>> too_much(trivial_effort(Architecture.relu(2, 10**20)))
'a number of about 3·10^19 digits, too long for this memory'
"""

from __future__ import annotations

from typing import Any, NamedTuple

from theory.architecture import Architecture
from theory.bounds.integers import running_minima
from theory.text import scientific

__all__ = [
    "Effort",
    "each_layer_effort",
    "histogram_effort",
    "pairs_effort",
    "product_effort",
    "serra_effort",
    "states_effort",
    "too_long_to_list",
    "too_much",
    "trivial_effort",
]

MEMORY = 8 * 10**9
"""Bits that one bound may take."""

LISTED_BITS = 3 * 10**7
"""A listing shows numbers up to this length, some ten million digits."""

LISTED_STEPS = 10**11
"""A listing spends up to this many operations on machine words on one bound: a minute or two."""


class Effort(NamedTuple):
    """Bits of the value, bits of memory on the way, operations on machine words; all roughly."""

    bits: int
    memory: int
    steps: int


def _bits(number: int) -> int:
    return max(number, 1).bit_length()


def _layer_bits(width: int, inputs: int, rank: int) -> int:
    """Bits of Σ_{j ≤ inputs} C(width, j)(rank − 1)^j."""
    every = width * _bits(rank - 1)
    if inputs >= width or inputs == 0:
        return every if inputs else 1
    return min(every, inputs * _bits(3 * width * rank // inputs))


def _value_bits(arch: Any) -> int:
    dimensions = running_minima(arch.sizes)
    return 1 + sum(_layer_bits(n, d, arch.rank) for n, d in zip(arch.widths, dimensions, strict=False))


def _states(arch: Any) -> int:
    """How many dimensions can be alive."""
    return min(int(arch.inputs), max(arch.widths, default=0))


def trivial_effort(arch: Any) -> Effort:
    """k^N."""
    bits = int(arch.units) * _bits(arch.rank - 1) + 1
    return Effort(bits, 2 * bits, bits)


def product_effort(arch: Any) -> Effort:
    """A product over layers of sums with at most min(n0, …, n_{l−1}) terms."""
    bits = _value_bits(arch)
    terms = sum(min(d, n) for n, d in zip(arch.widths, running_minima(arch.sizes), strict=False))
    return Effort(bits, 3 * bits, (terms + arch.depth) * (20 + bits // 64))


def each_layer_effort(arch: Any) -> Effort:
    """A product over layers that each see all inputs."""
    layers = [product_effort(Architecture.relu(arch.inputs, n)) for n in arch.widths]
    bits = 1 + sum(layer.bits for layer in layers)
    return Effort(bits, 3 * bits, sum(layer.steps for layer in layers) + arch.depth * (bits // 64))


def pairs_effort(arch: Any) -> Effort:
    """A product over layers in which every pair of pieces is a hyperplane."""
    pairs = arch.rank * (arch.rank - 1) // 2
    return product_effort(Architecture.relu(arch.inputs, *(pairs * n for n in arch.widths)))


def states_effort(arch: Any) -> Effort:
    """A product with a choice for each number of coordinates."""
    bits, states = _value_bits(arch), _states(arch) + 1
    return Effort(bits, states * (bits + 500), arch.depth * states * (20 + bits // 64))


def serra_effort(arch: Any) -> Effort:
    """One long integer for each number of dimensions, and products with binomials; one layer is a sum."""
    bits, states = _value_bits(arch), _states(arch) + 1
    if arch.depth < 2:
        return product_effort(arch)
    return Effort(bits, 4 * states * (bits + 500), arch.depth * states * (20 + bits // 64 * (1 + states // 64)))


def histogram_effort(arch: Any) -> Effort:
    """As for :func:`serra_effort`, and a triangular matrix for each width below three times the dimensions."""
    if arch.depth < 2:
        return product_effort(arch)
    states = _states(arch) + 1
    narrow = {n for n in arch.widths[:-1] if n < 3 * states}
    entries = states * states // 8
    rows = len(narrow) * states * max(narrow, default=0) * (20 + max(narrow, default=0) // 64)
    layers = sum(n in narrow for n in arch.widths) * 3 * entries
    bits, memory, steps = serra_effort(arch)
    return Effort(bits, memory + min(len(narrow), 16) * entries * 1000, steps + rows + layers * (1 + bits // 128))


def _about(number: int) -> str:
    """The number itself below 10 000, else one digit and a power of ten."""
    return str(number) if number < 10_000 else scientific(number, places=0)


def too_much(effort: Effort) -> str | None:
    """Why the value cannot be computed here; None if it can."""
    if effort.bits > MEMORY:
        return f"a number of about {_about(effort.bits * 30103 // 100000)} digits, too long for this memory"
    if effort.memory > MEMORY:
        return f"computing it takes about {_about(effort.memory // (8 * 10**9) + 1)} GB of memory"
    return None


def too_long_to_list(effort: Effort) -> str | None:
    """Why a listing leaves the value out; None if it does not."""
    if reason := too_much(effort):
        return reason
    if effort.bits > LISTED_BITS:
        return f"a number of about {_about(effort.bits * 30103 // 100000)} digits"
    if effort.steps > LISTED_STEPS:
        return f"computing it takes about {_about(effort.steps)} operations on machine words"
    return None
