"""Tables of bounds: text, Markdown, LaTeX (booktabs), CSV, JSON, and HTML in a notebook.

Integers of any size may stand in a cell.  Up to 24 digits are shown in full; a longer number is shown by its
first and last digits together with the number of digits and the order of magnitude, so that nothing is cut
silently.  CSV and JSON always carry every digit (in JSON as a string once a number passes 2^53).

>>> table = bounds_table(Architecture.parse("2-3"), kind="exact")
>>> print(table.to_text())
bounds for 2-3
bound      kind   value  source
---------  -----  -----  ------------------------------------
zaslavsky  exact      7  Zaslavsky 1975, Theorem A, Corollary
"""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theory.architecture import Architecture
from theory.bounds.bound import Kind
from theory.bounds.catalog import BOUNDS, left_out, listing
from theory.bounds.weight_aware import WeightAwareBounds
from theory.errors import InvalidInputError
from theory.exact import decimal, format_rational
from theory.text import LONGEST, abridged

__all__ = [
    "FORMATS",
    "Table",
    "bounds_table",
    "deep_shallow_table",
    "layers_table",
    "split_table",
    "weights_table",
]

_EXACT_IN_JSON = 2**53


def _ratio_text(value: Fraction) -> str:
    """A fraction, or its magnitude by integer division when it is long."""
    text = format_rational(value)
    if len(text) <= LONGEST:
        return text
    scaled = round(value * 10_000)
    return f"≈ {scaled // 10_000}.{scaled % 10_000:04d}" if scaled else "≈ 0.0000"


def _cell_text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return abridged(value)
    if isinstance(value, Fraction):
        return _ratio_text(value)
    return str(value)


