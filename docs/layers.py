"""Draws the layers of the packages: ``python docs/layers.py`` writes docs/pictures/layers.svg.

The layers are those of the import-linter contracts in pyproject.toml, so the picture and the rule cannot differ.  A row
may import from the rows below it and from ``theory``, never from a row above or from its neighbors in the row.
"""

from __future__ import annotations

import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "layers.svg"

PURPOSE = {
    "cli": "the command linregions, subcommands by what they are about",
    "testing": "laws, refuter, strategies, degenerate networks",
    "atlas": "pages about small architectures",
    "maxima": "best networks known against bounds",
    "checks": "a count against invariants",
    "measure": "volumes, distances, complexity",
    "counting": "count(), long counts, stores",
    "partitions": "regions, definitions, graphs",
    "slices": "lines and planes",
    "certificate": "the writer",
    "engines": "enumerate the cells of a problem; floats propose, exact arithmetic decides",
    "domain": "boxes, polytopes, lines, planes",
    "drawing": "figures",
    "progress": "what is shown",
    "checker": "imports nothing",
}
"""What stands under the name of each package of ``verify``."""

WIDTH, ROW, GAP, LEFT, TOP = 860, 46, 8, 70, 34


def _layers(package: str) -> list[list[str]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = [contract["layers"] for contract in contracts if contract.get("containers") == [package]]
    return [[name.strip() for name in layer.split("|")] for layer in layers]


def _text(x: float, y: float, words: str, style: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{style}">{escape(words)}</text>'


def _row(names: list[str], top: float, height: float, kind: str) -> list[str]:
    width = (WIDTH - LEFT - GAP * (len(names) - 1)) / len(names)
    parts = []
    for number, name in enumerate(names):
        x, middle = LEFT + number * (width + GAP), LEFT + number * (width + GAP) + width / 2
        parts.append(f'<rect x="{x:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="5" class="{kind}"/>')
        if name in PURPOSE and kind == "verify":
            parts.append(_text(middle, top + 19, name, "name"))
            parts.append(_text(middle, top + 36, PURPOSE[name], "purpose"))
        else:
            parts.append(_text(middle, top + height / 2 + 5, name, "name" if kind == "verify" else "small"))
    return parts


def picture() -> str:
    """The layers of ``verify`` above those of ``theory``, as SVG."""
    parts, top = [], float(TOP)
    for package, height in (("verify", ROW), ("theory", 28)):
        begin = top
        for names in _layers(package):
            parts += _row(names, top, height, package)
            top += height + GAP
        middle = (begin + top - GAP) / 2
        parts.append(
            f'<text x="30" y="{middle:g}" class="package" transform="rotate(-90 30 {middle:g})">{package}</text>'
        )
        parts.append(f'<path d="M50 {begin:g} V{top - GAP - 8:g}" class="arrow" marker-end="url(#tip)"/>')
        top += 14
    style = (
        "svg{background:#fff}text{font-family:sans-serif;text-anchor:middle;fill:#14213d}"
        ".name{font-size:14px;font-weight:bold}.purpose{font-size:11px}.small{font-size:12px}"
        ".package{font-size:16px;font-weight:bold}.verify{fill:#e3ecf7;stroke:#4a6fa5}"
        ".theory{fill:#f7ede3;stroke:#a5794a}.arrow{stroke:#666;stroke-width:1.5;fill:none}"
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 10} {top:g}" role="img">'
        "<title>Layers of verify and theory; imports go downward only</title>"
        f"<style>{style}</style>"
        '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="4" refY="4" orient="auto">'
        '<path d="M1 1 L7 4 L1 7 z" fill="#666"/></marker></defs>'
    )
    caption = _text((WIDTH + LEFT) / 2, 20, "imports go downward only", "small")
    return "\n".join([head, caption, *parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
