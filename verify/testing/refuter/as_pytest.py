"""A conjecture as a pytest test, which fails when the refuter finds a counterexample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from verify.testing.refuter import refute
from verify.testing.settings import examples_and_seed

__all__ = ["as_test"]


def as_test(
    statement: Any, kind: str | None = None, *, examples: int = 500, seed: int | None = None, **options: Any
) -> Callable[[], None]:
    """A test that asserts that a conjecture survives; assign it to a name that starts with ``test_``.

    Parameters
    ----------
    statement, kind, **options
        As for :func:`verify.refute`.
    examples : int
        Networks to count; the variable LINREGIONS_EXAMPLES of the environment overrides it.
    seed : int, optional
        By default LINREGIONS_SEED, otherwise 0: deterministic.

    Examples
    --------
    >>> test_mine = as_test("prod(Z(m, n0) for m in n)", "upper", examples=50)
    >>> test_mine()
    """

    def test_conjecture() -> None:
        number, chosen = examples_and_seed(examples, seed)
        verdict = refute(statement, kind, examples=number, seed=chosen, **options)
        assert verdict.outcome == "survived", str(verdict)

    return test_conjecture
