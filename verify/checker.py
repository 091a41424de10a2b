"""The checker: reads a certificate of a region count and says VERIFIED or REJECTED.

Standard library only, nothing of the toolkit, so that it can be copied and audited alone.
``python -S -I checker.py OUT`` prints "VERIFIED 4225" (exit code 0) or "REJECTED line 17: reason" (exit code 1); for a
bracket, [1200, 45000] say, "VERIFIED 1200..45000".

Every number is an integer: a row (a_1, …, a_m, b) stands for the affine function ⟨a, x⟩ + b, and a positive multiple of
a row is as good as the row.  What is checked, in the order of the code:

1. The claim (line 1) holds a network, a domain, a definition and a number.  The network's digest is recomputed.
2. All inequalities are derived here, from the network and the pieces chosen so far; the file never states one.
3. A piece of a unit is empty on a cell if a non-negative combination of rows that are positive there is never positive.
4. Where a unit has several pieces left, the cell is cut into one cell for each of them, and the file treats them all.
5. A leaf has a rational point at which all conditions of its path hold.
6. The number of leaves is the number claimed.  No two leaves have the same pattern: their paths part at some unit.
7. For the definition "affine" the affine maps of the leaves are counted instead; for "linear", the open sets into which
   shared facets join the leaves of one map.
8. In a bracket a leaf may be open: it has one region at least, and no more than a formula computed here from its units.
9. In version 4 cells with the same image of preactivations share one proof, and their numbers are multiplied and added.
10. In version 5 parameters may be exchanged or change sign without effect on domain and network, and the tree divides
   one part of the domain only: a leaf counts for all regions that these symmetries make of its own.
11. In version 6 the domain is a box, and a witness may say in a digit or a few how much a numerator is above the least.
CERTIFICATE.md, beside this file, has the grammar and a worked example.
"""

import hashlib
import json
import math
import re
import struct
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from io import BytesIO
from itertools import accumulate, combinations, compress, pairwise, repeat
from operator import mul, sub
from typing import IO, Any

FORMAT, VERSION = "linregions/certificate", 3  # versions 1 and 2, of JSON lines, state a number and a bracket
SHARED = 4  # a version that shows what cells with equal images have in common once for all of them
SYMMETRIC = 5  # a version whose tree divides one chamber of a group of symmetries
WIDE = 6  # a version for boxes of many dimensions
LEAF, EMPTY, OPEN, BOUND, BETWEEN = 0, 1, -1, -2, -3  # kinds of lines; a cut begins with its number of children
MAPS = ("affine", "linear")  # definitions that compare the affine maps of the leaves
CERTIFIABLE = ("activation", "patterns", *MAPS)
MAX_CLAIM = 1 << 25  # bytes of line 1, which holds the network
MAX_LINE = 1 << 23  # bytes of any other line
MAX_DIGITS = 100_000  # of one number
MAX_BITS = 100_000  # of a common denominator
MAX_NUMBERS = 5_000_000  # entries of the rows of one layer
MAX_SIZE = 1_600_000_000  # bits of all weights, and of the rows of one layer: 320 for a number, and its length
MAX_STEPS = 10**10, 30_000  # work on evidence: to begin with, and for each byte read; a step takes about 0.3 ns
MAX_BOUND = 20_000  # bits of the bound of an open leaf
SEEN = 30  # a layer keeps the rows of the next one for so many cells,
MAX_KEPT = 1 << 27  # unless they take more bits than that
MAX_COLUMNS = 1 << 18  # bits of a cell's table; where rows do not fit, all of them are evaluated one by one
ROWS = 64  # a table may have so many rows, however long they are
BLOCK, PART = 1 << 18, 1 << 13  # bytes of lines that are read at once, and decoded at once
SPARE = 32  # bits for the sum of multipliers where packed rows are used
FEW = 64  # entries of a row; where there are more, a slot is a multiple of 64 bits, and there are no tables
WORD = 72, 64  # bits of the numbers of a table or short row: of a few entries, and of more
ROOM = 28  # bits of these for the sum of multipliers, or of the entries of a witness
SHORT = 28  # bits of the bounds of all coordinates together, rounded, where many rows are compared with them at once
FINE = 60  # bounds inside the tree are multiples of 2^-60
NAMED = {"identity": [[], [1]], "relu": [[0], [0, 1]], "abs": [[0], [-1, 1]], "hard_tanh": [[-1, 1], [0, 1, 0]]}

_SPELLED = re.compile(rb'(?m)^(?:0|-1),-?[0-9]{1,18},[0-9]{1,18},"[0-9a-f]+"$')  # a leaf with a witness in few digits

Row = list[int]
Branch = tuple["Cell", int, int]  # a cell, and unit and piece of a cut; or a child of a cut, −1 and 0


class Rejected(Exception):  # noqa: N818
    """Why a certificate is not accepted."""


def require(condition: object, reason: str) -> None:
    """Reject unless the condition holds."""
    if not condition:
        raise Rejected(reason)


def brief(number: int) -> str:
    """The number, or its size if it is long."""
    return str(number) if number.bit_length() <= 256 else f"a number of {number.bit_length()} bits"


def _no_float(text: str) -> None:
    raise Rejected(f"{text[:40]} is not an integer; a certificate holds no floats")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    require(len(dict(pairs)) == len(pairs), "an object has the same key twice")
    return dict(pairs)


_JSON = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_no_repeats)


