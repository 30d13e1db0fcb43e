"""The page in a real browser: keys, links, numbers, simulation, copies, and a server that dies."""

import json
import random
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from statistics import median, quantiles

import numpy as np
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

import fieldtheory as ft
from fieldtheory.workbench.explorer.controls import CONTROLS, Slider
from fieldtheory.workbench.explorer.view import View
from tests.workbench.explorer.explorer_process import ROOT, Explorer, running_explorer
from tests.workbench.explorer.page import Page, agrees

AXE = Path(__file__).parent / "axe" / "axe.min.js"
SLIDERS = [each for each in CONTROLS.values() if isinstance(each, Slider)]
MOVES = 40
NUMBERS = ("error", "error_bar", "bias", "variance", "effective_ridge", "training_error")
# Catches the file that is saved, and its name
CAUGHT = """
const made = URL.createObjectURL;
URL.createObjectURL = (blob) => {
  blob.text().then((text) => { window.saved = text; });
  return made(blob);
};
HTMLAnchorElement.prototype.click = function () { window.named = this.download; };
"""
# Addresses that the page cannot reach while the server is down are told by the console, whatever a page does
OFFLINE = re.compile("Failed to load resource: net::ERR_")


@pytest.fixture
def page(browser: Chrome, explorer: Explorer):
    """A page whose console has nothing to say in the end."""
    found = Page(browser, explorer)
    browser.get_log("browser")
    yield found
    assert found.complaints == []


def bounce(stops: int, start: int, moves: int) -> list[str]:
    """Presses of the arrows, from end to end."""
    keys, at, step = [], start, 1
    for _ in range(moves):
        if not 0 <= at + step < stops:
            step = -step
        at += step
        keys.append("ArrowRight" if step > 0 else "ArrowLeft")
    return keys


def walked(slider: Slider, keys: list[str], start: int) -> float:
    return slider.values[start + sum(1 if key == "ArrowRight" else -1 for key in keys)]


def start_of(slider: Slider) -> int:
    return min(range(len(slider.values)), key=lambda k: abs(slider.values[k] - slider.default))


