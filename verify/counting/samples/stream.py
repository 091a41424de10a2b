"""Random integers that another program can draw again: SHA-256 of a seed, a number and a counter.

Block i of draw k with seed s is the SHA-256 of the ASCII text ``linregions s k i``, i = 0, 1, 2, …; the blocks one
after the other are a stream of bits, most significant first.  An integer below n takes as many bits as n − 1 has, and
again while the result is n or more.  What is proved about probabilities here is proved for independent fair bits.

>>> stream = Stream(0, 7)
>>> [stream.below(6) for _ in range(12)]
[0, 0, 1, 4, 5, 5, 1, 0, 2, 1, 5, 2]
"""

import hashlib
from collections.abc import Sequence
from itertools import accumulate


class Stream:
    """The random bits of one draw."""

    def __init__(self, seed: int, number: int) -> None:
        self._name, self._blocks = f"linregions {seed} {number}", 0
        self._bits, self._left = 0, 0

    def below(self, n: int) -> int:
        """A uniform integer among 0, …, n − 1."""
        wanted = (n - 1).bit_length()
        while True:
            while self._left < wanted:
                block = hashlib.sha256(f"{self._name} {self._blocks}".encode()).digest()
                self._bits = self._bits << 256 | int.from_bytes(block, "big")
                self._left += 256
                self._blocks += 1
            self._left -= wanted
            value = self._bits >> self._left
            self._bits &= (1 << self._left) - 1
            if value < n:
                return value

    def choose(self, weights: Sequence[int]) -> int:
        """A position, with a probability proportional to its weight."""
        at = self.below(sum(weights))
        return next(i for i, end in enumerate(accumulate(weights)) if at < end)
