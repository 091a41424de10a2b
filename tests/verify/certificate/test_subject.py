"""A certificate says what it is about, and is refused as a proof of something else."""

import json

import pytest
from places import NETWORKS

from theory import Network
from theory.formats import load
from verify import Box, Line, Plane, Polytope, Segment, WholeSpace, count
from verify.certificate import check

CROSS = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
DOMAINS = {
    "R^2": WholeSpace(2),
    "[0,1]×[-1,1/2]": Box([0, -1], [1, "1/2"]),
    "a polytope with 3 halfspaces in R^2": Polytope([[1, 0, 1], [0, 1, 1], [-1, -1, 1]]),
    "a slice of R^2 with its parameters in [0,1]": Segment([-1, -2], [1, 1]),
    "a slice of R^2 with its parameters in R^1": Line([-1, -2], [1, 1]),
    "a slice of R^2 with its parameters in R^2": Plane([0, 0], [1, 1], [1, -1]),
}


@pytest.mark.parametrize("text", list(DOMAINS))
def test_the_domain_is_named_from_its_rows_and_compared(text, tmp_path):
    domain, file = DOMAINS[text], tmp_path / "cert"
    count(CROSS, domain, certificate=file)
    lines = file.read_text().splitlines(keepends=True)
    claim = json.loads(lines[0])
    claim["domain"]["note"] = "all of R^17"
    claim["domain"]["rows"] = claim["domain"]["rows"]
    file.write_text(json.dumps(claim) + "\n" + "".join(lines[1:]))
    verdict = check(file, network=CROSS, domain=domain, definition="activation")
    assert verdict
    assert (verdict.subject.domain, verdict.subject.architecture) == (text, "2-2")
    assert verdict.subject.network_sha256 == CROSS.digest
    for other, place in DOMAINS.items():
        assert bool(check(file, domain=place)) == (other == text)


def test_the_order_and_scale_of_rows_are_no_difference(tmp_path):
    rows = [[1, 0, 1], [0, 1, 1], [-1, -1, 1]]
    count(CROSS, Polytope(rows), certificate=tmp_path / "cert")
    same = Polytope([["2", 0, 2], [-3, -3, 3], [0, "1/5", "1/5"], [0, 0, 1]])
    assert check(tmp_path / "cert", domain=same)
    assert not check(tmp_path / "cert", domain=Polytope(rows[:2]))


def test_a_verdict_is_one_short_line(tmp_path):
    count(CROSS, certificate=tmp_path / "cert")
    assert repr(check(tmp_path / "cert")).endswith(
        f"Subject(definition='activation', network_sha256='{CROSS.digest}'))"
    )


def test_a_true_certificate_of_something_else_is_rejected(tmp_path):
    network = load(NETWORKS / "duplicate.json")
    count(network, Box.cube(-1, 1, network.inputs), definition="affine", certificate=tmp_path / "cert")
    assert check(tmp_path / "cert", network=network, definition="affine")
    for wrong, word in (({"definition": "activation"}, "definition affine"), ({"network": CROSS}, CROSS.digest)):
        verdict = check(tmp_path / "cert", **wrong)
        assert str(verdict).startswith("REJECTED line 1: the certificate ")
        assert word in verdict.reason
        assert verdict.subject is None


def test_the_command_says_of_what_and_refuses_another(run, tmp_path):
    net, other, cert = (tmp_path / name for name in ("net.json", "other.json", "net.cert"))
    run("build", "montufar", "2-4-4", "-o", net)
    run("build", "montufar", "2-5-4", "-o", other)
    run("count", net, "--box=0,1", "--certificate", cert)
    first, second = run("check", cert).out.splitlines()
    assert first == "VERIFIED 44"
    assert second.startswith("definition activation, architecture 2-4-4, domain [0,1]^2, network sha256 ")
    assert load(net).digest in second
    run("check", cert, "--network", net, "--box=0,1", "--definition", "activation")
    for wrong in (["--network", other], ["--network", net, "--box=0,2"], ["--definition", "linear"]):
        assert run("check", cert, *wrong, code=1).out.startswith("REJECTED line 1: the certificate ")
    record = json.loads(run("check", cert, "--json").out)
    assert record["regions"] == 44
    assert record["domain"] == "[0,1]^2"
    assert "name it with --network" in run("check", cert, "--box=0,1", code=2).err
