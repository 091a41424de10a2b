"""A partition of the plane as the text of an SVG picture: polygons, and the lines at which units bend.

The file holds the exact partition as polygons, so it can be zoomed as far as floats reach; a script inside it does so
by wheel and drag in a browser.  A notebook shows the same picture without the script and without a style sheet, both
of which would apply to the whole page.
"""

import math
from collections.abc import Iterable, Sequence
from html import escape

from theory.errors import UnsupportedError
from verify.drawing import INKS

Spot = tuple[float, float]

_NOTEBOOK_WIDTH = 420
"""Width of the picture in a notebook, in pixels."""


def page(
    title: str,
    window: tuple[Spot, Spot],
    polygons: Iterable[tuple[Sequence[Spot], str, str]],
    walls: dict[int, list[tuple[Spot, Spot]]],
    marks: Sequence[Spot] = (),
    *,
    zoom: bool = True,
) -> str:
    """The text of the picture; the second coordinate grows upwards.

    The ``window`` is the lower left and the upper right end of what is shown.  Of each polygon there are its corners,
    its color and what is shown when the mouse rests on it; ``walls`` are the segments at which the units of each layer
    bend, of which those of the first layer are drawn last; ``marks`` are points to be marked by a dot.  With ``zoom``
    it is a file that is zoomed by wheel and drag, otherwise a picture for a notebook.
    """
    (left, bottom), (right, top) = window
    width, height = right - left, top - bottom
    if not (width < math.inf and height < math.inf):
        raise UnsupportedError("coordinates beyond the range of floats cannot be drawn; scale the inputs or the domain")

    def at(spot: Spot) -> str:
        x, y = spot[0] + 0.0, -spot[1] + 0.0  # + 0.0 makes 0 of −0
        return f"{x!r},{y!r}" if zoom else f"{x:.7g},{y:.7g}"

    pixels = min(2 * _NOTEBOOK_WIDTH, max(_NOTEBOOK_WIDTH // 8, round(_NOTEBOOK_WIDTH * height / width)))
    size = 'width="100%" height="100%"' if zoom else f'width="{_NOTEBOOK_WIDTH}" height="{pixels}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{at((left, top)).replace(",", " ")} {width!r} {height!r}" '
        f'{size} preserveAspectRatio="{"xMidYMid meet" if zoom else "none"}" role="img">',
        f"<title>{escape(title)}</title>",
    ]
    for corners, fill, text in polygons:
        lines.append(
            f'<polygon points="{" ".join(map(at, corners))}" fill="{fill}" stroke="{fill}" stroke-width="0.4" {_THIN}>'
            f"<title>{escape(text)}</title></polygon>"
        )
    for layer in sorted(walls, reverse=True):
        drawn = "".join(f"M{at(a)}L{at(b)}" for a, b in walls[layer])
        lines.append(f'<path d="{drawn}" fill="none" stroke="{INKS[(layer - 1) % len(INKS)]}" {_THIN}/>')
    for x, y in marks:
        lines.append(f'<circle cx="{x!r}" cy="{-y!r}" r="{width / 150!r}" fill="#000"/>')
    return "\n".join([*lines, *([_ZOOM] if zoom else []), "</svg>", ""])


_THIN = 'vector-effect="non-scaling-stroke"'

_ZOOM = """<script>
const page = document.documentElement, box = page.viewBox.baseVal;
const place = event => new DOMPoint(event.clientX, event.clientY).matrixTransform(page.getScreenCTM().inverse());
page.addEventListener("wheel", event => {
  event.preventDefault();
  const at = place(event), by = Math.pow(1.001, event.deltaY);
  box.x = at.x + (box.x - at.x) * by; box.y = at.y + (box.y - at.y) * by; box.width *= by; box.height *= by;
}, { passive: false });
let held = null;
page.addEventListener("pointerdown", event => { held = place(event); });
page.addEventListener("pointerup", () => { held = null; });
page.addEventListener("pointermove", event => {
  if (held) { const at = place(event); box.x += held.x - at.x; box.y += held.y - at.y; }
});
</script>"""
