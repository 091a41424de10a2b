"""Small networks with a property: fewer layers, inputs and units first, then weights that are 0, ±1 or short.

The property is a predicate that decides exactly, such as "has more regions than claimed"; every network on the way has
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from theory.network import Network
from verify.maxima.climbing import OutOfTimeError, regions
from verify.maxima.edits import (
    in_integers,
    places,
    row_at,
    weight_at,
    with_row,
    with_sum_as_output,
    with_weight,
    without_one_part,
)

__all__ = ["shrink", "simplified"]

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
    """The rows of the last hidden layer rounded, which its readers do not notice; then weight after weight."""
    try:
        last = len(network.hidden) - 1
        for row in range(network.hidden[last].rows if network.hidden else 0):
            for values in _rounded(row_at(network, last, row)):
                if keeps(trial := with_row(network, last, row, values)):
                    network = trial
                    break
        changed = True
        while changed:
            changed = False
            for place in places(network):
                for value in _simpler(weight_at(network, place)):
                    if keeps(trial := with_weight(network, place, value)):
                        network, changed = trial, True
                        break
    except OutOfTimeError:
        pass
    return network


def _rounded(row: list[Fraction]) -> Iterator[list[int]]:
    """Integer rows nearly proportional to a row, the shortest first."""
    size, largest = max(map(abs, row)), 1
    while largest < size:
        yield [round(v * largest / size) for v in row]
        largest += 1 + largest // 4


def _length(value: Fraction) -> tuple[int, int, bool]:
    """The order in which numbers count as simple."""
    return value.denominator, abs(value.numerator), value < 0


def _simpler(value: Fraction) -> list[Fraction]:
    """Numbers simpler than this one, the simplest first."""
    near = {Fraction(round(value)), Fraction(int(value)), *(Fraction(round(value * q), q) for q in (2, 3, 4))}
    less = {Fraction(int(value * q)) for q in (Fraction(1, 2), Fraction(15, 16))}
    candidates = {Fraction(0), Fraction(1), Fraction(-1), -value, value - (1 if value > 0 else -1), *near, *less}
    return sorted((c for c in candidates if _length(c) < _length(value)), key=_length)


def simplified(network: Network) -> Network:
    """A ReLU network with at least as many regions, the same architecture, and smaller integer weights.

    Examples
    --------
    >>> tent = Network.relu([([[101], ["2021/10"]], [0, -100]), ([[2, -4]], [0])])
    >>> [(layer.weights, layer.biases) for layer in simplified(tent).hidden]
    [(((Fraction(1, 1),), (Fraction(1, 1),)), (Fraction(0, 1), Fraction(1, 1)))]
    """
    network = in_integers(network)
    goal = regions(network)
    return with_sum_as_output(_with_simple_weights(network, lambda trial: regions(trial, enough=goal) >= goal))
