"""How many regions a network has, as an exact number or a bracket."""

from __future__ import annotations

import html
import operator
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.exact import decimal
from theory.network import Network
from verify.counting.limits import Limits
from verify.domain.shapes import Domain, Polytope
from verify.engines.problem import NoInteriorError, Problem, domain_of
from verify.engines.selection import require_engine
from verify.partitions.definitions import DEFINITIONS, accepts_of, definition_named

if TYPE_CHECKING:
    from distributed import Client

    from verify.counting.long import AnytimeCount
    from verify.counting.serial import SerialCount


def _operation(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method that applies a function of integers to an exact count."""

    def method(self: RegionCount, *others: Any) -> Any:
        if not all(isinstance(other, int | Fraction | float | RegionCount) for other in others):
            return NotImplemented
        return function(int(self), *(int(o) if isinstance(o, RegionCount) else o for o in others))

    return method


def _reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same with the count on the right."""
    return _operation(lambda right, left: function(left, right))


@dataclass(frozen=True, repr=False)
class RegionCount:
    """The result of a count: an interval [lower, upper] that contains the true number, one point when exact.

    An exact result behaves as an int (``int(result)``, ``result == 7``, ``result + 1``, ``range(result)``,
    ``f"{result:,}"``); arithmetic gives plain numbers, and counts are ordered by their numbers.  Two counts are equal
    if they are of the same definition on equal domains, too.  A bracket is not a number and refuses with its two ends.
    """

    lower: int
    """There are no fewer regions, full-dimensional in the domain's parameter space."""
    upper: int
    """There are no more."""
    definition: str
    """What is counted, a name from :data:`verify.partitions.definitions.DEFINITIONS`."""
    domain: Domain
    """Where the regions were counted."""
    architecture: Architecture
    """Of the network that was counted."""
    engine: str
    """The engine that found the number, or ``"parts"`` for a long count."""
    seconds: float = field(compare=False)
    """Wall time of the count, with that of the certificate if both are made in one traversal."""
    statistics: dict[str, Any] = field(default_factory=dict, compare=False)
    """What the engine reports of its work."""
    certificate: str | os.PathLike[str] | None = field(default=None, compare=False)
    """Where the certificate was written, if one was asked for."""

    @property
    def exact(self) -> bool:
        """Whether lower = upper."""
        return self.lower == self.upper

    @property
    def value(self) -> int:
        """The count; an error if only a bracket is known."""
        if not self.exact:
            ends = f"{decimal(self.lower)}, {decimal(self.upper)}"
            raise InvalidInputError(f"only the bracket [{ends}] is known; read lower and upper")
        return self.lower

    def __int__(self) -> int:
        return self.value

    __index__ = __int__

    def __format__(self, form: str) -> str:
        return format(int(self), form) if form else str(self)

    def bit_length(self) -> int:
        """The bits of the count, as of an int."""
        return int(self).bit_length()

    __add__, __radd__ = _operation(operator.add), _reflected(operator.add)
    __sub__, __rsub__ = _operation(operator.sub), _reflected(operator.sub)
    __mul__, __rmul__ = _operation(operator.mul), _reflected(operator.mul)
    __truediv__, __rtruediv__ = _operation(operator.truediv), _reflected(operator.truediv)
    __floordiv__, __rfloordiv__ = _operation(operator.floordiv), _reflected(operator.floordiv)
    __mod__, __rmod__ = _operation(operator.mod), _reflected(operator.mod)
    __divmod__, __rdivmod__ = _operation(divmod), _reflected(divmod)
    __pow__, __rpow__ = _operation(pow), _reflected(pow)
    __lt__, __le__, __gt__, __ge__ = (_operation(f) for f in (operator.lt, operator.le, operator.gt, operator.ge))
    __neg__, __pos__, __abs__, __round__ = (_operation(f) for f in (operator.neg, operator.pos, abs, round))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | Fraction | float):
            return self.exact and self.lower == other
        if isinstance(other, RegionCount):
            return all(getattr(self, k) == getattr(other, k) for k in ("lower", "upper", "definition", "domain"))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.lower) if self.exact else hash((self.lower, self.upper))

    def __repr__(self) -> str:
        noun = DEFINITIONS[self.definition].noun(self.upper)
        if self.exact:
            number = f"{decimal(self.lower)} {noun}"
        else:
            number = f"between {decimal(self.lower)} and {decimal(self.upper)} {noun}"
        return f"<{number} of {self.architecture} on {self.domain}{', exact' if self.exact else ''}>"

    def _repr_html_(self) -> str:
        return re.sub(r"\d+", r"<b>\g<0></b>", html.escape(repr(self).strip("<>")), count=1 if self.exact else 2)


