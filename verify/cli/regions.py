"""``linregions regions``, ``line`` and ``plane``: the regions of a network, and those on lines and in planes."""

from itertools import chain
from pathlib import Path
from typing import Any

import click

from theory.errors import InvalidInputError
from theory.exact import format_rational
from theory.formats.files import write_text
from theory.geometry.region import Region, pattern_text
from theory.text import rounded
from verify.cli import arguments, limits, show
from verify.cli.arguments import DomainReader, GivenDomain, NetworkFile, PointReader
from verify.domain.shapes import Domain, Line, Plane, Ray, Segment, WholeSpace
from verify.partitions import region_list
from verify.partitions.definitions import DEFINITIONS
from verify.partitions.region_list import MergedRegion, OccurringPattern, regions
from verify.progress import working
from verify.slices.lines import LineRegions, PolylineRegions, along, along_polyline
from verify.slices.lines.result import save_picture


@click.command("regions")
@arguments.network
@arguments.domains("box", "domain", "segment", "plane")
@arguments.definition("A region: as for `linregions count`, but not convex.", metavar="NAME", default="activation")
@click.option("--svg", metavar="OUT", type=click.Path(), help="A picture of a partition in two dimensions.")
@click.option("--dual-graph", metavar="OUT", type=click.Path(), help="The graph of shared facets as GraphML.")
@arguments.json("One JSON object, every region with its walls and volume.")
def regions_command(
    file: NetworkFile, domain: GivenDomain | None, definition: str, svg: str | None, dual_graph: str | None
) -> None:
    """List the regions of a network.

    FILE is a network and the domain is chosen as for `linregions count`.  Each region is shown with its activation
    pattern (the piece of every unit, layers divided by a bar), a rational point inside it and the affine function
    that the network computes there; a long one as rounded coefficients, the constant last.  On a segment or plane,
    points and functions are in its parameters.  JSON holds every number exactly.

    With --definition linear, closed or affine, activation regions are put together, and all their patterns are shown.

    \b
    Examples:
      linregions regions net.json --box=-1,1
      linregions regions net.json --box=-1,1 --definition linear
      linregions regions net.json --box=-1,1 --svg regions.svg --dual-graph regions.graphml
      linregions regions net.json --box=-1,1 --json
    """
    if svg is not None and Path(svg).suffix.lower() != ".svg":
        raise InvalidInputError(f"--svg writes SVG, but {svg} has another suffix; name it .svg")

    network = file.network
    where: Domain = domain.on(network.inputs) if domain else WholeSpace(network.inputs)
    if svg is not None:
        from verify.slices.planes import partition

        with working(f"drawing {svg}"):
            write_text(svg, partition(network, where).svg())
    if dual_graph is not None:
        with working(f"writing the dual graph to {dual_graph}"):
            region_list.write_graphml(region_list.dual_graph(network, where), dual_graph)
    stream = iter(regions(network, where, definition=definition))
    if show.is_json():
        with working(f"listing the regions of {file.name} on {where}"):
            records = [_record(region) for region in stream]
        record = {**file.record, "definition": definition, "domain": where, "count": len(records)}
        show.write(show.json_text({**record, "regions": records, "svg": svg, "dual_graph": dual_graph}))
        return
    with working(f"looking for the first region of {file.name} on {where}"):
        first = next(stream)
    number = 0
    for region in chain([first], stream):  # a line appears as soon as its region is found
        show.write(_line(region))
        number += 1
    noun = DEFINITIONS[definition].noun(number)
    show.write(f"{number} {noun} of {show.architecture_text(network.architecture)} on {where}")


def _line(region: Region | MergedRegion | OccurringPattern) -> str:
    names = region.patterns if isinstance(region, MergedRegion) else (region.pattern,)
    text = " ".join(pattern_text(name) or "(no units)" for name in names)
    point = f"({', '.join(map(format_rational, region.witness[:6]))}{', …' if len(region.witness) > 6 else ''})"
    if isinstance(region, OccurringPattern):
        return f"{text}  at {point}"
    formulas = ", ".join(region.formulas)
    if len(formulas) > 80:
        maps = (" ".join(rounded(v, "+.4g") for v in (*row, c)) for row, c in zip(*region.affine_map, strict=True))
        formulas = f"≈ ({'; '.join(maps)})"
    return f"{text}  {formulas if len(formulas) <= 120 else formulas[:117] + '...'}  at {point}"


def _record(region: Region | MergedRegion | OccurringPattern) -> dict[str, Any]:
    if isinstance(region, OccurringPattern):
        return {"pattern": pattern_text(region.pattern), "witness": region.witness}
    matrix, offset = region.affine_map
    shared = {"witness": region.witness, "matrix": matrix, "offset": offset, "bounded": region.is_bounded}
    if isinstance(region, MergedRegion):
        return {"patterns": [pattern_text(pattern) for pattern in region.patterns], **shared}
    small = region.dimension <= 3
    return {
        "pattern": pattern_text(region.pattern),
        **shared,
        "inequalities": region.inequalities,
        "vertices": region.vertices() if small else None,
        "volume": region.volume() if small and region.is_bounded else None,
    }


