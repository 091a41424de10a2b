r"""Arrangements that are generic on faces of the cube as well as inside it.

A flat fold is constantly 0 on part of the line, so a product of folds also has cells on which some coordinates are 0:
there the last layer sees only the trace of its hyperplanes on a face :math:`\{u_j = 0, j \in J\}` of the cube.  How
many regions that trace has inside the face depends on where its vertices lie.

Take the hyperplanes

.. math:: \sum_j x_j t^{\alpha_j} = 1

for different t > 0, with different non-zero exponents :math:`\alpha_j`.  Restricted to a face, their vertices are
polynomials in t with given positive roots, whose coefficients alternate in sign: every face arrangement is generic, and
it is known on which side of 0 its vertices lie.  A face C is *good* if all of them lie inside the cube; then it shows
Z(n, |C|) regions, and any other face as many as its largest good subface or more.  Counts are exact with at most two
coordinates that can be 0, with at most four if from the third on none goes to −∞, and with three of which the third
does; ``docs/proofs-networks.md`` has the proof.

References
----------
Zaslavsky 1975, Theorem A, Corollary, for the regions of the trace on a face.  I. G. Macdonald: Symmetric Functions and
Hall Polynomials, second edition, Oxford 1995, section I.3, for Schur polynomials as quotients of determinants.
"""

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

from theory.bounds.integers import zaslavsky_number
from theory.constructions.arrangements import Bundle, general_position
from theory.exact import primitive_row

LIMIT = 8
"""Beyond this many coordinates the arrangement of the cube is used and only its full cells are counted."""


def face_arrangement(n: int, flat: Sequence[bool]) -> list[Bundle]:
    """n hyperplanes, generic in the unit cube and on its faces {u_j = 0}, j with ``flat[j]``.

    >>> len(face_arrangement(4, [True, True, True]))
    4
    """
    d = len(flat)
    if d <= 2 or d > LIMIT or not any(flat):
        return general_position(n, d)
    can_vanish, never = iter([-1, *range(1, d)]), itertools.count(-2, -1)
    exponents = [next(can_vanish if is_flat else never) for is_flat in flat]
    reach = _reach(exponents, flat)
    top = max(0, -min(exponents))
    result = []
    for t in range(n + 1, 2 * n + 1):
        # With r = t/(2n) in (1/2, 1]: Σ y_j r^{α_j} = 1, multiplied by r^top; y_j = ±reach·u_j or reach·(2u_j − 1).
        r = Fraction(t, 2 * n)
        normal, level = [], r**top
        for alpha, vanishes, m in zip(exponents, flat, reach, strict=True):
            power = r ** (alpha + top) * m
            if vanishes:
                normal.append(power if alpha == -1 or alpha % 2 else -power)
            else:
                normal.append(2 * power)
                level += power
        row = [Fraction(v) for v in primitive_row([*normal, level])]
        result.append(Bundle(tuple(row[:-1]), (row[-1],)))
    return result


def _reach(exponents: Sequence[int], flat: Sequence[bool]) -> list[int]:
    """Integers above |y_j| at all vertices of all faces, for roots r in (1/2, 1].

    |y_j| is the quotient of two Schur polynomials in the roots, for the exponent sets C ∪ {0} without j, and C.  At
    roots in (1/2, 1] a Schur polynomial lies between 2^{−degree} times its value at (1, …, 1) and that value.
    """
    reach = [1] * len(exponents)
    free = [j for j, vanishes in enumerate(flat) if not vanishes]
    vanishing = [j for j, vanishes in enumerate(flat) if vanishes]
    for size in range(len(vanishing) + 1):
        for chosen in itertools.combinations(vanishing, size):
            face = [exponents[j] for j in (*free, *chosen)]
            if not face:
                continue
            shift = min([*face, 0])
            denominator, degree = _schur_at_one([e - shift for e in face])
            for j in (*free, *chosen):
                numerator, _ = _schur_at_one([e - shift for e in (*face, 0) if e != exponents[j]])
                reach[j] = max(reach[j], numerator * 2**degree // denominator + 1)
    return reach


def _schur_at_one(exponents: Sequence[int]) -> tuple[int, int]:
    """(value at (1, …, 1), degree) of the Schur polynomial with these exponents: the Weyl dimension formula."""
    e = sorted(exponents)
    pairs = list(itertools.combinations(range(len(e)), 2))
    value = Fraction(math.prod(e[j] - e[i] for i, j in pairs), math.prod(j - i for i, j in pairs))
    return int(value), sum(e) - len(e) * (len(e) - 1) // 2


def face_count(lines: Sequence[tuple[int, int]], cuts: int) -> tuple[int, bool]:
    """(count, exact) of the regions of R^d when coordinate j has P_j full and κ_j constant intervals.

    ``lines`` holds the pairs (P_j, κ_j); ``cuts`` is the number of hyperplanes of :func:`face_arrangement`.

    >>> face_count([(2, 1), (2, 1)], 4), face_count([(1, 1)] * 3, 4), face_count([(2, 1)] * 3, 6)
    ((65, True), (54, True), (607, True))
    """
    d, flats = len(lines), [line for line in lines if line[1]]
    full = math.prod(pieces for pieces, _ in lines)
    if d > LIMIT and flats:
        return full * zaslavsky_number(cuts, d) + math.prod(map(sum, lines)) - full, False
    cells = [1]  # cells[s]: cells whose largest good subface uses s of the exponents 1, 2, …
    for c, (pieces, constant) in enumerate(flats[1:], start=1):
        grown = [0] * (len(cells) + 1)
        for s, number in enumerate(cells):
            grown[s] += constant * number
            grown[s + 1 if c % 2 == (s + 1) % 2 else s] += pieces * number
        cells = grown
    pieces, constant = flats[0] if flats else (0, 1)
    sure = d - len(flats)
    free = math.prod(pieces for pieces, constant in lines if not constant)
    shown = [zaslavsky_number(cuts, s + sure) for s in range(len(cells) + 1)]
    total = free * sum(cell * (constant * shown[s] + pieces * shown[s + 1]) for s, cell in enumerate(cells))
    sinks = any(constant == 1 and pieces % 2 == 0 for pieces, constant in flats[2:])  # the last piece goes to −∞
    if len(flats) == 3 and sinks:
        (pieces, constant), (_, absent), _ = flats
        total += free * absent * (constant * math.comb(cuts, sure + 1) + pieces * math.comb(cuts, sure + 2))
        return total, True
    return total, len(flats) <= 2 or (len(flats) <= 4 and not sinks)
