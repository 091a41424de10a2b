"""The bound catalog: every published statement on the number of regions, exact in numbers and in symbols.

>>> from theory import Architecture
>>> from theory.bounds import BOUNDS, bracket
>>> arch = Architecture.parse("2-4-4")
>>> BOUNDS["serra2018"](arch), BOUNDS["montufar2014"](arch)
(121, 44)

The statements are in :mod:`~theory.bounds.products`, :mod:`~theory.bounds.serra`, :mod:`~theory.bounds.hinz`,
:mod:`~theory.bounds.one_layer`, :mod:`~theory.bounds.one_input`, :mod:`~theory.bounds.rigid`,
:mod:`~theory.bounds.zonotopes`, :mod:`~theory.bounds.foldings` and :mod:`~theory.bounds.convolutional`;
:mod:`~theory.bounds.weight_aware` bounds a given network.  :mod:`~theory.bounds.comparison`,
:mod:`~theory.bounds.splits`, :mod:`~theory.bounds.asymptotics`, :mod:`~theory.bounds.tables` and
:mod:`~theory.bounds.plots` compare statements.
"""

from theory.bounds.asymptotics import Growth, growth, leading_term
from theory.bounds.bound import ACTIVATION_REGIONS, Bound, Counterexample, Status
from theory.bounds.catalog import BOUNDS, BoundValue, applicable, bracket, left_out, listing
from theory.bounds.comparison import Comparison, Crossover, all_architectures, compare, crossover
from theory.bounds.conditions import Condition
from theory.bounds.evaluation import evaluate
from theory.bounds.formula import Formula
from theory.bounds.hinz import hinz2019
from theory.bounds.one_layer import BOUNDED_REGIONS, CENTRAL_REGIONS
from theory.bounds.splits import Split, best_split, best_splits
from theory.bounds.tables import bounds_table, weights_table
from theory.bounds.weight_aware import RankedArchitecture, WeightAwareBounds, weight_aware_bounds
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
    "Formula",
    "Growth",
    "RankedArchitecture",
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
    "evaluate",
    "growth",
    "hinz2019",
    "leading_term",
    "left_out",
    "listing",
    "weight_aware_bounds",
    "weights_table",
]
