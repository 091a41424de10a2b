"""Draws the picture of the README: two networks of one architecture and their exact partitions of a square.

Left, random weights: He-normal floats, each taken at the exact value it holds.  Right, the folding construction
of Serra, Tjandraatmadja and Ramalingam.  Run it in the checkout with the extra ``plot`` installed:
``python notebooks/readme_picture.py`` writes ``notebooks/partitions.png``.
"""

import itertools
import math
import statistics
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from theory import Architecture, Network
from theory.constructions import CONSTRUCTIONS
from verify import Box, count
from verify.slices.planes import PlaneRegions, across
from verify.slices.planes.picture import draw_faces_and_walls

WIDTHS = (2, 8, 8)
SEED = 2


def random_network() -> Network:
    """He-normal weights and normal biases, as at the start of training."""
    rng = np.random.default_rng(SEED)
    sizes = [*WIDTHS, 1]
    return Network.from_floats(
        [
            (
                rng.normal(0, (2 / inputs) ** 0.5, (units, inputs)),
                rng.normal(0, 0.4, units),
            )
            for inputs, units in itertools.pairwise(sizes)
        ]
    )


def draw(regions: PlaneRegions, axes: Axes) -> None:
    """The partition as the facets of the graph of the first output."""
    faces = range(len(regions.subdivision.faces))
    slopes = [regions.network.affine_map(regions.pattern(face))[0][0] for face in faces]
    draw_faces_and_walls(
        regions, axes, 1.1, array=shades(slopes), cmap="Blues", clim=(-0.9, 2)
    )


def shades(slopes: Sequence[Sequence[Fraction]]) -> list[float]:
    """Brightness in [-1, 1] of facets with these slopes, lit from the upper left."""
    steepness = [math.hypot(*map(float, slope)) for slope in slopes]
    usual = statistics.median(steepness) or 1.0
    return [
        (float(slope[0]) - float(slope[1]))
        / usual
        / math.sqrt(2 + 2 * (steep / usual) ** 2)
        for slope, steep in zip(slopes, steepness, strict=True)
    ]


def main() -> None:
    """Draw both, with their counts, which two independent programs must agree on."""
    built = CONSTRUCTIONS["serra"].build(Architecture.relu(*WIDTHS))
    panels = (
        ("random weights", random_network(), Box.cube(-1, 1, 2)),
        ("folding construction", built.network, Box.cube(0, 1, 2)),
    )
    plt.switch_backend("agg")  # no screen needed
    figure, axes = plt.subplots(1, 2, figsize=(10, 5.3), layout="constrained")
    for panel, (title, network, square) in zip(axes, panels, strict=True):
        regions, partition = int(count(network, square)), across(network, square)
        assert regions == partition.activation
        draw(partition, panel)
        panel.set_title(f"{title}: {regions} regions of {square}")
        panel.set(
            xticks=[float(square.lower[0]), float(square.upper[0])],
            yticks=[float(square.upper[1])],
        )
    figure.savefig(
        Path(__file__).with_name("partitions.png"), dpi=120, metadata={"Software": None}
    )


if __name__ == "__main__":
    main()
