"""What is shown while a program works: in a log, on a terminal, in a notebook, and nothing of quick steps."""

import os
import pty
import re
import subprocess
import sys
import time

import nbformat
import pytest
from drawn import random_network
from nbclient import NotebookClient

from theory.formats import save
from verify import count, progress
from verify.progress import quietly, shown, tracked, working


def test_a_log_gets_lines_ever_more_rarely_and_none_about_quick_steps(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    assert progress.FIRST_LINE == 10
    assert 60 <= progress.LONGEST_PAUSE <= 600
    monkeypatch.setattr(progress, "FIRST_LINE", 0.05)
    with working("thinking"):
        time.sleep(1)
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 5  # after 0.05, 0.1, 0.2, 0.4, 0.8 seconds
    assert all(re.fullmatch(r"linregions: thinking \(\d+ s\)", line) for line in lines)
    with working("blinking"):
        pass
    with quietly(), working("thinking quietly"):
        time.sleep(0.1)
    assert capsys.readouterr() == ("", "")


def test_a_step_says_how_far_its_loop_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(progress, "FIRST_LINE", 0.01)
    monkeypatch.setattr(progress, "LONGEST_PAUSE", 0.01)
    with working("measuring"):
        for step in tracked(range(40), "forty steps"):
            began = time.monotonic()
            while step == 7 and "linregions: forty steps: 7 of 40 done (" not in capsys.readouterr().err:
                assert time.monotonic() - began < 60, "nothing was reported"
                time.sleep(0.01)
    assert list(tracked("ab", "outside a step")) == ["a", "b"]
    assert capsys.readouterr().out == ""


def test_a_count_shows_nothing_in_a_log(capsys: pytest.CaptureFixture[str]):
    with shown() as report:
        assert count(random_network(2, 2, 4, 3), budget=600, report=report).exact
    assert capsys.readouterr() == ("", "")


SCRIPT = """
from verify.counting.long import shown
from verify import count
from theory.formats import load
with shown() as report:
    count(load({path!r}), budget=600, report=report)
"""


SPINNER = """
import time
from verify.progress import working
with working("between 1 and 10^40 (12 % of the upper end counted), 3 parts waiting"):
    time.sleep(1)
"""


@pytest.mark.parametrize("script", [SCRIPT, SPINNER])
def test_a_narrow_terminal_shows_all_of_it(tmp_path, script: str):
    save(random_network(3, 2, 6, 5), tmp_path / "net.json")
    leader, follower = pty.openpty()
    script = script.format(path=str(tmp_path / "net.json"))
    narrow = {**os.environ, "COLUMNS": "50", "TERM": "xterm"}
    child = subprocess.Popen([sys.executable, "-c", script], stderr=follower, stdout=subprocess.PIPE, env=narrow)
    os.close(follower)
    seen = b""
    try:
        while piece := os.read(leader, 4096):
            seen += piece
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    assert child.communicate()[0] == b""
    assert child.returncode == 0
    assert b"between" in seen
    assert b"waiting" in seen
    assert b"0:00:0" in seen  # the time that has passed


def test_a_notebook_shows_a_line_under_the_cell(tmp_path):
    save(random_network(3, 2, 6, 5), tmp_path / "net.json")
    cell = nbformat.v4.new_code_cell(SCRIPT.format(path=str(tmp_path / "net.json")))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "display_data"
    assert '<progress value="1.0000"' in output.data["text/html"]
    assert "between" in output.data["text/html"]
