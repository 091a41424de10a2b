"""Statements found here: levels of arrangements, what narrow layers allow, and the maxima behind them."""

import importlib
import itertools
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import sampling
from arrangement_families import FAMILIES
from arrangement_tails import gale_dual, greatest_tails, sign_vectors
from curves import crossed_by_all
from flint import fmpq_mat
from four_lines import FACINGS, chambers, critical, four_lines, refuted
from rigid_layers import rigid_crossings

from theory import Architecture
from theory.bounds import BOUNDS
from theory.bounds.hinz import level_tails
from theory.bounds.rigid import crossings, cyclic_faces
from theory.constructions import CONSTRUCTIONS
from theory.constructions.narrow import _ALL_CUT, _PENCILS
from theory.exact import from_fmpq
from verify import count, tightness
from verify.maxima.search import most_regions, network_of


def test_duality() -> None:
    for m, n in ((3, 1), (4, 2), (5, 2), (6, 3)):
        rows = FAMILIES["generic"].build(m, n, seed=m).rows
        regions, others = set(sign_vectors(rows)), set(sign_vectors(gale_dual(rows)))
        assert not regions & others
        assert regions | others == set(itertools.product((0, 1), repeat=m))


def test_level_two() -> None:
    for m in range(3, 7):
        tails = [greatest_tails(FAMILIES["generic"].build(m, 3, seed=seed)) for seed in range(2)]
        tails.append(greatest_tails(FAMILIES["cyclic"].build(m, 3)))
        assert max(found[m - 2] for found in tails) == 4 * m - 5


def test_seven_units_on_three_inputs() -> None:
    """T_4(3, 7) = 42: seven planes have 42 such regions, and the checked proof of a SAT solver excludes more."""
    planes = [(2, -1, -3, 2), (0, 1, -2, 0), (3, 3, -1, 1), (3, -2, 2, 1), (-3, 0, -3, 2), (-2, -3, 3, 2), (2, 2, 1, 3)]
    assert sum(sum(signs) >= 4 for signs in sign_vectors(planes)) == level_tails(3, 7)[4] == 42
    assert importlib.import_module("levels_by_sat").refuted(7, 3, 43)


def test_eight_units_on_three_inputs() -> None:
    """Eight planes have 51 regions with at least five units on; that no eight have more was proved once."""
    planes = [(-4, 8, 9, 3), (-7, 8, -1, 1), (-7, -7, -9, 8), (-9, -1, -2, 5)]
    planes += [(-6, -4, 2, 5), (-7, -4, -4, 5), (7, -4, -1, 5), (5, 1, 6, 8)]
    assert sum(sum(signs) >= 5 for signs in sign_vectors(planes)) == level_tails(3, 8)[5] == 51
    assert level_tails(4, 8)[4] == 163 - 93 + 51


def test_levels_bound() -> None:
    smaller = 0
    for arch in sampling.small_architectures():
        value, known = BOUNDS["levels"](arch), BOUNDS["hinz2021"](arch)
        assert value <= known
        smaller += value < known
    assert smaller == 502
    assert all(regions <= BOUNDS["levels"](network.architecture) for network, regions in sampling.hard_networks())
    assert all(value <= BOUNDS["levels"](arch) for arch, value in sampling.proved_maxima())


def test_no_network_has_more() -> None:
    attained = 0
    for network, regions in sampling.hard_networks():
        if BOUNDS["rigid_layers"].why_not(network.architecture) is None:
            assert regions <= BOUNDS["rigid_layers"](network.architecture)
            attained += regions == BOUNDS["rigid_layers"](network.architecture)
    assert attained > 15


def test_one_layer_by_all_sign_vectors() -> None:
    for d, n in ((1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 3), (3, 4), (4, 4)):
        found, stated = rigid_crossings(d, n), crossings(d, (n,))
        assert found == tuple([*stated, 0, 0][:3])


def test_curves_attain_the_maxima() -> None:
    """Each stored curve has exactly f_j regions in which j of its units cross, whatever their parameters are."""
    assert set(_PENCILS) == {
        (1, 2),
        (1, 2, 2),
        (2, 2, 2),
        (2, 3),
        (2, 3, 3),
        (2, 4),
        (2, 5),
        (3, 4),
        (3, 5),
        (4, 5),
        (4, 6),
    }
    for before, pencil in _PENCILS.items():
        if before in CURVES:  # see below
            continue
        found = crossed_by_all(pencil.before, pencil.curve, pencil.steps)
        assert found == crossings(before[0], before[1:])
        for m in range(1, 6):
            value = sum(f * math.comb(m, j) for j, f in enumerate(found))
            assert value == BOUNDS["small_maxima"](Architecture.relu(*before, m))


