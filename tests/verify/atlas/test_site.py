"""The atlas as files: numbers that other parts of the toolkit confirm, links that lead somewhere, the same bytes."""

import json
import re
from html.parser import HTMLParser

import pytest

from theory import Architecture
from theory.formats import load
from verify import count
from verify.atlas.site import build
from verify.certificate import check
from verify.maxima.best_known import tightness

CHOSEN = ["1-3", "1-2-2-2", "2-1", "2-2", "2-3", "2-4", "2-3-2", "2-4-1", "3-2-2"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("atlas")
    chosen = [*map(Architecture.parse, CHOSEN), Architecture.parse("2-3", rank=3)]
    return folder, build(folder, chosen)


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.targets, self.ids = [], set()

    def handle_starttag(self, _tag, attrs):
        for name, value in attrs:
            if name in ("href", "src"):
                self.targets.append(value)
            if name == "id":
                assert value not in self.ids, value
                self.ids.add(value)


def test_every_page_says_what_is_known(site):
    folder, _ = site
    for name in CHOSEN:
        known = tightness(name)
        facts = json.loads((folder / "a" / f"{name}.json").read_text())
        assert (facts["at_least"], facts["at_most"]) == (known.lower.value, known.upper.value)
        assert facts["definitions"]["activation"] == known.lower.value
        page = (folder / "a" / f"{name}.html").read_text()
        assert f"<strong>{known.lower.value}</strong>" in page


def test_networks_and_certificates_prove_the_numbers(site):
    folder, files = site
    networks = [name for name in files if name.startswith("networks/")]
    assert len(networks) == len(CHOSEN) + 1
    for name in networks:
        facts = json.loads((folder / name.replace("networks/", "a/")).read_text())
        network = load(folder / name)
        assert network.digest == facts["network"]["digest"]
        assert int(count(network)) == facts["at_least"]
        verdict = check(folder / facts["certificate"]["file"], network=network)
        assert verdict.regions == facts["at_least"]


def test_links_lead_somewhere(site):
    """Also those to overviews: only inputs and ranks that were built have one, and the menu names only these."""
    folder, files = site
    for name in files:
        if not name.endswith(".html"):
            continue
        links = Links()
        links.feed((folder / name).read_text(encoding="utf-8"))
        for target in links.targets:
            if target.startswith("https://arxiv.org/"):
                continue
            path, _, fragment = target.partition("#")
            assert not re.match(r"[a-z]+:", path), target
            if path:
                assert (folder / name).parent.joinpath(path).resolve().is_file(), (name, target)
            elif fragment:
                assert fragment in links.ids


def test_another_build_changes_nothing(site, tmp_path):
    folder, files = site
    chosen = [*map(Architecture.parse, CHOSEN), Architecture.parse("2-3", rank=3)]
    assert build(tmp_path, chosen, jobs=2) == files
    for name in files:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name
    before = {name: (folder / name).stat().st_mtime_ns for name in files}
    assert build(folder, [*chosen, chosen[0]]) == files  # an architecture that is named twice has one page
    assert {name: (folder / name).stat().st_mtime_ns for name in files} == before


def test_the_tables_hold_every_entry(site):
    folder, _ = site
    entries = json.loads((folder / "data" / "atlas.json").read_text())["entries"]
    assert [facts["architecture"] for facts in entries] == [*CHOSEN, "2-3 maxout rank 3"]
    assert len((folder / "data" / "atlas.csv").read_text().splitlines()) == len(entries) + 1
    overview = (folder / "inputs-2.html").read_text()
    assert all(f'href="a/{name}.html"' in overview for name in CHOSEN if name.startswith("2-"))
    assert (folder / "data" / "b-2-n.txt").read_text() == "1 2\n2 4\n3 7\n4 11\n"
