"""The tree of a certificate as the compiled core writes it, which finds cells and proofs in one pass.

Cells are polygons of two parameters, whose undecided signs the core computes in integers, and dictionaries otherwise.
What is not proved then, ``core/certificate.hpp`` asks.  A question about a unit is put to the rows at the vertex
where the floats find it nearest to its other side, whose dependency the checker's own code accepts or not, and then to
an exact dictionary.  A cell that floats do not reach, or cannot divide, is left to :class:`ProverTree`.
"""

import json
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from theory.errors import UnsupportedError
from theory.exact import format_rational
from theory.formats.json_file import loads
from theory.network import Layer, Network
from verify import checker
from verify.certificate.provers import ExactCell, ExactProver, unpacked
from verify.certificate.tree import Cut, Lines, Node, ProverTree, Tree, empty_line
from verify.engines.core import core
from verify.engines.fast import ExactFallback, core_start
from verify.engines.model import integers, rounded, scaling
from verify.engines.problem import Problem

_SECONDS = 0.1
"""After that the core returns to Python, where an interrupt is noticed."""


class CoreTree(Tree):
    """A tree of full-dimensional cells; UnsupportedError if the core does not serve the network or the domain.

    ``network`` is the network of the claim, if the caller has it; otherwise it is read from the claim.  ``known`` is
    the problem of the claim, in all its parameters, if the caller has that.
    """

    def __init__(
        self, claim: checker.Claim, prover: ExactProver, network: Network | None = None, known: Problem | None = None
    ) -> None:
        self.claim, self.prover = claim, prover
        self._below = ProverTree(prover)
        self._levels: list[tuple[list[int], checker.Level]] = []
        self._problem = problem = _problem(claim, list(prover.columns), network, known)
        simplex = problem.dimension != 2
        layers, start = core_start(problem, simplex=simplex, writes=True)
        bits = {i: max(map(abs, row)).bit_length() for i, row in enumerate(problem.rows) if row in problem.cuts}
        numbers = list(bits) if simplex else list(range(len(problem.rows)))
        weights = [1.0] * len(layers)
        for depth, (own, factors) in enumerate(zip(claim.layers, scaling(problem.network.hidden), strict=False)):
            scale = Fraction(factors.values, 1 << layers[depth].exponent)
            file_scale = Fraction(own.scale << claim.shifts[depth], own.factor << claim.length)
            weights[depth] = rounded(file_scale / scale)
        self._core = core.certificate(
            start,
            dimension=claim.dimension,
            wide=claim.wide,
            most_fine=min(checker.FINE, claim.length),
            columns=list(prover.columns),
            row_number=numbers,
            row_weight=[
                rounded(Fraction(1 << bits[i] + claim.domain_shifts[i] - claim.length)) if i in bits else 0.0
                for i in numbers
            ],
            wall=_walls(claim, prover.columns) if problem.bounds else [0] * (2 * problem.dimension),
            layer_weight=weights,
        )
        if not self._core.served:
            raise UnsupportedError("the domain is too thin for a floating-point witness")
        self._fallback = ExactFallback(problem, self._core, simplex=simplex)

    @property
    def height(self) -> int:
        return int(self._core.height) + self._below.height

    @property
    def statistics(self) -> dict[str, Any]:
        """What a count reports that is made by this tree."""
        questions = {"exact_questions": self._fallback.answers, "exact_subtrees": self._fallback.subtrees}
        return {"engine": "simplex" if self._fallback.simplex else "polygon", **questions, **self._core.work()}

    def drop(self) -> None:
        if self._below.height:
            self._below.drop()
        else:
            self._core.drop_cell()

    def look(self) -> tuple[str, list[Cut]]:
        text = ""
        if not self._below.height:
            status, text = self._answered(core.Until.NODE)
            if status != core.Status.EXACT:
                return text, list(self._core.children())
        below, children = self._below.look()
        return text + below, children

    def stop(self) -> Lines:
        text = ""
        if not self._below.height:
            status, text = self._answered(core.Until.SETTLED)
            if status != core.Status.EXACT:
                most = 1 if status == core.Status.LEAF else self._cell().most()
                self._core.drop_cell()
                return Lines(text, 1, most)
        below = self._below.stop()
        return below._replace(text=text + below.text)

    def run(self, floor: int = 0) -> Iterator[Lines]:
        while self.height > floor:
            if self._below.height:
                yield from self._below.run()
                continue
            before = self._core.count
            _, text = self._answered(core.Until.DONE, _SECONDS, floor)
            leaves = int(self._core.count - before)
            yield Lines(text, leaves, leaves)

    def _answered(self, until: Any, seconds: float = math.inf, floor: int = 0) -> tuple[Any, str]:
        """Why the core stops when its questions are answered, and its lines.

        EXACT: the cell on top was moved to exact arithmetic.
        """
        while (status := self._core.run(seconds, floor, until)) == core.Status.ASK:
            if self._fallback.simplex or self._core.has_integers:
                self._answer()
            else:
                self._core.give(*integers(self._problem, boxed=False))
        if status == core.Status.EXACT:
            self._leave()
        return status, str(self._core.take_text())

    def _answer(self) -> None:
        """Answer the question of the core about a unit, or about a row of the domain."""
        unit, claim = self._core.asked, self.claim
        if unit < 0:
            self._core.answer(self._fallback.empty_pieces())
            return
        self._fallback.answers += 1
        levels = self._known_levels()
        path = self._path(levels)
        options, layer = levels[-1].pieces(unit), self._problem.network.hidden[len(levels) - 1]
        others = [piece for piece in range(layer.units[unit].pieces) if piece not in options]
        if len(options) == 1:
            self._core.answer(others)
            return
        base, height = len(claim.path), len(path)
        numbers, positive = self._core.proposal()
        if numbers:
            gone = 1 - positive
            evidence = [i + base if i >= 0 else -1 - i for i in numbers] + [-1]
            places = [*evidence[:-1], height]
            try:
                proved = checker.depends(claim, claim.bounds, places, path + options[gone], checker.MAX_LINE)
            except checker.Rejected:
                proved = False
            if proved:
                self._core.answer([gone], empty_line(unit, gone, evidence, 1, base, height))
                return
        conditions = {piece: unpacked(claim, options[piece]) for piece in sorted(options)}
        empty, _ = self.prover.examine(self._shape(path), conditions, path)
        lines = (empty_line(unit, piece, why, len(options[piece]), base, height) for piece, why in empty.items())
        self._core.answer([*others, *empty], "".join(lines))

    def _leave(self) -> None:
        """Move the node on top to exact arithmetic."""
        self._fallback.subtrees += 1
        cell, path = self._cell(), self._path(self._known_levels())
        lines = self._core.pieces()[-1:]
        undecided = [u for line in lines for u, piece in enumerate(line) if piece < 0 and cell.open >> u & 1]
        self._below.path = unpacked(self.claim, path)
        self._below.stack.append(Node(cell, self._shape(path), undecided or None, [], len(path)))
        self._core.drop_cell()

    def _cell(self) -> checker.Cell:
        """The cell on top as the checker has it there."""
        cell = checker.Cell(self.claim)
        for depth, line in enumerate(self._core.pieces()):
            for unit, piece in enumerate(line):
                if piece >= 0 and cell.level.depth == depth and cell.open >> unit & 1:
                    cell.take(piece, unit)
        return cell

    def _known_levels(self) -> list[checker.Level]:
        """The layers down to that of the node on top, their rows as functions of the parameters."""
        claim = self.claim
        lines = self._core.pieces()[: len(claim.layers)]
        while self._levels and [line for line, _ in self._levels[1:]] != lines[: len(self._levels) - 1]:
            self._levels.pop()
        if not self._levels:
            self._levels.append(([], checker.Level(claim, 0, claim.first)))
        for depth in range(len(self._levels), len(lines)):
            level = self._levels[-1][1]
            rows = level.behind(sum(piece << level.field * unit for unit, piece in enumerate(lines[depth - 1])))
            self._levels.append((lines[depth - 1], checker.Level(claim, depth, rows)))
        return [level for _, level in self._levels[: len(lines)]]

    def _path(self, levels: Sequence[checker.Level]) -> list[checker.Condition]:
        """The conditions of the node on top."""
        cuts = (levels[layer].pieces(unit)[piece] for layer, unit, piece in self._core.path())
        return [*self.claim.path, *(own for conditions in cuts for own in conditions)]

    def _shape(self, path: Sequence[checker.Condition]) -> ExactCell:
        """The cell on top, which the conditions of its path bound."""
        rows = [self.prover.reduced(row) for row, _ in unpacked(self.claim, path)]
        return ExactCell(self._fallback.dictionary(rows), list(range(len(rows))))


