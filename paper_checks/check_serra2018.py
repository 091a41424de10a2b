"""Serra, Tjandraatmadja, Ramalingam: Bounding and Counting Linear Regions of Deep Neural Networks; poster and paper."""

import itertools
import math
import random
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sampling
from mip import milp_count, occurs, preactivation_bounds, proposals
from rigid_layers import rigid_crossings

from theory import Architecture, Network
from theory.bounds import BOUNDS
from theory.bounds.rigid import rigid_value
from theory.bounds.serra import RankedArchitecture
from theory.constructions import CONSTRUCTIONS
from theory.exact import from_fmpq, rank
from theory.formats import load
from verify import Box, count
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
    empty = [Architecture.relu(3, 0, 5), Architecture.relu(3, 5, 0)]
    assert all(SERRA(arch) == sum_over_j(arch) for arch in [*sampling.small_architectures(), *empty])


def test_theorem_1_holds() -> None:
    hard = [(regions, SERRA(network.architecture)) for network, regions in sampling.hard_networks()]
    assert all(regions <= bound for regions, bound in hard)
    assert sum(regions == bound for regions, bound in hard) > 5  # a smaller bound would be contradicted
    known = list(sampling.proved_maxima())
    assert len(known) > 400
    assert all(value <= SERRA(arch) for arch, value in known)


def test_tight_for_one_layer() -> None:
    """One layer: j ≤ min(n0, n), so the formula is Z(n, n0), which units in general position attain."""
    for n0, n in itertools.product(range(1, 5), range(1, 7)):
        arch = Architecture.relu(n0, n)
        assert SERRA(arch) == sum_over_j(arch) == sum(math.comb(n, j) for j in range(n0 + 1))
        assert count(CONSTRUCTIONS["generic"].build(arch).network) == SERRA(arch)


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
            most = net.inputs
            for layer, pieces, forms in zip(net.hidden, pattern, net.forms(pattern), strict=False):
                outputs = layer.push(forms, pieces).tolist()
                most = min(most, sum(pieces))
                assert rank([[from_fmpq(v) for v in row[:-1]] for row in outputs]) <= most
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
    """Moving a unit from layer 1 to layer 2 lowers the bound U for every n2 if and only if n0 ≥ n1 − 1.

    Write Z(n, d) = Σ_{j ≤ d} C(n, j).  For n0 ≥ n1 the condition on (j1, j2) is j1 + j2 ≤ n1, so by Vandermonde
    U(n0; n1, n2) = Z(n1 + n2, n1), and the move lowers n1 with n1 + n2 fixed.  For n0 = n1 − 1 the pairs (n1, 0) and
    (0, n1) are missing: U = Z(n1 + n2, n1) − 1 − C(n2, n1).  Above Z(n1 + n2, n1 − 1), to which the move leads, this is
    Σ_{0 < i < n1} C(n1, i) C(n2, n1 − i), which is positive for n1 ≥ 2.

    For n0 ≤ n1 − 2 and n2 = 1 the move does not lower U: U(n0; n1, 1) = 2 Z(n1, n0), and behind n1 − 1 units two units
    contribute a factor 3 for n0 = 1, else 4, and 3 for j1 = n1 − 2: with Z(n1, n0) = Z(n1 − 1, n0) + Z(n1 − 1, n0 − 1)
    this is at least as much.
    """

    def z(n: int, d: int) -> int:
        return sum(math.comb(n, j) for j in range(d + 1))

    for n0, n1, n2 in itertools.product(range(1, 13), range(2, 13), range(1, 13)):
        arch, after = Architecture.relu(n0, n1, n2), Architecture.relu(n0, n1 - 1, n2 + 1)
        if n0 >= n1:
            assert SERRA(arch) == z(n1 + n2, n1) == sum_over_j(arch)
        elif n0 == n1 - 1:
            assert SERRA(arch) == z(n1 + n2, n1) - 1 - math.comb(n2, n1) == sum_over_j(arch)
        if n0 >= n1 - 1:
            assert SERRA(after) == z(n1 + n2, n1 - 1) < SERRA(arch)
        elif n2 == 1:
            assert SERRA(arch) == 2 * z(n1, n0) <= SERRA(after)


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
    """With w = 2 the statement needs a proof of its own, and with enough layers it is false, whatever n0 and m are.

    On a line a unit cuts at most two of the three pieces that two units make (``paper_checks/rigid_layers.py`` runs
    through all cases).  So in (1; 2, …, 2) each of the two units of layer l cuts at most two pieces of every piece that
    layer l − 2 leaves, and the most that L layers have is at most a_L = a_(L−1) + 2·2·a_(L−2): 1, 3, 7, 19, 47.  As
    x² = x + 4 for x = (1 + √17)/2 < 2.57, a_L ≤ 1.2·x^L.

    In (2; 2, …, 2) the first two units leave at most one region with two dimensions, two with one, one with none: b_L =
    b_(L−1) + 2·a_(L−1) + 1.  Behind a first layer of 2m units on n0 inputs, two-wide layers see at most two dimensions
    in each of its Z(2m, n0) regions, so L layers have at most Z(2m, n0)·b_(L−1), which grows like x^L.
    """
    assert BOUNDS["serra2018_zonotope"].why_not(Architecture.parse("2-4-2-2")) is not None
    assert rigid_crossings(1, 2).cut == 2
    line, plane, root = [1, 3], [1, 4], Fraction(257, 100)
    assert root * root > root + 4  # above (1 + √17)/2
    while len(line) <= 150:
        plane.append(plane[-1] + 2 * line[-1] + 1)
        line.append(line[-1] + 2 * 2 * line[-2])
    assert all(a <= Fraction(6, 5) * root**depth for depth, a in enumerate(line))
    arch, claimed = two_wide(1, 1, 4)
    assert claimed == 54 > 47 == line[4] == BOUNDS["rigid_layers"](arch)
    latest = 0
    for inputs, pairs in itertools.product(range(1, 8), range(1, 8)):
        first = sum(math.comb(2 * pairs, j) for j in range(inputs + 1))
        assert any(first * plane[depth - 1] < two_wide(inputs, pairs, depth)[1] for depth in range(2, 150))
        fails = (
            n
            for n in itertools.count(2)
            if rigid_value(inputs, two_wide(inputs, pairs, n)[0].widths) < two_wide(inputs, pairs, n)[1]
        )
        latest = max(latest, next(fails))
    assert latest == 32
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
    assert all(regions <= bound(network.architecture) for network, regions in sampling.hard_maxout_networks())
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
    """Two splits with a narrow first layer: trained, counted exactly on [0,1]^784, compared with every bound."""
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
    assert sorted((r.first, r.seed) for r in records) == list(itertools.product(range(1, poster.UNITS), range(10)))
    counted = [r for r in records if r.regions is not None]
    assert {r.first for r in counted} == set(range(1, poster.UNITS))
    assert all(r.found == r.regions for r in counted)
    estimated = [(r.regions, *r.interval[:2]) for r in counted if r.interval]
    assert (len(estimated), sum(low <= number <= high for number, low, high in estimated)) == (23, 23)
    ends = {(r.first, r.seed): poster.ends(r) for r in records}
    bounds = {(key, k): poster.bound(key, k) for key in poster.BOUNDED_BY for k in range(1, poster.UNITS)}
    assert all(high <= bounds[key, k] for (k, _), (_, high) in ends.items() for key in poster.BOUNDED_BY)
    assert all(2 * high < bounds["serra2018", k] for (k, _), (_, high) in ends.items() if 3 <= k <= 13)
    means = {k: sum(sum(ends[k, seed]) for seed in range(10)) / (20 * bounds["serra2018", k]) for k in range(1, 22)}
    assert all((share > Fraction(1, 2)) == (k >= 15) for k, share in means.items())
    assert all(0 <= r.test_errors <= 1000 and len(r.digest) == 64 for r in records)
    assert rank_correlations(counted, 6, 15) == {"all": (-0.82, -0.71), "means": (-0.92, -0.89)}
    pairs = [
        (a.train_errors - b.train_errors, a.test_errors - b.test_errors)
        for a, b in itertools.permutations([r for r in counted if 6 <= r.first <= 15], 2)
        if a.first == b.first and a.regions > b.regions
    ]
    assert (len(pairs), sum(train < 0 for train, _ in pairs), sum(test < 0 for _, test in pairs)) == (286, 191, 180)
    within = within_splits(counted)
    assert [within[k] for k in range(6, 9)] == [(-0.52, -0.26), (-0.49, -0.13), (-0.64, -0.66)]
    assert [within[k] for k in range(9, 12)] == [(-0.79, -0.46), (-0.64, -0.35), (-0.68, -0.53)]
    assert min(r.test_errors for r in records if r.first >= 20) > 160  # narrow second layers: errors rise again


