"""Narrow layers: the maxima behind rigid first layers, by formula, by exhaustion, and tried by random networks."""

import itertools
import math
import random
from fractions import Fraction

import pytest
from curves import crossed_by_all
from four_lines import four_lines, refuted
from rigid_layers import first_layers

from theory import Architecture, Network
from theory.bounds import BOUNDS, hinz2019, rigid
from theory.bounds.rigid import crossings, is_sharp, rigid_value, small_maximum
from theory.constructions import CONSTRUCTIONS
from theory.errors import ConditionError, InvalidInputError
from verify import WholeSpace
from verify.engines import ENGINES, Problem

SMALL = [
    Architecture.relu(d, *widths)
    for d, depth in itertools.product(range(1, 5), range(1, 4))
    for widths in itertools.product(range(1, 6), repeat=depth)
]


def test_two_units_behind_four_lines() -> None:
    """In one of the chambers, for two choices of the active sides; all of them are a slow check of the ledger."""
    for facing, crossed, cut in (((1, 1, 1, 1), 7, 10), ((1, 1, -1, 1), 6, 11)):
        layer = four_lines(Fraction(1, 5), Fraction(1, 3), facing)
        assert refuted(layer)
        assert layer.can_cross(crossed, cutting=cut)
        assert max(layer.cut(sign) for sign in layer.signs) == cut


@pytest.mark.parametrize(("n", "regions", "crossed"), [(4, 11, 7), (5, 16, 12)])
def test_the_maxima_behind_four_and_five_lines(n: int, regions: int, crossed: int) -> None:
    """No more with any share of units that cut all regions and cross others in one less."""
    for m in range(1, 9):
        pairs = math.comb(m, 2)
        shares = [regions + (regions - 1) * m + k + (crossed - 1) * pairs + math.comb(m - k, 2) for k in range(m + 1)]
        assert max(shares) == rigid_value(2, (n, m)) == small_maximum((2, n, m))
    assert rigid_value(2, (n, 0)) == regions


def number(network: Network) -> int:
    return ENGINES["exact"](Problem.of(network, WholeSpace(network.inputs)))[0]


def test_first_layers_that_are_not_rigid_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="at most 3 units"):
        list(first_layers(2, 4))
    assert len(list(first_layers(3, 2))) == 1
    assert len(list(first_layers(2, 3))) == 4


def test_the_bound_is_never_above_hinz2021_and_often_below() -> None:
    smaller = 0
    for arch in SMALL:
        value, known = rigid_value(arch.inputs, arch.widths), BOUNDS["hinz2021"](arch)
        assert value <= known, arch
        smaller += value < known
    assert len(SMALL) == 620
    assert smaller > 250


def test_the_bound_grows_with_inputs_and_units() -> None:
    for arch in SMALL:
        value = rigid_value(arch.inputs, arch.widths)
        assert value <= rigid_value(arch.inputs + 1, arch.widths)
        assert rigid_value(arch.inputs, arch.widths[:-1]) < value


def test_one_input_reduces_to_what_is_behind() -> None:
    for before, known in (((1, 1), (2, 1)), ((7, 1, 2), (4, 2)), ((1, 5, 2, 2), (42, 36))):
        assert is_sharp(before)
        assert crossings(before[0], before[1:]) == known
    assert not is_sharp((1, 2, 3))
    assert small_maximum((1, 3, 3)) is None  # the general formula's
    assert small_maximum((2, 0, 3)) is None


def test_behind_two_layers_of_three() -> None:
    """At most, and exactly, 33 + 27m + 9·C(m, 2), and 27 more for another layer of one unit."""
    assert crossings(2, (3, 3)) == (34, 27, 9)
    for m in range(1, 9):
        assert rigid_value(2, (3, 3, m)) == 33 + 27 * m + 9 * math.comb(m, 2) < rigid_value(3, (3, 3, m))
        assert small_maximum((2, 3, 3, m)) == rigid_value(2, (3, 3, m))
    assert rigid_value(2, (3, 3, 1, 1)) == 60 + 27


