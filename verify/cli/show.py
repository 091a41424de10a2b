"""How results look: integers of any size, shares, tables for a terminal, JSON for programs.

Counts and bounds can have thousands of digits.  On the terminal a long one is shown by its magnitude, digits cut off
and never rounded up, so that a number on the screen is never larger than the number itself; JSON always holds every
digit, as a JSON integer.
"""

from __future__ import annotations

import json
import numbers
import operator
import sys
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import click

from theory import Architecture, Network
from theory.exact import format_rational


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


def record_of(result: object, *names: str, **renamed: str) -> dict[str, Any]:
    """The attributes of a result that have these names, for JSON; times are rounded to the microsecond.

    >>> record_of(Fraction(2, 3), "numerator", over="denominator", digits="numerator.real")
    {'numerator': 2, 'over': 3, 'digits': 2}
    """
    paths = {**dict(zip(names, names, strict=True)), **renamed}
    record = {name: operator.attrgetter(path)(result) for name, path in paths.items()}
    if "seconds" in record:
        record["seconds"] = round(record["seconds"], 6)
    return record


def json_text(record: Any) -> str:
    """JSON with every integer written out, however long; a fraction is a string "p/q", an object what it prints.

    >>> len(json_text(10**5000)), json_text([Fraction(1, 3), Architecture.relu(2, 4)]).split()
    (5001, ['[', '"1/3",', '"2-4"', ']'])
    """
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return json.dumps(record, ensure_ascii=False, indent=2, default=_plain)
    finally:
        sys.set_int_max_str_digits(limit)


def _plain(value: object) -> str:
    if isinstance(value, Fraction):
        return format_rational(value)
    if isinstance(value, numbers.Number):  # an array's integer, say: a number must not become a string unnoticed
        raise TypeError(f"{value!r} of type {type(value).__name__} has no form in JSON")
    return str(value)


write = click.echo
"""One line, or several, on standard output."""


def is_json() -> bool:
    """Whether the command is to answer programs: the option --json was given."""
    return bool(click.get_current_context().meta.get("linregions.as_json"))


def answer(record: dict[str, Any], text: str | Iterable[str]) -> None:
    """The answer of a command on standard output: for programs the record, for readers a text, or lines of one."""
    write(json_text(record) if is_json() else text if isinstance(text, str) else "\n".join(text))


def wrapped(text: str) -> str:
    """A long sentence, indented and wrapped to the width of the terminal; nothing where programs are answered."""
    if is_json():
        return ""
    return click.wrap_text(text, width=terminal_width(), initial_indent="  ", subsequent_indent="    ")


def terminal_width() -> int:
    """Columns of the terminal, or of the variable COLUMNS; 80 when the output is not a terminal."""
    from rich.console import Console

    return Console(file=sys.stdout).width


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, bold: Sequence[str] = ()) -> str:
    """A table without a frame, with colors only on a terminal; nothing where programs are answered.

    A column whose heading begins with ``>`` is right-aligned and not wrapped, one with ``<`` is left-aligned and not
    wrapped; any other is wrapped if the terminal is narrow.  Empty headings are not shown.  The rows whose first cells
    are in ``bold`` are emphasized.
    """
    if is_json():
        return ""
    from rich.console import Console
    from rich.table import Table

    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_header=any(headings))
    for heading in headings:
        side = heading[:1] if heading[:1] in ("<", ">") else ""
        result.add_column(heading.removeprefix(side), justify="right" if side == ">" else "left", no_wrap=bool(side))
    for row in rows:
        result.add_row(*row, style="bold" if row[0] in bold else None)
    console = Console(file=sys.stdout, highlight=False)
    with console.capture() as capture:
        console.print(result)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def answer_network(network: Network, note: str, output: str | None, record: dict[str, Any]) -> None:
    """Save a network with a note about it in the file ``output``, and say so; without a file, print the network."""
    from theory import formats

    if output is not None:
        formats.save(network, output, note=note)
    shown = formats.dumps(network, note=note).rstrip("\n") if output is None else f"{output}: {note}"
    answer({"file": output, **record}, shown)
