"""Serra, Tjandraatmadja, Ramalingam: Bounding and Counting Linear Regions of Deep Neural Networks; poster and paper."""

import itertools
import math
import random
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
import sampling
from rigid_layers import rigid_crossings

from theory import Architecture, Network
from theory.bounds import BOUNDS
from theory.bounds.weight_aware import RankedArchitecture
from theory.constructions import CONSTRUCTIONS
from theory.exact import rank
from theory.formats import load
from verify import Box, count
from verify.counting.mip import milp_count, occurs, preactivation_bounds, proposals
from verify.engines import Problem, patterns

SERRA = BOUNDS["serra2018"]
EXHIBITS = Path(__file__).parent / "exhibits"


def sum_over_j(arch: Architecture) -> int:
    """Theorem 1 as printed, term by term."""
    total = 0
    for inactive in itertools.product(*(range(n + 1) for n in arch.widths)):
        left = [arch.inputs, *(n - j for n, j in zip(arch.widths, inactive, strict=True))]
        if all(j <= min(*left[: i + 1], arch.widths[i]) for i, j in enumerate(inactive)):
            total += math.prod(math.comb(n, j) for n, j in zip(arch.widths, inactive, strict=True))
    return total


def test_theorem_1_formula() -> None:
    assert all(SERRA(arch) == sum_over_j(arch) for arch in sampling.small_architectures(5, 6, 3))


def test_theorem_1_holds() -> None:
    for net in sampling.some_networks(60):
        assert count(net).value <= SERRA(net.architecture)
    for sizes in ("1-3-3", "2-4-4", "2-6-6", "3-4-4"):
        built = CONSTRUCTIONS["folding"].build(sizes)
        assert count(built.network).value <= SERRA(built.network.architecture)
    known = list(sampling.proved_maxima())
    assert len(known) > 400
    assert all(value <= SERRA(arch) for arch, value in known)


def test_theorem_1_is_tighter() -> None:
    smaller = 0
    for arch in sampling.small_architectures(5, 6, 3):
        values = [BOUNDS[key](arch) for key in ("serra2018", "montufar2017", "trivial")]
        assert values == sorted(values)
        smaller += values[0] < values[1]
    assert smaller > 100


def test_lemma_4_dimensions() -> None:
    """On a region with j_i inactive units in layer i the map into layer l has rank at most min(n0, n_i − j_i)."""
    regions = 0
    for net in sampling.some_networks(25, seed=4):
        for pattern in patterns(Problem.of(net, Box.cube(-2, 2, net.inputs)), "exact"):
            most, matrix = net.inputs, None
            for layer, pieces in zip(net.hidden, pattern, strict=True):
                matrix = layer.select(pieces) * layer.weight_matrix * (matrix if matrix is not None else 1)
                most = min(most, sum(pieces))
                assert matrix.rank() <= most
            regions += 1
    assert regions > 200


def test_remark_on_ranks() -> None:
    rng = random.Random(3)
    for _ in range(40):
        n0, width = rng.randint(1, 3), rng.randint(2, 5)
        thin = sampling.dense(rng, [n0, 1, width])  # the second weight matrix has rank 1
        ranks = tuple(rank(layer.weights) for layer in thin.hidden)
        bound = BOUNDS["serra2018_ranks"](RankedArchitecture(thin.architecture, ranks))
        assert count(thin).value <= bound <= SERRA(thin.architecture)


