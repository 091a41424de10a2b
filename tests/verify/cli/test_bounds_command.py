"""``linregions bounds`` at its edges, and the sentences that a newcomer's first mistakes meet."""

import json

import pytest
from places import NETWORKS

from theory import Layer, Maxout, Network, formats
from theory.activations import ABS, IDENTITY, RELU
from theory.bounds import BOUNDS, best_split, compare, layers_table, weight_aware_bounds
from theory.bounds.plots import plot_depth
from theory.errors import InvalidInputError, UnknownNameError
from theory.exact import rational
from theory.names import Names
from verify import Box, Polytope, Segment
from verify.cli import main

MIXED = Network(
    [
        Layer([[1, 0], [0, 1], [-1, 2], [2, 1]], [0, 0, 1, 1], [Maxout(3), RELU]),
        Layer([[1, 1], [2, 1], [0, 1]], [0, 1, 1], [RELU, Maxout(2)]),
        Layer([[1, 1]], [0], IDENTITY),
    ]
)


@pytest.fixture
def run(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as leave:
            main([str(argument) for argument in arguments])
        return leave.value.code, *capsys.readouterr()

    return call


def test_huge_architectures_are_answered_at_once(run):
    code, out, _ = run("bounds", f"2-{10**20}")
    assert code == 0
    assert "5.00·10^39" in out
    assert "trivial: a number of about 3·10^19 digits, too long for this memory" in out
    code, out, _ = run("bounds", f"{10**20}-{10**20}", "--json")
    record = json.loads(out)
    assert (code, record["bounds"]) == (0, [])
    assert {entry["key"] for entry in record["left_out"]} >= {"zaslavsky", "hinz2021", "trivial"}
    code, out, _ = run("bounds", f"3-{10**20}-{10**20}", "--format", "csv")
    assert "hinz2021" in out
    assert "trivial" not in out


def test_other_units_are_bounded_unit_by_unit(run, tmp_path):
    formats.save(MIXED, tmp_path / "mixed.json")
    code, out, _ = run("bounds", tmp_path / "mixed.json")
    assert code == 0
    assert "2-(3,2)-(2,2), on R^2: at most" in out
    record = json.loads(run("bounds", tmp_path / "mixed.json", "--json")[1])
    assert [(entry["key"], entry["value"]) for entry in record["bounds"]] == [("montufar2022_mixed", 24)]
    formats.save(
        Network([Layer([[1, 0], [0, 1]], [0, 0], [ABS, ABS]), Layer([[1, 1]], [0], IDENTITY)]), tmp_path / "abs.json"
    )
    code, out, _ = run("bounds", tmp_path / "abs.json", "--box=0,1", "--format", "markdown")
    assert code == 0
    assert "| hu2018 | exact | 4 |" in out


MISTAKES = {
    "an architecture to count": (
        ["count", "2-4-4"],
        "2-4-4 is an architecture, not the file of a network; linregions bu",
    ),
    "nothing to count": (["count", ""], "'' is not the name of a file; name a network: .json"),
    "a word to count": (["count", "network"], "'network' is not the name of a file"),
    "a misspelt architecture": (
        ["bounds", "2-4-x"],
        "'2-4-x' is neither an architecture, inputs and widths as in 2-4-4",
    ),
    "nothing to bound": (["bounds", ""], "empty architecture; write inputs and hidden widths as in 2-4-4"),
    "a missing file": (["bounds", "missing.json"], "missing.json: cannot be read (no such file or directory)"),
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_first_mistakes(run, mistake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, sentence = MISTAKES[mistake]
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith(f"linregions: {sentence}")


def test_what_a_file_should_have_said(run, tmp_path):
    text = (NETWORKS / "central4.json").read_text(encoding="utf-8")
    (tmp_path / "net.json").write_text(text, encoding="utf-8")
    decimal = tmp_path / "decimal.json"
    decimal.write_text(text.replace('"1"', '"0.25"', 1), encoding="utf-8")
    assert run("count", decimal)[2].endswith('"0.25" is not an exact number; write it as "p" or "p/q", here "1/4"\n')
    domain = tmp_path / "domain.json"
    for value, found in (({}, "an object"), (None, "null"), ([[True, 0, 1]], "true")):
        domain.write_text(json.dumps({"format": "linregions/domain", "version": 1, "rows": value}), encoding="utf-8")
        code, _, err = run("count", tmp_path / "net.json", "--domain", domain)
        assert code == 2
        assert err.rstrip().endswith(f"expected numbers, found {found}")


def test_a_full_disk_is_a_sentence(run, monkeypatch):
    def full(_text=""):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("verify.cli.show.write", full)
    code, _, err = run("bounds", "2-3")
    assert (code, err.splitlines()[-1]) == (2, "linregions: the output cannot be written (no space left on device)")


def test_domains_are_named_briefly():
    assert str(Box([0], ["1e400"])) == "[0,≈1.0e+400]"
    assert str(Box(["-1/3"], ["22/7"])) == "[-1/3,22/7]"
    assert str(Polytope([[1, 0, 1]])) == "polytope with 1 halfspace in R^2"
    assert str(Segment(["-7e-40"], [1])) == "segment between (≈-7.0e-40) and (1)"


def test_wrong_names_are_told_the_close_ones():
    for ask in (
        lambda: BOUNDS["serra"],
        lambda: compare("serra", "hinz2021", []),
        lambda: best_split(5, 2, 2, "serra"),
        lambda: plot_depth(2, 3, (1,), ("serra",)),
    ):
        with pytest.raises(UnknownNameError, match=r"^there is no bound 'serra'; close: .*serra2018_lower"):
            ask()
    with pytest.raises(KeyError):
        BOUNDS[3]
    with pytest.raises(UnknownNameError, match=r"'hinze2021'; close: hinz2021, hinz2019$"):
        BOUNDS["hinze2021"]
    assert BOUNDS.get("serra") is None
    assert "serra" not in BOUNDS
    with pytest.raises(UnknownNameError, match=r"^there is no thing 'x'; known: a, b$"):
        Names("thing", {"a": 1, "b": 2})["x"]
    with pytest.raises(InvalidInputError, match="networks are composed with networks, not with NoneType"):
        MIXED.after(None)


def test_the_ranks_of_a_network_have_columns():
    net = Network.relu([([[1, 2], [2, 4], [0, 1]], [0, 0, 9]), ([[1, 1, 1], [1, 0, 0]], [1, 0]), ([[1, 1]], [0])])
    table = layers_table(weight_aware_bounds(net, ([-1, -1], [1, 1])))
    assert table.columns == ("layer", "units", "rank", "always on", "always off", "may change", "rank of those")
    assert table.rows == ((1, 3, 2, 1, 0, 2, 1), (2, 2, 2, 1, 0, 1, 1))
    assert "<th>rank of those</th>" in table._repr_html_()


def test_digits_of_other_scripts_are_refused_like_letters():
    with pytest.raises(InvalidInputError, match="is not a number"):
        rational("\u0661/2")
