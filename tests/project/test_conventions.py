"""Conventions: types, style, which module imports which, what the wheel contains, what no file may contain."""

import ast
import importlib.metadata
import importlib.util
import itertools
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path

import pytest
from places import ROOT

import theory
import verify

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GENERATED = re.compile(
    r"(^|/)(\.git|\.venv[^/]*|\.\w+_cache|\.hypothesis|\.benchmarks|__pycache__|build|dist|CMakeFiles|\.cmake)(/|$)"
    r"|\.(pyc|so|pyd|a|ninja|cmake)$|/(CMakeCache\.txt|CMakeInit\.txt|\.ninja_\w+|\.skbuild-info\.json)$"
)


LONGER = {"verify/checker.py": 2006}
"""The checker stays one file: copied alone into an empty folder it checks every kind of certificate.  A hundred of its
lines keep the first bits of rows beside the rows, and say why these are proof enough: it takes a quarter less time.
Another hundred read boxes of many dimensions in half the time, and in a third of the bytes."""


@cache
def source_files() -> list[Path]:
    """Everything in the checkout that is not generated, relative to it."""
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path for path in files if not GENERATED.search(path.as_posix()))


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        ("mypy", ["-m", "mypy"]),
        ("ruff", ["-m", "ruff", "check", "."]),
        ("ruff", ["-m", "ruff", "format", "--check", "."]),
        ("importlinter", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
        ("codespell_lib", ["-m", "codespell_lib"]),
    ],
    ids=["types", "lint", "format", "imports", "spelling"],
)
def test_tool_finds_nothing(tool: str, command: list[str]) -> None:
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} comes with the extra dev")
    result = run(sys.executable, *command)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_checker_imports_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "verify" / "checker.py").read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "." * node.level for node in nodes if isinstance(node, ast.ImportFrom)}
    assert names
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built once for the tests of its content."""
    pytest.importorskip("scikit_build_core", reason="scikit-build-core comes with the extra dev")
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--config-settings=wheel.cmake=false",
        "-w",
        str(folder),
        ".",
    ]
    result = run(sys.executable, "-m", "pip", "--disable-pip-version-check", *build)
    assert result.returncode == 0, result.stdout + result.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    packages = {path for path in source_files() if path.parts[0] in ("theory", "verify")}
    sources = {path for path in packages if path.parent.name == "core" and path.suffix != ".py"}
    expected = {path.as_posix() for path in packages - sources}
    assert {path.suffix for path in sources} == {".cpp", ".hpp", ".txt"}  # what the compiled module is made from
    assert inside == expected
    assert {"theory/py.typed", "verify/py.typed"} <= inside


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_editable_install_has_the_compiled_core_and_leaves_the_checkout_clean(tmp_path: Path) -> None:
    pytest.importorskip("scikit_build_core", reason="scikit-build-core comes with the extra dev")
    checkout = tmp_path / "checkout"
    for path in source_files():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, checkout / path)
    for command in (["init", "--quiet"], ["add", "."]):
        assert run("git", "-C", str(checkout), *command).returncode == 0
    build = f"from scikit_build_core.build import build_editable; build_editable({str(tmp_path)!r})"
    result = run(sys.executable, "-c", build, cwd=checkout)
    assert result.returncode == 0, result.stdout + result.stderr
    code = "from verify.engines.core import core; print(core.__file__)"
    made = run(sys.executable, "-W", "error", "-c", code, cwd=checkout)
    assert Path(made.stdout.strip()).parent == checkout, made.stderr
    assert run("git", "-C", str(checkout), "ls-files", "--others", "--exclude-standard").stdout == ""


def test_an_editable_install_lets_another_work_tree_come_first(tmp_path: Path) -> None:
    """Without PYTHONPATH the packages are those of the installed tree, with it those of the tree that it names."""
    pytest.importorskip("scikit_build_core", reason="scikit-build-core comes with the extra dev")
    folder, other = tmp_path / "folder", tmp_path / "other"
    (other / "theory").mkdir(parents=True)
    (other / "theory" / "__init__.py").touch()
    settings = {"wheel.cmake": "false"}
    build = f"from scikit_build_core.build import build_editable; build_editable({str(tmp_path)!r}, {settings})"
    result = run(sys.executable, "-c", build)
    assert result.returncode == 0, result.stdout + result.stderr
    (path,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(path).extractall(folder)
    find = 'print(importlib.util.find_spec("theory").origin)'
    code = f"import importlib.util, site; site.addsitedir({str(folder)!r}); {find}"
    for path, tree in (("", ROOT), (str(other), other)):
        command = [sys.executable, "-S", "-c", code]
        found = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
        )
        assert Path(found.stdout.strip()) == tree / "theory" / "__init__.py"


def test_the_wheel_describes_itself(wheel: zipfile.ZipFile) -> None:
    read = {Path(name).name: wheel.read(name).decode() for name in wheel.namelist() if ".dist-info/" in name}
    assert "linregions = verify.cli:main" in read["entry_points.txt"]
    assert "License-Expression: MIT" in read["METADATA"]
    assert "Author: The linregions maintainers" in read["METADATA"]
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
    names = "theory, verify, verify.cli, verify.maxima.best_known"
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
    for name in source_files():
        if name.suffix in (".png", ".npz", ".onnx", ".safetensors", ".zip") or name == Path(
            "tests/project/test_conventions.py"
        ):
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not path.search(text), f"{name}: {path.search(text)}"
        assert not host.search(text), f"{name}: {host.search(text)}"


def test_every_python_file_has_a_docstring_and_a_limited_length() -> None:
    docstring = re.compile(r'(#.*\n|\s)*r?"""(?!""")')
    for name in source_files():
        if name.suffix == ".py":
            text = (ROOT / name).read_text(encoding="utf-8")
            longest = LONGER.get(name.as_posix(), 700 if name.parts[0] == "tests" else 500)
            assert len(text.splitlines()) <= longest, f"{name} is longer than {longest} lines: divide it"
            assert docstring.match(text), f"{name} has no docstring that says what it contains"


def test_the_known_good_versions_cover_every_dependency() -> None:
    """constraints.txt names a version of each package that pyproject.toml asks for."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    versions = dict(line.split("==") for line in lines if not line.startswith("#"))
    known = {re.sub(r"[-_.]+", "-", name).lower() for name in versions}
    extras = PROJECT["project"]["optional-dependencies"].values()
    for requirement in itertools.chain(PROJECT["project"]["dependencies"], *extras):
        name = re.split(r"[<>=\[]", requirement)[0]
        assert name == "linregions" or name in known, f"constraints.txt lacks {name}"


def test_the_versions_fit_together() -> None:
    """The two packages say the installed version; the change log's newest dated version is the one to cite."""
    assert theory.__version__ == verify.__version__ == importlib.metadata.version("linregions")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released, date = re.findall(r"^## \[([\d.]+)\] - (\d{4}-\d\d-\d\d)$", changes, re.MULTILINE)[0]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {released}\ndate-released: {date}\n" in citation
    version = PROJECT["project"]["version"]
    assert version == released or (version.endswith(".dev0") and "## [Unreleased]" in changes)


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
