"""Activation patterns: for each hidden layer the piece that each unit takes, counted from 0."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from theory.errors import InvalidInputError


def require_pattern(layers: Sequence[Any], pattern: Sequence[Sequence[int]]) -> None:
    """Refuse what is not a pattern of the hidden layers.

    Raises
    ------
    InvalidInputError
        Naming the layer and the unit.
    """
    if len(pattern) != len(layers):
        raise InvalidInputError(f"pattern of {len(pattern)} layers for a network of {len(layers)} hidden ones")
    for number, (layer, pieces) in enumerate(zip(layers, pattern, strict=True), start=1):
        if len(pieces) != layer.width:
            raise InvalidInputError(f"pattern, layer {number}: {len(pieces)} pieces for {layer.width} units")
        for i, (unit, piece) in enumerate(zip(layer.units, pieces, strict=True), start=1):
            if not isinstance(piece, Integral) or not 0 <= piece < unit.pieces:
                raise InvalidInputError(
                    f"pattern, layer {number}, unit {i}: {piece!r} is none of its pieces 0, …, {unit.pieces - 1}"
                )
