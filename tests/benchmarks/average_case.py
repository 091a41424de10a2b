# ruff: noqa: E402  the number of threads is set before numpy is imported
"""Lines, planes and distances: how long they take, and what exactness costs against unchecked floats.

``python tests/benchmarks/average_case.py`` prints a table; ``--write`` puts it into README.md beside this file.  The
yardstick is written here, for this purpose: the same layer-by-layer sweep and the same edge subdivision with plain
floats, no error bounds and no way out when two numbers are too close.  It is given its layers and points as arrays, has
the same layout in memory as ours and the same matrix products, and one thread, as ours.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import itertools
import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from counters import he_normal
from report import machine, publish, table

from theory.network import Network
from verify import Box, Line, Plane, Segment
from verify.measure.distance import distances
from verify.slices.lines import along
from verify.slices.planes import across

Floats = np.ndarray


def float_line(layers: list[tuple[Floats, Floats]], p: Floats, q: Floats) -> int:
    """The number of pieces along the segment from p to q, in floats."""
    t = np.array([0.0, 1.0])
    h = np.stack([p, q])
    for weights, bias in layers[:-1]:
        z = h @ weights.T + bias
        negative = z < 0
        k, unit = np.divmod(np.flatnonzero(negative[:-1] != negative[1:]), len(bias))
        share = z[k, unit] / (z[k, unit] - z[k + 1, unit])
        new = z[k] * (1 - share)[:, None] + z[k + 1] * share[:, None]
        t = np.concatenate([t, t[k] + share * (t[k + 1] - t[k])])
        order = np.argsort(t, kind="stable")
        t = t[order]
        h = np.maximum(np.concatenate([z, new])[order], 0.0)
    return len(t) - 1


def float_plane(layers: list[tuple[Floats, Floats]], reach: float) -> int:
    """The number of faces of the square [−reach, reach]² in floats, by the subdivision of edges and faces."""
    corners = np.array([[-reach, reach, reach, -reach], [-reach, -reach, reach, reach]])
    h = corners
    faces = [[0, 1, 2, 3]]
    ends = [(0, 1), (1, 2), (2, 3), (3, 0)]
    sides = [[0, -1] for _ in ends]
    edge = {frozenset(e): i for i, e in enumerate(ends)}
    for weights, bias in layers[:-1]:
        z = weights @ h + bias[:, None]
        for unit in range(len(weights)):
            positive = z[unit] > 0
            if positive.all() or not positive.any():
                continue
            pairs = np.array(ends)
            cut = np.flatnonzero(positive[pairs[:, 0]] != positive[pairs[:, 1]])
            a, b = pairs[cut].T
            share = z[unit, a] / (z[unit, a] - z[unit, b])
            first = z.shape[1]
            z = np.concatenate([z, z[:, a] * (1 - share) + z[:, b] * share], axis=1)
            touched = set()
            for offset, i in enumerate(cut):
                (u, v), middle = ends[i], first + offset
                for face in sides[i]:
                    if face >= 0:
                        touched.add(face)
                        cycle = faces[face]
                        at = cycle.index(u)
                        cycle.insert(at + 1 if cycle[(at + 1) % len(cycle)] == v else at, middle)
                del edge[frozenset((u, v))]
                ends[i] = (u, middle)
                edge[frozenset((u, middle))] = i
                edge[frozenset((middle, v))] = len(ends)
                ends.append((middle, v))
                sides.append(list(sides[i]))
            for face in touched:
                cycle = faces[face]
                i, j = (k for k, v in enumerate(cycle) if v >= first)
                given = cycle[j:] + cycle[: i + 1]
                faces[face] = cycle[i : j + 1]
                for u, v in itertools.pairwise(given):
                    part = sides[edge[frozenset((u, v))]]
                    part[part.index(face)] = len(faces)
                edge[frozenset((cycle[i], cycle[j]))] = len(ends)
                ends.append((cycle[j], cycle[i]))
                sides.append([face, len(faces)])
                faces.append(given)
        h = np.maximum(z, 0.0)
    return len(faces)


def clock(runs: int, *works: Callable[[], object]) -> list[float]:
    """The least processor time of each work in seconds, over runs in which they take turns."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for work, spent in zip(works, times, strict=True):
            began = time.process_time()
            work()
            spent.append(time.process_time() - began)
    return [min(spent) for spent in times]


