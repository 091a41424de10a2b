"""Tables of bounds hold every bound in every format; pictures draw what the tables say."""

import csv
import io
import json
import re
from fractions import Fraction

import pytest

from theory import Architecture, Network
from theory.bounds import (
    BOUNDS,
    bounds_table,
    deep_shallow_table,
    layers_table,
    listing,
    split_table,
    weight_aware_bounds,
)
from theory.bounds.plots import log10_of, plot_brackets, plot_depth, plot_splits
from theory.errors import InvalidInputError
from theory.exact import decimal

BIG = Architecture.relu(784, *[512] * 10)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InvalidInputError, match="no bound 'serra'"):
        plot_depth(2, 3, keys=("serra",))
    with pytest.raises(InvalidInputError, match="no logarithm"):
        log10_of(0)


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


def test_the_ranks_of_a_network_have_columns():
    net = Network.relu([([[1, 2], [2, 4], [0, 1]], [0, 0, 9]), ([[1, 1, 1], [1, 0, 0]], [1, 0]), ([[1, 1]], [0])])
    table = layers_table(weight_aware_bounds(net, ([-1, -1], [1, 1])))
    assert table.columns == ("layer", "units", "rank", "always on", "always off", "may change", "rank of those")
    assert table.rows == ((1, 3, 2, 1, 0, 2, 1), (2, 2, 2, 1, 0, 1, 1))


def test_the_poster_s_tables():
    table = split_table()
    assert len(table.rows) == 21
    assert {row[1] for row in table.rows} == {2**22}
    assert [row[3] for row in table.rows if row[0] in ("1-21", "5-17", "11-11", "21-1")] == [
        23, 35443, 2449868, 4194303,
    ]  # fmt: skip
    assert all(new <= serra <= montufar <= trivial for _, trivial, montufar, serra, new in table.rows)
    ratios = [row[-1] for row in deep_shallow_table((2,), (1, 2, 3, 4)).rows]
    assert ratios == [Fraction(3, 4), Fraction(11, 16), Fraction(21, 32), Fraction(163, 256)]


def test_pictures_draw_the_exact_logarithms(tmp_path):
    depth = plot_depth(2, 4, (1, 2, 5), ("serra2018", "montufar2014"))
    for line, key in zip(depth.lines, ("serra2018", "montufar2014"), strict=True):
        expected = [log10_of(BOUNDS[key](Architecture.relu(2, *[4] * L))) for L in (1, 2, 5)]
        assert list(line.get_ydata()) == expected
        assert line.get_linestyle() == ("--" if key == "montufar2014" else "-")
    splits = plot_splits(6, 3, ("serra2018",))
    assert list(splits.lines[0].get_xdata()) == [1, 2, 3, 4, 5]
    architectures = [Architecture.parse("2-4-4"), Architecture.parse("1-3-3"), BIG]
    brackets = plot_brackets(architectures, {architectures[0]: 61})
    assert [label.get_text() for label in brackets.get_yticklabels()] == [str(arch) for arch in architectures]
    for i, axes in enumerate((depth, splits, brackets)):
        assert axes.get_xlabel()
        target = tmp_path / f"{i}.png"
        axes.figure.savefig(target)
        assert target.stat().st_size > 5000
    again = plot_splits(6, 3, ("trivial",), axes=splits)
    assert again is splits
