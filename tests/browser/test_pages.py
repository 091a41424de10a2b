"""The pages of the atlas in a real browser: what they show is what the toolkit counts, and nothing leaves the machine.

Needs the extra ``browser`` and Chromium from the system's packages.
"""

import json
import shutil

import pytest
from places import NETWORKS

from theory import Architecture
from theory.formats import dumps, load, loads
from verify import Box, count
from verify.atlas.pages import network_page
from verify.atlas.site import build

playwright = pytest.importorskip("playwright.sync_api", reason="playwright comes with the extra browser")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

CHOSEN = ["1-3", "1-2-2-2", "2-1", "2-2", "2-3", "2-3-2", "2-4-4", "2-6-3", "3-2-2", "4-4"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("atlas")
    build(folder, [*map(Architecture.parse, CHOSEN), Architecture.parse("2-3", rank=3)])
    return folder


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as control:
        started = control.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1100, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    complaints = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    here = ("file:", "data:", "blob:")
    opened.on("request", lambda asked: None if asked.url.startswith(here) else complaints.append(f"asked: {asked.url}"))
    yield opened
    context.close()
    assert not complaints


def state(page):
    return page.locator("#state").inner_text()


def test_an_architecture_is_found_in_two_clicks(page, site):
    page.goto((site / "index.html").as_uri())
    page.get_by_role("main").get_by_role("link", name="ReLU, 2 inputs").click()
    page.locator("#entries").get_by_role("link", name="2-4-4").click()
    assert page.locator("h1").inner_text() == "(2; 4, 4)"
    network = load(site / "a" / page.get_by_role("link", name="2-4-4.json").first.get_attribute("href"))
    facts = json.loads((site / "a" / "2-4-4.json").read_text())
    assert int(count(network)) == facts["at_least"]


def test_typing_a_name_opens_its_page(page, site):
    page.goto((site / "index.html").as_uri())
    page.get_by_label("Find an architecture").fill("(2; 3, 2)")
    page.get_by_role("button", name="Open").click()
    page.wait_for_url("**/a/2-3-2.html")
    page.goto((site / "index.html").as_uri())
    page.get_by_label("Find an architecture").fill("9-9")
    page.get_by_role("button", name="Open").click()
    assert page.get_by_text("9-9 is not in the atlas").is_visible()


def test_tables_filter_and_sort(page, site):
    page.goto((site / "inputs-2.html").as_uri())
    rows = page.locator("#entries tbody tr:visible")
    everything = rows.count()
    page.get_by_label("Maximum").select_option("open")
    assert 0 < rows.count() < everything
    page.get_by_label("Maximum").select_option("")
    page.get_by_role("button", name="at least").click()
    page.get_by_role("button", name="at least").click()
    values = [int(text) for text in page.locator("#entries tbody tr td:nth-child(2)").all_inner_texts()]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("name", ["cancel", "central_abs", "concurrent_third", "duplicate", "maxout_2-4-4-1_K3",
                                  "maxout_deg_mid", "montufar_2_8_8", "random_2-16-16-1", "sliver_1e-9"])  # fmt: skip
def test_the_page_counts_as_the_toolkit_does(page, tmp_path, name):
    network = load(NETWORKS / f"{name}.json")
    (tmp_path / "page.html").write_text(network_page(network, name), encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_function("document.getElementById('state').textContent.includes('exactly')")
    assert state(page).startswith(f"{int(count(network))} activation regions of ")
    assert page.get_by_label("Widths").input_value() == "-".join(str(layer.width) for layer in network.hidden)
    page.get_by_label("Count on").select_option("-1,1")
    assert state(page).startswith(f"{int(count(network, Box.cube(-1, 1, 2)))} activation regions of ")


def test_sliders_seeds_and_files_give_networks_that_the_toolkit_counts_alike(page, site):
    page.goto((site / "play.html").as_uri())
    for seed in (3, 4):
        page.get_by_label("Seed").fill(str(seed))
        page.get_by_label("Widths").fill("5-3")
        page.get_by_role("button", name="Random").click()
        network = loads(page.locator("#json").input_value())
        assert state(page).startswith(f"{int(count(network))} activation regions of 2-5-3 on the plane")
    slider = page.get_by_label("layer 1, unit 2, bias")
    slider.evaluate("s => { s.value = 1.25; s.dispatchEvent(new Event('input')); }")
    page.wait_for_function("document.getElementById('state').textContent.includes('exactly')")
    network = loads(page.locator("#json").input_value())
    assert network.hidden[0].biases[1] == 1.25
    assert state(page).startswith(f"{int(count(network))} activation regions")
    page.get_by_text("As a file").click()
    page.locator("#json").fill("{")
    page.get_by_role("button", name="Draw this").click()
    assert "JSON" in state(page)


def test_hovering_dragging_zooming_and_saving(page, site):
    page.goto((site / "play.html").as_uri())
    canvas = page.locator("#canvas")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    facts = page.locator("#facts")
    playwright.expect(facts).to_contain_text("pattern")
    pattern = facts.locator("dd").first.inner_text()
    assert all(set(layer) <= {"0", "1"} for layer in pattern.split())
    before = canvas.screenshot()
    page.mouse.down()
    page.mouse.move(box["x"] + 50, box["y"] + 80, steps=4)
    page.mouse.up()
    page.mouse.wheel(0, -600)
    page.wait_for_timeout(200)
    assert canvas.screenshot() != before
    page.get_by_role("checkbox", name="layer 2").uncheck()
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture as SVG").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "<polygon" in text
    with page.expect_download() as download:
        page.get_by_role("button", name="Network as JSON").click()
    network = loads(download.value.path().read_text(encoding="utf-8"))
    assert state(page).startswith(f"{int(count(network))} activation regions")


def test_the_keyboard_reaches_the_picture_and_the_regions(page, site):
    page.goto((site / "play.html").as_uri())
    page.locator("#canvas").focus()
    before = page.locator("#canvas").screenshot()
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(200)
    assert page.locator("#canvas").screenshot() != before
    page.get_by_label("choose a region").select_option(index=2)
    playwright.expect(page.locator("#facts")).to_contain_text("walls")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name",
    ["index.html", "inputs-2.html", "a/2-4-4.html", "a/2-6-3.html", "a/1-2-2-2.html", "sequences.html", "play.html"],
)
def test_nothing_keeps_anyone_out(browser, site, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe comes with the extra browser")
    for width in (360, 1100):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        page.goto((site / name).as_uri())
        page.wait_for_timeout(150)
        found = axe.Axe().run(page)
        assert not found.response["violations"], found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width
        context.close()


def test_a_playground_link_carries_the_network(page, site):
    page.goto((site / "a" / "2-3-2.html").as_uri())
    page.get_by_role("link", name="Explore it").click()
    page.wait_for_function("document.getElementById('state').textContent.includes('exactly')")
    assert state(page).startswith("22 activation regions of 2-3-2 on the plane")
    assert "The best network known has 22, no network has more than 22;" in state(page)
    assert dumps(loads(page.locator("#json").input_value()))
