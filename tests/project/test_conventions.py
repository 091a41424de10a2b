"""The rules of the house: types, style, who imports whom, what ships, and what a file may not contain."""

import ast
import itertools
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GENERATED = re.compile(
    r"(^|/)(\.git|\.venv[^/]*|\.\w+_cache|\.hypothesis|\.benchmarks|__pycache__|build|dist)(/|$)|\.pyc$"
)


LONGER = {"verify/checker.py": 615}
"""The checker has no second room: this file, copied alone into an empty folder, checks every kind of certificate."""


def house_files() -> list[Path]:
    """Everything in the checkout that a person wrote, relative to it."""
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path for path in files if not GENERATED.search(path.as_posix()))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "mypy"],
        ["-m", "ruff", "check", "."],
        ["-m", "ruff", "format", "--check", "."],
        ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    ],
    ids=["types", "lint", "format", "imports"],
)
def test_tool_finds_nothing(command: list[str]) -> None:
    result = run(sys.executable, *command)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_import_rule_itself_is_declared() -> None:
    rules = [
        (tuple(r["source_modules"]), tuple(r["forbidden_modules"]))
        for r in PROJECT["tool"]["importlinter"]["contracts"]
    ]
    assert (("theory",), ("verify",)) in rules


def test_the_checker_imports_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "verify" / "checker.py").read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "." * node.level for node in nodes if isinstance(node, ast.ImportFrom)}
    assert names
    assert names <= sys.stdlib_module_names


def test_theory_never_names_verify_in_an_import() -> None:
    """The same rule a second way, by reading the syntax trees; it also sees imports inside functions."""
    for path in (ROOT / "theory").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "verify"], path


def test_the_wheel_holds_the_two_packages_and_nothing_else(tmp_path: Path) -> None:
    result = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = {path.as_posix() for path in house_files() if path.parts[0] in ("theory", "verify")}
    assert inside == expected
    assert {"theory/py.typed", "verify/py.typed"} <= inside


def test_the_wheel_describes_itself(tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    archive = zipfile.ZipFile(wheel)
    read = {Path(name).name: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name}
    assert "linregions = verify.cli:main" in read["entry_points.txt"]
    assert "License-Expression: MIT" in read["METADATA"]
    assert "Requires-Python: >=3.11" in read["METADATA"]
    assert "Permission is hereby granted" in read["LICENSE"]


def test_every_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = [
        *PROJECT["project"]["dependencies"],
        *itertools.chain(*PROJECT["project"]["optional-dependencies"].values()),
    ]
    for requirement in needed:
        lines = [line for line in text.splitlines() if f'"{requirement}"' in line]
        assert lines, requirement
        assert all("#" in line for line in lines) or requirement.startswith("linregions["), requirement


def test_nothing_imports_jupyter_at_run_time() -> None:
    names = "theory, verify, verify.cli, verify.maxima.comparison"
    code = f"import sys, {names}; print(sorted(m for m in sys.modules if 'jupyter' in m))"
    assert run(sys.executable, "-c", code).stdout == "[]\n"


def test_no_file_holds_a_path_or_a_host_of_one_machine() -> None:
    folders = "|".join(("work", "tmp", "root", "farm", "home", "Users"))
    path = re.compile(rf"(?<![\w.:/~-])/({folders})/")
    host = re.compile(
        r"(?<![\d.])(?!127\.|0\.0\.0\.0)\d{1,3}(\.\d{1,3}){3}(?![\d.])"  # an address in the network
        r"|https?://(localhost|[\w-]+(:\d+)?/)"  # a machine without a domain
        r"|\bpypi\.|index-url|find-links"  # a package registry
    )
    for name in house_files():
        if name.suffix in (".png", ".npz", ".onnx", ".safetensors") or name == Path(
            "tests/project/test_conventions.py"
        ):
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not path.search(text), f"{name}: {path.search(text)}"
        assert not host.search(text), f"{name}: {host.search(text)}"


def test_every_python_file_is_one_room() -> None:
    for name in house_files():
        if name.suffix == ".py":
            text = (ROOT / name).read_text(encoding="utf-8")
            longest = LONGER.get(name.as_posix(), 700 if name.parts[0] == "tests" else 500)
            assert len(text.splitlines()) <= longest, f"{name} is longer than a room; find the wall in it"
            assert ast.get_docstring(ast.parse(text)), f"{name} has no docstring that says what the room is"


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_has_the_two_commands_that_the_ci_script_runs() -> None:
    blocks = re.findall(
        r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert [block.count("\n") for block in blocks[:2]] == [1, 1], "each of the first two sh blocks is one command"
    install, test = (block.strip() for block in blocks[:2])
    assert install.startswith("pip install ")
    assert install.endswith("linregions table")
    assert "[test]" in test
    assert test.endswith("pytest")
    assert run("bash", "-n", ".ci/run").returncode == 0
