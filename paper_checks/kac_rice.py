"""The integrand of Theorem 3 of Hanin and Rolnick (2019) at one point of one network, for every codimension.

The mean volume of the stratum of codimension k in K is ∫_K E Y(x) dx with, for scalar units with breakpoints ξ,

    Y(x) = Σ over sets of k units z_1, …, z_k and breakpoints ξ_1, …, ξ_k of
           det(JJᵀ)^{1/2} · Π_j ρ_b(ξ_j − w_j(x)) · 1{every z_j good at x},

w_j the preactivation of z_j without its own bias, J the k × n0 matrix of the gradients (Theorem 6; ReLU units have the
only breakpoint 0: Theorem 3).  Three things must be read with care; the ledger of the papers has an example of each:

* *At their thresholds.*  The formula comes from integrating over the biases of z_1, …, z_k, which puts each z_j at ξ_j.
  Everything behind it, the other z_i and what is open, has to be evaluated there and not at the biases that were drawn.
* *Sets, not tuples.*  With ordered k-tuples every volume comes out k! times too large.
* *Good.*  A path of open units leads from z_j to an output; a unit of the set may lie on the path, it is at its
  threshold and open on one side.  Where z_2 is the only way from z_1 to the output, the wall of z_1 ends at the wall of
  z_2: such points belong to B_2.

The gradient of a later unit jumps at the wall of an earlier one, by a multiple of that one's gradient, which leaves
det(JJᵀ) as it is.  All of this is decided in rational arithmetic, and the sum is enclosed.

>>> from theory import Network
>>> corner = Network.relu([([[1, 0], [0, 1]], [5, 7]), ([[1, 1]], [0])])  # these biases are replaced by thresholds
>>> print(integrand(corner, 1, [0, 0], 2).str(8, radius=False))  # ρ(0)²
0.15915494
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from theory.activations import PiecewiseLinear
from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, from_fmpq, integer, rational, rational_vector, to_fmpq
from theory.initialization import Initialization
from theory.network import Layer, Network
from verify.domain.shapes import Box, Segment
from verify.measure.boundary import Which, boundary
from verify.measure.sampling import Estimate, mean_over_networks
from verify.measure.strata import strata
from verify.partitions.definitions import accepts_of

__all__ = ["density_by_formula", "density_by_geometry", "integrand"]


@dataclass(frozen=True)
class _Pass:
    """The first layers of a network at a point, with some units at breakpoints.

    Attributes
    ----------
    values, jacobian : outputs of the last layer passed, and their gradients
    open : for every layer passed, which units are open
    chosen : layer and unit of those at a breakpoint
    gradients : theirs
    square : Σ (ξ_j − w_j)² over them
    """

    values: flint.fmpq_mat
    jacobian: flint.fmpq_mat
    open: tuple[tuple[bool, ...], ...]
    chosen: tuple[tuple[int, int], ...]
    gradients: tuple[tuple[flint.fmpq, ...], ...]
    square: flint.fmpq


@accepts_of
def integrand(
    network: Network,
    bias: RationalLike,
    point: Sequence[RationalLike],
    codimension: int = 1,
    definition: Which = "linear",
) -> flint.arb:
    """An enclosure of Y(x), whose mean over networks is the density of the stratum of codimension k at x.

    Parameters
    ----------
    network : Network
        Scalar units; of k units at a time the biases are replaced.
    bias : rational > 0
        Deviation β of the normal biases.
    point : rational point
    codimension : int
        k, at most the number of inputs.
    definition : {"activation", "linear"}
        Every unit counts, or only a good one.

    Notes
    -----
    One pass through the network for each set of at most k units before its last layer.

    Raises
    ------
    UnsupportedError
        For maxout units.
    """
    k, d = integer(codimension, place="codimension", minimum=1), network.inputs
    if k > d:
        raise InvalidInputError(f"codimension {k} exceeds the {d} inputs")
    deviation = rational(bias, place="bias")
    if deviation <= 0:
        raise InvalidInputError("bias: the deviation must be positive")
    x = rational_vector(point, place="point")
    if len(x) != d:
        raise InvalidInputError(f"the point has {len(x)} coordinates and the network {d} inputs")
    if not all(isinstance(unit, PiecewiseLinear) for layer in network.hidden for unit in layer.units):
        raise UnsupportedError("the integrand is written for scalar units, not for maxout; use the geometry")
    identity = flint.fmpq_mat(d, d, [int(i == j) for i in range(d) for j in range(d)])
    passes = [_Pass(flint.fmpq_mat(d, 1, [to_fmpq(v) for v in x]), identity, (), (), (), flint.fmpq(0))]
    hidden = network.hidden
    for depth, layer in enumerate(hidden):
        passes = [after for before in passes for after in _through(before, layer, depth, k)]
        if depth == len(hidden) - 1:
            passes = [p for p in passes if len(p.chosen) == k]
    total, halved = flint.arb(0), to_fmpq(2 * deviation**2)
    for done in passes:
        if definition == "linear" and not _good(network, done):
            continue
        rows = flint.fmpq_mat(k, d, [v for row in done.gradients for v in row])
        gram = (rows * rows.transpose()).det()
        if gram:
            total += flint.arb(gram).sqrt() * (-flint.arb(done.square / halved)).exp()
    return total / ((2 * flint.arb.pi()).sqrt() * flint.arb(to_fmpq(deviation))) ** k


def _through(before: _Pass, layer: Layer, depth: int, codimension: int) -> list[_Pass]:
    """One more layer, with every choice of further units at their breakpoints."""
    without = layer.weight_matrix * before.values
    gradients = layer.weight_matrix * before.jacobian
    n, d = layer.width, gradients.ncols()
    rows = [tuple(gradients[i, j] for j in range(d)) for i in range(n)]
    z = without + layer.bias_column
    pieces = layer.pieces_at([from_fmpq(v) for v in z.entries()])
    values = layer.push(z, pieces).entries()
    slopes = [to_fmpq(unit.output(piece).slope) for unit, piece in zip(layer.units, pieces, strict=True)]
    breakpoints = [unit.breakpoints for unit in layer.units if isinstance(unit, PiecewiseLinear)]
    result = []
    for number in range(codimension - len(before.chosen) + 1):
        for units in itertools.combinations(range(n), number):
            outputs, factors = list(values), list(slopes)
            for i in units:
                factors[i] = flint.fmpq(0)  # a multiple of the unit's own gradient would not matter
            jacobian = flint.fmpq_mat(n, d, [factors[i] * v for i in range(n) for v in rows[i]])
            opened = tuple(slope != 0 or i in units for i, slope in enumerate(slopes))
            for thresholds in itertools.product(*(breakpoints[i] for i in units)):
                square = before.square
                for i, t in zip(units, thresholds, strict=True):
                    outputs[i] = to_fmpq(layer.units[i].value([t]))
                    square += (to_fmpq(t) - without[i, 0]) ** 2
                result.append(
                    _Pass(
                        flint.fmpq_mat(n, 1, outputs),
                        jacobian,
                        (*before.open, opened),
                        (*before.chosen, *((depth, i) for i in units)),
                        (*before.gradients, *(rows[i] for i in units)),
                        square,
                    )
                )
    return result


def _good(network: Network, done: _Pass) -> bool:
    """Whether an open path leads to an output from every unit at a breakpoint."""
    reach = [True] * network.outputs
    for depth in range(len(network.hidden) - 1, done.chosen[0][0] - 1, -1):
        weights = network.layers[depth + 1].weights
        following = done.open[depth + 1] if depth + 1 < len(network.hidden) else (True,) * network.outputs
        ends = [r and o for r, o in zip(reach, following, strict=True)]
        reach = [any(e and weights[j][i] for j, e in enumerate(ends)) for i in range(network.hidden[depth].width)]
        if any(at == depth and not reach[i] for at, i in done.chosen):
            return False
    return True


@accepts_of
def density_by_formula(
    architecture: Architecture,
    law: Initialization,
    box: Box,
    definition: Which = "linear",
    *,
    codimension: int = 1,
    draws: int = 1000,
    **options: Any,
) -> Estimate:
    """E vol(B_k ∩ K)/vol(K) as the mean of the integrand over networks and random points: the right side of Theorem 3.

    Every network is seen at one random point of the box.  Each sample is the middle of an enclosure whose relative
    radius is about 10^−15.  With ``definition="activation"`` every unit counts, also where no open path leads to the
    output.

    Raises
    ------
    UnsupportedError
        For maxout units.
    """
    low, high = (np.array([float(v) for v in end]) for end in (box.lower, box.upper))

    def sample(network: Network, rng: np.random.Generator) -> float:
        point = [Fraction(float(v)) for v in rng.uniform(low, high)]
        return float(integrand(network, law.bias, point, codimension, definition).mid())

    return mean_over_networks(sample, architecture, law, draws=draws, **options)


@accepts_of
def density_by_geometry(
    architecture: Architecture,
    law: Initialization,
    box: Box,
    definition: Which = "linear",
    *,
    codimension: int = 1,
    **options: Any,
) -> Estimate:
    """E vol(B_k ∩ K)/vol(K) as a mean over drawn networks of exact volumes of strata: the left side of Theorem 3.

    ``options`` are those of :func:`mean_over_networks`.
    """
    size = math.prod(b - a for a, b in zip(box.lower, box.upper, strict=True))
    if not 1 <= codimension <= box.dimension:
        raise InvalidInputError(f"codimension {codimension} is not between 1 and the {box.dimension} inputs")

    def density(network: Network, _: np.random.Generator) -> float:
        domain = Segment(box.lower, box.upper) if box.dimension == 1 else box
        if codimension == 1:
            return float(boundary(network, domain, definition).volume) / float(size)
        volume = strata(network, domain, definition)[codimension - 1].volume
        assert volume is not None
        return float(volume) / float(size)

    return mean_over_networks(density, architecture, law, **options)
