"""Theorem 1 with skip connections: against exact counts, its own sum, and the bounds between which it lies."""

import itertools
import math
import random
from fractions import Fraction

import pytest
import sympy

from theory import ABS, Architecture, Layer, Network
from theory.activations import IDENTITY, RELU
from theory.bounds import BOUNDS, SkipArchitecture, evaluate, weight_aware_bounds
from theory.errors import ConditionError, InvalidInputError, UnsupportedError
from theory.formats import save
from verify import Box, count

BOUND = BOUNDS["serra2018_skips"]


def residual(rng, inputs, widths, carried):
    """Layers of ReLU units, and past each of them so many numbers that the layer sees."""
    layers, before = [], inputs
    for width, number in zip(widths, carried, strict=True):
        rows = [[rng.randint(-9, 9) for _ in range(before)] for _ in range(width)]
        rows += [[int(i == j) for j in range(before)] for i in range(before - number, before)]
        biases = [rng.randint(-9, 9) for _ in range(width)] + [0] * number
        layers.append(Layer(rows, biases, [RELU] * width + [IDENTITY] * number))
        before = width + number
    return Network([*layers, Layer([[1] * before], [0], IDENTITY)])


def shapes(rng, number):
    for _ in range(number):
        inputs = rng.choice((1, 2, 2, 3))
        widths = tuple(rng.randint(1, 3) for _ in range(rng.choice((2, 3))))
        carried, before = [], inputs
        for width in widths:
            carried.append(rng.randint(0, min(before, inputs)))
            before = width + carried[-1]
        yield inputs, widths, tuple(carried)


def test_no_network_has_more_regions():
    rng, attained, above = random.Random(1), 0, 0
    for inputs, widths, carried in shapes(rng, 400):
        network = residual(rng, inputs, widths, carried)
        subject = SkipArchitecture.of(network)
        assert subject == SkipArchitecture(Architecture.relu(inputs, *widths), carried)
        regions, bound = int(count(network)), BOUND(subject)
        assert regions <= weight_aware_bounds(network).value <= bound
        attained += regions == bound
        above += regions > BOUNDS["serra2018"](subject.architecture)
    assert attained > 40
    assert above > 10


@pytest.mark.parametrize("method", ["interval", "lp"])
def test_carried_numbers_of_a_given_network_on_a_box(method):
    rng, smaller = random.Random(2), 0
    for inputs, widths, carried in shapes(rng, 60):
        network, box = residual(rng, inputs, widths, carried), ([-1] * inputs, [1] * inputs)
        found = weight_aware_bounds(network, box, method=method)
        assert count(network, Box(*box)) <= found.value <= BOUND(SkipArchitecture.of(network))
        for layer, number in zip(found.layers, carried, strict=True):
            assert set(range(layer.width - number, layer.width)) <= set(layer.on)
        smaller += found.value < BOUND(SkipArchitecture.of(network))
    assert smaller > 10


def by_enumeration(inputs, widths, carried):
    total = 0
    for js in itertools.product(*(range(n + 1) for n in widths)):
        left = [inputs, *(n - j + c for n, j, c in zip(widths, js, carried, strict=True))]
        if all(j <= min(left[: i + 1]) for i, j in enumerate(js)):
            total += math.prod(math.comb(n, j) for n, j in zip(widths, js, strict=True))
    return total


def test_it_is_the_sum_and_lies_between_no_skips_and_all_inputs():
    symbols = sympy.symbols("n_0:4 c_1:4", integer=True, positive=True)
    expression = BOUND(SkipArchitecture(Architecture.relu(*symbols[:4]), symbols[4:]))
    for inputs, *sizes in itertools.product((1, 2), (1, 3), (2, 3), (1, 3), (0, 2), (0, 1)):
        arch, carried = Architecture.relu(inputs, *sizes[:3]), (*sizes[3:], 0)
        value = BOUND(SkipArchitecture(arch, carried))
        assert value == by_enumeration(inputs, arch.widths, carried)
        assert value == evaluate(expression, dict(zip(symbols, (inputs, *sizes[:3], *carried), strict=True)))
        assert BOUND(SkipArchitecture(arch, (0, 0, 0))) == BOUNDS["serra2018"](arch) <= value
        assert value <= BOUND(SkipArchitecture(arch, (inputs,) * 3)) == BOUNDS["raghu2017"](arch)


def test_a_file(run, tmp_path):
    network = residual(random.Random(3), 2, (2, 3), (2, 0))
    save(network, tmp_path / "skips.json")
    found = run("bounds", str(tmp_path / "skips.json"), "--json").json
    assert count(network) <= found["value"] <= 28
    assert [layer["on"] for layer in found["layers"]] == [[2, 3], []]


def test_errors():
    with pytest.raises(InvalidInputError, match="a number carried past each"):
        SkipArchitecture(Architecture.relu(2, 3, 3), (1,))
    with pytest.raises(InvalidInputError, match="numbers carried past layer 2"):
        SkipArchitecture(Architecture.relu(2, 3, 3), (1, -1))
    with pytest.raises(InvalidInputError, match="1/2 is not an integer"):
        SkipArchitecture(Architecture.relu(2, 3), (Fraction(1, 2),))
    assert SkipArchitecture(Architecture.relu(2, 2, 3), ("2", Fraction(0))).carried == (2, 0)
    with pytest.raises(ConditionError, match="see SkipArchitecture"):
        BOUND(Architecture.relu(2, 3))
    with pytest.raises(UnsupportedError, match="ReLU units"):
        SkipArchitecture.of(Network([Layer([[1, 0]], [0], ABS), Layer([[1]], [0])]))
