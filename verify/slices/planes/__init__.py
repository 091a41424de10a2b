"""Networks in planes: the exact partition of a polygon, its walls and vertices, and pictures of it."""

from verify.slices.planes.result import PlaneRegions, Wall, across, triangle

__all__ = ["PlaneRegions", "Wall", "across", "triangle"]
