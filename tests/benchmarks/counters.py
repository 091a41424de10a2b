"""One adapter for each program that counts regions; every program runs in a process of its own.

    python tests/benchmarks/counters.py NAME

reads requests from standard input, one JSON object a line, and answers each with one line.  A request names a network
(:func:`network_of`) and a domain (``"space"`` or ``[lower, upper]``, the same for every input).  The answer holds the
count, the seconds that the count itself took (not the conversion of the network), and the peak memory; or the reason
why the program did not count.  The programs are asked through their documented interfaces:

==============  =======================================================================================
linregions      ``verify.count``
rounded         the same of the network whose weights are rounded to binary64
kernel          the compiled traversal alone, without the Python that prepares its arrays
unchecked       the same traversal with every proof and error bound taken out (:mod:`unchecked`)
regioncam       ``Regioncam(size=1)``, then ``linear`` and ``relu`` for each hidden layer; ``num_faces``
affinitree      ``builder.from_layers`` of an ``Architecture``; ``num_terminals``
relucent        ``Complex(...).bfs`` with one worker; ``len``
==============  =======================================================================================

The affine output layer changes no activation pattern, so no program is asked to apply it.
"""

import importlib.metadata
import itertools
import json
import os
import re
import resource
import sys
import time
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np

NETWORKS = Path(__file__).resolve().parent.parent / "networks"
PEERS = ("regioncam", "affinitree", "relucent")


def peak():
    """The largest resident memory of this process so far, in bytes.

    From Linux' ``VmHWM``: the mark of ``getrusage`` outlives ``exec``, so that a small process that a large one has
    started reports the large one's memory as its own.
    """
    return int(re.search(r"VmHWM:\s*([0-9]+)", Path("/proc/self/status").read_text())[1]) << 10


class NotServedError(Exception):
    """The program has no way to be asked this question."""


def he_normal(widths, seed=0):
    """(W, b) of every layer: W ~ N(0, 2 / fan-in), b ~ N(0, 0.1²), drawn in this order layer by layer."""
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(0.0, (2 / fan_in) ** 0.5, (fan_out, fan_in)), rng.normal(0.0, 0.1, fan_out))
        for fan_in, fan_out in itertools.pairwise(widths)
    ]


def network_of(spec):
    """The network of a request.

    ``{"he": widths}`` is drawn at random; ``{"file": name}`` is one of tests/networks; ``{"folding": n}`` is the
    folding construction of the file montufar_2_8_8 with its second fold repeated, n hidden layers in all.
    ``{"concurrent": [d, n]}`` are n random hyperplanes, all through one point.  In ``{"echo": [d, n]}`` each of the n
    units of the second layer sees one unit of the first alone, by a random positive weight: it adds no region.
    """
    from theory import Network
    from theory.formats import load

    if "he" in spec:
        return Network.from_floats(he_normal(spec["he"]))
    if "concurrent" in spec:
        ((weights, _),), output = he_normal(spec["concurrent"]), ([[1] * spec["concurrent"][1]], [0])
        point = [Fraction(k + 1, 7) for k in range(weights.shape[1])]
        rows = [[Fraction(w) for w in row] for row in weights]
        through = [-sum(w * x for w, x in zip(row, point, strict=True)) for row in rows]
        return Network.relu([(rows, through), output])
    if "echo" in spec:
        (first, (weights, _)), units = he_normal([*spec["echo"], spec["echo"][1]]), spec["echo"][1]
        second = (np.diag(np.abs(weights.diagonal())), np.zeros(units))
        return Network.from_floats([first, second, (np.ones((1, units)), np.zeros(1))])
    if "file" in spec:
        return load(NETWORKS / f"{spec['file']}.json")
    first, fold, output = load(NETWORKS / "montufar_2_8_8.json").layers
    return Network([first, *[fold] * (spec["folding"] - 1), output])


def hidden_floats(network, domain=None):
    """(W, b) of the hidden layers in binary64; with a domain, after x = lower + (upper − lower)·(y + 1)/2."""
    pairs = []
    for layer in network.hidden:
        if any(unit.name != "relu" for unit in layer.units):
            raise NotServedError("no maxout units")
        pairs.append((np.array(layer.weights, dtype=float), np.array(layer.biases, dtype=float)))
    if domain not in (None, [-1, 1]):
        (weights, biases), half = pairs[0], (domain[1] - domain[0]) / 2
        pairs[0] = (weights * half, biases + weights.sum(axis=1) * (domain[0] + half))
    return pairs


def domain_of(domain, inputs):
    """The domain as linregions has it."""
    from verify import Box, WholeSpace

    return WholeSpace(inputs) if domain == "space" else Box([domain[0]] * inputs, [domain[1]] * inputs)


def linregions(network, domain):
    """The front door."""
    from verify import count

    where = domain_of(domain, network.inputs)

    def run():
        result = count(network, where)
        return int(result), result

    return run


