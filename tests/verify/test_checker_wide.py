"""Certificates of version 6: bounds in place of walls, witnesses in digits, and what the checker computes there."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from both_checkers import agreed, said
from certificate_lines import specified

from theory import Network
from theory.network import Layer
from verify import Box, Polytope, checker, count
from verify.certificate import check, writer
from verify.certificate.claim import claim_line
from verify.certificate.tree import _leaf_line
from verify.engines.core import core

M = 64
CUBE = Box.cube(-1, 1, M)
HALVES = Network.relu([([[1] + [0] * (M - 1)], [0]), ([[1]], [0])])
"""One unit, x_1: half of the cube for each piece."""


def network(seed: int, *widths: int) -> Network:
    rng, layers, before = random.Random(seed), list[Any](), M
    for width in widths:
        weights = [[Fraction(rng.randint(-9, 9), 8) for _ in range(before)] for _ in range(width)]
        layers.append((weights, [Fraction(rng.randint(-9, 9), 8) for _ in weights]))
        before = width
    return Network.relu([*layers, ([[1] * before], [0])])


DOMAINS = [CUBE, Box.cube("1/3", "1/2", M), Box(["-1/3"] * 9 + [0] * (M - 9), [1] * 30 + ["2/7"] * (M - 30))]


def verdict(tree: str, folder: Path, regions: int = 2, line: str = "") -> str:
    text = f'{line or claim_line(HALVES, CUBE, regions)}\n{tree}["end",{regions}]\n'
    (folder / "file").write_text(text)
    claim, number, reason = agreed(folder / "file")
    return f"VERIFIED {claim.ends[0]}" if claim else f"REJECTED line {number}: {reason}"


@pytest.mark.parametrize("domain", DOMAINS, ids=["cube", "small cube", "box"])
@pytest.mark.parametrize(
    ("widths", "by_core"), [((4,), True), ((4, 3), True), ((3, 3, 3), True), ((3,), False)], ids=str
)
def test_the_same_regions_as_in_version_3(
    widths: tuple[int, ...], domain: Box, by_core: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A polytope with the same rows has a certificate of version 3, which is longer."""
    if not by_core:
        monkeypatch.setattr(writer, "core", None)
    counts, files = [], [tmp_path / "box", tmp_path / "polytope"]
    for where, path in zip((domain, Polytope(domain.rows)), files, strict=True):
        counts.append(int(count(network(1, *widths), where, certificate=path)))
        claim = agreed(path)[0]
        assert claim
        assert claim.ends == [counts[-1]] * 2
    assert counts[0] == counts[1] >= 3
    raw, longer = (path.read_bytes() for path in files)
    assert b'"version":6' in raw
    assert b'"version":3' in longer
    assert 2 * len(raw) < len(longer)
    assert check(files[0]).subject.domain_sha256 == check(files[1]).subject.domain_sha256
    assert str(check(files[0]).subject.domain) == str(domain)


def test_brackets_parts_and_processes(tmp_path: Path) -> None:
    """Other definitions have version 3; resumed and divided counts have the same bytes."""
    net = network(2, 6, 4)
    regions = int(count(net, CUBE, certificate=tmp_path / "out"))
    count(net, CUBE, certificate=tmp_path / "parts", jobs=2)
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "out").read_bytes()
    assert check(tmp_path / "out", jobs=2).regions == regions > 300
    found = count(net, CUBE, certificate=tmp_path / "bracket", budget=1e-9)
    claim = agreed(tmp_path / "bracket")[0]
    assert claim.ends == [found.lower, found.upper]
    assert claim.wide
    count(HALVES, CUBE, definition="affine", certificate=tmp_path / "affine")
    assert b'"version":3' in (tmp_path / "affine").read_bytes()


