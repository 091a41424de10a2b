"""What the literature claims about linear regions, as exact objects: bounds, constructions, networks.

This package never imports ``verify``, which produces the evidence.
"""

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


__version__: str
"""The version of the installed distribution; "unknown" in a checkout that is only on the path."""


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version  # slow to load

    try:
        found = globals()[name] = version("linregions")
    except PackageNotFoundError:
        found = globals()[name] = "unknown"
    return found
