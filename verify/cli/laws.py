"""``linregions laws``: what holds for every network, and whether this installation agrees with it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from verify.cli import arguments, show
from verify.progress import tracked, working

if TYPE_CHECKING:  # the laws load hypothesis and sympy
    from verify.testing.laws import Law, LawReport


@click.command("laws")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--run", "run", is_flag=True, help="Test them; exit code 1 if one is broken.")
@click.option("--examples", type=click.IntRange(min=1), metavar="N", help="Examples for each law (default 100).")
@click.option("--seed", type=int, default=0, show_default=True, metavar="S", help="The same seed, the same examples.")
@arguments.json()
def command(names: tuple[str, ...], run: bool, examples: int | None, seed: int) -> int:
    """What holds for every network, architecture or arrangement.

    Lists the laws with their sources; with NAMEs only those.  With --run each is tested on examples that hypothesis
    draws, degenerate networks among them, and a broken law is shown with the smallest example found.

    \b
    Examples:
      linregions laws
      linregions laws --run --examples 2000
      linregions laws --run tiling deletion_restriction

    \b
    The same in a pytest of your own, in two lines (counter=... tests a counter of yours):
      from verify.testing.laws import as_tests
      test_laws = as_tests(examples=200)
    """
    if examples is not None and not run:
        raise InvalidInputError("--examples says how often the laws are tested; add --run")
    number = examples or 100
    from verify.testing.laws import chosen

    laws = chosen(names)
    if not run:
        show.answer(
            {"laws": [show.record_of(law, "name", "about", "statement", "source") for law in laws]}, _list(laws)
        )
        return 0
    began = time.perf_counter()
    with working("testing laws"):
        reports = [law.check(examples=number, seed=seed) for law in tracked(laws, "testing laws")]
    broken = [report for report in reports if not report.holds]
    seconds = time.perf_counter() - began
    record = {"examples": number, "seed": seed, "held": not broken, "seconds": round(seconds, 6)}
    rows = [(r.law.name, "held" if r.holds else "BROKEN", f"{r.examples} examples") for r in reports]
    lines = [show.table(("", "", ""), rows), *(f"\n{report}" for report in broken)]
    lines.append(f"\n{len(reports) - len(broken)} of {len(reports)} laws held, seed {seed} ({seconds:.1f} s)")
    show.answer({**record, "laws": [_record(report) for report in reports]}, lines)
    return 1 if broken else 0


def _list(laws: Sequence[Law]) -> Iterator[str]:
    for about in dict.fromkeys(law.about for law in laws):
        yield f"About {about}"
        for law in laws:
            if law.about == about:
                yield from (f"\n{law.name}", show.wrapped(law.statement), show.wrapped(law.source.short))
        yield ""
    yield "Test them with --run."


def _record(report: LawReport) -> dict[str, Any]:
    failure = report.failure
    return {
        "name": report.law.name,
        "held": report.holds,
        **show.record_of(report, "examples", "seconds"),
        "failure": None if failure is None else {"example": repr(failure.example), "what": failure.what},
    }
