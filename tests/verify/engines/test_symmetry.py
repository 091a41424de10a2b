"""Symmetric networks: the number from one chamber is that of all regions."""

import itertools
import random

import pytest
from symmetric import domains, equivariant

from theory import Network
from theory.activations import ABS, HARD_TANH, RELU, Maxout
from theory.network import Layer
from verify.domain.shapes import Box, WholeSpace
from verify.engines import Problem
from verify.engines.images.run import pays
from verify.engines.selection import select
from verify.engines.symmetry import symmetry_of, useful_symmetry


def number_in_chamber(problem):
    """The number of all regions, from those that meet the chamber; and the order of the group."""
    symmetry = symmetry_of(problem)
    assert symmetry is not None
    return sum(map(symmetry.weight, select(symmetry.chamber(problem), wants="list").patterns())), symmetry.order


@pytest.mark.parametrize("seed", range(40))
def test_one_chamber_counts_all_regions(seed):
    """Degenerate networks among them: few weights, so units repeat, vanish on the walls, or are dead."""
    rng = random.Random(seed)
    n = rng.choice([2, 3, 3, 4])
    units = rng.choice([RELU, RELU, ABS, HARD_TANH, Maxout(2)])
    weights = rng.choice([(-1, 0, 1), (-2, -1, 1, 2, 3), (-1, 1), (0, 0, 1, -1)])
    network = equivariant(rng, n, rng.choice([1, 2]), rng.choice([1, 2, 2, 3]), units=units, weights=weights)
    for domain in domains(n, rng):
        problem = Problem.in_parameters(network, domain)
        if symmetry_of(problem) is not None:
            found, order = number_in_chamber(problem)
            assert found == select(problem, images=False).count()
            assert order % 2 == 0


@pytest.mark.parametrize("seed", range(12))
def test_signs(seed):
    rng = random.Random(seed)
    n = rng.choice([1, 2, 3])
    network = equivariant(rng, n, 2, 2, signed=True)
    for domain in (WholeSpace(n), Box.cube(-2, 2, n)):
        problem = Problem.in_parameters(network, domain)
        symmetry = symmetry_of(problem)
        assert symmetry.chains[0].signed
        assert len(symmetry.chains[0].inputs) == n
        found, order = number_in_chamber(problem)
        assert found == select(problem, images=False).count()
        assert order == 2**n * [1, 1, 2, 6][n]


@pytest.mark.parametrize("seed", range(20))
def test_nearly_symmetric(seed):
    """One number is another: what is left of the symmetry is found, and counts rightly."""
    rng = random.Random(seed)
    network = equivariant(rng, 4, 1, 2)
    layers = list(network.layers)
    k, i, j = rng.randrange(2), rng.randrange(4), rng.randrange(4)
    rows = [list(row) for row in layers[k].weights]
    rows[i][j] += rng.choice([1, -1])
    layers[k] = Layer(rows, layers[k].biases, layers[k].units)
    problem = Problem.in_parameters(Network(layers), WholeSpace(4))
    symmetry = symmetry_of(problem)
    assert symmetry is None or symmetry.order <= 6
    if symmetry is not None:
        assert number_in_chamber(problem)[0] == select(problem, images=False).count()


def test_domain_breaks_the_symmetry():
    network = equivariant(random.Random(1), 3, 2, 2)
    for box, order in ((Box([-1, -1, -1], [2, 2, 2]), 6), (Box([-1, -1, -1], [2, 2, 3]), 2)):
        assert symmetry_of(Problem.in_parameters(network, box)).order == order
    assert symmetry_of(Problem.in_parameters(network, Box([-1, -2, -3], [2, 2, 2]))) is None


def test_later_layers_break_it():
    """The last hidden layer tells two inputs apart by one weight, or by one bias."""
    network = equivariant(random.Random(2), 3, 1, 3)
    *first, last, output = network.layers
    rows = [list(row) for row in last.weights]
    rows[0][0] += 1
    changed = [Layer(rows, last.biases, RELU), Layer(last.weights, [*last.biases[:2], last.biases[2] + 1], RELU)]
    orders = [symmetry_of(Problem.in_parameters(Network([*first, layer, output]), WholeSpace(3))) for layer in changed]
    assert [found.order for found in orders] == [2, 2]


def test_used_where_it_saves():
    """A count of many regions uses it and says so; small problems, lists and generic networks do not."""
    large = Problem.of(equivariant(random.Random(1), 5, 3, 2), WholeSpace(5))
    run = select(large)
    assert run.count() == select(large, images=False).count()
    assert run.statistics["symmetries"] == 120
    assert useful_symmetry(Problem.of(equivariant(random.Random(1), 3, 1, 2), WholeSpace(3))) is None
    rng = random.Random(0)
    rows = [[rng.randint(-9, 9) for _ in range(5)] for _ in range(15)]
    generic = Network.relu([(rows, [1] * 15), ([[1] * 15] * 15, list(range(15))), ([[1] * 15], [0])])
    assert useful_symmetry(Problem.of(generic, WholeSpace(5))) is None


def test_few_regions_of_a_chamber_are_enumerated_though_cells_share_images():
    """Absolute values fold the space, so images coincide; but 34 regions are all that is needed."""
    problem = Problem.of(equivariant(random.Random(1), 5, 2, 2, signed=True), WholeSpace(5))
    run = select(problem)
    assert pays(problem)
    assert run.count() == select(problem, images=False).count()
    assert run.statistics["symmetries"] == 3840


def test_weights_are_those_of_orbits():
    """Each orbit of patterns under all permutations meets the chamber once, and has the size that is counted."""
    network = equivariant(random.Random(5), 3, 2, 2)
    problem = Problem.in_parameters(network, WholeSpace(3))
    symmetry = symmetry_of(problem)
    patterns = set(select(problem, wants="list").patterns())
    met = list(select(symmetry.chamber(problem), wants="list").patterns())
    assert sum(map(symmetry.weight, met)) == len(patterns)
    for pattern in met:
        orbit = {
            tuple(tuple(v for i in order for v in layer[2 * i : 2 * i + 2]) for layer in pattern)
            for order in itertools.permutations(range(3))
        }
        assert orbit <= patterns
        assert len(orbit) == symmetry.weight(pattern)
