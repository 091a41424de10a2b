"""Counting as Serra, Tjandraatmadja and Ramalingam do it: a mixed-integer program, and what its tolerance costs.

The program is :mod:`verify.counting.estimates.parity`.  Its solutions are patterns of definition R1, thin ones
included, and not the full-dimensional ones (R2) that :func:`verify.count` counts.  Enumeration solves it again and
again, each time excluding the pattern found last, until the best f is not positive.

A *maxout* unit of rank k has one binary variable for each piece, Σ_j z_j = 1; its value is at least every piece and at
most piece j plus M (1 − z_j), and f ≤ value − piece i + (1 − z_j)·M for i < j says that j is the first maximal piece.

The solver (HiGHS) works in floats: it takes a row for satisfied and a variable for an integer when they miss by no
more than a tolerance.  Its default, 10⁻⁶, is too large for this purpose: f then reaches 10⁻⁶ where the exact maximum is
0.  So the program sets the tolerances itself (:data:`TOLERANCE`), and f counts as positive only well above them
(:data:`POSITIVE`).  No choice of the two makes the answers exact, and a large M multiplies the tolerance.  So every
pattern that the solver proposes is decided again in rational arithmetic (:func:`occurs`), and the list is compared with
an exact one.  Nothing is repaired silently: :class:`MilpCount` says which patterns the solver invented and which it
lost.

>>> from theory import Network
>>> from verify import Box
>>> corner = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, 0]), ([[1, 1, 1]], [0])])
>>> print(milp_count(corner, Box([-1, -1], [1, 1])))  # six sectors; at the origin all units are off, as in one of them
6 activation patterns of 2-3 on [-1,1]^2: the solver found 6, all of them
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from theory.activations import Activation, Maxout
from theory.errors import InvalidInputError, LinregionsError
from theory.geometry.feasibility import MixedSystem
from theory.geometry.region import pattern_conditions
from theory.network import Layer, Network, Pattern
from verify.counting.estimates import parity
from verify.counting.estimates.parity import POSITIVE, TOLERANCE, Interval, above, preactivation_bounds
from verify.domain.shapes import Box
from verify.engines.brute import patterns_brute

__all__ = ["POSITIVE", "TOLERANCE", "MilpCount", "Program", "milp_count", "occurs", "preactivation_bounds", "proposals"]


def occurs(network: Network, box: Box, pattern: Pattern) -> bool:
    """Whether some point of the closed box has this pattern, decided in rational arithmetic.

    >>> from theory import Network
    >>> opposite = Network.relu([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])
    >>> [z for z in ((0, 0), (0, 1), (1, 0), (1, 1)) if occurs(opposite, Box([-1], [1]), (z,))]
    [(0, 0), (0, 1), (1, 0)]
    """
    system = MixedSystem(network.inputs)
    conditions = [(condition.row, condition.strict) for condition in pattern_conditions(network, pattern)]
    conditions += [(row, False) for row in box.rows]
    return all(system.require(row, strict=strict) for row, strict in conditions) and system.solve() is not None


class Program(parity.Program):
    """The program with maxout units, and its solutions one after the other.

    Raises UnsupportedError for a unit that is neither ReLU, maxout nor identity.
    """

    def _unit(
        self, unit: Activation, layer: Layer, at: int, bounds: list[Interval], values: list[int]
    ) -> tuple[int, list[int]]:
        if isinstance(unit, Maxout):
            return self._maxout(layer, at, unit.rank, bounds, values)
        return super()._unit(unit, layer, at, bounds, values)

    def _maxout(
        self, layer: Layer, at: int, rank: int, bounds: list[Interval], values: list[int]
    ) -> tuple[int, list[int]]:
        mine = bounds[at : at + rank]
        most = above(max(high for _, high in mine) - min(low for low, _ in mine))
        value = self._column(-self.infinity, self.infinity)
        choices = [self._column(0.0, 1.0, binary=True) for _ in range(rank)]
        self.add_row(1.0, 1.0, dict.fromkeys(choices, 1.0))
        for j in range(rank):
            weights, bias = self._preactivation(layer, at + j, values)
            minus = {column: -w for column, w in weights.items()}
            self.add_row(bias, self.infinity, {value: 1.0, **minus})
            self.add_row(-self.infinity, bias + most, {value: 1.0, **minus, choices[j]: most})
            slack = most + 1.0
            later = dict.fromkeys(choices[j + 1 :], slack)  # Σ of the later choices is 1 or 0
            if later:
                forward = {self.f: 1.0, value: -1.0, **weights, **later}
                self.add_row(-self.infinity, slack - bias, forward)
        return value, choices

    def solve(self) -> tuple[float, Pattern] | None:
        """(best f, its pattern), or None if no pattern is left.

        Raises
        ------
        LinregionsError
            If HiGHS ends with anything but an optimum or infeasibility.
        """
        import highspy

        self.solver.run()
        status = self.solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise LinregionsError(f"HiGHS ended with {self.solver.modelStatusToString(status)!r}; nothing is counted")
        x = self.solver.getSolution().col_value
        pattern = tuple(
            tuple(_piece([x[column] for column in choices]) for choices in layer) for layer in self.binaries
        )
        return float(x[self.f]), pattern

    def exclude(self, pattern: Pattern) -> None:
        """From now on at least one binary variable differs from this pattern."""
        terms: dict[int, float] = {}
        ones = 0
        for layer, pieces in zip(self.binaries, pattern, strict=True):
            for choices, piece in zip(layer, pieces, strict=True):
                for column, chosen in zip(choices, _choices(len(choices), piece), strict=True):
                    terms[column] = 1.0 if chosen else -1.0
                    ones += chosen
        self.add_row(-self.infinity, ones - 1.0, terms)


def _piece(values: list[float]) -> int:
    """The piece that one unit's binary variables name: identity, ReLU (one variable) or maxout (one for each piece)."""
    if len(values) <= 1:
        return round(values[0]) if values else 0
    return max(range(len(values)), key=values.__getitem__)


