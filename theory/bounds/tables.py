"""Tables of bounds: of an architecture, of a network with its weights, of splits and of depths.

>>> print(bounds_table(Architecture.parse("2-3"), kind="exact"))
bounds for 2-3
bound      kind   value  source
---------  -----  -----  ------------------------------------
zaslavsky  exact      7  Zaslavsky 1975, Theorem A, Corollary
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from theory.architecture import Architecture
from theory.bounds.bound import Kind
from theory.bounds.catalog import BOUNDS, left_out, listing
from theory.bounds.weight_aware import WeightAwareBounds
from theory.tables import Table

__all__ = ["bounds_table", "deep_shallow_table", "layers_table", "split_table", "weights_table"]


def bounds_table(arch: Any, *, kind: Kind | None = None) -> Table:
    """Every applicable bound of an architecture, in increasing order, with its source.

    >>> [row[0] for row in bounds_table(Architecture.parse("1-3-2")).rows if row[1] == "exact"]
    ['one_input']
    """
    rows = tuple((bound.key, bound.kind, value, bound.source.short) for bound, value in listing(arch, kind))
    missing = "; ".join(f"{bound.key} ({reason})" for bound, reason in left_out(arch, kind))
    note = f"left out: {missing}" if missing else ""
    return Table(f"bounds for {arch}", ("bound", "kind", "value", "source"), rows, note)


def weights_table(result: WeightAwareBounds) -> Table:
    """The weight-aware bounds of a network beside the upper bounds of its architecture, in increasing order.

    >>> from theory.bounds.weight_aware import weight_aware_bounds
    >>> from theory.network import Network
    >>> net = Network.relu([([[1, 0], [1, 1]], [5, 0]), ([[1, 1]], [0])])
    >>> [row[:3] for row in weights_table(weight_aware_bounds(net, ([-1, -1], [1, 1]))).rows][:3]
    [('serra2018 + weights', 'upper', 2), ('hinz2021 + weights', 'upper', 2), ('serra2018_ranks', 'upper', 4)]
    """
    rows: list[tuple[Any, ...]] = [
        (f"{key} + weights" if key in ("serra2018", "hinz2021") else key, "upper", value, BOUNDS[key].source.short)
        for key, value in result.values.items()
    ]
    rows += [
        (bound.key, bound.kind, value, bound.source.short) for bound, value in listing(result.architecture, "upper")
    ]
    rows.sort(key=lambda row: row[2])
    layers = [
        f"layer {i}: rank {facts.rank}; {len(facts.on)} on, {len(facts.off)} off, "
        f"{facts.changing} of rank {facts.changing_rank} may change"
        for i, facts in enumerate(result.layers, start=1)
    ]
    title = f"bounds for a network {result.architecture} on {result.domain}"
    return Table(title, ("bound", "kind", "value", "source"), tuple(rows), "; ".join(layers))


def layers_table(result: WeightAwareBounds) -> Table:
    """What the weights of each hidden layer say on the domain: units that never change, and ranks.

    >>> from theory.bounds.weight_aware import weight_aware_bounds
    >>> from theory.network import Network
    >>> net = Network.relu([([[1, 0], [1, 1]], [5, 0]), ([[1, 1]], [0])])
    >>> layers_table(weight_aware_bounds(net, ([-1, -1], [1, 1]))).rows
    ((1, 2, 2, 1, 0, 1, 1),)
    """
    rows = tuple(
        (i, facts.width, facts.rank, len(facts.on), len(facts.off), facts.changing, facts.changing_rank)
        for i, facts in enumerate(result.layers, start=1)
    )
    columns = ("layer", "units", "rank", "always on", "always off", "may change", "rank of those")
    return Table(f"units of a network {result.architecture} on {result.domain}", columns, rows)


def split_table(
    units: int = 22,
    inputs: int = 784,
    bounds: Sequence[str] = ("trivial", "montufar2017", "serra2018", "hinz2021"),
) -> Table:
    """Upper bounds for every split of the units over two layers: the comparison of the 2018 poster by default.

    >>> split_table().rows[10]
    ('11-11', 4194304, 4194304, 2449868, 2449868)
    """
    rows = []
    for k in range(1, units):
        arch = Architecture.relu(inputs, k, units - k)
        rows.append((f"{k}-{units - k}", *(BOUNDS[key](arch) for key in bounds)))
    return Table(f"{units} units in two layers, {inputs} inputs", ("widths", *bounds), tuple(rows))


def deep_shallow_table(depths: Sequence[int] = (2, 3), widths: Sequence[int] = (1, 2, 3, 4, 5, 6, 7, 8)) -> Table:
    """Theorem 1 for L layers of n units against 2^{Ln}, what one layer of all units attains, with n0 = L·n inputs.

    >>> [str(row[-1]) for row in deep_shallow_table((2,), (1, 2, 3, 4)).rows]
    ['3/4', '11/16', '21/32', '163/256']
    """
    rows = []
    for depth in depths:
        for n in widths:
            deep = BOUNDS["serra2018"](Architecture.relu(depth * n, *[n] * depth))
            shallow = BOUNDS["zaslavsky"](Architecture.relu(depth * n, depth * n))
            rows.append((depth, n, depth * n, deep, shallow, Fraction(deep, shallow)))
    return Table(
        "many inputs: deep networks have fewer regions than shallow ones",
        ("layers L", "width n", "inputs Ln", "deep, at most", "shallow, exactly", "ratio"),
        tuple(rows),
    )
