"""Strategies that several laws share: a network with a domain, lists of architectures."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from theory.architecture import Architecture
from theory.bounds import all_architectures
from theory.convolution import Convolution, ConvolutionalArchitecture
from theory.network import Network
from verify.domain.shapes import Domain
from verify.testing.strategies import boxes, degenerate_networks, networks, polytopes, problems, relu_networks

Placed = tuple[Network, Domain]

_OF_SHORT_NUMBERS = ("repeated", "opposite", "parallel", "concurrent", "through_a_flat", "touching", "dead", "constant")
"""The degeneracies that leave numerators and denominators short."""


def placed(*, max_inputs: int = 3, max_units: int = 5, bounded: bool = False) -> st.SearchStrategy[Any]:
    """(network, domain): units of every kind, degenerate ones included."""
    subjects = st.one_of(
        networks(max_inputs=max_inputs, max_units=max_units),
        degenerate_networks(max_inputs=max_inputs, max_units=max_units),
    )
    if not bounded:
        return problems(network=subjects)
    return subjects.flatmap(lambda net: st.tuples(st.just(net), _bounded_domains(net.inputs)))


@functools.cache
def _bounded_domains(dimension: int) -> st.SearchStrategy[Any]:
    return st.one_of(boxes(dimension=dimension), polytopes(dimension=dimension, bounded=True))


def placed_relu(*, max_inputs: int = 3, max_units: int = 6) -> st.SearchStrategy[Any]:
    """(ReLU network, domain), degenerate ones included."""
    subjects = st.one_of(
        relu_networks(max_inputs=max_inputs, max_units=max_units),
        degenerate_networks(max_inputs=max_inputs, max_units=max_units, kinds=["relu"], degeneracies=_OF_SHORT_NUMBERS),
    )
    return problems(network=subjects)


Pool = Callable[[], Sequence[Any]]
"""Makes a list of architectures, small ones first."""


@functools.cache
def relu_pool() -> list[Architecture]:
    """ReLU architectures of up to four layers: all narrow ones, and wider ones of up to two layers."""
    narrow = all_architectures(range(1, 6), range(4), range(1, 5))
    wide = all_architectures(range(1, 5), range(1, 13), [1, 2])
    return _sorted({*narrow, *wide, *all_architectures([1, 2], [3, 4, 6, 7], [3])})


@functools.cache
def maxout_pool() -> list[Architecture]:
    """Maxout architectures of rank 2 to 4."""
    shapes = {*all_architectures(range(1, 5), range(1, 5), [1, 2]), *all_architectures([1, 2], [1, 2, 4, 6], [1, 2, 3])}
    return _sorted(Architecture.maxout(*arch.sizes, rank=k) for arch in shapes for k in (2, 3, 4))


@functools.cache
def convolution_pool() -> list[ConvolutionalArchitecture]:
    """Small convolutional networks without padding, of one or two layers along one axis or two."""

    def networks_of(shape: tuple[int, ...], kernels: list[tuple[int, ...]]) -> Iterator[ConvolutionalArchitecture]:
        layers = [Convolution(d, kernel, stride=s) for kernel in kernels for s in (1, 2) for d in (1, 2, 3)]
        for channels in (1, 2):
            yield from (ConvolutionalArchitecture(shape, channels, (layer,)) for layer in layers)
            for pair in itertools.product(layers[:4], layers):
                yield ConvolutionalArchitecture(shape, channels, pair)

    along_one_axis = networks_of((5,), [(1,), (2,)])
    return [*along_one_axis, *itertools.islice(networks_of((3, 3), [(2, 2), (1, 2)]), 12)]


def _sorted(architectures: Iterable[Architecture]) -> list[Architecture]:
    return sorted(architectures, key=lambda arch: (arch.units, arch.depth, arch.inputs, arch.rank, arch.widths))


def sampled(pool: Sequence[Any]) -> st.SearchStrategy[Any]:
    """A member of the list; shrinks toward the first."""
    return st.integers(0, len(pool) - 1).map(lambda i: pool[i])


def deep_architectures() -> st.SearchStrategy[Architecture]:
    """Two layers of at least one unit, the first at most one unit wider than the number of inputs."""
    return sampled([a for a in all_architectures(range(1, 10), range(1, 10), [2]) if a.inputs >= a.widths[0] - 1])
