"""``linregions boundary``, ``distance`` and ``complexity``: boundaries between regions, and where the data are."""

import math
from fractions import Fraction
from typing import Any, Literal

import click

from theory.errors import InvalidInputError
from theory.exact import decimal
from theory.network import Network
from theory.text import rounded
from verify.cli import arguments, show
from verify.cli.arguments import GivenDomain, NetworkFile, PointsFile
from verify.domain.shapes import Box, Domain, Segment
from verify.drawing import INKS, figure, save_figure
from verify.progress import working

_Definition = Literal["activation", "linear"]
_WORDS = {0: "points", 1: "length", 2: "area"}


@click.command("boundary")
@arguments.network
@arguments.domains("box", "domain", "points", "segment", required="a set")
@arguments.definition(
    "Every wall between patterns, or only those where the gradient jumps.",
    type=click.Choice(["activation", "linear"]),
    default="linear",
    show_default=True,
)
@click.option("--digits", "places", type=click.IntRange(1, 10_000), default=12, show_default=True, help="Decimals.")
@arguments.plot("A picture of the boundary on a segment or in a plane.")
@click.option(
    "--lines",
    "number",
    type=click.IntRange(2, 10_000_000),
    help="Estimate the size from so many random lines instead; for a --box of any dimension.",
)
@click.option("--strata", "with_strata", is_flag=True, help="Also where walls meet: every dimension of the boundary.")
@arguments.json()
def boundary_command(
    file: NetworkFile,
    domain: GivenDomain,
    definition: _Definition,
    places: int,
    plot: str | None,
    number: int | None,
    with_strata: bool,
) -> None:
    """The exact size of the boundary between regions.

    The boundary is where the gradient of the network jumps; its size is a number of points on a segment, a length in a
    plane, an area in space and so on.  It is a sum of square roots of rationals, of which any number of digits can be
    asked for, and is printed beside the size of the set and their quotient, the density.

    With --strata the boundary is taken apart: for k = 1, 2, … the part of codimension k, near which it is a plane of
    that codimension, with its connected pieces, its exact size and how many units change there.  In space these are
    polygons, edges and vertices.  All cells are built: at most four dimensions and some thousand cells.

    With --lines nothing is built: the size is estimated, with a confidence interval of 95 %, from the exact numbers of
    crossings of random lines (Crofton), in as many dimensions as the network has inputs.

    \b
    Examples:
      linregions boundary net.json --box=-1,1
      linregions boundary net.json --box=-1,1 --strata --definition activation
      linregions boundary digits --box=0,1 --lines 1000
      linregions boundary digits --points digits:0 digits:1 digits:7 --digits 40
      linregions boundary digits --segment digits:0 digits:7 --json
    """
    network, where = file.network, domain.on(file.network.inputs)
    dimension = where.dimension - 1
    if plot is not None and dimension > 1:
        raise InvalidInputError(f"--plot draws boundaries on segments and in planes, not in {where}")
    record: dict[str, Any] = {**file.record, "of": definition, "domain": where, "dimension": dimension}
    heading = f"boundary of the {definition} regions of {network.architecture} on {where}"
    word = _WORDS.get(dimension, f"{dimension}-dimensional volume")
    if number is not None:
        from verify.measure.boundary import boundary_by_lines

        if with_strata or plot is not None:
            raise InvalidInputError("--lines estimates the size only; leave out --strata and --plot")
        if not isinstance(where, Box):
            raise InvalidInputError(f"--lines are drawn through a box, not through a {where}; give --box")
        with working(f"drawing {number} lines through {where}"):
            guess = boundary_by_lines(network, where, definition, lines=number)
        facts = {"lines": number, "size": guess.mean, "interval": [guess.low, guess.high], "level": guess.level}
        show.answer(record | facts, f"{heading}, from {number} random lines\n{word} {guess}")
        return
    with working(f"measuring the boundary of {file.name}"):
        facts, text = _measured(network, where, definition, places, with_strata)
    show.answer(record | facts, f"{heading}\n{word} {text}")
    if plot is not None:
        from verify.slices import lines, planes
        from verify.slices.lines.result import save_picture as save_line
        from verify.slices.planes.picture import save_picture as save_plane

        with working(f"drawing {plot}"):
            if isinstance(where, Segment):
                save_line([lines.along(network, where)], plot)
            else:
                save_plane(planes.across(network, where), plot)


def _measured(
    network: Network, where: Domain, definition: _Definition, places: int, with_strata: bool
) -> tuple[dict[str, Any], str]:
    """The exact size and what belongs to it, for JSON and in words."""
    from verify.measure.boundary import boundary
    from verify.measure.strata import strata

    parts = strata(network, where, definition) if with_strata else None
    found = boundary(network, where, definition) if parts is None else parts.boundary
    size, measure = found.volume.decimal(places), found.measure.decimal(places)
    low, high = found.density(f"1e-{places}")
    record: dict[str, Any] = {
        "size": size,
        "exact": str(found.volume) if len(found.volume.terms) <= 50 else None,
        "terms": len(found.volume.terms),
        "measure": measure,
        "density": [_decimal(low, places), _decimal(high, places, up=True)],
        "vertices": found.vertices,
    }
    lines = [f"{size}, of a set of size {measure}; density {rounded(low, '.6g')}"]
    if found.vertices is not None:
        lines.append(f"{found.vertices} {'vertex' if found.vertices == 1 else 'vertices'} inside")
    if parts is not None:
        record |= show.record_of(parts, "euler_characteristic", faces="complex.f_vector", faces_inside="inside")
        record["strata"] = [
            {
                **show.record_of(part, "codimension", "pieces", "faces"),
                "size": None if part.volume is None else part.volume.decimal(places),
                "units": dict(sorted(part.units.items())),
            }
            for part in parts
        ]
        faces = ", ".join(map(str, parts.complex.f_vector))
        lines += ["", *(part.text(places) for part in parts)]
        lines.append(f"faces of all closed cells, by dimension: {faces}; Euler {parts.euler_characteristic}")
    return record, "\n".join(lines)


def _decimal(value: Fraction, places: int, *, up: bool = False) -> str:
    """A rational rounded down, or up, to so many places: the ends of a certified interval."""
    digits = decimal((math.ceil if up else math.floor)(value * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


_SHOWN = 12
"""Points that are listed on the terminal; --all lists every one."""


@click.command("distance")
@arguments.network
@arguments.points
@click.option("--all", "everything", is_flag=True, help="List every point on the terminal.")
@arguments.plot("A histogram of the distances, .svg, .pdf or .png.")
@arguments.json("One JSON object with every squared distance as p/q.")
def distance_command(file: NetworkFile, points: PointsFile, everything: bool, plot: str | None) -> None:
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
    from verify.measure.distance import distances, jump_distances, rounded_root

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
def complexity_command(file: NetworkFile, points: PointsFile, plot: str | None, **options: Any) -> None:
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

    network, data, good_only = file.network, points.points, not options.pop("every_unit")
    with working(f"averaging over {len(data)} points and {options['draws']} draws of noise"):
        found = local_complexity(network, data, good_only=good_only, **options)
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
