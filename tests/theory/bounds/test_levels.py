"""Levels of arrangements: the duality, the tails, and the bound, against other ways to find them."""

import itertools
import math
import random
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
import sympy
from arrangement_families import FAMILIES
from arrangement_tails import greatest_tails
from sampling import dense

from theory import Architecture
from theory.bounds import BOUNDS, growth
from theory.bounds.expressions import zaslavsky_number
from theory.bounds.hinz import level_histogram, level_tails, row
from verify import count

SMALL = [
    Architecture.relu(n0, *widths)
    for n0, depth in itertools.product(range(1, 7), (1, 2, 3))
    for widths in itertools.product(range(1, 8), repeat=depth)
]


@cache
def most_up_to(n: int, m: int, k: int) -> int:
    """The most regions with at most k units off, from the statements of docs/proofs.md on n and on d inputs."""
    if k < 0:
        return 0
    d = m - n - 1
    if d < 0:
        return stated(n, m, k)
    fewest = zaslavsky_number(m, d) - (stated(d, m, m - k - 1) if k < m else 0)  # regions of the dual
    return min(stated(n, m, k), sum(math.comb(m, i) for i in range(k + 1)) - fewest)


def stated(n: int, m: int, k: int) -> int:
    known = [zaslavsky_number(m, n), sum(math.comb(m, i) for i in range(min(n, k) + 1))]
    if n <= 2:
        known.append((1, 1 + 2 * k, 1 + m * k)[n])
    elif m:
        known.append(most_up_to(n, m - 1, k) + most_up_to(n - 1, m - 1, k - 1))
    if n == 3 <= m and k == 2:
        known.append(4 * m - 5)
    if (n, m, k) == (3, 7, 3):
        known.append(42)
    if (n, m, k) == (3, 8, 3):
        known.append(51)
    return min(known)


@cache
def bound(n: int, *widths: int) -> int:
    """The recursion of the bound over the first layer, level by level."""
    if not widths:
        return 1
    m, d = widths[0], min(n, widths[0])
    exactly = [most_up_to(d, m, k) - most_up_to(d, m, k - 1) for k in range(m + 1)]
    return sum(number * bound(min(d, m - k), *widths[1:]) for k, number in enumerate(exactly) if number)


def test_a_second_implementation_finds_the_same() -> None:
    for m in range(1, 40):
        for n in range(m + 1):
            assert level_tails(n, m) == tuple(most_up_to(n, m, m - level) for level in range(m + 1)), (n, m)
    for arch in SMALL[::5]:
        assert BOUNDS["levels"](arch) == bound(arch.inputs, *arch.widths)


def test_moves_are_the_histogram() -> None:
    for m in range(1, 40):
        for n in range(m):
            below, stay = row("levels", n, m)
            assert sum(below) + stay == sum(level_histogram(n, m)) == zaslavsky_number(m, n)
            assert below in ((), level_histogram(n, m)[:n])
            assert any(level_histogram(n, m)[:n]) == (m < 3 * n - 1), (n, m)


def test_histograms_are_consistent() -> None:
    """No negative weight, never more for fewer inputs, and every row is the dual of one."""
    for m in range(1, 50):
        for n in range(m + 1):
            tails, more = level_tails(n, m), level_tails(min(n + 1, m), m)
            assert min(level_histogram(n, m)) >= 0
            assert all(a <= b for a, b in zip(tails, more, strict=True))
            dual = (*level_tails(m - n - 1, m), 0) if n < m else (0,) * (m + 2)
            sums = [sum(math.comb(m, k) for k in range(level, m + 1)) for level in range(m + 1)]
            assert tails == tuple(s - dual[0] + dual[m - level + 1] for level, s in enumerate(sums))


@pytest.mark.parametrize(("m", "n"), [(4, 2), (5, 3), (6, 4)])
def test_units_two_more_than_inputs_always_attain_the_tails(m: int, n: int) -> None:
    """All arrangements of n + 2 hyperplanes in general position are alike up to the active sides."""
    for seed in range(2):
        assert tuple(greatest_tails(FAMILIES["generic"].build(m, n, seed=seed))) == level_tails(n, m)


