"""The tree of a certificate, line by line, in the order in which the checker reads it.

On entering a layer every open unit is held against the cell; those that take one piece there are settled with their
evidence once, for everything below.  Then the cell is split unit by unit.  The inequalities come from the checker's own
:class:`verify.checker.Cell`, so writer and checker cannot differ about what a row number means.

What stands at a node depends on nothing but the cuts above it.  So a *part* of the space, where the first units take
given pieces (:mod:`verify.counting.long.parts`), is a subtree that any worker can write: the lines of a tree are those
of its *prefix*, the nodes above the parts, with the lines of the parts in their places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from theory.errors import InternalError
from theory.network import Pattern
from verify import checker
from verify.certificate.rows import Condition, OpenCell, domain_path

__all__ = ["Line", "Prover", "State", "Subtree", "prefix_lines", "tree_lines"]

State = Literal["done", "inline", "pending"]
"""Of a part: a worker has written its lines; they are written with the prefix; or they are not written."""


Shape = TypeVar("Shape")
"""What a prover keeps of a cell, such as a dictionary at one of its vertices, or a point of it."""


class Prover(Generic[Shape]):
    """Finds witnesses, and evidence that pieces are empty.  A path lists the conditions of a cell."""

    def root(self, path: Sequence[Condition]) -> Shape:
        """The shape of the domain."""
        raise NotImplementedError

    def survey(self, shape: Shape, cell: OpenCell) -> set[int]:  # noqa: ARG002
        """Units that are known to cut the cell before they are examined."""
        return set()

    def enclose(self, shape: Shape, cell: OpenCell, path: Sequence[Condition]) -> list[list[int]]:  # noqa: ARG002
        """Lines with bounds of the cell, and the units that these settle, which are then taken."""
        return []

    def examine(
        self, shape: Shape, cell: OpenCell, unit: int, path: Sequence[Condition]
    ) -> tuple[dict[int, Any], dict[int, Shape]]:
        """The empty pieces of an open unit with evidence, and the shapes of the others."""
        raise NotImplementedError

    def witness(self, shape: Shape, path: Sequence[Condition]) -> list[int]:
        """A point (n_1, …, n_m, q) that satisfies all conditions of the path."""
        raise NotImplementedError

    def release(self, shape: Shape) -> None:
        """The shape is not needed any more."""


@dataclass(frozen=True)
class Subtree:
    """The place of the lines of a part, which a worker has written."""

    part: Pattern


class Line(NamedTuple):
    """A line without its end, its number of children (−1 for an open leaf), and what the last layer computes there.

    ``most`` is the largest number of regions that a leaf can stand for, 1 unless it is open.  ``path`` changes with the
    next line: copy it.
    """

    text: str
    children: int
    values: list[int]
    path: list[Condition]
    most: int = 1

    @property
    def witness(self) -> list[int]:
        """Of a leaf."""
        return [int(v) for v in self.text.rpartition("\n")[2].split(",")[1:]]


@dataclass(slots=True)
class _Node:
    """A cell of the tree that is still to be looked at.

    ``waiting`` are its units that may cut it, None if that is not known yet; ``conditions`` are its last rows, which
    begin at place ``height`` of the path; ``cut`` is the layer, unit and piece of the last cut above it.
    """

    cell: checker.Cell
    shape: Any
    waiting: list[int] | None
    conditions: list[Condition]
    height: int
    cut: tuple[int, int, int]

    def lies_in(self, part: Pattern) -> bool | None:
        """Whether the part takes the piece of the last cut; None if it names no piece of that unit."""
        layer, unit, piece = self.cut
        if layer < len(part) and unit < len(part[layer]):
            return part[layer][unit] == piece
        return None


def tree_lines(claim: checker.Claim, prover: Prover[Any], part: Pattern = ()) -> Iterator[Line]:
    """The lines of the subtree of a part, by default of the whole tree.

    Raises
    ------
    InternalError
        If the part is empty.
    """
    path = domain_path(claim)
    stack = [_root(claim, prover, path)]
    above = True
    while stack:
        node = stack.pop()
        _descend(path, node)
        line, children = _look(node, prover, path)
        above = above and bool(children) and children[0].lies_in(part) is not None
        if above:
            for child in children:
                if child.lies_in(part):
                    stack.append(child)
                else:
                    prover.release(child.shape)
            if not stack:
                raise InternalError(f"no cell of the tree has the pieces {part}")
        else:
            yield Line(line, len(children), node.cell.next, path)
            stack += reversed(children)


def prefix_lines(claim: checker.Claim, prover: Prover[Any], parts: Mapping[Pattern, State]) -> Iterator[Line | Subtree]:
    """The lines of the tree above the given parts, which make up the space.

    A part that is done is a :class:`Subtree`, the lines of an inline part are among these, and a pending one is an open
    leaf.

    Raises
    ------
    InternalError
        If the parts do not make up the space.
    """
    path = domain_path(claim)
    stack = [(_root(claim, prover, path), list(parts))]
    met = set()
    while stack:
        node, inside = stack.pop()
        if not inside:
            raise InternalError(f"no part has the piece of layer, unit, piece {node.cut}")
        _descend(path, node)
        state = parts[inside[0]] if len(inside) == 1 else None
        if state:
            met.add(inside[0])
        if state == "done":
            prover.release(node.shape)
            yield Subtree(inside[0])
        elif state == "pending":
            yield _stop(node, prover, path)
        else:
            line, children = _look(node, prover, path)
            yield Line(line, len(children), node.cell.next, path)
            for child in reversed(children):
                stack.append((child, inside if state else [part for part in inside if child.lies_in(part)]))
    if len(met) < len(parts):
        raise InternalError(f"{len(parts) - len(met)} parts were not met")


def _root(claim: checker.Claim, prover: Prover[Any], path: list[Condition]) -> _Node:
    return _Node(checker.Cell(claim), prover.root(path), None, [], len(path), (-1, -1, -1))


def _descend(path: list[Condition], node: _Node) -> None:
    del path[node.height :]
    path += node.conditions


def _look(node: _Node, prover: Prover[Any], path: list[Condition]) -> tuple[str, list[_Node]]:
    """The node's lines and its children."""
    cell, shape, waiting = node.cell, node.shape, node.waiting
    lines: list[str] = []
    while cell.open:
        if waiting is None:
            waiting = _settle(cell, shape, prover, path, lines)
            continue
        unit = waiting.pop(0)
        view = OpenCell(cell)
        empty, parts = prover.examine(shape, view, unit, path)
        pieces = view.open[unit]
        if len(parts) > 1:
            prover.release(shape)
            _drop(cell, unit, empty, path, lines)
            children = []
            for piece in sorted(parts):
                child = cell.child(unit, piece)
                left = list(waiting) if child.level.depth == cell.level.depth else None
                cut = (cell.level.depth, unit, piece)
                children.append(_Node(child, parts[piece], left, pieces[piece], len(path), cut))
            return "\n".join([*lines, f"{len(parts)},{unit}"]), children
        ((_, shape),) = parts.items()
        _drop(cell, unit, empty, path, lines)
        waiting = waiting or None
    point = prover.witness(shape, path)
    prover.release(shape)
    return "\n".join([*lines, _text(checker.LEAF, *point)]), []


