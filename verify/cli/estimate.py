"""``linregions estimate``: how many regions a network has, with a confidence that is proved."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import MAX_EMAX, ROUND_CEILING, ROUND_FLOOR, Context
from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from theory.exact import decimal
from verify.cli import arguments, show
from verify.cli.limits import limits_of, refuse_two_teams, working_on
from verify.progress import working

if TYPE_CHECKING:
    from verify.counting.estimates.region_estimate import RegionEstimate


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
@click.option(
    "--replay", "again", metavar="FILE", type=click.Path(exists=True), help="Draw this transcript again, and compare."
)
@arguments.json()
def command(
    file: arguments.NetworkFile,
    domain: arguments.GivenDomain | None,
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
    latest: list[RegionEstimate] = []
    step = f"estimating the regions of {file.name}{f' on {where}' if where else ''}"

    def say() -> str:
        return f"{step}: {sum(latest[0].draws.values())} draws, {_ends(latest[0])}" if latest else step

    limits_of(budget=options["budget"], jobs=jobs)
    refuse_two_teams(jobs, scheduler)
    with working_on(say, scheduler) as executor:
        found = estimate(
            network, where, jobs=jobs, executor=executor, transcript=transcript,
            report=lambda now: latest.__setitem__(slice(None), [now]), **options,
        )  # fmt: skip
    facts = ("architecture", "domain", "exact", "lower", "upper", "low", "high", "value", "confidence", "error")
    record = show.record_of(found, *facts, "reached", "draws", "seed", "seconds")
    show.answer({"file": file.name, **record}, _lines(found))
    return 0 if found.reached else 3


def _lines(found: RegionEstimate) -> Iterator[str]:
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
