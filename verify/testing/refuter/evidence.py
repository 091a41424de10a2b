"""What refutes a conjecture, with the evidence on disk: networks, certificates, and scripts that repeat it."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

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
from verify.testing.refuter.conjectures import Conjecture


@dataclass(frozen=True)
class ByNetwork:
    """One network with more regions than claimed.

    ``count`` is the exact number of full-dimensional activation regions on R^{n0}; ``found_by`` names the search that
    found it, before it was made small.  The files hold the network and the certificate of its count (``linregions
    check``); ``script`` is Python that reproduces the refutation, and ``snippet`` the same, to paste.
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
    """A proven upper bound below the claimed number.

    ``bound`` is its key in the catalog; ``source`` and ``status`` say where it is proved, and how far that was checked.
    """

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
    """An example that breaks a law.

    ``example`` is what the law's strategy drew, and ``what`` says what was compared there.  There is one certificate
    for each count that the comparison rests on, in the order of counting.  ``script`` is Python that reproduces it;
    None for a law that is not in the catalog.
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
    ("verify.testing.laws.changes", ("Extension",)),
)


def _row(values: Any) -> str:
    return f"[{', '.join(map(python_text, values))}]"


def _layer_text(layer: Layer) -> str:
    units = [unit.source() for unit in layer.units]
    shown = units[0] if len(set(units)) == 1 else f"[{', '.join(units)}]"
    inputs = "" if layer.weights else f", inputs={layer.inputs}"
    return f"Layer([{', '.join(map(_row, layer.weights))}], {_row(layer.biases)}, {shown}{inputs})"


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
    if isinstance(example, tuple) and hasattr(example, "_fields"):
        return f"{type(example).__name__}({', '.join(map(source_text, example))})"
    if isinstance(example, tuple):
        return f"({', '.join(map(source_text, example))}{',' if len(example) == 1 else ''})"
    return repr(example)


def imports_for(text: str) -> str:
    """The imports that an expression of :func:`source_text` needs.

    >>> imports_for("(Fraction(1, 2), Box([0], [1]))")
    'from fractions import Fraction\\n\\nfrom verify import Box\\n'
    """
    words = set(re.findall(r"[A-Za-z_]+", text))
    lines = []
    for module, names in _IMPORTS:
        needed = [name for name in names if name in words]
        if needed:
            lines.append(f"from {module} import {', '.join(needed)}\n" + ("\n" if module == "fractions" else ""))
    return "".join(lines)


def _value_text(conjecture: Conjecture, arch: Architecture, value: str) -> str:
    """Python for what the conjecture says about an architecture: a call, or the value if none can be quoted."""
    return conjecture.call.format(repr(arch)) or f"{value}  # what {conjecture.text} says about {arch!r}"


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
        f"claimed = {_value_text(conjecture, arch, decimal(claimed))}\nregions = int(count(network))\n"
        f"print(claimed, regions)\nassert regions == {number} > claimed\n"
    )
    write_text(script, snippet)
    return ByNetwork(arch, claimed, number, network, found_by, network_file, certificate_file, script, snippet)


def by_theorem(conjecture: Conjecture, arch: Architecture, claimed: int, bound: Bound, value: int) -> ByTheorem:
    """The claimed number and the bound below it."""
    imports = "" if "import BOUNDS" in conjecture.setup else "from theory.bounds import BOUNDS\n"
    snippet = (
        f"from theory import Architecture\n{imports}{conjecture.setup}\n"
        f"claimed = {_value_text(conjecture, arch, decimal(claimed))}\n"
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
