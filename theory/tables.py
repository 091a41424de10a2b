r"""Tables of exact values: text, Markdown, LaTeX (booktabs), CSV, JSON, and HTML in a notebook.

Of numbers with more than 24 digits the first and last ones are shown, how many there are, and the order of magnitude.
CSV and JSON carry every digit (in JSON as a string once a number passes 2^53).

>>> squares = Table("squares", ("n", "its square"), ((1, 1), (12, 144)))
>>> print(squares.to_text())
squares
 n  its square
--  ----------
 1           1
12         144
"""

import csv
import html
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theory.errors import InvalidInputError, Names
from theory.exact import decimal, format_rational
from theory.text import LONGEST, abridged

_EXACT_IN_JSON = 2**53


def _cell_text(value: Any) -> str:
    """A cell for readers; a long fraction is shown by four decimals."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return abridged(value)
    if isinstance(value, Fraction) and len(format_rational(value)) > LONGEST:
        if abs(value) >= 10**LONGEST:
            return f"≈ {abridged(round(value))}"
        whole, part = divmod(round(abs(value) * 10_000), 10_000)
        return f"≈ {'-' * (value < 0)}{whole}.{part:04d}"
    return format_rational(value) if isinstance(value, Fraction) else str(value)


def _cell_data(value: Any) -> Any:
    """A cell with every digit, for CSV and JSON."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT_IN_JSON else decimal(value)
    return format_rational(value) if isinstance(value, Fraction) else str(value)


_LATEX_SIGNS = str.maketrans({
    "…": r"\dots{}", "≥": r"$\ge$", "≤": r"$\le$", "·": r"$\cdot$", "γ": r"$\gamma$", "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$", "–": "--", "≈": r"$\approx$", "−": r"$-$",
})  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Rows of exact values (str, int, Fraction, bool or None) under named columns; ``note`` stands below the table."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        for i, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise InvalidInputError(f"row {i} of the table has {len(row)} cells for {len(self.columns)} columns")

    def _cells(self) -> list[list[str]]:
        return [[_cell_text(value) for value in row] for row in (self.columns, *self.rows)]

    def _grid(self, form: str, cells: list[list[str]]) -> str:
        """Cells, the heading among them, in a format of the library; columns of numbers stand to the right."""
        from tabulate import tabulate  # slow to load

        numeric = [all(isinstance(v, int | Fraction | None) for v in column) for column in zip(*self.rows, strict=True)]
        sides = ["right" if right else "left" for right in numeric] or None
        heading = () if form == "plain" else "firstrow"
        return str(tabulate(cells, heading, tablefmt=form, colalign=sides, disable_numparse=True))  # digits stay

    def to_text(self) -> str:
        """Aligned plain text."""
        heading, *rows = self._cells()
        rules = ["-" * max(map(len, column)) for column in zip(heading, *rows, strict=True)]
        grid = self._grid("plain", [heading, rules, *rows])
        return "\n".join([self.title, grid, *([self.note] if self.note else [])])

    def to_markdown(self) -> str:
        """A Markdown table with a caption above."""
        grid = self._grid("pipe", [[cell.replace("|", r"\|") for cell in row] for row in self._cells()])
        return "\n".join([f"**{self.title}**", "", grid, *(["", self.note] if self.note else [])])

    def to_latex(self) -> str:
        r"""A ``table`` environment for ``\usepackage{booktabs}``."""
        from tabulate import LATEX_ESCAPE_RULES

        escapes = str.maketrans(LATEX_ESCAPE_RULES)
        lines = [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{self.title.translate(escapes)}}}",
            self._grid("latex_booktabs", self._cells()),
            *([rf"\par {self.note.translate(escapes)}"] if self.note else []),
            r"\end{table}",
        ]
        powers = re.sub(r"·10\\\^\{\}(\d+)", r"$\\,\\cdot 10^{\1}$", "\n".join(lines))
        return powers.translate(_LATEX_SIGNS)

    def to_csv(self) -> str:
        """Comma-separated values with every digit; an empty field where there is no value."""
        stream = io.StringIO()
        rows = (["" if v is None else _cell_data(v) for v in row] for row in self.rows)
        csv.writer(stream, lineterminator="\n").writerows([self.columns, *rows])
        return stream.getvalue()

    def to_json(self) -> str:
        """One object with title, note, and the rows as objects; integers from 2^53 on are strings of digits."""
        rows = [dict(zip(self.columns, map(_cell_data, row), strict=True)) for row in self.rows]
        return json.dumps({"title": self.title, "note": self.note, "rows": rows}, ensure_ascii=False, indent=2)

    def to_html(self) -> str:
        """An HTML table."""
        caption = f"<table>\n<caption>{html.escape(self.title)}</caption>"
        note = f"\n<p>{html.escape(self.note)}</p>" if self.note else ""
        return self._grid("html", self._cells()).replace("<table>", caption, 1) + note

    def render(self, form: str = "text") -> str:
        """The table in one of :data:`FORMATS`."""
        return FORMATS[form](self)

    _repr_html_ = to_html
    __str__ = to_text


_NAMES = ("text", "markdown", "latex", "csv", "json", "html")
FORMATS: Names[Callable[[Table], str]] = Names("table format", {form: getattr(Table, f"to_{form}") for form in _NAMES})
"""Renderers by name."""
