"""The command line as a user meets it: answers, JSON, refusals in one sentence, and how it leaves."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from places import NETWORKS

from theory import Network, formats
from theory.architecture import Architecture
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from verify import count, progress
from verify.cli import show
from verify.cli.app import _COMMANDS
from verify.maxima.best_known import TABLED

TRUTH = json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8"))


@contextmanager
def linregions(*arguments: object, start: tuple[str, ...] = ()) -> Iterator[subprocess.Popen]:
    """The command in a process of its own, which says after 0.5 s what it does, and after a minute is killed."""
    script = "from verify import cli, progress; progress.FIRST_LINE = 0.5; cli.main()"
    command = [*start, sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        limit = threading.Timer(60, process.kill)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            process.kill()


# Greeting and help


def test_no_arguments_greet_with_four_things_to_do_each_with_a_command_that_works(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = run().out.splitlines()
    assert sum(line[:1].isupper() for line in lines) == 5, "four things to do, and the last line"
    commands = [shlex.split(line, comments=True) for line in lines if line.startswith("  linregions ")]
    assert sorted(words[1] for words in commands) == list(_COMMANDS)
    for words in commands:
        if words[1] not in ("table", "papers"):  # these have tests of their own
            run(*words[1:], *(["--examples", 20] if words[1] == "refute" else []))


def test_version(run) -> None:
    assert re.fullmatch(r"linregions, version \d+\.\d+\.\d+(\.dev\d+)?\n", run("--version").out)


def test_help_shows_an_example_and_begins_with_the_summary_of_the_list(run) -> None:
    listed = dict(re.findall(r"^  (\w+) +(\S.*)$", run("--help").out.partition("Commands:")[2], re.MULTILINE))
    assert list(listed) == list(_COMMANDS) == sorted(_COMMANDS)
    for name, summary in listed.items():
        answer = run(name, "--help").out
        assert f"... {summary}" in " ".join(answer.replace("\n\n  ", "\n... ", 1).split())
        assert re.search(rf"Examples?:\n +linregions {name}", answer) or name == "check"
        assert "--json" in answer


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


# count


@pytest.mark.parametrize("name", ["montufar_2_8_8", "dead", "braid4_3d", "maxout_2-4-4-1_K3", "concurrent_third"])
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


def test_the_definition_has_two_names(run) -> None:
    file = NETWORKS / "dead.json"
    named, short = (run("count", file, option, "affine", "--json").json for option in ("--definition", "--of"))
    assert named["definition"] == short["definition"] == "affine"
    assert named["count"] == short["count"] == int(count(formats.load(file), of="affine"))


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
    claim, *_ = run("build", "montufar", "2-4-4", "-o", file, "--json").json["claims"]
    counted = run("count", file, "--box=0,1", "--json").json["count"]
    assert claim == {"count": counted, "relation": "=", "definition": "activation", "domain": "[0,1]^2"}


def test_build_without_a_file_prints_the_network(run, tmp_path) -> None:
    run("build", "sawtooth", "1-3-3", "-o", tmp_path / "net.json")
    assert formats.loads(run("build", "sawtooth", "1-3-3").out) == formats.load(tmp_path / "net.json")
    assert [path.name for path in tmp_path.iterdir()] == ["net.json"], "no temporary file stays"


def test_table_of_given_architectures_and_files(run) -> None:
    columns = run("table", "2-4-4", "1-3-3", NETWORKS / "montufar_2_8_8.json", "--json").json["columns"]
    assert [column["architecture"] for column in columns] == ["2-4-4", "1-3-3", "2-8-8"]
    assert all(column["network"] in CONSTRUCTIONS and column["claims"] for column in columns[:2])
    assert columns[2]["network"] == "montufar_2_8_8"
    assert [c["count"] for c in columns[2]["counts"]] == [324]
    assert [column["best"] is None for column in columns] == [False, False, True]
    for column in columns:
        assert column["least_upper"]["value"] == min(e["value"] for e in column["bounds"] if e["kind"] != "lower")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_table_fits_the_terminal(run, monkeypatch, width) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = run("table", "2-4-4", "1-3-3", "2-6-6", "30-9-9", "2-3", "--limit", 100).out
    assert max(map(len, out.splitlines())) <= width
    assert all(arch in out for arch in ("2-4-4", "1-3-3", "2-6-6", "30-9-9", "2-3"))


def test_a_construction_beyond_the_limit_is_named_but_not_counted(run) -> None:
    assert f"(default {TABLED})" in run("table", "--help").out
    (column,) = run("table", "2-4-4", "--limit", 1, "--json").json["columns"]
    assert column["counts"] == []
    assert (column["best"]["name"], column["best"]["value"]) == ("narrow", 93)
    assert "more than the limit of 1 region" in column["not_counted"]
    assert "2-4-4 is not counted" in run("table", "2-4-4", "--limit", 1).out


# Refusals


BAD = {
    "count missing.json": "missing.json: cannot be read (no such file or directory)",
    "count .": ".: is a directory; name the network file in it",
    "count 2-4-4": "2-4-4 is an architecture, not the file of a network; linregions build writes a network of it",
    "count ''": "'' is not the name of a file; name a network: .json",
    "count network": "'network' is not the name of a file",
    "count truth.json": "truth.json: is not a network file",
    "count broken.json": "broken.json: layer 1",
    "count net.xyz": "net.xyz: ",
    "count net.json --box 1": "--box '1' is not of the form LO,HI",
    "count net.json --box a,b": "--box: 'a' is not a number",
    "count net.json --box 1,1": "lower end 1 is not below upper end 1",
    "count net.json --box 0,1 --plane digits": "--box and --plane each name a domain; give one",
    "count net.json --segment 0 1": "--segment has 1 coordinates but the network has 2 inputs",
    "count net.json --segment 0,0 0,0": "coincide",
    "count net.json --plane digits": "R^64",
    "count net.json --plane box.json": "not a plane",
    "count net.json --domain nowhere.json": "nowhere.json: cannot be read",
    "count net.json --domain net.json": "net.json: is not a domain file",
    "count net.json --definition open": "known: patterns, activation",
    "count net.json --jobs 0": "--jobs 0 is not a positive number of processors",
    "count net.json --budget 0": "--budget 0.0 is not a positive number of seconds",
    "count net.json --budget-regions 0": "--budget-regions 0 is not a positive number of regions",
    "count net.json --memory lots": "--memory 'lots' is not a number of bytes",
    "count": "Missing argument 'FILE'",
    "count net.json --bx 0,1": "No such option",
    "cuont": "No such command",
    "bounds ''": "empty architecture; write inputs and hidden widths as in 2-4-4",
    "bounds 2-4-x": "'2-4-x' is neither an architecture, inputs and widths as in 2-4-4",
    "bounds 2--4": "architecture '2--4' is not of the form inputs-width-width",
    "bounds 2-1.5": "architecture '2-1.5' is not of the form",
    f"bounds 2-{'9' * 5000}": "is not of the form inputs-width-width",
    f"scaling growth --inputs 2 --width {'9' * 5000}": "is no width of a layer; write 6, or 5-6",
    "estimate net.json --jobs 0": "--jobs 0 is not a positive number of processors",
    "bounds 0-4": "number of inputs: 0 is below the smallest allowed value 1",
    "bounds 2-4 --rank 0": "rank: 0 is below the smallest allowed value 1",
    "bounds 2-4 --rank three": "'three' is not a valid integer",
    "bounds net.json --rank 2": "--rank is for an architecture, but net.json is a file",
    "bounds net.json --why": "--why is for an architecture",
    "bounds 2-4-4 --box=0,1": "--box is for a network; name its FILE instead of the architecture 2-4-4",
    "bounds 2-4-4 --lp": "--lp is for a network",
    "bounds missing.json": "missing.json: cannot be read",
    "bounds net.json --box=0,1 --domain box.json": "--box and --domain each name a domain",
    "bounds 2-4-4 --format word": "'word' is not one of 'text'",
    "bounds 2-4-4 --format csv --json": "--format prints one table; leave out --json",
    "build babel 2-4-4 -o out.json": "there is no family 'babel'; known: generic",
    "build": "name a family to build",
    "build montufar": "montufar is built for an architecture; give one",
    "build montufar 3-2-2 -o out.json": "layer 1 has width 2 < 3",
    "build montufar 2-4 2-4 -o out.json": "'2-4' comes twice; give one architecture",
    "build montufar 2-4-4 height=3 -o out.json": "montufar has no parameter 'height'",
    "build montufar 2-4-4 -o nowhere/out.json": "nowhere/out.json: cannot be written",
    "build montufar 2-4-4 --json": "--json describes a file that was written; name it with -o FILE",
    "table babel": "'babel' is neither an architecture",
    "table --limit -1": "-1 is not in the range",
    "line tent.json --from=0,1 --to=1": "--from has 2 coordinates",
    "line tent.json --from=x --to=1": "--from, entry 1",
    "line tent.json --from=1 --to=1": "coincide",
    "line tent.json --from=0 --to=1 --ray --whole": "give one",
    "line tent.json --from=0 --to=1 --via=2 --ray": "--via makes a chain of segments",
    "line tent.json --from=@nowhere.csv --to=1": "nowhere.csv",
    "line tent.json --from=@points.csv:² --to=1": "'²' is not a number",
    "line tent.json --from=@points.csv:3 --to=1": "points.csv has points 1 to 2; write @points.csv:1",
    f"line tent.json --from=@points.csv:{'9' * 5000} --to=1": "points.csv has points 1 to 2",
    "line tent.json --from=@long.npy --to=1": "long.npy: ",
    "atlas submit proof.cert --certificate proof.cert": "proof.cert is a certificate itself; leave out --certificate",
    "line tent.json --from=digits:5 --to=1": "digits:0, digits:1, digits:7",
    "line tent.json --from=0 --to=1 --plot x.bmp": "change the suffix",
    "plane net.json": "give --points, --box or --domain",
    "plane net.json --box=0,1 --square=0,1": "--square needs the plane of --points",
    "plane net.json --box=0,1 --regions": "add --json",
    "boundary net.json": "give --box, --domain, --points or --segment",
    "boundary net.json --box=0,1 --segment 0,0 1,1": "each name a set; give one",
    "boundary digits --box=0,1 --plot x.png": "--plot draws",
    "boundary net.json --segment 0,0 1": "--segment has 1 coordinates",
    "boundary net.json --segment 0,0 1,1 --lines 9": "give --box",
    "boundary net.json --box=0,1 --lines 9 --strata": "leave out --strata",
    "boundary digits --box=0,1": "along random lines",
    "boundary digits --box=0,1 --strata": "in at most 4 dimensions",
    "distance net.json nowhere.csv": "nowhere.csv",
    "distance net.json digits": "point 1 has 64 coordinates",
    "distance net.json digits --plot x": "change the suffix",
    "tightness 2-4-4 --json --why": "--json and --why each choose what is printed; give one",
    "records --check --show 2-4-2": "--check and --show are different tasks; give one",
    "records --format csv --json": "leave out --json",
    "records --show 2-2": "there is no record",
    "records -o x.json": "-o writes one network",
    "records --certificate x.cert": "name it with --show ARCH",
    "records --check --format csv": "leave out --check",
    "regions net.json --definition convex": "counted, not listed",
    "regions net.json --definition open": "known: patterns, activation",
    "regions net.json --svg x.png": "name it .svg",
    "regions net.json --segment 0,0 1,1 --svg x.svg": "two dimensions",
    "regions net.json --box=0,1 --segment 0,0 1,1": "each name a domain",
    "count net.json --definition linear --self-check": "about activation regions",
    "count net.json --definition closed --certificate out": "certify one of activation",
    "count net.json --certificate out.gz": "drop the .gz",
    "check nowhere": "nowhere: No such file or directory; name a certificate file",
    "check .": "Is a directory; name a certificate file",
    "check proof.cert --jobs 0": "jobs: 0 is below the smallest allowed value 1",
    "tightness": "name architectures as in 2-4-4",
    "tightness 2-4-4 --map 2,3": "not both",
    "tightness --map 2": "as in 2,8",
    "tightness --map 2,99": "above 40",
    "tightness 2-4-4 --plot x.gif": "change the suffix",
    "tightness two": "not of the form",
    "plane digits --box=0,1": "not a set in a plane",
    "plane digits --points digits:0 digits:1 digits:7 --box=0,1": "give one",
    "plane digits --points digits:0 digits:1 digits:7 --plot x.gif": "suffix",
    "laws gravity": "there is no law 'gravity'",
    "laws --examples 5": "add --run",
    "laws --run --examples 0": "'--examples': 0 is not in the range",
    "refute 'prod(n)' --kind both": "unknown kind 'both'; choose upper, lower or equal",
    "refute 'prod(n' --kind upper": "is not an expression",
    "refute 'prod(n)' --kind upper --budget nan": "budget: nan is no positive number of seconds",
    'refute \'__import__("os").system("true")\' --kind upper': "is no function",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Files that are right and files that are not."""
    folder = tmp_path_factory.mktemp("files")
    shutil.copy(NETWORKS / "dead.json", folder / "net.json")
    shutil.copy(NETWORKS / "truth.json", folder / "truth.json")
    formats.save(Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])]), folder / "tent.json")
    text = (folder / "tent.json").read_text(encoding="utf-8")
    (folder / "broken.json").write_text(text.replace('"1"', "NaN", 1), encoding="utf-8")
    box = '{"format": "linregions/domain", "version": 1, "lower": [0, 0], "upper": [1, 1]}'
    (folder / "box.json").write_text(box, encoding="utf-8")
    (folder / "net.xyz").write_text("{}", encoding="utf-8")
    (folder / "points.csv").write_text("0\n1\n", encoding="utf-8")
    with (folder / "long.npy").open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f16", "fortran_order": False, "shape": (1, 1)})
        stream.write(bytes(16))
    count(formats.load(folder / "tent.json"), certificate=folder / "proof.cert")
    return folder


