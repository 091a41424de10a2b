"""Self-checks: a count tested against facts that do not depend on how it was obtained.

The checks ``listing``, ``volume``, ``walls``, ``euler`` and ``line`` are those of :mod:`verify.checks.invariants`.  The
count must not change under ``rescaling``, ``permutation``, ``duplication`` and an ``affine map``, the changes of
:mod:`verify.checks.symmetries`.  Other ``engines`` must list the same patterns; the fast ones are not asked about small
problems.  Everything is decided in integers and rationals.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import Row, integer
from theory.network import Network, Pattern
from verify import engines
from verify.checks import invariants
from verify.checks.invariants import Check, Evidence, not_applicable, verdict
from verify.checks.symmetries import duplicated, moved, permuted, rescaled
from verify.counting.region_count import RegionCount, count
from verify.domain.shapes import Box, Domain, Polytope, WholeSpace
from verify.engines.problem import Problem, domain_of
from verify.engines.selection import FAST_ENGINES
from verify.slices.planes import across


@dataclass(frozen=True, repr=False)
class SelfCheck:
    """The report of :func:`self_check`; ``seconds`` is the wall time, the count included."""

    count: RegionCount
    checks: tuple[Check, ...]
    seed: int
    seconds: float = field(compare=False)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that were made and failed."""
        return tuple(check for check in self.checks if check.failed)

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.failures

    def __getitem__(self, name: str) -> Check:
        for check in self.checks:
            if check.name == name:
                return check
        raise InvalidInputError(f"no check is called {name!r}; there are {', '.join(c.name for c in self.checks)}")

    @property
    def summary(self) -> str:
        """How many checks passed, failed and were not applicable."""
        outcomes = Counter(check.outcome for check in self.checks)
        return ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())

    def __repr__(self) -> str:
        heading = f"self-check of {repr(self.count).strip('<>')}: {self.summary}"
        return "\n  ".join([heading, *map(str, self.checks)])


def self_check(
    network: Network, domain: Domain | None = None, *, engine: str = "auto", seed: int = 0, limit: int = 5000
) -> SelfCheck:
    """The count of the regions of ``network`` on ``domain``, checked against ten invariants.

    What a check finds is reported, never raised; what :func:`verify.counting.region_count.count` raises is raised here.

    ``engine`` is the one under test; the line and the changes of the network are drawn from ``seed``.  Checks that look
    at every cell are left out if there are more than ``limit`` regions, on the line or in all, and those of faces and
    volumes in more than three dimensions.  It takes about as long as eight counts, and some milliseconds for each cell.

    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> report = self_check(cross, Box([-1, -1], [1, 2]))
    >>> report.passed, report["volume"].numbers["sum"]
    (True, Fraction(6, 1))
    >>> print(report["euler"])
    euler: passed, alternating sum over the faces of the complex (vertices 9, edges 12, cells 4, sum 1, domain 1)
    """
    began = time.perf_counter()
    seed, limit = integer(seed, place="seed"), integer(limit, place="limit", minimum=1)
    where = domain_of(network, domain)
    result = count(network, where, engine=engine)
    lists = "exact" if result.engine == "images" else result.engine  # counting by images lists nothing
    evidence = Evidence(where, Problem.of(network, where), lists, int(result), limit)
    checks = (
        *(check(evidence) for check in (invariants.listing, invariants.volume, invariants.walls, invariants.euler)),
        invariants.line(evidence, random.Random(seed)),
        *_changes(where.pull_back(network), where.rows, int(result), engine, random.Random(seed)),
        _engines(evidence),
    )
    return SelfCheck(result, checks, seed, time.perf_counter() - began)


def _changes(network: Network, rows: tuple[Row, ...], before: int, engine: str, rng: random.Random) -> Iterator[Check]:
    """The count of networks that must have as many regions."""
    changes: dict[str, tuple[str, Callable[[], tuple[Network, tuple[Row, ...]]]]] = {
        "rescaling": ("units multiplied by positive factors", lambda: (rescaled(network, rng), rows)),
        "permutation": ("units and maxout pieces in another order", lambda: (permuted(network, rng), rows)),
        "duplication": ("one unit doubled", lambda: (duplicated(network, rng), rows)),
        "affine map": ("inputs and domain moved by an affine bijection", lambda: moved(network, rows, rng)),
    }
    for name, (reason, change) in changes.items():
        if name != "affine map" and not any(layer.width for layer in network.hidden):
            yield not_applicable(name, "the network has no hidden unit")
            continue
        changed, walls = change()
        where = Polytope(walls) if walls else WholeSpace(network.inputs)
        try:
            after = int(count(changed, where, engine=engine))
        except UnsupportedError as error:
            yield not_applicable(name, f"the {engine} engine does not serve the changed network: {error}")
            continue
        except InvalidInputError as error:
            yield verdict(name, False, f"the changed network or domain is refused: {error}", {"before": before})
            continue
        yield verdict(name, after == before, reason, {"before": before, "after": after})


def _engines(evidence: Evidence) -> Check:
    """The patterns of the other engines that serve the problem; the fast ones where that adds something."""
    if evidence.too_many:
        return not_applicable("engines", evidence.too_many)
    lists: dict[str, Counter[Pattern]] = {}
    if isinstance(evidence.domain, Box) and evidence.domain.dimension == 2:
        lists["plane subdivision"] = Counter(across(evidence.problem.network, evidence.domain).patterns())
    tiny = evidence.count <= invariants.TINY
    for name in ("exact", "brute", *FAST_ENGINES) if tiny else ("exact", *FAST_ENGINES, "brute"):
        wanted = evidence.asks_fast if name in FAST_ENGINES else tiny or name == "exact"
        if name != evidence.engine and (wanted or not lists):
            try:
                lists[name] = Counter(engines.patterns(evidence.problem, name))
            except UnsupportedError:
                continue
    if not lists:
        return not_applicable("engines", f"no engine but {evidence.engine} serves this problem")
    listed = Counter(evidence.first_patterns)
    wrong = [name for name, patterns in lists.items() if patterns != listed]
    reason = f"patterns differ from those of {', '.join(wrong)}" if wrong else "the same patterns"
    numbers = {evidence.engine: listed.total(), **{name: patterns.total() for name, patterns in lists.items()}}
    return verdict("engines", not wrong, reason, dict(numbers))
