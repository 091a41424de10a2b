r"""Random numbers whose mean is at most the number R of regions, by parity constraints.

A pattern satisfies m equations :math:`\sum_{i \in S} z_i \equiv b \pmod 2`, S a set of units and :math:`z_i` whether
unit i is on, with probability :math:`2^{-m}` if the bits b are fair and independent, whatever the sets are.  So of the
R patterns of regions :math:`R \, 2^{-m}` satisfy them on average, and the probability that some pattern does is at most
that.  Let :math:`X = 2^m` if a solver finds a pattern that satisfies the equations and exact arithmetic confirms that
it belongs to a region, otherwise :math:`X = 0`: its mean is at most R, whatever the solver misses, as long as m does
not depend on the bits of this draw.

Before the first draw two runs, with random bits that no draw uses, add one equation after the other until the solver
finds no pattern; m is one less than the larger number of equations for which it found one.

The program that the solver has is :mod:`verify.counting.estimates.mixed_integer`.  Where the domain is not bounded, it
seeks patterns in a box.  For each choice of the units of an equation that violates it, one row excludes that choice.
The sets have three units: short equations are the easiest for the solver, and the proof allows them.

References
----------
T. Serra, S. Ramalingam: Empirical bounds on linear regions of deep rectifier networks.  AAAI 2020.
C. P. Gomes, A. Sabharwal, B. Selman: Model counting: a new strategy for obtaining good bounds.  AAAI 2006.
"""

import itertools
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from theory.activations import RELU
from theory.deadline import check
from theory.geometry.region import Region
from theory.network import Pattern
from verify.counting.estimates.mixed_integer import POSITIVE, Program, to_float
from verify.counting.samples.stream import Stream
from verify.domain.shapes import Box
from verify.engines.problem import Problem

_SIZE, _RUNS, _NODES = 3, 2, 1000
"""Units in one equation; runs that find out how many equations to take; nodes that the solver may use."""
_FAR = 1000
"""Where a domain is not bounded, patterns are sought in a box of this size."""


class Equation(NamedTuple):
    """Of these units, as layer and number, an odd number is on, or an even one."""

    units: tuple[tuple[int, int], ...]
    odd: bool

    def holds(self, pattern: Pattern) -> bool:
        """Whether a pattern satisfies it."""
        return sum(pattern[layer][unit] for layer, unit in self.units) % 2 == self.odd


class Search:
    """Patterns of a problem's regions that satisfy equations; raises what :class:`Program` does."""

    def __init__(self, problem: Problem) -> None:
        network, ends = problem.network, problem.bounds
        self._problem = problem
        self._box = Box.cube(-_FAR, _FAR, problem.dimension) if ends is None else Box(*zip(*ends, strict=True))
        bounds = self._program().bounds
        self._units = [
            (number, u)
            for number, layer in enumerate(network.hidden)
            for u, (unit, (low, high)) in enumerate(zip(layer.units, bounds[number], strict=True))
            if unit == RELU and low < 0 < high
        ]

    def _program(self) -> Program:
        """The program with the rows of the domain."""
        program = Program(self._problem.network, self._box)
        for *normal, offset in self._problem.cuts:
            terms = dict(zip(program.inputs, map(to_float, normal), strict=True))
            program.add_row(-to_float(offset), program.infinity, terms)
        return program

    def equation(self, stream: Stream) -> Equation:
        """A random one."""
        left, chosen = self._units.copy(), []
        for _ in range(min(_SIZE, len(left))):
            chosen.append(left.pop(stream.below(len(left))))
        return Equation(tuple(chosen), bool(stream.below(2)))

    def pattern(self, equations: list[Equation]) -> Pattern | None:
        """The pattern of a region that satisfies them; None if the solver finds none."""
        program = self._program()
        for equation in equations:
            columns = [program.binaries[layer][unit][0] for layer, unit in equation.units]
            for ones in itertools.product((0, 1), repeat=len(columns)):
                if sum(ones) % 2 != equation.odd:
                    signs = {column: 1.0 - 2.0 * one for column, one in zip(columns, ones, strict=True)}
                    program.add_row(1.0 - sum(ones), program.infinity, signs)
        solver = program.solver
        solver.changeColBounds(program.f, POSITIVE, program.infinity)
        solver.setOptionValue("mip_max_nodes", _NODES)
        solver.setOptionValue("mip_max_improving_sols", 1)
        _run(solver)
        x = solver.getSolution().col_value
        if not x or solver.getInfo().primal_solution_status != 2:
            return None
        pattern = tuple(tuple(round(x[unit[0]]) if unit else 0 for unit in layer) for layer in program.binaries)
        region = Region(self._problem.network, pattern, self._problem.rows)
        return pattern if all(e.holds(pattern) for e in equations) and region.has_interior else None

    def number(self, stream: Stream) -> int:
        """To how many equations, added one after the other, a pattern is found."""
        equations: list[Equation] = []
        pattern = self.pattern(equations)
        while pattern is not None:
            equations.append(self.equation(stream))
            if not equations[-1].holds(pattern):
                pattern = self.pattern(equations)
        return max(len(equations) - 1, 0)


def _run(solver: Any) -> None:
    """Run the solver; a deadline or an interrupt that comes meanwhile stops it and is raised afterwards."""
    raised: list[BaseException] = []

    def look(event: Any) -> None:
        try:
            check()
        except BaseException as error:
            raised.append(error)
            event.interrupt()

    solver.cbMipInterrupt += look
    solver.run()
    if raised:
        raise raised[0]


@lru_cache(maxsize=4)
def _prepared(problem: Problem, seed: int) -> tuple[Search, int]:
    """What searches, and the number of equations of each draw."""
    search = Search(problem)
    return search, max(0, *(search.number(Stream(seed, -1 - run)) - 1 for run in range(_RUNS)))


def trial(problem: Problem, seed: int, number: int) -> Fraction:
    """The draw with this number; its random bits are those of −3 − ``number``, and those of the runs −1 and −2."""
    search, m = _prepared(problem, seed)
    stream = Stream(seed, -1 - _RUNS - number)
    return Fraction(2**m if search.pattern([search.equation(stream) for _ in range(m)]) else 0)
