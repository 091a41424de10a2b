"""What the literature claims about linear regions, as exact objects: bounds, constructions, networks.

This package never imports ``verify``, which produces the evidence.
"""

from importlib.metadata import PackageNotFoundError, version

from theory.activations import ABS, HARD_TANH, IDENTITY, RELU, Maxout, PiecewiseLinear, leaky_relu
from theory.architecture import Architecture
from theory.errors import LinregionsError
from theory.network import Layer, Network

__all__ = [
    "ABS",
    "HARD_TANH",
    "IDENTITY",
    "RELU",
    "Architecture",
    "Layer",
    "LinregionsError",
    "Maxout",
    "Network",
    "PiecewiseLinear",
    "__version__",
    "leaky_relu",
]


def _installed() -> str:
    try:
        return version("linregions")
    except PackageNotFoundError:
        return "unknown"


__version__ = _installed()
"""The version of the installed distribution; "unknown" in a checkout that is only on the path."""
