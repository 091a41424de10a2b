"""How far a long count is: what is proved, how fast it goes, and about how long it will take.

The bracket is proved.  The share of the work and the time that is left are estimates: parts are expected to take time
in proportion to the finer parts that were seen in them (:mod:`verify.counting.long.search_node`), and the parts that
are finished say how long that is, divisions included.
"""

from dataclasses import asdict, dataclass
from typing import Any

from theory.text import power_above


@dataclass(frozen=True)
class Progress:
    """The state of a count with the bracket [lower, upper], and ``finished`` and ``waiting`` parts.

    ``regions`` are those found in finished parts, and in parts in work as far as these tell; ``share`` is their share
    of the upper end.  ``work`` says how much of the work is probably done, between 0 and 1.  ``seconds`` is the time
    since this run began, to which a checkpoint's earlier time is not added, and ``rate`` the regions found per second
    in this run.  About ``left`` seconds are left; None while no part is finished in this run.
    """

    lower: int
    upper: int
    regions: int
    finished: int
    waiting: int
    share: float
    work: float
    seconds: float
    rate: float
    left: float | None

    @property
    def record(self) -> dict[str, Any]:
        """The fields, rounded as far as they are estimates or measurements."""
        digits = {"share": 6, "work": 6, "seconds": 3, "rate": 1, "left": 1}
        return {
            name: value if value is None or name not in digits else round(value, digits[name])
            for name, value in asdict(self).items()
        }

    def __str__(self) -> str:
        bracket = f"between {power_above(self.lower, longest=18)} and {power_above(self.upper, longest=18)}"
        parts = "1 part" if self.waiting == 1 else f"{self.waiting} parts"
        share = f"{100 * self.share if self.share == 1 else min(100 * self.share, 99.9):.3g} %"
        if self.regions and self.share < 1e-4:  # neither nothing nor everything before it is
            share = "less than 0.01 %"
        text = f"{bracket} ({share} of the upper end counted), {parts} waiting"
        if self.left is None:
            return text
        rate = f"{self.rate:.0f}" if self.rate >= 10 else f"{self.rate:.2g}"
        return f"{text}, {rate} regions/s, about {duration(self.left)} left"


def duration(seconds: float) -> str:
    """A time in one unit, as exact as an estimate deserves.

    >>> [duration(t) for t in (0.2, 59, 150, 5400, 200_000)]
    ['1 s', '59 s', '2 min', '90 min', '56 h']
    """
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(1.0, seconds):.0f} s"