def rows(runs: int) -> list[list[str]]:
    """The lines of the table."""
    rng = np.random.default_rng(1)
    result = []

    def images(number: int) -> list[list[Fraction]]:
        return [[Fraction(int(v), 256) for v in row] for row in rng.integers(0, 256, (number, 784))]

    def add(what: str, number: object, first: float, again: float, floats: float | None) -> None:
        cost = "" if floats is None else f"{again / floats:.1f}"
        yardstick = "" if floats is None else f"{1000 * floats:.0f} ms"
        result.append([what, str(number), f"{1000 * first:.0f} ms", f"{1000 * again:.0f} ms", yardstick, cost])

    layers = he_normal((784, 256, 256, 256, 10))
    network = Network.from_floats(layers)
    p, q = images(2)
    began = time.process_time()
    regions = along(network, Segment(p, q))
    first = time.process_time() - began
    start, end = (np.array([float(v) for v in x]) for x in (p, q))
    again, floats, exact = clock(
        runs,
        lambda: along(network, Segment(p, q)),
        lambda: float_line(layers, start, end),
        lambda: along(network, Segment(p, q)).breakpoints,
    )
    assert float_line(layers, start, end) == regions.activation
    add("segment, 784-256-256-256-10", regions.activation, first, again, floats)
    add("the same with every breakpoint as p/q", regions.activation, first + exact - again, exact, floats)
    far = (
        [a + 1000 * (a - b) for a, b in zip(p, q, strict=True)],
        [b + 1000 * (b - a) for a, b in zip(p, q, strict=True)],
    )
    wide = [np.array([float(v) for v in x]) for x in far]
    whole = along(network, Line(p, q))
    again, linear, floats = clock(
        runs,
        lambda: along(network, Line(p, q)),
        lambda: along(network, Line(p, q)).linear,
        lambda: float_line(layers, *wide),
    )
    add("whole line, 784-256-256-256-10", whole.activation, first, again, floats)
    add("the same, linear regions too", whole.linear, first + linear - again, linear, floats)
    segments = [images(2) for _ in range(100)]
    ends = [[np.array([float(v) for v in x]) for x in pair] for pair in segments]
    again, floats = clock(
        min(runs, 3),
        lambda: [along(network, Segment(a, b)) for a, b in segments],
        lambda: [float_line(layers, a, b) for a, b in ends],
    )
    total = sum(along(network, Segment(a, b)).activation for a, b in segments)
    add("100 segments, 784-256-256-256-10", total, first + again, again, floats)

    layers = he_normal((784, *[64] * 8, 10))
    network = Network.from_floats(layers)
    began = time.process_time()
    deep = along(network, Line(p, q))
    first = time.process_time() - began
    again, floats = clock(runs, lambda: along(network, Line(p, q)), lambda: float_line(layers, *wide))
    add(f"whole line, 8 layers of 64, {deep.questions} exact decisions", deep.activation, first, again, floats)

    layers = he_normal((784, 64, 64, 64, 10))
    network = Network.from_floats(layers)
    o, p, q = images(3)
    for reach in (1, 10):
        plane = Plane(o, p, q, Box.cube(-reach, reach, 2))
        small = plane.pull_back(network)
        flat = [
            (
                np.array([[float(v) for v in row] for row in layer.weights]),
                np.array([float(v) for v in layer.biases]),
            )
            for layer in small.layers
        ]
        began = time.process_time()
        found = across(network, plane)
        first = time.process_time() - began
        again, floats = clock(
            min(runs, 3),
            lambda plane=plane: across(network, plane),
            lambda flat=flat, reach=reach: float_plane(flat, reach),
        )
        assert float_plane(flat, reach) == found.activation
        add(f"plane, 784-64-64-64-10, parameters in [-{reach},{reach}]^2", found.activation, first, again, floats)

    network = Network.from_floats(he_normal((64, 32, 32, 10)))
    data = [[Fraction(int(v), 16) for v in row] for row in rng.integers(0, 17, (1000, 64))]
    began = time.process_time()
    measured = distances(network, data)
    first = time.process_time() - began
    add("distances of 1000 points, 64-32-32-10", "", first, clock(1, lambda: distances(network, data).squared)[0], None)
    assert len(measured) == 1000
    return result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="put the table into README.md")
    options.add_argument("--quick", action="store_true", help="fewer runs")
    chosen = options.parse_args()
    head = ["what", "regions:", "first time:", "again:", "floats alone:", "times slower:"]
    lines = table(head, rows(3 if chosen.quick else 9))
    publish("average", f"{machine(['linregions', 'numpy'])}\n\n{lines}", write=chosen.write)


if __name__ == "__main__":
    main()
