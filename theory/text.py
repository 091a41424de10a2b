"""Numbers of any size as text: in full if they are short, else their leading digits and order of magnitude."""

from decimal import MAX_EMAX, MIN_EMIN, ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction

from theory.exact import decimal, format_rational

LONGEST = 24
"""Most characters of a number that is written in full where the caller names no other limit."""


def scientific(value: Fraction | int, *, places: int = 2, nearest: bool = False) -> str:
    """``a.bc·10^e`` with so many decimal places; further digits are cut off, or rounded half up to the ``nearest``.

    >>> scientific(1048575), scientific(1048575, nearest=True), scientific(Fraction(-2, 3000), places=0)
    ('1.04·10^6', '1.05·10^6', '-6·10^-4')
    """
    rounding = ROUND_HALF_UP if nearest else ROUND_DOWN
    with localcontext(Context(prec=places + 1, rounding=rounding, Emin=MIN_EMIN, Emax=MAX_EMAX)):
        quotient = Decimal(decimal(value.numerator)) / Decimal(decimal(value.denominator))
        exponent = quotient.adjusted()
        return f"{quotient.scaleb(-exponent):.{places}f}·10^{exponent}"


def integer_text(value: int, *, longest: int | None = None) -> str:
    """All digits of ``value`` if there are at most ``longest`` (default: any number), else :func:`scientific`."""
    digits = decimal(value)
    return digits if longest is None or len(digits) <= longest else scientific(value)


def abridged(value: int) -> str:
    """All digits, or the beginning, the end, the number of digits and the magnitude of a longer number.

    >>> abridged(7**200)
    '1046183829…7456120001 (170 digits, 1.046·10^169)'
    """
    digits = decimal(abs(value))
    sign = "-" if value < 0 else ""
    if len(digits) <= LONGEST:
        return sign + digits
    magnitude = scientific(abs(value), places=3, nearest=True)
    return f"{sign}{digits[:10]}…{digits[-10:]} ({len(digits)} digits, {magnitude})"


def power_above(value: int, *, longest: int = LONGEST) -> str:
    """All digits of an integer of at least 0, or the least power of ten that is larger."""
    digits = decimal(value)
    return digits if len(digits) <= longest else f"10^{len(digits)}"


def brief_rational(value: Fraction) -> str:
    """The number itself if it is short, else its sign, two leading digits and magnitude, for messages."""
    text = format_rational(value)
    if len(text) <= LONGEST:
        return text
    mantissa, _, exponent = scientific(value, places=1).partition("·10^")
    return f"≈{mantissa}e{int(exponent):+d}"


def rounded(value: Fraction, form: str) -> str:
    """The nearest float in a format, or :func:`brief_rational` beyond the range of floats."""
    try:
        return format(float(value), form)
    except OverflowError:
        return brief_rational(value)