def test_the_example(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(specified("wide example"), encoding="utf-8")
    assert agreed(tmp_path / "file")[0].ends == [2, 2]


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize(
    ("least", "q"), [(-3, 2**16), (0, 999), (7, 500), (239, 10**6), (240, 10**6), (10**17, 10**18 - 1)]
)
def test_witnesses_in_digits(width: int, least: int, q: int, tmp_path: Path) -> None:
    """They are the points that version 3 writes; and the writer chooses the fewest digits."""
    rng = random.Random(width * least)
    numbers = [least + rng.randrange(16**width) for _ in range(M - 2)] + [least, least + 16**width - 1]
    rng.shuffle(numbers)
    numbers[0] = max(numbers[0], 1)
    other = [-n if at == 0 else n for at, n in enumerate(numbers)]
    cell = checker.Cell(checker.Claim(checker.decode(claim_line(HALVES, CUBE, 2).encode())))
    lines = [_leaf_line(cell, 0, [*point, q]) for point in (other, numbers)]
    plain = [",".join(map(str, [0, *point, q])) + "\n" for point in (other, numbers)]
    right = "VERIFIED 2" if max(numbers) < q else "REJECTED line 3: the witness violates row "
    for first in (lines[0], plain[0]):
        for second in (lines[1], plain[1]):
            assert verdict(f"2,0\n{first}{second}", tmp_path).startswith(right)
    digits = lines[1].split('"')[1]
    assert len(digits) == width * M
    walk = checker.Walk(cell.level.claim, None)  # type: ignore[arg-type]
    assert walk.spelled(least, q, digits) == [*numbers, q]


FORGED = {
    "too few digits": ('0,0,9,"1' + "0" * (M - 2) + '"', "a witness in digits has 1, 2 or 4 of them"),
    "three digits": ('0,0,9,"' + "001" * M + '"', "a witness in digits has 1, 2 or 4 of them"),
    "eight digits": ('0,0,9,"' + "00000001" * M + '"', "a witness in digits has 1, 2 or 4 of them"),
    "no digits": ('0,0,9,""', "expected integers with commas between them"),
    "capitals": ('0,0,9,"' + "A" * M + '"', "expected integers with commas between them"),
    "no quotation marks": ("0,0,9," + "1" * M, "a witness [n_1, …, n_m, q] must be 65 integers"),
    "one quotation mark": ('0,0,9,"' + "1" * M, "expected integers with commas between them"),
    "a float": ("0,0,9e1", "expected integers with commas between them"),
    "another kind": ('1,0,9,"' + "1" * M + '"', "expected integers with commas between them"),
    "a number more": ('0,0,1,9,"' + "1" * M + '"', "expected integers with commas between them"),
    "behind the digits": ('0,0,9,"' + "1" * M + '",1', "expected integers with commas between them"),
    "nineteen digits": (f'0,{10**18},9,"{"1" * M}"', "expected integers with commas between them"),
    "a zero before": (f'0,00,9,"{"1" * M}"', "is not JSON"),
    "no denominator": ('0,0,0,"' + "1" * M + '"', "the denominator of a witness must be positive"),
    "an open leaf": ('-1,0,9,"' + "1" * M + '"', "a line of this kind has no meaning here"),
    "on the hyperplane": ('0,0,9,"0' + "1" * (M - 1) + '"', "the witness violates row 128"),
    "on the other side": ('0,-1,9,"0' + "1" * (M - 1) + '"', "the witness violates row 128"),
    "on a wall": ('0,1,9,"' + "0" * (M - 1) + '8"', "the witness violates row 127"),
    "behind a wall": ('0,-9,9,"b' + "0" * (M - 1) + '"', "the witness violates row 2"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_witnesses(name: str, tmp_path: Path) -> None:
    line, reason = FORGED[name]
    good = '0,-1,9,"' + "0" * M + '"\n'
    assert verdict(f'2,0\n{good}0,1,9,"{"0" * M}"\n', tmp_path) == "VERIFIED 2"
    assert verdict(f"2,0\n{good}{line}\n", tmp_path).partition(": ")[2].startswith(reason)


def test_forged_claims(tmp_path: Path) -> None:
    tree = f'2,0\n0,-1,9,"{"0" * M}"\n0,1,9,"{"0" * M}"\n'
    line = claim_line(HALVES, CUBE, 2)
    for old, new, said_of_it in (
        ('"version":6', '"version":3', "domain must be an object with the keys dimension rows"),
        ('"lower":["-1",', '"lower":[', "domain: lower must be a list of 64 numbers"),
        ('"upper":["1"', '"upper":[1.0', "1.0 is not an integer; a certificate holds no floats"),
        ('"lower":["-1"', '"lower":["-1/9"', None),
        ('"upper":["1"', '"upper":["1/9"', None),
        ('"upper":', '"rows":[],"upper":', "domain must be an object with the keys dimension lower upper"),
        ('"definition":"activation"', '"definition":"affine"', "definition must be one of activation"),
    ):
        assert old in line
        found = verdict(tree, tmp_path, line=line.replace(old, new, 1))
        assert found.startswith("REJECTED")
        assert said_of_it is None or said_of_it in found
    other = claim_line(HALVES, Box.cube(-1, 1, M), 2).replace('"version":6', '"version":5')
    assert verdict(tree, tmp_path, line=other).startswith("REJECTED line 1")
    three = claim_line(HALVES, Polytope(CUBE.rows), 2)
    assert "in version 6" in verdict(tree, tmp_path, line=three)


def test_sums_of_short_rows() -> None:
    """Σ t and Σ |t| of words, and the constant, up to the length that is allowed."""
    claim, rng = checker.Claim(checker.decode(claim_line(HALVES, CUBE, 2).encode())), random.Random(3)
    most = (1 << claim.word - 2) // claim.entries
    for size in (1, 2, 1000, most):
        for _ in range(50):
            t = [rng.choice((-size, size, 0, rng.randint(-size, size))) for _ in range(claim.entries)]
            constant, total, absolute = claim.sums(sum(v << claim.word * at for at, v in enumerate(t)))
            assert (constant, total) == (t[0], sum(t[1:]))
            assert 0 <= sum(map(abs, t[1:])) - absolute <= sum(v < 0 for v in t)
    assert most.bit_length() > checker.ROOM


@pytest.mark.parametrize("numbers", [range(256), range(-3, 2), range(250, 400)], ids=str)
def test_numerators_that_are_alike(numbers: range) -> None:
    rng, claim = random.Random(5), checker.Claim(checker.decode(claim_line(network(3, 5), CUBE, 2).encode()))
    for kinds in (1, 2, 5, 6, 30):
        values = [rng.choice(numbers) for _ in range(kinds)]
        point = [*(rng.choice(values) for _ in range(M)), 500]
        first = [sum(map(int.__mul__, row, point)) for row in claim.first_rows]
        assert claim.sampled(point, sorted(set(point[:-1]))) == first


@pytest.mark.parametrize("closed", [False, True])
def test_the_network_at_a_point(closed: bool) -> None:
    """Where units lie strictly on their pieces, on a hyperplane, and next to it, the conditions say the same."""
    first = Layer([[Fraction(10**20)] + [1] * (M - 1), [1] + [-1] * (M - 1)], [0, Fraction(1, 3)])
    net = Network([first, Layer([[1, -1], [1, 1]], [-1, -2])])
    stated = checker.decode(claim_line(net, Polytope(CUBE.rows), 2, "patterns" if closed else "activation").encode())
    claim, rng, met = checker.Claim(stated), random.Random(7), set()
    assert claim.closed == closed
    for _ in range(300):
        q = rng.choice((3, 9, 10**6))
        n = [rng.choice((-q, q - 1, 1, 0, -1)) for _ in range(M)] if rng.random() < 0.7 else [rng.choice((0, 1))] * M
        point, cell = [*n, q], checker.Cell(claim)
        pieces = list(checker.pattern_at(claim, point))
        while cell.open:
            unit = next(checker.ones(cell.open))
            piece = pieces[cell.level.depth][unit] ^ (rng.random() < 0.1)
            if piece in cell.pieces(unit):
                cell = cell.child(unit, piece)
            else:
                cell.take(next(iter(cell.pieces(unit))), unit)
            if not cell.open and not cell.level.last:
                cell._go_on()
        inside = all(sum(map(int.__mul__, c.unpacked(claim), point)) >= c.strict for c in cell.path)
        assert cell.takes(point, set(n)) == inside
        met.add(inside)
    assert met == {False, True}


@pytest.mark.skipif(core is None, reason="two checkers")
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 9))])
def test_changed_files(seed: int, tmp_path: Path) -> None:
    """Both checkers say the same of lines with other characters."""
    rng, verified = random.Random(seed), 0
    count(network(seed, 4, 3), rng.choice(DOMAINS), certificate=tmp_path / "out")
    lines = (tmp_path / "out").read_bytes().split(b"\n")
    for _ in range(60):
        changed, at = list(lines), rng.randrange(1, len(lines) - 1)
        line = bytearray(changed[at])
        for _ in range(rng.choice((1, 1, 3))):
            place = rng.randrange(len(line))
            line[place : place + rng.choice((0, 1))] = rng.choice((b"0", b"f", b'"', b",", b"-", b"7a", b""))
        changed[at] = bytes(line)
        (tmp_path / "file").write_bytes(b"\n".join(changed))
        verified += said(agreed(tmp_path / "file"))[0] is not None
    assert verified < 50
