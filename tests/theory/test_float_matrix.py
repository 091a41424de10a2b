"""Matrices of floats, dense and sparse: every product is that of the fractions that the floats are."""

import pickle
from fractions import Fraction

import flint
import numpy as np
import pytest
from scipy.sparse import csr_array

from theory import Network
from theory.activations import IDENTITY, RELU
from theory.exact import format_rational
from theory.float_matrix import FloatMatrix, sparse_or_dense
from theory.formats import load
from theory.network import Layer
from verify import Box, Plane, Segment
from verify.slices.lines import along
from verify.slices.planes import across, triangle

RNG = np.random.default_rng(3)
SPARSE = np.where(RNG.random((9, 7)) < 0.2, RNG.standard_normal((9, 7)), 0.0)
MATRICES = {
    "binary32, far apart": np.array([[1e-40, 3e38, 0, -1, 2, 3, 4]], dtype=np.float32),
    "binary32": RNG.standard_normal((5, 7)).astype(np.float32),
    "far apart": np.array([[1e-300, 1e300, 0, -3, 0.5, 1e-310, 7]]),
    "zeros": np.zeros((3, 7)),
    "no rows": np.zeros((0, 7)),
    "sparse": csr_array(SPARSE),
    "sparse, far apart": csr_array(SPARSE * 2.0 ** RNG.integers(-500, 500, (9, 7))),
}


@pytest.mark.parametrize("name", MATRICES)
def test_every_way_of_reading_gives_the_same_numbers(name):
    matrix = FloatMatrix(MATRICES[name])
    exact = [[Fraction(float(v)) for v in row] for row in np.asarray((csr_array(MATRICES[name])).todense())]
    assert [list(row) for row in matrix.fractions()] == exact
    assert list(matrix.texts()) == [list(map(format_rational, row)) for row in exact]
    vectors = [[flint.fmpq(int(RNG.integers(-9, 9)), int(RNG.integers(1, 9))) for _ in range(2)] for _ in range(7)]
    rows = flint.fmpq_mat(len(exact), 7, [flint.fmpq(v.numerator, v.denominator) for row in exact for v in row])
    assert matrix.times(flint.fmpq_mat(vectors)) == rows * flint.fmpq_mat(vectors)
    assert flint.fmpq_mat(matrix.integers()) / matrix.denominator == rows
    for i in range(len(exact)):
        assert [Fraction(int(v.p), int(v.q)) for v in matrix.row(i).entries()] == exact[i]
    assert matrix.denominator == max((v.denominator for row in exact for v in row), default=1)


def test_layers_of_floats_equal_layers_of_fractions():
    rows = [([5], [0.5]), ([39], [-0.25]), ([], []), ([0], [3.0])]
    matrix = sparse_or_dense(40, [(np.array(at, dtype=int), np.array(values)) for at, values in rows])
    layer = Layer.of_floats(matrix, ["1/3", 0, 0, 1])
    assert matrix.is_sparse
    assert not sparse_or_dense(2, [(np.array([1]), np.array([2.0]))]).is_sparse
    assert not sparse_or_dense(40, []).is_sparse
    plain = Layer(matrix.fractions(), ["1/3", 0, 0, 1])
    assert layer == plain == pickle.loads(pickle.dumps(layer))
    assert layer.weight_matrix == plain.weight_matrix
    assert layer.forms == plain.forms
    assert pickle.loads(pickle.dumps(layer)).floats.is_sparse
    matrix.times(flint.fmpq_mat(40, 1))  # which keeps integers in FLINT's matrices; counts with several jobs pickle
    assert pickle.loads(pickle.dumps(matrix)).integers() == matrix.integers()
    with pytest.raises(AttributeError, match="no attribute 'weight'"):
        layer.weight  # noqa: B018


def networks(seed):
    """A network with sparse layers that are kept as floats, repeated and dead units among them; and as fractions."""
    rng = np.random.default_rng(seed)
    kept, plain = [], []
    for inputs, width in ((3, 24), (24, 24), (24, 2)):
        values = np.where(rng.random((width, inputs)) < 0.3, rng.integers(-8, 9, (width, inputs)) / 4, 0.0)
        values[width // 2] = values[0]
        values = csr_array(values) if inputs > 3 else values
        units = IDENTITY if width == 2 else RELU
        biases = [Fraction(int(v), 4) for v in rng.integers(-3, 4, width)]
        kept.append(Layer.of_floats(FloatMatrix(values), biases, units))
        plain.append(Layer(kept[-1].floats.fractions(), biases, units, inputs=inputs))
    return Network(kept), Network(plain)


def test_lines_and_planes_through_sparse_layers():
    points = [-2, 1, "1/2"], [1, "3/2", -2], [0, -1, 2]
    for seed in range(6):
        kept, plain = networks(seed)
        one, other = (along(network, Segment(*points[:2])) for network in (kept, plain))
        assert one.activation > 3
        assert one.breakpoints == other.breakpoints
        for patch in (triangle(), Box([-1, -1], [1, 2])):
            one, other = (across(network, Plane(*points, patch=patch)) for network in (kept, plain))
            assert one.activation > 5
            assert (one.activation, one.linear, len(one.walls)) == (other.activation, other.linear, len(other.walls))
            assert kept.digest == plain.digest


def test_binary32_weights_of_a_file(tmp_path):
    rng = np.random.default_rng(8)
    arrays = {"W0": rng.standard_normal((6, 2)), "b0": rng.standard_normal(6), "W1": np.ones((1, 6)), "b1": np.zeros(1)}
    np.savez(tmp_path / "net.npz", **{name: array.astype(np.float32) for name, array in arrays.items()})
    network = load(tmp_path / "net.npz")
    plain = Network([Layer(layer.weights, layer.biases, layer.units) for layer in network.layers])
    segment = Segment([-2, -2], [2, 1])
    assert along(network, segment).breakpoints == along(plain, segment).breakpoints
