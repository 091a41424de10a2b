"""Changes of a file: of its bytes, tokens, numbers or structure.  Each is a function of a seeded generator."""

import json
import re
import struct

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


def change_line(rng, data, others):
    """Drop, repeat, exchange or move lines, or take one of another file."""
    lines = data.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    action = rng.randrange(4)
    if action == 0:
        del lines[at]
    elif action == 1:
        lines.insert(other, lines[at])
    elif action == 2:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = rng.choice(rng.choice(others).split(b"\n"))
    return b"\n".join(lines)
