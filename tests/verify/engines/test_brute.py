"""The brute engine against values known by hand, closed forms, a second method for each kind of network, and itself."""

from __future__ import annotations

import ast
import itertools
import json
import math
import random
from fractions import Fraction
from pathlib import Path

import flint
import pytest
from brute_count import count_brute
from places import NETWORKS

from theory import ABS, HARD_TANH, IDENTITY, RELU, Layer, Maxout, Network, PiecewiseLinear, leaky_relu
from theory.errors import UnsupportedError
from theory.formats import load
from verify.engines import brute
from verify.engines.brute import patterns_brute, witnesses_brute

FILES = NETWORKS
TRUTH = json.loads((FILES / "truth.json").read_text(encoding="utf-8"))
BOXES = {"R^d": None, "[-1,1]^d": (-1, 1), "[0,1]^d": (0, 1)}
HAT = PiecewiseLinear([0, 1, 2], [0, 1, -1, 0])
SHIFTED = PiecewiseLinear(["-1/2", "1/3"], [2, 0, "-1/7"])
UNITS = [RELU, RELU, ABS, HARD_TANH, IDENTITY, leaky_relu("1/10"), HAT, SHIFTED, Maxout(1), Maxout(2), Maxout(3)]


def box(dimension, lo=-1, hi=1):
    """Halfspace rows of [lo, hi]^d."""
    unit = [[int(i == j) for j in range(dimension)] for i in range(dimension)]
    return [(*e, -lo) for e in unit] + [(*(-v for v in e), hi) for e in unit]


def one_layer(rows, unit=RELU):
    """The network of one hidden layer with preactivations <a,x> + b for rows (a..., b)."""
    return Network([Layer([r[:-1] for r in rows], [r[-1] for r in rows], unit)])


def random_network(rng, inputs, widths, units=UNITS, scale=2):
    layers, width = [], inputs
    for n in widths:
        chosen = [rng.choice(units) for _ in range(n)]
        rows = sum(u.rows for u in chosen)
        weights = [[rng.randint(-scale, scale) for _ in range(width)] for _ in range(rows)]
        layers.append(Layer(weights, [rng.randint(-scale, scale) for _ in range(rows)], chosen, inputs=width))
        width = n
    return Network([*layers, Layer([[1] * width], [0], IDENTITY, inputs=width)])


# -- published and hand-counted values ----------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "d"), [(0, 2), (5, 1), (5, 2), (6, 3), (9, 3), (6, 4), (9, 4), (2, 4), (4, 4)])
def test_generic_arrangements_have_zaslavskys_number_of_regions(n, d):
    moment_curve = [[t**i for i in range(1, d + 1)] + [1] for t in range(1, n + 1)]
    layer = Layer([r[:-1] for r in moment_curve], [r[-1] for r in moment_curve], RELU, inputs=d)
    assert count_brute(Network([layer])) == sum(math.comb(n, j) for j in range(d + 1))
    central = Network([Layer(layer.weights, [0] * n, RELU, inputs=d)])
    assert count_brute(central) == (2 * sum(math.comb(n - 1, j) for j in range(d)) if n else 1)


@pytest.mark.parametrize(("d", "chambers"), [(2, 6), (3, 24), (4, 120)])
def test_braid_arrangements_have_factorially_many_chambers(d, chambers):
    simple = [[int(i == k) - int(j == k) for k in range(d)] for i, j in itertools.combinations(range(d), 2)]
    coordinates = [[int(i == k) for k in range(d)] for i in range(d)]
    assert count_brute(one_layer([(*r, 0) for r in simple + coordinates])) == chambers


@pytest.mark.parametrize(("rank", "units", "regions"), [(3, 2, 9), (3, 3, 19), (4, 3, 37)])
def test_maxout_layers_attain_the_sharp_maximum_in_the_plane(rank, units, regions):
    # unit u is the upper envelope of tangents to a parabola along direction (1, u): k - 1 parallel lines
    rows = [(2 * t, 2 * t * u, -(t**2) - 3 * t * u**3) for u in range(units) for t in range(rank)]
    assert count_brute(one_layer(rows, Maxout(rank))) == regions


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_units_with_p_breakpoints_cut_like_p_parallel_lines(n):
    rows = [(1, t, Fraction(t**3, 7)) for t in range(n)]
    p = len(HAT.breakpoints)
    assert count_brute(one_layer(rows, HAT)) == sum(math.comb(n, j) * p**j for j in range(3))


