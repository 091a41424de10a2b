"""``linregions check``: is this certificate right."""

from __future__ import annotations

import click

from verify.certificate.verdict import check
from verify.cli import arguments, show
from verify.progress import working

__all__ = ["command"]


@click.command("check")
@click.argument("file", type=click.Path())
@click.option("--jobs", default=1, show_default=True, help="Processes that check; the verdict is the same.")
@arguments.json()
@click.pass_context
def command(context: click.Context, file: str, jobs: int, as_json: bool) -> None:
    """Check a certificate that `linregions count --certificate` wrote.

    Prints VERIFIED and the number, or the bracket of a count that stopped early (exit code 0), or REJECTED with the
    line and the reason (exit code 1).  The verdict is that of verify/checker.py, one file that needs nothing but
    Python: copy it elsewhere to trust less.

    \b
    Examples:
      linregions count net.json --box=-1,1 --certificate net.cert
      linregions check net.cert
      linregions check net.cert --jobs 4 --json
    """
    with working(f"checking {file}"):
        verdict = check(file, jobs=jobs)
    if as_json:
        lower, upper = verdict.bracket or (None, None)
        record = {"file": file, **show.record_of(verdict, "verified", "regions"), "lower": lower, "upper": upper}
        show.write_json({**record, "line": verdict.line or None, "reason": verdict.reason or None})
    else:
        show.write(str(verdict))
    context.exit(0 if verdict.verified else 1)
