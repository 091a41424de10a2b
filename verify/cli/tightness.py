"""``linregions tightness``: the best network that exists against the least upper bound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from verify.cli import show
from verify.cli.bounds import FORMATS
from verify.progress import working

if TYPE_CHECKING:
    from verify.maxima.best_known import Tightness

__all__ = ["command"]


@click.command("tightness")
@click.argument("architectures", nargs=-1, metavar="ARCH...")
@click.option("--rank", type=int, help="Maxout units of this rank in every ARCH.")
@click.option("--map", "grid", metavar="INPUTS,WIDTH", help="All two-layer architectures up to this width instead.")
@click.option(
    "--plot", metavar="OUT", type=click.Path(), help="A picture: brackets of the ARCHs, or a heat map of --map."
)
@click.option("--limit", type=click.IntRange(min=0), help="Count constructions that claim at most so many regions.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="A table to paste; csv and json hold every digit.")
@click.option("--why", is_flag=True, help="Say in a sentence why each maximum is known, or what is missing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    architectures: tuple[str, ...],
    rank: int | None,
    grid: str | None,
    plot: str | None,
    limit: int | None,
    form: str | None,
    why: bool,
    as_json: bool,
) -> None:
    """How close the best network comes to the least bound.

    For each ARCH (inputs, then hidden widths): the most regions that a network has, whether a construction or a record
    found by search; the least upper bound; their ratio, cut off and not rounded; and whether the maximum is known,
    which it is when the two meet.

    \b
    Examples:
      linregions tightness 2-4-4 1-3-3-3 2-3-2
      linregions tightness 1-2-2-2 2-4-1 --why
      linregions tightness --map 2,8 --plot tightness.png
    """
    chosen = [name for name, given in (("--json", as_json), ("--why", why), ("--format", form is not None)) if given]
    if len(chosen) > 1:
        raise InvalidInputError(f"{' and '.join(chosen)} each choose what is printed; give one")
    if bool(architectures) == (grid is not None):
        raise InvalidInputError(
            "name architectures as in 2-4-4, or --map INPUTS,WIDTH for all with two layers, not both"
        )
    if plot is not None:
        from verify.drawing import check_picture_name

        check_picture_name(plot)
    with working("loading the bounds and constructions"):
        from theory.architecture import Architecture
        from verify.maxima.best_known import LIMIT, tightness, tightness_table
    names = [Architecture.parse(text, rank=rank) for text in architectures]
    inputs, widest = _grid(grid) if grid is not None else (0, 0)
    if grid is not None:
        sides = range(1, widest + 1)
        names = [
            Architecture.relu(inputs, a, b) if rank is None else Architecture.maxout(inputs, a, b, rank=rank)
            for a in sides
            for b in sides
        ]
    ceiling = LIMIT if limit is None else limit
    found = []
    for arch in names:
        with working(f"comparing {show.architecture_text(arch)}"):
            found.append(tightness(arch, limit=ceiling))
    if plot is not None:
        with working(f"drawing {plot}"):
            _draw(found, plot, inputs=inputs, widest=widest)
    if as_json:
        show.write(show.json_text({"architectures": [_record(each) for each in found]}))
    elif why:
        for each in found:
            show.write(show.architecture_text(each.architecture))
            show.write_wrapped(each.reason)
    elif form is not None or grid is None:
        show.write(tightness_table(names, limit=ceiling).render(form or "text").rstrip("\n"))
    else:
        _write_grid(found, widest)
    if plot is not None and not as_json:
        show.write(f"\n{Path(plot)}: drawn")


def _grid(text: str) -> tuple[int, int]:
    from theory.exact import integer

    parts = text.split(",")
    if len(parts) != 2:
        raise InvalidInputError(f"--map {text!r}: write the number of inputs and the largest width, as in 2,8")
    inputs = integer(parts[0], place="--map, inputs", minimum=1)
    widest = integer(parts[1], place="--map, largest width", minimum=1)
    if widest > 40:
        raise InvalidInputError(f"--map, largest width: {widest} is above 40; choose a smaller one")
    return inputs, widest


def _write_grid(found: list[Tightness], widest: int) -> None:
    """Rows: first layer; columns: second layer; cells: percent, or = where the maximum is known."""
    table = show.plain_table(header_style="bold")
    table.add_column("n1 \\ n2", justify="right", no_wrap=True)
    for b in range(1, widest + 1):
        table.add_column(str(b), justify="right", no_wrap=True)
    for a in range(widest):
        row = found[a * widest : (a + 1) * widest]
        table.add_row(str(a + 1), *("=" if each.exact else show.percent(each.ratio).removesuffix(" %") for each in row))
    show.write_table(table)
    show.write("\nPercent of the least upper bound that a network attains; = where the maximum is known.")


def _record(each: Tightness) -> dict[str, Any]:
    lower, bound = each.lower, each.upper.bound
    return {
        "architecture": str(each.architecture),
        "lower": {
            "value": lower.value,
            "name": lower.name,
            "evidence": lower.evidence,
            "source": str(lower.source),
        },
        "upper": {
            "value": each.upper.value,
            "key": bound.key,
            "source": str(bound.source),
            "status": bound.status.value,
        },
        "ratio": {"numerator": each.ratio.numerator, "denominator": each.ratio.denominator, "decimal": each.decimal},
        "exact": each.exact,
        "reason": each.reason,
    }


def _draw(found: list[Tightness], path: str, *, inputs: int, widest: int) -> None:
    from verify.drawing import save_figure
    from verify.maxima.heat_map import plot_heat_map, plot_tightness

    page = plot_heat_map(found, inputs, widest) if widest else plot_tightness(found)
    save_figure(page, path)
