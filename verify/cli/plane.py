"""``linregions plane``: the exact partition of a polygon in a plane through three points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from verify.cli import show
from verify.cli.given import SHAPES, check_picture, cube, read_network, the_one, triangle_of
from verify.progress import working

if TYPE_CHECKING:
    from verify.domain.shapes import Domain

__all__ = ["command"]


@click.command("plane")
@click.argument("file", type=click.Path())
@click.option("--points", nargs=3, metavar="O P Q", help="Three points that span the plane.")
@click.option("--square", metavar="LO,HI", help="Parameters (s,t) in [LO,HI]^2 instead of the triangle O, P, Q.")
@click.option("--box", metavar="LO,HI", help="For a network with two inputs: the square [LO,HI]^2.")
@click.option("--domain", metavar="FILE", type=click.Path(), help="A domain file that describes a polygon or a patch.")
@click.option("--regions", "each", is_flag=True, help="With --json: every region with its exact vertices.")
@click.option("--plot", metavar="OUT", type=click.Path(), help="A picture: .svg (zoomable), .png or .pdf.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    file: str,
    points: tuple[str, str, str] | None,
    square: str | None,
    box: str | None,
    domain: str | None,
    each: bool,
    plot: str | None,
    as_json: bool,
) -> None:
    """The exact partition of a polygon in a plane.

    FILE is a network as for `linregions count`.  The plane is O + s(P-O) + t(Q-O) with the triangle s, t >= 0,
    s + t <= 1 as its patch, or a square of parameters.  A point is a list of rationals, @FILE:i for row i of a file of
    points, or digits:0, digits:1, digits:7.

    Counted are the activation regions and the linear regions of the network on the polygon, and the vertices inside
    at which walls meet.  In pictures each region has a color that depends on its activation pattern alone.

    \b
    Examples:
      linregions plane digits --points digits:0 digits:1 digits:7 --square=-10,10 --plot plane.svg
      linregions plane net.json --box=-1,1 --json
    """
    given: dict[str, Any] = {"--points": points, "--box": box, "--domain": domain}
    chosen = the_one(given, "a polygon")
    if square is not None and points is None:
        raise InvalidInputError("--square speaks of the plane of --points; use --box for a network with two inputs")
    if each and not as_json:
        raise InvalidInputError("--regions lists exact vertices as JSON; add --json")
    check_picture(plot)
    with working(f"reading {file}"):
        from verify.slices.planes import across

        network = read_network(file)
        where: Domain
        if points is not None:
            where = triangle_of(points, network.inputs, None if square is None else cube(square, 2))
        else:
            where = SHAPES[chosen[2:]](given[chosen], network.inputs)
    with working(f"cutting the plane by {file}"):
        regions = across(network, where)
        linear, vertices = regions.linear, len(regions.vertices)
    if as_json:
        record: dict[str, Any] = {
            "file": file,
            "architecture": str(network.architecture),
            "domain": str(where),
            "activation": regions.activation,
            "linear": linear,
            "vertices": vertices,
            "walls": len(regions.walls),
            "seconds": round(regions.seconds, 6),
        }
        if each:
            from theory.exact import format_rational

            with working("writing exact vertices"):
                record["regions"] = [
                    {
                        "region": regions.region_of[face],
                        "pattern": regions.pattern(face),
                        "vertices": [[format_rational(v) for v in corner] for corner in regions.outline(face)],
                        "area": format_rational(regions.area(face)),
                    }
                    for face in range(len(regions.region_of))
                ]
        show.write(show.json_text(record))
    else:
        show.write(f"{regions.activation} activation regions, {linear} linear regions of {network.architecture}")
        show.write(f"on {where}, exact; {vertices} vertices inside ({regions.seconds:.2f} s)")
    if plot is not None:
        with working(f"drawing {plot}"):
            from verify.slices.planes.picture import save_picture

            save_picture(regions, plot)
