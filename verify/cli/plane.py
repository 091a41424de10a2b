"""``linregions plane``: the exact partition of a polygon in a plane through three points."""

import click

from theory.errors import InvalidInputError
from theory.formats.files import write_text
from verify.cli import arguments, limits, show
from verify.cli.arguments import DomainReader, GivenDomain, NetworkFile
from verify.domain.shapes import Plane
from verify.progress import working


@click.command("plane")
@arguments.network
@arguments.domains("points", "box", "domain", required="a polygon")
@click.option(
    "--square", type=arguments.BOX, help="With --points: parameters (s,t) in [LO,HI]^2 instead of the triangle."
)
@click.option("--regions", "each", is_flag=True, help="With --json: every region with its exact vertices.")
@arguments.plot("A picture: .html (hover, zoom), .svg (zoomable), .png or .pdf.", page=True)
@limits.without_bracket
@arguments.json()
def command(file: NetworkFile, domain: GivenDomain, square: DomainReader | None, each: bool, plot: str | None) -> None:
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
    from verify.slices.planes import across
    from verify.slices.planes.picture import save_picture

    if square is not None and domain.option != "--points":
        raise InvalidInputError("--square needs the plane of --points; use --box for a network with two inputs")
    if each and not show.is_json():
        raise InvalidInputError("--regions lists exact vertices as JSON; add --json")
    network, where = file.network, domain.on(file.network.inputs)
    if square is not None and isinstance(where, Plane):
        where = Plane(where.origin, where.first, where.second, patch=square(2))
    with working(f"cutting the plane by {file.name}"):
        regions = across(network, where)
        facts = show.record_of(regions, "activation", "linear", "seconds")
        vertices, walls = len(regions.vertices), len(regions.walls)
    record = {**file.record, "domain": where, **facts, "vertices": vertices, "walls": walls}
    if each:
        with working("writing exact vertices"):
            areas = [sum(map(regions.area, faces)) for faces in regions.faces_of]
            record["regions"] = [
                {"region": region, "pattern": pattern, "vertices": regions.polygon(region), "area": areas[region]}
                for region, pattern in enumerate(regions.patterns())
            ]
    text = f"{regions.activation} activation regions, {regions.linear} linear regions of {network.architecture}"
    text += f"\non {where}, exact; {vertices} vertices inside ({regions.seconds:.2f} s)"
    show.answer(record, text)
    if plot is not None:
        with working(f"drawing {plot}"):
            if plot.lower().endswith(".html"):
                from verify.atlas.pages import plane_page

                write_text(plot, plane_page(regions, file.title))
            else:
                save_picture(regions, plot)
