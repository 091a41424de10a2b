"""``linregions records``: networks with more regions than known constructions, verified, and a search for more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from verify.cli import show
from verify.cli.bounds import FORMATS
from verify.progress import working

if TYPE_CHECKING:
    from verify.maxima.records import VerifiedRecord

__all__ = ["command"]


@click.command("records")
@click.option("--check", "verify", is_flag=True, help="Count every record again by two engines and check certificates.")
@click.option("--show", "shown", metavar="ARCH", help="The network file of a record, on standard output or to -o FILE.")
@click.option("--search", "searched", metavar="ARCH", help="Look for a network with many regions by hill climbing.")
@click.option(
    "--seconds", type=click.FloatRange(min=0, max=86_400), default=20, help="How long to search (default 20)."
)
@click.option("--seed", type=int, default=0, help="Where the search starts.")
@click.option("--largest", type=click.IntRange(min=1), default=9, help="Largest random weight (default 9).")
@click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Write the network there (JSON).")
@click.option("--format", "form", type=click.Choice(FORMATS), help="A table to paste; csv and json hold every digit.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def command(
    context: click.Context,
    verify: bool,
    shown: str | None,
    searched: str | None,
    seconds: float,
    seed: int,
    largest: int,
    output: str | None,
    form: str | None,
    as_json: bool,
) -> None:
    """Networks with more regions than known constructions.

    The table holds for each record the best construction, the record, and the least upper bound.  Every record comes
    with its network and a certificate; --check verifies all of them (exit code 1 if one fails).  --search looks for
    more, exact at every step.

    \b
    Examples:
      linregions records
      linregions records --check
      linregions records --show 2-4-2 -o net.json
      linregions records --search 2-4-1 --seconds 5 -o net.json
    """
    options = {"--check": verify, "--show": shown is not None, "--search": searched is not None}
    chosen = [name for name, given in options.items() if given]
    if len(chosen) > 1:
        raise InvalidInputError(f"{' and '.join(chosen)} are different tasks; give one")
    if output is not None and shown is None and searched is None:
        raise InvalidInputError("-o writes one network; name it with --show ARCH or find one with --search ARCH")
    if form is not None and (chosen or as_json):
        raise InvalidInputError(f"--format prints the table of records; leave out {(chosen or ['--json'])[0]}")
    if shown is not None:
        _show(shown, output, as_json)
    elif searched is not None:
        _search(searched, seconds, seed, largest, output, as_json)
    elif verify:
        _verify(context, as_json)
    else:
        _table(form, as_json)


def _table(form: str | None, as_json: bool) -> None:
    with working("loading the records"):
        from verify.maxima.records import records_table

        table = records_table()
    show.write(table.render("json" if as_json else form or "text").rstrip("\n"))


def _verify(context: click.Context, as_json: bool) -> None:
    with working("loading the records"):
        from theory.records import records
        from verify.maxima.records import verify_record
    results: list[VerifiedRecord] = []
    for record in records().values():
        with working(f"verifying {record.architecture}"):
            results.append(verify_record(record))
        if not as_json:
            show.write(str(results[-1]))
    if as_json:
        show.write(show.json_text({"records": [_record(each) for each in results]}))
    context.exit(0 if all(each.holds for each in results) else 1)


def _record(each: VerifiedRecord) -> dict[str, Any]:
    return {
        "architecture": str(each.record.architecture),
        "count": each.record.count,
        "counted": each.counts,
        "certificate": str(each.verdict),
        "same_network": each.same_network,
        "holds": each.holds,
        "found": each.record.found,
    }


def _show(text: str, output: str | None, as_json: bool) -> None:
    from theory.architecture import Architecture
    from theory.records import records

    arch = Architecture.parse(text)
    if arch not in records():
        raise InvalidInputError(f"there is no record for {arch}; there are {', '.join(map(str, records()))}")
    record = records()[arch]
    note = f"{record.count} activation regions on R^{arch.inputs}, found by {record.found}"
    _write(record.network, note, {"count": record.count, "found": record.found}, output, as_json)


def _search(text: str, seconds: float, seed: int, largest: int, output: str | None, as_json: bool) -> None:
    with working("loading the search"):
        from theory.architecture import Architecture
        from verify.maxima.best_known import tightness
        from verify.maxima.search import most_regions
        from verify.maxima.shrinking import simplified

        arch = Architecture.parse(text)
        known = tightness(arch)
    with working(f"searching {arch}"):
        found = most_regions(arch, seconds=seconds, seed=seed, largest=largest)
        network = simplified(found.network)
    facts = {
        "count": found.count,
        "evaluations": found.evaluations,
        "known": known.lower.value,
        "by": known.lower.name,
        "at_most": known.upper.value,
    }
    note = f"{found.count} activation regions on R^{arch.inputs}, found by hill climbing, seed {seed}"
    if not as_json:
        verdict = "a new record" if found.count > known.lower.value else "no record"
        show.write(
            f"{arch}: {found.count} regions found, {verdict} (known {known.lower.value} by {known.lower.name}, "
            f"at most {known.upper.value}; {found.evaluations} networks counted)"
        )
    if as_json or output is not None:
        _write(network, note, facts, output, as_json)


def _write(network: Any, note: str, facts: dict[str, Any], output: str | None, as_json: bool) -> None:
    from theory import formats

    if output is not None:
        formats.save(network, output, note=note)
    if as_json:
        show.write(show.json_text({"architecture": str(network.architecture), "file": output, **facts}))
    elif output is None:
        show.write(formats.dumps(network, note=note).rstrip("\n"))
    else:
        show.write(f"{output}: {note}")
