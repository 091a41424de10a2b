"""The refuter: from a conjecture about linear regions to the smallest counterexample it finds, or to what it tried.

>>> from verify import refute
>>> verdict = refute("serra2018 <= montufar2017 - 1", budget=20)
>>> verdict.refuted, verdict.counterexample.architecture, verdict.counterexample.values
(True, Architecture.relu(1, 1), '2 <= 1')

In a pytest file, in two lines (docs/ci-recipe.md)::

    from verify.testing.refuter import as_test
    test_my_bound = as_test("my_bounds:my_bound", "upper")

The language of statements is that of :mod:`~verify.testing.refuter.expressions`, and
:mod:`~verify.testing.refuter.conjecture_search` says what is tried.
"""

from verify.testing.refuter.expressions import Expression
from verify.testing.refuter.refutation import DEFAULT_FOLDER, as_test, refute

__all__ = ["DEFAULT_FOLDER", "Expression", "as_test", "refute"]
