"""What a law is: a statement that can fail, a strategy for examples, and a predicate of one example.

A predicate is given an example, mostly of :func:`placed`, and a *counter*, by default :func:`verify.count`.
"""

from __future__ import annotations

import functools
import inspect
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from theory.errors import LinregionsError
from theory.exact import integer
from theory.network import Network
from theory.sources import Source
from verify.counting.region_count import count
from verify.domain.shapes import Domain
from verify.testing.strategies import boxes, degenerate_networks, networks, polytopes, problems, relu_networks

Counter = Callable[[Network, Domain], int]
"""The number of full-dimensional activation regions of a network on a domain."""

_QUIET = settings(
    database=None,
    deadline=None,
    derandomize=False,
    print_blob=False,
    report_multiple_bugs=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def examples_and_seed(
    examples: int, seed: int | None, *, environment: Mapping[str, str] = os.environ
) -> tuple[int, int]:
    """How many examples a test draws, and from which seed: deterministic by default, random when asked.

    The variable LINREGIONS_EXAMPLES replaces the test's own number and LINREGIONS_SEED the seed 0; a seed given by the
    test stays.  One that is no integer, or fewer than 1 examples, raise InvalidInputError.

    >>> examples_and_seed(200, None, environment={"LINREGIONS_EXAMPLES": "50000"})
    (50000, 0)
    """
    number = integer(environment.get("LINREGIONS_EXAMPLES", examples), place="LINREGIONS_EXAMPLES", minimum=1)
    if seed is None:
        seed = integer(environment.get("LINREGIONS_SEED", 0), place="LINREGIONS_SEED")
    return number, integer(seed, place="seed")


def exact_count(network: Network, domain: Domain) -> int:
    """The counter of this package."""
    return int(count(network, domain))


class Finding(NamedTuple):
    """The result of a predicate: whether the law holds there, and what was compared, in words with numbers.

    If not ``applies``, the law says nothing about the example, which then does not count.
    """

    holds: bool
    what: str
    applies: bool = True

    @classmethod
    def silent(cls, why: str) -> Finding:
        """The law says nothing about this example."""
        return cls(True, why, applies=False)


@dataclass(frozen=True)
class Failure:
    """The smallest example found at which a law does not hold; what was compared there, or the error raised."""

    example: Any
    what: str


@dataclass(frozen=True)
class LawReport:
    """What a check of one law found; ``examples`` counts those that the law applies to, shrinking included."""

    law: Law
    examples: int
    seed: int
    failure: Failure | None
    seconds: float = field(compare=False)

    @property
    def holds(self) -> bool:
        """Whether no example broke the law."""
        return self.failure is None

    def __str__(self) -> str:
        if self.failure is None:
            return f"{self.law.name} held for {self.examples} examples (seed {self.seed})"
        return (
            f"{self.law.name} is broken (seed {self.seed}): {self.law.statement}\n"
            f"  example: {self.failure.example!r}\n  found:   {self.failure.what}"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Law:
    """A statement about all networks, all architectures or all arrangements.

    The ``statement`` is one sentence that can be false; the ``source`` says where it is stated or proved.  It is
    ``about`` ``"networks"``, ``"architectures"``, ``"arrangements"`` or ``"constructions"``: so are its examples, drawn
    from what ``make_strategy`` returns, which is called once.  Unless it ``counts``, it calls no counter.
    """

    name: str
    statement: str
    source: Source
    about: str
    make_strategy: Callable[[], SearchStrategy[Any]]
    predicate: Callable[[Any, Counter], Finding]
    counts: bool = True

    @functools.cached_property
    def strategy(self) -> SearchStrategy[Any]:
        """The hypothesis strategy that examples are drawn from; it shrinks."""
        return self.make_strategy()

    def check(
        self,
        *,
        examples: int = 100,
        seed: int = 0,
        counter: Counter = exact_count,
        expired: Callable[[], bool] | None = None,
    ) -> LawReport:
        """Look for an example that breaks the law; the same seed looks at the same examples.

        At most ``examples`` are tried, and once ``expired`` returns True there are no more.  An error that the counter
        raises is a failure, too.  Raises InvalidInputError if ``examples`` or ``seed`` is no integer, or fewer than 1.
        """
        began, looked = time.perf_counter(), 0
        broken: Failure | None = None

        @seeded(integer(seed, place="seed"))
        @settings(_QUIET, max_examples=integer(examples, place="examples", minimum=1))
        @given(self.strategy)
        def search(example: Any) -> None:
            nonlocal looked, broken
            if expired is not None and expired():
                return
            finding = self.look(example, counter)
            looked += finding.applies
            if not finding.holds:
                broken = Failure(example, finding.what)
                raise AssertionError

        try:
            search()
        except BaseException as error:
            if broken is None or isinstance(error, KeyboardInterrupt):
                raise
        return LawReport(self, looked, seed, broken, time.perf_counter() - began)

    def look(self, example: Any, counter: Counter = exact_count) -> Finding:
        """Whether the law holds for one example; an error on the way is a finding, too."""
        try:
            return self.predicate(example, counter)
        except (LinregionsError, ArithmeticError, LookupError, TypeError, ValueError, AssertionError) as error:
            return Finding(False, f"{type(error).__name__}: {error}")

    def __repr__(self) -> str:
        return f"<law {self.name}: {self.statement}>"


def law(
    source: Source, strategy: Callable[[], SearchStrategy[Any]], *, about: str = "networks", counts: bool = True
) -> Callable[[Any], Law]:
    """Make a law of a predicate: it has the name of the function, and the docstring is the statement."""

    def made(predicate: Any) -> Law:
        statement = " ".join((inspect.getdoc(predicate) or "").split())
        counting = counts and about != "architectures"
        return Law(predicate.__name__, statement, source, about, strategy, predicate, counting)

    return made


Placed = tuple[Network, Domain]

# the degeneracies that leave numerators and denominators short
_OF_SHORT_NUMBERS = ("repeated", "opposite", "parallel", "concurrent", "through_a_flat", "touching", "dead", "constant")


def placed(*, max_inputs: int = 3, max_units: int = 5, bounded: bool = False) -> SearchStrategy[Any]:
    """(network, domain): units of every kind, degenerate ones included."""
    sizes: Any = {"max_inputs": max_inputs, "max_units": max_units}
    subjects = st.one_of(networks(**sizes), degenerate_networks(**sizes))
    if not bounded:
        return problems(network=subjects)
    return subjects.flatmap(lambda net: st.tuples(st.just(net), _bounded_domains(net.inputs)))


@functools.cache
def _bounded_domains(dimension: int) -> SearchStrategy[Any]:
    return st.one_of(boxes(dimension=dimension), polytopes(dimension=dimension, bounded=True))


def placed_relu(*, max_inputs: int = 3, max_units: int = 6) -> SearchStrategy[Any]:
    """(ReLU network, domain), degenerate ones included."""
    sizes: Any = {"max_inputs": max_inputs, "max_units": max_units}
    degenerate = degenerate_networks(**sizes, kinds=["relu"], degeneracies=_OF_SHORT_NUMBERS)
    return problems(network=st.one_of(relu_networks(**sizes), degenerate))
