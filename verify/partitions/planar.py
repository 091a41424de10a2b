"""The partition of a plane region: vertices, edges and polygons that know each other, and a picture without matplotlib.

>>> from theory import Network
>>> from verify import Box
>>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
>>> square = partition(cross, Box([-1, -1], [1, 1]))
>>> square
<partition of [-1,1]^2: 9 vertices, 12 edges, 4 polygons>
>>> square.euler_characteristic, sum(edge.layer > 0 for edge in square.edges)
(1, 4)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape

from theory.errors import InvalidInputError
from theory.exact import Point, Row, primitive_row
from theory.geometry.polyhedra import center, chord
from theory.geometry.region import Region, pattern_text
from theory.network import Network, Pattern
from verify.domain.shapes import Domain
from verify.drawing import INKS, color
from verify.engines.problem import Problem
from verify.engines.selection import listed
from verify.partitions.adjacency import first_change
from verify.partitions.complex import Complex
from verify.partitions.region_list import parameter_problem

__all__ = ["Edge", "Partition", "partition"]

_WIDTH = 420
"""Width of the picture in pixels."""

_STROKE = 'fill="none" stroke-linecap="round" vector-effect="non-scaling-stroke"'
"""Attributes and not a style sheet, which in a notebook would change the rest of the page."""


@dataclass(frozen=True)
class Edge:
    """An edge of the partition.

    Attributes
    ----------
    ends : tuple of points
        Two vertices; one for a ray, none for a line.
    directions : tuple of vectors
        Of a ray the direction in which it leaves, of a line both.
    witness : rational point
        In its relative interior.
    cells : tuple of Pattern
        The polygons that it divides; one on the border of the domain.
    layer : int
        The hidden layer, counted from 1, whose unit bends there first; 0 on the border.
    """

    ends: tuple[Point, ...]
    directions: tuple[tuple[int, ...], ...]
    witness: Point
    cells: tuple[Pattern, ...]
    layer: int


@dataclass(frozen=True, repr=False)
class Partition:
    """The activation regions of a plane region as a complex of vertices, edges and polygons.

    Attributes
    ----------
    domain : Domain
    complex : Complex
        In the parameters of the domain.
    """

    domain: Domain
    complex: Complex

    @cached_property
    def polygons(self) -> tuple[Region, ...]:
        """The activation regions, sorted by pattern."""
        problem = self.complex.problem
        return tuple(Region(problem.network, pattern, problem.rows) for pattern in self.complex.cells)

    @cached_property
    def vertices(self) -> dict[Point, tuple[Pattern, ...]]:
        """Every vertex, with the polygons around it."""
        found = {}
        for face, place in self.complex.faces.items():
            if place.dimension == 0:
                ((*point, last),) = face
                found[tuple(Fraction(v, last) for v in point)] = tuple(place.cells)
        return dict(sorted(found.items()))

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge once, with the one or two polygons that share it."""
        found = []
        for face, place in self.complex.faces.items():
            if place.dimension == 1:
                ends = sorted(tuple(Fraction(v, ray[-1]) for v in ray[:-1]) for ray in face if ray[-1])
                directions = [ray[:-1] for ray in face if not ray[-1]]
                if lines := self.complex.cells[place.cells[0]].lines:
                    ends, directions = [], [lines[0][:-1], tuple(-v for v in lines[0][:-1])]
                cells = tuple(place.cells)
                layer = first_change(*cells)[0] if len(cells) == 2 else 0
                found.append(Edge(tuple(ends), tuple(directions), center(face), cells, layer))
        return tuple(sorted(found, key=lambda edge: edge.cells))

    @property
    def euler_characteristic(self) -> int:
        """Vertices − edges + polygons: 1 for a polygon, 0 for an unbounded domain with a corner, 1 for the plane."""
        return self.complex.euler_characteristic

    def __repr__(self) -> str:
        names = (("vertex", "vertices"), ("edge", "edges"), ("polygon", "polygons"))
        parts = (f"{n} {name[n != 1]}" for n, name in zip(self.complex.f_vector, names, strict=True))
        return f"<partition of {self.domain}: {', '.join(parts)}>"

    @cached_property
    def window(self) -> tuple[Point, Point]:
        """Corners of the part that is drawn: all of a bounded domain, otherwise the middle, with a wide margin."""
        bounded = all(cell.is_bounded for cell in self.complex.cells.values())
        points = list(self.vertices) or [edge.witness for edge in self.edges] or [self.polygons[0].witness]
        corners = []
        for j in range(2):
            values = sorted(point[j] for point in points)
            if bounded:
                corners.append((values[0], values[-1]))
            else:  # without the outermost tenth, which may be far away
                low, high = values[len(values) // 10], values[-1 - len(values) // 10]
                margin = (high - low) / 2 or Fraction(1)
                corners.append((low - margin, high + margin))
        (left, right), (bottom, top) = corners
        return (left, bottom), (right, top)

    def svg(self) -> str:
        """The picture as SVG: polygons colored by their patterns, edges in the ink of the layer that bends there.

        Every polygon names its pattern and its affine function when the mouse rests on it.  The text depends on the
        partition only, so two runs give the same file.
        """
        (left, bottom), (right, top) = self.window
        scale = _WIDTH / float(right - left)
        height = min(2 * _WIDTH, max(_WIDTH // 8, round(float(top - bottom) * scale)))
        stretch = height / float(top - bottom)

        def place(point: Point) -> str:
            return f"{float(point[0] - left) * scale:.2f},{float(top - point[1]) * stretch:.2f}"

        frame = tuple(primitive_row(row) for row in ((1, 0, -left), (-1, 0, right), (0, 1, -bottom), (0, -1, top)))
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
            f'viewBox="0 0 {_WIDTH} {height}" role="img">',
            f"<title>{escape(repr(self).strip('<>'))}</title>",
        ]
        strokes: dict[int, list[str]] = {}
        for region in self.polygons:
            shown = Region(region.network, region.pattern, (*region.domain_rows, *frame))
            if not shown.has_interior:
                continue
            outline = " ".join(map(place, shown.vertices()))
            title = escape(f"{pattern_text(region.pattern)}: {', '.join(region.formulas[:3])}")
            lines.append(f'<polygon points="{outline}" fill="{color(region.pattern)}"><title>{title}</title></polygon>')
        for edge in self.edges:
            if segment := _visible(edge, frame):
                strokes.setdefault(edge.layer, []).append("M" + "L".join(map(place, segment)))
        for layer in sorted(strokes, reverse=True):
            ink = INKS[(layer - 1) % len(INKS)] if layer else "#888888"
            lines.append(f'<path d="{"".join(strokes[layer])}" stroke="{ink}" {_STROKE}/>')
        return "\n".join([*lines, "</svg>", ""])

    _repr_svg_ = svg


def partition(network: Network, domain: Domain | None = None, *, engine: str = "auto") -> Partition:
    """The partition of a two-dimensional domain into activation regions.

    Parameters
    ----------
    network, domain, engine
        As for :func:`verify.counting.region_count.count`; the domain, or the network's input space, must have dimension
        2.

    Raises
    ------
    InvalidInputError
        If the domain has another dimension.

    Notes
    -----
    Memory grows with the number of regions.
    """
    place, problem = parameter_problem(network, domain)
    if place.dimension != 2:
        raise InvalidInputError(
            f"a partition is drawn in two dimensions, but {place} has {place.dimension}; restrict it with a Plane"
        )
    patterns, _ = listed(Problem.of(network, place), engine)
    return Partition(place, Complex.of(problem, patterns))


def _visible(edge: Edge, frame: tuple[Row, ...]) -> tuple[Point, Point] | None:
    """The ends of the part of an edge inside the frame, None if there is no such part."""
    start = edge.ends[0] if edge.ends else edge.witness
    along = edge.directions[0] if edge.directions else tuple(b - a for a, b in zip(*edge.ends, strict=True))
    part = chord(frame, start, along, Fraction(0) if edge.ends else None, None if edge.directions else Fraction(1))
    if part is None or part[0] is None or part[1] is None or part[0] == part[1]:
        return None
    near, far = ((start[0] + t * along[0], start[1] + t * along[1]) for t in part if t is not None)
    return near, far
