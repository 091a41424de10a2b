"""``linregions bounds``: every bound that applies, of architectures and of networks, in words and for programs."""

import json
import re

import pytest
from places import NETWORKS

from theory import Layer, Maxout, Network, formats
from theory.activations import ABS, HARD_TANH, IDENTITY, RELU, PiecewiseLinear
from theory.architecture import Architecture
from theory.bounds import BOUNDS, bounds_table, listing
from theory.exact import decimal
from theory.tables import FORMATS

TRUTH = json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("arch", ["2-4-4", "1-3-3", "3-1", "784-11-11", "2", "2-0-3", "5-2-9-1"])
def test_bounds_are_all_applicable_ones_in_increasing_order(run, arch) -> None:
    record = run("bounds", arch, "--json").json
    values = [entry["value"] for entry in record["bounds"]]
    assert values == sorted(values)
    architecture = Architecture.parse(arch)
    assert {e["key"]: e["value"] for e in record["bounds"]} == {e.bound.key: e.value for e in listing(architecture)}
    assert {e["key"] for e in record["not_applicable"]} == {b.key for b in BOUNDS.values() if b.why_not(architecture)}
    assert all(entry["source"] and entry["status"] for entry in record["bounds"])


def test_bounds_on_the_terminal_name_kind_value_source_and_status(run, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    (line,) = [line for line in run("bounds", "2-4-4").out.splitlines() if "serra2018 " in line]
    assert re.search(r"121 +upper +serra2018 +Serra et al. 2018, Theorem 1 \(checked against the paper\)", line)


def test_a_huge_bound_shows_its_magnitude_and_json_and_full_show_every_digit(run) -> None:
    arch, value = "3" + "-100" * 150, decimal(2**15000)  # beyond the digit limit of Python
    assert len(value) == 4516
    assert re.search(r"2\.81·10\^4515 +upper +trivial ", run("bounds", arch).out)
    (line,) = [line for line in run("bounds", arch, "--full").out.splitlines() if line.startswith("trivial ")]
    assert line.rpartition(" ")[2] == value
    assert f'"value": {value}\n' in run("bounds", arch, "--json").out.replace(",\n", "\n")


def test_bounds_of_maxout_units(run) -> None:
    record = run("bounds", "2-3", "--rank", 3, "--json").json
    assert record["architecture"] == "2-3 maxout rank 3"
    assert "serra2018_maxout" in {e["key"] for e in record["bounds"]}
    assert all(e["value"] >= 19 for e in record["bounds"] if e["kind"] == "upper"), "19 is attained"


@pytest.mark.parametrize("form", FORMATS)
def test_bounds_as_a_table_to_paste(run, form) -> None:
    table = bounds_table(Architecture.parse("784-12"))
    assert run("bounds", "784-12", "--format", form).out == table.render(form).rstrip("\n") + "\n"


def test_a_network_above_the_published_lower_bounds_is_a_row(run) -> None:
    lines = run("bounds", "2-6-2", "--format", "csv").out.splitlines()
    assert lines.index('record,lower,82,"linregions 2026, record by search (certified)"') == 1 + max(
        i for i, line in enumerate(lines) if ",lower," in line and not line.startswith("record")
    )
    lines = run("bounds", "784-11-11-5", "--format", "csv").out.splitlines()
    assert 'folding,lower,720896,"claimed by linregions 2026, best split of the units"' in lines
    assert len(lines) == len(bounds_table(Architecture.parse("784-11-11-5")).rows) + 2


def test_huge_architectures_are_answered_at_once(run) -> None:
    out = run("bounds", f"2-{10**20}").out
    assert "5.00·10^39" in out
    assert "trivial: a number of about 3·10^19 digits; up to 9·10^6 are computed" in out
    record = run("bounds", f"{10**20}-{10**20}", "--json").json
    assert record["bounds"] == []
    assert {entry["key"] for entry in record["left_out"]} >= {"zaslavsky", "hinz2021", "trivial"}
    out = run("bounds", f"3-{10**20}-{10**20}", "--format", "csv").out
    assert "hinz2021" in out
    assert "trivial" not in out


@pytest.mark.parametrize("place", [[], ["--box=-1,1"], ["--box=-1,1", "--lp"]], ids=" ".join)
@pytest.mark.parametrize("name", ["dead", "montufar_2_8_8", "parallel", "duplicate", "braid4_3d", "random_2-16-16-1"])
def test_bounds_of_a_network_lie_between_its_count_and_the_bounds_of_its_architecture(run, name, place) -> None:
    file = NETWORKS / f"{name}.json"
    record = run("bounds", file, *place, "--json").json
    architecture = formats.load(file).architecture
    truth = TRUTH[name]["[-1,1]^d" if place else "R^d"]["activation"]
    assert truth <= record["value"] <= min(entry.value for entry in listing(architecture, "upper"))
    values = [entry["value"] for entry in record["bounds"]]
    assert values == sorted(values)
    assert record["value"] == values[0]
    assert [layer["width"] for layer in record["layers"]] == list(architecture.widths)


def test_bounds_of_a_network_in_words_and_on_a_domain_file(run, tmp_path) -> None:
    file, wedge = tmp_path / "net.json", tmp_path / "wedge.json"
    formats.save(Network.relu([([[1, 1], [1, 0]], [-1, 0]), ([[1, 1]], [0])]), file)
    text = '{"format": "linregions/domain", "version": 1, "rows": [[1, 0, 1], [0, 1, 1], [-1, -1, 1]]}'
    wedge.write_text(text, encoding="utf-8")
    out = run("bounds", file, "--domain", wedge, "--lp").out
    assert "polytope with 3 halfspaces in R^2" in out
    assert re.search(r"^ +2 +upper +hinz2021 \+ weights +Hinz 2021", out, re.MULTILINE)
    assert "layer 1: rank 1; 0 on, 1 off, 1 of rank 1 may change" in " ".join(out.split())
    pasted = run("bounds", file, "--domain", wedge, "--lp", "--format", "csv").out
    assert "hinz2021 + weights,upper,2," in pasted


def test_other_units_are_bounded_unit_by_unit(run, tmp_path) -> None:
    mixed, absolute = tmp_path / "mixed.json", tmp_path / "abs.json"
    hidden = (
        Layer([[1, 0], [0, 1], [-1, 2], [2, 1]], [0, 0, 1, 1], [Maxout(3), RELU]),
        Layer([[1, 1], [2, 1], [0, 1]], [0, 1, 1], [RELU, Maxout(2)]),
    )
    formats.save(Network([*hidden, Layer([[1, 1]], [0], IDENTITY)]), mixed)
    assert "2-(3,2)-(2,2), on R^2: at most" in run("bounds", mixed).out
    record = run("bounds", mixed, "--json").json
    assert [(entry["key"], entry["value"]) for entry in record["bounds"]] == [("montufar2022_mixed", 24)]
    formats.save(Network([Layer([[1, 0], [0, 1]], [0, 0], [ABS, ABS]), Layer([[1, 1]], [0], IDENTITY)]), absolute)
    assert "hu2018,exact,4," in run("bounds", absolute, "--box=0,1", "--format", "csv").out


def test_units_of_a_kind_without_bounds_are_bounded_by_their_pieces(run, tmp_path, monkeypatch) -> None:
    formats.save(Network([Layer([[1, 0], [0, 1]], [0, 0], HARD_TANH), Layer([[1, 1]], [0], IDENTITY)]), tmp_path / "n")
    monkeypatch.setattr(PiecewiseLinear, "architecture_kind", "general")
    out = " ".join(run("bounds", tmp_path / "n").out.split())
    assert out.endswith(
        "on R^2 No published bound is for units of these kinds; their pieces alone allow at most 9 regions."
    )
    assert run("bounds", tmp_path / "n", "--json").json["bounds"] == []
