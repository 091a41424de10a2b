"""Any network in the viewer of the atlas: one HTML file that works offline.

>>> from theory import Network
>>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
>>> "<script src" in network_page(cross, "cross"), "<canvas" in network_page(cross, "cross")
(False, True)
"""

import base64
import itertools
import json
import math
import struct
import zlib
from collections.abc import Sequence
from fractions import Fraction

from theory.errors import InvalidInputError, UnsupportedError, imported
from theory.formats.json_file import dumps
from theory.geometry.region import Region, pattern_text
from theory.network import Network
from verify.atlas.pages import explore_page
from verify.domain.shapes import Domain, Plane
from verify.drawing import color
from verify.partitions.region_list import regions
from verify.slices.planes.result import PlaneRegions

MOST_POLYGONS = 50_000
"""A page with more polygons is refused: browsers become slow."""
MOST_CELLS = 2000
"""The same of polyhedra in space."""


def network_page(network: Network, name: str) -> str:
    """A network with two inputs: the page draws it, counts it exactly, and lets the user change its weights.

    Another number of inputs raises :class:`~theory.errors.InvalidInputError`.
    """
    if network.inputs != 2:
        raise InvalidInputError(f"{name} has {network.inputs} inputs; a page is drawn for two, or for three with --box")
    return explore_page(name, {"network": json.loads(dumps(network))})


def plane_page(partition: PlaneRegions, name: str) -> str:
    """A partition of a polygon in a plane, with the images at its three points and the class of each region.

    There is an image if the coordinates of a point fill a square.  More than :data:`MOST_POLYGONS` polygons raise
    :class:`~theory.errors.UnsupportedError`.
    """
    sub = partition.subdivision
    if len(sub.faces) > MOST_POLYGONS:
        raise UnsupportedError(f"{len(sub.faces)} polygons are too many for a page; draw a smaller part, or an .svg")
    walls = {frozenset(wall.ends): (wall.unit.layer, wall.unit.unit) for wall in partition.walls}
    at = sub.position.tolist()
    cells = []
    for face, cycle in enumerate(sub.faces):
        pattern, ends = partition.pattern(face), zip(cycle, [*cycle[1:], cycle[0]], strict=True)
        cell = {
            "key": pattern_text(pattern),
            "points": [[*at[v], 1] for v in cycle],
            "edges": [walls.get(frozenset(pair)) for pair in ends],
        }
        if 1 < partition.network.outputs <= 1000:
            cell["note"] = f"largest output at its center: {_largest(partition, face)}"
        cells.append(cell)
    says = (
        f"{partition.activation} activation regions and {partition.linear} linear regions of {partition.architecture} "
        f"on {partition.domain}, counted exactly. The picture is drawn in floating point."
    )
    plane = partition.domain
    places = ((0, 0, plane.origin), (1, 0, plane.first), (0, 1, plane.second)) if isinstance(plane, Plane) else ()
    marks = [{"point": [x, y, 1], "name": f"({x}, {y})", "image": _image(point)} for x, y, point in places]
    return explore_page(name, {"cells": cells, "marks": marks, "says": says})


def _largest(partition: PlaneRegions, face: int) -> int:
    corners = partition.outline(face)
    center = [sum((corner[k] for corner in corners), Fraction(0)) / len(corners) for k in (0, 1)]
    outputs = partition.network(center)
    return outputs.index(max(outputs))


def _image(point: Sequence[Fraction]) -> str | None:
    """A grayscale PNG as a data address, None unless there are at least 4 × 4 pixels."""
    side = math.isqrt(len(point))
    if side < 4 or side * side != len(point):
        return None
    low, high = min(point), max(point)
    pixels = [round(255 * (v - low) / ((high - low) or 1)) for v in point]
    rows = b"".join(bytes([0, *pixels[i * side : (i + 1) * side]]) for i in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode()


def space_page(network: Network, domain: Domain, name: str) -> str:
    """The partition of a bounded part of R^3, to be turned and zoomed; drawn by plotly, which is inlined.

    Raises InvalidInputError if the domain does not have three dimensions or is unbounded, MissingExtraError if plotly
    is not installed, and UnsupportedError if there are more than :data:`MOST_CELLS` regions.
    """
    go = imported("plotly.graph_objects", "space", "drawing in three dimensions")
    if domain.dimension != 3:
        hint = "; leave the domain out, and the page counts on the plane and on squares" * (domain.dimension == 2)
        raise InvalidInputError(f"{domain} has {domain.dimension} dimensions, and this view shows three{hint}")
    first = itertools.islice(regions(network, domain), MOST_CELLS + 1)
    cells = [region for region in first if isinstance(region, Region)]
    if len(cells) > MOST_CELLS:
        raise UnsupportedError(f"more than {MOST_CELLS} regions are too many for this view; choose a smaller domain")
    meshes = []
    for region in cells:
        if not region.is_bounded:
            raise InvalidInputError(f"{domain} is unbounded; give a box or a bounded polytope")
        corners = [[float(v) for v in corner] for corner in region.vertices()]
        center = [sum(column) / len(corners) for column in zip(*corners, strict=True)]
        shown = [[c + 0.94 * (v - c) for v, c in zip(corner, center, strict=True)] for corner in corners]
        x, y, z = zip(*shown, strict=True)
        meshes.append(
            go.Mesh3d(x=x, y=y, z=z, alphahull=0, color=color(region.pattern), opacity=1, flatshading=True,
                      name=pattern_text(region.pattern), hoverinfo="name")
        )  # fmt: skip
    page = go.Figure(meshes)
    title = f"{name}: {len(cells)} activation regions on {domain}, counted exactly"
    page.update_layout(title=title, scene_aspectmode="data")
    return str(page.to_html(include_plotlyjs=True, full_html=True, div_id="partition"))
