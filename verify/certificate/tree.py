"""The tree of a certificate, node by node, in the order in which the checker reads it.

On entering a layer the units that take one piece on the cell are settled with their evidence once, for everything
below.  Then the cell is split unit by unit.  :class:`ProverTree` takes its inequalities from the checker's own
:class:`verify.checker.Cell`; :class:`verify.certificate.core_tree.CoreTree` is the same, many times faster.

What stands at a node depends on nothing but the cuts above it.  So a *part* of the space, where the first units take
given pieces (:mod:`verify.counting.long.parts`), is a subtree that any worker can write: the lines of a tree are those
of its *prefix*, the nodes above the parts, with the lines of the parts in their places.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from theory.errors import InternalError
from theory.network import Pattern
from verify import checker
from verify.certificate.provers import Condition, Prover, open_pieces, unpacked

State = Literal["done", "inline", "pending"]
"""Of a part: a worker has written its lines; they are written with the prefix; or they are not written."""

Cut = tuple[int, int, int]
"""Layer, unit and the piece that it takes on one side."""


class Lines(NamedTuple):
    """Lines, the leaves among them, and the most regions that these stand for, the same number unless one is open."""

    text: str
    leaves: int
    most: int


class Tree(ABC):
    """A stack of nodes; what is looked at is the one on top."""

    @property
    @abstractmethod
    def height(self) -> int:
        """The number of nodes."""

    @abstractmethod
    def look(self) -> tuple[str, list[Cut]]:
        """The lines of the node on top, and the last cuts above its children, which take its place, first on top."""

    @abstractmethod
    def stop(self) -> Lines:
        """The lines of a node below which nothing is written: its units are settled as far as they take one piece."""

    @abstractmethod
    def drop(self) -> None:
        """Write nothing in place of a node."""

    def run(self, floor: int = 0) -> Iterator[Lines]:
        """The lines of all nodes from this height on."""
        while self.height > floor:
            text, children = self.look()
            yield Lines(text, not children, not children)


def tree_lines(tree: Tree, part: Pattern = ()) -> Iterator[Lines]:
    """The lines of the subtree of a part, by default of the whole tree; InternalError if the part is empty."""
    floor = 0
    while part:
        text, children = tree.look()
        inside = [_lies_in(child, part) for child in children]
        if not children or inside[0] is None:  # the part is all of what was cut
            yield Lines(text, not children, not children)
            break
        if True not in inside:
            raise InternalError(f"no cell of the tree has the pieces {part}")
        for _ in range(inside.index(True)):
            tree.drop()
        floor = tree.height - 1
    yield from tree.run(floor)


def prefix_lines(tree: Tree, parts: Mapping[Pattern, State]) -> Iterator[Lines | Pattern]:
    """The lines of the tree above the given parts; InternalError if these do not make up the space.

    The name of a part that is done stands for its lines, those of an inline part are among these, and a pending one is
    an open leaf.
    """
    stack: list[tuple[list[Pattern], Cut | None]] = [(list(parts), None)]
    met = set()
    while stack:
        inside, cut = stack.pop()
        if not inside:
            raise InternalError(f"no part has the piece of layer, unit, piece {cut}")
        state = parts[inside[0]] if len(inside) == 1 else None
        if state:
            met.add(inside[0])
        if state == "done":
            tree.drop()
            yield inside[0]
        elif state == "pending":
            yield tree.stop()
        else:
            text, children = tree.look()
            yield Lines(text, not children, not children)
            for child in reversed(children):
                stack.append((inside if state else [part for part in inside if _lies_in(child, part)], child))
    if len(met) < len(parts):
        raise InternalError(f"{len(parts) - len(met)} parts were not met")


def _lies_in(cut: Cut, part: Pattern) -> bool | None:
    """Whether the part takes the piece of a cut; None if it names no piece of that unit."""
    layer, unit, piece = cut
    if layer < len(part) and unit < len(part[layer]):
        return part[layer][unit] == piece
    return None


@dataclass(slots=True)
class Node:
    """A cell of the tree that is still to be looked at.

    ``waiting`` are its units that may cut it, None if that is not known yet; ``conditions`` are its last rows, which
    begin at place ``height`` of the path.
    """

    cell: checker.Cell
    shape: Any
    waiting: list[int] | None
    conditions: list[Condition]
    height: int


class ProverTree(Tree):
    """The tree whose evidence a prover finds, from the domain of the claim, or from nodes that are put there."""

    def __init__(self, prover: Prover, claim: checker.Claim | None = None) -> None:
        self.prover, self.stack, self.path = prover, list[Node](), list[Condition]()
        if claim:
            self.path = unpacked(claim, claim.path)
            self.stack.append(Node(checker.Cell(claim), prover.root(self.path), None, [], len(self.path)))

    @property
    def height(self) -> int:
        return len(self.stack)

    def drop(self) -> None:
        self.stack.pop()

    def _descend(self) -> Node:
        node = self.stack.pop()
        self.path[node.height :] = node.conditions
        return node

    def look(self) -> tuple[str, list[Cut]]:
        node = self._descend()
        cell, shape, waiting, path = node.cell, node.shape, node.waiting, self.path
        lines: list[str] = []
        while cell.open:
            if waiting is None:
                waiting = self._settle(cell, shape, lines)
                continue
            unit = waiting.pop(0)
            pieces, layer = open_pieces(cell, unit), cell.level.depth
            empty, parts = self.prover.examine(shape, pieces, path)
            self._drop(cell, unit, empty, lines)
            if len(parts) > 1:
                for piece in sorted(parts, reverse=True):
                    child = cell.child(unit, piece)
                    left = list(waiting) if child.level.depth == layer else None
                    self.stack.append(Node(child, parts[piece], left, pieces[piece], len(path)))
                lines.append(f"{len(parts)},{unit}\n")
                return "".join(lines), [(layer, unit, piece) for piece in sorted(parts)]
            ((_, shape),) = parts.items()
            waiting = waiting or None
        return "".join([*lines, _leaf_line(cell, checker.LEAF, self.prover.witness(shape, path))]), []

    def stop(self) -> Lines:
        node, waiting = self._descend(), None
        lines: list[str] = []
        while node.cell.open and waiting is None:
            waiting = self._settle(node.cell, node.shape, lines)
        kind = checker.OPEN if node.cell.open else checker.LEAF
        text = "".join([*lines, _leaf_line(node.cell, kind, self.prover.witness(node.shape, self.path))])
        return Lines(text, 1, node.cell.most())

    def _settle(self, cell: checker.Cell, shape: Any, lines: list[str]) -> list[int] | None:
        """Settle the units of a new layer that take one piece; the others, or None if the layer is done."""
        depth, waiting = cell.level.depth, []
        for unit in checker.ones(cell.open):
            empty, parts = self.prover.examine(shape, open_pieces(cell, unit), self.path)
            if len(parts) > 1:
                waiting.append(unit)
            else:
                self._drop(cell, unit, empty, lines)
        return waiting if cell.level.depth == depth else None

    def _drop(self, cell: checker.Cell, unit: int, empty: dict[int, Any], lines: list[str]) -> None:
        """These pieces of the unit are empty."""
        for piece, evidence in empty.items():
            domain = len(cell.level.claim.path)
            lines.append(empty_line(unit, piece, evidence, len(cell.pieces(unit)[piece]), domain, len(self.path)))
            cell.drop(unit, piece)


def empty_line(unit: int, piece: int, evidence: Any, own: int, domain: int, height: int) -> str:
    """The line with evidence that a piece with so many own rows is empty.

    Evidence is a list of rows, or (rows, multipliers): rows of the path, the domain's first, and −1, −2, … own ones.
    """
    if isinstance(evidence, list) and isinstance(evidence[0], int):
        rows = [i - domain if i >= domain else -1 - i for i in evidence if i >= 0]
        return _line(checker.EMPTY, unit, -1 - piece, *rows, *(height - domain - 1 - i for i in evidence if i < 0))
    known = dict(zip(*evidence, strict=True))
    named = [(i - domain if i >= domain else -1 - i, y) for i, y in known.items() if i >= 0]
    multipliers = (known.get(-1 - i, 0) for i in range(own))
    return _line(checker.EMPTY, unit, piece, *multipliers, *(v for pair in named for v in pair))


def _leaf_line(cell: checker.Cell, kind: int, point: Sequence[int]) -> str:
    """The line of a leaf; in version 6 the numerators are written by few digits, where that is possible."""
    *numbers, q = point
    least, size = min(numbers), max(numbers) - min(numbers)
    width = next((width for width in (1, 2, 4) if size >> 4 * width == 0), 0)
    if not width or not cell.level.claim.wide or max(q, abs(least)) >= 10**18:
        return _line(kind, *point)
    return f'{kind},{least},{q},"{"".join(f"{number - least:0{width}x}" for number in numbers)}"\n'


def _line(*numbers: int) -> str:
    return ",".join(map(str, numbers)) + "\n"
