"""Builds what is generated in the documentation: ``python docs/make.py``; ``--site`` also builds the site.

``docs/papers.md`` is made from ``paper_checks/ledger.toml``, and the picture of the layers from the import rules.  The
site (Sphinx, extra ``docs``) goes to ``build/site``: the pages of this folder, the certificate format, the notebooks
with their stored outputs, the maxima that are open with what was tried at each, and the reference.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "paper_checks")]

import layers  # noqa: E402
from api_reference import INTERNAL, reference_pages  # noqa: E402
from ledger import Ledger, Row, read_ledger  # noqa: E402

PAPERS, LAYERS = ROOT / "docs" / "papers.md", layers.PICTURE
FIRST = ("tutorial", "exactness", "certificates")
"""The pages that come first; all others follow by name."""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _checked(row: Row) -> str:
    if not row.check:
        return f"not checked: {row.reason}"
    time = f"about {row.seconds:g} s" + (", with `--slow`" if row.slow else "")
    left = f" Not checked: {row.reason}." if row.reason else ""
    checked = re.sub(r"docs/(proofs[\w-]*)\.md", r"[\g<0>](\1.md)", row.checked)
    return f"{checked} (`{row.check}`, {time}).{left}"


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
        "*Reproduced*: the statement is proved, or it is a finite one and all of it came out as the paper says.",
        "*Checked in part*: the last column says which part, what was left out and why; a statement about all",
        "networks or all architectures is tested by some of them, not proved. *Refuted*: it contradicts something",
        "that is computed exactly. *Open*: no check ran.",
        "The third column says where the statement was read.",
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


def gaps_page(inputs: int = 4, units: int = 10) -> str:
    """The two-layer architectures whose maximum is open, with what was tried at each, as a Markdown page."""
    sys.path.insert(0, str(ROOT))
    from theory import Architecture
    from theory.tables import Table
    from verify.maxima.best_known import tightness, tried

    # with more inputs than units in the first layer the maximum is that of as many inputs as units
    sizes = [(d, n, m) for d in range(1, inputs + 1) for n in range(d, units) for m in range(1, units - n + 1)]
    gaps = [each for each in (tightness(Architecture.relu(*size)) for size in sizes) if not each.exact]
    rows = tuple((str(g.architecture), g.lower.value, g.upper.value, str(tried(g.architecture))) for g in gaps)
    table = Table("open maxima", ("architecture", "at least", "at most", "tried"), rows)
    return (
        f"# Open maxima\n\nThe {len(table.rows)} architectures with two layers, at most {units} units and at most "
        f"{inputs} inputs whose maximum is not known, and what was tried at each; `linregions tightness --map 2,8 "
        f"--why` says it for other sizes. Made by `python docs/make.py --site`.\n\n{table.to_markdown()}\n"
    )


def pages() -> list[str]:
    """The pages of the site in their order."""
    others = {path.stem for path in (ROOT / "docs").glob("*.md")} | {"gaps"}
    return [*FIRST, *sorted(others - {"index", *FIRST})]


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
    (target / "gaps.md").write_text(gaps_page(), encoding="utf-8")
    reference, internal = reference_pages(), [f"api-{name}" for name in INTERNAL]
    for name, text in reference.items():
        (target / f"{name}.md").write_text(text, encoding="utf-8")
    index = target / "index.md"
    trees = [
        _toctree(pages(), "Pages"),
        _toctree([path.stem for path in notebooks], "Notebooks"),
        _toctree([name for name in reference if name not in internal], "Reference"),
        _toctree(internal, "What it rests on"),
    ]
    text = index.read_text(encoding="utf-8").replace("a page of the site", "[a page of the site](gaps.md)")
    index.write_text(text + "".join(trees), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", action="store_true", help="also build the site into build/site")
    site = parser.parse_args().site
    LAYERS.write_text(layers.picture(), encoding="utf-8")
    PAPERS.write_text(papers_page(read_ledger(ROOT / "paper_checks")), encoding="utf-8")
    if site:
        source, target = ROOT / "build" / "pages", ROOT / "build" / "site"
        assemble(source)
        command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(source), str(target)]
        sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
