"""Families of constructions: one object for each named network of the literature.

A :class:`Family` turns an architecture, or a few named parameters, into a
:class:`~theory.constructions.claim.Construction`.  It says beforehand whether it serves an architecture
(:meth:`Family.why_not`) and how many regions it would claim there (:meth:`Family.claimed`), without building anything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from theory.architecture import Architecture
from theory.bounds.conditions import Condition, failure
from theory.constructions.claim import Claim, Construction
from theory.errors import ConditionError, InvalidInputError
from theory.exact import integer
from theory.network import Network
from theory.sources import Source, described

WORDS = described("constructions")
"""What the families say about themselves, by name."""

Member = tuple[Mapping[str, Any], Network, tuple[Claim, ...]]
"""The parameters that were asked for, the network, and its claims."""


class Family:
    """A named construction with one member for each architecture that it serves, or for each choice of parameters.

    The entry ``name`` of ``theory/data/constructions.toml`` describes it: the ``summary`` says in one line what the
    networks do, the ``source`` is paper and theorem label, ``parameters`` are the keyword parameters of :meth:`build`
    with their meaning, none if the architecture says everything, and from the ``example``, such as ``"2-4-4"`` or
    ``"depth=4"``, :meth:`from_words` makes a small member.

    The ``conditions`` are what it asks of an architecture, beyond numbers and a hidden layer; often those of a bound.
    For an architecture that meets them ``claims`` gives the claims, without building the network, which ``network``
    builds; both are None if architectures do not name members.  ``member`` builds one from parameters, which are known.
    """

    def __init__(
        self,
        name: str,
        conditions: Sequence[Condition] = (),
        claims: Callable[[Architecture], tuple[Claim, ...]] | None = None,
        network: Callable[[Architecture], Network] | None = None,
        member: Callable[[Mapping[str, Any]], Member] | None = None,
    ) -> None:
        self.name, self.conditions = name, conditions
        self.claims, self.network, self.member = claims, network, member
        words = WORDS[name]
        self.summary, self.example = str(words["summary"]), str(words["example"])
        self.source: Source = words["source"]
        self.parameters: tuple[tuple[str, str], ...] = tuple(words.get("parameters", {}).items())

    def why_not(self, arch: Architecture) -> str | None:
        """Why the family has no member of this architecture, in a sentence; None if it has one."""
        if self.network is None:
            return f"it is built from parameters, as in {self.example}"
        if arch.is_symbolic:
            return "weights need numbers; substitute the symbols"
        return failure(self.conditions, arch) if arch.depth else "it needs at least one hidden layer"

    def build(self, architecture: Architecture | str | None = None, **parameters: Any) -> Construction:
        """The member for an architecture, or for parameters, with its claims.

        A text such as ``"2-4-4"`` is read with the parameter ``rank`` if that is given.  Raises ConditionError if the
        family has no such member, and InvalidInputError if a parameter is missing, unknown or out of range.
        """
        names = [name for name, _ in self.parameters]
        for key in parameters:
            if key not in names:
                known = f"it knows {', '.join(names)}" if names else "it has none"
                raise InvalidInputError(f"{self.name} has no parameter {key!r}; {known}")
        if architecture is None:
            if self.member is None:
                raise InvalidInputError(f"{self.name} is built for an architecture; give one, as in 2-4-4")
            return self._construction(*self.member(parameters))
        rank = positive(parameters, "rank") if "rank" in parameters else None
        parameters.pop("rank", None)
        arch = Architecture.parse(architecture, rank=rank) if isinstance(architecture, str) else architecture
        claims = self._claims(arch)
        if parameters:
            raise InvalidInputError(f"{self.name}: give an architecture or parameters, not both")
        assert self.network is not None  # it has claims
        return self._construction({"architecture": str(arch)}, self.network(arch), claims)

    def claimed(self, arch: Architecture) -> int:
        """The largest number of activation regions claimed for this architecture, without building the network."""
        return max(claim.count for claim in self._claims(arch))

    def from_words(self, words: Iterable[str]) -> Construction:
        """The member that words describe: an architecture (``2-4-4``) and parameters (``depth=4``), in any order.

        >>> from theory.constructions import CONSTRUCTIONS
        >>> CONSTRUCTIONS["sawtooth"].from_words(["depth=4"])
        <construction sawtooth 1-2-2-2-2: = 16 activation regions on [0,1]>
        """
        architecture: str | None = None
        parameters: dict[str, str] = {}
        for word in words:
            key, equals, value = word.partition("=")
            if equals and key not in parameters:
                parameters[key] = value
            elif not equals and architecture is None:
                architecture = word
            else:
                raise InvalidInputError(f"{word!r} comes twice; give one architecture, and each parameter once")
        return self.build(architecture, **parameters)

    def _claims(self, arch: Architecture) -> tuple[Claim, ...]:
        if (reason := self.why_not(arch)) or self.claims is None:
            raise ConditionError(f"{self.name} has no network {arch}: {reason}")
        return self.claims(arch)

    def _construction(self, said: Mapping[str, Any], network: Network, claims: tuple[Claim, ...]) -> Construction:
        return Construction(self.name, dict(said), network, claims, self.source)

    def __repr__(self) -> str:
        return f"<family {self.name}: {self.summary}>"


def positive(parameters: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """The integer parameter ``name``, at least 1."""
    if name not in parameters:
        if default is None:
            raise InvalidInputError(f"parameter {name} is missing; give {name}=... as an integer of at least 1")
        return default
    return integer(parameters[name], place=f"parameter {name}", minimum=1)