def _problem(claim: checker.Claim, columns: Sequence[int], network: Network | None, known: Problem | None) -> Problem:
    """What is counted, in the coordinates that matter."""
    if not claim.layers:
        raise UnsupportedError("a network without bends")
    network = network or loads(json.dumps(claim.stated["network"], default=format_rational))
    if claim.values is None and len(columns) == claim.dimension:
        return known or Problem(network, tuple(map(tuple, claim.rows)))
    rows, scale = claim.first_rows, claim.layers[0].scale // claim.layers[0].factor
    weights = [[Fraction(row[j], scale) for j in columns] for row in rows]
    biases = [Fraction(row[-1], scale) for row in rows]
    first = Layer(weights, biases, network.layers[0].units, inputs=len(columns))
    domain = tuple((*(row[j] for j in columns), row[-1]) for row in claim.rows)
    return Problem(Network([first, *network.layers[1:]]), domain)


def _walls(claim: checker.Claim, columns: Sequence[int]) -> list[int]:
    """Of each coordinate the numbers of the rows that are its lower and its upper bound."""
    tight: dict[tuple[int, int], int] = {}
    for number, at in claim.single.items():
        row = claim.rows[number]
        side = -1 if row[at] > 0 else 1
        if claim.unit // abs(row[at]) * row[-1] == claim.walls[side][at]:
            tight[at, side] = number
    return [tight[at, side] for at in columns for side in (-1, 1)]
