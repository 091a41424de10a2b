"""The mutation check itself: its faults are there, it catches one, and it says so when a fault survives or is stale."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from places import TESTS

SPEC = importlib.util.spec_from_file_location("mutations", TESTS / "mutations.py")
mutations = importlib.util.module_from_spec(SPEC)
sys.modules["mutations"] = mutations  # dataclasses look their module up
SPEC.loader.exec_module(mutations)


def test_faults_have_names_of_their_own_and_change_something() -> None:
    names = [fault.name for fault in mutations.FAULTS]
    assert len(names) == len(set(names)) >= 50
    for fault in mutations.FAULTS:
        assert fault.right != fault.wrong
        assert fault.suite in mutations.SUITES


def test_suites_name_tests_that_exist() -> None:
    for suite in mutations.SUITES.values():
        files = [word for word in suite if "/" in word]
        assert files
        for name in files:
            assert (mutations.ROOT / name).exists(), name


def test_no_fault_is_stale() -> None:
    assert [fault.name for fault in mutations.FAULTS if mutations.stale(fault)] == []


def test_the_core_without_error_bounds_is_made_of_lines_that_are_there(monkeypatch) -> None:
    """A benchmark compares the core with a copy that believes its floats; what it replaces must be there once."""
    monkeypatch.syspath_prepend(TESTS / "benchmarks")
    float_only = importlib.import_module("float_only")
    core = TESTS.parent / float_only.CORE
    texts = {path.name: path.read_text(encoding="utf-8") for path in core.glob("*.[ch]pp")}
    assert [(name, right) for name, right, _ in float_only.REPLACED if texts[name].count(right) != 1] == []


def test_a_copy_leaves_environments_and_builds_behind(tmp_path, monkeypatch) -> None:
    for name in (".venv/lib/a.py", "build/core/b.o", "theory/c.py", "theory/__pycache__/c.pyc", "core.so"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).touch()
    monkeypatch.setattr(mutations, "ROOT", tmp_path / "tree")
    mutations.copy_tree(tmp_path / "copy")
    assert [path.name for path in (tmp_path / "copy").rglob("*") if path.is_file()] == ["c.py"]


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    """A tree of one module and one test, with a suite of its own."""
    (tmp_path / "module.py").write_text("def double(x):\n    return 2 * x\n\n\ndef unused(x):\n    return x + 1\n")
    (tmp_path / "test_module.py").write_text("from module import double\ndef test_it():\n    assert double(3) == 6\n")
    monkeypatch.setitem(mutations.SUITES, "own", ["test_module.py"])
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # no plugin is needed, and some take seconds to start
    return tmp_path


@pytest.mark.parametrize(
    ("right", "wrong", "caught"), [("2 * x", "3 * x", True), ("2 * x", "2 * * x", True), ("x + 1", "x - 1", False)]
)
def test_a_fault_is_caught_or_survives_and_is_taken_out_again(tree, right, wrong, caught) -> None:
    before = (tree / "module.py").read_text()
    fault = mutations.Fault("own", "module.py", right, wrong, "own")
    assert not mutations.stale(fault, tree)
    assert mutations.is_caught(tree, fault, 60) == caught
    assert (tree / "module.py").read_text() == before


def test_a_line_that_is_gone_is_stale(tree) -> None:
    assert mutations.stale(mutations.Fault("own", "module.py", "4 * x", "3 * x", "own"), tree)
    assert mutations.stale(mutations.Fault("own", "module.py", "def ", "class ", "own"), tree)
    assert mutations.stale(mutations.Fault("own", "gone.py", "def ", "class ", "own"), tree)


def test_names_are_checked(capsys) -> None:
    assert mutations.main(["--list", "serra_cap"]) == 0
    assert capsys.readouterr().out.split() == ["serra_cap", "theory/bounds/serra.py"]
    with pytest.raises(SystemExit):
        mutations.main(["no_such_fault"])
    assert "there is no fault 'no_such_fault'; --list shows them" in capsys.readouterr().err
