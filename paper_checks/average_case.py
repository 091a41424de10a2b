"""The average case on real images: regions at initialization, during training, and what lowers local complexity.

    python paper_checks/average_case.py          # some minutes; writes average_case.json and .png
    python paper_checks/average_case.py --plot   # draws what is stored

The images are scikit-learn's 1797 handwritten digits, 8 × 8 pixels scaled to [0, 1] by the exact factor 1/16.  Five
experiments, after Hanin and Rolnick (2019) and Patel and Montúfar (2024), each with several seeds:

* initialization: regions on whole lines through two images by number of units, distance of images to the nearest
  boundary times number of units, regions in planes through three images by squared number of units;
* training: the same numbers and the local complexity at chosen epochs, with the proved maxima beside them;
* weight decay: local complexity at the end of training by the strength of an L2 penalty;
* narrow features: local complexity, early and late in training, and local rank by the width of a bottleneck;
* variation: in all networks trained for these two, the mean gradient on the images against (L/c)·LC.

All counts and distances are exact; training is floating point and may differ in the last bits from machine to machine.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from variation_bounds import variation_bound

from theory.architecture import Architecture
from theory.bounds import BOUNDS
from theory.formats import from_sklearn
from theory.formats.files import write_text
from theory.initialization import Initialization
from theory.network import Network
from verify.domain.shapes import Box, Line, Plane
from verify.measure.complexity import gradient_mean, local_complexity, local_ranks
from verify.measure.distance import distances
from verify.measure.sampling import Estimate
from verify.measure.training import Recorder
from verify.progress import tracked
from verify.slices.lines import along
from verify.slices.planes import across

RESULTS = Path(__file__).with_name("average_case.json")
PICTURE = Path(__file__).with_name("average_case.png")
SHAPES = ((48,), (24, 24), (16, 16, 16), (12, 12, 12, 12), (32, 32), (32, 32, 32))
TRAINED = ((48,), (24, 24), (16, 16, 16), (12, 12, 12, 12))
EPOCHS = 60
EARLY = 5
RECORDED = (0, 1, 2, 3, 5, 8, 13, 20, 30, 45, 60)
PENALTIES = (0.0, 0.1, 0.3, 1.0, 2.0)
BOTTLENECKS = (3, 6, 12, 24)
SEEDS = 3
SIGMA = Fraction(1, 10)
LAW = Initialization(bias=Fraction(1, 10), outputs=10)

Images = list[list[Fraction]]


def images() -> tuple[np.ndarray, np.ndarray, Images]:
    """Pixels as floats, classes, pixels as exact rationals."""
    from sklearn.datasets import load_digits

    data = load_digits()
    levels = data.data.astype(int)
    return levels / 16, data.target, [[Fraction(int(v), 16) for v in row] for row in levels]


def at_initialization(exact: Images) -> list[dict[str, Any]]:
    """The three ratios for every shape, each with a 95 % confidence interval over drawn networks."""
    result = []
    for widths in SHAPES:
        architecture = Architecture.relu(64, *widths)
        units = int(architecture.units)
        lines, places, planes = [], [], []
        for rng in np.random.default_rng(1).spawn(20):
            network = LAW.draw(architecture, rng)
            chosen = [exact[i] for i in rng.choice(len(exact), 3, replace=False)]
            lines.append(along(network, Line(*chosen[:2])).activation / units)
            places.append(float(distances(network, chosen).floats.mean()) * units)
            if len(planes) < 5:
                planes.append(across(network, Plane(*chosen, Box.cube(-100, 100, 2))).activation / units**2)
        row = {"widths": widths, "line": lines, "distance": places, "plane": planes}
        result.append({k: v if k == "widths" else vars(Estimate.of(v)) for k, v in row.items()})
        print("initialization", row["widths"], *(f"{np.mean(v):.3f}" for v in (lines, places, planes)), flush=True)
    return result


def perceptron(widths: tuple[int, ...], pixels: Any, classes: Any, *, penalty: float = 1e-4, seed: int = 0) -> Any:
    """A classifier with weights of the law, before training."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(widths, alpha=penalty, batch_size=32, learning_rate_init=2e-3, random_state=seed)
    initialize(model, pixels, classes, LAW, seed)
    return model


