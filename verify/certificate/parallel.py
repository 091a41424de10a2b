"""Checking with several processes: each subtree is read from its place in the file by a checker of its own.

A first pass reads only how many children each line declares, which is enough to know where subtrees begin and end; the
checker finds a false declaration later.  The main process checks the prefix, as the checker alone would, but sends
every subtree of a suitable size to another process instead of reading it: the cell and a position in the file.  The
verdict is that of a single process; if several lines are wrong, the first of them is reported.
"""

import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from copy import copy
from io import BytesIO
from multiprocessing import get_context
from typing import BinaryIO

from verify import checker
from verify.checker import Cell, Claim, Lines, Rejected, Row, Walk

_CHILDREN = re.compile(rb"\[?(-?[0-9]{1,6}),")
_SHARES = 8
"""Subtrees per process, so that none waits long for the last one."""

_Position = tuple[int, int]
"""Bytes and lines from the beginning of the file."""
_Span = tuple[_Position, _Position]
"""Where a subtree begins and ends."""
_SENT: Row = [checker.OPEN]
"""The main process reads this one list, instead of a subtree, where another process reads that."""


def subtrees(file: BinaryIO, most: int) -> dict[int, _Span] | None:
    """Where large subtrees of at most ``most`` lines begin and end, by the number of the line before them.

    None if the file is not a tree; then the checker should say what is wrong.  Subtrees of less than ``most``/64 lines
    are not listed, so that the memory does not grow with the file.
    """
    if not file.readline(checker.MAX_CLAIM + 1).endswith(b"\n"):
        return None
    open_nodes: list[tuple[int, _Position, dict[int, _Span]]] = []  # children to come, beginning, found below
    offset, number = file.tell(), 1
    start: _Position | None = None
    while raw := file.readline(checker.MAX_LINE + 1):
        match = _CHILDREN.match(raw)
        if match is None or not raw.endswith(b"\n"):
            return None
        start = start or (offset, number)
        offset, number = offset + len(raw), number + 1
        kind = int(match[1])
        if kind in (checker.EMPTY, checker.BOUND, checker.BETWEEN):
            continue  # more of the same cell
        open_nodes.append((max(0, kind), start, {}))  # an open leaf has no children
        start = None
        while open_nodes and open_nodes[-1][0] == 0:
            _, first, below = open_nodes.pop()
            lines = number - first[1]
            if lines <= most:
                below = {first[1]: (first, (offset, number))} if 64 * lines >= most else {}
            if not open_nodes:
                return below
            children, begin, known = open_nodes[-1]
            known.update(below)
            open_nodes[-1] = children - 1, begin, known
    return None


def _go_to(lines: Lines, offset: int, number: int) -> None:
    """Continue at another place of the file, behind so many lines."""
    lines.file.seek(offset)
    lines.number, lines.ahead, lines.rest, lines.block = number, BytesIO(), BytesIO(), iter(list[Row]())
    lines.tree = lines._tree()


class _Prefix(Walk):
    """The walk of the main process, which sends subtrees to the workers."""

    def __init__(self, claim: Claim, lines: Lines, places: dict[int, _Span], pool: ProcessPoolExecutor) -> None:
        super().__init__(claim, lines)
        self.places, self.pool = places, pool
        self.shares: list[Future[tuple[int, int, int, str]]] = []
        self.start: _Position = 0, 0  # of the subtree that is sent next
        lines.tree = self._lines(lines.tree)

    def _lines(self, tree: Iterator[Row]) -> Iterator[Row]:
        """The lines of the tree, with :data:`_SENT` for every subtree that another process checks."""
        while True:
            place = self.places.get(self.lines.number)
            if place is None:
                yield next(tree)
            else:
                self.start, end = place
                _go_to(self.lines, *end)
                tree = self.lines.tree
                yield _SENT

    def leaf(self, cell: Cell, line: Row) -> None:
        if line is not _SENT:
            return super().leaf(cell, line)
        alone = copy(cell)
        alone.level = copy(cell.level)
        # the dimension can no longer be computed without the layer before
        alone.level.known = {"dimension": cell.level.dimension}
        alone.level.seen, alone.level.claim = {}, None  # type: ignore[assignment]
        alone.level.origin = alone.level.entered = None
        alone.level.sides = [None] * len(cell.level.sides)
        self.shares.append(self.pool.submit(_check_subtree, self.start, alone))
        return None


_WORKER: dict[str, tuple[str, Claim]] = {}


def _begin(path: str) -> None:
    """In a new process: read the claim."""
    sys.set_int_max_str_digits(checker.MAX_DIGITS)
    with open(path, "rb") as file:
        _WORKER["claim"] = path, Claim(Lines(file).next())


def _check_subtree(start: _Position, cell: Cell) -> tuple[int, int, int, str]:
    """(leaves, most regions, 0, "") or (0, 0, line, reason)."""
    name, claim = _WORKER["claim"]
    cell.level.claim = claim
    with open(name, "rb") as file:
        lines = Lines(file)
        _go_to(lines, *start)
        walk = Walk(claim, lines)
        try:
            walk.tree(cell)
        except Rejected as verdict:
            return 0, 0, lines.number, str(verdict)
        except (IndexError, ValueError):  # raised where the numbers of a line are unpacked
            return 0, 0, lines.number, "the line has too few or too many numbers"
    return walk.leaves, walk.most, 0, ""


def check_parallel(path: str | os.PathLike[str], jobs: int) -> tuple[Claim | None, int, str]:
    """What :func:`verify.checker.check` returns, by several processes."""
    name = os.fspath(path)
    wrong: list[tuple[int, str]] = []

    def prove(claim: Claim, lines: Lines) -> None:
        with open(name, "rb") as file:
            places = subtrees(file, max(256, 2 * claim.ends[0] // (claim.order * _SHARES * jobs)))
        if not places or claim.maps or claim.shared:  # the maps of all leaves are compared in one place
            return checker.prove(claim, lines)
        with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (name,)) as pool:
            walk = _Prefix(claim, lines, places, pool)
            try:
                walk.tree(Cell(claim))
                for share in walk.shares:
                    leaves, most, _, _ = share.result()
                    walk.leaves += leaves
                    walk.most += most
                return checker.finish(claim, walk)
            finally:
                wrong.extend((line, reason) for *_, line, reason in (share.result() for share in walk.shares) if line)

    claim, line, reason = checker.judged(name, prove)
    wrong += [] if claim else [(line, reason)]
    return (None, *min(wrong)) if wrong else (claim, 0, "")
