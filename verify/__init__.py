"""Evidence about actual networks: counts that can be checked."""

from verify.count import RegionCount, count
from verify.domain import Box, Domain, Line, Plane, Polytope, Ray, Segment, WholeSpace
from verify.lines import along
from verify.refuter import refute

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
    "refute",
]
