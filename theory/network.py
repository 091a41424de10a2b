"""Networks with rational weights, evaluated exactly.

A network is a list of layers (:mod:`theory.layer`).  The last one is always affine (identity units); the layers before
it are *hidden*.  Skip connections are expressed by identity units that carry a value along.

>>> net = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])  # the tent map on [0, 1]
>>> net(["1/4"]), net(["3/4"])
((Fraction(1, 2),), (Fraction(1, 2),))
"""

from __future__ import annotations

import hashlib
import html
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any, TypeAlias

import flint

from theory.activations import IDENTITY, RELU, Activation, Maxout
from theory.architecture import Architecture, MixedRanks, UnitKind
from theory.errors import InvalidInputError
from theory.exact import RationalLike, dyadic, float_array, format_rational, from_fmpq, rank, rational_vector, to_fmpq
from theory.layer import Layer, Matrix, Units, Vector

__all__ = ["ForwardPass", "Layer", "Network", "Pattern", "with_decision"]

Numbers: TypeAlias = Sequence[RationalLike]
"""The coordinates of a point, or a row of a matrix."""

Pattern = tuple[tuple[int, ...], ...]
"""One piece index per unit, layer by layer; for ReLU 1 = active, 0 = inactive."""

_WIDEST_IDENTITY = 10_000
"""Most units for which an identity output layer is understood; as a matrix it has so many weights squared."""


