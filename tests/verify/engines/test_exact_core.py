"""The exact answers of the compiled core, against rational arithmetic: signs, sides, and counts that need them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import flint
import pytest

from theory import IDENTITY, RELU, Layer, Maxout, Network, PiecewiseLinear
from theory.activations import Activation
from theory.exact import to_fmpq
from verify import Box, WholeSpace, count
from verify.engines import Problem
from verify.engines.core import core
from verify.engines.fast import Traversal
from verify.engines.model import integers

pytestmark = pytest.mark.skipif(core is None, reason="the core was not compiled")

Rows = list[list[Fraction]]


def informed(rows: Rows, domain: Any, engine: str, bits: int = 0) -> Any:
    """A traversal of a network with these rows first, which knows them exactly, by at least so many bits."""
    network = Network.relu([([row[:-1] for row in rows], [row[-1] for row in rows]), ([[1] * len(rows)], [0])])
    run = Traversal(Problem.in_parameters(network, domain), engine)
    [(parts, own)], *rest = integers(run.problem, boxed=engine == "simplex")
    run.core.give([(parts, max(bits, own))], *rest)
    return run.core


def number(draw: random.Random, bits: int) -> Fraction:
    return Fraction(draw.getrandbits(bits) - 2 ** (bits - 1), draw.choice((1, 3, 2**40, 7**20)))


def related(draw: random.Random, count: int, width: int) -> Rows:
    """Rows of numbers of all lengths, at times dependent, nearly dependent, repeated or zero."""
    bits = draw.choice((2, 4, 30, 31, 64, 100))
    rows = [[number(draw, bits) for _ in range(width)] for _ in range(count - 1)]
    factors = [draw.randint(-2, 2) for _ in rows]
    last = [
        sum((f * v for f, v in zip(factors, column, strict=True)), Fraction(0)) for column in zip(*rows, strict=True)
    ]
    if draw.random() < 0.4:
        last[draw.randrange(width)] += Fraction(draw.choice((-1, 1)), 2 ** draw.choice((0, 60)))
    rows.insert(draw.randrange(count), last)
    return rows


@pytest.mark.parametrize("inputs", [1, 2])
def test_the_sign_of_a_determinant(inputs: int) -> None:
    draw = random.Random(inputs)
    signs = []
    for _ in range(200):
        rows = related(draw, inputs + 1, inputs + 1)
        loop = informed(rows, WholeSpace(inputs), ("interval", "polygon")[inputs - 1])
        matrix = flint.fmpq_mat(inputs + 1, inputs + 1, [to_fmpq(v) for row in rows for v in row])
        value = matrix.det()
        signs.append(int(value > 0) - int(value < 0))
        assert loop.exact_sign(list(range(inputs + 1))) == signs[-1]
    assert min(map(signs.count, (-1, 0, 1))) > 10


def side(rows: Rows, held: Sequence[tuple[int, int]], ends: tuple[Fraction, Fraction] | None) -> int:
    """What the first row is where the others are ≥ 0 and the bounds hold, by the rational solution of the system."""
    row, *walls = [[to_fmpq(v) for v in each] for each in rows]
    n, fixed = len(walls), [i for i, _ in held]
    inputs = [i for i in range(len(row) - 1) if i not in fixed]
    system = flint.fmpq_mat(len(inputs), n + 1, [each[i] for i in inputs for each in (*walls, row)])
    if flint.fmpq_mat(len(inputs), n, [each[i] for i in inputs for each in walls]).rank() < n or system.rank() > n:
        return int(core.UNDECIDED)
    solved = system.rref()[0]
    y = [solved[j, n] for j in range(n)]
    rest = [v - sum((a * wall[i] for a, wall in zip(y, walls, strict=True)), flint.fmpq(0)) for i, v in enumerate(row)]
    constant = rest[-1]
    for i, sign in held:
        assert ends
        y.append(rest[i] * sign)
        constant += rest[i] * to_fmpq(ends[sign < 0])
    signs = {(v > 0) - (v < 0) for v in (*y, constant)}
    return int(core.UNDECIDED if {1, -1} <= signs else core.POSITIVE if 1 in signs else core.NEGATIVE)


@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize("inputs", [2, 3, 5])
def test_the_side_of_a_row_by_its_multipliers(inputs: int, boxed: bool) -> None:
    draw = random.Random(10 * inputs + boxed)
    ends = (Fraction(-2, 3), Fraction(5, 7)) if boxed else None
    domain = Box([ends[0]] * inputs, [ends[1]] * inputs) if ends else WholeSpace(inputs)
    found = []
    for _ in range(150):
        rows = related(draw, draw.randint(1, inputs) + 1, inputs + 1)
        if draw.random() < 0.5:  # multipliers of one sign
            factors = [draw.randint(0, 2) * draw.choice((1, 1, 1, -1)) for _ in rows[1:]]
            columns = zip(*rows[1:], strict=True)
            rows[0] = [sum((f * v for f, v in zip(factors, c, strict=True)), Fraction(0)) for c in columns]
            rows[0][-1] += draw.choice((0, 0, 1, -1))
        fixed = draw.sample(range(inputs), inputs + 1 - len(rows)) if ends else []
        held = [(i, draw.choice((-1, 1))) for i in fixed]
        loop = informed(rows, domain, "simplex")
        expected = side(rows, held, ends)
        assert loop.exact_side(0, list(range(1, len(rows))), held) == expected
        found.append(expected)
    assert min(map(found.count, (core.POSITIVE, core.NEGATIVE, core.UNDECIDED))) > 5


@pytest.mark.timeout(60)
def test_numbers_of_too_many_bits_are_left_to_the_caller() -> None:
    rows = [[Fraction(i == j) for i in range(5)] + [Fraction(1)] for j in range(5)]
    total = [sum(column, Fraction(0)) for column in zip(*rows, strict=True)]
    for bits, expected in ((0, core.POSITIVE), (2**24 - 1, core.UNDECIDED)):
        loop = informed([total, *rows], WholeSpace(5), "simplex", bits)
        assert loop.exact_side(0, [1, 2, 3, 4, 5], []) == expected


BENT = PiecewiseLinear([Fraction(-1, 3), 0], [Fraction(1, 10), 0, 1])


def echoes(seed: int, unit: Activation, *widths: int) -> Network:
    """Weights of full length, ties in the first layer, and behind it units that see one or two of those before."""
    draw = random.Random(seed)
    layers = []
    for inputs, units in itertools.pairwise(widths):
        weights = [[Fraction(draw.gauss(0, 1)) for _ in range(inputs)] for _ in range(units * unit.rows)]
        biases = [Fraction(draw.gauss(0, 1)) / 3 for _ in weights]
        if not layers:  # the last unit bends where two others meet, or where the first does
            rank, second = unit.rows, Fraction(inputs > 1)
            for i in range(rank):
                weights[i - rank] = [3 * v + second * w for v, w in zip(weights[i], weights[i + rank], strict=True)]
                biases[i - rank] = 3 * biases[i] + second * biases[i + rank]
        else:
            for row in weights:
                seen = draw.sample(range(inputs), draw.randint(1, 2))
                row[:] = [v * (j in seen) for j, v in enumerate(row)]
            biases = [Fraction(0)] * len(weights)
        layers.append(Layer(weights, biases, [unit] * units))
    return Network([*layers, Layer([[1] * widths[-1]], [0], IDENTITY)])


@pytest.mark.parametrize("unit", [RELU, BENT, Maxout(2)], ids=["relu", "bent", "maxout"])
@pytest.mark.parametrize("widths", [(1, 4, 4), (2, 4, 4), (2, 3, 3, 3), (3, 4, 4), (3, 3, 3, 3)])
def test_networks_that_repeat_hyperplanes_of_long_numbers(widths: tuple[int, ...], unit: Activation) -> None:
    used = 0
    for seed in range(3):
        network = echoes(seed, unit, *widths)
        for domain in (WholeSpace(widths[0]), Box.cube(-1, "4/3", widths[0])):
            engines = [("interval", "polygon")[widths[0] - 1]] if widths[0] < 3 else []
            expected = int(count(network, domain, engine="exact"))
            for engine in (*engines, "simplex"):
                result = count(network, domain, engine=engine)
                assert int(result) == expected
                used += result.statistics["exact_signs"] + result.statistics["exact_rows"]
    assert used > 0


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_hyperplanes_that_meet_but_for_less_than_a_float_shows(inputs: int) -> None:
    """The order of vertices 2^-90 apart is a matter of signs that are not zero."""
    draw = random.Random(inputs)
    point = [Fraction(draw.getrandbits(60), 3**38) for _ in range(inputs)]
    for _ in range(6):
        weights = [[Fraction(draw.gauss(0, 1)) for _ in range(inputs)] for _ in range(6)]
        biases = [
            draw.randint(-2, 2) * Fraction(1, 2**90) - sum(w * x for w, x in zip(row, point, strict=True))
            for row in weights
        ]
        network = Network.relu([(weights, biases), ([[1] * 6], [0])])
        for domain in (WholeSpace(inputs), Box.cube(-2, 2, inputs)):
            result = count(network, domain, engine=("interval", "polygon", "simplex")[inputs - 1])
            assert int(result) == int(count(network, domain, engine="exact"))
            assert result.statistics["exact_signs"] + result.statistics["exact_rows"] > 0


def test_numbers_of_thousands_of_bits() -> None:
    """Two units echoed through many layers: no granularity is left in the range of floats, and no sign is undecided."""
    draw = random.Random(3)
    deep = [([[abs(draw.gauss(0, 1)), 0.0], [0.0, abs(draw.gauss(0, 1))]], [0.0, 0.0]) for _ in range(24)]
    network = Network.from_floats([([[0.7, 0.1], [0.3, -0.9]], [0.1, 0.2]), *deep, ([[1.0, 1.0]], [0.0])])
    result = count(network, engine="polygon")
    assert int(result) == 4
    assert result.statistics["exact_signs"] > 0 == result.statistics["exact_questions"]
