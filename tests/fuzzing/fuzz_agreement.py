"""What a file was read as, examined a second way: the values of a network, its number of regions."""

import random
from fractions import Fraction

import numpy as np
from flint import fmpz

from theory import formats
from theory.activations import Maxout
from theory.errors import LinregionsError
from verify import count


def refused(number, error, path, report):
    """Count a refusal; a message that is not one short line about the file is a finding."""
    report["refused"] += 1
    text = str(error)
    if not text.startswith(str(path)) or len(text) > 1000 or len(text.splitlines()) != 1:
        report["findings"].append([number, f"message: {text[:300]!r}"])


def take(number, report, verdicts):
    """Count the verdicts of second readings; None is none."""
    report["read"] += 1
    for name, verdict in verdicts.items():
        report[name] += verdict is not None
        if verdict is False:
            report["findings"].append([number, f"the second reading has other {name}"])


def network_examiner(naive, close=None):
    """How to examine the file of a network that ``naive`` reads a second time, as a function of a point."""

    def examine(number, data, path, report):
        try:
            loaded = formats.load(path)
        except LinregionsError as error:
            refused(number, error, path, report)
            return
        points = same_network(naive, data, loaded, random.Random(number), close)
        take(number, report, {"points": points, "count": counts_agree(loaded, None)})

    return examine


def same_network(naive, data, network, rng, close):
    """Whether the second reading has the same values; None where it does not understand the file."""
    if network.inputs > 50:
        return None
    points = [[Fraction(rng.randrange(-64, 65), 16) for _ in range(network.inputs)] for _ in range(4)]
    try:
        function = naive(data)
        wanted = [function(point) for point in points]
    except Exception:
        return None
    got = [network(point) for point in points]
    return got == wanted if close is None else close(got, wanted)


def nearly(got, wanted):
    """Whether exact values are those that floats found; None where floats overflowed."""
    for ours, theirs in zip(got, wanted, strict=True):
        if not np.isfinite(theirs).all() or np.abs(theirs).max(initial=0) > 1e20:
            return None
        if len(ours) != len(theirs) or not np.allclose([float(v) for v in ours], theirs, rtol=1e-3, atol=1e-3):
            return False
    return True


def branches(network):
    """A bound on the work of the reference implementation."""
    pieces = [unit.pieces for layer in network.hidden for unit in layer.units]
    rows = sum(unit.pieces if isinstance(unit, Maxout) else 1 for layer in network.hidden for unit in layer.units)
    total = 1
    for k in pieces:
        total *= k
    return total if network.inputs <= 3 and rows <= 12 else 10**9


def counts_agree(network, domain):
    """Whether two engines that share nothing count the same; None where the reference would take too long."""
    if branches(network) > 300:
        return None
    try:
        wanted = int(count(network, domain, engine="brute"))
    except LinregionsError:
        try:
            count(network, domain)
        except LinregionsError:
            return None
        return False
    return int(count(network, domain)) == wanted


def exact(value):
    """A number of a JSON file, read without any check."""
    if isinstance(value, str):
        if set(".eE") & set(value):  # a decimal, as "0.5" and "1e400"
            return Fraction(value)
        numerator, _, denominator = value.partition("/")
        return Fraction(int(fmpz(numerator)), int(fmpz(denominator or "1")))
    return Fraction(*value.as_integer_ratio()) if isinstance(value, float) else Fraction(value)


def chain(arrays):
    """A ReLU chain of named arrays as a function."""
    weights = sorted((int("".join(filter(str.isdigit, k)) or 0), k) for k in arrays if k[0] == "W" or "weight" in k)

    def value(x):
        for i, (_, key) in enumerate(weights):
            bias = arrays.get(key.replace("W", "b").replace("weight", "bias"))
            rows = arrays[key].astype(float).tolist()
            shift = [0.0] * len(rows) if bias is None else bias.astype(float).tolist()
            x = [
                sum((exact(w) * v for w, v in zip(row, x, strict=True)), exact(b))
                for row, b in zip(rows, shift, strict=True)
            ]
            if i + 1 < len(weights):
                x = [max(v, Fraction(0)) for v in x]
        return tuple(x)

    return value
