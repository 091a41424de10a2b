"""The mixed-integer program of Serra, Tjandraatmadja and Ramalingam, held by HiGHS: its solutions are patterns.

For a ReLU network on a box X the activation patterns z are the integer points of

    (1)  W h + b = h⁺ − h⁻          (h is x for the first layer, the h⁺ of the layer before otherwise)
    (2)  h⁺ ≤ M z                   (4)  h⁺ ≥ 0
    (3)  h⁻ ≤ M (1 − z)             (5)  h⁻ ≥ 0
                                    (6)  z ∈ {0, 1}

and one maximizes f subject to f ≤ h⁺ + (1 − z)·M for every unit.  A pattern with f > 0 is one that some x in X has:
every active unit is positive there, every inactive one is not.  M must be at least |W h + b| on X; interval arithmetic
in rationals provides it, unit by unit.

The solver works in floats: it takes a row for satisfied and a variable for an integer when they miss by no more than a
tolerance, and a large M multiplies that.  So what it finds is a proposal, for exact arithmetic to decide.
"""

import math
import os
import sys
from fractions import Fraction
from typing import Any

from theory.activations import IDENTITY, RELU, Activation
from theory.errors import InvalidInputError, UnsupportedError, imported
from theory.exact import from_fmpq, to_fmpq
from theory.intervals import Range, images
from theory.network import Layer, Network
from verify.domain.shapes import Box

TOLERANCE = 1e-9
"""How far the solver may miss a bound, a row or an integer; HiGHS allows no less than 10⁻¹⁰."""

POSITIVE = 1e-6
"""Above this f counts as positive: a thousand times the tolerance, because errors of several rows add up."""

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
                f"the mixed-integer program has no rows for units of the kind {unit.name}; count with verify.count"
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
        raise UnsupportedError(
            "a weight or bound is beyond the range of a float; count this network with verify.count"
        ) from None


def above(value: Fraction) -> float:
    """A float that is not below the value."""
    number = to_float(value)
    return number if Fraction(number) >= value else math.nextafter(number, math.inf)
