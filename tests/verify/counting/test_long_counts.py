"""Long counts: the bracket contains the count and shrinks to it, however the parts are divided, counted and resumed."""

import contextlib
import itertools
import math
import random
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import psutil
import pytest
from drawn import random_degenerate_problems, random_network

from theory import Network, float_matrix
from theory.activations import ABS, HARD_TANH, IDENTITY, RELU, Maxout, leaky_relu
from theory.errors import InvalidInputError, UnsupportedError
from theory.formats import save
from theory.network import Layer
from verify import Box, WholeSpace, count
from verify.counting.limits import Limits
from verify.counting.long import AnytimeCount, parts, run, team
from verify.counting.long.checkpoint import FILE, Checkpoint
from verify.engines import Problem, fast, patterns
from verify.engines.problem import NoInteriorError

SUBJECT = ("network", "domain")


def problems(seed: int, number: int, units: int = 4):
    for network, domain in random_degenerate_problems(seed, number, 3, units):
        problem = Problem.of(network, domain)
        try:
            yield problem, set(patterns(problem, "exact"))
        except NoInteriorError:
            continue


@pytest.mark.parametrize(("wanted", "large"), [(2, 20_000), (4, 20_000), (4, 5)])
def test_parts_of_degenerate_networks_add_up_and_their_bounds_hold(wanted, large, monkeypatch: pytest.MonkeyPatch):
    """Also where layers count as large from six weights on, and less is found out about them."""
    monkeypatch.setattr(parts, "_FINER", 1)
    monkeypatch.setattr(parts, "_LARGE", large)
    checked = seen = 0
    for problem, truth in problems(11, 60, 8):
        bound = parts.Bounds(problem)
        assert len(truth) <= bound(())
        total = set()
        waiting = [()]
        while waiting:
            part = waiting.pop()
            for child, known in parts.divided(problem, part, wanted).items():
                inside = set(patterns(parts.restricted(problem, child), "exact"))
                own = {p for p in truth if is_in(p, child)}
                assert 1 <= len(inside) == len(own) <= bound(child, known.regions) <= bound(child)
                for number, regions in known.regions.items():
                    assert sum(regions.values()) == len({p[:number] for p in own})
                    seen += 1
                if part == ():
                    total |= own
                    checked += 1
                    if not parts.is_whole(problem, child):
                        waiting.append(child)
        assert total == truth
    assert checked > 80
    assert seen > 15


def is_in(pattern, part) -> bool:
    return all(pattern[i][: len(pieces)] == pieces for i, pieces in enumerate(part))


@pytest.mark.parametrize("activation", [RELU, leaky_relu("1/10"), HARD_TANH, ABS, Maxout(3)])
def test_bounds_of_parts_use_what_is_fixed_there(activation):
    """On a box some units cannot bend; on its parts there are more of them, and bounds never grow."""
    rng = random.Random(21)
    smaller = 0
    for _ in range(6):
        layers, inputs = [], 2
        for width in (3, 2, 2):
            rows = width * activation.rows
            weights = [[Fraction(rng.randint(-4, 4), 2) for _ in range(inputs)] for _ in range(rows)]
            layers.append(Layer(weights, [rng.randint(-3, 3) for _ in range(rows)], activation, inputs=inputs))
            inputs = width
        problem = Problem.of(Network([*layers, Layer([[1] * inputs], [0], IDENTITY)]), Box.cube(-1, 1, 2))
        everywhere = parts.Bounds(replace(problem, rows=()))
        bound = parts.Bounds(problem)
        truth = set(patterns(problem, "exact"))
        assert bound(()) <= everywhere(())
        for pattern in truth:
            for length in range(1, 4):
                part = pattern[:length]
                assert sum(is_in(p, part) for p in truth) <= bound(part) <= everywhere(part)
                smaller += bound(part) < everywhere(part)
            assert bound(pattern) == 1
    assert smaller > 10


def test_the_dimension_that_reaches_a_layer_is_an_exact_rank():
    """Three active units of rank one let one dimension through: seven lines behind them cut a strip at most 8 times."""
    rng = random.Random(3)
    behind = [[rng.randint(1, 9) for _ in range(3)] for _ in range(7)]
    shifts = [-rng.randint(1, 9) for _ in range(7)]
    net = Network.relu([([[1, 1], [2, 2], [3, 3]], [0, 0, 0]), (behind, shifts), ([[1] * 7], [0])])
    problem = Problem(net, ())
    bound = parts.Bounds(problem)
    assert bound(((1, 1, 1),)) == 8
    assert bound(((0, 0, 0),)) == 1
    assert len(set(patterns(problem, "exact"))) <= bound(())


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("engine", ["fast", "exact"])
def test_brackets_only_shrink_and_end_in_the_count(engine: str, monkeypatch: pytest.MonkeyPatch):
    if engine == "exact":  # as for weights that floats cannot hold

        def unsupported(*_: object, **__: object) -> None:
            raise UnsupportedError("not today")

        monkeypatch.setattr(fast, "Traversal", unsupported)
    for problem, truth in problems(12, 40, 6):
        steps = []
        counting = AnytimeCount(problem)
        counting.go(Limits(report=lambda c, s=steps: s.append((c.lower, c.upper))))
        assert (counting.lower, counting.upper) == (len(truth), len(truth))
        for (low, high), (lower, upper) in itertools.pairwise(steps):
            assert low <= lower <= len(truth) <= upper <= high


