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
    """Where evidence comes from, for example :class:`verify.certificate.exact_bodies.ExactBodies`."""

    def root(self, path: Sequence[Condition]) -> Any: ...
    def survey(self, body: Any, cell: checker.Cell) -> set[int]: ...
    def examine(
        self, body: Any, cell: checker.Cell, unit: int, path: Sequence[Condition]
    ) -> tuple[dict[int, list[int]], dict[int, Any]]: ...
    def witness(self, body: Any, path: Sequence[Condition]) -> list[int]: ...
    def release(self, body: Any) -> None: ...


def tree_lines(claim: checker.Claim, bodies: Bodies) -> Iterator[tuple[str, bool]]:
    """Each line of the tree, without its end, and whether it is a leaf."""
    path: list[Condition] = [(row, True) for row in claim.rows]
    # what is left to do: a cell, its body, its units that may cut it (None: not known yet), its last rows, their place
    stack: list[tuple[checker.Cell, Any, list[int] | None, list[Condition], int]] = [
        (checker.Cell(claim), bodies.root(path), None, [], len(path))
    ]
    while stack:
        cell, body, waiting, conditions, height = stack.pop()
        del path[height:]
        path += conditions
        statements: list[Any] = []
        while cell.open:
            if waiting is None:
                waiting = _settle(cell, body, bodies, path, statements)
                continue
            unit = waiting.pop(0)
            empty, parts = bodies.examine(body, cell, unit, path)
            if len(parts) > 1:
                yield _line(len(parts), statements, _statement(unit, empty)), False
                for piece in sorted(parts, reverse=True):
                    child = cell.child(unit, piece)
                    left = list(waiting) if child.depth == cell.depth else None
                    stack.append((child, parts[piece], left, cell.open[unit][piece], len(path)))
                break
            statements.append(_statement(unit, empty))
            ((piece, body),) = parts.items()
            cell.take(unit, piece)
            waiting = waiting or None
        else:
            yield _line(0, statements, bodies.witness(body, path)), True
        bodies.release(body)


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


def _statement(unit: int, empty: dict[int, list[int]]) -> list[Any]:
    return [unit, *([piece, evidence] for piece, evidence in empty.items())]


def _line(children: int, statements: list[Any], last: list[Any]) -> str:
    return json.dumps([children, statements, last], separators=(",", ":"))