def _cell_data(value: Any) -> Any:
    """A cell with every digit, for CSV and JSON."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT_IN_JSON else decimal(value)
    return format_rational(value) if isinstance(value, Fraction) else str(value)


_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "…": r"\dots{}", "≥": r"$\ge$", "≤": r"$\le$",
    "·": r"$\cdot$", "γ": r"$\gamma$", "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "–": "--", "≈": r"$\approx$",
    "−": r"$-$",
}  # fmt: skip


def _latex_text(text: str) -> str:
    return "".join(_LATEX.get(c, c) for c in text)


def _latex_cell(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        text = abridged(value)
        head, mark, tail = text.partition("·10^")
        if mark:
            return _latex_text(head) + rf"$\,\cdot 10^{{{tail.rstrip(')')}}}$)"
        return f"${text}$"
    if isinstance(value, Fraction) and len(format_rational(value)) <= LONGEST:
        return f"${format_rational(value)}$"
    return _latex_text(_cell_text(value))


@dataclass(frozen=True)
class Table:
    """Rows of exact values under named columns.

    Attributes
    ----------
    title : str
    columns : tuple of str
    rows : tuple of tuples
        Cells are str, int, Fraction, bool or None.
    note : str
        A sentence below the table.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        for i, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise InvalidInputError(f"row {i} of the table has {len(row)} cells for {len(self.columns)} columns")

    def _numeric(self, column: int) -> bool:
        return all(isinstance(row[column], int | Fraction | None) for row in self.rows)

    def to_text(self) -> str:
        """Aligned plain text."""
        cells = [list(self.columns), *([_cell_text(v) for v in row] for row in self.rows)]
        widths = [max(len(line[c]) for line in cells) for c in range(len(self.columns))]
        numeric = [self._numeric(c) for c in range(len(self.columns))]

        def aligned(line: Sequence[str]) -> str:
            parts = (v.rjust(w) if right else v.ljust(w) for v, w, right in zip(line, widths, numeric, strict=True))
            return "  ".join(parts).rstrip()

        lines = [self.title, aligned(cells[0]), "  ".join("-" * w for w in widths), *map(aligned, cells[1:])]
        return "\n".join([*lines, *([self.note] if self.note else [])])

    def to_markdown(self) -> str:
        """A Markdown table with a caption above."""
        rules = ["---:" if self._numeric(c) else ":---" for c in range(len(self.columns))]
        body = [[_cell_text(v).replace("|", r"\|") for v in row] for row in self.rows]
        lines = ["| " + " | ".join(line) + " |" for line in (self.columns, rules, *body)]
        return "\n".join([f"**{self.title}**", "", *lines, *(["", self.note] if self.note else [])])

    def to_latex(self) -> str:
        r"""A ``table`` environment for ``\usepackage{booktabs}``."""
        alignment = "".join("r" if self._numeric(c) else "l" for c in range(len(self.columns)))
        lines = [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_latex_text(self.title)}}}",
            rf"\begin{{tabular}}{{{alignment}}}",
            r"\toprule",
            " & ".join(map(_latex_text, self.columns)) + r" \\",
            r"\midrule",
            *(" & ".join(map(_latex_cell, row)) + r" \\" for row in self.rows),
            r"\bottomrule",
            r"\end{tabular}",
            *([rf"\par {_latex_text(self.note)}"] if self.note else []),
            r"\end{table}",
        ]
        return "\n".join(lines)

    def to_csv(self) -> str:
        """Comma-separated values with every digit; an empty field where there is no value."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows:
            writer.writerow("" if v is None else _cell_data(v) for v in row)
        return stream.getvalue()

    def to_json(self) -> str:
        """One object with title, note, and the rows as objects; integers from 2^53 on are strings of digits."""
        rows = [dict(zip(self.columns, map(_cell_data, row), strict=True)) for row in self.rows]
        return json.dumps({"title": self.title, "note": self.note, "rows": rows}, ensure_ascii=False, indent=2)

    def to_html(self) -> str:
        """An HTML table."""
        numeric = [self._numeric(c) for c in range(len(self.columns))]
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:{"right" if right else "left"}">{html.escape(_cell_text(v))}</td>'
                for v, right in zip(row, numeric, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        caption = f"<caption>{html.escape(self.title)}</caption>"
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"

    def render(self, form: str = "text") -> str:
        """The table in one of :data:`FORMATS`."""
        if form not in FORMATS:
            raise InvalidInputError(f"unknown table format {form!r}; choose one of {', '.join(FORMATS)}")
        return FORMATS[form](self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return self.to_text()


FORMATS: dict[str, Callable[[Table], str]] = {
    "text": Table.to_text,
    "markdown": Table.to_markdown,
    "latex": Table.to_latex,
    "csv": Table.to_csv,
    "json": Table.to_json,
    "html": Table.to_html,
}
"""Renderers by name."""


def bounds_table(arch: Any, *, kind: Kind | None = None) -> Table:
    """Every applicable bound of an architecture, in increasing order, with its source.

    >>> [row[0] for row in bounds_table(Architecture.parse("1-3-2")).rows if row[1] == "exact"]
    ['one_input']
    """
    rows = tuple((bound.key, bound.kind, value, bound.source.short) for bound, value in listing(arch, kind))
    missing = "; ".join(f"{bound.key} ({reason})" for bound, reason in left_out(arch, kind))
    note = f"left out: {missing}" if missing else ""
    return Table(f"bounds for {arch}", ("bound", "kind", "value", "source"), rows, note)


def weights_table(result: WeightAwareBounds) -> Table:
    """The weight-aware bounds of a network beside the upper bounds of its architecture, in increasing order.

    >>> from theory.bounds.weight_aware import weight_aware_bounds
    >>> from theory.network import Network
    >>> net = Network.relu([([[1, 0], [1, 1]], [5, 0]), ([[1, 1]], [0])])
    >>> [row[:3] for row in weights_table(weight_aware_bounds(net, ([-1, -1], [1, 1]))).rows][:3]
    [('serra2018 + weights', 'upper', 2), ('hinz2021 + weights', 'upper', 2), ('serra2018_ranks', 'upper', 4)]
    """
    rows: list[tuple[Any, ...]] = [
        (f"{key} + weights" if key in ("serra2018", "hinz2021") else key, "upper", value, BOUNDS[key].source.short)
        for key, value in result.values.items()
    ]
    rows += [
        (bound.key, bound.kind, value, bound.source.short) for bound, value in listing(result.architecture, "upper")
    ]
    rows.sort(key=lambda row: row[2])
    layers = [
        f"layer {i}: rank {facts.rank}; {len(facts.on)} on, {len(facts.off)} off, "
        f"{facts.changing} of rank {facts.changing_rank} may change"
        for i, facts in enumerate(result.layers, start=1)
    ]
    title = f"bounds for a network {result.architecture} on {result.domain}"
    return Table(title, ("bound", "kind", "value", "source"), tuple(rows), "; ".join(layers))


def layers_table(result: WeightAwareBounds) -> Table:
    """What the weights of each hidden layer say on the domain: units that never change, and ranks.

    >>> from theory.bounds.weight_aware import weight_aware_bounds
    >>> from theory.network import Network
    >>> net = Network.relu([([[1, 0], [1, 1]], [5, 0]), ([[1, 1]], [0])])
    >>> layers_table(weight_aware_bounds(net, ([-1, -1], [1, 1]))).rows
    ((1, 2, 2, 1, 0, 1, 1),)
    """
    rows = tuple(
        (i, facts.width, facts.rank, len(facts.on), len(facts.off), facts.changing, facts.changing_rank)
        for i, facts in enumerate(result.layers, start=1)
    )
    columns = ("layer", "units", "rank", "always on", "always off", "may change", "rank of those")
    return Table(f"units of a network {result.architecture} on {result.domain}", columns, rows)


def split_table(
    units: int = 22,
    inputs: int = 784,
    bounds: Sequence[str] = ("trivial", "montufar2017", "serra2018", "hinz2021"),
) -> Table:
    """Upper bounds for every split of the units over two layers: the comparison of the 2018 poster by default.

    >>> split_table().rows[10]
    ('11-11', 4194304, 4194304, 2449868, 2449868)
    """
    rows = []
    for k in range(1, units):
        arch = Architecture.relu(inputs, k, units - k)
        rows.append((f"{k}-{units - k}", *(BOUNDS[key](arch) for key in bounds)))
    return Table(f"{units} units in two layers, {inputs} inputs", ("widths", *bounds), tuple(rows))


def deep_shallow_table(depths: Sequence[int] = (2, 3), widths: Sequence[int] = (1, 2, 3, 4, 5, 6, 7, 8)) -> Table:
    """Theorem 1 for L layers of n units against 2^{Ln}, what one layer of all units attains, with n0 = L·n inputs.

    >>> [str(row[-1]) for row in deep_shallow_table((2,), (1, 2, 3, 4)).rows]
    ['3/4', '11/16', '21/32', '163/256']
    """
    rows = []
    for depth in depths:
        for n in widths:
            deep = BOUNDS["serra2018"](Architecture.relu(depth * n, *[n] * depth))
            shallow = BOUNDS["zaslavsky"](Architecture.relu(depth * n, depth * n))
            rows.append((depth, n, depth * n, deep, shallow, Fraction(deep, shallow)))
    return Table(
        "many inputs: deep networks have fewer regions than shallow ones",
        ("layers L", "width n", "inputs Ln", "deep, at most", "shallow, exactly", "ratio"),
        tuple(rows),
    )
