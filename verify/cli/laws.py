"""``linregions laws``: what holds for every network, and whether this installation agrees with it."""

import time
from itertools import chain

import click

from theory.errors import InvalidInputError
from verify.cli import arguments, show
from verify.progress import tracked, working


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
        lines = []
        for about in dict.fromkeys(law.about for law in laws):
            own = [law for law in laws if law.about == about]
            parts = [(f"\n{law.name}", show.wrapped(law.statement), show.wrapped(law.source.short)) for law in own]
            lines += [f"About {about}", *chain(*parts), ""]
        record = {"laws": [show.record_of(law, "name", "about", "statement", "source") for law in laws]}
        show.answer(record, [*lines, "Test them with --run."])
        return 0
    began = time.perf_counter()
    with working("testing laws"):
        reports = [law.check(examples=number, seed=seed) for law in tracked(laws, "testing laws")]
    broken = [report for report in reports if not report.holds]
    seconds = time.perf_counter() - began
    outcomes = [
        {
            "name": report.law.name,
            "held": report.holds,
            **show.record_of(report, "examples", "seconds"),
            "failure": report.failure and {"example": repr(report.failure.example), "what": report.failure.what},
        }
        for report in reports
    ]
    rows = [(r.law.name, "held" if r.holds else "BROKEN", f"{r.examples} examples") for r in reports]
    lines = [show.table(("", "", ""), rows), *(f"\n{report}" for report in broken)]
    lines.append(f"\n{len(reports) - len(broken)} of {len(reports)} laws held, seed {seed} ({seconds:.1f} s)")
    facts = {"examples": number, "seed": seed, "held": not broken, "seconds": round(seconds, 6)}
    show.answer({**facts, "laws": outcomes}, lines)
    return 1 if broken else 0
