"""Activations: the continuous piecewise-linear functions that units apply to their preactivations.

A *scalar* unit reads one preactivation and is given by breakpoints and slopes (:class:`PiecewiseLinear`); a *maxout*
unit of rank k reads k and returns the largest (:class:`Maxout`).  A new kind of unit is one module, which says what
:class:`Activation` asks for, and one row of :data:`JSON_FORMS` if network files are to hold it.
"""

from collections.abc import Callable
from typing import Literal

from theory.activations.activation import Activation, Comparison, Output
from theory.activations.maxout import Maxout
from theory.activations.piecewise_linear import ABS, HARD_TANH, IDENTITY, NAMED, RELU, PiecewiseLinear, leaky_relu

__all__ = [
    "ABS",
    "HARD_TANH",
    "IDENTITY",
    "JSON_FORMS",
    "NAMED",
    "RELU",
    "Activation",
    "Comparison",
    "Maxout",
    "Output",
    "PiecewiseLinear",
    "leaky_relu",
]


JSON_FORMS: dict[Callable[..., Activation], dict[str, Literal["rank", "number", "numbers"]]] = {
    leaky_relu: {"leaky_relu": "number"},
    PiecewiseLinear: {"breakpoints": "numbers", "slopes": "numbers"},
    Maxout: {"maxout": "rank"},
}
"""How network files write units that are not in :data:`NAMED`: the keys of an object, whose values a callable takes."""
