"""Smaller counterexamples: fewer units, inputs and layers, then weights that are 0, ±1 or short.

Every candidate is judged exactly, by the same predicate that the counterexample broke; what is not judged in time is
left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from theory.network import Layer, Network
from verify.domain.shapes import WholeSpace
from verify.testing.refuter.networks import Draft, OutOfTimeError

__all__ = ["smaller_example", "smallest"]


def smallest(draft: Draft, breaks: Callable[[Draft], bool]) -> Draft:
    """The draft without what it does not need, and with the simplest weights, while ``breaks`` says True.

    ``breaks`` may raise OutOfTimeError: then the best draft so far is returned.
    """
    try:
        shrunk = True
        while shrunk:
            shrunk = False
            for smaller in _parts_removed(draft):
                if breaks(smaller):
                    draft, shrunk = smaller, True
                    break
        while _simplify_one(draft, breaks):
            pass
    except OutOfTimeError:
        pass
    return draft


def _parts_removed(draft: Draft) -> Iterator[Draft]:
    found = [draft.without_layer(i) for i in range(len(draft.layers))]
    found += [draft.without_input(i) for i in range(draft.inputs)]
    found += [draft.without_unit(i, u) for i, width in enumerate(draft.widths) for u in range(width)]
    yield from (smaller for smaller in found if smaller is not None)


def _simplify_one(draft: Draft, breaks: Callable[[Draft], bool]) -> bool:
    """Try simpler values for every weight once, in place; whether one was accepted."""
    changed = False
    for row, i in draft.entries():
        old = row[i]
        for value in _simpler(old):
            row[i] = value
            try:
                if breaks(draft):
                    changed = True
                    break
            except OutOfTimeError:
                row[i] = old
                raise
            row[i] = old
    return changed


def _weight(value: Fraction) -> tuple[int, int, bool]:
    """What "simpler" means for one number."""
    return value.denominator, abs(value.numerator), value < 0


def _simpler(value: Fraction) -> Iterator[Fraction]:
    """Numbers simpler than this one, the simplest first."""
    near = {Fraction(round(value)), Fraction(int(value)), *(Fraction(round(value * q), q) for q in (2, 3, 4))}
    half = {Fraction(int(value / 2)), value - 1 if value > 0 else value + 1}
    candidates = {Fraction(0), Fraction(1), Fraction(-1), -value, *near, *half}
    yield from sorted((c for c in candidates if _weight(c) < _weight(value)), key=_weight)


def smaller_example(example: Any, breaks: Callable[[Any], bool], expired: Callable[[], bool]) -> Any:
    """An example of a law, with every network in it made smaller as long as the law stays broken."""
    shrunk = True
    while shrunk:
        shrunk = False
        for smaller in _variants(example):
            if expired():
                return example
            if breaks(smaller):
                example, shrunk = smaller, True
                break
    return example


def _variants(example: Any) -> Iterator[Any]:
    if isinstance(example, Network):
        yield from _smaller_networks(example)
    elif isinstance(example, tuple):
        for i, part in enumerate(example):
            for smaller in _variants(part):
                parts = [*example[:i], smaller, *example[i + 1 :]]
                yield type(example)(*parts) if hasattr(example, "_fields") else tuple(parts)
    elif isinstance(example, Fraction):
        yield from _simpler(example)
    elif hasattr(example, "input_dimension") and example != WholeSpace(example.input_dimension):
        yield WholeSpace(example.input_dimension)


def _smaller_networks(network: Network) -> Iterator[Network]:
    """The network without its last hidden layer, without one unit, and with one weight made simpler."""
    layers = network.layers
    if len(layers) > 1:
        width, out = layers[-2].inputs, layers[-1]
        yield Network([*layers[:-2], Layer([[0] * width] * out.rows, out.biases, out.units, inputs=width)])
    for depth, layer in enumerate(network.hidden):
        for unit in range(layer.width if layer.width > 1 else 0):
            at = layer.first_rows[unit]
            keep = [r for r in range(layer.rows) if not at <= r < at + layer.units[unit].rows]
            units = [u for i, u in enumerate(layer.units) if i != unit]
            thinner = Layer(
                [layer.weights[r] for r in keep], [layer.biases[r] for r in keep], units, inputs=layer.inputs
            )
            after = layers[depth + 1]
            rows = [[v for i, v in enumerate(row) if i != unit] for row in after.weights]
            reader = Layer(rows, after.biases, after.units, inputs=layer.width - 1)
            yield Network([*layers[:depth], thinner, reader, *layers[depth + 2 :]])
    for depth, layer in enumerate(network.hidden):
        for r, row in enumerate(layer.weights):
            for i, old in enumerate((*row, layer.biases[r])):
                for value in _simpler(old):
                    rows, biases = [list(w) for w in layer.weights], list(layer.biases)
                    if i < layer.inputs:
                        rows[r][i] = value
                    else:
                        biases[r] = value
                    changed = Layer(rows, biases, layer.units, inputs=layer.inputs)
                    yield Network([*layers[:depth], changed, *layers[depth + 1 :]])
