"""``linregions papers``: what the literature claims, and what became of it when it was checked."""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from theory.errors import InvalidInputError
from verify.cli import arguments, show
from verify.progress import working

__all__ = ["command"]


@click.command("papers")
@click.argument("paper", required=False)
@click.option("--run", metavar="PAPER", help="Run the checks of one paper, or of all of them with --run all.")
@click.option("--slow", is_flag=True, help="With --run: also the checks that take minutes.")
@click.option("--folder", metavar="DIR", type=click.Path(), help="Where ledger.toml and the checks are.")
@arguments.json()
@click.pass_context
def command(
    context: click.Context, /, paper: str | None, run: str | None, slow: bool, folder: str | None, as_json: bool
) -> None:
    """The claims of the papers: reproduced, refuted, checked in part or open.

    Prints the ledger of a checkout of this project, all of it or the rows of one PAPER.  With --run the checks are
    run, exact counts included; exit code 1 if one fails.

    \b
    Examples:
      linregions papers
      linregions papers serra2018
      linregions papers --run zaslavsky1975
      linregions papers --run all --slow
    """
    machinery = _machinery(folder)
    ledger = machinery.read_ledger(folder)
    wanted = run if run is not None else paper
    rows = ledger.rows if wanted in (None, "all") else machinery.rows_of(ledger, str(wanted))
    outcomes = []
    if run is not None:
        for row in rows:
            if row.check and (slow or not row.slow):
                with working(f"checking {row.paper}, {row.where}"):
                    outcome = machinery.run_check(ledger, row)
                outcomes.append(outcome)
                if not as_json:
                    verdict = "ok" if outcome.passed else "FAILED"
                    show.write(f"{verdict:6} {outcome.seconds:7.2f} s  {row.paper}: {row.where} ({row.status})")
                    if not outcome.passed:
                        show.write_wrapped(outcome.problem)
    if as_json:
        record = {"rows": [row.record() for row in rows]}
        if run is not None:
            record["checks"] = [outcome.record() for outcome in outcomes]
        show.write_json(record)
    elif run is None:
        _write_table(rows)
    else:
        failed = sum(not outcome.passed for outcome in outcomes)
        left = sum(row.slow for row in rows) if not slow else 0
        waiting = f"; {left} slow left out (--slow)" if left else ""
        silent = sum(not row.check for row in rows)
        show.write(f"{len(outcomes) - failed} passed, {failed} failed{waiting}; {silent} open rows without a check")
    if any(not outcome.passed for outcome in outcomes):
        context.exit(1)


def _machinery(folder: str | None) -> ModuleType:
    """The module ``ledger`` of a checkout's folder ``paper_checks``, which does not ship with the package.

    It is looked for in the folder named, then from the working directory upwards, then beside the package.
    """
    here = Path.cwd()
    roots = (here, *here.parents, Path(__file__).resolve().parents[2])
    for home in (*([Path(folder)] if folder else []), *(root / "paper_checks" for root in roots)):
        if (home / "ledger.py").is_file():
            sys.path.insert(0, str(home.resolve()))
            try:
                return importlib.import_module("ledger")
            finally:
                sys.path.pop(0)
    raise InvalidInputError(
        "the ledger is part of a checkout, not of the installed package; run this in the checkout, or name its "
        "folder paper_checks with --folder"
    )


def _write_table(rows: tuple[Any, ...]) -> None:
    for paper in dict.fromkeys(row.paper for row in rows):
        mine = [row for row in rows if row.paper == paper]
        show.write(mine[0].source)
        for row in mine:
            show.write_wrapped(f"{row.status.upper() if row.status == 'refuted' else row.status}: {row.where}")
            show.write_wrapped(f"    {row.says}")
            if row.checked:
                show.write_wrapped(f"    {row.checked}")
            if row.reason:
                show.write_wrapped(f"    Not checked: {row.reason}")
        show.write()
    tally = Counter(row.status for row in rows)
    show.write(f"{len(rows)} rows: " + ", ".join(f"{number} {status}" for status, number in tally.most_common()))
