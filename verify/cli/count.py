"""``linregions count``: the exact number of regions of a network from a file, on a domain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from theory.exact import decimal
from verify.cli import arguments, limits, show
from verify.counting.region_count import RegionCount, count
from verify.progress import quietly

if TYPE_CHECKING:
    from verify.checks.self_check import SelfCheck


@click.command("count")
@arguments.network
@arguments.domains("box", "domain", "segment", "plane")
@arguments.definition(
    "What is a region: patterns, activation (default), convex, linear, closed or affine.",
    metavar="NAME",
    default="activation",
)
@click.option("--self-check", "checked", is_flag=True, help="Also hold the count against invariants; slower.")
@click.option("--certificate", metavar="OUT", type=click.Path(), help="Write a file that `linregions check` verifies.")
@click.option(
    "--store", "folder", metavar="DIR", type=click.Path(), help="Keep certified results there; count what is new."
)
@limits.with_bracket
@arguments.json()
@click.option(
    "-q", "--quiet", is_flag=True, is_eager=True, expose_value=False,
    callback=lambda context, _, wanted: context.with_resource(quietly()) if wanted else None,
    help="Nothing on standard error about what is being done.",
)  # fmt: skip
def command(
    file: arguments.NetworkFile,
    domain: arguments.GivenDomain | None,
    definition: str,
    checked: bool,
    certificate: str | None,
    folder: str | None,
    long_count: limits.LongCount | None,
) -> int:
    """Count the regions of a network exactly.

    FILE is a network: the JSON of `linregions build`, .npz, .safetensors, .onnx, .nnet, .h5, .keras or .pt.  Without a
    domain, the full-dimensional activation regions of all of R^d are counted; on a segment or plane, those of the
    restriction. The word digits stands for a classifier of handwritten digits that ships with the package, trained on
    real images, and as --plane for the plane through three images that it has never seen.

    With --definition something else is counted: the activation patterns that occur, thin ones too (patterns), cells
    of the coarsest polyhedral complex (convex), maximal connected open sets on which the function is affine (linear),
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
      linregions count net.json --box=-1,1 --definition linear
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
    if checked and definition != "activation":
        raise InvalidInputError(
            f"--self-check is about activation regions; leave out --definition {definition}, or the check"
        )
    if folder is not None and (checked or certificate is not None):
        option = "--self-check" if checked else "--certificate"
        raise InvalidInputError(f"--store keeps its own certificates and counts only what is new; leave out {option}")
    if certificate is not None:
        arguments.require_unread(certificate)
    if checked and long_count:
        raise InvalidInputError("--self-check counts in one piece, whatever it takes; leave it out, or the limits")
    network, where = file.network, domain.on(file.network.inputs) if domain else None
    step = f"{'checking' if checked else 'counting'} the regions of {file.name}{f' on {where}' if where else ''}"
    with limits.watching(step, long_count) as within:
        report = None
        if checked:
            from verify.checks.self_check import self_check

            report = self_check(network, where)
        if folder is not None:
            from verify.counting.store import Store

            with Store(folder) as store:
                regions = store.count(network, where, definition=definition, **vars(within))
        elif report is None or certificate is not None:
            regions = count(network, where, definition=definition, certificate=certificate, **vars(within))
        else:
            regions = report.count
    show.answer({"file": file.name, **_record(regions, report)}, _lines(regions, report))
    if not show.is_json():
        if regions.statistics.get("memory_full"):
            click.echo(f"linregions: --memory {within.memory} was nearly used up; give more to go on", err=True)
        if not regions.exact and long_count:
            kept = "symmetries" not in regions.statistics
            more = limits.how_to_go_on(within) if kept else "a count by symmetry is not kept; give it more"
            click.echo(f"linregions: {more}", err=True)
    if report is not None and not report.passed:
        names = ", ".join(check.name for check in report.failures)
        click.echo(f"linregions: self-check: {names} failed; the count {regions} is not to be trusted", err=True)
        return 1
    return 3 if long_count and not regions.exact else 0


def _record(regions: RegionCount, report: SelfCheck | None) -> dict[str, Any]:
    facts = ("architecture", "definition", "domain", "exact", "lower", "upper", "engine", "seconds", "statistics")
    record = show.record_of(regions, *facts, "certificate")
    record["count"] = regions.value if regions.exact else None
    if report is not None:
        checks = [show.record_of(check, "name", "outcome", "reason", "numbers") for check in report.checks]
        record["self_check"] = {**show.record_of(report, "passed", "seed", "seconds"), "checks": checks}
    return record


def _lines(regions: RegionCount, report: SelfCheck | None) -> Iterator[str]:
    stored = ", stored, not checked" if regions.statistics.get("stored") else ""
    if unchecked := regions.statistics.get("unchecked"):
        stored = f", {decimal(unchecked)} of them from the checkpoint, not checked"
    yield f"{str(regions).strip('<>')} ({regions.seconds:.2f} s{stored})"
    if not regions.exact and regions.statistics.get("on_segment") == regions.lower:
        yield "the lower end is the number of regions along a segment, at most those of the domain"
    low, high = regions.statistics.get("certified", (regions.lower, regions.upper))
    if (low, high) != (regions.lower, regions.upper):
        yield f"the certificate shows no more than this: between {decimal(low)} and {decimal(high)}"
    if report is not None:
        yield f"self-check: {report.summary} ({report.seconds:.2f} s)"
        yield from (show.wrapped(str(check)) for check in report.checks)
