"""Certificates with one proof for all cells that have the same image (version 4 of the format).

The lines are images and steps (:class:`verify.checker.Shared`).  A step divides an image by one layer and says which
image each of its cells has, so the size is that of the distinct images, not of the number of regions; layers that read
in the same way share their steps, too.  The inequalities come from the checker's own functions; polyhedra in double
description find the cells, an exact simplex the multipliers.
"""

import json
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import flint

from theory.exact import from_fmpq, primitive_row, to_fmpq
from theory.geometry.feasibility import Dictionary, MixedSystem
from theory.geometry.polyhedra import Polyhedron, center
from theory.geometry.region import integer_rows
from theory.network import Network
from verify import checker
from verify.certificate.provers import short_point
from verify.domain.shapes import Domain
from verify.engines.images.image import Image, image_of, walls_of
from verify.engines.images.run import MOST_INPUTS, shared_count
from verify.engines.images.traverse import split
from verify.engines.problem import Problem

_Rows = list[list[int]]
_Map = tuple[_Rows, int]
"""An affine map: integer rows and the factor by which they are to be divided."""


def is_shared(network: Network, domain: Domain) -> bool:
    """Whether a count is certified by images: if it is made by them, in few enough parameters.

    It depends on network and domain only, as the lines of a certificate must.
    """
    if domain.dimension > MOST_INPUTS or not all(layer.width for layer in network.hidden):
        return False
    return shared_count(Problem.of(network, domain)) is not None


class SharedWriter:
    """Writes what follows a claim.

    Images are numbered as they are met, and a step follows the images that it leads to.
    """

    def __init__(self, claim: checker.Claim) -> None:
        self._rules = checker.Shared(claim, checker.Lines.__new__(checker.Lines))
        self._rules.lines.bytes = checker.MAX_CLAIM
        self._claim = claim
        self._images: list[Image] = []
        self._numbers: dict[Any, int] = {}
        self._fresh: list[str] = []

    @property
    def regions(self) -> int:
        """The number that the lines show, when all of them are written."""
        return self._rules.total()

    def lines(self) -> Iterator[str]:
        """The lines behind the claim."""
        kinds = self._rules.kinds
        steps = self._rules.steps
        needed: list[dict[int, None]] = [dict.fromkeys([-1]), *({} for _ in kinds)]
        for layer, kind in enumerate(kinds):
            for number in needed[layer]:
                found = steps.get((kind, number))
                if found is None:
                    found = {}
                    tree = list(self._step(layer, number, found))
                    yield from self._fresh
                    self._fresh.clear()
                    yield _json(["step", layer, number])
                    yield from tree
                    direct = not any(line.endswith('"on"]') for line in tree)
                    steps[kind if direct else layer, number] = found
                for target in found:
                    if target is not None:
                        needed[layer + target[0]][target[1]] = None
        yield _json(["end"])

    def _step(self, first: int, number: int, found: dict[checker.Target, int]) -> Iterator[str]:
        """The tree of a step; the targets are added to ``found``."""
        forms, factor, rows = self._rules.start if number < 0 else self._rules.images[number]
        body = Polyhedron.of(self._claim.dimension, map(tuple, rows)) if number < 0 else self._images[number].body
        assert body is not None
        path = list(rows)
        stack: list[tuple[checker.Place, Polyhedron, int, _Rows]] = [((first, forms, factor, []), body, len(path), [])]
        while stack:
            (layer, forms, factor, pieces), part, height, own = stack.pop()
            path[height:] = own
            statements: list[Any] = []
            target: Any = []
            for at, unit in self._rules.units[layer][len(pieces) :]:
                left = self._rules.options(unit, forms[at : at + (unit.rank or 1)], factor)
                if len(left) > 1:
                    parts, empty = self._divided(part, path, left)
                    statements.append(empty)
                    if len(parts) > 1:
                        stack += [
                            ((layer, forms, factor, [*pieces, piece]), parts[piece], len(path), left[piece])
                            for piece in reversed(parts)
                        ]
                        break
                    left = {piece: [] for piece in parts}
                pieces = [*pieces, *left]
            else:
                after, q = self._rules.behind(layer, forms, factor, pieces)
                if not any(any(row[:-1]) for row in after):
                    target = short_point([(row, True) for row in path], _inside(part))
                    found[None] = found.get(None, 0) + 1
                elif (shown := self._target(after, q, path, part)) is None:
                    target = "on"
                    stack.append(((layer + 1, after, q, []), part, len(path), []))
                else:
                    target = shown
                    key = layer + 1 - first, shown[0]
                    found[key] = found.get(key, 0) + 1
            yield _json([statements, target])

    def _divided(
        self, body: Polyhedron, path: _Rows, left: dict[int, _Rows]
    ) -> tuple[dict[int, Polyhedron], list[list[Any]]]:
        """The parts of a cell on which a unit takes its pieces, and the empty pieces with evidence."""
        parts, empty = {}, []
        for piece, rows in left.items():
            part = body
            for i, row in enumerate(rows):
                rest, _ = split(part, row, True)
                if rest is None:
                    m, *numbers = _evidence([*path, *rows[:i]], [-v for v in row], _inside(part))
                    empty.append([piece, [1, len(path) + i, m, *numbers]])
                    break
                part = rest
            else:
                parts[piece] = part
        return parts, empty

    def _target(self, after: _Rows, q: int, path: _Rows, body: Polyhedron) -> list[Any] | None:
        """The image of a cell, with the proof; None if no affine map into the cell covers it."""
        key, image = image_of(body, _matrix(after, q))
        u = _coordinates(after, q, image)
        back = _section(u, path, image)
        if back is None:
            return None
        number = self._number(key, image)
        there = integer_rows(u)
        rows = self._rules.images[number][2]
        inside, below = _inside(body), center(frozenset(image.body.rays)) if image.body else ()
        forward = [_evidence(path, row, inside) for row in checker.composed(rows, *there)]
        backward = [_evidence(rows, row, below) for row in checker.composed(path, *back)]
        return [number, *there, *back, forward, backward, short_point([(row, True) for row in path], inside)]

    def _number(self, key: Any, image: Image) -> int:
        """The number of an image, which gets a line if it is new."""
        if key not in self._numbers:
            self._numbers[key] = len(self._images)
            self._images.append(image)
            forms, factor = integer_rows(image.forms)
            rows = [list(row) for row in walls_of(image)]
            self._rules.images.append((forms, factor, rows))
            self._fresh.append(_json(["image", image.dimension, forms, factor, rows]))
        return self._numbers[key]


