"""Where statements come from: one record for each paper, of ``theory/data/sources.toml``, and the label inside it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

__all__ = ["SOURCES", "Source", "cited", "described", "tables"]


@dataclass(frozen=True)
class Source:
    """A publication, and the place ``label`` in it that is meant (``"Theorem 1"``), empty for the whole work.

    ``key`` is first author and year (``"serra2018"``); ``authors`` are family names.
    """

    key: str
    authors: tuple[str, ...]
    title: str
    venue: str
    year: int
    arxiv: str = ""
    label: str = ""

    def at(self, label: str) -> Source:
        """The same work, at this theorem."""
        return replace(self, label=label)

    @property
    def short(self) -> str:
        """Authors, year and label, as in running text."""
        names = " and ".join(self.authors) if len(self.authors) < 3 else f"{self.authors[0]} et al."
        return f"{names} {self.year}" + (f", {self.label}" if self.label else "")

    @property
    def url(self) -> str:
        """The arXiv page, or an empty string."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else ""

    def __str__(self) -> str:
        venue = self.venue if str(self.year) in self.venue else f"{self.venue} {self.year}"
        arxiv = f"arXiv:{self.arxiv}" if self.arxiv else ""
        return ", ".join(filter(None, [f"{', '.join(self.authors)}: {self.title}", venue, arxiv, self.label]))


def tables(name: str) -> Any:
    """What ``theory/data/<name>.toml`` holds."""
    return tomllib.loads(Path(__file__).with_name("data").joinpath(f"{name}.toml").read_text(encoding="utf-8"))


SOURCES = {key: Source(key, tuple(entry.pop("authors")), **entry) for key, entry in tables("sources").items()}
"""Every work the toolkit cites, by key."""


def described(name: str) -> dict[str, dict[str, Any]]:
    """The entries of ``theory/data/<name>.toml``; ``source`` and ``at``, the label in it, become a :class:`Source`."""
    entries: dict[str, dict[str, Any]] = tables(name)
    for entry in entries.values():
        entry["source"] = SOURCES[entry["source"]].at(entry.pop("at", ""))
    return entries


def cited(key: str, label: str) -> Source:
    """The place ``label`` in the work ``key`` of :data:`SOURCES`.

    >>> print(cited("serra2018", "Theorem 1"))
    Serra, Tjandraatmadja, Ramalingam: Bounding and Counting Linear Regions of Deep Neural Networks, ICML 2018, \
arXiv:1711.02114, Theorem 1
    """
    return SOURCES[key].at(label)


HERE = SOURCES["linregions"]
