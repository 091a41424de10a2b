"""Where statements come from: one record for each paper, and the theorem label inside it.

A :class:`Source` names a publication; :meth:`Source.at` pins a label ("Theorem 1") to it.  Bounds,
constructions and expectations carry a pinned source, so that every number the toolkit prints can be
followed to the sentence it stands on.

>>> print(SERRA2018.at("Theorem 1"))
Serra, Tjandraatmadja, Ramalingam: Bounding and Counting Linear Regions of Deep Neural Networks, ICML 2018, \
arXiv:1711.02114, Theorem 1
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["SOURCES", "Source"]


@dataclass(frozen=True)
class Source:
    """A publication, and the place in it that is meant.

    Parameters
    ----------
    key : str
        Short name, first author and year: ``"serra2018"``.
    authors : tuple of str
        Family names in the order of the paper.
    title, venue : str
    year : int
    arxiv : str
        Identifier such as ``"1711.02114"``; empty if there is none.
    label : str
        ``"Theorem 1"``; empty for the whole work.
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
        """Authors, year and label, as in running text.

        >>> SERRA2018.at("Theorem 1").short
        'Serra et al. 2018, Theorem 1'
        """
        names = self.authors[0] if len(self.authors) == 1 else " and ".join(self.authors)
        if len(self.authors) > 2:
            names = f"{self.authors[0]} et al."
        return f"{names} {self.year}" + (f", {self.label}" if self.label else "")

    @property
    def url(self) -> str:
        """The arXiv page, or an empty string."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else ""

    def __str__(self) -> str:
        venue = self.venue if str(self.year) in self.venue else f"{self.venue} {self.year}"
        parts = [f"{', '.join(self.authors)}: {self.title}", venue]
        parts += [f"arXiv:{self.arxiv}"] if self.arxiv else []
        parts += [self.label] if self.label else []
        return ", ".join(parts)


ZASLAVSKY1975 = Source(
    "zaslavsky1975",
    ("Zaslavsky",),
    "Facing up to Arrangements: Face-Count Formulas for Partitions of Space by Hyperplanes",
    "Memoirs of the American Mathematical Society 154",
    1975,
)
WEIBEL2012 = Source(
    "weibel2012",
    ("Weibel",),
    "Maximal f-vectors of Minkowski Sums of Large Numbers of Polytopes",
    "Discrete & Computational Geometry 47",
    2012,
)
PASCANU2013 = Source(
    "pascanu2013",
    ("Pascanu", "Montúfar", "Bengio"),
    "On the Number of Response Regions of Deep Feed Forward Networks with Piece-wise Linear Activations",
    "ICLR 2014",
    2013,
    "1312.6098",
)
MONTUFAR2014 = Source(
    "montufar2014",
    ("Montúfar", "Pascanu", "Cho", "Bengio"),
    "On the Number of Linear Regions of Deep Neural Networks",
    "NIPS 2014",
    2014,
    "1402.1869",
)
TELGARSKY2015 = Source(
    "telgarsky2015",
    ("Telgarsky",),
    "Representation Benefits of Deep Feedforward Networks",
    "preprint",
    2015,
    "1509.08101",
)
ARORA2018 = Source(
    "arora2018",
    ("Arora", "Basu", "Mianjy", "Mukherjee"),
    "Understanding Deep Neural Networks with Rectified Linear Units",
    "ICLR 2018",
    2018,
    "1611.01491",
)
RAGHU2017 = Source(
    "raghu2017",
    ("Raghu", "Poole", "Kleinberg", "Ganguli", "Sohl-Dickstein"),
    "On the Expressive Power of Deep Neural Networks",
    "ICML 2017",
    2017,
    "1606.05336",
)
MONTUFAR2017 = Source(
    "montufar2017",
    ("Montúfar",),
    "Notes on the Number of Linear Regions of Deep Neural Networks",
    "SampTA 2017",
    2017,
)
SERRA2018 = Source(
    "serra2018",
    ("Serra", "Tjandraatmadja", "Ramalingam"),
    "Bounding and Counting Linear Regions of Deep Neural Networks",
    "ICML 2018",
    2018,
    "1711.02114",
)
HU2018 = Source(
    "hu2018",
    ("Hu", "Zhang"),
    "Nearly-tight Bounds on Linear Regions of Piecewise Linear Neural Networks",
    "preprint",
    2018,
    "1810.13192",
)
HINZ2019 = Source(
    "hinz2019",
    ("Hinz", "van de Geer"),
    "A Framework for the Construction of Upper Bounds on the Number of Affine Linear Regions of ReLU Feed-Forward "
    "Neural Networks",
    "IEEE Transactions on Information Theory 65",
    2019,
    "1806.01918",
)
HINZ2021 = Source(
    "hinz2021",
    ("Hinz",),
    "Using Activation Histograms to Bound the Number of Affine Regions in ReLU Feed-Forward Neural Networks",
    "preprint",
    2021,
    "2103.17174",
)
XIONG2020 = Source(
    "xiong2020",
    ("Xiong", "Huang", "Yu", "Liu", "Zhu", "Shao"),
    "On the Number of Linear Regions of Convolutional Neural Networks",
    "ICML 2020",
    2020,
    "2006.00978",
)
MONTUFAR2022 = Source(
    "montufar2022",
    ("Montúfar", "Ren", "Zhang"),
    "Sharp Bounds for the Number of Regions of Maxout Networks and Vertices of Minkowski Sums",
    "SIAM Journal on Applied Algebra and Geometry 6",
    2022,
    "2104.08135",
)
HANIN2019 = Source(
    "hanin2019",
    ("Hanin", "Rolnick"),
    "Complexity of Linear Regions in Deep Networks",
    "ICML 2019",
    2019,
    "1901.09021",
)
HANIN2019B = Source(
    "hanin2019b",
    ("Hanin", "Rolnick"),
    "Deep ReLU Networks Have Surprisingly Few Activation Patterns",
    "NeurIPS 2019",
    2019,
    "1906.00904",
)
TSERAN2021 = Source(
    "tseran2021",
    ("Tseran", "Montúfar"),
    "On the Expected Complexity of Maxout Networks",
    "NeurIPS 2021",
    2021,
    "2107.00379",
)
PATEL2024 = Source(
    "patel2024",
    ("Patel", "Montúfar"),
    "On the Local Complexity of Linear Regions in Deep ReLU Networks",
    "preprint",
    2024,
    "2412.18283",
)
STARGALLA2025 = Source(
    "stargalla2025",
    ("Stargalla", "Hertrich", "Reichman"),
    "The Computational Complexity of Counting Linear Regions in ReLU Neural Networks",
    "preprint",
    2025,
    "2505.16716",
)
HERE = Source("linregions", ("linregions",), "statements found and checked in this toolkit", "this package", 2026)

SOURCES = {source.key: source for source in [*globals().values()] if isinstance(source, Source)}
"""Every work the toolkit cites, by key."""
