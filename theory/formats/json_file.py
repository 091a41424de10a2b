"""The toolkit's own network file: JSON whose numbers are exact.

::

    {"format": "linregions/network", "version": 1, "inputs": 2,
     "layers": [{"weights": [["1", "-1/2"], ["0", "3"]], "biases": ["0", "1/3"], "activation": "relu"},
                {"weights": [["1", "1"]], "biases": ["0"], "activation": "identity"}]}

* A number is a string ``"p"`` or ``"p/q"``, a JSON integer, or a JSON float, which stands for the exact value of
  its binary64.
* ``weights`` is rows × inputs of the layer; ``biases`` has one entry for each row.
* ``activation`` is ``"relu"``, ``"identity"``, ``"abs"``, ``"hard_tanh"``, ``{"leaky_relu": "1/10"}``,
  ``{"breakpoints": [...], "slopes": [...]}`` or ``{"maxout": k}`` (rows i·k … i·k + k − 1 are the pieces of unit i);
  or, for a layer of mixed units, a list with one of these for each unit.
* If the last layer is not affine, an identity output layer is understood after it.
* ``"note"`` is free text; any other key, a key given twice and a missing one are errors.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from fractions import Fraction
from functools import partial
from typing import Any

import flint

from theory.activations import JSON_FORMS, NAMED, Activation
from theory.errors import FileFormatError, InvalidInputError, LinregionsError, located
from theory.exact import MAX_DIGITS, dyadic, format_rational, rational, require_common
from theory.formats.files import MAX_NUMBERS
from theory.network import Layer, Network

FORMAT = "linregions/network"
"""The first entry of a network file."""
VERSION = 1
"""The version that is written; others are refused."""
MAX_BITS = 2**31
"""Most bits of the weights of a layer over their common denominator, powers of two apart."""

_NUMBER = re.compile(r"[+-]?([0-9]+)(?:/([0-9]+))?\Z")
_FORMS = ("{" + ", ".join(f'"{key}": ...' for key in keys) + "}" for keys in JSON_FORMS.values())
_KNOWN = ", ".join([*(f'"{name}"' for name in NAMED), *_FORMS])
_IN_LAYERS = {"weights", "biases", "activation", *(key for keys in JSON_FORMS.values() for key in keys)}


class _Objects:
    """Makes the JSON objects of a text; the error for a key given twice names the layer if it is one of a network."""

    layers = 0  # complete ones

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            (key, _), *_ = Counter(key for key, _ in pairs).most_common(1)
            place = f"layer {self.layers + 1}: " if _IN_LAYERS & result.keys() else ""
            raise InvalidInputError(f"{place}the key {_shown(key)} is given twice; keep one")
        self.layers += "weights" in result
        return result


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS + 1:
        raise InvalidInputError(f"holds an integer of more than {MAX_DIGITS:,} digits")
    return int(flint.fmpz(digits))


def parse_json(content: str | bytes, source: object = "text") -> Any:
    """The JSON value of a text: integers of any size, floats as Python floats.

    Raises FileFormatError if the text is not UTF-8, not JSON (naming line and column), or has a key twice in an object.
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        if text.count("{") + text.count("[") > MAX_NUMBERS:
            raise InvalidInputError(f"holds more than {MAX_NUMBERS:,} lists and objects; use a smaller network")
        return json.loads(text, object_pairs_hook=_Objects(), parse_int=_integer)
    except UnicodeDecodeError as error:
        raise FileFormatError(source, f"byte {error.start}", "is not UTF-8 text; save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise FileFormatError(source, place, f"is not JSON ({error.msg[:1].lower()}{error.msg[1:]})") from None
    except RecursionError:
        raise FileFormatError(source, "", "is nested too deeply to be a network file") from None
    except InvalidInputError as error:
        raise FileFormatError(source, "", str(error)) from None


def loads(content: str | bytes, *, source: object = "text") -> Network:
    """The network that a JSON text describes.

    ``source``, usually a path, is what an error message calls the text.  Raises FileFormatError if the text is not a
    network file, naming the source, the layer and the row.

    >>> text = '''{"format": "linregions/network", "version": 1, "inputs": 1, "layers": [
    ...     {"weights": [[1], [1]], "biases": [0, "-1/2"], "activation": "relu"},
    ...     {"weights": [[2, -4]], "biases": [0], "activation": "identity"}]}'''
    >>> loads(text)(["1/3"])
    (Fraction(2, 3),)
    >>> loads(text.replace('"-1/2"', 'NaN'))
    Traceback (most recent call last):
    theory.errors.FileFormatError: text: layer 1, biases, entry 2: nan is not a finite number; replace it ...
    """
    return _Reader(source).network(parse_json(content, source))


def _fraction(text: str) -> str:
    """A decimal as the fraction that it means, for the end of a message; nothing for any other text."""
    try:
        return f', here "{format_rational(rational(text))}"' if len(text) <= 20 else ""
    except LinregionsError:
        return ""


class _Reader:
    """Turns a parsed JSON value into a network; every method knows the place it reads."""

    def __init__(self, source: object) -> None:
        self.source = source
        self.fail = partial(FileFormatError, source)
        self.numbers = 0

    def mapping(
        self, value: Any, place: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(place, f"expected an object with the keys {', '.join(required)}, found {_kind(value)}")
        if missing := [key for key in required if key not in value]:
            raise self.fail(place, f'the key "{missing[0]}" is missing')
        if unknown := [key for key in value if key not in required + optional]:
            known = ", ".join(f'"{name}"' for name in required + optional)
            raise self.fail(place, f"unknown key {_shown(unknown[0])}; the keys are {known}")
        return value

    def array(self, value: Any, place: str, of: str) -> list[Any]:
        if not isinstance(value, list):
            raise self.fail(place, f"expected a list of {of}, found {_kind(value)}")
        return value

    def network(self, value: Any) -> Network:
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise self.fail("", f'is not a network file; it must be a JSON object with "format": "{FORMAT}"')
        if "version" in value and (type(value["version"]) is not int or value["version"] != VERSION):
            raise self.fail("version", f"{_shown(value['version'])} is not supported, only version {VERSION} is")
        document = self.mapping(value, "", ("format", "version", "inputs", "layers"), ("note",))
        inputs = document["inputs"]
        if type(inputs) is not int or not 1 <= inputs <= MAX_NUMBERS:
            raise self.fail("inputs", f"expected an integer from 1 to {MAX_NUMBERS:,}, found {_shown(inputs)}")
        entries = self.array(document["layers"], "layers", "layers")
        if not entries:
            raise self.fail("layers", "the list is empty; a network needs at least one layer, the affine output")
        layers: list[Layer] = []
        for i, entry in enumerate(entries, start=1):
            layers.append(self.layer(entry, f"layer {i}", layers[-1].width if layers else inputs))
        width = layers[-1].width
        if not layers[-1].is_affine and self.numbers + width * width > MAX_NUMBERS:
            problem = f"has {width:,} units that bend and no layer after it; write the affine output as the last layer"
            raise self.fail(f"layer {len(layers)}", problem)
        return Network(layers)

    def layer(self, value: Any, place: str, inputs: int) -> Layer:
        entry = self.mapping(value, place, ("weights", "biases", "activation"))
        rows = self.array(entry["weights"], f"{place}, weights", "rows")
        weights = []
        for i, row in enumerate(rows, start=1):
            spot = f"{place}, weights, row {i}"
            if len(self.array(row, spot, "numbers")) != inputs:
                raise self.fail(spot, f"has {len(row)} entries but the layer has {inputs} inputs")
            weights.append(self.vector(row, spot))
        biases = self.vector(entry["biases"], f"{place}, biases")
        with located(self.source, f"{place}, weights"):
            require_common((v for row in weights for v in row), MAX_BITS)
        units, spot = entry["activation"], f"{place}, activation"
        if isinstance(units, list):
            units = [self.activation(unit, f"{spot}, unit {i}") for i, unit in enumerate(units, start=1)]
        else:
            units = self.activation(units, spot)
        with located(self.source, place):
            return Layer(weights, biases, units, inputs=inputs)

    def vector(self, values: Any, place: str) -> list[Fraction]:
        self.numbers += len(self.array(values, place, "numbers"))
        if self.numbers > MAX_NUMBERS:
            raise self.fail(place, f"the file holds more than {MAX_NUMBERS:,} numbers; use a smaller network")
        return [self.number(v, f"{place}, entry {j}") for j, v in enumerate(values, start=1)]

    def number(self, value: Any, place: str) -> Fraction:
        if isinstance(value, str):
            if not _NUMBER.match(value):
                problem = f'{_shown(value)} is not an exact number; write it as "p" or "p/q"{_fraction(value)}'
                raise self.fail(place, problem)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(place, f"expected a number, found {_kind(value)}")
        try:
            return dyadic(value) if isinstance(value, float) else rational(value)
        except LinregionsError as error:
            raise self.fail(place, str(error).removeprefix("value: ")) from None

    def activation(self, value: Any, place: str) -> Activation:
        if isinstance(value, str) and value in NAMED:
            return NAMED[value]
        keys = set(value) if isinstance(value, dict) else set()
        build = next((build for build, form in JSON_FORMS.items() if keys & set(form)), None)
        if build is None:
            raise self.fail(place, f"unknown activation {_shown(value)}; choose one of {_KNOWN}")
        form = JSON_FORMS[build]
        entry = self.mapping(value, place, tuple(form))
        with located(self.source, place):
            return build(*(self.parameter(entry[key], kind, key, place) for key, kind in form.items()))

    def parameter(self, value: Any, kind: str, key: str, place: str) -> Any:
        """What an activation is made from: a rank, a number or a list of numbers."""
        if kind != "rank":
            return self.vector(value, f"{place}, {key}") if kind == "numbers" else self.number(value, place)
        if type(value) is not int or not 1 <= value <= MAX_NUMBERS:
            raise self.fail(place, f"the rank of a {key} unit is an integer of at least 1, not {_shown(value)}")
        return value


def dumps(network: Network, *, note: str | None = None) -> str:
    """The JSON text of a network, one weight row a line; :func:`loads` gives an equal network back.

    >>> net = Network.relu([([["1/3", -1]], [0]), ([[1]], [0])])
    >>> loads(dumps(net)) == net
    True
    """
    head = f'"format": "{FORMAT}", "version": {VERSION}'
    if note is not None:
        head += f', "note": {json.dumps(note, ensure_ascii=False)}'
    layers = []
    for entry in entries(network)["layers"]:
        rows = ",\n    ".join(map(_vector_text, entry["weights"]))
        behind = f'   "biases": {_vector_text(entry["biases"])},\n   "activation": {json.dumps(entry["activation"])}}}'
        layers.append(f'  {{"weights": [\n    {rows}],\n{behind}')
    text = ",\n".join(layers)
    return f'{{{head},\n "inputs": {network.inputs},\n "layers": [\n{text}\n ]}}\n'


def entries(network: Network) -> dict[str, Any]:
    """What :func:`dumps` writes as one value, with fractions for the texts of numbers."""
    layers = []
    for layer in network.layers:
        names = [unit.to_json() for unit in layer.units]
        activation = (names[0] if names else "identity") if all(name == names[0] for name in names) else names
        weights = list(map(list, layer.weights))
        layers.append({"weights": weights, "biases": list(layer.biases), "activation": activation})
    return {"format": FORMAT, "version": VERSION, "inputs": network.inputs, "layers": layers}


def _vector_text(values: list[Fraction]) -> str:
    return "[" + ", ".join(f'"{format_rational(v)}"' for v in values) + "]"


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a truth value", type(None): "null"}
    return kinds.get(type(value), "a number")


def _shown(value: Any) -> str:
    """The value as JSON, cut to a readable length."""
    if isinstance(value, dict | list):
        return _kind(value)
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a huge integer"
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else text[:57] + "..."
