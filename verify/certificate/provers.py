"""Evidence: which pieces of a unit are empty on a cell, and why, in exact arithmetic; and points of the other ones.

The conditions are the checker's own, with their rows as lists.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import mul
from typing import Any

import flint

from theory.errors import InternalError
from theory.exact import from_fmpq
from theory.geometry.feasibility import Dictionary, MixedSystem, interior_point
from verify import checker
from verify.engines.exact import split, starting_dictionary

Condition = tuple[list[int], bool]
"""(row, strict)."""
Pieces = dict[int, list[Condition]]
"""The conditions under which a unit takes each of its pieces."""


def unpacked(claim: checker.Claim, conditions: Iterable[checker.Condition]) -> list[Condition]:
    """Conditions of the checker, such as the path of a cell, with their rows as lists."""
    return [(condition.unpacked(claim), condition.strict) for condition in conditions]


def open_pieces(cell: checker.Cell, unit: int) -> Pieces:
    """The pieces that an open unit of a cell has left; if these are all, the level keeps their rows for other cells."""
    claim, known, key = cell.level.claim, cell.level.known, (unit, "as lists")
    if unit in cell.left:
        return {piece: unpacked(claim, own) for piece, own in cell.pieces(unit).items()}
    if key not in known:
        known[key] = {piece: unpacked(claim, own) for piece, own in cell.pieces(unit).items()}
    found: Pieces = known[key]
    return found


def satisfies(point: Sequence[int], path: Sequence[Condition]) -> bool:
    """Whether the point n/q, given as (n_1, …, n_m, q) with q > 0, satisfies all conditions of a path."""
    for row, strict in path:
        value = sum(map(mul, row, point))
        if value < 0 or (strict and value == 0):
            return False
    return True


def short_point(path: Sequence[Condition], inside: Sequence[Fraction]) -> list[int]:
    """(n_1, …, n_m, q), n/q a point of the path near the interior point ``inside``, q the least power of two possible.

    >>> short_point([([3, -1], True), ([-2, 1], True)], [Fraction(4, 10)])
    [3, 8]
    """
    q = 1
    while True:
        point = [*(round(x * q) for x in inside), q]
        if satisfies(point, path):
            return point
        q *= 2


Point = list[int]
"""(n_1, …, n_m, q)."""
Refutation = tuple[list[int], list[int]]
"""Numbers of rows and their multipliers."""
Divided = tuple[dict[int, Any], dict[int, Any]]
"""The empty ones of the pieces of a unit with evidence, and the shapes of the others."""


class Prover(ABC):
    """Finds witnesses, and evidence that pieces are empty.  A path lists the conditions of a cell.

    What a prover keeps of a cell is its *shape*.  ``dimension`` is that of the parameter space; ``columns`` are the
    coordinates that matter: along the others nothing changes, and witnesses are 0 there.
    """

    def __init__(self, dimension: int, columns: Sequence[int]) -> None:
        self.dimension, self.columns = dimension, columns

    def reduced(self, row: Sequence[int]) -> list[int]:
        """The row in the coordinates that matter."""
        return [*(row[j] for j in self.columns), row[-1]]

    @abstractmethod
    def root(self, path: Sequence[Condition]) -> Any:
        """The shape of the domain."""

    @abstractmethod
    def examine(self, shape: Any, pieces: Pieces, path: Sequence[Condition]) -> Divided:
        """Which pieces are empty."""

    @abstractmethod
    def witness(self, shape: Any, path: Sequence[Condition]) -> list[int]:
        """A short point (n_1, …, n_m, q) that satisfies all conditions of the path."""


@dataclass(slots=True)
class ExactCell:
    """A cell's closure; ``names[i]`` is the place on the path of row i of the dictionary."""

    dictionary: Dictionary
    names: list[int]


