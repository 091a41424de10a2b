"""The integrand of Theorems 3 and 6 in every codimension: by hand, by floats, by closed forms; its mean by geometry."""

import math
from fractions import Fraction

import numpy as np
import pytest
from gaussian_strata import one_layer_density
from kac_rice import density_by_formula, density_by_geometry, integrand

from theory import HARD_TANH, IDENTITY, Architecture, Layer, Network
from theory.errors import InvalidInputError, UnsupportedError
from theory.initialization import Initialization
from verify import Box
from verify.measure.sampling import Estimate, good_units
from verify.measure.strata import strata

HALF = Fraction(1, 2)
LAW = Initialization(bias=HALF)


def normal(value: float, deviation: float = 0.5) -> float:
    return math.exp(-0.5 * (value / deviation) ** 2) / (math.sqrt(2 * math.pi) * deviation)


def test_one_unit_and_two_by_hand() -> None:
    net = Network.relu([([[3, 4], [0, 2]], [9, 9]), ([[1, 1]], [0])])
    assert float(integrand(net, HALF, [1, -1])) == pytest.approx(5 * normal(-1) + 2 * normal(-2), rel=1e-13)
    assert float(integrand(net, HALF, [1, -1], 2)) == pytest.approx(6 * normal(-1) * normal(-2), rel=1e-13)
    assert integrand(net, HALF, [1, -1], 2).rad() < 1e-12


def test_a_unit_behind_others_is_seen_at_their_thresholds() -> None:
    """The drawn bias 100 of the first unit is seen only where the first unit is not one of the two."""
    net = Network.relu([([[1, 0], [0, 1]], [100, 0]), ([[1, 2]], [1]), ([[1]], [0])])
    point = ["1/4", 2]
    # (1, 2): w = 1/4 and 2, the third unit is open; (1, 3): w₃ = 4, gradients (1, 0) and (0, 2); (2, 3): w₃ = 100 + 1/4
    expected = normal(0.25) * normal(2) + 2 * normal(0.25) * normal(4) + 1 * normal(2) * normal(100.25)
    assert float(integrand(net, HALF, point, 2)) == pytest.approx(expected, rel=1e-12, abs=0)
    assert float(integrand(net, HALF, point)) == pytest.approx(
        normal(0.25) + normal(2) + math.sqrt(5) * normal(104.25), rel=1e-12
    )


def test_hard_tanh_has_two_thresholds_for_each_unit() -> None:
    """Theorem 6; a hard tanh unit that is saturated lets nothing through."""
    out = Layer([[1]], [0], IDENTITY)
    net = Network([Layer([[2]], [0], HARD_TANH), Layer([[3]], [1], HARD_TANH), out])
    # the first unit at ±1 puts the second one at 1 ± 3, where it is saturated; at x = 1 the first unit is at 2
    assert integrand(net, HALF, [1]) == 0
    # at x = 1/4 the second unit has the gradient 6 and w = 3/2
    expected = 6 * (normal(-1 - 1.5) + normal(1 - 1.5))
    assert float(integrand(net, HALF, ["1/4"])) == pytest.approx(expected, rel=1e-13)
    first = 2 * (normal(-1 - 0.5) + normal(1 - 0.5))
    assert float(integrand(net, HALF, ["1/4"], definition="activation")) == pytest.approx(first + expected, rel=1e-13)


def by_floats(network: Network, x: np.ndarray, *, count_all: bool) -> float:
    """Codimension 1 in floating-point numbers, layer by layer with all thresholds at once."""
    layers = [
        (np.array([[float(v) for v in row] for row in layer.weights]), np.array([float(v) for v in layer.biases]))
        for layer in network.layers
    ]
    total, h, jacobian = 0.0, x, np.eye(len(x))
    for depth, (weights, biases) in enumerate(layers[:-1]):
        without, gradients = weights @ h, weights @ jacobian
        z = without + biases
        h, jacobian = np.maximum(z, 0.0), gradients * (z > 0)[:, None]
        counts = np.ones(len(z), dtype=bool) if count_all else good_units(layers[depth + 1 :], h)
        total += sum(np.linalg.norm(g) * normal(w) * c for g, w, c in zip(gradients, without, counts, strict=True))
    return float(total)


