"""Domain files: a small JSON format for the sets on which regions are counted.

Every file says ``{"format": "linregions/domain", "version": 1, …}`` and one of

* ``"rows": [[a_1, …, a_d, b], …]``: the polytope {x : ⟨a, x⟩ + b ≥ 0 for every row};
* ``"lower": [...], "upper": [...]``: a box;
* ``"segment": [p, q]`` or ``"line": [p, q]``: through two points of the input space;
* ``"plane": [o, p, q]``: the plane o + s·(p − o) + t·(q − o); ``rows`` or ``lower`` and ``upper`` beside it
  cut a patch out of the parameters (s, t), otherwise it is the whole plane.

A number is a string ("p/q", "p" or a decimal), a JSON integer, or a JSON float, which stands for the exact value of
its binary64: the rule of the network files.  An optional ``"note"`` is for human readers.

>>> str(loads('{"format": "linregions/domain", "version": 1, "lower": [0, "-1/2"], "upper": [1, 2]}'))
'[0,1]×[-1/2,2]'
"""

import json
import os
from typing import Any

from theory.errors import FileFormatError, LinregionsError, located
from theory.exact import dyadic, rational, require_common
from theory.formats.files import printable, read_bytes
from theory.formats.json_file import parse_json
from verify.domain.shapes import Box, Domain, Line, Plane, Polytope, Segment

FORMAT = "linregions/domain"
VERSION = 1
_MAX_BITS = 2**26
"""Most bits of a halfspace or a point over its common denominator, powers of two apart."""
_SHAPES = ("rows", "lower", "upper", "segment", "line", "plane")


def load(path: str | os.PathLike[str]) -> Domain:
    """The domain that a file describes; a FileFormatError names the file, the place and the remedy."""
    return loads(read_bytes(path), source=path)


def loads(content: str | bytes, *, source: object = "text") -> Domain:
    """The domain that a JSON text describes; ``source`` is what error messages call the text.

    >>> loads('{"format": "linregions/domain", "version": 1, "lower": [0, 0]}')
    Traceback (most recent call last):
    theory.errors.FileFormatError: text: a box needs both "lower" and "upper"
    """
    data = parse_json(content, source)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise FileFormatError(source, "", f'is not a domain file; it must be a JSON object with "format": "{FORMAT}"')
    if type(data.get("version")) is not int or data["version"] != VERSION:
        raise FileFormatError(source, "version", f"must be {VERSION}, the version that this program reads")
    if unknown := sorted(set(data) - {"format", "version", "note", *_SHAPES}):
        known = ", ".join(_SHAPES)
        raise FileFormatError(source, printable(unknown[0]), f"unknown key; a domain is described by {known}")
    with located(source):
        return _domain({key: _numbers(data[key], key) for key in _SHAPES if key in data})


def _domain(shape: dict[str, Any]) -> Domain:
    match sorted(shape):
        case ["rows"]:
            return Polytope(_vectors(shape, "rows"))
        case ["lower", "upper"]:
            return Box(shape["lower"], shape["upper"])
        case ["segment"]:
            return Segment(*_vectors(shape, "segment", number=2))
        case ["line"]:
            return Line(*_vectors(shape, "line", number=2))
        case ["plane"] | ["lower", "plane", "upper"] | ["plane", "rows"]:
            patch = {key: value for key, value in shape.items() if key != "plane"}
            origin, first, second = _vectors(shape, "plane", number=3)
            return Plane(origin, first, second, patch=_domain(patch) if patch else None)
        case []:
            raise LinregionsError('describes no domain; give "rows", "lower" and "upper", "segment", "line" or "plane"')
        case ["lower"] | ["upper"] | ["lower", "plane"] | ["plane", "upper"]:
            raise LinregionsError('a box needs both "lower" and "upper"')
        case keys:
            raise LinregionsError(f"{', '.join(keys)} do not go together; describe one domain in one file")


def _numbers(value: Any, place: str, levels: int = 2) -> Any:
    """Lists, or lists of lists, with every number exact; an error names the entry, as in "rows, 2, 1"."""
    if isinstance(value, list):
        if not levels:
            raise LinregionsError(f"{place}: expected numbers, found a list")
        return [_numbers(entry, f"{place}, {i}", levels - 1) for i, entry in enumerate(value, start=1)]
    if isinstance(value, dict | bool) or value is None:
        found = "an object" if isinstance(value, dict) else json.dumps(value)
        raise LinregionsError(f"{place}: expected numbers, found {found}")
    return dyadic(value, place=place) if isinstance(value, float) else rational(value, place=place)


def _vectors(shape: dict[str, Any], key: str, *, number: int | None = None) -> list[Any]:
    value = shape[key]
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise LinregionsError(f"{key}: must be a list of lists of numbers")
    for i, row in enumerate(value, start=1):
        try:
            require_common(row, _MAX_BITS)
        except LinregionsError as error:
            raise LinregionsError(f"{key}, {i}: {error}") from None
    if number is not None and len(value) != number:
        raise LinregionsError(f"{key}: has {len(value)} points; it needs {number}")
    return value
