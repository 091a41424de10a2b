"""A dictionary whose error for an unknown name lists the names that are close to it.

>>> trees = Names("tree", {"oak": 1, "red oak": 2, "pine": 3})
>>> trees["oka"]
Traceback (most recent call last):
theory.errors.UnknownNameError: there is no tree 'oka'; close: oak; the others: red oak, pine
"""

import difflib
from collections.abc import Mapping
from typing import NoReturn, TypeVar

from theory.errors import UnknownNameError

_V = TypeVar("_V")
_SHOWN = 8


class Names(dict[str, _V]):
    """Objects by name; ``kind`` is the noun for one of them in an error message."""

    def __init__(self, kind: str, entries: Mapping[str, _V]) -> None:
        super().__init__(entries)
        self.kind = kind

    def __missing__(self, name: object) -> NoReturn:
        word = str(name)
        close = [known for known in self if word and word.lower() in known.lower()]
        close += [known for known in difflib.get_close_matches(word, self, n=3) if known not in close]
        others = [known for known in self if known not in close]
        parts = [f"close: {', '.join(close[:_SHOWN])}"] if close else []
        if not close or len(self) <= _SHOWN:
            tail = ", …" if len(others) > _SHOWN else ""
            parts += [f"{'the others' if close else 'known'}: {', '.join(others[:_SHOWN])}{tail}"] if others else []
        raise UnknownNameError(f"there is no {self.kind} {word[:60]!r}; {'; '.join(parts)}")
