"""``linregions regions``: every region with its pattern, a point inside and the affine function there."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from verify.cli import show
from verify.cli.given import chosen_domain, domain_options, read_network
from verify.progress import working

if TYPE_CHECKING:
    from theory.geometry.region import Region
    from verify.partitions.region_list import MergedRegion, OccurringPattern

__all__ = ["command"]


@click.command("regions")
@click.argument("file", type=click.Path())
@domain_options
@click.option(
    "--of", metavar="NAME", default="activation", help="What is a region: as for `linregions count`, but not convex."
)
@click.option("--svg", metavar="OUT", type=click.Path(), help="A picture of a partition in two dimensions.")
@click.option("--dual-graph", metavar="OUT", type=click.Path(), help="The graph of shared facets as GraphML.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, every region with its walls and volume.")
def command(file: str, of: str, svg: str | None, dual_graph: str | None, as_json: bool, **domains: Any) -> None:
    """List the regions of a network.

    FILE is a network and the domain is chosen as for `linregions count`.  Each region is shown with its activation
    pattern (the piece of every unit, layers divided by a bar), a rational point inside it and the affine function
    that the network computes there; a long one as rounded coefficients, the constant last.  On a segment or plane,
    points and functions are in its parameters.  JSON holds every number exactly.

    With --of linear, closed or affine, activation regions are put together, and all their patterns are shown.

    \b
    Examples:
      linregions regions net.json --box=-1,1
      linregions regions net.json --box=-1,1 --of linear
      linregions regions net.json --box=-1,1 --svg regions.svg --dual-graph regions.graphml
      linregions regions net.json --box=-1,1 --json
    """
    read_domain = chosen_domain(domains)
    if svg is not None and Path(svg).suffix.lower() != ".svg":
        raise InvalidInputError(f"--svg writes SVG, but {svg} has another suffix; name it .svg")
    with working(f"reading {file}"):
        from verify.partitions.definitions import DEFINITIONS
        from verify.partitions.region_list import parameter_problem, regions

        network = read_network(file)
        domain = read_domain(network.inputs)
    place, _ = parameter_problem(network, domain)
    if svg is not None:
        with working(f"drawing {svg}"):
            from verify.partitions.planar import partition

            Path(svg).write_text(partition(network, domain).svg(), encoding="utf-8")
    if dual_graph is not None:
        with working(f"writing the dual graph to {dual_graph}"):
            from verify.partitions.adjacency import dual_graph as graph_of
            from verify.partitions.adjacency import write_graphml

            write_graphml(graph_of(network, domain), dual_graph)
    stream = iter(regions(network, domain, definition=of))
    if as_json:
        with working(f"listing the regions of {file} on {place}"):
            records = [_record(region) for region in stream]
        record = {
            "file": file,
            "architecture": str(network.architecture),
            "definition": of,
            "domain": str(place),
            "count": len(records),
            "regions": records,
            "svg": svg,
            "dual_graph": dual_graph,
        }
        show.write(show.json_text(record))
        return
    with working(f"looking for the first region of {file} on {place}"):
        first = next(stream)
    number = 0
    for region in chain([first], stream):  # a line appears as soon as its region is found
        show.write(_line(region))
        number += 1
    show.write(f"{number} {DEFINITIONS[of].noun(number)} of {show.architecture_text(network.architecture)} on {place}")


def _line(region: Region | MergedRegion | OccurringPattern) -> str:
    from theory.geometry.region import pattern_text
    from verify.partitions.region_list import MergedRegion, OccurringPattern

    names = region.patterns if isinstance(region, MergedRegion) else (region.pattern,)
    text = " ".join(pattern_text(name) or "(no units)" for name in names)
    point = f"({', '.join(_texts(region.witness[:6]))}{', …' if len(region.witness) > 6 else ''})"
    if isinstance(region, OccurringPattern):
        return f"{text}  at {point}"
    formulas = ", ".join(region.formulas)
    if len(formulas) > 80:
        rounded = (" ".join(f"{float(v):+.4g}" for v in (*row, c)) for row, c in zip(*region.affine_map, strict=True))
        formulas = f"≈ ({'; '.join(rounded)})"
    return f"{text}  {formulas if len(formulas) <= 120 else formulas[:117] + '...'}  at {point}"


def _record(region: Region | MergedRegion | OccurringPattern) -> dict[str, Any]:
    from theory.geometry.region import pattern_text
    from verify.partitions.region_list import MergedRegion, OccurringPattern

    if isinstance(region, OccurringPattern):
        return {"pattern": pattern_text(region.pattern), "witness": _texts(region.witness)}
    matrix, offset = region.affine_map
    shared = {
        "witness": _texts(region.witness),
        "matrix": [_texts(row) for row in matrix],
        "offset": _texts(offset),
        "bounded": region.is_bounded,
    }
    if isinstance(region, MergedRegion):
        return {"patterns": [pattern_text(pattern) for pattern in region.patterns], **shared}
    small = region.dimension <= 3
    return {
        "pattern": pattern_text(region.pattern),
        **shared,
        "inequalities": [list(row) for row in region.inequalities],
        "vertices": [_texts(vertex) for vertex in region.vertices()] if small else None,
        "volume": _texts([region.volume()])[0] if small and region.is_bounded else None,
    }


def _texts(values: Sequence[Fraction]) -> list[str]:
    from theory.exact import format_rational

    return [format_rational(value) for value in values]