def rounded(network, domain):
    """The front door on the network whose weights are rounded to binary64, which is all that a peer gets to see."""
    from theory import Network

    output = (np.ones((1, network.hidden[-1].width)), np.zeros(1))
    return linregions(Network.from_floats([*hidden_floats(network), output]), domain)


def kernel(network, domain):
    """The compiled traversal with its exact fallback."""
    from verify.engines.fast import Traversal
    from verify.engines.problem import Problem

    traversal = Traversal(Problem.of(network, domain_of(domain, network.inputs)))
    return lambda: (traversal.count(), traversal)


def regioncam(network, domain):
    """Float32 polygons in a square of the plane."""
    import regioncam as peer

    if network.inputs != 2:
        raise NotServedError("two inputs only")
    if domain == "space":
        raise NotServedError("bounded domains only")
    layers = [
        (np.ascontiguousarray(w.T, dtype=np.float32), b.astype(np.float32)) for w, b in hidden_floats(network, domain)
    ]

    def run():
        plane = peer.Regioncam(size=1)
        for weights, biases in layers:
            plane.linear(weights, biases)
            plane.relu()
        return plane.num_faces, plane

    return run


def affinitree(network, domain):
    """A decision tree whose infeasible paths are cut by linear programs."""
    import affinitree as peer

    pairs = hidden_floats(network)
    layers = peer.Architecture(network.inputs)
    for weights, biases in pairs:
        layers.linear(peer.AffFunc.from_mats(weights, biases))
        layers.relu()
    given = ()
    if domain != "space":
        box = peer.Polytope.hyperrectangle(network.inputs, [tuple(float(v) for v in domain)] * network.inputs)
        given = (peer.AffTree.from_poly(box, peer.AffFunc.identity(network.inputs)),)

    def run():
        tree = peer.builder.from_layers(layers, *given)
        return tree.num_terminals(), tree

    return run


def relucent(network, domain):
    """Neighbor search with linear programs; one worker process, no final certification."""
    import relucent as peer
    import torch

    torch.set_num_threads(1)
    shifted = None if domain == "space" else domain
    modules = []
    for weights, biases in [*hidden_floats(network, shifted), (np.ones((1, network.hidden[-1].width)), np.zeros(1))]:
        linear = torch.nn.Linear(weights.shape[1], weights.shape[0], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weights))
            linear.bias.copy_(torch.from_numpy(biases))
        modules += [linear, torch.nn.ReLU()]
    converted = peer.convert(torch.nn.Sequential(*modules[:-1]))

    def run():
        cells = peer.Complex(converted)
        if domain == "space":
            start, cube = peer.generic_topology_start(cells), {}
        else:
            starts = np.random.default_rng(0).uniform(-1.0, 1.0, (32, network.inputs))
            start = next((x for x in starts if cells.point2ss(x.reshape(1, -1)).all()), starts[0])
            cube = {"cube_radius": 1.0, "cube_mode": "intersect"}
        result = cells.bfs(start.reshape(1, -1), nworkers=1, verify=False, verbose=0, **cube)
        if not result.complete:
            raise RuntimeError(f"search not complete, {len(cells)} found")
        return len(cells), cells

    return run


def installed(name):
    """The version of a peer, or None if it is not there."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def processor_time():
    """Seconds of this process and of its finished children."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def answer(prepare, request):
    """Count once."""
    try:
        run = prepare(network_of(request["network"]), request["domain"])
        processor, began = processor_time(), time.perf_counter()
        number, kept = run()
        seconds, processor = time.perf_counter() - began, processor_time() - processor
        del kept  # freeing the regions is not part of counting them
    except NotServedError as error:
        return {"not served": str(error)}
    except BaseException as error:  # a panic of compiled code is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return {"failed": f"{type(error).__name__}: {error}"}
    return {"count": number, "seconds": seconds, "processor": processor, "megabytes": peak() / 2**20}


def main(name):
    """Serve requests until the input ends."""
    replies = os.fdopen(os.dup(1), "w")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)  # a peer that prints must not be taken for an answer
    warnings.simplefilter("ignore")
    if name == "unchecked":
        from unchecked import install

        install()
    functions = (linregions, rounded, kernel, regioncam, affinitree, relucent)
    prepare = {function.__name__: function for function in functions} | {"unchecked": kernel}
    for widths in ([2, 6, 6, 1], [3, 6, 1])[: 1 if name == "relucent" else 2]:
        for domain in ([-1, 1], "space"):
            answer(prepare[name], {"network": {"he": widths}, "domain": domain})
    print(json.dumps({"ready": True}), file=replies, flush=True)
    for line in iter(sys.stdin.readline, ""):
        print(json.dumps(answer(prepare[name], json.loads(line))), file=replies, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
