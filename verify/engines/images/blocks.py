"""Layers as they act on images, and blocks: parts of a network that no unit has joined yet.

A layer reads the values h of the layer before through W·h + b.  With A the reduced echelon form of W, without its zero
rows, and B the columns of W at its pivots, W = B·A: so only y = A·h matters, and images are compared in that space,
whose dimension is the rank of W.  A folding network of two inputs has rank two everywhere.

A *block* is a set of units of a layer together with the images of its own part of the space, which is the product of
the blocks.  At first every input, or group of inputs that rows of the domain join, is a block; two blocks become one,
the product, when a unit reads both.  Until then numbers are multiplied where cells would have to be: if no unit reads
two factors, a pattern occurs on the product of its sets in the factors, and this contains an open set if and only if
each of them does.
"""

import itertools
import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import flint

from theory.errors import InvalidInputError
from theory.geometry.polyhedra import Polyhedron
from theory.network import Layer
from verify.engines.images.image import Image, image_of, product
from verify.engines.problem import NoInteriorError, Problem


class Reader:
    """How a layer reads some of the values before it: W = B·A on these columns.

    ``basis`` is A, ρ × columns, and ``weights`` is B, rows × ρ.
    """

    def __init__(self, layer: Layer, columns: Sequence[int]) -> None:
        self.columns = tuple(columns)
        matrix = layer.weight_matrix
        part = flint.fmpq_mat(layer.rows, len(columns), [matrix[i, j] for i in range(layer.rows) for j in columns])
        echelon, rank = part.rref()
        pivots = [next(j for j in range(len(columns)) if echelon[i, j] != 0) for i in range(rank)]
        self.basis = flint.fmpq_mat(rank, len(columns), echelon.entries()[: rank * len(columns)])
        self.weights = flint.fmpq_mat(layer.rows, rank, [part[i, j] for i in range(layer.rows) for j in pivots])

    @property
    def rows(self) -> set[int]:
        """The preactivations that are not constant in these values."""
        m = self.weights
        return {i for i in range(m.nrows()) if any(m[i, j] for j in range(m.ncols()))}


@dataclass
class Block:
    """Images of one part of the space, in the coordinates y = A·h in which the next layer reads it.

    ``images`` has every image with its multiplicity, by its key.
    """

    reader: Reader
    images: dict[Hashable, tuple[Image, int]] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """The cells of the layers before, with multiplicities."""
        return sum(number for _, number in self.images.values())

    def add(self, key: Hashable, image: Image, number: int) -> None:
        """``number`` more cells with this image."""
        first, before = self.images.get(key, (image, 0))
        self.images[key] = first, before + number


def _supports(problem: Problem) -> list[list[int]]:
    """The coordinates with nonzero coefficients in each row of the domain."""
    return [[j for j, v in enumerate(row[:-1]) if v] for row in problem.rows]


def independent(problem: Problem) -> list[list[int]]:
    """The groups of inputs that neither rows of the domain nor units of the first layer join."""
    layer = problem.network.layers[0]
    columns = (zip(*own, strict=True) for _, own in layer.by_unit(layer.weights))
    links = ([j for j, column in enumerate(of_unit) if any(column)] for of_unit in columns)
    return _joined(range(problem.dimension), [*links, *_supports(problem)])


def first_blocks(problem: Problem, layer: Layer) -> list[Block]:
    """The domain as a product of blocks of inputs.

    Raises NoInteriorError if the domain has no interior point.
    """
    if any(row[-1] <= 0 and not any(row[:-1]) for row in problem.rows):
        raise NoInteriorError
    groups = _joined(range(problem.dimension), _supports(problem))
    blocks = []
    for group in groups:
        rows = [row for row in problem.rows if any(row[j] for j in group)]
        try:
            body = Polyhedron.of(len(group), [(*(row[j] for j in group), row[-1]) for row in rows])
        except InvalidInputError:
            raise NoInteriorError from None
        block = Block(Reader(layer, group))
        basis = block.reader.basis
        entries = [v for row in basis.tolist() for v in (*row, flint.fmpq(0))]
        block.add(*image_of(body, flint.fmpq_mat(basis.nrows(), len(group) + 1, entries)), 1)
        blocks.append(block)
    return blocks


def joined(layer: Layer, blocks: Sequence[Block]) -> list[tuple[list[Block], list[int]]]:
    """The blocks that the layer joins, and for each group the units that read it; no unit reads two groups."""
    reads = [block.reader.rows for block in blocks]
    numbers = layer.by_unit(range(layer.rows))
    of_unit = [[k for k, rows in enumerate(reads) if not rows.isdisjoint(own)] for _, own in numbers]
    groups = _joined(range(len(blocks)), of_unit)
    return [
        ([blocks[k] for k in group], [u for u, read in enumerate(of_unit) if read and read[0] in group])
        for group in groups
    ]


def products(blocks: Sequence[Block]) -> Iterator[tuple[Image, int]]:
    """The images of a group of blocks with their multiplicities."""
    if len(blocks) == 1:
        yield from blocks[0].images.values()
        return
    for factors in itertools.product(*(block.images.values() for block in blocks)):
        yield product([image for image, _ in factors]), math.prod(number for _, number in factors)


def _joined(items: Iterable[int], links: Iterable[Sequence[int]]) -> list[list[int]]:
    """The connected components, each sorted, in the order of their first members."""
    part = {item: {item} for item in items}
    for link in links:
        for other in link[1:]:
            small, large = sorted((part[link[0]], part[other]), key=len)
            if small is not large:
                large |= small
                part.update(dict.fromkeys(small, large))
    return sorted(sorted(group) for group in {id(group): group for group in part.values()}.values())
