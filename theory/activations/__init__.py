"""Activations: the continuous piecewise-linear functions that units apply to their preactivations.

A *scalar* unit reads one preactivation and is given by breakpoints and slopes (:class:`PiecewiseLinear`); a *maxout*
unit of rank k reads k and returns the largest (:class:`Maxout`).  A new kind of unit is one module, which says what
:class:`Activation` asks for, and one row of :data:`JSON_FORMS` if network files are to hold it.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

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
    "JsonForm",
    "Maxout",
    "Output",
    "PiecewiseLinear",
    "leaky_relu",
]


class JsonForm(NamedTuple):
    """The keys of the object that is a unit in a network file, and a callable that takes their values in order."""

    fields: Mapping[str, Literal["rank", "number", "numbers"]]
    build: Callable[..., Activation]


JSON_FORMS = (
    JsonForm({"leaky_relu": "number"}, leaky_relu),
    JsonForm({"breakpoints": "numbers", "slopes": "numbers"}, PiecewiseLinear),
    JsonForm({"maxout": "rank"}, Maxout),
)
"""How network files write the units that are not in :data:`NAMED`."""