_SHOWN = 12
"""Breakpoints that are listed on the terminal; --all lists every one."""


@click.command("line")
@arguments.network
@click.option("--from", "start", required=True, type=arguments.POINT, help="One end, rationals; write --from=-1,1/2.")
@click.option("--to", "end", required=True, type=arguments.POINT, help="The other end.")
@click.option("--via", multiple=True, type=arguments.POINT, help="A corner on the way; may be given several times.")
@click.option("--ray", is_flag=True, help="Go on beyond --to without end.")
@click.option("--whole", is_flag=True, help="The whole line through both points.")
@click.option("--all", "everything", is_flag=True, help="List every breakpoint on the terminal.")
@arguments.plot("A picture, .svg, .pdf or .png.")
@limits.without_bracket
@arguments.json("One JSON object with every breakpoint as p/q.")
def line_command(
    file: NetworkFile,
    start: PointReader,
    end: PointReader,
    via: tuple[PointReader, ...],
    ray: bool,
    whole: bool,
    everything: bool,
    plot: str | None,
) -> None:
    """The exact breakpoints and regions along a line.

    FILE is a network as for `linregions count`.  A breakpoint is a parameter t in (0,1) of the point from + t(to-from)
    at which some unit bends; it comes with the units, written layer.unit and counted from 1, and with whether the
    derivative of the network jumps there.  Activation regions are the pieces between breakpoints, linear regions
    those between jumps.  With --via there is one such list for each segment of the chain.

    A point is a list of rationals, or @FILE:i for row i of a file of points (.npy, .json or commas), or digits:0,
    digits:1, digits:7 for the images that ship with the package.

    \b
    Examples:
      linregions line digits --from=digits:0 --to=digits:7
      linregions line net.json --from=-1,0 --to=1,1/2 --json
      linregions line net.json --from=0,0 --via=1,0 --to=1,1 --plot path.svg
    """
    if via and (ray or whole):
        raise InvalidInputError("--via makes a chain of segments; leave out --ray and --whole")
    if ray and whole:
        raise InvalidInputError("--ray and --whole are two different sets; give one")
    network = file.network
    points = [read(network.inputs) for read in (start, *via, end)]
    shape = Line if whole else Ray if ray else Segment
    with working(f"following the line through {file.name}"):
        found = along_polyline(network, points) if via else along(network, shape(*points))
    parts = found.parts if isinstance(found, PolylineRegions) else (found,)
    where = f"chain of {len(parts)} segments" if via else parts[0].domain
    if show.is_json():
        record = {**file.record, "domain": where, **show.record_of(found, "activation", "linear")}
        with working("writing exact parameters"):
            if isinstance(found, PolylineRegions):
                record |= {"segments": [_line_record(part) for part in parts], "corners": found.corners}
            else:
                record |= _line_record(found)
        show.write(show.json_text(record))
    else:
        show.write(f"{found.activation} activation regions, {found.linear} linear regions of {network.architecture}")
        show.write(f"on the {where}, exact")
        for number, part in enumerate(parts, start=1):
            if part.activation > 1:
                show.write(_breakpoints(part, everything, f"segment {number}, " if via else ""))
    if plot is not None:
        with working(f"drawing {plot}"):
            save_picture(parts, plot)


def _line_record(part: LineRegions) -> dict[str, Any]:
    rows = [{"t": b.parameter, **b.units[0]._asdict(), "units": b.units, "linear": b.linear} for b in part.breakpoints]
    return {**show.record_of(part, "activation", "linear"), "breakpoints": rows}


def _breakpoints(part: LineRegions, everything: bool, title: str) -> str:
    number = part.activation - 1
    shown = part.first_breakpoints(number if everything else min(number, _SHOWN))
    rows = []
    for b in shown:
        exact = format_rational(b.parameter)
        text = exact if len(exact) <= 24 else f"{rounded(b.parameter, '.15f')}…"
        rows.append((text, " ".join(map(str, b.units)), "jumps" if b.linear else "does not jump"))
    more = f"\nand {number - len(shown)} more; --all lists them, --json gives exact fractions"
    table = show.table((f"<{title}t", "units (layer.unit)", "derivative"), rows)
    return f"\n{table}{more if len(shown) < number else ''}"


@click.command("plane")
@arguments.network
@arguments.domains("points", "box", "domain", required="a polygon")
@click.option("--square", type=arguments.BOX, help="With --points: parameters (s,t) in [LO,HI]^2, not the triangle.")
@click.option("--regions", "each", is_flag=True, help="With --json: every region with its exact vertices.")
@arguments.plot("A picture: .html (hover, zoom), .svg (zoomable), .png or .pdf.", page=True)
@limits.without_bracket
@arguments.json()
def plane_command(
    file: NetworkFile, domain: GivenDomain, square: DomainReader | None, each: bool, plot: str | None
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