def rank_correlations(records: Sequence[Any], low: int, high: int) -> dict[str, tuple[float, float]]:
    """Spearman's coefficients of regions with training and with test errors: all networks, and means of the splits."""
    chosen = [r for r in records if low <= r.first <= high]
    rows = [(r.regions, r.train_errors, r.test_errors) for r in chosen]
    means = [
        tuple(Fraction(sum(column), len(column)) for column in zip(*group, strict=True))
        for k in range(low, high + 1)
        if (group := [row for row, r in zip(rows, chosen, strict=True) if r.first == k])
    ]
    return {"all": _spearman(rows), "means": _spearman(means)}


def within_splits(records: Sequence[Any]) -> dict[int, tuple[float, float]]:
    """The same coefficients for the networks of each split that has several."""
    found = {}
    for k in {r.first for r in records}:
        rows = [(r.regions, r.train_errors, r.test_errors) for r in records if r.first == k]
        if len(rows) > 1:
            found[k] = _spearman(rows)
    return found


def _spearman(rows: Sequence[Sequence[Any]]) -> tuple[float, float]:
    from scipy.stats import spearmanr

    regions, train, test = ([float(v) for v in column] for column in zip(*rows, strict=True))
    first, second = (round(float(spearmanr(regions, errors).statistic), 2) for errors in (train, test))
    return first, second


def test_poster_large_counts_by_draws() -> None:
    """Large counts a second way: patterns drawn uniformly, each decided by a point or by multipliers, in integers."""
    import poster_experiment as poster

    held = 0
    for record in poster.load():
        if record.first < 9 or record.seed or record.regions is None:
            continue
        network, pairs = poster.train(record.first, 0)
        if network.digest != record.digest:
            continue  # training gives another network on this machine
        low, high, _, draws = poster.interval(
            pairs, poster.GRID, error=Fraction(1, 20), confidence=Fraction(9999, 10000), most=600, seed=1
        )
        assert draws == 600 or 20 * (high - low) <= high + low
        assert low <= record.regions <= high
        held += 1
    if not held:
        pytest.skip("training gives other networks on this machine than those that were counted")
