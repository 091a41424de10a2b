"""From a computation graph to layers: every value an affine form, every bend a unit on a tape.

Walking through a graph of tensor operations, keep each scalar as an *affine form* Σ a_v·v + c over variables v: the
network's inputs and the outputs of the units met so far.  Reshaping, adding, multiplying by constants and
convolving only recombine forms, exactly.  Only an operation that bends (ReLU, maximum, absolute value …) writes a
unit on the tape and yields a new variable.

At the end each unit gets a level, one more than the highest level it reads.  The units of level l form hidden layer l,
and a variable that is read further down (a skip connection) is carried through the layers between by identity units.

>>> from theory.activations import RELU
>>> tape = Tape()
>>> x, y = tape.inputs((2,))
>>> bend = tape.unit(RELU, [x + y.scaled(fmpq(-1))])
>>> net = tape.network([bend + x])        # max(x − y, 0) + x: the skip carries x
>>> [unit.name for unit in net.layers[0].units], net([3, 1])
(['relu', 'identity'], (Fraction(5, 1),))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq

from theory.activations import IDENTITY, Activation
from theory.errors import InvalidInputError
from theory.exact import from_fmpq, to_fmpq
from theory.formats.files import MAX_NUMBERS
from theory.network import Layer, Network

__all__ = ["Form", "Forms", "Tape", "combine", "constant", "constants", "cost"]

_ZERO = Fraction(0)
_MAX_DENSE = 10 * MAX_NUMBERS  # most of them zeros, which share one object
_MAX_WORK = 2 * MAX_NUMBERS  # about 100 bytes each

Forms = np.ndarray[Any, Any]
"""An array of :class:`Form`; reshaping, slicing and adding it is what it is for NumPy."""


class Form:
    """The affine form Σ a_v·v + c in the variables of one tape; immutable by convention, zero terms left out."""

    __slots__ = ("offset", "terms")

    def __init__(self, terms: dict[int, fmpq], offset: fmpq) -> None:
        self.terms = terms
        self.offset = offset

    @property
    def is_constant(self) -> bool:
        """Whether no variable occurs."""
        return not self.terms

    def __add__(self, other: Form) -> Form:
        if not other.terms:
            return Form(self.terms, self.offset + other.offset)
        terms = dict(self.terms)
        for variable, factor in other.terms.items():
            total = terms.get(variable, 0) + factor
            if total:
                terms[variable] = total
            else:
                del terms[variable]
        return Form(terms, self.offset + other.offset)

    def scaled(self, factor: fmpq) -> Form:
        """The form times a rational."""
        if factor == 1:
            return self
        if not factor:
            return constant(fmpq(0))
        return Form({v: a * factor for v, a in self.terms.items()}, self.offset * factor)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form) and self.offset == other.offset and self.terms == other.terms

    __hash__ = None  # type: ignore[assignment]


def cost(forms: Iterable[Form]) -> int:
    """Elementary steps of one pass over the forms: one a term, and three more for the form itself."""
    return sum(len(form.terms) + 3 for form in forms)


def constant(value: fmpq) -> Form:
    """The form without variables."""
    return Form({}, value)


def constants(values: Any) -> Forms:
    """An array of rationals as forms, shape kept."""
    array = np.asarray(values, dtype=object)
    result = np.empty(array.shape, dtype=object)
    result.flat[:] = [constant(v) for v in array.flat]
    return result


def combine(pairs: Iterable[tuple[fmpq, Form]], offset: fmpq) -> Form:
    """Σ c·f + offset."""
    terms: dict[int, fmpq] = {}
    for factor, form in pairs:
        if factor:
            offset += factor * form.offset
            for variable, a in form.terms.items():
                terms[variable] = terms[variable] + factor * a if variable in terms else factor * a
    return Form({v: a for v, a in terms.items() if a}, offset)


class Tape:
    """The variables and units met so far, and at the end the network they make."""

    def __init__(self) -> None:
        self._levels: list[int] = []
        self._units: list[tuple[Activation, tuple[Form, ...], int]] = []
        self._inputs = 0
        self._work = 0

    @property
    def is_affine(self) -> bool:
        """Whether no unit has been written yet."""
        return not self._units

    def spend(self, steps: int) -> None:
        """Account for arithmetic about to be done; refuse before memory or patience run out.

        Raises
        ------
        InvalidInputError
            If the whole walk would take more than ten million elementary steps.
        """
        self._work += steps
        if self._work > _MAX_WORK:
            raise InvalidInputError(
                f"needs more than {_MAX_WORK:,} steps to be read as exact dense layers; use a smaller network"
            )

    def _variable(self, level: int) -> Form:
        self._levels.append(level)
        return Form({len(self._levels) - 1: fmpq(1)}, fmpq(0))

    def inputs(self, shape: Sequence[int]) -> Forms:
        """Fresh input variables in an array of this shape; the network's inputs in C order."""
        size = 1
        for length in shape:
            size *= length
        if not 1 <= size <= MAX_NUMBERS:
            raise InvalidInputError(
                f"input shape {tuple(shape)} has {size:,} entries; between 1 and {MAX_NUMBERS:,} are read"
            )
        self.spend(4 * size)
        if self._units:
            raise InvalidInputError("inputs come before the first unit")
        result = np.empty(size, dtype=object)
        result[:] = [self._variable(0) for _ in range(size)]
        self._inputs += size
        return result.reshape(tuple(shape))

    def unit(self, activation: Activation, forms: Sequence[Form]) -> Form:
        """The output of a new unit that reads these preactivations."""
        read = [self._levels[v] for form in forms for v in form.terms]
        level = 1 + max(read, default=0)
        result = self._variable(level)
        self._units.append((activation, tuple(forms), next(iter(result.terms))))
        return result

    def apply(self, activation: Activation, values: Forms) -> Forms:
        """A scalar activation on every entry; an array without variables is simply evaluated."""
        if activation.rows != 1:
            raise InvalidInputError(f"a {activation.name} unit reads several values; use unit")
        if activation == IDENTITY:
            return values
        result = np.empty(values.shape, dtype=object)
        self.spend(4 * values.size)
        if all(form.is_constant for form in values.flat):
            result.flat[:] = [constant(to_fmpq(activation.value([from_fmpq(form.offset)]))) for form in values.flat]
        else:
            result.flat[:] = [self.unit(activation, [form]) for form in values.flat]
        return result

    def network(self, outputs: Sequence[Form]) -> Network:
        """The network of all units on the tape whose affine output layer is ``outputs``.

        Raises
        ------
        InvalidInputError
            If its dense layers would hold more numbers than the limit.
        """
        depth = max(self._levels, default=0)
        rows: list[list[tuple[Activation, tuple[Form, ...], int | None]]] = [[] for _ in range(depth + 1)]
        for activation, forms, variable in self._units:
            rows[self._levels[variable] - 1].append((activation, forms, variable))
        rows[depth] = [(IDENTITY, (form,), None) for form in outputs]
        last_read = [0] * len(self._levels)
        for i, layer in enumerate(rows):
            for _, forms, _ in layer:
                for form in forms:
                    for v in form.terms:
                        last_read[v] = max(last_read[v], i)
        available, dense = list(range(self._inputs)), 0
        plan = []
        for i, layer in enumerate(rows):
            carried = [v for v in available if last_read[v] > i]
            read = sum(len(forms) for _, forms, _ in layer) + len(carried)
            dense += read * (len(available) + 8)  # 8: what a row costs by itself
            if dense > _MAX_DENSE:
                raise InvalidInputError(
                    f"needs more than {_MAX_DENSE:,} numbers as exact dense layers; use a smaller network"
                )
            units = layer + [(IDENTITY, (Form({v: fmpq(1)}, fmpq(0)),), v) for v in carried]
            plan.append((units, available))
            available = [v for _, _, v in units if v is not None]
        return Network([_layer(*entry) for entry in plan])


def _layer(units: list[tuple[Activation, tuple[Form, ...], int | None]], available: list[int]) -> Layer:
    position = {variable: i for i, variable in enumerate(available)}
    weights, biases = [], []
    for _, forms, _ in units:
        for form in forms:
            row = [_ZERO] * len(available)
            for variable, factor in form.terms.items():
                row[position[variable]] = from_fmpq(factor)
            weights.append(row)
            biases.append(from_fmpq(form.offset))
    return Layer(weights, biases, [activation for activation, _, _ in units], inputs=len(available))
