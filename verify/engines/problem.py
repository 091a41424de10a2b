"""What an engine is given: a network on R^m, integer halfspace rows, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import flint

from theory.errors import InvalidInputError
from theory.exact import Row, from_fmpq, primitive_row
from theory.network import Layer, Network
from verify.domain.shapes import Domain, WholeSpace


def require_network(network: object) -> None:
    """Refuse what is not a network."""
    if not isinstance(network, Network):
        problem = f"a Network is needed, not {type(network).__name__}"
        raise InvalidInputError(f"{problem}; load a file with theory.formats.load")


def require_kinds(network: object, domain: object) -> None:
    """Refuse what is not a network, or not a domain."""
    require_network(network)
    if not isinstance(domain, Domain):
        problem = f"the domain is a {type(domain).__name__}"
        raise InvalidInputError(f"{problem}; give a Box, Polytope, Segment, Line or Plane")


def domain_of(network: Network, domain: Domain | None) -> Domain:
    """Where the regions of a network are asked for, by default all of its input space; other kinds are refused."""
    require_network(network)
    if domain is None:
        return WholeSpace(network.inputs)
    require_kinds(network, domain)
    return domain


class NoInteriorError(InvalidInputError):
    """The domain contains no open set, so no region is full-dimensional there."""

    def __init__(self, domain: object = "the domain") -> None:
        super().__init__(f"{domain} has no interior point; widen it, or count on a segment or plane instead")


@dataclass(frozen=True)
class Problem:
    """Count the regions of ``network`` inside {x : ⟨a, x⟩ + b > 0 for every row}; no rows mean all of R^m."""

    network: Network
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, network: Network, domain: Domain) -> Problem:
        """The problem in the domain's parameter space, reduced."""
        return reduced(cls.in_parameters(network, domain))

    @classmethod
    def in_parameters(cls, network: Network, domain: Domain) -> Problem:
        """The problem in the domain's parameter space, not reduced: coordinates mean what they say."""
        require_kinds(network, domain)
        return cls(domain.pull_back(network), domain.rows)

    @cached_property
    def bounds(self) -> tuple[tuple[Fraction, Fraction], ...] | None:
        """The (lower, upper) end of every input if the rows bound each one by itself, otherwise None."""
        return bounds_of(self.rows, self.dimension)

    @cached_property
    def cuts(self) -> tuple[Row, ...]:
        """The rows that :attr:`bounds` does not say: all of them if there are no bounds."""
        if self.bounds is None:
            return self.rows
        return tuple(row for row in self.rows if row.count(0) - (row[-1] == 0) != len(row) - 2)

    @property
    def dimension(self) -> int:
        """Dimension m of the space in which cells are full-dimensional; 0 if the function is constant there."""
        return self.network.inputs


def bounds_of(rows: Iterable[Sequence[int]], d: int) -> tuple[tuple[Fraction, Fraction], ...] | None:
    """The (lower, upper) end of every coordinate of R^d if the rows bound each one by itself, otherwise None."""
    lower: dict[int, Fraction] = {}
    upper: dict[int, Fraction] = {}
    for row in rows:
        b = row[-1]
        if row.count(0) - (b == 0) != len(row) - 2:
            continue
        a = sum(row) - b  # the one coefficient
        i, end = row.index(a), Fraction(-b, a)
        if a > 0:
            lower[i] = max(end, lower[i]) if i in lower else end
        else:
            upper[i] = min(end, upper[i]) if i in upper else end
    return None if len(lower) < d or len(upper) < d else tuple((lower[i], upper[i]) for i in range(d))


def reduced(problem: Problem) -> Problem:
    """The same count in R^r, r = rank of the first layer's and the domain's rows (at least one input is kept).

    With M the stacked rows and J its pivot columns, M = M_J·C for the r × m echelon form C, which maps onto R^r.  So
    the network factors through y = C·x, regions correspond one to one, and the columns J are kept.
    """
    network, m = problem.network, problem.dimension
    if problem.bounds is not None:  # the rows of a box have rank m
        return problem
    first = network.layers[0]
    stacked = flint.fmpq_mat(
        first.rows + len(problem.rows),
        m,
        [*first.weight_matrix.entries(), *(flint.fmpq(v) for row in problem.rows for v in row[:-1])],
    )
    echelon, r = stacked.rref()
    if r == m:
        return problem
    pivots = [next(j for j in range(m) if echelon[i, j] != 0) for i in range(r)] or [0]
    weights = [[from_fmpq(first.weight_matrix[i, j]) for j in pivots] for i in range(first.rows)]
    layer = Layer(weights, first.biases, first.units, inputs=len(pivots))
    rows = tuple(primitive_row([*(row[j] for j in pivots), row[-1]]) for row in problem.rows)
    return Problem(Network([layer, *network.layers[1:]]), rows)
