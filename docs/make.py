"""Builds what is generated in the documentation: ``python docs/make.py``; ``--site`` also builds the site.

``docs/papers.md`` is made from ``paper_checks/ledger.toml``.  The site (Sphinx, extra ``docs``) goes to ``build/site``:
the pages of this folder, the certificate format, the notebooks with their stored outputs, and a reference of every
module from its docstrings.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from verify.ledger import Ledger, Row, read_ledger

ROOT = Path(__file__).resolve().parent.parent
PAPERS = ROOT / "docs" / "papers.md"
PAGES = ("tutorial", "exactness", "certificates", "papers", "ci-recipe")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _checked(row: Row) -> str:
    if not row.check:
        return f"not checked: {row.reason}"
    time = f"about {row.seconds:g} s" + (", with `--slow`" if row.slow else "")
    left = f" Not checked: {row.reason}." if row.reason else ""
    return f"{row.checked} (`{row.check}`, {time}).{left}"


def papers_page(ledger: Ledger) -> str:
    """The ledger as a Markdown page."""
    tally = Counter(row.status for row in ledger.rows)
    lines = [
        "# What the papers claim",
        "",
        "Made from `paper_checks/ledger.toml` by `python docs/make.py`; do not edit by hand.",
        "`linregions papers --run PAPER` runs the checks of a paper in a checkout, `--run all` those of all papers.",
        "",
        f"{len(ledger.rows)} claims: " + ", ".join(f"{n} {status}" for status, n in tally.most_common()) + ".",
        "",
        "*Reproduced*: every number, construction or inequality named in the last column came out as the paper says.",
        "*Checked in part*: the last column says which part, what was left out and why; an inequality over all",
        "networks can be tested by counting some of them, not proved. *Refuted*: it contradicts something that is",
        "computed exactly. *Open*: no check ran.",
        "The third column says how the statement came here.",
    ]
    for paper in dict.fromkeys(row.paper for row in ledger.rows):
        rows = [row for row in ledger.rows if row.paper == paper]
        lines += ["", f"## {rows[0].source}", "", f"`linregions papers --run {paper}`", ""]
        lines += ["| where | claim | seen | status | what was checked |", "|---|---|---|---|---|"]
        for row in rows:
            status = f"**{row.status}**" if row.status in ("refuted", "open") else row.status
            cells = (row.where, row.says, row.seen, status, _checked(row))
            lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return "\n".join(lines) + "\n"


def modules(package: str) -> list[str]:
    """Every module of a package by its dotted name, private ones left out."""
    files = sorted((ROOT / package).rglob("*.py"))
    names = [path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in files]
    public = [name.removesuffix(".__init__") for name in names]
    return [name for name in public if not any(part.startswith("_") for part in name.split("."))]


def _toctree(names: list[str], caption: str) -> str:
    return f"\n```{{toctree}}\n:caption: {caption}\n:maxdepth: 1\n:hidden:\n\n" + "\n".join(names) + "\n```\n"


def assemble(target: Path) -> None:
    """Put the pages, the notebooks and one reference page for each package into a folder that Sphinx reads."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target)
    shutil.copy(ROOT / "verify" / "CERTIFICATE.md", target / "certificates.md")
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    for path in notebooks:
        shutil.copy(path, target / path.name)
    for package in ("theory", "verify"):
        blocks = "\n".join(f"## {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n" for name in modules(package))
        (target / f"api-{package}.md").write_text(f"# {package}\n\n{blocks}", encoding="utf-8")
    index = target / "index.md"
    trees = [
        _toctree(list(PAGES), "Pages"),
        _toctree([path.stem for path in notebooks], "Notebooks"),
        _toctree(["api-theory", "api-verify"], "Reference"),
    ]
    index.write_text(index.read_text(encoding="utf-8") + "".join(trees), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", action="store_true", help="also build the site into build/site")
    site = parser.parse_args().site
    PAPERS.write_text(papers_page(read_ledger(ROOT / "paper_checks")), encoding="utf-8")
    if site:
        source, target = ROOT / "build" / "pages", ROOT / "build" / "site"
        assemble(source)
        command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(source), str(target)]
        sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