@pytest.mark.parametrize("widths", [(4,), (3, 3), (2, 3, 2)])
def test_codimension_one_by_a_second_way(widths) -> None:
    for seed in range(15):
        network = LAW.draw(Architecture.relu(2, *widths), seed)
        x = np.random.default_rng(seed).uniform(-1, 1, 2)
        for of in ("activation", "linear"):
            exact = integrand(network, HALF, [Fraction(float(v)) for v in x], 1, of)
            assert float(exact) == pytest.approx(by_floats(network, x, count_all=of == "activation"), rel=1e-9)


@pytest.mark.parametrize(("d", "k"), [(2, 1), (2, 2), (3, 2), (3, 3)])
def test_one_layer_has_the_closed_density(d, k) -> None:
    point, samples = [Fraction(1, 2)] + [Fraction(0)] * (d - 1), []
    for seed in range(250):
        samples.append(float(integrand(LAW.draw(Architecture.relu(d, 4), seed), HALF, point, k)))
    found = Estimate.of(samples, 0.99)
    assert found.low <= float(one_layer_density(d, 4, HALF, k, radius=HALF)) <= found.high


CASES = [
    (Architecture.relu(2, 4, 3), "linear", 2),
    (Architecture.relu(2, 3, 3), "activation", 2),
    (Architecture.relu(2, 3, 1), "linear", 2),
    pytest.param(Architecture.relu(3, 3, 2), "linear", 2, marks=pytest.mark.slow),
    (Architecture.relu(3, 3, 2), "linear", 3),
]


@pytest.mark.parametrize(("architecture", "of", "k"), CASES, ids=str)
def test_theorem_3_in_higher_codimension(architecture, of, k) -> None:
    box, draws = Box.cube(-1, 1, architecture.inputs), 100 if architecture.inputs == 2 else 60
    geometry = density_by_geometry(architecture, LAW, box, of, codimension=k, draws=draws // k, seed=3)
    formula = density_by_formula(architecture, LAW, box, of, codimension=k, draws=2 * draws, seed=4)
    assert geometry.agrees_with(formula), (geometry, formula)


@pytest.mark.parametrize(
    ("inputs", "k"), [(1, 1), pytest.param(2, 1, marks=pytest.mark.slow), pytest.param(2, 2, marks=pytest.mark.slow)]
)
def test_theorem_6_with_hard_tanh(inputs, k) -> None:
    law = Initialization(bias=HALF, activation=HARD_TANH)
    architecture, box = Architecture(inputs, (3, 2), "piecewise", 3), Box.cube(-2, 2, inputs)
    for of in ("linear", "activation"):
        geometry = density_by_geometry(architecture, law, box, of, codimension=k, draws=40, seed=5)
        formula = density_by_formula(architecture, law, box, of, codimension=k, draws=150, seed=6)
        assert geometry.agrees_with(formula), (geometry, formula)


def test_the_meeting_of_a_wall_with_the_one_at_which_it_ends() -> None:
    """(x⁺ + y⁺ − 1)⁺ has two vertices, (0, 1) and (1, 0), and at each a unit whose only way leads through the other."""
    net = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])])
    assert strata(net, Box([-2, -2], [2, 2]))[1].pieces == 2
    # at (0, 1) the last unit is off if both others are at 0, constant if y is, and meets x at w = (0, 1): one set
    assert float(integrand(net, HALF, [0, 1], 2)) == pytest.approx(normal(0) * normal(1), rel=1e-12)


def test_refusals() -> None:
    net = LAW.draw(Architecture.relu(2, 3), 1)
    for arguments, words in (
        ((net, HALF, [0, 0], 3), "exceeds the 2 inputs"),
        ((net, 0, [0, 0]), "must be positive"),
        ((net, HALF, [0]), "1 coordinates"),
        ((LAW.draw(Architecture.maxout(2, 3, rank=3), 1), HALF, [0, 0]), "maxout"),
    ):
        with pytest.raises((InvalidInputError, UnsupportedError), match=words):
            integrand(*arguments)
    with pytest.raises(InvalidInputError, match="between 1 and the 2 inputs"):
        density_by_geometry(Architecture.relu(2, 3), LAW, Box([0, 0], [1, 1]), codimension=3)
    with pytest.raises(UnsupportedError, match="an activation of 4 pieces"):
        Initialization(activation=HARD_TANH).draw(Architecture(2, (3,), "piecewise", 4), 0)