@pytest.mark.parametrize(("m", "n"), [(6, 3), pytest.param(7, 3, marks=pytest.mark.slow)])
def test_other_tails_are_not_exceeded(m: int, n: int) -> None:
    found = [greatest_tails(FAMILIES["generic"].build(m, n, seed=seed)) for seed in range(2 if m == 6 else 8)]
    found.append(greatest_tails(FAMILIES["cyclic"].build(m, n)))
    assert all(a <= b for tails in found for a, b in zip(tails, level_tails(n, m), strict=True))
    assert max(found)[-3:] == [*level_tails(n, m)[-3:]]


@pytest.mark.parametrize(
    ("sizes", "value"),
    [("3-5-5", 536), ("3-5-5-5", 10196), ("3-6-6-6", 56628), ("2-4-4", 109), ("6-6-6-6-6-6-6", 3778784082)],
)
def test_values(sizes: str, value: int) -> None:
    assert BOUNDS["levels"](Architecture.parse(sizes)) == value


@pytest.mark.skipif(shutil.which("c++") is None, reason="needs a C++ compiler")
def test_the_checker_of_large_proofs(tmp_path: Path) -> None:
    """All four clauses of two variables; a proof in binary DRAT writes the literal v as 2v, its negative as 2v + 1."""
    program, formula, proof = tmp_path / "rup", tmp_path / "four.cnf", tmp_path / "four.drat"
    source = Path(__file__).parents[3] / "paper_checks" / "rup.cpp"
    subprocess.run(["c++", "-std=c++20", "-o", program, source], check=True)

    def verdict(clauses: str, steps: list[bytes]) -> str:
        formula.write_text(f"p cnf 2 {clauses.count('0')}\n{clauses}\n")
        proof.write_bytes(b"".join(step + b"\0" for step in steps))
        done = subprocess.run([program, formula, proof], check=False, capture_output=True, text=True)
        return f"{done.returncode} {done.stdout or done.stderr}".partition(" after")[0].strip()

    four, three = "1 2 0 -1 2 0 1 -2 0 -1 -2 0", "1 2 0 -1 2 0 1 -2 0"
    assert verdict(four, [b"a\x04", b"a"]) == "0 VERIFIED"
    assert verdict(four, [b"d\x02\x05", b"a\x04", b"a"]) == "1 REJECTED: step 3 does not follow"
    assert verdict(four, [b"a"]) == "1 REJECTED: step 1 does not follow"
    assert verdict(three, [b"a\x04", b"a\x02"]) == "1 REJECTED: no contradiction"
    assert verdict(three, [b"a\x03"]) == "1 REJECTED: step 1 does not follow"
    assert verdict(four, [b"a\x04", b"x"]).startswith("0")  # what follows the contradiction is not read
    assert verdict(three, [b"x"]) == "2 step 1 is not binary DRAT"


def test_growth_per_layer() -> None:
    assert 293 * 10**52 < BOUNDS["levels"](Architecture.relu(10, *[10] * 20)) < 294 * 10**52
    rates = [(growth(n, n, "levels").rate, growth(n, n, "hinz2021").rate) for n in range(5, 11)]
    assert rates == [(16, 16), (33, 35), (58, 64), (121, 138), (233, 256), (492, 547)]


def test_symbols_and_numbers_agree() -> None:
    n0, n1, n2 = sympy.symbols("n_0 n_1 n_2", integer=True, positive=True)
    formula = BOUNDS["levels"](Architecture.relu(n0, n1, n2))
    assert formula.subs({n0: 3, n1: 5, n2: 5}) == 536
    assert "gamma" in sympy.latex(formula.expression)


@pytest.mark.parametrize("number", [40, pytest.param(10000, marks=pytest.mark.slow)])
def test_random_networks_have_no_more(number: int) -> None:
    """Where levels and narrow layers make bounds less than hinz2021; the slow run is the attack on them."""
    rng = random.Random(18)
    shapes = [(3, 5, 2), (3, 5, 4), (3, 5, 5), (3, 6, 3), (4, 6, 2), (3, 5, 3, 2), (3, 6, 5), (2, 5, 3), (4, 5, 4)]
    for sizes in itertools.islice(itertools.cycle(shapes), number):
        network = dense(rng, sizes)
        assert int(count(network)) <= min(BOUNDS[key](network.architecture) for key in ("levels", "rigid_layers"))