def _matrix(rows: _Rows, q: int) -> flint.fmpq_mat:
    return flint.fmpq_mat(len(rows), len(rows[0]), [flint.fmpq(v, q) for row in rows for v in row])


def _coordinates(after: _Rows, q: int, image: Image) -> flint.fmpq_mat:
    """The coordinates of an image as affine functions on the cell; each is one of the preactivations."""
    table, d = image.forms.tolist(), image.dimension
    units = ([flint.fmpq(int(j == k)) for j in range(d + 1)] for k in range(d))
    return _matrix([after[table.index(unit)] for unit in units], q)


def _section(u: flint.fmpq_mat, path: _Rows, image: Image) -> _Map | None:
    """An affine map s of the image into the closure of the cell with u(s(v)) = v, if there is one.

    If the dimensions agree it is the inverse of u.  Otherwise its entries solve a system of linear inequalities: rows
    of the cell are ≥ 0 at the images of the vertices, and do not fall along those of the directions.
    """
    d, r = u.nrows(), u.ncols() - 1
    if d == r:
        square = flint.fmpq_mat([*u.tolist(), [flint.fmpq(int(j == r)) for j in range(r + 1)]])
        return integer_rows(flint.fmpq_mat(square.inv().tolist()[:r]))
    assert image.body is not None
    size = r * (d + 1)  # unknown: entry (i, j) of s at place i·(d + 1) + j
    system = MixedSystem(size)
    rows: list[list[Fraction]] = []
    for k in range(d):
        for j in range(d + 1):
            row = [Fraction(0)] * (size + 1)
            for i in range(r):
                row[i * (d + 1) + j] = from_fmpq(u[k, i])
            row[-1] = (from_fmpq(u[k, r]) if j == d else Fraction(0)) - int(j == k)
            rows += [row, [-v for v in row]]
    generators = [*image.body.rays, *image.body.lines, *([-v for v in line] for line in image.body.lines)]
    for condition in path:
        rows += [
            [Fraction(a * v) for a in condition[:-1] for v in ray] + [Fraction(condition[-1] * ray[-1])]
            for ray in generators
        ]
    solved = system.solve() if all(system.require(primitive_row(row)) for row in rows if any(row)) else None
    return None if solved is None else integer_rows(flint.fmpq_mat(r, d + 1, solved))


def _evidence(rows: _Rows, form: Sequence[int], inside: Sequence[Fraction]) -> list[int]:
    """[m, i, y_i, …] with m·form = Σ y_i·row_i + a constant ≥ 0, for a form that is ≥ 0 where the rows are."""
    direct = primitive_row(form)
    for i, row in enumerate(rows):
        if primitive_row(row) == direct:
            j = next(j for j, v in enumerate(row) if v)
            return _scaled([(i, flint.fmpq(form[j], row[j]))])
    dictionary = Dictionary(len(form) - 1, [to_fmpq(v) for v in inside], rows)
    dictionary.minimum(dictionary.express_row(form))
    goal = dictionary.express_row(form)
    return _scaled([(n, goal[0, j]) for j, n in enumerate(dictionary.nonbasic) if n >= 0 and goal[0, j] != 0])


def _scaled(multipliers: Sequence[tuple[int, flint.fmpq]]) -> list[int]:
    m = math.lcm(*(int(y.q) for _, y in multipliers))
    return [m, *(v for i, y in sorted(multipliers) for v in (i, int(y * m)))]


def _inside(body: Polyhedron) -> Sequence[Fraction]:
    return center(frozenset(body.rays))


def _json(line: list[Any]) -> str:
    return json.dumps(line, separators=(",", ":"))
