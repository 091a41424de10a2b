"""Regions as objects: iterate over them, lazily, in any of the definitions.

>>> from theory import Network
>>> from verify import Box
>>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
>>> for region in regions(cross, Box([-1, -1], [1, 2])):
...     print(region, region.volume())
<region 00 of 2-2: 0> 1
<region 01 of 2-2: x2> 2
<region 10 of 2-2: x1> 1
<region 11 of 2-2: x1 + x2> 2
"""

from collections.abc import Iterator

from theory.network import Network
from verify.domain.shapes import Domain
from verify.engines.problem import Problem, domain_of, reduced
from verify.engines.selection import require_engine
from verify.partitions.definitions import definition_named
from verify.partitions.definitions.argument import accepts_of
from verify.partitions.definitions.objects import AnyRegion, MergedRegion, OccurringPattern, SharedFacet

__all__ = ["AnyRegion", "MergedRegion", "OccurringPattern", "SharedFacet", "regions"]


@accepts_of
def regions(
    network: Network, domain: Domain | None = None, *, definition: str = "activation", engine: str = "auto"
) -> Iterator[AnyRegion]:
    """The regions of ``network`` on ``domain``, one after the other.

    On a slice, regions live in its parameters.  ``definition="activation"`` yields
    :class:`theory.geometry.region.Region`, lazily, and remembers none; ``"linear"``, ``"closed"`` and ``"affine"``
    yield :class:`MergedRegion`, ``"patterns"`` yields :class:`OccurringPattern`: these need all cells before the first
    answer, and memory for them.  ``"convex"`` raises UnsupportedError, since the coarsest complex is only counted.
    Otherwise errors are those of :func:`verify.counting.region_count.count`.

    >>> hat = Network.relu([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])  # 0, up, down, 0
    >>> for piece in regions(hat, definition="affine"):
    ...     print(piece)
    <affine piece of 2 cells 000, 111: 0>
    <affine piece of 1 cell 100: x1>
    <affine piece of 1 cell 110: -x1 + 2>
    """
    chosen = definition_named(definition)
    require_engine(engine)
    problem = Problem.in_parameters(network, domain_of(network, domain))
    return chosen.regions(problem, reduced(problem), engine)
