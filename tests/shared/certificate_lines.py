"""Certificates of all versions as lists of JSON values, to be changed and written again."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from places import ROOT

from verify.certificate import check


class TreeLine(list[Any]):
    """A line of a tree of version 3: integers with commas between them."""


def parsed(text: str) -> list[Any]:
    """The value of every line."""
    return [json.loads(line) if line[0] in "[{" else TreeLine(map(int, line.split(","))) for line in text.splitlines()]


def rendered(lines: list[Any]) -> str:
    """The text."""
    return "".join(
        f"{json.dumps(line, separators=(',', ':'))[1:-1] if isinstance(line, TreeLine) else json.dumps(line)}\n"
        for line in lines
    )


def specified(example: str) -> str:
    """The text of an example in the specification, which stands between two marks."""
    text = (ROOT / "verify" / "CERTIFICATE.md").read_text(encoding="utf-8")
    shown = text.partition(f"<!-- {example} -->")[2].partition(f"<!-- end of {example} -->")[0].strip()
    return shown.removeprefix("```json\n").removesuffix("```")


def verdict(lines: list[Any], folder: Path) -> str:
    """What is said of a file of these lines."""
    (folder / "changed").write_text(rendered(lines))
    return str(check(folder / "changed"))


def changed(value: Any, *place: int | str, to: Any) -> Any:
    """The lines, or a claim, with another value somewhere; a function is applied to the value that is there."""
    result = copy.deepcopy(value)
    entry = result
    for key in place[:-1]:
        entry = entry[key]
    entry[place[-1]] = to(entry[place[-1]]) if callable(to) else to
    return result


def children(line: list[Any]) -> int | None:
    """How many children the line declares; None if the cell has more lines."""
    if isinstance(line, TreeLine) and line[0] in (1, -2, -3):
        return None
    return max(0, int(line[0]))


def node(lines: list[Any], at: int) -> int:
    """The last line of the cell that begins at a line."""
    while children(lines[at]) is None:
        at += 1
    return at


def sizes(lines: list[Any]) -> dict[int, int]:
    """How many lines the subtree has that begins with each cell of the tree."""
    found: dict[int, int] = {}

    def measure(at: int) -> int:
        last = node(lines, at)
        end = last + 1
        for _ in range(children(lines[last]) or 0):
            end += measure(end)
        found[at] = end - at
        return end - at

    measure(1)
    return found


def is_leaf(line: list[Any]) -> bool:
    """Whether the line ends a cell without children."""
    return children(line) == 0


def witness(line: list[Any]) -> list[int]:
    """Of the line of a leaf."""
    point: list[int] = line[1:] if isinstance(line, TreeLine) else line[2]
    return point