@dataclass(frozen=True, init=False, repr=False)
class Network:
    """Rational weights: hidden layers, then an affine output layer, an identity if the last one given is not affine.

    >>> net = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> net.architecture, net.pattern(["1/2", -3])
    (Architecture.relu(2, 2), ((1, 0),))
    """

    layers: tuple[Layer, ...]

    def __init__(self, layers: Iterable[Layer]) -> None:
        chain = list(layers) if isinstance(layers, Iterable) else [layers]
        if wrong := [entry for entry in chain if not isinstance(entry, Layer)]:
            raise InvalidInputError(f"a network is made of layers, not of {wrong[0]!r}; for (W, b) use Network.relu")
        if not chain:
            raise InvalidInputError("a network needs at least one layer, the affine output")
        for i, (before, after) in enumerate(itertools.pairwise(chain), start=2):
            if after.inputs != before.width:
                raise InvalidInputError(f"layer {i} reads {after.inputs} values but layer {i - 1} gives {before.width}")
        if chain[0].inputs < 1:
            raise InvalidInputError("layer 1 reads no inputs; a network needs at least one input")
        if not chain[-1].is_affine:
            width = chain[-1].width
            if width > _WIDEST_IDENTITY:
                problem = f"an identity after the last layer, of {width:,} units, would have {width * width:,} weights"
                raise InvalidInputError(f"{problem}; give the affine output layer")
            identity = [[int(i == j) for j in range(width)] for i in range(width)]
            chain.append(Layer(identity, [0] * width, IDENTITY, inputs=width))
        object.__setattr__(self, "layers", tuple(chain))

    @classmethod
    def relu(cls, pairs: Sequence[tuple[Any, Any]]) -> Network:
        """ReLU network from exact pairs (W, b), the last one the affine output; :meth:`from_floats` takes floats."""
        return cls._of_pairs(pairs, RELU)

    @classmethod
    def maxout(cls, pairs: Sequence[tuple[Any, Any]], *, rank: int) -> Network:
        """Rank-k maxout network from exact pairs (W, b), k rows for each unit; the last pair is the affine output."""
        return cls._of_pairs(pairs, Maxout(rank))

    @classmethod
    def summed(
        cls, rows: Sequence[Sequence[Numbers]], units: Sequence[Sequence[Activation]] | None = None, *, inputs: int
    ) -> Network:
        """Hidden layers by their rows (w_1, …, w_n, b), of ReLU units by default, and the sum of the last one's units.

        >>> Network.summed([[(1, 0), (1, -1)]], inputs=1)([3])
        (Fraction(5, 1),)
        """
        layers = []
        for depth, matrix in enumerate(rows):
            own = RELU if units is None else units[depth]
            layers.append(Layer([row[:-1] for row in matrix], [row[-1] for row in matrix], own, inputs=inputs))
            inputs = layers[-1].width
        return cls([*layers, Layer([[1] * inputs], [0], IDENTITY, inputs=inputs)])

    @classmethod
    def _of_pairs(cls, pairs: Any, unit: Activation) -> Network:
        """The network of exact pairs whose hidden units are all alike."""
        given, layers = _pairs(pairs), list[Layer]()
        for i, (weights, biases) in enumerate(given, start=1):
            own, reads = unit if i < len(given) else IDENTITY, layers[-1].width if layers else None
            try:
                layers.append(Layer(weights, biases, own, inputs=reads))
            except (InvalidInputError, TypeError) as error:
                raise type(error)(f"layer {i}: {error}") from None
        return cls(layers)

    @classmethod
    def from_floats(cls, pairs: Sequence[tuple[Any, Any]], *, activation: Units | Sequence[Units] = RELU) -> Network:
        """Network from floating-point arrays, every weight taken at its exact dyadic value.

        The pairs (W, b), the last one the affine output, are NumPy arrays or nested lists of shapes (rows, inputs) and
        (rows,).  ``activation`` is one for all hidden layers, or has an entry for each.

        >>> Network.from_floats([([[0.1]], [0.0])]).layers[0].weights[0][0]
        Fraction(3602879701896397, 36028797018963968)
        """
        import numpy as np

        from theory.float_matrix import FloatMatrix

        if isinstance(activation, str):
            raise InvalidInputError(f"activation {activation!r} is a word; pass an object such as theory.RELU")
        pairs = _pairs(pairs)
        hidden: list[Any] = [activation] * (len(pairs) - 1) if isinstance(activation, Activation) else [*activation]
        if len(hidden) != len(pairs) - 1:
            raise InvalidInputError(f"{len(pairs) - 1} hidden layers but {len(hidden)} activations")
        layers = []
        for i, ((weights, biases), unit) in enumerate(zip(pairs, [*hidden, IDENTITY], strict=True), start=1):
            matrix, vector = float_array(weights, f"layer {i}, weights"), float_array(biases, f"layer {i}, biases")
            if matrix.ndim != 2 or vector.ndim != 1:
                given = f"weights of shape {matrix.shape} and biases of shape {vector.shape}"
                raise InvalidInputError(f"layer {i}: {given}; expected (rows, inputs) and (rows,)")
            try:
                kept = matrix.astype(np.float32) if getattr(weights, "dtype", None) == np.float32 else matrix
                layers.append(Layer.of_floats(FloatMatrix(kept), map(dyadic, vector), unit))
            except (InvalidInputError, TypeError) as error:
                raise type(error)(f"layer {i}: {error}") from None
        return cls(layers)

    @property
    def inputs(self) -> int:
        """Input dimension n0."""
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        """Output dimension."""
        return self.layers[-1].width

    @property
    def hidden(self) -> tuple[Layer, ...]:
        """The layers before the affine output."""
        return self.layers[:-1]

    @cached_property
    def architecture(self) -> Architecture:
        """The architecture, as a bound reads it.

        Hidden layers of identity units only are left out; an identity unit inside a layer counts as one of the layer's
        kind.  A ReLU unit is a maxout unit, too, and scalar and maxout units together are called piecewise.
        """
        bending = [layer for layer in self.hidden if not layer.is_affine]
        units = {unit for layer in bending for unit in layer.units if unit.pieces > 1}
        widths = tuple(layer.width for layer in bending)
        if units <= {RELU}:
            return Architecture(self.inputs, widths, "relu", 2)
        kinds = {unit.architecture_kind for unit in units if unit != RELU}
        kind: UnitKind = "general" if "general" in kinds else "piecewise" if "piecewise" in kinds else "maxout"
        return Architecture(self.inputs, widths, kind, max(unit.pieces for unit in units))

    @property
    def mixed_architecture(self) -> Architecture | MixedRanks:
        """The architecture, unit by unit where its units have different numbers of pieces.

        >>> first = Layer([[1], [0], [-1], [2]], [0, 0, 1, 1], [Maxout(3), RELU])
        >>> str(Network([first, Layer([[1, 1]], [0], IDENTITY)]).mixed_architecture)
        '1-(3,2)'
        """
        ranks = [[unit.pieces for unit in layer.units] for layer in self.hidden if not layer.is_affine]
        whole = self.architecture
        if whole.kind in ("relu", "general") or all(k == whole.rank for layer in ranks for k in layer):
            return whole
        return MixedRanks(self.inputs, ranks)

    def __call__(self, point: Numbers) -> Vector:
        """The exact value at a rational point."""
        h = self._point(point)
        for layer in self.layers:
            h = layer.outputs_at(layer.preactivations(h))
        return h

    def pattern(self, point: Numbers) -> Pattern:
        """The piece that each hidden unit takes at a rational point."""
        pattern = []
        values = flint.fmpq_mat(self.inputs, 1, [to_fmpq(v) for v in self._point(point)])
        for layer in self.hidden:
            forms = layer.read(values)
            pattern.append(layer.pieces_at([from_fmpq(v) for v in forms.entries()]))
            values = layer.push(forms, pattern[-1])
        return tuple(pattern)

    def points(self, points: Iterable[Numbers]) -> list[Vector]:
        """The points as rationals; one without a coordinate for each input is refused by its number, from 1 on."""
        if not isinstance(points, Iterable):
            raise InvalidInputError(f"points are lists of numbers, not {points!r}; give a list of them")
        return [self._point(point, f"point {i}") for i, point in enumerate(points, start=1)]

    def _point(self, point: Numbers, place: str = "point") -> Vector:
        h = rational_vector(point, place=place)
        if len(h) != self.inputs:
            raise InvalidInputError(f"{place} has {len(h)} coordinates but the network has {self.inputs} inputs")
        return h

    def affine_map(self, pattern: Pattern) -> tuple[Matrix, Vector]:
        """(A, c) with f(x) = A·x + c wherever the units take the given pieces."""
        self.require(pattern)
        *_, forms = self.forms(pattern)
        rows = [[from_fmpq(v) for v in row] for row in forms.tolist()]
        return tuple(tuple(row[:-1]) for row in rows), tuple(row[-1] for row in rows)

    def require(self, pattern: Sequence[Sequence[int]]) -> None:
        """Refuse what is not a pattern of the hidden layers, naming the layer and the unit."""
        if len(pattern) != len(self.hidden):
            raise InvalidInputError(f"pattern of {len(pattern)} layers for a network of {len(self.hidden)} hidden ones")
        for number, (layer, pieces) in enumerate(zip(self.hidden, pattern, strict=True), start=1):
            if len(pieces) != layer.width:
                raise InvalidInputError(f"pattern, layer {number}: {len(pieces)} pieces for {layer.width} units")
            for i, (unit, piece) in enumerate(zip(layer.units, pieces, strict=True), start=1):
                if not isinstance(piece, Integral) or not 0 <= piece < unit.pieces:
                    known = f"its pieces 0, …, {unit.pieces - 1}"
                    raise InvalidInputError(f"pattern, layer {number}, unit {i}: {piece!r} is none of {known}")

    def forms(self, pattern: Pattern) -> Iterator[flint.fmpq_mat]:
        """The preactivations of layer after layer as affine forms of the input, wherever the units take given pieces.

        Each is a rows × (inputs + 1) matrix, the constants last; there is one more than layers in the pattern.
        """
        forms = self.layers[0].forms
        yield forms
        for layer, after, pieces in zip(self.layers, self.layers[1:], pattern, strict=False):
            forms = after.read(layer.push(forms, pieces))
            yield forms

    def precompose(self, matrix: Sequence[Numbers], offset: Numbers) -> Network:
        """The network t ↦ f(A·t + c), A a rational inputs × m matrix: an invertible change of inputs, or a slice."""
        rows = [rational_vector(row, place=f"matrix, row {i}") for i, row in enumerate(matrix, start=1)]
        shift = self._point(offset)
        if len(rows) != self.inputs or len({len(row) for row in rows}) != 1 or not rows[0]:
            raise InvalidInputError(f"the matrix must have {self.inputs} rows of one length at least 1")
        return self._behind(flint.fmpq_mat([[to_fmpq(v) for v in row] for row in rows]), shift)

    def _behind(self, matrix: flint.fmpq_mat, offset: Vector, before: Sequence[Layer] = ()) -> Network:
        """The network of the layers ``before``, the affine map h ↦ A·h + c of their outputs, and this network."""
        first, inputs = self.layers[0], matrix.ncols()
        product = first.multiply(matrix)
        weights = [[from_fmpq(product[i, j]) for j in range(inputs)] for i in range(first.rows)]
        merged = Layer(weights, first.preactivations(offset), first.units, inputs=inputs)
        return Network([*before, merged, *self.layers[1:]])

    def on_line(self, start: Numbers, end: Numbers) -> Network:
        """The one-input network t ↦ f(start + t·(end − start)); t in (0, 1) is the open segment."""
        p, q = self._point(start), self._point(end)
        if p == q:
            raise InvalidInputError("the two points coincide; a line needs two different points")
        return self.precompose([[b - a] for a, b in zip(p, q, strict=True)], p)

    def on_plane(self, origin: Numbers, first: Numbers, second: Numbers) -> Network:
        """The two-input network (s, t) ↦ f(origin + s·(first − origin) + t·(second − origin))."""
        o, p, q = self._point(origin), self._point(first), self._point(second)
        if rank([[b - a for a, b in zip(o, r, strict=True)] for r in (p, q)]) < 2:
            raise InvalidInputError("the three points lie on one line; a plane needs three points in general position")
        return self.precompose([[b - a, c - a] for a, b, c in zip(o, p, q, strict=True)], o)

    def after(self, inner: Network) -> Network:
        """The composition x ↦ self(inner(x)); the inner output layer is merged into this network's first layer."""
        if not isinstance(inner, Network):
            raise InvalidInputError(f"networks are composed with networks, not with {type(inner).__name__}")
        if inner.outputs != self.inputs:
            raise InvalidInputError(f"the inner network has {inner.outputs} outputs, this one {self.inputs} inputs")
        last = inner.layers[-1]
        return self._behind(last.weight_matrix, last.biases, inner.hidden)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of a canonical text of all weights, biases and units: the network's identity in certificates."""
        text = hashlib.sha256()
        for layer in self.layers:
            text.update(f"layer {layer.inputs} {','.join(unit.name for unit in layer.units)}\n".encode())
            rows = layer.floats.texts() if layer.floats else map(_texts, layer.weights)
            for words, bias in zip(rows, layer.biases, strict=True):
                text.update((" ".join([*words, format_rational(bias)]) + "\n").encode())
        return text.hexdigest()

    def __repr__(self) -> str:
        return f"<network {self.architecture} → {self.outputs}>"

    def _repr_html_(self) -> str:
        """A table with one line for each layer."""
        lines = [
            f"<tr><td>{i}</td><td>{layer.inputs} → {layer.width}</td>"
            f"<td>{html.escape(', '.join(dict.fromkeys(unit.name for unit in layer.units)))}</td></tr>"
            for i, layer in enumerate(self.layers, start=1)
        ]
        head = "<tr><th>layer</th><th>inputs → units</th><th>activation</th></tr>"
        return f"<table><caption>network {self.architecture}</caption>{head}{''.join(lines)}</table>"


