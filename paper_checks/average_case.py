"""The average case on real images: regions at initialisation, during training, and what lowers local complexity.

    python paper_checks/average_case.py          # about two minutes; writes average_case.json and average_case.png
    python paper_checks/average_case.py --plot   # draws what is stored

The images are scikit-learn's 1797 handwritten digits, 8 × 8 pixels scaled to [0, 1] by the exact factor 1/16.  Four
experiments, after Hanin and Rolnick (2019) and Patel and Montúfar (2024):

* initialisation: regions on whole lines through two images by number of units, distance of images to the nearest
  boundary times number of units, regions in planes through three images by squared number of units;
* training: the same numbers and the local complexity, epoch by epoch, with the proved maxima beside them;
* weight decay: local complexity at the end of training by the strength of an L2 penalty;
* narrow features: local complexity and local rank by the width of a bottleneck.

All counts and distances are exact; training is floating point and may differ in the last bits from machine to machine.
"""

from __future__ import annotations

import argparse
import json
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from theory.architecture import Architecture
from theory.bounds import BOUNDS
from theory.formats import from_sklearn
from theory.initialisation import Initialisation
from verify.domain import Box, Line, Plane
from verify.lines import along
from verify.measure.complexity import local_complexity, local_ranks
from verify.measure.distance import distances
from verify.measure.sampling import Estimate
from verify.measure.training import Recorder, initialise, train
from verify.planes import across

RESULTS = Path(__file__).with_name("average_case.json")
PICTURE = Path(__file__).with_name("average_case.png")
SHAPES = ((48,), (24, 24), (16, 16, 16), (12, 12, 12, 12), (32, 32), (32, 32, 32))
TRAINED = ((48,), (24, 24), (16, 16, 16))
EPOCHS = 20
LAW = Initialisation(bias=Fraction(1, 10), outputs=10)


def images() -> tuple[np.ndarray, np.ndarray, list[list[Fraction]]]:
    """Pixels as floats, classes, pixels as exact rationals."""
    from sklearn.datasets import load_digits

    data = load_digits()
    levels = data.data.astype(int)
    return levels / 16, data.target, [[Fraction(int(v), 16) for v in row] for row in levels]


def at_initialisation(exact: list[list[Fraction]]) -> list[dict[str, Any]]:
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
        print("initialisation", row["widths"], *(f"{np.mean(v):.3f}" for v in (lines, places, planes)), flush=True)
    return result


def perceptron(widths: tuple[int, ...], pixels: Any, classes: Any, *, penalty: float = 1e-4, seed: int = 0) -> Any:
    """A classifier with weights of the law, before training."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(widths, alpha=penalty, batch_size=32, learning_rate_init=2e-3, random_state=seed)
    initialise(model, pixels, classes, LAW, seed)
    return model


def during_training(pixels: Any, classes: Any, exact: list[list[Fraction]]) -> list[dict[str, Any]]:
    """Records of every epoch for every trained shape."""
    rng = np.random.default_rng(2)
    pick = [exact[i] for i in rng.choice(len(exact), 33, replace=False)]
    lines = [Line(pick[2 * i], pick[2 * i + 1]) for i in range(10)]
    planes = [Plane(*pick[20:23], Box.cube(-2, 3, 2))]
    result = []
    for widths in TRAINED:
        recorder = Recorder(lines, planes, pick[23:], sigma=Fraction(1, 10), draws=2)
        train(perceptron(widths, pixels, classes), pixels, classes, recorder, epochs=EPOCHS)
        flat, straight = Architecture.relu(2, *widths), Architecture.relu(1, *widths)
        result.append(
            {
                "widths": widths,
                "most_on_a_line": BOUNDS["hinz2021"](straight),
                "most_in_a_plane": BOUNDS["hinz2021"](flat),
                "records": recorder.as_rows(),
            }
        )
        ratio = [record.line_regions / record.units for record in recorder.records]
        low = int(np.argmin(ratio))
        print("training", widths, f"{ratio[0]:.3f} least {ratio[low]:.3f} (epoch {low}) {ratio[-1]:.3f}", flush=True)
    return result


def with_settings(pixels: Any, classes: Any, exact: list[list[Fraction]]) -> dict[str, list[dict[str, Any]]]:
    """Local complexity, ranks and accuracy after training, by penalty and by the width of a bottleneck."""
    points = [exact[i] for i in np.random.default_rng(3).choice(len(exact), 12, replace=False)]
    result: dict[str, list[dict[str, Any]]] = {"penalty": [], "bottleneck": []}
    cases = [("penalty", penalty, (24, 24), penalty) for penalty in (0.0, 1.0, 5.0)]
    cases += [("bottleneck", width, (24, width, 24), 1e-4) for width in (2, 6, 16)]
    for name, value, widths, penalty in cases:
        found, ranks, scores = [], [], []
        for seed in range(2):
            model = perceptron(widths, pixels, classes, penalty=penalty, seed=seed)
            for _ in range(EPOCHS):
                model.partial_fit(pixels, classes)
            network = from_sklearn(model)
            found.append(local_complexity(network, points, sigma=Fraction(1, 10), draws=2, seed=seed).value.mean)
            ranks.append([float(r) for r in local_ranks(network, points)])
            scores.append(float(model.score(pixels, classes)))
        row = {name: value, "widths": widths, "complexity": found, "ranks": ranks, "score": scores}
        result[name].append(row)
        print(
            name, value, f"{np.mean(found):.2f}", np.mean(ranks, axis=0).round(2), f"{np.mean(scores):.3f}", flush=True
        )
    return result


def draw(results: dict[str, Any]) -> None:
    """Four panels."""
    from verify.canvas import INKS, figure, save_figure

    page = figure(width=9, height=7)
    (line, plane), (decay, narrow) = page.subplots(2, 2)
    for ink, run in zip(INKS, results["training"], strict=False):
        label = "-".join(map(str, (64, *run["widths"])))
        epochs = [r["epoch"] for r in run["records"]]
        line.plot(epochs, [r["line_regions"] / r["units"] for r in run["records"]], color=ink, label=label)
        shares = [r["plane_regions"] / run["most_in_a_plane"] for r in run["records"]]
        plane.plot(epochs, shares, color=ink, label=label)
    line.axhline(1, color="0.7", linewidth=0.8, zorder=0)
    line.set(xlabel="epoch", ylabel="regions on a line / units")
    line.legend(fontsize="small")
    plane.set(xlabel="epoch", ylabel="regions in a plane / proved maximum", yscale="log")
    for axes, name in ((decay, "penalty"), (narrow, "bottleneck")):
        rows = results[name]
        for i, row in enumerate(rows):
            axes.plot([i] * len(row["complexity"]), row["complexity"], "o", color=INKS[0], markersize=4)
            axes.plot(i, np.mean(row["complexity"]), "_", color=INKS[1], markersize=22)
        axes.set_xticks(range(len(rows)), [str(row[name]) for row in rows])
    decay.set(xlabel="L2 penalty", ylabel="local complexity on the images")
    narrow.set(xlabel="width k of the layer in the middle of 24-k-24", ylabel="local complexity on the images")
    save_figure(page, PICTURE)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--plot", action="store_true", help="only draw what is stored")
    if not options.parse_args().plot:
        warnings.filterwarnings("ignore", module="sklearn")
        pixels, classes, exact = images()
        results = {
            "initialisation": at_initialisation(exact),
            "training": during_training(pixels, classes, exact),
            **with_settings(pixels, classes, exact),
        }
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    draw(json.loads(RESULTS.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
