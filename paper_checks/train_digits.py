"""Train the network that ships in ``theory/data`` and store three of its test images beside it.

Run ``python paper_checks/train_digits.py`` (needs the extra ``sklearn``).  The data are the 1797 handwritten digits,
8 × 8 pixels of 16 gray levels, that come with scikit-learn; pixels are scaled to [0, 1] by the exact factor 1/16.
Training is floating point and may differ in the last bits from machine to machine; the shipped file is the record.
After training the weights are rounded to multiples of 2^-12, which keeps the file small and turns the weights of the
pixels that are blank in every image (about 1e-40 after weight decay) into zeros.  The accuracies written into the
note are those of the rounded network, in exact arithmetic.
"""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from theory.data import DIGITS, IMAGES
from theory.exact import format_rational
from theory.formats import save
from theory.formats.files import write_text
from theory.network import Network

WIDTHS = (10, 8)
CLASSES = (0, 1, 7)
GRID = 2**12


def split() -> tuple[list[int], list[int], np.ndarray, np.ndarray]:
    """(train indices, test indices, gray levels 0..16, classes), always the same."""
    data = load_digits()
    train, test = train_test_split(np.arange(len(data.target)), test_size=500, random_state=0, stratify=data.target)
    return sorted(train.tolist()), sorted(test.tolist()), data.data.astype(int), data.target


def predicted(network: Network, levels: np.ndarray) -> int:
    """The class with the largest score, computed exactly."""
    scores = network([Fraction(int(v), 16) for v in levels])
    return max(range(len(scores)), key=scores.__getitem__)


def main() -> None:
    train, test, levels, classes = split()
    pixels = (levels / 16).astype(np.float32)
    model = MLPClassifier(WIDTHS, alpha=0.1, learning_rate_init=0.005, max_iter=2000, random_state=0)
    model.fit(pixels[train], classes[train])
    pairs = zip(model.coefs_, model.intercepts_, strict=True)
    network = Network.from_floats([(np.round(w.T * GRID) / GRID, np.round(b * GRID) / GRID) for w, b in pairs])
    hits = {i: predicted(network, levels[i]) == classes[i] for i in (*train, *test)}
    right = [sum(hits[i] for i in part) for part in (train, test)]
    note = (
        "ReLU classifier of scikit-learn's 8x8 handwritten digits: pixels in [0,1], scores of the classes 0..9. "
        "Trained by paper_checks/train_digits.py (Adam, L2 penalty 0.1), weights rounded to multiples of 2^-12. "
        f"Correct: {right[0]} of {len(train)} training images, {right[1]} of {len(test)} test images."
    )
    save(network, DIGITS, note=note)
    chosen = [next(i for i in test if classes[i] == digit and hits[i]) for digit in CLASSES]
    images = [
        {"class": int(classes[i]), "index": i, "pixels": [format_rational(Fraction(int(v), 16)) for v in levels[i]]}
        for i in chosen
    ]
    head = "Three test images of scikit-learn's load_digits(); index counts from 0 in that data set; pixels row by row."
    body = ",\n  ".join(json.dumps(image) for image in images)
    write_text(IMAGES, f'{{"note": {json.dumps(head)},\n "images": [\n  {body}\n ]}}\n')
    print(note)


if __name__ == "__main__":
    main()
