"""``linregions distance``: how far the points of a data set are from the nearest boundary."""

import click

from verify.cli import arguments, show
from verify.drawing import INKS, figure, save_figure
from verify.progress import working

_SHOWN = 12
"""Points that are listed on the terminal; --all lists every one."""


@click.command("distance")
@arguments.network
@arguments.points
@click.option("--all", "everything", is_flag=True, help="List every point on the terminal.")
@arguments.plot("A histogram of the distances, .svg, .pdf or .png.")
@arguments.json("One JSON object with every squared distance as p/q.")
def command(file: arguments.NetworkFile, points: arguments.PointsFile, everything: bool, plot: str | None) -> None:
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
    from verify.measure.distance import distances, rounded_root
    from verify.measure.jumps import jump_distances

    network, number = file.network, len(points.points)
    with working(f"measuring {number} distances"):
        found = distances(network, points.points)
        jumps = jump_distances(network, found)
    floats = found.floats
    finite = floats[floats < float("inf")]
    units = network.architecture.units
    mean = float(finite.mean()) if len(finite) else None
    each = list(zip(found.squared, found.units, jumps, strict=True))
    record = {**file.record, "points": points.name, "number": number, "mean": mean, "units": units}
    record["mean_times_units"] = None if mean is None else mean * units
    record["distances"] = [
        {"squared": square, "layer": unit and unit.layer, "unit": unit and unit.unit, "squared_linear": jump}
        for square, unit, jump in each
    ]
    rows = []
    for i, (square, unit, jump) in enumerate(each[: None if everything else _SHOWN]):
        distance = "none" if square is None else f"{floats[i]:.9g}"
        to_jump = "none" if jump is None else "the same" if jump == square else f"{rounded_root(jump):.9g}"
        rows.append((str(i + 1), distance, str(unit or ""), to_jump))
    lines = [show.table((">point", ">distance", "unit", ">to a jump"), rows)]
    if len(rows) < number:
        lines.append(f"and {number - len(rows)} more; --all lists them, --json gives exact squares")
    if mean is not None:
        lines.append(f"mean distance {mean:.6g}; times {units} units: {mean * units:.4g}")
    show.answer(record, lines)
    if plot is not None:
        with working(f"drawing {plot}"):
            page = figure(width=6, height=4)
            axes = page.subplots()
            axes.hist(finite, bins=min(60, max(5, len(finite) // 8)), range=(0, finite.max(initial=0)), color=INKS[0])
            axes.locator_params(axis="y", integer=True)
            axes.set(xlabel="distance to the nearest boundary", ylabel="points", xlim=(0, None))
            axes.set_title(f"{network.architecture}: {len(finite)} point{'s' * (len(finite) != 1)}", fontsize="medium")
            save_figure(page, plot)
