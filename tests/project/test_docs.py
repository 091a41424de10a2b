"""The pages: every example runs, every link leads somewhere, and the site is put together from what exists."""

import ast
import doctest
import html
import importlib
import pkgutil
import posixpath
import re
import runpy
import subprocess
import sys
from functools import cache, partial
from urllib.parse import unquote

import pytest
from places import ROOT

from theory.formats import json_file
from verify import checker
from verify.domain import files as domain_files

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
TEXTS = [*PAGES, CONTRIBUTING, ROOT / "SECURITY.md", ROOT / "README.md"]


@cache
def program(name):
    """What a program of the documentation defines."""
    return runpy.run_path(str(DOCS / f"{name}.py"))


@cache
def reference():
    """The pages of the reference by their names."""
    return program("make")["reference_pages"]()


@pytest.mark.parametrize("name", ["tutorial.md", "exactness.md", "estimates.md"])
def test_the_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "".join(re.findall(r"^```python\n(.*?)^```$", (DOCS / name).read_text("utf-8"), re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
    assert len(test.examples) > 5
    assert doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE).run(test).failed == 0


def test_the_page_on_stability_names_the_versions_that_are_written_and_read():
    table = (DOCS / "stability.md").read_text("utf-8")
    versions = (checker.VERSION, checker.SHARED, checker.SYMMETRIC, checker.WIDE)
    assert versions == (3, 4, 5, 6)
    assert "| 3; 4 for counts by images, 5 for counts from symmetries, 6 for boxes of 64" in table
    assert "dimensions or more | 1 to 6 |" in table
    for file in (json_file, domain_files):
        assert f"`{file.FORMAT}` | {file.VERSION} | {file.VERSION} |" in table


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.stem)
def test_files_that_are_named_exist(page):
    for name in re.findall(
        r"`((?:theory|verify|docs|notebooks|paper_checks|tests)/[\w./-]*)`", page.read_text("utf-8")
    ):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.stem)
def test_what_is_imported_can_be_imported(page):
    """Of this project, in every Python example."""
    for block in re.findall(r"^ *```python\n(.*?)^ *```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        for module, names in re.findall(r"^[> ]*from ((?:theory|verify)[\w.]*) import ([\w, ]+)", block, re.MULTILINE):
            for name in names.split(", "):
                assert hasattr(importlib.import_module(module), name.strip()), f"{module}.{name}"


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.stem)
def test_dotted_names_exist(page):
    """`verify.engines.selection.select` and the like: a module, or what it offers."""
    for name in re.findall(r"`((?:theory|verify)(?:\.\w+)+)(?:\([^`]*\))?`", page.read_text("utf-8")):
        try:
            assert pkgutil.resolve_name(name) is not None
        except (ImportError, AttributeError):
            pytest.fail(f"there is no {name}")


def test_the_errands_name_what_is_there():
    """Names of the source in CONTRIBUTING.md, such as `SOURCES`, stand in the files named with them."""
    text = CONTRIBUTING.read_text("utf-8")
    files = {
        name: (ROOT / name).read_text("utf-8") for name in re.findall(r"`((?:theory|verify|tests)/[\w/]+\.py)`", text)
    }
    found = set(re.findall(r"`(_?[A-Z][A-Z_]+)`", text))
    assert {"SOURCES", "BOUNDS", "NAMED", "DEFINITIONS", "CERTIFIABLE", "_COMMANDS"} <= found
    everything = "".join(files.values())
    for name in found:
        assert re.search(rf"^{name}\b", everything, re.MULTILINE), name


def test_the_front_page_leads_to_every_page_and_notebook():
    front = (DOCS / "index.md").read_text("utf-8")
    for page in (*PAGES, ROOT / "verify" / "CERTIFICATE.md", *sorted((ROOT / "notebooks").glob("*.ipynb"))):
        if page.name != "index.md":
            assert f"{page.name})" in front, page.name


def test_the_picture_of_the_layers_is_current():
    picture = program("layers")["picture"]()
    assert (DOCS / "pictures" / "layers.svg").read_text("utf-8") == picture, "run python docs/layers.py"


