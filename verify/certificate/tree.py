"""The tree of a certificate, line by line, in the order in which the checker reads it.

On entering a layer every open unit is held against the cell; those that take one piece there are settled with their
evidence once, for everything below.  Then the cell is split unit by unit.  The inequalities come from the checker's own
:class:`verify.checker.Cell`, so writer and checker cannot differ about what a row number means.

A subtree depends on nothing but its *prefix*, the pieces taken at the cuts above it.  So the lines of a tree are those
of its trunk, with the lines of the subtrees in their places, whoever wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from theory.errors import InvalidInputError
from verify import checker
from verify.certificate.witness import Condition

__all__ = ["Bodies", "Line", "Prefix", "Subtree", "tree_lines"]

Prefix = tuple[int, ...]
"""The piece taken at each cut from the root down."""


class Bodies(Protocol):
    """Where evidence comes from, for example :class:`verify.certificate.exact_bodies.ExactBodies`."""

    def root(self, path: Sequence[Condition]) -> Any: ...
    def survey(self, body: Any, cell: checker.Cell) -> set[int]: ...
    def examine(
        self, body: Any, cell: checker.Cell, unit: int, path: Sequence[Condition]
    ) -> tuple[dict[int, Any], dict[int, Any]]: ...
    def witness(self, body: Any, path: Sequence[Condition]) -> list[int]: ...
    def release(self, body: Any) -> None: ...


@dataclass(frozen=True)
class Subtree:
    """A subtree that somebody else writes."""

    prefix: Prefix


class Line(NamedTuple):
    """A line without its end, its number of children, and for a leaf what the last layer computes there.

    The conditions of the path are those of the moment; copy them.
    """

    text: str
    children: int
    values: list[list[int]]
    path: list[Condition]

    @property
    def witness(self) -> list[int]:
        """Of a leaf."""
        point: list[int] = json.loads(self.text)[2]
        return point


@dataclass(slots=True)
class _Node:
    """A cell of the tree that is still to be looked at.

    ``waiting`` are its units that may cut it, None if that is not known yet; ``conditions`` are its last rows, which
    begin at place ``height`` of the path; ``prefix`` says where it is.
    """

    cell: checker.Cell
    body: Any
    waiting: list[int] | None
    conditions: list[Condition]
    height: int
    prefix: Prefix


def tree_lines(
    claim: checker.Claim, bodies: Bodies, prefix: Prefix = (), levels: int | None = None
) -> Iterator[Line | Subtree]:
    """The lines of the (sub)tree.

    Parameters
    ----------
    claim, bodies
    prefix : Prefix
        Begin at this subtree.
    levels : int, optional
        Write only so many levels of cuts; what is below is named, not written.

    Raises
    ------
    InvalidInputError
        If there is no subtree with this prefix.
    """
    path = list(claim.path)
    stack = [_Node(checker.Cell(claim), bodies.root(path), None, [], len(path), ())]
    while stack:
        node = stack.pop()
        if levels is not None and len(node.prefix) == len(prefix) + levels:
            bodies.release(node.body)
            yield Subtree(node.prefix)
            continue
        del path[node.height :]
        path += node.conditions
        line, children = _look(node, bodies, path)
        if len(node.prefix) >= len(prefix):
            yield Line(line, len(children), node.cell.z, path)
        else:
            piece = prefix[len(node.prefix)]
            for child in children:
                if child.prefix[-1] != piece:
                    bodies.release(child.body)
            children = [child for child in children if child.prefix[-1] == piece]
            if not children:
                raise InvalidInputError(f"no cell of the tree is reached by the pieces {prefix}")
        stack += reversed(children)


def _look(node: _Node, bodies: Bodies, path: list[Condition]) -> tuple[str, list[_Node]]:
    """The node's line and its children."""
    cell, body, waiting = node.cell, node.body, node.waiting
    statements: list[Any] = []
    while cell.open:
        if waiting is None:
            waiting = _settle(cell, body, bodies, path, statements)
            continue
        unit = waiting.pop(0)
        empty, parts = bodies.examine(body, cell, unit, path)
        if len(parts) > 1:
            bodies.release(body)
            children = []
            for piece in sorted(parts):
                child = cell.child(unit, piece)
                left = list(waiting) if child.depth == cell.depth else None
                conditions = cell.open[unit][piece]
                children.append(_Node(child, parts[piece], left, conditions, len(path), (*node.prefix, piece)))
            return _line(len(parts), statements, _statement(unit, empty)), children
        statements.append(_statement(unit, empty))
        ((piece, body),) = parts.items()
        cell.take(unit, piece)
        waiting = waiting or None
    line = _line(0, statements, bodies.witness(body, path))
    bodies.release(body)
    return line, []


def _settle(
    cell: checker.Cell, body: Any, bodies: Bodies, path: list[Condition], statements: list[Any]
) -> list[int] | None:
    """Settle the units of a new layer that take one piece; the others, or None if the layer is done."""
    depth, waiting = cell.depth, []
    cutting = bodies.survey(body, cell)
    for unit in sorted(cell.open):
        if unit in cutting:
            waiting.append(unit)
            continue
        empty, parts = bodies.examine(body, cell, unit, path)
        if len(parts) > 1:
            waiting.append(unit)
            for part in parts.values():
                bodies.release(part)
        else:
            statements.append(_statement(unit, empty))
            cell.take(unit, next(iter(parts)))
    return waiting if cell.depth == depth else None


def _statement(unit: int, empty: dict[int, Any]) -> list[Any]:
    return [unit, *([piece, evidence] for piece, evidence in empty.items())]


def _line(children: int, statements: list[Any], last: list[Any]) -> str:
    return json.dumps([children, statements, last], separators=(",", ":"))
