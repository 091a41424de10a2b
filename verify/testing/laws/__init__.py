"""Laws: what holds for every network, every architecture and every arrangement, ready to be tested.

>>> from verify.testing.laws import LAWS
>>> law = LAWS["deletion_restriction"]
>>> law.statement
'r(A) = r(A − H) + r(A restricted to H) for every hyperplane H of an arrangement A.'
>>> law.check(examples=20).holds
True

In a file of pytest ``test_laws = as_tests(examples=200)`` tests all of them, ``as_tests(counter=my_count)`` another
counter against them (docs/ci-recipe.md), ``as_tests("deletion_restriction", "tiling")`` only some.  :data:`FALSE_LAWS`
holds statements that look like laws and are widely believed, but false: the refuter finds a counterexample to each.
"""

from collections.abc import Callable
from typing import Any

from theory.errors import Names, imported
from verify.testing.laws import bounds, counts
from verify.testing.laws.law import Counter, Failure, Finding, Law, LawReport, exact_count, examples_and_seed

__all__ = ["FALSE_LAWS", "LAWS", "Counter", "Failure", "Finding", "Law", "LawReport", "as_tests", "chosen"]

_FALSE = ("any_layer_growth", "all_regions_bounded", "activation_is_linear", "moving_a_unit_back")
_values = [value for module in (bounds, counts) for value in vars(module).values()]
_laws = [law for value in _values for law in (value if isinstance(value, tuple) else (value,)) if isinstance(law, Law)]
LAWS = Names("law", {law.name: law for law in _laws if law.name not in _FALSE})
"""Every law, by name, in the order in which the modules state them, alone or in a tuple."""
FALSE_LAWS = Names("law", {law.name: law for law in _laws if law.name in _FALSE})
"""Statements that look like laws and are false, by name."""


def chosen(names: tuple[str, ...]) -> list[Law]:
    """The laws with these names, all of them if none is given; InvalidInputError for any other name."""
    return [LAWS[name] for name in names] if names else list(LAWS.values())


def as_tests(
    *names: str, examples: int = 100, seed: int | None = None, counter: Counter = exact_count
) -> Callable[[Any], None]:
    """A pytest function, parametrized by law; assign it to a name that starts with ``test_``.

    The ``names`` say which laws, by default all; any other name raises InvalidInputError.  ``examples`` are drawn for
    each law; the variable LINREGIONS_EXAMPLES of the environment overrides the number.  The same ``seed``, which is in
    the message of a failure, draws the same examples; by default it is LINREGIONS_SEED, otherwise 0: deterministic.
    The ``counter`` takes (network, domain) to the number of full-dimensional activation regions; with another one than
    :func:`verify.count` the laws that count nothing are left out by default.
    """
    imported("pytest", "test", "running laws as tests")
    import pytest

    laws = chosen(names)
    if counter is not exact_count and not names:
        laws = [law for law in laws if law.counts]

    @pytest.mark.parametrize("law", laws, ids=[law.name for law in laws])
    def test_law(law: Law) -> None:
        number, chosen_seed = examples_and_seed(examples, seed)
        report = law.check(examples=number, seed=chosen_seed, counter=counter)
        assert report.holds, str(report)

    return test_law
