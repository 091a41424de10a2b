"""One attempt at refutation: what kind of statement it is, which search runs, and the verdict."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.sources import HERE
from verify.maxima.climbing import Clock
from verify.testing.laws import FALSE_LAWS, LAWS, Finding, Law
from verify.testing.refuter import evidence
from verify.testing.refuter.bound_search import BoundSearch, StoppedError
from verify.testing.refuter.candidates import named_architectures, small_architectures
from verify.testing.refuter.conjectures import Conjecture, Units, conjecture_of
from verify.testing.refuter.law_search import refute_law
from verify.testing.refuter.options import Options
from verify.testing.refuter.verdict import Counterexample, Kind, Tried, Verdict
from verify.testing.refuter.worker import Trouble, Worker

__all__ = ["attempt"]


def attempt(statement: Any, kind: str | None, options: Options) -> Verdict:
    """See :func:`verify.refute`."""
    clock = options.clock()
    law = _law(statement, kind, options.strategy)
    if law is not None:
        if kind not in (None, "law") or options.where is not None or options.architectures is not None:
            raise InvalidInputError(f"{law.name} is a law: it takes no kind, no condition and no architectures")
        return refute_law(law, clock, options)
    conjecture = conjecture_of(statement).where(options.where)
    architectures = _architectures(conjecture, options)
    found: Counterexample | None
    tried = Tried()
    wanted: Any = "truth" if conjecture.is_statement else "integer"
    with Worker(conjecture.function, seconds=float(options.patience), wanted=wanted) as worker:
        if worker.failure:
            raise InvalidInputError(f"{conjecture.text}: {worker.failure}")
        if conjecture.is_statement:
            if kind is not None:
                raise InvalidInputError(f"{conjecture.text} is true or false by itself; leave the kind {kind} out")
            role: Kind = "statement"
            found, troubles = _statement(conjecture, architectures, worker, clock, tried, options.keep_going)
        else:
            role = _role(conjecture, statement, kind)
            search = BoundSearch(conjecture, role, worker, clock, tried, options)
            try:
                found = search.run(architectures)
            except StoppedError:
                found = None
            troubles = search.troubles
    if found is None and not troubles and tried.silent == tried.architectures:
        raise InvalidInputError(
            f"{conjecture.text} says nothing about any of the {tried.architectures} architectures that were reached; "
            "name the right ones with architectures or units"
        )
    outcome: Any = "refuted" if found else "not judged" if troubles else "survived"
    return Verdict(conjecture.text, role, outcome, found, tuple(troubles), tried, options.seed, clock.elapsed)


def _law(statement: Any, kind: str | None, strategy: Any) -> Law | None:
    if isinstance(statement, Law):
        return statement
    if isinstance(statement, str) and statement in {**LAWS, **FALSE_LAWS}:
        return {**LAWS, **FALSE_LAWS}[statement]
    if kind != "law" and strategy is None:
        return None
    if not callable(statement) or not isinstance(strategy, st.SearchStrategy):
        raise InvalidInputError("a law of your own is a function of an example and strategy=, which draws the examples")

    def predicate(example: Any, _count: Any) -> Finding:
        return Finding(bool(statement(example)), f"it does not hold for {example!r}")

    name = getattr(statement, "__name__", "law")
    return Law(name, f"{name} holds for every example.", HERE, "examples", lambda: strategy, predicate, counts=False)


def _role(conjecture: Conjecture, statement: Any, kind: str | None) -> Kind:
    role = kind or {"upper": "upper", "lower": "lower", "exact": "equal"}.get(getattr(statement, "kind", ""))
    if role is None:
        raise InvalidInputError(f"{conjecture.text} is a number: say what it bounds, with kind upper, lower or equal")
    if role not in ("upper", "lower", "equal"):
        raise InvalidInputError(f"unknown kind {role!r}; choose upper, lower or equal")
    return role  # type: ignore[return-value]


def _architectures(conjecture: Conjecture, options: Options) -> list[Architecture]:
    units: Units = options.units or conjecture.units  # type: ignore[assignment]
    if options.architectures is None:
        return small_architectures(units, statement=conjecture.is_statement)
    return named_architectures(options.architectures, units)


def _statement(
    conjecture: Conjecture,
    architectures: list[Architecture],
    worker: Worker,
    clock: Clock,
    tried: Tried,
    keep_going: bool,
) -> tuple[Counterexample | None, list[Trouble]]:
    """The first architecture at which a statement is false, and those at which it could not be judged."""
    troubles: list[Trouble] = []
    for arch in architectures:
        if clock.expired or (troubles and not keep_going):
            break
        answer = worker.ask(arch, remaining=clock.remaining)
        tried.architectures += 1
        if answer.trouble:
            troubles.append(Trouble(arch, answer.trouble))
        elif answer.silent:
            tried.silent += 1
        else:
            tried.largest = arch
            if answer.value is False:
                return evidence.by_architecture(conjecture, arch), troubles
    return None, troubles
