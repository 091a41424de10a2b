"""Builds what is generated in the documentation: ``python docs/make.py``; ``--site`` also builds the site.

``docs/papers.md`` is made from ``paper_checks/ledger.toml``.  The site (Sphinx, extra ``docs``) goes to ``build/site``:
the pages of this folder, the certificate format, the notebooks with their stored outputs, and a reference of every
public name from its docstring, one page for each room of rooms.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "paper_checks"))

from ledger import Ledger, Row, read_ledger  # noqa: E402

PAPERS = ROOT / "docs" / "papers.md"
FIRST = ("tutorial", "exactness", "certificates")
"""The pages that come first; all others follow by name."""


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


def pages() -> list[str]:
    """The pages of the site in their order."""
    others = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index", *FIRST}
    return [*FIRST, *sorted(others)]


def modules(package: str) -> list[str]:
    """Every module of a package by its dotted name, private ones left out."""
    files = sorted((ROOT / package).rglob("*.py"))
    names = [path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in files]
    public = [name.removesuffix(".__init__") for name in names]
    return [name for name in public if not any(part.startswith("_") for part in name.split("."))]


@cache
def _tree(module: str) -> ast.Module:
    path = ROOT / module.replace(".", "/")
    return ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8"))


def _all(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


@cache
def _imports(module: str) -> dict[str, str]:
    """The names that a module imports from others, and from which."""
    nodes = [node for node in ast.walk(_tree(module)) if isinstance(node, ast.ImportFrom) and node.module]
    return {alias.asname or alias.name: str(node.module) for node in nodes for alias in node.names}


def origin(module: str, name: str) -> str:
    """The module in which a name that ``module`` offers is written.

    >>> origin("verify", "count"), origin("theory", "RELU")
    ('verify.count', 'theory.activations.piecewise_linear')
    """
    home = _imports(module).get(name)
    return origin(home, name) if home else module


def public_names(module: str) -> list[tuple[str, str]]:
    """What a module offers, each name with the module that defines it."""
    return [(name, origin(module, name)) for name in _all(_tree(module))]


def documented(tree: ast.Module) -> Iterator[str]:
    """Functions and classes with a docstring, and names with a string behind their assignment."""
    for node, behind in pairwise([*tree.body, None]):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(behind, ast.Expr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if isinstance(getattr(behind.value, "value", None), str):
                yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))


def _reference(module: str) -> str:
    """The entry of one module: everything it defines, and where to find what it passes on."""
    passed = [(name, home) for name, home in public_names(module) if home != module]
    options = f"\n   :exclude-members: {', '.join(name for name, _ in passed)}" if passed else ""
    tree = _tree(module)
    written = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    silent = [
        name for name, home in public_names(module) if home == module and name not in {*written, *documented(tree)}
    ]
    values = "".join(f"\n.. autodata:: {module}.{name}\n" for name in silent)  # constants, which automodule passes over
    text = f"## {module}\n\n```{{eval-rst}}\n.. automodule:: {module}{options}\n{values}```\n"
    for node in tree.body:  # a command is no function: its help is shown
        if isinstance(node, ast.FunctionDef) and node.name == "command":
            text += "\n```text\n" + (ast.get_docstring(node) or "").replace("\b\n", "") + "\n```\n"
    if passed:
        links = " · ".join(f"{{py:obj}}`{name} <{home}.{name}>`" for name, home in passed)
        text += f"\nPasses on: {links}\n"
    return text


def reference_pages() -> dict[str, str]:
    """The reference, page by page: a package's own modules, then one page for each package inside."""
    found: dict[str, str] = {}
    for package in ("theory", "verify"):
        inner = sorted(path.parent.name for path in (ROOT / package).glob("*/__init__.py"))
        groups: dict[str, list[str]] = {package: [], **{f"{package}.{name}": [] for name in inner}}
        for module in modules(package):
            room = ".".join(module.split(".")[:2])
            groups[room if room in groups else package].append(module)
        for room, members in groups.items():
            body = "\n".join(_reference(module) for module in members)
            found[f"api-{room.replace('.', '-')}"] = f"# {room}\n\n{body}"
    return found


def local(text: str) -> str:
    """Links of a page to other folders of the repository: to their place on the site, or plain text if there is none.

    >>> local("[format](../verify/CERTIFICATE.md), [01](../notebooks/01_a.ipynb), [speed](../tests/README.md)")
    '[format](certificates.md), [01](01_a.ipynb), speed'
    """

    def place(match: re.Match[str]) -> str:
        words, target = match.groups()
        if target == "verify/CERTIFICATE.md":
            return f"[{words}](certificates.md)"
        if target.startswith("notebooks/") and target.endswith(".ipynb"):
            return f"[{words}]({target.removeprefix('notebooks/')})"
        return str(words)

    return re.sub(r"\[([^\]]*)\]\(\.\./([^)]+)\)", place, text)


def _toctree(names: list[str], caption: str) -> str:
    return f"\n```{{toctree}}\n:caption: {caption}\n:maxdepth: 1\n:hidden:\n\n" + "\n".join(names) + "\n```\n"


def assemble(target: Path) -> None:
    """Put the pages, the notebooks and the reference into a folder that Sphinx reads."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "verify" / "CERTIFICATE.md", target / "certificates.md")
    for path in target.glob("*.md"):
        path.write_text(local(path.read_text(encoding="utf-8")), encoding="utf-8")
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    for path in notebooks:
        shutil.copy(path, target / path.name)
    reference = reference_pages()
    for name, text in reference.items():
        (target / f"{name}.md").write_text(text, encoding="utf-8")
    index = target / "index.md"
    trees = [
        _toctree(pages(), "Pages"),
        _toctree([path.stem for path in notebooks], "Notebooks"),
        _toctree(list(reference), "Reference"),
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
