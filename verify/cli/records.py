"""``linregions records``: networks with more regions than known constructions, verified, and a search for more."""

from typing import Any

import click

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.formats.files import write_text
from theory.records import records
from verify.cli import arguments, show
from verify.progress import working


@click.command("records")
@click.option("--check", "verify", is_flag=True, help="Count every record again by two engines and check certificates.")
@click.option(
    "--show",
    "shown",
    type=arguments.ARCHITECTURE,
    help="The network file of a record, on standard output or to -o FILE.",
)
@click.option(
    "--search", "searched", type=arguments.ARCHITECTURE, help="Look for a network with many regions by hill climbing."
)
@click.option(
    "--seconds", type=click.FloatRange(min=0, max=86_400), default=20, help="How long to search (default 20)."
)
@click.option("--seed", type=int, default=0, help="Where the search starts.")
@click.option("--largest", type=click.IntRange(min=1), default=2, help="Largest random weight (default 2).")
@click.option(
    "--certificate", metavar="FILE", type=click.Path(dir_okay=False), help="With --show, write the certificate here."
)
@arguments.output
@arguments.table_format
@arguments.json()
def command(
    verify: bool,
    shown: Architecture | None,
    searched: Architecture | None,
    certificate: str | None,
    output: str | None,
    form: str | None,
    **options: Any,
) -> int:
    """Networks with more regions than known constructions.

    The table holds for each record the best construction, the record, and the least upper bound.  Every record comes
    with its network and a certificate; --check verifies all of them (exit code 1 if one fails).  --search looks for
    more: floats climb, exact counts decide.

    \b
    Examples:
      linregions records
      linregions records --check
      linregions records --show 2-6-2 -o net.json --certificate net.cert
      linregions records --search 2-5-1 --seconds 5 -o net.json
    """
    task = arguments.exactly_one(
        {"--check": verify, "--show": shown, "--search": searched}, "are different tasks", or_none=True
    )
    if output is not None and shown is None and searched is None:
        raise InvalidInputError("-o writes one network; name it with --show ARCH or find one with --search ARCH")
    if form is not None and (task or show.is_json()):
        raise InvalidInputError(f"--format prints the table of records; leave out {task or '--json'}")
    if certificate is not None and shown is None:
        raise InvalidInputError("--certificate writes the certificate of a record; name it with --show ARCH")
    if shown is not None:
        _show(shown, output, certificate)
    elif searched is not None:
        _search(searched, output, options)
    elif verify:
        return _verify()
    else:
        from verify.maxima.records import records_table

        with working("comparing the records"):
            table = records_table()
        show.write(table.render("json" if show.is_json() else form or "text").rstrip("\n"))
    return 0


def _verify() -> int:
    from verify.maxima.records import verify_record

    results = []
    for record in records().values():
        with working(f"verifying {record.architecture}"):
            results.append(verify_record(record))
        if not show.is_json():
            show.write(str(results[-1]))
    if show.is_json():
        verified = [
            {
                **show.record_of(each.record, "architecture", "count", "found"),
                **show.record_of(each, "same_network", "holds"),
                "counted": each.counts,
                "certificate": str(each.verdict),
            }
            for each in results
        ]
        show.write(show.json_text({"records": verified}))
    return 0 if all(each.holds for each in results) else 1


def _show(arch: Architecture, output: str | None, certificate: str | None) -> None:
    if arch not in records():
        raise InvalidInputError(
            f"there is no record for {arch}; linregions records lists the {len(records())} there are"
        )
    record = records()[arch]
    note = f"{record.count} activation regions on R^{arch.inputs}, found by {record.found}"
    facts = show.record_of(record, "architecture", "count", "found")
    show.answer_network(record.network, note, output, facts)
    if certificate is not None:
        write_text(certificate, record.certificate.decode("ascii"))


def _search(arch: Architecture, output: str | None, options: dict[str, Any]) -> None:
    from verify.maxima.best_known import tightness
    from verify.maxima.climbing import in_integers
    from verify.maxima.search import most_regions

    known = tightness(arch)
    with working(f"searching {arch}"):
        found = most_regions(arch, **options)
        network = in_integers(found.network)
    facts = {
        "architecture": network.architecture,
        **show.record_of(found, "count", "evaluations"),
        "known": known.lower.value,
        "by": known.lower.name,
        "at_most": known.upper.value,
    }
    note = f"{found.count} activation regions on R^{arch.inputs}, found by hill climbing, seed {options['seed']}"
    if not show.is_json():
        verdict = "a new record" if found.count > known.lower.value else "no record"
        show.write(
            f"{arch}: {found.count} regions found, {verdict} (known {known.lower.value} by {known.lower.name}, "
            f"at most {known.upper.value}; {found.evaluations} networks looked at)"
        )
    if show.is_json() or output is not None:
        show.answer_network(network, note, output, facts)
