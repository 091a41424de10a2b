"""The pages: every example runs, every link leads somewhere, and the site is put together from what exists."""

import doctest
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


@pytest.mark.parametrize("name", ["tutorial.md", "exactness.md"])
def test_the_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "".join(re.findall(r"^```python\n(.*?)^```$", (DOCS / name).read_text("utf-8"), re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
    assert len(test.examples) > 5
    assert doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE).run(test).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_that_are_named_exist(page):
    for name in re.findall(r"`((?:theory|verify|docs|notebooks|paper_checks)/[\w./-]*)`", page.read_text("utf-8")):
        assert (ROOT / name).exists(), name


def test_the_site_is_put_together(tmp_path):
    make = runpy.run_path(str(DOCS / "make.py"))
    make["assemble"](tmp_path / "pages")
    index = (tmp_path / "pages" / "index.md").read_text("utf-8")
    for name in (*make["PAGES"], "01_what_is_a_linear_region", "api-theory", "api-verify"):
        assert f"\n{name}\n" in index
        assert list((tmp_path / "pages").glob(f"{name}.*")), name
    assert "verify.checker" in make["modules"]("verify")
    assert "theory.bounds.serra" in (tmp_path / "pages" / "api-theory.md").read_text("utf-8")


@pytest.mark.slow
def test_the_site_builds(tmp_path):
    import subprocess
    import sys

    make = runpy.run_path(str(DOCS / "make.py"))
    make["assemble"](tmp_path / "pages")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(tmp_path / "pages"), str(tmp_path / "site")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    for page in ("index", "tutorial", "papers", "02_exploring_bounds", "api-theory"):
        assert (tmp_path / "site" / f"{page}.html").is_file()
    assert (
        "Inactive units cost dimensions".lower() in (tmp_path / "site" / "api-theory.html").read_text("utf-8").lower()
    )