@pytest.mark.parametrize(
    ("name", "domain"),
    [(n, d) for n, counts in TRUTH.items() if not n.startswith("random") for d in counts],  # those have 12 to 32 units
)
def test_network_files_have_their_recorded_counts(name, domain):
    net = load(FILES / f"{name}.json")
    rows = box(net.inputs, *BOXES[domain]) if BOXES[domain] else []
    assert count_brute(net, rows) == TRUTH[name][domain]["activation"]


# -- a second method ----------------------------------------------------------------------------------------------


def regions_by_deletion_and_restriction(rows):
    """r(A) = r(A without H) + r(A restricted to H), exact and without any feasibility test."""
    normals = [r for r in rows if any(r[:-1])]
    if not normals:
        return 1
    (*a, b), others = normals[0], normals[1:]
    j = next(i for i, v in enumerate(a) if v)
    restricted = []
    for row in others:  # substitute x_j = -(b + sum of the others)/a_j
        factor = Fraction(row[j], a[j])
        new = [v - factor * w for i, (v, w) in enumerate(zip(row[:-1], a, strict=True)) if i != j]
        restricted.append((*new, row[-1] - factor * b))
        if not any(new) and not restricted[-1][-1]:
            return regions_by_deletion_and_restriction(others)  # the hyperplane occurs twice
    return regions_by_deletion_and_restriction(others) + regions_by_deletion_and_restriction(restricted)


def test_random_degenerate_arrangements_agree_with_deletion_and_restriction():
    rng = random.Random(1)
    seen = set()
    for _ in range(300):
        d, n, largest = rng.randint(1, 4), rng.randint(1, 7), rng.choice([1, 1, 3])
        rows = [tuple(rng.randint(-largest, largest) for _ in range(d + 1)) for _ in range(n)]
        expected = regions_by_deletion_and_restriction(rows)
        assert count_brute(one_layer(rows)) == expected, rows
        seen.add(expected)
    assert len(seen) > 15


def solvable_by_transposition(system, d):
    """Motzkin: no solution iff a sum of the inequalities, x cancelled, is a false constant; d + 1 of them suffice."""
    for size in range(1, d + 2):
        for chosen in itertools.combinations(system, size):
            columns = flint.fmpz_mat([[row[j] for row, _ in chosen] for j in range(d)])
            kernel, nullity = columns.nullspace()
            y = [int(kernel[i, 0]) for i in range(size)]
            y = [-v for v in y] if y[0] < 0 else y
            if nullity == 1 and min(y) > 0:  # the only candidates with exactly this support
                constant = sum(v * row[-1] for v, (row, _) in zip(y, chosen, strict=True))
                if constant < 0 or (constant == 0 and any(strict for _, strict in chosen)):
                    return False
    return True


def test_elimination_agrees_with_motzkins_transposition_theorem():
    rng = random.Random(5)
    verdicts = []
    for _ in range(1500):
        d, n, largest = rng.randint(1, 4), rng.randint(1, 9), rng.choice([1, 1, 2, 9])
        draw = [[rng.randint(-largest, largest) for _ in range(d + 1)] for _ in range(n)]
        for row in draw:
            row[-1] -= rng.choice([0, 1])
        system = [(tuple(row), rng.random() < 0.5) for row in draw]
        point = brute._Solver(d).solution(system)
        assert (point is not None) == solvable_by_transposition(system, d), system
        if point is not None:
            values = [(sum(a * x for a, x in zip(row, [*point, 1], strict=True)), strict) for row, strict in system]
            assert all(v > 0 if strict else v >= 0 for v, strict in values)
        verdicts.append(point is not None)
    assert 300 < sum(verdicts) < 1200


def test_a_domain_row_does_what_a_unit_that_must_be_on_does():
    rng = random.Random(6)
    for _ in range(60):
        d = rng.randint(1, 3)
        net = random_network(rng, d, [2, 2], units=[RELU, ABS, Maxout(3)])
        rows = [[*(rng.randint(-2, 2) for _ in range(d)), rng.randint(-1, 3)] for _ in range(rng.randint(1, 4))]
        rows = [r for r in rows if any(r[:-1])]
        first, second = net.hidden
        guards = Layer(
            [*first.weights, *(r[:-1] for r in rows)],
            [*first.biases, *(r[-1] for r in rows)],
            [*first.units, *[RELU] * len(rows)],
        )
        padded = Layer([[*w, *[0] * len(rows)] for w in second.weights], second.biases, second.units)
        inside = {
            (one[:2], two) for one, two in patterns_brute(Network([guards, padded])) if one[2:] == (1,) * len(rows)
        }
        assert patterns_brute(net, rows) == inside


