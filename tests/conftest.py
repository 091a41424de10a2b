"""Fixtures that several test files share."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from both_checkers import agreed

from verify import checker
from verify.certificate import writer
from verify.cli import main
from verify.counting.long import parts
from verify.counting.long import run as long_run


class Printed(NamedTuple):
    """What a command printed on standard output and on standard error."""

    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="session", autouse=True)
def both_checkers() -> Iterator[None]:
    """Whatever certificate a test gives to the checker, the checker in the core says the same of it."""
    alone = checker.check
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checker, "check", lambda path: agreed(path, alone))
        yield


@pytest.fixture
def run(capsys):
    """The command line in this process: ``run("line", file, "--json", code=0)`` returns what it printed."""

    def call(*arguments: object, code: int = 0) -> Printed:
        with pytest.raises(SystemExit) as leave:
            main([str(argument) for argument in arguments])
        printed = Printed(*capsys.readouterr())
        assert leave.value.code == code, printed.err
        return printed

    return call


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No part is ever finished unless it is a single region or quick: everything is divided, again and again."""
    monkeypatch.setattr(long_run, "_PART_SECONDS", 1e-9)
    monkeypatch.setattr(long_run, "_WANTED", 3)
    monkeypatch.setattr(parts, "_FINER", 1)


@pytest.fixture(params=["exact", "floats propose"])
def evidence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to find the evidence of a certificate."""
    if request.param == "exact":
        monkeypatch.setattr(writer, "core", None)
