"""Networks that several test files draw."""

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from theory import ABS, HARD_TANH, RELU, Architecture, Layer, Maxout, Network, PiecewiseLinear
from theory.initialization import Initialization
from verify.domain.shapes import Domain
from verify.engines.exact import cells
from verify.engines.problem import Problem
from verify.testing.degenerate import degenerate_domain, random_degenerate_networks


def random_network(seed: int, *widths: int) -> Network:
    """Gaussian weights and biases, one output that adds the last layer up."""
    rng = random.Random(seed)
    pairs = [
        ([[rng.gauss(0, 1) for _ in range(a)] for _ in range(b)], [rng.gauss(0, 0.3) for _ in range(b)])
        for a, b in itertools.pairwise(widths)
    ]
    return Network.from_floats([*pairs, ([[1.0] * widths[-1]], [0.0])])


def drawn(*widths: int, seed: int = 0) -> Network:
    """He-normal weights, biases of deviation 1/2."""
    return Initialization(bias="1/2").draw(Architecture.relu(*widths), np.random.default_rng(seed))


def integer_network(seed: int, *widths: int, unit: PiecewiseLinear = RELU, most: int = 3) -> Network:
    """Small weights and half-integer biases: parallel, coincident, concurrent and invisible walls."""
    rng, layers = np.random.default_rng(seed), []
    for inputs, width in itertools.pairwise(widths):
        biases = [Fraction(int(b), 2) for b in rng.integers(-most, most + 1, width)]
        layers.append(Layer(rng.integers(-most, most + 1, (width, inputs)).tolist(), biases, unit))
    return Network([*layers, Layer(rng.integers(-1, 2, (1, widths[-1])).tolist(), [0])])


def all_kinds() -> Network:
    """Two layers of ReLU units, absolute values and maxout units."""
    first = Layer([[1, 0], [1, 2], [-1, 1], [0, 1], ["1/2", "1/2"]], [0, 0, 0, 0, "1/3"], [RELU, Maxout(3), ABS])
    return Network([first, Layer([[1, -1, 1], [1, 1, 0], [-1, 2, 1]], [0, "-1/2", 0], [RELU, Maxout(2)])])


def mixed() -> Network:
    """Every kind of unit, a dead one, one that is constant, and repeated hyperplanes."""
    step = PiecewiseLinear(["-1/2", 0, "1/3"], [0, 2, "-1/3", 1])
    units = [RELU, ABS, HARD_TANH, step, Maxout(3)]
    first = Layer([[1, 0], [1, 0], [1, 1], ["1/3", -1], [0, 0], [1, 0], [1, 0]], [0, 0, 0, "1/7", 0, 0, 1], units)
    second = Layer([[1, -1, 2, 0, 1], [0, 0, 0, 0, 0], [0, 1, 1, 1, -1]], [0, 0, "-1/2"], [HARD_TANH, RELU, ABS])
    return Network([first, second])


def random_degenerate_problems(
    seed: int, how_many: int, max_inputs: int = 3, max_units: int = 6
) -> Iterator[tuple[Network, Domain]]:
    """The stream of :func:`random_degenerate_networks`, each network with a domain in its input space.

    >>> for net, domain in random_degenerate_problems(seed=3, how_many=100):
    ...     assert domain.pull_back(net).inputs == domain.dimension
    """
    pick = random.Random(f"domains {seed}").randint
    for net in random_degenerate_networks(seed, how_many, max_inputs, max_units):
        yield net, degenerate_domain(pick, net.inputs)


def count_cells(problem: Problem) -> int:
    """The number of regions by the exact engine."""
    return sum(1 for _ in cells(problem))
