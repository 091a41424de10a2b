"""What a long count reports: consistent fields, in a terminal, in a notebook, and nothing where no output is wanted."""

import itertools
import json
from dataclasses import replace

import pytest
from drawn import random_network

from verify import Box, WholeSpace
from verify.counting.limits import Limits
from verify.counting.long import AnytimeCount, Progress, parts
from verify.engines import Problem


@pytest.mark.usefixtures("impatient")
def test_the_share_of_the_work_grows_to_one_and_says_how_long_the_rest_takes():
    counting = AnytimeCount(Problem.of(random_network(1, 2, 6, 5), WholeSpace(2)))
    assert counting.progress.left is None
    steps: list[Progress] = []
    counting.go(Limits(report=lambda run: steps.append(run.progress)))
    for before, after in itertools.pairwise(steps):
        assert before.work <= after.work <= 1
        assert before.regions <= after.regions
        assert before.seconds <= after.seconds
        assert after.share == pytest.approx(after.regions / after.upper)
        assert after.lower <= counting.lower <= after.upper
    last = steps[-1]
    assert (last.work, last.share, last.left, last.waiting) == (1, 1, 0, 0)
    assert last.rate == pytest.approx(last.regions / last.seconds)
    now = next(step for step in steps if step.work > 0.3)
    assert 0 < now.work < 1
    assert now.left / now.seconds == pytest.approx((1 - now.work) / now.work)
    assert "about" in str(now)
    assert json.loads(json.dumps(now.record))["upper"] == now.upper


def test_work_is_a_fair_guess():
    """Shares of the work, from the numbers of finer parts, against the regions that parts turn out to have."""
    problem = Problem.of(random_network(5, 3, 12, 12), Box.cube(-1, 1, 3))
    children = parts.divided(problem, (), 32)
    finer = sum(inside.finer for inside in children.values())
    counts = [len(list(parts._parts(part, parts.restricted(problem, part), _all(problem)))) for part in children]
    off = sum(abs(n / sum(counts) - inside.finer / finer) for n, inside in zip(counts, children.values(), strict=True))
    even = sum(abs(n / sum(counts) - 1 / len(counts)) for n in counts)
    assert off < 0.75 * even


def _all(problem: Problem):
    return tuple((0,) * layer.width for layer in problem.network.hidden)


def test_numbers_of_any_size_are_told():
    now = Progress(1, 10**5000, 1, 1, 1, 0.0, 0.0, 1.0, 1.0, 1e6)
    assert str(now) == (
        "between 1 and 10^5001 (less than 0.01 % of the upper end counted), 1 part waiting, 1 regions/s, "
        "about 278 h left"
    )
    assert "(0 % of the upper end counted)" in str(replace(now, regions=0))


def test_shares_and_rates_are_not_rounded_to_nothing_or_everything():
    now = Progress(9995, 9996, 9995, 2, 3, 9995 / 9996, 0.5, 10.0, 0.42, 10.0)
    assert "(99.9 % of the upper end counted), 3 parts waiting, 0.42 regions/s" in str(now)
    assert "(100 % " in str(replace(now, lower=9996, regions=9996, share=1.0))
