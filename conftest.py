"""Tests marked ``slow`` run only when asked for, ``pytest --slow``; what once went wrong is tested first."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option ``--slow``."""
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Corpus first; the slow tests are left out (deselected, and counted as such) unless ``--slow`` is given."""
    items.sort(key=lambda item: item.path.name != "test_corpus.py")
    if config.getoption("--slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
