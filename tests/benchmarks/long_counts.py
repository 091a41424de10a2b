"""Long counts: time and memory against the number of regions, a model that predicts larger runs, and two jobs.

    python tests/benchmarks/long_counts.py [--quick] [--write]

draws long_counts.png (with matplotlib) and prints the tables.  Every count runs in a fresh process that has counted a
small network within limits before, so that what a long count imports is loaded.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from counters import domain_of, network_of, peak
from peers import title
from report import grouped, machine, publish, seconds, table
from workers import ONE_THREAD

from verify import Box, count

PICTURE = Path(__file__).with_name("long_counts.png")
FAMILIES = {2: (64, 128, 256, 512, 768, 1024), 4: (12, 16, 20, 24, 32, 40, 48), 6: (9, 10, 12, 14, 16, 18)}
"""Inputs, and widths of the two hidden layers."""
LONG = (
    ({"he": [4, 48, 48, 1]}, [-1, 1]),
    ({"he": [6, 20, 20, 1]}, [-1, 1]),
    ({"he": [10, 13, 13, 1]}, [-1, 1]),
    ({"he": [100, 13, 7, 1]}, [-1, 1]),
    ({"echo": [4, 56]}, "space"),
)
"""Counts that take about ten seconds.  Exact answers take most of the time of the last one."""
LARGE = 10**6
"""Runs with more regions are predicted, the others are fitted."""
COLORS = {2: "#1f4e79", 4: "#c26a1b", 6: "#3b7d4f"}


def one(spec, where, jobs):
    """Count in this process, and print what it took."""
    network = network_of(spec)
    count(network_of({"he": [network.inputs, 4, 4, 1]}), Box.cube(-1, 1, network.inputs), budget=600)  # loads modules
    domain = domain_of(where, network.inputs)
    began, before = time.perf_counter(), processor()
    number = int(count(network, domain, jobs=jobs))
    wall, after = time.perf_counter() - began, processor()
    megabytes = max(peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10) / 2**20
    print(json.dumps({"count": number, "wall": wall, "processor": after - before, "megabytes": megabytes}))


def processor():
    """Seconds of this process and of those that it started and that have ended."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def square(inputs, width):
    """A network of the curve and its domain."""
    return {"he": [inputs, width, width, 1]}, [-1, 1]


def measured(spec, where, jobs=1):
    """The answer of :func:`one` in a fresh process; what is counted stands on standard error meanwhile."""
    print(*title(spec, where), f"{jobs} at a time", file=sys.stderr)
    command = [sys.executable, __file__, "--one", json.dumps([spec, where, jobs])]
    run = subprocess.run(command, stdout=subprocess.PIPE, env=os.environ | ONE_THREAD, check=True, text=True)
    return json.loads(run.stdout)


def fitted(answers):
    """The least squares fit of log T = log c(inputs) + p·log R to the runs that are not large: ({inputs: c}, p)."""
    runs = [(inputs, a) for (inputs, _), a in answers.items() if a["count"] < LARGE]
    families = sorted({inputs for inputs, _ in runs})
    matrix = [[*(float(inputs == f) for f in families), np.log(a["count"])] for inputs, a in runs]
    solution, *_ = np.linalg.lstsq(np.array(matrix), np.log([a["processor"] for _, a in runs]), rcond=None)
    *constants, power = solution
    return dict(zip(families, np.exp(constants), strict=True)), power


def draw(answers, constants, power):
    """Time with the model, and memory."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for inputs, color in COLORS.items():
        runs = [a for (d, _), a in answers.items() if d == inputs]
        regions, times = [a["count"] for a in runs], [a["processor"] for a in runs]
        line = np.array([min(regions), 1e8])
        left.plot(line, constants[inputs] * line**power, color=color, linewidth=1, linestyle="--")
        for axes, values in ((left, times), (right, [a["megabytes"] for a in runs])):
            fills = [color if r < LARGE else "white" for r in regions]
            axes.scatter(regions, values, c=fills, edgecolors=color, zorder=3, s=28)
        left.plot([], [], "o", color=color, label=f"{inputs}-w-w-1 on [-1,1]^{inputs}")
    left.plot([], [], "--", color="#555555", label="the model, fitted to the filled points")
    left.set(xscale="log", yscale="log", xlabel="regions", ylabel="seconds, one process")
    left.legend(frameon=False, loc="upper left")
    right.set(xscale="log", xlabel="regions", ylabel="peak memory of the process, MB")
    right.set_ylim(0, 1.2 * max(a["megabytes"] for a in answers.values()))
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURE, dpi=110)


def curve_table(answers, constants, power):
    """Every run of the curve, and what the model says of the large ones."""
    lines, errors = [], []
    for (inputs, width), a in answers.items():
        predicted, error = "", ""
        if a["count"] >= LARGE:
            errors.append(constants[inputs] * a["count"] ** power / a["processor"] - 1)
            predicted, error = seconds((1 + errors[-1]) * a["processor"]), f"{100 * errors[-1]:+.0f} %"
        each = f"{1e6 * a['processor'] / a['count']:.3g} µs"
        name = f"{inputs}-{width}-{width}-1"
        memory_used = f"{a['megabytes']:.0f} MB"
        lines.append([name, grouped(a["count"]), seconds(a["processor"]), each, memory_used, predicted, error])
    head = ["network on [-1,1]^d", "regions:", "time:", "per region:", "peak memory:", "predicted:", "error:"]
    each = ", ".join(f"{1e6 * c:.3g} µs for {inputs} inputs" for inputs, c in constants.items())
    worst = f"{100 * max(map(abs, errors)):.0f} %" if errors else "nothing, for none is large"
    text = (
        f"The model: T = c·R^{power:.3f} for R regions, with c = {each}, fitted to the runs below a million regions. "
        f"On the larger runs, which it has not seen, it is wrong by {worst} at most."
    )
    return f"{table(head, lines)}\n\n{text}"


def pairs_table(cases):
    """One job against two."""
    lines = []
    for case in cases:
        alone, both = measured(*case), measured(*case, 2)
        if alone["count"] != both["count"]:
            raise SystemExit(f"{title(*case)}: {alone['count']} regions alone, {both['count']} in parts")
        lines.append([
            *title(*case),
            grouped(alone["count"]),
            *(seconds(a[name]) for a in (alone, both) for name in ("wall", "processor")),
            f"{alone['wall'] / both['wall']:.2f}",
            f"{100 * (both['processor'] / alone['processor'] - 1):+.0f} %",
            f"{both['megabytes']:.0f} MB",
        ])  # fmt: skip
    head = ["network", "domain", "regions:", "`count`:", "its processor time:", "`jobs=2`:", "its processor time:"]
    head += ["times faster:", "more work:", "largest process:"]
    return table(head, lines)


def main():
    """Measure, fit, draw and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave out the largest runs")
    parser.add_argument("--write", action="store_true", help="draw the picture and put the tables into the README")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(*json.loads(options.one))
        return
    shorter = 2 if options.quick else 0
    cases = [(d, width) for d, widths in FAMILIES.items() for width in widths[: len(widths) - shorter]]
    answers = {case: measured(*square(*case)) for case in cases}
    constants, power = fitted(answers)
    if options.write:
        draw(answers, constants, power)
    parts = [machine(["linregions"]), curve_table(answers, constants, power), pairs_table(LONG[: len(LONG) - shorter])]
    publish("long counts", "\n\n".join(parts), write=options.write)


if __name__ == "__main__":
    main()