def test_every_move_of_every_slider_redraws(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    """One more redraw, and another curve, for each press of an arrow; the times are only told."""
    begun = time.monotonic()
    page.open()
    opened = time.monotonic() - begun
    page.watch()
    redraws = page.redraws
    for slider in SLIDERS:
        start = start_of(slider)
        keys = bounce(len(slider.values), start, MOVES)
        page.focus(slider.name)
        seen = {page.path}
        for key in keys:
            page.press(key)
            assert page.another_redraw(redraws) == redraws + 1
            redraws += 1
            seen.add(page.path)
        assert page.value(slider.name) == page.browser.execute_async_script(
            "const [value, done] = arguments; import('/page/numbers.js').then((m) => done(m.plain(value)))",
            walked(slider, keys, start),
        )
        assert len(seen) > min(len(slider.values), MOVES) / 2
    times = page.latencies
    assert len(times) == MOVES * len(SLIDERS)
    with capsys.disabled():
        print(
            f"\nexplorer: key press to changed curve, {len(times)} moves: median {median(times):.0f} ms, "
            f"95 % {quantiles(times, n=20)[-1]:.0f} ms, longest {max(times):.0f} ms; "
            f"page to first curve {opened:.2f} s"
        )


def test_numbers_are_those_of_the_library(page: Page) -> None:
    """Each digit that is shown: at the first view, and after moves."""
    for values in (
        {},
        {"ridge": "0.1", "label_noise": "0.01", "dim": "30", "n": "1000", "kernel": "nngp"},
        {"activation": "tanh", "input_scale": "1", "power_1": "0", "power_4": "0.5", "hidden_layers": "2"},
    ):
        page.open(values)
        view = View.read({k: float(v) if isinstance(CONTROLS[k], Slider) else v for k, v in values.items()})
        net = ft.FullyConnected(
            view.hidden_layers,
            view.activation,
            weight_variance=view.weight_variance,
            bias_variance=view.bias_variance,
            input_scale=1.0 if view.input_scale == "1" else 1 / view.dim,
        )
        spectrum = (net.ntk() if view.kernel == "ntk" else net.nngp()).spectrum(view.dim)
        target = ft.Target(view.powers)
        curve = ft.learning_curve(spectrum, target, [view.n], view.ridge, view.label_noise)
        page.until(lambda: page.text("#number-error") != "")
        for name in NUMBERS:
            shown = page.text(f"#number-{name}")
            shown = shown.partition(" ± ")[0] if name == "error" else shown
            assert agrees(shown, getattr(curve, name)[0]), (values, name, shown)
        kappa = re.search(r"κ = (\S+)", page.text("#spectrum"))
        assert kappa is not None
        assert agrees(kappa[1], curve.effective_ridge[0])
        diagrams = page.browser.find_elements(By.CSS_SELECTOR, "#diagram-list .value")
        exact = ft.learning_curve(spectrum, target, view.n, view.ridge, theory="perturbative", order=1).error[
            0
        ]
        total = sum(float(each.text.replace("·10", "e").translate(RAISED)) for each in diagrams)
        assert total == pytest.approx(exact, rel=1e-3)


RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def test_the_last_of_many_moves_stays(page: Page) -> None:
    """200 presses as fast as they can be sent, at random: the last state is drawn, none after it."""
    page.open()
    slider = CONTROLS["power_1"]
    assert isinstance(slider, Slider)
    draw = random.Random(0)
    keys = [draw.choice(("ArrowLeft", "ArrowRight")) for _ in range(200)]
    page.focus("power_1")
    for key in keys:
        page.press(key)
    at = start_of(slider)
    for key in keys:
        at = min(max(at + (1 if key == "ArrowRight" else -1), 0), len(slider.values) - 1)
    curve = curve_of({"power_1": slider.values[at]})
    page.until(lambda: agrees(page.text("#number-error").partition(" ± ")[0], curve.error[0]))
    redraws = page.redraws
    page.until(lambda: float(page.state.get("power_1", 1.0)) == slider.values[at])
    assert page.redraws == redraws
    assert agrees(page.text("#number-error").partition(" ± ")[0], curve.error[0])


def curve_of(values: dict[str, float]) -> ft.LearningCurve:
    view = View.read(values)
    return ft.learning_curve(view.spectrum, view.target, [view.n], view.ridge, view.label_noise)


def test_links(page: Page) -> None:
    """The address holds what differs from the start, and a link shows it again."""
    page.open()
    page.focus("dim")
    page.press("ArrowRight")
    page.until(lambda: page.state == {"dim": "51"})
    error = page.text("#number-error")
    page.open({"dim": "51"})
    assert page.text("#number-error") == error
    assert page.value("dim") == "51"
    page.click("#reset")
    page.until(lambda: page.state == {})
    assert page.value("dim") == "50"


@pytest.mark.parametrize(
    ("values", "place", "words"),
    [
        ({"dim": "1000000000"}, "#dim-complaint", "dim must be from 10 to 200 here"),
        ({"activation": "sign"}, "#activation-complaint", "must be continuous for an NTK"),
        ({"n": "<b>many</b>"}, "#n-complaint", "n must be a number (got '<b>many</b>')"),
        ({"evil": "1"}, "#message", "must name only kernel"),
    ],
)
def test_refusals_stand_at_their_control(page: Page, values: dict[str, str], place: str, words: str) -> None:
    page.load(values)
    page.until(lambda: words in page.text(place))
    assert page.find(place).is_displayed()
    page.browser.get_log("browser")  # that an answer had the status 422
    page.click("#reset")
    page.until(lambda: page.redraws > 0)
    assert not page.find(place).is_displayed()


def test_simulate_cancel_simulate(page: Page) -> None:
    """Points where `simulate` has them; cancelled, it can begin anew; a move of the ridge takes them away."""
    page.open()
    page.click("#simulate")
    page.until(lambda: page.measured)
    page.click("#cancel")
    page.until(lambda: page.text("#simulation-state") == "cancelled")
    page.click("#simulate")
    page.until(lambda: len(page.measured) >= 2)
    view = View.read({})
    exact = ft.simulate(view.zonal_kernel, view.dim, view.target, [20, 50], repeats=8, seed=0, jobs=1)
    path = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", page.path)]
    curve = json.loads(page.explorer.request("POST", "/api/curve", {})[2])
    heights = np.interp(
        np.log(exact.error[::-1]), np.log(curve["curves"][0]["error"][::-1]), [y for _, y in path][::-1]
    )
    assert page.measured[:2] == pytest.approx(heights[::-1].tolist(), abs=0.5)
    page.focus("n")
    page.press("ArrowRight")  # looks elsewhere: the points stay
    assert len(page.measured) >= 2
    page.focus("ridge")
    page.press("ArrowRight")
    page.until(lambda: not page.measured)
    assert page.find("#simulate").is_displayed()


def test_copies(page: Page) -> None:
    """What is copied as Python runs, and prints the numbers of the page; the command has the same values."""
    page.open({"ridge": "0.1", "dim": "30", "n": "300"})
    shown = page.text("#number-error").partition(" ± ")[0], page.text("#number-effective_ridge")
    page.click("#copy-python")
    page.until(lambda: "import fieldtheory" in page.text("#code-text"))
    program = [sys.executable, "-c", page.text("#code-text")]
    found = subprocess.run(program, capture_output=True, text=True, check=True, cwd=ROOT)
    row = next(line.split() for line in found.stdout.splitlines() if line.startswith("300.0 "))
    assert agrees(shown[0], float(row[1]))
    assert agrees(shown[1], float(row[3]))
    page.click("#code-close")
    page.click("#copy-command")
    page.until(lambda: "fieldtheory curve" in page.text("#code-text"))
    words = page.text("#code-text").replace("\\\n", " ").split()
    assert words[words.index("--ridge") + 1] == "0.1"
    page.click("#code-close")


def test_saved_figure(page: Page) -> None:
    """A document of its own: well-formed SVG without styles, scripts or links, with curve and legend."""
    page.open()
    page.browser.execute_script(CAUGHT)
    page.click("#save")
    page.until(lambda: page.browser.execute_script("return window.saved"))
    root = ET.fromstring(page.browser.execute_script("return window.saved").encode())
    assert page.browser.execute_script("return window.named") == "learning_curve.svg"
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    names = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert not names & {"style", "script", "a", "image", "foreignObject"}
    texts = [each.text for each in root.iter() if each.text]
    assert {"auto (loop-expansion)", "equivalent-kernel", "training points N", "generalisation error"} <= set(
        texts
    )
    assert page.path in {each.get("d") for each in root.iter()}


@pytest.mark.parametrize("size", [(1280, 720), (800, 1100), (400, 800)])
def test_accessibility(page: Page, size: tuple[int, int]) -> None:
    """axe-core finds nothing serious; nothing sticks out to the side; at 1280 × 720 nothing is scrolled."""
    page.resize(*size)
    page.open()
    page.browser.execute_script(AXE.read_text(encoding="utf-8"))
    found = page.browser.execute_async_script("axe.run(document).then(arguments[0])")
    assert len(found["passes"]) > 10
    serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious] == []
    width, height = page.browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert width == size[0]
    assert size != (1280, 720) or height == 720