def test_two_units_cross_in_at_most_the_product_of_two_groups() -> None:
    """Random weights of very different sizes: two units behind two layers cross in no more than f_2·f_2 regions."""
    rng, most = random.Random(3), dict.fromkeys([(2, 2), (2, 3), (3, 2), (3, 3), (4, 2)], 0)
    for _ in range(30):
        for first, second in most:
            *before, units = (
                [[rng.choice((-1, 1)) * int(2 ** rng.uniform(1, 9)) for _ in range(n + 1)] for _ in range(m)]
                for n, m in ((2, first), (first, second), (second, 2))
            )
            none, one, other, both = (
                number(Network.summed([*before, *layers], inputs=2))
                for layers in ([], [units[:1]], [units[1:]], [units])
            )
            crossed_in = both - one - other + none
            assert crossed_in <= crossings(2, (first, second))[2] <= crossings(2, (first,))[2] * 3
            most[first, second] = max(most[first, second], crossed_in)
    assert min(most.values()) > 0


def test_nothing_more_lowers_the_bound() -> None:
    """With one input, unit or layer more, which can pass on what it sees, no f_j is less; no empty layer adds any."""
    assert rigid_value(2, (3, 3, 0)) == 34
    for depth in (1, 2, 3):
        for widths in itertools.product(range(5), repeat=depth):
            for d in (1, 2, 3):
                larger = [crossings(d + 1, widths)]
                for i, passed in enumerate((d, *widths[:-1])):
                    larger.append(crossings(d, (*widths[:i], widths[i] + 1, *widths[i + 1 :])))
                    larger.append(crossings(d, (*widths[:i], passed, *widths[i:])))
                for more in larger:
                    pairs = itertools.zip_longest(crossings(d, widths), more, fillvalue=0)
                    assert all(fewer <= most for fewer, most in pairs)


def test_behind_a_layer_of_one_unit_there_is_a_line() -> None:
    """f_0(N) + f_1(N)·max(1; rest), with deeper layers behind the unit and several such layers."""
    for text, value in {
        "2-2-1-3-2": 4 + 3 * 12,
        "2-3-1-2-2": 7 + 6 * 7,
        "2-2-1-2-1-2": 4 + 3 * 9,
        "3-3-1-4-3": 148,
    }.items():
        arch = Architecture.parse(text)
        assert rigid_value(arch.inputs, arch.widths) == value
        assert number(CONSTRUCTIONS["narrow"].build(arch).network) == value


def test_a_curve_that_does_not_bend_is_found_out() -> None:
    """Without E all lines of the pencil pass through one point; where T vanishes at s = 0 the number changes."""
    with pytest.raises(AssertionError, match=r"more than d units|undecided"):
        crossed_by_all([[(1, 0, 0), (0, 1, 0)]], [(-1, -2, 2), (-2, -1, 2)], 20)
    with pytest.raises(AssertionError, match=r"for some parameters|undecided"):
        crossed_by_all([[(1, 0)]], [(1, -1), (0, 2)], 1)


def test_the_bound_does_not_jump_with_the_depth() -> None:
    """3-2^L and other repetitions: one layer more multiplies the bound by about the same factor, at any depth."""
    for inputs, block in ((3, (2,)), (2, (3, 2)), (4, (3, 1, 4)), (3, (5, 2, 2))):
        values = [rigid_value(inputs, block * k) for k in range(1, 40)]
        factors = [Fraction(b, a) for a, b in itertools.pairwise(values)]
        assert all(abs(f / factors[-1] - 1) < Fraction(1, 20) for f in factors[8:]), block
        for k in (10, 30, 39):
            assert values[k - 1] <= hinz2019(Architecture.relu(inputs, *block * k), "2021")


def test_deep_networks_are_treated_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer groups of layers the bound is an upper one too, never below that of all groups."""
    rng = random.Random(8)
    for _ in range(30):
        inputs, widths = rng.randint(1, 4), tuple(rng.randint(1, 5) for _ in range(rng.randint(5, 9)))
        exact = crossings(inputs, widths)[0]
        monkeypatch.setattr(rigid, "WINDOW", 4)
        fewer = rigid._many_layers(inputs, widths)[0]
        monkeypatch.undo()
        assert exact <= fewer <= hinz2019(Architecture.relu(inputs, *widths), "2021")
        assert fewer <= 1.3 * exact


def test_where_the_bound_does_not_apply() -> None:
    bound = BOUNDS["rigid_layers"]
    for text in ("2-7-4", "2-3", "1-3-2", "3-1-4"):
        with pytest.raises(ConditionError, match="it needs a layer, not the last one"):
            bound(Architecture.parse(text))
    with pytest.raises(ConditionError, match="operations on machine words"):
        bound(Architecture.relu(784, *[700] * 3, 2, 1))
    assert bound(Architecture.relu(2, 2, 100)) == 4 + 3 * 100 + 4950
    with pytest.raises(ConditionError, match="ReLU"):
        bound(Architecture.maxout(2, 2, 2, rank=3))