def test_the_site_is_put_together(tmp_path, monkeypatch):
    """Every page, that of the open maxima with fewer architectures than the site has."""
    make, folder = program("make"), tmp_path / "pages"
    assembled = make["assemble"].__globals__
    monkeypatch.setitem(assembled, "gaps_page", partial(make["gaps_page"], inputs=2, units=9))
    monkeypatch.setitem(assembled, "reference_pages", reference)
    make["assemble"](folder)
    assert "2-6-3" in (folder / "gaps.md").read_text("utf-8")
    index = (folder / "index.md").read_text("utf-8")
    assert "(gaps.md)" in index
    names = [*make["pages"](), "01_what_is_a_linear_region", *reference()]
    assert {"api", "api-count", "api-bounds", "certificates", "papers"} <= set(names)
    for name in names:
        assert f"\n{name}\n" in index
        assert list(folder.glob(f"{name}.*")), name
    for page in folder.glob("*.md"):
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
            assert (folder / link).exists(), (page.name, link)


def test_the_reference_begins_with_what_a_user_needs():
    first, *others = reference().values()
    for package in ("theory", "verify"):
        for name, home in program("api_reference")["public_names"](package):
            if name == "__version__":
                continue
            (line,) = [line for line in first.splitlines() if f"`{package}.{name} <{home}.{name}>`" in line]
            assert re.search(r"\| \S.{9}", line.partition("` ")[2]), line
    assert others[0].startswith("# Count regions\n\n## verify.counting.region_count\n")
    assert all("automodule" in text for text in others)


def test_the_reference_has_every_public_name():
    """Each name that a module offers is defined in a module of the reference, which lists all that this one offers."""
    make = program("api_reference")
    covered = set(re.findall(r"automodule:: (\S+)", "".join(reference().values())))
    modules = [name for package in ("theory", "verify") for name in make["modules"](package)]
    assert covered == set(modules)
    assert len(covered) > 150
    for module in modules:
        offered = importlib.import_module(module)
        names = make["public_names"](module)
        assert [name for name, _ in names] == [*getattr(offered, "__all__", dict(names))], module
        for name, home in names:
            assert home in covered, (module, name)
            assert getattr(importlib.import_module(home), name) is getattr(offered, name)
            if home != module:
                assert name in dict(make["public_names"](home)), (
                    f"{home} does not offer {name}, which {module} passes on"
                )


def test_every_public_name_of_theory_says_what_it_is():
    make = program("api_reference")
    for module in make["modules"]("theory"):
        known = set(make["documented"](make["_tree"](module)))
        for name, home in make["public_names"](module):
            assert home != module or name in known, f"{module}.{name}"
    assert list(make["documented"](ast.parse('a = 1\n"""A."""\nb = 2\ndef f(): "F"\ndef g(): pass'))) == ["a", "f"]


def problems_of_links(site):
    """Links of a built site that lead nowhere: to a page that is not there, or to no place on it."""
    pages = {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in site.rglob("*.html")}
    places = {name: set(re.findall(r'\bid="([^"]+)"', text)) for name, text in pages.items()}
    found = []
    for name, text in pages.items():
        for link in re.findall(r'\b(?:href|src)="(?!https?:|mailto:|data:|//)([^"]+)"', text):
            target, _, place = html.unescape(link).partition("#")
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(target.partition("?")[0])))
            path = path if target else name
            if not (site / path).exists() or (place and path in places and unquote(place) not in places[path]):
                found.append((name, link))
    return found


def test_a_link_to_nowhere_is_found(tmp_path):
    (tmp_path / "a.html").write_text('<p id="x"><a href="b.html#y">1</a> <a href="#x">2</a> <a href="b.html">3</a>')
    assert problems_of_links(tmp_path) == [("a.html", "b.html#y"), ("a.html", "b.html")]
    (tmp_path / "b.html").write_text('<p id="z">')
    assert problems_of_links(tmp_path) == [("a.html", "b.html#y")]


@pytest.mark.slow
def test_the_site_builds(tmp_path):
    pytest.importorskip("sphinx", reason="Sphinx comes with the extra docs")
    program("make")["assemble"](tmp_path / "pages")
    site = tmp_path / "site"
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(tmp_path / "pages"), str(site)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stderr
    assert problems_of_links(site) == []
    assert "<strong>seconds</strong>" in (site / "api-count.html").read_text("utf-8")  # a field, with what it means
    for page, text in reference().items():
        shown = set(re.findall(r'\bid="([^"]+)"', (site / f"{page}.html").read_text("utf-8")))
        for module in re.findall(r"automodule:: (\S+)", text):
            for name, home in program("api_reference")["public_names"](module):
                if home == module and not name.endswith("_command"):  # commands show their help instead
                    assert f"{module}.{name}" in shown, f"{page}: {module}.{name} is missing"
