"""What an attempt at refutation ends with: a counterexample, a survival with what was tried, or no judgment.

A claimed **upper** bound is refuted by one network with more regions, a claimed **lower** bound on the maximum only by
a proven upper bound below it, a claimed **equality** by either, a statement between formulas by an architecture, and a
law about all networks by one network.  A conjecture that survives was not refuted by what was tried; a verdict never
says more.  The evidence goes to disk: networks, certificates of their counts, and scripts that repeat the refutation.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import theory
from theory.architecture import Architecture
from theory.bounds.bound import Bound
from theory.constructions import Construction
from theory.exact import decimal, python_text
from theory.formats import save
from theory.formats.files import write_text
from theory.network import Layer, Network
from verify.counting.region_count import count
from verify.domain.shapes import Domain
from verify.testing.laws import FALSE_LAWS, LAWS, Law
from verify.testing.refuter.expressions import Conjecture
from verify.testing.refuter.worker import Trouble

Kind = Literal["upper", "lower", "equal", "statement", "law"]

_SHOWN = 5  # troubles in the text of a verdict
_OBJECTS = ("network", "example")  # of counterexamples, which the record leaves to its files and its snippet
_ROLE: dict[str, str] = {
    "upper": "an upper bound on the number of regions of every network",
    "lower": "a lower bound on the maximum over all networks",
    "equal": "the maximum over all networks",
}


@dataclass(frozen=True)
class ByNetwork:
    """One network with more regions than claimed.

    ``count`` is exact, on R^{n0}; ``found_by`` says how it was found, before it was made small.  ``script`` is Python
    that reproduces the refutation, and ``snippet`` the same, to paste.
    """

    by: ClassVar[str] = "network"
    architecture: Architecture
    claimed: int
    count: int
    network: Network
    found_by: str
    network_file: Path
    certificate_file: Path
    script: Path
    snippet: str

    def __str__(self) -> str:
        return (
            f"{self.architecture}: claimed {decimal(self.claimed)}, but a network has {decimal(self.count)} regions\n"
            f"found by {self.found_by}\nnetwork {self.network_file}\ncertificate {self.certificate_file} "
            f"(linregions check {self.certificate_file})\nreproduce with python {self.script}, which is:\n\n"
            f"{self.snippet}"
        )


@dataclass(frozen=True)
class ByTheorem:
    """A proven upper ``bound`` below the claimed number, where it is proved, and how far that was checked."""

    by: ClassVar[str] = "theorem"
    architecture: Architecture
    claimed: int
    at_most: int
    bound: str
    source: str
    status: str
    snippet: str

    def __str__(self) -> str:
        return (
            f"{self.architecture}: claimed {decimal(self.claimed)}, but no network has more than "
            f"{decimal(self.at_most)} regions\nby {self.bound} ({self.source}; {self.status})\n\n{self.snippet}"
        )


@dataclass(frozen=True)
class ByArchitecture:
    """An architecture at which a statement between formulas is false, and the statement with its values put in."""

    by: ClassVar[str] = "architecture"
    architecture: Architecture
    values: str
    snippet: str

    def __str__(self) -> str:
        return f"{self.architecture}: {self.values} is false\n\n{self.snippet}"


@dataclass(frozen=True)
class ByExample:
    """An example that breaks a law, drawn by the law's strategy, and ``what`` was compared there.

    ``certificates`` are those of the counts compared, in their order; there is a ``script`` for a law of the catalog.
    """

    by: ClassVar[str] = "example"
    example: Any
    what: str
    certificates: tuple[Path, ...]
    script: Path | None
    snippet: str

    def __str__(self) -> str:
        proofs = "".join(f"certificate {path} (linregions check {path})\n" for path in self.certificates)
        where = f"reproduce with python {self.script}, which is:\n\n" if self.script else ""
        return f"{self.what}\n{proofs}{where}{self.snippet}"


Counterexample = ByNetwork | ByTheorem | ByArchitecture | ByExample
"""What refutes a conjecture: a network, a theorem, an architecture or an example of a law."""


_IMPORTS = (
    ("fractions", ("Fraction",)),
    ("theory", tuple(sorted(theory.__all__, key=str.lower))),
    ("theory.constructions", ("CONSTRUCTIONS",)),
    ("theory.convolution", ("Convolution", "ConvolutionalArchitecture")),
    ("verify", ("Box", "Line", "Plane", "Polytope", "Segment", "WholeSpace")),
    ("verify.testing.laws.counts", ("Extension",)),
)


def _layer_text(layer: Layer) -> str:
    *rows, biases = (f"[{', '.join(map(python_text, row))}]" for row in (*layer.weights, layer.biases))
    units = [unit.source() for unit in layer.units]
    shown = units[0] if len(set(units)) == 1 else f"[{', '.join(units)}]"
    inputs = "" if layer.weights else f", inputs={layer.inputs}"
    return f"Layer([{', '.join(rows)}], {biases}, {shown}{inputs})"


def source_text(example: Any) -> str:
    """A Python expression whose value is the example.

    >>> source_text((Network.relu([([[1]], ["1/2"]), ([[1]], [0])]), 3))
    '(Network([Layer([[1]], ["1/2"], RELU), Layer([[1]], [0], IDENTITY)]), 3)'
    """
    if isinstance(example, Network):
        return f"Network([{', '.join(map(_layer_text, example.layers))}])"
    if isinstance(example, Construction):
        family = f'CONSTRUCTIONS["{example.name}"]'
        if "architecture" in example.parameters:
            return f"{family}.build({example.network.architecture!r})"
        return f"{family}.from_words({[f'{key}={text}' for key, text in example.parameters.items()]!r})"
    if isinstance(example, tuple):
        name, comma = type(example).__name__ if hasattr(example, "_fields") else "", "," if len(example) == 1 else ""
        return f"{name}({', '.join(map(source_text, example))}{comma})"
    return repr(example)


def imports_for(text: str) -> str:
    """The imports that an expression of :func:`source_text` needs."""
    words = set(re.findall(r"[A-Za-z_]+", text))
    needed = ((module, [name for name in names if name in words]) for module, names in _IMPORTS)
    lines = [f"from {module} import {', '.join(names)}\n" for module, names in needed if names]
    return "".join(lines).replace("import Fraction\n", "import Fraction\n\n")


def _claim_text(conjecture: Conjecture, arch: Architecture, claimed: int) -> str:
    """A line of Python with what the conjecture says about an architecture: a call, or the value if none is quoted."""
    call = conjecture.call.format(repr(arch))
    return f"claimed = {call or f'{decimal(claimed)}  # what {conjecture.text} says about {arch!r}'}\n"


def by_network(
    conjecture: Conjecture, network: Network, claimed: int, number: int, found_by: str, folder: Path
) -> ByNetwork:
    """Write the network, the certificate of its count and a script that repeats the refutation."""
    arch = network.architecture
    place = folder / f"{str(arch).replace(' ', '-')}-{network.digest[:8]}"
    place.mkdir(parents=True, exist_ok=True)
    network_file, certificate_file, script = (place / name for name in ("network.json", "count.cert", "reproduce.py"))
    save(network, network_file, note=f"{number} regions, more than the {decimal(claimed)} of {conjecture.text}")
    certified = count(network, certificate=certificate_file)
    assert certified == number, f"the search counted {number} regions, the certified count is {certified}"
    layers = "".join(f"        {_layer_text(layer)},\n" for layer in network.layers)
    made = f"network = Network(\n    [\n{layers}    ]\n)"
    snippet = (
        f"{imports_for(f'Architecture {made}')}{conjecture.setup}from verify import count\n\n{made}\n"
        f"{_claim_text(conjecture, arch, claimed)}regions = int(count(network))\n"
        f"print(claimed, regions)\nassert regions == {number} > claimed\n"
    )
    write_text(script, snippet)
    return ByNetwork(arch, claimed, number, network, found_by, network_file, certificate_file, script, snippet)


def by_theorem(conjecture: Conjecture, arch: Architecture, claimed: int, bound: Bound, value: int) -> ByTheorem:
    """The claimed number and the bound below it."""
    snippet = (
        f"from theory import Architecture\nfrom theory.bounds import BOUNDS\n{conjecture.setup}\n"
        f"{_claim_text(conjecture, arch, claimed)}"
        f'at_most = BOUNDS["{bound.key}"]({arch!r})\nprint(claimed, at_most)\nassert at_most == {value} < claimed\n'
    )
    return ByTheorem(arch, claimed, value, bound.key, bound.source.short, bound.status.value, snippet)


def by_architecture(conjecture: Conjecture, arch: Architecture) -> ByArchitecture:
    """The statement with the values of the architecture put in."""
    statement: Any = conjecture.function  # an Expression
    values, call = statement.sides(arch), conjecture.call.format(repr(arch))
    snippet = f"from theory import Architecture\n{conjecture.setup}\nassert not {call}  # {values}\n"
    return ByArchitecture(arch, values, snippet)


def by_example(law: Law, example: Any, folder: Path) -> ByExample:
    """Look at the example once more with certified counts, and write down how to repeat that."""
    text = source_text(example)
    names = {"LAWS": LAWS, "FALSE_LAWS": FALSE_LAWS}
    catalog = next((name for name, laws in names.items() if laws.get(law.name) is law), None)
    if catalog is None:
        return ByExample(example, law.look(example).what, (), None, f"example = {text}\n")
    place = folder / f"{law.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    place.mkdir(parents=True, exist_ok=True)
    certificates: list[Path] = []

    def certified(network: Network, domain: Domain) -> int:
        certificates.append(place / f"count-{len(certificates) + 1}.cert")
        return int(count(network, domain, certificate=certificates[-1]))

    finding = law.look(example, certified)
    snippet = (
        f"{imports_for(text)}from verify.testing.laws import {catalog}\n\nexample = {text}\n"
        f'finding = {catalog}["{law.name}"].look(example)\nprint(finding.what)\nassert not finding.holds\n'
    )
    script = place / "reproduce.py"
    write_text(script, snippet)
    return ByExample(example, finding.what, tuple(certificates), script, snippet)


def _record(value: Any) -> Any:
    """For JSON: numbers and texts as they are, objects field by field without ``_file``, anything else as its text."""
    if isinstance(value, Tried | Counterexample | Verdict):
        kept = {name.removesuffix("_file"): entry for name, entry in vars(value).items() if name not in _OBJECTS}
        value = {"by": value.by, **kept} if isinstance(value, Counterexample) else kept
    elif isinstance(value, Trouble):
        value = value._asdict()
    if isinstance(value, dict):
        return {key: _record(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [_record(entry) for entry in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


@dataclass
class Tried:
    """What was tried, in numbers.

    The conjecture was evaluated at so many ``architectures``, up to the ``largest``, and said nothing about the
    ``silent`` ones.  It is proved at the ``settled`` ones, ``settled_by`` theorems, records and constructions: an upper
    bound by a proven bound that is no larger, a lower bound by a network or a bound that attains it, an equality by
    both.  ``stopped`` says where and why the sweep through further architectures ended, if the function failed there.
    The ``networks`` that were counted, by their ``methods``, have so many ``regions``; a law was tried at ``examples``.
    """

    architectures: int = 0
    largest: Architecture | None = None
    silent: int = 0
    settled: int = 0
    settled_by: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
    networks: int = 0
    regions: int = 0
    examples: int = 0
    methods: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        reach = f" up to {self.largest}" if self.largest is not None else ""
        proofs = ", ".join(f"{name} ({number})" for name, number in self.settled_by.most_common())
        methods = ", ".join(f"{number} {name}" for name, number in self.methods.most_common())
        parts = {
            f"{self.architectures} architecture{'s' * (self.architectures != 1)}{reach}": self.architectures,
            f"{self.silent} of which it says nothing about": self.silent,
            f"{self.settled} where it is settled, by {proofs}": self.settled,
            f"{self.networks} networks ({methods}) with {self.regions} regions counted": self.networks,
            f"{self.examples} examples": self.examples,
            f"no further, for {self.stopped}": self.stopped,
        }
        return "; ".join(text for text, told in parts.items() if told) or "nothing"

    @property
    def all_settled(self) -> bool:
        """Whether the conjecture is proved at every architecture at which it says anything."""
        return 0 < self.settled == self.architectures - self.silent


@dataclass(frozen=True, repr=False)
class Verdict:
    """The end of an attempt to refute; ``troubles`` are architectures where the function gave no number, and why."""

    statement: str
    kind: Kind
    outcome: Literal["survived", "refuted", "not judged"]
    counterexample: Counterexample | None
    troubles: tuple[Trouble, ...]
    tried: Tried
    seed: int
    seconds: float = field(compare=False)

    @property
    def refuted(self) -> bool:
        """Whether a counterexample was found."""
        return self.outcome == "refuted"

    @property
    def exit_code(self) -> int:
        """0 survived, 1 refuted, 2 could not be judged."""
        return {"survived": 0, "refuted": 1, "not judged": 2}[self.outcome]

    def __repr__(self) -> str:
        return f"<{self.statement}: {self.outcome} after {self.tried}>"

    def __str__(self) -> str:
        what = self.statement if self.kind in ("statement", "law") else f"{self.statement} as {_ROLE[self.kind]}"
        lines = [f"{self.outcome}: {what} ({self.seconds:.1f} s)"]
        if self.counterexample is not None:
            lines.append(str(self.counterexample))
        lines += [f"not judged {trouble}" for trouble in self.troubles[:_SHOWN]]
        if len(self.troubles) > _SHOWN:
            lines.append(f"and {len(self.troubles) - _SHOWN} more architectures at which it could not be judged")
        lines.append(f"tried: {self.tried} (seed {self.seed})")
        if self.outcome == "survived" and self.tried.all_settled:
            lines.append("Settled: it is proved at every architecture that was tried, by what is named above.")
        elif self.outcome == "survived":
            lines.append("Not refuted is not proved: this says what was tried, and nothing about what was not.")
        return "\n".join(lines)

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {**_record(self), "seconds": round(self.seconds, 3)}
