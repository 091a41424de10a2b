"""Fixtures that several test files share."""

import pytest

from verify.cli import main
from verify.counting.long import parts
from verify.counting.long import run as anytime


@pytest.fixture
def run(capsys):
    """The command line in this process: ``run("line", file, "--json", code=0)`` returns what it printed."""

    def call(*arguments: object, code: int = 0):
        with pytest.raises(SystemExit) as leave:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert leave.value.code == code, captured.err
        return captured

    return call


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No part is ever finished unless it is a single region or quick: everything is divided, again and again."""
    monkeypatch.setattr(anytime, "_PATIENCE", 1e-9)
    monkeypatch.setattr(anytime, "_WANTED", 3)
    monkeypatch.setattr(parts, "_FINER", 1)
