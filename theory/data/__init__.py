"""A small network trained on images of handwritten digits, and three of the images, shipped with the package.

``DIGITS`` is a ReLU classifier 64-10-8 → 10 of the 8 × 8 handwritten digits that come with scikit-learn (pixels
scaled to [0, 1]).  Its weights are multiples of 2^-12; the note inside the file records how it was trained and how
accurate it is.  ``IMAGES`` holds three correctly classified test images of different classes as
exact rationals: they span a plane through the 64-dimensional input space along which regions can be counted.

>>> net, images = digits(), digit_images()
>>> net
<network 64-10-8 → 10>
>>> [max(range(10), key=lambda i: net(image)[i]) for image in images.values()] == list(images)
True
>>> net.on_plane(*images.values()).architecture
Architecture.relu(2, 10, 8)
"""

from fractions import Fraction
from pathlib import Path

from theory.exact import rational_vector
from theory.formats import load
from theory.formats.files import read_bytes
from theory.formats.json_file import parse_json
from theory.network import Network

__all__ = ["DIGITS", "IMAGES", "digit_images", "digits"]

DIGITS = Path(__file__).with_name("digits.json")
"""The network file."""

IMAGES = Path(__file__).with_name("digits_images.json")
"""The three images."""


def digits() -> Network:
    """The trained network 64-10-8 → 10."""
    return load(DIGITS)


def digit_images() -> dict[int, tuple[Fraction, ...]]:
    """Three test images by class, each a point of [0, 1]^64 that the network classifies correctly."""
    document = parse_json(read_bytes(IMAGES), IMAGES)
    return {entry["class"]: rational_vector(entry["pixels"], place="pixels") for entry in document["images"]}
