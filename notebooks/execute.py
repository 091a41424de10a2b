"""Executes notebooks from a clean kernel: ``python notebooks/execute.py`` writes outputs, ``--check`` compares them.

Each notebook is a pair: NN_name.py is the text that people edit and review, NN_name.ipynb has the same cells and their
outputs.  Without names all notebooks are executed.  With ``--check`` nothing is written; the exit code is 1 if a pair
disagrees, a cell fails, or a printed result is not the stored one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

HERE = Path(__file__).resolve().parent


def notebooks(names: list[str]) -> list[Path]:
    """The text files of the notebooks named, or of all."""
    every = sorted(HERE.glob("[0-9][0-9]_*.py"))
    if unknown := [name for name in names if name not in {path.stem for path in every}]:
        raise SystemExit(
            f"there is no notebook {unknown[0]}; choose from {', '.join(path.stem for path in every)}"
        )
    return [path for path in every if not names or path.stem in names]


STEP, QUIET, ATTEMPTS = 1.0, 30.0, 3
"""A kernel that uses no processor time for QUIET seconds while an answer is due has lost it (or sleeps, which no
notebook does): the notebook is begun anew.  A slow machine only uses its processor for longer."""
TICK = 0.05
"""Processor time that an idle kernel may use meanwhile."""
LONGEST = 600.0
"""Seconds for a cell that goes on computing; the longest takes a few."""


class LostAnswerError(Exception):
    """The kernel is idle while the client waits for it."""


def executed(path: Path) -> Any:
    """The notebook of a text file after all cells have run in a new kernel."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return asyncio.run(_executed_once(path))
        except (LostAnswerError, DeadKernelError) as error:
            if attempt == ATTEMPTS:
                raise
            print(f"{path.stem}: {type(error).__name__}, once more", file=sys.stderr)
    raise AssertionError


async def _executed_once(path: Path) -> Any:
    notebook = jupytext.read(path)
    notebook.metadata.pop("jupytext", None)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    place = {"metadata": {"path": str(HERE)}}
    client = NotebookClient(
        notebook, timeout=LONGEST, kernel_name="python3", resources=place
    )
    kernel = _Kernel(client)
    try:
        await _watched(client.async_execute(), kernel.work, kernel.end)
    finally:
        kernel.end()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = {
        "kernelspec": notebook.metadata["kernelspec"],
        "language_info": {"name": "python"},
    }
    return notebook


async def _watched(
    waiting: Coroutine[Any, Any, Any],
    work: Callable[[], float | None],
    end: Callable[[], object],
) -> Any:
    """The result of ``waiting``; an error once the processor time ``work()`` has stood still for QUIET seconds."""
    task = asyncio.ensure_future(waiting)
    seen, since = None, time.monotonic()
    while not (await asyncio.wait({task}, timeout=STEP))[0]:
        now = work()
        if now is not None and (seen is None or now < seen or now > seen + TICK):
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > QUIET:
            end()
            await asyncio.wait(
                {task}, timeout=10 * STEP
            )  # the client sees that its kernel is dead, and tidies up
            if not task.cancel():
                task.exception()
            raise LostAnswerError(f"no processor time used for {QUIET:.0f} seconds")
    return task.result()


class _Kernel:
    """The kernel of a client and the processes that it started."""

    def __init__(self, client: NotebookClient) -> None:
        self._client = client
        self._processes: dict[int, psutil.Process] = {}

    def work(self) -> float | None:
        """Processor time used so far; None before there is a kernel."""
        try:
            kernel = psutil.Process(self._client.km.provisioner.pid)
            self._processes |= {
                process.pid: process
                for process in (kernel, *kernel.children(recursive=True))
            }
        except (AttributeError, psutil.Error):  # not yet, or no more
            pass
        times = []
        for process in self._processes.values():
            with contextlib.suppress(psutil.Error):
                times.append(process.cpu_times())
        return sum(t.user + t.system for t in times) if self._processes else None

    def end(self) -> None:
        """Nothing is left running."""
        for process in self._processes.values():
            with contextlib.suppress(psutil.Error):
                process.kill()


def results(notebook: Any) -> list[str]:
    """Everything that the cells print or return as text, in order; widgets and pictures left out."""
    found: list[str] = []
    for cell in notebook.cells:
        printed = [
            o.text
            for o in cell.get("outputs", [])
            if o.output_type == "stream" and o.name == "stdout"
        ]
        found.append("".join(printed))  # a stream arrives in pieces
        for output in cell.get("outputs", []):
            if (
                output.output_type == "execute_result"
                and "image/png" not in output.data
            ):
                found.append(output.data.get("text/plain", ""))
    return found


def problem(path: Path) -> str | None:
    """What is wrong with a pair, or None."""
    stored_path = path.with_suffix(".ipynb")
    if not stored_path.exists():
        return "has no .ipynb"
    stored = nbformat.read(stored_path, 4)
    text = jupytext.read(path)
    if [(c.cell_type, c.source) for c in stored.cells] != [
        (c.cell_type, c.source) for c in text.cells
    ]:
        return "differs from its .ipynb"
    old, new = results(stored), results(executed(path))
    if old != new:
        first = next(
            (pair for pair in zip(old, new, strict=False) if pair[0] != pair[1]),
            (old, new),
        )
        return f"no longer prints what is stored: {first[0]!r} became {first[1]!r}"
    return None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="such as 01_what_is_a_linear_region")
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args()
    failed = False
    for path in notebooks(chosen.names):
        if chosen.check:
            if found := problem(path):
                failed = True
                print(
                    f"{path.name} {found}; run python notebooks/execute.py {path.stem}",
                    file=sys.stderr,
                )
        else:
            nbformat.write(executed(path), path.with_suffix(".ipynb"))
            print(path.with_suffix(".ipynb").name)
    sys.exit(failed)


if __name__ == "__main__":
    main()
