"""``linregions bounds`` and ``table``: what is proved about architectures and networks, and what is counted.

For the file of a network, the upper bounds that its weights allow stand beside those of its architecture.  In a table
architectures are columns and quantities are rows: first the lower bounds, then the count, then the upper bounds
(:mod:`verify.maxima.best_known`).  Columns that do not fit the width of the terminal go to a second block below.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import click
from rich.cells import cell_len

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.network import Network
from theory.tables import Table
from theory.text import integer_text
from verify.cli import arguments, show
from verify.cli.arguments import DomainReader, GivenDomain, NetworkFile
from verify.domain.shapes import Box, Domain, WholeSpace
from verify.maxima.best_known import DEFAULT, TABLED, Column, architecture_column, most_attained, network_column
from verify.progress import working

if TYPE_CHECKING:
    from theory.bounds import BoundValue
    from theory.bounds.weight_aware import Method

_LONGEST = 12
"""Digits of a number that is still shown in full in the table."""

_CUT_OFF = "a.bc·10^e stands for a number of e + 1 digits, cut off and not rounded; --full prints them all."

_Rows = Sequence[tuple[Any, ...]]
"""Key, kind, value, source and perhaps the status of each bound."""
_Shape = tuple[str | None, bool]
"""The format of a table to paste, if that is wanted; and whether readers are shown long numbers in full."""


@click.command("bounds")
@click.argument("subject", metavar="ARCH|FILE", type=arguments.SUBJECT)
@arguments.rank
@arguments.table_format
@arguments.reading
@arguments.domains("box", "domain")
@click.option("--lp", is_flag=True, help="Find units of FILE that never change by linear programs; sharper, slower.")
@click.option("--full", is_flag=True, help="Print every digit of every number.")
@click.option("--why", is_flag=True, help="Also list what does not apply, with the condition that it misses.")
@arguments.json("One JSON object, integers with every digit.")
def bounds_command(
    subject: Architecture | NetworkFile,
    rank: int | None,
    form: str | None,
    domain: GivenDomain | None,
    lp: bool,
    full: bool,
    why: bool,
) -> None:
    """Everything proved about the regions of an architecture.

    ARCH is the number of inputs and then the hidden widths; the affine output layer is not listed.  The bounds that
    apply are printed in increasing order, each with its source and the provenance of the statement.  A known network
    with more regions than all published lower bounds, a certified record say, is one of them.

    FILE is a network: its ranks and its units that never change sign on the domain (R^d, unless --box or --domain
    names another) give smaller upper bounds, printed beside those of its architecture.

    \b
    Examples:
      linregions bounds 2-4-4
      linregions bounds 784-11-11 --why
      linregions bounds 784-11-11 --format latex
      linregions bounds 2-4-4 --json
      linregions bounds 2-4-4 --rank 3
      linregions bounds net.json --box=0,1 --lp
    """
    others = [name for name, given in (("--json", show.is_json()), ("--full", full), ("--why", why)) if given]
    if form is not None and others:
        raise InvalidInputError(f"--format prints one table; leave out {others[0]}")
    if isinstance(subject, NetworkFile):
        if rank is not None or why:
            option = "--why" if why else "--rank"
            raise InvalidInputError(f"{option} is for an architecture, but {subject.name} is a file")
        _of_network(subject, domain, (form, full), "lp" if lp else "interval")
    elif option := (domain.option if domain is not None else "--lp" if lp else arguments.reading_option()):
        raise InvalidInputError(f"{option} is for a network; name its FILE instead of the architecture {subject}")
    else:
        _of_architecture(subject, (form, full), why)


def _answer(
    shape: _Shape, heading: str, source: str, rows: _Rows, table: Table, record: dict[str, Any], more: list[str]
) -> None:
    """Print bounds; ``source`` is the heading of the last column, and readers are told ``more``."""
    form, full = shape
    lines = [f"Regions of {heading}\n"]
    if full:
        lines += [f"{key} ({', '.join((kind, *facts))}): {integer_text(value)}" for key, kind, value, *facts in rows]
    elif rows:
        cells = [
            (integer_text(value, longest=_LONGEST), kind, key, f"{text} ({status[0]})" if status else text)
            for key, kind, value, text, *status in rows
        ]
        lines.append(show.table((">value", "<kind", "<key", source), cells))
        if rows[-1][2] >= 10**_LONGEST:
            lines.append(f"\n{_CUT_OFF}")
    if form is not None:
        show.write(table.render(form).rstrip("\n"))
    else:
        show.answer(record, (*lines, *more))


def _of_architecture(architecture: Architecture, shape: _Shape, why: bool) -> None:
    """Every bound that applies to an architecture, what is left out, and what does not apply."""
    from theory.bounds import BOUNDS, bounds_table, left_out, listing

    with working(f"evaluating the bounds of {architecture}"):
        known, omitted = listing(architecture), left_out(architecture)
        missing = [(bound, reason) for bound in BOUNDS.values() if (reason := bound.why_not(architecture))]
        best, table = most_attained(architecture), bounds_table(architecture)
    rows = [(b.key, b.kind, value, b.source.short, b.status.value) for b, value in known]
    if best.value > max((value for bound, value in known if bound.kind != "upper"), default=1):
        named = best.source.short in best.evidence
        row = (best.name, "lower", best.value, best.evidence if named else f"{best.source.short} ({best.evidence})")
        place = sum(value < best.value for _, _, value, *_ in table.rows)
        table = replace(table, rows=(*table.rows[:place], row, *table.rows[place:]))
        rows.insert(place, (best.name, "lower", best.value, best.source.short, best.evidence))
    record = {
        "architecture": architecture,
        "bounds": [proved_record(entry) for entry in known],
        "best_network": show.record_of(best, "value", "name", "evidence", "source"),
        "left_out": [{"key": bound.key, "reason": reason} for bound, reason in omitted],
        "not_applicable": [{"key": bound.key, "reason": reason} for bound, reason in missing],
    }
    more = ["\nThey apply, but are left out:"] if omitted else []
    for reason in dict.fromkeys(reason for _, reason in omitted):
        keys = ", ".join(bound.key for bound, other in omitted if other == reason)
        more.append(show.wrapped(f"{keys}: {reason}"))
    if why:
        more += ["\nNot applicable:", *(show.wrapped(f"{bound.key}: {reason}") for bound, reason in missing)]
    else:
        others = f"{len(missing)} further statements do not apply"
        more.append(f"\n{others}; --why names the condition that each of them misses.")
    heading = f"{show.architecture_text(architecture)}: what is proved, from the least to the greatest"
    _answer(shape, heading, "source, and its provenance", rows, table, record, more)


def _of_network(file: NetworkFile, domain: GivenDomain | None, shape: _Shape, method: Method) -> None:
    """The weight-aware bounds of a network, beside those of its architecture."""
    from theory.bounds import weight_aware_bounds, weights_table

    with working(f"bounding the regions of {file.name}"):
        inputs = file.network.inputs
        where: Domain = domain.on(inputs) if domain is not None else WholeSpace(inputs)
        network = where.pull_back(file.network)
        if network.architecture.kind != "relu":
            _of_units(network, file.name, where, shape)
            return
        box = (where.lower, where.upper) if isinstance(where, Box) else None
        inequalities = None if box else where.rows or None
        result = weight_aware_bounds(network, box, rows=inequalities, method=method, name=str(where))
        table = weights_table(result)
    facts = ("width", "on", "off", "changing", "rank", "changing_rank")
    record = {
        "file": file.name,
        **show.record_of(result, "architecture", "domain", "value"),
        "method": method,
        "layers": [show.record_of(layer, *facts) for layer in result.layers],
        "bounds": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
    }
    more = ["", show.wrapped(f"Units always on, always off, or neither: {table.note}.")]
    _answer(shape, f"the network in {file.name} on {where}: at most", "source", table.rows, table, record, more)


def _of_units(network: Network, file: str, where: Domain, shape: _Shape) -> None:
    """Upper bounds of a network with other than ReLU units: those of its architecture, unit by unit."""
    from theory.bounds import bounds_table, listing

    architecture, (_, full) = network.mixed_architecture, shape
    known = listing(architecture, "upper")
    record = {"file": file, "architecture": architecture, "domain": where, "bounds": list(map(proved_record, known))}
    rows = [(b.key, b.kind, value, b.source.short, *([b.status.value] if full else [])) for b, value in known]
    most = math.prod(unit.pieces for layer in network.hidden for unit in layer.units)
    number = integer_text(most, longest=None if full else _LONGEST)
    none = f"No published bound is for units of these kinds; their pieces alone allow at most {number} regions."
    more = ["\nRanks and units that never change sign are used for ReLU networks only." if rows else none]
    heading = f"the network in {file}, {architecture}, on {where}{': at most' if rows else ''}"
    _answer(shape, heading, "source", rows, bounds_table(architecture, kind="upper"), record, more)


def proved_record(entry: BoundValue) -> dict[str, Any]:
    """A bound and its value, for JSON."""
    facts = ("key", "title", "kind", "bounds_what", "status", "verified", "source", "conditions")
    return {**show.record_of(entry.bound, *facts), "value": entry.value, "url": entry.bound.source.url}


_BOLD = ("  counted there", "  counted on R^n", "  regions", "  of the least bound")


@click.command("table")
@click.argument("subjects", nargs=-1, metavar="[ARCH|FILE]...", type=arguments.SUBJECT)
@arguments.rank
@arguments.reading
@click.option("--box", type=arguments.BOX, help="Count files on the cube [LO,HI]^d instead of R^d; write --box=-1,1.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=TABLED,
    help=f"Do not count constructions that claim more regions than this (default {TABLED}), unless cells share images.",
)
@arguments.json()
def table_command(
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
        "bounds": list(map(proved_record, column.proved)),
        "least_upper": least and show.record_of(least, key="bound.key", value="value"),
        "counts": [show.record_of(c, "domain", "seconds", "exact", "definition", count="value") for c in column.counts],
        "claims": [show.record_of(claim, "count", "relation", domain="where") for claim in column.claims],
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
    values = [{b.bound.key: b.value for b in column.proved if b.bound.kind == kind} for column in columns]
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
    start = 0
    while start < len(widths):
        ends = list(accumulate(width + 2 for width in widths[start:]))
        end = start + max(1, bisect_right(ends, available))
        yield list(range(start, end))
        start = end
