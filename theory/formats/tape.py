"""From a computation graph to layers: every value an affine form, every bend a unit on a tape.

A reader walks through a graph of tensor operations and keeps each scalar as an *affine form* Σ a_v·v + c over
variables v: the network's inputs and the outputs of the units met so far.  Reshaping, adding, multiplying by constants
and convolving only recombine forms, exactly.  Only an operation that bends (ReLU, maximum, absolute value …) writes a
unit on the tape and yields a new variable.

A tensor is a NumPy array of objects whose entries are forms, or rationals where no variable occurs, so that NumPy's
own sums, products and rearrangements compute with them.  A float among them is a type error: nothing is rounded.

At the end each unit gets a level, one more than the highest level it reads.  The units of level l form hidden layer l,
and a variable that is read further down (a skip connection) is carried through the layers between by identity units.

>>> from theory.activations import RELU
>>> tape = Tape()
>>> x, y = tape.inputs((2,))
>>> bend = tape.unit(RELU, [x - y])
>>> net = tape.network([bend + x])        # max(x − y, 0) + x: the skip carries x
>>> [unit.name for unit in net.layers[0].units], net([3, 1])
(['relu', 'identity'], (Fraction(5, 1),))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import fmpq

from theory.activations import IDENTITY, RELU, Activation
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import from_fmpq, to_fmpq
from theory.float_matrix import sparse_or_dense
from theory.formats.files import MAX_FLOATS, MAX_NUMBERS
from theory.network import Layer, Network

_ZERO = fmpq(0)
_ONE = fmpq(1)
_NO_WEIGHT = Fraction(0)
_DIGITS, _EXPONENT = 53, 1000  # of binary64
_MAX_DENSE = 10 * MAX_NUMBERS  # most of them zeros, for which one object stands
_MAX_READ = 2 * MAX_NUMBERS  # about 100 bytes each
_UNIT_COST = 50  # time of a unit in numbers read
_STORED = 16  # so many floats in arrays take the time of one number in an object


@dataclass(slots=True, eq=False)
class Form:
    """The affine form Σ a_v·v + c, immutable, without zero terms; a result without variables is a rational."""

    terms: dict[int, fmpq]
    offset: fmpq = _ZERO

    @property
    def cost(self) -> int:
        """What reading it once costs: 1 for each term, and 3 more."""
        return len(self.terms) + 3

    def __add__(self, other: Any) -> Entry:
        if isinstance(other, Row):
            return other + self
        if isinstance(other, Form):
            return combination([(_ONE, self), (_ONE, other)])
        value = _rational(other)
        return NotImplemented if value is None else Form(self.terms, self.offset + value)

    def __mul__(self, other: Any) -> Entry:
        if isinstance(other, Form):
            raise InvalidInputError("multiplies two values that depend on the input, which is not piecewise linear")
        factor = _rational(other)
        if factor is None:
            return NotImplemented
        return self if factor == 1 else combination([(factor, self)])

    def __truediv__(self, other: Any) -> Entry:
        if isinstance(other, Form):
            return other.__rtruediv__(self)
        divisor = _rational(other)
        return NotImplemented if divisor is None else self * (1 / divisor)

    def __rtruediv__(self, _: Any) -> Entry:
        raise InvalidInputError("divides by a value that depends on the input, which is not piecewise linear")

    def __neg__(self) -> Entry:
        return combination([(-_ONE, self)])

    def __sub__(self, other: Any) -> Entry:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Entry:
        return (-self).__add__(other)

    __radd__ = __add__
    __rmul__ = __mul__


class Row(Form):
    """The form Σ w_i·v_i + c, variables all different, weights nonzero floats, in arrays that other rows share."""

    __slots__ = ("tape", "variables", "weights")

    def __init__(self, tape: Tape, variables: Floats, weights: Floats, offset: fmpq = _ZERO) -> None:
        self.tape, self.variables, self.weights, self.offset = tape, variables, weights, offset

    @property
    def terms(self) -> dict[int, fmpq]:  # type: ignore[override]
        """The terms as rationals, made anew and accounted for each time."""
        self.tape.reserve(len(self.variables))
        pairs = zip(self.variables.tolist(), self.weights.tolist(), strict=True)
        return {variable: fmpq(*weight.as_integer_ratio()) for variable, weight in pairs}

    @property
    def cost(self) -> int:
        return len(self.variables) // _STORED + 3

    def __add__(self, other: Any) -> Entry:
        value = _rational(other)
        if value is not None:
            return Row(self.tape, self.variables, self.weights, self.offset + value)
        if not isinstance(other, Form):
            return NotImplemented
        second = _as_row(self.tape, other)
        if second is None or len(np.intersect1d(self.variables, second.variables)):
            return combination([(_ONE, self), (_ONE, other)])
        variables = np.concatenate((self.variables, second.variables))
        weights = np.concatenate((self.weights, second.weights))
        return Row(self.tape, variables, weights, self.offset + second.offset)

    __radd__ = __add__


def _as_row(tape: Tape, entry: Form) -> Row | None:
    """A form as a row, if its weights are binary64 numbers."""
    if isinstance(entry, Row):
        return entry
    weights = []
    for factor in entry.terms.values():
        p, q = int(factor.p), int(factor.q)
        if q & (q - 1) or p.bit_length() > _DIGITS or q.bit_length() > _EXPONENT:
            return None
        weights.append(p / q)
    return Row(tape, np.fromiter(entry.terms, np.int64, len(weights)), np.array(weights), entry.offset)


@dataclass(slots=True, eq=False)
class Step:
    """1 where a form is positive, 0 where it is negative, either where it is zero (see :meth:`Tape.select`)."""

    tape: Tape
    form: Form

    def __mul__(self, other: Any) -> Entry:
        entry = other if isinstance(other, Form) else _rational(other)
        return NotImplemented if entry is None else self.tape.select(self, entry, _ZERO)

    def __rsub__(self, other: Any) -> Step:
        return Step(self.tape, as_form(-self.form)) if other == 1 else NotImplemented

    __rmul__ = __mul__


Floats: TypeAlias = np.ndarray[Any, np.dtype[Any]]

Entry: TypeAlias = Form | fmpq
"""A form with variables, or a constant."""

Tensor: TypeAlias = np.ndarray[Any, Any]
"""An array of objects, each an :data:`Entry`."""


def _rational(value: Any) -> fmpq | None:
    """An exact number in FLINT; None for everything else, floats included."""
    if isinstance(value, fmpq):
        return value
    return fmpq(int(value)) if isinstance(value, int | np.integer) else None


def combination(pairs: Iterable[tuple[fmpq, Entry]]) -> Entry:
    """Σ factor·entry."""
    terms: dict[int, fmpq] = {}
    offset = _ZERO
    for factor, entry in pairs:
        if not factor:
            continue
        if not isinstance(entry, Form):
            offset += factor * entry
            continue
        offset += factor * entry.offset
        for variable, a in entry.terms.items():
            terms[variable] = terms[variable] + factor * a if variable in terms else factor * a
    terms = {v: a for v, a in terms.items() if a}
    return Form(terms, offset) if terms else offset


def as_form(entry: Entry) -> Form:
    """The entry as a form, a constant as one without variables."""
    return entry if isinstance(entry, Form) else Form({}, entry)


def cost(values: Tensor) -> int:
    """What one pass over the entries reads: 1 for a constant; numbers in an array of floats count a sixteenth."""
    if values.dtype != object:
        return values.size // _STORED + 1
    return sum(entry.cost if isinstance(entry, Form) else 1 for entry in values.flat)


def exact_entries(values: Tensor | Entry) -> Tensor:
    """An array of objects as entries, integers as rationals; UnsupportedError if an object is no exact number."""

    def exact(value: Any) -> object:
        entry = value if isinstance(value, Form | Step) else _rational(value)
        if entry is None:
            problem = f"gives an entry of type {type(value).__name__}, which is not exact; please report it"
            raise UnsupportedError(problem)
        return entry

    return entrywise(exact, np.asarray(values, dtype=object))


def entrywise(rule: Callable[..., object], *arrays: Floats) -> Tensor:
    """What a rule makes of the entries that stand at the same place, one after the other in C order."""
    whole = (np.array(array, order="C") for array in np.broadcast_arrays(*arrays))
    return np.asarray(np.frompyfunc(rule, len(arrays), 1)(*whole), dtype=object)


_Row: TypeAlias = tuple[Activation, tuple[Form, ...], int | None]
"""A unit with what it reads and the variable that it is; None for an output."""


class Tape:
    """The variables and units met so far, and at the end the network they make."""

    def __init__(self) -> None:
        self._levels: list[int] = []
        self._units: list[tuple[Activation, tuple[Form, ...], int]] = []
        self._known: dict[int, tuple[Floats, int]] = {}
        self._inputs = 0
        self._read = 0

    @property
    def is_affine(self) -> bool:
        """Whether no unit has been written yet."""
        return not self._units

    def reserve(self, numbers: int) -> None:
        """Account for numbers before they are read or made; InvalidInputError beyond ten million in all."""
        self._read += numbers
        if self._read > _MAX_READ:
            raise InvalidInputError(f"needs more than {_MAX_READ:,} numbers in all; use a smaller network")

    def _variable(self, level: int) -> Form:
        self._levels.append(level)
        return Form({len(self._levels) - 1: _ONE})

    def inputs(self, shape: Sequence[int]) -> Tensor:
        """Fresh input variables in an array of this shape, before the first unit; the network's inputs in C order."""
        size = math.prod(shape)
        if not 1 <= size <= MAX_NUMBERS:
            raise InvalidInputError(f"input shape {tuple(shape)} has {size:,} entries; 1 to {MAX_NUMBERS:,} are read")
        self.reserve(4 * size)
        result = np.empty(size, dtype=object)
        result[:] = [self._variable(0) for _ in range(size)]
        self._inputs += size
        return result.reshape(tuple(shape))

    def unit(self, activation: Activation, entries: Sequence[Entry]) -> Form:
        """The output of a new unit that reads these preactivations."""
        self.reserve(_UNIT_COST)
        forms = tuple(map(as_form, entries))
        result = self._variable(1 + max(map(self._level, forms), default=0))
        self._units.append((activation, forms, len(self._levels) - 1))
        return result

    def _level(self, form: Form) -> int:
        if not isinstance(form, Row):
            return max((self._levels[v] for v in form.terms), default=0)
        key = id(form.variables)
        if key not in self._known:  # with the array, so that no other one gets its number
            self._known[key] = form.variables, max((self._levels[v] for v in form.variables.tolist()), default=0)
        return self._known[key][1]

    def select(self, step: Step, positive: Entry, negative: Entry) -> Entry:
        """One entry where a step is 1, another where it is 0, as one unit; InvalidInputError if they do not meet."""
        difference = as_form(combination([(_ONE, positive), (-_ONE, negative)]))
        variable = next(iter(step.form.terms))
        factor = difference.terms.get(variable, _ZERO) / step.form.terms[variable]
        rest = as_form(combination([(_ONE, difference), (-factor, step.form)]))
        if rest.terms or rest.offset:
            problem = "selects between branches that do not meet where the comparison changes, which is not continuous"
            way = "use a continuous activation such as Relu, LeakyRelu or Softshrink in its place"
            raise InvalidInputError(f"{problem}; {way}")
        if not factor:
            return negative
        return combination([(_ONE, negative), (factor, self.unit(RELU, [step.form]))])

    def apply(self, activation: Activation, values: Tensor) -> Tensor:
        """A scalar activation on every entry; an array of constants is simply evaluated."""
        if activation == IDENTITY:
            return values
        if any(isinstance(entry, Form) for entry in values.flat):
            return entrywise(lambda entry: self.unit(activation, [entry]), values)
        return entrywise(lambda entry: to_fmpq(activation.value([from_fmpq(entry)])), values)

    def network(self, outputs: Iterable[Entry]) -> Network:
        """The network of all units with these affine outputs; InvalidInputError if it would hold too many numbers."""
        depth = max(self._levels, default=0)
        rows: list[list[_Row]] = [[] for _ in range(depth + 1)]
        for unit in self._units:
            rows[self._levels[unit[2]] - 1].append(unit)
        rows[depth] = [(IDENTITY, (as_form(entry),), None) for entry in outputs]
        last_read = np.zeros(len(self._levels), dtype=np.int64)
        for i, layer in enumerate(rows):
            for form in (form for _, forms, _ in layer for form in forms):
                last_read[form.variables if isinstance(form, Row) else list(form.terms)] = i
        available, dense, stored = list(range(self._inputs)), 0, 0
        layers = []
        for i, layer in enumerate(rows):
            units = layer + [(IDENTITY, (Form({v: _ONE}),), v) for v in available if last_read[v] > i]
            forms = [form for _, own, _ in units for form in own]
            floats = [row for form in forms if (row := _as_row(self, form)) is not None]
            dense += len(forms) * (len(available) + 8) if len(floats) < len(forms) else 0  # 8: what a row costs
            stored += sum(len(row.variables) + 8 for row in floats)
            if stored > MAX_FLOATS:
                raise InvalidInputError(f"needs more than {MAX_FLOATS:,} weights; use a smaller network")
            if dense > _MAX_DENSE:
                problem = f"needs more than {_MAX_DENSE:,} numbers as exact dense layers"
                raise InvalidInputError(f"{problem}; use fewer units")
            place = np.zeros(max(available, default=0) + 1, dtype=np.int64)
            place[available] = np.arange(len(available))
            biases, activations = [from_fmpq(form.offset) for form in forms], [activation for activation, _, _ in units]
            if len(floats) == len(forms):
                matrix = sparse_or_dense(len(available), [(place[row.variables], row.weights) for row in floats])
                layers.append(Layer.of_floats(matrix, biases, activations))
            else:
                weights = [[_NO_WEIGHT] * len(available) for _ in forms]
                for line, form in zip(weights, forms, strict=True):
                    for variable, factor in form.terms.items():
                        line[place[variable]] = from_fmpq(factor)
                layers.append(Layer(weights, biases, activations, inputs=len(available)))
            available = [v for _, _, v in units if v is not None]
        return Network(layers)
