"""Executes notebooks from a clean kernel: ``python notebooks/execute.py`` writes outputs, ``--check`` compares them.

Each notebook is a pair: NN_name.py is the text that people edit and review, NN_name.ipynb has the same cells and their
outputs.  Without names all notebooks are executed.  With ``--check`` nothing is written; the exit code is 1 if a pair
disagrees, a cell fails, or a printed result is not the stored one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

HERE = Path(__file__).resolve().parent


def notebooks(names: list[str]) -> list[Path]:
    """The text files of the notebooks named, or of all."""
    every = sorted(HERE.glob("[0-9][0-9]_*.py"))
    if unknown := [name for name in names if name not in {path.stem for path in every}]:
        raise SystemExit(f"there is no notebook {unknown[0]}; choose from {', '.join(path.stem for path in every)}")
    return [path for path in every if not names or path.stem in names]


PATIENCE, ATTEMPTS = 150, 3
"""Seconds for a cell, and how often a notebook is begun anew if a kernel dies or its answer is lost on the way."""


def executed(path: Path) -> Any:
    """The notebook of a text file after all cells have run in a new kernel."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _executed_once(path)
        except (CellTimeoutError, DeadKernelError) as error:
            if attempt == ATTEMPTS:
                raise
            print(f"{path.stem}: {type(error).__name__}, once more", file=sys.stderr)
    raise AssertionError


def _executed_once(path: Path) -> Any:
    notebook = jupytext.read(path)
    notebook.metadata.pop("jupytext", None)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    place = {"metadata": {"path": str(HERE)}}
    NotebookClient(notebook, timeout=PATIENCE, kernel_name="python3", resources=place).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = {
        "kernelspec": notebook.metadata["kernelspec"],
        "language_info": {"name": "python"},
    }
    return notebook


def results(notebook: Any) -> list[str]:
    """Everything that the cells print or return as text, in order; widgets and pictures left out."""
    found: list[str] = []
    for cell in notebook.cells:
        printed = [o.text for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stdout"]
        found.append("".join(printed))  # a stream arrives in pieces
        for output in cell.get("outputs", []):
            if output.output_type == "execute_result" and "image/png" not in output.data:
                found.append(output.data.get("text/plain", ""))
    return found


def problem(path: Path) -> str | None:
    """What is wrong with a pair, or None."""
    stored_path = path.with_suffix(".ipynb")
    if not stored_path.exists():
        return "has no .ipynb"
    stored = nbformat.read(stored_path, 4)
    text = jupytext.read(path)
    if [(c.cell_type, c.source) for c in stored.cells] != [(c.cell_type, c.source) for c in text.cells]:
        return "differs from its .ipynb"
    old, new = results(stored), results(executed(path))
    if old != new:
        first = next((pair for pair in zip(old, new, strict=False) if pair[0] != pair[1]), (old, new))
        return f"no longer prints what is stored: {first[0]!r} became {first[1]!r}"
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="such as 01_what_is_a_linear_region")
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args()
    failed = False
    for path in notebooks(chosen.names):
        if chosen.check:
            if found := problem(path):
                failed = True
                print(f"{path.name} {found}; run python notebooks/execute.py {path.stem}", file=sys.stderr)
        else:
            nbformat.write(executed(path), path.with_suffix(".ipynb"))
            print(path.with_suffix(".ipynb").name)
    sys.exit(failed)


if __name__ == "__main__":
    main()
