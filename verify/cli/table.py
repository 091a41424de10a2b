"""``linregions table``: bounds, constructions and exact counts of several architectures, side by side.

The data come from :mod:`verify.maxima.comparison`; here they are laid out.  Architectures are columns and quantities
are rows, so that the eye runs down from the lower bounds over the count to the upper bounds.  Columns that do not fit
the width of the terminal go to a second block below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.cells import cell_len

from theory.errors import InvalidInputError
from verify.cli import show
from verify.cli.bounds import proved_record
from verify.cli.given import cube, read_network
from verify.progress import working

if TYPE_CHECKING:
    from theory.constructions import Claim
    from verify.maxima.comparison import Column

__all__ = ["command"]

_ARCHITECTURE = re.compile(r"[\d\s,;-]+\Z")


@click.command("table")
@click.argument("subjects", nargs=-1, metavar="[ARCH|FILE]...")
@click.option("--rank", type=int, help="Maxout units of this rank in every ARCH.")
@click.option("--box", metavar="LO,HI", help="Count files on the cube [LO,HI]^d instead of R^d; write --box=-1,1.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help="Do not count constructions that claim more regions than this (default 20000).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def command(
    context: click.Context,
    subjects: tuple[str, ...],
    rank: int | None,
    box: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Bounds, constructions and exact counts side by side.

    Each ARCH (inputs, then hidden widths) or network FILE is one column: every lower bound that applies, the exact
    count of a network that exists (for ARCH the construction that claims most; for FILE that network), every upper
    bound that applies, and the share of the least upper bound that the count attains.  Without arguments, a small
    set of architectures is compared.

    \b
    Examples:
      linregions table
      linregions table 2-4-4 2-6-6 2-8-8
      linregions table 2-8-8 net.json --json
    """
    with working("loading the bounds and constructions"):
        from theory.architecture import Architecture
        from verify.maxima.comparison import DEFAULT, LIMIT, architecture_column, network_column
    ceiling = LIMIT if limit is None else limit
    columns = []
    for subject in subjects or DEFAULT:
        if _ARCHITECTURE.match(subject):
            architecture = Architecture.parse(subject, rank=rank)
            columns.append(architecture_column(architecture, limit=ceiling, announce=working))
        else:
            network = _network(subject)
            domain = None if box is None else cube(box, network.inputs)
            columns.append(network_column(network, Path(subject).stem, domain=domain, announce=working))
    if as_json:
        show.write(show.json_text({"columns": [_record(column) for column in columns]}))
    else:
        _print(columns)
    contradictions = [sentence for column in columns for sentence in column.contradictions]
    for sentence in contradictions:
        click.echo(f"linregions: contradiction: {sentence}", err=True)
    if contradictions:
        context.exit(1)


def _network(subject: str) -> Any:
    if not Path(subject).suffix and not Path(subject).exists():
        raise InvalidInputError(f"{subject!r} is neither an architecture such as 2-4-4 nor a network file")
    with working(f"reading {subject}"):
        return read_network(subject)


def _record(column: Column) -> dict[str, Any]:
    share, least = column.attained, column.least_upper
    return {
        "architecture": str(column.architecture),
        "network": column.network or None,
        "bounds": [proved_record(entry) for entry in column.proved],
        "least_upper": least and {"key": least.bound.key, "value": least.value},
        "counts": [
            {
                "domain": str(counted.domain),
                "count": counted.count,
                "exact": True,
                "definition": "activation",
                "seconds": round(counted.seconds, 6),
            }
            for counted in column.counts
        ],
        "claims": [{"count": c.count, "relation": c.relation, "domain": c.where} for c in column.claims],
        "attained": share and {"numerator": share.numerator, "denominator": share.denominator},
        "not_counted": column.silence or None,
        "contradictions": list(column.contradictions),
    }


