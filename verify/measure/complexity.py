"""The local complexity of a network on a data set, what bounds it, and what it bounds.

The terms are those of :mod:`theory.local_complexity`.  Noise on the biases is drawn; the noise of a unit's own bias is
integrated in closed form.  Gradients and values are floating-point numbers here, because noise and data are samples and
the result is an estimate with a confidence interval; ranks and total variations are exact.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np

from theory.activations import RELU
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import Point, RationalLike, rational
from theory.local_complexity import density_bounds
from theory.network import Layer, Network, Pattern
from verify.domain.shapes import Domain, Plane, Segment
from verify.engines.problem import require_kinds, require_network
from verify.measure.boundary import RootSum
from verify.measure.sampling import Estimate, good_units, random_streams
from verify.progress import tracked
from verify.slices.lines.result import along
from verify.slices.planes.result import across
from verify.slices.prepared import Floats, nearest, prepared

_Layers = Sequence[tuple[Floats, Floats]]  # weights and biases

_ENTRIES = 2**21
"""Numbers in one array of gradients, or of paths between units; bounds the memory."""

_FAR = 2.0**200
"""Products of weights and coordinates below this stay in the range of floats."""


@dataclass(frozen=True)
class LocalComplexity:
    """The local complexity of a network on a data set."""

    value: Estimate
    """LC(θ), the expected density of the boundary at a data point."""
    layers: tuple[Estimate, ...]
    """The part of each hidden layer."""
    upper: tuple[Estimate, ...]
    """C_bias·Σ_z E‖∇z‖ of each layer, over the units that count."""
    lower: tuple[Estimate, ...]
    """c·Σ_z E[‖∇z‖ 1{|z| ≤ η}] of each layer, over the units that count."""
    sigma: Fraction
    """The deviation σ of the noise."""
    reach: Fraction
    """η."""


def local_complexity(
    network: Network,
    points: Sequence[Sequence[RationalLike]],
    *,
    sigma: RationalLike = Fraction(1, 10),
    reach: RationalLike | None = None,
    draws: int = 20,
    seed: int = 0,
    level: float = 0.95,
    good_only: bool = True,
) -> LocalComplexity:
    """Estimate LC(θ) on a data set, with one confidence interval for the randomness of the noise.

    The network has ReLU units; the mean over the ``points``, the data, is exact, they are not sampled.  ``sigma`` > 0
    is the deviation of the noise on the biases, which is drawn as often as ``draws`` says, ``reach`` the η of the lower
    bound, by default σ.  With ``good_only`` a unit counts only where an open path leads to an output (boundary of
    linear regions), otherwise everywhere (boundary of activation regions).  With one hidden layer no noise enters: the
    value is the closed form, and its interval is a point.

    >>> one = Network.relu([([[3, 4]], [0]), ([[1]], [0])])
    >>> round(local_complexity(one, [[0, 0]], sigma=1).value.mean, 6)  # 5/√(2π)
    1.994711
    """
    require_network(network)
    deviation = rational(sigma, place="sigma")
    eta = deviation if reach is None else rational(reach, place="reach")
    least, greatest = (float(v.mid()) for v in density_bounds(deviation, eta))
    if not 1 / _FAR < deviation < _FAR:
        raise UnsupportedError("sigma is not between 2^-200 and 2^200, the range of this estimate; scale the network")
    data = _data(network, points)
    layers = _layers(network)
    parts = []
    at_once = max(1, _ENTRIES // max(max(len(w), data.shape[1]) * len(w) for w, _ in layers))
    groups = np.array_split(data, -(-len(data) // at_once))
    for rng in tracked(random_streams(seed, draws, "draws"), f"{draws} draws of noise"):
        noise = [rng.normal(0.0, float(deviation), len(bias)) for _, bias in layers[:-1]]
        numbers = (float(deviation), nearest(eta), least, greatest)
        parts.append(sum(_terms(layers, noise, points_, numbers, good_only) for points_ in groups) / len(data))
    table = np.array(parts)
    value, upper, lower = (tuple(Estimate.of(line, level) for line in table[:, :, j].T) for j in range(3))
    return LocalComplexity(Estimate.of(table[:, :, 0].sum(axis=1), level), value, upper, lower, deviation, eta)


def _terms(
    layers: _Layers, noise: Sequence[Floats], points: Floats, numbers: tuple[float, ...], good_only: bool
) -> Floats:
    """Sums over points (rows) of (density, upper bound, lower bound) of every layer for one draw of the noise."""
    sigma, eta, least, greatest = numbers
    noisy = [(w, b + n) for (w, b), n in zip(layers, noise, strict=False)] + [layers[-1]]
    result = np.zeros((len(noise), 3))
    for depth, (quiet, gradients) in enumerate(_preactivations(layers[:-1], points, noise)):
        norms = np.linalg.norm(gradients, axis=-1) * np.ones_like(quiet)
        density = greatest * np.exp(-0.5 * (quiet / sigma) ** 2)
        if good_only:
            norms = norms * good_units(noisy[depth + 1 :], np.maximum(quiet + noise[depth], 0.0))
        result[depth] = (norms * density).sum(), greatest * norms.sum(), least * norms[np.abs(quiet) <= eta].sum()
    return result


def _preactivations(
    layers: _Layers, points: Floats, noise: Sequence[Floats | float] = ()
) -> Iterator[tuple[Floats, Floats]]:
    """Of layer after layer the preactivations at points (points × rows), without its own noise, and their gradients."""
    h, jacobians = points, np.eye(points.shape[1])
    for (weights, bias), own in zip(layers, noise or [0.0] * len(layers), strict=False):
        quiet, gradients = h @ weights.T + bias, weights @ jacobians
        yield quiet, gradients
        h, jacobians = np.maximum(quiet + own, 0.0), gradients * (quiet + own > 0)[:, :, None]


def _layers(network: Network) -> list[tuple[Floats, Floats]]:
    if not network.hidden or any(unit != RELU for layer in network.hidden for unit in layer.units):
        raise UnsupportedError("local complexity is written for networks of ReLU units with at least one hidden layer")
    layers = [(part.dense_weight, part.bias) for part in prepared(network).layers]
    if not all(np.isfinite(weights).all() and np.isfinite(bias).all() for weights, bias in layers):
        raise UnsupportedError("a weight beyond 2^200 leaves the range of this estimate; scale the network down")
    return layers


def _data(network: Network, points: Sequence[Sequence[RationalLike]]) -> Floats:
    data = np.array([[nearest(v) for v in row] for row in _points(network, points)])
    far = (np.abs(data) >= _FAR).any(axis=1)
    if far.any():
        i = int(far.argmax()) + 1
        raise UnsupportedError(f"point {i} has a coordinate beyond 2^200, out of the range of this estimate; scale it")
    return data


def _points(network: Network, points: Iterable[Sequence[RationalLike]]) -> list[Point]:
    """The data as rational points of the input space, at least one."""
    rows = network.points(points)
    if not rows:
        raise InvalidInputError("means over data need data; give at least one point")
    return rows


def local_ranks(network: Network, points: Sequence[Sequence[RationalLike]]) -> list[Fraction]:
    """The local rank of every hidden layer: the mean over the data of the exact rank of the Jacobian of its outputs.

    >>> net = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0]), ([[1]], [0])])
    >>> [str(r) for r in local_ranks(net, [[1, 1], [1, -1]])]
    ['3/2', '1']
    """
    require_network(network)
    totals = [0] * len(network.hidden)
    remainders = [flint.nmod_mat(layer.weight_matrix.numer_denom()[0], _PRIME) for layer in network.hidden]
    data = _points(network, points)
    for point in tracked(data, f"local ranks at {len(data)} points"):
        pattern = network.pattern(point)
        selections = map(_selected, network.hidden, pattern)
        most, jacobian = network.inputs, None
        for number, (matrix, chosen) in enumerate(zip(remainders, selections, strict=True)):
            before = matrix if jacobian is None else matrix * jacobian
            table, nothing = before.tolist(), [flint.nmod(0, _PRIME)] * before.ncols()
            entries = [v for row, slope in chosen for v in ([slope * v for v in table[row]] if slope else nothing)]
            jacobian = flint.nmod_mat(len(chosen), before.ncols(), entries, _PRIME)
            least, most = jacobian.rank(), min(most, sum(slope != 0 for _, slope in chosen))
            if least < most:  # an unlucky prime, or a rank that is really lower
                most = _exact_rank(network, pattern[: number + 1])
            totals[number] += most
    return [Fraction(total, len(data)) for total in totals]


_PRIME = 2**61 - 1
"""The rank modulo a prime is a lower bound of the rank of an integer matrix, and nearly always it."""


def _selected(layer: Layer, pieces: Sequence[int]) -> list[tuple[int, int]]:
    """The row that each unit returns on its piece, and the slope, up to one positive factor for all units."""
    outputs = [unit.output(piece) for unit, piece in zip(layer.units, pieces, strict=True)]
    common = math.lcm(*{output.slope.denominator for output in outputs})
    return [(at + o.row, int(o.slope * common)) for at, o in zip(layer.first_rows, outputs, strict=True)]


def _exact_rank(network: Network, pattern: Pattern) -> int:
    """The rank of the Jacobian of the outputs of the last layer that the pattern names."""
    *_, forms = network.forms(pattern[:-1])
    rows = network.hidden[len(pattern) - 1].push(forms, pattern[-1]).tolist()
    return int(flint.fmpq_mat(len(rows), network.inputs, [v for row in rows for v in row[:-1]]).rank())


def gradient_mean(network: Network, points: Sequence[Sequence[RationalLike]]) -> float:
    """E‖∇f(x)‖ over the data, ‖·‖ the spectral norm: the total variation per unit of data."""
    data, layers = _data(network, points), _layers(network)
    total = 0.0
    for x in data:
        *_, (_, jacobian) = _preactivations(layers, x[None])
        total += float(np.linalg.norm(jacobian, 2, axis=(-2, -1)).sum())
    return total / len(data)


def total_variation(network: Network, domain: Domain) -> RootSum:
    """The exact total variation of all outputs along a segment, or over a bounded polygon in R^2.

    Along a segment from p to q it is ∫ ‖d/dt f‖ dt = Σ ‖f(t_{k+1}) − f(t_k)‖ over the breakpoints, over a polygon
    ∫ ‖∇f‖ dA = Σ ‖∇f‖·area over the regions, ‖·‖ the Frobenius norm.  Other domains raise InvalidInputError.

    >>> tent = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])
    >>> print(total_variation(tent, Segment([0], [1])).exact)
    2
    """
    require_kinds(network, domain)
    if isinstance(domain, Segment) and len(domain.rows) == 2:
        regions = along(network, domain)
        ends = [Fraction(0), *regions.parameters, Fraction(1)]
        points = ([p + t * (q - p) for p, q in zip(domain.start, domain.end, strict=True)] for t in ends)
        values = [network(point) for point in points]
        steps = ([b - a for a, b in zip(u, v, strict=True)] for u, v in itertools.pairwise(values))
        return RootSum.of(sum((step * step for step in each), Fraction(0)) for each in steps)
    if domain.dimension != 2 or isinstance(domain, Plane):
        raise InvalidInputError(f"the variation is computed along segments and over polygons in R^2, not on {domain}")
    partition = across(network, domain)
    squares = []
    for face in range(len(partition.region_of)):
        matrix, _ = network.affine_map(partition.pattern(face))
        squares.append(sum((v * v for row in matrix for v in row), Fraction(0)) * partition.area(face) ** 2)
    return RootSum.of(squares)
