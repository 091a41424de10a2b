"""The exact side of a line: affine functions of t in integers, roots and signs that decide.

On an interval between two breakpoints of the layers before it, every preactivation is an affine function a·t + b.
With integer weights (each layer times its common denominator) a and b are integers up to a positive scale that depends
on the layer only; the scale changes no sign and no root, so it is carried in the biases alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import flint

from verify.slices.prepared import Prepared, PreparedLayer, integer_point

__all__ = ["ExactLine", "Pieces"]

Pieces = Sequence[int]
"""The piece that each unit of a layer takes on an interval."""

Entries = list[flint.fmpz]
"""Affine functions one after the other: slope, constant, slope, constant, …"""


class ExactLine:
    """The exact affine functions of all units along start + t·direction, computed when they are asked for.

    An interval is named by its *blocks*: ``blocks[l]`` is the number of the interval between the breakpoints of the
    layers up to l that contains it; ``pieces(l)`` gives what the units of layer l do there.
    """

    def __init__(self, network: Prepared, start: Sequence[Fraction], direction: Sequence[Fraction]) -> None:
        self.network = network
        both, scale = integer_point([*start, *direction])
        n = len(start)
        self.origin: Entries = [flint.fmpz(v) for i in range(n) for v in (both[n + i], both[i])]
        self.scales = [scale]  # of the outputs of layer l; l = 0 is the input
        self.row_scales: list[int] = []  # of the preactivations of layer l + 1
        for layer in network.layers:
            self.row_scales.append(self.scales[-1] * layer.common)
            self.scales.append(self.row_scales[-1] * layer.activation_denominator)
        self._rows: dict[tuple[int, int], Entries] = {}
        self._outputs: dict[tuple[int, int], flint.fmpz_mat] = {}
        self.questions = 0

    def preactivation(self, layer: int, row: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> tuple[int, int]:
        """(a, b), up to the positive scale of the layer, of one row of ``layer`` (counted from 0) on an interval."""
        kept = self._rows.get((layer, blocks[layer]))
        if kept is not None:
            return int(kept[2 * row]), int(kept[2 * row + 1])
        part = self.network.layers[layer]
        product = part.integer_row(row) * self._output(layer, blocks, pieces)
        return int(product[0, 0]), int(product[0, 1]) + part.integer_biases[row] * self.scales[layer]

    def all_preactivations(self, layer: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> Entries:
        """Every row of ``layer`` on an interval."""
        key = layer, blocks[layer]
        if key not in self._rows:
            part = self.network.layers[layer]
            self._rows[key] = self._finish(part, layer, part.times(self._output(layer, blocks, pieces)), 0)
        return self._rows[key]

    def prefetch(self, layer: int, intervals: Sequence[tuple[Sequence[int], Sequence[Pieces]]]) -> None:
        """:meth:`all_preactivations` on many intervals at once: one large product instead of many thin ones."""
        missing = {blocks[layer]: (blocks, pieces) for blocks, pieces in intervals}
        missing = {block: where for block, where in missing.items() if (layer, block) not in self._rows}
        part = self.network.layers[layer]
        names = list(missing)
        for at in range(0, len(names), _BATCH):
            batch = names[at : at + _BATCH]
            columns = [self._output_entries(layer, *missing[block]) for block in batch]
            flat = [v for i in range(0, len(columns[0]), 2) for column in columns for v in column[i : i + 2]]
            product = part.times(flint.fmpz_mat(part.layer.inputs, 2 * len(batch), flat))
            for j, block in enumerate(batch):
                self._rows[layer, block] = self._finish(part, layer, product, j)

    def _finish(self, part: PreparedLayer, layer: int, product: flint.fmpz_mat, column: int) -> Entries:
        scale = self.scales[layer]
        entries = []
        for i, bias in enumerate(part.integer_biases):
            entries += [product[i, 2 * column], product[i, 2 * column + 1] + bias * scale]
        return entries

    def _output(self, layer: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> flint.fmpz_mat:
        """What ``layer`` reads, as a matrix with the columns slope and constant."""
        key = layer, blocks[layer]
        if key not in self._outputs:
            entries = self._output_entries(layer, blocks, pieces)
            self._outputs[key] = flint.fmpz_mat(len(entries) // 2, 2, entries)
        return self._outputs[key]

    def _output_entries(self, layer: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> Entries:
        if layer == 0:
            return self.origin
        part = self.network.layers[layer - 1]
        before = self.all_preactivations(layer - 1, blocks, pieces)
        common, scale = part.activation_denominator, self.row_scales[layer - 1]
        zero = flint.fmpz(0)
        entries: Entries = []
        scaled: dict[int, list[tuple[int, int, int]]] = {}  # what each unit returns on each piece
        for key, unit in {id(unit): unit for unit in part.layer.units}.items():
            outputs = (unit.output(piece) for piece in range(unit.pieces))
            scaled[key] = [(o.row, int(o.slope * common), int(o.intercept * common) * scale) for o in outputs]
        for unit, at, piece in zip(part.layer.units, part.layer.first_rows, pieces[layer - 1], strict=True):
            row, slope, intercept = scaled[id(unit)][piece]
            first = 2 * (at + row)
            if slope == 1 and not intercept:
                entries += before[first : first + 2]
            elif slope or intercept:
                entries += [before[first] * slope, before[first + 1] * slope + intercept]
            else:
                entries += [zero, zero]
        return entries

    def difference(self, layer: int, number: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> tuple[int, int]:
        """(a, b), up to a positive factor, of a difference of ``layer``."""
        self.questions += 1
        differences = self.network.layers[layer].differences
        a, b = self.preactivation(layer, int(differences.plus[number]), blocks, pieces)
        if differences.minus[number] >= 0:
            c, d = self.preactivation(layer, int(differences.minus[number]), blocks, pieces)
            return a - c, b - d
        shift = differences.exact_shift[number]
        if not shift:
            return a, b
        return a * shift.denominator, b * shift.denominator - shift.numerator * self.row_scales[layer]

    def slopes(self, blocks: Sequence[int], pieces: Sequence[Pieces]) -> tuple[int, ...]:
        """The derivatives of all outputs on an interval, up to one positive factor."""
        return tuple(int(v) for v in self.all_preactivations(len(self.network.layers) - 1, blocks, pieces)[::2])


_BATCH = 128
"""Intervals in one product; bounds the memory."""
