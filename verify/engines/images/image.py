r"""Images of cells under affine maps, in a form in which equal ones are equal; and blocks, of which they are products.

Let C be a cell, an open polyhedron of :math:`\mathbb{R}^d` with interior points, and :math:`y = G(x)` an affine map to
:math:`\mathbb{R}^\rho`.  The image Q has dimension r, the rank of G's linear part.  Let J be the first r coordinates
whose linear parts are independent.  Then :math:`u = y_J` parametrizes the affine hull of Q, y is an affine function F
of u, and Q is given by F and the polyhedron of the u in :math:`\mathbb{R}^r`, which has interior points.  J and F
depend on the hull only.  The polyhedron is named by its primitive extreme rays, vertices and directions, taken modulo
its lineality space (the coordinates at the pivots of its echelon form are made zero); they name its closure, whose
interior it is.  So two cells have the same image if and only if the keys are equal.

A layer reads the values h of the layer before through W·h + b.  With A the reduced echelon form of W, without its zero
rows, and B the columns of W at its pivots, W = B·A: so only y = A·h matters, and images are compared in that space,
whose dimension is the rank of W.  A *block* is a set of units of a layer together with the images of its own part of
the space, which is the product of the blocks.  At first every input, or group of inputs that rows of the domain join,
is a block; two become one, the product, when a unit reads both.  Until then numbers are multiplied: if no unit reads
two factors, a pattern occurs on the product of its sets in the factors, and this contains an open set if and only if
each of them does.
"""

import itertools
import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import flint

from theory.errors import InvalidInputError
from theory.exact import Row, from_fmpq, primitive_row
from theory.geometry.polyhedra import Polyhedron, Vector
from theory.geometry.region import integer_rows
from theory.network import Layer
from verify.engines.problem import NoInteriorError, Problem


@dataclass(frozen=True, slots=True)
class Image:
    """The image of a cell: y by r of its coordinates, ``forms``, ρ × (r + 1), and where these lie, None for a point."""

    forms: flint.fmpq_mat
    body: Polyhedron | None

    @property
    def dimension(self) -> int:
        """r."""
        return self.forms.ncols() - 1


def image_of(
    body: Polyhedron | None, forms: flint.fmpq_mat, known: dict[Hashable, Image] | None = None
) -> tuple[Hashable, Image]:
    """The image of the cell ``body`` under the affine map ``forms``, with its key.

    Without a body it is a point, and the forms have a constant only.  Images are looked up in ``known``, which grows.

    >>> square = Polyhedron.of(2, [(1, 0, 0), (0, 1, 0), (-1, 0, 1), (0, -1, 1)])
    >>> turned = flint.fmpq_mat(2, 3, [0, -1, 1, 1, 0, 0])
    >>> flat = flint.fmpq_mat(2, 3, [1, 1, 0, 2, 2, 1])
    >>> same = flint.fmpq_mat(2, 3, [1, 0, 0, 0, 1, 0])
    >>> image_of(square, turned)[0] == image_of(square, same)[0], image_of(square, flat)[1].body.vertices()
    (True, ((Fraction(0, 1),), (Fraction(2, 1),)))
    """
    d = forms.ncols() - 1
    hull, pivots = hull_of(forms)
    r = len(pivots)
    if r == 0 or body is None:
        return key_of(hull), Image(hull, None)
    moved = flint.fmpq_mat(r, d + 1, [forms[i, j] for i in pivots for j in range(d + 1)])
    known = {} if known is None else known
    if r < d:
        shadow = _shadow(body, moved)
        key = key_of(hull, shadow.rays, shadow.lines)
        return key, known.setdefault(key, Image(hull, shadow))
    rays, lines = _transformed(moved, body)
    key = key_of(hull, rays, lines)
    if key not in known:
        back = _with_last(moved, d).inv()
        rows = tuple(_times(row, back) for row in body.rows)
        known[key] = Image(hull, _compact(Polyhedron(rows, tuple(lines), tuple(rays), body.tight)))
    return key, known[key]


def key_of(hull: flint.fmpq_mat, rays: Sequence[Vector] = (), lines: Sequence[Vector] = ()) -> Hashable:
    """The key of an image, from the forms of its hull and the extreme rays and lines of its polyhedron."""
    return (_entries(hull), _named(rays, lines)) if rays or lines else _entries(hull)


def product(images: Sequence[Image]) -> Image:
    """The image of a product, where the coordinates of one factor follow those of the other."""
    size, at = sum(i.dimension for i in images), 0
    forms: list[Any] = []
    walls: list[Any] = []
    for image in images:
        for joint, own in ((forms, image.forms.tolist()), (walls, walls_of(image))):
            joint += [(*[0] * at, *row[:-1], *[0] * (size - at - image.dimension), row[-1]) for row in own]
        at += image.dimension
    matrix = flint.fmpq_mat(len(forms), size + 1, [v for row in forms for v in row])
    return Image(matrix, _compact(Polyhedron.of(size, walls)) if size else None)


def walls_of(image: Image) -> tuple[Row, ...]:
    """The irredundant rows of the polyhedron."""
    return image.body.rows[1:] if image.body else ()