def initialize(model: Any, inputs: Any, targets: Any, law: Initialization, seed: int) -> None:
    """Give a scikit-learn perceptron fresh weights of a stated law, so that training starts there.

    scikit-learn creates its arrays in the first ``partial_fit``; they are then overwritten in place.
    """
    classes = {"classes": np.unique(targets)} if hasattr(model, "predict_proba") else {}
    model.partial_fit(inputs, targets, **classes)
    network = law.draw(from_sklearn(model).architecture, seed)
    last = len(network.layers) - 1
    rng = np.random.default_rng(seed)
    for i, (weights, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        if i < last:
            weights[...] = np.array([[float(v) for v in row] for row in network.layers[i].weights]).T
            bias[...] = [float(v) for v in network.layers[i].biases]
        else:
            weights[...] = rng.normal(0.0, np.sqrt(2 / len(weights)), weights.shape)
            bias[...] = 0.0


def during_training(pixels: Any, classes: Any, exact: Images) -> list[dict[str, Any]]:
    """Records of the chosen epochs, for every trained shape and seed."""
    rng = np.random.default_rng(2)
    pick = [exact[i] for i in rng.choice(len(exact), 43, replace=False)]
    lines = [Line(pick[2 * i], pick[2 * i + 1]) for i in range(10)]
    planes = [Plane(*pick[20:23], Box.cube(-2, 3, 2))]
    result = []
    for widths in TRAINED:
        runs = []
        for seed in tracked(range(SEEDS), f"training {widths}"):
            recorder = Recorder(lines, planes, pick[23:], sigma=SIGMA, draws=2)
            model = perceptron(widths, pixels, classes, seed=seed)
            for epoch in range(EPOCHS + 1):
                if epoch:
                    model.partial_fit(pixels, classes)
                if epoch in RECORDED:
                    recorder(model, epoch=epoch, score=float(model.score(pixels, classes)))
            runs.append(recorder.as_rows())
        flat, straight = Architecture.relu(2, *widths), Architecture.relu(1, *widths)
        bounds = {"most_on_a_line": BOUNDS["hinz2021"](straight), "most_in_a_plane": BOUNDS["hinz2021"](flat)}
        result.append({"widths": widths, **bounds, "runs": runs})
        ratio = np.mean([[r["line_regions"] / r["units"] for r in run] for run in runs], axis=0)
        low = int(np.argmin(ratio))
        print("training", widths, f"{ratio[0]:.3f} {ratio[low]:.3f} at {RECORDED[low]} {ratio[-1]:.3f}", flush=True)
    return result


def with_settings(pixels: Any, classes: Any, exact: Images) -> dict[str, list[dict[str, Any]]]:
    """Local complexity, ranks, accuracy and variation after training, by penalty and by the width of a bottleneck."""
    points = [exact[i] for i in np.random.default_rng(3).choice(len(exact), 24, replace=False)]
    result: dict[str, list[dict[str, Any]]] = {"penalty": [], "bottleneck": []}
    cases: list[tuple[str, float, tuple[int, ...], float]] = [("penalty", p, (24, 24), p) for p in PENALTIES]
    cases += [("bottleneck", k, (24, k, 24), 1e-4) for k in BOTTLENECKS]
    for name, value, widths, penalty in cases:
        row: dict[str, Any] = {name: value, "widths": widths}
        row.update({k: [] for k in ("early", "complexity", "layers", "ranks", "score", "variation")})
        for seed in tracked(range(SEEDS), f"{name} {value}"):
            model = perceptron(widths, pixels, classes, penalty=penalty, seed=seed)
            for epoch in range(1, EPOCHS + 1):
                model.partial_fit(pixels, classes)
                if epoch in (EARLY, EPOCHS):
                    network = from_sklearn(model)
                    found = local_complexity(network, points, sigma=SIGMA, draws=4, seed=seed)
                    row["early" if epoch == EARLY else "complexity"].append(found.value.mean)
            row["layers"].append([layer.mean for layer in found.layers])
            row["ranks"].append([float(r) for r in local_ranks(network, points)])
            row["score"].append(float(model.score(pixels, classes)))
            row["variation"].append(variation(network, points))
        result[name].append(row)
        means = (f"{np.mean(row[k]):.3f}" for k in ("early", "complexity", "score"))
        print(name, value, *means, np.mean(row["ranks"], axis=0).round(2), flush=True)
    return result


def variation(network: Network, points: Images) -> dict[str, Any]:
    """E‖∇f‖ over the points, and for every layer (L/c)·LC with σ the greatest preactivation there."""
    bounds, largest = [], []
    h = [[float(v) for v in p] for p in points]
    for number, layer in enumerate(network.hidden, start=1):
        weights, bias = (np.array(v, dtype=float) for v in (layer.weights, layer.biases))
        z = np.array(h) @ weights.T + bias
        largest.append(Fraction(int(np.ceil(np.abs(z).max()))))
        bounds.append(variation_bound(network, points, number, sigma=largest[-1]))
        h = np.maximum(z, 0.0)
    return {"gradient": gradient_mean(network, points), "bounds": bounds, "sigma": [int(s) for s in largest]}


def draw(results: dict[str, Any]) -> None:
    """Eight panels: initialization and training above, what lowers local complexity below."""
    from verify.drawing import INKS, figure, save_figure

    page = figure(width=16, height=8)
    (start, line, plane, dense), (decay, narrow, rank, vary) = page.subplots(2, 4)
    names = ["-".join(map(str, row["widths"])) for row in results["initialization"]]
    for i, row in enumerate(results["initialization"]):
        for shift, key, ink, label in (
            (-0.2, "line", INKS[0], "regions on a line / N"),
            (0.0, "plane", INKS[1], "regions in a plane / N²"),
            (0.2, "distance", INKS[3], "distance × N"),
        ):
            it = row[key]
            start.plot([i + shift] * 2, [it["low"], it["high"]], color=ink, linewidth=1)
            start.plot(i + shift, it["mean"], "o", color=ink, markersize=4, label=None if i else label)
    start.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize="small")
    start.axhline(1, color="0.8", linewidth=0.8, zorder=0)
    start.set(ylim=(0, 1.6), title="at initialization, N units")
    start.legend(fontsize="small", loc="upper left", ncols=2)
    for ink, shape in zip(INKS, results["training"], strict=False):
        epochs = [r["epoch"] for r in shape["runs"][0]]
        units = shape["runs"][0][0]["units"]
        for axes, key, scale in (
            (line, "line_regions", units),
            (plane, "plane_regions", shape["most_in_a_plane"]),
            (dense, "complexity", 1),
        ):
            values = np.array([[r[key] / scale for r in run] for run in shape["runs"]])
            axes.plot(epochs, values.mean(axis=0), color=ink, label="-".join(map(str, shape["widths"])))
            axes.fill_between(epochs, values.min(axis=0), values.max(axis=0), color=ink, alpha=0.15, linewidth=0)
    line.axhline(1, color="0.8", linewidth=0.8, zorder=0)
    line.set(title="regions on lines through images / N")
    plane.set(title="regions in a plane / proved maximum", yscale="log")
    dense.set(title="local complexity on images")
    for axes in (line, plane, dense):
        axes.set_xscale("symlog", linthresh=1)
        axes.set_xlim(0, EPOCHS)
        axes.set_xticks([0, 1, 3, 10, 30], ["0", "1", "3", "10", "30"])
        axes.set_xlabel("epoch")
    line.legend(fontsize="small")
    for axes, key, early in ((decay, "penalty", False), (narrow, "bottleneck", True)):
        rows = results[key]
        kinds = [(0.0, "complexity", INKS[0], f"after {EPOCHS} epochs")]
        if early:
            kinds = [(0.15, *kinds[0][1:]), (-0.15, "early", INKS[2], f"after {EARLY} epochs")]
        for shift, kind, ink, label in kinds:
            for i, row in enumerate(rows):
                axes.plot([i + shift] * len(row[kind]), row[kind], "o", color=ink, markersize=4, alpha=0.6)
                axes.plot(i + shift, np.mean(row[kind]), "_", color=ink, markersize=18, label=None if i else label)
        axes.legend(fontsize="small", loc="lower left")
    for i, row in enumerate(results["bottleneck"]):
        values = [v[1] for v in row["ranks"]]
        rank.plot([i] * len(values), values, "o", color=INKS[0], markersize=4, alpha=0.6)
        rank.plot(i, np.mean(values), "_", color=INKS[1], markersize=18)
    for axes, key in ((decay, "penalty"), (narrow, "bottleneck"), (rank, "bottleneck")):
        ticks = [f"{row[key]:g}\n{100 * np.mean(row['score']):.0f} %" for row in results[key]]
        axes.set_xticks(range(len(ticks)), ticks)
        axes.set_ylim(0, None)
    decay.set(title="local complexity of 24-24 after training", xlabel="L2 penalty, and accuracy on the images")
    narrow.set(title="local complexity of 24-k-24", xlabel="width k of the middle layer, and accuracy")
    rank.set(title="local rank behind the middle layer", xlabel="width k of the middle layer, and accuracy")
    for ink, name, label in ((INKS[0], "penalty", "24-24"), (INKS[2], "bottleneck", "24-k-24")):
        found = [v for row in results[name] for v in row["variation"]]
        for marker, layer in (("o", 0), ("^", -1)):
            where = "first" if layer == 0 else "last"
            vary.plot(
                [v["bounds"][layer] for v in found],
                [v["gradient"] for v in found],
                marker,
                color=ink,
                markersize=3.5,
                label=f"{label}, {where} layer",
            )
    low = min(v["gradient"] for name in ("penalty", "bottleneck") for row in results[name] for v in row["variation"])
    high = max(
        b for name in ("penalty", "bottleneck") for row in results[name] for v in row["variation"] for b in v["bounds"]
    )
    vary.plot([low, high], [low, high], color="0.6", linewidth=0.8, zorder=0)
    vary.set(title="variation ≤ (L/c)·LC in trained networks", xlabel="(L/c)·LC of a layer", ylabel="mean ‖∇f‖")
    vary.set(xscale="log", yscale="log")
    vary.legend(fontsize="small")
    save_figure(page, PICTURE)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--plot", action="store_true", help="only draw what is stored")
    if not options.parse_args().plot:
        warnings.filterwarnings("ignore", module="sklearn")
        began = time.process_time()
        pixels, classes, exact = images()
        results = {
            "initialization": at_initialization(exact),
            "training": during_training(pixels, classes, exact),
            **with_settings(pixels, classes, exact),
        }
        results["seconds"] = round(time.process_time() - began)
        write_text(RESULTS, json.dumps(results, indent=1) + "\n")
    draw(json.loads(RESULTS.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