@pytest.mark.parametrize("command", BAD)
def test_bad_input_is_one_sentence_on_stderr_and_exit_code_2(run, folder, monkeypatch, command) -> None:
    monkeypatch.chdir(folder)
    before = sorted(os.listdir())
    answer = run(*shlex.split(command), code=2)
    assert answer.out == ""
    assert answer.err.startswith("linregions: ")
    assert answer.err.count("\n") == 1
    assert BAD[command] in answer.err
    assert sorted(os.listdir()) == before, "nothing is half-written"


def test_what_a_file_should_have_said(run, folder, tmp_path) -> None:
    decimal = tmp_path / "decimal.json"
    decimal.write_text((folder / "tent.json").read_text(encoding="utf-8").replace('"1"', '"0.25"', 1), encoding="utf-8")
    error = run("count", decimal, code=2).err
    assert error.endswith('"0.25" is not an exact number; write it as "p" or "p/q", here "1/4"\n')
    domain = tmp_path / "domain.json"
    for value, found in (({}, "an object"), (None, "null"), ([[True, 0, 1]], "true")):
        domain.write_text(json.dumps({"format": "linregions/domain", "version": 1, "rows": value}), encoding="utf-8")
        error = run("count", folder / "net.json", "--domain", domain, code=2).err
        assert error.rstrip().endswith(f"expected numbers, found {found}")