def test_dead_server(browser: Chrome) -> None:
    """Killed in the middle of moves, the page says so; back on the same port, it draws the last state."""
    with running_explorer() as first:
        page = Page(browser, first)
        page.open()
        page.focus("dim")
        page.press("ArrowRight")
        first.kill()
        page.press("ArrowRight")
        page.until(lambda: page.find("#offline").is_displayed())
        for _ in range(3):
            page.press("ArrowRight")
    with running_explorer(first.port):
        page.until(lambda: not page.find("#offline").is_displayed())
        curve = curve_of({"dim": 55})
        page.until(lambda: agrees(page.text("#number-error").partition(" ± ")[0], curve.error[0]))
        assert page.value("dim") == "55"
        browser.get("about:blank")
    assert [text for text in page.complaints if not OFFLINE.search(text)] == []


def test_two_pages(page: Page) -> None:
    """Each has its own state and its own curve."""
    page.open({"dim": "20"})
    first = page.browser.current_window_handle
    page.browser.switch_to.new_window("window")
    try:
        page.resize(1280, 720)
        page.open({"dim": "100"})
        second = page.browser.current_window_handle
        for window, dim in ((first, 21), (second, 101), (first, 22), (second, 102)):
            page.browser.switch_to.window(window)
            page.focus("dim")
            page.press("ArrowRight")
            error = curve_of({"dim": dim}).error[0]
            page.until(lambda: agrees(page.text("#number-error").partition(" ± ")[0], error))  # noqa: B023
            assert page.value("dim") == str(dim)
    finally:
        page.browser.switch_to.window(page.browser.window_handles[1])
        page.browser.close()
        page.browser.switch_to.window(first)


def test_one_simulation_at_a_time(page: Page) -> None:
    """While another page has one, this page says so."""
    page.open()
    for _ in range(9):  # the other one may end before this one asks
        with page.explorer.stream("/api/simulations", {"dim": 30}) as (_, lines):
            name = next(lines)["simulation"]
            page.click("#simulate")
            page.until(lambda: page.measured or "running" in page.text("#simulation-state"))
            page.explorer.request("DELETE", f"/api/simulations/{name}")
        if not page.measured:
            break
        page.click("#reset")
    assert "a simulation is running" in page.text("#simulation-state")
    assert page.find("#simulate").is_displayed()
    page.browser.get_log("browser")  # that an answer had the status 409
