"""Checks whose ledger row says ``slow = true`` run only with ``pytest --slow``, like all slow tests."""

import importlib.util
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BY_SAT = (
    "test_seven_units_on_three_inputs",
    "test_crossings_by_sat",
    "test_two_units_behind_six_by_sat",
    "test_two_units_by_sat",
    "test_real_units_satisfy_the_clauses",
    "test_real_pairs_satisfy_the_clauses",
    "test_one_unit_behind_two_layers_of_three",
    "test_networks_are_models",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what the ledger calls slow."""
    rows = tomllib.loads((HERE / "ledger.toml").read_text(encoding="utf-8"))["row"]
    slow = {f"check_{row['paper']}.py::{row['check']}" for row in rows if row.get("slow")}
    for item in items:
        if item.path.parent == HERE and f"{item.path.name}::{item.name}" in slow:
            item.add_marker(pytest.mark.slow)
        if item.name in BY_SAT and importlib.util.find_spec("pysat") is None:
            item.add_marker(pytest.mark.skip(reason="needs the extra sat"))