@dataclass(frozen=True)
class _Row:
    """A line of the table: a label and a cell for each column; a heading has no cells."""

    label: str
    cells: tuple[str, ...] = ()
    style: str = ""


def _number(value: int | None) -> str:
    return "–" if value is None else show.integer_text(value, longest=10)


def _rows(columns: Sequence[Column]) -> Iterator[_Row]:
    def line(label: str, cell: Callable[[Column], str], style: str = "") -> _Row:
        return _Row(f"  {label}", tuple(cell(column) or "–" for column in columns), style)

    yield from _bound_rows("at least (proved)", "lower", columns)
    yield _Row("counted (exact)")
    yield line("network", lambda column: column.network)
    if any(column.claims for column in columns):
        yield line("claims", lambda column: _claim(column.claims[0]) if column.claims else "")
    if any(_count_where(column, whole=False) for column in columns):
        yield line("on the box", lambda column: next((str(c.domain) for c in column.counts if c.domain.rows), ""))
        yield line("counted there", lambda column: _count_where(column, whole=False), "bold")
    yield line("counted on R^n", lambda column: _count_where(column, whole=True), "bold")
    yield from _bound_rows("exactly (proved)", "exact", columns)
    yield from _bound_rows("at most (proved)", "upper", columns)
    yield _Row("attained")
    yield line(
        "of the least bound", lambda column: "" if column.attained is None else show.percent(column.attained), "bold"
    )


def _claim(claim: Claim) -> str:
    return ("≥ " if claim.relation == ">=" else "= ") + _number(claim.count)


def _count_where(column: Column, *, whole: bool) -> str:
    return next((_number(c.count) for c in column.counts if whole == (not c.domain.rows)), "")


def _bound_rows(heading: str, kind: str, columns: Sequence[Column]) -> Iterator[_Row]:
    """One line for each bound of a kind, those first that are smaller in most columns."""
    values = [
        {entry.bound.key: entry.value for entry in column.proved if entry.bound.kind == kind} for column in columns
    ]
    places: dict[str, list[Fraction]] = {}
    for found in values:
        for key, value in found.items():
            smaller = sum(other < value for other in found.values())
            places.setdefault(key, []).append(Fraction(smaller, len(found)))
    if places:
        yield _Row(heading)
    for key in sorted(places, key=lambda key: sum(places[key]) / len(places[key])):
        yield _Row(f"  {key}", tuple(_number(found.get(key)) for found in values))


def _print(columns: Sequence[Column]) -> None:
    rows = list(_rows(columns))
    titles = [show.architecture_text(column.architecture, longest=16) for column in columns]
    widths = [
        max(cell_len(title), *(cell_len(row.cells[i]) for row in rows if row.cells)) for i, title in enumerate(titles)
    ]
    label = max(cell_len(row.label) for row in rows)
    for block in _blocks(widths, show.terminal_width() - label):
        table = show.plain_table(header_style="bold")
        table.add_column("regions of".ljust(label), no_wrap=True)
        for i in block:
            table.add_column(titles[i], justify="right", no_wrap=True)
        for row in _rows([columns[i] for i in block]):
            table.add_row(row.label, *row.cells, style=row.style or None)
        show.write_table(table)
        show.write()
    for column in columns:
        if column.silence:
            show.write_wrapped(f"{show.architecture_text(column.architecture)} is not counted: {column.silence}")
            show.write()
    sources = {entry.bound.key: entry.bound for column in columns for entry in column.proved}
    show.write("Sources")
    for key, bound in sources.items():
        show.write_wrapped(f"{key}: {bound.source.short}")


def _blocks(widths: Sequence[int], room: int) -> Iterator[list[int]]:
    """Consecutive columns that fit into ``room`` together, two spaces before each; at least one in a block."""
    block: list[int] = []
    used = 0
    for i, width in enumerate(widths):
        if block and used + width + 2 > room:
            yield block
            block, used = [], 0
        block.append(i)
        used += width + 2
    if block:
        yield block
