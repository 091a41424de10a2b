"""The compiled core: the module ``linregions_core``, made from the C++ files in this folder when the wheel is built.

A test of a cell against a hyperplane takes about a microsecond there.  Where there was no compiler, :data:`core` is
None and the exact engine (:mod:`verify.engines.exact`) does all the work, slower.  ``LINREGIONS_CORE=0`` in the
environment does without it.

In a checkout the module must have been made from the sources that lie here; after a change, ``pip install .`` makes a
new one, or, in place,

.. code-block:: sh

    cmake -S verify/engines/core -B build/core && cmake --build build/core
"""

import os
import warnings
from pathlib import Path
from typing import Any

__all__ = ["core"]


def _load() -> Any:
    if os.environ.get("LINREGIONS_CORE", "1") == "0":
        return None
    try:
        import linregions_core
    except ImportError:
        return None
    folder = Path(__file__).parent
    if (folder / "module.cpp").is_file():
        from verify.engines.core.digest import digest

        if digest(folder) != linregions_core.SOURCES:
            warnings.warn(
                f"{linregions_core.__file__} was compiled from other sources than those in {folder}, and is not used; "
                "make it anew with: pip install .  (in place: cmake -S verify/engines/core -B build/core && "
                "cmake --build build/core)",
                stacklevel=2,
            )
            return None
    return linregions_core


core: Any = _load()
"""The module ``linregions_core``, or None where there is none."""
