"""Hinz: Using Activation Histograms to Bound the Number of Affine Regions in ReLU Feed-Forward Neural Networks."""

import itertools
import random

import numpy as np
import pytest
import sampling

from theory import Architecture, Network
from theory.bounds import BOUNDS
from theory.bounds.hinz import histogram
from verify import WholeSpace
from verify.engines import Problem, patterns


def test_values() -> None:
    values = {"2-4-4": 109, "2-4-4-4": 1031, "3-4-4-4": 1559}
    assert {sizes: BOUNDS["hinz2021"](Architecture.parse(sizes)) for sizes in values} == values


def test_at_most_serra() -> None:
    smaller = 0
    for arch in sampling.small_architectures():
        tight, serra = BOUNDS["hinz2021"](arch), BOUNDS["serra2018"](arch)
        assert tight <= serra
        smaller += tight < serra
    assert smaller > 500


def test_upper_bound() -> None:
    assert all(regions <= BOUNDS["hinz2021"](network.architecture) for network, regions in sampling.hard_networks())
    assert all(value <= BOUNDS["hinz2021"](arch) for arch, value in sampling.proved_maxima())


def greatest_tails(n: int) -> tuple[int, list[int]]:
    """The number of simple arrangements of n pseudolines, and for each k the most cells with at most k units off.

    Swept from left to right, the order of the lines turns round by exchanges of neighbors, each pair once.  At the
    left end there are n + 1 cells, named by the lines below them; every exchange at places i, i + 1 begins one, above
    the lines of places 0, …, i.  Exchanges far apart commute: a sequence in which no exchange is followed by one more
    than one place to its left is the first in the alphabet among its equals, so every arrangement is met once.  Every
    choice of active sides is looked at: off[t, k] cells have k units off if the lines of the set t face down.
    """
    pairs = n * (n - 1) // 2
    sets = np.arange(1 << n)
    off = np.zeros((1 << n, n + 1), np.int64)
    units_off = [n - np.array([(cell ^ t).bit_count() for t in range(1 << n)]) for cell in range(1 << n)]
    for place in range(n + 1):
        off[sets, units_off[(1 << place) - 1]] += 1
    most, number = np.zeros(n + 1, np.int64), 0
    order = list(range(n))
    exchanges: list[tuple[int, int]] = []  # place and cell
    i = 0
    while True:
        while i < n - 1 and order[i] > order[i + 1]:
            i += 1
        if len(exchanges) < pairs and i < n - 1:
            order[i], order[i + 1] = order[i + 1], order[i]
            cell = sum(1 << line for line in order[: i + 1])
            off[sets, units_off[cell]] += 1
            exchanges.append((i, cell))
            i = max(0, i - 1)
            continue
        if len(exchanges) == pairs:
            number += 1
            np.maximum(most, off.cumsum(axis=1).max(axis=0), out=most)
        if not exchanges:
            return number, most.tolist()
        i, cell = exchanges.pop()
        off[sets, units_off[cell]] -= 1
        order[i], order[i + 1] = order[i + 1], order[i]
        i += 1


def check_line_arrangements(lines: int, arrangements: int) -> None:
    number, most = greatest_tails(lines)
    assert number == arrangements
    gamma = histogram("2021", 2, lines)
    assert most == list(itertools.accumulate(reversed(gamma)))


def test_histograms_of_all_line_arrangements() -> None:
    """Every layer of at most seven units on two inputs: each tail of γ is the most that occurs.

    It is enough to look at simple arrangements: moving lines a little keeps every open cell with its word of active
    units, so it never lowers a tail Σ_{j ≥ k}.  Pseudolines include all lines, and a unit may look either way.
    """
    for lines, arrangements in enumerate((1, 1, 2, 8, 62, 908, 24698), start=1):  # known from sorting networks
        check_line_arrangements(lines, arrangements)


@pytest.mark.slow
def test_histograms_of_eight_lines() -> None:
    check_line_arrangements(8, 1232944)


def test_histogram_with_a_common_point() -> None:
    """If all n halfplanes of a layer share a point, at most 1 + n·k cells have at most k units off, for any n.

    Let D be the union of the cells with at most k units off, E its edges with cells of D on both sides, V its vertices
    with four cells of D: those where at most k − 1, at most k − 2 of the other units are off.  Along a ray from the
    common point units only turn off, so D is star-shaped, and Euler's relation says (cells) − E + V = 1.  On a line
    the number of other units that are off goes up or down by 1 at each of n − 1 vertices; say that it is below k on e
    edges, which form r runs.  Then e + r ≤ 2k: to come from outside, to pass between runs and to leave takes at least
    (n − 1) − 2(k − 1) + (r − 1) of the n edges.  The line has e − r vertices of V, and every vertex is on two lines, so
    cells = 1 + E − V = 1 + Σ (e − (e − r)/2) = 1 + Σ (e + r)/2 ≤ 1 + n·k.

    Here e + r ≤ 2k is checked for all lines with up to nine others, and the conclusion on random layers.
    """
    for others in range(10):
        for steps in itertools.product((-1, 1), repeat=others):
            heights = list(itertools.accumulate(steps, initial=steps.count(-1)))
            for k in range(1, others + 2):
                below = [h < k for h in heights]
                runs = sum(b and not a for a, b in itertools.pairwise([False, *below]))
                assert sum(below) + runs <= 2 * k
    rng = random.Random(23)
    for n in (9, 10, 12):
        rows = [[rng.randint(-99, 99), rng.randint(-99, 99)] for _ in range(n)]
        net = Network.relu([(rows, [rng.randint(1, 99) for _ in range(n)]), ([[1] * n], [0])])  # all are on at 0
        off = [n - sum(pattern[0]) for pattern in patterns(Problem.of(net, WholeSpace(2)), "exact")]
        assert all(sum(j <= k for j in off) <= 1 + n * k for k in range(n + 1))


def test_histograms_of_line_arrangements() -> None:
    """Networks with two inputs and up to six units, many of them degenerate: no tail is above that of γ."""
    rng = random.Random(22)
    for _ in range(120):
        n = rng.randint(1, 6)
        net = sampling.dense(rng, [2, n])
        tails = [0] * (n + 1)
        for pattern in patterns(Problem.of(net, WholeSpace(2)), "exact"):
            for k in range(sum(pattern[0]) + 1):
                tails[k] += 1
        gamma = histogram("2021", 2, n)
        allowed = [sum(gamma[k:]) for k in range(n + 1)]
        assert all(a <= b for a, b in zip(tails, allowed, strict=True)), (tails, allowed)
