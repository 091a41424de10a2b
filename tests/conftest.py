"""Fixtures that several test files share."""

import pytest

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
