"""The refuter: from a conjecture about linear regions to the smallest counterexample it finds, or to what it tried.

>>> from verify import refute
>>> verdict = refute("serra2018 <= montufar2017 - 1", budget=20)
>>> verdict.refuted, verdict.counterexample.architecture, verdict.counterexample.values
(True, Architecture.relu(1, 1), '2 <= 1')

:func:`as_test` makes a test of a conjecture; docs/ci-recipe.md has an example, and the language of expressions.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.exact import integer
from verify.maxima.search import Clock
from verify.testing.laws import FALSE_LAWS, LAWS, Law
from verify.testing.laws.law import examples_and_seed
from verify.testing.refuter import conjecture_search
from verify.testing.refuter.expressions import Conjecture, Expression, conjecture_of
from verify.testing.refuter.verdict import Kind, Tried, Verdict, by_example
from verify.testing.refuter.worker import Worker

__all__ = ["DEFAULT_FOLDER", "Expression", "as_test", "refute"]

DEFAULT_FOLDER = "linregions-refuted"
"""Where counterexamples are written, below the current folder; created only when there is one."""

_BATCH = 250  # examples of a law, for one seed


def refute(
    statement: Any,
    kind: str | None = None,
    *,
    budget: float | None = None,
    examples: int | None = None,
    units: str | None = None,
    architectures: Iterable[Architecture | str] | None = None,
    where: str | Callable[[Architecture], Any] | None = None,
    seed: int = 0,
    patience: float = 5.0,
    keep_going: bool = False,
    audit: bool = False,
    folder: str | os.PathLike[str] = DEFAULT_FOLDER,
) -> Verdict:
    """Look for a counterexample to a conjecture about the number of linear regions.

    The ``statement`` is a function of an :class:`~theory.Architecture` that returns an int; ``"MODULE:FUNCTION"``; an
    expression such as ``"prod(n)"`` or ``"serra2018_maxout <= k**N"`` (docs/ci-recipe.md); a bound of the catalog; or a
    law or its name.  A number claims to be, by its ``kind``, an ``"upper"`` bound for every network, a ``"lower"``
    bound on the maximum, or ``"equal"`` to it; others need no kind.  It is about ``units``, ``"relu"`` or ``"maxout"``,
    by default maxout if the statement names the rank; with ``architectures`` about these only, and with ``where``, an
    expression or a function, where that is true.

    The search ends after ``budget`` seconds of wall time, 60 if ``examples`` is not given either, and after so many
    ``examples``, which are networks or examples of a law; without a budget the result depends on the ``seed`` alone.
    The function may take ``patience`` seconds for one architecture.  With ``keep_going`` the search goes on after an
    architecture at which the function returns no non-negative integer; with ``audit`` it is made, too, where a proven
    bound already rules a counterexample out.  Counterexamples are written into the ``folder``.

    The :class:`~verify.testing.refuter.verdict.Verdict` is ``survived`` with what was tried, ``refuted`` with a
    counterexample, or ``not judged`` with the troubles.  The statement is evaluated in a worker process that is killed
    when it takes too long, so neither an endless loop nor a crash ends the search, and the budget holds.  Raises
    InvalidInputError if the statement cannot be read or loaded, or says nothing about any architecture.

    >>> import tempfile
    >>> verdict = refute("prod(n)", "upper", examples=200, folder=tempfile.mkdtemp())
    >>> verdict.counterexample.architecture, verdict.counterexample.claimed, verdict.counterexample.count
    (Architecture.relu(1, 1), 1, 2)
    """
    place, seed = Path(folder), integer(seed, place="seed")
    number = None if examples is None else integer(examples, place="examples", minimum=1)
    for name, value in (("patience", patience), ("budget", budget)):
        if value is not None and (not isinstance(value, int | float) or isinstance(value, bool) or not value > 0):
            raise InvalidInputError(f"{name}: {value!r} is no positive number of seconds")
    if units not in (None, "relu", "maxout"):
        raise InvalidInputError(f"units: {units!r} is unknown; choose relu or maxout")
    clock = Clock(60.0 if budget is None and number is None else budget, number)
    named = {**LAWS, **FALSE_LAWS}
    law = statement if isinstance(statement, Law) else named.get(statement) if isinstance(statement, str) else None
    if law is not None:
        if kind is not None or where is not None or architectures is not None:
            raise InvalidInputError(f"{law.name} is a law: it takes no kind, no condition and no architectures")
        return _of_law(law, clock, seed, place)
    conjecture = conjecture_of(statement).where(where)
    role = _role(conjecture, statement, kind)
    of: Any = units or conjecture.units
    if architectures is None:
        listed = conjecture_search.small_architectures(of, statement=conjecture.is_statement)
        further = conjecture_search.more_architectures(of)
    else:
        listed, further = conjecture_search.named_architectures(architectures, of), iter(())
    with Worker(conjecture, seconds=float(patience)) as worker:
        if worker.failure:
            raise InvalidInputError(f"{conjecture.text}: {worker.failure}")
        options = keep_going, audit, architectures is not None
        search = conjecture_search.Search(conjecture, role, worker, clock, seed, place, *options)
        found = search.run(listed, further)
    tried, troubles = search.tried, search.troubles
    if found is None and not troubles and tried.silent == tried.architectures:
        raise InvalidInputError(
            f"{conjecture.text} says nothing about any of the {tried.architectures} architectures that were reached; "
            "name the right ones with architectures or units"
        )
    outcome: Any = "refuted" if found else "not judged" if troubles else "survived"
    return Verdict(conjecture.text, role, outcome, found, tuple(troubles), tried, seed, clock.elapsed)


def _of_law(law: Law, clock: Clock, seed: int, folder: Path) -> Verdict:
    tried, failure, at = Tried(), None, seed
    while failure is None and not clock.expired:
        batch = int(min(_BATCH, clock.networks))
        report = law.check(examples=batch, seed=at, expired=lambda: clock.remaining == 0.0)
        clock.networks -= batch
        tried.examples += report.examples
        failure, at = report.failure, at + 1
    found = None if failure is None else by_example(law, failure.example, folder)
    outcome: Any = "survived" if found is None else "refuted"
    return Verdict(law.statement, "law", outcome, found, (), tried, seed, clock.elapsed)


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


def as_test(
    statement: Any, kind: str | None = None, *, examples: int = 500, seed: int | None = None, **options: Any
) -> Callable[[], None]:
    """A test that asserts that a conjecture survives; assign it to a name that starts with ``test_``.

    The arguments are those of :func:`verify.refute`.  The variable LINREGIONS_EXAMPLES of the environment overrides
    ``examples``, the number of networks to count; the seed is by default LINREGIONS_SEED, otherwise 0: deterministic.

    >>> test_mine = as_test("prod(Z(m, n0) for m in n)", "upper", examples=50)
    >>> test_mine()
    """

    def test_conjecture() -> None:
        number, chosen = examples_and_seed(examples, seed)
        verdict = refute(statement, kind, examples=number, seed=chosen, **options)
        assert verdict.outcome == "survived", str(verdict)

    return test_conjecture
