"""Hinz: Using Activation Histograms to Bound the Number of Affine Regions in ReLU Feed-Forward Neural Networks."""

import itertools
import random

import sampling

from theory import Architecture
from theory.bounds import BOUNDS
from theory.bounds.histograms import histogram
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


def simple_arrangements(n: int) -> set[frozenset[int]]:
    """The simple arrangements of n pseudolines in the plane: of each the cells, as masks of the lines below them.

    Swept from left to right, the order of the lines turns round by exchanges of neighbors, each pair once.  At the
    left end there are n + 1 cells; every exchange at places i, i + 1 begins one, above the lines of places 0, …, i.
    """
    found: set[frozenset[int]] = set()
    left = [sum(1 << line for line in range(place)) for place in range(n + 1)]

    def sweep(order: list[int], cells: list[int], last: int) -> None:
        places = [i for i in range(n - 1) if order[i] < order[i + 1]]
        if not places:
            found.add(frozenset(cells))
        for i in places:
            if i >= last - 1:  # exchanges far apart commute; one order of them is enough
                turned = [*order[:i], order[i + 1], order[i], *order[i + 2 :]]
                sweep(turned, [*cells, sum(1 << line for line in turned[: i + 1])], i)

    sweep(list(range(n)), left, 0)
    return found


def test_histograms_of_all_line_arrangements() -> None:
    """Every layer of at most six units on two inputs: each tail of γ is the most that occurs.

    It is enough to look at simple arrangements: moving lines a little keeps every open cell with its word of active
    units, so it never lowers a tail Σ_{j ≥ k}.  Pseudolines include all lines, and a unit may look either way.
    """
    numbers = [len(simple_arrangements(n)) for n in range(1, 7)]
    assert numbers == [1, 1, 2, 8, 62, 908]  # known from the literature on sorting networks
    for n in range(1, 7):
        most = [0] * (n + 1)
        for cells in simple_arrangements(n):
            for turned in range(2**n):
                levels = [0] * (n + 1)
                for cell in cells:
                    levels[(cell ^ turned).bit_count()] += 1
                tails = itertools.accumulate(reversed(levels))
                most = [max(old, new) for old, new in zip(most, tails, strict=True)]
        gamma = histogram("2021", 2, n)
        assert most == list(itertools.accumulate(reversed(gamma)))


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
