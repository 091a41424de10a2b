"""The notebooks: text and notebook are the same, and a clean kernel prints what is stored."""

import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NAMES = [path.stem for path in sorted(FOLDER.glob("[0-9][0-9]_*.py"))]


def run(*arguments):
    command = [sys.executable, str(FOLDER / "execute.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def test_there_are_seven():
    assert [name[:2] for name in NAMES] == ["01", "02", "03", "04", "05", "06", "07"]
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_question_first_an_answer_last(name):
    cells = jupytext.read(FOLDER / f"{name}.py").cells
    assert "**Question.**" in cells[0].source
    assert any("**Answer.**" in cell.source for cell in cells[-2:])
    stored = nbformat.read(FOLDER / f"{name}.ipynb", 4)
    assert any(cell.get("outputs") for cell in stored.cells), "outputs are kept"
    assert not any(output.output_type == "error" for cell in stored.cells for output in cell.get("outputs", []))


@pytest.mark.parametrize("name", NAMES)
def test_a_clean_kernel_prints_what_is_stored(name):
    result = run("--check", name)
    assert result.returncode == 0, result.stderr


def test_an_unknown_notebook_is_named():
    assert "there is no notebook 99_none; choose from 01_" in run("--check", "99_none").stderr
