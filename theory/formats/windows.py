"""Sliding windows: convolution and pooling of affine forms, with stride, padding, dilation and groups.

Layouts are those of ONNX and PyTorch: (batch, channels, space …) for values, (out channels, in channels / groups,
kernel …) for weights.  Any number of space dimensions.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from flint import fmpq

from theory.errors import InvalidInputError
from theory.formats.operators import along_last_axis, check_size, maximum, mean, product
from theory.formats.tape import Entry, Tape, Tensor, cost, exact_entries


def for_each_axis(value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    """One number for each axis of space, where a model may name one for all."""
    return tuple(value) if isinstance(value, list | tuple) else (value,) * axes  # type: ignore[return-value]


def same_padding(
    space: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> list[tuple[int, int]]:
    """The least padding with which there are ⌈n/stride⌉ windows along each axis, an odd entry after.

    >>> same_padding((5, 5), (2, 3), (1, 2), (1, 1))
    [(0, 1), (1, 1)]
    """
    totals = (
        max(0, (-(-n // stride) - 1) * stride + dilation * (k - 1) + 1 - n)
        for n, k, stride, dilation in zip(space, kernel, strides, dilations, strict=True)
    )
    return [(total // 2, total - total // 2) for total in totals]


@dataclass(frozen=True)
class Windows:
    """How a window moves: sizes, steps and padding (before, after) for each dimension of space."""

    kernel: Sequence[int]
    strides: Sequence[int]
    pads: Sequence[tuple[int, int]]
    dilations: Sequence[int]
    ceil_mode: bool = False

    def over(self, tape: Tape, values: Tensor, padding: fmpq | None) -> Tensor:
        """The entries under each window: an array (batch, channels, positions …, entries of one window).

        The padding holds ``padding``.  Beyond it, where a window may reach in ``ceil_mode``, the entries are None.
        """
        space = values.shape[2:]
        if not space:
            raise InvalidInputError(f"windows need values (batch, channels, space ...), not of shape {values.shape}")
        if not len(space) == len(self.kernel) == len(self.strides) == len(self.pads) == len(self.dilations):
            raise InvalidInputError(f"a kernel of {len(self.kernel)} dimensions does not fit values of {len(space)}")
        if min((*self.kernel, *self.strides, *self.dilations)) < 1 or any(min(pair) < 0 for pair in self.pads):
            raise InvalidInputError("kernel, stride and dilation must be at least 1 and padding at least 0")
        given = space, self.kernel, self.strides, self.pads, self.dilations
        n, kernel, strides, pads, dilations = (np.array(each, dtype=object) for each in given)  # integers of any size
        lengths, spans = n + pads.sum(axis=1), dilations * (kernel - 1) + 1
        counts = (lengths - spans + (strides - 1 if self.ceil_mode else 0)) // strides + 1
        if self.ceil_mode:  # a window must start inside the input or the padding before it
            counts = counts - ((counts - 1) * strides >= n + pads[:, 0])
        if (lengths < spans).any() or (counts < 1).any():
            raise InvalidInputError(f"a kernel of shape {tuple(kernel)} does not fit into values of {tuple(space)}")
        extra = [(0, max(0, more)) for more in (counts - 1) * strides + spans - lengths]
        check_size((*values.shape[:2], *lengths + [more for _, more in extra]))
        tape.reserve(check_size((*values.shape[:2], *counts)) * math.prod(self.kernel))
        around = [(0, 0), (0, 0)]
        padded = np.pad(values, around + list(self.pads), constant_values=np.asarray(padding, dtype=object))
        padded = np.pad(padded, around + extra, constant_values=np.asarray(None, dtype=object))
        axes = tuple(range(2, values.ndim))
        view = np.lib.stride_tricks.sliding_window_view(padded, spans, axis=axes)
        view = view[_in_space(slice(None, None, step) for step in (*self.strides, *self.dilations))]
        view = view[tuple(slice(n) for n in (*values.shape[:2], *counts))]
        return view.reshape(*view.shape[: values.ndim], -1)


def _in_space(slices: Iterable[slice]) -> tuple[slice, ...]:
    return slice(None), slice(None), *slices


def conv(tape: Tape, values: Tensor, weight: Tensor, bias: Tensor | None, windows: Windows, *, groups: int) -> Tensor:
    """Cross-correlation with zero padding, any number of space dimensions, as rows of a dense layer."""
    if values.ndim < 3 or weight.ndim != values.ndim:
        raise InvalidInputError(f"a convolution of values {values.shape} by weights {weight.shape} is not defined")
    channels, (out, per_group) = values.shape[1], weight.shape[:2]
    if groups < 1 or channels != per_group * groups or out % groups:
        raise InvalidInputError(
            f"{groups} groups of {per_group} input channels do not fit {channels} channels and {out} outputs"
        )
    if bias is not None and bias.shape != (out,):
        raise InvalidInputError(f"the bias has shape {bias.shape} but there are {out} output channels")
    entries = np.moveaxis(windows.over(tape, values, fmpq(0)), 1, -2)  # (batch, positions …, channels, entries)
    parts = [
        product(tape, read.reshape(*read.shape[:-2], -1), rows.reshape(len(rows), -1).T)
        for read, rows in zip(np.split(entries, groups, axis=-2), np.split(weight, groups), strict=True)
    ]
    result = np.concatenate(parts, axis=-1)
    return exact_entries(np.moveaxis(result if bias is None else result + bias, -1, 1))


def conv_transpose(
    tape: Tape,
    values: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    windows: Windows,
    *,
    groups: int,
    extra: Sequence[int],
) -> Tensor:
    """The transpose of a convolution: one of the values set apart by the strides, with the kernel turned around.

    Weights are (in channels, out channels / groups, kernel …); ``extra`` entries more at the end of each axis of space.
    """
    channels, space = values.shape[1], values.shape[2:]
    if groups < 1 or weight.ndim != values.ndim or weight.shape[0] != channels or channels % groups:
        raise InvalidInputError(f"weights {weight.shape} in {groups} groups do not fit values {values.shape}")
    lengths = [(n - 1) * stride + 1 for n, stride in zip(space, windows.strides, strict=True)]
    reach = [dilation * (k - 1) for k, dilation in zip(windows.kernel, windows.dilations, strict=True)]
    around = [(r - low, r - high + more) for r, (low, high), more in zip(reach, windows.pads, extra, strict=True)]
    cut = [(max(-low, 0), n - max(-high, 0)) for n, (low, high) in zip(lengths, around, strict=True)]
    if min((*windows.strides, *windows.dilations)) < 1 or any(start > stop for start, stop in cut):
        raise InvalidInputError("strides and dilations must be at least 1 and padding smaller than the values")
    check_size((*values.shape[:2], *lengths))
    apart = np.full((*values.shape[:2], *lengths), fmpq(0), dtype=object)
    apart[_in_space(slice(None, None, stride) for stride in windows.strides)] = values
    apart = apart[_in_space(slice(*ends) for ends in cut)]
    turned = np.flip(weight, axis=tuple(range(2, weight.ndim)))
    turned = np.concatenate([np.swapaxes(part, 0, 1) for part in np.split(turned, groups)])
    pads = [(max(low, 0), max(high, 0)) for low, high in around]
    flat = Windows(windows.kernel, [1] * len(space), pads, windows.dilations)
    return conv(tape, apart, turned, bias, flat, groups=groups)


def max_pool(tape: Tape, values: Tensor, windows: Windows) -> Tensor:
    """The largest entry of each window, one maxout unit each; padding never wins."""
    entries = np.moveaxis(windows.over(tape, values, None), (0, 1), (-3, -2))  # units are written position by position
    largest = along_last_axis(entries, lambda window: maximum(tape, _inside(window)))
    return np.moveaxis(largest, (-2, -1), (0, 1))


def average_pool(tape: Tape, values: Tensor, windows: Windows, *, count_padding: bool = False) -> Tensor:
    """The mean of each window, over the entries inside the input or over the padded window."""
    entries = windows.over(tape, values, fmpq(0) if count_padding else None)
    tape.reserve(cost(entries))
    return along_last_axis(entries, lambda window: mean(_inside(window)))


def _inside(entries: list[Entry | None]) -> list[Entry]:
    inside = [entry for entry in entries if entry is not None]
    if not inside:
        raise InvalidInputError("a pooling window lies wholly in the padding; use less padding")
    return inside
