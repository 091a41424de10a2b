"""The first command on a machine: processes with an empty home folder, from their start to their end.

python tests/benchmarks/cold_start.py [--write]
"""

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from counters import network_of
from report import machine, publish, table

from theory.formats import save

RUNS = 7
CLI = ["-c", "from verify.cli import main; main()"]
REGIONCAM = """
import json, numpy, regioncam
from fractions import Fraction
plane = regioncam.Regioncam(size=1)
for layer in json.load(open("small.json"))["layers"][:-1]:
    weights = numpy.array([[float(Fraction(v)) for v in row] for row in layer["weights"]], numpy.float32)
    plane.linear(weights.T.copy(), numpy.array([float(Fraction(v)) for v in layer["biases"]], numpy.float32))
    plane.relu()
print(plane.num_faces)
"""
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import verify'": ["-c", "import verify"],
    "linregions count, 2-4-4-1, [-1,1]^2": [*CLI, "count", "small.json", "--box=-1,1"],
    "regioncam, 2-4-4-1, [-1,1]^2": ["-c", REGIONCAM],
    "linregions count, 6-10-10-1, [-1,1]^6": [*CLI, "count", "large.json", "--box=-1,1"],
}


def seconds(arguments, folder):
    """The medians of wall and processor time over some runs, each with a home of its own."""
    wall, processor = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as home:
            environment = {**os.environ, "HOME": home, "XDG_CACHE_HOME": home}
            began, before = time.perf_counter(), os.times()
            subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=True, capture_output=True)
            after = os.times()
            wall.append(time.perf_counter() - began)
            processor.append(sum(after[2:4]) - sum(before[2:4]))
    return statistics.median(wall), statistics.median(processor)


def main():
    """Run all commands."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into the README")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        save(network_of({"he": [2, 4, 4, 1]}), Path(folder) / "small.json")
        save(network_of({"he": [6, 10, 10, 1]}), Path(folder) / "large.json")
        peers = [name for name in ("regioncam",) if importlib.util.find_spec(name)]
        calls = {name: call for name, call in COMMANDS.items() if "regioncam" not in name or peers}
        lines = [[name, *map("{:.2f} s".format, seconds(call, folder))] for name, call in calls.items()]
    text = table(["command", "wall time:", "processor time:"], lines)
    publish("cold", f"{machine(['linregions', *peers])}\n\n{text}", write=options.write)


if __name__ == "__main__":
    main()
