"""Networks as arrays: .npz and .safetensors."""

import io
import itertools
import json
import struct
import warnings
import zipfile

import numpy as np
from fuzz_agreement import chain, network_examiner
from fuzz_changes import change_bytes, change_floats, change_structure, change_tokens


def weights(seed):
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
        save(stream, **weights(1))
        files.append(stream.getvalue())
    return files


def good_safetensors():
    from safetensors.numpy import save

    arrays = weights(2)
    named = {f"{key[1:]}.{'weight' if key[0] == 'W' else 'bias'}": array for key, array in arrays.items()}
    return [save(weights(1)), save(named)]


TYPES = (b"'|O'", b"'<f8'", b"'<f2'", b"'>f4'", b"'<i8'", b"'<c8'", b"'|S4'", b"'|V8'")


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
        new = rng.choice((*TYPES, b"'shape': (99999999999,", b"True ", b"9,", b"0,", b"-1,"))
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


def naive_npz(data):
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return chain({name: archive[name] for name in archive.files})


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
    return chain(arrays)


KINDS = {
    "npz": ("file.npz", good_npz, (change_bytes, change_npz, change_npz, change_floats), network_examiner(naive_npz)),
    "safetensors": (
        "file.safetensors",
        good_safetensors,
        (change_bytes, change_safetensors, change_floats, change_floats),
        network_examiner(naive_safetensors),
    ),
}
