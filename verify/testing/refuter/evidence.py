"""Evidence on disk: the network, the certificate of its count, and a script that repeats the refutation."""

from __future__ import annotations

from pathlib import Path

from theory.architecture import Architecture
from theory.bounds.bound import Bound
from theory.exact import decimal
from theory.formats import save
from theory.network import Network
from verify.counting.region_count import count
from verify.testing.refuter.claims import Claim
from verify.testing.refuter.source_text import imports_for, source_text
from verify.testing.refuter.verdict import ByArchitecture, ByNetwork, ByTheorem

__all__ = ["by_architecture", "by_network", "by_theorem", "network_text"]


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
    layers = source_text(network).removeprefix("Network([").removesuffix("])").split(", Layer(")
    lines = [f"        {layer if layer.startswith('Layer(') else f'Layer({layer}'}," for layer in layers]
    return "\n".join(["network = Network(", "    [", *lines, "    ]", ")"])


def _claimed_text(claim: Claim, arch: Architecture, claimed: int) -> str:
    if claim.call:
        return f"claimed = {claim.call.format(repr(arch))}"
    return f"claimed = {decimal(claimed)}  # what {claim.text} says about {arch!r}"


def by_network(claim: Claim, network: Network, claimed: int, number: int, found_by: str, folder: Path) -> ByNetwork:
    """Write the three files and say where they are."""
    arch = network.architecture
    place = folder / f"{str(arch).replace(' ', '-')}-{network.digest[:8]}"
    place.mkdir(parents=True, exist_ok=True)
    network_file, certificate_file, script = (place / name for name in ("network.json", "count.cert", "reproduce.py"))
    save(network, network_file, note=f"{number} regions, more than the {decimal(claimed)} of {claim.text}")
    certified = count(network, certificate=certificate_file)
    assert certified == number, f"the search counted {number} regions, the certified count is {certified}"
    setup = f"{claim.setup}\n" if claim.call else ""
    snippet = (
        f"{imports_for(f'Architecture {source_text(network)}')}{setup}from verify import count\n\n"
        f"{network_text(network)}\n{_claimed_text(claim, arch, claimed)}\nregions = int(count(network))\n"
        f"print(claimed, regions)\nassert regions == {number} > claimed\n"
    )
    script.write_text(snippet, encoding="utf-8")
    return ByNetwork(arch, claimed, number, network, found_by, network_file, certificate_file, script, snippet)


def by_theorem(claim: Claim, arch: Architecture, claimed: int, bound: Bound, value: int) -> ByTheorem:
    """The claim and the bound below it."""
    setup = f"{claim.setup}\n" if claim.call and "theory.bounds" not in claim.setup else ""
    setup = f"{claim.setup}\n" if "dataclasses" in claim.setup else f"from theory.bounds import BOUNDS\n{setup}"
    snippet = (
        f"from theory import Architecture\n{setup}\n{_claimed_text(claim, arch, claimed)}\n"
        f'at_most = BOUNDS["{bound.key}"]({arch!r})\nprint(claimed, at_most)\nassert at_most == {value} < claimed\n'
    )
    return ByTheorem(arch, claimed, value, bound.key, bound.source.short, bound.status.value, snippet)


def by_architecture(claim: Claim, arch: Architecture) -> ByArchitecture:
    """The statement with the values of the architecture put in."""
    values = claim.expression.sides(arch) if claim.expression else claim.text
    call = claim.call.format(repr(arch)) if claim.call else f"False  # what {claim.text} says about {arch!r}"
    setup = f"{claim.setup}\n" if claim.call else ""
    snippet = f"from theory import Architecture\n{setup}\nassert not {call}  # {values}\n"
    return ByArchitecture(arch, values, snippet)
