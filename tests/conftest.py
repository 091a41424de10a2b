"""Fixtures that several test files share."""

import pytest

from verify.anytime import parts
from verify.anytime import run as anytime
from verify.cli import main


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
