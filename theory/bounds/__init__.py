"""The bound catalog: every published statement on the number of regions, exact in numbers and in symbols.

>>> from theory import Architecture
>>> from theory.bounds import BOUNDS, bracket
>>> arch = Architecture.parse("2-4-4")
>>> BOUNDS["serra2018"](arch), BOUNDS["montufar2014"](arch)
(121, 44)
"""

from theory.bounds.bound import ACTIVATION_REGIONS, Bound, Condition, Counterexample, Status
from theory.bounds.catalog import BOUNDS, BoundValue, applicable, bracket, left_out, listing
from theory.bounds.comparison import Comparison, Crossover, DepthPays, all_architectures, compare, crossover, depth_pays
from theory.bounds.convolutional import GraphNetwork
from theory.bounds.expressions import Formula, evaluate
from theory.bounds.hinz import hinz2019
from theory.bounds.products import BOUNDED_REGIONS, CENTRAL_REGIONS
from theory.bounds.scaling import (
    Growth,
    LeastUnits,
    Split,
    best_split,
    best_splits,
    growth,
    leading_term,
    least_units,
    rate_per_layer,
    ratio_in_depth,
    ratio_in_width,
)
from theory.bounds.serra import RankedArchitecture, SkipArchitecture
from theory.bounds.tables import bounds_table, weights_table
from theory.bounds.weight_aware import WeightAwareBounds, weight_aware_bounds
from theory.tables import Table

__all__ = [
    "ACTIVATION_REGIONS",
    "BOUNDED_REGIONS",
    "BOUNDS",
    "CENTRAL_REGIONS",
    "Bound",
    "BoundValue",
    "Comparison",
    "Condition",
    "Counterexample",
    "Crossover",
    "DepthPays",
    "Formula",
    "GraphNetwork",
    "Growth",
    "LeastUnits",
    "RankedArchitecture",
    "SkipArchitecture",
    "Split",
    "Status",
    "Table",
    "WeightAwareBounds",
    "all_architectures",
    "applicable",
    "best_split",
    "best_splits",
    "bounds_table",
    "bracket",
    "compare",
    "crossover",
    "depth_pays",
    "evaluate",
    "growth",
    "hinz2019",
    "leading_term",
    "least_units",
    "left_out",
    "listing",
    "rate_per_layer",
    "ratio_in_depth",
    "ratio_in_width",
    "weight_aware_bounds",
    "weights_table",
]
