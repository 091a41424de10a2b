"""Alon, Győri: The Number of Small Semispaces of a Finite Set of Points in the Plane."""

import math
import random

from arrangement_tails import sign_vectors


def cut_off(points: list[tuple[int, int]], scale: int) -> list[int]:
    """How many sets of 1, …, k of the points a line cuts off, for k = 1, 2, …; no three on a line, 0 among them.

    A set is cut off from the others and from 0 by {y: ⟨x, y⟩ = scale} if its units scale − ⟨p, x⟩ are off there.
    """
    off = [signs.count(0) for signs in sign_vectors([(-x, -y, scale) for x, y in points])]
    return [sum(1 <= size <= k for size in off) for k in range(1, (len(points) + 1) // 2)]


def test_small_semispaces() -> None:
    for n in (5, 6, 7, 8):
        angles = [2 * math.pi * i / n + 0.1 for i in range(n)]
        polygon = [(round(1000 * math.cos(a)), round(1000 * math.sin(a))) for a in angles]
        assert cut_off(polygon, 10**6) == [k * n for k in range(1, (n + 1) // 2)]
    rng = random.Random(1)
    for _ in range(40):
        n = rng.randint(4, 7)
        points = [(rng.randint(-99, 99), rng.randint(-99, 99)) for _ in range(n)]
        assert all(found <= k * n for k, found in enumerate(cut_off(points, 10**4), start=1))