def hull_of(forms: flint.fmpq_mat) -> tuple[flint.fmpq_mat, list[int]]:
    """The affine hull of the image of :math:`\\mathbb{R}^d`: (F, J) as in the module's docstring."""
    height, d = forms.nrows(), forms.ncols() - 1
    linear = flint.fmpq_mat(d, height, [forms[i, j] for j in range(d) for i in range(height)])
    echelon, r = linear.rref()  # M^T = (M_J)^T E, so M = E^T M_J
    pivots = [next(j for j in range(height) if echelon[i, j] != 0) for i in range(r)]
    entries = []
    for i in range(height):
        factors = [echelon[k, i] for k in range(r)]
        at_pivots = sum((f * forms[at, d] for f, at in zip(factors, pivots, strict=True) if f), flint.fmpq(0))
        entries += [*factors, forms[i, d] - at_pivots]
    return flint.fmpq_mat(height, r + 1, entries), pivots


def _entries(matrix: flint.fmpq_mat) -> Hashable:
    whole, common = matrix.numer_denom()
    return (matrix.ncols(), int(common), *map(int, whole.entries()))


def _with_last(moved: flint.fmpq_mat, d: int, extra: Sequence[int] = ()) -> flint.fmpq_mat:
    """The map (x, t) ↦ (u, t) of cones, the coordinates ``extra`` of x kept behind u."""
    rows = moved.tolist() + [[flint.fmpq(int(j == k)) for j in range(d + 1)] for k in (*extra, d)]
    return flint.fmpq_mat(rows)


def _transformed(moved: flint.fmpq_mat, body: Polyhedron) -> tuple[list[Vector], list[Vector]]:
    """Extreme rays and lines under an injective map."""
    rows, common = integer_rows(moved)

    def image(vector: Vector) -> Vector:
        return primitive_row([*(sum(map(int.__mul__, row, vector)) for row in rows), common * vector[-1]])

    return [image(ray) for ray in body.rays], [image(line) for line in body.lines]


def _times(row: Row, matrix: flint.fmpq_mat) -> Row:
    product = flint.fmpq_mat(1, len(row), list(map(flint.fmpq, row))) * matrix
    return primitive_row(list(map(int, product.numer_denom()[0].entries())))


def _named(rays: Sequence[Vector], lines: Sequence[Vector]) -> Hashable:
    """A name of the cone that these rays and lines generate, if the rays are extreme modulo the lines."""
    if not lines:
        return frozenset(rays)
    echelon, rank = flint.fmpq_mat(flint.fmpz_mat([list(line) for line in lines])).rref()
    rows: list[list[Any]] = [list(map(from_fmpq, row)) for row in echelon.tolist()[:rank]]
    reduced = set()
    for ray in rays:
        pairs = [(ray[row.index(1)], row) for row in rows]  # at the pivot of a row the others are zero
        reduced.add(primitive_row([v - sum(factor * row[j] for factor, row in pairs) for j, v in enumerate(ray)]))
    return tuple(map(primitive_row, rows)), frozenset(reduced)


def _compact(body: Polyhedron) -> Polyhedron:
    """The same polyhedron without its redundant rows; the first row, infinity, stays.

    A row is a facet of the cone if and only if no other row is zero on the same rays and more: each face lies in a
    facet, and facets are not contained in each other.
    """
    zero = [body.rays_on(k) for k in range(len(body.rows))]
    largest = {on for on in zero if not any(on != other and on & other == on for other in zero)}
    kept = [0, *(k for k, on in enumerate(zero) if k and on in largest and zero.index(on) == k)]
    tight = tuple(sum(1 << new for new, k in enumerate(kept) if mask >> k & 1) for mask in body.tight)
    return Polyhedron(tuple(body.rows[k] for k in kept), body.lines, body.rays, tight)


def _shadow(body: Polyhedron, moved: flint.fmpq_mat) -> Polyhedron:
    """The image under a map to fewer dimensions, onto R^r."""
    r, d = moved.nrows(), moved.ncols() - 1
    echelon, _ = flint.fmpq_mat(r, d, [moved[i, j] for i in range(r) for j in range(d)]).rref()
    pivots = {next(j for j in range(d) if echelon[i, j] != 0) for i in range(r)}
    back = _with_last(moved, d, [j for j in range(d) if j not in pivots]).inv()
    rows = [_times(row, back) for row in _compact(body).rows[1:]]
    for size in range(d - 1, r - 1, -1):  # Fourier and Motzkin: eliminate the last coordinate
        above, below = [row for row in rows if row[size] > 0], [row for row in rows if row[size] < 0]
        left = {(*row[:size], row[-1]) for row in rows if not row[size]}
        for p, q in itertools.product(above, below):
            pairs = zip((*p[:size], p[-1]), (*q[:size], q[-1]), strict=True)
            left.add(primitive_row([-q[size] * v + p[size] * w for v, w in pairs]))
        shadow = _compact(Polyhedron.of(size, sorted(row for row in left if any(row[:-1]))))
        rows = list(shadow.rows[1:])
    return shadow


class Reader:
    """How a layer reads some values before it: W = B·A there; ``basis`` is A, ρ × columns, ``weights`` B, rows × ρ."""

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
    """Images of one part of the space, in the coordinates y = A·h, by their keys, each with its multiplicity."""

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
    """The domain as a product of blocks of inputs; NoInteriorError if it has no interior point."""
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
