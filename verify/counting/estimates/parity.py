r"""Draws by parity constraints, and the mixed-integer program whose solver proposes their patterns.

For a ReLU network on a box X the activation patterns z are the integer points of

    (1)  W h + b = h⁺ − h⁻          (h is x for the first layer, the h⁺ of the layer before otherwise)
    (2)  h⁺ ≤ M z                   (4)  h⁺ ≥ 0
    (3)  h⁻ ≤ M (1 − z)             (5)  h⁻ ≥ 0
                                    (6)  z ∈ {0, 1}

and one maximizes f subject to f ≤ h⁺ + (1 − z)·M for every unit.  A pattern with f > 0 is one that some x in X has:
every active unit is positive there, every inactive one is not.  M must be at least |W h + b| on X; interval arithmetic
in rationals provides it, unit by unit.  HiGHS works in floats: it takes a row for satisfied and a variable for an
integer when they miss by no more than a tolerance, and a large M multiplies that.  So what it finds is a proposal, for
exact arithmetic to decide.

A draw is :math:`2^m` if the solver finds a pattern that satisfies m random equations, :math:`\sum_{i \in S} z_i \equiv
b \pmod 2`, and it belongs to a region; otherwise 0.  Its mean is at most the number of regions as long as m does not
depend on the bits of this draw (``docs/proofs-draws.md``).  So two runs before the first draw, with bits that no draw
uses, add equations until the solver finds no pattern; m is one less than the larger number for which it found one.  The
sets have three units: short equations are the easiest for the solver.  One row excludes each choice of the units of an
equation that violates it.

References
----------
T. Serra, C. Tjandraatmadja, S. Ramalingam: Bounding and counting linear regions of deep neural networks.  ICML 2018.
T. Serra, S. Ramalingam: Empirical bounds on linear regions of deep rectifier networks.  AAAI 2020.
C. P. Gomes, A. Sabharwal, B. Selman: Model counting: a new strategy for obtaining good bounds.  AAAI 2006.
"""

import itertools
import math
import os
import sys
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from theory.activations import IDENTITY, RELU, Activation
from theory.deadline import check
from theory.errors import InvalidInputError, UnsupportedError, imported
from theory.exact import Range, from_fmpq, images, to_fmpq
from theory.geometry.region import Region
from theory.network import Layer, Network, Pattern
from verify.counting.samples.draws import Stream
from verify.domain.shapes import Box
from verify.engines.problem import Problem

TOLERANCE = 1e-9
"""How far the solver may miss a bound, a row or an integer; HiGHS allows no less than 10⁻¹⁰."""
POSITIVE = 1e-6
"""Above this f counts as positive: a thousand times the tolerance, because errors of several rows add up."""
_SIZE, _RUNS, _NODES = 3, 2, 1000
"""Units in one equation; runs that find out how many equations to take; nodes that the solver may use."""
_FAR = 1000
"""Where a domain is not bounded, patterns are sought in a box of this size."""

Interval = tuple[Fraction, Fraction]


def preactivation_bounds(network: Network, box: Box) -> list[list[Interval]]:
    """For every hidden layer and row an interval that contains W h + b for all inputs of the box, in rationals.

    Interval arithmetic, layer by layer; it need not be tight.

    >>> from theory import Network
    >>> preactivation_bounds(Network.relu([([[2, -1]], [1]), ([[1]], [0])]), Box([0, 0], [1, 3]))
    [[(Fraction(-2, 1), Fraction(3, 1))]]
    """
    values: list[Range] = [(to_fmpq(a), to_fmpq(b)) for a, b in zip(box.lower, box.upper, strict=True)]
    result = []
    for layer in network.hidden:
        rows = images(layer.forms, values)
        result.append([(from_fmpq(low), from_fmpq(high)) for low, high in rows if low is not None and high is not None])
        values = [unit.image(own) for unit, own in layer.by_unit(rows)]
    return result