@pytest.mark.usefixtures("impatient")
def test_a_process_that_dies_leaves_its_part_to_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(team, "core", None)  # so that threads would not help
    net = random_network(3, 2, 6, 4)
    result = count(net, jobs=2, report=lambda _run: _kill_a_child())
    assert int(result) == int(count(net))


def _kill_a_child() -> None:
    with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended since it was listed
        for child in psutil.Process().children():
            if any("spawn_main" in word for word in child.cmdline()):
                child.kill()
                return


@pytest.mark.usefixtures("impatient")
def test_a_checkpoint_goes_on_where_it_stopped(tmp_path, monkeypatch: pytest.MonkeyPatch):
    problem = Problem.of(random_network(4, 2, 7, 5), WholeSpace(2))
    number = int(count(random_network(4, 2, 7, 5)))
    low, high = 1, 10**9
    for wanted in (10, 20, 30, None):
        counting = run.count_within(problem, SUBJECT, Limits(budget_regions=wanted, checkpoint=tmp_path))
        assert low <= counting.lower <= number <= counting.upper <= high
        low, high = counting.lower, counting.upper
    assert low == high == number
    with contextlib.closing(Checkpoint(tmp_path, SUBJECT)) as kept:
        again = AnytimeCount(problem, checkpoint=kept)
    assert (again.exact, again.waiting) == (True, 0)
    monkeypatch.setattr(run, "divided", None)  # nothing is divided again
    again = run.count_within(problem, SUBJECT, Limits(checkpoint=tmp_path))
    assert (again.lower, again.upper, again.progress.work, again.progress.left) == (number, number, 1, 0)


def test_a_damaged_or_foreign_checkpoint_is_refused(tmp_path):
    net = random_network(5, 2, 5, 4)
    count(net, checkpoint=tmp_path)
    with pytest.raises(InvalidInputError, match="another network or another domain"):
        count(net, Box.cube(-1, 1, 2), checkpoint=tmp_path)
    whole = (tmp_path / FILE).read_bytes()
    for old, new, reason in (
        (b"[[],", b"[[[]],", "line 2 is damaged"),
        (b"checkpoint", b"certificate", "line 1 is damaged"),
        (b"\n", b"\n\n", "line 2 is damaged"),
        (b"[", b"\xff[", "line 1 is damaged"),
    ):
        assert old in whole
        (tmp_path / FILE).write_bytes(whole.replace(old, new, 1))
        with pytest.raises(InvalidInputError, match=reason):
            count(net, checkpoint=tmp_path)
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    with pytest.raises(InvalidInputError, match="give a folder to write in"):
        count(net, checkpoint=tmp_path)


def test_limits_that_make_no_sense_are_refused():
    net = random_network(5, 2, 3)
    for name, value in [
        *(("budget", wrong) for wrong in (0, -1, math.nan, "1", True, 1j)),
        *((name, wrong) for name in ("budget_regions", "jobs") for wrong in (0, -1, 1.5, 2.0, "2", True)),
        *(("memory", wrong) for wrong in ("", "x", "0", "2 GBB", "-1", "1e3", "2G 3", "٣G", "9" * 400, True, 0.1)),
        *(("executor", 2), ("checkpoint", ""), ("checkpoint", 3), ("report", 1), ("jobs", None)),
    ]:
        with pytest.raises(InvalidInputError, match=rf"^{name} .* is not ") as refused:
            count(net, **{name: value})
        assert len(str(refused.value)) < 120
    with pytest.raises(InvalidInputError, match="for activation regions"):
        count(net, budget=1, definition="affine")


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from verify.cli import main; main()", "count", *map(str, arguments)]


def test_sigterm_prints_the_bracket(tmp_path):
    save(random_network(9, 5, 40, 40), tmp_path / "net.json")
    process = subprocess.Popen(
        _command(tmp_path / "net.json", "--json-lines", "--budget", 600),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()  # it is counting
    process.terminate()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 3, err
    assert "between" in out


def test_a_segment_meets_at_most_the_regions_of_the_domain() -> None:
    quarter = Fraction(1, 4)
    found = [
        (run.regions_on_segment(problem, quarter), run.regions_on_segment(problem), len(truth))
        for problem, truth in problems(13, 60)
    ]
    assert all(1 <= part <= some <= number for part, some, number in found)
    assert sum(some > 1 for _, some, _ in found) > 20
    assert any(part < some for part, some, _ in found)


def test_where_no_engine_counts_the_lower_end_is_that_of_a_segment(monkeypatch) -> None:
    rng = np.random.default_rng(2)
    network = Network.from_floats([(rng.standard_normal((20, 3)), rng.standard_normal(20)), (np.ones((1, 20)), [0.0])])
    exact = count(network, Box.cube(-1, 1, 3)).value
    monkeypatch.setattr(float_matrix, "MOST_FRACTIONS", 50)
    monkeypatch.setattr(parts, "_LARGE", 50)
    monkeypatch.setattr(run, "_LARGE", 50)
    bracket = count(network, Box.cube(-1, 1, 3), budget=60)
    assert 5 < bracket.lower == bracket.statistics["on_segment"] < exact < bracket.upper


def test_the_bound_through_many_dimensions_is_the_product_over_the_layers(monkeypatch) -> None:
    problem = Problem.of(random_network(3, 3, 5, 4), Box.cube(-1, 1, 3))
    sharp = parts.Bounds(problem)(())
    monkeypatch.setattr(parts, "_MANY", 2)
    assert count(problem.network, Box.cube(-1, 1, 3)).value <= sharp <= parts.Bounds(problem)(()) <= 26 * 15
