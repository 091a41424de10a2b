"""Mutated files, by the thousand: ``python tests/fuzzing KIND,KIND FIRST NUMBER`` reads them and reports.

A file is made from a good one by a few changes.  Reading it may end in a refusal (an error of the toolkit, one line
long) or in a network, a domain, a verdict, a count; anything else is a finding: another exception, more than the time
limit, or a value that a second, naive reading of the same file contradicts, at random points or in the number of
regions.  The worker runs with bounded memory and reports its peak.
"""

import json
import re
import resource
import signal
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "shared"))
from fuzz_kinds import KINDS, mutated

SECONDS = 10  # of processor time for one file
PATIENCE = 300  # seconds for one file that may wait for something, however busy the machine is
MEMORY = 6 << 30  # of addresses; what is really used is reported


def _peak():
    """The largest resident memory of this process so far, in KiB; the mark of ``getrusage`` may be its parent's."""
    return int(re.search(r"VmHWM:\s*([0-9]+)", Path("/proc/self/status").read_text())[1])


class Hang(BaseException):
    """The time limit has passed."""


def _hang(*_):
    raise Hang


def report(kind, first, number):
    """What reading these files showed."""
    name, files, _, examine = KINDS[kind]
    good = files()
    found = {"refused": 0, "read": 0, "points": 0, "count": 0, "findings": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        for i in range(first, first + number):
            data = mutated(kind, i, good)
            path.write_bytes(data)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            signal.setitimer(signal.ITIMER_REAL, PATIENCE)
            try:
                examine(i, data, path, found)
            except BaseException as error:
                found["findings"].append([i, f"{type(error).__name__}: {str(error)[:300]}"])
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                signal.setitimer(signal.ITIMER_REAL, 0)
    return {**found, "megabytes": _peak() >> 10}


def main(kinds, first, number):
    """Report on the kinds as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGPROF, _hang)
    signal.signal(signal.SIGALRM, _hang)
    json.dump({kind: report(kind, int(first), int(number)) for kind in kinds.split(",")}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
