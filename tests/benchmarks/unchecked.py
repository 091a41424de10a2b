"""What exactness costs: the engine against a copy of itself that believes every float.

    python tests/benchmarks/unchecked.py [--quick] [--write]

The copy is made when it is needed: the sources of the core, in which lines of :mod:`float_only` stand in the place of
others, compiled in the same way into a folder that is named by a digest of both, and loaded by a process of its own.
Timed is the traversal alone: the Python that prepares its arrays is common to both and would flatter the ratio.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from runpy import run_path

from counters import NETWORKS
from float_only import CORE, REPLACED
from peers import BOX, SECOND_HAND, SIDE_BY_SIDE, outcome, title
from report import grouped, machine, publish, seconds, table, times
from workers import Worker, interleaved

DEGENERATE = [({kind: shape}, "space") for kind in ("concurrent", "echo") for shape in ([2, 24], [3, 12], [4, 10])]
"""Networks with weights of full length on which hyperplanes meet as only exact arithmetic can see."""

ROOT = Path(__file__).resolve().parents[2]


def spliced():
    """The sources of the core that believes floats; name of the file → text."""
    paths = [ROOT / CORE / "CMakeLists.txt", ROOT / CORE / "digest.py", *(ROOT / CORE).glob("*.[ch]pp")]
    sources = {path.name: path.read_text(encoding="utf-8") for path in paths}
    for name, right, wrong in REPLACED:
        if sources[name].count(right) != 1:
            raise SystemExit(f"{name} has not once, but {sources[name].count(right)} times: {right!r}")
        sources[name] = sources[name].replace(right, wrong)
    return sources


def install():
    """Put the copy in front of the core that this process is going to import."""
    files = spliced()
    digest = hashlib.sha256("".join(files.values()).encode()).hexdigest()[:16]
    home = Path(tempfile.gettempdir()) / f"linregions-unchecked-{digest}"
    if not list(home.glob("linregions_core.*")):
        (home / "core").mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (home / "core" / name).write_text(text, encoding="utf-8")
        build = str(home / "build")
        options = [f"-DPython_EXECUTABLE={sys.executable}", f"-DLINREGIONS_OUTPUT={home}"]
        for command in (["-S", str(home / "core"), "-B", build, *options], ["--build", build]):
            subprocess.run(["cmake", *command], check=True, stdout=subprocess.DEVNULL)
    sys.path.insert(0, str(home))
    import linregions_core

    linregions_core.SOURCES = run_path(str(ROOT / CORE / "digest.py"))["digest"]()  # the engine takes it for its own


def main():
    """Run both on the networks of the speed table, and on those that are unkind to floats."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    parser.add_argument("--write", action="store_true", help="put the tables into the README")
    options = parser.parse_args()
    spliced()  # complains here rather than in another process
    workers = {name: Worker(name) for name in ("kernel", "unchecked")}
    limit = dict.fromkeys(workers, 60)
    cases = [(network, domain) for network, domain, _ in SIDE_BY_SIDE]
    cases += [({"he": widths}, BOX) for widths, _ in SECOND_HAND] + DEGENERATE
    lines = []
    for network, domain in cases:
        answers = interleaved(workers, network, domain, runs=3 if options.quick else 9, limit=limit, patience=6)
        exact, floats = answers["kernel"], answers["unchecked"]
        difference = floats["count"] - exact["count"] if "count" in floats else None
        lines.append(
            [
                *title(network, domain),
                grouped(exact["count"]),
                seconds(exact["processor"]),
                seconds(floats["processor"]) if "processor" in floats else outcome(floats),
                times(exact["processor"] / floats["processor"]) if "processor" in floats else "",
                "none" if difference == 0 else "" if difference is None else f"{difference:+}",
            ]
        )
    head = ["network", "domain", "regions:", "exact:", "floats only:", "cost of exactness:", "lost or invented:"]
    first = table(head, lines)
    truth = json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8"))
    domains = {"R^d": "space", "[-1,1]^d": BOX, "[0,1]^d": [0, 1]}
    wrong = []
    total = 0
    for name in truth:
        for where, counts in truth[name].items():
            total += 1
            answer = workers["unchecked"].ask({"file": name}, domains[where], 20)
            if answer.get("count") != counts["activation"]:
                wrong.append([name, where, grouped(counts["activation"]), outcome(answer)])
    for worker in workers.values():
        worker.close()
    text = f"Of the {total} reference cases of tests/networks the floats alone get {len(wrong)} wrong."
    if wrong:
        text += "\n\n" + table(["network", "domain", "regions:", "floats only:"], wrong)
    publish("unchecked", "\n\n".join([machine(["linregions"]), first, text]), write=options.write)


if __name__ == "__main__":
    main()
