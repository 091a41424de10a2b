"""``linregions complexity``: the local complexity and the local ranks of a network on a data set."""

from typing import Any

import click

from verify.cli import arguments, show
from verify.cli.arguments import NetworkFile, PointsFile
from verify.drawing import INKS, figure, save_figure
from verify.progress import working


@click.command("complexity")
@arguments.network
@arguments.points
@click.option("--sigma", default="1/10", show_default=True, metavar="S", help="Deviation of the noise on the biases.")
@click.option("--reach", metavar="E", help="The eta of the lower bound; default sigma.")
@click.option("--draws", type=click.IntRange(2), default=20, show_default=True, help="Draws of the noise.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed, the same noise.")
@click.option("--every-unit", is_flag=True, help="Count units also where no open path leads to an output.")
@arguments.plot("The layers and their bounds, .svg, .pdf or .png.")
@arguments.json()
def command(file: NetworkFile, points: PointsFile, every_unit: bool, plot: str | None, **options: Any) -> None:
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
    from verify.measure.complexity import gradient_mean, local_complexity, local_ranks

    network, data = file.network, points.points
    with working(f"averaging over {len(data)} points and {options['draws']} draws of noise"):
        found = local_complexity(network, data, good_only=not every_unit, **options)
        ranks, slope = local_ranks(network, data), gradient_mean(network, data)
    layers = list(zip(found.layers, found.lower, found.upper, ranks, strict=True))
    record = {**file.record, "points": points.name, "number": len(data)}
    record |= {"draws": options["draws"], "seed": options["seed"]}
    facts = ("mean", "low", "high", "level")
    record |= {**show.record_of(found, "sigma", "reach"), "complexity": show.record_of(found.value, *facts)}
    names = ("complexity", "lower", "upper")
    record["layers"] = [
        {**{name: show.record_of(part, *facts) for name, part in zip(names, parts, strict=True)}, "rank": local_rank}
        for *parts, local_rank in layers
    ]
    rows = [
        (str(i), *(f"{float(number):.4g}" for number in (value.mean, lower.mean, upper.mean, local_rank)))
        for i, (value, lower, upper, local_rank) in enumerate(layers, start=1)
    ]
    table = show.table((">layer", ">complexity", ">at least", ">at most", ">local rank"), rows)
    heading = f"local complexity of {network.architecture} on {len(data)} points: {found.value}"
    text = f"{heading}\n\n{table}\n\nmean norm of the gradient {slope:.4g}"
    show.answer({**record, "gradient_mean": slope}, text)
    if plot is not None:
        with working(f"drawing {plot}"):
            page = figure(width=5, height=4)
            axes = page.subplots()
            for i, (value, lower, upper, _) in enumerate(layers, start=1):
                ink = INKS[(i - 1) % len(INKS)]
                axes.plot([i, i], [lower.mean, upper.mean], color=ink, linewidth=1, marker="_", markersize=14)
                axes.plot(i, value.mean, "o", color=ink)
            scale = "log" if any(upper.mean > 0 for _, _, upper, _ in layers) else "linear"
            axes.set(xlabel="layer", ylabel="local complexity and its bounds", yscale=scale)
            axes.set_xticks(range(1, len(layers) + 1))
            axes.margins(x=0.25)
            axes.set_title(f"{network.architecture} on {len(data)} points", fontsize="medium")
            save_figure(page, plot)
