"""The tree of a certificate, line by line, in the order in which the checker reads it.

On entering a layer every open unit is held against the cell; those that take one piece there are settled with their
evidence once, for everything below.  Then the cell is split unit by unit.  The inequalities come from the checker's own
:class:`verify.checker.Cell`, so writer and checker cannot differ about what a row number means.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from verify import checker
from verify.certificate.witness import Condition

__all__ = ["Bodies", "tree_lines"]


class Bodies(Protocol):
    """Where evidence comes from; see :class:`verify.certificate.exact_bodies.ExactBodies`."""

    def root(self, path: Sequence[Condition]) -> Any: ...
    def examine(
        self, body: Any, pieces: dict[int, list[Condition]], height: int
    ) -> tuple[dict[int, list[int]], dict[int, Any]]: ...
    def witness(self, body: Any, path: Sequence[Condition]) -> list[int]: ...


def tree_lines(claim: checker.Claim, bodies: Bodies) -> Iterator[tuple[str, bool]]:
    """Each line of the tree, without its end, and whether it is a leaf."""
    path: list[Condition] = [(row, True) for row in claim.rows]
    stack: list[tuple[Any, Any, list[int] | None, list[Condition]]] = [
        (checker.Cell(claim), bodies.root(path), None, [])
    ]
    heights = [len(path)]
    while stack:
        cell, body, waiting, conditions = stack.pop()
        del path[heights.pop() :]
        path += conditions
        statements: list[Any] = []
        while cell.open:
            if waiting is None:
                waiting = []
                depth = cell.depth
                for unit in sorted(cell.open):
                    empty, parts = bodies.examine(body, cell.open[unit], len(path))
                    if len(parts) == 1:
                        statements.append(_statement(unit, empty))
                        cell.take(unit, next(iter(parts)))
                    else:
                        waiting.append(unit)
                if cell.depth != depth:
                    waiting = None
                continue
            unit = waiting.pop(0)
            empty, parts = bodies.examine(body, cell.open[unit], len(path))
            if len(parts) > 1:
                yield _line(len(parts), statements, _statement(unit, empty)), False
                for piece in sorted(parts, reverse=True):
                    child = cell.child(unit, piece)
                    left = list(waiting) if child.depth == cell.depth else None
                    stack.append((child, parts[piece], left, cell.open[unit][piece]))
                    heights.append(len(path))
                break
            statements.append(_statement(unit, empty))
            cell.take(unit, next(iter(parts)))
            waiting = waiting or None
        else:
            yield _line(0, statements, bodies.witness(body, path)), True


def _statement(unit: int, empty: dict[int, list[int]]) -> list[Any]:
    return [unit, *([piece, evidence] for piece, evidence in empty.items())]


def _line(children: int, statements: list[Any], last: list[Any]) -> str:
    return json.dumps([children, statements, last], separators=(",", ":"))
