"""The front door of the refuter: what a statement is, who attacks it, and what the verdict says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.exact import integer
from theory.sources import HERE
from verify.testing.laws import FALSE_LAWS, LAWS, Finding, Law
from verify.testing.refuter import evidence
from verify.testing.refuter.bounds import BoundSearch, StoppedError
from verify.testing.refuter.candidates import architectures as all_of_them
from verify.testing.refuter.candidates import given
from verify.testing.refuter.claims import Claim, Units, claim_of, restricted
from verify.testing.refuter.law_search import refute_law
from verify.testing.refuter.networks import Clock
from verify.testing.refuter.verdict import Counterexample, Kind, Tried, Verdict
from verify.testing.refuter.worker import Trouble, Worker

__all__ = ["attack"]

_KINDS = ("upper", "lower", "equal")


def attack(
    statement: Any,
    kind: str | None,
    *,
    budget: float | None,
    examples: int | None,
    units: str | None,
    architectures: Iterable[Architecture | str] | None,
    where: str | Callable[[Architecture], Any] | None,
    strategy: Any,
    seed: int,
    patience: float,
    keep_going: bool,
    audit: bool,
    folder: Path,
) -> Verdict:
    """See :func:`verify.testing.refuter.refute`."""
    clock = _clock(budget, examples)
    seed = integer(seed, place="seed")
    if not isinstance(patience, int | float) or isinstance(patience, bool) or not patience > 0:
        raise InvalidInputError(f"patience: {patience!r} is no positive number of seconds")
    if units not in (None, "relu", "maxout"):
        raise InvalidInputError(f"units: {units!r} is unknown; choose relu or maxout")
    law = _law(statement, kind, strategy)
    if law is not None:
        if kind not in (None, "law") or where is not None or architectures is not None:
            raise InvalidInputError(f"{law.name} is a law: it takes no kind, no condition and no architectures")
        return refute_law(law, clock, examples=examples, seed=seed, folder=folder)
    claim = restricted(claim_of(statement), where)
    shapes = _shapes(claim, units, architectures)
    found: Counterexample | None
    tried = Tried()
    wanted: Any = "truth" if claim.truth else "integer"
    with Worker(claim.function, patience=float(patience), wanted=wanted, loads=claim.loads) as worker:
        if worker.failure:
            raise InvalidInputError(f"{claim.text}: {worker.failure}")
        if claim.truth:
            if kind is not None:
                raise InvalidInputError(f"{claim.text} is true or false by itself; leave the kind {kind} out")
            role: Kind = "statement"
            found, troubles, stopped = _statement(claim, shapes, worker, clock, tried, keep_going)
        else:
            role = _role(claim, statement, kind)
            search = BoundSearch(
                claim, role, worker, clock, tried, seed=seed, audit=audit, keep_going=keep_going, folder=folder
            )
            try:
                found, stopped = search.run(shapes), False
            except StoppedError:
                found, stopped = None, True
            troubles = search.troubles
    if found is None and not troubles and tried.silent == tried.architectures:
        raise InvalidInputError(
            f"{claim.text} says nothing about any of the {tried.architectures} architectures that were reached; "
            "name the right ones with architectures or units"
        )
    outcome: Any = "refuted" if found else "not judged" if stopped or troubles else "survived"
    return Verdict(claim.text, role, outcome, found, tried, tuple(troubles), seed, clock.elapsed)


def _clock(budget: float | None, examples: int | None) -> Clock:
    if budget is None and examples is None:
        budget = 60.0
    if budget is not None and (not isinstance(budget, int | float) or isinstance(budget, bool) or not budget > 0):
        raise InvalidInputError(f"budget: {budget!r} is no positive number of seconds")
    if examples is not None:
        examples = integer(examples, place="examples", minimum=1)
    return Clock(None if budget is None else float(budget), examples)


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


def _role(claim: Claim, statement: Any, kind: str | None) -> Kind:
    if kind is None:
        own = {"upper": "upper", "lower": "lower", "exact": "equal"}.get(getattr(statement, "kind", ""))
        if own is None:
            raise InvalidInputError(f"{claim.text} is a number: say what it bounds, with kind upper, lower or equal")
        kind = own
    if kind not in _KINDS:
        raise InvalidInputError(f"unknown kind {kind!r}; choose upper, lower or equal")
    return kind  # type: ignore[return-value]


def _shapes(claim: Claim, units: str | None, listed: Iterable[Architecture | str] | None) -> list[Architecture]:
    of: Units = units or claim.units  # type: ignore[assignment]
    return all_of_them(of, statement=claim.truth) if listed is None else given(listed, of)


def _statement(
    claim: Claim, shapes: list[Architecture], worker: Worker, clock: Clock, tried: Tried, keep_going: bool
) -> tuple[Counterexample | None, list[Trouble], bool]:
    """The first architecture at which a statement is false."""
    troubles: list[Trouble] = []
    for arch in shapes:
        if clock.expired:
            break
        answer = worker.ask(arch, remaining=clock.remaining)
        tried.architectures += 1
        if answer.trouble:
            troubles.append(Trouble(arch, answer.trouble))
            if not keep_going:
                return None, troubles, True
        elif answer.silent:
            tried.silent += 1
        else:
            tried.largest = arch
            if answer.value is False:
                return evidence.by_architecture(claim, arch), troubles, False
    return None, troubles, False
