r"""Regions counted in floating point, and a climb on that count: fast, and a proposal only.

A ReLU network is one array: layer after layer the rows (w_1, …, w_n, b) of its units.  A cell of R^d is the list of its
vertices (x, t) in homogeneous coordinates, scaled to largest entry 1, each with the set of facets that it lies on as
bits.  The first cell is a simplex so large that few regions lie outside.  A unit whose preactivation takes both signs
on the vertices of a cell, by more than a tolerance, cuts it in two; the new vertices lie on segments between two
vertices with d − 1 facets in common.  Where a vertex is not simple some of these segments are no edges, but their
points lie in the cell, so nothing is lost but time.

Slivers thinner than the tolerance and regions outside the simplex are not counted, so the count is mostly too small,
if it is wrong at all.  What it proposes :func:`verify.maxima.search.most_regions` counts exactly.
"""

from typing import Any

from theory.errors import UnsupportedError
from verify.engines.core import core

MOST_UNITS = 60
"""Inputs and hidden units together: the facets of a cell are the bits of one integer."""


def float_count(sizes: tuple[int, ...], most: int | None = None) -> Any:
    """The compiled object that counts the networks of an architecture in floats (``engines/core/float_count.hpp``).

    The sizes are the inputs, then the hidden widths, all positive and at most :data:`MOST_UNITS` in all; a cell has at
    most ``most`` vertices.  Raises UnsupportedError if the core was not compiled on this machine.

    ``length`` is that of the weights.  ``count(weights)`` is the number of activation regions that floating point sees;
    0 if a cell has too many vertices.  ``climb(walk, best, counts, largest, temperature, passing, moves, seed)`` makes
    so many moves.  ``walk`` is where the climb is, ``best`` the best network so far, ``counts`` an array of their
    counts and of the number of moves since ``best`` rose; the same seed, from 0 to 2^64 − 1, makes the same moves.

    A move changes one to three weights, or all of one unit, by a step of random length, a new value or the other sign;
    or, for the share ``passing`` of the moves, it gives one unit the other sign at a vertex of the network's cells, so
    that the unit's hyperplane passes over the vertex.  New values lie between −largest and largest, steps are up to a
    half longer.  A move by which the count falls by k is kept with probability exp(−k / temperature), any other always.
    """
    if core is None:
        raise UnsupportedError("a search counts with the compiled core, which was not compiled on this machine")
    return core.FloatCount(list(sizes), most or min(4096, 64 << sizes[0]))
