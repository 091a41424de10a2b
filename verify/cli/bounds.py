"""``linregions bounds``: every published bound that applies to an architecture, from the least to the greatest.

For the file of a network, the upper bounds that its weights allow stand beside those of its architecture.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from verify.cli import show
from verify.cli.given import SHAPES, SHIPPED, read_network
from verify.progress import working

if TYPE_CHECKING:
    from theory.bounds import Bound, BoundValue
    from theory.bounds.fixed_units import Method
    from theory.network import Network
    from verify.domain.shapes import Domain

__all__ = ["FORMATS", "command", "proved_record"]

FORMATS = ("text", "markdown", "latex", "csv", "json", "html")
"""The table formats of :mod:`theory.bounds.tables`, named here so that --help loads no bound."""

_LONGEST = 12
"""Digits of a number that is still shown in full in the table."""


@click.command("bounds")
@click.argument("subject", metavar="ARCH|FILE")
@click.option("--rank", type=int, help="Maxout units of this rank instead of ReLU units.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="A table to paste; csv and json hold every digit.")
@click.option("--box", metavar="LO,HI", help="The network of FILE on the cube [LO,HI]^d; write --box=-1,1.")
@click.option("--domain", metavar="FILE", type=click.Path(), help="The network of FILE on the set of a domain file.")
@click.option("--lp", is_flag=True, help="Find units of FILE that never change by linear programs; sharper, slower.")
@click.option("--full", is_flag=True, help="Print every digit of every number.")
@click.option("--why", is_flag=True, help="Also list what does not apply, with the condition that it misses.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, integers with every digit.")
def command(
    subject: str,
    rank: int | None,
    form: str | None,
    box: str | None,
    domain: str | None,
    lp: bool,
    full: bool,
    why: bool,
    as_json: bool,
) -> None:
    """Everything proved about the regions of an architecture.

    ARCH is the number of inputs and then the hidden widths; the affine output layer is not listed.  The bounds that
    apply are printed in increasing order, each with its source and how the statement came here.

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
    shapes = {"--json": as_json, "--full": full, "--why": why, "--format": form is not None}
    chosen = [name for name, given in shapes.items() if given]
    if form is not None and len(chosen) > 1:
        raise InvalidInputError(f"--format prints one table; leave out {chosen[0]}")
    if not _is_architecture(subject):
        if not Path(subject).suffix and not Path(subject).exists() and subject != SHIPPED:
            raise InvalidInputError(
                f"{subject!r} is neither an architecture, inputs and widths as in 2-4-4, nor the name of a file"
            )
        if rank is not None or why:
            raise InvalidInputError(
                f"{'--why' if why else '--rank'} speaks of an architecture, but {subject} is a file"
            )
        _network(subject, box=box, domain=domain, lp=lp, form=form, full=full, as_json=as_json)
        return
    if box is not None or domain is not None or lp:
        option = "--lp" if lp else "--domain" if box is None else "--box"
        raise InvalidInputError(f"{option} speaks of a network; name its FILE instead of the architecture {subject}")
    with working("loading the bounds"):
        from theory.architecture import Architecture
        from theory.bounds import BOUNDS, bounds_table, left_out, listing
    architecture = Architecture.parse(subject, rank=rank)
    with working(f"evaluating the bounds of {architecture}"):
        if form is not None:
            show.write(bounds_table(architecture).render(form).rstrip("\n"))
            return
        known, omitted = listing(architecture), left_out(architecture)
        missing = [(bound, reason) for bound in BOUNDS.values() if (reason := bound.why_not(architecture))]
    if as_json:
        record = {
            "architecture": str(architecture),
            "bounds": [proved_record(entry) for entry in known],
            "left_out": [{"key": bound.key, "reason": reason} for bound, reason in omitted],
            "not_applicable": [{"key": bound.key, "reason": reason} for bound, reason in missing],
        }
        show.write(show.json_text(record))
        return
    show.write(f"Regions of {show.architecture_text(architecture)}: what is proved, from the least to the greatest\n")
    if full:
        for entry in known:
            show.write(f"{entry.bound.key} ({_facts(entry.bound)}): {show.integer_text(entry.value)}")
    elif known:
        _write_table(
            [(b.key, b.kind, value, f"{b.source.short} ({b.status.value})") for b, value in known],
            "source, and how it came here",
        )
    if omitted:
        show.write("\nThey apply, but are left out:")
        for reason in dict.fromkeys(reason for _, reason in omitted):
            keys = ", ".join(bound.key for bound, other in omitted if other == reason)
            show.write_wrapped(f"{keys}: {reason}")
    if not why:
        show.write(
            f"\n{len(missing)} further statements do not apply; --why names the condition that each of them misses."
        )
        return
    show.write("\nNot applicable:")
    for bound, reason in missing:
        show.write_wrapped(f"{bound.key}: {reason}")


