"""``linregions refute``: a claim about linear regions against everything that might contradict it."""

from typing import Any

import click

from verify.cli import arguments, show
from verify.progress import working


@click.command("refute")
@click.argument("statement")
@click.option("--kind", metavar="KIND", help="What a number is: upper, lower or equal.")
@click.option("--budget", type=float, metavar="SECONDS", help="Wall time to spend (default 60).")
@click.option("--examples", type=int, metavar="N", help="Networks to count; alone, deterministic.")
@click.option("--units", metavar="UNITS", help="relu or maxout; default: what the claim names.")
@click.option("--architecture", "architectures", multiple=True, metavar="ARCH", help="Only this one; repeatable.")
@click.option("--where", metavar="CONDITION", help='A side condition, as in "n0 >= max(n)".')
@click.option("--seed", type=int, default=0, show_default=True, metavar="S", help="Of the search.")
@click.option("--patience", type=float, default=5.0, show_default=True, metavar="SECONDS", help="For one architecture.")
@click.option("--keep-going", is_flag=True, help="Go on after an architecture at which the function fails.")
@click.option("--audit", is_flag=True, help="Also search where a proven bound rules a counterexample out.")
@click.option("--out", "folder", type=click.Path(), default="linregions-refuted", show_default=True, metavar="FOLDER")
@arguments.json()
def command(statement: str, **options: Any) -> int:
    """Look for a counterexample to a claim.

    STATEMENT is MODULE:FUNCTION (a function of an Architecture that returns an int; MODULE in the current folder or on
    PYTHONPATH), an expression in n0, n (list of hidden widths, n[0] the first), k, L, N and the bounds of the
    catalog, or the name of a law.  A comparison is judged by itself; a number needs --kind.

    Exit code 0: it survived what was tried, which is reported and proves nothing.  1: refuted, with a counterexample,
    its network, a certificate of its count and a script below --out.  2: it could not be judged.

    \b
    Examples:
      linregions refute "prod(n)" --kind upper
      linregions refute my_bounds:sharper --kind upper --budget 60
      linregions refute "serra2018_maxout <= k**N"
      linregions refute 10 --kind lower --architecture 1-2-2
      linregions refute any_layer_growth

    \b
    Expressions have C(a, b), Z(n, d) = sum of C(n, j) for j <= d, min, max, sum, prod, range, len, zip, abs:
      linregions refute "prod(Z(n[l], min(n0, *n[:l])) for l in range(L))" --kind upper
    """
    from verify.testing.refuter import refute

    options = {name: value for name, value in options.items() if value not in (None, ())}
    limit = options.get("budget", 60 if "examples" not in options else None)
    words = f"looking for a counterexample{f', for at most {limit:g} s' if limit else ''}"
    with working(words):
        verdict = refute(statement, options.pop("kind", None), **options)
    show.answer(verdict.record(), str(verdict))
    return verdict.exit_code
