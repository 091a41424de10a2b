"""``linregions tightness``: the most regions of a known network compared with the least upper bound."""

from dataclasses import replace
from itertools import product
from typing import Any

import click

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.exact import integer
from verify.cli import arguments, show
from verify.drawing import save_figure
from verify.maxima.best_known import LIMIT, Tightness, tightness, tightness_table, tried
from verify.maxima.heat_map import plot_heat_map, plot_tightness
from verify.progress import working


@click.command("tightness")
@click.argument("architectures", nargs=-1, metavar="ARCH...", type=arguments.ARCHITECTURE)
@arguments.rank
@click.option("--map", "grid", metavar="INPUTS,WIDTH", help="All two-layer architectures up to this width instead.")
@arguments.plot("A picture: brackets of the ARCHs, or a heat map of --map.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=LIMIT, help="Count constructions that claim at most so many regions."
)
@arguments.table_format
@click.option("--why", is_flag=True, help="Say in a sentence why each maximum is known, or what is missing.")
@arguments.json()
def command(
    architectures: tuple[Architecture, ...],
    rank: int | None,
    grid: str | None,
    plot: str | None,
    limit: int,
    form: str | None,
    why: bool,
) -> None:
    """How close the best network comes to the least bound.

    For each ARCH (inputs, then hidden widths): the most regions that a network has, whether a construction or a record
    found by search; the least upper bound; their ratio, cut off and not rounded; and whether the maximum is known,
    which it is when the two meet.  Where it is open, --why, --json and --format csv also say what was tried: bounds,
    networks, searches with their seeds, and programs that ran through all cases.

    \b
    Examples:
      linregions tightness 2-4-4 1-3-3-3 2-3-2
      linregions tightness 1-2-2-2 2-4-1 --why
      linregions tightness --map 2,8 --plot tightness.png
      linregions tightness --map 3,6 --format csv
    """
    arguments.exactly_one(
        {"--json": show.is_json(), "--why": why, "--format": form}, "each choose what is printed", or_none=True
    )
    if bool(architectures) == (grid is not None):
        raise InvalidInputError(
            "name architectures as in 2-4-4, or --map INPUTS,WIDTH for all with two layers, not both"
        )
    inputs, widest = _grid(grid) if grid is not None else (0, 0)
    pairs = product(range(1, widest + 1), repeat=2)
    names = [*architectures, *(Architecture.parse(f"{inputs}-{a}-{b}", rank=rank) for a, b in pairs)]
    found = []
    for arch in names:
        with working(f"comparing {show.architecture_text(arch)}"):
            found.append(tightness(arch, limit=limit))
    if plot is not None:
        with working(f"drawing {plot}"):
            save_figure(plot_heat_map(found, inputs, widest) if widest else plot_tightness(found), plot)
    if show.is_json():
        show.write(show.json_text({"architectures": [_record(each, limit) for each in found]}))
    elif why:
        for each in found:
            show.write(show.architecture_text(each.architecture))
            show.write(show.wrapped(each.reason))
            if not each.exact:
                show.write(show.wrapped(str(tried(each.architecture, limit=limit))))
    elif form is not None or grid is None:
        table = tightness_table(names, limit=limit)
        if form == "csv":
            more = ["" if each.exact else str(tried(each.architecture, limit=limit)) for each in found]
            rows = tuple((*row, cell) for row, cell in zip(table.rows, more, strict=True))
            table = replace(table, columns=(*table.columns, "tried"), rows=rows)
        show.write(table.render(form or "text").rstrip("\n"))
    else:
        # rows: first layer; columns: second layer; cells: percent, or = where the maximum is known
        cells = ["=" if each.exact else show.percent(each.ratio).removesuffix(" %") for each in found]
        grid_rows = [(str(a + 1), *cells[a * widest : (a + 1) * widest]) for a in range(widest)]
        show.write(show.table((">n1 \\ n2", *(f">{b}" for b in range(1, widest + 1))), grid_rows))
        show.write("\nPercent of the least upper bound that a network attains; = where the maximum is known.")
    if plot is not None and not show.is_json():
        show.write(f"\n{plot}: drawn")


def _grid(text: str) -> tuple[int, int]:
    parts = text.split(",")
    if len(parts) != 2:
        raise InvalidInputError(f"--map {text!r}: write the number of inputs and the largest width, as in 2,8")
    inputs = integer(parts[0], place="--map, inputs", minimum=1)
    widest = integer(parts[1], place="--map, largest width", minimum=1)
    if widest > 40:
        raise InvalidInputError(f"--map, largest width: {widest} is above 40; choose a smaller one")
    return inputs, widest


def _record(each: Tightness, limit: int) -> dict[str, Any]:
    bound, ratio = each.upper.bound, each.ratio
    return {
        **show.record_of(each, "architecture", "exact", "reason"),
        "lower": show.record_of(each.lower, "value", "name", "evidence", "source"),
        "upper": {"value": each.upper.value, **show.record_of(bound, "key", "source", "status")},
        "ratio": {**show.record_of(ratio, "numerator", "denominator"), "decimal": each.decimal},
        "tried": None if each.exact else tried(each.architecture, limit=limit).record(),
    }
