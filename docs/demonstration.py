"""A count of a million regions that is attacked twice, and its proof: ``python docs/demonstration.py [FOLDER]``.

The network is one layer of hyperplanes in general position, so Zaslavsky's theorem says how many regions there are.
A Dask cluster of two worker processes counts them, with a checkpoint and a certificate.  When a fifth is found, one
worker is killed with SIGKILL; when half is found, everything that counts.  The same command then goes on from the
checkpoint on a new cluster, and verify/checker.py, which knows nothing of the rest, checks the certificate.

Takes some minutes on two idle cores, and about 100 MB in FOLDER (default: a new one, removed at the end).  ``--quick``
does the same with ten thousand regions.  Needs the extra ``cluster``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from distributed import Client, LocalCluster

from theory.constructions import CONSTRUCTIONS
from theory.formats import save
from verify import checker

BEGAN = time.monotonic()


def say(text: str) -> None:
    """One line, with the time since the beginning."""
    print(f"{time.monotonic() - BEGAN:7.1f} s  {text}", flush=True)


@contextlib.contextmanager
def cluster() -> Iterator[tuple[str, list[int]]]:
    """Two worker processes: the address of their scheduler, and their numbers."""
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs="CRITICAL",
        ) as local,
        Client(local, set_as_default=False) as client,
    ):
        yield local.scheduler_address, list(client.run(os.getpid).values())


def counted(command: list[str], meanwhile: Callable[[int, subprocess.Popen[str]], None]) -> int | None:
    """Run the count, telling ``meanwhile`` how many regions are found; the exact number, None if it was killed."""
    lower = upper = 0
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            state = json.loads(line)
            if not lower:
                say(f"the first report: between {state['lower']} and {state['upper']}, {state['finished']} parts done")
            lower, upper = state["lower"], state["upper"]
            meanwhile(lower, process)
    code = process.wait()
    say(f"the last report: between {lower} and {upper}; exit code {code}")
    return lower if code == 0 and lower == upper else None


def main() -> None:
    """Build, count, kill, kill, go on, check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="where to keep network, checkpoint and certificate")
    parser.add_argument("--quick", action="store_true", help="ten thousand regions instead of a million")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        network, certificate = folder / "net.json", folder / "net.cert"
        built = CONSTRUCTIONS["generic"].from_words(["4-23" if options.quick else "5-43"])
        claim = built.claims[0]
        save(built.network, network)
        say(f"{built}")

        program = [sys.executable, "-c", "from verify.cli import main; main()"]
        arguments = ["count", str(network), "--json-lines"]
        arguments += ["--checkpoint", str(folder / "parts"), "--certificate", str(certificate)]

        with cluster() as (address, workers):
            say(f"linregions {' '.join(arguments)} --scheduler {address}")

            victims = [(1 / 5, "worker", workers[0])]

            def attack(found: int, process: subprocess.Popen[str]) -> None:
                if victims and found > victims[0][0] * claim.count:
                    _, name, number = victims.pop(0)
                    os.kill(number, signal.SIGKILL)
                    say(f"{found} regions found: the {name}, process {number}, is killed with SIGKILL")
                    if name == "worker":
                        victims.append((1 / 2, "count", process.pid))

            counted([*program, *arguments, "--scheduler", address], attack)
        say("the cluster is gone, too; the same command on a new one")

        with cluster() as (address, _):
            number = counted([*program, *arguments, "--scheduler", address], lambda _found, _process: None)
        say(f"counted: {number}; the theorem says {claim.count}")
        say(f"the certificate has {certificate.stat().st_size / 2**20:.1f} MB; now checker.py net.cert")
        check = subprocess.run([sys.executable, checker.__file__, certificate], capture_output=True, text=True)
        say(f"{check.stdout.strip()}{check.stderr.strip()}")
        sys.exit(0 if number == claim.count and check.stdout == f"VERIFIED {number}\n" else 1)


if __name__ == "__main__":
    main()
