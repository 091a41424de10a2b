"""The command line as a user meets it: answers, JSON, refusals in one sentence, and how it leaves."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from places import NETWORKS

from theory import Network, formats
from theory.architecture import Architecture
from theory.bounds import BOUNDS, bounds_table, listing, tables
from theory.constructions import CONSTRUCTIONS
from verify import Box, count, progress
from verify.cli import main, show
from verify.cli.app import _COMMANDS
from verify.cli.bounds import FORMATS
from verify.maxima.comparison import LIMIT

TRUTH = json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8"))


class Ran:
    """What a call printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def run(capsys):
    def call(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as leave:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(leave.value.code, captured.out, captured.err)

    return call


def linregions(*arguments: object, **options: object) -> subprocess.Popen:
    """The command in a process of its own, which says after a second what it is doing, not after ten."""
    script = "from verify import cli, progress; progress.FIRST_LINE = 1; cli.main()"
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


# Greeting and help


def test_no_arguments_greet_with_four_things_to_do_each_with_a_command_that_works(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    greeting = run()
    assert greeting.code == 0
    lines = greeting.out.splitlines()
    assert sum(line[:1].isupper() for line in lines) == 5, "four things to do, and the last line"
    commands = [shlex.split(line, comments=True) for line in lines if line.startswith("  linregions ")]
    assert sorted(words[1] for words in commands) == sorted(_COMMANDS)
    for words in commands:
        if words[1] not in ("table", "papers"):  # these have tests of their own
            assert run(*words[1:]).code == 0, words


def test_version(run) -> None:
    assert re.fullmatch(r"linregions, version \d+\.\d+\.\d+\n", run("--version").out)


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_help_shows_an_example(run, name) -> None:
    answer = run(name, "--help")
    assert answer.code == 0
    assert "Example" in answer.out
    assert f"linregions {name}" in answer.out
    assert "--json" in answer.out


def test_the_summary_in_the_list_is_the_first_line_of_the_help(run) -> None:
    for name, summary in _COMMANDS.items():
        assert summary in run(name, "--help").out


def test_help_does_not_load_what_computes() -> None:
    code = """
import sys
from verify.cli import main
try:
    main(["--help"])
except SystemExit:
    print("sympy" in sys.modules, "matplotlib" in sys.modules, file=sys.stderr)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == "False False\n"


# bounds


@pytest.mark.parametrize("arch", ["2-4-4", "1-3-3", "3-1", "784-11-11", "2", "2-0-3", "5-2-9-1"])
def test_bounds_are_all_applicable_ones_in_increasing_order(run, arch) -> None:
    record = run("bounds", arch, "--json").json
    values = [entry["value"] for entry in record["bounds"]]
    assert values == sorted(values)
    architecture = Architecture.parse(arch)
    assert {e["key"]: e["value"] for e in record["bounds"]} == {e.bound.key: e.value for e in listing(architecture)}
    assert {e["key"] for e in record["not_applicable"]} == {b.key for b in BOUNDS.values() if b.why_not(architecture)}
    for entry in record["bounds"]:
        assert entry["source"]
        assert entry["status"]


def test_bounds_on_the_terminal_name_kind_value_source_and_status(run, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    out = run("bounds", "2-4-4").out
    (line,) = [line for line in out.splitlines() if "serra2018 " in line]
    assert re.search(r"121 +upper +serra2018 +Serra et al. 2018, Theorem 1 \(seen in the full text\)", line)


def test_a_huge_bound_shows_its_magnitude_and_json_and_full_show_every_digit(run) -> None:
    """The Theorem 1 bound of ten layers of width 512 on 784 inputs, known number with 1539 digits."""
    arch = "784" + "-512" * 10
    assert re.search(r"4\.38·10\^1538 +upper +serra2018 ", run("bounds", arch).out)
    (value,) = [e["value"] for e in run("bounds", arch, "--json").json["bounds"] if e["key"] == "serra2018"]
    digits = str(value)
    assert len(digits) == 1539
    assert digits.startswith("43801977737928163704")
    assert digits.endswith("3479241515")
    assert digits in run("bounds", arch, "--full").out


def test_numbers_beyond_the_digit_limit_of_python_are_printed(run) -> None:
    arch = "3" + "-100" * 150
    line = next(line for line in run("bounds", arch, "--full").out.splitlines() if line.startswith("trivial "))
    digits = line.rsplit(" ", 1)[1]
    assert len(digits) == 4516  # of 2^15000
    assert digits.startswith("28179608")
    assert digits.endswith("09376")
    assert digits in run("bounds", arch, "--json").out


def test_bounds_of_maxout_units(run) -> None:
    record = run("bounds", "2-3", "--rank", 3, "--json").json
    assert record["architecture"] == "2-3 maxout rank 3"
    assert "serra2018_maxout" in {e["key"] for e in record["bounds"]}
    assert all(e["value"] >= 19 for e in record["bounds"] if e["kind"] == "upper"), "19 is attained"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("arch", ["2-4-4", "784-11-11"])
def test_bounds_as_a_table_to_paste(run, arch, form) -> None:
    answer = run("bounds", arch, "--format", form)
    assert answer.code == 0
    table = bounds_table(Architecture.parse(arch))
    assert answer.out == table.render(form).rstrip("\n") + "\n"
    for row in table.rows:
        assert str(row[2]) in answer.out


def test_the_table_formats_are_those_of_the_tables() -> None:
    assert tuple(tables.FORMATS) == FORMATS


def test_a_csv_table_holds_every_digit(run) -> None:
    arch = "784" + "-512" * 10
    lines = run("bounds", arch, "--format", "csv").out.splitlines()
    (line,) = [line for line in lines if line.startswith("serra2018,")]
    assert line.split(",")[2] == str(BOUNDS["serra2018"](Architecture.parse(arch)))


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
    file = tmp_path / "net.json"
    formats.save(Network.relu([([[1, 1], [1, 0]], [-1, 0]), ([[1, 1]], [0])]), file)
    wedge = tmp_path / "wedge.json"
    text = '{"format": "linregions/domain", "version": 1, "rows": [[1, 0, 1], [0, 1, 1], [-1, -1, 1]]}'
    wedge.write_text(text, encoding="utf-8")
    out = run("bounds", file, "--domain", wedge, "--lp").out
    assert "polytope with 3 halfspaces in R^2" in out
    assert re.search(r"^ +2 +upper +hinz2021 \+ weights +Hinz 2021", out, re.MULTILINE)
    assert "layer 1: rank 1; 0 on, 1 off, 1 of rank 1 may change" in " ".join(out.split())
    assert (
        "hinz2021 + weights | upper | 2 |" in run("bounds", file, "--domain", wedge, "--lp", "--format", "markdown").out
    )


# count


@pytest.mark.parametrize(
    "name", ["montufar_2_8_8", "dead", "central_abs", "braid4_3d", "maxout_2-4-4-1_K3", "concurrent_third"]
)
def test_count_equals_the_recorded_count(run, name) -> None:
    file = NETWORKS / f"{name}.json"
    everywhere = run("count", file, "--json").json
    assert everywhere["count"] == TRUTH[name]["R^d"]["activation"]
    assert type(everywhere["count"]) is int
    assert everywhere["exact"] is True
    assert everywhere["definition"] == "activation"
    assert everywhere["domain"] == f"R^{formats.load(file).inputs}"
    assert everywhere["seconds"] >= 0
    assert run("count", file, "--box=-1,1", "--json").json["count"] == TRUTH[name]["[-1,1]^d"]["activation"]


def test_count_in_words(run) -> None:
    out = run("count", NETWORKS / "dead.json", "--box", "-1,1").out
    assert re.fullmatch(r"7 activation regions of \S+ on \[-1,1\]\^2, exact \(\d+\.\d\d s\)\n", out)


def test_a_rational_box(run) -> None:
    file = NETWORKS / "montufar_2_8_8.json"
    answer = run("count", file, "--box=1/7,2/3", "--json").json
    assert answer["domain"] == "[1/7,2/3]^2"
    assert answer["count"] == int(count(formats.load(file), Box.cube("1/7", "2/3", 2)))


def test_the_same_set_given_in_every_way_has_the_same_count(run, tmp_path) -> None:
    file = NETWORKS / "random_2-16-16-1.json"
    square = [["1", "0", "1"], [-1, 0, 1], [0, 1.0, 1], ["0", "-2", "2"]]
    shapes = {"rows": {"rows": square}, "box": {"lower": [-1, -1], "upper": [1, "1"]}}
    shapes["patch"] = {"plane": [[0, 0], [1, 0], [0, 1]], "rows": square}
    for name, shape in shapes.items():
        domain = tmp_path / f"{name}.json"
        domain.write_text(json.dumps({"format": "linregions/domain", "version": 1, **shape}), encoding="utf-8")
        assert run("count", file, "--domain", domain, "--json").json["count"] == 412
    assert run("count", file, "--plane", tmp_path / "patch.json", "--json").json["count"] == 412


def test_a_segment_crosses_as_many_regions_as_bisection_finds(run) -> None:
    """Second way: regions of a line are intervals, so between two points of one pattern there is no other."""
    file = NETWORKS / "random_2-16-16-1.json"
    line = formats.load(file).on_line([-1, 0], ["1/2", 1])

    def patterns(left: Fraction, right: Fraction, depth: int) -> set:
        ends = {line.pattern([left]), line.pattern([right])}
        if len(ends) == 1 or depth == 0:
            return ends
        middle = (left + right) / 2
        return patterns(left, middle, depth - 1) | patterns(middle, right, depth - 1)

    inside = patterns(Fraction(1, 2**40), 1 - Fraction(1, 2**40), 30)
    assert run("count", file, "--segment", "-1,0", "1/2,1", "--json").json["count"] == len(inside)


def test_the_trained_network_on_the_plane_through_three_of_its_images(run) -> None:
    answer = run("count", "digits", "--plane", "digits", "--json").json
    assert answer["exact"] is True
    assert answer["architecture"] == "64-10-8"
    assert 3 <= answer["count"] <= BOUNDS["serra2018"](Architecture.parse("2-10-8"))


# build and table


def test_build_list_has_every_family_with_its_claim_and_source(run) -> None:
    text, record = run("build", "--list").out, run("build", "--list", "--json").json
    assert [family["name"] for family in record["families"]] == list(CONSTRUCTIONS)
    for family in record["families"]:
        assert family["name"] in text
        assert family["source"]
        assert family["example"]["claims"]


def test_build_then_count_confirms_the_claim(run, tmp_path) -> None:
    file = tmp_path / "net.json"
    built = run("build", "montufar", "2-4-4", "-o", file, "--json").json
    claim = built["claims"][0]
    assert (
        claim == {"count": 44, "relation": ">=", "definition": "activation", "domain": "[0,1]^2"}
        or claim["count"] >= 44
    )
    counted = run("count", file, "--box=0,1", "--json").json["count"]
    assert counted == claim["count"] if claim["relation"] == "=" else counted >= claim["count"]


def test_build_without_a_file_prints_the_network(run, tmp_path) -> None:
    run("build", "sawtooth", "1-3-3", "-o", tmp_path / "net.json")
    assert formats.loads(run("build", "sawtooth", "1-3-3").out) == formats.load(tmp_path / "net.json")
    assert [path.name for path in tmp_path.iterdir()] == ["net.json"], "no temporary file stays"


def test_table_of_given_architectures_and_files(run) -> None:
    file = NETWORKS / "montufar_2_8_8.json"
    record = run("table", "2-4-4", "1-3-3", file, "--json").json
    first, second, third = record["columns"]
    assert [column["architecture"] for column in record["columns"]] == ["2-4-4", "1-3-3", "2-8-8"]
    for column in (first, second):
        assert column["network"] in CONSTRUCTIONS
        assert column["claims"]
    assert third["network"] == "montufar_2_8_8"
    assert [c["count"] for c in third["counts"]] == [324]
    for column in record["columns"]:
        top = max(c["count"] for c in column["counts"])
        least = min(e["value"] for e in column["bounds"] if e["kind"] != "lower")
        assert column["least_upper"]["value"] == least
        share = column["attained"]
        assert share["numerator"] * least == top * share["denominator"]
        assert top <= least
        assert column["contradictions"] == []


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_table_fits_the_terminal(run, monkeypatch, width) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = run("table", "2-4-4", "1-3-3", "2-6-6", "30-9-9", "2-3", "--limit", 100).out
    assert max(map(len, out.splitlines())) <= width
    assert all(arch in out for arch in ("2-4-4", "1-3-3", "2-6-6", "30-9-9", "2-3"))


def test_the_help_names_the_limit_that_holds(run) -> None:
    assert f"(default {LIMIT})" in run("table", "--help").out


def test_a_construction_beyond_the_limit_is_named_but_not_counted(run) -> None:
    record = run("table", "2-4-4", "--limit", 1, "--json").json
    (column,) = record["columns"]
    assert column["counts"] == []
    assert column["attained"] is None
    assert "more than the limit of 1 region" in column["not_counted"]
    assert "2-4-4 is not counted" in run("table", "2-4-4", "--limit", 1).out


# Refusals


BAD = {
    "no such file": ["count", "missing.json"],
    "folder": ["count", "."],
    "not a network": ["count", "truth"],
    "unknown suffix": ["count", "net.xyz"],
    "box of one number": ["count", "good", "--box", "1"],
    "box of words": ["count", "good", "--box", "a,b"],
    "empty box": ["count", "good", "--box", "1,1"],
    "two domains": ["count", "good", "--box", "0,1", "--plane", "digits"],
    "segment in another space": ["count", "good", "--segment", "0", "1"],
    "segment of one point": ["count", "good", "--segment", "0,0", "0,0"],
    "plane of another space": ["count", "good", "--plane", "digits"],
    "plane that is a box": ["count", "good", "--plane", "box"],
    "missing domain": ["count", "good", "--domain", "nowhere.json"],
    "network as domain": ["count", "good", "--domain", "good"],
    "no file": ["count"],
    "unknown option": ["count", "good", "--bx", "0,1"],
    "unknown command": ["cuont"],
    "empty architecture": ["bounds", ""],
    "negative width": ["bounds", "2--4"],
    "fractional width": ["bounds", "2-1.5"],
    "no inputs": ["bounds", "0-4"],
    "rank zero": ["bounds", "2-4", "--rank", "0"],
    "rank in words": ["bounds", "2-4", "--rank", "three"],
    "rank of a file": ["bounds", "good", "--rank", "2"],
    "conditions of a file": ["bounds", "good", "--why"],
    "box of an architecture": ["bounds", "2-4-4", "--box=0,1"],
    "programs for an architecture": ["bounds", "2-4-4", "--lp"],
    "bounds of a missing file": ["bounds", "missing.json"],
    "bounds on two domains": ["bounds", "good", "--box=0,1", "--domain", "box"],
    "unknown format": ["bounds", "2-4-4", "--format", "word"],
    "two formats": ["bounds", "2-4-4", "--format", "csv", "--json"],
    "unknown family": ["build", "babel", "2-4-4", "-o", "out.json"],
    "no family": ["build"],
    "family without architecture": ["build", "montufar"],
    "condition not met": ["build", "montufar", "3-2-2", "-o", "out.json"],
    "two architectures": ["build", "montufar", "2-4", "2-4", "-o", "out.json"],
    "unknown parameter": ["build", "montufar", "2-4-4", "height=3", "-o", "out.json"],
    "no such folder": ["build", "montufar", "2-4-4", "-o", "nowhere/out.json"],
    "json without a file": ["build", "montufar", "2-4-4", "--json"],
    "neither architecture nor file": ["table", "babel"],
    "negative limit": ["table", "--limit", "-1"],
}


@pytest.mark.parametrize("arguments", BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_sentence_on_stderr_and_exit_code_2(run, tmp_path, monkeypatch, arguments) -> None:
    monkeypatch.chdir(tmp_path)
    box = '{"format": "linregions/domain", "version": 1, "lower": [0, 0], "upper": [1, 1]}'
    Path("box").write_text(box, encoding="utf-8")
    Path("net.xyz").write_text("{}", encoding="utf-8")
    named = {"good": NETWORKS / "dead.json", "truth": NETWORKS / "truth.json"}
    before = sorted(os.listdir())
    answer = run(*(named.get(argument, argument) for argument in arguments))
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("linregions: ")
    assert answer.err.count("\n") == 1
    assert "Traceback" not in answer.err
    assert sorted(os.listdir()) == before, "nothing is half-written"


def test_an_unreadable_file_is_named(run, tmp_path) -> None:
    broken = tmp_path / "broken.json"
    text = formats.dumps(Network.relu([([[1, 0]], [0]), ([[1]], [0])]))
    broken.write_text(text.replace('"1"', "NaN", 1), encoding="utf-8")
    answer = run("count", broken)
    assert answer.code == 2
    assert str(broken) in answer.err
    assert "layer 1" in answer.err


# How it leaves, and what it says while it works


def test_a_reader_that_goes_away_is_no_error() -> None:
    with linregions("bounds", "30-40-40", "--full") as process:
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().splitlines()
        assert all(re.fullmatch(r"linregions: loading the bounds \(\d+ s\)", line) for line in said)  # a slow machine
    assert process.returncode in (0, 141)


def test_an_interrupt_is_one_line_and_exit_code_130(run, tmp_path) -> None:
    endless = tmp_path / "endless.json"
    run("build", "montufar", "6-24-24-24", "-o", endless)  # more regions than anyone can count
    with linregions("count", endless) as process:
        first = process.stderr.readline()  # the line that says what it is doing: the count is under way
        if first.startswith("compiling the counting engine"):  # the first time on this machine
            first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=30)
    assert first.startswith("linregions: counting the regions of ")
    assert rest.splitlines()[-1:] == ["linregions: interrupted"]
    assert "Traceback" not in rest
    assert out == ""
    assert process.returncode == 130


def test_a_quiet_count_says_nothing_but_its_result(run, monkeypatch) -> None:
    monkeypatch.setattr(progress, "FIRST_LINE", 0.001)
    quiet = run("count", "digits", "--plane", "digits", "--budget-regions", 1, "--quiet")
    assert quiet.code == 3
    assert quiet.err == "linregions: name a folder with --checkpoint, and a later run goes on from here\n"
    assert quiet.out.startswith("between ")


def test_shares_are_never_rounded_up() -> None:
    assert show.percent(Fraction(9999, 10000)) == "99.9 %"
    assert show.percent(Fraction(1)) == "100 %"
    assert show.percent(Fraction(0)) == "0.0 %"
