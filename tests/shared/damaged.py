"""Files with a few bytes changed at random, which a reader must read or refuse, and nothing else."""

import numpy as np

from theory.errors import FileFormatError
from theory.formats import load

__all__ = ["refused"]


def refused(path, content: bytes, *, files: int, changes: int, seed: int) -> int:
    """How many of the damaged files at ``path`` are refused; every other error ends the test."""
    rng = np.random.default_rng(seed)
    number = 0
    for _ in range(files):
        damaged = bytearray(content)
        for at in rng.integers(0, len(content), size=changes):
            damaged[at] = rng.integers(0, 256)
        path.write_bytes(bytes(damaged))
        try:
            load(path)
        except FileFormatError:
            number += 1
    return number
