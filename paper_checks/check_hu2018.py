"""Hu, Zhang: Nearly-tight Bounds on Linear Regions of Piecewise Linear Neural Networks."""

from theory.architecture import Architecture
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from verify import count


def test_one_layer_of_units_with_breakpoints() -> None:
    for n0, n, pieces in ((1, 3, 3), (2, 3, 3), (2, 4, 4), (3, 3, 3)):
        arch = Architecture(n0, (n,), "piecewise", pieces)
        built = CONSTRUCTIONS["generic"].build(arch)
        assert count(built.network) == BOUNDS["hu2018"](arch)
