"""Networks along lines: exact breakpoints, the units that cause them, activation and linear regions.

>>> from theory.data import digit_images, digits
>>> from verify.domain.shapes import Segment
>>> zero, one, seven = digit_images().values()
>>> regions = along(digits(), Segment(zero, one))
>>> regions.activation, regions.linear, regions.units[0]
(6, 6, (Unit(layer=1, unit=7),))
"""

from verify.slices.lines.result import Breakpoint, LineRegions, PolylineRegions, Unit, along, along_polyline

__all__ = ["Breakpoint", "LineRegions", "PolylineRegions", "Unit", "along", "along_polyline"]
