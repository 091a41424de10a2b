"""Files that one process has at a time: checkpoints and stores."""

import contextlib
import errno
import io
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_PAUSE = 0.005
"""Seconds between two attempts to lock a file."""


def opened(path: Path) -> io.FileIO:
    """The file, opened for reading and writing from its beginning; created if it does not exist.

    A symbolic link, a second name of a file, or what is no regular file raises ``OSError``: what is written here would
    change a file that lies elsewhere.
    """
    binary, unfollowed = getattr(os, "O_BINARY", 0), getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | unfollowed | binary, 0o666)
    file = open(descriptor, "r+b", buffering=0)  # noqa: SIM115 – the caller closes it
    status = os.fstat(descriptor)
    if path.is_symlink() or not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        file.close()
        raise OSError(errno.EINVAL, "it is a link or no regular file", str(path))
    return file


def try_lock(file: io.FileIO) -> bool:
    """Lock the file until it is closed, or the process ends, unless another has it; without locks this succeeds."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock the file for the length of the block, as soon as no other process or thread has it."""
    with opened(path) as file:
        while not try_lock(file):
            time.sleep(_PAUSE)
        yield
