"""Layers of many units: memory grows with the weights, not with the square of the width."""

from __future__ import annotations

import subprocess
import sys

import pytest
from drawn import count_cells
from hypothesis import given
from hypothesis import strategies as st

from theory import Network
from theory.errors import InvalidInputError
from theory.network import Layer
from verify.engines.exact import line_regions
from verify.engines.problem import NoInteriorError, Problem
from verify.testing.strategies import networks, rationals

_PROGRAM = """
import resource
from fractions import Fraction
from theory import Network
from verify import Segment, along, count
resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))
n = {n}
net = Network.relu([([[1]] * n, {biases}), ([[1] * n], [0])])
print(*({questions}))
"""
_COPIES = "[0] * n"
_DIFFERENT = "[Fraction(-(i * 7919 % n), n) for i in range(n)]"


def _answers(n: int, biases: str, *questions: str) -> str:
    program = _PROGRAM.format(n=n, biases=biases, questions="".join(f"{question}, " for question in questions))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


WIDTHS = pytest.mark.parametrize("n", [30_000, pytest.param(100_000, marks=pytest.mark.slow)])


@WIDTHS
def test_copies_of_one_unit_are_counted_in_little_memory(n: int) -> None:
    along = "len(along(net, Segment([-1], [1])).breakpoints)"
    assert _answers(n, _COPIES, "int(count(net))", "int(count(net, budget=200))", along) == "2 2 1"


@WIDTHS
def test_different_units_are_counted_in_little_memory(n: int) -> None:
    assert _answers(n, _DIFFERENT, "int(count(net))") == f"{n + 1}"


def test_copies_in_two_inputs_are_counted_in_little_memory() -> None:
    question = "int(count(Network.relu([([[1, 1], [1, -1]] * (n // 2), [0] * n), ([[1] * n], [0])])))"
    assert _answers(6_000, _COPIES, question) == "4"


def test_no_identity_is_understood_after_a_very_wide_layer() -> None:
    with pytest.raises(InvalidInputError, match="give the affine output layer"):
        Network([Layer([[1]] * 20_000, [0] * 20_000)])


ROWS = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), max_size=4)


def _number(problem: Problem, *, sorting: bool) -> int | None:
    """The number of regions, None if the domain has no interior point."""
    try:
        return sum(1 for _ in line_regions(problem)) if sorting else count_cells(problem)
    except NoInteriorError:
        return None


@given(networks(max_inputs=1, weights=rationals(min_value=-2, max_value=2, max_denominator=1)), ROWS)
def test_sorting_finds_as_many_regions_as_the_dictionaries(network: Network, rows: list[tuple[int, int]]) -> None:
    problem = Problem(network, tuple(rows))
    assert _number(problem, sorting=True) == _number(problem, sorting=False)
