"""``linregions distance``: how far the points of a data set are from the nearest boundary."""

from __future__ import annotations

import click

from verify.cli import show
from verify.cli.given import read_network_and_points
from verify.progress import working

__all__ = ["command"]

_SHOWN = 12


@click.command("distance")
@click.argument("file", type=click.Path())
@click.argument("points", type=click.Path())
@click.option("--all", "everything", is_flag=True, help="List every point on the terminal.")
@click.option("--plot", metavar="OUT", type=click.Path(), help="A histogram of the distances, .svg, .pdf or .png.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with every squared distance as p/q.")
def command(file: str, points: str, everything: bool, plot: str | None, as_json: bool) -> None:
    """How far points are from the nearest boundary.

    FILE is a network as for `linregions count`; POINTS is a file of points, one in each row (.npy, .json or commas), or
    the word digits for the three images that ship with the package.  For every point the exact squared distance to the
    boundary of its activation region is computed, with the unit that bends there (layer.unit, counted from 1), and the
    exact squared distance to the nearest jump of the gradient.

    \b
    Examples:
      linregions distance digits digits
      linregions distance net.json images.npy --json
      linregions distance net.json images.npy --plot distances.png
    """
    network, data = read_network_and_points(file, points, plot)
    with working(f"measuring {len(data)} distances"):
        from verify.measure.distance import distances
        from verify.measure.jumps import jump_distances

        found = distances(network, data)
        squares = found.squared
        jumps = jump_distances(network, found)
        floats = found.floats
    finite = floats[floats < float("inf")]
    units = network.architecture.units
    mean = float(finite.mean()) if len(finite) else None
    if as_json:
        from theory.exact import format_rational

        record = {
            "file": file,
            "points": points,
            "architecture": str(network.architecture),
            "number": len(data),
            "mean": mean,
            "units": units,
            "mean_times_units": None if mean is None else mean * units,
            "distances": [
                {
                    "squared": None if square is None else format_rational(square),
                    "layer": None if unit is None else unit.layer,
                    "unit": None if unit is None else unit.unit,
                    "squared_linear": None if jump is None else format_rational(jump),
                }
                for square, unit, jump in zip(squares, found.units, jumps, strict=True)
            ],
        }
        show.write(show.json_text(record))
    else:
        table = show.plain_table(header_style="bold")
        for title in ("point", "distance", "unit", "to a jump"):
            table.add_column(title, justify="right" if title != "unit" else "left")
        shown = len(data) if everything else min(len(data), _SHOWN)
        for i in range(shown):
            jump = jumps[i]
            table.add_row(
                str(i + 1),
                "none" if squares[i] is None else f"{floats[i]:.9g}",
                str(found.units[i] or ""),
                "none" if jump is None else "the same" if jump == squares[i] else f"{float(jump) ** 0.5:.9g}",
            )
        show.write_table(table)
        if shown < len(data):
            show.write(f"and {len(data) - shown} more; --all lists them, --json gives exact squares")
        if mean is not None:
            show.write(f"mean distance {mean:.6g}; times {units} units: {mean * units:.4g}")
    if plot is not None:
        with working(f"drawing {plot}"):
            from verify.drawing import INKS, figure, save_figure

            page = figure(width=6, height=4)
            axes = page.subplots()
            axes.hist(finite, bins=min(60, max(5, len(finite) // 8)), color=INKS[0])
            axes.set(xlabel="distance to the nearest boundary", ylabel="points")
            axes.set_title(f"{network.architecture}: {len(finite)} points", fontsize="medium")
            save_figure(page, plot)
