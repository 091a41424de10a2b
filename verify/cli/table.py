"""``linregions table``: bounds, constructions and exact counts of several architectures, side by side.

The data come from :mod:`verify.maxima.comparison`.  Architectures are columns and quantities are rows: first the lower
bounds, then the count, then the upper bounds.  Columns that do not fit the width of the terminal go to a second block
below.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import click
from rich.cells import cell_len

from theory.architecture import Architecture
from theory.text import integer_text
from verify.cli import arguments, show
from verify.cli.arguments import DomainReader, NetworkFile
from verify.cli.bounds import proved_record
from verify.maxima.comparison import DEFAULT, LIMIT, Column, architecture_column, network_column

_BOLD = ("  counted there", "  counted on R^n", "  regions", "  of the least bound")


@click.command("table")
@click.argument("subjects", nargs=-1, metavar="[ARCH|FILE]...", type=arguments.SUBJECT)
@arguments.rank
@arguments.reading
@click.option("--box", type=arguments.BOX, help="Count files on the cube [LO,HI]^d instead of R^d; write --box=-1,1.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=LIMIT,
    help=f"Do not count constructions that claim more regions than this (default {LIMIT}), unless cells share images.",
)
@arguments.json()
def command(
    subjects: tuple[Architecture | NetworkFile, ...], rank: int | None, box: DomainReader | None, limit: int
) -> int:
    """Bounds, constructions and exact counts side by side.

    Each ARCH (inputs, then hidden widths) or network FILE is one column: every lower bound that applies, the exact
    count of a network that exists (for ARCH the construction that claims most; for FILE that network), every upper
    bound that applies, and the most regions of any network known (for FILE, of that network), with its share of the
    least upper bound.  Without arguments, a small set of architectures is compared.

    \b
    Examples:
      linregions table
      linregions table 2-4-4 2-6-6 2-8-8
      linregions table 2-8-8 net.json --json
    """
    columns = []
    for subject in subjects or [Architecture.parse(text, rank=rank) for text in DEFAULT]:
        if isinstance(subject, NetworkFile):
            network, domain = subject.network, None if box is None else box(subject.network.inputs)
            columns.append(network_column(network, subject.title, domain=domain))
        else:
            columns.append(architecture_column(subject, limit=limit))
    show.answer({"columns": [_record(column) for column in columns]}, _text(columns))
    contradictions = [sentence for column in columns for sentence in column.contradictions]
    for sentence in contradictions:
        click.echo(f"linregions: contradiction: {sentence}", err=True)
    return 1 if contradictions else 0


def _record(column: Column) -> dict[str, Any]:
    share, least = column.attained, column.least_upper
    return {
        **show.record_of(column, "architecture", "contradictions"),
        "network": column.network or None,
        "bounds": [proved_record(entry) for entry in column.proved],
        "least_upper": least and {"key": least.bound.key, "value": least.value},
        "counts": [
            {
                "domain": counted.domain,
                "count": counted.value,
                **show.record_of(counted, "seconds", "exact", "definition"),
            }
            for counted in column.counts
        ],
        "claims": [{**show.record_of(claim, "count", "relation"), "domain": claim.where} for claim in column.claims],
        "best": column.best and show.record_of(column.best, "value", "name", "evidence", "source"),
        "attained": share and show.record_of(share, "numerator", "denominator"),
        "not_counted": column.silence or None,
    }


def _number(value: int | None) -> str:
    return "–" if value is None else integer_text(value, longest=10)


def _lines(columns: Sequence[Column]) -> Iterator[tuple[str, ...]]:
    """The lines of the table: a label and a cell for each column; a heading has no cells."""

    def line(label: str, cell: Callable[[Column], str]) -> tuple[str, ...]:
        return (f"  {label}", *(cell(column) or "–" for column in columns))

    yield from _bound_lines("at least (proved)", "lower", columns)
    yield ("counted (exact)",)
    yield line("network", lambda column: column.network)
    if any(column.claims for column in columns):
        signs = {">=": "≥ ", "=": "= "}
        yield line("claims", lambda column: "".join(signs[c.relation] + _number(c.count) for c in column.claims[:1]))
    if any(_count_where(column, whole=False) for column in columns):
        yield line("on the box", lambda column: next((str(c.domain) for c in column.counts if c.domain.rows), ""))
        yield line("counted there", lambda column: _count_where(column, whole=False))
    yield line("counted on R^n", lambda column: _count_where(column, whole=True))
    yield from _bound_lines("exactly (proved)", "exact", columns)
    yield from _bound_lines("at most (proved)", "upper", columns)
    yield ("best known",)
    yield line("by", lambda column: column.best.name if column.best else column.network)
    yield line("regions", lambda column: _number(column.most))
    yield line("of the least bound", lambda column: "" if column.attained is None else show.percent(column.attained))


def _count_where(column: Column, *, whole: bool) -> str:
    return next((_number(c.value) for c in column.counts if whole == (not c.domain.rows)), "")


def _bound_lines(heading: str, kind: str, columns: Sequence[Column]) -> Iterator[tuple[str, ...]]:
    """One line for each bound of a kind, those first that are smaller in most columns."""
    values = [
        {entry.bound.key: entry.value for entry in column.proved if entry.bound.kind == kind} for column in columns
    ]
    shares: dict[str, list[Fraction]] = {}  # for each column with the bound, the share of its bounds that are smaller
    for found in values:
        for key, value in found.items():
            shares.setdefault(key, []).append(Fraction(sum(other < value for other in found.values()), len(found)))
    if shares:
        yield (heading,)
    for key in sorted(shares, key=lambda key: sum(shares[key]) / len(shares[key])):
        yield (f"  {key}", *(_number(found.get(key)) for found in values))


def _text(columns: Sequence[Column]) -> Iterator[str]:
    titles = [show.architecture_text(column.architecture, longest=16) for column in columns]
    lines = [line for line in _lines(columns) if len(line) > 1]
    label, *widths = (max(map(cell_len, cells)) for cells in zip(("regions of", *titles), *lines, strict=True))
    for block in _blocks(widths, show.terminal_width() - label):
        headings = ("<" + "regions of".ljust(label), *(f">{titles[i]}" for i in block))
        yield show.table(headings, _lines([columns[i] for i in block]), bold=_BOLD) + "\n"
    for column in columns:
        if column.silence:
            text = f"{show.architecture_text(column.architecture)} is not counted: {column.silence}"
            yield show.wrapped(text) + "\n"
    sources = {entry.bound.key: entry.bound.source.short for column in columns for entry in column.proved}
    yield "Sources"
    for key, source in sources.items():
        yield show.wrapped(f"{key}: {source}")


def _blocks(widths: Sequence[int], available: int) -> Iterator[list[int]]:
    """Consecutive columns that fit into the available width together, two spaces before each; at least one a block."""
    block: list[int] = []
    used = 0
    for i, width in enumerate(widths):
        if block and used + width + 2 > available:
            yield block
            block, used = [], 0
        block.append(i)
        used += width + 2
    if block:
        yield block
