"""The exact side of a line: affine functions of t in rationals, roots and signs that decide.

On an interval between two breakpoints of the layers before it, every preactivation is an affine function a·t + b.
"""

from collections.abc import Sequence
from fractions import Fraction

import flint

from theory.exact import to_fmpq
from verify.slices.prepared import Prepared

Pieces = Sequence[int]
"""The piece that each unit of a layer takes on an interval."""

Form = tuple[flint.fmpq, flint.fmpq]
"""(a, b) for a·t + b."""


class ExactLine:
    """The exact affine functions of all units along start + t·direction, computed when they are asked for.

    An interval is named by its *blocks*: ``blocks[l]`` is the number of the interval between the breakpoints of the
    layers up to l that contains it; ``pieces(l)`` gives what the units of layer l do there.
    """

    def __init__(self, network: Prepared, start: Sequence[Fraction], direction: Sequence[Fraction]) -> None:
        self.network = network
        entries = [to_fmpq(v) for pair in zip(direction, start, strict=True) for v in pair]
        self._start = flint.fmpq_mat(len(start), 2, entries)
        self._forms: dict[tuple[int, int], flint.fmpq_mat] = {}
        self._inputs: dict[tuple[int, int], flint.fmpq_mat] = {}
        self.questions = 0

    def form(self, layer: int, row: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> Form:
        """One preactivation of ``layer`` (counted from 0) on an interval."""
        part, key = self.network.layers[layer], (layer, blocks[layer])
        if (kept := self._forms.get(key)) is not None:
            return kept[row, 0], kept[row, 1]
        if key not in self._inputs:
            self._inputs[key] = self._read_by(layer, blocks, pieces)
        slope, constant = (part.row(row) * self._inputs[key]).entries()
        return slope, constant + part.layer.bias_column[row, 0]

    def forms(self, layer: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> flint.fmpq_mat:
        """All preactivations of ``layer`` on an interval, rows × (slope, constant)."""
        key = layer, blocks[layer]
        if key not in self._forms:
            self._forms[key] = self.network.layers[layer].layer.read(self._read_by(layer, blocks, pieces))
        return self._forms[key]

    def _read_by(self, layer: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> flint.fmpq_mat:
        """What ``layer`` reads on an interval."""
        if layer == 0:
            return self._start
        before = self.network.layers[layer - 1].layer
        return before.push(self.forms(layer - 1, blocks, pieces), pieces[layer - 1])

    def difference(self, layer: int, number: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> Form:
        """A difference of ``layer`` on an interval."""
        self.questions += 1
        differences = self.network.layers[layer].differences
        a, b = self.form(layer, int(differences.plus[number]), blocks, pieces)
        if differences.minus[number] >= 0:
            c, d = self.form(layer, int(differences.minus[number]), blocks, pieces)
            return a - c, b - d
        return a, b - to_fmpq(differences.exact_shift[number])

    def slopes(self, blocks: Sequence[int], pieces: Sequence[Pieces]) -> list[flint.fmpq]:
        """The derivatives of all outputs on an interval."""
        forms = self.forms(len(self.network.layers) - 1, blocks, pieces)
        return [slope for slope, _ in forms.tolist()]
