"""Evidence about actual networks: counts that can be checked."""

from verify.count import RegionCount, count
from verify.domain import Box, Domain, Line, Plane, Polytope, Ray, Segment, WholeSpace
from verify.graph import dual_graph
from verify.lines import along
from verify.partition import partition
from verify.refuter import refute
from verify.regions import regions
from verify.tightness import tightness

__all__ = [
    "Box",
    "Domain",
    "Line",
    "Plane",
    "Polytope",
    "Ray",
    "RegionCount",
    "Segment",
    "WholeSpace",
    "along",
    "count",
    "dual_graph",
    "partition",
    "refute",
    "regions",
    "tightness",
]
