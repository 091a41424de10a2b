"""The compiler switch: hot loops are written once and run compiled (numba) or as plain Python.

``@compiled`` is ``numba.njit`` with the result cached on disk, or the identity where numba is missing or the
environment variable ``LINREGIONS_COMPILE=0`` is set.  Compilation never reorders floating-point operations
(no fast-math), so the error bounds hold either way.  The hot loops allocate nothing, so they are compiled without
reference counting of arrays, which would cost more than the arithmetic (measured: a factor of 3 to 7).

numba notices a change of the file a function stands in, but not of the functions that it calls in other files.  So the
cache lies in folders named after a digest of all sources that take part, one for the engine and one for each module of
other packages that is compiled: in ``$LINREGIONS_CACHE`` or ``$XDG_CACHE_HOME/linregions`` (``~/.cache/linregions``).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["COMPILED", "cache_folder", "compiled", "inlined", "sources"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


_LOOP = "verify.engines.traverse"
_IMPORTS = re.compile(r"^from (verify\.(?:engines|certificate))(?:\.(\w+) import|\simport (.*))", re.MULTILINE)


def sources(module: str = _LOOP) -> list[Path]:
    """A module and all that it imports from the packages with compiled code; others may change without compiling again.

    >>> [path.stem for path in sources("verify.certificate.centers")]
    ['centers', 'compiled', 'simplex']
    """
    home, waiting, found = Path(__file__).parents[1], [module], {module}
    while waiting:
        text = _file(home, waiting.pop()).read_text(encoding="utf-8")
        for package, single, several in _IMPORTS.findall(text):
            new = {f"{package}.{name}" for name in ([single] if single else several.split(", "))} - found
            found |= new
            waiting += new
    return [_file(home, name) for name in sorted(found)]


def _file(home: Path, module: str) -> Path:
    return home.joinpath(*module.split(".")[1:]).with_suffix(".py")


def cache_folder(module: str = _LOOP) -> Path:
    """Where the compiled functions of a module are kept, for exactly the sources that take part."""
    digest = hashlib.sha256()
    for source in sources(module):
        digest.update(source.read_bytes())
    base = os.environ.get("LINREGIONS_CACHE")
    home = Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "linregions"
    return home / f"compiled-{digest.hexdigest()[:16]}"


def _compiler(**options: Any) -> Callable[[Any], Any] | None:
    if os.environ.get("LINREGIONS_COMPILE", "1") == "0":
        return None
    try:
        import numba
    except ImportError:
        return None
    engine = str(cache_folder())

    def compile_with_cache(function: Any) -> Any:
        own = function.__module__
        folder = engine if own.startswith("verify.engines.") else str(cache_folder(own))
        before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, folder
        try:
            return numba.njit(cache=True, error_model="numpy", nogil=True, _nrt=False, **options)(function)
        finally:
            numba.config.CACHE_DIR = before

    return compile_with_cache


_COMPILER, _INLINER, _MERGER = _compiler(), _compiler(forceinline=True), _compiler(inline="always")
COMPILED = _COMPILER is not None
"""Whether the hot loops of this process are compiled."""


def compiled(function: _Function) -> _Function:
    """Compile ``function`` on its first call if numba is installed and wanted."""
    if _COMPILER is None:
        return function
    result: _Function = _COMPILER(function)
    return result


def inlined(function: _Function) -> _Function:
    """The same, and put its code where it is called: a call passes every field of every array, which takes longer."""
    if _INLINER is None:
        return function
    result: _Function = _INLINER(function)
    return result


def merged(function: _Function) -> _Function:
    """For a function with one caller: it becomes part of that one, and is not compiled a second time by itself."""
    if _MERGER is None:
        return function
    result: _Function = _MERGER(function)
    return result
