"""The checker under attack: forged proofs, single changes by the thousand, hostile files.

What must never happen is that a false claim is verified: that is what the forgeries try, with every piece of evidence
that there is.  Of the single changes, those of the claim are compared with a count by brute force; the others leave the
claim as it was.  Nothing may end in anything but a verdict.
"""

from __future__ import annotations

import copy
import gzip
import itertools
import json
import random
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import drawn
import pytest
from brute_count import count_brute
from certificate_lines import TreeLine, changed, is_leaf, node, parsed, sizes, verdict, witness
from places import TESTS

from theory import Network
from theory.activations import IDENTITY, RELU
from theory.formats import load, loads
from theory.network import Layer
from verify import Box, Polytope, Segment, WholeSpace, checker, count
from verify.certificate import check, write
from verify.certificate.parts import PartWriter, compose
from verify.domain.shapes import Domain

CORPUS = TESTS / "certificates"


def two_lines() -> tuple[Network, Domain]:
    return Network.relu([([[1, 0], [1, 1]], [0, "-1/2"]), ([[1, 1]], [0])]), Box([0, -1], [1, 1])


def two_layers() -> tuple[Network, Domain]:
    return Network.relu(
        [([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, -1, 1], [-1, 2, 0]], [0, -1]), ([[1, 1]], [0])]
    ), (WholeSpace(2))


def all_kinds() -> tuple[Network, Domain]:
    return drawn.all_kinds(), Box([-1, -1], [1, 1])


def on_a_segment() -> tuple[Network, Domain]:
    return two_layers()[0], Segment([-1, -1], [1, "3/2"])


def thin_patterns() -> tuple[Network, Domain]:
    return Network.relu([([[1, 0], [-1, 0], [1, 1]], [0, 0, 0]), ([[1, 1, -1]], [0]), ([[1]], [0])]), Box(
        [-1, 0], [1, 1]
    )


def affine_pieces() -> tuple[Network, Domain]:
    return Network.relu([([[1, 0], [1, 0], [1, 1]], [0, -1, "1/2"]), ([[1, -2, 1]], [0])]), WholeSpace(2)


def merged_hat() -> tuple[Network, Domain]:
    """0, up, down, 0 along x, cut once more by a unit of y that the output does not read."""
    rows, biases = [[1, 0], [1, 0], [1, 0], [0, 1]], [0, -1, -2, 0]
    return Network.relu([(rows, biases), ([[1, -2, 1, 0]], [0])]), WholeSpace(2)


def stopped() -> tuple[Network, Domain]:
    """Some parts are finished, one has an open unit in its first layer, one in its second."""
    return two_layers()[0], Box([-2, -2], [1, 2])


BASES = {
    base.__name__: base
    for base in (two_lines, two_layers, all_kinds, on_a_segment, thin_patterns, affine_pieces, merged_hat, stopped)
}
OPEN = {"stopped": {((0,),): "pending", ((1, 0),): "inline", ((1, 1, 0),): "inline", ((1, 1, 1),): "pending"}}
DEFINITION = {"thin_patterns": "patterns", "affine_pieces": "affine", "merged_hat": "linear"}


@pytest.fixture(params=[*BASES, *(f"old {name}" for name in BASES)])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> list[Any]:
    """A valid certificate as a list of JSON values: of this version, or as version 1 or 2 was written."""
    if request.param.startswith("old "):
        text = (CORPUS / "old" / f"{request.param[4:]}.cert").read_text()
        (tmp_path / "base").write_text(text)
        return parsed(text)
    return lines_of(request.param, tmp_path)


def lines_of(name: str, folder: Path) -> list[Any]:
    network, domain = BASES[name]()
    definition = DEFINITION.get(name, "activation")
    number = int(count(network, domain, definition=definition, engine="exact"))
    if name in OPEN:
        bracket = compose(
            folder / "base", network, domain, PartWriter.of(network, domain), OPEN[name], {}, lambda _: b""
        )
        assert bracket[0] < number < bracket[1]
    else:
        write(folder / "base", network, domain, number, definition=definition)
    return parsed((folder / "base").read_text())


# ------------------------------------------------------------------------------------------------------- forgeries


def add(claim: Any, leaves: int) -> None:
    """Claim so many regions more; in a bracket they are finished leaves."""
    if isinstance(claim["regions"], list):
        claim["regions"] = [end + leaves for end in claim["regions"]]
    else:
        claim["regions"] += leaves