@accepts_of
def count(
    network: Network,
    domain: Domain | None = None,
    *,
    definition: str = "activation",
    engine: str = "auto",
    certificate: str | os.PathLike[str] | None = None,
    budget: float | None = None,
    budget_regions: int | None = None,
    jobs: int = 1,
    executor: Executor | Client | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    memory: int | str | None = None,
    report: Callable[[AnytimeCount], object] | None = None,
) -> RegionCount:
    """The exact number of regions of ``network`` on ``domain``, by default of full-dimensional activation regions.

    Parameters
    ----------
    network : Network
        Any piecewise-linear network; its weights are rationals, so the count is of exactly this function.
    domain : Domain, optional
        Default all of R^{n0}.  Regions are counted that meet the interior of the domain; on a slice (Segment, Line,
        Plane) they are the full-dimensional regions of the restricted network.
    definition : str
        What is a region, see :mod:`verify.partitions.definitions`: ``"patterns"`` (R1), ``"activation"`` (R2),
        ``"convex"`` (R3), ``"linear"`` (R4), ``"closed"`` (R5) or ``"affine"`` (R6).  Every function that takes this
        argument also accepts it as ``of``.
    engine : str
        ``"auto"``, or a name from ``verify.engines.ENGINES`` to insist on one.
    certificate : path, optional
        Also write a certificate there, of the count or of the bracket, which :mod:`verify.checker` checks without
        any other module of this package.
    budget : seconds, optional
        Stop after this time with a bracket, an interval that contains the count; so does an interrupt.
    budget_regions : int, optional
        Stop with a bracket when so many regions are found.
    jobs : int
        Parts that are counted at the same time, by threads that share each other's work, or by processes where a
        certificate is written or exact answers take most of the time (they import a script, which therefore needs
        ``if __name__ == "__main__":``); with an executor, how many it can count.
    executor : concurrent.futures.Executor or distributed.Client, optional
        What counts instead: any executor, or the workers of a Dask cluster (:mod:`verify.counting.long.team`).
    checkpoint : path of a folder, optional
        Keep finished parts there, or the images behind finished layers, and go on with those that it holds.
    memory : int or str, optional
        Bytes, or ``"2G"``: stop with a bracket before this process and its ``jobs`` use more; workers of a cluster have
        limits of their own.
    report : callable, optional
        Called with the running count (:class:`verify.counting.long.AnytimeCount`) whenever its bracket may have
        changed.

    Returns
    -------
    RegionCount
        Exact, unless a budget or an interrupt ended the count, or for ``definition="convex"``.

    Raises
    ------
    InvalidInputError
        If the domain does not fit the network's inputs or has no interior point, a name is unknown, or a limit makes
        no sense.
    UnsupportedError
        For ``definition="convex"``, if there are too many activation regions to search among.

    Notes
    -----
    Counting is #P-hard; the time grows with the number of regions.  Memory does not for activation regions; every
    other definition keeps a pattern for each of them.

    Linear regions in a bounded polygon are counted by its subdivision (:mod:`verify.slices.planes`), about 1000
    activation regions a second, also where lines coincide.

    Where many cells of the first layers have the same image in the next, as in folding networks, activation regions are
    counted by images (:mod:`verify.counting.serial` says why these alone), without visiting each of them.  Where
    network and domain are symmetric in some inputs, they are counted from those that meet one chamber
    (:mod:`verify.engines.symmetry`), not with a checkpoint or an executor.  One processor counts then, whatever
    ``jobs`` says.

    Examples
    --------
    >>> from theory import Network
    >>> from verify import Box
    >>> three_lines = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
    >>> int(count(three_lines)), int(count(three_lines, Box([0, 0], ["1/4", "1/4"])))
    (7, 1)
    >>> hat = Network.relu([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])  # 0, up, down, 0
    >>> count(hat, definition="linear"), count(hat, definition="affine")
    (<4 linear regions of 1-3 on R^1, exact>, <3 affine pieces of 1-3 on R^1, exact>)
    """
    where = domain_of(network, domain)
    require_engine(engine)
    chosen = definition_named(definition)
    limits = Limits(budget, budget_regions, jobs, executor, checkpoint, memory, report)
    if certificate is not None:
        from verify.certificate import writer

        writer.require_writable(certificate, definition)
    began = time.perf_counter()
    problem = Problem.of(network, where)
    written = None
    if limits == Limits():
        by_cells = problem.dimension > 1 and engine in ("auto", "polygon" if problem.dimension == 2 else "simplex")
        if certificate is not None and definition == "activation" and by_cells:
            written = writer.count_and_write(certificate, network, where, problem)
        in_polygon = _in_polygon(problem) if (definition, engine, problem.dimension) == ("linear", "auto", 2) else None
        lower, upper, statistics = written or in_polygon or chosen.count(problem, engine)
    elif definition != "activation" or engine != "auto":
        raise InvalidInputError(
            "budgets, jobs, executors and checkpoints are for activation regions, engine auto; leave them out, or "
            f"definition={definition!r} and engine={engine!r}"
        )
    else:
        lower, upper, statistics = _within(limits, problem, network, where, began, certificate)
    if upper == 0:  # a domain with an interior has at least one region
        raise NoInteriorError(where)
    seconds = time.perf_counter() - began
    if certificate is not None and written is None and "certified" not in statistics:
        writer.write(certificate, network, where, lower, definition=definition)
    facts = statistics.pop("engine"), seconds, statistics, certificate
    return RegionCount(lower, upper, definition, where, network.architecture, *facts)


