"""One layer of a network: preactivations W·h + b, and what each unit makes of them, exactly.

A scalar unit reads one row of (W, b), a maxout unit of rank k reads k rows.  Weights are fractions; those that come
from a file of floats stay the floats that they are (:mod:`theory.float_matrix`) until fractions are asked for.

>>> Layer([[1], [1]], [0, "-1/2"]).preactivations([Fraction(1, 4)])
(Fraction(1, 4), Fraction(-1, 4))
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import flint

from theory.activations import IDENTITY, RELU, Activation
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, from_fmpq, rational_vector, to_fmpq

if TYPE_CHECKING:
    from theory.float_matrix import FloatMatrix

Matrix = tuple[tuple[Fraction, ...], ...]
"""A rational matrix by rows."""
Vector = tuple[Fraction, ...]
"""A rational vector."""

Units: TypeAlias = Activation | Sequence[Activation]
"""One activation for all units of a layer, or one for each."""

_T = TypeVar("_T")


@dataclass(frozen=True, init=False, repr=False)
class Layer:
    """Preactivations W·h + b and an activation for all units or for each; an InvalidInputError names a wrong row."""

    weights: Matrix
    """W; row i (for maxout of rank k rows i·k … i·k + k − 1) belongs to unit i."""
    biases: Vector
    units: tuple[Activation, ...]
    inputs: int
    floats: FloatMatrix | None = field(compare=False)
    """The weights as floats, where they are kept so (:meth:`of_floats`); then fractions are made when they are read."""

    def __init__(
        self,
        weights: Iterable[Iterable[RationalLike]],
        biases: Iterable[RationalLike],
        activation: Units = RELU,
        *,
        inputs: int | None = None,
    ) -> None:
        rows = tuple(rational_vector(row, place=f"weights, row {i}") for i, row in enumerate(weights, start=1))
        offsets = rational_vector(biases, place="biases")
        width = len(rows[0]) if rows else inputs
        if width is None:
            raise InvalidInputError("a layer without rows needs its number of inputs; pass inputs=")
        if inputs is not None and width != inputs:
            raise InvalidInputError(f"weights, row 1 has {width} entries but the layer has {inputs} inputs")
        for i, row in enumerate(rows, start=1):
            if len(row) != width:
                raise InvalidInputError(f"weights, row {i} has {len(row)} entries but row 1 has {width}")
        self._fill(len(rows), width, offsets, activation, None)
        vars(self)["weights"] = rows

    @classmethod
    def of_floats(cls, weights: FloatMatrix, biases: Iterable[RationalLike], activation: Units = RELU) -> Layer:
        """The layer whose weights have the exact values of these floats, which are kept instead of fractions."""
        layer = cls.__new__(cls)
        layer._fill(*weights.shape, rational_vector(biases, place="biases"), activation, weights)
        return layer

    def _fill(self, rows: int, inputs: int, biases: Vector, activation: Units, floats: FloatMatrix | None) -> None:
        """Set everything but the fractions."""
        if len(biases) != rows:
            raise InvalidInputError(f"{rows} weight rows but {len(biases)} biases; give one bias for each row")
        if isinstance(activation, Activation):
            if rows % activation.rows:
                raise InvalidInputError(f"{rows} rows do not fit {activation.name}, which reads {activation.rows}")
            units: tuple[Activation, ...] = (activation,) * (rows // activation.rows)
        else:
            units = (activation,) if isinstance(activation, str) else tuple(activation)
            if wrong := [unit for unit in units if not isinstance(unit, Activation)]:
                raise InvalidInputError(f"{wrong[0]!r} is no activation; pass an object such as theory.RELU")
            if (read := sum(u.rows for u in units)) != rows:
                raise InvalidInputError(f"the units read {read} rows but the layer has {rows} weight rows")
        vars(self).update(biases=biases, units=units, inputs=inputs, floats=floats)

    def __getattr__(self, name: str) -> Any:
        floats = self.__dict__.get("floats")
        if name != "weights" or floats is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self.require_fractions()
        return vars(self).setdefault("weights", tuple(floats.fractions()))

    def require_fractions(self) -> None:
        """Raise an UnsupportedError if the layer has too many floats to be made fractions."""
        if self.floats is not None and self.floats.is_huge:
            problem = f"a layer of {self.floats.stored.size:,} weights is too large to be computed with as fractions"
            way = "follow lines, cut planes, or give count a budget, which then brackets"
            raise UnsupportedError(f"{problem}; {way}")

    @property
    def width(self) -> int:
        """Number of units, the dimension of the layer's output."""
        return len(self.units)

    @property
    def rows(self) -> int:
        """Number of preactivations."""
        return len(self.biases)

    @cached_property
    def first_rows(self) -> tuple[int, ...]:
        """Index of the first row of each unit."""
        return tuple(itertools.accumulate((unit.rows for unit in self.units[:-1]), initial=0))[: self.width]

    def rows_of(self, unit: int, forms: flint.fmpq_mat) -> list[list[flint.fmpq]]:
        """The rows that one unit reads, of a matrix with a row for each preactivation."""
        at, columns = self.first_rows[unit], range(forms.ncols())
        return [[forms[i, j] for j in columns] for i in range(at, at + self.units[unit].rows)]

    @property
    def is_affine(self) -> bool:
        """Whether every unit is an identity."""
        return all(unit.pieces == 1 and unit.rows == 1 and unit == IDENTITY for unit in self.units)

    @cached_property
    def _only_relu(self) -> bool:
        return all(unit == RELU for unit in set(self.units))

    @cached_property
    def weight_matrix(self) -> flint.fmpq_mat:
        """W as a FLINT matrix (rows × inputs).  Treat as read-only."""
        self.require_fractions()
        if self.floats is not None:
            return flint.fmpq_mat(self.floats.integers()) / self.floats.denominator
        zero = flint.fmpq()  # one object for all of them: convolutions are mostly zeros
        return flint.fmpq_mat(self.rows, self.inputs, [to_fmpq(v) if v else zero for w in self.weights for v in w])

    @cached_property
    def bias_column(self) -> flint.fmpq_mat:
        """b as a FLINT column.  Treat as read-only."""
        return flint.fmpq_mat(self.rows, 1, [to_fmpq(v) for v in self.biases])

    @cached_property
    def forms(self) -> flint.fmpq_mat:
        """(W | b): the preactivations as affine forms of the layer's own inputs.  Treat as read-only."""
        rows = zip(self.weight_matrix.tolist(), self.bias_column.entries(), strict=True)
        return flint.fmpq_mat(self.rows, self.inputs + 1, [v for row, bias in rows for v in (*row, bias)])

    def multiply(self, values: flint.fmpq_mat) -> flint.fmpq_mat:
        """W·h for the columns h of a matrix."""
        if self.floats is not None and "weight_matrix" not in self.__dict__:
            return self.floats.times(values)
        (own, common), (numerators, scale) = self._integers, values.numer_denom()
        return flint.fmpq_mat(own * numerators) / (common * scale)

    @cached_property
    def _integers(self) -> tuple[flint.fmpz_mat, flint.fmpz]:
        """(M, D) with W = M / D: FLINT would look for D in every product of rational matrices."""
        return self.weight_matrix.numer_denom()

    def read(self, values: flint.fmpq_mat) -> flint.fmpq_mat:
        r"""The preactivations :math:`W h + b` as affine forms, where the inputs h are affine forms.

        Row j of the inputs × (m + 1) matrix ``values`` is :math:`h_j(x) = a_1 x_1 + \dots + a_m x_m + c`, the constant
        c last; the result is a rows × (m + 1) matrix.
        """
        product = self.multiply(values)
        last = product.ncols() - 1
        for i, bias in enumerate(self.bias_column.entries()):
            if bias:
                product[i, last] += bias
        return product

    def push(self, forms: flint.fmpq_mat, pieces: Sequence[int]) -> flint.fmpq_mat:
        """The outputs as affine forms, a width × (m + 1) matrix, where the units take given pieces.

        ``forms`` are the preactivations, a rows × (m + 1) matrix from :meth:`read`.

        >>> layer = Layer([[1], [-2]], [3, 4])
        >>> print(layer.push(layer.forms, (1, 0)))
        [1, 3]
        [0, 0]
        """
        columns = forms.ncols()
        if self._only_relu:
            outputs = flint.fmpq_mat(forms)
            for off in (i for i, piece in enumerate(pieces) if not piece):
                for j in range(columns):
                    outputs[off, j] = 0
            return outputs
        table = forms.tolist()
        nothing = [flint.fmpq(0)] * columns
        entries: list[flint.fmpq] = []
        for unit, at, piece in zip(self.units, self.first_rows, pieces, strict=True):
            row, slope, intercept = unit.output(piece)
            form = table[at + row]
            if slope != 1:
                factor = to_fmpq(slope)
                form = [factor * v for v in form] if slope else nothing
            entries += form
            if intercept:
                entries[-1] += to_fmpq(intercept)
        return flint.fmpq_mat(self.width, columns, entries)

    def preactivations(self, point: Sequence[Fraction]) -> Vector:
        """W·h + b at a rational point h."""
        column = self.read(flint.fmpq_mat(self.inputs, 1, [to_fmpq(v) for v in point]))
        return tuple(from_fmpq(v) for v in column.entries())

    def by_unit(self, rows: Sequence[_T]) -> Iterator[tuple[Activation, Sequence[_T]]]:
        """Each unit with those of ``rows`` that it reads; there is one for each preactivation."""
        return ((unit, rows[at : at + unit.rows]) for unit, at in zip(self.units, self.first_rows, strict=True))

    def pieces_at(self, preactivations: Sequence[Fraction]) -> tuple[int, ...]:
        """The piece that each unit takes."""
        return tuple(unit.piece_of(z) for unit, z in self.by_unit(preactivations))

    def outputs_at(self, preactivations: Sequence[Fraction]) -> Vector:
        """The value of each unit."""
        return tuple(unit.value(z) for unit, z in self.by_unit(preactivations))

    def __getstate__(self) -> dict[str, Any]:
        weights = ("weights",) if self.floats is None else ()
        return {k: self.__dict__[k] for k in ("biases", "units", "inputs", "floats", *weights)}

    def __repr__(self) -> str:
        names = sorted({unit.name for unit in self.units})
        return f"<layer {self.inputs} → {self.width} units, {' and '.join(names) or 'empty'}>"
