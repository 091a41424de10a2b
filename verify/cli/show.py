"""How results look: integers of any size, shares, tables for a terminal, JSON for programs.

Counts and bounds can have thousands of digits.  On the terminal a long one is shown by its magnitude, digits cut off
and never rounded up, so that a number on the screen is never larger than the number itself; JSON always holds every
digit, as a JSON integer.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from theory.architecture import Architecture
from theory.text import integer_text

__all__ = [
    "architecture_text",
    "integer_text",
    "json_text",
    "percent",
    "plain_table",
    "terminal_width",
    "write",
    "write_table",
    "write_wrapped",
]


def architecture_text(architecture: Architecture, *, longest: int = 40) -> str:
    """The architecture as it is written, the middle left out if that is long.

    >>> architecture_text(Architecture.relu(784, *[512] * 10))
    '784-512-512-…-512 (10 layers)'
    """
    text = str(architecture)
    if len(text) <= longest or architecture.depth < 4:
        return text
    start = "-".join(map(str, architecture.sizes[:3]))
    return f"{start}-…-{text.rpartition('-')[2]} ({architecture.depth} layers)"


def percent(share: Fraction) -> str:
    """A share in percent with the digits after the first decimal cut off: 100 % only when it is all.

    >>> percent(Fraction(2, 3)), percent(Fraction(1)), percent(Fraction(1, 10**9))
    ('66.6 %', '100 %', '< 0.1 %')
    """
    tenths = share.numerator * 1000 // share.denominator
    if tenths == 0 and share > 0:
        return "< 0.1 %"
    return "100 %" if share == 1 else f"{tenths // 10}.{tenths % 10} %"


def json_text(record: Any) -> str:
    """JSON with every integer written out, however long.

    >>> len(json_text(10**5000))
    5001
    """
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return json.dumps(record, ensure_ascii=False, indent=2)
    finally:
        sys.set_int_max_str_digits(limit)


def write(text: str = "") -> None:
    """One line, or several, on standard output."""
    click.echo(text)


def write_wrapped(text: str) -> None:
    """A long sentence on standard output, indented and wrapped to the width of the terminal."""
    click.echo(click.wrap_text(text, width=terminal_width(), initial_indent="  ", subsequent_indent="    "))


def terminal_width() -> int:
    """Columns of the terminal, or of the variable COLUMNS; 80 when the output is not a terminal."""
    return Console(file=sys.stdout).width


def write_table(table: Table) -> None:
    """A table on standard output, with colors only on a terminal."""
    console = Console(file=sys.stdout, highlight=False)
    with console.capture() as capture:
        console.print(table)
    lines = capture.get().splitlines()
    click.echo("\n".join(line.rstrip() for line in lines))


def plain_table(**options: Any) -> Table:
    """A table without a frame: columns two spaces apart."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), **options)
