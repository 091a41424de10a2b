"""Every network that an engine, or a fault planted in one, miscounted; every counterexample, still one.

A file of ``tests/corpus`` holds the network, the halfspace rows of its domain (none for all of R^d), the number that
the reference implementation found, and what had gone wrong; a counterexample also names the upper bound that it
``refutes``.  They run before all other tests.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from theory.errors import UnsupportedError
from theory.formats import loads
from verify import Polytope, WholeSpace, count
from verify.engines import Problem
from verify.testing.refuter import Expression

FOLDER = Path(__file__).parent / "corpus"
CORPUS = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_no_engine_falls_for_it_again(path: Path) -> None:
    case = json.loads(path.read_text())
    network = loads(json.dumps(case["network"]))
    domain = Polytope(case["rows"]) if case["rows"] else WholeSpace(network.inputs)
    dimension = Problem.of(network, domain).dimension
    engines = ["auto", "exact", "simplex", *{1: ["interval"], 2: ["polygon"]}.get(dimension, [])]
    for engine in engines:
        try:
            assert count(network, domain, engine=engine) == case["activation"], engine
        except UnsupportedError:
            assert engine in ("simplex", "interval", "polygon")  # numbers outside their range, and they say so


@pytest.mark.parametrize("path", [path for path in CORPUS if "refuted" in path.stem], ids=lambda path: path.stem)
def test_a_refuted_bound_stays_refuted(path: Path) -> None:
    case = json.loads(path.read_text())
    network = loads(json.dumps(case["network"]))
    assert Expression(case["refutes"])(network.architecture) < case["activation"]


def test_one_more_unit_can_lower_the_count() -> None:
    before, after = (json.loads((FOLDER / f"growth_{name}.json").read_text()) for name in ("before", "after"))
    fewer, more = (loads(json.dumps(case["network"])).architecture for case in (before, after))
    assert (fewer.widths, more.widths) == ((1, 1), (2, 1))
    assert after["activation"] < before["activation"]


def test_the_corpus_is_there() -> None:
    assert len(CORPUS) >= 21
