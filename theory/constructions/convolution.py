r"""A convolutional layer with as many regions as generic filters give, certified.

No weights have more regions than the number R of :mod:`theory.bounds.convolutional`; with windows that overlap along
one axis some attain it, along two there need not be any.  Here small integer filters are tried until one is certified:
each set of hyperplanes is independent or has no common point.  Then Whitney's formula :math:`r = \sum_B (-1)^{|B| -
\operatorname{rank} B}`, B running over the sets with a common point, has a term 1 for each independent set and no
other.  The certificate visits all of them, which limits the size.

>>> [CONVOLUTION.build(shape=3, kernel=2, filters=d).claim.count for d in (1, 2, 3, 4)]
[4, 15, 40, 85]
>>> CONVOLUTION.from_words("shape=3x3 kernel=2x2 filters=2".split())
<construction convolution 9-8: = 255 activation regions on R^d>

References
----------
Xiong, Huang, Yu, Liu, Zhu, Shao 2020, Theorem 2.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import flint

from theory.bounds.convolutional import first_layer_value
from theory.constructions.family import Claim, Family, Member, positive, positives
from theory.convolution import Convolution, ConvolutionalArchitecture
from theory.errors import UnsupportedError
from theory.network import Network

LIMIT = 5_000
"""Largest number of regions that is certified."""

_PRIMES = (7, 11, 23, 53, 101, 499, 1009, 10007, 100003, 1000003)
"""Filters are powers of 3 modulo these, shifted around 0: small entries first."""


def _certified_count(rows: Sequence[Sequence[int]]) -> int | None:
    """The number of independent sets of hyperplanes ⟨normal, x⟩ + bias = 0; None if a dependent one has a common
    point."""
    count = 0
    stack: list[tuple[int, ...]] = [()]
    while stack:
        chosen = stack.pop()
        count += 1
        if count > LIMIT:
            many = f"this convolution has more than {LIMIT} regions"
            raise UnsupportedError(f"{many}, too many to certify; choose a smaller input or fewer filters")
        for row in range(chosen[-1] + 1 if chosen else 0, len(rows)):
            members = (*chosen, row)
            if _rank([rows[i][:-1] for i in members]) == len(members):
                stack.append(members)
            elif _rank([rows[i] for i in members]) < len(members):
                return None
    return count


def _rank(rows: Sequence[Sequence[int]]) -> int:
    return int(flint.fmpz_mat(rows).rank())


def _member(parameters: Mapping[str, Any]) -> Member:
    shape, kernel = (positives(parameters, name, "x×", f"{name}=3 or {name}=3x4") for name in ("shape", "kernel"))
    filters, channels = positive(parameters, "filters"), positive(parameters, "channels", 1)
    stride = positive(parameters, "stride", 1)
    grid = ConvolutionalArchitecture(shape, channels, (Convolution(filters, kernel, stride),))
    cells = math.prod(shape)
    windows = [[c * cells + cell for c in range(channels) for cell in window] for window in grid.windows(1)]
    allowed = first_layer_value(grid)
    rows, most = None, 0
    for prime in _PRIMES:
        tried = _filters(windows, grid.inputs, filters, prime)
        count = _certified_count(tried) or 0
        if count > most:
            rows, most = tried, count
        if count == allowed:
            break
    if rows is None:
        raise UnsupportedError("no filter that was tried is in general position; choose a smaller convolution")
    said = {"shape": "x".join(map(str, shape)), "kernel": "x".join(map(str, kernel)), "filters": filters}
    said |= {"channels": channels} if channels > 1 else {}
    said |= {"stride": stride} if stride > 1 else {}
    return said, Network.summed([rows], inputs=grid.inputs), (Claim(most, "="),)


CONVOLUTION = Family("convolution", member=_member)
"""One convolutional ReLU layer with generic filters, written as a dense network: wherever the number of Xiong et al.
can be attained it is, and the claim is what the weights really have."""


def _filters(windows: Sequence[Sequence[int]], inputs: int, filters: int, prime: int) -> list[list[int]]:
    """The rows of all filters at all positions, filter entries taken from the powers of 3 modulo a prime."""
    size = len(windows[0])
    entries = iter(pow(3, i, prime) - prime // 2 for i in range(1, filters * (size + 1) + 1))
    rows = []
    for _ in range(filters):
        *weights, bias = itertools.islice(entries, size + 1)
        for window in windows:
            row = [0] * inputs + [bias]
            for cell, weight in zip(window, weights, strict=True):
                row[cell] = weight
            rows.append(row)
    return rows
