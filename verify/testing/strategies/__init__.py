"""Hypothesis strategies for networks, arrangements and domains: test your own statement on thousands of examples.

Every strategy takes keyword arguments only, checks them when it is called, and shrinks: a failing network loses
layers, then units, then digits of its weights, until nothing can be taken away without losing the failure.

>>> from hypothesis import given, settings
>>> from verify.engines.brute import patterns_brute
>>> @settings(max_examples=20, derandomize=True, database=None)
... @given(relu_networks(max_inputs=2, max_units=4))
... def test_at_most_two_to_the_number_of_units(net):
...     assert len(patterns_brute(net)) <= 2**net.architecture.units
>>> test_at_most_two_to_the_number_of_units()

========================  ==============================================
rationals                 numbers with small numerators and denominators
activations               scalar piecewise-linear functions and maxout
relu_networks             ReLU units
maxout_networks           maxout units of one rank
networks                  any mixture of scalar and maxout units
degenerate_networks       degenerate networks, by named degeneracies
constructions             networks of the literature, with the counts that they claim
arrangements              integer rows of hyperplanes
points, boxes, polytopes  in R^d
segments, lines, planes   slices of R^d
domains                   any of them, and R^d
degenerate_domains        also flat and empty ones
problems                  a network with a domain of its input space
========================  ==============================================
"""

from verify.testing.strategies.geometry import (
    arrangements,
    boxes,
    degenerate_domains,
    domains,
    lines,
    planes,
    points,
    polytopes,
    problems,
    segments,
)
from verify.testing.strategies.random_constructions import constructions
from verify.testing.strategies.random_networks import (
    activations,
    degenerate_networks,
    maxout_networks,
    networks,
    rationals,
    relu_networks,
)

__all__ = [
    "activations",
    "arrangements",
    "boxes",
    "constructions",
    "degenerate_domains",
    "degenerate_networks",
    "domains",
    "lines",
    "maxout_networks",
    "networks",
    "planes",
    "points",
    "polytopes",
    "problems",
    "rationals",
    "relu_networks",
    "segments",
]
