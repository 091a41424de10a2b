"""The recipe for other people's continuous integration runs as it is printed, and it notices a false bound."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

from theory.errors import InvalidInputError
from verify.testing.laws.law import examples_and_seed

TEXT = (ROOT / "docs" / "ci-recipe.md").read_text(encoding="utf-8")


def block(language: str, name: str = "") -> str:
    """The first code block of the language, after the file's name if one is given."""
    start = TEXT.index(f"`{name}`") if name else 0
    return re.search(rf"^```{language}\n(.*?)^```$", TEXT[start:], re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def repository(tmp_path) -> Path:
    for name in ("my_bounds.py", "test_my_bounds.py"):
        (tmp_path / name).write_text(block("python", name), encoding="utf-8")
    return tmp_path


def steps() -> list[tuple[str, dict[str, str]]]:
    """The pytest commands of the workflow with their variables."""
    workflow = block("yaml")
    parts = re.split(r"^      - ", workflow, flags=re.MULTILINE)
    found = []
    for part in parts:
        if command := re.search(r"run: python (-m pytest .*)", part):
            found.append((command[1], dict(re.findall(r"(LINREGIONS_\w+): (.*)", part))))
    return found


def run(folder: Path, command: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINREGIONS_")}
    words = [sys.executable, *command.split(), "-p", "no:cacheprovider"]
    return subprocess.run(words, cwd=folder, env={**clean, **variables}, capture_output=True, text=True, check=False)


def test_the_test_file_has_two_lines() -> None:
    assert len(block("python", "test_my_bounds.py").split("\n\n")) == 2
    assert block("python", "test_my_bounds.py").count("\n") == 3


def test_the_workflow_has_one_step_for_pushes_and_one_for_nights() -> None:
    (push, none), (night, variables) = steps()
    assert push == night
    assert none == {}
    assert variables == {"LINREGIONS_EXAMPLES": '"20000"', "LINREGIONS_SEED": "${{ github.run_number }}"}
    assert "\t" not in block("yaml")
    assert {line.split(":")[0] for line in block("yaml").splitlines() if line and line[0] != " "} == {
        "name",
        "on",
        "jobs",
    }


def test_a_true_bound_passes(repository) -> None:
    ran = run(repository, steps()[0][0], {})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout


def test_a_false_bound_fails_with_its_counterexample(repository) -> None:
    bound = repository / "my_bounds.py"
    bound.write_text(bound.read_text(encoding="utf-8").replace("arch.inputs + 1", "arch.inputs"), encoding="utf-8")
    (command, _), (at_night, variables) = steps()
    drawn = {**dict.fromkeys(variables, "40"), "LINREGIONS_SEED": "1234"}
    for seed, line, chosen in ((0, command, {}), (1234, at_night, drawn)):
        ran = run(repository, line, {**chosen, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
        assert ran.returncode == 1
        assert "1-1: claimed 1, but a network has 2 regions" in ran.stdout
        assert f"(seed {seed})" in ran.stdout
        assert (repository / "linregions-refuted").is_dir()


def test_a_seed_that_is_named_stays_and_nonsense_is_refused() -> None:
    assert examples_and_seed(5, 7, environment={"LINREGIONS_SEED": "8"}) == (5, 7)
    with pytest.raises(InvalidInputError, match="LINREGIONS_EXAMPLES: 'many' is not a number"):
        examples_and_seed(5, 7, environment={"LINREGIONS_EXAMPLES": "many"})
    with pytest.raises(InvalidInputError, match="LINREGIONS_EXAMPLES: 0 is below"):
        examples_and_seed(5, 7, environment={"LINREGIONS_EXAMPLES": "0"})
