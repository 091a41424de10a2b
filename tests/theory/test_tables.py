"""Tables keep every digit or say how many they leave out, in every format."""

import csv
import io
import json
import sys
from fractions import Fraction

import pytest

from theory.errors import InvalidInputError
from theory.tables import Table


def test_errors():
    with pytest.raises(InvalidInputError, match="row 2 of the table has 1 cells for 2 columns"):
        Table("t", ("a", "b"), ((1, 2), (3,)))
    with pytest.raises(InvalidInputError, match="no table format 'pdf'; known: text, markdown, latex, csv, json, html"):
        Table("t", ("a", "b"), ((1, 2),)).render("pdf")


def test_digits_beyond_the_interpreter_s_limit():
    assert sys.get_int_max_str_digits() == 4300
    table = Table("t", ("n",), ((10**5000 + 1,),))
    assert "(5001 digits, 1.000·10^5000)" in table.to_text()
    assert json.loads(table.to_json())["rows"][0]["n"] == "1" + "0" * 4999 + "1"
    assert table.to_csv().split()[1] == "1" + "0" * 4999 + "1"


def test_long_fractions_are_rounded_to_the_nearest():
    near = Fraction(1, 10**30)
    table = Table("t", ("n",), tuple((v,) for v in (near - Fraction(3, 2), near + 2, -near, Fraction(10**5000, 7))))
    *_, first, second, third, fourth = table.to_text().split("\n")
    assert [line.strip() for line in (first, second, third)] == ["≈ -1.5000", "≈ 2.0000", "≈ -0.0000"]
    assert fourth == "≈ 1428571428…5714285714 (5000 digits, 1.429·10^4999)"


def test_markdown_and_html_escape():
    table = Table("a<b", ("x|y",), (("1|2",), (None,)), note="n & m")
    assert r"1\|2" in table.to_markdown()
    assert "a&lt;b" in table._repr_html_()
    assert "n &amp; m" in table._repr_html_()
    assert "–" in table.to_text()
    assert list(csv.reader(io.StringIO(table.to_csv()))) == [["x|y"], ["1|2"], [""]]


def test_latex_escapes_what_is_special_there():
    awkward = Table("50% & more_", ("a_b",), (("x^2 {1} \\ ~",),), note="#1").to_latex()
    assert r"50\% \& more\_" in awkward
    assert r"x\^{}2 \{1\} \textbackslash{} \textasciitilde{}" in awkward
    powers = Table("t", ("n",), ((10**30,),)).to_latex()
    assert r"(31 digits, 1.000$\,\cdot 10^{30}$)" in powers
