"""Tables of bounds hold every bound in every format; pictures draw what the tables say."""

import csv
import io
import json
import math
import re

import pytest

from theory import Architecture, Network
from theory.bounds import BOUNDS, bounds_table, listing, weight_aware_bounds, weights_table
from theory.bounds.plots import plot_depth
from theory.errors import InvalidInputError
from theory.exact import decimal

BIG = Architecture.relu(784, *[512] * 3)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InvalidInputError, match="no bound 'serra'"):
        plot_depth(2, 3, keys=("serra",))


@pytest.mark.parametrize("arch", [Architecture.parse("2-4-4"), BIG, Architecture.maxout(2, 4, 4, rank=3)], ids=str)
def test_every_format_holds_every_bound(arch):
    table = bounds_table(arch)
    entries = listing(arch)
    assert [row[0] for row in table.rows] == [bound.key for bound, _ in entries]
    data = json.loads(table.to_json())["rows"]
    rows = list(csv.DictReader(io.StringIO(table.to_csv())))
    for (bound, value), record, row in zip(entries, data, rows, strict=True):
        assert record["bound"] == row["bound"] == bound.key
        assert str(record["value"]) == row["value"] == decimal(value)
    for form in ("text", "markdown", "html", "latex"):
        text = table.render(form)
        for bound, value in entries:
            assert bound.key.replace("_", r"\_" if form == "latex" else "_") in text
            if value < 10**20:
                assert str(value) in text


def test_latex_is_balanced_and_free_of_raw_symbols():
    text = bounds_table(BIG).to_latex()
    assert text.count("{") == text.count("}")
    assert text.index(r"\toprule") < text.index(r"\midrule") < text.index(r"\bottomrule")
    body = text.split(r"\midrule")[1]
    assert not re.search(r"(?<!\\)[_%#]", re.sub(r"\$[^$]*\$", "", body))
    assert not set("…≥≤·γ⌊⌋–≈−") & set(text)
    assert text.count("$") % 2 == 0


def test_the_facts_about_the_weights_stand_below_the_table():
    net = Network.relu([([[1, 2], [2, 4], [0, 1]], [0, 0, 9]), ([[1, 1, 1], [1, 0, 0]], [1, 0]), ([[1, 1]], [0])])
    table = weights_table(weight_aware_bounds(net, ([-1, -1], [1, 1])))
    assert table.note == (
        "layer 1: rank 2; 1 on, 0 off, 2 of rank 1 may change; layer 2: rank 2; 1 on, 0 off, 1 of rank 1 may change"
    )
    assert [row[2] for row in table.rows] == sorted(row[2] for row in table.rows)


def test_a_picture_draws_the_exact_logarithms(tmp_path):
    axes = plot_depth(2, 4, (1, 2, 5), ("serra2018", "montufar2014"))
    for line, key in zip(axes.lines, ("serra2018", "montufar2014"), strict=True):
        expected = [math.log10(BOUNDS[key](Architecture.relu(2, *[4] * L))) for L in (1, 2, 5)]
        assert list(line.get_ydata()) == expected
        assert line.get_linestyle() == ("--" if key == "montufar2014" else "-")
    assert axes.get_xlabel() == "hidden layers"
    assert plot_depth(2, 3, (1, 2), ("trivial",), axes=axes) is axes
    target = tmp_path / "depth.png"
    axes.figure.savefig(target)
    assert target.stat().st_size > 5000
