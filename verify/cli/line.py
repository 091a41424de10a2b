"""``linregions line``: what a network does along a segment, a ray, a line or a chain of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from verify.cli import show
from verify.cli.given import check_picture, read_network
from verify.cli.points import read_point
from verify.progress import working

if TYPE_CHECKING:
    from verify.slices.lines import LineRegions

__all__ = ["command"]

_SHOWN = 12
"""Breakpoints that are listed on the terminal; --all lists every one."""


@click.command("line")
@click.argument("file", type=click.Path())
@click.option("--from", "start", required=True, metavar="A,B,...", help="One end, rationals; write --from=-1,1/2.")
@click.option("--to", "end", required=True, metavar="A,B,...", help="The other end.")
@click.option("--via", multiple=True, metavar="A,B,...", help="A corner on the way; may be given several times.")
@click.option("--ray", is_flag=True, help="Go on beyond --to without end.")
@click.option("--whole", is_flag=True, help="The whole line through both points.")
@click.option("--all", "everything", is_flag=True, help="List every breakpoint on the terminal.")
@click.option("--plot", metavar="OUT", type=click.Path(), help="A picture, .svg, .pdf or .png.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with every breakpoint as p/q.")
def command(
    file: str,
    start: str,
    end: str,
    via: tuple[str, ...],
    ray: bool,
    whole: bool,
    everything: bool,
    plot: str | None,
    as_json: bool,
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
    check_picture(plot)
    with working(f"reading {file}"):
        network = read_network(file)
    names = [("--from", start), *(("--via", corner) for corner in via), ("--to", end)]
    points = [read_point(text, network.inputs, name) for name, text in names]
    with working(f"following the line through {file}"):
        from verify.domain.shapes import Line, Ray, Segment
        from verify.slices.lines import along, along_polyline

        shape = Line if whole else Ray if ray else Segment
        if via:
            chain = along_polyline(network, points)
            parts, activation, linear = chain.parts, chain.activation, chain.linear
        else:
            parts = (along(network, shape(*points)),)
            activation, linear = parts[0].activation, parts[0].linear
    record: dict[str, Any] = {
        "file": file,
        "architecture": str(network.architecture),
        "domain": f"chain of {len(parts)} segments" if via else str(parts[0].domain),
        "activation": activation,
        "linear": linear,
    }
    if as_json:
        with working("writing exact parameters"):
            if via:
                record["segments"] = [_record(part) for part in parts]
                record["corners"] = list(chain.corners)
            else:
                record.update(_record(parts[0]))
        show.write(show.json_text(record))
    else:
        show.write(f"{activation} activation regions, {linear} linear regions of {record['architecture']}")
        show.write(f"on the {record['domain']}, exact")
        for number, part in enumerate(parts, start=1):
            _write_breakpoints(part, everything, f"segment {number}, " if via else "")
    if plot is not None:
        with working(f"drawing {plot}"):
            from verify.slices.lines.picture import save_picture

            save_picture(parts, plot)


def _record(part: LineRegions) -> dict[str, Any]:
    from theory.exact import format_rational

    return {
        "activation": part.activation,
        "linear": part.linear,
        "breakpoints": [
            {
                "t": format_rational(b.parameter),
                "layer": b.units[0].layer,
                "unit": b.units[0].unit,
                "units": [list(unit) for unit in b.units],
                "linear": b.linear,
            }
            for b in part.breakpoints
        ],
    }


def _write_breakpoints(part: LineRegions, everything: bool, title: str) -> None:
    from theory.exact import format_rational

    shown = part.breakpoints if everything else part.breakpoints[:_SHOWN]
    if not shown:
        return
    show.write()
    table = show.plain_table(header_style="bold")
    table.add_column(f"{title}t" if title else "t", no_wrap=True)
    table.add_column("units (layer.unit)")
    table.add_column("derivative")
    for b in shown:
        exact = format_rational(b.parameter)
        text = exact if len(exact) <= 24 else f"{float(b.parameter):.15f}…"
        table.add_row(text, " ".join(map(str, b.units)), "jumps" if b.linear else "does not jump")
    show.write_table(table)
    if len(shown) < len(part.breakpoints):
        show.write(f"and {len(part.breakpoints) - len(shown)} more; --all lists them, --json gives exact fractions")
