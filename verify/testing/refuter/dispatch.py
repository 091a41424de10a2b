"""One attempt at refutation: it finds out what kind of statement it is, and which search makes the verdict."""

from __future__ import annotations

from typing import Any

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from verify.testing.laws import FALSE_LAWS, LAWS, Law
from verify.testing.refuter.candidates import more_architectures, named_architectures, small_architectures
from verify.testing.refuter.conjecture_search import Search
from verify.testing.refuter.conjectures import Conjecture, Units, conjecture_of
from verify.testing.refuter.law_search import refute_law
from verify.testing.refuter.options import Options
from verify.testing.refuter.verdict import Kind, Verdict
from verify.testing.refuter.worker import Worker


def attempt(statement: Any, kind: str | None, options: Options) -> Verdict:
    """See :func:`verify.refute`."""
    clock = options.clock()
    named = {**LAWS, **FALSE_LAWS}
    law = statement if isinstance(statement, Law) else named.get(statement) if isinstance(statement, str) else None
    if law is not None:
        if kind is not None or options.where is not None or options.architectures is not None:
            raise InvalidInputError(f"{law.name} is a law: it takes no kind, no condition and no architectures")
        return refute_law(law, clock, options)
    conjecture = conjecture_of(statement).where(options.where)
    role = _role(conjecture, statement, kind)
    units: Units = options.units or conjecture.units  # type: ignore[assignment]
    architectures = _architectures(conjecture, units, options)
    wanted: Any = "truth" if conjecture.is_statement else "integer"
    with Worker(conjecture.function, seconds=float(options.patience), wanted=wanted) as worker:
        if worker.failure:
            raise InvalidInputError(f"{conjecture.text}: {worker.failure}")
        search = Search(conjecture, role, worker, clock, options)
        found = search.run(architectures, more_architectures(units) if options.architectures is None else ())
    tried, troubles = search.tried, search.troubles
    if found is None and not troubles and tried.silent == tried.architectures:
        raise InvalidInputError(
            f"{conjecture.text} says nothing about any of the {tried.architectures} architectures that were reached; "
            "name the right ones with architectures or units"
        )
    outcome: Any = "refuted" if found else "not judged" if troubles else "survived"
    return Verdict(conjecture.text, role, outcome, found, tuple(troubles), tried, options.seed, clock.elapsed)


def _role(conjecture: Conjecture, statement: Any, kind: str | None) -> Kind:
    if conjecture.is_statement:
        if kind is not None:
            raise InvalidInputError(f"{conjecture.text} is true or false by itself; leave the kind {kind} out")
        return "statement"
    role = kind or {"upper": "upper", "lower": "lower", "exact": "equal"}.get(getattr(statement, "kind", ""))
    if role is None:
        raise InvalidInputError(f"{conjecture.text} is a number: say what it bounds, with kind upper, lower or equal")
    if role not in ("upper", "lower", "equal"):
        raise InvalidInputError(f"unknown kind {role!r}; choose upper, lower or equal")
    return role  # type: ignore[return-value]


def _architectures(conjecture: Conjecture, units: Units, options: Options) -> list[Architecture]:
    if options.architectures is None:
        return small_architectures(units, statement=conjecture.is_statement)
    return named_architectures(options.architectures, units)
