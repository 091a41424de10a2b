"""The reference implementation: try every pattern, decide each by Fourier–Motzkin elimination, nothing else.

On the inputs with a given pattern (one piece for each hidden unit) the network is affine, so "the units take these
pieces" is a system of linear inequalities in the input, and a pattern counts when its system has a solution.  This file
writes the systems down from the definition of a unit and solves them in integers.  It is meant to be obvious: every
faster engine must agree with it on small networks, so it shares no code with them that decides anything.

**The definition.**  A scalar unit takes piece i where t_i < z ≤ t_{i+1} (t_0 = −∞, t_{p+1} = ∞), a maxout unit where
z_i > z_j for every j < i and z_i ≥ z_j for every j > i.  So every input has exactly one pattern.

* *Thin* regions (R1): the patterns of all points of the closed domain, also those that fill no volume.
* *Proper* regions (R2, the default): the patterns whose set of inputs contains an open piece of the domain.
  An inequality ⟨a,x⟩ + b ≥ 0 with a ≠ 0 has the interior ⟨a,x⟩ + b > 0, and one with a = 0 holds everywhere or
  nowhere.  Hence a pattern is proper iff its system is solvable after every inequality that depends on x has been
  made strict.  That is the only difference between the two, and it settles all ties: a unit that is identically
  zero on a cell is off there, and of maxout pieces that coincide on a cell only the first one counts.

**Fourier–Motzkin elimination.**  To eliminate x_j, add each inequality with a_j > 0 to each with a_j < 0, both scaled
by positive integers so that x_j cancels; keep those with a_j = 0.  The sum is strict iff a summand is.  The new system
is solvable iff the old one is; after k eliminations sums of more than k + 1 of the given inequalities are superfluous
(Kohler), and not formed.  ``docs/architecture.md`` has the proofs.

References
----------
T. S. Motzkin: Beiträge zur Theorie der linearen Ungleichungen, 1936.
D. A. Kohler: Projections of convex polyhedral sets, 1967.
A. Schrijver: Theory of Linear and Integer Programming, 1986, §12.2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

import flint

from theory.activations import Activation, Maxout, PiecewiseLinear
from theory.errors import UnsupportedError
from theory.exact import RationalLike, from_fmpq, primitive_row, rational_vector, to_fmpq
from theory.network import Layer, Network, Pattern

LIMIT = 3_000_000
"""Inequalities that one call may handle (a few seconds); a network that needs more is refused."""

Form = list[flint.fmpq]
"""An affine function a_1 x_1 + … + a_d x_d + b as (a_1, …, a_d, b)."""

Inequality = tuple[tuple[int, ...], bool]
"""An integer row and whether it is strict: (row, True) says ⟨a,x⟩ + b > 0, (row, False) says ⟨a,x⟩ + b ≥ 0."""


def patterns_brute(net: Network, rows: Iterable[Iterable[RationalLike]] = (), *, thin: bool = False) -> set[Pattern]:
    """The activation patterns of a small network on the polyhedron {x : ⟨a,x⟩ + b ≥ 0 for all rows}.

    The ``rows`` are halfspaces (a_1, …, a_d, b) of the domain in the input space, none for R^d.  These are the
    full-dimensional regions (R2); a domain without interior has none.  With ``thin`` they are all non-empty ones (R1),
    the patterns {net.pattern(x) : x in the closed domain}.

    Raises UnsupportedError if more than :data:`LIMIT` inequalities have to be handled.  The cost is up to (n/2)^(2^d)
    sums for each pattern of n units, d the input dimension.

    >>> sorted(patterns_brute(Network([Layer([[1], [-1]], [0, 0])]), thin=True))  # thin is the origin, both units off
    [((0, 0),), ((0, 1),), ((1, 0),)]
    """
    return set(witnesses_brute(net, rows, thin=thin))


def witnesses_brute(
    net: Network, rows: Iterable[Iterable[RationalLike]] = (), *, thin: bool = False
) -> dict[Pattern, tuple[Fraction, ...]]:
    """Each pattern of :func:`patterns_brute` with a rational point that has it.

    Without ``thin`` the point lies in the interior of the domain and on no wall of its region.

    >>> witnesses_brute(Network([Layer([[2]], [-1])]))
    {((0,),): (Fraction(0, 1),), ((1,),): (Fraction(3, 2),)}
    """
    solver = _Solver(net.inputs)
    domain = [_condition([to_fmpq(v) for v in rational_vector(row)], False, thin) for row in rows]
    point = solver.solution(domain)
    if point is None:
        return {}
    coordinates = [[flint.fmpq(int(i == j)) for j in range(net.inputs + 1)] for i in range(net.inputs)]
    cells = [_Cell((), coordinates, domain, point)]
    for layer in net.hidden:
        cells = [child for cell in cells for child in _children(cell, layer, solver, thin)]
    return {cell.pattern: tuple(map(from_fmpq, cell.point)) for cell in cells}


class _Cell(NamedTuple):
    """The inputs that share a pattern of the layers passed so far."""

    pattern: Pattern
    outputs: list[Form]  # of the last of these layers, affine functions of x on the cell
    conditions: list[Inequality]  # the cell as a system of inequalities
    point: Form  # one solution of it


def _children(cell: _Cell, layer: Layer, solver: _Solver, thin: bool) -> Iterator[_Cell]:
    """The cells into which one layer divides a cell: every choice of pieces, unit by unit, that has a solution."""
    inputs = flint.fmpq_mat(layer.inputs, len(cell.point) + 1, [v for row in cell.outputs for v in row])
    z = (layer.weight_matrix * inputs).tolist()
    for row, bias in zip(z, layer.biases, strict=True):
        row[-1] += to_fmpq(bias)
    units = [(unit, z[at : at + unit.rows]) for unit, at in zip(layer.units, layer.first_rows, strict=True)]
    choices: list[tuple[tuple[int, ...], list[Inequality], Form]] = [((), cell.conditions, cell.point)]
    for unit, own in units:
        pieces = [[_condition(*c, thin) for c in _where(unit, own, piece)] for piece in range(unit.pieces)]
        choices = [
            ((*chosen, piece), [*conditions, *added], found)
            for chosen, conditions, point in choices
            for piece, added in enumerate(pieces)
            if (found := solver.extend(conditions, point, added)) is not None
        ]
    for chosen, conditions, point in choices:
        outputs = [_output(unit, own, piece) for (unit, own), piece in zip(units, chosen, strict=True)]
        yield _Cell((*cell.pattern, chosen), outputs, conditions, point)


def _where(unit: Activation, z: list[Form], piece: int) -> Iterator[tuple[Form, bool]]:
    """Where the unit takes the piece: affine functions of x, to be positive (True) or not negative (False)."""
    if isinstance(unit, Maxout):
        for j in range(unit.rank):
            if j != piece:
                yield [own - other for own, other in zip(z[piece], z[j], strict=True)], j < piece
    elif isinstance(unit, PiecewiseLinear):
        if piece > 0:  # z > t_piece
            yield [*z[0][:-1], z[0][-1] - to_fmpq(unit.breakpoints[piece - 1])], True
        if piece < len(unit.breakpoints):  # z <= t_(piece + 1)
            yield [*(-v for v in z[0][:-1]), to_fmpq(unit.breakpoints[piece]) - z[0][-1]], False
    else:  # of other kinds what they say themselves
        for comparison in unit.comparisons(piece):
            yield comparison.of(z, flint.fmpq(1)), comparison.strict


def _output(unit: Activation, z: list[Form], piece: int) -> Form:
    """What the unit returns on the piece, as an affine function of x."""
    if isinstance(unit, Maxout):
        return z[piece]
    row, slope, intercept = unit.output(piece)
    if isinstance(unit, PiecewiseLinear):
        row, slope, intercept = 0, unit.slopes[piece], unit.intercepts[piece]
    s = to_fmpq(slope)
    return [*(s * v for v in z[row][:-1]), s * z[row][-1] + to_fmpq(intercept)]


def _condition(row: Form, strict: bool, thin: bool) -> Inequality:
    """The inequality in integers; for proper regions strict as soon as it depends on x."""
    integers = primitive_row([from_fmpq(v) for v in row])
    return integers, strict or (not thin and any(integers[:-1]))


def _holds(row: tuple[int, ...], strict: bool, point: Form) -> bool:
    value = sum((a * x for a, x in zip(row, point, strict=False)), flint.fmpq(row[-1]))
    return bool(value > 0 or (value == 0 and not strict))


class _Sum(NamedTuple):
    """A positive combination of given inequalities, which are the bits of ``parents``."""

    row: tuple[int, ...]
    strict: bool
    parents: int


class _Solver:
    """Fourier–Motzkin elimination in a given number of variables, up to a limit on the work."""

    def __init__(self, variables: int) -> None:
        self.variables = variables
        self.handled = 0

    def count(self, inequalities: int) -> None:
        self.handled += inequalities
        if self.handled > LIMIT:
            problem = f"brute force would handle more than {LIMIT} inequalities"
            way = "count this network with verify.count; the brute engine is for tiny ones"
            raise UnsupportedError(f"{problem}; {way}")

    def extend(self, conditions: list[Inequality], point: Form, added: list[Inequality]) -> Form | None:
        """A solution of the old and the added conditions, or None; the old solution ``point`` if it serves."""
        serves = all(_holds(row, strict, point) for row, strict in added)
        return point if serves else self.solution([*conditions, *added])

    def solution(self, conditions: Iterable[Inequality]) -> Form | None:
        """A solution of the system, or None if it has none."""
        system = {_Sum(row, strict, 1 << i) for i, (row, strict) in enumerate(dict.fromkeys(conditions))}
        left = list(range(self.variables))
        steps: list[tuple[int, list[_Sum], list[_Sum]]] = []  # variable, its lower and its upper bounds
        while True:
            constants = {c for c in system if not any(c.row[:-1])}
            if not all(_holds(c.row, c.strict, []) for c in constants):
                return None
            system -= constants
            self.count(len(left) * len(system))
            bounds = [(j, [c for c in system if c.row[j] > 0], [c for c in system if c.row[j] < 0]) for j in left]
            j, lower, upper = min(bounds, key=lambda b: len(b[1]) * len(b[2]))
            steps.append((j, lower, upper))
            left.remove(j)
            if not left:
                return self._substitute(steps)
            self.count(len(lower) * len(upper))  # before the sums are formed
            few = len(steps) + 1
            pairs = [(p, q) for p in lower for q in upper if (p.parents | q.parents).bit_count() <= few]
            system = {c for c in system if not c.row[j]}.union(_sum(j, p, q) for p, q in pairs)

    def _substitute(self, steps: list[tuple[int, list[_Sum], list[_Sum]]]) -> Form | None:
        """Values for the variables, the last eliminated one first; None if nothing fits between its bounds."""
        point = [flint.fmpq(0)] * self.variables
        for j, lower, upper in reversed(steps):
            value = _between([_bound(j, c, point) for c in lower], [_bound(j, c, point) for c in upper])
            if value is None:
                assert j == steps[-1][0], "elimination promised a value for every variable but the last"
                return None
            point[j] = value
        return point


def _sum(j: int, p: _Sum, q: _Sum) -> _Sum:
    """The sum of a lower and an upper bound of x_j, scaled so that x_j cancels."""
    row = [p.row[j] * b - q.row[j] * a for a, b in zip(p.row, q.row, strict=True)]
    divisor = math.gcd(*row) or 1
    return _Sum(tuple(v // divisor for v in row), p.strict or q.strict, p.parents | q.parents)


def _bound(j: int, condition: _Sum, point: Form) -> tuple[flint.fmpq, bool]:
    """The bound of x_j when the variables eliminated later are as in ``point`` (the others do not occur)."""
    row = condition.row
    rest = sum((a * x for i, (a, x) in enumerate(zip(row, point, strict=False)) if i != j), flint.fmpq(row[-1]))
    return -rest / row[j], condition.strict


def _between(lower: list[tuple[flint.fmpq, bool]], upper: list[tuple[flint.fmpq, bool]]) -> flint.fmpq | None:
    """A number above all lower and below all upper bounds, strictly where they are strict, or None if none is."""
    low = max((value for value, _ in lower), default=None)
    high = min((value for value, _ in upper), default=None)
    if low is None or high is None:
        return low + 1 if low is not None else high - 1 if high is not None else flint.fmpq(0)
    if low == high and any(strict for value, strict in lower + upper if value == low):
        return None
    return (low + high) / 2 if low <= high else None
