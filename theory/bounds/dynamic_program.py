r"""Bounds that carry one integer from layer to layer: the number of dimensions that can still be left.

A state c says that the image of a region has dimension at most c.  A layer of width n sends state c to states
:math:`c' \le c` with non-negative integer weights, its *moves*; the bound is the total weight after the last layer,
:math:`\sum_{c_1, \dots, c_L} \prod_{l=1}^{L} w_{n_l}(c_{l-1}, c_l)`, :math:`c_0 = n_0`.

Theorem 1 of Serra et al. and the histograms of Hinz and van de Geer have this form; so has every product over layers,
where a state moves to one other state only.  A bound that is too large is refused.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, Theorem 1; Hinz, van de Geer 2019, the framework.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import flint
import sympy

from theory.architecture import Architecture
from theory.bounds.expressions import POLYNOMIAL_DEGREE, Formula, binomial_sum, is_number, least
from theory.text import scientific

Moves = Callable[[int, int], Iterable[tuple[int, int]]]
"""(state, width) to pairs (next state, weight); weights of equal next states add up."""

Weight = Callable[[Any, Any, Any, int], Any]
"""(width, state, rank of the units, layer) to the total weight of a layer's moves, for numbers and for symbols."""

MOST_BITS = 3 * 10**7
"""Length of the longest bound that is computed, some nine million digits."""

MOST_STEPS = 10**10
"""Operations on machine words for the most expensive bound that is computed: about half a minute."""

KEPT_ROWS = 1024
"""So many rows of weights of histogram bounds are kept for further layers of the same width."""


