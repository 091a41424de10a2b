"""``linregions bounds``: every published bound that applies to an architecture, from the least to the greatest.

For the file of a network, the upper bounds that its weights allow stand beside those of its architecture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from theory.architecture import Architecture
from theory.bounds import BOUNDS, BoundValue, bounds_table, left_out, listing, weight_aware_bounds, weights_table
from theory.bounds.fixed_units import Method
from theory.errors import InvalidInputError
from theory.mixed_ranks import of_network
from theory.network import Network
from theory.text import integer_text
from verify.cli import arguments, show
from verify.domain.shapes import Box, Domain, WholeSpace
from verify.progress import working

__all__ = ["command", "proved_record"]

_LONGEST = 12
"""Digits of a number that is still shown in full in the table."""


@click.command("bounds")
@click.argument("subject", metavar="ARCH|FILE", type=arguments.SUBJECT)
@arguments.rank
@arguments.table_format
@arguments.domains("box", "domain")
@click.option("--lp", is_flag=True, help="Find units of FILE that never change by linear programs; sharper, slower.")
@click.option("--full", is_flag=True, help="Print every digit of every number.")
@click.option("--why", is_flag=True, help="Also list what does not apply, with the condition that it misses.")
@arguments.json("One JSON object, integers with every digit.")
def command(
    subject: Architecture | arguments.NetworkFile,
    rank: int | None,
    form: str | None,
    domain: arguments.GivenDomain | None,
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
    others = [name for name, given in (("--json", as_json), ("--full", full), ("--why", why)) if given]
    if form is not None and others:
        raise InvalidInputError(f"--format prints one table; leave out {others[0]}")
    if isinstance(subject, arguments.NetworkFile):
        if rank is not None or why:
            option = "--why" if why else "--rank"
            raise InvalidInputError(f"{option} speaks of an architecture, but {subject.name} is a file")
        _of_network(subject, domain, lp=lp, form=form, full=full, as_json=as_json)
    elif lp or domain is not None:
        option = domain.option if domain is not None else "--lp"
        raise InvalidInputError(f"{option} speaks of a network; name its FILE instead of the architecture {subject}")
    else:
        _of_architecture(subject, form=form, full=full, why=why, as_json=as_json)


def _of_architecture(architecture: Architecture, *, form: str | None, full: bool, why: bool, as_json: bool) -> None:
    """Every bound that applies to an architecture, what is left out, and what does not apply."""
    with working(f"evaluating the bounds of {architecture}"):
        if form is not None:
            show.write_to_paste(bounds_table(architecture), form)
            return
        known, omitted = listing(architecture), left_out(architecture)
        missing = [(bound, reason) for bound in BOUNDS.values() if (reason := bound.why_not(architecture))]
    if as_json:
        show.write_json(
            {
                "architecture": architecture,
                "bounds": [proved_record(entry) for entry in known],
                "left_out": [{"key": bound.key, "reason": reason} for bound, reason in omitted],
                "not_applicable": [{"key": bound.key, "reason": reason} for bound, reason in missing],
            }
        )
        return
    show.write(f"Regions of {show.architecture_text(architecture)}: what is proved, from the least to the greatest\n")
    if known:
        rows = [(b.key, b.kind, value, b.source.short, b.status.value) for b, value in known]
        _write_bounds(rows, "source, and how it came here", full=full)
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


def _of_network(
    file: arguments.NetworkFile,
    domain: arguments.GivenDomain | None,
    *,
    lp: bool,
    form: str | None,
    full: bool,
    as_json: bool,
) -> None:
    """The weight-aware bounds of the network in a file, beside those of its architecture."""
    with working(f"bounding the regions of {file.name}"):
        inputs = file.network.inputs
        where: Domain = domain.on(inputs) if domain is not None else WholeSpace(inputs)
        network = where.pull_back(file.network)
        if network.architecture.kind != "relu":
            _of_units(network, file.name, where, form=form, full=full, as_json=as_json)
            return
        method: Method = "lp" if lp else "interval"
        box = (where.lower, where.upper) if isinstance(where, Box) else None
        rows = None if box else where.rows or None
        result = weight_aware_bounds(network, box, rows=rows, method=method, name=str(where))
        table = weights_table(result)
    if form is not None:
        show.write_to_paste(table, form)
    elif as_json:
        facts = ("width", "on", "off", "changing", "rank", "changing_rank")
        show.write_json(
            {
                "file": file.name,
                **show.record_of(result, "architecture", "domain", "value"),
                "method": method,
                "layers": [show.record_of(layer, *facts) for layer in result.layers],
                "bounds": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
            }
        )
    else:
        show.write(f"Regions of the network in {file.name} on {result.domain}: at most\n")
        _write_bounds(table.rows, "source", full=full)
        show.write()
        show.write_wrapped(f"Units always on, always off, or neither: {table.note}.")


def _of_units(network: Network, file: str, where: Domain, *, form: str | None, full: bool, as_json: bool) -> None:
    """Upper bounds of a network with other than ReLU units: those of its architecture, unit by unit."""
    architecture = of_network(network)
    known = listing(architecture, "upper")
    if form is not None:
        show.write_to_paste(bounds_table(architecture, kind="upper"), form)
    elif as_json:
        bounds = [proved_record(entry) for entry in known]
        show.write_json({"file": file, "architecture": architecture, "domain": where, "bounds": bounds})
    else:
        show.write(f"Regions of the network in {file}, {architecture}, on {where}: at most\n")
        rows = [(b.key, b.kind, value, b.source.short, *([b.status.value] if full else [])) for b, value in known]
        _write_bounds(rows, "source", full=full)
        show.write("\nRanks and units that never change sign are used for ReLU networks only.")


def proved_record(entry: BoundValue) -> dict[str, Any]:
    """A bound and its value, for JSON."""
    bound, facts = entry.bound, ("key", "title", "kind", "bounds_what", "status", "verified", "source", "conditions")
    return {**show.record_of(bound, *facts), "value": entry.value, "url": bound.source.url}


def _write_bounds(rows: Sequence[tuple[Any, ...]], source: str, *, full: bool) -> None:
    """Rows (key, kind, value, source), perhaps with a status: in full line by line, or long numbers by magnitude."""
    if full:
        for key, kind, value, *facts in rows:
            show.write(f"{key} ({', '.join((kind, *facts))}): {integer_text(value)}")
        return
    show.write_table(
        (">value", "<kind", "<key", source),
        [
            (integer_text(value, longest=_LONGEST), kind, key, f"{text} ({status[0]})" if status else text)
            for key, kind, value, text, *status in rows
        ],
    )
    if rows and rows[-1][2] >= 10**_LONGEST:
        show.write("\na.bc·10^e stands for a number of e + 1 digits, cut off and not rounded; --full prints them all.")
