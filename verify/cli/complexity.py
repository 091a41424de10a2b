"""``linregions complexity``: the local complexity and the local ranks of a network on a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from verify.cli import show
from verify.cli.given import read_network_and_points
from verify.progress import working

if TYPE_CHECKING:
    from verify.measure.sampling import Estimate

__all__ = ["command"]


@click.command("complexity")
@click.argument("file", type=click.Path())
@click.argument("points", type=click.Path())
@click.option("--sigma", default="1/10", show_default=True, metavar="S", help="Deviation of the noise on the biases.")
@click.option("--reach", metavar="E", help="The eta of the lower bound; default sigma.")
@click.option("--draws", type=click.IntRange(2), default=20, show_default=True, help="Draws of the noise.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--every-unit", is_flag=True, help="Count units also where no open path leads to an output.")
@click.option("--plot", metavar="OUT", type=click.Path(), help="The layers and their bounds, .svg, .pdf or .png.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    file: str,
    points: str,
    sigma: str,
    reach: str | None,
    draws: int,
    seed: int,
    every_unit: bool,
    plot: str | None,
    as_json: bool,
) -> None:
    """How densely regions lie where the data are.

    FILE is a network of ReLU units as for `linregions count`; POINTS is a file of points, one in each row (.npy, .json
    or commas), or the word digits for the three images that ship with the package.  Printed are the local complexity,
    the expected density of the boundary at a data point when the biases carry Gaussian noise, with 95 % confidence
    intervals for the noise, its bounds, and the exact local ranks.

    \b
    Examples:
      linregions complexity digits digits
      linregions complexity net.json images.npy --sigma 1/2 --json
    """
    network, data = read_network_and_points(file, points, plot)
    with working(f"averaging over {len(data)} points and {draws} draws of noise"):
        from verify.measure.complexity import gradient_mean, local_complexity, local_ranks

        found = local_complexity(
            network, data, sigma=sigma, reach=reach, draws=draws, seed=seed, good_only=not every_unit
        )
        ranks, slope = local_ranks(network, data), gradient_mean(network, data)
    if as_json:
        from theory.exact import format_rational

        record = {
            "file": file,
            "points": points,
            "architecture": str(network.architecture),
            "number": len(data),
            "sigma": format_rational(found.sigma),
            "reach": format_rational(found.reach),
            "draws": draws,
            "seed": seed,
            "complexity": _record(found.value),
            "layers": [
                {"complexity": _record(v), "upper": _record(u), "lower": _record(w), "rank": format_rational(r)}
                for v, u, w, r in zip(found.layers, found.upper, found.lower, ranks, strict=True)
            ],
            "gradient_mean": slope,
        }
        show.write(show.json_text(record))
    else:
        show.write(f"local complexity of {network.architecture} on {len(data)} points: {found.value}\n")
        table = show.plain_table(header_style="bold")
        for title in ("layer", "complexity", "at least", "at most", "local rank"):
            table.add_column(title, justify="right")
        for i, (value, upper, lower) in enumerate(zip(found.layers, found.upper, found.lower, strict=True)):
            cells = (f"{e.mean:.4g}" for e in (value, lower, upper))
            table.add_row(str(i + 1), *cells, f"{float(ranks[i]):.4g}")
        show.write_table(table)
        show.write(f"\nmean norm of the gradient {slope:.4g}")
    if plot is not None:
        with working(f"drawing {plot}"):
            from verify.drawing import INKS, figure, save_figure

            page = figure(width=5, height=4)
            axes = page.subplots()
            for i, (value, upper, lower) in enumerate(zip(found.layers, found.upper, found.lower, strict=True), 1):
                ink = INKS[(i - 1) % len(INKS)]
                axes.plot([i, i], [lower.mean, upper.mean], color=ink, linewidth=1, marker="_", markersize=14)
                axes.plot(i, value.mean, "o", color=ink)
            axes.set(xlabel="layer", ylabel="local complexity and its bounds", yscale="log")
            axes.set_xticks(range(1, len(found.layers) + 1))
            axes.margins(x=0.25)
            axes.set_title(f"{network.architecture} on {len(data)} points", fontsize="medium")
            save_figure(page, plot)


def _record(estimate: Estimate) -> dict[str, Any]:
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high, "level": estimate.level}