class Size(NamedTuple):
    """Bits of a value and operations on machine words to compute it; upper estimates, within a small factor."""

    bits: int
    steps: int

    def refusal(self) -> str | None:
        """Why a value of this size is not computed, in a sentence; None if it is."""
        if self.bits > MOST_BITS:
            digits, most = (scientific(bits * 30103 // 100000, places=0) for bits in (self.bits, MOST_BITS))
            return f"a number of about {digits} digits; up to {most} are computed"
        if self.steps > MOST_STEPS:
            steps, most = (scientific(number, places=0) for number in (self.steps, MOST_STEPS))
            return f"computing it takes about {steps} operations on machine words; up to {most} are done"
        return None


def size(arch: Architecture, *, units: int = 1, narrows: bool = True, branches: bool = False) -> Size:
    r"""The size of a product of sums :math:`\sum_{j \le d} \binom{u n}{j} w^j` over the layers, or of a program over d.

    A unit counts for u = ``units`` hyperplanes: with u = 1 of weight w = rank − 1, with more w = 1 and d is at most the
    layer's width.  If the bound ``narrows``, d is the least size before a layer, else the number of inputs; if it
    ``branches``, it is a sum over all numbers of dimensions that can be left after each layer.
    """
    d, states, bits, terms = arch.inputs, 1, 1, 0
    for layer, n in enumerate(arch.widths, start=1):
        m, weight = units * n, arch.rank - 1 if units == 1 else 1
        d = d if units == 1 else min(d, n)
        bits += min(m * weight.bit_length(), d * (weight * m).bit_length())
        left = min(d, n)
        if branches and layer < arch.depth:  # every state moves to any smaller one
            terms += states * (left + 1) // 2
            if n > KEPT_ROWS or n not in arch.widths[: layer - 1]:
                terms += 4 * min(states, left + 1) * min(n, 3 * d)  # O(n) operations for a row, if n < 3d
            states = left + 1
        elif d < m or states > 1:
            terms += states * min(d, m)
        d = left if narrows else d
    return Size(bits, (terms + arch.depth) * (80 + bits // 64))


def regions(n: Any, d: Any, k: Any, layer: int) -> Any:
    r""":math:`\sum_{j \le d} \binom{n}{j} (k-1)^j`: regions that n generic units of k pieces make in R^d."""
    return binomial_sum(n, d, k - 1, layer=layer)


def step(mass: Mapping[int, Any], moves: Callable[[int], Iterable[tuple[int, int]]]) -> dict[int, Any]:
    """The weight of each state after a layer, from those before it.

    >>> step({2: 1, 1: 5}, lambda c: [(c, 10), (0, 1)])
    {2: 10, 0: 6, 1: 50}
    """
    after: dict[int, Any] = {}
    for state, weight in mass.items():
        for following, count in moves(state):
            after[following] = after.get(following, 0) + weight * count
    return after


@dataclass(frozen=True)
class LayerProgram:
    """A bound as a program over the number of dimensions left.

    ``weight`` is the total weight of the moves from a state; that of the last layer may be another one, ``last``.
    Without ``moves`` a state c goes to min(c, n), or stays if the program ``keeps`` it; ``own_width``: the weight is
    that of the state after the layer.  From the width ``threshold(c)`` on all moves from c stay there.  Widths below
    the multiples ``allowed`` of the state, before the last layer and in it, are not allowed.  ``nested`` is the bound,
    a nested sum, of an architecture whose number of inputs is a symbol.
    """

    weight: Weight
    moves: Moves | None = None
    keeps: bool = False
    own_width: bool = False
    last: Weight | None = None
    threshold: Callable[[int], int] = lambda c: c
    allowed: tuple[int, int] = (0, 0)
    nested: Callable[[Architecture], Any] | None = None

    def hidden(self, state: int, width: int, rank: int = 2) -> Iterable[tuple[int, int]]:
        """The moves of a layer before the last one; none if its width is not allowed."""
        if width < self.allowed[0] * state:
            return ()
        if self.moves is not None:
            return self.moves(state, width)
        following = state if self.keeps else min(state, width)
        return ((following, self.weight(width, following if self.own_width else state, rank, 1)),)

    def final(self, state: int, width: int, rank: int = 2) -> Iterable[tuple[int, int]]:
        """The moves of the last layer, collected in one; none if its width is not allowed."""
        if width < self.allowed[1] * state:
            return ()
        weight = self.last or self.weight
        return ((state, weight(width, min(state, width) if self.own_width else state, rank, 1)),)

    def __call__(self, arch: Architecture) -> Any:
        """The bound: an integer, or a formula if the architecture contains symbols."""
        if not arch.is_symbolic:
            return _integer(self, arch)
        if self.moves is None:
            return self._product(arch)
        if is_number(arch.inputs) and arch.inputs <= POLYNOMIAL_DEGREE:
            return self._polynomial(arch)
        assert self.nested is not None
        return Formula(self.nested(arch))

    def _product(self, arch: Architecture) -> Formula:
        """The product over the layers; a symbolic width is assumed to be at least a state that is a number."""
        state, factors, assumed = arch.inputs, [], []
        for layer, n in enumerate(arch.widths, start=1):
            following, is_last = state, layer == arch.depth
            if not self.keeps:
                if is_number(state) and not is_number(n):
                    assumed += [n >= self.threshold(state)] if self.own_width or not is_last else []
                else:
                    following = least(state, n)
            weight = self.last if is_last and self.last else self.weight
            factors.append(weight(n, following if self.own_width else state, arch.rank, layer))
            state = following
        return Formula(sympy.powsimp(sympy.Mul(*factors)), assumed)

    def _polynomial(self, arch: Architecture) -> Formula:
        """An expanded polynomial; a symbolic width before the last layer is assumed to keep every state before it."""
        mass: dict[int, Any] = {arch.inputs: sympy.Integer(1)}
        assumed = []
        for layer, n in enumerate(arch.widths, start=1):
            if layer < arch.depth and is_number(n):
                mass = step(mass, partial(self.hidden, width=n))
                continue
            if layer < arch.depth:
                assumed.append(n >= max(map(self.threshold, mass)))
            mass = {state: value * self.weight(n, state, arch.rank, layer) for state, value in mass.items()}
        return Formula(sympy.expand(sympy.Add(*mass.values())), assumed)

    def size(self, arch: Architecture) -> Size:
        """Length of the integer and work to compute it, estimated from above."""
        return size(arch, narrows=not self.keeps, branches=self.moves is not None)


@lru_cache(maxsize=64)
def _integer(program: LayerProgram, arch: Architecture) -> int:
    mass = {arch.inputs: flint.fmpz(1)}
    for layer, n in enumerate(arch.widths, start=1):
        moves = program.hidden if layer < arch.depth else program.final
        mass = step(mass, partial(moves, width=n, rank=arch.rank))
    return int(sum(mass.values()))