def test_a_full_disk_is_a_sentence(run, monkeypatch) -> None:
    def full(_text=""):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("verify.cli.show.write", full)
    assert run("bounds", "2-3", code=2).err == ("linregions: the output cannot be written (no space left on device)\n")


# How it leaves, and what it says while it works


def test_a_reader_that_goes_away_is_no_error() -> None:
    with linregions("bounds", "30-40-40", "--full") as process:
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().splitlines()
        steps = r"linregions: (loading bounds|evaluating the bounds of 30-40-40) \(\d+ s\)"  # on a slow machine
        assert all(re.fullmatch(steps, line) for line in said)
        assert process.wait() in (0, 141)


DEAF = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
"""Starts a program as a script's ``cmd &`` does: interrupts are ignored."""


@pytest.mark.parametrize("start", [(), DEAF], ids=["as always", "with interrupts ignored"])
def test_an_interrupt_is_one_line_and_exit_code_130(run, tmp_path, start) -> None:
    endless = tmp_path / "endless.json"
    run("build", "montufar", "6-24-24-24", "-o", endless)  # more regions than anyone can count
    with linregions("count", endless, start=start) as process:
        first = process.stderr.readline()  # the line that says what it is doing: the count is under way
        while first.startswith(("linregions: loading", "linregions: reading")):
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
    quiet = run("count", "digits", "--plane", "digits", "--budget-regions", 1, "--quiet", code=3)
    lines = [line for line in quiet.err.splitlines() if not line.startswith("linregions: loading count")]
    assert lines == ["linregions: name a folder with --checkpoint, and a later run goes on from here"]
    assert quiet.out.startswith("between ")


def test_shares_are_never_rounded_up() -> None:
    assert show.percent(Fraction(9999, 10000)) == "99.9 %"
    assert show.percent(Fraction(1)) == "100 %"
    assert show.percent(Fraction(0)) == "0.0 %"


def test_a_number_becomes_a_string_in_json_only_if_it_is_a_fraction() -> None:
    assert json.loads(show.json_text({"a": Fraction(1, 2), "b": 10**30})) == {"a": "1/2", "b": 10**30}
    with pytest.raises(TypeError, match="int64 has no form in JSON"):
        show.json_text(np.int64(3))
