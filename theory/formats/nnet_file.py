"""``.nnet`` files: the plain text of ACAS Xu, HorizontalCAS and their kin, ReLU networks with scaled inputs.

Comments begin with ``//``.  Then come, separated by commas: the number of layers, inputs, outputs and the largest
width; the widths; a flag that is no longer used; least and greatest inputs; means and ranges of the inputs and of the
outputs; and for each layer its rows of weights and its biases.  The network is

    y = R·f((x − m)/r) + M

with means m, M and ranges r, R, in the units of the file.  The reference implementation also moves inputs outside
[least, greatest] to the nearest end, which is not done here: count inside that box.
"""

import itertools
import re
from fractions import Fraction

from theory.activations import IDENTITY, RELU
from theory.errors import FileFormatError, located
from theory.exact import rational
from theory.formats.files import MAX_NUMBERS, printable, read_bytes
from theory.network import Layer, Network

_NUMBER = re.compile(r"[+-]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})([eE][+-]?\d{1,3})?")
_MOST_LAYERS = 10_000


def load_nnet(path: object) -> Network:
    """The ReLU network in a ``.nnet`` file, every decimal at its exact value.

    Raises FileFormatError if the file is not such a text, naming the line.
    """
    try:
        lines = read_bytes(str(path)).decode("ascii").splitlines()
    except UnicodeDecodeError:
        raise FileFormatError(path, "", "is not a .nnet file: it is no plain text; export the network again") from None
    numbers = _Numbers(path, lines)
    depth, inputs, outputs, _ = numbers.integers(4)
    if not 1 <= depth <= _MOST_LAYERS:
        raise numbers.fail(f"{depth} layers; between 1 and {_MOST_LAYERS:,} are read")
    sizes = numbers.integers(depth + 1)
    if min(sizes) < 1 or (sizes[0], sizes[-1]) != (inputs, outputs):
        raise numbers.fail("the widths do not begin and end with the numbers of inputs and outputs; correct them")
    dense = sum((a + 8) * b for a, b in itertools.pairwise(sizes))
    if dense > MAX_NUMBERS:
        raise numbers.fail(f"the layers hold {dense:,} numbers, more than the {MAX_NUMBERS:,} that are read")
    numbers.line()
    for _ in range(2):
        numbers.take(inputs)
    means, ranges = numbers.take(inputs + 1), numbers.take(inputs + 1)
    if 0 in ranges:
        raise numbers.fail("a range is zero; correct it")
    layers = []
    for number, (before, width) in enumerate(itertools.pairwise(sizes), start=1):
        weights = [numbers.take(before) for _ in range(width)]
        biases = [numbers.take(1)[0] for _ in range(width)]
        if number == 1:
            weights = [[w / r for w, r in zip(row, ranges, strict=False)] for row in weights]
            shifts = (sum(map(Fraction.__mul__, row, means), Fraction(0)) for row in weights)
            biases = [b - shift for b, shift in zip(biases, shifts, strict=True)]
        if number == depth:
            weights = [[w * ranges[-1] for w in row] for row in weights]
            biases = [b * ranges[-1] + means[-1] for b in biases]
        layers.append(Layer(weights, biases, RELU if number < depth else IDENTITY))
    with located(path):
        return Network(layers)


class _Numbers:
    """The lines of numbers of a file, one after the other."""

    def __init__(self, path: object, lines: list[str]) -> None:
        self._path, self._at = path, 0
        numbered = enumerate(map(str.strip, lines), start=1)
        self._lines = ((i, line) for i, line in numbered if line and not line.startswith("//"))

    def fail(self, problem: str) -> FileFormatError:
        return FileFormatError(self._path, f"line {self._at}", problem)

    def line(self) -> str:
        self._at, text = next(self._lines, (self._at, ""))
        if not text:
            raise self.fail("the file ends too early; export the network again")
        return text

    def take(self, count: int) -> list[Fraction]:
        """The numbers of the next line, which must be so many."""
        words = [word.strip() for word in self.line().rstrip(",").split(",")]
        if len(words) != count:
            raise self.fail(f"holds {len(words)} numbers where {count} belong; export the network again")
        for word in words:
            if not _NUMBER.fullmatch(word):
                raise self.fail(f"{printable(word)!r} is not a number; write decimals with commas between")
        return [rational(word.replace(".e", "e").replace(".E", "e").rstrip(".")) for word in words]

    def integers(self, count: int) -> list[int]:
        values = self.take(count)
        if any(value.denominator != 1 for value in values):
            raise self.fail("holds numbers that are no integers where counts belong; export the network again")
        return [value.numerator for value in values]