def test_behind_coordinate_hyperplanes() -> None:
    """As many regions as cyclic polytopes have faces; climbed networks reach them, and never have more."""
    faces = {(4, 1): 3, (4, 2): 9, (5, 2): 11, (5, 3): 21, (6, 3): 27, (6, 4): 49, (7, 4): 71}
    for (n, dimension), value in faces.items():
        assert cyclic_faces(n, dimension) == value == crossings(n, (n,))[n - dimension]
    for n, m in ((2, 5), (3, 4), (4, 4), (5, 5), (6, 4)):
        arch = Architecture.relu(n, n, m)
        value = BOUNDS["small_maxima"](arch)
        assert value == BOUNDS["rigid_layers"](arch) == count(CONSTRUCTIONS["narrow"].build(arch).network)
    for sizes, value in (("3-3-4", 58), ("4-4-4", 143), ("3-4-4", 137), ("4-5-3", 195)):
        found = most_regions(Architecture.parse(sizes), evaluations=20_000).count
        assert 0.9 * value < found <= value == BOUNDS["rigid_layers"](Architecture.parse(sizes))


def test_four_lines() -> None:
    """No two units behind them cross too often, in any chamber; and what the maxima need is attained."""
    for p, q in chambers(critical()):
        assert all(refuted(four_lines(p, q, facing)) for facing in FACINGS)


def test_crossings_by_sat() -> None:
    """In how many regions units cross: behind lines, planes and, where this is hardest, six hyperplanes of R^4."""
    module = importlib.import_module("crossings_by_sat")

    def layers(d: int, n: int, chosen: slice = slice(None)) -> list[Any]:
        return [module.Layer(d, n, case) for case in module.cases(d, n)[chosen]]

    assert all(module.refuted(layer, 2, 3, checked=True) for layer in layers(2, 3))
    assert not all(module.refuted(layer, 2, 6) for layer in layers(2, 4))
    for (d, n), (_, all_but_one, *crossed) in CURVES.items():
        assert crossings(d, (n,))[2:] == tuple(crossed)
        assert len(layers(d, n, slice(1))[0].regions) == all_but_one + 1
        if (d, n) == (4, 6):
            continue  # see below
        for j, most in enumerate(crossed, start=2):
            assert all(module.refuted(layer, j, most, checked=True) for layer in layers(d, n))
        if (d, n) != (2, 5):
            assert all(module.refuted(layer, 2, crossed[0] - 1, all_cut=1, checked=True) for layer in layers(d, n))
    for j, most, all_cut in ((2, 46, 0), (2, 45, 1), (2, 44, 2), (4, 11, 0)):
        assert all(module.refuted(layer, j, most, all_cut=all_cut) for layer in layers(4, 6, slice(29, 32)))


def test_two_units_behind_six_by_sat() -> None:
    """Two units cross in at most 20 of 22 regions behind six lines, 19 if one cuts all, 36 of 42 behind six planes."""
    module = importlib.import_module("crossings_by_sat")
    four = module.AnyLayer(2, 4, module.cases(2, 4))
    assert module.refuted(four, 2, 7, checked=True)
    assert module.refuted(four, 2, 6, all_cut=1)
    assert not module.refuted(four, 2, 6)
    for d, most in ((2, 20), (3, 36)):
        assert crossings(d, (6,))[2] == most
        assert module.refuted(module.AnyLayer(d, 6, module.cases(d, 6)), 2, most, checked=True)
    assert module.refuted(module.AnyLayer(2, 6, module.cases(2, 6)), 2, 19, all_cut=1, checked=True)


def test_two_units_by_sat() -> None:
    """Behind five lines two units cross in at most 11 regions if one of them cuts all 16."""
    module = importlib.import_module("pairs_by_sat")
    ways = {"crossings": True, "all_cut": True, "checked": True}
    assert all(module.refuted(module.Points(2, 5, case), 12, **ways) for case in module.cases(2, 5))


def _units(d: int, n: int, draws: int) -> Iterator[tuple[list[list[int]], list[list[int]]]]:
    """Units behind n units on R^d: random ones, and the best known, moved a little into general position."""
    rng = random.Random(1)

    def near(rows: Iterable[Iterable[int]]) -> list[list[int]]:
        return [[10**4 * v + rng.randint(-99, 99) for v in row] for row in rows]

    def drawn(units: int, length: int) -> list[list[int]]:
        return [[rng.randint(-9, 9) for _ in range(length)] for _ in range(units)]

    layers: list[tuple[Sequence[Sequence[int]], Sequence[Sequence[int]]]]
    layers = [(drawn(n, d + 1), drawn(d, n + 1)) for _ in range(draws)]
    if (d, n) in CURVES:
        pencil = _PENCILS[d, n]
        layers += [(pencil.before[0], pencil.curve[:d]), _ALL_CUT[d, n]]
    for first, second in layers:
        for j in range(2, len(second) + 1):
            yield near(first), near([*weights, 10**4 * bias] for *weights, bias in second[:j])


