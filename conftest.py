"""Tests marked ``slow`` run only when asked for: ``pytest --slow``."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option ``--slow``."""
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow tests out of the run (deselected, and counted as such) unless ``--slow`` is given."""
    if config.getoption("--slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
