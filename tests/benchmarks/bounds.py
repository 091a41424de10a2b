"""What the large bounds cost, and how it grows.  Run: python tests/benchmarks/bounds.py [seconds per case].

Cases that are expected to pass the limit are left out; the last column is the size of the result.
"""

import sys
import time

from theory.architecture import Architecture
from theory.bounds import BOUNDS, best_split
from theory.bounds.convolutional import first_layer_value
from theory.convolution import Convolution, ConvolutionalArchitecture


def timed(name, function):
    """Print name, seconds of processor time and bits."""
    start = time.process_time()
    value = function()
    print(f"{name:55s} {time.process_time() - start:9.3f} s  {value.bit_length():8d} bits", flush=True)


def grid(shape, channels, filters, kernel, stride=1):
    """The number of Theorem 2 for one convolutional layer."""
    layer = Convolution(filters, kernel, stride)
    return lambda: first_layer_value(ConvolutionalArchitecture(shape, channels, (layer,)))


def main(limit):
    for inputs, width, depth, seconds in [
        (784, 512, 10, 1), (1000, 1000, 2, 1), (784, 1000, 12, 5), (784, 1000, 25, 15), (196, 1000, 100, 1),
        (784, 250, 100, 5), (100, 100, 1000, 15), (10, 20, 1000, 1),
    ]:  # fmt: skip
        for key in ("serra2018", "hinz2021"):
            if seconds <= limit:
                arch = Architecture.relu(inputs, *[width] * depth)
                timed(f"{key} ({inputs}; {width} x {depth})", lambda a=arch, k=key: BOUNDS[k](a))
    timed("best split of 100 units, 5 layers, 10 inputs", lambda: best_split(100, 5, 10).value)
    timed("best split of 100 units, 5 layers, 784 inputs", lambda: best_split(100, 5, 784).value)
    timed("xiong2020 64 positions, kernel 3, 3 -> 16 channels", grid((66,), 3, 16, (3,)))
    timed("xiong2020 256 positions, kernel 5, 3 -> 64 channels", grid((260,), 3, 64, (5,)))
    for shape, kernel, stride, seconds in [
        ((6, 6), (2, 2), 1, 1), ((7, 7), (2, 2), 1, 1), ((8, 8), (2, 2), 1, 15), ((100, 7), (2, 2), 1, 30),
        ((5, 5), (3, 3), 1, 1), ((6, 6), (3, 3), 1, 15), ((30, 5), (3, 3), 1, 20), ((11, 11), (3, 3), 2, 1),
        ((28, 28), (4, 4), 4, 1), ((9, 9), (2, 2), 1, 75),
    ]:  # fmt: skip
        if seconds <= limit:
            timed(f"xiong2020 {shape}, kernel {kernel}, stride {stride}, 1 -> 16", grid(shape, 1, 16, kernel, stride))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
