"""Evidence about actual networks: counts that can be checked."""

from theory import __version__
from verify.counting.region_count import RegionCount, count
from verify.counting.samples.region_sample import RegionSample, sample
from verify.domain.shapes import Box, Domain, Line, Plane, Polytope, Ray, Segment, WholeSpace
from verify.maxima.best_known import tightness
from verify.partitions.adjacency import dual_graph
from verify.partitions.region_list import regions
from verify.slices.lines import along
from verify.slices.planes import partition
from verify.testing.refuter import refute

__all__ = [
    "Box",
    "Domain",
    "Line",
    "Plane",
    "Polytope",
    "Ray",
    "RegionCount",
    "RegionSample",
    "Segment",
    "WholeSpace",
    "__version__",
    "along",
    "count",
    "dual_graph",
    "partition",
    "refute",
    "regions",
    "sample",
    "tightness",
]
