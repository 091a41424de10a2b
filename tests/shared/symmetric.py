"""Networks that do not tell their inputs apart, and domains that do not either."""

from theory import Network
from theory.activations import IDENTITY, RELU
from theory.network import Layer
from verify.domain.shapes import Box, Polytope, WholeSpace


def equivariant(rng, n, copies, depth, *, units=RELU, signed=False, weights=(-3, -2, -1, 1, 2, 3)):
    """Layers whose units are permuted with the inputs; if signed, the first one takes absolute values."""
    layers, before, outputs = [], 1, n
    if signed:
        rows = [[sign * int(i == j) for j in range(n)] for i in range(n) for sign in (1, -1)]
        layers.append(Layer(rows, [0] * (2 * n), RELU))
        before, outputs = 2, 2 * n
    for _ in range(depth):
        rank = units.rows
        own, other = ([[rng.choice(weights) for _ in range(before)] for _ in range(copies * rank)] for _ in range(2))
        if signed and not layers[1:]:
            own, other = ([[w for w in row[:1] for _ in range(2)] for row in part] for part in (own, other))
        rows = [
            [(own[f][g] if i == j else 0) + other[f][g] for j in range(outputs // before) for g in range(before)]
            for i in range(n)
            for f in range(copies * rank)
        ]
        biases = [rng.choice(weights) for _ in range(copies * rank)] * n
        layers.append(Layer(rows, biases, units))
        before, outputs = copies, n * copies
    return Network([*layers, Layer([[1] * outputs], [0], IDENTITY)])


def domains(n, rng):
    """The whole space, a cube and a simplex."""
    yield WholeSpace(n)
    yield Box.cube(-rng.randint(1, 3), rng.randint(1, 3), n)
    yield Polytope([*([*map(int, [i == j for j in range(n)]), 1] for i in range(n)), [-1] * n + [2]])