def test_deep_against_shallow_ratio() -> None:
    """The ratio is P(j_i + j_k ≤ n for all i < k), j binomial: it falls to 0 with L, and to 2^(1 − L) with n.

    At most one j may exceed n/2.  With q = P(j ≤ n/2) < 1 the ratio is therefore at most q^L + L q^(L−1) (1 − q), which
    tends to 0 for L → ∞.
    """
    ratios = {n: Fraction(SERRA(Architecture.relu(2 * n, n, n)), 2 ** (2 * n)) for n in range(1, 41)}
    assert [ratios[n] for n in (1, 2, 3, 4)] == [Fraction(3, 4), Fraction(11, 16), Fraction(21, 32), Fraction(163, 256)]
    for n in (1, 2, 3, 5, 8):  # each further layer of n units lowers the ratio, toward 0
        falling = [Fraction(SERRA(Architecture.relu(L * n, *[n] * L)), 2 ** (L * n)) for L in range(1, 21)]
        assert all(b < a for a, b in itertools.pairwise(falling))
        assert falling[-1] < Fraction(1, 100)
        q = Fraction(sum(math.comb(n, j) for j in range(n // 2 + 1)), 2**n)
        assert all(r <= q**L + L * q ** (L - 1) * (1 - q) for L, r in enumerate(falling, start=1))
    for depth in (2, 3, 4):  # wider layers do not: the limit for n → ∞ is 2^(1 − L)
        wide = Fraction(SERRA(Architecture.relu(300 * depth, *[300] * depth)), 2 ** (300 * depth))
        assert 0 < wide - Fraction(1, 2 ** (depth - 1)) < Fraction(2, 100)


def test_deep_needs_more_units_than_inputs() -> None:
    for arch in sampling.small_architectures(9, 4, 3):
        if arch.units <= arch.inputs:  # one layer of all units attains 2^N
            assert SERRA(arch) <= BOUNDS["zaslavsky"](Architecture.relu(arch.inputs, arch.units))
    deep = CONSTRUCTIONS["serra"].build("2-6-6")
    assert count(deep.network).value > BOUNDS["zaslavsky"](Architecture.relu(2, 12))


def test_bottleneck() -> None:
    rises = []
    for n0, n1, n2 in itertools.product(range(1, 11), range(2, 9), range(1, 9)):
        if SERRA(Architecture.relu(n0, n1 - 1, n2 + 1)) >= SERRA(Architecture.relu(n0, n1, n2)):
            rises.append((n0, n1, n2))
    assert all(n0 < max(n1, n2) for n0, n1, n2 in rises)
    assert (1, 3, 1) in rises


def test_one_input_maximum() -> None:
    for widths in itertools.product((3, 4, 5), (3, 4), (1, 2, 5)):
        arch = Architecture.relu(1, *widths)
        built = CONSTRUCTIONS["zigzag"].build(arch)
        assert count(built.network, Box([0], [1])) == math.prod(n + 1 for n in widths) == SERRA(arch)


def test_lower_bound() -> None:
    for sizes in ("1-3-4", "1-7-6-5", "2-6-6", "2-7-9"):
        built = CONSTRUCTIONS["serra"].build(sizes)
        box = Box.cube(0, 1, built.network.inputs)
        assert count(built.network, box).value >= BOUNDS["serra2018_lower"](Architecture.parse(sizes))


def test_zonotope_lower_bound() -> None:
    for sizes in ("2-4-3", "2-6-3", "2-4-2", "2-4-3-3", "3-6-3"):
        built = CONSTRUCTIONS["serra_zonotope"].build(sizes)
        assert count(built.network).value >= BOUNDS["serra2018_zonotope"](Architecture.parse(sizes))


def two_wide(inputs: int, pairs: int, depth: int) -> tuple[Architecture, int]:
    """The architecture (inputs; 2·pairs, 2, …, 2) and what the statement printed for w ≥ 2 says it attains."""
    arch = Architecture.relu(inputs, 2 * pairs, *[2] * (depth - 1))
    return arch, 2 * sum(math.comb(pairs - 1, j) for j in range(inputs)) * 3 ** (depth - 1)


def test_zonotope_lower_bound_two_wide() -> None:
    """With w = 2 the statement needs a proof of its own, and for one input it is false.

    On a line a unit cuts at most two of the three pieces that two units make (``paper_checks/rigid_layers.py`` runs
    through all cases).  So in (1; 2, …, 2) each of the two units of layer l cuts at most two pieces of every piece that
    layer l − 2 leaves, and the most that L layers have is at most a_L = a_(L−1) + 2·2·a_(L−2): 1, 3, 7, 19, 47.
    """
    assert BOUNDS["serra2018_zonotope"].why_not(Architecture.parse("2-4-2-2")) is not None
    assert rigid_crossings(1, 2).cut == 2
    most = [1, 3]
    while len(most) <= 4:
        most.append(most[-1] + 2 * 2 * most[-2])
    arch, claimed = two_wide(1, 1, 4)
    assert claimed == 54 > 47 == most[4] == BOUNDS["rigid_layers"](arch)
    for pairs in range(1, 4):  # a first layer of any width does not help in the long run
        arch, claimed = two_wide(1, pairs, 24)
        assert claimed > BOUNDS["rigid_layers"](arch)
    rng = random.Random(6)
    for pairs in range(2, 9):  # two inputs, three layers: 18·pairs regions are common
        arch, claimed = two_wide(2, pairs, 3)
        assert any(count(wide_biases(rng, arch.sizes)).value >= claimed for _ in range(200)), pairs
    arch, claimed = two_wide(2, 9, 3)
    assert BOUNDS["zaslavsky"](Architecture.relu(2, 18)) > claimed  # from here on the first layer alone has as many


def wide_biases(rng: random.Random, sizes: Sequence[int]) -> Network:
    """Random integer weights, with biases that grow with the depth as the values do."""
    pairs = []
    for depth, (width, units) in enumerate(itertools.pairwise(sizes)):
        biases = [rng.randint(-30 * 10**depth, 30 * 10**depth) for _ in range(units)]
        pairs.append(([[rng.randint(-30, 30) for _ in range(width)] for _ in range(units)], biases))
    return Network.relu([*pairs, ([[1] * sizes[-1]], [0])])


def test_theorem_2_of_the_poster() -> None:
    printed = BOUNDS["serra2018_maxout_printed"]
    for rank_, claimed, true in ((2, 6, 7), (3, 12, 19)):
        arch = Architecture.maxout(2, 3, rank=rank_)
        built = CONSTRUCTIONS["maxout_layer"].build(arch)
        assert printed.printed_value(arch) == claimed < true == count(built.network).value


def test_theorem_10_maxout() -> None:
    bound = BOUNDS["serra2018_maxout"]
    for k in (2, 3):
        for net in sampling.some_networks(15, rank=k, units=4, seed=k):
            assert count(net).value <= bound(net.architecture)
    exceeding = Architecture.maxout(1, 1, rank=3)
    assert bound(exceeding) == 4 > BOUNDS["trivial"](exceeding) == 3


def _exact_patterns(net: Network) -> int:
    """The patterns that the program finds, as corrected; the program for closed cells finds as many."""
    box = Box.cube(-1, 1, net.inputs)
    result = milp_count(net, box)
    assert result.count == count(net, box, of="patterns", engine="exact").value
    return result.count


def test_mip_counts() -> None:
    found = 0
    for net in sampling.some_networks(25, units=6, seed=9):
        found += _exact_patterns(net)
    assert found > 100


def test_mip_counts_many() -> None:
    for net in sampling.some_networks(300, units=7, seed=10):
        _exact_patterns(net)


def test_mip_maxout() -> None:
    for net in sampling.some_networks(4, rank=3, units=3, seed=11):
        _exact_patterns(net)


def test_mip_tolerance() -> None:
    """Where M is large, a tolerance for integers lets a unit be off whose preactivation is positive.

    At x = 1 the two units of the first layer give 10⁶ and 10⁶ − 1, their difference is 1, and yet (2), h⁺ ≤ M z, admits
    h⁺ = 1 with z = 1/M, which a solver takes for 0 if 1/M is within its tolerance.
    """
    net, box = load(EXHIBITS / "milp_invents.json"), Box([-1], [1])
    first, second = net.hidden
    difference = second.preactivations(first.preactivations((Fraction(1),)))
    assert difference == (1, -1)
    low, high = preactivation_bounds(net, box)[1][0]
    assert difference[0] / max(-low, high) <= Fraction(1, 10**6)  # the default tolerance of HiGHS
    assert not occurs(net, box, ((1, 1), (0, 0)))  # but no input has this pattern
    for name in ("invents", "loses"):
        for tolerances in ({}, {"tolerance": 1e-6, "positive": 1e-5}):
            assert milp_count(load(EXHIBITS / f"milp_{name}.json"), box, **tolerances).count == 3


def test_mip_speed() -> None:
    """The exact engine against the solver on the same networks and boxes: at least twenty times less processor time."""
    for sizes in ((2, 4), (2, 7), (2, 4, 4)):
        net, box = sampling.dense(random.Random(7), sizes), Box.cube(-1, 1, sizes[0])
        began = time.process_time()
        assert list(proposals(net, box))
        solver = time.process_time() - began
        began = time.process_time()
        count(net, box, engine="exact")
        assert solver > 20 * (time.process_time() - began), sizes


def test_22_units_on_784_inputs() -> None:
    serra = {k: SERRA(Architecture.relu(784, k, 22 - k)) for k in range(1, 22)}
    montufar = {k: BOUNDS["montufar2017"](Architecture.relu(784, k, 22 - k)) for k in range(1, 22)}
    assert [serra[k] for k in (1, 5, 11, 21)] == [23, 35443, 2449868, 4194303]
    assert [k for k in montufar if montufar[k] == 2**22] == list(range(11, 22))


def test_figure_60_units() -> None:
    """With few inputs more layers raise the bound, with 60 inputs every further layer lowers it."""

    def curve(n0: int) -> list[int]:
        return [SERRA(Architecture.relu(n0, *[60 // layers] * layers)) for layers in range(1, 7)]

    assert curve(1) == sorted(curve(1))
    assert curve(60) == sorted(curve(60), reverse=True)
    assert curve(60)[0] == 2**60
    best = {n0: max(range(6), key=curve(n0).__getitem__) + 1 for n0 in range(1, 61)}
    assert all(best[n] >= best[n + 1] for n in range(1, 60))


def test_figure_tapered_widths() -> None:
    """n0 = 32: at the same number of units, a network that narrows has a larger bound than one that widens."""
    for step in (1, 2, 4):
        falling = tuple(16 + step * (2 - i) for i in range(5))
        narrow, even, wide = (SERRA(Architecture.relu(32, *w)) for w in (falling, (16,) * 5, tuple(reversed(falling))))
        assert narrow > even > wide


def test_poster_experiment_reduced() -> None:
    """Two splits with a narrow first layer: trained, counted exactly on [0,1]^784, held against every bound."""
    import poster_experiment as poster

    before = 0
    for first in (2, 3):
        network, pairs = poster.train(first, seed=0)
        assert network.architecture == Architecture.relu(784, first, 22 - first)
        _, _, test_levels, test_classes = poster.images()
        wrong = poster.errors(pairs, test_levels, test_classes)
        assert wrong < 600  # guessing would miss 900 of 1000
        regions = count(network, Box.cube(0, 1, 784)).value
        assert before < regions <= min(poster.bound(key, first) for key in poster.BOUNDED_BY)
        before = regions
        exact = [network([Fraction(int(v), 255) for v in row]) for row in test_levels[:20]]
        misses = sum(max(range(10), key=s.__getitem__) != c for s, c in zip(exact, test_classes, strict=False))
        assert misses == poster.errors(pairs, test_levels[:20], test_classes[:20])  # a second way


def test_poster_results() -> None:
    """The stored records of the long run."""
    import poster_experiment as poster

    records = poster.load()
    assert len({(r.first, r.seed) for r in records}) == len(records)
    counted = [r for r in records if r.regions is not None]
    assert {r.first for r in counted} == set(range(1, poster.UNITS))
    assert all(r.found == r.regions for r in counted)
    bounds = {(key, k): poster.bound(key, k) for key in poster.BOUNDED_BY for k in range(1, poster.UNITS)}
    assert all(r.found <= bounds[key, r.first] for r in records for key in poster.BOUNDED_BY)
    assert all(2 * r.found < bounds["serra2018", r.first] for r in counted if 3 <= r.first <= 14)
    assert all(2 * r.found > bounds["serra2018", r.first] for r in counted if r.first >= 15)
    assert all(0 <= r.test_errors <= 1000 and len(r.digest) == 64 for r in records)
    by_split = {k: [r for r in counted if r.first == k] for k in (1, 2, 3, 4, 5)}
    means = [sum(r.regions for r in by_split[k]) / len(by_split[k]) for k in by_split]
    errors = [sum(r.test_errors for r in by_split[k]) / len(by_split[k]) for k in by_split]
    assert means == sorted(means)
    assert errors == sorted(errors, reverse=True)


def test_poster_large_counts_by_samples() -> None:
    """Of 300 random patterns those that meet the cube, by linear programs in floats: the share that the counts say.

    The 22 conditions of a pattern hold with some slack at a point of [0,1]^784, or they do not: HiGHS has the greatest.
    """
    import numpy as np
    import poster_experiment as poster
    from scipy.optimize import linprog

    draw = np.random.default_rng(0)
    recreated = 0
    for record in poster.load():
        if record.first < 9 or record.seed or record.regions is None:
            continue
        network, pairs = poster.train(record.first, 0)
        if network.digest != record.digest:
            continue  # training gives another network on this machine
        recreated += 1
        (w1, b1), (w2, b2), _ = [(w / poster.GRID, b / poster.GRID) for w, b in pairs]
        met = 0
        for on in draw.integers(0, 2, (300, poster.UNITS)):
            first = on[: record.first]
            weights = np.vstack([w1, (w2 * first) @ w1]) * (2 * on - 1)[:, None]
            biases = np.concatenate([b1, (w2 * first) @ b1 + b2]) * (2 * on - 1)
            size = np.linalg.norm(weights, axis=1)
            if (biases[size == 0] < 0).any():
                continue  # all units of the first layer are off, and the second would have to be what it is not
            weights, biases, size = (part[size > 0] for part in (weights, biases, size))
            rows = np.hstack([-weights / size[:, None], np.ones((len(size), 1))])
            goal = np.append(np.zeros(poster.INPUTS), -1.0)
            ranges = [(0, 1)] * poster.INPUTS + [(None, 1)]
            best = linprog(goal, A_ub=rows, b_ub=biases / size, bounds=ranges, method="highs")
            assert best.status == 0
            assert abs(best.fun) > 1e-7  # neither rounding nor the solver's tolerance decides
            met += best.fun < 0
        share = record.regions / 2**poster.UNITS
        assert abs(met / 300 - share) <= 4 * (share * (1 - share) / 300) ** 0.5 + 1 / 300
    if not recreated:
        pytest.skip("training gives other networks on this machine than those that were counted")