class Program:
    """The mixed-integer program of a network of ReLU and identity units on a box.

    Other units raise UnsupportedError, as does a number that is too large for a float.  ``tolerance`` holds for
    integers, rows and reduced costs alike; what HiGHS refuses raises InvalidInputError.  Without highspy the error is
    MissingExtraError.  The ``solver`` is a ``highspy.Highs``, ``bounds`` are those of :func:`preactivation_bounds`, and
    ``binaries`` has for each layer and unit the columns of its binary variables.
    """

    def __init__(self, network: Network, box: Box, *, tolerance: float = TOLERANCE) -> None:
        kinds = ("mip_feasibility", "primal_feasibility", "dual_feasibility")
        tolerances = {f"{kind}_tolerance": tolerance for kind in kinds}
        highspy = imported("highspy", "mip", "the mixed-integer program")
        self.solver: Any = new_solver(mip_rel_gap=0.0, **tolerances)
        self._binary, self.infinity = highspy.HighsVarType.kInteger, highspy.kHighsInf
        self.network = network
        self.binaries: list[list[list[int]]] = []
        self.inputs = [self._column(to_float(a), to_float(b)) for a, b in zip(box.lower, box.upper, strict=True)]
        self.bounds = preactivation_bounds(network, box)
        largest = max((max(-a, b) for rows in self.bounds for a, b in rows), default=Fraction(1))
        self.f = self._column(-self.infinity, above(largest) + 1.0)
        self.solver.changeColCost(self.f, 1.0)
        self.solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        values = self.inputs
        for layer, rows in zip(network.hidden, self.bounds, strict=True):
            units = zip(layer.units, layer.first_rows, strict=True)
            made = [self._unit(unit, layer, at, rows, values) for unit, at in units]
            values = [column for column, _ in made]
            self.binaries.append([choices for _, choices in made])

    def _column(self, low: float, high: float, *, binary: bool = False) -> int:
        number: int = self.solver.getNumCol()
        self.solver.addVar(low, high)
        if binary:
            self.solver.changeColIntegrality(number, self._binary)
        return number

    def add_row(self, low: float, high: float, terms: dict[int, float]) -> None:
        """low ≤ Σ coefficient·column ≤ high."""
        self.solver.addRow(low, high, len(terms), list(terms), list(terms.values()))

    def _preactivation(self, layer: Layer, row: int, values: list[int]) -> tuple[dict[int, float], float]:
        weights = {column: to_float(w) for column, w in zip(values, layer.weights[row], strict=True) if w}
        return weights, to_float(layer.biases[row])

    def _unit(
        self, unit: Activation, layer: Layer, at: int, bounds: list[Interval], values: list[int]
    ) -> tuple[int, list[int]]:
        """The column of the unit's output, and those of its binary variables; its rows begin with the given one."""
        if unit not in (RELU, IDENTITY):
            raise UnsupportedError(
                f"the program has no rows for units of the kind {unit.name}; count with verify.count"
            )
        weights, bias = self._preactivation(layer, at, values)
        if unit == IDENTITY:
            column = self._column(-self.infinity, self.infinity)
            self.add_row(-bias, -bias, {**weights, column: -1.0})
            return column, []
        low, high = bounds[at]
        most = above(max(-low, high, Fraction(0)))
        plus, minus = self._column(0.0, self.infinity), self._column(0.0, self.infinity)  # (4), (5)
        z = self._column(0.0, 1.0, binary=True)  # (6)
        self.add_row(-bias, -bias, {**weights, plus: -1.0, minus: 1.0})  # (1)
        self.add_row(-self.infinity, 0.0, {plus: 1.0, z: -most})  # (2)
        self.add_row(-self.infinity, most, {minus: 1.0, z: most})  # (3)
        slack = most + 1.0  # more than M, so that a unit which is off does not bound f where M = 0
        self.add_row(-self.infinity, slack, {self.f: 1.0, plus: -1.0, z: slack})  # f ≤ h⁺ + (1 − z)·M
        return plus, [z]


def new_solver(**options: float | str) -> Any:
    """HiGHS in one thread, without output; its constructor writes a banner to standard output, from C."""
    import highspy

    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        solver = highspy.Highs()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
    for option, value in {"output_flag": False, "threads": 1, "random_seed": 0, **options}.items():
        if solver.setOptionValue(option, value) != highspy.HighsStatus.kOk:
            raise InvalidInputError(f"HiGHS does not accept {value} as {option}")
    return solver


def to_float(value: Fraction | int) -> float:
    try:
        return float(value)
    except OverflowError:
        raise UnsupportedError("a number is beyond the range of a float; count with verify.count") from None


