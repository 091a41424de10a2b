r"""Images of cells under affine maps, in a form in which equal ones are equal.

Let C be a cell, an open polyhedron of :math:`\mathbb{R}^d` with interior points, and :math:`y = G(x)` an affine map to
:math:`\mathbb{R}^\rho`.  The image Q has dimension r, the rank of G's linear part.  Let J be the first r coordinates
whose linear parts are independent.  Then :math:`u = y_J` parametrizes the affine hull of Q, y is an affine function F
of u, and Q is given by F and the polyhedron of the u in :math:`\mathbb{R}^r`, which has interior points.  J and F
depend on the hull only.  The polyhedron is named by its primitive extreme rays, vertices and directions, taken modulo
its lineality space (the coordinates at the pivots of its echelon form are made zero); they name its closure, whose
interior it is.  So two cells have the same image if and only if the keys are equal.
"""

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import flint

from theory.exact import Row, primitive_row
from theory.geometry.halfspaces import integer_rows
from theory.geometry.polyhedra import Polyhedron, Vector


@dataclass(frozen=True, slots=True)
class Image:
    """The image of a cell.

    ``forms``, ρ × (r + 1), give y as an affine function of r of its coordinates, the constant last; these lie in
    ``body``, None for a single point.
    """

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

    Without a body it is a point, and the forms, ρ × (d + 1), have a constant only.  Images are looked up in ``known``,
    which grows.

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
        rows = [_times(row, back) for row in body.rows]
        known[key] = Image(hull, _compact(Polyhedron((rows[0], *rows[1:]), tuple(lines), tuple(rays), body.tight)))
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
        constant = forms[i, d]
        for factor, at in zip(factors, pivots, strict=True):
            if factor:
                constant -= factor * forms[at, d]
        entries += [*factors, constant]
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
    echelon, _, rank = flint.fmpz_mat([list(line) for line in lines]).rref()
    rows = [list(map(int, row)) for row in echelon.tolist()[:rank]]
    pivots = [next(j for j, v in enumerate(row) if v) for row in rows]
    reduced = set()
    for ray in rays:
        rest = list(ray)
        for row, pivot in zip(rows, pivots, strict=True):
            if rest[pivot]:
                sign = 1 if row[pivot] > 0 else -1
                factor = sign * rest[pivot]
                rest = [sign * row[pivot] * v - factor * w for v, w in zip(rest, row, strict=True)]
        reduced.add(primitive_row(rest))
    return tuple(primitive_row(row) for row in rows), frozenset(reduced)


def _compact(body: Polyhedron) -> Polyhedron:
    """The same polyhedron without its redundant rows; the first row, infinity, stays.

    A row is a facet of the cone if and only if no other row is zero on the same rays and more: each face lies in a
    facet, and facets are not contained in each other.
    """
    zero = [body.rays_on(k) for k in range(len(body.rows))]
    largest = {on for on in zero if not any(on != other and on & other == on for other in zero)}
    kept = [0]
    largest.discard(zero[0])
    for k, on in enumerate(zero):
        if k and on in largest:
            largest.discard(on)
            kept.append(k)
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
