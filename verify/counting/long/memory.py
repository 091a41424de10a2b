"""How much memory a process uses: the figure behind limits, and behind tests and benchmarks that bound it."""

import os
import re
from pathlib import Path

from theory.errors import InvalidInputError

__all__ = ["in_use", "peak", "size"]

STATUS = Path("/proc/self/status")
_POWERS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


def size(text: int | str, *, place: str = "memory") -> int:
    """A number of bytes: an integer, or a number with K, M, G or T for powers of 1024.

    >>> size(4096), size("2G") == 2 << 30, size("1.5 GiB") == 3 << 29, size("512MB") == 512 << 20
    (4096, True, True, True)

    Raises
    ------
    InvalidInputError
        If it is no such number.
    """
    match = re.fullmatch(
        r"\s*([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([KMGT]?)(?:i?B)?\s*", str(text), re.ASCII | re.IGNORECASE
    )
    bytes_ = int(float(match[1]) * (1 << _POWERS[match[2].upper()])) if match else 0
    if bytes_ <= 0 or isinstance(text, bool):
        raise InvalidInputError(f"{place} {text!r:.40} is not a number of bytes; write for example 2G or 500M")
    return bytes_


def in_use() -> int:
    """The resident memory of this process and of those that it has started, at this moment, in bytes.

    Where the system does not tell, it is the peak of this process.

    >>> 0 < in_use() < 2**40
    True
    """
    if not STATUS.exists():
        return peak()
    total, waiting = 0, ["self"]
    while waiting:
        process = Path("/proc", waiting.pop())
        try:
            total += int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            waiting += [child for file in process.glob("task/*/children") for child in file.read_text().split()]
        except (OSError, IndexError):  # it has just ended
            continue
    return total


def peak() -> int:
    """The largest resident memory of this process so far, in bytes.

    Linux keeps the mark in ``/proc/self/status`` (``VmHWM``).  ``getrusage`` serves elsewhere; where the other exists
    it is not asked, for its mark outlives ``exec``: a small process that a large one has started reports the large
    one's memory as its own.

    >>> peak() > 2**20
    True
    """
    if STATUS.exists():
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    import resource  # not on every system
    import sys

    mark = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return mark if sys.platform == "darwin" else mark << 10
