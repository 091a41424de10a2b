"""The volume of the boundary from random lines: Crofton's formula with exact counts, in any dimension.

A *random secant* of a box K starts at a uniform point of its surface and enters it with density proportional to the
cosine of the angle to the normal: a line that meets K, drawn from the measure that motions of space leave unchanged.
It crosses a hypersurface B 2·vol_{d−1}(B ∩ K)/vol_{d−1}(∂K) times on average (Cauchy, Crofton; Santaló 1976), so that

    vol_{d−1}(B ∩ K) = vol_{d−1}(∂K)/2 · E(number of crossings).

Every count is exact (:mod:`verify.slices.lines`), whatever the depth and the number of inputs; only the mean over
secants is an estimate.  It builds no cells: so it checks exact volumes, and serves where cells are too many.

>>> from theory import Network
>>> cross = Network.relu([([[1, 1], [1, -1]], [0, 0]), ([[1, 1]], [0])])  # two diagonals, together 4·√2 = 5.66
>>> print(boundary_by_lines(cross, Box([-1, -1], [1, 1]), lines=400))
5.7 in [5.505, 5.895] (95 % of 400)
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from theory.errors import InvalidInputError, UnsupportedError
from theory.network import Network
from verify.domain.shapes import Box, Segment
from verify.engines.problem import require_network
from verify.measure.boundary import Which, require_boundary
from verify.measure.sampling import Estimate, random_streams
from verify.partitions.definitions.definition import accepts_of
from verify.progress import tracked
from verify.slices.lines.result import along
from verify.slices.prepared import SMALLEST, nearest


@accepts_of
def boundary_by_lines(
    network: Network, box: Box, definition: Which = "linear", *, lines: int = 400, seed: int = 0, level: float = 0.95
) -> Estimate:
    """The (d − 1)-dimensional volume of the boundary inside a box, with Student's interval over random secants.

    ``definition`` is that of :func:`verify.measure.boundary.boundary`; the same seed gives the same secants.  Raises
    InvalidInputError if the box has one dimension, where there is nothing to estimate, or does not fit the network,
    and UnsupportedError if floats cannot hold the size of its surface.
    """
    require_network(network)
    require_boundary(definition)
    if not isinstance(box, Box):
        raise InvalidInputError(f"lines are drawn through a box, not through a {box}; give a Box")
    if box.dimension < 2:
        raise InvalidInputError(f"{box} is a segment, on which the breakpoints are counted exactly; draw no lines")
    box.pull_back(network)
    half_surface = nearest(sum(_faces(box), Fraction(0)))
    if not SMALLEST < half_surface < 1 / SMALLEST:
        raise UnsupportedError(f"the surface of {box} is out of the range of floats; scale the inputs")
    streams = tracked(random_streams(seed, lines, "lines"), f"{lines} lines")
    crossings = (getattr(along(network, random_secant(box, rng)), definition) - 1 for rng in streams)
    return Estimate.of((half_surface * number for number in crossings), level)


def random_secant(box: Box, rng: np.random.Generator) -> Segment:
    """The part inside the box of a random line that meets it; its ends are rational and lie exactly on the surface.

    >>> secant = random_secant(Box([0, 0, 0], [1, 2, 3]), np.random.default_rng(1))
    >>> all(any(x in (a, b) for x, a, b in zip(end, [0] * 3, [1, 2, 3])) for end in (secant.start, secant.end))
    True
    """
    d = box.dimension
    areas = np.array([float(v) for v in _faces(box)])
    axis, upper = int(rng.choice(d, p=areas / areas.sum())), bool(rng.integers(2))
    tangent = rng.normal(size=d - 1)
    tangent *= rng.uniform() ** (1 / (d - 1)) / np.linalg.norm(tangent)  # uniform in the unit ball: the cosine law
    inward = math.sqrt(max(0.0, 1 - float(tangent @ tangent)))
    direction = [Fraction(float(v)) for v in np.insert(tangent, axis, -inward if upper else inward)]
    shares = map(Fraction, rng.uniform(size=d).tolist())
    start = [a + (b - a) * t for a, b, t in zip(box.lower, box.upper, shares, strict=True)]
    start[axis] = (box.upper if upper else box.lower)[axis]
    if not direction[axis]:  # parallel to the face, with probability 2^−50: drawn again
        return random_secant(box, rng)
    ends = zip(start, direction, box.lower, box.upper, strict=True)
    reach = min(((b if v > 0 else a) - x) / v for x, v, a, b in ends if v)
    return Segment(start, [x + reach * v for x, v in zip(start, direction, strict=True)])


def _faces(box: Box) -> Sequence[Fraction]:
    """The volume of a face orthogonal to each axis; together half of the surface."""
    sides = [b - a for a, b in zip(box.lower, box.upper, strict=True)]
    return [math.prod(sides[:i] + sides[i + 1 :], start=Fraction(1)) for i in range(len(sides))]
