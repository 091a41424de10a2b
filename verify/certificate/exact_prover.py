"""Evidence from exact dictionaries, which is slow, but always found.

The shape of a cell is its closure as an exact simplex dictionary (:mod:`theory.geometry.simplex`).  When a piece is
found to be empty, the dictionary stands at a vertex where that can be read off: the rows that meet there, with the
piece's own row, have exactly one linear dependency, and it is the proof.
"""

from collections.abc import Sequence, Sized
from dataclasses import dataclass
from fractions import Fraction

import flint

from theory.exact import from_fmpq
from theory.geometry.feasibility import interior_point
from theory.geometry.simplex import Dictionary
from verify import checker
from verify.certificate.rows import Condition, Pieces, satisfies, short_point, unpacked
from verify.certificate.tree import Prover
from verify.engines.exact import split, starting_dictionary

Evidence = list[int]
"""Numbers of rows: i ≥ 0 on the path, −1, −2, … the piece's own."""


@dataclass(slots=True)
class ExactCell:
    """A cell's closure; ``names[i]`` is the place on the path of row i of the dictionary."""

    dictionary: Dictionary
    names: list[int]


_Divided = tuple[dict[int, Evidence], dict[int, ExactCell]]
"""The empty pieces with evidence, and the shapes of the others."""


class ExactProver(Prover[ExactCell]):
    """Which pieces of a unit are empty on a cell, and why; what the others look like."""

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

    def examine(self, shape: ExactCell, pieces: Pieces, path: Sized) -> _Divided:
        height = len(path)
        if list(map(len, pieces.values())) == [1, 1]:
            return self._two_sides(shape, pieces, height)
        empty: dict[int, Evidence] = {}
        shapes: dict[int, ExactCell] = {}
        for piece, conditions in pieces.items():
            rest, names = shape.dictionary.copy(), list(shape.names)
            for i, (row, _) in enumerate(conditions):
                before = rest.rows
                above, below = split(rest, self.matrix(row))
                if above is None:
                    assert below is not None
                    empty[piece] = [*_own(_tight(below, self.matrix(row), names), height), -1 - i]
                    break
                rest = above
                names += [height + i] * (rest.rows - before)
            else:
                shapes[piece] = ExactCell(rest, names)
        return empty, shapes

    def _two_sides(self, shape: ExactCell, pieces: Pieces, height: int) -> _Divided:
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
        """A short point that satisfies all conditions of the path."""
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


def _tight(dictionary: Dictionary, row: flint.fmpq_mat, names: Sequence[int]) -> Evidence:
    """The rows that the function depends on where it is extreme."""
    expression = dictionary.express(row)
    columns = range(dictionary.dimension)
    return sorted(names[dictionary.nonbasic[j]] for j in columns if from_fmpq(expression[0, j]))


def _own(rows: Evidence, height: int) -> Evidence:
    """The same rows, those that are new with this piece counted from −1 down."""
    return [i if i < height else height - 1 - i for i in rows]
