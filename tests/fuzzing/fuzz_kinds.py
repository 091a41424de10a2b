"""All kinds of files: name, good ones, changes, and how one is examined; file i of a kind is always the same."""

import random

import fuzz_arrays
import fuzz_certificates
import fuzz_checkpoints
import fuzz_json
import fuzz_onnx
import fuzz_stores

KINDS = {
    **fuzz_json.KINDS,
    **fuzz_arrays.KINDS,
    **fuzz_onnx.KINDS,
    **fuzz_certificates.KINDS,
    **fuzz_checkpoints.KINDS,
    **fuzz_stores.KINDS,
}


def mutated(kind, number, good):
    """File ``number`` of a kind."""
    rng = random.Random(f"{kind} {number}")
    data = rng.choice(good)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        data = rng.choice(KINDS[kind][2])(rng, data, good) or b"\0"
    return data