def one_input_patterns(net, lo, hi):
    """All patterns on [lo, hi] by inserting exact breakpoints layer by layer: (proper ones, all)."""

    def values(x, depth):
        h = (x,)
        for layer in net.layers[:depth]:
            h = Network([layer])((*h,)) if layer.inputs else tuple(layer(()))
        return net.layers[depth].preactivations(h)

    points = [lo, hi]
    for depth, layer in enumerate(net.hidden):
        found = set(points)
        for a, b in itertools.pairwise(points):
            left, right = values(a, depth), values(b, depth)
            for unit, at in zip(layer.units, layer.first_rows, strict=True):
                if isinstance(unit, Maxout):
                    pairs = itertools.combinations(range(at, at + unit.rank), 2)
                    ends = [(left[i] - left[j], right[i] - right[j]) for i, j in pairs]
                else:
                    ends = [(left[at] - t, right[at] - t) for t in unit.breakpoints]
                found.update(a + (b - a) * u / (u - v) for u, v in ends if u * v < 0)
        points = sorted(found)
    proper = {net.pattern([(a + b) / 2]) for a, b in itertools.pairwise(points)}
    return proper, proper | {net.pattern([x]) for x in points}


def test_one_input_networks_agree_with_their_sorted_breakpoints():
    rng = random.Random(2)
    thin = 0
    for _ in range(250):
        net = random_network(rng, 1, [rng.randint(1, 3) for _ in range(rng.randint(1, 3))])
        proper, everything = one_input_patterns(net, Fraction(-3), Fraction(2))
        assert patterns_brute(net, [(1, 3), (-1, 2)]) == proper
        assert patterns_brute(net, [(1, 3), (-1, 2)], thin=True) == everything
        thin += proper != everything
    assert thin > 20


def test_every_pattern_has_a_witness_and_every_point_has_its_pattern():
    rng = random.Random(3)
    for _ in range(100):
        inputs = rng.randint(1, 3)
        net = random_network(rng, inputs, [rng.randint(0, 3) for _ in range(rng.randint(0, 3))])
        rows = [(*(rng.randint(-2, 2) for _ in range(inputs)), rng.randint(0, 3)) for _ in range(rng.randint(0, 3))]
        proper, everything = witnesses_brute(net, rows), witnesses_brute(net, rows, thin=True)
        assert set(proper) <= set(everything)
        for pattern, x in (*proper.items(), *everything.items()):
            assert net.pattern(x) == pattern
            assert all(sum(a * v for a, v in zip(r, (*x, 1), strict=True)) >= 0 for r in rows)
        for pattern, x in proper.items():  # a whole neighborhood has the pattern
            for direction in itertools.product((-1, 1), repeat=inputs):
                y = [v + Fraction(e, 10**12) for v, e in zip(x, direction, strict=True)]
                assert net.pattern(y) == pattern
        for _ in range(60):
            x = [Fraction(rng.randint(-8, 8), rng.choice([1, 2, 3])) for _ in range(inputs)]
            if all(sum(a * v for a, v in zip(r, (*x, 1), strict=True)) >= 0 for r in rows):
                assert net.pattern(x) in everything
            y = [v + Fraction(rng.randint(1, 10**6), 10**9) for v in x]  # in general position, so inside a cell
            if all(sum(a * v for a, v in zip(r, (*y, 1), strict=True)) > 0 for r in rows if any(r[:-1])):
                assert net.pattern(y) in proper


def test_equivalent_units_have_the_same_patterns():
    rng = random.Random(4)
    for _ in range(60):
        rows = [tuple(rng.randint(-2, 2) for _ in range(3)) for _ in range(3)]
        for thin in (False, True):
            relu = patterns_brute(one_layer(rows), thin=thin)
            maxout = one_layer([r for row in rows for r in ((0, 0, 0), row)], Maxout(2))
            assert patterns_brute(maxout, thin=thin) == relu
            assert patterns_brute(one_layer(rows, ABS), thin=thin) == relu
            assert patterns_brute(one_layer(rows, leaky_relu(-3)), thin=thin) == relu
        shifted = [(*r[:-1], r[-1] - t) for r in rows for t in (-1, 1)]
        split = {tuple(sum(p[0][i : i + 2]) for i in (0, 2, 4)) for p in patterns_brute(one_layer(shifted))}
        assert {p[0] for p in patterns_brute(one_layer(rows, HARD_TANH))} == split


# -- the conventions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "constant", "piece"),
    [(RELU, 0, 0), (RELU, 1, 1), (ABS, 0, 0), (HARD_TANH, -1, 0), (HARD_TANH, 1, 1), (HARD_TANH, 2, 2), (HAT, 2, 2)],
)
def test_a_constant_unit_takes_the_piece_whose_half_open_interval_holds_its_value(unit, constant, piece):
    net = Network([Layer([[0, 0]], [constant], unit)])
    assert patterns_brute(net) == patterns_brute(net, thin=True) == {((piece,),)}