def test_real_units_satisfy_the_clauses() -> None:
    """The signs of real units are a model, in which exactly the regions that they cut and cross can be counted."""
    module, tools = importlib.import_module("crossings_by_sat"), importlib.import_module("pysat.solvers")
    pool = importlib.import_module("pysat.formula").IDPool

    def satisfied(wanted: int, *, all_cut: int = 0) -> bool:
        names = pool()
        known = module.facts(layer, rows, units, names)
        formula = module.clauses(layer, len(units), wanted, all_cut=all_cut, names=names)
        with tools.Solver(name="cadical153", bootstrap_with=formula) as solver:
            return bool(solver.solve(assumptions=known))

    most: dict[tuple[int, ...], int] = {}
    for d, n, draws in ((2, 3, 2), (2, 4, 2), (2, 5, 1), (3, 5, 1)):
        for rows, units in _units(d, n, draws):
            layer = module.layer_of(rows)
            numbers = {
                chosen: int(count(network_of(Architecture.relu(d, n, len(chosen)), itertools.chain(*rows, *chosen))))
                for size in range(1, len(units) + 1)
                for chosen in itertools.combinations(map(tuple, units), size)
            }
            crossed = sum((-1) ** (len(units) - len(chosen)) * number for chosen, number in numbers.items())
            crossed += (-1) ** len(units) * len(layer.regions)
            assert satisfied(crossed)
            assert not satisfied(crossed + 1)
            if len(units) == 2:
                assert satisfied(crossed, all_cut=1) == (numbers[tuple(units[0]),] == 2 * len(layer.regions))
            most[d, n, len(units)] = max(most.get((d, n, len(units)), 0), crossed)
    assert (most[2, 4, 2], most[2, 5, 2], most[3, 5, 2], most[3, 5, 3]) == (7, 12, 19, 9)


def test_real_pairs_satisfy_the_clauses() -> None:
    """The sides and the order of two real units are a model; what they cut and cross can be counted in it, not more."""
    module, tools = importlib.import_module("pairs_by_sat"), importlib.import_module("pysat.solvers")
    pool = importlib.import_module("pysat.formula").IDPool

    def satisfied(wanted: int, *, crossings: bool, all_cut: bool = False) -> bool:
        names = pool()
        known = module.facts(layer, rows, units, names)
        formula = module.clauses(layer, wanted, crossings=crossings, all_cut=all_cut, names=names)
        with tools.Solver(name="cadical153", bootstrap_with=formula) as solver:
            return bool(solver.solve(assumptions=known))

    most = 0
    for n, draws in ((3, 2), (4, 2), (5, 3)):
        for rows, units in _units(2, n, draws):
            if len(units) > 2:
                continue
            layer = module.layer_of(rows)
            layer.look_closer()
            both, one, other = (
                int(count(network_of(Architecture.relu(2, n, len(some)), itertools.chain(*rows, *some))))
                for some in (units, units[:1], units[1:])
            )
            more, crossed = both - len(layer.regions), both - one - other + len(layer.regions)
            assert satisfied(more, crossings=False)
            assert not satisfied(more + 1, crossings=False)
            assert satisfied(crossed, crossings=True)
            assert not satisfied(crossed + 1, crossings=True)
            assert satisfied(crossed, crossings=True, all_cut=True) == (one == 2 * len(layer.regions))
            most = max(most, crossed)
    assert most == 12


CURVES = {
    (2, 4): (11, 10, 7),
    (2, 5): (16, 15, 12),
    (3, 5): (26, 25, 19, 9),
    (4, 6): (57, 56, 46, 27, 11),
    (2, 3, 3): (33, 27, 9),
}
"""Layers behind which any units of a curve cut, and cross in, so many regions; in another network one unit cuts all, or
there are more regions."""


def test_curves_that_leave_one_region_are_enough() -> None:
    """Any units of the curve cut all regions but one, or 27 of 33, and any j cross in f_j; one or two attain more."""
    maxima = {
        (2, 4): (22, 39, 62, 93, 131),
        (2, 5): (32, 59, 97, 148, 211),
        (3, 5): (52, 96, 167, 276, 431),
        (4, 6): (114, 215, 390, 676, 1122),
        (2, 3, 3): (60, 96, 141, 195, 258),
    }
    for before, values in maxima.items():
        assert crossed_by_all(*_PENCILS[before]) == CURVES[before]
        for m, value in enumerate(values, start=1):
            known = tightness(Architecture.relu(*before, m))
            assert known.exact
            assert int(count(known.lower.network)) == value == BOUNDS["rigid_layers"](known.architecture)


