"""linregions beside the programs that count in floating point: how fast, and how often right.

    python tests/benchmarks/peers.py                 both tables
    python tests/benchmarks/peers.py speed --quick   one of them, in less time
    python tests/benchmarks/peers.py --write         and into the README

Nothing is installed: peers that are not there are left out and named.  Every program runs in a process of its own with
one thread (:mod:`counters`), the programs take turns, and a time is the median of several runs after a warm-up.
"""

import argparse
import json
import math
from concurrent.futures import ThreadPoolExecutor

from counters import NETWORKS, PEERS, installed
from report import grouped, machine, publish, seconds, table, times
from workers import Worker, interleaved

BOX = [-1, 1]
SIDE_BY_SIDE = [
    ({"he": [2, 64, 64, 64, 1]}, BOX, {"regioncam": 5}),
    ({"he": [2, 128, 128, 1]}, BOX, {"regioncam": 5}),
    ({"folding": 3}, BOX, {"regioncam": 1}),
    ({"he": [2, 32, 32, 32, 1]}, "space", {"affinitree": 20, "relucent": 500}),
    ({"he": [3, 16, 16, 1]}, "space", {"affinitree": 20, "relucent": 500}),
    ({"he": [6, 10, 10, 1]}, "space", {"affinitree": 20}),  # relucent would take a quarter of an hour
    ({"he": [8, 12, 1]}, "space", {"affinitree": 20, "relucent": 500}),
]
"""Network, domain, and how many times faster than each peer linregions is meant to be."""

SECOND_HAND = [([3, 32, 32, 1], 25_000), ([4, 16, 16, 1], 43_000), ([6, 10, 10, 1], 25_000), ([8, 12, 1], 2_500)]
"""Regions per second of an edge subdivision in torch, which no package index offers: figures taken over, not run."""


def title(network, domain):
    """A row's name."""
    name = {
        "he": lambda widths: "-".join(map(str, widths)),
        "folding": lambda depth: f"folding 2{'-8' * depth}",
        "concurrent": lambda widths: f"{widths[1]} concurrent",
        "echo": lambda widths: f"echo {widths[0]}-{widths[1]}-{widths[1]}",
    }
    kind, value = next(iter(network.items()))
    inputs = 2 if kind == "folding" else value[0]
    where = f"R^{inputs}" if domain == "space" else f"[{domain[0]},{domain[1]}]^{inputs}"
    return name[kind](value), where


def outcome(answer):
    """What came of a request, in a word or two."""
    if "count" in answer:
        return grouped(answer["count"])
    if "not served" in answer:
        return "—"
    if "time-out" in answer:
        return f"over {answer['time-out']:g} s"
    reason = answer["failed"]
    return "crash" if "Panic" in reason or "died" in reason else reason.split(":")[0]


