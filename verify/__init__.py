"""Evidence about actual networks: counts that can be checked.

Each name is imported from its module when it is first used, so that a script or a command loads only what it needs.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from theory import __version__
    from verify.counting.estimates.region_estimate import RegionEstimate, estimate
    from verify.counting.region_count import RegionCount, count
    from verify.counting.samples.region_sample import RegionSample, sample
    from verify.domain.shapes import Box, Domain, Line, Plane, Polytope, Ray, Segment, WholeSpace
    from verify.maxima.best_known import tightness
    from verify.partitions.region_list import dual_graph, regions
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
    "RegionEstimate",
    "RegionSample",
    "Segment",
    "WholeSpace",
    "__version__",
    "along",
    "count",
    "dual_graph",
    "estimate",
    "partition",
    "refute",
    "regions",
    "sample",
    "tightness",
]

_HOMES = {
    "theory": ("__version__",),
    "verify.counting.estimates.region_estimate": ("RegionEstimate", "estimate"),
    "verify.counting.region_count": ("RegionCount", "count"),
    "verify.counting.samples.region_sample": ("RegionSample", "sample"),
    "verify.domain.shapes": ("Box", "Domain", "Line", "Plane", "Polytope", "Ray", "Segment", "WholeSpace"),
    "verify.maxima.best_known": ("tightness",),
    "verify.partitions.region_list": ("dual_graph", "regions"),
    "verify.slices.lines": ("along",),
    "verify.slices.planes": ("partition",),
    "verify.testing.refuter": ("refute",),
}
"""The module that defines each name."""


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(importlib.import_module(home), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