def test_one_unit_behind_two_layers_of_three(tmp_path: Path) -> None:
    """At most 27 regions are cut, and there are at most 60 in all, in every case; one network attains both."""
    module = importlib.import_module("third_layer_by_sat")
    for case in module.CASES:
        formula = module.Formula(*case)
        assert formula.refuted(61, name=tmp_path / "total")
        assert formula.refuted(28, cut=True, name=tmp_path / "cut")
    assert [BOUNDS["rigid_layers"](Architecture.relu(2, 3, 3, m)) for m in (1, 2, 3, 4)] == [60, 96, 141, 195]
    attained = [CONSTRUCTIONS["narrow"].build(Architecture.relu(2, 3, 3, *rest)).network for rest in ((1,), (1, 1))]
    assert [int(count(network)) for network in attained] == [60, 60 + 27]


def _brought_to_a_triangle(rows: Sequence[Sequence[Sequence[int]]]) -> tuple[tuple[int, int], list[list[Fraction]]]:
    """A network (2; 3, 3, 1): the case of ``third_layer_by_sat.py``, and the weights u and c of its second layer."""
    first, second, (last,) = rows
    scale = fmpq_mat(3, 3, [v for row in first for v in row]).transpose().solve(fmpq_mat(3, 1, [0, 0, 1]))
    factors = [
        from_fmpq(scale[k, 0]) for k in range(3)
    ]  # Σ factor_k·a_k = 1: the triangle is where h_k = factor_k·a_k > 0
    order = sorted(range(3), key=lambda k: factors[k] < 0)
    signs = [v if last[3] > 0 else -v for v in last[:3]]
    units = sorted(range(3), key=lambda i: signs[i] > 0)
    weights = [
        [abs(Fraction(last[i], last[3])) * w for w in (*(second[i][k] / abs(factors[k]) for k in order), second[i][3])]
        for i in units
    ]
    return (sum(f > 0 for f in factors), sum(v < 0 for v in signs)), weights


def test_networks_are_models() -> None:
    """The signs of the minors of a network are a model, in which exactly its regions can be counted, and those cut."""
    module, tools = importlib.import_module("third_layer_by_sat"), importlib.import_module("pysat.solvers")
    rng = random.Random(5)
    (first, second), ((*last, bias), *_), _ = _PENCILS[2, 3, 3]
    near = [[10**6 * v + rng.randint(-99, 99) for v in row] for row in second]  # in general position
    networks: list[Sequence[Sequence[Sequence[int]]]] = [[first, near, [[*last, 10**6 * bias]]]]
    for _ in range(4):  # of very different sizes
        networks.append(
            [
                [[rng.choice((-1, 1)) * int(2 ** rng.uniform(4, 16)) for _ in range(n + 1)] for _ in range(m)]
                for n, m in ((2, 3), (3, 3), (3, 1))
            ]
        )
    most, seen = 0, set()
    for rows in networks:
        before, number = (
            int(count(network_of(Architecture.relu(2, *widths), itertools.chain(*itertools.chain(*layers)))))
            for widths, layers in (((3, 3), rows[:2]), ((3, 3, 1), rows))
        )
        case, weights = _brought_to_a_triangle(rows)
        if not case[1]:
            continue
        formula = module.Formula(*case)
        facts = formula.facts(weights)
        assert facts is not None
        for cut, known in ((False, number), (True, number - before)):
            for wanted in (known, known + 1):
                with tools.Solver(name="cadical153", bootstrap_with=formula.with_number(wanted, cut=cut)) as solver:
                    assert solver.solve(assumptions=facts) == (wanted == known)
        most, seen = max(most, number), seen | {case}
    assert most == 60
    assert len(seen) > 2


def test_a_layer_of_one_unit() -> None:
    for sizes, value in (
        ("1-2-1-3", 11),
        ("2-2-1-4", 19),
        ("2-3-1-5", 43),
        ("3-3-1-6", 57),
        ("2-3-1-2-2", 49),
        ("2-3-3-1-3", 141),
        ("2-4-1-3", 55),
        ("2-6-1-2", 88),
        ("3-5-1-2", 104),
        ("4-5-1-2", 121),
    ):
        arch = Architecture.parse(sizes)
        assert BOUNDS["small_maxima"](arch) == BOUNDS["rigid_layers"](arch) == value
        assert count(CONSTRUCTIONS["narrow"].build(arch).network) == value


def test_other_small_maxima() -> None:
    for sizes in ("3-4-1", "4-5-1", "5-6-1", "6-7-1"):
        arch = Architecture.parse(sizes)
        value = BOUNDS["small_maxima"](arch)
        assert value == BOUNDS["rigid_layers"](arch) == count(CONSTRUCTIONS["narrow"].build(arch).network)
