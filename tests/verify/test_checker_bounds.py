"""Bounds inside the tree: what they prove, and that no other bound and no other unit is accepted."""

import itertools
import random
from fractions import Fraction
from pathlib import Path

import pytest

from theory import Network
from verify import Box, Polytope, checker, count
from verify.certificate import check, write, writer
from verify.certificate.claim import claim_line

NETWORK = Network.relu([([[1, 0], [1, 1]], ["-1/2", "3/2"]), ([[1, 1]], [0])])
BOX = Box([-1, -1], [1, 1])
TREE = """2,0
2,1
0,-14,-14,16
0,0,0,1
-2,-1,1,1,1,0,2
-3,1,1
0,3,0,4
"""
"""Behind x > 1/2, two ReLU units: the bound x > 1/2 shows that x + y + 3/2 is positive there."""


def verdict(
    tree: str, folder: Path, domain: Box | Polytope = BOX, network: Network = NETWORK, claimed: int | None = None
) -> str:
    """Of a tree with as many leaves as are claimed, if nothing else is."""
    leaves = claimed or sum(line.startswith("0,") for line in tree.splitlines())
    (folder / "out").write_text(f'{claim_line(network, domain, leaves)}\n{tree}["end",{leaves}]\n')
    return str(check(folder / "out"))


