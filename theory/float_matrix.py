"""Large matrices of floats that stand for the dyadic rationals that they hold, dense or sparse.

As fractions they would take thirty times the memory.  Products with exact vectors are formed in integers, a block of
rows at a time: 2^k·M is an integer matrix for some k, and FLINT multiplies it.

>>> matrix = FloatMatrix(np.array([[0.5, -3.0]]))
>>> matrix.denominator, matrix.times(flint.fmpq_mat(2, 1, [flint.fmpq(1, 3), flint.fmpq(1)]))
(2, [-17/6])
"""

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint
import numpy as np
import numpy.typing as npt

__all__ = ["FloatMatrix", "sparse_or_dense"]

MOST_STORED, MOST_FRACTIONS = 5_000_000, 20_000_000
"""Most entries that are stored, and most entries at all, of a matrix that is made of fractions."""
_BLOCK = 1 << 20
"""Entries that are integers of Python at the same time."""
SPARSE = 8
"""A matrix of which at most one entry in so many is not zero is kept sparse."""


class FloatMatrix:
    """Finite binary32 or binary64 numbers: an array or a scipy.sparse.csr_array, not copied, which must not change."""

    def __init__(self, values: Any) -> None:
        self.values = values
        self.shape: tuple[int, int] = values.shape

    def __getstate__(self) -> dict[str, Any]:  # without integers in FLINT's matrices, which cannot be pickled
        return {"values": self.values, "shape": self.shape}

    @property
    def is_sparse(self) -> bool:
        """Whether zeros are not stored."""
        return not isinstance(self.values, np.ndarray)

    @property
    def is_huge(self) -> bool:
        """Whether fractions of all entries would take gigabytes."""
        return self.stored.size > MOST_STORED or self.shape[0] * self.shape[1] > MOST_FRACTIONS

    @property
    def stored(self) -> npt.NDArray[Any]:
        """The entries that are stored, all that are not zero among them."""
        return np.asarray(self.values.data if self.is_sparse else self.values)

    @cached_property
    def _exponents(self) -> tuple[int, int]:
        """(k, m): 2^k·M is an integer matrix with entries below 2^(k + m)."""
        low, high = 0, -(10**9)
        for part in np.array_split(self.stored.reshape(-1), self.stored.size // _BLOCK + 1):
            fraction, exponent = np.frexp(part[part != 0].astype(np.float64))
            if len(fraction):
                mantissa = np.ldexp(fraction, 53).astype(np.int64)
                _, last = np.frexp((mantissa & -mantissa).astype(np.float64))  # the lowest bit that is set
                low = min(low, int((exponent - 54 + last).min()))
                high = max(high, int(exponent.max()))
        return -low, high

    @property
    def denominator(self) -> int:
        """The least integer, a power of 2, that makes all entries integers."""
        return int(1 << self._exponents[0])

    def _integers(self, values: npt.NDArray[Any]) -> list[int]:
        shift, size = self._exponents
        values = values.astype(np.float64).reshape(-1)
        if shift + size < 63 and shift < 1000:
            scaled: list[int] = np.ldexp(values, shift).astype(np.int64).tolist()
            return scaled
        ratios = (v.as_integer_ratio() for v in values.tolist())
        return [(p << shift) // q for p, q in ratios]

    @cached_property
    def _blocks(self) -> list[tuple[list[int] | None, flint.fmpz_mat]]:
        """Rows of the integer matrix with the columns that they read: all, or of a sparse row those that are stored."""
        if self.is_sparse:
            start = self.values.indptr.tolist()
            parts = ((self.values.indices[a:b], self.values.data[a:b]) for a, b in itertools.pairwise(start))
            return [(i.tolist(), flint.fmpz_mat(1, len(i), self._integers(part))) for i, part in parts]
        rows, columns = self.shape
        step = max(_BLOCK // max(columns, 1), 1)
        chunks = (self.values[at : at + step] for at in range(0, rows, step))
        return [(None, flint.fmpz_mat(len(chunk), columns, self._integers(chunk))) for chunk in chunks]

    def stored_integers(self) -> list[int]:
        """The entries that are stored times :attr:`denominator`, row by row."""
        return self._integers(self.stored)

    def integers(self) -> flint.fmpz_mat:
        """The matrix times :attr:`denominator`."""
        return flint.fmpz_mat(*self.shape, self._integers(self.values.toarray() if self.is_sparse else self.values))

    def row(self, row: int) -> flint.fmpq_mat:
        values = self.values[[row]].toarray() if self.is_sparse else self.values[row]
        return flint.fmpq_mat(flint.fmpz_mat(1, self.shape[1], self._integers(values))) / self.denominator

    def times(self, right: flint.fmpq_mat) -> flint.fmpq_mat:
        """The exact product with a rational matrix."""
        numerators, denominator = right.numer_denom()
        lines = numerators.tolist()
        entries: list[flint.fmpz] = []
        for columns, block in self._blocks:
            read = numerators
            if columns is not None:
                read = flint.fmpz_mat(len(columns), right.ncols(), [v for j in columns for v in lines[j]])
            entries += (block * read).entries()
        product = flint.fmpz_mat(self.shape[0], right.ncols(), entries)
        return flint.fmpq_mat(product) / (denominator * self.denominator)

    def _rows(self) -> Iterator[list[float]]:
        for i in range(self.shape[0]):
            row = self.values[[i]].toarray()[0] if self.is_sparse else self.values[i]
            yield row.astype(np.float64).tolist()

    def fractions(self) -> Iterator[tuple[Fraction, ...]]:
        """The rows as fractions, a hundred bytes for each entry that is not zero."""
        zero = Fraction(0)
        return (tuple(Fraction(v) if v else zero for v in row) for row in self._rows())

    def texts(self) -> Iterator[list[str]]:
        """The rows as :func:`theory.exact.format_rational` writes their fractions, of which none is made."""
        for row in self._rows():
            yield ["{}/{}".format(*v.as_integer_ratio()).removesuffix("/1") if v else "0" for v in row]


def sparse_or_dense(columns: int, rows: Sequence[tuple[npt.NDArray[Any], npt.NDArray[Any]]]) -> FloatMatrix:
    """The matrix with a row for each pair (places, values), zeros elsewhere; the places in a row are different."""
    lengths = np.array([len(values) for _, values in rows], dtype=np.int64)
    kind = np.result_type(np.float32, *{values.dtype for _, values in rows})
    if lengths.sum() * SPARSE < len(rows) * columns:
        from scipy.sparse import csr_array

        places, values = (np.concatenate([[], *(row[i] for row in rows)]) for i in (0, 1))
        start = np.concatenate([[0], np.cumsum(lengths)])
        return FloatMatrix(csr_array((values.astype(kind), places.astype(np.int32), start), shape=(len(rows), columns)))
    dense = np.zeros((len(rows), columns), dtype=kind)
    for line, (at, numbers) in zip(dense, rows, strict=True):
        line[at] = numbers
    return FloatMatrix(dense)
