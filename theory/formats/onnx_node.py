"""What an ONNX operator sees: the values it reads, as numbers or as affine forms, and its attributes.

A value is either an array of numbers as the file holds it (weights, shapes) or an object array of
:class:`~theory.formats.tape.Form`.  An operator is a function that reads a :class:`Node` and returns its outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import fmpq

from theory.errors import InvalidInputError
from theory.exact import from_fmpq
from theory.formats.operators import Constants, check_size, exact_array
from theory.formats.tape import Forms, Tape, constants

__all__ = ["Node", "Operator", "Value", "stored_numbers"]

Value = np.ndarray[Any, Any]
"""Numbers as the file holds them, or an object array of forms."""


class Node:
    """One node: its inputs (None where an optional one is absent), its attributes and the tape."""

    def __init__(self, tape: Tape, inputs: list[Value | None], attributes: dict[str, Any], outputs: int) -> None:
        self.tape = tape
        self.inputs = inputs
        self.attributes = attributes
        self.outputs = outputs

    def has(self, i: int) -> bool:
        """Whether input ``i`` is given."""
        return i < len(self.inputs) and self.inputs[i] is not None

    def value(self, i: int) -> Value:
        """Input ``i`` as it is."""
        value = self.inputs[i] if i < len(self.inputs) else None
        if value is None:
            raise InvalidInputError(f"its input {i + 1} is missing")
        return value

    def forms(self, i: int) -> Forms:
        """Input ``i`` as affine forms; numbers become constant forms."""
        value = self.value(i)
        if value.dtype != object:
            self.tape.spend(3 * value.size)
        return value if value.dtype == object else constants(exact_array(value, place=f"its input {i + 1}"))

    def varies(self, i: int) -> bool:
        """Whether input ``i`` depends on the network's input."""
        value = self.value(i)
        return value.dtype == object and not all(form.is_constant for form in value.flat)

    def exact(self, i: int) -> Constants:
        """Input ``i`` as exact constants."""
        value = self.value(i)
        if value.dtype != object:
            return exact_array(value, place=f"its input {i + 1}")
        if self.varies(i):
            raise InvalidInputError(f"its input {i + 1} must be constant, but it depends on the network's input")
        result = np.empty(value.shape, dtype=object)
        result.flat[:] = [form.offset for form in value.flat]
        return result

    def integers(self, i: int) -> list[int]:
        """Input ``i`` as a list of integers (a shape, axes, pads)."""
        numbers = [from_fmpq(v) for v in self.exact(i).flat]
        if any(v.denominator != 1 for v in numbers):
            raise InvalidInputError(f"its input {i + 1} must hold integers")
        return [v.numerator for v in numbers]

    def number(self, name: str, default: float) -> fmpq:
        """An attribute at the exact value of its binary32; the default likewise, as the standard's is."""
        value = float(np.float32(self.attributes.get(name, default)))
        if not math.isfinite(value):
            raise InvalidInputError(f"its attribute {name} is {value}, not a finite number")
        return fmpq(*value.as_integer_ratio())

    def axes(self, i: int, name: str = "axes") -> list[int] | None:
        """Axes from input ``i`` (newer files) or from an attribute (older ones)."""
        if self.has(i):
            return self.integers(i)
        return list(self.attributes[name]) if name in self.attributes else None

    def flag(self, name: str, default: int = 0) -> bool:
        """A 0/1 attribute."""
        return bool(self.attributes.get(name, default))


Operator = Callable[[Node], Sequence[Value]]
"""What reads a node: its outputs from its inputs."""


def stored_numbers(tensor: Any) -> Value:
    """The numbers of a tensor in the file, after its declared shape has been found reasonable.

    Raises
    ------
    InvalidInputError
        If the shape is too large or is not that of the stored bytes, or the type is unknown.
    """
    from onnx import numpy_helper

    check_size(tensor.dims)
    try:
        array: Value = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise InvalidInputError(f"its stored numbers do not match their shape and type ({str(error)[:100]})") from None
    return array