def test_of_coinciding_maxout_pieces_the_first_counts_and_dominated_ones_never():
    twice = one_layer([(1, 0), (1, 0), (-1, 0)], Maxout(3))
    assert patterns_brute(twice) == {((0,),), ((2,),)}
    middle = one_layer([(1, 0, 0), (0, 1, 0), ("1/2", "1/2", 0)], Maxout(3))
    assert patterns_brute(middle) == patterns_brute(middle, thin=True) == {((0,),), ((1,),)}
    first = one_layer([("1/2", "1/2", 0), (1, 0, 0), (0, 1, 0)], Maxout(3))
    assert patterns_brute(first) == {((1,),), ((2,),)}
    assert patterns_brute(first, thin=True) == {((0,),), ((1,),), ((2,),)}


def test_a_hyperplane_that_only_touches_the_domain_does_not_cut_it():
    net = one_layer([(1, 1, -2), (-1, -1, 2), (1, 0, 1)])
    assert count_brute(net) == 4
    assert count_brute(net, box(2)) == 1
    assert patterns_brute(net, box(2), thin=True) == {((0, 1, 1),), ((0, 0, 1),), ((0, 1, 0),)}


def test_domains_without_interior_have_no_proper_region():
    net = one_layer([(1, 0, 0), (0, 1, 0)])
    diagonal = [(1, -1, 0), (-1, 1, 0)]
    assert count_brute(net, diagonal) == 0
    assert patterns_brute(net, diagonal, thin=True) == {((0, 0),), ((1, 1),)}
    assert count_brute(net, [(1, 0, -1), (-1, 0, 0)], thin=True) == 0


def test_rows_that_do_not_depend_on_the_input_hold_everywhere_or_nowhere():
    net = one_layer([(1, 0, 0), (0, 1, 0)])
    assert count_brute(net, [(0, 0, 0), (0, 0, 5)]) == 4
    assert count_brute(net, [(0, 0, -1)]) == count_brute(net, [(0, 0, -1)], thin=True) == 0


def test_networks_without_units_have_one_region():
    affine = Network([Layer([[1, 2]], [3], IDENTITY)])
    assert patterns_brute(affine) == {()}
    assert patterns_brute(affine, [(1, 1, 0), (-1, -1, 0)]) == set()
    carried = Network([Layer([[1, 2]], [3], IDENTITY), Layer([[1]], [0], IDENTITY)])
    assert patterns_brute(carried) == {((0,),)}
    empty = Network([Layer([], [], RELU, inputs=2), Layer([[], []], [1, 0], RELU)])
    assert patterns_brute(empty) == {((), (1, 0))}


def test_a_dead_layer_stops_all_later_bending():
    dead = Layer([[1, 1], [0, 0]], [0, -1])
    killed = Layer([[-1, 1], [-2, 0]], [0, 0])
    assert count_brute(Network([dead, killed, Layer([[1, 1], [2, -1]], [0, 3])])) == 2


def test_huge_and_tiny_rationals_are_decided_exactly():
    epsilon = Fraction(1, 10**400)
    sliver = [(1, 0, 0), (1, 0, -epsilon), (0, 1, 0), (1, 1, -epsilon / 2)]
    assert count_brute(one_layer(sliver)) == 10
    assert count_brute(one_layer([(10**400, 0, 1), (10**400, 0, 0), (10**400, 0, -1)])) == 4


# -- refusals -----------------------------------------------------------------------------------------------------


def test_a_network_that_is_too_big_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setattr(brute, "LIMIT", 10_000)
    big = one_layer([[int(i == j) for j in range(40)] + [0] for i in range(40)])
    with pytest.raises(UnsupportedError, match=r"more than \d+ inequalities; count this network with verify\.count"):
        count_brute(big)


def test_the_limit_counts_sums_before_they_are_formed(monkeypatch):
    monkeypatch.setattr(brute, "LIMIT", 1000)
    strip = [row for i in range(1, 31) for row in ((1, 1, i), (-1, -1, i))]  # all 900 sums are true constants
    assert count_brute(one_layer([(1, 0, 0)]), strip[:20]) == 2
    with pytest.raises(UnsupportedError):
        count_brute(one_layer([(1, 0, 0)]), strip)


def test_the_reference_implementation_shares_no_deciding_code_with_other_engines():
    tree = ast.parse(Path(brute.__file__).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    ours = {m for m in modules if m and m.split(".")[0] in ("theory", "verify")}
    assert ours <= {"theory.activations", "theory.errors", "theory.exact", "theory.network"}
    assert modules - ours <= {"__future__", "collections.abc", "fractions", "math", "typing", "flint"}
