"""Random networks: laws, catalog entries, closed forms, and Theorem 3 of Hanin and Rolnick evaluated in two ways."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

from theory import Architecture
from theory.architecture import MixedRanks
from theory.errors import ConditionError, InexactError, InvalidInputError, UnsupportedError
from theory.expectation import EXPECTATIONS
from theory.he_bounds import volume_bound
from theory.initialization import Initialization
from verify import Line, along
from verify.measure.sampling import Estimate, good_units, mean_over_networks


def test_weights_follow_the_law_and_are_exact_dyadics() -> None:
    for weights in ("he_normal", "he_uniform"):
        law = Initialization(weights, Fraction(1, 4), outputs=3)
        network = law.draw(Architecture.relu(50, 60, 60), seed=2)
        entries = [v for layer in network.layers for row in layer.weights for v in row]
        assert all(v.denominator & (v.denominator - 1) == 0 for v in entries)
        scaled = [float(v) ** 2 * layer.inputs for layer in network.layers for row in layer.weights for v in row]
        assert abs(np.mean(scaled) - 2) < 0.1
        if weights == "he_uniform":
            assert all(v * v * layer.inputs <= 6 for layer in network.layers for row in layer.weights for v in row)
        biases = [float(v) for layer in network.layers for v in layer.biases]
        assert abs(np.std(biases) - 0.25) < 0.06
    maxout = Initialization().draw(Architecture.maxout(3, 4, 5, rank=3), seed=0)
    assert (maxout.architecture, maxout.layers[0].rows) == (Architecture.maxout(3, 4, 5, rank=3), 12)


def test_a_law_refuses_what_it_cannot_mean() -> None:
    with pytest.raises(InvalidInputError, match="not positive"):
        Initialization(bias=Fraction(0))
    with pytest.raises(InexactError):
        Initialization(bias=0.1)
    with pytest.raises(InvalidInputError, match="he_normal or he_uniform"):
        Initialization("xavier")
    with pytest.raises(UnsupportedError, match="piecewise"):
        Initialization().draw(Architecture(2, (3,), "piecewise", 3), seed=0)
    n = sympy.Symbol("n", integer=True, positive=True)
    for unknown in (Architecture(2, (3,), "general", 3), Architecture.relu(2, n)):
        with pytest.raises(UnsupportedError, match="names no units to draw"):
            Initialization().draw(unknown, seed=0)
    for bias in (Fraction(1, 10**400), Fraction(10**400)):
        with pytest.raises(InvalidInputError, match="between 1e-300 and 1e300"):
            Initialization(bias=bias).draw(Architecture.relu(2, 3), seed=0)


def test_a_layer_without_units_is_drawn():
    for weights in ("he_normal", "he_uniform"):
        drawn = Initialization(weights).draw(Architecture.relu(2, 0, 3), seed=1)
        assert [layer.width for layer in drawn.layers] == [0, 3, 1]


def test_catalog_entries_by_hand() -> None:
    relu, maxout = Architecture.relu(2, 3, 4), Architecture.maxout(2, 3, 4, rank=3)
    assert EXPECTATIONS["hanin2019b"](relu, volume=5, constant="1/2") == Fraction(7, 2) ** 2 / 2 * 5
    assert EXPECTATIONS["tseran2021"](maxout) == Fraction(21**2 * math.comb(6, 4), 2)
    assert EXPECTATIONS["hanin2019_line"](relu, volume=3) == 21
    assert EXPECTATIONS["hanin2019_line"](Architecture(2, (3, 4), "piecewise", 3)) == 14
    assert EXPECTATIONS["hanin2019_volume"](relu, constant=2, codimension=2) == math.comb(7, 2) * 4
    n = sympy.Symbol("n", integer=True, positive=True)
    assert EXPECTATIONS["hanin2019b"](Architecture.relu(2, n, n)) == 2 * n**2
    for key, kind in (("hanin2019_line", maxout), ("hanin2019b", maxout), ("tseran2021", relu)):
        with pytest.raises(ConditionError, match=f"{key} does not apply to .*: it is about"):
            EXPECTATIONS[key](kind)
    with pytest.raises(ConditionError, match="units that bend"):  # its formula is 0, less than the one region
        EXPECTATIONS["tseran2021"](Architecture.maxout(2, 3, rank=1))
    with pytest.raises(ConditionError, match="MixedRanks"):
        EXPECTATIONS["tseran2021"](MixedRanks(2, ((3, 2),)))
    with pytest.raises(UnsupportedError, match="scalar units"):
        volume_bound(Architecture(2, (4,), "general", 3), 1)
    with pytest.raises(ConditionError, match="at least 9 units"):
        EXPECTATIONS["hanin2019b"](Architecture.relu(9, 3))
    with pytest.raises(InvalidInputError, match="codimension 3"):
        EXPECTATIONS["hanin2019_volume"](relu, codimension=3)


def test_symbols_and_numbers_agree() -> None:
    a, b = sympy.symbols("a b", integer=True, positive=True)
    for entry in EXPECTATIONS.values():
        kind = entry.kinds[-1]
        rank = 2 if kind == "relu" else 3
        formula = entry(Architecture(3, (a, b), kind, rank))
        assert formula.subs({a: 4, b: 5}) == entry(Architecture(3, (4, 5), kind, rank))


def test_student_quantiles_of_the_printed_tables() -> None:
    table = {(1, 0.95): 12.7062, (5, 0.99): 4.0321, (30, 0.95): 2.0423, (200, 0.9): 1.6525}
    for (freedom, level), t in table.items():
        found = Estimate.of([0.0] * freedom + [freedom + 1.0], level)  # of variance freedom + 1
        assert found.high - found.mean == pytest.approx(t, abs=5e-5)


def test_good_units_have_an_open_path() -> None:
    after = [(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([-1.0, 1.0])), (np.array([[1.0, 0.0]]), np.array([0.0]))]
    h = np.array([5.0, 5.0])
    # at its threshold unit 0 switches its only successor off; the successor of unit 1 has output weight 0
    assert good_units(after, h).tolist() == [False, False]
    assert good_units([(after[0][0], np.array([1.0, 1.0])), after[1]], h).tolist() == [True, False]
    assert good_units([after[1]], h).tolist() == [True, False]


def regions_by_units(network, rng) -> float:
    """Regions on a line through the origin over the number of units; Hanin and Rolnick: near 1."""
    end = [Fraction(float(v)) for v in rng.normal(size=network.inputs)]
    return along(network, Line([0] * network.inputs, end)).activation / int(network.architecture.units)


def test_the_same_seed_gives_the_same_estimate_and_intervals_are_honest() -> None:
    architecture, law = Architecture.relu(3, 6), Initialization()
    first, again, other = (mean_over_networks(regions_by_units, architecture, law, draws=5, seed=s) for s in (7, 7, 8))
    assert first == again
    assert first.mean == other.mean == pytest.approx(7 / 6)  # one layer: every unit bends once on a whole line
    rng = np.random.default_rng(0)
    hits = sum(e.low <= 3 <= e.high for e in (Estimate.of(rng.normal(3, 1, 12), 0.9) for _ in range(300)))
    assert 0.85 < hits / 300 < 0.95
    with pytest.raises(InvalidInputError, match="at least two samples"):
        Estimate.of([1.0])
