"""``linregions count``: the exact number of regions of a network from a file, on a domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from theory.exact import decimal
from verify.cli import long_counts, show
from verify.cli.given import chosen_domain, domain_options, read_network
from verify.progress import quietly, working

if TYPE_CHECKING:
    from verify.checks.self_check import SelfCheck

__all__ = ["command"]


@click.command("count")
@click.argument("file", type=click.Path())
@domain_options
@click.option(
    "--of",
    metavar="NAME",
    default="activation",
    help="What is a region: patterns, activation (default), convex, linear, closed or affine.",
)
@click.option("--self-check", "checked", is_flag=True, help="Also hold the count against invariants; slower.")
@click.option("--certificate", metavar="OUT", type=click.Path(), help="Write a file that `linregions check` verifies.")
@click.option(
    "--store", "folder", metavar="DIR", type=click.Path(), help="Keep certified results there; count what is new."
)
@click.option("--budget", metavar="SECONDS", type=float, help="Stop after this time with a bracket (exit code 3).")
@click.option("--budget-regions", metavar="N", type=int, help="Stop with a bracket when N regions are found.")
@click.option("--jobs", metavar="N", type=int, default=1, help="Let N processors count.")
@click.option("--scheduler", metavar="ADDRESS", help="Count on the Dask cluster of this scheduler, tcp://HOST:PORT.")
@click.option("--checkpoint", metavar="DIR", type=click.Path(), help="Keep finished parts there, or go on from there.")
@click.option("--memory", metavar="SIZE", help="Stop with a bracket before more is used, as in 2G; with the --jobs.")
@click.option("--json-lines", "as_lines", is_flag=True, help="A JSON object for each change of the bracket.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error about what is being done.")
@click.pass_context
def command(
    context: click.Context,
    /,
    file: str,
    of: str,
    checked: bool,
    certificate: str | None,
    folder: str | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Count the regions of a network exactly.

    FILE is a network: the JSON of `linregions build`, .npz, .safetensors or .onnx.  Without a domain, the
    full-dimensional activation regions of all of R^d are counted; on a segment or plane, those of the restriction.
    The word digits stands for a classifier of handwritten digits that ships with the package, trained on real images,
    and as --plane for the plane through three images that it has never seen.

    With --of another definition is counted: the activation patterns that occur, thin ones too (patterns), cells of the
    coarsest polyhedral complex (convex), maximal connected open sets on which the function is affine (linear),
    components of the sets where it equals one affine piece (closed), or distinct affine pieces (affine).

    With --self-check the cells are measured (they tile the domain, Euler's relation), a random line is counted, and
    the count is repeated for networks that must have as many regions and by other engines; exit code 1 if one fails.

    With --budget, --jobs or --checkpoint the space is divided into parts that are counted one by one.  A count that
    stops early, by a budget, by --memory or by Ctrl-C, prints an interval that contains the number, and exits with
    code 3; with --checkpoint the same command goes on where it stopped.  With --scheduler the workers of a Dask
    cluster count.

    With --certificate a proof is written, of the number or the interval, which `linregions check` or the single file
    verify/checker.py verifies; it is the same file for any --jobs, and however often the count was stopped.

    \b
    Examples:
      linregions count net.json
      linregions count net.json --box=-1,1 --json
      linregions count net.json --box=-1,1 --of linear
      linregions count net.json --box=-1,1 --self-check
      linregions count net.json --box=-1,1 --certificate net.cert
      linregions count net.json --domain simplex.json
      linregions count net.json --segment -1,0 1/2,1
      linregions count net.json --box=-1,1 --store results
      linregions count net.json --budget 60 --jobs 2 --checkpoint parts
      linregions count net.json --scheduler tcp://localhost:8786 --checkpoint parts
      linregions count digits --plane digits

    \b
    A domain file is one JSON object; a number is a string "p/q", an integer or a float (its exact binary value):
      {"format": "linregions/domain", "version": 1, "rows": [["1","0","1"], ["-1","-1","1/2"]]}
    Each row (a_1, ..., a_d, b) is a halfspace a_1 x_1 + ... + a_d x_d + b >= 0.  Instead of "rows" it may have
      "lower": [...], "upper": [...]   a box
      "segment": [p, q]                two points of the input space; "line": [p, q] for the whole line
      "plane": [o, p, q]               o + s(p-o) + t(q-o), with "rows" or "lower" and "upper" for (s, t), or without
    """
    if quiet:
        context.with_resource(quietly())
    asked = long_counts.asked_for(options)
    read_domain = chosen_domain(options)
    if checked and of != "activation":
        raise InvalidInputError(f"--self-check is about activation regions; leave out --of {of}, or the check")
    if folder is not None and (checked or certificate is not None):
        option = "--self-check" if checked else "--certificate"
        raise InvalidInputError(f"--store keeps its own certificates and counts only what is new; leave out {option}")
    if checked and asked:
        raise InvalidInputError("--self-check counts in one piece, whatever it takes; leave it out, or the limits")
    with working(f"reading {file}"):
        from verify.counting.region_count import count

        network = read_network(file)
        domain = read_domain(network.inputs)
    report: SelfCheck | None = None
    step = f"{'checking' if checked else 'counting'} the regions of {file}{f' on {domain}' if domain else ''}"
    with long_counts.watching(step, asked) as limits:
        if checked:
            from verify.checks.self_check import self_check

            report = self_check(network, domain)
        if folder is not None:
            from verify.counting.store import Store

            with Store(folder) as store:
                regions = store.count(network, domain, definition=of, **vars(limits))
        elif report is None or certificate is not None:
            regions = count(network, domain, definition=of, certificate=certificate, **vars(limits))
        else:
            regions = report.count
    if as_json:
        record = {
            "file": file,
            "architecture": str(regions.architecture),
            "definition": regions.definition,
            "domain": str(regions.domain),
            "count": regions.value if regions.exact else None,
            "exact": regions.exact,
            "lower": regions.lower,
            "upper": regions.upper,
            "engine": regions.engine,
            "seconds": round(regions.seconds, 6),
            "statistics": regions.statistics,
            "certificate": None if regions.certificate is None else str(regions.certificate),
        }
        show.write(show.json_text(record if report is None else {**record, "self_check": _record(report)}))
    else:
        stored = ", stored" if regions.statistics.get("stored") else ""
        show.write(f"{str(regions).strip('<>')} ({regions.seconds:.2f} s{stored})")
        certified = regions.statistics.get("certified", [regions.lower, regions.upper])
        if certified != [regions.lower, regions.upper]:
            show.write(
                f"the certificate shows no more than this: between {decimal(certified[0])} and {decimal(certified[1])}"
            )
        if regions.statistics.get("memory_full"):
            click.echo(f"linregions: --memory {limits.memory} was nearly used up; give more to go on", err=True)
        if not regions.exact and asked:
            click.echo(f"linregions: {long_counts.how_to_go_on(limits)}", err=True)
        if report is not None:
            show.write(f"self-check: {report.summary} ({report.seconds:.2f} s)")
            for check in report.checks:
                show.write_wrapped(str(check))
    if report is not None and not report.passed:
        names = ", ".join(check.name for check in report.failures)
        click.echo(f"linregions: self-check: {names} failed; the count {regions} is not to be trusted", err=True)
        context.exit(1)
    if asked and not regions.exact:
        context.exit(3)


def _record(report: SelfCheck) -> dict[str, Any]:
    from theory.exact import format_rational

    checks = [
        {
            "name": check.name,
            "outcome": check.outcome,
            "reason": check.reason,
            "numbers": {
                name: value if isinstance(value, int) else format_rational(value)
                for name, value in check.numbers.items()
            },
        }
        for check in report.checks
    ]
    return {"passed": report.passed, "seed": report.seed, "seconds": round(report.seconds, 6), "checks": checks}
