"""The ledger hides nothing, its page is current, and `linregions papers` shows and runs it."""

import ast
import runpy

import pytest
from ledger import Row, read_ledger, rows_of, run_check
from places import ROOT

from theory.bounds import BOUNDS
from theory.errors import FileFormatError, InvalidInputError

CHECKS = ROOT / "paper_checks"
LEDGER = read_ledger(CHECKS)


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_check_has_a_row_and_every_row_a_check():
    written = {
        (path.stem.removeprefix("check_"), name) for path in CHECKS.glob("check_*.py") for name in functions(path)
    }
    named = [(row.paper, row.check) for row in LEDGER.rows if row.check]
    assert set(named) == written
    assert len(named) == len(set(named))


def test_no_row_is_unexplained():
    for row in LEDGER.rows:
        assert row.problem() is None
        assert row.says
        assert row.where
    assert {row.status for row in LEDGER.rows} <= {"reproduced", "refuted", "checked in part", "open"}


def test_every_paper_of_the_bound_catalog_has_rows():
    papers = {row.paper for row in LEDGER.rows}
    assert {bound.source.key for bound in BOUNDS.values()} - {"linregions"} <= papers
    assert {"serra2018", "patel2024", "hanin2019"} <= papers


def test_refuted_statements_of_the_catalog_are_refuted_here():
    refuted = {row.code for row in LEDGER.rows if row.status == "refuted"}
    for key, bound in BOUNDS.items():
        if bound.is_refuted:
            assert any(key in code for code in refuted), key


def test_the_page_is_current():
    page = runpy.run_path(str(ROOT / "docs" / "make.py"))["papers_page"](LEDGER)
    assert (ROOT / "docs" / "papers.md").read_text(encoding="utf-8") == page, "run python docs/make.py"


def test_a_check_that_fails_is_reported(tmp_path, run):
    (tmp_path / "ledger.toml").write_text(
        '[[row]]\npaper = "raghu2017"\nwhere = "here"\nsays = "2 < 1"\nseen = "found here"\ncode = ""\n'
        'status = "reproduced"\ncheck = "test_order"\nchecked = "everything"\n'
    )
    (tmp_path / "check_raghu2017.py").write_text("def test_order():\n    assert 2 < 1, 'two is more'\n")
    text = run("papers", "--run", "raghu2017", "--folder", tmp_path, code=1).out
    assert "FAILED" in text
    assert "AssertionError: two is more" in text
    assert "0 passed, 1 failed" in text
    record = run("papers", "--run", "all", "--folder", tmp_path, "--json", code=1).json
    assert record["checks"][0]["passed"] is False


def test_the_command_lists_and_runs(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    everything = run("papers", "--folder", CHECKS).out
    assert f"{len(LEDGER.rows)} rows: " in everything
    assert "REFUTED: Theorem 2 of the poster, as printed" in everything
    assert "1 passed, 0 failed; 0 open rows" in run("papers", "--run", "arora2018", "--folder", CHECKS).out
    rows = run("papers", "telgarsky2015", "--folder", CHECKS, "--json").json["rows"]
    assert [row["status"] for row in rows] == ["reproduced"] * 4


def test_slow_checks_wait_to_be_asked_for():
    assert any(row.slow for row in LEDGER.rows)
    assert all(row.seconds < 15 for row in LEDGER.rows if not row.slow)


def test_bad_input_is_one_sentence(tmp_path, run):
    assert "choose one of" in run("papers", "unknown1900", "--folder", CHECKS, code=2).err
    good = {"paper": "raghu2017", "where": "a", "says": "b", "seen": "recalled", "code": "", "status": "open"}
    with pytest.raises(InvalidInputError, match="is open"):
        run_check(LEDGER, Row(**good, reason="not looked at"))
    with pytest.raises(InvalidInputError, match="no paper 'x'"):
        rows_of(LEDGER, "x")
    path = tmp_path / "ledger.toml"
    for text, message in (
        ("[[row", "not a TOML file"),
        ('[[row]]\npaper = "raghu2017"\n', "row 1: incomplete"),
        ('[[row]]\nname = "raghu2017"\n', "row 1: unknown entry 'name'"),
    ):
        path.write_text(text)
        with pytest.raises(FileFormatError, match=message):
            read_ledger(tmp_path)
    assert Row(**good).problem() == "an open row has a reason and no check"
    checked = {**good, "check": "test_a", "checked": "x"}
    for change in ({"status": "checked in part"}, {"status": "reproduced", "reason": "y"}):
        assert "what was not checked" in Row(**{**checked, **change}).problem()
    assert Row(**{**checked, "status": "checked in part", "reason": "y"}).problem() is None
    assert "names its check" in Row(**{**good, "status": "refuted"}).problem()
    assert "status 'proved' is none of" in Row(**{**good, "status": "proved"}).problem()
    assert "seen 'dreamt' is none of" in Row(**{**good, "seen": "dreamt"}).problem()
    assert "not in theory.sources" in Row(**{**good, "paper": "x"}).problem()
    with pytest.raises(InvalidInputError, match="no function test_absent"):
        run_check(LEDGER, Row(**{**good, "status": "refuted", "check": "test_absent", "checked": "x"}))