def above(value: Fraction) -> float:
    """A float that is not below the value."""
    number = to_float(value)
    return number if Fraction(number) >= value else math.nextafter(number, math.inf)


class Equation(NamedTuple):
    """Of these units, as layer and number, an odd number is on, or an even one."""

    units: tuple[tuple[int, int], ...]
    odd: bool

    def holds(self, pattern: Pattern) -> bool:
        """Whether a pattern satisfies it."""
        return sum(pattern[layer][unit] for layer, unit in self.units) % 2 == self.odd


class Search:
    """Patterns of a problem's regions that satisfy equations; raises what :class:`Program` does."""

    def __init__(self, problem: Problem) -> None:
        network, ends = problem.network, problem.bounds
        self._problem = problem
        self._box = Box.cube(-_FAR, _FAR, problem.dimension) if ends is None else Box(*zip(*ends, strict=True))
        bounds = self._program().bounds
        self._units = [
            (number, u)
            for number, layer in enumerate(network.hidden)
            for u, (unit, (low, high)) in enumerate(zip(layer.units, bounds[number], strict=True))
            if unit == RELU and low < 0 < high
        ]

    def _program(self) -> Program:
        """The program with the rows of the domain."""
        program = Program(self._problem.network, self._box)
        for *normal, offset in self._problem.cuts:
            terms = dict(zip(program.inputs, map(to_float, normal), strict=True))
            program.add_row(-to_float(offset), program.infinity, terms)
        return program

    def equation(self, stream: Stream) -> Equation:
        """A random one."""
        left, chosen = self._units.copy(), []
        for _ in range(min(_SIZE, len(left))):
            chosen.append(left.pop(stream.below(len(left))))
        return Equation(tuple(chosen), bool(stream.below(2)))

    def pattern(self, equations: list[Equation]) -> Pattern | None:
        """The pattern of a region that satisfies them; None if the solver finds none."""
        program = self._program()
        for equation in equations:
            columns = [program.binaries[layer][unit][0] for layer, unit in equation.units]
            for ones in itertools.product((0, 1), repeat=len(columns)):
                if sum(ones) % 2 != equation.odd:
                    signs = {column: 1.0 - 2.0 * one for column, one in zip(columns, ones, strict=True)}
                    program.add_row(1.0 - sum(ones), program.infinity, signs)
        solver = program.solver
        solver.changeColBounds(program.f, POSITIVE, program.infinity)
        solver.setOptionValue("mip_max_nodes", _NODES)
        solver.setOptionValue("mip_max_improving_sols", 1)
        _run(solver)
        x = solver.getSolution().col_value
        if not x or solver.getInfo().primal_solution_status != 2:
            return None
        pattern = tuple(tuple(round(x[unit[0]]) if unit else 0 for unit in layer) for layer in program.binaries)
        region = Region(self._problem.network, pattern, self._problem.rows)
        return pattern if all(e.holds(pattern) for e in equations) and region.has_interior else None

    def number(self, stream: Stream) -> int:
        """To how many equations, added one after the other, a pattern is found."""
        equations: list[Equation] = []
        pattern = self.pattern(equations)
        while pattern is not None:
            equations.append(self.equation(stream))
            if not equations[-1].holds(pattern):
                pattern = self.pattern(equations)
        return max(len(equations) - 1, 0)


def _run(solver: Any) -> None:
    """Run the solver; a deadline or an interrupt that comes meanwhile stops it and is raised afterwards."""
    raised: list[BaseException] = []

    def look(event: Any) -> None:
        try:
            check()
        except BaseException as error:
            raised.append(error)
            event.interrupt()

    solver.cbMipInterrupt += look
    solver.run()
    if raised:
        raise raised[0]


@lru_cache(maxsize=4)
def _prepared(problem: Problem, seed: int) -> tuple[Search, int]:
    """What searches, and the number of equations of each draw."""
    search = Search(problem)
    return search, max(0, *(search.number(Stream(seed, -1 - run)) - 1 for run in range(_RUNS)))


def trial(problem: Problem, seed: int, number: int) -> Fraction:
    """The draw with this number; its random bits are those of −3 − ``number``, and those of the runs −1 and −2."""
    search, m = _prepared(problem, seed)
    stream = Stream(seed, -1 - _RUNS - number)
    return Fraction(2**m if search.pattern([search.equation(stream) for _ in range(m)]) else 0)
