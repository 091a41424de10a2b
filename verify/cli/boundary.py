"""``linregions boundary``: the exact volume of the boundary between regions inside a bounded set."""

import math
from fractions import Fraction
from typing import Any, Literal

import click

from theory.errors import InvalidInputError
from theory.exact import decimal
from theory.network import Network
from theory.text import rounded
from verify.cli import arguments, show
from verify.domain.shapes import Box, Domain, Segment
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
@click.option(
    "--digits", "places", type=click.IntRange(1, 10_000), default=12, show_default=True, help="Decimal digits."
)
@arguments.plot("A picture of the boundary on a segment or in a plane.")
@click.option(
    "--lines",
    "number",
    type=click.IntRange(2, 10_000_000),
    help="Estimate the size from so many random lines instead; for a --box of any dimension.",
)
@click.option("--strata", "with_strata", is_flag=True, help="Also where walls meet: every dimension of the boundary.")
@arguments.json()
def command(
    file: arguments.NetworkFile,
    domain: arguments.GivenDomain,
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
        from verify.measure.crofton import boundary_by_lines

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
        from verify.slices.lines.picture import save_picture as save_line
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
        record |= {"faces": parts.complex.f_vector, "faces_inside": parts.inside}
        record |= show.record_of(parts, "euler_characteristic")
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
