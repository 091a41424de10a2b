"""Random networks and architectures for the checks: small, with rational weights, the same in every run."""

import itertools
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache

from theory import IDENTITY, RELU, Architecture, Layer, Maxout, Network
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from theory.records import records
from verify import count
from verify.engines.core import core
from verify.maxima.search import climb, most_regions

__all__ = [
    "dense",
    "float_network",
    "hard_maxout_networks",
    "hard_networks",
    "proved_maxima",
    "small_architectures",
    "some_networks",
]

NARROW = (
    *("1-2-5", "1-2-2-4", "2-2-4", "2-2-2-3", "2-3-4", "3-3-3", "4-4-2", "3-4-2", "4-5-1", "1-4-2-2-3"),
    *("1-2-1-4", "2-2-1-5", "2-3-1-3", "3-3-1-4", "2-2-2-1-2"),
)
FOLDED = ("1-3-3", "2-4-4", "2-6-6", "3-4-4", "2-4-4-4")
CLIMBED = ("1-2-3-1", "2-2-1-2", "2-4-1-2")


def dense(rng: random.Random, sizes: Sequence[int], *, rank: int = 1, scale: int = 30) -> Network:
    """ReLU units, or maxout units of the given rank, with integer weights in [-scale, scale]."""
    layers = []
    for width, units in itertools.pairwise(sizes):
        rows = [[rng.randint(-scale, scale) for _ in range(width + 1)] for _ in range(units * rank)]
        unit = RELU if rank == 1 else Maxout(rank)
        layers.append(Layer([row[:-1] for row in rows], [row[-1] for row in rows], unit))
    return Network([*layers, Layer([[1] * sizes[-1]], [0], IDENTITY)])


def some_networks(number: int, *, rank: int = 1, units: int = 7, seed: int = 0) -> Iterator[Network]:
    """Networks with one to three inputs and layers, and at most ``units`` hidden units."""
    rng = random.Random(seed)
    while number:
        widths = [rng.randint(1, 4) for _ in range(rng.randint(1, 3))]
        if sum(widths) <= units:
            yield dense(rng, [rng.randint(1, 3), *widths], rank=rank)
            number -= 1


@cache
def hard_networks() -> tuple[tuple[Network, int], ...]:
    """Networks with as many regions as are known, counted exactly: those that an upper bound that is false would meet.

    All stored records, the maxima of narrow architectures, folding networks, and, where the core that counts for a
    search was compiled, some found by hill climbing here.
    """
    networks = [record.network for record in records().values()]
    networks += [CONSTRUCTIONS["narrow"].build(sizes).network for sizes in NARROW]
    networks += [CONSTRUCTIONS["folding"].build(sizes).network for sizes in FOLDED]
    if core is not None:
        networks += [most_regions(Architecture.parse(sizes), evaluations=4000, seed=1).network for sizes in CLIMBED]
    return tuple((network, count(network).value) for network in networks)


@cache
def hard_maxout_networks() -> tuple[tuple[Network, int], ...]:
    """Maxout networks with many regions, counted exactly: constructions, and others climbed from random weights."""
    built = [
        CONSTRUCTIONS["maxout_layer"].build(Architecture.maxout(2, n, rank=k)).network for n, k in ((3, 3), (4, 2))
    ]
    built += [CONSTRUCTIONS["maxout_line"].build(sizes, rank=3).network for sizes in ("1-2-2", "1-4-2")]
    built += [CONSTRUCTIONS["maxout_grid"].build("2-4-2", rank=3).network]
    rng = random.Random(7)
    for sizes, rank in (((1, 1, 1), 3), ((1, 2, 1), 3), ((2, 2), 3), ((2, 2, 1), 3), ((2, 1, 2), 3), ((2, 2, 2), 2)):
        start, found = dense(rng, sizes, rank=rank, scale=9), []
        for network, _ in climb(start, lambda net: count(net).value, rng, largest=9, stalled=60):
            found.append(network)
        built.append(found[-1])
    return tuple((network, count(network).value) for network in built)


def small_architectures(inputs: int = 6, width: int = 7, depth: int = 3) -> Iterator[Architecture]:
    """Every ReLU architecture with at most these inputs, units a layer and layers."""
    for n0, layers in itertools.product(range(1, inputs + 1), range(1, depth + 1)):
        for widths in itertools.product(range(1, width + 1), repeat=layers):
            yield Architecture.relu(n0, *widths)


def proved_maxima(inputs: int = 5, width: int = 6, depth: int = 3) -> Iterator[tuple[Architecture, int]]:
    """The small architectures whose maximum over all weights is proved, each with it."""
    for arch in small_architectures(inputs, width, depth):
        for key in ("zaslavsky", "one_input", "small_maxima"):
            if BOUNDS[key].why_not(arch) is None:
                yield arch, BOUNDS[key](arch)
                break


def float_network(seed: int, sizes: Sequence[int], *, bias: float = 0.01) -> Network:
    """He-normal weights and normal biases, as at the start of training; every float at its exact value."""
    rng = random.Random(seed)
    pairs = []
    for width, units in itertools.pairwise(sizes):
        weights = [[rng.gauss(0.0, (2 / width) ** 0.5) for _ in range(width)] for _ in range(units)]
        pairs.append((weights, [rng.gauss(0.0, bias) for _ in range(units)]))
    return Network.from_floats(pairs)


def fractions(rng: random.Random, number: int, denominator: int = 64) -> list[Fraction]:
    """Random multiples of 1/denominator in [-1, 1]."""
    return [Fraction(rng.randint(-denominator, denominator), denominator) for _ in range(number)]