def verified(claim: Any) -> str:
    """The verdict on a claim that is proved."""
    regions = claim["regions"]
    return f"VERIFIED {'..'.join(map(str, regions if isinstance(regions, list) else [regions]))}"


def evidence(line: list[Any], side: int, chosen: tuple[int, ...]) -> Iterator[Any]:
    """Statements that this side of a cut is empty, by these rows and its own: their dependency, and multipliers."""
    if isinstance(line, TreeLine):
        yield TreeLine([1, line[1], -1 - side, *chosen])
        yield TreeLine([1, line[1], side, 1, *(v for i in chosen for v in (i, 1))])
    else:
        yield [line[2][0], *line[2][1:], [side, [*chosen, -1]]]


def forgeries(lines: list[Any]) -> Iterator[list[Any]]:
    """False claims with proofs that look right: one side of a cut is declared empty, with any evidence at all."""
    size = sizes(lines)
    dimension, domain = lines[0]["domain"]["dimension"], len(lines[0]["domain"]["rows"])
    new = isinstance(lines[1], TreeLine)
    rows_before = {1: 0}
    for at in sorted(size):
        last = node(lines, at)
        if is_leaf(lines[last]):
            continue
        starts = [last + 1]
        for _ in range(lines[last][0] - 1):
            starts.append(starts[-1] + size[starts[-1]])
        for start in starts:
            rows_before[start] = rows_before[at] + 1  # at least; exact for units with two sides
        if lines[last][0] != 2:
            continue
        rows = [*range(-domain, rows_before[at] + 1)] if new else [*range(domain + rows_before[at])]
        for side, start in enumerate(starts):
            leaves = sum(map(is_leaf, lines[start : start + size[start]]))
            for number in range(min(dimension, len(rows)) + 1):
                for chosen in itertools.combinations(rows, number):
                    for statement in evidence(lines[last], side, chosen):
                        forged = [copy.deepcopy(lines[0]), *lines[1:-1], [*lines[-1]]]
                        if forged[0]["definition"] not in checker.MAPS:
                            add(forged[0], -leaves)
                        forged[-1][1] -= leaves
                        if new:
                            forged[last] = statement
                        else:
                            other = starts[1 - side]
                            size_of, statements, *more = forged[other]
                            forged[other] = [size_of, [*forged[at][1], statement, *statements], *more]
                        del forged[start : start + size[start]]
                        if not new:
                            del forged[at]
                        yield forged


@pytest.mark.parametrize("most", [200, pytest.param(10**6, marks=pytest.mark.slow)], ids=["some", "all"])
def test_no_region_can_be_explained_away(base: list[Any], most: int, tmp_path: Path) -> None:
    forged = list(forgeries(base))
    assert len(forged) >= 20
    for lines in forged if len(forged) <= most else random.Random(17).sample(forged, most):
        assert verdict(lines, tmp_path).startswith("REJECTED"), lines


def test_no_region_can_be_invented(base: list[Any], tmp_path: Path) -> None:
    """Every statement "this piece is empty" is replaced by a cut into two leaves, with witnesses of the file."""
    size = sizes(base)
    ends = [at for at in range(1, 1 + size[1]) if is_leaf(base[at])]
    points = [witness(base[at]) for at in ends]
    tried = 0
    for at in size:
        last = node(base, at)
        if not is_leaf(base[last]):
            continue
        new = isinstance(base[last], TreeLine)
        statements = base[at:last] if new else base[last][1]
        for i, statement in enumerate(statements):
            for first, second in itertools.product(points[:4], repeat=2):
                forged, rest = copy.deepcopy(base), statements[i + 1 :]
                if new:
                    cut = [*statements[:i], TreeLine([2, statement[1]])]
                    leaves = [*rest, TreeLine([0, *first]), *rest, TreeLine([0, *second])]
                else:
                    cut = [[2, statements[:i], statement[:1]]]
                    leaves = [[0, rest, first], [0, rest, second]]
                forged[at : last + 1] = [*cut, *leaves]
                add(forged[0], 1)
                forged[-1][1] += 1
                tried += 1
                assert verdict(forged, tmp_path).startswith("REJECTED")
    leaves = [base[at] for at in size if is_leaf(base[node(base, at)])]
    assert tried or all(is_leaf(line) and (isinstance(line, TreeLine) or not line[1]) for line in leaves)


