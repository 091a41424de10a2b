"""How much a network varies: its exact total variation along a segment and over a polygon.

Along a segment from p to q the total variation is ∫ ‖d/dt f‖ dt = Σ ‖f(t_{k+1}) − f(t_k)‖ over the breakpoints; over a
polygon of the plane it is ∫ ‖∇f‖ dA = Σ ‖∇f‖·area over the regions, ‖·‖ the Frobenius norm.  Both are sums of square
roots of rationals (:class:`~verify.measure.roots.RootSum`).
"""

import itertools
from fractions import Fraction

from theory.errors import InvalidInputError
from theory.network import Network
from verify.domain.shapes import Domain, Plane, Segment
from verify.engines.problem import require_kinds
from verify.measure.roots import RootSum
from verify.slices.lines.result import along
from verify.slices.planes.result import across


def total_variation(network: Network, domain: Domain) -> RootSum:
    """The exact total variation of all outputs along a segment, or over a bounded polygon in R^2.

    Other domains raise :class:`~theory.errors.InvalidInputError`.

    >>> from verify import Box
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
