"""The runner of benchmarks: its lattice is the function that it says, and what is done is not done again."""

import random
from fractions import Fraction

import pytest
from places import ROOT

from theory import Network
from theory.formats import save
from verify import Box, count


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "paper_checks"))
    return __import__("benchmarks")


def test_a_lattice_is_the_largest_of_minima(benchmarks):
    network, rng = benchmarks.lattice(4, seed=5), random.Random(5)
    functions = [[Fraction(rng.randint(-(2**20), 2**20), 2**19) for _ in range(3)] for _ in range(4)]
    rows = [functions[rng.randrange(4)] for _ in range(16)]
    for x, y in ((0, 0), (1, -2), (Fraction(1, 3), 5), (-7, Fraction(2, 9))):
        values = [a * x + b * y + c for a, b, c in rows]
        assert network([x, y]) == (max(min(values[i : i + 4]) for i in range(0, 16, 4)),)


def test_linear_regions_of_a_lattice_by_lists_and_by_a_subdivision(benchmarks):
    network, square = benchmarks.lattice(4, seed=2), Box.cube(-2, 2, 2)
    by_lists = count(network, square, definition="linear", engine="polygon")
    assert count(network, square, definition="linear") == by_lists == 4


def test_a_folder_is_counted_once(benchmarks, tmp_path, monkeypatch):
    save(Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])]), tmp_path / "cross.json")
    (tmp_path / "cross.quarter.domain.json").write_text(
        '{"format": "linregions/domain", "version": 1, "lower": ["0", "-1"], "upper": ["1", "1"]}'
    )
    save(Network.relu([([[1], [1]], [0, -1]), ([[1, 1]], [0])]), tmp_path / "kinks.json")
    (tmp_path / "broken.npz").write_bytes(b"nothing")
    first = benchmarks.run(tmp_path, "-2,2", 100.0)
    assert [(line["file"], line["on"], line["lower"], line["upper"]) for line in first] == [
        ("cross.json", "quarter", 2, 2),
        ("kinks.json", "[-2,2]^1", 3, 3),
    ]
    monkeypatch.setattr(benchmarks, "count", None)
    assert benchmarks.run(tmp_path, "-2,2", 100.0) == first
    assert "| 2-2 | quarter | 2 |" in benchmarks.table(first)
