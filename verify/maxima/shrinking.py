"""Small networks with a property: fewer layers, inputs and units first, then weights that are 0, ±1 or short.

A predicate decides the property exactly, such as "has more regions than claimed"; every network on the way has it.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from theory.network import Network
from verify.maxima.climbing import OutOfTimeError
from verify.maxima.edits import rows_of, with_rows, without_one_part

Predicate = Callable[[Network], bool]


def shrink(network: Network, keeps: Predicate) -> Network:
    """A network with the property from which no part can be removed and no weight made simpler.

    ``keeps`` may raise OutOfTimeError: the smallest network so far is returned.
    """
    smaller: Network | None = network
    try:
        while smaller is not None:
            network = smaller
            smaller = next((trial for trial in without_one_part(network) if keeps(trial)), None)
    except OutOfTimeError:
        return network
    return _with_simple_weights(network, keeps)


def _with_simple_weights(network: Network, keeps: Predicate) -> Network:
    """The rows of the last hidden layer rounded, which no other layer reads; then weight after weight made simpler."""
    rows = rows_of(network)

    def accepts(row: list[Fraction], values: Sequence[Fraction]) -> bool:
        old, row[:] = list(row), values
        accepted = False
        try:
            accepted = keeps(with_rows(network, rows))
        finally:
            if not accepted:
                row[:] = old
        return accepted

    changed = True
    try:
        for row in rows[-1] if rows else []:
            any(accepts(row, values) for values in _rounded(tuple(row)))
        while changed:
            changed = False
            for row in (row for layer in rows for row in layer):
                for i, value in enumerate(tuple(row)):
                    changed |= any(accepts(row, [*row[:i], simple, *row[i + 1 :]]) for simple in _simpler(value))
    except OutOfTimeError:
        pass
    return with_rows(network, rows)


def _rounded(row: Sequence[Fraction]) -> Iterator[list[Fraction]]:
    """Integer rows nearly proportional to a row, the shortest first."""
    size, largest = max(map(abs, row)), 1
    while largest < size:
        yield [Fraction(round(v * largest / size)) for v in row]
        largest += 1 + largest // 4


def _length(value: Fraction) -> tuple[int, int, bool]:
    """The order from simple numbers to long ones."""
    return value.denominator, abs(value.numerator), value < 0


def _simpler(value: Fraction) -> list[Fraction]:
    """Numbers simpler than this one, the simplest first."""
    near = {Fraction(round(value)), Fraction(int(value)), *(Fraction(round(value * q), q) for q in (2, 3, 4))}
    less = {Fraction(int(value * q)) for q in (Fraction(1, 2), Fraction(15, 16))}
    candidates = {Fraction(0), Fraction(1), Fraction(-1), -value, value - (1 if value > 0 else -1), *near, *less}
    return sorted((c for c in candidates if _length(c) < _length(value)), key=_length)