def decode(raw: bytes) -> Any:
    try:
        return _JSON.decode(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise Rejected("is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise Rejected(f"is not JSON ({error.msg}, column {error.colno})") from None
    except RecursionError:
        raise Rejected("is nested too deeply") from None
    except ValueError:
        raise Rejected(f"holds a number of more than {MAX_DIGITS} digits") from None


class Lines:
    """The lines of a file, one at a time, each of bounded length."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.number, self.bytes = file, 0, 0
        # what has been read from the file but not asked for: text, lines of a tree, and some of these as numbers
        self.ahead, self.rest, self.block = BytesIO(), BytesIO(), iter(list[Row]())
        self.tree = self._tree()

    def next(self) -> Any:
        """The JSON value of the next line."""
        limit = MAX_LINE if self.number else MAX_CLAIM
        self.number += 1
        raw = self.ahead.readline()
        raw += b"" if raw.endswith(b"\n") else self.file.readline(limit + 1)
        self.bytes += len(raw)
        require(raw, "the file ends before the certificate is complete")
        require(len(raw) <= limit, f"the line is longer than {limit} bytes")
        require(self.number > 1 or raw[:2] != b"\x1f\x8b", "the file is compressed; gunzip it first")
        require(raw.endswith(b"\n"), "the file ends in the middle of a line")
        return decode(raw)

    def _tree(self) -> Iterator[Row]:
        """The lines of a tree, integers with commas between them; each line is read when it is asked for."""
        self.number += 1
        while True:
            for line in self.block:
                yield line
                self.number += 1
            while not (part := self.rest.read(PART) + self.rest.readline()):
                self.rest = BytesIO(self.text())
            try:  # as one JSON value, which is many times faster than line by line
                self.block = iter(decode(b"[[%b]]" % part[:-1].replace(b"\n", b"],[")))
            except Rejected:
                self.block = (decode(b"[%b]" % line) for line in part.splitlines())

    def text(self) -> bytes:
        """Some lines of the tree; the text from the first "[" on does not belong to it, :meth:`next` reads that."""
        raw = self.ahead.read() + self.file.read(BLOCK)
        raw += b"" if raw.endswith(b"\n") else self.file.readline(MAX_LINE + 1)
        require(raw, "the file ends before the certificate is complete")
        other = raw.find(b"[")
        end = raw.rfind(b"\n", 0, other if other >= 0 else len(raw)) + 1
        require(end or other >= 0 or len(raw) <= MAX_LINE, f"the line is longer than {MAX_LINE} bytes")
        require(end or other >= 0, "the file ends in the middle of a line")
        text, self.ahead = raw[:end], BytesIO(raw[end:])
        self.bytes += end
        rest = _SPELLED.sub(b"", text) if b'"' in text else text
        require(text and not rest.translate(None, b"-0123456789,\n"), "expected integers with commas between them")
        return text

    def end(self) -> bool:
        """Whether nothing follows."""
        more = (decode(b"[%b]" % line[:-1]) for line in self.rest)
        ended = next(self.block, None) is None and next(more, None) is None
        return ended and not self.ahead.read(1) and not self.file.read(1)


def is_list(value: Any, length: int | None = None) -> bool:
    """Whether the value is a list, perhaps of a given length."""
    return type(value) is list and length in (None, len(value))


def integers(value: Any, length: int, what: str) -> Row:
    """The value, which must be a list of that many integers."""
    require(is_list(value, length) and {int}.issuperset(map(type, value)), f"{what} must be {length} integers")
    return list(value)


def keys(value: Any, names: str, what: str, optional: str = "") -> None:
    """Require an object with exactly these keys, and perhaps some of the optional ones."""
    fits = type(value) is dict and set(names.split()) <= set(value) <= {*names.split(), *optional.split()}
    require(fits, f"{what} must be an object with the keys {names}")


_RATIONAL = re.compile(r"([+-]?[0-9]+)(?:/([0-9]*[1-9][0-9]*))?")


def rationals(value: Any, length: int, what: str) -> list[Fraction]:
    """That many Fractions from a list of integers and strings "p" or "p/q"; Fractions, which JSON has not, stay."""
    require(is_list(value, length), f"{what} must be a list of {length} numbers")
    if {Fraction}.issuperset(map(type, value)):
        return list(value)
    found = [_RATIONAL.fullmatch(v) if type(v) is str and len(v) <= MAX_DIGITS else None for v in value]
    fits = all(match or type(v) is int for match, v in zip(found, value, strict=True))
    require(fits, f'{what} must be integers or strings "p/q" of at most {MAX_DIGITS} digits')
    return [Fraction(int(m[1]), int(m[2] or 1)) if m else Fraction(v) for m, v in zip(found, value, strict=True)]


def common_multiple(denominators: Any) -> int:
    """The least common multiple of the denominators of rational numbers."""
    for result in accumulate(set(denominators), math.lcm, initial=1):
        require(result.bit_length() <= MAX_BITS, f"a common denominator has more than {MAX_BITS} bits")
    return result


class Unit:
    """One unit: a maxout unit of some rank, or (rank 0) a scalar one with breakpoints and affine pieces."""

    def __init__(self, spec: Any) -> None:
        self.rank, self.points, self.lines = 0, list[Fraction](), list[tuple[Fraction, Fraction]]()
        if type(spec) is dict and set(spec) == {"maxout"}:
            self.rank = spec["maxout"]
            fits = type(self.rank) is int and 1 <= self.rank <= MAX_NUMBERS
            require(fits, "the rank of a maxout unit must be a positive integer, and not huge")
            self.name, self.size = f"maxout({self.rank})", self.rank * self.rank
            return
        if type(spec) is dict and set(spec) == {"leaky_relu"}:
            (slope,) = rationals([spec["leaky_relu"]], 1, "the slope of a leaky ReLU")
            spec = "identity" if slope == 1 else {"breakpoints": [0], "slopes": [spec["leaky_relu"], 1]}
        if type(spec) is str and spec in NAMED:
            spec = dict(zip(("breakpoints", "slopes"), NAMED[spec], strict=True))
        keys(spec, "breakpoints slopes", "an activation without a known name")
        require(is_list(spec["breakpoints"]), "breakpoints must be a list")
        points = self.points = rationals(spec["breakpoints"], len(spec["breakpoints"]), "breakpoints")
        slopes = rationals(spec["slopes"], len(points) + 1, "slopes")
        require(all(a < b for a, b in pairwise(points)), "breakpoints must increase")
        require(all(a != b for a, b in pairwise(slopes)), "neighboring slopes must differ")
        self.size = 2 * len(points) + 1
        # of its names the first one, however the file writes the unit: the digest is made of names
        names = [name for name, known in NAMED.items() if known == [points, slopes]]
        names += [f"leaky_relu({slopes[0]})"] if points == [0] and slopes[1] == 1 else []
        listed = [", ".join(map(str, values)) for values in (points, slopes)]
        self.name = [*names, f"piecewise(breakpoints [{listed[0]}], slopes [{listed[1]}])"][0]
        intercepts = [Fraction(0)]  # by continuity; then shifted, since f(0) = 0
        for i, t in enumerate(points):
            intercepts.append(intercepts[i] + (slopes[i] - slopes[i + 1]) * t)
        at_zero = intercepts[sum(t < 0 for t in points)]
        self.lines = [(slope, c - at_zero) for slope, c in zip(slopes, intercepts, strict=True)]


class Layer:
    """A layer in integers: its rows are the true preactivations times one positive number.

    If the inputs h arrive as rows v = s·h, the preactivations z = W·h + b become (q·W)·v + (q·s·b) = q·s·z with q a
    common denominator; the outputs get another factor u, a common denominator of slopes and intercepts.
    """

    def __init__(self, value: Any, width: int, s: int, free: int = MAX_SIZE) -> None:
        keys(value, "weights biases activation", "a layer")
        require(is_list(value["weights"]), "weights must be a list of rows")
        weights = [rationals(row, width, "a row of weights") for row in value["weights"]]
        biases = rationals(value["biases"], len(weights), "biases")
        spec = value["activation"]
        units = [Unit(entry) for entry in (spec if is_list(spec) else [spec])]
        if not is_list(spec):
            units *= len(weights) // (units[0].rank or 1)
        require(sum(unit.rank or 1 for unit in units) == len(weights), "the units read another number of weight rows")
        self.size = len(weights) + sum(unit.size for unit in units)  # rows that a cell computes or compares
        fits = self.size <= MAX_NUMBERS and sum(len(unit.name) for unit in units) <= MAX_CLAIM
        require(fits, f"the units of a layer have more than {MAX_NUMBERS} pieces, or too long names")
        rows = [[v.as_integer_ratio() for v in (*row, bias)] for row, bias in zip(weights, biases, strict=True)]
        points = [v.as_integer_ratio() for unit in set(units) for v in unit.points]
        q = common_multiple(b for row in (*rows, points) for _, b in row)
        u = common_multiple(v.denominator for unit in set(units) for line in unit.lines for v in line)
        self.factor, self.scale, self.q, self.s = u, u * q * s, q, s
        longest = max((a.bit_length() for row in (*rows, points) for a, _ in row), default=0)
        self.bits = longest + q.bit_length() + width.bit_length()  # what the layer adds to the length of numbers
        entries = len(weights) * (width + 1) + sum(2 * len(unit.lines) + len(unit.points) for unit in units)
        self.held = entries * (320 + self.bits + self.scale.bit_length())  # bits of memory
        require(self.held <= free, f"the numbers of the network need more than {MAX_SIZE} bits")
        lines = (" ".join([f"{a}/{b}" if b > 1 else str(a) for a, b in row]) for row in rows)
        self.text = "\n".join([f"layer {width} {','.join(unit.name for unit in units)}", *lines, ""])  # for the digest
        self.weights = [[a * (q // b) for a, b in row[:-1]] for row in rows]
        self.columns = list(map(list, zip(*self.weights, strict=True)))
        self.biases = [int(b * q) * s for b in biases]
        integral = {
            unit: ([int(t * q) * s for t in unit.points], [(int(a * u), int(c * u) * q * s) for a, c in unit.lines])
            for unit in set(units)
        }
        starts = accumulate((unit.rank or 1 for unit in units), initial=0)
        self.stated = list(zip(starts, units, strict=False))  # the first row of each unit, and the unit
        # first row; rank; breakpoints and lines of a scalar unit, as integers
        self.units = [(at, unit.rank, *integral[unit]) for at, unit in self.stated]
        kinks = [points for _, rank, points, _ in self.units if not rank and len(points) == 1]
        self.kinks = [t for (t,) in kinks] if len(kinks) == len(self.units) else []  # if each unit has just one
        self.marks = [1 << unit for unit in range(len(self.kinks))]
        pieces = [rank or len(points) + 1 for _, rank, points, _ in self.units]
        self.field = max(1, (max(pieces, default=2) - 1).bit_length())  # bits of a piece

    def preactivations(self, values: list[Row] | None) -> list[Row]:
        """The rows of W·values + b; the values None stand for the inputs themselves."""
        rows = [[*row, bias] for row, bias in zip(self.weights, self.biases, strict=True)]
        return rows if values is None else composed(rows, values, 1)

    def growth(self, size: int) -> tuple[int, int]:
        """Bounds for the entries of rows of conditions, and of outputs, if those that arrive are at most ``size``."""
        z = max(
            (size * sum(map(abs, row)) + abs(b) for row, b in zip(self.weights, self.biases, strict=True)), default=0
        )
        lines = [line for _, _, _, lines in self.units for line in lines]
        slope = max((abs(a) for a, _ in lines), default=0)
        out = max(slope, self.factor) * z + max((abs(c) for _, c in lines), default=0)
        return 2 * z + max((abs(t) for _, _, points, _ in self.units for t in points), default=0), out

    def gain(self) -> int:
        """An estimate of how much larger the rows of the layer are than those that arrive; only sizes depend on it."""
        return self.factor * math.isqrt(max((sum(v * v for v in row) for row in self.weights), default=0)) + 1

    def most(self, free: dict[int, int], lasting: int, dimensions: range, below: list[int]) -> Row:
        """A bound for the regions that this layer and those after it make on a cell, for each dimension d of its input.

        ``free`` has the numbers of pieces, at least two, of the units that are not decided there; ``lasting`` is how
        many of the others have outputs that are not constant.  The layer has at most Σ e_j regions, j ≤ d, where e_j is
        the elementary symmetric polynomial of degree j of the numbers pieces − 1.  If each of n free units has two
        pieces and is constant on one, at most C(n, j) = e_j regions have j constant units, and the next layer has an
        input of fewer dimensions there.  ``below`` has the same bounds for the next layer.
        """
        dies = all(len(lines) == 2 and not lines[0][0] * lines[1][0] for lines in (self.units[i][3] for i in free))
        row = [1]
        for pieces in free.values():
            row = [p + (pieces - 1) * q for p, q in zip([*row, 0], [0, *row], strict=True)][: dimensions.stop]
        left = [min(lasting + len(free) - j * dies, len(below) - 1) for j in range(len(row))]
        return [sum(e * below[min(d, k)] for e, k in zip(row[: d + 1], left, strict=False)) for d in dimensions]


class Claim:
    """Line 1: a network has so many regions of a certain kind on a domain; ``made`` are its layers, if they exist."""

    def __init__(self, value: Any, made: Sequence[Layer] = ()) -> None:
        require(type(value) is dict and value.get("format") == FORMAT, f'line 1 must have "format": "{FORMAT}"')
        version = str(value.get("version"))
        require(version in map(str, range(1, WIDE + 1)), f"this checker reads versions 1 to {WIDE}")
        more = " symmetry" if version == str(SYMMETRIC) else ""
        keys(value, "format version regions definition network_sha256 domain network" + more, "the claim")
        self.steps, self.stated, self.old = 0, value, version in ("1", "2")  # steps of work on evidence
        self.wide = version == str(WIDE)
        self.bracket = version == "2" or (version in ("3", str(WIDE)) and is_list(value["regions"]))
        self.definition = value["definition"]
        self.shared = version == str(SHARED)
        ends = self.ends = value["regions"] if self.bracket else [value["regions"]] * 2
        fits = is_list(ends, 2) and all(type(v) is int for v in ends) and ends[0] > 0
        form = "[lower, upper] with 0 < lower < upper" if self.bracket else "a positive integer"
        require(fits and (ends[0] < ends[1]) == self.bracket, f"regions must be {form}")
        known = CERTIFIABLE[: 1 if self.bracket or self.shared or self.wide or more else None]
        require(self.definition in known, f"definition must be one of {', '.join(known)}")
        self.maps = self.definition in MAPS  # the affine maps of the leaves are compared
        self.closed = self.definition == "patterns"  # the domain is closed, and weak conditions are weak
        network = value["network"]
        keys(network, "format version inputs layers", "network")
        inputs, form = network["inputs"], f"{network['format']} {network['version']}"
        require(form == "linregions/network 1", "the network must be of format linregions/network, version 1")
        require(type(inputs) is int and inputs >= 1 and is_list(network["layers"]), "inputs and layers are not right")
        self.values, scale = self._domain(value["domain"], inputs)
        self.layers, width, bits, free = [], inputs, scale.bit_length(), MAX_SIZE
        for number, entry in enumerate(network["layers"]):
            layer = made[number] if made else Layer(entry, width, scale, free)
            self.layers.append(layer)
            free -= layer.held
            width, scale, bits = len(layer.units), layer.scale, bits + layer.bits + layer.factor.bit_length()
            entries = layer.size * (self.dimension + 1)
            require(entries <= MAX_NUMBERS, f"a layer has more than {MAX_NUMBERS} coefficients")
            require(scale.bit_length() <= MAX_BITS, f"the scale of a layer has more than {MAX_BITS} bits")
            require(entries * (320 + bits) <= MAX_SIZE, f"the rows of a layer need more than {MAX_SIZE} bits")
        self.texts = [layer.text for layer in self.layers]
        digest = hashlib.sha256("".join(self.texts).encode()).hexdigest()
        require(digest == value["network_sha256"], "network_sha256 is not the digest of this network")
        if self.definition not in MAPS:  # layers at the end without breakpoints divide nothing
            while self.layers and not any(rank or points for _, rank, points, _ in self.layers[-1].units):
                self.layers.pop()
        for chain in self.chains:
            for (i, j), units in zip(chain.walls, chain.units, strict=True):
                proved = self.layers and unnoticed(self, i, j, units)
                require(proved, f"the domain or the network notices the reflection of parameters {[i, j]}")
        self._pack()
        self._bound()

    def _pack(self) -> None:
        """Choose how rows are written as one integer, and write those of the domain and of the first layer so.

        Every row is multiplied by a power of two that makes rows of all layers about equally long: then multipliers
        are short.  An entry of a packed row takes so many bits that nothing overflows (see :meth:`unpack`).
        """
        size = max((abs(v) for row in self.values or () for v in row), default=1)
        gain, gains, longest = size, list[int](), list[int]()
        for layer in self.layers:
            condition, size = layer.growth(size)
            gain *= layer.gain()
            gains.append(0 if self.old else gain.bit_length())
            longest.append(condition.bit_length() - gains[-1])
        if self.definition in MAPS:  # the outputs of the last layer are compared; they occur in no condition
            longest.append(size.bit_length() - max(gains, default=0))
        longest += [max(bits, row[-1].bit_length()) for bits, row in zip(self.row_bits, self.rows, strict=True)]
        longest += [abs(v).bit_length() for ends in self.walls.values() for v in ends.values()]
        self.length = max(gains, default=0)  # of a row in each layer, about
        bits = self.length + max(longest, default=0) + SPARE + 2
        self.entries = self.dimension + 1
        grain = 8 if self.entries <= FEW else 64
        self.slot = grain * max(bits // grain + 1, 64 // grain)  # bits of an entry of a packed row
        self.length += self.slot - bits - 1
        self.shifts = [self.length - bits for bits in gains]
        self.domain_shifts = [max(0, self.length - bits) for bits in self.row_bits]
        held = [*(layer.size for layer in self.layers), len(self.rows) - len(self.own_rows)]
        self.sizes = [rows * (self.dimension + 1) * self.slot for rows in held]
        require(max(self.sizes) <= MAX_SIZE, f"the rows of a layer need more than {MAX_SIZE} bits")
        self.half = 1 << (self.slot - 1)
        self._signs: dict[tuple[int, int], int] = {}
        self.masks: dict[int, int] = {}  # of numbers of so many words
        self.work = self.entries * (100 + self.slot // 30)  # steps for a packed row
        self.path = list[Condition]()
        for number, (row, shift) in enumerate(zip(self.rows, self.domain_shifts, strict=True)):
            if (at := self.single.get(number, -1)) < 0:
                self.path.append(Condition(self.pack(row) << shift, not self.closed, 0))
            else:
                self.path.append(Condition(row[-1] << shift, not self.closed, 0, ([], at, row[at] << shift)))
        self.word = min(WORD[self.entries > FEW], self.slot)  # bits of an entry of a table or short row
        self.highest = max(ROWS, MAX_COLUMNS // (self.word * self.entries))  # number of its rows
        first = zip(*self.first_rows, strict=True) if self.first_rows else repeat((), self.entries)
        self.first = list(map(self.turn, first))
        self.turned: dict[int, tuple[Row, int, int]] = {}  # for each layer what :meth:`columns` says
        self.lost, self.halves = self.slot - self.word, self.signs(self.entries, self.word)
        self.size = self.word // 8 * self.entries  # bytes of a short row
        self.firsts = struct.Struct("<" + f"{self.word // 8 - 8}xq" * self.entries)  # of these bytes

    def _bound(self) -> None:
        """Tell apart the domain's rows with a single coefficient, which bound a coordinate, and the others."""
        m, self.fine = self.dimension, self.unit << FINE
        self.skew = [condition for number, condition in enumerate(self.path) if number not in self.single]
        ends = [[None if v is None else sign * v for v in map(self.walls[sign].get, range(m))] for sign in (-1, 1)]
        alike: dict[Any, list[int]] = {}  # coordinates by their two bounds
        for j, pair in enumerate(zip(*ends, strict=True)):
            alike.setdefault(pair, []).append(j)
        # the same, with [] for all coordinates
        self.alike = [(*pair, found if len(found) < m else []) for pair, found in alike.items()]
        low, high = ([v if v is None else v << FINE for v in side] for side in ends)
        known = [abs(v) for v in low + high if v is not None]
        self.drop = max(0, (self.fine + sum(known) + 4 * m).bit_length() - SHORT)
        bounded = len(known) == 2 * m and self.drop <= FINE
        # these bounds are multiples of 2^FINE, and drop ≤ FINE: nothing is lost
        below, above = ([v >> self.drop for v in side if v is not None] if bounded else [] for side in (low, high))
        both = (below[0] + above[0], above[0] - below[0]) if bounded and len(alike) == 1 else None
        self.bounds = Bounds(low, high, below, above, both)
        self.rounded = self.fine >> self.drop  # 1, as bounds are written in ``below`` and ``above``
        self.slack = 2 * self.rounded + sum(map(abs, below + above))
        self.reach = 2 + sum(known) // self.fine if bounded else 0  # more than Σ |x_j| + 1

    def pack(self, row: Row) -> int:
        """Σ entry·2^(slot·place), the constant at place 0: sums and multiples of rows are those of these integers."""
        return self.turn((row[-1], *row[:-1]))

    def unpack(self, packed: int) -> Row:
        """The row; its entries must be less than ``half``, in absolute value."""
        constant, *row = self.split(packed, self.entries)
        return [*row, constant]

    def signs(self, number: int, bits: int = 0) -> int:
        """The highest bits of so many numbers (of ``slot`` bits): added, they leave a 1 if these are not negative."""
        if (number, bits) not in self._signs:
            size = (bits or self.slot) // 8
            self._signs[number, bits] = int.from_bytes(bytes([*[0] * (size - 1), 128]) * number, "little")
        return self._signs[number, bits]

    def turn(self, numbers: Sequence[int], bits: int = 0) -> int:
        """Σ number·2^(bits·place), or ``slot`` for bits, the first at place 0: the numbers of one column of rows."""
        size, half = (bits or self.slot) // 8, 1 << (bits or self.slot) - 1
        raw = b"".join([(v + half).to_bytes(size, "little") for v in numbers])
        return int.from_bytes(raw, "little") - self.signs(len(numbers), bits)

    def split(self, packed: int, number: int, bits: int = 0) -> Row:
        """The numbers that :meth:`turn` packed, or sums of such numbers."""
        size, half = (bits or self.slot) // 8, 1 << (bits or self.slot) - 1
        raw = (packed + self.signs(number, bits)).to_bytes(size * number, "little")
        return [int.from_bytes(raw[at : at + size], "little") - half for at in range(0, len(raw), size)]

    def cut(self, columns: list[bytes]) -> list[tuple[bytes, ...]]:
        """The first bits of the numbers in each of the columns, of which one is written in ``slot`` bits."""
        form = struct.Struct(f"{self.lost // 8}x{self.word // 8}s" * (len(columns[0]) * 8 // self.slot))
        return list(map(form.unpack, columns))

    def short(self, row: int) -> int:
        """The short row of a packed one; 0 where coordinates have no bounds, and short rows no use."""
        if not self.bounds.below:
            return 0
        raw = ((row << SPARE - ROOM) + self.signs(self.entries)).to_bytes(self.slot // 8 * self.entries, "little")
        return int.from_bytes(b"".join(*self.cut([raw])), "little") - self.halves

    def sums(self, row: int) -> tuple[int, int, int]:
        """Of a combination of short rows with entries t: the constant, Σ t_j, and Σ |t_j|, less by 1 for each t_j < 0.

        All |t| must be less than 2^(word − 2), divided by the number of entries.  Half of the words is added to the
        other half until one is left.
        """
        n, word, constant = self.entries, self.word, row & (1 << self.word) - 1
        constant -= (constant >> word - 1) << word
        signs, more = self.signs(n, word), n.bit_length()
        total, signed = row + (signs >> more), row + signs
        negative = signs & ~signed
        absolute = signed ^ signs ^ (negative << 1) - (negative >> word - 1)
        while n > 1:
            n = n + 1 >> 1
            mask = self.masks.get(n) or self.masks.setdefault(n, (1 << n * word) - 1)
            total, absolute = (total >> n * word) + (total & mask), (absolute >> n * word) + (absolute & mask)
        return constant, total - (self.entries << word - 1 - more) - constant, absolute - abs(constant)

    def gathered(self, columns: list[bytes], at: int) -> int:
        """A packed row, from columns as :attr:`Level.raw` has them."""
        size = self.slot // 8
        packed = b"".join([column[size * at : size * at + size] for column in columns])
        return int.from_bytes(packed, "little") - self.signs(self.entries)

    def columns(self, depth: int) -> tuple[Row, int, int]:
        """Of a layer the weights of each unit before, the biases, and the kinks: each list as one number."""
        found = self.turned.get(depth)
        if found is None:
            layer = self.layers[depth]
            size = self.slot * len(layer.weights) * (len(layer.columns) if depth else 1)
            require(size <= MAX_SIZE, f"the weights of a layer need more than {MAX_SIZE} bits")
            weights = list(map(self.turn, layer.columns if depth else ()))
            weights = weights or [0] * len(self.layers[depth - 1].units)  # a layer without units has no columns
            found = self.turned[depth] = weights, self.turn(layer.biases), self.turn(layer.kinks)
        return found

    def beyond(self, j: int, n: int, e: int, upper: bool) -> "Condition":
        """x_j ≥ n/2^e, or ≤ if n/2^e is not an upper bound; with its short row."""
        row = (1 << self.slot * (j + 1) + self.length) - (n << self.length - e)
        length = self.length + SPARE - ROOM
        short = (1 << length >> self.lost << self.word * (j + 1)) - (n << length - e >> self.lost)
        return Condition(row, False, short) if upper else Condition(-row, False, -short)

    def constant(self, packed: int) -> bool:
        """Whether a row does not depend on the input."""
        return -self.half < packed < self.half

    def spend(self, steps: int, read: int) -> None:
        """Refuse work on evidence that is out of proportion to the ``read`` bytes of the file."""
        self.steps += steps
        if self.steps > MAX_STEPS[0] + MAX_STEPS[1] * read:
            raise Rejected("the evidence takes too many steps for its length; give multipliers of few digits")

    @cached_property
    def first_rows(self) -> list[Row]:
        """The preactivations of the first layer."""
        return self.layers[0].preactivations(self.values) if self.layers else []

    @cached_property
    def samples(self) -> tuple[int, Row, int]:
        """The first rows by columns, with room for Σ n_j·column_j where Σ |n_j| < 2^ROOM; and Σ column_j, j < m."""
        longest = max(v.bit_length() for row in self.first_rows for v in row)
        bits = 8 * ((longest + ROOM + 1) // 8 + 1)
        columns = [self.turn(column, bits) for column in zip(*self.first_rows, strict=True)]
        return bits, columns, sum(columns[:-1])

    def sampled(self, point: Row, values: Row) -> Row:
        """The first rows at n/q, times q; ``values`` are those of the n_j, each once and in order."""
        bits, columns, every = self.samples
        if len(values) > 5 or values[0] < 0 or values[-1] > 255:
            total = sum(map(mul, point, columns))
        else:  # each value times the sum of its columns
            raw, total = bytes(point[:-1]), values[0] * every + point[-1] * columns[-1]
            for value in values[1:]:
                alike = raw.translate(bytes(value) + b"\1" + bytes(255 - value))
                total += (value - values[0]) * sum(compress(columns, alike))
        return self.split(total, len(self.first_rows), bits)

    @cached_property
    def own_sides(self) -> set[tuple[int, ...]]:
        """The domain's own rows, each as its primitive multiple."""
        return set(map(primitive, self.own_rows))

    @cached_property
    def values_to_compute(self) -> int:
        """Entries of the network and the domain, once each."""
        first: int = (len(self.layers[0].weights) + len(self.own_rows)) * (self.dimension + 1)
        return first + sum(len(layer.weights) * (len(layer.columns) + 1) for layer in self.layers)

    @cached_property
    def below(self) -> list[list[int]]:
        """For each layer what :meth:`Layer.most` says of the next one."""
        ends = list(accumulate((len(layer.units) for layer in self.layers), min, initial=self.dimension))
        tables = [[1] * (ends.pop() + 1)]
        for layer in self.layers[:0:-1]:
            pieces = {unit: rank or len(points) + 1 for unit, (_, rank, points, _) in enumerate(layer.units)}
            free = {unit: number for unit, number in pieces.items() if number > 1}
            tables.append(layer.most(free, len(pieces) - len(free), range(ends.pop() + 1), tables[-1]))
            require(tables[-1][-1] >> MAX_BOUND == 0, f"the bound of an open leaf has more than {MAX_BOUND} bits")
        return tables[::-1]

    def _domain(self, value: Any, inputs: int) -> tuple[list[Row] | None, int]:
        """Rows of the inputs as functions of the parameters (None: they are the parameters), and their scale."""
        keys(value, "dimension lower upper" if self.wide else "dimension rows", "domain", "note matrix offset")
        m = self.dimension = value["dimension"]
        fits = type(m) is int and m >= 1 and (self.wide or is_list(value["rows"]))
        require(fits, "domain: dimension and rows are not right")
        require(2 * m <= MAX_LINE, f"domain: a point of more than {MAX_LINE >> 1} coordinates does not fit a line")
        if self.wide:
            require(2 * m * m <= MAX_NUMBERS, f"the walls of a box have more than {MAX_NUMBERS} coefficients")
            self.rows = walls_of_box(*(rationals(value[end], m, f"domain: {end}") for end in ("lower", "upper")))
        else:
            self.rows = [integers(row, m + 1, "a row of the domain") for row in value["rows"]]
        self.own_rows, stated = list(self.rows), self.stated.get("symmetry", [])
        require(is_list(stated) and ("symmetry" in self.stated) == bool(stated), "symmetry must be a list of chains")
        self.chains = [Chain(entry, m) for entry in stated]
        used = [i for chain in self.chains for i in chain.parameters]
        require(len(set(used)) == len(used), "two chains share a parameter, or one has it twice")
        walls = sum(len(chain.walls) for chain in self.chains)
        require(walls * (m + 1) <= MAX_NUMBERS, f"the walls of a chamber have more than {MAX_NUMBERS} coefficients")
        self.rows += [row for chain in self.chains for row in chain.rows(m)]
        self.order = math.prod(chain.order for chain in self.chains)  # the number of symmetries that are used
        self.single: dict[int, int] = {}  # rows with a single coefficient, and of which coordinate
        self.row_bits, coefficients = list[int](), set[int]()  # bits of the longest coefficient
        for number, row in enumerate(self.rows):
            places = [number >> 1] if self.wide else list(compress(range(m), row))
            coefficients.update(own := {abs(row[at]) for at in places})
            self.row_bits.append(max(own, default=0).bit_length())
            if len(places) == 1:
                self.single[number] = places[0]
        self.unit = common_multiple(coefficients)
        self.walls: dict[int, dict[int, int]] = {1: {}, -1: {}}  # on the domain sign·unit·x_i < walls[sign][i]
        for number, at in self.single.items():
            c, b = self.rows[number][at], self.rows[number][-1]  # c·x_i + b > 0
            bound, ends = self.unit // abs(c) * b, self.walls[-1 if c > 0 else 1]
            ends[at] = min(bound, ends.get(at, bound))
        require(("matrix" in value) == ("offset" in value), "domain: give both matrix and offset, or neither")
        if "matrix" not in value:
            require(m == inputs, "domain: its dimension is not the number of inputs, and there is no matrix")
            return None, 1
        require(is_list(value["matrix"], inputs), "domain: the matrix must have one row for each input")
        rows = [rationals(row, m, "a row of the matrix") for row in value["matrix"]]
        offset = rationals(value["offset"], inputs, "the offset")
        return whole([[*row, c] for row, c in zip(rows, offset, strict=True)])


def walls_of_box(lower: list[Fraction], upper: list[Fraction]) -> list[Row]:
    """The rows x_0 > lower_0, x_0 < upper_0, x_1 > lower_1, and so on."""
    rows = [[0] * (len(lower) + 1) for _ in (*lower, *upper)]
    for number, row in enumerate(rows):
        at, sign = number >> 1, -1 if number & 1 else 1
        end = (upper if number & 1 else lower)[at]
        row[at], row[-1] = sign * end.denominator, -sign * end.numerator
    return rows


class Chain:
    """Parameters x_i, x_j, … that may be exchanged, and, if the chain is signed, changed in sign.

    The tree divides the part where x_i > x_j > …, > 0 if signed, a chamber of the group W of all these changes.  Its
    walls belong to the *simple* reflections s, which exchange neighbors in the chain or change the sign of the last.
    The file shows that neither the domain nor the network notices them (:func:`unnoticed`).  For a region R that meets
    the chamber let W_J be the group that those s generate which leave R as it is.  R has order(W)/order(W_J) images and
    is the only one of them that meets the chamber (CERTIFICATE.md has the proof).
    """

    def __init__(self, value: Any, dimension: int) -> None:
        keys(value, "parameters signed units", "a chain")
        fits = is_list(value["parameters"]) and value["parameters"] and type(value["signed"]) is bool
        require(fits, "a chain has parameters, and is signed or not")
        places = self.parameters = integers(value["parameters"], len(value["parameters"]), "the parameters of a chain")
        require(min(places) >= 0 and max(places) < dimension, "a chain names a parameter that is not there")
        self.walls = [*pairwise(places), *([(places[-1], -1)] if value["signed"] else [])]
        require(self.walls and is_list(value["units"], len(self.walls)), "a chain states the units for each reflection")
        self.units = value["units"]
        self.signed: bool = value["signed"]

    @property
    def order(self) -> int:
        """The order of W: k! for k parameters, and 2^k times as many with their signs."""
        return math.factorial(len(self.parameters)) << (len(self.parameters) if self.signed else 0)

    def rows(self, dimension: int) -> list[Row]:
        """The walls of the chamber."""
        return [[int(k == i) - int(k == j) for k in range(dimension + 1)] for i, j in self.walls]

    def fixed(self, pattern: list[Row]) -> int:
        """The order of W_J: k! for every k neighbors that J joins, and 2^k·k! for the last k if it has the sign."""
        order = run = 1
        for (_, j), units in zip(self.walls, self.units, strict=True):
            same = all([p[u] for u in pi] == p for p, pi in zip(pattern, units, strict=True))
            if j < 0:
                return order << run if same else order
            run = run + 1 if same else 1
            order *= run
        return order


def reflected(row: Sequence[int], i: int, j: int) -> Row:
    """The row after the exchange of x_i and x_j; if j = −1, after the change of the sign of x_i."""
    moved = list(row)
    if j < 0:
        moved[i] = -row[i]
    else:
        moved[i], moved[j] = row[j], row[i]
    return moved


def unnoticed(claim: Claim, i: int, j: int, units: Any) -> bool:
    """Whether a reflection s permutes the rows of the domain, and preactivations: z_u(s x) = z_π(u)(x) in each layer.

    ``units`` has π of each layer.  Units that are permuted have one kind; by induction their outputs are permuted, too,
    so behind the first layer the weights of unit u must be those of unit π(u), read in the order of π before.
    """
    claim.spend(300 * claim.values_to_compute, 0)
    require(all(map(any, claim.own_rows)), "a row of the domain is zero")
    if {tuple(reflected(row, i, j)) for row in claim.own_sides} != claim.own_sides:
        return False
    require(is_list(units, len(claim.layers)), "the units of each layer are wanted")
    first, before = claim.first_rows, list[int]()
    for depth, (layer, stated) in enumerate(zip(claim.layers, units, strict=True)):
        pi = integers(stated, len(layer.units), "the units of a layer")
        if sorted(pi) != list(range(len(pi))):
            return False
        for (at, *kind), u in zip(layer.units, pi, strict=True):
            to, *other = layer.units[u]
            if kind != other:
                return False
            for k in range(layer.units[u][1] or 1):
                if not depth:
                    fits = reflected(first[at + k], i, j) == first[to + k]
                else:
                    moved = [layer.weights[to + k][v] for v in before]
                    fits = layer.weights[at + k] == moved and layer.biases[at + k] == layer.biases[to + k]
                if not fits:
                    return False
        before = pi
    return True


def weight(claim: Claim, point: Row, read: int) -> int:
    """How many images the region around the point n/q has under all symmetries: order(W)/order(W_J).

    A reflection leaves a region as it is if and only if it leaves the pieces of all units at the point.
    """
    claim.spend(claim.values_to_compute * (100 + claim.slot // 30 * limbs(point)), read)
    pattern = list(pattern_at(claim, point))
    return claim.order // math.prod(chain.fixed(pattern) for chain in claim.chains)


class Condition:
    """row > 0, or row ≥ 0 if not strict; the row is packed.

    The *short* row has the first bits of the entries.  If v is an entry times 2^(SPARE − ROOM), that of the short row
    is an integer t with v = 2^lost·(t + e), |e| < 1, and less than 2^(word − ROOM − 2) in modulus: combinations of
    short rows do not overflow if their multipliers sum up to less than 2^ROOM.  The entries and their length are known
    when asked for; so is the row where there is a ``source``: columns like :attr:`Level.shifted`, a place and a sign,
    or no columns, a coordinate and its coefficient.
    """

    __slots__ = ("_row", "entries", "long", "short", "source", "strict")

    def __init__(self, row: int, strict: bool, short: int, source: Any = None) -> None:
        self._row: int = row
        self.strict: bool = strict
        self.short: int = short
        self.source: tuple[list[bytes], int, int] | None = source
        self.entries: Row = []

    def row(self, claim: Claim) -> int:
        """The packed row."""
        if self.source:
            columns, at, factor = self.source
            rest = claim.gathered(columns, at) >> SPARE - ROOM if columns else 1 << claim.slot * (at + 1)
            self._row, self.source = self._row + factor * rest, None
        return self._row

    def unpacked(self, claim: Claim) -> Row:
        """The entries of the row."""
        if not self.entries:
            self.entries = claim.unpack(self.row(claim))
            self.long = limbs(self.entries)
        return self.entries


Pieces = dict[int, list[Condition]]  # the conditions under which a unit takes each of its pieces


def kept(compute: Callable[[Any], Any]) -> Any:
    """A property that a level computes once, and keeps in ``known``: attributes are slow once __dict__ is used."""

    def get(level: "Level") -> Any:
        name = compute.__name__
        if name not in level.known:
            level.known[name] = compute(level)
        return level.known[name]

    return property(get)


class Level:
    """A layer as all cells share it whose units take the same pieces in the layers before, and its preactivations.

    These are kept by columns, one for every coordinate and the last for the constants: ``z[j]`` is Σ_i
    z_i[j]·2^(slot·i).  The *table* has the first bits of such columns.  Its rows are z_i − t for all units of this
    layer and those before it, if each unit has one kink t and there are not too many.  A cell knows
    which of them its path takes to be positive or negative.
    """

    def __init__(self, claim: Claim, depth: int, z: Row, origin: "tuple[Level, int] | None" = None) -> None:
        self.claim, self.depth, self.z = claim, depth, z
        self.origin = origin  # the layer before, with the pieces that its units have taken
        # the pieces that units take in each layer before, where there are no tables
        self.before: tuple[int, ...] = (*origin[0].before, origin[1]) if origin and claim.entries > FEW else ()
        self.units = claim.layers[depth].units if claim.layers else []
        self.field = claim.layers[depth].field if claim.layers else 1  # bits of a piece in ``Cell.taken``
        self.last = depth + 1 >= len(claim.layers)
        self.sides: list[tuple[Condition, Condition, int, int] | None] = [None] * len(self.units)
        self.known: dict[Any, Any] = {}  # what has been computed, so that it is done once
        self.seen: dict[int, list[int]] = {}  # by the pieces of all units the rows of the next layer, the last few
        self.entered: Level | None = None  # the last level of the next layer that asked for rows of the one after it
        self.kinks = claim.layers[depth].kinks if claim.layers else []
        self.table, self.height = list[int](), 0
        self.base = origin[0].height if origin else 0  # where the hyperplanes of this layer begin in the table

    def carry(self) -> None:
        """Make the table: the rows of the table of the layer before, and those of this one."""
        above, word = self.origin and self.origin[0], self.claim.word
        few = self.claim.entries <= FEW
        if few and self.kinks and (not above or above.table) and self.base + len(self.kinks) <= self.claim.highest:
            self.height, self.table, shift = self.base + len(self.kinks), self.first, word * self.base
            self.halves = self.claim.signs(self.height, word)
            self.ones = self.halves >> word - 1
            if above:
                self.table = [known + (column << shift) for known, column in zip(above.table, self.table, strict=True)]

    @kept
    def shifted(self) -> list[bytes]:
        """The columns of z − t, times 2^(SPARE − ROOM), as conditions have these rows; as in :attr:`raw`."""
        claim, number = self.claim, len(self.units)
        shift, signs, size = claim.shifts[self.depth] + SPARE - ROOM, claim.signs(number), claim.slot // 8 * number
        constants = self.z[-1] - claim.columns(self.depth)[2] if any(self.kinks) else self.z[-1]
        return [((column << shift) + signs).to_bytes(size, "little") for column in (constants, *self.z[:-1])]

    @kept
    def bits(self) -> list[tuple[bytes, ...]]:
        """The first bits of these numbers, which are the entries of short rows."""
        return self.claim.cut(self.shifted)

    @kept
    def words(self) -> list[tuple[bytes, ...]]:
        """The same by rows."""
        return list(zip(*self.bits, strict=True))

    @kept
    def stacked(self) -> memoryview:
        """``shifted``, one column after the other; of the 64-bit words of a number the last has its first bits."""
        return memoryview(b"".join(self.shifted)).cast("Q")

    @kept
    def first(self) -> Row:
        """The same as a number for each column, the constants last: the columns of the short rows z − t."""
        halves = self.claim.signs(len(self.units), self.claim.word)
        constants, *columns = [int.from_bytes(b"".join(column), "little") - halves for column in self.bits]
        return [*columns, constants]

    @kept
    def dimension(self) -> int:
        """A bound for the dimension of what arrives: the layer before has so many outputs that are not constant."""
        if self.origin is None:
            return int(self.claim.dimension)
        above, taken = self.origin
        return int(min(above.dimension, above.lasting((1 << len(above.units)) - 1, taken)))

    @kept
    def raw(self) -> list[bytes]:
        """The columns as bytes, the constants first; ``half`` has been added to every number."""
        claim, number = self.claim, len(self.claim.layers[self.depth].weights)
        signs, size = claim.signs(number), claim.slot // 8 * number
        return [(column + signs).to_bytes(size, "little") for column in (self.z[-1], *self.z[:-1])]

    def entries(self, at: int) -> Row:
        """A preactivation as an affine function, the constant first."""
        size, half = self.claim.slot // 8, self.claim.half
        return [int.from_bytes(raw[size * at : size * at + size], "little") - half for raw in self.raw]

    def row(self, at: int) -> int:
        """A preactivation as a packed row."""
        return self.claim.gathered(self.raw, at)

    def moving(self) -> bytes:
        """For each preactivation a byte, 0 if it is constant.

        In x = (v + half) xor half, or'ed over the coordinates, a number is 0 if and only if all v are.  Adding half − 1
        to its lower bits carries a 1 to the highest unless they are 0.
        """
        claim, number = self.claim, len(self.claim.layers[self.depth].weights)
        signs, x, found = claim.signs(number), 0, 0
        low = signs - (signs >> claim.slot - 1)
        for column in self.z[:-1]:
            x |= (column + signs) ^ signs
            found = ((x & low) + low | x) & signs
            if found == signs:
                break
        return found.to_bytes(claim.slot // 8 * number, "little")[claim.slot // 8 - 1 :: claim.slot // 8]

    def start(self) -> tuple[int, int]:
        """The units that have more than one piece, as bits, and the pieces that the others take."""
        moving, start, taken = self.moving() if self.units else b"", 0, 0
        if self.claim.layers and self.claim.layers[self.depth].kinks and all(moving):
            return (1 << len(self.units)) - 1, 0
        for unit, (at, rank, points, _) in enumerate(self.units):
            if (points and moving[at]) or (rank > 1 and len(self.pieces(unit)) > 1):
                start |= 1 << unit
            else:
                (piece,) = self.pieces(unit)
                taken |= piece << self.field * unit
        return start, taken

    def pieces(self, unit: int) -> Pieces:
        """The pieces of a unit with their conditions, by the definition of the pieces.

        t_i < z ≤ t_{i+1} for a scalar unit, "the first of the largest" for maxout.  Conditions that do not depend on
        the input are decided here.  The others are all taken strictly where full-dimensional regions are counted.
        """
        pieces: Pieces | None = self.known.get(unit)
        if pieces is None:
            at, rank, points, _ = self.units[unit]
            pieces = self.known[unit] = self._maxout(at, rank) if rank else self._scalar(unit, at, points)
        return pieces

    def _scalar(self, unit: int, at: int, points: list[int]) -> Pieces:
        z, strict = self.row(at), not self.claim.closed
        if self.claim.constant(z):
            return {bisect_left(points, z): []}
        if self.kinks:
            negative, positive, _, _ = self.sides[unit] or self.side(unit)
            return {0: [negative], 1: [positive]}
        above = [self.condition(z - t, True) for t in points]
        below = [self.condition(t - z, strict) for t in points]
        return {i: above[max(i - 1, 0) : i] + below[i : i + 1] for i in range(len(points) + 1)}

    def condition(self, row: int, strict: bool) -> Condition:
        """row > 0, or ≥ 0, for a row of this layer."""
        row <<= self.claim.shifts[self.depth]
        return Condition(row, strict, self.claim.short(row))

    def _maxout(self, at: int, rank: int) -> Pieces:
        live: Pieces = {}
        z = [self.row(at + piece) for piece in range(rank)]
        for piece in range(rank):
            conditions = []
            for rival in range(rank):
                row = z[piece] - z[rival]
                if not self.claim.constant(row):
                    conditions.append(self.condition(row, rival < piece or not self.claim.closed))
                elif row < 0 or (row == 0 and rival < piece):
                    break
            else:
                live[piece] = conditions
        return live

    def side(self, unit: int) -> tuple[Condition, Condition, int, int]:
        """The conditions of both pieces of a unit with one kink; in the table the first bit of its row, and all."""
        claim, strict, bit, field = self.claim, not self.claim.closed, 0, 0
        if self.table:
            place, word = claim.word * (self.base + unit), claim.word
            bit, field = 1 << place + word - 1, (1 << word) - 1 << place
        if (self.table or claim.entries > FEW) and self.kinks and claim.bounds.below:
            rows, size = self.shifted, claim.slot // 64
            last = slice(size * unit + size - 1, None, size * len(self.units))
            words = b"".join(self.words[unit]) if self.table else self.stacked[last]
            short = int.from_bytes(words, "little") - claim.halves
            below, above = Condition(0, strict, -short, (rows, unit, -1)), Condition(0, True, short, (rows, unit, 1))
        else:
            row = self.row(unit) - self.kinks[unit]
            below, above = self.condition(-row, strict), self.condition(row, True)
        found = self.sides[unit] = below, above, bit, field
        return found

    def output(self, unit: int, piece: int) -> Row:
        """What a unit computes on one of its pieces, the constant first."""
        at, rank, _, lines = self.units[unit]
        slope, intercept = (self.claim.layers[self.depth].factor, 0) if rank else lines[piece]
        constant, *row = self.entries(at + piece if rank else at) if slope else [0] * self.claim.entries
        return [slope * constant + intercept, *(slope * v for v in row)]

    def change(self, unit: int, old: int, new: int) -> Row:
        """How the output of a unit differs on two of its pieces; where the old one is −1, the output itself."""
        found: Row | None = self.known.get((unit, old, new))
        if found is None:
            constant, *row = self.output(unit, new)
            if old >= 0:
                constant, *row = map(sub, (constant, *row), self.output(unit, old))
            found = self.known[unit, old, new] = [*row, constant]
        return found

    def lasting(self, units: int, taken: int) -> int:
        """How many of the units have outputs that are not constant, where they take such pieces."""
        known = (self.output(unit, taken >> self.field * unit & ~(-1 << self.field)) for unit in ones(units))
        return sum(any(row) for _, *row in known)

    def behind(self, taken: int) -> list[int]:
        """The rows of the next layer by columns, where the units take given pieces.

        Neighboring cells differ in few units; only the changes that these make are added to rows that are known.
        """
        before, columns = self.near(taken)
        weights, _, _ = self.claim.columns(self.depth + 1)
        for unit, old, new in self.differ(before, taken):
            change = self.change(unit, old, new)
            if any(change):
                columns = [column + weights[unit] * v for column, v in zip(columns, change, strict=True)]
        if len(self.seen) > min(SEEN, MAX_KEPT // (self.claim.sizes[self.depth + 1] + 1)):
            del self.seen[next(iter(self.seen))]
        self.seen[taken] = columns
        return columns

    def differ(self, before: int, after: int) -> Iterator[tuple[int, int, int]]:
        """The units that take different pieces, with both; before = −1 means that no unit has taken any."""
        field = self.field
        every = ~(-1 << field)
        if before < 0:
            yield from ((unit, -1, after >> field * unit & every) for unit in range(len(self.units)))
            return
        different = before ^ after
        while different:
            unit = ((different & -different).bit_length() - 1) // field
            different &= -1 << field * (unit + 1)
            yield unit, before >> field * unit & every, after >> field * unit & every

    def near(self, taken: int) -> tuple[int, list[int]]:
        """Pieces for which the rows of the next layer are known, the most similar ones; or −1, and the biases."""
        claim, depth = self.claim, self.depth
        if self.origin and not self.seen:
            other, self.origin[0].entered = self.origin[0].entered, self
            if other and other.seen and self.units:
                self.adopt(other, taken)
        near = min(self.seen, key=lambda seen: (seen ^ taken).bit_count(), default=-1)
        if near >= 0:
            return near, self.seen[near]
        return near, [*repeat(0, claim.dimension), claim.columns(depth + 1)[1]]

    def adopt(self, other: "Level", taken: int) -> None:
        """Find rows of the next layer from those of another cell of the layer before, which differs in few units.

        Where a unit before takes another piece, its output changes by a function c, the preactivation of row i here by
        w_i·c, and the rows behind units with slopes s by (Σ s·w_i·weights)·c.
        """
        assert self.origin
        assert other.origin
        above, after = self.origin
        differ = list(above.differ(other.origin[1], after))
        if 8 * len(differ) > len(above.units):
            return
        near = min(other.seen, key=lambda seen: (seen ^ taken).bit_count())
        columns, factor, field = other.seen[near], self.claim.layers[self.depth].factor, self.field
        pieces = [near >> field * unit & ~(-1 << field) for unit in range(len(self.units))]
        slopes = [factor if rank else lines[p][0] for (_, rank, _, lines), p in zip(self.units, pieces, strict=True)]
        rows = [at + piece if rank else at for (at, rank, _, _), piece in zip(self.units, pieces, strict=True)]
        weights, rows = (list(compress(values, slopes)) for values in (self.claim.columns(self.depth + 1)[0], rows))
        slopes = list(filter(None, slopes))  # where a unit is constant, nothing arrives behind it
        for unit, old, new in differ:
            change, own = above.change(unit, old, new), self.claim.layers[self.depth].columns[unit]
            effect = sum(map(mul, map(mul, slopes, map(own.__getitem__, rows)), weights))
            columns = [column + effect * v for column, v in zip(columns, change, strict=True)]
        self.seen[near] = columns

    @kept
    def parts(self) -> Row:
        """``first``, the constants before the coordinates' positive numbers, and these before their negative ones."""
        halves, above = self.claim.signs(len(self.units), self.claim.word), list[int]()
        for column in self.first:
            mask = column + halves & halves
            above.append((column + halves) & (mask - (mask >> self.claim.word - 1)))  # without the highest bit
        return [self.first[-1], *above[:-1], *map(sub, self.first[:-1], above)]

    def surely(self, piece: int, units: Row, bounds: "Bounds") -> bool:
        """Whether rounded bounds show that units with one kink t each take the piece: piece 0 is z < t, piece 1 z > t.

        For all units at once: the greatest value of ±(z − t) is the sum of each positive coefficient at one end of its
        coordinate and each negative one at the other, and no more than ``slack`` is lost with the last bits of z − t.
        """
        halves, word = self.claim.signs(len(self.units), self.claim.word), self.claim.word
        ends = [bounds.below, bounds.above] if piece else [bounds.above, bounds.below]
        end = sum(map(mul, [self.claim.rounded, *ends[0], *ends[1]], self.parts))  # the least value for piece 1
        slack = self.claim.slack if word < self.claim.slot else 0  # with v = 2^k·(t + e), Σ e·|x| and e of the constant
        most = halves + (halves >> word - 1) * slack + (-end if piece else end)
        highest = most.to_bytes(word // 8 * len(self.units), "little")[word // 8 - 1 :: word // 8]  # unless negative
        return bool(max(map(highest.__getitem__, units)) < 128)


def ones(bits: int) -> Iterator[int]:
    """The places of the bits that are 1."""
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1


class Bounds:
    """A lower and an upper bound of every coordinate, times ``Claim.fine``; None where there is no bound.

    If none is missing, ``below`` and ``above`` are the same bounds, divided by 2^drop and rounded outward; otherwise
    they are empty.  If all coordinates have the same two bounds, ``both`` is the sum and the difference of these.
    """

    __slots__ = ("above", "below", "both", "high", "low")

    def __init__(self, low: Any, high: Any, below: Row, above: Row, both: tuple[int, int] | None) -> None:
        self.low, self.high, self.below, self.above, self.both = low, high, below, above, both

    def narrowed(self, coordinate: int, end: int, upper: bool, drop: int) -> "Bounds":
        """The same with another end of one coordinate, between the old ones."""
        ends, rounded = [*(self.high if upper else self.low)], [*(self.above if upper else self.below)]
        ends[coordinate] = end
        if rounded:
            rounded[coordinate] = -(-end >> drop) if upper else end >> drop
        if upper:
            return Bounds(self.low, ends, self.below, rounded, None)
        return Bounds(ends, self.high, rounded, self.above, None)


class Cell:
    """A cell of the tree: its layer, and which units of it are still open, as bits.

    ``taken`` has for every other unit of the layer the piece that it takes, in ``level.field`` bits; ``left`` has the
    remaining pieces of an open unit that has lost some.  ``path`` has the conditions of the cuts above, ``decided`` the
    first bits of their rows in ``level.table``, and ``off`` all bits of those that are to be negative.
    """

    __slots__ = ("bounds", "decided", "left", "level", "off", "open", "path", "taken")

    def __init__(self, claim: Claim) -> None:
        self.bounds = claim.bounds
        self.path = list[Condition]()
        self.decided = self.off = 0
        self._begin(Level(claim, 0, claim.first))
        self._go_on()

    def _begin(self, level: Level) -> None:
        """Begin a layer."""
        self.level = level
        level.carry()
        self.left: dict[int, Pieces] = {}
        self.open, self.taken = level.start()

    def _go_on(self) -> None:
        """Begin the next layer while no unit of this one is open."""
        while not self.open and not (above := self.level).last:
            self._begin(Level(above.claim, above.depth + 1, above.behind(self.taken), (above, self.taken)))
            if above.depth % 200 == 199:
                _ = above.dimension  # which asks for that of the level before: no long recursion

    def pieces(self, unit: int) -> Pieces:
        """The pieces that an open unit has left."""
        if unit < 0 or not self.open >> unit & 1:
            raise Rejected(f"{self.name(unit)} is not open here")
        return self.left.get(unit) or self.level.known.get(unit) or self.level.pieces(unit)

    def own(self, unit: int, piece: int) -> list[Condition]:
        """The conditions of a piece that an open unit has left."""
        level = self.level
        if level.kinks and unit >= 0 and 0 <= piece < 2 and self.open >> unit & 1:
            below, above, _, _ = level.sides[unit] or level.side(unit)
            return [above if piece else below]
        pieces = self.pieces(unit)
        if piece not in pieces:
            raise Rejected(f"{self.name(unit)} has no such piece left")
        return pieces[piece]

    def take(self, piece: int, unit: int) -> None:
        """An open unit takes the piece; the next layer begins when all units of this one have theirs."""
        self.open ^= 1 << unit
        self.taken |= piece << self.level.field * unit
        if not self.open and not self.level.last:
            self._go_on()

    def drop(self, unit: int, piece: int) -> None:
        """A piece that an open unit has left is empty; a unit with a single one left takes it."""
        level = self.level
        if level.kinks:
            self.open ^= 1 << unit
            self.taken |= 1 - piece << unit
            if not self.open and not level.last:
                self._go_on()
        elif len(pieces := self.pieces(unit)) <= 2:
            self.take(sum(pieces) - piece, unit)
        else:
            self.left = {**self.left, unit: {other: own for other, own in pieces.items() if other != piece}}

    def child(self, unit: int, piece: int) -> "Cell":
        """The cell where the unit takes the piece, of a layer without a table; its conditions join the path."""
        other = object.__new__(Cell)
        other.level, other.bounds, other.left, other.decided = self.level, self.bounds, self.left, self.decided
        other.off, other.open, other.taken = self.off, self.open, self.taken
        other.path = self.path + self.pieces(unit)[piece]
        other.take(piece, unit)
        return other

    def split(self, unit: int) -> "Cell":
        """The cell where an open unit with one kink takes piece 0; this cell becomes the one where it takes piece 1."""
        level, other = self.level, object.__new__(Cell)
        below, above, bit, field = level.sides[unit] or level.side(unit)
        other.level, other.bounds, other.left, other.taken = level, self.bounds, self.left, self.taken
        other.decided = self.decided = self.decided | bit
        other.off = self.off | field
        other.open = self.open = self.open ^ 1 << unit
        other.path = [*self.path, below]
        self.path.append(above)
        self.taken |= 1 << unit
        return other

    def holds(self, point: Row, size: int) -> bool:
        """Whether walls and table show that all conditions hold at the point n/q: the table's values in one packed sum.

        ``size`` ≥ Σ |n_j|, with q among them, is less than 2^ROOM.  With v_j = 2^k·(t_j + e_j), 0 ≤ e_j < 1, the value
        Σ v_j·n_j is positive if Σ t_j·n_j > size, and negative if it is < −size.  Where words are as long as entries,
        all e_j are 0, and 1 does for the size.  A word of the sum is 2^(word − 1) + Σ t_j·n_j, and where the path takes
        a row to be negative, with all bits changed, 2^(word − 1) − 1 − Σ t_j·n_j.  A level has no table unless those
        before it have: all conditions of the path come from :meth:`split`, which marks their rows.
        """
        level, claim, decided, q = self.level, self.level.claim, self.decided, point[-1]
        unit, strict = claim.unit, not claim.closed
        every: Any = point[:-1] if claim.entries <= FEW else set(point[:-1])
        for low, high, coordinates in claim.alike:
            x = [point[j] for j in coordinates] if coordinates else every
            if low is not None and min(x) * unit - low * q < strict:
                return False
            if high is not None and high * q - max(x) * unit < strict:
                return False
        if claim.skew and any(sum(map(mul, row.unpacked(claim), point)) < row.strict for row in claim.skew):
            return False
        if claim.entries > FEW:
            return self.takes(point, every)
        if not level.table:
            return False
        values = sum(map(mul, point, level.table), level.halves) ^ self.off
        values -= (size if claim.word < claim.slot else 1) * level.ones
        return bool(values & decided == decided)

    def takes(self, point: Row, values: set[int]) -> bool:
        """Whether all units, each with one kink, take their pieces at the point n/q: then all conditions of cuts hold.

        ``values`` are those of all n_j; Σ |n_j| must be less than 2^ROOM.  Here z and outputs are times q and a scale.
        """
        claim, q, pieces = self.level.claim, point[-1], (*self.level.before, self.taken)
        if self.open or not all(layer.kinks for layer in claim.layers[: len(pieces)]):
            return False
        z, outputs = claim.sampled(point, sorted(values)), list[int]()
        for depth, taken in enumerate(pieces):
            layer = claim.layers[depth]
            if depth:
                weights, biases, _ = claim.columns(depth)
                z = claim.split(sum(map(mul, outputs, weights)) + q * biases, len(layer.units))
            outputs = []
            for value, kink, (_, _, _, lines) in zip(z, layer.kinks, layer.units, strict=True):
                piece, taken = taken & 1, taken >> 1
                above = value - q * kink if kink else value
                if above <= 0 if piece else above > 0 or not (above or claim.closed):
                    return False
                slope, intercept = lines[piece]
                outputs.append(slope * value + intercept * q)
        return True

    def most(self) -> int:
        """An upper bound for the number of regions that meet the cell."""
        if not self.open:
            return 1
        level, claim = self.level, self.level.claim
        free = {unit: len(self.pieces(unit)) for unit in ones(self.open)}
        here = range(level.dimension, level.dimension + 1)
        lasting = level.lasting(~(-1 << len(level.units)) & ~self.open, self.taken)
        return claim.layers[level.depth].most(free, lasting, here, claim.below[level.depth])[0]

    def name(self, unit: int) -> str:
        return f"layer {self.level.depth + 1}, unit {brief(unit + 1)}"


def dependency(vectors: list[Row]) -> Row:
    """Integers y, the last one positive, with Σ y_i·vector_i = 0, by fraction-free Gauss-Jordan elimination (Bareiss).

    The vectors but the last must be independent.  Nothing relies on it: :func:`refutes` checks what it returns.
    """
    if len(vectors) == 3 and len(vectors[0]) == 2:  # three rows in the plane, the usual evidence on all of R²
        (a, b), (c, d), (e, f) = vectors
        found = [c * f - d * e, e * b - f * a, a * d - b * c]
    elif len(vectors) == 4 and len(vectors[0]) == 3:  # likewise in space: the minors of the other rows (Cramer)
        (a, b, c), (d, e, f), (g, h, i), (p, q, r) = vectors
        x, y, z = b * f - c * e, c * d - a * f, a * e - b * d  # the cross product of the first two
        u, v, w = h * r - i * q, i * p - g * r, g * q - h * p  # and of the others
        found = [-(d * u + e * v + f * w), a * u + b * v + c * w, -(p * x + q * y + r * z), g * x + h * y + i * z]
    else:
        last, before = len(vectors) - 1, 1
        matrix = [list(column) for column in zip(*vectors, strict=True)]
        for k in range(last):
            pivot = next((row for row in range(k, len(matrix)) if matrix[row][k]), -1)
            require(pivot >= 0, "the rows of the evidence have more than one dependency; give multipliers")
            matrix[k], matrix[pivot] = matrix[pivot], matrix[k]
            top, head = matrix[k], matrix[k][k]
            for line in matrix:
                if line is not top:
                    factor, rest = line[k], zip(line[k + 1 :], top[k + 1 :], strict=True)
                    line[k + 1 :] = [(head * v - factor * w) // before for v, w in rest]
            before = head
        found = [*(-matrix[k][last] for k in range(last)), before]
    require(found[-1], "the rows of the evidence have more than one dependency; give multipliers")
    return found if found[-1] > 0 else [-n for n in found]


def refutes(claim: Claim, bounds: Bounds, conditions: list[Condition], multipliers: Row) -> bool:
    """Whether Σ multiplier·row proves that the conditions do not all hold at any one point between the bounds.

    Farkas: with multipliers ≥ 0 the sum is ≥ 0 where the conditions hold, and > 0 if a strict one takes part.  What is
    left of its linear part is at most what it is at the coordinates' bounds, as far as there are any.
    """
    if min(multipliers) < 0:
        return False
    if sum(multipliers) >> SPARE:  # the packed sum might overflow
        rows = [condition.unpacked(claim) for condition in conditions]
        total = [sum(map(mul, multipliers, column)) for column in zip(*rows, strict=True)]
    else:
        total = claim.unpack(sum(map(mul, multipliers, [condition.row(claim) for condition in conditions])))
    most = claim.fine * total.pop()
    for a, low, high in zip(total, bounds.low, bounds.high, strict=True) if any(total) else ():
        end = high if a > 0 else low
        if a and end is None:
            return False
        most += a * (end or 0)
    if most:
        return bool(most < 0)
    strict = any(condition.strict and y for condition, y in zip(conditions, multipliers, strict=True))
    return strict or (any(total) and not claim.closed)


def surely_negative(claim: Claim, bounds: Bounds, row: int, size: int) -> bool:
    """Whether a combination of short rows shows that that of the rows is negative at all points between rounded bounds.

    The multipliers sum up to ``size`` or less.  In units of 2^lost an entry of the combination is within ``size`` of
    that of the short rows.  In the two's complement of a packed row an entry that follows a negative one is less by 1.
    Of its first 64 bits t, each worth 2^(word − 64), the last may be rounded down.  So the entry is less than ``error``
    away from t, in these units, and no linear function with such entries is larger than error·``slack`` on top of
    that with entries t.  Its greatest value is Σ t·above or t·below.  With m = above + below and r = above − below,
    twice the greatest value of t·x is t·m + abs(t)·r.  What :meth:`Claim.sums` says of abs(t) is less by 1 at most.
    """
    error = (size >> claim.word - 64) + 3
    if bounds.both and claim.entries > FEW and size * claim.entries >> ROOM == 0:
        (middle, width), (constant, total, absolute) = bounds.both, claim.sums(row)
        return bool(2 * (claim.rounded * constant + error * claim.slack) + width * absolute + middle * total < 0)
    entries = claim.firsts.unpack(row.to_bytes(claim.size, "little", signed=True))
    constant, words = entries[0], entries[1:]
    if bounds.both:
        middle, width = bounds.both
        twice = width * sum(map(abs, words))
        if middle:
            twice += middle * sum(words)
    else:
        twice = 2 * sum([t * (b if t > 0 else a) for t, a, b in zip(words, bounds.below, bounds.above)])  # noqa: B905
    return bool(2 * (claim.rounded * constant + error * claim.slack) + twice < 0)


def limbs(numbers: Any) -> int:
    """The length of the longest number in digits of 30 bits."""
    return max(map(int.bit_length, numbers), default=0) // 30 + 1


def depends(claim: Claim, bounds: Bounds, numbers: Row, conditions: Any, read: int) -> bool:
    """Whether the only linear dependency of some rows proves that the conditions contradict each other.

    A row of the domain with a single coefficient may have any multiplier, so its coordinate is left out here;
    :func:`refutes` takes the bound that this row gives.  Work is limited by the bytes ``read``.
    """
    named = [conditions[i] for i in numbers if i not in claim.single]
    require(named and len(numbers) <= claim.dimension + 1, "the evidence has too few or too many rows")
    rows = [condition.entries or condition.unpacked(claim) for condition in named]
    size = len(rows) * max([condition.long for condition in named])  # minors have so many digits
    gone = {claim.single[i] for i in numbers if i in claim.single} if claim.single else ()
    work = len(rows) * (claim.dimension - len(gone)) * (200 + 3 * size * math.isqrt(size))
    claim.spend(len(rows) * (work + claim.entries * (100 + size * claim.slot // 30)), read)
    vectors = [[v for j, v in enumerate(row[:-1]) if j not in gone] if gone else row[:-1] for row in rows]
    return refutes(claim, bounds, named, dependency(vectors))


def empty(claim: Claim, evidence: Any, path: list[Condition], own: list[Condition], read: int = MAX_LINE) -> bool:
    """Whether evidence of versions 1 and 2 proves that the conditions of the path and a piece's own contradict.

    It is a list of row numbers, whose linear dependency is the proof, or [numbers, multipliers].  Number i ≥ 0 is row i
    of the path; −1, −2, … are the piece's own.
    """
    multipliers = None
    if is_list(evidence, 2) and is_list(evidence[0]):
        evidence, multipliers = evidence
        integers(multipliers, len(evidence), "multipliers")
    require(is_list(evidence) and evidence, "evidence must be a list of row numbers")
    for i in evidence:
        require(type(i) is int and -len(own) <= i < len(path), "the evidence names a row that is not there")
    require(len(set(evidence)) == len(evidence), "the evidence names a row twice")
    numbers, conditions = [i if i >= 0 else len(path) - 1 - i for i in evidence], path + own
    if multipliers is None:
        return depends(claim, claim.bounds, numbers, conditions, read)
    claim.spend(len(numbers) * claim.entries * (100 + limbs(multipliers) * claim.slot // 30), read)
    return refutes(claim, claim.bounds, [conditions[i] for i in numbers], multipliers)


class Walk:
    """The tree of a certificate, read line by line in depth-first order."""

    def __init__(self, claim: Claim, lines: Lines) -> None:
        self.claim, self.lines, self.leaves, self.most = claim, lines, 0, 0
        self.classes: dict[tuple[int, ...], dict[int, Row]] = {}  # leaves by map, all with the same factor

    def tree(self, cell: Cell) -> None:
        """Check the tree below a cell."""
        if self.claim.old:
            return self.old_tree(cell)
        waiting: list[Branch] = []
        for line in self.lines.tree:
            kind = line[0]
            if kind == EMPTY:
                self.empty_piece(cell, line)
            elif kind > EMPTY:
                cell = self.cut(cell, line, waiting)
            elif kind == BETWEEN:
                self.between(cell, line)
            elif kind == BOUND:
                self.bound(cell, line)
            else:
                self.leaf(cell, line)
                if not waiting:
                    return None
                cell, unit, piece = waiting.pop()
                if unit >= 0:
                    cell = cell.child(unit, piece)
                elif not cell.open and not cell.level.last:
                    cell._go_on()
        raise Rejected("the file ends before the certificate is complete")

    def empty_piece(self, cell: Cell, line: Row) -> None:
        """[1, unit, piece, multipliers of its own rows, row, multiplier, …] or [1, unit, −1 − piece, row, …]: empty."""
        unit, piece = line[1], line[2]
        if piece >= 0:
            proved = self.sum(cell, line[3:], cell.own(unit, piece))
        else:
            piece = -1 - piece
            proved = self.dependent(cell, line[3:], cell.own(unit, piece))
        if not proved:
            raise Rejected(f"{cell.name(unit)}: the evidence does not show that piece {piece} is empty")
        cell.drop(unit, piece)

    def sum(self, cell: Cell, numbers: Row, own: list[Condition]) -> bool:
        """Whether [multipliers of own rows, row, multiplier, row, multiplier, …] refute own rows on the cell.

        Row i ≥ 0 is row i of the cuts above the cell, and −1 − i row i of the domain.  Short rows nearly always show
        it; :func:`refutes` decides the rest.
        """
        p, path, claim, bounds = len(own), cell.path, self.claim, cell.bounds
        claim.steps += len(numbers) * claim.work
        if claim.steps > MAX_STEPS[0]:
            claim.spend(0, self.lines.bytes)
        fits = bounds.below and len(numbers) >= p and len(numbers) - p & 1 == 0 and min(numbers) >= 0
        try:
            if fits and (size := sum(numbers)) >> ROOM == 0:  # no less than the sum of the multipliers
                rows = [path[i].short for i in numbers[p::2]]
                mine = own[0].short * numbers[0] if p == 1 else sum(map(mul, numbers, [row.short for row in own]))
                if surely_negative(claim, bounds, sum(map(mul, numbers[p + 1 :: 2], rows), mine), size):
                    return True
            conditions = own + [path[i] if i >= 0 else claim.path[-1 - i] for i in numbers[p::2]]
        except IndexError:
            raise Rejected("the evidence names a row that is not there") from None
        multipliers = numbers[:p] + numbers[p + 1 :: 2]
        if len(multipliers) != len(conditions):
            raise Rejected("expected multipliers, then rows that are there, each with its own")
        return refutes(claim, bounds, conditions, multipliers)

    def dependent(self, cell: Cell, rows: Row, own: list[Condition]) -> bool:
        """Whether :func:`depends` refutes the rows, numbered as in :meth:`sum`; own rows come after the path."""
        conditions, base = self.claim.path + cell.path + own, len(self.claim.path)
        numbers = [base + i if i >= 0 else -1 - i for i in rows]
        fits = rows and min(rows) >= -base and max(numbers) < len(conditions)
        require(fits and len(set(numbers)) == len(numbers), "the evidence names a row twice, or one that is not there")
        return depends(self.claim, cell.bounds, numbers, conditions, self.lines.bytes)

    def bound(self, cell: Cell, line: Row) -> None:
        """[−2, j, n, e, multiplier, row, multiplier, …]: x_j < n/2^e on the cell; with −1 − j for j, x_j > n/2^e."""
        j, n, e = line[1:4]
        upper, claim = j >= 0, self.claim
        j = max(j, -1 - j)
        require(j < claim.dimension and 0 <= e <= min(FINE, claim.length), "there is no such coordinate, or bound")
        low, high, end = cell.bounds.low[j], cell.bounds.high[j], (n << FINE - e) * claim.unit
        require(low is not None and high is not None and low <= end <= high, "the bound is not between the old ones")
        require(self.sum(cell, line[4:], [claim.beyond(j, n, e, upper)]), "the evidence does not show the bound")
        cell.bounds = cell.bounds.narrowed(j, end, upper, claim.drop)

    def between(self, cell: Cell, line: Row) -> None:
        """[−3, piece, unit, unit, …]: these units take the piece, whose rows are all positive between the bounds."""
        _, piece, *units = line
        claim, bounds = self.claim, cell.bounds
        claim.spend(len(line) * 2 * claim.work, self.lines.bytes)
        bits = claim.layers[cell.level.depth].marks if units and claim.layers and bounds.below else []
        if bits and piece in (0, 1) and min(units) >= 0 and max(units) < len(bits):  # all at once
            known = sum(map(bits.__getitem__, units))
            distinct = known.bit_count() == len(units)  # a sum of equal powers of two has fewer bits
            if distinct and known & cell.open == known and cell.level.surely(piece, units, bounds):
                cell.open, cell.taken = cell.open ^ known, cell.taken | known * piece
                return cell._go_on()
        for unit in units:
            for condition in cell.own(unit, piece):
                if not refutes(claim, bounds, [Condition(-condition.row(claim), False, 0)], [1]):
                    raise Rejected(f"{cell.name(unit)}: the bounds do not show that it takes piece {piece}")
            cell.take(piece, unit)
        return None

    def cut(self, cell: Cell, line: Row, waiting: list[Branch]) -> Cell:
        """[children, unit]: the unit takes each of the pieces that it has left, in one of them; the first child."""
        children, unit = line
        level = cell.level
        if children == 2 and level.kinks and unit >= 0 and cell.open >> unit & 1:
            waiting.append((cell, -1, 0))
            cell = cell.split(unit)
            if not cell.open and not level.last:
                cell._go_on()
            return cell
        pieces = cell.pieces(unit)
        if children != len(pieces):
            raise Rejected(f"{cell.name(unit)} has {len(pieces)} pieces left, not {brief(children)}")
        first, *others = pieces
        waiting += [(cell, unit, piece) for piece in reversed(others)]
        return cell.child(unit, first)

    def leaf(self, cell: Cell, line: Row) -> None:
        """[0, n_1, …, n_m, q]: the conditions of the path hold at n/q; with −1 for 0, some units may be open."""
        claim, point = self.claim, line[1:] if type(line[-1]) is int else self.spelled(*line[1:])
        if line[0]:
            require(line[0] == OPEN and claim.bracket, "a line of this kind has no meaning here")
        elif cell.open:
            raise Rejected(f"{cell.name(next(ones(cell.open)))} is undecided at a leaf")
        if len(point) != claim.entries:
            raise Rejected(f"a witness [n_1, …, n_m, q] must be {claim.entries} integers")
        if point[-1] <= 0:
            raise Rejected("the denominator of a witness must be positive")
        # the sum of the absolute values is no more, if the point is between the walls
        most = point[-1] * claim.reach or sum(map(abs, point))
        if most >> ROOM or not cell.holds(point, most):
            for number, condition in enumerate(claim.path + cell.path):
                if sum(map(mul, condition.unpacked(claim), point)) < condition.strict:
                    raise Rejected(f"the witness violates row {number} of its cell")
        if claim.maps:
            level, field = cell.level, cell.level.field
            taken = (cell.taken >> field * unit & ~(-1 << field) for unit in range(len(level.units)))
            image = tuple(v for unit, piece in enumerate(taken) for v in level.change(unit, -1, piece))
            cells = self.classes.setdefault(image, {})
            if claim.definition == "linear":
                cells[self.leaves] = [condition.row(claim) for condition in claim.path + cell.path]
        self.leaves += 1
        self.most += cell.most() if cell.open else weight(claim, point, self.lines.bytes) if claim.chains else 1

    def spelled(self, least: int, q: int, digits: Any) -> Row:
        """The point whose numerators are larger than ``least``, by one, two or four digits to the base 16 each."""
        m = self.claim.dimension
        width = len(digits) // m
        fits = self.claim.wide and width in (1, 2, 4) and len(digits) == width * m
        require(fits, "a witness in digits has 1, 2 or 4 of them for each coordinate, in version 6")
        if width == 1 and 0 <= least <= 240:
            numerators = bytes.maketrans(b"0123456789abcdef", bytes(range(least, least + 16)))
            return [*digits.encode().translate(numerators), q]
        raw = bytes.fromhex(digits if width > 1 else "0" + "0".join(digits))
        return [*map(least.__add__, raw if width < 4 else struct.unpack(f">{m}H", raw)), q]

    def old_tree(self, cell: Cell) -> None:
        """:meth:`tree` for versions 1 and 2."""
        waiting = [(cell, -1, 0)]
        while waiting:
            cell, unit, piece = waiting.pop()
            cell = cell.child(unit, piece) if unit >= 0 else cell
            cell._go_on()
            waiting += self.old_node(cell)

    def old_node(self, cell: Cell) -> list[Branch]:
        """Check the line of a cell, [children, [statement, …], statement or witness]; its children, the last first."""
        line = self.lines.next()
        require(is_list(line, 3) and type(line[0]) is int and is_list(line[1]), "expected [children, statements, …]")
        for statement in line[1]:
            unit, left = self.statement(cell, statement)
            require(len(left) == 1, f"{cell.name(unit)} has {len(left)} pieces left, not one")
            cell.take(left[0], unit)
        require(line[0] >= -self.claim.bracket, "expected a number of children, or -1 for an open leaf of a bracket")
        if line[0] > 0:
            unit, left = self.statement(cell, line[2])
            require(len(left) == line[0] > 1, f"{cell.name(unit)} has {len(left)} pieces left, not {brief(line[0])}")
            if cell.level.kinks:
                return [(cell, -1, 0), (cell.split(unit), -1, 0)]
            return [(cell, unit, piece) for piece in reversed(left)]
        require(line[0] or not cell.open, f"{cell.name(next(ones(cell.open), 0))} is undecided at a leaf")
        self.leaf(cell, [line[0], *integers(line[2], self.claim.entries, "a witness [n_1, …, n_m, q]")])
        return []

    def statement(self, cell: Cell, statement: Any) -> tuple[int, list[int]]:
        """[unit, [piece, evidence], …]: these pieces of the unit are empty; returns the unit and the pieces left."""
        require(is_list(statement) and statement and type(statement[0]) is int, "a statement must begin with a unit")
        unit: int = statement[0]
        left = dict(cell.pieces(unit))
        for entry in statement[1:]:
            require(is_list(entry, 2) and type(entry[0]) is int, "expected [piece, evidence]")
            piece, evidence = entry
            require(piece in left, f"{cell.name(unit)} has no such piece left")
            proved = empty(self.claim, evidence, self.claim.path + cell.path, left.pop(piece), self.lines.bytes)
            require(proved, f"{cell.name(unit)}: the evidence does not show that piece {piece} is empty")
        return unit, list(left)


def pattern_at(claim: Claim, point: Row) -> Iterator[Row]:
    """The pieces of the units of each layer at the point n/q, where z are preactivations, times q and a scale."""
    outputs, q = list[int](), point[-1]
    for depth, layer in enumerate(claim.layers):
        if depth:
            z = [sum(map(mul, row, outputs)) + q * b for row, b in zip(layer.weights, layer.biases, strict=True)]
        else:
            z = [sum(map(mul, row, point)) for row in claim.first_rows]
        pieces, outputs = list[int](), list[int]()
        for at, rank, points, lines in layer.units:
            piece = max(range(rank), key=z[at : at + rank].__getitem__) if rank else sum(t * q < z[at] for t in points)
            slope, intercept = (layer.factor, 0) if rank else lines[piece]
            pieces.append(piece)
            outputs.append(slope * z[at + piece if rank else at] + intercept * q)
        yield pieces


def primitive(row: Row, sign: int = 1) -> tuple[int, ...]:
    """Equal for positive multiples of a row; with the sign −1 that of the opposite row."""
    divisor = sign * math.gcd(*row)
    return tuple(v // divisor for v in row)


def touched(rows: list[Row], point: Row, sign: int) -> set[tuple[int, ...]]:
    """The walls of a cell that meet in a point of its closure, as primitive rows of the given sign."""
    values = [sum(map(mul, row, point)) for row in rows]
    require(point[-1] > 0 and min(values, default=0) >= 0, "the point of a bridge lies outside of its leaves")
    return {primitive(row, sign) for row, value in zip(rows, values, strict=True) if value == 0}


def linear_regions(claim: Claim, packed: dict[int, Row], lines: Lines) -> int:
    """Check the lines about the leaves of one affine map; the number of open sets that they make up.

    A bridge is a point of two closed cells where all rows that vanish are multiples of one row r of the first and of
    −r, a row of the second: near it there is nothing but the two cells and r = 0.  Conversely a facet of two cells lies
    in r = 0 whenever r is a row of one and −r of the other, and there is such a pair.  So the cells share none unless
    all such pairs agree; then each other row of both is positive somewhere on the facet, if there is one.
    """
    cells = {leaf: list(map(claim.unpack, rows)) for leaf, rows in packed.items()}
    line = lines.next()
    fits = is_list(line, 3) and line[:2] == ["class", min(cells)] and type(line[2]) is int
    require(fits, f'expected ["class", {min(cells)}, number of bridges]')
    part = {leaf: {leaf} for leaf in cells}  # the leaves that are joined with it
    for _ in range(line[2]):
        line = lines.next()
        require(is_list(line, 3), "expected [leaf, leaf, point], a bridge")
        i, j = integers(line[:2], 2, "the leaves of a bridge")
        require(i in cells and j in cells, "a bridge must join leaves of its class")
        point = integers(line[2], claim.dimension + 1, "the point of a bridge")
        walls = touched(cells[i], point, 1)
        fits = len(walls) == 1 and walls == touched(cells[j], point, -1)
        require(fits, "the point of a bridge is not inside a facet that its leaves share")
        small, large = sorted((part[i], part[j]), key=len)
        large |= small
        part.update(dict.fromkeys(small, large))
    rows = {leaf: {primitive(row) for row in cells[leaf]} for leaf in cells}
    opposite = {leaf: {primitive(row, -1) for row in cells[leaf]} for leaf in cells}
    claim.spend(200 * len(cells) ** 2, lines.bytes)
    for i, j in combinations(cells, 2):
        if j not in part[i] and len(walls := rows[i] & opposite[j]) == 1:
            line = lines.next()
            require(is_list(line, 3) and line[:2] == [i, j], f"expected [{i}, {j}, evidence] that they share no facet")
            strict = [not walls & {primitive(row), primitive(row, -1)} for row in cells[i] + cells[j]]
            conditions = list(map(Condition, packed[i] + packed[j], strict, repeat(0)))
            proved = empty(claim, line[2], conditions, [], lines.bytes)
            require(proved, f"the evidence does not show that leaves {i} and {j} share no facet")
    return len({id(leaves) for leaves in part.values()})


def interval(ends: Row, form: Callable[[int], str] = str) -> str:
    """The number, or the two ends of a bracket."""
    return "..".join(map(form, dict.fromkeys(ends)))


def finish(claim: Claim, walk: Walk) -> None:
    """Check what follows the tree, and the number claimed: of leaves, of their maps or of linear regions."""
    shown = [len(walk.classes)] * 2 if walk.classes else [walk.most if claim.chains else walk.leaves, walk.most]
    if claim.definition == "linear":
        sets = (linear_regions(claim, cells, walk.lines) if len(cells) > 1 else 1 for cells in walk.classes.values())
        shown = [sum(sets)] * 2
    require(walk.lines.next() == ["end", walk.leaves], f'the last line must be ["end", {walk.leaves}]')
    compare(claim, walk.lines, shown)


def compare(claim: Claim, lines: Lines, shown: Row) -> None:
    """Hold the number claimed, or the ends of its bracket, against what the file shows."""
    require(lines.end(), "something follows the last line")
    claimed, proved = interval(claim.ends, brief), interval(shown, brief)
    require(shown == claim.ends, f"{claimed} regions are claimed, {proved} are shown")


Image = tuple[list[Row], int, list[Row]]  # preactivations as affine functions of u, times an integer; rows, all > 0
Target = tuple[int, int] | None  # so many layers further on an image; None: the later layers are constant, one region
Place = tuple[int, list[Row], int, list[int]]  # a layer, its preactivations times an integer, pieces of its first units


class Shared:
    """A certificate of version 4: what later layers do is shown once for all cells that have the same image.

    An *image* is an open polyhedron {u : ⟨a, u⟩ + b > 0 for its rows} with preactivations z as affine functions of u.
    A *step* divides an image by one layer, and maps each of its cells onto an image of a later layer with as many
    regions (CERTIFICATE.md has the proof).  A step depends on its layer only by the kinds of its units and by
    the weights of the next layer; it holds for every layer that has the same.  Where all units compare with 0 or each
    other only, they take the same pieces if all that they read is multiplied by a positive number, by which the next
    layer's weights are divided; it is chosen so that the largest bias is 1 (without biases, the largest weight).
    """

    def __init__(self, claim: Claim, lines: Lines) -> None:
        self.claim, self.lines = claim, lines
        self.images: list[Image] = []
        self.units = [layer.stated for layer in claim.layers]
        self.reads: list[tuple[list[Row], int]] = []  # rows (weights, bias), times an integer
        size = Fraction(1)
        for layer in claim.layers:
            q, c = layer.q, Fraction(1)
            entries = zip(layer.weights, layer.biases, strict=True)
            table = [[*(Fraction(v, q) / size for v in row), Fraction(bias, q * layer.s)] for row, bias in entries]
            compared = [row[-1] for row in table if row[-1]] or [v for row in table for v in row if v]
            if compared and not any(t for _, unit in layer.stated for t in unit.points):
                c = 1 / max(map(abs, compared))
            self.reads.append(whole([[v * c for v in row] for row in table]))
            size = c
        while self.units and all(unit.rank < 2 and not unit.points for _, unit in self.units[-1]):
            self.units.pop()
        require(self.units and all(self.units), "a network without units, or a layer without any, needs no images")
        self.sizes = []  # of each layer how many conditions there are, and the length of their numbers
        for places in self.units:
            units = [unit for _, unit in places]
            values = {v for unit in set(units) for row in (unit.points, *unit.lines) for v in row}
            longest = limbs(n for v in values for n in (v.numerator, v.denominator))
            self.sizes.append((sum(unit.size for unit in units), longest))
        kinds = [tuple(unit.name for _, unit in units) for units in self.units]
        read = [*map(repr, self.reads[1 : len(kinds)]), ""]
        self.kinds = list(zip(kinds, read, strict=True))  # of each layer all that a step depends on
        self.steps: dict[tuple[Any, int], dict[Target, int]] = {}  # by kind, or layer, and image: cells by target

    @cached_property
    def start(self) -> Image:
        """The domain, with the preactivations of the first layer."""
        claim = self.claim
        if claim.values is None:
            return (*self.reads[0], claim.rows)
        values = [[Fraction(v, claim.layers[0].s) for v in row] for row in claim.values]
        return (*self.read(0, values), claim.rows)

    def read(self, layer: int, values: list[list[Fraction]]) -> tuple[list[Row], int]:
        """The preactivations of a layer, where its inputs are affine forms."""
        rows, q = self.reads[layer]
        forms, s = whole(values)
        long = 200 + limbs(v for row in rows for v in row) * limbs(v for row in forms for v in row)
        self.claim.spend(len(rows) * len(forms) * len(forms[0]) * long, self.lines.bytes)
        return composed(rows, forms, s), q * s

    def check(self) -> int:
        """Check all lines; the number of regions that they show."""
        while True:
            line = self.lines.next()
            fits = is_list(line) and line and line[0] in ("image", "step", "end")
            require(fits, "expected an image, a step or the end")
            if line[0] == "end":
                require(is_list(line, 1), 'the last line must be ["end"]')
                return self.total()
            (self.image if line[0] == "image" else self.step)(line)

    def image(self, line: Any) -> None:
        """["image", dimension, forms, factor, rows]."""
        require(is_list(line, 5) and is_list(line[2]) and is_list(line[4]), "expected [dimension, forms, factor, rows]")
        d, factor = integers([line[1], line[3]], 2, "dimension and factor")
        require(d > 0 and factor > 0 and line[2], "an image has a dimension, a factor and forms")
        forms, rows = ([integers(row, d + 1, "a row of an image") for row in line[k]] for k in (2, 4))
        self.images.append((forms, factor, rows))

    def step(self, line: Any) -> None:
        """["step", layer, image], and the tree of its cells; image −1 is the domain."""
        require(is_list(line, 3) and type(line[1]) is int and type(line[2]) is int, "expected a layer and an image")
        layer, number = line[1], line[2]
        require(0 <= layer < len(self.units), "a step names a layer that is not there")
        fits = 0 <= number < len(self.images) or (number == -1 and layer == 0)
        require(fits, "a step names an image that is not there")
        forms, factor, rows = self.images[number] if number >= 0 else self.start
        last_at, last = self.units[layer][-1]
        require(len(forms) == last_at + (last.rank or 1), "the image is of another width than the layer")
        found: dict[Target, int] = {}
        path = list(rows)
        stack: list[tuple[Place, int, list[Row]]] = [((layer, forms, factor, []), len(path), [])]
        direct = True  # whether the cells depend on this layer and the weights of the next one only
        while stack:
            place, height, own = stack.pop()
            direct = direct and place[0] == layer
            path[height:] = own
            children = self.node(layer, place, path, found)
            stack += [(child, len(path), rows) for child, rows in reversed(children)]
        self.steps[self.kinds[layer] if direct else layer, number] = found

    def node(
        self, first: int, place: Place, path: list[Row], found: dict[Target, int]
    ) -> list[tuple[Place, list[Row]]]:
        """[[[[piece, evidence], …], …], target]: these pieces of the next units are empty; then a cut, or a target.

        The target "on" says that the cell itself is what the next layer divides.
        """
        layer, forms, factor, pieces = place
        line = self.lines.next()
        require(is_list(line, 2) and is_list(line[0]), "expected [statements, target]")
        size, numbers = self.sizes[layer]
        long = 2000 + 10 * limbs(v for row in forms for v in row) * (limbs([factor]) + numbers)
        self.claim.spend(long * (size + len(path)) * len(forms[0]), self.lines.bytes)
        statements = iter(line[0])
        for at, unit in self.units[layer][len(pieces) :]:
            left = self.options(unit, forms[at : at + (unit.rank or 1)], factor)
            if len(left) > 1:
                statement = next(statements, ())
                require(is_list(statement), f"layer {layer + 1}, unit {len(pieces) + 1} is undecided")
                for entry in statement:
                    fits = is_list(entry, 2) and type(entry[0]) is int and entry[0] in left
                    require(fits, "expected [piece, evidence]")
                    piece, evidence = entry
                    shown = self.combined(evidence, path + left.pop(piece), len(forms[0]))
                    proved = any(evidence[2::2]) and not any(shown[:-1]) and shown[-1] <= 0
                    require(proved, f"the evidence does not show that piece {piece} is empty")
            require(left, "no piece is left")
            if len(left) > 1:
                require(next(statements, None) is None and line[1] == [], "a cut must be the last statement")
                return [((layer, forms, factor, [*pieces, piece]), rows) for piece, rows in left.items()]
            pieces = [*pieces, *left]
        require(next(statements, None) is None, "there are more statements than units")
        after, q = self.behind(layer, forms, factor, pieces)
        constant = not any(any(row[:-1]) for row in after)
        if line[1] == "on" and not constant:
            return [((layer + 1, after, q, []), [])]
        if constant:
            self.inside(path, integers(line[1], len(forms[0]), "a witness [n_1, …, n_r, q]"))
            target = None
        else:
            target = layer + 1 - first, self.target(after, q, path, line[1])
        found[target] = found.get(target, 0) + 1
        return []

    def options(self, unit: Unit, z: list[Row], factor: int) -> dict[int, list[Row]]:
        """The pieces that conditions leave which do not depend on u, each with its other conditions, all > 0."""
        if not unit.rank and not any(z[0][:-1]):
            return {sum(t * factor < z[0][-1] for t in unit.points): []}
        if not unit.rank:
            above = [[t.denominator * v for v in z[0]] for t in unit.points]
            for row, t in zip(above, unit.points, strict=True):
                row[-1] -= t.numerator * factor
            below = [[-v for v in row] for row in above]
            return {i: above[max(i - 1, 0) : i] + below[i : i + 1] for i in range(len(above) + 1)}
        left = {}
        for piece, mine in enumerate(z):
            rows = [[a - b for a, b in zip(mine, other, strict=True)] for other in z]
            ties = [(row[-1], rival) for rival, row in enumerate(rows) if not any(row[:-1])]
            if all(c > 0 or (c == 0 and rival >= piece) for c, rival in ties):
                left[piece] = [row for row in rows if any(row[:-1])]
        return left

    def behind(self, layer: int, forms: list[Row], factor: int, pieces: list[int]) -> tuple[list[Row], int]:
        """The preactivations of the next layer, where the units of this one take given pieces; none behind the last."""
        if layer + 1 == len(self.units):
            return [], 1
        outputs = []
        for (at, unit), piece in zip(self.units[layer], pieces, strict=True):
            slope, shift = (Fraction(1), Fraction(0)) if unit.rank else unit.lines[piece]
            row = [slope * v / factor for v in forms[at + (piece if unit.rank else 0)]]
            outputs.append([*row[:-1], row[-1] + shift])
        return self.read(layer + 1, outputs)

    def target(self, after: list[Row], q: int, path: list[Row], value: Any) -> int:
        """[image, p, factor, s, factor, evidence for each row of the image, for each row of the cell, witness].

        The number of the image, if it is that of the cell, where the next preactivations are ``after``/q.
        """
        r = len(after[0]) - 1
        require(is_list(value, 8) and type(value[0]) is int, "expected an image with two maps, evidence and a witness")
        number: int = value[0]
        require(0 <= number < len(self.images), "the target is an image that is not there")
        others, scale, rows = self.images[number]
        d = len(others[0]) - 1
        require(is_list(value[1], d) and is_list(value[3], r), "a map of a target has another number of rows")
        raw = [*others, *rows, *path]
        long = 200 + limbs(v for row in raw for v in row) * limbs([scale, q])
        self.claim.spend(len(raw) * r * d * long, self.lines.bytes)
        p, s = integers([value[2], value[4]], 2, "factors")
        require(p > 0 and s > 0, "a factor must be positive")
        there = [integers(row, r + 1, "a row of p") for row in value[1]], p
        back = [integers(row, d + 1, "a row of s") for row in value[3]], s
        require(len(others) == len(after), "the image is of another width than the layer")
        for form, wanted in zip(composed(others, *there), after, strict=True):
            same = [q * v for v in form] == [scale * p * v for v in wanted]
            require(same, "the preactivations are not those of the image")
        identity = [[p * s * (i == j) for j in range(d + 1)] for i in range(d)]
        require(composed(there[0], *back) == identity, "p after s is not the identity")
        require(is_list(value[5], len(rows)) and is_list(value[6], len(path)), "evidence is wanted for each row")
        for row, evidence in zip(composed(rows, *there), value[5], strict=True):
            used, rest = self.rest(row, evidence, path)
            require(rest > 0 or (used and rest == 0), "a cell is not shown to lie in its image")
        for row, evidence in zip(composed(path, *back), value[6], strict=True):
            require(self.rest(row, evidence, rows)[1] >= 0, "an image is not shown to be covered")
        self.inside(path, integers(value[7], r + 1, "a witness [n_1, …, n_r, q]"))
        return number

    def rest(self, row: Row, evidence: Any, rows: list[Row]) -> tuple[bool, int]:
        """[m, i, y_i, …]: whether rows take part in Σ y_i·row_i, and the constant m·row − Σ y_i·row_i."""
        total = self.combined(evidence, rows, len(row))
        left = [evidence[0] * a - b for a, b in zip(row, total, strict=True)]
        require(not any(left[:-1]), "the evidence does not add up")
        return any(evidence[2::2]), left[-1]

    def combined(self, evidence: Any, rows: list[Row], width: int) -> Row:
        """Σ y·row of [m, row, y, row, y, …], m > 0 and y ≥ 0."""
        require(is_list(evidence) and evidence, "evidence must be [m, row, y, …]")
        m, *numbers = integers(evidence, len(evidence), "evidence")
        used, multipliers = numbers[::2], numbers[1::2]
        fits = len(used) == len(multipliers) and min(multipliers, default=0) >= 0
        require(fits, "a multiplier is missing or negative")
        require(m > 0, "the multiple of a row must be positive")
        require(all(0 <= i < len(rows) for i in used), "the evidence names a row that is not there")
        self.claim.spend(len(used) * width * (100 + limbs(multipliers)), self.lines.bytes)
        total = [0] * width
        for i, y in zip(used, multipliers, strict=True):
            total = [a + y * v for a, v in zip(total, rows[i], strict=True)]
        return total

    def inside(self, path: list[Row], point: Row) -> None:
        """Require that a point satisfies all rows."""
        require(point[-1] > 0, "the denominator of a witness must be positive")
        require(all(sum(map(mul, row, point)) > 0 for row in path), "the witness violates a row of its cell")

    def total(self) -> int:
        """The regions of the domain: from the first layer on which images are needed, and back."""
        depth = len(self.kinds)
        needed = [dict[int, dict[Target, int]]() for _ in range(depth)]  # of each layer the steps on images, by image
        waiting = [(0, -1)]
        while waiting:
            layer, image = waiting.pop()
            require(layer < depth, "a target lies behind the last layer")
            if image not in needed[layer]:
                step = self.steps.get((self.kinds[layer], image), self.steps.get((layer, image)))
                if step is None:
                    raise Rejected(f"layer {layer + 1} has no step on image {image}")
                needed[layer][image] = step
                self.claim.spend(5000 * (1 + len(step)), self.lines.bytes)
                waiting += [(layer + target[0], target[1]) for target in step if target]
        regions: dict[Target, int] = {None: 1}  # by layer and image
        for layer in range(depth - 1, -1, -1):
            for image, step in needed[layer].items():
                further = ((n, target and (layer + target[0], target[1])) for target, n in step.items())
                regions[layer, image] = sum(n * regions[target] for n, target in further)
                fits = regions[layer, image] >> MAX_BITS == 0
                require(fits, f"the number of regions has more than {MAX_BITS} bits")
        return regions[0, -1]


def whole(rows: list[list[Fraction]]) -> tuple[list[Row], int]:
    """The rows times their common denominator, and that."""
    q = common_multiple(v.denominator for row in rows for v in row)
    return [[v.numerator * (q // v.denominator) for v in row] for row in rows], q


def composed(rows: list[Row], inner: list[Row], factor: int) -> list[Row]:
    """Affine functions, given as ``rows``, after the map inner/factor, times the factor."""
    columns = [[*column, 0] for column in zip(*inner, strict=True)]
    columns[-1][-1] = factor
    return [[sum(map(mul, row, column)) for column in columns] for row in rows]


def prove(claim: Claim, lines: Lines) -> None:
    """Check all lines behind the claim."""
    if claim.shared:
        compare(claim, lines, [Shared(claim, lines).check()] * 2)
    else:
        walk = Walk(claim, lines)
        walk.tree(Cell(claim))
        finish(claim, walk)


def check(path: Any) -> tuple[Claim | None, int, str]:
    """(its claim, 0, "") if the certificate at ``path`` is valid, otherwise (None, line number, reason)."""
    return judged(path, prove)


def judged(path: Any, proof: Callable[[Claim, Lines], None]) -> tuple[Claim | None, int, str]:
    """The same, if the lines behind the claim are checked by ``proof``."""
    with open(path, "rb") as file:
        lines = Lines(file)
        try:
            claim = Claim(lines.next())
            proof(claim, lines)
        except Rejected as verdict:
            return None, lines.number, str(verdict)
        except (IndexError, ValueError):  # raised where the numbers of a line are unpacked
            return None, lines.number, "the line has too few or too many numbers"
        except MemoryError:
            return None, lines.number, "the proof needs more memory than this machine has"
    return claim, 0, ""


if __name__ == "__main__":
    sys.set_int_max_str_digits(MAX_DIGITS)
    if len(sys.argv) != 2:
        sys.exit("usage: python -S -I checker.py CERTIFICATE")
    try:
        CLAIM, LINE, REASON = check(sys.argv[1])
    except OSError as error:
        sys.exit(f"checker: {sys.argv[1]}: {error.strerror}")
    print(f"REJECTED line {LINE}: {REASON}" if CLAIM is None else f"VERIFIED {interval(CLAIM.ends)}")
    sys.exit(1 if CLAIM is None else 0)
