"""The refuter: from a conjecture about linear regions to the smallest counterexample it finds, or to what it tried.

>>> from verify import refute
>>> verdict = refute("serra2018 <= montufar2017 - 1", budget=20)
>>> verdict.refuted, verdict.counterexample.architecture, verdict.counterexample.values
(True, Architecture.relu(1, 1), '2 <= 1')

In a pytest file, in two lines (docs/ci-recipe.md)::

    from verify.testing.refuter import as_test
    test_my_bound = as_test("my_bounds:my_bound", "upper")

:mod:`~verify.testing.refuter.expressions` defines the language of conjectures, which
:mod:`~verify.testing.refuter.worker` evaluates within limits; :mod:`~verify.testing.refuter.conjecture_search` searches
the networks of :mod:`~verify.testing.refuter.candidates`; :mod:`~verify.testing.refuter.evidence` writes what it finds.
"""

from verify.testing.refuter.expressions import Expression
from verify.testing.refuter.refutation import DEFAULT_FOLDER, as_test, refute

__all__ = ["DEFAULT_FOLDER", "Expression", "as_test", "refute"]
