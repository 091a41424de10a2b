"""Tables of bounds: of an architecture, and of a network with its weights.

>>> from theory import Architecture
>>> print(bounds_table(Architecture.parse("2-3"), kind="exact"))
bounds for 2-3
bound      kind   value  source
---------  -----  -----  ------------------------------------
zaslavsky  exact      7  Zaslavsky 1975, Theorem A, Corollary
"""

from typing import Any

from theory.bounds.bound import Kind
from theory.bounds.catalog import BOUNDS, left_out, listing
from theory.bounds.weight_aware import WeightAwareBounds
from theory.tables import Table


def bounds_table(arch: Any, *, kind: Kind | None = None) -> Table:
    """Every applicable bound of an architecture, in increasing order, with its source."""
    rows = tuple((bound.key, bound.kind, value, bound.source.short) for bound, value in listing(arch, kind))
    missing = "; ".join(f"{bound.key} ({reason})" for bound, reason in left_out(arch, kind))
    note = f"left out: {missing}" if missing else ""
    return Table(f"bounds for {arch}", ("bound", "kind", "value", "source"), rows, note)


def weights_table(result: WeightAwareBounds) -> Table:
    """The weight-aware bounds of a network beside the upper bounds of its architecture, in increasing order.

    >>> from theory.bounds.weight_aware import weight_aware_bounds
    >>> from theory.network import Network
    >>> net = Network.relu([([[1, 0], [1, 1]], [5, 0]), ([[1, 1]], [0])])
    >>> [row[0] for row in weights_table(weight_aware_bounds(net, ([-1, -1], [1, 1]))).rows if row[2] == 2]
    ['serra2018 + weights', 'hinz2021 + weights', 'levels + weights']
    """
    rows: list[tuple[Any, ...]] = [
        (key if key == "serra2018_ranks" else f"{key} + weights", "upper", value, BOUNDS[key].source.short)
        for key, value in result.values.items()
    ]
    rows += bounds_table(result.architecture, kind="upper").rows
    rows.sort(key=lambda row: row[2])
    layers = [
        f"layer {i}: rank {facts.rank}; {len(facts.on)} on, {len(facts.off)} off, "
        f"{facts.changing} of rank {facts.changing_rank} may change"
        for i, facts in enumerate(result.layers, start=1)
    ]
    title = f"bounds for a network {result.architecture} on {result.domain}"
    return Table(title, ("bound", "kind", "value", "source"), tuple(rows), "; ".join(layers))
