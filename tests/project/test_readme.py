"""What the README prints is what the program prints, and what it tells people to type works."""

import doctest
import itertools
import re
import shlex

from places import ROOT

from theory.records import records

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_table_is_the_one_that_the_first_command_prints(run, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    (printed,) = blocks("text")
    shown = run("table").out.split("\nSources")[0]
    assert printed.strip() == shown.strip(), "run `linregions table` and put its output into the README"


def test_the_console_commands_answer_as_shown(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    few = dict(itertools.islice(records().items(), 0, None, 60))  # the certificates of all have a test of their own
    monkeypatch.setattr("verify.cli.best.records", lambda: few)
    answers = iter([""])
    for line in "".join(blocks("console")).splitlines():
        if line.startswith("$ "):
            program, *arguments = shlex.split(line[2:], comments=True)
            assert program == "linregions"
            answers = iter(re.sub(r" \(\d+\.\d+ s\)", "", run(*arguments).out).splitlines())
        else:
            shown = ".*".join(map(re.escape, line.split("…")))
            assert re.fullmatch(shown, next(answers)), line


def test_the_python_examples_run() -> None:
    test = doctest.DocTestParser().get_doctest("".join(blocks("python")), {}, "README.md", "README.md", 0)
    assert test.examples
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0
