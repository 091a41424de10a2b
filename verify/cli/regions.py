"""``linregions regions``: every region with its pattern, a point inside and the affine function there."""

from itertools import chain
from pathlib import Path
from typing import Any

import click

from theory.errors import InvalidInputError
from theory.exact import format_rational
from theory.formats.files import write_text
from theory.geometry.region import Region, pattern_text
from theory.text import rounded
from verify.cli import arguments, show
from verify.cli.arguments import GivenDomain, NetworkFile
from verify.domain.shapes import Domain, WholeSpace
from verify.partitions import region_list
from verify.partitions.definitions import DEFINITIONS
from verify.partitions.region_list import MergedRegion, OccurringPattern, regions
from verify.progress import working


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
