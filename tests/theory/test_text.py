"""Numbers of any size as text: the leading digits are those of the number, cut or rounded as promised."""

from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from theory.text import abridged, brief_rational, integer_text, power_above, scientific

numbers = st.fractions() | st.integers(-(10**60), 10**60) | st.integers(0, 400).map(lambda e: Fraction(1, 7**e))


def parsed(text: str) -> tuple[Fraction, Fraction]:
    """The number that the text names, and one unit of its last place."""
    mantissa, _, exponent = text.partition("·10^")
    return Fraction(mantissa) * Fraction(10) ** int(exponent), Fraction(10) ** (
        int(exponent) - len(mantissa.partition(".")[2])
    )


@given(numbers.filter(bool), st.integers(0, 5))
@example(10**30 - 1, 3)
@example(Fraction(999, 1000), 2)
@example(Fraction(1, 10**50), 0)
@settings(max_examples=200)
def test_digits_are_cut_off_or_rounded_half_up(value, places) -> None:
    cut, unit = parsed(scientific(value, places=places))
    assert 0 <= abs(value) - abs(cut) < unit
    assert cut * value > 0
    near, unit = parsed(scientific(value, places=places, nearest=True))
    assert -unit / 2 <= abs(near) - abs(value) <= unit / 2
    for text in (scientific(value, places=places), scientific(value, places=places, nearest=True)):
        assert 1 <= int(text.removeprefix("-")[0]) <= 9


def test_short_numbers_are_written_in_full_and_long_ones_by_their_size() -> None:
    assert integer_text(10**5000) == "1" + "0" * 5000
    assert integer_text(-(10**5000), longest=10) == "-1.00·10^5000"
    assert abridged(10**23 - 1) == "9" * 23
    assert abridged(10**24) == "1000000000…0000000000 (25 digits, 1.000·10^24)"
    assert abridged(10**30 - 1) == "9999999999…9999999999 (30 digits, 1.000·10^30)"
    assert abridged(-(12345678 * 10**20)) == "-1234567800…0000000000 (28 digits, 1.235·10^27)"
    assert power_above(0) == "0"
    assert power_above(10**40 - 1, longest=39) == "10^40"
    assert brief_rational(Fraction(-7, 10**40)) == "≈-7.0e-40"
    assert brief_rational(Fraction(10**24, 3 * 10**24 - 1)) == "≈3.3e-1"