def test_another_number_is_rejected(base: list[Any], tmp_path: Path) -> None:
    assert verdict(base, tmp_path) == verified(base[0])
    for change in (-1, 1):
        add(base[0], change)
        assert verdict(base, tmp_path).startswith(f"REJECTED line {len(base)}: ")
        base[-1][1] += change
        assert verdict(base, tmp_path).startswith(f"REJECTED line {len(base)}: the last line must be")
        add(base[0], -change)
        base[-1][1] -= change


# -------------------------------------------------------------------------------------------------- single changes

Place = tuple[int | str, ...]


def places(value: Any, prefix: Place = ()) -> Iterator[Place]:
    """Where every part of a JSON value is."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield (*prefix, key)
        yield from places(entry, (*prefix, key))


def changes(value: Any) -> list[Any]:
    """What a part may be replaced by."""
    common = [None, True, 1.5, "x", [], {}, [[]], -1, 0, 1, 2, 10**30]
    if type(value) is int:
        return [value + 1, value - 1, -value, 2 * value, str(value), float(value), [value], *common]
    if type(value) is list:
        return [value[1:], value[:-1], value[::-1], [*value, *value[-1:]], [*value, 0], [value], *common]
    if type(value) is str:
        return [value + "1", value + "/3", "-" + value, value[1:], *common]
    return common


def digest(network: Any) -> str | None:
    try:
        return loads(json.dumps(network)).digest
    except Exception:
        return None


def is_true(claim: Any) -> bool:
    """Whether the number is the one that the claim states, or in its bracket."""
    ends = claim["regions"] if isinstance(claim["regions"], list) else [claim["regions"]] * 2
    return bool(ends[0] <= truth(claim) <= ends[1])


def truth(claim: Any) -> int:
    """The number that the claim should state, by the reference implementation."""
    network, domain = loads(json.dumps(claim["network"])), claim["domain"]
    if "matrix" in domain:
        network = network.precompose(domain["matrix"], domain["offset"])
    if claim["definition"] != "activation":
        region = Polytope(domain["rows"]) if domain["rows"] else WholeSpace(network.inputs)
        return int(count(network, region, definition=claim["definition"], engine="brute"))
    return count_brute(network, Polytope(domain["rows"]).rows if domain["rows"] else ())


def single_changes(lines: list[Any]) -> Iterator[tuple[Place, Any]]:
    """Every part of every line, and what it may be replaced by."""
    for place in places(lines):
        value: Any = lines
        for key in place:
            value = value[key]
        yield from ((place, new) for new in changes(value) if json.dumps(new) != json.dumps(value))


def judge(replaced: list[tuple[Place, Any]], lines: list[Any], folder: Path) -> int:
    """Check the certificate with each of the changes; how many were verified, each of which makes a true claim."""
    survivors = 0
    for place, new in replaced:
        mutant = changed(lines, *place, to=new)
        if len(place) > 2 and place[1] == "network":
            mutant[0]["network_sha256"] = digest(mutant[0]["network"])
        text = verdict(mutant, folder)
        if text.startswith("VERIFIED"):
            survivors += 1
            assert text == verified(mutant[0])
            if place[0] == 0:
                assert is_true(mutant[0]), place
            else:
                assert mutant[0] == lines[0]
    return survivors


@pytest.mark.parametrize("thorough", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_single_changes(thorough: bool, base: list[Any], tmp_path: Path) -> None:
    replaced = list(single_changes(base))
    assert len(replaced) > 700
    tried = replaced if thorough else random.Random(4225).sample(replaced, 40)
    assert judge(tried, base, tmp_path) < len(tried) / (8 if thorough else 5)


def test_lines_out_of_place(base: list[Any], tmp_path: Path) -> None:
    """Only the bridges of one affine map, and what is said about one cell, may stand in any order."""
    after = range(1 + sizes(base)[1], len(base) - 1)
    free = {i for i in after if isinstance(base[i][2], list) and isinstance(base[i][2][0], int)}
    free |= {i for i in range(1, len(base) - 1) if isinstance(base[i], TreeLine) and node(base, i) > i}
    for i in range(len(base)):
        dropped = base[:i] + base[i + 1 :]
        assert verdict(dropped, tmp_path).startswith("REJECTED"), i
        doubled = base[: i + 1] + base[i:]
        assert verdict(doubled, tmp_path).startswith("REJECTED"), i
        if i + 1 < len(base) and base[i] != base[i + 1] and not free >= {i, i + 1}:
            swapped = [*base[:i], base[i + 1], base[i], *base[i + 2 :]]
            assert verdict(swapped, tmp_path).startswith("REJECTED"), i


def test_many_layers_without_an_open_unit_are_no_recursion(tmp_path) -> None:
    """Two bends with 1500 layers between them that are affine on every cell."""

    def layer(bias: str, unit: Any) -> Layer:
        return Layer([[1]], [bias], [unit])

    network = Network([layer("0", RELU), *[layer("0", IDENTITY)] * 1500, layer("-1/2", RELU), layer("0", IDENTITY)])
    path = tmp_path / "deep.cert"
    assert int(count(network, Box([-1], [1]), certificate=path)) == 3
    assert str(check(path)) == "VERIFIED 3"
    with path.open("rb") as file:
        claim = checker.Claim(checker.decode(file.readline()))
    assert [checker.Cell(claim).child(0, piece).most() for piece in (0, 1)] == [1, 2]


# ---------------------------------------------------------------------------------------------------- hostile files


def hostile(valid: bytes) -> dict[str, tuple[bytes, str]]:
    first, second, *rest = valid.splitlines(keepends=True)
    version = b'"version":1' if second[:1] == b"[" else b'"version":3'
    deep = b"[" * 100_000 + b"]" * 100_000 + b"\n"
    json_lines = {
        "deep later": (first + deep, "line 2: is nested too deeply"),
        "digits": (first + b"[0,[],[" + b"7" * 200_000 + b",0,1]]\n", "line 2: holds a number of more than 100000"),
        "not a number": (first + b"[0,[],[NaN,0,1]]\n", "line 2: NaN is not an integer"),
        "infinity": (first + b"[0,[],[-Infinity,0,1]]\n", "line 2: -Infinity is not an integer"),
        "float": (first + b"[0,[],[1e400,0,1]]\n", "line 2: 1e400 is not an integer"),
    }
    integers = {
        "deep later": (first + deep, "line 2: expected integers with commas between them"),
        "digits": (first + b"0," + b"7" * 200_000 + b",0,1\n", "line 2: holds a number of more than 100000 digits"),
        "not a number": (first + b"0,NaN,0,1\n", "line 2: expected integers"),
        "float": (first + b"0,1.0,0,1\n", "line 2: expected integers"),
        "nothing between commas": (first + second + b"0,1,,4\n", "line 3: is not JSON"),
        "no number": (first + second + b"\n", "line 3: the line has too few or too many numbers"),
        "a row too many": (first + second + b"1,1,0,1,7,1\n", "line 3: the evidence names a row that is not there"),
        "a row before the first": (
            first + second + b"1,1,0,1,-5,1\n",
            "line 3: the evidence names a row that is not there",
        ),
        "a multiplier too few": (first + second + b"1,1,0,1,-1\n", "line 3: expected multipliers, then rows that"),
        "numbers too many": (first + b"2,0,0\n", "line 2: the line has too few or too many numbers"),
        "another kind": (first + b"-4,0\n", "line 2: a line of this kind has no meaning here"),
        "an open leaf": (first + b"-1,1,0,4\n", "line 2: a line of this kind has no meaning here"),
        "another unit": (first + b"2,-1\n", "line 2: layer 1, unit 0 is not open here"),
    }
    return {
        "nothing": (b"", "line 1: the file ends before"),
        "compressed": (gzip.compress(valid), "line 1: the file is compressed"),
        "binary": (bytes(range(128, 256)) * 20 + b"\n", "line 1: is not UTF-8"),
        "zeros": (b"\0" * 1000 + b"\n", "line 1: is not JSON"),
        "text": (b"a certificate\n", "line 1: is not JSON"),
        "a number": (b"7\n", "line 1: "),
        "null": (b"null\n" + second, "line 1: "),
        "deep": (deep, "line 1: is nested too deeply"),
        "twice": (first.replace(version, version + b"," + version, 1) + second, "line 1: an object has the same"),
        "cut off": (valid[: len(first) + len(second) // 2], "line 2: the file ends in the middle"),
        "half of it": (first + second, "line 3: the file ends before"),
        "more": (valid + b"\n", f"line {len(rest) + 2}: something follows"),
        "another version": (
            valid.replace(version, b'"version":7', 1),
            "line 1: this checker reads versions 1 to 6",
        ),
        "another format": (
            valid.replace(b"linregions/certificate", b"linregions/certified", 1),
            "line 1: line 1 must have",
        ),
        "another network": (valid.replace(b'"-1/2"', b'"-1/3"', 1), "line 1: network_sha256 is not"),
        **(json_lines if second[:1] == b"[" else integers),
    }


HOSTILE = [("two_lines", name) for name in hostile(b"a\nb\n")]
HOSTILE += [("old/two_lines", name) for name in hostile(b"a\n[b\n")]


@pytest.mark.parametrize(("file", "name"), HOSTILE)
def test_hostile_files_get_a_verdict(file: str, name: str, tmp_path: Path) -> None:
    if file == "two_lines":
        lines_of("two_lines", tmp_path)
    else:
        (tmp_path / "base").write_bytes((CORPUS / f"{file}.cert").read_bytes())
    content, sentence = hostile((tmp_path / "base").read_bytes())[name]
    (tmp_path / "bad").write_bytes(content)
    began = time.process_time()
    assert str(check(tmp_path / "bad")).startswith(f"REJECTED {sentence}")
    assert time.process_time() - began < 2


@pytest.mark.parametrize("number", [1, 2], ids=["claim", "tree"])
def test_an_endless_line_is_not_read(number: int, tmp_path: Path) -> None:
    lines_of("two_lines", tmp_path)
    first = (tmp_path / "base").read_bytes().splitlines(keepends=True)[0]
    with open(tmp_path / "bad", "wb") as file:
        file.write(first if number == 2 else b"")
        file.truncate(1 << 33)  # eight gigabytes of zeros that take no room on the disk
    began = time.process_time()
    assert "is longer than" in str(check(tmp_path / "bad"))
    assert time.process_time() - began < 5


def one_layer(weights: list[Any], activation: Any) -> dict[str, Any]:
    return {"layers": [{"weights": weights, "biases": [0] * len(weights), "activation": activation}]}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"inputs": 10**12}, "a point of more than 4194304 coordinates does not fit a line"),
        (one_layer([["1"]] * 9000, {"maxout": 9000}), "more than 5000000 pieces"),
        (one_layer([[f"1/{2**i * 3**400 + 1}"] for i in range(1000)], "relu"), "a common denominator has more than"),
    ],
    ids=["inputs", "pieces", "denominators"],
)
def test_claims_that_would_fill_the_memory(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    network = {"format": "linregions/network", "version": 1, "inputs": 1}
    network |= {"layers": [{"weights": [["1"]], "biases": ["0"], "activation": "relu"}], **change}
    claim = {"format": "linregions/certificate", "version": 1, "regions": 1, "definition": "activation"}
    claim |= {"network_sha256": "", "domain": {"dimension": network["inputs"], "rows": []}, "network": network}
    began = time.process_time()
    found = verdict([claim], tmp_path)
    assert reason in found
    assert found.startswith("REJECTED line 1: ")
    assert time.process_time() - began < 5


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Many times more regions of the same network: what is needed grows with the depth of the tree at most."""
    network = load(CORPUS.parent / "networks" / "montufar_2_8_8.json")
    peaks, regions = [], []
    for domain in (Box.cube(0, "1/4", 2), Box.cube(0, 1, 2)):
        regions.append(int(count(network, domain)))
        write(tmp_path / "out", network, domain, regions[-1])
        tracemalloc.start()
        assert check(tmp_path / "out").regions == regions[-1]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert regions[1] > 8 * regions[0]
    assert peaks[1] < 3 * peaks[0]


# ----------------------------------------------------------------------------------------------------------- corpus


def test_corpus_of_corrupted_files() -> None:
    expected = json.loads((CORPUS / "expected.json").read_text())
    files = sorted(path.name for path in CORPUS.glob("*.cert"))
    assert sorted(expected) == files
    assert len(files) >= 25
    for name in files:
        assert str(check(CORPUS / name)) == expected[name], name
