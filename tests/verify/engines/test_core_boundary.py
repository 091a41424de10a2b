"""The core at its boundary to Python: calls in any order with any arguments, also under sanitizers."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from drawn import random_network
from places import TESTS

from theory import Network
from theory.activations import HARD_TANH, RELU, Maxout
from theory.network import Layer
from verify import Box, WholeSpace, checker
from verify.certificate.claim import claim_line
from verify.certificate.core_tree import CoreTree
from verify.certificate.provers import ExactProver
from verify.certificate.writer import moving_columns
from verify.engines import Problem
from verify.engines.core import core
from verify.engines.fast import Traversal
from verify.engines.model import integers

ROOT = TESTS.parent


def numbers(draw: random.Random, *shape: int) -> np.ndarray:
    """Ordinary numbers, and at times such as no caller should give."""
    values = np.array([draw.gauss(0, 1) for _ in range(int(np.prod(shape)))]).reshape(shape)
    for _ in range(draw.choice((0, 0, 0, 1, 3))):
        if values.size:
            values.flat[draw.randrange(values.size)] = draw.choice((0.0, np.inf, -np.inf, np.nan, 1e308, 5e-324))
    return values


def attempt(call: Callable[..., object], *arguments: object) -> object:
    """What the call returns; refusing is allowed, crashing is not."""
    try:
        return call(*arguments)
    except (ValueError, TypeError, MemoryError):
        return None


def any_network(draw: random.Random, *widths: int) -> Network:
    """Units of any kind, in general position or of small integers."""
    unit, integers_only = draw.choice((RELU, HARD_TANH, Maxout(3))), draw.random() < 0.5
    layers = []
    for inputs, width in itertools.pairwise(widths):
        values = [
            [Fraction(draw.randint(-1, 1) if integers_only else draw.gauss(0, 1)) for _ in range(inputs + 1)]
            for _ in range(width * unit.rows)
        ]
        layers.append(Layer([row[1:] for row in values], [row[0] for row in values], unit))
    return Network([*layers, Layer([[1] * widths[-1]], [0])])


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_traversal_survives_any_calls(seed: int, writes: bool) -> None:
    draw = random.Random(seed)
    until = [core.Until.DONE, core.Until.NODE, core.Until.SETTLED]
    for _ in range(30):
        inputs = draw.randint(1, 4)
        domain = draw.choice((WholeSpace(inputs), Box.cube(-1, 1, inputs)))
        network = any_network(draw, inputs, *draw.choices((2, 3, 4), k=2))
        problem = Problem.of(network, domain)
        engine = draw.choice(("simplex", {1: "interval", 2: "polygon"}.get(problem.dimension, "simplex")))
        if writes:
            claim = checker.Claim(checker.decode(claim_line(network, domain, 1).encode()))
            loops = [CoreTree(claim, ExactProver(inputs, moving_columns(claim)))._core]
        else:
            loops = [Traversal(problem, engine, record=draw.random() < 0.5).core]
        for _ in range(40):
            loop = draw.choice(loops)
            name = draw.choice([name for name in dir(loop) if not name.startswith("_")])
            if name == "move_witness":
                attempt(loop.move_witness, numbers(draw, draw.randint(0, 6)).tolist(), draw.random())
            elif name == "run":
                attempt(loop.run, draw.choice((0.0, -1.0, 1e-4)), draw.choice((0, 0, 1, 3, -1)), draw.choice(until))
            elif name == "give":
                other = Problem.of(random_network(draw.randrange(99), inputs, *draw.choices((2, 3), k=2)), domain)
                attempt(loop.give, *integers(draw.choice((problem, problem, other)), boxed=draw.random() < 0.5))
            elif name == "exact_sign":
                attempt(loop.exact_sign, draw.choices(range(-1, 4), k=draw.randint(0, 4)))
            elif name == "exact_side":
                held = [(draw.randint(-1, 4), draw.choice((-1, 1))) for _ in range(draw.randint(0, 2))]
                attempt(loop.exact_side, draw.randint(-1, 4), draw.choices(range(-1, 4), k=draw.randint(0, 4)), held)
            elif name == "answer":
                attempt(loop.answer, draw.choices(range(-1, 4), k=draw.randint(0, 3)), draw.choice(("", "1,0,1\n")))
            elif name in ("path_name", "add"):
                attempt(getattr(loop, name), draw.randint(-3, 9))
            else:
                value = attempt(getattr, loop, name)
                found = attempt(value) if callable(value) else None
                if name == "split_off" and found is not None:
                    loops.append(found)


@pytest.mark.parametrize("seed", range(4))
def test_float_counts_survive_any_numbers(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(20):
        sizes = [draw.randint(0, 4) for _ in range(draw.randint(0, 4))]
        counter = attempt(core.FloatCount, sizes, draw.choice((1, 8, 256)))
        if counter is not None:
            walk, best = numbers(draw, counter.length), numbers(draw, counter.length)
            attempt(counter.count, walk)
            attempt(counter.climb, walk, best, np.zeros(3, np.int64), 2.0, 0.2, draw.random(), 20, draw.getrandbits(64))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or shutil.which("g++") is None, reason="needs g++ and its sanitizers")
def test_the_core_runs_under_address_and_undefined_behavior_sanitizers(tmp_path: Path) -> None:
    module = tmp_path / "module"
    options = [f"-DPython_EXECUTABLE={sys.executable}", f"-DLINREGIONS_OUTPUT={module}", "-DLINREGIONS_SANITIZE=ON"]
    sources = ["-S", str(ROOT / "verify" / "engines" / "core"), "-B", str(tmp_path / "build")]
    for command in (["cmake", *sources, "-DCMAKE_CXX_COMPILER=g++", *options], ["cmake", "--build", sources[-1]]):
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout + made.stderr
    libraries = [
        subprocess.run(["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("libasan.so", "libubsan.so", "libstdc++.so")  # the last for exceptions, which asan intercepts
    ]
    environment = {
        **os.environ,
        "LD_PRELOAD": ":".join(libraries),
        "PYTHONPATH": f"{module}:{ROOT}",
        "PYTHONSAFEPATH": "1",  # or a core beside the packages would come first
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    }
    which = [sys.executable, "-c", "import linregions_core; print(linregions_core.__file__)"]
    assert subprocess.check_output(which, cwd=ROOT, env=environment, text=True).startswith(str(module))
    tests = ["engines/test_engines.py", "engines/test_core_boundary.py", "maxima/test_search.py", "certificate"]
    tests = ["tests/test_corpus.py", *(f"tests/verify/{name}" for name in tests)]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *tests]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-5000:]
