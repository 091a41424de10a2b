"""Exact rationals: every number that enters the toolkit is read here.

A rational is a :class:`fractions.Fraction`, inside the engines FLINT's ``fmpq``.  A binary floating-point number is
never converted silently: :func:`rational` refuses it, and :func:`dyadic` takes the exact value p/2^k that it holds.

>>> rational("1/3"), rational("0.1"), dyadic(0.1)
(Fraction(1, 3), Fraction(1, 10), Fraction(3602879701896397, 36028797018963968))
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import flint

from theory.errors import InexactError, InvalidInputError

if TYPE_CHECKING:  # NumPy takes longer to load than everything here
    import numpy as np

Row = tuple[int, ...]
"""Integer halfspace row (a_1, …, a_m, b): the set ⟨a, x⟩ + b ≥ 0."""
Point = tuple[Fraction, ...]
"""Coordinates, exactly."""
RationalLike = Any
"""int, Fraction, ``fmpz``, ``fmpq``, sympy Rational, numpy integer, or a string "p", "p/q", "0.25", "1e-3"."""
Range = tuple[flint.fmpq | None, flint.fmpq | None]
"""Lower and upper end; None is infinite."""

_INTEGER_RATIO = re.compile(r"\s*([+-]?\d+)\s*(?:/\s*(\d+))?\s*\Z", re.ASCII)
_DECIMAL = re.compile(r"\s*[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*\Z", re.ASCII)
_MAX_EXPONENT = 100_000
MAX_DIGITS = 100_000
"""Most digits of a numerator or denominator that is read; beyond it, reducing one fraction already takes seconds."""


def decimal(n: int) -> str:
    """The decimal digits of an integer of any size (Python's own limit of 4300 digits does not apply)."""
    return str(n) if n.bit_length() < 1000 else str(flint.fmpz(n))


def format_rational(value: Fraction) -> str:
    """``"p"`` or ``"p/q"``, the notation of the network files; inverse of :func:`rational`."""
    numerator, denominator = value.as_integer_ratio()
    return decimal(numerator) if denominator == 1 else f"{decimal(numerator)}/{decimal(denominator)}"


def python_text(value: Fraction) -> str:
    """The number in Python source, where exact numbers are expected: ``3`` or ``"1/3"``."""
    text = format_rational(value)
    return text if value.denominator == 1 else f'"{text}"'


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer in it has more digits than Python writes
        return f"a huge {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def _parse(text: str, place: str) -> Fraction:
    if len(text) > MAX_DIGITS and max(map(len, re.findall("[0-9]+", text)), default=0) > MAX_DIGITS:
        raise InvalidInputError(f"{place}: a number of more than {MAX_DIGITS:,} digits is not read")
    if match := _INTEGER_RATIO.match(text):
        numerator, denominator = int(flint.fmpz(match[1].lstrip("+"))), int(flint.fmpz(match[2] or "1"))
        if denominator == 0:
            raise InvalidInputError(f"{place}: {_shown(text)} has denominator zero; write a fraction p/q with q > 0")
        return Fraction(numerator, denominator)
    match = _DECIMAL.match(text)
    if not match or not (match[1] or match[2]):
        raise InvalidInputError(f'{place}: {_shown(text)} is not a number; write it as "p", "p/q" or a decimal')
    if match[3] and (len(match[3]) > 8 or abs(int(match[3])) > _MAX_EXPONENT):
        raise InvalidInputError(f"{place}: the exponent of {_shown(text)} exceeds {_MAX_EXPONENT}; write a smaller one")
    return Fraction(*Decimal(text.strip()).as_integer_ratio())


def rational(value: RationalLike, *, place: str = "value") -> Fraction:
    """The exact rational that ``value`` denotes, 1/10 for ``"0.1"``; ``place`` is its name in error messages.

    Raises InexactError for a float, and InvalidInputError for what is not a number, or a string that denotes none.

    >>> rational(0.5)
    Traceback (most recent call last):
    theory.errors.InexactError: value: float 0.5 given where an exact number is expected; ...
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):  # NumPy's
        raise InvalidInputError(f"{place}: {value} is a truth value, not a number; write 0 or 1")
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, str):
        return _parse(value, place)
    if isinstance(value, flint.fmpq) or getattr(value, "is_Rational", False):  # sympy, without importing it here
        return Fraction(int(value.p), int(value.q))
    if getattr(value, "is_Float", False):
        raise InexactError(f"{place}: sympy Float {value} is not exact; use sympy.Rational")
    if isinstance(value, flint.fmpz | numbers.Integral):
        return Fraction(int(value))
    if _is_float(value):
        raise InexactError(
            f"{place}: float {float(value)!r} given where an exact number is expected; write a string or Fraction "
            'such as "1/2", or take the exact binary value with theory.exact.dyadic (Network.from_floats for weights)'
        )
    raise InvalidInputError(f"{place}: {_shown(value)} of type {type(value).__name__} is not a rational number")


def _is_float(value: object) -> bool:
    """Whether it is a binary floating-point number of Python or NumPy."""
    return isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational)


def dyadic(value: float | np.floating[Any], *, place: str = "value") -> Fraction:
    """The exact value p/2^k of a binary floating-point number (16, 32 or 64 bits, all embed in binary64)."""
    number = float(value) if _is_float(value) else None
    if number is None or (number != value and not math.isnan(number)):
        raise InvalidInputError(f"{place}: {_shown(value)} is not a binary64 number; give a float or a rational text")
    if not math.isfinite(number):
        raise InvalidInputError(f"{place}: {number} is not a finite number; replace it before loading")
    return Fraction(*number.as_integer_ratio())


def float_array(values: Any, place: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The values as an array of binary64 numbers, none of them rounded."""
    import numpy as np

    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise InvalidInputError(f"{place}: some entries are masked; fill them in before loading")
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
            raise ValueError(f"entries of type {array.dtype}")
        numbers = array.astype(np.float64)
    except (ValueError, TypeError) as error:
        raise InvalidInputError(f"{place}: not an array of floating-point numbers ({error})") from None
    if array.dtype.kind in "iu" and array.size and (numbers.astype(object) != array.astype(object)).any():
        raise InvalidInputError(f"{place}: integers beyond 2^53 are not exact as floats; use Network.relu")
    bad = np.argwhere(~np.isfinite(numbers))
    if len(bad):
        where = ", ".join(f"{name} {i + 1}" for name, i in zip(("row", "column"), bad[0], strict=False))
        raise InvalidInputError(f"{place}, {where}: {numbers[tuple(bad[0])]} is not a finite number")
    return numbers


def integer(value: Any, *, place: str = "value", minimum: int | None = None) -> int:
    """``value`` as an int; a float, a fraction or a number below ``minimum`` is an error naming ``place``."""
    number = rational(value, place=place)
    if number.denominator != 1:
        raise InvalidInputError(f"{place}: {format_rational(number)} is not an integer")
    if minimum is not None and number < minimum:
        raise InvalidInputError(f"{place}: {number.numerator} is below the smallest allowed value {minimum}")
    return number.numerator


def positive(value: RationalLike, *, place: str) -> Fraction:
    """``value`` as a rational, which must be greater than 0; an error names ``place``."""
    number = rational(value, place=place)
    if number <= 0:
        raise InvalidInputError(f"{place}: {format_rational(number)} is not positive")
    return number


def rational_vector(values: Iterable[RationalLike], *, place: str = "vector") -> tuple[Fraction, ...]:
    """A tuple of exact rationals; an error names the entry (``"point, entry 2"``)."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InvalidInputError(f"{place}: {_shown(values)} is not a list of numbers")
    numbered = enumerate(values, start=1)
    return tuple(v if type(v) is Fraction else rational(v, place=f"{place}, entry {i}") for i, v in numbered)


def to_fmpq(value: Fraction | flint.fmpq | int) -> flint.fmpq:
    """The same number in FLINT."""
    if isinstance(value, int | flint.fmpq):
        return flint.fmpq(value)
    return flint.fmpq(value.numerator, value.denominator)


def from_fmpq(value: flint.fmpq) -> Fraction:
    """The same number as a Fraction."""
    return Fraction(int(value.p), int(value.q))


def primitive_row(row: Sequence[Fraction | int]) -> tuple[int, ...]:
    """The positive multiple of a rational row, or halfspace, with coprime integer entries; the zero row stays as it is.

    >>> primitive_row([Fraction(1, 2), Fraction(-1, 3), 0])
    (3, -2, 0)
    """
    common = math.lcm(*(v.denominator for v in row)) if row else 1
    scaled = [v.numerator * (common // v.denominator) for v in row]
    divisor = math.gcd(*scaled)
    return tuple(v // divisor for v in scaled) if divisor > 1 else tuple(scaled)


def require_common(values: Iterable[Fraction], bits: int) -> None:
    """Refuse numbers that are larger than so many bits in all over their common denominator, powers of two apart.

    >>> require_common([Fraction(1, 2**1000), Fraction(2, 3)], 10)
    >>> require_common([Fraction(1, 101), Fraction(2, 103)], 20)
    Traceback (most recent call last):
    theory.errors.InvalidInputError: 2 numbers with a common denominator of more than 10 bits are too large...
    """
    entries = list(values)
    common = flint.fmpz(1)
    for denominator in {v.denominator for v in entries}:
        odd = denominator // (denominator & -denominator)  # powers of two are binary exponents
        common = common if odd == 1 else common.lcm(odd)
        if common.bit_length() * len(entries) > bits:
            raise InvalidInputError(
                f"{len(entries):,} numbers with a common denominator of more than {bits // len(entries):,} bits are "
                "too large to be counted with; round them to fewer digits"
            )


def value_at(row: Sequence[Fraction | int], point: Sequence[Fraction | int]) -> Fraction:
    """⟨a, x⟩ + b for the row (a, b)."""
    return Fraction(row[-1]) + sum(a * v for a, v in zip(row[:-1], point, strict=True))


def rank(rows: Sequence[Sequence[Fraction | int]]) -> int:
    """The rank of a rational matrix given by its rows (0 without rows)."""
    if not rows:
        return 0
    return int(flint.fmpq_mat(len(rows), len(rows[0]), [to_fmpq(v) for row in rows for v in row]).rank())


def affine_image(weights: Sequence[flint.fmpq], bias: flint.fmpq, ranges: Sequence[Range]) -> Range:
    """The values of ⟨weights, x⟩ + bias where the coordinates of x have the given ranges.

    >>> one = flint.fmpq(1)
    >>> affine_image([2 * one, -one, 0 * one], one, [(0 * one, one), (0 * one, 3 * one), (None, None)])
    (-2, 3)
    """
    low: flint.fmpq | None = bias
    high: flint.fmpq | None = bias
    for weight, (below, above) in zip(weights, ranges, strict=True):
        if weight:
            least, most = (below, above) if weight > 0 else (above, below)
            low = None if low is None or least is None else low + weight * least
            high = None if high is None or most is None else high + weight * most
            if low is None and high is None:
                break
    return low, high


def images(forms: flint.fmpq_mat, ranges: Sequence[Range]) -> list[Range]:
    """The values of several affine forms on a box, one in each row of a matrix, the constants last."""
    return [affine_image(weights, bias, ranges) for *weights, bias in forms.tolist()]


def hull(intervals: Iterable[Range]) -> Range:
    """The smallest interval that contains all the given ones; at least one is needed.

    >>> hull([(flint.fmpq(0), flint.fmpq(1)), (flint.fmpq(-2), None)])
    (-2, None)
    """
    lows, highs = zip(*intervals, strict=True)
    return None if None in lows else min(lows), None if None in highs else max(highs)
