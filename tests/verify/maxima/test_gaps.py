"""What was tried where the maximum is open."""

import csv
import io

import pytest
from places import ROOT

from theory import Architecture
from theory.records import searches
from verify.maxima.best_known import tightness, tried


@pytest.fixture(scope="module")
def gaps():
    sizes = [(d, n, m) for d in range(1, 5) for n in range(d, 10) for m in range(1, 11 - n)]
    return [gap for gap in (tightness(Architecture.relu(*size)) for size in sizes) if not gap.exact]


def test_every_gap_of_two_layers_was_searched(gaps) -> None:
    assert 0 < len(gaps) <= 28
    for gap in gaps:
        found = tried(gap.architecture)
        assert sum(run.networks for run in found.searches) >= 60_000
        assert max(max(run.alone, run.climbed or 0) for run in found.searches) <= gap.lower.value < gap.upper.value
        assert found.bounds[0].value == gap.upper.value
        assert found.networks[0].value == gap.lower.value


def test_searches_never_pass_a_bound() -> None:
    for arch, runs in searches().items():
        most = tightness(arch).upper.value
        assert all(1 <= run.alone <= most and 1 <= (run.climbed or 1) <= most for run in runs)
        assert all(run.networks >= 10_000 for run in runs)


def test_decisions_name_their_program(run) -> None:
    (found,) = tried(Architecture.parse("3-7-2")).decisions
    assert found.program.startswith("paper_checks/levels_by_sat.py 7 3 ")
    assert (ROOT / found.program.partition(" ")[0]).is_file()
    assert tried(Architecture.parse("2-4-4")).decisions != (found,)
    assert tried(Architecture.maxout(3, 7, 2, rank=3)).decisions == ()
    assert tried(Architecture.relu(3)).decisions == ()
    assert "paper_checks/levels_by_sat.py" in run("tightness", "3-7-2", "--why").out


def test_the_command(run) -> None:
    known, gap = run("tightness", "2-3-2", "2-6-3", "--json").json["architectures"]
    assert known["tried"] is None
    assert gap["tried"]["bounds"]["hinz2021"] == 154
    assert gap["tried"]["networks"]["record"] == gap["lower"]["value"]
    assert {"seed", "networks", "alone", "climbed"} == set(gap["tried"]["searches"][0])
    rows = list(csv.DictReader(io.StringIO(run("tightness", "2-3-2", "2-6-3", "--format", "csv").out)))
    assert [bool(row["tried"]) for row in rows] == [False, True]
    assert "tried" not in run("tightness", "2-6-3").out
