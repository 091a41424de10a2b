"""``linregions boundary``: the exact volume of the boundary between regions inside a bounded set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import click

from theory.errors import InvalidInputError
from verify.cli import show
from verify.cli.given import SHAPES, check_picture, read_network, the_one, triangle_of
from verify.cli.points import read_point
from verify.progress import working

if TYPE_CHECKING:
    from theory.network import Network
    from verify.domain.shapes import Domain

__all__ = ["command"]

_WORDS = {0: "points", 1: "length", 2: "area"}


@click.command("boundary")
@click.argument("file", type=click.Path())
@click.option("--box", metavar="LO,HI", help="The cube [LO,HI]^d, rationals; write --box=-1,1.")
@click.option("--domain", metavar="FILE", type=click.Path(), help="The set that a domain file describes.")
@click.option("--points", nargs=3, metavar="O P Q", help="The triangle with these corners in the input space.")
@click.option("--segment", nargs=2, metavar="P Q", help="The segment between two input points.")
@click.option(
    "--of",
    type=click.Choice(["activation", "linear"]),
    default="linear",
    show_default=True,
    help="Every wall between patterns, or only those where the gradient jumps.",
)
@click.option(
    "--digits", "places", type=click.IntRange(1, 10_000), default=12, show_default=True, help="Decimal digits."
)
@click.option("--plot", metavar="OUT", type=click.Path(), help="A picture of the boundary on a segment or in a plane.")
@click.option(
    "--lines",
    "number",
    type=click.IntRange(2, 10_000_000),
    help="Estimate the size from so many random lines instead; for a --box of any dimension.",
)
@click.option("--strata", "with_strata", is_flag=True, help="Also where walls meet: every dimension of the boundary.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    file: str,
    of: Literal["activation", "linear"],
    places: int,
    plot: str | None,
    number: int | None,
    with_strata: bool,
    as_json: bool,
    points: tuple[str, str, str] | None,
    segment: tuple[str, str] | None,
    **domains: str | None,
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
      linregions boundary net.json --box=-1,1 --strata --of activation
      linregions boundary digits --box=0,1 --lines 1000
      linregions boundary digits --points digits:0 digits:1 digits:7 --digits 40
      linregions boundary digits --segment digits:0 digits:7 --json
    """
    given: dict[str, Any] = {**{f"--{k}": v for k, v in domains.items()}, "--points": points, "--segment": segment}
    chosen = the_one(given, "a set")
    check_picture(plot)
    with working(f"reading {file}"):
        from verify.domain.shapes import Segment

        network = read_network(file)
        where: Domain
        if points is not None:
            where = triangle_of(points, network.inputs)
        elif segment is not None:
            start, end = (read_point(text, network.inputs, "--segment") for text in segment)
            where = Segment(start, end)
        else:
            where = SHAPES[chosen[2:]](given[chosen], network.inputs)
        if plot is not None and where.dimension > 2:
            raise InvalidInputError(f"--plot draws boundaries on segments and in planes, not in {where}")
    if number is not None:
        if with_strata or plot is not None:
            raise InvalidInputError("--lines estimates the size only; leave out --strata and --plot")
        _estimate(file, network, where, of, number, as_json=as_json)
        return
    with working(f"measuring the boundary of {file}"):
        from verify.measure.boundary import boundary

        if with_strata:
            from verify.measure.strata import strata

            parts = strata(network, where, of)
            found = parts.boundary
        else:
            found = boundary(network, where, of)
        size, measure = found.volume.decimal(places), found.measure.decimal(places)
        low, high = found.density(f"1e-{places}")
    word = _WORDS.get(found.dimension, f"{found.dimension}-dimensional volume")
    if as_json:
        record = {
            **_subject(file, network, where, of),
            "dimension": found.dimension,
            "size": size,
            "exact": str(found.volume) if len(found.volume.terms) <= 50 else None,
            "terms": len(found.volume.terms),
            "measure": measure,
            "density": [_decimal(low, places), _decimal(high, places, up=True)],
            "vertices": found.vertices,
        }
        if with_strata:
            record["faces"], record["faces_inside"] = list(parts.complex.f_vector), list(parts.inside)
            record["euler_characteristic"] = parts.euler_characteristic
            record["strata"] = [
                {
                    "codimension": part.codimension,
                    "pieces": part.pieces,
                    "faces": part.faces,
                    "size": None if part.volume is None else part.volume.decimal(places),
                    "units": {str(number): times for number, times in sorted(part.units.items())},
                }
                for part in parts
            ]
        show.write(show.json_text(record))
    else:
        show.write(f"boundary of the {of} regions of {network.architecture} on {where}")
        show.write(f"{word} {size}, of a set of size {measure}; density {float(low):.6g}")
        if found.vertices is not None:
            show.write(f"{found.vertices} {'vertex' if found.vertices == 1 else 'vertices'} inside")
        if with_strata:
            show.write("")
            for part in parts:
                show.write(part.text(places))
            faces = ", ".join(map(str, parts.complex.f_vector))
            show.write(f"faces of all closed cells, by dimension: {faces}; Euler {parts.euler_characteristic}")
    if plot is not None:
        with working(f"drawing {plot}"):
            if isinstance(where, Segment):
                from verify.slices.lines import along
                from verify.slices.lines.picture import save_picture as save_line

                save_line([along(network, where)], plot)
            else:
                from verify.slices.planes import across
                from verify.slices.planes.picture import save_picture as save_plane

                save_plane(across(network, where), plot)


def _subject(file: str, network: Network, where: Domain, of: str) -> dict[str, Any]:
    """What was measured, for programs."""
    return {"file": file, "architecture": str(network.architecture), "of": of, "domain": str(where)}


def _estimate(
    file: str, network: Network, where: Domain, of: Literal["activation", "linear"], number: int, *, as_json: bool
) -> None:
    """Print the size as random lines tell it."""
    from verify.domain.shapes import Box

    if not isinstance(where, Box):
        raise InvalidInputError(f"--lines are drawn through a box, not through a {where}; give --box")
    with working(f"drawing {number} lines through {where}"):
        from verify.measure.crofton import boundary_by_lines

        found = boundary_by_lines(network, where, of, lines=number)
    if as_json:
        record = {
            **_subject(file, network, where, of),
            "dimension": where.dimension - 1,
            "lines": number,
            "size": found.mean,
            "interval": [found.low, found.high],
            "level": found.level,
        }
        show.write(show.json_text(record))
    else:
        show.write(f"boundary of the {of} regions of {network.architecture} on {where}, from {number} random lines")
        show.write(f"{_WORDS.get(where.dimension - 1, f'{where.dimension - 1}-dimensional volume')} {found}")


def _decimal(value: Any, places: int, *, up: bool = False) -> str:
    """A rational rounded down, or up, to so many places: the ends of a certified interval."""
    from fractions import Fraction

    from theory.exact import decimal

    scaled = Fraction(value) * 10**places
    number = -(-scaled.numerator // scaled.denominator) if up else scaled.numerator // scaled.denominator
    digits = decimal(number).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
