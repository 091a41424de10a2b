"""Networks that several test files draw."""

import itertools
import random

from theory import Network


def random_network(seed: int, *widths: int) -> Network:
    """Gaussian weights and biases, one output that adds the last layer up."""
    rng = random.Random(seed)
    pairs = [
        ([[rng.gauss(0, 1) for _ in range(a)] for _ in range(b)], [rng.gauss(0, 0.3) for _ in range(b)])
        for a, b in itertools.pairwise(widths)
    ]
    return Network.from_floats([*pairs, ([[1.0] * widths[-1]], [0.0])])
