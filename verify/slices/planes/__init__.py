"""Networks in planes: the exact partition of a set in a plane, its walls and vertices, and pictures of it."""

from verify.slices.planes.result import PlaneRegions, Wall, across, partition, triangle

__all__ = ["PlaneRegions", "Wall", "across", "partition", "triangle"]