class ForwardPass:
    """The preactivations of every layer as affine forms of the input, where the layers before take given pieces.

    The common beginning of two patterns asked for one after the other is composed once; so ask in sorted order.

    >>> net = Network.relu([([[1], [-1]], [0, 3]), ([[2, 1]], [1]), ([[1]], [0])])
    >>> forward = ForwardPass(net)
    >>> forward.forms(1, ((1, 1),)), forward.forms(1, ((1, 0),))
    ([1, 4], [2, 1])
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._kept: list[tuple[tuple[int, ...], flint.fmpq_mat]] = []  # pieces of a layer, forms of the one after it

    def forms(self, depth: int, pattern: Pattern) -> flint.fmpq_mat:
        """The preactivations of layer ``depth``, from 0, where the layers before take the first of these pieces.

        They are a rows × (inputs + 1) matrix, the constants last.  Treat it as read-only.
        """
        same, most = 0, min(depth, len(self._kept))
        while same < most and self._kept[same][0] == pattern[same]:
            same += 1
        if same < depth:
            del self._kept[same:]
        layers = self.network.layers
        forms = self._kept[same - 1][1] if same else layers[0].forms
        for at in range(same, depth):
            forms = layers[at + 1].read(layers[at].push(forms, pattern[at]))
            self._kept.append((pattern[at], forms))
        return forms


def with_decision(network: Network) -> Network:
    r"""The network x ↦ (max_i f_i(x), f(x)), whose regions are those of f cut further by the class.

    The maximum is one maxout unit behind the last hidden layer, whose piece says which output is the largest (of equal
    ones the first), and identity units carry f.  A network with a single output decides for its sign.  Raises
    InvalidInputError if the network has no outputs.

    >>> scores = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 0], [0, 1]], [0, 0])])
    >>> decided = with_decision(scores)
    >>> [int(v) for v in decided([3, 2])], decided.pattern([3, 2]), decided.pattern([2, 3])
    ([3, 3, 2], ((1, 1), (0, 0, 0)), ((1, 1), (1, 0, 0)))
    """
    last = network.layers[-1]
    classes = len(last.units)
    if not classes:
        raise InvalidInputError("a network without outputs decides nothing; give one with a score for each class")
    largest = Maxout(classes) if classes > 1 else RELU
    units = [largest, *[IDENTITY] * classes]
    return Network([*network.hidden, Layer(last.weights * 2, last.biases * 2, units, inputs=last.inputs)])


def _texts(row: Vector) -> list[str]:
    return [format_rational(v) if v else "0" for v in row]  # convolutions are mostly zeros


def _pairs(pairs: Any) -> list[tuple[Any, Any]]:
    fits = isinstance(pairs, Sequence) and not isinstance(pairs, str) and len(pairs) > 0
    if not fits or any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
        raise InvalidInputError("give a list of pairs [(W, b), …], weights and biases; the last is the affine output")
    return list(pairs)
