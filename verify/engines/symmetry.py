r"""Networks that do not tell some inputs apart, or their signs: one region counted for all that symmetry makes of it.

Let W be the group of signed permutations of the inputs that exchanges of two inputs of a *chain* :math:`x_{i_1}, \dots,
x_{i_k}` generate, and, if the chain is *signed*, changes of the sign of one.  The set C where :math:`x_{i_1} > \dots >
x_{i_k}` in each chain (:math:`> 0` if it is signed) is one of its \|W\| chambers.  Its walls belong to the *simple*
reflections, the exchanges of neighbors in a chain, and the change of sign of the last.  Suppose that the domain is
convex and invariant under W, and that for each simple reflection s there is a permutation :math:`\pi` of the units of
each layer, among units of one kind, with preactivations :math:`z_u(s x) = z_{\pi(u)}(x)`.  So s takes the region with
pattern p to that with pattern :math:`p \circ \pi`.

**Theorem** (proved in ``verify/CERTIFICATE.md``).  For a region R that meets C let :math:`W_J` be the group that the
simple reflections generate which leave its pattern as it is.  The number of regions is the sum of :math:`|W| / |W_J|`
over the regions that meet C.  :math:`|W_J|` is a product: of k! for every k neighbors of a chain which J joins, and of
:math:`2^k k!` for the last k of a signed chain if J holds the change of sign as well.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from theory.activations import Activation, Maxout
from theory.exact import Row, primitive_row
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.engines.selection import is_small

MOST_INPUTS, _MOST_WEIGHTS = 32, 100_000
"""Inputs, and weights of all layers, up to which symmetries are looked for."""
_WORTH = 6
"""Elements from which on a group saves more than it costs to look at the patterns."""


@dataclass(frozen=True)
class Chain:
    """Inputs that may be exchanged, and changed in sign if the chain is ``signed``.

    ``units`` has for each simple reflection the permutation of each hidden layer up to the last that bends.
    """

    inputs: tuple[int, ...]
    signed: bool
    units: tuple[tuple[tuple[int, ...], ...], ...]

    @property
    def order(self) -> int:
        """The number of signed permutations."""
        return math.factorial(len(self.inputs)) << (len(self.inputs) if self.signed else 0)

    def fixed(self, pattern: Pattern) -> int:
        """How many of them leave a region with this pattern as it is, if it meets the chamber."""
        order = run = 1
        for number, units in enumerate(self.units):
            layers = zip(pattern, units, strict=False)
            same = all(all(p[k] == v for v, k in zip(p, pi, strict=True)) for p, pi in layers)
            if number == len(self.inputs) - 1:
                return order << run if same else order
            run = run + 1 if same else 1
            order *= run
        return order


@dataclass(frozen=True)
class Symmetry:
    """The chains of a problem."""

    chains: tuple[Chain, ...]

    @property
    def order(self) -> int:
        return math.prod(chain.order for chain in self.chains)

    def walls(self, dimension: int) -> tuple[Row, ...]:
        """The rows of the chamber, in the order of the simple reflections."""
        ends = (zip(c.inputs, (*c.inputs[1:], *[None] * c.signed), strict=False) for c in self.chains)
        pairs = itertools.chain.from_iterable(ends)
        return tuple(primitive_row([(k == i) - (k == j) for k in range(dimension + 1)]) for i, j in pairs)

    def chamber(self, problem: Problem) -> Problem:
        """The problem in the chamber."""
        return Problem(problem.network, (*problem.rows, *self.walls(problem.dimension)))

    def weight(self, pattern: Pattern) -> int:
        """For how many regions one that meets the chamber stands."""
        return self.order // math.prod(chain.fixed(pattern) for chain in self.chains)


def symmetry_of(problem: Problem) -> Symmetry | None:
    """The signed permutations of inputs that a problem is proved not to notice; None if there are none.

    >>> from theory import Network
    >>> from verify.domain.shapes import WholeSpace
    >>> sums = Network.relu([([[2, 1, 1], [1, 2, 1], [1, 1, 2]], [1, 1, 1]), ([[1, 1, 1]], [0])])
    >>> found = symmetry_of(Problem.of(sums, WholeSpace(3)))
    >>> found.order, found.walls(3), found.weight(((0, 1, 1),)), found.weight(((1, 1, 1),))
    (6, ((1, -1, 0, 0), (0, 1, -1, 0)), 3, 1)
    """
    hidden, d = problem.network.hidden, problem.dimension
    while hidden and all(unit.pieces == 1 and not isinstance(unit, Maxout) for unit in hidden[-1].units):
        hidden = hidden[:-1]  # certificates name no units of affine layers at the end
    if not hidden or d > MOST_INPUTS or sum(layer.inputs * layer.rows for layer in hidden) > _MOST_WEIGHTS:
        return None
    columns = list(zip(*hidden[0].weights, strict=True))
    ends = [(min(column), max(column)) for column in columns]
    alike = [[j for j in range(d) if ends[j] == end] for end in ends]
    even = [low == -high for low, high in ends]
    if not any(even) and max(map(len, alike)) == 1:
        return None
    layers: list[_Places] = [defaultdict(list) for _ in hidden]
    for layer, places in zip(hidden, layers, strict=True):
        with_biases = [(*w, b) for w, b in zip(layer.weights, layer.biases, strict=True)]
        for u, (unit, own) in enumerate(layer.by_unit(with_biases)):
            places[unit, tuple(own)].append(u)
    rows = {primitive_row(row) for row in problem.rows}

    def units(i: int, j: int | None) -> tuple[tuple[int, ...], ...] | None:
        """What the exchange of two inputs, or the change of the sign of one, does to the units."""
        moved = {primitive_row(_reflected(row, i, j)) for row in rows}
        return _permutations(layers, i, j) if moved == rows else None

    chains, left = [], [j for j in range(d) if any(columns[j])]
    while left:
        inputs, found = [left[0]], []
        for j in left[1:]:
            if j in alike[inputs[-1]] and (exchange := units(inputs[-1], j)):
                inputs.append(j)
                found.append(exchange)
        sign = units(inputs[-1], None) if even[inputs[-1]] else None
        left = [j for j in left if j not in inputs]
        if found or sign:
            chains.append(Chain(tuple(inputs), sign is not None, (*found, *([sign] if sign else []))))
    return Symmetry(tuple(chains)) if chains else None


def _reflected(row: Sequence[Fraction | int], i: int, j: int | None) -> list[Fraction | int]:
    """The row after the exchange of two coordinates, or the change of the sign of one."""
    moved = list(row)
    if j is None:
        moved[i] = -moved[i]
    else:
        moved[i], moved[j] = moved[j], moved[i]
    return moved


_Places = dict[tuple[Activation, tuple[tuple[Fraction | int, ...], ...]], list[int]]
"""The units of a layer by their kind and rows, each row with its bias."""


def _permutations(layers: Sequence[_Places], i: int, j: int | None) -> tuple[tuple[int, ...], ...] | None:
    """For each layer a permutation of its units; None if one has none."""
    found: list[tuple[int, ...]] = []
    for places in layers:
        before = sorted(range(len(found[-1])), key=found[-1].__getitem__) if found else None  # the inverse
        images: dict[int, int] = {}
        for (unit, rows), alike in places.items():
            moved = (_reflected(row, i, j) if before is None else [*(row[k] for k in before), row[-1]] for row in rows)
            there = places.get((unit, tuple(map(tuple, moved))), [])
            if len(there) != len(alike):
                return None
            images.update(zip(alike, there, strict=True))
        found.append(tuple(images[u] for u in range(len(images))))
    return tuple(found)


def useful_symmetry(problem: Problem) -> Symmetry | None:
    """The symmetry, where it is probably worth while."""
    symmetry = None if is_small(problem) else symmetry_of(problem)
    return symmetry if symmetry and symmetry.order >= _WORTH else None
