"""Mutated files, by the thousand: ``python tests/fuzzing.py KIND,KIND FIRST NUMBER`` reads them and reports.

A file is made from a good one by a few changes, of bytes, of tokens or of the structure; file i of a kind is always the
same.  Reading it may end in a refusal (an error of the toolkit, one line long) or in a network or domain; anything else
is a finding: another exception, more than the time limit, or a value that a second, naive reading of the same file
contradicts, at random points or in the number of regions.  The worker runs with bounded memory and reports its peak.
"""

import io
import itertools
import json
import random
import re
import resource
import signal
import struct
import sys
import tempfile
import warnings
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
from flint import fmpz

from theory import Network, formats
from theory.activations import Maxout
from theory.errors import LinregionsError
from verify import Box, Polytope, count, domain_files, memory
from verify.domain import Plane, Segment

HERE = Path(__file__).parent
SECONDS = 10
MEMORY = 6 << 30  # of addresses; what is really used is reported
SUFFIX = {"json": ".json", "domain": ".json", "npz": ".npz", "safetensors": ".safetensors", "onnx": ".onnx"}
LINES = Network.relu([([[1, 0], [0, 1], [1, 1], [1, -2]], [0, 0, -1, "1/3"]), ([[1, 1, 1, 1]], [0])])

TOKENS = (
    '0', '-0', '1', '-1', '2', '3', '1e5', '1e308', '1e400', '-1e-400', '5e-324', '0.1', '1e999999999', '"1/0"',
    '"1/3"', '"-7/2"', '"0.5"', '"+1"', '" 1 "', '"1e3"', '"--1"', '""', '"\\u0663"', '"\\ud800"', '"NaN"', 'NaN',
    'Infinity', '-Infinity', 'null', 'true', 'false', '[]', '{}', '[[]]', '[1]', '{"format": 1}', '"relu"',
    '"identity"', '"abs"', '"hard_tanh"', '"sigmoid"', '{"maxout": 2}', '{"maxout": 0}', '{"maxout": 1000000000}',
    '{"leaky_relu": "1/10"}', '{"breakpoints": ["0", "0"], "slopes": [1, 2, 3]}', "9" * 40, "9" * 200_000, "[" * 5000,
    '{"breakpoints": [0, 1], "slopes": [1, -1, 1]}', '"linregions/network"', '"linregions/domain"', "[" * 300_000,
    '"' + "9" * 200_000 + '"', '"1/' + "7" * 5000 + '"', '{"a":' * 3000, "1" + "0" * 30, '"weights"', '"inputs"',
    '"rows"', '"lower"', '"segment"', '"plane"', ",", ":", "]", "}", '"', "\\",
)  # fmt: skip


class Hang(BaseException):
    """The time limit has passed."""


def _hang(*_):
    raise Hang


# --- good files ---------------------------------------------------------------------------------------------


def good_networks():
    names = ("cancel", "parallel", "dead", "central_abs", "duplicate", "central4", "maxout_deg_mid", "sliver_1e-7")
    return [(HERE / "networks" / f"{name}.json").read_bytes() for name in names]


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


def _arrays(seed):
    rng = np.random.default_rng(seed)
    widths = (2, 4, 3, 1)
    arrays = {}
    for i, (inputs, width) in enumerate(itertools.pairwise(widths)):
        arrays[f"W{i}"] = (rng.integers(-16, 17, size=(width, inputs)) / 8).astype(np.float32)
        arrays[f"b{i}"] = (rng.integers(-16, 17, size=width) / 8).astype(np.float32)
    return arrays


def good_npz():
    files = []
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, **_arrays(1))
        files.append(stream.getvalue())
    return files


def good_safetensors():
    from safetensors.numpy import save

    arrays = _arrays(2)
    named = {f"{key[1:]}.{'weight' if key[0] == 'W' else 'bias'}": array for key, array in arrays.items()}
    return [save(_arrays(1)), save(named)]


