"""The number of regions by the reference implementation."""

from collections.abc import Iterable

from theory.exact import RationalLike
from theory.network import Network
from verify.engines.brute import patterns_brute


def count_brute(net: Network, rows: Iterable[Iterable[RationalLike]] = (), *, thin: bool = False) -> int:
    """How many patterns there are."""
    return len(patterns_brute(net, rows, thin=thin))
