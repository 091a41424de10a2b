"""Small files made to cost much: each ends within ten seconds and 500 MB, with a sentence."""

import random
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from certificate_lines import TreeLine, rendered

from verify import checker

SECONDS, MEMORY = 10, 500 << 20


def claim(layers: list[Any], dimension: int, rows: list[list[int]] | None = None, **change: Any) -> dict[str, Any]:
    value = {"format": "linregions/certificate", "version": 1, "regions": 1, "definition": "activation"}
    value["domain"] = {"dimension": dimension, "rows": rows or []}
    network = {"format": "linregions/network", "version": 1, "inputs": dimension, "layers": layers}
    text, width, scale = "", dimension, 1
    try:
        for entry in layers:
            layer = checker.Layer(entry, width, scale)
            text, width, scale = text + layer.text, len(layer.units), layer.scale
    except checker.Rejected:
        text = ""
    return {**value, "network_sha256": checker.hashlib.sha256(text.encode()).hexdigest(), "network": network, **change}


def layer(weights: list[list[Any]], activation: Any = "relu", biases: list[Any] | None = None) -> dict[str, Any]:
    return {"weights": weights, "biases": biases or [0] * len(weights), "activation": activation}


def long_denominator() -> list[Any]:
    """A denominator of 30 000 bits beside 20 000 weights."""
    return [claim([layer([["0"] * 200] * 100, biases=[f"1/{1 << 30_000}", *[0] * 99])] * 3, 200)]


def long_rows() -> list[Any]:
    """Layers whose rows are products of long weights."""
    wide = [layer([[str(3**400), *[1] * 39]] * 40) for _ in range(60)]
    return [claim([layer([[1] * 40] * 40), *wide], 40), [0, [], [0] * 40 + [1]]]


def repeated_breakpoints() -> list[Any]:
    """A unit of thousands of pieces, repeated for thousands of rows."""
    kinked = {"breakpoints": list(range(5000)), "slopes": [i % 2 for i in range(5001)]}
    return [claim([layer([[1]] * 5000, kinked)], 1)]


def many_children() -> list[Any]:
    """Every piece of a unit makes a child, and each child would begin a wide layer."""
    kinked = {"breakpoints": list(range(20_000)), "slopes": [i % 2 for i in range(20_001)]}
    return [claim([layer([[1]], kinked), layer([[1]] * 1000)], 1), [20_001, [], [0]], *[[0, [], [0, 1]]] * 9]


def elimination() -> list[Any]:
    """A dependency of hundreds of rows of the domain."""
    rng, n = random.Random(0), 200
    rows = [[rng.randint(-99, 99) for _ in range(n + 1)] for _ in range(n)]
    line = [0, [[0, [0, [*range(n), -1]]]], [0] * n + [1]]
    return [claim([layer([[1] * n])], n, rows), line]


def many_eliminations() -> list[Any]:
    """The same, of forty rows, for each of a thousand units."""
    rng, n, units = random.Random(0), 40, 1000
    rows = [[rng.randint(-99, 99) for _ in range(n + 1)] for _ in range(n)]
    statements = [[unit, [1, [*range(n), -1]]] for unit in range(units)]
    return [
        claim([layer([[rng.randint(-9, 9) for _ in range(n)] for _ in range(units)])], n, rows),
        [0, statements, []],
    ]


def long_multipliers() -> list[Any]:
    """Multipliers of tens of thousands of digits for hundreds of rows."""
    n = 60
    rows = [[int(i == j) + 1 for j in range(n + 1)] for i in range(n)]
    line = [0, [[0, [0, [[*range(10), -1], [10**90_000] * 11]]]], [0] * n + [1]]
    return [claim([layer([[1] * n])], n, rows), line]


def new(lines: list[Any], *tree: list[int]) -> list[Any]:
    """The same claim in version 3, with a tree of its own."""
    return [{**lines[0], "version": 3}, *(TreeLine(line) for line in tree)]


def new_elimination() -> list[Any]:
    return new(elimination(), [1, 0, -1, *range(-200, 1)])


def new_many_eliminations() -> list[Any]:
    return new(many_eliminations(), *([1, unit, -2, *range(-40, 1)] for unit in range(1000)))


def new_long_multipliers() -> list[Any]:
    return new(long_multipliers(), [1, 0, 0, *[10**90_000] * 11])


def many_sums() -> list[Any]:
    """Thousands of rows with multipliers, of hundreds of entries each."""
    n = 300
    rows = [[(i * j) % 7 for j in range(n + 1)] for i in range(1, n)]
    line = [1, 0, 0, 1, *[-1, 1] * 50_000]
    return new([claim([layer([[1] * n])], n, rows)], *[line] * 3)


def long_path() -> list[Any]:
    """Thousands of cuts, one below the other."""
    n = 3000
    steps = layer([[1]] * n, biases=list(range(n)))
    return new([claim([steps], 1)], *([2, unit] for unit in range(n)), [0, 0, 1])


def units_between_bounds() -> list[Any]:
    """Units named again and again."""
    walls = [[int(i == j) * sign for j in range(200)] + [1] for i in range(200) for sign in (1, -1)]
    return new([claim([layer([[1] * 200] * 200, biases=[1000] * 200)], 200, walls)], [-3, 1, *range(200)] * 50)


def long_fractions() -> list[Any]:
    """Thousands of layers that hand on long fractions, some bytes for each."""
    number = int("7" * checker.MAX_DIGITS)
    layers = [layer([[1]], name) for name in ("relu", *["identity"] * 2000, "relu")]
    image = ["image", 1, [[number, number]], 2**99_000 - 1, [[1, 1]]]
    return [claim(layers, 1, version=4), image, ["step", 1, 0], *[[[], "on"]] * 2000]


def many_parameters() -> list[Any]:
    """A domain of so many dimensions that a square matrix would not fit into memory."""
    head = claim([layer([[1]])], 1, version=4)
    head["domain"] = {"dimension": 40_000, "rows": [], "matrix": [["1/3"] * 40_000], "offset": [0]}
    return [head, ["step", 0, -1], [[[]], []], [[], [1]]]


CASES = [
    long_fractions,
    many_parameters,
    new_elimination,
    new_many_eliminations,
    new_long_multipliers,
    many_sums,
    long_path,
    units_between_bounds,
    long_denominator,
    long_rows,
    repeated_breakpoints,
    many_children,
    elimination,
    many_eliminations,
    long_multipliers,
]


@pytest.mark.parametrize("make", CASES, ids=[case.__name__ for case in CASES])
def test_a_small_file_costs_little(make: Any, tmp_path: Path) -> None:
    sys.set_int_max_str_digits(checker.MAX_DIGITS)
    try:
        text = rendered(make())
    finally:
        sys.set_int_max_str_digits(4300)
    (tmp_path / "hostile.cert").write_text(text)
    assert len(text) < 1.3e6

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    command = [sys.executable, "-S", "-I", checker.__file__, str(tmp_path / "hostile.cert")]
    result = subprocess.run(command, preexec_fn=limited, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 1, result.stderr
    assert result.stdout.startswith("REJECTED line ")
    assert len(result.stdout) < 300
    assert "more memory" not in result.stdout
    assert result.stderr == ""


def test_evidence_in_proportion_is_accepted() -> None:
    """A dependency of 24 rows, as on R^24, is far below the limit."""
    work = 24 * 24 * 24 * (200 + 3 * 96 * 9)
    assert 100 * work < checker.MAX_STEPS[0]
