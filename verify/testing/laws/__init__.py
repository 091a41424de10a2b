"""Laws: what holds for every network, every architecture and every arrangement, ready to be tested.

>>> from verify.testing.laws import LAWS
>>> law = LAWS["deletion_restriction"]
>>> law.statement
'r(A) = r(A − H) + r(A restricted to H) for every hyperplane H of an arrangement A.'
>>> law.check(examples=20).holds
True

Two lines test all of them from your own pytest, and two more test a counter of yours against them::

    from verify.testing.laws import as_tests
    test_laws = as_tests(examples=200)

    from my_counter import my_count                      # (network, domain) → int
    test_my_count = as_tests(counter=my_count)

``as_tests("deletion_restriction", "tiling")`` takes only some.  Statements that look like laws and are false are kept
in :data:`PITFALLS`, where the refuter finds a counterexample to each.

Rooms: :mod:`~verify.testing.laws.invariance`, :mod:`~verify.testing.laws.bounds`, :mod:`~verify.testing.laws.geometry`,
:mod:`~verify.testing.laws.growth`, :mod:`~verify.testing.laws.definitions`, :mod:`~verify.testing.laws.orderings`,
:mod:`~verify.testing.laws.pitfalls`.
"""

from verify.testing.laws.catalog import LAWS, PITFALLS, as_tests, chosen
from verify.testing.laws.law import Counter, Failure, Finding, Law, LawReport

__all__ = ["LAWS", "PITFALLS", "Counter", "Failure", "Finding", "Law", "LawReport", "as_tests", "chosen"]
