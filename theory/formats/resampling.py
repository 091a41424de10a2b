"""Resizing of affine forms along axes, by the nearest entry or linearly, at exact coordinates.

An output entry i of an axis with n entries and scale s stands at a coordinate x(i) of the input, as the mode says:

* half_pixel: (i + 1/2)/s − 1/2, and pytorch_half_pixel: the same, but 0 if there is one output entry;
* half_pixel_symmetric: the same plus (n/2)·(1 − m/(n·s)) for m output entries;
* align_corners: i·(n − 1)/(m − 1);
* asymmetric: i/s.

Coordinates beyond the ends are those of the ends.
"""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from theory.errors import InvalidInputError
from theory.exact import to_fmpq
from theory.formats.operators import check_size
from theory.formats.tape import Tape, Tensor, cost, exact_entries

_HALF = Fraction(1, 2)

_NEAREST: dict[str, Callable[[Fraction], int]] = {
    "ceil": math.ceil,
    "floor": math.floor,
    "round_prefer_ceil": lambda x: math.floor(x + _HALF),
    "round_prefer_floor": lambda x: math.ceil(x - _HALF),
}


def _coordinate(mode: str, i: int, n: int, m: int, scale: Fraction) -> Fraction:
    if mode == "asymmetric":
        return i / scale
    if mode == "align_corners":
        return Fraction(i * (n - 1), m - 1) if m > 1 else Fraction(0)
    if mode == "pytorch_half_pixel" and m == 1:
        return Fraction(0)
    if mode in ("half_pixel", "pytorch_half_pixel"):
        return (i + _HALF) / scale - _HALF
    if mode == "half_pixel_symmetric":
        return Fraction(n, 2) * (1 - m / (n * scale)) + (i + _HALF) / scale - _HALF
    raise InvalidInputError(f"the coordinates {mode!r} are not read; export with half_pixel or asymmetric")


def resized(
    tape: Tape, values: Tensor, axis: int, length: int, scale: Fraction, *, coordinates: str, nearest: str | None
) -> Tensor:
    """The values with ``length`` entries along one axis, at the ``coordinates`` that this mode gives them.

    There are ``scale`` new entries for each old one; where the length follows from it, that is not quite their ratio.
    ``nearest`` says how a coordinate is rounded to an entry; None interpolates between its two neighbors.

    >>> x = exact_entries([0, 2, 4])
    >>> resized(Tape(), x, 0, 6, Fraction(2), coordinates="half_pixel", nearest=None).tolist()
    [0, 1/2, 3/2, 5/2, 7/2, 4]
    """
    n = values.shape[axis]
    if n < 1 or length < 1 or scale <= 0:
        raise InvalidInputError(f"{n} entries cannot be resized to {length} by a scale of {scale}")
    if coordinates in ("align_corners", "half_pixel_symmetric") and length != n * scale:
        raise InvalidInputError(f"a scale of {float(scale):.6g} gives no whole number of entries; give sizes")
    check_size((*values.shape[:axis], length, *values.shape[axis + 1 :]))
    tape.reserve(3 * cost(values) * -(-length // n))
    at = [min(max(_coordinate(coordinates, i, n, length, scale), Fraction(0)), Fraction(n - 1)) for i in range(length)]
    if nearest is not None:
        if nearest not in _NEAREST:
            raise InvalidInputError(f"the rounding {nearest!r} is not read; export with floor or round_prefer_floor")
        return values.take([min(max(_NEAREST[nearest](x), 0), n - 1) for x in at], axis=axis)
    below = [math.floor(x) for x in at]
    spread = (length, *[1] * (values.ndim - 1 - axis))
    part = np.array([to_fmpq(x - i) for x, i in zip(at, below, strict=True)], dtype=object).reshape(spread)
    above = values.take([min(i + 1, n - 1) for i in below], axis=axis)
    low = values.take(below, axis=axis)
    return exact_entries(low * (1 - part) + above * part)
