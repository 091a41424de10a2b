"""Goujon, Etemadi, Unser: On the Number of Regions of Piecewise Linear Neural Networks."""

import math
import random

import sampling

from theory import Network
from theory.activations import PiecewiseLinear
from theory.network import Layer
from theory.symmetric_line import line_regions
from verify import count


def test_one_layer_of_units_with_breakpoints() -> None:
    for inputs, units, breakpoints in ((1, 3, 2), (2, 3, 2), (2, 4, 3), (3, 3, 2)):
        weights = sampling.dense(random.Random(1), (inputs, units)).layers[0]
        unit = PiecewiseLinear(range(breakpoints), [i % 2 for i in range(breakpoints + 1)])
        network = Network([Layer(weights.weights, weights.biases, unit)])
        most = sum(math.comb(units, j) * breakpoints**j for j in range(inputs + 1))
        assert count(network) == most


def test_mean_density_on_a_line() -> None:
    for depth in range(1, 8):
        for width in (2, 3, 8):
            assert line_regions([width] * depth) <= depth * width + 1
