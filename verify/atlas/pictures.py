"""Pictures of networks with one or two inputs as SVG: the graph of the function, or the exact polygons.

>>> from theory import Network
>>> hat = Network.relu([([[1], [1]], [0, -1]), ([[1, -2]], [0])])
>>> picture(hat).count("<circle")
2
"""

from fractions import Fraction

from theory.network import Network
from verify.domain.shapes import Line
from verify.drawing import INKS
from verify.slices.lines import along
from verify.slices.planes import partition

_WIDTH, _HEIGHT = 640, 260


def picture(network: Network) -> str:
    """The picture of a network with one or two inputs; empty for more."""
    if network.inputs == 2:
        return partition(network).svg(zoom=False)
    return _graph(network) if network.inputs == 1 else ""


def _graph(network: Network) -> str:
    """The graph of the first output around all breakpoints, and each breakpoint in the ink of the layer that bends."""
    line = along(network, Line([0], [1]))
    bends = [(point.parameter, min(unit.layer for unit in point.units)) for point in line.breakpoints]
    first, last = (bends[0][0], bends[-1][0]) if bends else (Fraction(-1), Fraction(1))
    margin = (last - first) / 10 or Fraction(1)
    places = [first - margin, *(place for place, _ in bends), last + margin]
    heights = [network([place])[0] for place in places]
    inner = heights[1:-1] or heights
    slack = (max(inner) - min(inner)) / 4 or Fraction(1)
    low, high = min(inner) - slack, max(inner) + slack  # the outer pieces may leave the picture

    def at(place: Fraction, height: Fraction) -> tuple[str, str]:
        x = float((place - places[0]) / (places[-1] - places[0])) * (_WIDTH - 20) + 10
        y = _HEIGHT - 15 - float((height - low) / (high - low)) * (_HEIGHT - 30)
        return f"{x:.2f}", f"{y:.2f}"

    corners = [at(place, height) for place, height in zip(places, heights, strict=True)]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>the graph of the network: {len(bends) + 1} activation regions</title>",
        f'<polyline points="{" ".join(map(",".join, corners))}" fill="none" stroke="currentColor" stroke-width="1.5"/>',
    ]
    for (x, y), (_, layer) in zip(corners[1:-1], bends, strict=True):
        ink = INKS[(layer - 1) % len(INKS)]
        lines.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{ink}"><title>layer {layer}</title></circle>')
    return "\n".join([*lines, "</svg>", ""])
