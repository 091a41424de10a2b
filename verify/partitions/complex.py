"""The cells that patterns name, and the partition as a complex: every face once, with the cells that share it.

Cells are built from the definition of a unit alone (:mod:`theory.geometry.region`), without asking how an engine
found their patterns.  Proper regions (R2) are meant: inequalities that depend on the input are taken strictly, so the
closed cell is described by ≥ 0 and must have an interior; one that does not depend on it holds everywhere or nowhere,
and of two pieces that coincide the tie goes as :mod:`theory.activations` says.

The closed cells of a continuous piecewise-linear network fit together face to face (docs/exactness.md),
so a face of one cell that meets another is a face of that one too, and both name it by the same extreme rays
(:meth:`theory.geometry.polyhedra.Polyhedron.faces`).  In the plane these are vertices, edges and polygons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from theory.errors import LinregionsError, UnsupportedError
from theory.exact import Row
from theory.geometry.polyhedra import Face, Polyhedron, dot
from theory.geometry.region import Condition, pattern_conditions
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.progress import tracked

MOST_DIMENSIONS = 4
"""All faces are computed up to this dimension."""
CHEAP_DIMENSIONS = 3
"""Up to this dimension all faces take less time than linear programs that ask for some of them."""


def pattern_rows(problem: Problem, pattern: Pattern) -> tuple[Row, ...] | None:
    """The halfspaces of the domain and of the pattern; None if a constant preactivation contradicts the pattern.

    >>> from theory import Network
    >>> net = Network.relu([([[1, 0], [1, -1]], [0, "1/2"]), ([[1, 1]], [0])])
    >>> pattern_rows(Problem(net, ((0, 1, 0),)), ((1, 0),))
    ((0, 1, 0), (1, 0, 0), (-2, 2, -1))
    """
    conditions = list(pattern_conditions(problem.network, pattern))
    rows = (condition.row for condition in conditions if any(condition.row[:-1]))
    return (*problem.rows, *rows) if all(c.is_possible for c in conditions) else None


def closed_cells(problem: Problem, patterns: Iterable[Pattern]) -> Iterator[tuple[Pattern, Polyhedron | None]]:
    """The closure of the region of each pattern inside the domain, None if it has no interior; patterns sorted.

    Cuts that two patterns in a row share are made once.  Meant for up to 3 dimensions and some thousand patterns.

    >>> from theory import Network
    >>> net = Network.relu([([[1, 0], [1, -1]], [0, "1/2"]), ([[1, 1]], [0])])
    >>> square = Problem(net, ((1, 0, 1), (-1, 0, 1), (0, 1, 1), (0, -1, 1)))
    >>> for pattern, cell in closed_cells(square, [((0, 0),), ((0, 1),), ((1, 0),), ((1, 1),)]):
    ...     print(pattern, cell.volume())
    ((0, 0),) 1
    ((0, 1),) 1
    ((1, 0),) 1/8
    ((1, 1),) 15/8
    """
    ordered, before = sorted(patterns), list[Condition]()
    bodies: list[Polyhedron | None] = [Polyhedron.of(problem.dimension, problem.rows)]
    for pattern in tracked(ordered, f"{len(ordered)} cells"):
        conditions = list(pattern_conditions(problem.network, pattern))
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(conditions, before, strict=False)))
        del bodies[same + 1 :]
        for condition in conditions[same:]:
            body = bodies[-1] if condition.is_possible else None
            bodies.append(body.cut(condition.row) if body and any(condition.row[:-1]) else body)
        before = conditions
        yield pattern, bodies[-1]


@dataclass(slots=True)
class FaceIncidence:
    """The full-dimensional cells that contain a face of the complex, and whether it lies on the domain's border."""

    dimension: int
    cells: list[Pattern]
    border: bool


@dataclass(frozen=True)
class Complex:
    """All ``faces`` of a partition that are not at infinity, the closed full-dimensional ``cells`` included."""

    problem: Problem
    cells: dict[Pattern, Polyhedron]
    faces: dict[Face, FaceIncidence]

    @classmethod
    def of(cls, problem: Problem, patterns: Iterable[Pattern]) -> Complex:
        """The complex of the given full-dimensional regions; UnsupportedError in more than four dimensions."""
        check_dimensions(problem)
        cells: dict[Pattern, Polyhedron] = {}
        faces: dict[Face, FaceIncidence] = {}
        for pattern, cell in closed_cells(problem, patterns):
            if cell is None:
                raise LinregionsError(f"the pattern {pattern} has no interior point, so its engine is wrong; report it")
            cells[pattern] = cell
            for face, dimension in cell.faces().items():
                if face not in faces:
                    border = any(not any(dot(row, ray) for ray in face) for row in problem.rows)
                    faces[face] = FaceIncidence(dimension, [], border)
                faces[face].cells.append(pattern)
        return cls(problem, cells, faces)

    @cached_property
    def f_vector(self) -> tuple[int, ...]:
        """The number of faces of dimension 0, 1, …, m."""
        counted = Counter(place.dimension for place in self.faces.values())
        return tuple(counted[k] for k in range(self.problem.dimension + 1))

    @cached_property
    def proper_faces(self) -> dict[Pattern, list[Face]]:
        """The proper faces of every cell."""
        found: dict[Pattern, list[Face]] = {pattern: [] for pattern in self.cells}
        for face, place in self.faces.items():
            if place.dimension < self.problem.dimension:
                for cell in place.cells:
                    found[cell].append(face)
        return found

    def above(self, face: Face) -> set[Face]:
        """The faces that contain a face properly, the cells not among them."""
        return {g for cell in self.faces[face].cells for g in self.proper_faces[cell] if face < g}

    @property
    def euler_characteristic(self) -> int:
        """Σ (−1)^k · (faces of dimension k); that of the domain if nothing is missing."""
        return sum((-1) ** k * n for k, n in enumerate(self.f_vector))


def check_dimensions(problem: Problem) -> None:
    """Refuse more than four dimensions."""
    if problem.dimension > MOST_DIMENSIONS:
        raise UnsupportedError(
            f"all faces are computed in at most {MOST_DIMENSIONS} dimensions, here are {problem.dimension}; "
            "restrict the network to a plane"
        )
