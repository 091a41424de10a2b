"""Random bits for tests: all sequences of choices, each with its probability; tails."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import flint

from verify.counting.samples.draws import Stream


class EveryStream(Stream):
    """All sequences of choices, one after the other, each with its probability."""

    def __init__(self) -> None:
        self._path: list[tuple[int, int]] = []  # the choice and the number of choices

    def __iter__(self) -> Iterator["EveryStream"]:
        while True:
            self._at, self.probability = 0, Fraction(1)
            yield self
            assert self._at == len(self._path)
            while self._path and self._path[-1][0] + 1 == self._path[-1][1]:
                self._path.pop()
            if not self._path:
                return
            last, options = self._path.pop()
            self._path.append((last + 1, options))

    def below(self, n: int) -> int:
        return self.choose([1] * n)

    def choose(self, weights: Sequence[int]) -> int:
        possible = [i for i, weight in enumerate(weights) if weight]
        if self._at == len(self._path):
            self._path.append((0, len(possible)))
        chosen = possible[self._path[self._at][0]]
        self._at += 1
        self.probability *= Fraction(weights[chosen], sum(weights))
        return chosen


def binomial_tail(accepted: int, draws: int, p: Fraction) -> float:
    """The probability that a binomial number is at least as far on its side of the mean, doubled."""
    x = flint.arb(flint.fmpq(p.numerator, p.denominator))
    below = 1 - x.beta_lower(flint.arb(accepted + 1), flint.arb(draws - accepted), regularized=True)
    above = x.beta_lower(flint.arb(accepted), flint.arb(draws - accepted + 1), regularized=True)
    return 2 * min(float(below.mid()) if accepted < draws else 1.0, float(above.mid()) if accepted else 1.0)
