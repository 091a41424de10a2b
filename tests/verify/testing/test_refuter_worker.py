"""The worker: it names every way in which a function fails, and none of them ends or delays the caller."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest
import sympy

from theory import Architecture
from theory.errors import ConditionError, InvalidInputError
from verify.testing.refuter.worker import Worker

ARCH = Architecture.relu(2, 3)


def raises(_):
    raise KeyError("no such layer")


def loops(_):
    while True:
        pass


def sleeps(_):
    time.sleep(60)


def dies(_):
    os.kill(os.getpid(), signal.SIGKILL)


def leaves(_):
    sys.exit(3)


def recurses(arch):
    return recurses(arch)


def refuses(arch):
    raise ConditionError(f"it needs one layer, not {arch.depth}")


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("function", "trouble"),
    [
        (raises, "raised KeyError: 'no such layer'"),
        (recurses, "raised RecursionError: maximum recursion depth exceeded"),
        (leaves, "raised SystemExit: 3"),
        (dies, "ended the process that evaluates it (exit code -9)"),
        (loops, "did not answer within 0.5 s"),
        (sleeps, "did not answer within 0.5 s"),
        (lambda _: 4.0, "returned 4.0 of type float, not an integer"),
        (lambda _: np.float64(4), "returned np.float64(4.0) of type float64, not an integer"),
        (lambda _: float("nan"), "returned nan of type float, not an integer"),
        (lambda _: Fraction(7, 2), "returned Fraction(7, 2) of type Fraction, not an integer"),
        (lambda _: True, "returned True of type bool, not an integer"),
        (lambda _: None, "returned None of type NoneType, not an integer"),
        (lambda _: "7", "returned '7' of type str, not an integer"),
        (lambda _: [7], "returned [7] of type list, not an integer"),
        (lambda _: sympy.Symbol("n"), "returned n of type Symbol, not an integer"),
        (lambda _: Rude(), "returned an object whose repr raises RuntimeError of type Rude, not an integer"),
        (lambda _: -2, "returned the negative number -2"),
        (lambda _: -(10**5000), "returned the negative number -1000"),
    ],
)
def test_what_is_no_bound_is_said(function, trouble) -> None:
    with Worker(function, seconds=0.5) as worker:
        answer = worker.ask(ARCH)
        assert answer.value is None
        assert answer.trouble.startswith(trouble)


@pytest.mark.parametrize("make", [int, np.int64, sympy.Integer, Fraction, lambda seven: 10 ** (1000 * seven)])
def test_integers_of_every_kind_are_taken(make) -> None:
    value = make(7)
    with Worker(lambda _: value, seconds=20) as worker:
        answer = worker.ask(ARCH)
        assert (answer.value, type(answer.value)) == (int(value), int)


def test_a_refusal_is_not_a_trouble() -> None:
    with Worker(refuses, seconds=20) as worker:
        assert worker.ask(ARCH).silent == "it needs one layer, not 1"


def test_the_next_question_is_answered_after_a_hang_and_after_a_crash() -> None:
    def moody(arch):
        if arch.units == 3:
            loops(arch)
        if arch.units == 4:
            dies(arch)
        return arch.units

    with Worker(moody, seconds=0.5) as worker:
        asked = [worker.ask(Architecture.relu(1, n)) for n in (2, 3, 5, 4, 6)]
    assert [answer.value for answer in asked] == [2, None, 5, None, 6]


def test_a_question_takes_no_longer_than_what_remains() -> None:
    with Worker(loops, seconds=30) as worker:
        began = time.perf_counter()
        assert "did not answer within 0.2 s" in worker.ask(ARCH, remaining=0.2).trouble
        assert time.perf_counter() - began < 5
    with Worker(lambda arch: arch.units, seconds=math.inf) as worker:
        assert worker.ask(ARCH).value == 3


class Failing:
    """A function whose preparation fails in a way of its own."""

    def __init__(self, prepare) -> None:
        self.prepare_so = prepare

    def prepare(self) -> None:
        self.prepare_so()

    def __call__(self, arch):
        raise AssertionError(f"asked about {arch} before it was prepared")


def test_loading_can_fail_in_every_way() -> None:
    def not_there():
        raise InvalidInputError("there is no module")

    def broken():
        raise ZeroDivisionError("division by zero")

    for prepare, failure in (
        (not_there, "there is no module"),
        (broken, "loading it raised ZeroDivisionError: division by zero"),
        (lambda: loops(None), "loading it did not answer within 0.5 s"),
    ):
        with Worker(Failing(prepare), seconds=0.5) as worker:
            assert worker.failure == failure
            assert worker.ask(ARCH).trouble == failure or "did not" in failure


def test_what_it_prints_goes_to_standard_error() -> None:
    code = (
        "from theory import Architecture\nfrom verify.testing.refuter.worker import Worker\n"
        "def chatty(arch):\n    print('hello')\n    return 7\n"
        "with Worker(chatty, seconds=20) as worker:\n    print(worker.ask(Architecture.relu(1)).value)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("7\n", "hello\n")


def test_no_process_is_left_behind() -> None:
    with Worker(loops, seconds=0.2) as worker:
        worker.ask(ARCH)
        worker.ask(ARCH)
        assert worker._process is None
    with Worker(lambda _: 1, seconds=5) as worker:
        child = worker._process
        assert child.is_alive()
    with pytest.raises(ValueError, match="closed"):
        child.is_alive()
