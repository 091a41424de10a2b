"""The notebooks: text and notebook are the same, and a clean kernel prints what is stored."""

import asyncio
import itertools
import runpy
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from places import ROOT

FOLDER = ROOT / "notebooks"
NAMES = [path.stem for path in sorted(FOLDER.glob("[0-9][0-9]_*.py"))]


def run(*arguments):
    command = [sys.executable, str(FOLDER / "execute.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_there_are_eight():
    assert [name[:2] for name in NAMES] == ["01", "02", "03", "04", "05", "06", "07", "08"]
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_question_first_an_answer_last(name):
    cells = jupytext.read(FOLDER / f"{name}.py").cells
    assert "**Question.**" in cells[0].source
    assert any("**Answer.**" in cell.source for cell in cells[-2:])
    stored = nbformat.read(FOLDER / f"{name}.ipynb", 4)
    assert any(cell.get("outputs") for cell in stored.cells), "outputs are kept"
    assert not any(output.output_type == "error" for cell in stored.cells for output in cell.get("outputs", []))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_clean_kernel_prints_what_is_stored(name):
    result = run("--check", name)
    assert result.returncode == 0, result.stderr


def test_a_lost_answer_is_noticed_and_a_slow_one_is_waited_for(monkeypatch):
    """What is watched is the processor time of the kernel, so that a busy machine is no reason to give up."""
    execute = runpy.run_path(str(FOLDER / "execute.py"))
    watched, lost = execute["_watched"], execute["LostAnswerError"]
    monkeypatch.setitem(watched.__globals__, "STEP", 0.005)
    monkeypatch.setitem(watched.__globals__, "QUIET", 0.2)

    async def answer(rounds):
        for _ in range(rounds):
            await asyncio.sleep(0.02)
        return "answer"

    steps, ended = itertools.count(), []
    assert asyncio.run(watched(answer(30), lambda: float(next(steps)), ended.append)) == "answer"
    for stands_still in (1.5, None):
        with pytest.raises(lost):
            asyncio.run(watched(answer(10**9), lambda still=stands_still: still, lambda: ended.append(1)))
    assert ended == [1, 1]


def test_a_notebook_is_begun_anew_but_not_for_ever(monkeypatch, capsys):
    execute = runpy.run_path(str(FOLDER / "execute.py"))
    begun = []

    async def once(path):
        begun.append(path)
        if len(begun) < 3 or path.stem == "always":
            raise execute["LostAnswerError"]
        return "notebook"

    monkeypatch.setitem(execute["executed"].__globals__, "_executed_once", once)
    assert execute["executed"](Path("a.py")) == "notebook"
    assert len(begun) == 3
    assert "a: LostAnswerError, once more" in capsys.readouterr().err
    with pytest.raises(execute["LostAnswerError"]):
        execute["executed"](Path("always.py"))
    assert len(begun) == 6


def test_an_unknown_notebook_is_named():
    execute = runpy.run_path(str(FOLDER / "execute.py"))
    with pytest.raises(SystemExit, match="there is no notebook 99_none; choose from 01_"):
        execute["notebooks"](["99_none"])
