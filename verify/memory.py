"""How much memory a process has used: the figure behind tests and benchmarks that bound it."""

from pathlib import Path

__all__ = ["peak"]

STATUS = Path("/proc/self/status")


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