def _is_architecture(subject: str) -> bool:
    """Whether an argument is to be read as an architecture, and not as the name of a file."""
    return not any(letter.isalpha() for letter in subject)


def _network(
    file: str, *, box: str | None, domain: str | None, lp: bool, form: str | None, full: bool, as_json: bool
) -> None:
    """The weight-aware bounds of the network in a file, beside those of its architecture."""
    if box is not None and domain is not None:
        raise InvalidInputError("--box and --domain each name a domain; give one")
    with working(f"bounding the regions of {file}"):
        from theory.bounds import weight_aware_bounds, weights_table
        from verify.domain.shapes import Box, WholeSpace

        network = read_network(file)
        place: Domain = WholeSpace(network.inputs)
        if box is not None:
            place = SHAPES["box"](box, network.inputs)
        elif domain is not None:
            place = SHAPES["domain"](domain, network.inputs)
        network = place.pull_back(network)
        if network.architecture.kind != "relu":
            _of_units(network, file, place, form=form, full=full, as_json=as_json)
            return
        method: Method = "lp" if lp else "interval"
        if isinstance(place, Box):
            result = weight_aware_bounds(network, (place.lower, place.upper), method=method, name=str(place))
        else:
            result = weight_aware_bounds(network, rows=place.rows or None, method=method, name=str(place))
        table = weights_table(result)
    if form is not None:
        show.write(table.render(form).rstrip("\n"))
    elif as_json:
        record = {
            "file": file,
            "architecture": str(result.architecture),
            "domain": result.domain,
            "method": method,
            "layers": [
                {
                    "width": facts.width,
                    "on": list(facts.on),
                    "off": list(facts.off),
                    "changing": facts.changing,
                    "rank": facts.rank,
                    "changing_rank": facts.changing_rank,
                }
                for facts in result.layers
            ],
            "value": result.value,
            "bounds": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
        }
        show.write(show.json_text(record))
    else:
        show.write(f"Regions of the network in {file} on {result.domain}: at most\n")
        if full:
            for key, kind, value, source in table.rows:
                show.write(f"{key} ({kind}, {source}): {show.integer_text(value)}")
        else:
            _write_table(table.rows, "source")
        show.write()
        show.write_wrapped(f"Units always on, always off, or neither: {table.note}.")


def _of_units(network: Network, file: str, place: Domain, *, form: str | None, full: bool, as_json: bool) -> None:
    """Upper bounds of a network with other than ReLU units: those of its architecture, unit by unit."""
    from theory.bounds import bounds_table, listing
    from theory.mixed_ranks import of_network

    architecture = of_network(network)
    known = listing(architecture, "upper")
    if form is not None:
        show.write(bounds_table(architecture, kind="upper").render(form).rstrip("\n"))
    elif as_json:
        record = {"file": file, "architecture": str(architecture), "domain": str(place)}
        show.write(show.json_text({**record, "bounds": [proved_record(entry) for entry in known]}))
    else:
        show.write(f"Regions of the network in {file}, {architecture}, on {place}: at most\n")
        if full:
            for bound, value in known:
                show.write(f"{bound.key} ({_facts(bound)}): {show.integer_text(value)}")
        else:
            _write_table([(b.key, b.kind, value, b.source.short) for b, value in known], "source")
        show.write("\nRanks and units that never change sign are used for ReLU networks only.")


def proved_record(entry: BoundValue) -> dict[str, Any]:
    """A bound and its value, for JSON."""
    bound = entry.bound
    return {
        "key": bound.key,
        "title": bound.title,
        "kind": bound.kind,
        "value": entry.value,
        "bounds_what": bound.bounds_what,
        "status": bound.status.value,
        "verified": bound.verified,
        "source": str(bound.source),
        "url": bound.source.url,
        "conditions": [str(condition) for condition in bound.conditions],
    }


def _facts(bound: Bound) -> str:
    return f"{bound.kind}, {bound.source.short}, {bound.status.value}"


def _write_table(rows: Sequence[tuple[Any, ...]], source: str) -> None:
    """Rows (key, kind, value, source), long numbers by their magnitude."""
    table = show.plain_table(header_style="bold")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("key", no_wrap=True)
    table.add_column(source)
    for key, kind, value, text in rows:
        table.add_row(show.integer_text(value, longest=_LONGEST), kind, key, text)
    show.write_table(table)
    if rows and rows[-1][2] >= 10**_LONGEST:
        show.write("\na.bc·10^e stands for a number of e + 1 digits, cut off and not rounded; --full prints them all.")