def _stop(node: _Node, prover: Prover[Any], path: list[Condition]) -> Line:
    """The lines of a node below which nothing is written: its units are settled as far as they take one piece."""
    cell, waiting = node.cell, None
    lines: list[str] = []
    while cell.open and waiting is None:
        waiting = _settle(cell, node.shape, prover, path, lines)
    kind = checker.OPEN if cell.open else checker.LEAF
    text = "\n".join([*lines, _text(kind, *prover.witness(node.shape, path))])
    prover.release(node.shape)
    return Line(text, -1 if cell.open else 0, cell.next, path, cell.most())


def _settle(
    cell: checker.Cell, shape: Any, prover: Prover[Any], path: list[Condition], lines: list[str]
) -> list[int] | None:
    """Settle the units of a new layer that take one piece; the others, or None if the layer is done."""
    depth, waiting = cell.level.depth, []
    lines += [_text(*line) for line in prover.enclose(shape, OpenCell(cell), path)]
    if not cell.open or cell.level.depth != depth:
        return None
    cutting = prover.survey(shape, OpenCell(cell))
    for unit in sorted(cell.open):
        if unit in cutting:
            waiting.append(unit)
            continue
        empty, parts = prover.examine(shape, OpenCell(cell), unit, path)
        if len(parts) > 1:
            waiting.append(unit)
            for part in parts.values():
                prover.release(part)
        else:
            _drop(cell, unit, empty, path, lines)
    return waiting if cell.level.depth == depth else None


def _drop(cell: checker.Cell, unit: int, empty: dict[int, Any], path: list[Condition], lines: list[str]) -> None:
    """These pieces of the unit are empty."""
    for piece, evidence in empty.items():
        lines.append(
            _text(checker.EMPTY, unit, *_numbers(cell, piece, len(cell.left(unit)[piece]), len(path), evidence))
        )
        cell.drop(unit, piece)


def _numbers(cell: checker.Cell, piece: int, own: int, height: int, evidence: Any) -> list[int]:
    """The evidence that a piece with so many own rows is empty: rows of the path, own ones as −1, −2, …."""
    domain = len(cell.level.claim.path)
    if isinstance(evidence, list) and isinstance(evidence[0], int):
        return [
            -1 - piece,
            *(i - domain if i >= domain else -1 - i for i in evidence if i >= 0),
            *(height - domain - 1 - i for i in evidence if i < 0),
        ]
    rows, multipliers = evidence
    known = dict(zip(rows, multipliers, strict=True))
    named = [(i - domain if i >= domain else -1 - i, y) for i, y in known.items() if i >= 0]
    return [piece, *(known.get(-1 - i, 0) for i in range(own)), *(v for pair in named for v in pair)]


def _text(*numbers: int) -> str:
    return ",".join(map(str, numbers))
