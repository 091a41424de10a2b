"""Networks along lines: exact breakpoints, the units that cause them, activation and linear regions."""

from verify.slices.lines.result import Breakpoint, LineRegions, PolylineRegions, Unit, along, along_polyline

__all__ = ["Breakpoint", "LineRegions", "PolylineRegions", "Unit", "along", "along_polyline"]
