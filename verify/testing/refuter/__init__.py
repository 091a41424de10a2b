"""The refuter: from a conjecture about linear regions to the smallest counterexample it finds, or to what it tried.

>>> from verify import refute
>>> verdict = refute("serra2018 <= montufar2017 - 1", budget=20)
>>> verdict.refuted, verdict.counterexample.architecture, verdict.counterexample.values
(True, Architecture.relu(1, 1), '2 <= 1')

In a pytest file, in two lines (docs/ci-recipe.md)::

    from verify.testing.refuter import as_test
    test_my_bound = as_test("my_bounds:my_bound", "upper")

Modules: :mod:`~verify.testing.refuter.conjectures` and :mod:`~verify.testing.refuter.expressions` read statements,
:mod:`~verify.testing.refuter.worker` evaluates them within limits on time and memory,
:mod:`~verify.testing.refuter.candidates` lists what is tried, :mod:`~verify.testing.refuter.conjecture_search` and
:mod:`~verify.testing.refuter.law_search` search, :mod:`~verify.testing.refuter.evidence` writes the counterexample down
and :mod:`~verify.testing.refuter.verdict` reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from theory.architecture import Architecture
    from verify.testing.refuter.expressions import Expression
    from verify.testing.refuter.verdict import Verdict

__all__ = ["DEFAULT_FOLDER", "Expression", "as_test", "refute"]

DEFAULT_FOLDER = "linregions-refuted"
"""Where counterexamples are written, below the current folder; created only when there is one."""


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

    Raises InvalidInputError if the statement cannot be read or loaded, or says nothing about any architecture.

    Parameters
    ----------
    statement : callable, str, int, Bound or Law
        A function of an :class:`~theory.Architecture` that returns an int; ``"MODULE:FUNCTION"``; an expression such as
        ``"prod(n)"`` or ``"serra2018_maxout <= k**N"`` (:mod:`verify.testing.refuter.expressions`); a bound of the
        catalog; a law or the name of one.
    kind : {"upper", "lower", "equal"}, optional
        What a number claims to be: an upper bound for every network, a lower bound on the maximum, the maximum.
        Statements, bounds of the catalog and laws need none.
    budget : float, optional
        Seconds of wall time; 60 if ``examples`` is not given either.
    examples : int, optional
        Networks (for a law: examples) to look at.  Without a budget the result depends on the seed alone.
    units : {"relu", "maxout"}, optional
        The units of the architectures; by default maxout if the statement names the rank, otherwise ReLU.
    architectures : iterable of Architecture or str, optional
        Only these.
    where : str or callable, optional
        A side condition: the statement is about architectures that satisfy it.
    seed : int
    patience : float
        Seconds that the function may take for one architecture.
    keep_going : bool
        Go on after an architecture at which the function returns no non-negative integer.
    audit : bool
        Also search where a proven bound already rules a counterexample out.
    folder : path
        Where counterexamples are written.

    Returns
    -------
    Verdict
        ``survived`` with what was tried, ``refuted`` with a counterexample, or ``not judged`` with the troubles.

    Notes
    -----
    The statement is evaluated in a worker process that is killed when it takes too long, so neither an endless loop nor
    a crash ends the search, and the budget holds.  The search itself checks the time while it counts.

    Examples
    --------
    >>> import tempfile
    >>> verdict = refute("prod(n)", "upper", examples=200, folder=tempfile.mkdtemp())
    >>> verdict.counterexample.architecture, verdict.counterexample.claimed, verdict.counterexample.count
    (Architecture.relu(1, 1), 1, 2)
    """
    from verify.testing.refuter.dispatch import attempt
    from verify.testing.refuter.options import Options

    options = Options(
        budget=budget,
        examples=examples,
        units=units,
        architectures=architectures,
        where=where,
        seed=seed,
        patience=patience,
        keep_going=keep_going,
        audit=audit,
        folder=Path(folder),
    )
    return attempt(statement, kind, options)


def as_test(
    statement: Any, kind: str | None = None, *, examples: int = 500, seed: int | None = None, **options: Any
) -> Callable[[], None]:
    """A test that asserts that a conjecture survives; assign it to a name that starts with ``test_``.

    The arguments are those of :func:`verify.refute`.  The variable LINREGIONS_EXAMPLES of the environment overrides
    ``examples``, the number of networks to count; the seed is by default LINREGIONS_SEED, otherwise 0: deterministic.

    >>> test_mine = as_test("prod(Z(m, n0) for m in n)", "upper", examples=50)
    >>> test_mine()
    """

    from verify.testing.settings import examples_and_seed

    def test_conjecture() -> None:
        number, chosen = examples_and_seed(examples, seed)
        verdict = refute(statement, kind, examples=number, seed=chosen, **options)
        assert verdict.outcome == "survived", str(verdict)

    return test_conjecture


def __getattr__(name: str) -> Any:
    """``Expression`` is loaded when it is first used, for it loads the catalog of bounds."""
    if name == "Expression":
        from verify.testing.refuter.expressions import Expression

        return Expression
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