def good_onnx():
    from onnx import TensorProto, helper, numpy_helper

    w, b, v, c = (numpy_helper.from_array(_arrays(3)[key], key) for key in ("W0", "b0", "W1", "b1"))
    gemm = [
        helper.make_node("Gemm", ["x", "W0", "b0"], ["h"], transB=1),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "W1", "b1"], ["y"], transB=1),
    ]
    leaky = [
        helper.make_node("Gemm", ["x", "W0", "b0"], ["h"], transB=1, alpha=0.5),
        helper.make_node("LeakyRelu", ["h"], ["r"], alpha=0.25),
        helper.make_node("Reshape", ["r", "shape"], ["s"]),
        helper.make_node("Gemm", ["s", "W1", "b1"], ["z"], transB=1),
        helper.make_node("Clip", ["z"], ["y"]),
    ]
    files = []
    for nodes, more in ((gemm, []), (leaky, [numpy_helper.from_array(np.array([1, 4]), "shape")])):
        graph = helper.make_graph(
            nodes,
            "graph",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
            [w, b, v, c, *more],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        files.append(model.SerializeToString())
    return files


GOOD = {
    "json": good_networks,
    "domain": good_domains,
    "npz": good_npz,
    "safetensors": good_safetensors,
    "onnx": good_onnx,
}


# --- changes ------------------------------------------------------------------------------------------------


def change_bytes(rng, data, others):
    at, stop = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    stop = min(stop, at + rng.choice((1, 2, 8, 64, 1000)))
    piece = data[at:stop]
    other = rng.choice(others)
    start = rng.randrange(len(other))
    new = rng.choice(
        (
            b"",
            bytes([rng.randrange(256)]) * rng.choice((1, len(piece) or 1)),
            piece + piece,
            bytes(b ^ (1 << rng.randrange(8)) for b in piece),
            other[start : start + rng.choice((1, 4, 100))],
            struct.pack("<Q", rng.choice((0, 1, 255, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1)))[: len(piece) or 8],
        )
    )
    if rng.random() < 0.1:
        return data[:at]
    return data[:at] + new + data[stop:]


def change_tokens(rng, data, _others):
    text = data.decode("utf-8", "replace")
    marks = [i for i, c in enumerate(text) if c in '[]{},:"'] or [0]
    at = rng.choice(marks)
    stop = next((i for i in marks if i > at + rng.randrange(3)), len(text))
    return (text[: at + 1] + rng.choice(TOKENS) + text[stop:]).encode("utf-8", "surrogatepass")


def change_numbers(rng, data, _others):
    """A mild one: other numbers, so that most files stay readable."""
    text = data.decode("utf-8", "replace")
    found = [m for m in re.finditer(r'"-?[0-9]+(/[0-9]+)?"|(?<=[ \[])-?[0-9]+', text) if m.start() > 60]
    for match in sorted(rng.sample(found, min(len(found), rng.choice((1, 2, 5)))), key=lambda m: -m.start()):
        new = rng.choice(("0", "1", '"-1"', '"1/3"', "-2", "0.1", '"22/7"', "1e-300", '"-5/2"', "1e30"))
        text = text[: match.start()] + new + text[match.end() :]
    return text.encode("utf-8", "surrogatepass")


def change_floats(rng, data, _others):
    """A mild one for binary files: another float where one is stored, or a flipped bit."""
    at = max(0, len(data) - rng.randrange(4, 120))  # arrays are at the end
    new = rng.choice((struct.pack("<f", rng.choice((0.0, -0.0, 1.5, 0.1, -3.0))), bytes([rng.randrange(256)])))
    return data[:at] + new + data[at + len(new) :]


def change_structure(rng, data, others):
    """Replace, remove, repeat or move a value inside the document."""
    try:
        document = json.loads(data)
        spare = json.loads(rng.choice(others))
    except (ValueError, RecursionError):
        return change_bytes(rng, data, others)
    places = []

    def walk(value):
        keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        for key in keys:
            places.append((value, key))
            walk(value[key])

    walk(document)
    donor = rng.choice(places) if places else None
    walk(spare)
    if donor is None:
        return data
    holder, key = rng.choice(places[: max(1, len(places))])
    action = rng.randrange(4)
    if action == 0:
        try:
            holder[key] = json.loads(rng.choice(TOKENS[:60]))
        except (ValueError, RecursionError):
            holder[key] = None
    elif action == 1:
        del holder[key]
    elif action == 2 and isinstance(holder, list):
        holder.insert(key, holder[key])
    else:
        source, index = donor
        if index in source if isinstance(source, dict) else index < len(source):
            holder[key] = json.loads(json.dumps(source[index]))
    return json.dumps(document).encode("utf-8", "surrogatepass")


KINDS = (b"'|O'", b"'<f8'", b"'<f2'", b"'>f4'", b"'<i8'", b"'<c8'", b"'|S4'", b"'|V8'")


def change_npz(rng, data, others):
    """Change one member and pack the archive again, so that the checksums are right."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except Exception:
        members = []
    if not members:
        return change_bytes(rng, data, others)
    i = rng.randrange(len(members))
    name, content = members[i]
    action = rng.randrange(5)
    if action == 0:
        members[i] = (name, rng.choice((change_bytes, change_floats))(rng, content, [content]))
    elif action == 1:
        old = rng.choice((b"'<f4'", b"'shape': (", b"False", b"4,", b"2)", b"'descr'"))
        new = rng.choice((*KINDS, b"'shape': (99999999999,", b"True ", b"9,", b"0,", b"-1,"))
        members[i] = (name, content.replace(old, new, 1))
    elif action == 2:
        members[i] = (
            rng.choice(("W0.npy", "b7.npy", "../W0.npy", "W0", "W00.npy", "0.weight.npy", "x" * 300)),
            content,
        )
    elif action == 3:
        del members[i]
    else:
        members.insert(rng.randrange(len(members) + 1), (name, rng.choice(members)[1]))
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", rng.choice((0, zipfile.ZIP_DEFLATED))) as archive:
        warnings.simplefilter("ignore")
        for filename, content in members:
            archive.writestr(filename, content)
    return stream.getvalue()


def change_safetensors(rng, data, others):
    """Change the header and state its length rightly."""
    (length,) = struct.unpack("<Q", data[:8].ljust(8, b"\0"))
    header, body = data[8 : 8 + length], data[8 + length :]
    if not header:
        return change_bytes(rng, data, others)
    change = rng.choice((change_tokens, change_structure, change_bytes))
    header = change(rng, header, [header])
    if rng.random() < 0.5:
        old = rng.choice((b'"F32"', b"[4,2]", b"[4]", b"[0,", b"W1", b"bias"))
        new = rng.choice((b'"F64"', b'"F16"', b'"BF16"', b'"I64"', b"[2,4]", b"[8]", b"[1,", b"W0", b"W9"))
        header = header.replace(old, new, 1)
    return struct.pack("<Q", len(header)) + header + body


OPERATORS = (
    "Relu", "Gemm", "MatMul", "Add", "Sub", "Abs", "LeakyRelu", "Clip", "Flatten", "Max", "Neg", "Identity",
    "Transpose", "Softmax", "Loop", "",
)  # fmt: skip


def change_onnx(rng, data, others):
    """Change a field of the model, or a few of its bytes."""
    import onnx

    try:
        model = onnx.load_model_from_string(data)
    except Exception:
        return change_bytes(rng, data, others)
    graph = model.graph
    action = rng.randrange(9)
    node = rng.choice(graph.node) if graph.node else None
    tensor = rng.choice(graph.initializer) if graph.initializer else None
    if action == 0 and node is not None:
        node.op_type = rng.choice(OPERATORS)
    elif action == 1 and node is not None and node.input:
        node.input[rng.randrange(len(node.input))] = rng.choice(("x", "h", "r", "W0", "b1", "y", "", "nothing"))
    elif action == 2 and node is not None and node.attribute:
        attribute = rng.choice(node.attribute)
        attribute.f = rng.choice((0.0, -1.0, 0.5, 1e30, float("nan"), float("inf"), 5e-324))
        attribute.i = rng.choice((0, 1, 2, -1, 2**62))
    elif action == 3 and tensor is not None and tensor.dims:
        tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice((0, 1, 2, 3, 4, 8, -1, 2**40))
    elif action == 4 and tensor is not None:
        tensor.data_type = rng.choice((0, 1, 6, 7, 10, 11, 16, 99))
    elif action == 5 and tensor is not None:
        tensor.raw_data = rng.choice((change_bytes, change_floats))(rng, tensor.raw_data or b"\0", [b"\0\0\x80\x3f"])
    elif action == 6:
        shape = graph.input[0].type.tensor_type.shape
        if shape.dim:
            shape.dim[rng.randrange(len(shape.dim))].dim_value = rng.choice((0, 1, 2, 3, 2**40))
    elif action == 7 and len(graph.node) > 1:
        first, second = rng.sample(range(len(graph.node)), 2)
        copied = onnx.NodeProto()
        copied.CopyFrom(graph.node[first])
        graph.node[first].CopyFrom(graph.node[second])
        graph.node[second].CopyFrom(copied)
    else:
        return change_bytes(rng, data, others)
    return model.SerializeToString()


CHANGES = {
    "json": (change_bytes, change_tokens, change_structure, change_numbers, change_numbers),
    "domain": (change_bytes, change_tokens, change_structure, change_numbers, change_numbers),
    "npz": (change_bytes, change_npz, change_npz, change_floats),
    "safetensors": (change_bytes, change_safetensors, change_floats, change_floats),
    "onnx": (change_bytes, change_onnx, change_onnx, change_onnx),
}


def mutated(kind, number, good):
    """File ``number`` of a kind."""
    rng = random.Random(f"{kind} {number}")
    data = rng.choice(good)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        data = rng.choice(CHANGES[kind])(rng, data, good) or b"\0"
    return data


# --- a second reading ---------------------------------------------------------------------------------------


def _exact(value):
    if isinstance(value, str):
        numerator, _, denominator = value.partition("/")
        return Fraction(int(fmpz(numerator)), int(fmpz(denominator or "1"))) if "." not in value else Fraction(value)
    return Fraction(*value.as_integer_ratio()) if isinstance(value, float) else Fraction(value)


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
        slope = _exact(activation["leaky_relu"])
        return (lambda z: z[0] if z[0] > 0 else slope * z[0]), 1
    breakpoints, slopes = ([_exact(v) for v in activation[key]] for key in ("breakpoints", "slopes"))

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
                sum((_exact(w) * v for w, v in zip(row, x, strict=True)), _exact(b))
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


def _chain(arrays):
    """A ReLU chain of named arrays as a function."""
    weights = sorted((int("".join(filter(str.isdigit, k)) or 0), k) for k in arrays if k[0] == "W" or "weight" in k)

    def value(x):
        for i, (_, key) in enumerate(weights):
            bias = arrays.get(key.replace("W", "b").replace("weight", "bias"))
            rows = arrays[key].astype(float).tolist()
            shift = [0.0] * len(rows) if bias is None else bias.astype(float).tolist()
            x = [
                sum((_exact(w) * v for w, v in zip(row, x, strict=True)), _exact(b))
                for row, b in zip(rows, shift, strict=True)
            ]
            if i + 1 < len(weights):
                x = [max(v, Fraction(0)) for v in x]
        return tuple(x)

    return value


def naive_npz(data):
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return _chain({name: archive[name] for name in archive.files})


def naive_safetensors(data):
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    arrays = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, stop = entry["data_offsets"]
            kind = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}[entry["dtype"]]
            flat = np.frombuffer(body[start:stop], dtype=kind)
            if entry["dtype"] == "BF16":
                flat = (flat.astype(np.uint32) << 16).view(np.float32)
            arrays[name] = flat.reshape(entry["shape"])
    return _chain(arrays)


def naive_onnx(data):
    import onnx
    from onnx.reference import ReferenceEvaluator

    model = onnx.load_model_from_string(data)
    evaluator = ReferenceEvaluator(model)
    name = model.graph.input[0].name
    shape = [d.dim_value or 1 for d in model.graph.input[0].type.tensor_type.shape.dim]

    def value(x):
        given = np.array([float(v) for v in x], dtype=np.float32).reshape(shape)
        with np.errstate(all="ignore"):
            return np.concatenate([np.ravel(v) for v in evaluator.run(None, {name: given})]).astype(float)

    return value


NAIVE = {"json": naive_json, "npz": naive_npz, "safetensors": naive_safetensors, "onnx": naive_onnx}


def same_network(kind, data, network, rng):
    """Whether the second reading has the same values; None where it does not understand the file."""
    if network.inputs > 50:
        return None
    points = [[Fraction(rng.randrange(-64, 65), 16) for _ in range(network.inputs)] for _ in range(4)]
    try:
        naive = NAIVE[kind](data)
        wanted = [naive(point) for point in points]
    except Exception:
        return None
    got = [network(point) for point in points]
    if kind != "onnx":
        return got == wanted
    for ours, theirs in zip(got, wanted, strict=True):
        if not np.isfinite(theirs).all() or np.abs(theirs).max(initial=0) > 1e20:
            return None  # floats overflowed, rationals do not
        if len(ours) != len(theirs) or not np.allclose([float(v) for v in ours], theirs, rtol=1e-3, atol=1e-3):
            return False
    return True


def same_domain(data, domain, rng):
    """Whether the second reading has the same points, for boxes and polytopes."""
    if not isinstance(domain, Box | Polytope):
        return None
    document = json.loads(data.decode("utf-8-sig"))
    for _ in range(20):
        x = [Fraction(rng.randrange(-64, 65), 16) for _ in range(domain.dimension)]
        if "rows" in document:
            inside = all(sum(_exact(a) * v for a, v in zip(row, [*x, 1], strict=True)) >= 0 for row in document["rows"])
        else:
            inside = all(
                _exact(a) <= v <= _exact(b) for a, v, b in zip(document["lower"], x, document["upper"], strict=True)
            )
        if inside != all(sum(a * v for a, v in zip(row, [*x, 1], strict=True)) >= 0 for row in domain.rows):
            return False
    return True


def branches(network):
    """A bound on the work of the referee."""
    pieces = [unit.pieces for layer in network.hidden for unit in layer.units]
    rows = sum(unit.pieces if isinstance(unit, Maxout) else 1 for layer in network.hidden for unit in layer.units)
    total = 1
    for k in pieces:
        total *= k
    return total if network.inputs <= 3 and rows <= 12 else 10**9


def counts_agree(network, domain):
    """Whether two engines that share nothing count the same; None where the referee would take too long."""
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


# --- the worker ---------------------------------------------------------------------------------------------


def examine(kind, number, data, path, report):
    """Read one file; findings go into the report."""
    rng = random.Random(number)
    try:
        loaded = domain_files.load(path) if kind == "domain" else formats.load(path)
    except LinregionsError as error:
        report["refused"] += 1
        text = str(error)
        if not text.startswith(str(path)) or len(text) > 1000 or len(text.splitlines()) != 1:
            report["findings"].append([number, f"message: {text[:300]!r}"])
        return
    report["read"] += 1
    if kind == "domain":
        verdicts = {"points": same_domain(data, loaded, rng)}
        if loaded.input_dimension == 2 and not (isinstance(loaded, Segment | Plane) and max(map(len, [data])) > 10**5):
            verdicts["count"] = counts_agree(LINES, loaded)
    else:
        verdicts = {"points": same_network(kind, data, loaded, rng), "count": counts_agree(loaded, None)}
    for name, verdict in verdicts.items():
        report[name] += verdict is not None
        if verdict is False:
            report["findings"].append([number, f"the second reading has other {name}"])


def report(kind, first, number):
    """What reading these files showed."""
    good = GOOD[kind]()
    found = {"refused": 0, "read": 0, "points": 0, "count": 0, "findings": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"file{SUFFIX[kind]}")
        for i in range(first, first + number):
            data = mutated(kind, i, good)
            path.write_bytes(data)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            try:
                examine(kind, i, data, path, found)
            except BaseException as error:
                found["findings"].append([i, f"{type(error).__name__}: {str(error)[:300]}"])
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    return {**found, "megabytes": memory.peak() >> 20}


def main(kinds, first, number):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _hang)
    json.dump({kind: report(kind, int(first), int(number)) for kind in kinds.split(",")}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
