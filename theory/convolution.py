"""Convolutional architectures: shapes, channels, and the input cells that every position sees.

>>> net = ConvolutionalArchitecture((1, 3), 1, (Convolution(2, (1, 2)),))
>>> net.shapes, net.inputs, net.widths
(((1, 3), (1, 2)), 3, (4,))
>>> net.windows(1)
((0, 1), (1, 2))
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from theory.architecture import Layered, has_symbols, size_or_symbol
from theory.errors import InvalidInputError
from theory.exact import integer


def _sizes(values: Iterable[int] | int, axes: int, place: str, minimum: int) -> tuple[int, ...]:
    numbers = tuple(values) if isinstance(values, Iterable) else (values,) * axes
    if len(numbers) != axes:
        raise InvalidInputError(f"{place} has {len(numbers)} entries, but the input has {axes} axes")
    return tuple(integer(v, place=place, minimum=minimum) for v in numbers)


@dataclass(frozen=True)
class Convolution:
    """``channels`` ≥ 1 filters of ReLU units; sizes by axis, but ``stride`` and zero ``padding`` may be one number."""

    channels: Any
    kernel: tuple[int, ...]
    stride: tuple[int, ...] | int = 1
    padding: tuple[int, ...] | int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.kernel, Sequence):
            raise InvalidInputError(f"kernel={self.kernel!r} must have one size for each axis, as (3, 3)")
        axes = len(self.kernel)
        for name, least in (("kernel", 1), ("stride", 1), ("padding", 0)):
            vars(self)[name] = _sizes(vars(self)[name], axes, name, least)
        vars(self).update(channels=size_or_symbol(self.channels, "channels", 1))

    @property
    def steps(self) -> tuple[tuple[int, int, int], ...]:
        """(kernel, stride, padding) for each axis."""
        return tuple(zip(*(vars(self)[name] for name in ("kernel", "stride", "padding")), strict=True))

    @property
    def is_padded(self) -> bool:
        return any(p for _, _, p in self.steps)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The number of positions along each axis."""
        if len(shape) != len(self.kernel):
            raise InvalidInputError(f"a kernel with {len(self.kernel)} axes cannot slide over {len(shape)} axes")
        result = []
        for axis, (n, (f, s, p)) in enumerate(zip(shape, self.steps, strict=True), start=1):
            if n + 2 * p < f:
                raise InvalidInputError(f"axis {axis}: a kernel of {f} does not fit into {n} cells with padding {p}")
            result.append((n + 2 * p - f) // s + 1)
        return tuple(result)

    def __str__(self) -> str:
        sizes, strides, paddings = ("x".join(map(str, vars(self)[name])) for name in ("kernel", "stride", "padding"))
        stride = f" stride {strides}" if any(s != 1 for _, s, _ in self.steps) else ""
        return f"{sizes}/{self.channels}{stride}{f' padding {paddings}' if self.is_padded else ''}"


@dataclass(frozen=True)
class ConvolutionalArchitecture(Layered):
    """An input grid of the given shape with d0 = ``channels`` channels, and the convolutional layers on it."""

    shape: tuple[int, ...]
    channels: int
    layers: tuple[Convolution, ...]

    def __post_init__(self) -> None:
        shape = _sizes(self.shape, len(self.shape), "input shape", 1)
        channels = integer(self.channels, place="input channels", minimum=1)
        vars(self).update(shape=shape, channels=channels, layers=tuple(self.layers))
        if not self.shape:
            raise InvalidInputError("the input needs at least one axis")
        vars(self)["widths"] = tuple(p * layer.channels for p, layer in zip(self.positions, self.layers, strict=True))

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Grid of the input and of every layer."""
        shapes = [self.shape]
        for i, layer in enumerate(self.layers, start=1):
            try:
                shapes.append(layer.output_shape(shapes[-1]))
            except InvalidInputError as error:
                raise InvalidInputError(f"convolution {i}: {error}") from None
        return tuple(shapes)

    @property
    def inputs(self) -> int:
        """Input dimension: cells times channels."""
        return math.prod(self.shape) * self.channels

    @property
    def positions(self) -> tuple[int, ...]:
        return tuple(math.prod(shape) for shape in self.shapes[1:])

    @property
    def is_symbolic(self) -> bool:
        """Whether a number of channels is a sympy expression; shapes are always numbers."""
        return has_symbols(*(layer.channels for layer in self.layers))

    def windows(self, layer: int = 1) -> tuple[tuple[int, ...], ...]:
        """For each position of a layer the cells of the layer before it that it sees, both in row-major order."""
        if not 1 <= layer <= self.depth:
            raise InvalidInputError(f"there is no layer {layer}; they are numbered from 1 to {self.depth}")
        before, steps = self.shapes[layer - 1], self.layers[layer - 1].steps
        spans = [
            [range(max(0, i * s - p), min(n, i * s - p + f)) for i in range(m)]
            for n, m, (f, s, p) in zip(before, self.shapes[layer], steps, strict=True)
        ]
        number = {cell: i for i, cell in enumerate(itertools.product(*map(range, before)))}
        windows = (itertools.product(*window) for window in itertools.product(*spans))
        return tuple(tuple(number[cell] for cell in window) for window in windows)

    def __str__(self) -> str:
        return "-".join([f"{'x'.join(map(str, self.shape))}/{self.channels}", *map(str, self.layers)])
