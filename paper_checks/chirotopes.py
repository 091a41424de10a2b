"""The signs that determinants of vectors can have: chirotopes of uniform oriented matroids, up to exchanges."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Chirotope", "cases", "order", "relations"]

Chirotope = dict[tuple[int, ...], int]
"""The sign of the determinant of each set of vectors, named by their numbers in order."""


def order(places: Iterable[int]) -> int:
    """The sign of the permutation that sorts different numbers.

    >>> order((2, 5, 9)), order((2, 9, 5))
    (1, -1)
    """
    return -1 if sum(a > b for a, b in itertools.combinations(places, 2)) % 2 else 1


def relations(rank: int, members: Sequence[int]) -> Iterator[list[tuple[int, tuple[int, ...], tuple[int, ...]]]]:
    """The Grassmann–Plücker relations of three terms: each a sign and two determinants, not in order."""
    for common in itertools.combinations(members, rank - 2) if rank > 1 else ():
        for a, b, c, d in itertools.combinations([x for x in members if x not in common], 4):
            pairs = ((1, (a, b), (c, d)), (-1, (a, c), (b, d)), (1, (a, d), (b, c)))
            yield [(sign, common + first, common + second) for sign, first, second in pairs]


def _uniform(rank: int, size: int) -> Iterator[Chirotope]:
    """All uniform chirotopes in which the first elements have the sign 1."""
    subsets = list(itertools.combinations(range(size), rank))
    number = {subset: i for i, subset in enumerate(subsets)}
    due: dict[int, list[list[tuple[int, int, int]]]] = {}  # relations by the last sign that they need
    for relation in relations(rank, range(size)):
        products = [
            (sign * order(x) * order(y), number[tuple(sorted(x))], number[tuple(sorted(y))]) for sign, x, y in relation
        ]
        due.setdefault(max(max(i, j) for _, i, j in products), []).append(products)
    signs = [0] * len(subsets)

    def extended(i: int) -> Iterator[Chirotope]:
        if i == len(subsets):
            yield dict(zip(subsets, signs, strict=True))
            return
        for sign in (1, -1) if i else (1,):
            signs[i] = sign
            if all(len({s * signs[a] * signs[b] for s, a, b in products}) == 2 for products in due.get(i, ())):
                yield from extended(i + 1)

    yield from extended(0)


def cases(rank: int, n: int) -> list[Chirotope]:
    """Uniform chirotopes of n + 1 vectors, one for each class under exchanges of the first n and a change of all signs.

    >>> len(cases(2, 4)), len(cases(3, 4))
    (10, 10)
    """
    subsets = list(itertools.combinations(range(n + 1), rank))
    number = {subset: i for i, subset in enumerate(subsets)}
    exchanges = []
    for images in itertools.permutations(range(n)):
        moved = [tuple((*images, n)[x] for x in subset) for subset in subsets]
        exchanges.append([(number[tuple(sorted(m))], order(m)) for m in moved])
    seen: set[tuple[int, ...]] = set()
    found = []
    for chirotope in _uniform(rank, n + 1):
        signs = tuple(chirotope.values())
        if signs not in seen:
            found.append(chirotope)
            for exchange in exchanges:
                other = [sign * signs[i] for i, sign in exchange]
                seen.add(tuple(other[0] * v for v in other))
    return found