def _in_polygon(problem: Problem) -> tuple[int, int, dict[str, Any]] | None:
    """The linear regions in a bounded polygon from its subdivision, which needs neither maps nor facets of cells."""
    from theory.geometry.polyhedra import Polyhedron
    from verify.slices.planes import across

    if not Polyhedron.of(2, problem.rows).is_bounded:
        return None
    plane = across(problem.network, Polytope(problem.rows))
    return plane.linear, plane.linear, {"engine": "polygon", "activation": plane.activation}


def _within(
    limits: Limits,
    problem: Problem,
    network: Network,
    domain: Domain,
    began: float,
    certificate: str | os.PathLike[str] | None,
) -> tuple[int, int, dict[str, Any]]:
    """The bracket found within limits: by images or symmetry if that pays, with a certificate only if it is exact."""
    from verify.counting.serial import count_by_images, count_in_chamber

    deadline = began + limits.seconds
    subject = (network.digest, domain.digest) if limits.checkpoint is not None else ("", "")
    serial: SerialCount | None = count_by_images(problem, limits, deadline, subject)
    if serial is None or (certificate is not None and not serial.exact):
        share = 1.0 if certificate is None else 0.5  # parts leave a certificate of what they found
        serial = count_in_chamber(problem, limits, began + share * limits.seconds)
    if serial is not None and (serial.exact or certificate is None):
        return serial.lower, serial.upper, serial.statistics
    from verify.counting.long.run import count_within

    wanted = None if certificate is None else (certificate, network, domain)
    run = count_within(problem, subject, limits, deadline=deadline, certificate=wanted)
    parts = {"engine": "parts", "finished": run.finished, "waiting": run.waiting}
    facts: dict[str, Any] = {"unchecked": run.unchecked, "interrupted": run.interrupted, "memory_full": run.full}
    facts |= {"certified": list(run.certified or ()), "on_segment": run.on_segment}
    return run.lower, run.upper, {**parts, **{key: fact for key, fact in facts.items() if fact}}
