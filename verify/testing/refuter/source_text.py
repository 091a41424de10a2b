"""Examples as Python that can be pasted: networks, domains, architectures, and tuples of them."""

from __future__ import annotations

import re
from typing import Any

import theory
from theory.constructions import Construction
from theory.exact import python_text
from theory.network import Network

_IMPORTS = (
    ("fractions", ("Fraction",)),
    ("theory", tuple(sorted(theory.__all__, key=str.lower))),
    ("theory.constructions", ("CONSTRUCTIONS",)),
    ("theory.convolution", ("Convolution", "ConvolutionalArchitecture")),
    ("verify", ("Box", "Line", "Plane", "Polytope", "Segment", "WholeSpace")),
    ("verify.testing.laws.growth", ("Extension",)),
)


def _row(values: Any) -> str:
    return f"[{', '.join(map(python_text, values))}]"


def layer_texts(network: Network) -> list[str]:
    """Python that makes each layer."""
    layers = []
    for layer in network.layers:
        units = [unit.source() for unit in layer.units]
        shown = units[0] if len(set(units)) == 1 else f"[{', '.join(units)}]"
        rows = ", ".join(map(_row, layer.weights))
        inputs = "" if layer.weights else f", inputs={layer.inputs}"
        layers.append(f"Layer([{rows}], {_row(layer.biases)}, {shown}{inputs})")
    return layers


def source_text(example: Any) -> str:
    """A Python expression whose value is the example.

    >>> source_text((Network.relu([([[1]], ["1/2"]), ([[1]], [0])]), 3))
    '(Network([Layer([[1]], ["1/2"], RELU), Layer([[1]], [0], IDENTITY)]), 3)'
    """
    if isinstance(example, Network):
        return f"Network([{', '.join(layer_texts(example))}])"
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
