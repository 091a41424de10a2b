"""Pages around one's own network: one file, nothing from outside, the numbers of the count."""

import json
import re

import pytest
from places import NETWORKS

from theory import Network
from theory.data import digit_images, digits
from theory.errors import InvalidInputError, UnsupportedError
from theory.formats import load, save
from verify import regions
from verify.atlas import pages
from verify.atlas.pages import network_page, plane_page, space_page
from verify.domain.shapes import Box, Plane, WholeSpace
from verify.slices.planes import across, triangle


def given(page):
    return json.loads(re.search(r'<script id="given" type="application/json">(.*?)</script>', page, re.S)[1])


def test_a_plane_is_a_page_with_every_polygon():
    zero, one, seven = digit_images().values()
    partition = across(digits(), Plane(zero, one, seven, triangle()))
    page = plane_page(partition, "digits")
    data = given(page)
    assert len({cell["key"] for cell in data["cells"]}) == partition.activation
    assert data["says"].startswith(f"{partition.activation} activation regions")
    assert [mark["image"].startswith("data:image/png;base64,") for mark in data["marks"]] == [True] * 3
    assert sum(edge is not None for cell in data["cells"] for edge in cell["edges"]) == 2 * len(partition.walls)
    assert not re.search(r'(src|href)="(?!#)', page)


def test_a_network_with_two_inputs_only():
    with pytest.raises(InvalidInputError, match="1 inputs"):
        network_page(Network.relu([([[1]], [0]), ([[1]], [0])]), "hat")


def test_the_commands_write_pages(tmp_path, run):
    cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    save(cross, tmp_path / "cross.json")
    out = run("explore", tmp_path / "cross.json", "-o", tmp_path / "cross.html").out
    assert out == f"{tmp_path / 'cross.html'}: open it in a browser\n"
    assert given((tmp_path / "cross.html").read_text())["network"]["inputs"] == 2
    run("plane", tmp_path / "cross.json", "--box=-1,1", "--plot", tmp_path / "plane.html")
    assert len(given((tmp_path / "plane.html").read_text())["cells"]) == 4


def test_three_inputs_are_a_page_that_is_turned():
    pytest.importorskip("plotly", reason="plotly comes with the extra space")
    network = load(NETWORKS / "braid4_3d.json")
    page = space_page(network, Box.cube(-1, 1, 3), "braid")
    assert "braid: 24 activation regions on [-1,1]^3, counted exactly" in page
    assert page.count('"hoverinfo":"name"') == 24
    assert "<script src" not in page
    for domain, words in ((Box.cube(-1, 1, 2), "leave the domain out"), (WholeSpace(3), "is unbounded")):
        cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
        with pytest.raises(InvalidInputError, match=words):
            space_page(cross if domain.dimension == 2 else network, domain, "n")


def test_no_more_regions_are_listed_than_are_shown(monkeypatch):
    pytest.importorskip("plotly", reason="plotly comes with the extra space")
    network, listed = load(NETWORKS / "braid4_3d.json"), []
    monkeypatch.setattr(pages, "MOST_CELLS", 5)
    monkeypatch.setattr(pages, "regions", lambda *where: (listed.append(r) or r for r in regions(*where)))
    with pytest.raises(UnsupportedError, match="more than 5 regions are too many"):
        space_page(network, Box.cube(-1, 1, 3), "braid")
    assert len(listed) == 6


def test_a_name_cannot_close_the_script():
    cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    page = network_page(cross, "</script><script>alert(1)</script>")
    assert "<script>alert" not in page