def test_a_bound_settles_a_unit(tmp_path: Path) -> None:
    assert verdict(TREE, tmp_path) == "VERIFIED 3"
    assert count(NETWORK, BOX) == 3


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("-2,-1,1,1,1,0,2\n", "", "line 6: layer 1, unit 2: the bounds do not show that it takes piece 1"),
        ("-3,1,1\n", "", "line 7: layer 1, unit 2 is undecided at a leaf"),
        ("-3,1,1\n", "-3,0,1\n", "line 7: layer 1, unit 2: the bounds do not show that it takes piece 0"),
        ("-3,1,1\n", "-3,1,1,1\n", "line 7: layer 1, unit 2 is not open here"),
        ("-3,1,1\n", "-3,1,0\n", "line 7: layer 1, unit 1 is not open here"),
        ("-3,1,1\n", "-3,1,1\n-3,1,1\n", "line 8: layer 1, unit 2 is not open here"),
        ("-3,1,1\n", "-3,2,1\n", "line 7: layer 1, unit 2 has no such piece left"),
        ("-3,1,1\n", "-3\n", "line 7: the line has too few or too many numbers"),
        ("-2,-1,1,1,1,0,2\n", "-2,-1,5,3,1,0,2\n", "line 6: the evidence does not show the bound"),
        ("-2,-1,1,1,1,0,2\n", "-2,0,1,1,1,0,2\n", "line 6: the evidence does not show the bound"),
        ("-2,-1,1,1,1,0,2\n", "-2,-2,1,1,1,0,2\n", "line 6: the evidence does not show the bound"),
        ("-2,-1,1,1,1,0,2\n", "-2,-1,1,1,0,0,2\n", "line 6: the evidence does not show the bound"),
        ("-2,-1,1,1,1,0,2\n", "-2,-1,1,1,1,0,-2\n", "line 6: the evidence does not show the bound"),
        ("-2,-1,1,1,1,0,2\n", "-2,-1,1,1,-1,0,2\n", "line 6: the evidence does not show the bound"),
        ("-2,-1,1,1,1,0,2\n", "-2,-1,-5,2,1,0,2\n", "line 6: the bound is not between the old ones"),
        ("-2,-1,1,1,1,0,2\n", "-2,0,5,2,1\n", "line 6: the bound is not between the old ones"),
        ("-2,-1,1,1,1,0,2\n", "-2,-3,1,1,1,0,2\n", "line 6: there is no such coordinate"),
        ("-2,-1,1,1,1,0,2\n", "-2,-1,1,-1,1,0,2\n", "line 6: there is no such coordinate, or bound"),
        ("-2,-1,1,1,1,0,2\n", "-2,-1,1,99,1,0,2\n", "line 6: there is no such coordinate, or bound"),
        ("-2,-1,1,1,1,0,2\n", "-2,-1,1,1\n", "line 6: expected multipliers, then rows that are there"),
        ("-2,-1,1,1,1,0,2\n", "-2,-1\n", "line 6: the line has too few or too many numbers"),
    ],
)
def test_no_other_bound(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    assert old in TREE
    assert verdict(TREE.replace(old, new), tmp_path).startswith(f"REJECTED {sentence}")


def test_a_bound_holds_in_its_own_cell_only(tmp_path: Path) -> None:
    """The bound of the second child is not one of the first, which comes before it, nor of a sibling after it."""
    flipped = Network.relu([([[-1, 0], [1, 1]], ["1/2", "3/2"]), ([[1, 1]], [0])])
    tree = "2,0\n-2,-1,1,1,1,0,2\n-3,1,1\n0,3,0,4\n-3,1,1\n0,0,0,1\n"
    found = verdict(tree, tmp_path, network=flipped)
    assert found == "REJECTED line 6: layer 1, unit 2: the bounds do not show that it takes piece 1"


def test_no_bound_where_the_domain_has_none(tmp_path: Path) -> None:
    assert verdict(TREE, tmp_path, Polytope([[0, 1, 1], [0, -1, 1]])) == (
        "REJECTED line 6: the bound is not between the old ones"
    )


def test_the_writer_uses_bounds_where_cells_are_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two layers of sixteen units in the plane: a shorter file than by exact arithmetic, which uses none."""
    first = [[Fraction((7 * i * i + 3) % 23 - 11, 8), Fraction((5 * i + i * i) % 19 - 9, 8)] for i in range(16)]
    second = [[Fraction((i * j + 3 * i + j) % 11 - 5, 8) for j in range(16)] for i in range(16)]
    layers = [(first, [Fraction(i - 8, 16) for i in range(16)]), (second, [Fraction(i - 7, 8) for i in range(16)])]
    network = Network.relu([*layers, ([[1] * 16], [0])])
    regions = int(count(network, BOX))
    write(tmp_path / "out", network, BOX, regions)
    kinds = [line.split(",")[0] for line in (tmp_path / "out").read_text().splitlines()]
    assert check(tmp_path / "out").regions == regions
    assert kinds.count("-2") > 10
    assert kinds.count("-3") > 10
    monkeypatch.setattr(writer, "core", None)
    write(tmp_path / "longer", network, BOX, regions)
    assert check(tmp_path / "longer").regions == regions
    assert (tmp_path / "longer").stat().st_size > (tmp_path / "out").stat().st_size


def test_a_unit_that_is_named_twice_does_not_settle_another(tmp_path: Path) -> None:
    network = Network.relu([([[1, 0], [1, 1]], [3, 0]), ([[1, 1]], [0])])
    found = verdict("-3,1,0,0\n-3,1,0\n0,1,1,2\n", tmp_path, network=network)
    assert found == "REJECTED line 2: layer 1, unit 1 is not open here"


@pytest.mark.parametrize("sign", [1, -1])
def test_bounds_that_are_rounded_are_rounded_outward(sign: int, tmp_path: Path) -> None:
    """Where many rows are compared at once, bounds are multiples of about 2^-29: ±x > 1/2 + 2^-40 is none."""
    bound = Fraction(1, 2) + Fraction(1, 2**40)
    network = Network.relu([([[sign, 0], [sign, 1]], [-bound, Fraction(1, 2) - Fraction(1, 2**30)]), ([[1, 1]], [0])])
    shown = f"-2,{-1 if sign > 0 else 0},{sign * (2**39 + 1)},40,1,0,2"
    tree = f"2,0\n2,1\n0,{-14 * sign},-14,16\n0,0,15,16\n{shown}\n-3,1,1\n0,{3 * sign},0,4\n"
    found = verdict(tree, tmp_path, network=network)
    assert found == "REJECTED line 7: layer 1, unit 2: the bounds do not show that it takes piece 1"


@pytest.mark.parametrize(("off", "on", "line"), [("0,0", "1,0", 3), ("-1,0", "0,0", 4)])
def test_a_witness_on_the_hyperplane_is_on_no_side_of_it(off: str, on: str, line: int, tmp_path: Path) -> None:
    network = Network.relu([([[1, 0]], [0]), ([[1]], [0])])
    found = verdict(f"2,0\n0,{off},2\n0,{on},2\n", tmp_path, network=network)
    assert found == f"REJECTED line {line}: the witness violates row 4 of its cell"


@pytest.mark.parametrize("domain", [BOX, Box([-1, "-2/3"], [1, 3])])
@pytest.mark.parametrize("multipliers", [(1,), (1, 1, 3), (1, 2**19, 5)])
def test_short_rows_show_no_more_than_the_rows(domain: Box, multipliers: tuple[int, ...]) -> None:
    """A combination that is zero or just positive at one corner is not surely negative, although its first bits are."""
    network = Network.relu([([[10**30, 0], [1, 1]], ["-1/2", "3/2"]), ([[1, 1]], [0])])
    rng, claim = random.Random(2), checker.Claim(checker.decode(claim_line(network, domain, 3).encode()))
    assert claim.slot > 100  # bits of an entry
    size = claim.slot - checker.SPARE - 8
    for _ in range(200):
        first, *rows = ([rng.randrange(-1 << size, 1 << size) // y for _ in range(claim.entries)] for y in multipliers)
        total = [sum(map(int.__mul__, multipliers, column)) for column in zip(first, *rows, strict=True)]
        ends = zip(total, claim.bounds.low, claim.bounds.high, strict=False)
        most = sum(a * (high if a > 0 else low) for a, low, high in ends)
        least = first[-1] - total[-1] - most // claim.fine
        for constant, shown in ((least, False), (least - (1 << size - 12), True)):
            short = map(claim.short, map(claim.pack, ([*first[:-1], constant], *rows)))
            packed = sum(map(int.__mul__, multipliers, short))
            assert checker.surely_negative(claim, claim.bounds, packed, sum(multipliers)) is shown


def test_rows_behind_similar_cells_are_those_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of a layer are taken over from cells of the layer before; a certificate that needs them is accepted."""
    rng, sizes = random.Random(5), (2, 10, 10, 10)

    def numbers(n: int) -> list[Fraction]:
        return [Fraction(rng.randint(-8, 8), 8) for _ in range(n)]

    layers = [([numbers(n) for _ in range(m)], numbers(m)) for n, m in itertools.pairwise(sizes)]
    network, taken = Network.relu([*layers, ([[1] * sizes[-1]], [0])]), []
    adopt = checker.Level.adopt

    def watched(level: checker.Level, other: checker.Level, pieces: int) -> None:
        before = len(level.seen)
        adopt(level, other, pieces)
        taken.append(len(level.seen) > before)

    monkeypatch.setattr(checker.Level, "adopt", watched)
    regions = int(count(network, BOX, certificate=tmp_path / "out"))
    taken.clear()
    assert str(check(tmp_path / "out")) == f"VERIFIED {regions}"
    assert sum(taken) > 5


def test_the_only_dependency_in_the_plane_and_in_space() -> None:
    """Minors say what elimination says of the same vectors with a coordinate more, which is 0."""
    rng, found = random.Random(4), []

    def said(vectors: list[list[int]]) -> tuple[int, ...] | None:
        try:
            return checker.primitive(checker.dependency(vectors))
        except checker.Rejected:
            return None

    for _ in range(300):
        m = rng.choice((2, 3))
        vectors = [[rng.randint(-2, 2) for _ in range(m)] for _ in range(m + 1)]
        found.append(said(vectors))
        assert found[-1] == said([[*vector, 0] for vector in vectors])
        if found[-1]:
            assert not any(sum(map(int.__mul__, found[-1], column)) for column in zip(*vectors, strict=True))
            assert found[-1][-1] > 0
    assert 30 < found.count(None) < 270


def test_the_first_bits_of_a_table_show_no_more_than_its_rows() -> None:
    """Points on a hyperplane, and next to it: where the table says that a cell has a point, it has."""
    size = 10**30
    network = Network.relu([([[size, size], [1, -size]], [-size, Fraction(1, 3)]), ([[1, 1]], [0])])
    rng, claim = random.Random(6), checker.Claim(checker.decode(claim_line(network, BOX, 3).encode()))
    assert claim.word < claim.slot
    right = checker.Cell(claim)
    left = right.split(0)
    cells = [left, left.split(1), right, right.split(1)]
    held = 0
    for _ in range(300):
        x, q = rng.randint(-(2**20), 2**20), 2 ** rng.randint(18, 20)
        point = [x, rng.choice((q - x, q - x + rng.choice((-1, 1)), rng.randint(-q, q))), q]
        for cell in cells:
            inside = all(sum(map(int.__mul__, row.unpacked(claim), point)) > 0 for row in cell.path)
            shown = cell.holds(point, sum(map(abs, point)))
            assert inside or not shown
            held += shown
    assert held > 50


@pytest.mark.parametrize(("more", "shown"), [(0, False), (1, False), (-1, False), (-(10**21), True)])
def test_a_layer_at_a_corner_of_the_bounds(more: int, shown: bool) -> None:
    """Rows that are 0 in a corner, positive, or negative by less than their first bits are not surely negative."""
    size = 2**100 - 1  # nearly one more than its first bits say
    rows = [[sign * size, size, -2 * size + more] for sign in (1, -1)]
    network = Network.relu([([row[:2] for row in rows], [row[2] for row in rows]), ([[1, 1]], [0])])
    claim = checker.Claim(checker.decode(claim_line(network, Box([-1, -1], [1, 1]), 3).encode()))
    level = checker.Level(claim, 0, claim.first)
    assert level.surely(0, [0, 1], claim.bounds) is shown
    assert not level.surely(1, [0], claim.bounds)


@pytest.mark.parametrize("part", [1, 9, 1 << 13])
def test_lines_that_are_decoded_at_once_are_those_of_the_file(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "PART", part)
    network = Network.relu([([[1, 0]], [0]), ([[1]], [0])])
    tree = "2,0\n0,-1,0,2\n0,1,0,2\n"
    for text, told in [
        (tree, "VERIFIED 2"),
        (f"{tree}0,1,0,2\n", "REJECTED line 5: something follows the last line"),
        (f"{tree}0,1,,2\n", "REJECTED line 5: is not JSON (Expecting value, column 6)"),
        (f"{tree[:-8]}0,1,,2\n{tree}", "REJECTED line 4: is not JSON (Expecting value, column 6)"),
        (f"{tree[:-8]}0,1,2\n{tree}", "REJECTED line 4: a witness [n_1, …, n_m, q] must be 3 integers"),
    ]:
        assert verdict(text, tmp_path, network=network, claimed=2) == told


LONG = [2**k // 7 for k in range(24, 90)]
"""Multipliers and entries of witnesses, from few bits to more than a short row has for them."""
SETTLED = "1,0,0,1\n1,1,1,1\n"


@pytest.mark.parametrize(
    ("lines", "line", "sentence"),
    [
        (["1,0,1,1", "1,1,0,1"], 2, "the evidence does not show that piece"),
        ([f"1,{unit},{1 - unit},{y}" for unit in (0, 1) for y in LONG], 2, "the evidence does not show that piece"),
        (["2,2\n1,0,1,-1,0,1", "2,2\n1,0,1,-2,0,9"], 3, "the evidence does not show that piece 1 is empty"),
        (["2,2\n1,0,0,1,1,1", "2,2\n1,0,0,1,-5,1"], 3, "the evidence names a row that is not there"),
        (["2,2\n1,0,0,1,0", "1,0,0,1,-1", "1,0,0"], None, "expected multipliers, then rows that are there"),
        ([f"{SETTLED}2,2\n0,{n},{n},{3 * n}" for n in LONG], 5, "the witness violates row 4 of its cell"),
        ([f"{SETTLED}2,2\n0,{-n},0,{3 * n}\n0,{1 - n},0,{3 * n}" for n in LONG], 6, "the witness violates row 4"),
    ],
)
def test_short_rows_accept_nothing_that_rows_do_not(
    lines: list[str], line: int | None, sentence: str, tmp_path: Path
) -> None:
    """On [−1, 1]² unit 1 is on, unit 2 is off, and unit 3 is either: what says something else is refused."""
    network = Network.relu([([[1, 0], [1, 0], [1, 1]], [5, -5, 0]), ([[1, 1, 1]], [0])])
    for text in lines:
        told = verdict(f"{text}\n", tmp_path, network=network, claimed=2)
        assert sentence in told, text
        assert line is None or told.startswith(f"REJECTED line {line}:"), text


def test_a_piece_with_three_rows_of_its_own_has_three_multipliers(tmp_path: Path) -> None:
    network = Network.maxout([([[0, 1], ["1/2", 0], [-1, 0], [1, 0]], [0, 0, 0, -9]), ([[1]], [0])], rank=4)
    for text in ("1,0,3,1", "1,0,3,1,0"):
        told = verdict(f"{text}\n", tmp_path, network=network, claimed=3)
        assert "expected multipliers, then rows that are there" in told, text
    shown = "1,0,3,1,0,0\n3,0\n0,0,1,2\n0,1,-1,2\n0,-1,-1,2\n"
    assert verdict(shown, tmp_path, network=network) == "VERIFIED 3"
