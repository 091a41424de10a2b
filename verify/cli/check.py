"""``linregions check``: is this certificate right."""

from __future__ import annotations

import click

from verify.cli import show
from verify.progress import working

__all__ = ["command"]


@click.command("check")
@click.argument("file", type=click.Path())
@click.option("--jobs", default=1, show_default=True, help="Processes that check; the verdict is the same.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
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
        from verify.certificate.verdict import check

        verdict = check(file, jobs=jobs)
    if as_json:
        record = {
            "file": file,
            "verified": verdict.verified,
            "regions": verdict.regions,
            "lower": verdict.bracket and verdict.bracket[0],
            "upper": verdict.bracket and verdict.bracket[1],
            "line": verdict.line or None,
            "reason": verdict.reason or None,
        }
        show.write(show.json_text(record))
    else:
        show.write(str(verdict))
    context.exit(0 if verdict.verified else 1)