def speed(peers, options):
    """The tables of times."""
    limit = {"linregions": 60, "regioncam": 60, "affinitree": 60}
    workers = {name: Worker(name) for name in ("linregions", *peers)}
    runs = 3 if options.quick else 9
    lines, behind = [], []
    for network, domain, targets in SIDE_BY_SIDE:
        asked = {name: worker for name, worker in workers.items() if name in limit and name in ("linregions", *targets)}
        answers = interleaved(asked, network, domain, runs=runs, limit=limit, patience=3)
        ours = answers["linregions"]
        if "relucent" in targets and "relucent" in workers:
            enough = options.relucent_limit or math.ceil(1.1 * targets["relucent"] * ours["processor"])
            answers["relucent"] = workers["relucent"].ask(network, domain, enough)
        for name, target in targets.items():
            if name not in answers:
                continue
            theirs = answers[name]
            late = "time-out" in theirs
            spent = theirs["time-out"] if late else theirs.get("processor")
            ratio = spent / ours["processor"] if spent else None
            row, where = title(network, domain)
            if ratio and ratio < target and not late:
                winner = f", {name} is the faster one" if ratio < 1 else ""
                behind.append(f"{row} on {where}: {times(ratio)} times {name} instead of {target}{winner}")
            lines.append(
                [
                    row,
                    where,
                    grouped(ours["count"]),
                    seconds(ours["processor"]),
                    grouped(round(ours["count"] / ours["processor"])),
                    name,
                    outcome(theirs) if not late else "?",
                    f"over {spent:g} s" if late else seconds(spent) if spent else outcome(theirs),
                    f"{'over ' * late}{times(ratio)}" if ratio else "",
                    target,
                ]
            )
    head = ["network", "domain", "regions:", "linregions:", "regions/s:", "peer", "its regions:", "its time:"]
    first = table([*head, "times faster:", "aim:"], lines)
    lines = []
    for widths, rate in SECOND_HAND:
        network = {"he": widths}
        mine = {"linregions": workers["linregions"]}
        ours = interleaved(mine, network, BOX, runs=runs, limit=limit, patience=6)["linregions"]
        own = ours["count"] / ours["processor"]
        row, where = title(network, BOX)
        if own < 5 * rate:
            behind.append(f"{row} on {where}: {times(own / rate)} times the second-hand figure instead of 5")
        lines.append(
            [
                row,
                where,
                grouped(ours["count"]),
                seconds(ours["processor"]),
                grouped(round(own)),
                grouped(rate),
                times(own / rate),
                5,
            ]
        )
    head = ["network", "domain", "regions:", "linregions:", "regions/s:", "second-hand regions/s:"]
    second = table([*head, "times faster:", "aim:"], lines)
    for worker in workers.values():
        worker.close()
    verdict = "Aims missed in this run: " + "; ".join(behind) + "." if behind else "Every aim was met in this run."
    publish("speed", "\n\n".join([machine(["linregions", *peers]), first, second, verdict]), write=options.write)


def correctness(peers, options):
    """Every network and domain of tests/networks/truth.json, counted by every program."""
    truth = json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8"))
    limit = 5 if options.quick else 10
    domains = {"R^d": "space", "[-1,1]^d": BOX, "[0,1]^d": [0, 1]}
    cases = [(name, where, truth[name][where]["activation"]) for name in truth for where in truth[name]]

    def column(program):
        worker = Worker(program)
        try:
            return [worker.ask({"file": name}, domains[where], limit) for name, where, _ in cases]
        finally:
            worker.close()

    programs = ["linregions", "rounded", *peers]
    slowest = programs[::-1]
    with ThreadPoolExecutor(2) as pool:  # nothing is timed here
        answers = dict(zip(slowest, pool.map(column, slowest), strict=True))
    lines = []
    tally = {program: dict.fromkeys(("right", "wrong", "no answer", "not served"), 0) for program in programs}
    for i, (name, where, number) in enumerate(cases):
        cells = {}
        for program in programs:
            answer = answers[program][i]
            given = answer.get("count")
            verdict = "right" if given == number else "wrong" if given is not None else "no answer"
            tally[program]["not served" if "not served" in answer else verdict] += 1
            cells[program] = f"**{outcome(answer)}**" if verdict == "wrong" else outcome(answer)
        rounded = answers["rounded"][i].get("count")
        cells["rounded"] = "" if rounded in (number, None) else grouped(rounded)
        lines.append([name, where, grouped(number), *cells.values()])
    head = ["network", "domain", "regions:", "linregions:", "after rounding:", *(f"{peer}:" for peer in peers)]
    sums = [[program, *tally[program].values()] for program in programs if program != "rounded"]
    text = [
        machine(["linregions", *peers]),
        table(["program", "right:", "wrong:", "no answer:", "not served:"], sums),
        table(head, lines),
    ]
    publish("correctness", "\n\n".join(text), write=options.write)


def main():
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["speed", "correctness", "all"], default="all")
    parser.add_argument("--quick", action="store_true", help="fewer runs, shorter limits")
    parser.add_argument("--write", action="store_true", help="put the tables into the README")
    parser.add_argument("--relucent-limit", type=float, help="seconds (default: what shows whether the aim is met)")
    options = parser.parse_args()
    if options.quick and options.relucent_limit is None:
        options.relucent_limit = 5.0
    found = [name for name in PEERS if installed(name)]
    for name in PEERS:
        print(f"{name}: {installed(name) or 'not installed, left out'}", flush=True)
    if options.what in ("speed", "all"):
        speed(found, options)
    if options.what in ("correctness", "all"):
        correctness(found, options)


if __name__ == "__main__":
    main()
