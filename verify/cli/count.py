"""``linregions count``, ``check`` and ``estimate``: the exact number of regions, its proof, and what is likely."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import MAX_EMAX, ROUND_CEILING, ROUND_FLOOR, Context
from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from theory.exact import decimal
from verify.cli import arguments, limits, show
from verify.cli.arguments import GivenDomain, NetworkFile
from verify.progress import quietly, working

if TYPE_CHECKING:
    from verify.checks.self_check import SelfCheck
    from verify.counting.estimates.region_estimate import RegionEstimate
    from verify.counting.region_count import RegionCount


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
@click.option("--store", "folder", metavar="DIR", type=click.Path(), help="Keep certified results there and use them.")
@limits.with_bracket
@arguments.json()
@click.option(
    "-q", "--quiet", is_flag=True, is_eager=True, expose_value=False,
    callback=lambda context, _, wanted: context.with_resource(quietly()) if wanted else None,
    help="Nothing on standard error about what is being done.",
)  # fmt: skip
def count_command(
    file: NetworkFile,
    domain: GivenDomain | None,
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
    from verify.counting.region_count import count

    if checked and definition != "activation":
        raise InvalidInputError(f"--self-check is about activation regions; leave out --definition {definition}, or it")
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
    show.answer({"file": file.name, **_record(regions, report)}, _count_lines(regions, report))
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


def _count_lines(regions: RegionCount, report: SelfCheck | None) -> Iterator[str]:
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


@click.command("check")
@click.argument("file", type=click.Path())
@click.option("--network", "wanted", metavar="NET", type=arguments.NETWORK, help="Refuse it for another network.")
@arguments.reading
@arguments.domains("box", "domain", "segment", "plane")
@arguments.definition("Refuse a certificate that counts by another definition of region.", metavar="NAME")
@click.option("--jobs", default=1, show_default=True, help="Processes that check; the verdict is the same.")
@click.option("--fast", is_flag=True, help="Check with the compiled core, in one process; see above what it serves.")
@arguments.json()
def check_command(
    file: str, wanted: NetworkFile | None, domain: GivenDomain | None, definition: str | None, jobs: int, fast: bool
) -> int:
    """Check a certificate that `linregions count --certificate` wrote.

    Prints VERIFIED and the number, or the bracket of a count that stopped early (exit code 0), or REJECTED with the
    line and the reason (exit code 1).  A second line says what was counted: the definition, the architecture, the
    domain and the digests of network and domain.  With --network, --definition or a domain a certificate of something
    else is rejected, however true it is.  The verdict is that of verify/checker.py, one file that needs nothing but
    Python: copy it elsewhere to trust less.  With --fast a second program, compiled, checks the tree for files of
    gigabytes, with the same verdict: of full-dimensional regions and of patterns, but not of certificates that share
    images or use symmetries.

    \b
    Examples:
      linregions count net.json --box=-1,1 --certificate net.cert
      linregions check net.cert
      linregions check net.cert --network net.json --box=-1,1
      linregions check net.cert --jobs 4 --json
      linregions check net.cert --fast
    """
    from verify.certificate.verdict import check

    if domain and not wanted:
        raise InvalidInputError(f"{domain.option} is compared for a network; name it with --network")
    network = wanted.network if wanted else None
    place = domain.on(network.inputs) if domain and network else None
    with working(f"checking {file}"):
        verdict = check(file, jobs=jobs, fast=fast, network=network, domain=place, definition=definition)
    subject = verdict.subject
    lower, upper = verdict.bracket or (None, None)
    record = {"file": file, **show.record_of(verdict, "verified", "regions"), "lower": lower, "upper": upper}
    record |= {"line": verdict.line or None, "reason": verdict.reason or None}
    keys = ("definition", "architecture", "domain", "network_sha256", "domain_sha256")
    record |= show.record_of(subject, *keys) if subject else {}
    show.answer(record, f"{verdict}\n{subject}" if subject else str(verdict))
    return 0 if verdict.verified else 1


@click.command("estimate")
@arguments.network
@arguments.domains("box", "domain", "segment", "plane")
@click.option("--error", default="1/10", show_default=True, metavar="E", help="Relative error at which to stop.")
@click.option("--confidence", default="19/20", show_default=True, metavar="C", help="Probability of the interval.")
@click.option("--budget", type=float, default=60.0, show_default=True, metavar="SECONDS", help="Stop after this time.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed, the same draws.")
@click.option(
    "--lower",
    type=click.Choice(["trees", "parity"]),
    default="trees",
    show_default=True,
    help="What gives the lower end where the bound is far from the number: random descents through the tree of "
    "cells, or parity constraints (extra mip), which give less in the same time.",
)
@click.option("--jobs", type=int, default=1, metavar="N", help="Let N processes draw.")
@click.option("--scheduler", metavar="ADDRESS", help="Draw on this scheduler's Dask cluster, tcp://HOST:PORT.")
@click.option("--transcript", metavar="FILE", type=click.Path(), help="Keep the draws there; go on from there.")
@click.option("--replay", "again", metavar="FILE", type=click.Path(exists=True), help="Draw these again, and compare.")
@arguments.json()
def estimate_command(
    file: NetworkFile,
    domain: GivenDomain | None,
    jobs: int,
    scheduler: str | None,
    transcript: str | None,
    again: str | None,
    **options: Any,
) -> int:
    """Estimate the number of regions, with a confidence that is proved.

    FILE is a network as for `linregions count`.  Printed are a lower and an upper bound that are proved, and between
    them an interval that contains the number of activation regions with the given probability over the random bits
    that were drawn, however long the drawing went on and whatever decided when to stop.  If a part of the budget is
    enough to count the regions, the number itself is printed.

    Exit code 3 says that the error was not reached within the budget; the interval is right all the same.  With
    --replay, exit code 1 says that some draw came out otherwise.

    \b
    Examples:
      linregions estimate net.json
      linregions estimate net.json --box=0,1 --error 1/20 --confidence 0.99 --budget 600 --jobs 2
      linregions estimate net.json --lower parity --confidence 0.99
      linregions estimate net.json --transcript draws.json --scheduler tcp://localhost:8786
      linregions estimate net.json --replay draws.json
    """
    from verify.counting.estimates.draws import replay
    from verify.counting.estimates.region_estimate import estimate

    network, where = file.network, domain.on(file.network.inputs) if domain else None
    if again is not None:
        if transcript is not None:
            raise InvalidInputError("--replay reads a transcript and --transcript writes one; give one")
        with working(f"drawing {again} again"):
            outcome = replay(again, network, where)
        text = f"{outcome.drawn} draws repeated, {len(outcome.wrong)} of them came out otherwise"
        show.answer({"file": file.name, "drawn": outcome.drawn, "wrong": outcome.wrong}, text)
        return 1 if outcome.wrong else 0
    step = f"estimating the regions of {file.name}{f' on {where}' if where else ''}"
    limits.limits_of(scheduler, budget=options["budget"], jobs=jobs)
    said = lambda now: f"{sum(now.draws.values())} draws, {_ends(now)}"  # noqa: E731
    with limits.working_on(step, scheduler, said) as (executor, report):
        settings = {"executor": executor, "transcript": transcript, "report": report, **options}
        found = estimate(network, where, jobs=jobs, **settings)
    facts = ("architecture", "domain", "exact", "lower", "upper", "low", "high", "value", "confidence", "error")
    record = show.record_of(found, *facts, "reached", "draws", "seed", "seconds")
    show.answer({"file": file.name, **record}, _estimate_lines(found))
    return 0 if found.reached else 3


def _estimate_lines(found: RegionEstimate) -> Iterator[str]:
    where = f"{found.architecture} on {found.domain}"
    if found.exact:
        yield f"{decimal(found.lower)} activation regions of {where}, exact ({found.seconds:.2f} s)"
        return
    drawn = " and ".join(f"{number} draws of {name}" for name, number in found.draws.items() if number)
    yield f"activation regions of {where} ({drawn or 'no draws'}, {found.seconds:.2f} s)"
    yield f"proved at least      {decimal(found.lower)}"
    yield f"with {found.percent:<15} {_ends(found)}"
    yield f"proved at most       {decimal(found.upper)}"
    if not found.reached:
        yield f"the error {float(100 * found.error):g} % was not reached; give more --budget, or --transcript to go on"


def _ends(found: RegionEstimate) -> str:
    """The ends of the interval, those of more than nine digits rounded outward to four."""
    ends = ((found.low, ROUND_FLOOR), (found.high, ROUND_CEILING))
    return " to ".join(
        str(end) if end < 10**9 else f"{Context(prec=4, rounding=mode, Emax=MAX_EMAX).create_decimal(end):.3e}"
        for end, mode in ends
    )
