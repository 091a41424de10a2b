"""The poster's experiment: a count that is stopped goes on inside itself, and a picture hides no missing count."""

import random
from pathlib import Path

import pytest

from verify import Box, count

CHECKS = Path(__file__).resolve().parent.parent / "paper_checks"


@pytest.fixture
def poster(monkeypatch):
    monkeypatch.syspath_prepend(str(CHECKS))
    import poster_experiment

    monkeypatch.setattr(poster_experiment, "INPUTS", 3)
    monkeypatch.setattr(poster_experiment, "PACE", 0.0)
    return poster_experiment


def a_network(seed):
    import sampling

    return sampling.dense(random.Random(seed), [3, 9, 9])


def test_a_stopped_count_goes_on_in_another_object(poster, tmp_path):
    network, pause = a_network(1), tmp_path / "state.npz"
    rounds = found = 0
    while True:
        counting = poster.Count(network, pause)  # as a new process would
        assert counting.found >= found
        found, rounds = counting.found, rounds + 1
        if counting.go(counting.seconds + 1e-9):
            break
    assert rounds > 3
    assert counting.found == count(network, Box.cube(0, 1, 3), engine="exact")
    assert not pause.exists()


def test_the_state_of_another_network_is_not_taken_over(poster, tmp_path):
    pause = tmp_path / "state.npz"
    assert not poster.Count(a_network(1), pause).go(1e-9)
    other = a_network(2)
    counting = poster.Count(other, pause)
    assert (counting.found, counting.seconds) == (0, 0.0)
    assert counting.go(3600)
    assert counting.found == count(other, Box.cube(0, 1, 3))


def test_no_mean_over_those_that_ended(poster, tmp_path, monkeypatch):
    """A split with a count that did not end is an arrow at what was found, never a mean over the others."""
    from matplotlib.axes import Axes

    drawn = []
    real = Axes.plot

    def plot(axes, *arguments, **options):
        drawn.append((list(arguments[0]), list(arguments[1]), options.get("label")))
        return real(axes, *arguments, **options)

    monkeypatch.setattr(Axes, "plot", plot)
    monkeypatch.setattr(poster, "PICTURE", tmp_path / "poster.png")
    monkeypatch.setattr(poster, "INPUTS", 784)
    facts = {"digest": "", "train_errors": 1, "test_errors": 2, "seconds": 1.0, "engine": "x"}
    records = [poster.Record(first=1, seed=s, regions=10 + s, found=10 + s, **facts) for s in range(2)]
    records += [poster.Record(first=2, seed=s, regions=n, found=n or 700, **facts) for s, n in enumerate((40, None))]
    poster.plot(records)
    arrows = next(entry for entry in drawn if entry[2] and entry[2].startswith("at least"))
    assert arrows[:2] == ([2], [700])
    points = [entry for entry in drawn if entry[2] is None]
    assert [entry[:2] for entry in points if 40 in entry[1]] == []
    assert (tmp_path / "poster.png").stat().st_size > 10_000


def test_spans(poster):
    assert poster.numbers("1-3,7") == [1, 2, 3, 7]
