"""Laws: what holds for every network, every architecture and every arrangement, ready to be tested.

>>> from verify.testing.laws import LAWS
>>> law = LAWS["deletion_restriction"]
>>> law.statement
'r(A) = r(A − H) + r(A restricted to H) for every hyperplane H of an arrangement A.'
>>> law.check(examples=20).holds
True

Two lines of pytest test all of them, and two more test another counter against them::

    from verify.testing.laws import as_tests
    test_laws = as_tests(examples=200)

    from my_counter import my_count                      # (network, domain) → int
    test_my_count = as_tests(counter=my_count)

``as_tests("deletion_restriction", "tiling")`` takes only some.  :data:`FALSE_LAWS` holds statements that look like laws
and are false; the refuter finds a counterexample to each.

Modules: :mod:`~verify.testing.laws.invariance`, :mod:`~verify.testing.laws.bounds`,
:mod:`~verify.testing.laws.geometry`, :mod:`~verify.testing.laws.growth`, :mod:`~verify.testing.laws.definitions` and
:mod:`~verify.testing.laws.orderings` hold the laws, :mod:`~verify.testing.laws.false_laws` the false statements.
"""

from verify.testing.laws.catalog import LAWS, as_tests, chosen
from verify.testing.laws.false_laws import FALSE_LAWS
from verify.testing.laws.law import Counter, Failure, Finding, Law, LawReport

__all__ = ["FALSE_LAWS", "LAWS", "Counter", "Failure", "Finding", "Law", "LawReport", "as_tests", "chosen"]
