"""What ``linregions papers`` prints: the rows of the ledger, or the outcomes of the checks that they name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ledger import Outcome, Row, read_ledger, rows_of, run_check

from verify.cli import show
from verify.progress import working

__all__ = ["report"]


def report(folder: str | None, paper: str | None, *, run: bool, slow: bool, as_json: bool) -> bool:
    """Print the rows of a paper, or of all, and run their checks if that is wanted; False if a check failed."""
    ledger = read_ledger(folder)
    rows = ledger.rows if paper in (None, "all") else rows_of(ledger, str(paper))
    outcomes = []
    for row in rows if run else ():
        if row.check and (slow or not row.slow):
            with working(f"checking {row.paper}, {row.where}"):
                outcomes.append(run_check(ledger, row))
            if not as_json:
                _write_outcome(outcomes[-1])
    failed = sum(not outcome.passed for outcome in outcomes)
    if as_json:
        record = {"rows": [row.record() for row in rows]}
        if run:
            record["checks"] = [outcome.record() for outcome in outcomes]
        show.write(show.json_text(record))
    elif run:
        left = sum(row.slow for row in rows) if not slow else 0
        waiting = f"; {left} slow left out (--slow)" if left else ""
        silent = sum(not row.check for row in rows)
        show.write(f"{len(outcomes) - failed} passed, {failed} failed{waiting}; {silent} open rows without a check")
    else:
        _write_rows(rows)
    return not failed


def _write_outcome(outcome: Outcome) -> None:
    row, verdict = outcome.row, "ok" if outcome.passed else "FAILED"
    show.write(f"{verdict:6} {outcome.seconds:7.2f} s  {row.paper}: {row.where} ({row.status})")
    if not outcome.passed:
        show.write(show.wrapped(outcome.problem))


def _write_rows(rows: Sequence[Row]) -> None:
    for paper in dict.fromkeys(row.paper for row in rows):
        of_paper = [row for row in rows if row.paper == paper]
        show.write(of_paper[0].source)
        for row in of_paper:
            show.write(show.wrapped(f"{row.status.upper() if row.status == 'refuted' else row.status}: {row.where}"))
            show.write(show.wrapped(f"    {row.says}"))
            if row.checked:
                show.write(show.wrapped(f"    {row.checked}"))
            if row.reason:
                show.write(show.wrapped(f"    Not checked: {row.reason}"))
        show.write()
    tally = Counter(row.status for row in rows)
    found = f"{len(rows)} row{'s' * (len(rows) != 1)}"
    show.write(f"{found}: " + ", ".join(f"{number} {status}" for status, number in tally.most_common()))
