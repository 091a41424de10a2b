"""All statements by key, which of them apply to an architecture, and their values side by side."""

from typing import Any, NamedTuple

from theory.architecture import Architecture
from theory.bounds import convolutional, foldings, hinz, products, rigid, serra
from theory.bounds.bound import ACTIVATION_REGIONS, Bound, Kind, Status, words
from theory.bounds.dynamic_program import LayerProgram
from theory.errors import InvalidInputError, Names, UnsupportedError
from theory.records import best_record

_MODULES = convolutional, foldings, hinz, products, rigid, serra
_STATED: dict[str, Bound] = {bound.key: bound for module in _MODULES for bound in module.BOUNDS}

BOUNDS: Names[Bound] = Names("bound", {key: _STATED[key] for key in words("bounds")})
"""Every statement by key, refuted ones included, in the order of ``theory/data/bounds.toml``."""

_ORDER = {"lower": 0, "exact": 1, "upper": 2}


class BoundValue(NamedTuple):
    """A bound and its value for one architecture."""

    bound: Bound
    value: int


def applicable(arch: Any, kind: Kind | None = None, *, quantity: str = ACTIVATION_REGIONS) -> list[Bound]:
    """The statements whose side conditions hold for ``arch``, in catalog order.

    With ``kind`` only those; ``"upper"`` and ``"lower"`` include exact maxima.  ``quantity`` is what is bounded.

    >>> [bound.key for bound in applicable(Architecture.parse("2-6-5"), "lower")]
    ['arora2018', 'serra2018_zonotope', 'pascanu2013', 'montufar2014', 'balanced_folding', 'coordinate_folding']
    """
    if kind not in (None, "upper", "lower", "exact"):
        raise InvalidInputError(f"unknown kind of bound {kind!r}; choose upper, lower or exact")
    kinds = {"upper", "lower", "exact"} if kind is None else {kind, "exact"}
    asked = (bound for bound in BOUNDS.values() if bound.bounds_what == quantity and bound.kind in kinds)
    return [bound for bound in asked if bound.why_not(arch) is None]


def listing(arch: Any, kind: Kind | None = None) -> list[BoundValue]:
    """Every applicable bound that is not :func:`left_out`, in increasing order; at equal values lower, exact, upper.

    >>> [(bound.key, value) for bound, value in listing(Architecture.maxout(2, 4, 2, rank=2))]
    [('montufar2022_lower', 15), ('montufar2022', 44), ('serra2018_maxout', 44), ('trivial', 64)]
    """
    if arch.is_symbolic:
        raise UnsupportedError("expressions have no order; list the bounds of a numeric architecture")
    values = [BoundValue(bound, bound(arch)) for bound in applicable(arch, kind) if bound.too_large(arch) is None]
    return sorted(values, key=lambda entry: (entry.value, _ORDER[entry.bound.kind]))


def left_out(arch: Any, kind: Kind | None = None) -> list[tuple[Bound, str]]:
    """The applicable bounds that :func:`listing` leaves out, each with the reason: too long, or too expensive.

    >>> [(bound.key, reason) for bound, reason in left_out(Architecture.relu(2, 10**20))]
    [('trivial', 'a number of about 3·10^19 digits; up to 9·10^6 are computed')]
    """
    return [(bound, reason) for bound in applicable(arch, kind) if (reason := bound.too_large(arch)) is not None]


def bracket(arch: Any) -> tuple[BoundValue | None, BoundValue]:
    """The greatest lower and the least upper bound on the maximum number of activation regions.

    A certified record (:mod:`theory.records`) with more regions than every lower bound is the lower bound.  At equal
    values the first of the lower and the last of the upper bounds of the catalog is named: the older construction, the
    sharper limit.  Constructions may attain more than they claim: :func:`verify.tightness` counts them, too.

    >>> lower, upper = bracket(Architecture.parse("2-6-3"))
    >>> (lower.bound.key, lower.value), (upper.bound.key, upper.value)
    (('record', 139), ('rigid_layers', 145))
    """
    upper = listing(arch, "upper")
    if not upper:
        if not applicable(arch, "upper"):
            raise UnsupportedError(
                f"no statement of the catalog is an upper bound of {arch}; ask for ReLU, maxout or piecewise units"
            )
        raise UnsupportedError(f"every upper bound of {arch} is too long to compute; choose smaller sizes")
    return most_known(arch), [entry for entry in upper if entry.value == upper[0].value][-1]


def most_known(arch: Any) -> BoundValue | None:
    """The greatest lower bound on the maximum, as in :func:`bracket`; None if there is none."""
    lower, record = listing(arch, "lower"), best_record(arch)
    if record is not None and (not lower or record.count > lower[-1].value):
        proved = Bound(
            key="record",
            title=f"a network of architecture {record.architecture}",
            kind="lower",
            source=record.source,
            status=Status.HERE,
            verified="the network was counted, and its certificate checked",
            latex=str(record.count),
            conditions=(),
            value=lambda _: record.count,
            generic=record.architecture,
        )
        return BoundValue(proved, record.count)
    return next((entry for entry in lower if entry.value == lower[-1].value), None)


def layer_program(bound: Bound | str) -> LayerProgram:
    """The layers of a bound on ReLU layers that is a program over dimensions; of another bound an UnsupportedError."""
    found, several = named(bound), Architecture.relu(1, 3, 3)
    known = [b for b in BOUNDS.values() if isinstance(b.value, LayerProgram) and b.why_not(several) is None]
    if isinstance(found.value, LayerProgram) and found.why_not(several) is None:
        return found.value
    choices = ", ".join(each.key for each in known)
    raise UnsupportedError(f"{found.key} cannot be taken apart layer by layer; choose one of {choices}")


def named(bound: Bound | str) -> Bound:
    """The bound of this key, or the bound itself."""
    return BOUNDS[bound] if isinstance(bound, str) else bound