def _choices(variables: int, piece: int) -> list[bool]:
    return [piece == 1] if variables == 1 else [j == piece for j in range(variables)]


def proposals(
    network: Network, box: Box, *, positive: float = POSITIVE, tolerance: float = TOLERANCE
) -> Iterator[tuple[Pattern, float]]:
    """The patterns that the solver takes for non-empty, each with its f, in decreasing order of f.

    Parameters
    ----------
    network : Network
        ReLU, maxout and identity units.
    box : Box
    positive : float
        Enumeration ends when the best f is not above this; greater than the tolerance.
    tolerance : float
        The solver's, see :class:`Program`.

    Raises
    ------
    InvalidInputError
        If the threshold is not above the tolerance: then f = 0 may count as positive.
    """
    if not positive > tolerance:
        raise InvalidInputError(f"the threshold {positive} must be greater than the solver's tolerance, {tolerance}")
    program = Program(network, box, tolerance=tolerance)
    seen: set[Pattern] = set()
    while (found := program.solve()) is not None and found[0] > positive:
        f, pattern = found
        if pattern in seen:
            raise LinregionsError(f"HiGHS proposed the excluded pattern {pattern} again; nothing is counted")
        seen.add(pattern)
        yield pattern, f
        program.exclude(pattern)


@dataclass(frozen=True)
class MilpCount:
    """What the solver found, compared with exact arithmetic.

    Attributes
    ----------
    proposed : dict from pattern to f
        The solver's answers.
    invented : tuple of Pattern
        Proposed, but no point of the box has them.
    lost : tuple of Pattern
        Taken by some point of the box, but not proposed.
    seconds : float
        Wall time of the solver alone.
    """

    network: Network
    box: Box
    proposed: dict[Pattern, float]
    invented: tuple[Pattern, ...]
    lost: tuple[Pattern, ...]
    seconds: float = field(compare=False)

    @property
    def solver_count(self) -> int:
        """The number that the solver alone would report."""
        return len(self.proposed)

    @property
    def count(self) -> int:
        """The exact number of activation patterns that points of the closed box have (R1)."""
        return len(self.proposed) - len(self.invented) + len(self.lost)

    @property
    def agrees(self) -> bool:
        """Whether the solver found exactly the patterns that exist."""
        return not self.invented and not self.lost

    def __str__(self) -> str:
        verdict = "all of them" if self.agrees else f"lost {len(self.lost)} and invented {len(self.invented)}"
        return (
            f"{self.count} activation patterns of {self.network.architecture} on {self.box}: "
            f"the solver found {self.solver_count}, {verdict}"
        )


def milp_count(network: Network, box: Box, *, positive: float = POSITIVE, tolerance: float = TOLERANCE) -> MilpCount:
    """Solve the program to the end and compare every answer, and what is missing, with exact arithmetic.

    The proposed patterns are decided one by one with :func:`occurs`; the complete list comes from the reference
    implementation (:func:`verify.engines.brute.patterns_brute`), which uses no linear programming.  The two exact
    answers must agree as well.

    Parameters
    ----------
    network : Network
        Small: ReLU, maxout and identity units.
    box : Box
        The closed box; the formulation needs a bounded set.
    positive, tolerance : float
        Above which value f counts as positive, and the tolerance of the solver; see :func:`proposals`.

    Raises
    ------
    InvalidInputError
        If the domain is not a box of the right dimension, or the threshold is not above the tolerance.
    UnsupportedError
        If the network is too large for the reference implementation.
    """
    if not isinstance(box, Box):
        raise InvalidInputError(f"the program needs bounds on every input; give a Box instead of {box}")
    box.pull_back(network)
    exact = patterns_brute(network, box.rows, thin=True)
    began = time.perf_counter()
    proposed = dict(proposals(network, box, positive=positive, tolerance=tolerance))
    seconds = time.perf_counter() - began
    invented = tuple(pattern for pattern in proposed if not occurs(network, box, pattern))
    if set(proposed) - set(invented) != set(proposed) & exact:
        raise AssertionError("two exact decisions about the same pattern disagree")
    return MilpCount(network, box, proposed, invented, tuple(sorted(exact - set(proposed))), seconds)
