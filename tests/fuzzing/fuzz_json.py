"""Networks and domains as JSON, and a second reading with the standard library and no check at all."""

import json
import random
from fractions import Fraction
from pathlib import Path

from fuzz_agreement import counts_agree, exact, network_examiner, refused, take
from fuzz_changes import change_bytes, change_numbers, change_structure, change_tokens

from theory import Network
from theory.errors import LinregionsError
from verify import Box, Polytope
from verify.domain import files as domain_files
from verify.domain.shapes import Plane, Segment

NETWORKS = Path(__file__).parent.parent / "networks"
LINES = Network.relu([([[1, 0], [0, 1], [1, 1], [1, -2]], [0, 0, -1, "1/3"]), ([[1, 1, 1, 1]], [0])])


def good_networks():
    names = ("cancel", "parallel", "dead", "central_abs", "duplicate", "central4", "maxout_deg_mid", "sliver_1e-7")
    return [(NETWORKS / f"{name}.json").read_bytes() for name in names]


def good_domains():
    shapes = [
        {"rows": [["1", "0", "1"], ["-1", "-1", "1/2"], [0, 1, 2]]},
        {"lower": [-1, "-1/2"], "upper": [1, 0.75]},
        {"segment": [[0, 0], [1, "1/3"]]},
        {"line": [["1/2", 0], [1, 1]]},
        {"plane": [[0, 0], [1, 0], ["1/2", 1]], "lower": [0, 0], "upper": [1, 1]},
        {"plane": [[0, 0], [1, 0], [0, 1]], "rows": [["1", "1", "1"]]},
    ]
    return [json.dumps({"format": "linregions/domain", "version": 1, **shape}).encode() for shape in shapes]


def _unit(activation):
    """An activation of the JSON format as a function of a list of numbers, and how many of them it takes."""
    if isinstance(activation, dict) and "maxout" in activation:
        return max, activation["maxout"]
    if activation == "relu":
        return (lambda z: max(z[0], Fraction(0))), 1
    if activation == "identity":
        return (lambda z: z[0]), 1
    if activation == "abs":
        return (lambda z: abs(z[0])), 1
    if activation == "hard_tanh":
        return (lambda z: min(max(z[0], Fraction(-1)), Fraction(1))), 1
    if isinstance(activation, dict) and "leaky_relu" in activation:
        slope = exact(activation["leaky_relu"])
        return (lambda z: z[0] if z[0] > 0 else slope * z[0]), 1
    breakpoints, slopes = ([exact(v) for v in activation[key]] for key in ("breakpoints", "slopes"))

    def piecewise(z):
        """Continuous, with value 0 at 0."""

        def rise(x):
            value, at = Fraction(0), breakpoints[0] if breakpoints else Fraction(0)
            if x <= at:
                return slopes[0] * (x - at)
            for i, slope in enumerate(slopes[1:]):
                end = min(x, breakpoints[i + 1]) if i + 1 < len(breakpoints) else x
                if end > breakpoints[i]:
                    value += slope * (end - breakpoints[i])
            return value

        return rise(z[0]) - rise(Fraction(0))

    return piecewise, 1


def naive_json(data):
    """The function of a network document, read with the standard library and no check at all."""
    document = json.loads(data.decode("utf-8-sig"))

    def value(x):
        for layer in document["layers"]:
            z = [
                sum((exact(w) * v for w, v in zip(row, x, strict=True)), exact(b))
                for row, b in zip(layer["weights"], layer["biases"], strict=True)
            ]
            activation = layer["activation"]
            if not isinstance(activation, list):
                _, width = _unit(activation)
                activation = [activation] * (len(z) // width)
            x = []
            for entry in activation:
                unit, width = _unit(entry)
                x.append(unit(z[:width]))
                z = z[width:]
        return tuple(x)

    return value


def same_domain(data, domain, rng):
    """Whether the second reading has the same points, for boxes and polytopes."""
    if not isinstance(domain, Box | Polytope):
        return None
    document = json.loads(data.decode("utf-8-sig"))
    for _ in range(20):
        x = [Fraction(rng.randrange(-64, 65), 16) for _ in range(domain.dimension)]
        if "rows" in document:
            inside = all(sum(exact(a) * v for a, v in zip(row, [*x, 1], strict=True)) >= 0 for row in document["rows"])
        else:
            inside = all(
                exact(a) <= v <= exact(b) for a, v, b in zip(document["lower"], x, document["upper"], strict=True)
            )
        if inside != all(sum(a * v for a, v in zip(row, [*x, 1], strict=True)) >= 0 for row in domain.rows):
            return False
    return True


def examine_domain(number, data, path, report):
    """Read the file of a domain, and its points and regions a second way."""
    try:
        loaded = domain_files.load(path)
    except LinregionsError as error:
        refused(number, error, path, report)
        return
    verdicts = {"points": same_domain(data, loaded, random.Random(number))}
    if loaded.input_dimension == 2 and not (isinstance(loaded, Segment | Plane) and len(data) > 10**5):
        verdicts["count"] = counts_agree(LINES, loaded)
    take(number, report, verdicts)


_CHANGES = (change_bytes, change_tokens, change_structure, change_numbers, change_numbers)
KINDS = {
    "json": ("file.json", good_networks, _CHANGES, network_examiner(naive_json)),
    "domain": ("file.json", good_domains, _CHANGES, examine_domain),
}
