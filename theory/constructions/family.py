"""What a construction says about itself, and families of constructions: one for each named network of the literature.

Many networks of the literature have *more* regions on R^{n0} than their theorem counts, because the theorem looks only
at the cube that the network folds; such a :class:`Construction` carries a :class:`Claim` for each domain.  A
:class:`Family` turns an architecture, or a few named parameters, into one.

>>> str(Claim(44, "=", domain=unit_cube(2))), Claim(44, ">=").holds(61), Claim(44, "=").holds(61)
('= 44 activation regions on [0,1]^2', True, False)

References
----------
Stargalla, Hertrich, Reichman 2025, their numbers R1 to R6, and the examples that separate them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from theory.architecture import Architecture
from theory.bounds.bound import Condition, failure
from theory.errors import ConditionError, InvalidInputError
from theory.exact import decimal, format_rational, integer
from theory.network import Network
from theory.sources import Source, described

Corners = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
"""The lower and the upper corner of a box."""

Relation = Literal["=", ">="]
"""Whether a claim says exactly, or at least."""
Definition = Literal["activation pattern", "activation", "convex", "open connected", "closed connected", "affine piece"]
"""Which regions a claim counts."""

NOTIONS: dict[Definition, str] = {
    "activation pattern": "non-empty sets of inputs that share an activation pattern, thin ones included (R1)",
    "activation": "full-dimensional activation regions (R2)",
    "convex": "least number of full-dimensional cells of a polyhedral complex with affine cells (R3)",
    "open connected": "maximal open connected sets on which the function is affine (R4)",
    "closed connected": "components with interior of the sets where the function equals one affine piece (R5)",
    "affine piece": "distinct affine pieces (R6)",
}
"""What may be counted, from the finest to the coarsest notion: R6 ≤ R5 ≤ R4 ≤ R3 ≤ R2 ≤ R1."""


def unit_cube(dimension: int) -> Corners:
    """The corners of [0,1]^d."""
    return (Fraction(0),) * dimension, (Fraction(1),) * dimension


@dataclass(frozen=True)
class Claim:
    """A network has exactly (``"="``) or at least (``">="``) ``count`` regions in the sense of ``definition``.

    That is a key of :data:`NOTIONS`; they lie in the open box with the corners ``domain``, or in R^{n0}.
    """

    count: int
    relation: Relation = "="
    definition: Definition = "activation"
    domain: Corners | None = None

    def __post_init__(self) -> None:
        if self.relation not in ("=", ">="):
            raise InvalidInputError(f"relation {self.relation!r} is unknown; a claim says '=' or '>='")
        if self.definition not in NOTIONS:
            raise InvalidInputError(f"definition {self.definition!r} is unknown; choose one of {', '.join(NOTIONS)}")

    def holds(self, count: int) -> bool:
        """Whether an observed number of regions agrees with the claim."""
        return count == self.count if self.relation == "=" else count >= self.count

    @property
    def where(self) -> str:
        """The domain in words: ``[0,1]^2``, ``R^d``."""
        if self.domain is None:
            return "R^d"
        intervals = [f"[{format_rational(a)},{format_rational(b)}]" for a, b in zip(*self.domain, strict=True)]
        if len(set(intervals)) > 1:
            return " × ".join(intervals)
        return intervals[0] if len(intervals) == 1 else f"{intervals[0]}^{len(intervals)}"

    def __str__(self) -> str:
        noun = self.definition if self.definition.endswith(("pattern", "piece")) else f"{self.definition} region"
        return f"{self.relation} {decimal(self.count)} {noun}{'s' * (self.count != 1)} on {self.where}"


@dataclass(frozen=True, eq=False, repr=False)
class Construction:
    """A network with a provable number of regions, the member of the family ``name`` for these ``parameters``.

    There is one claim for each domain or definition; the first is the family's theorem.
    """

    name: str
    parameters: Mapping[str, Any]
    network: Network
    claims: tuple[Claim, ...]
    source: Source

    @property
    def claim(self) -> Claim:
        """The claim of the theorem that the construction stands for."""
        return self.claims[0]

    @property
    def largest_claim(self) -> Claim:
        """The claim with the most activation regions; of several the first."""
        return max((c for c in self.claims if c.definition == "activation"), key=lambda c: c.count)

    def __str__(self) -> str:
        said = ", ".join(f"{key}={value}" for key, value in self.parameters.items())
        return f"{self.name} ({said}): {'; '.join(map(str, self.claims))} ({self.source.short})"

    def __repr__(self) -> str:
        return f"<construction {self.name} {self.network.architecture}: {self.claim}>"


WORDS = described("constructions")
"""What the families say about themselves, by name."""

Member = tuple[Mapping[str, Any], Network, tuple[Claim, ...]]
"""The parameters that were asked for, the network, and its claims."""


@dataclass(eq=False, repr=False)
class Family:
    """A named construction with one member for each architecture that it serves, or for each choice of parameters.

    The entry ``name`` of ``theory/data/constructions.toml`` describes it: ``summary``, ``source``, ``parameters``
    (those of :meth:`build`, with their meaning; none if the architecture says everything), and an ``example``, such as
    ``"2-4-4"`` or ``"depth=4"``, from which :meth:`from_words` makes a small member.

    The ``conditions`` are what it asks of an architecture, beyond numbers and a hidden layer.  For one that meets them
    ``claims`` gives the claims, and ``network`` builds the network; both are None if architectures do not name members.
    ``member`` builds one from parameters, which are known.
    """

    name: str
    conditions: Sequence[Condition] = ()
    claims: Callable[[Architecture], tuple[Claim, ...]] | None = None
    network: Callable[[Architecture], Network] | None = None
    member: Callable[[Mapping[str, Any]], Member] | None = None

    def __post_init__(self) -> None:
        words = WORDS[self.name]
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
            said, network, claims = self.member(parameters)
        else:
            rank = positive({"rank": parameters.pop("rank")}, "rank") if "rank" in parameters else None
            arch = Architecture.parse(architecture, rank=rank) if isinstance(architecture, str) else architecture
            said, claims = {"architecture": str(arch)}, self._claims(arch)
            if parameters:
                raise InvalidInputError(f"{self.name}: give an architecture or parameters, not both")
            assert self.network is not None  # it has claims
            network = self.network(arch)
        return Construction(self.name, dict(said), network, claims, self.source)

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

    def __repr__(self) -> str:
        return f"<family {self.name}: {self.summary}>"


def positive(parameters: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """The integer parameter ``name``, at least 1."""
    if name not in parameters:
        if default is None:
            raise InvalidInputError(f"parameter {name} is missing; give {name}=... as an integer of at least 1")
        return default
    return integer(parameters[name], place=f"parameter {name}", minimum=1)


def positives(parameters: Mapping[str, Any], name: str, separators: str, example: str) -> tuple[int, ...]:
    """Integers of at least 1: one, a sequence, or a text with one of the ``separators`` between."""
    value = parameters.get(name)
    entries = re.split(f"[{separators}]", value) if isinstance(value, str) else value
    entries = list(entries) if isinstance(entries, list | tuple) else [] if entries is None else [entries]
    if not entries:
        raise InvalidInputError(f"parameter {name} is missing; give {example}")
    places = (f"parameter {name}, entry {i}" for i in range(1, len(entries) + 1))
    return tuple(integer(entry, place=place, minimum=1) for entry, place in zip(entries, places, strict=True))


class _Function(NamedTuple):
    formula: str
    counts: list[int]  # R1, …, R6
    layers: Any  # pairs of weights and biases


SEPARATORS = {name: _Function(**entry) for name, entry in WORDS["separator"]["functions"].items()}
"""The functions of :data:`SEPARATOR` by name: formula, the numbers R1 to R6, and the weights."""


def _separator(parameters: Mapping[str, Any]) -> Member:
    """The network of one of these functions, with a claim for each notion.

    >>> corner = SEPARATOR.build(function="corner")
    >>> [str(*corner.network(p)) for p in ((2, 1), (1, 2), (-1, 3), (-1, -3))]
    ['-1', '-1', '0', '3']
    >>> print(*corner.claims[:3], sep="; ")
    = 5 activation regions on R^d; = 7 activation patterns on R^d; = 4 convex regions on R^d
    """
    function = parameters.get("function")
    if function not in SEPARATORS:
        raise InvalidInputError(f"parameter function: {function!r} is none of {', '.join(SEPARATORS)}")
    found = SEPARATORS[function]
    claims = [Claim(count, "=", definition) for count, definition in zip(found.counts, NOTIONS, strict=True)]
    claims.insert(0, claims.pop(list(NOTIONS).index("activation")))
    return {"function": function}, Network.relu(found.layers), tuple(claims)


SEPARATOR = Family("separator", member=_separator)
"""Functions with known numbers in all senses: *corner* separates R1 to R4, *bow* R4 from R5, *hat* R5 from R6."""
