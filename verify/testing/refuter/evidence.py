"""Evidence on disk: the network, the certificate of its count, and a script that repeats the refutation."""

from __future__ import annotations

from pathlib import Path

from theory.architecture import Architecture
from theory.bounds.bound import Bound
from theory.exact import decimal
from theory.formats import save
from theory.formats.files import write_text
from theory.network import Network
from verify.counting.region_count import count
from verify.testing.refuter.conjectures import Conjecture
from verify.testing.refuter.source_text import imports_for, layer_texts
from verify.testing.refuter.verdict import ByArchitecture, ByNetwork, ByTheorem


def network_text(network: Network) -> str:
    """Python that makes the network, one line for each layer.

    >>> print(network_text(Network.relu([([[1], ["1/2"]], [0, -1]), ([[1, 1]], [0])])))
    network = Network(
        [
            Layer([[1], ["1/2"]], [0, -1], RELU),
            Layer([[1, 1]], [0], IDENTITY),
        ]
    )
    """
    lines = [f"        {layer}," for layer in layer_texts(network)]
    return "\n".join(["network = Network(", "    [", *lines, "    ]", ")"])


def _claimed_text(conjecture: Conjecture, arch: Architecture, claimed: int) -> str:
    if conjecture.call:
        return f"claimed = {conjecture.call.format(repr(arch))}"
    return f"claimed = {decimal(claimed)}  # what {conjecture.text} says about {arch!r}"


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
    setup = f"{conjecture.setup}\n" if conjecture.call else ""
    snippet = (
        f"{imports_for(f'Architecture {network_text(network)}')}{setup}from verify import count\n\n"
        f"{network_text(network)}\n{_claimed_text(conjecture, arch, claimed)}\nregions = int(count(network))\n"
        f"print(claimed, regions)\nassert regions == {number} > claimed\n"
    )
    write_text(script, snippet)
    return ByNetwork(arch, claimed, number, network, found_by, network_file, certificate_file, script, snippet)


def by_theorem(conjecture: Conjecture, arch: Architecture, claimed: int, bound: Bound, value: int) -> ByTheorem:
    """The claimed number and the bound below it."""
    imports = [] if "import BOUNDS" in conjecture.setup else ["from theory.bounds import BOUNDS"]
    setup = "\n".join([*imports, conjecture.setup]) if conjecture.setup else imports[0]
    snippet = (
        f"from theory import Architecture\n{setup}\n\n{_claimed_text(conjecture, arch, claimed)}\n"
        f'at_most = BOUNDS["{bound.key}"]({arch!r})\nprint(claimed, at_most)\nassert at_most == {value} < claimed\n'
    )
    return ByTheorem(arch, claimed, value, bound.key, bound.source.short, bound.status.value, snippet)


def by_architecture(conjecture: Conjecture, arch: Architecture) -> ByArchitecture:
    """The statement with the values of the architecture put in."""
    values = conjecture.expression.sides(arch) if conjecture.expression else conjecture.text
    call = (
        conjecture.call.format(repr(arch))
        if conjecture.call
        else f"False  # what {conjecture.text} says about {arch!r}"
    )
    setup = f"{conjecture.setup}\n" if conjecture.call else ""
    snippet = f"from theory import Architecture\n{setup}\nassert not {call}  # {values}\n"
    return ByArchitecture(arch, values, snippet)
