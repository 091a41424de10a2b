"""Certificates: a count written down so that a short program, which imports nothing of this project, can check it.

:func:`write` streams a file: the claim first, then a tree of cells with the evidence for every empty side, and a
rational point for every region.  :mod:`verify.checker` accepts or rejects it; ``verify/CERTIFICATE.md`` says what each
line proves.  :func:`check` does that from Python.

>>> import tempfile, pathlib
>>> from theory import Network
>>> from verify import WholeSpace
>>> two_lines = Network.relu([([[1, 0], [1, 1]], [0, 0]), ([[1, 1]], [0])])
>>> with tempfile.TemporaryDirectory() as folder:
...     path = pathlib.Path(folder, "two_lines.cert")
...     write(path, two_lines, WholeSpace(2), 4)
...     print(check(path))
VERIFIED 4
"""

from verify.certificate.verdict import Verdict, check
from verify.certificate.writer import write

__all__ = ["Verdict", "check", "write"]
