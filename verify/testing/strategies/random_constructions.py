"""A strategy for constructions: networks whose number of regions is known without counting."""

import functools
from collections.abc import Callable, Collection

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy as Strategy

from theory.architecture import Architecture
from theory.bounds.comparison import all_architectures
from theory.constructions import CONSTRUCTIONS, Construction
from theory.constructions.separators import SEPARATORS
from theory.errors import InvalidInputError
from theory.exact import integer

_Member = tuple[tuple[int, ...], Callable[[], Construction]]
"""What a construction is sorted by, and how it is built."""


def constructions(*, max_claim: int = 200, families: Collection[str] | None = None) -> Strategy[Construction]:
    """Members of the construction families; shrinks toward hyperplanes in general position and small claims.

    They have up to three inputs, three hidden layers, eight hidden units, and maxout units of rank 2 or 3.

    No claim on any domain is larger than ``max_claim``.  ``families`` are keys of
    :data:`theory.constructions.CONSTRUCTIONS`, by default all.  Those that are built from parameters instead of
    architectures contribute their example, the separators all three functions.  Raises InvalidInputError if a family is
    unknown, or none of them has a member that small.

    >>> from hypothesis import find, settings
    >>> fixed = settings(derandomize=True, database=None)
    >>> find(constructions(families=["montufar"]), lambda built: built.claim.count >= 4, settings=fixed)
    <construction montufar 2-2: = 4 activation regions on R^d>
    """
    names = tuple(CONSTRUCTIONS) if families is None else tuple(families)
    members = _members(integer(max_claim, place="max_claim", minimum=1), names)
    if not members:
        raise InvalidInputError(f"no network of {', '.join(names) or 'no family'} is that small; raise max_claim")
    places = [st.integers(0, len(group) - 1).map(group.__getitem__) for group in members]
    return st.one_of(places).map(lambda member: member[1]())


@functools.cache
def _members(max_claim: int, names: tuple[str, ...]) -> list[list[_Member]]:
    """The small members, by family, those that claim least first; most are not built yet."""
    sizes = [arch.sizes for arch in all_architectures(range(1, 4), range(1, 7), range(1, 4)) if arch.units <= 8]
    shapes = [Architecture.relu(*s) for s in sizes]
    shapes += [Architecture.maxout(*s, rank=k) for s in sizes for k in (2, 3)]
    groups: list[list[_Member]] = []
    for name in names:
        family, found = CONSTRUCTIONS[name], list[_Member]()
        if family.network is not None:
            fitting = [arch for arch in shapes if family.why_not(arch) is None]
            found = [(_size(arch, family.claimed(arch)), functools.partial(family.build, arch)) for arch in fitting]
        else:
            for words in [[f"function={f}"] for f in SEPARATORS] if name == "separator" else [family.example.split()]:
                member = family.from_words(words)
                size = _size(member.network.architecture, max(claim.count for claim in member.claims))
                if member.network.architecture in shapes:
                    found.append((size, functools.partial(family.from_words, words)))
        groups.append(sorted((m for m in found if m[0][0] <= max_claim), key=lambda m: m[0]))
    return [group for group in groups if group]


def _size(arch: Architecture, claimed: int) -> tuple[int, ...]:
    return claimed, arch.units, arch.inputs, arch.depth, arch.rank
