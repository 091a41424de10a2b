"""How the suite runs: past faults first, slow tests on request, all processors share the work.

``pytest`` starts a process for each processor; a run of single files or tests, or one with ``-s`` or ``--pdb``, stays
in one process, where starting others would take longer than the tests.  ``-n 0`` and ``-n 4`` overrule that.
Tests marked ``slow`` run with ``pytest --slow``.

In a further work tree of git the tests are of that tree, although an editable install names the first one.

Hypothesis draws the same examples in every run; ``--hypothesis-profile=random`` draws others each time, for the nights.
"""

import importlib.util
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("random", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("same")

ROOT = Path(__file__).resolve().parent


def _test_this_tree() -> None:
    """Let ``theory`` and ``verify`` be those beside this file if Python would take them from another work tree."""
    found = importlib.util.find_spec("theory")
    place = Path(found.origin).resolve().parents[1] if found and found.origin else ROOT
    if place != ROOT and (place / "conftest.py").exists():
        sys.path.insert(0, str(ROOT))
        os.environ["PYTHONPATH"] = os.pathsep.join((str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])))


_test_this_tree()

EXTRAS = {
    "cluster": ("distributed", "tests/verify/counting/test_cluster.py"),
    "sat": ("pysat", "paper_checks/levels_by_sat.py"),
    "sat (crossings)": ("pysat", "paper_checks/crossings_by_sat.py"),
    "sat (third layer)": ("pysat", "paper_checks/third_layer_by_sat.py"),
    "sat (pairs)": ("pysat", "paper_checks/pairs_by_sat.py"),
    "sat (solving)": ("pysat", "paper_checks/solving.py"),
}
"""A module of an extra that need not be installed, and what is then left out."""

left_out = {extra: path for extra, (module, path) in EXTRAS.items() if importlib.util.find_spec(module) is None}
collect_ignore = list(left_out.values())

SLOW_LIMIT = 3600
"""Seconds after which a slow test fails; for all others the limit stands in pyproject.toml."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option ``--slow``."""
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No further process where only a few tests were asked for; otherwise pytest-xdist counts the processors."""
    files = [argument.partition("::")[0] for argument in config.args]
    few = len(files) <= 3 and all(os.path.isfile(file) for file in files)
    return 0 if few or config.getoption("capture") == "no" else None


def pytest_report_header(config: pytest.Config) -> list[str]:
    """What is left out, which a shared run does not count."""
    slow = "run as well" if config.getoption("--slow") else "left out, run them with --slow"
    return [f"slow tests: {slow}", *(f"left out without the extra {extra}: {path}" for extra, path in left_out.items())]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Corpus first; the slow tests are left out (deselected) unless ``--slow`` is given."""
    items.sort(key=lambda item: item.path.name != "test_corpus.py")
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_LIMIT))
    if not config.getoption("--slow"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        if slow:
            config.hook.pytest_deselected(items=slow)
            items[:] = [item for item in items if not item.get_closest_marker("slow")]
