"""How the whole suite runs: what once went wrong first, slow tests only when asked for, shared by processes on request.

``pytest -n 2 --dist worksteal`` divides it among processes.  Tests marked ``slow`` run with ``pytest --slow``.
"""

import pytest

ENGINELESS = ("theory/", "tests/theory", "tests/project")
"""Tests that hardly count anything: a second process runs them while the first one compiles the counting engine."""

SLOW_LIMIT = 3600
"""Seconds after which a slow test fails; for all others the limit stands in pyproject.toml."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option ``--slow``."""
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_report_header(config: pytest.Config) -> str:
    """What is left out, which a shared run does not count."""
    return "slow tests: " + ("run as well" if config.getoption("--slow") else "left out, run them with --slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Corpus first; the slow tests are left out (deselected) unless ``--slow`` is given; then every process its share.

    pytest-xdist hands the items out in as many consecutive parts as there are processes.  All but the first begin with
    tests that need no engine.
    """
    items.sort(key=lambda item: item.path.name != "test_corpus.py")
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_LIMIT))
    if not config.getoption("--slow"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        if slow:
            config.hook.pytest_deselected(items=slow)
            items[:] = [item for item in items if not item.get_closest_marker("slow")]
    processes = getattr(config, "workerinput", {}).get("workercount", 1)
    if processes > 1:
        first = len(items) // processes
        light = [item for item in items if item.nodeid.startswith(ENGINELESS)]
        heavy = [item for item in items if not item.nodeid.startswith(ENGINELESS)]
        rest = heavy[first:]
        items[:] = heavy[:first]
        for number in range(processes - 1):
            items += light[number :: processes - 1] + rest[number :: processes - 1]