class ExactProver(Prover):
    """Evidence from exact dictionaries: numbers of rows, i ≥ 0 on the path, −1, −2, … the piece's own.

    When a piece is found to be empty, the dictionary stands at a vertex where that can be read off: the rows that meet
    there, with the piece's own row, have exactly one linear dependency, and it is the proof.
    """

    def root(self, path: Sequence[Condition]) -> ExactCell:
        rows = [self.reduced(row) for row, _ in path]
        return ExactCell(starting_dictionary(len(self.columns), rows), list(range(len(rows))))

    def inside(self, claim: checker.Claim) -> list[int]:
        """A point of the domain's interior: the middle of the walls if that is one, otherwise by a linear program."""
        point = [0] * claim.dimension + [2 * claim.unit]
        for j in self.columns:
            if j in claim.walls[1] and j in claim.walls[-1]:
                point[j] = claim.walls[1][j] - claim.walls[-1][j]
        strict = [(row, True) for row, _ in unpacked(claim, claim.path)]
        return point if satisfies(point, strict) else self.witness(self.root(strict), strict)

    def examine(self, shape: ExactCell, pieces: Pieces, path: Sized) -> Divided:
        height = len(path)
        if list(map(len, pieces.values())) == [1, 1]:
            return self._two_sides(shape, pieces, height)
        empty: dict[int, list[int]] = {}
        shapes: dict[int, ExactCell] = {}
        for piece, conditions in pieces.items():
            rest, names = shape.dictionary.copy(), list(shape.names)
            for i, (row, _) in enumerate(conditions):
                before = rest.rows
                above, below = split(rest, self.matrix(row))
                if above is None:
                    assert below is not None
                    tight = _tight(below, self.matrix(row), names)
                    empty[piece] = [*(k if k < height else height - 1 - k for k in tight), -1 - i]
                    break
                rest = above
                names += [height + i] * (rest.rows - before)
            else:
                shapes[piece] = ExactCell(rest, names)
        return empty, shapes

    def _two_sides(self, shape: ExactCell, pieces: Pieces, height: int) -> Divided:
        """Two pieces, each the other side of one hyperplane: one question settles both."""
        (first, [(row, _)]), (second, _) = pieces.items()
        matrix = self.matrix(row)
        above, below = split(shape.dictionary.copy(), matrix)
        if above is None or below is None:
            whole = above or below
            assert whole is not None
            gone = first if above is None else second
            rest = {first + second - gone: ExactCell(whole, shape.names)}
            return {gone: [*_tight(whole, matrix, shape.names), -1]}, rest
        names = [*shape.names, height]
        return {}, {first: ExactCell(above, names), second: ExactCell(below, names)}

    def witness(self, shape: ExactCell, path: Sequence[Condition]) -> list[int]:
        tight = sorted(set(shape.names))
        found = interior_point([self.reduced(path[i][0]) for i in tight], len(self.columns))
        assert found is not None
        inside = [Fraction(0)] * self.dimension
        for column, value in zip(self.columns, found, strict=True):
            inside[column] = value
        return short_point(path, inside)

    def matrix(self, row: Sequence[int]) -> flint.fmpq_mat:
        """The row in the coordinates that matter, as FLINT wants it."""
        return flint.fmpq_mat(1, len(self.columns) + 1, self.reduced(row))


def _tight(dictionary: Dictionary, row: flint.fmpq_mat, names: Sequence[int]) -> list[int]:
    """The rows that the function depends on where it is extreme."""
    expression = dictionary.express(row)
    columns = range(dictionary.dimension)
    return sorted(names[dictionary.nonbasic[j]] for j in columns if from_fmpq(expression[0, j]))


class ThinCellProver(Prover):
    """Evidence where cells may be thin: activation patterns (R1), whose conditions are strict or weak.

    The shape of a cell is a point of it, and that of the domain the point ``inside`` its interior.  A piece that the
    point takes is not empty; for the others an exact linear program looks for a point, or for multipliers that show
    that there is none: maximize t over the rows that are ≥ 0, with the strict ones ≥ t.  If t cannot be positive, the
    optimal dictionary writes 0 − t as a sum of rows with factors ≥ 0, and the strict ones among these have a positive
    factor.
    """

    def __init__(self, dimension: int, columns: Sequence[int], inside: Point) -> None:
        super().__init__(dimension, columns)
        self.inside = inside

    def root(self, path: Sequence[Condition]) -> Point:  # noqa: ARG002
        return self.inside

    def witness(self, shape: Point, path: Sequence[Condition]) -> Point:  # noqa: ARG002
        return shape

    def examine(self, shape: Point, pieces: Pieces, path: Sequence[Condition]) -> Divided:
        empty: dict[int, Refutation] = {}
        shapes: dict[int, Point] = {}
        for piece, own in pieces.items():
            found = shape if satisfies(shape, own) else self.solve(shape, path, own)
            if isinstance(found, list):
                shapes[piece] = found
            else:
                empty[piece] = found
        return empty, shapes

    def solve(self, point: Point, path: Sequence[Condition], own: Sequence[Condition]) -> Point | Refutation:
        """A point where path and own conditions hold, from one where the path does; or why there is none."""
        system = MixedSystem(len(self.columns), [flint.fmpq(point[j], point[-1]) for j in self.columns])
        holds = all(system.require(self.reduced(row), strict=strict) for row, strict in (*path, *own))
        found = system.solve() if holds else None
        return _refutation(system, len(path)) if found is None else self._short(found, [*path, *own])

    def _short(self, solution: Sequence[flint.fmpq], conditions: Sequence[Condition]) -> Point:
        """A short point near a solution, or the solution itself."""
        inside = dict(zip(self.columns, map(from_fmpq, solution), strict=True))
        exact = lcm(*(v.denominator for v in inside.values()))
        for q in (1, 2, 4, 8, 16, 64, 256, exact):
            point = [*(round(inside.get(j, 0) * q) for j in range(self.dimension)), q]
            if satisfies(point, conditions):
                return point
        raise InternalError("a point of an exact linear program violates its conditions; please report the network")


def _refutation(system: MixedSystem, height: int) -> Refutation:
    """Rows of the path by their number and own ones as −1, −2, …, with integer multipliers."""
    assert system.refutation is not None
    factors = {i if i < height else height - 1 - i: from_fmpq(y) for i, y in system.refutation.items()}
    common = lcm(*(y.denominator for y in factors.values()))
    names = sorted(factors)
    return names, [int(factors[name] * common) for name in names]
