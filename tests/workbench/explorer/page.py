"""The page as a person uses it: keys, clicks, and what stands on it."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.workbench.explorer.explorer_process import Explorer

_KEYS = {"ArrowRight": 39, "ArrowLeft": 37, "Home": 36, "End": 35}
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
# Times from a key to the change of the curve, as the page itself has them
_WATCH = """
window.latencies = [];
let pressed = null;
addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
new MutationObserver(() => {
  if (pressed !== null) window.latencies.push(performance.now() - pressed);
  pressed = null;
}).observe(document.getElementById("curve"), { attributeFilter: ["data-curve"] });
"""
_ANOTHER = """
const [before, done] = arguments;
const curve = document.getElementById("curve");
const look = () => {
  if (Number(curve.dataset.curve) > before) done(Number(curve.dataset.curve));
  else setTimeout(look, 1);
};
look();
"""


class Page:
    """A page of the explorer, in a browser."""

    def __init__(self, browser: Chrome, explorer: Explorer, width: int = 1280, height: int = 720) -> None:
        self.browser, self.explorer = browser, explorer
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def open(self, values: dict[str, Any] | None = None) -> None:
        """Open a link to these values, and wait for its curve."""
        self.load(values or {})
        self.until(lambda: self.redraws > 0)

    def load(self, values: dict[str, Any]) -> None:
        """Open a link."""
        self.browser.get(f"{self.explorer.address}?{urlencode(values)}")

    def until(self, condition: Any, seconds: float = 60.0) -> None:
        WebDriverWait(self.browser, seconds, 0.02).until(lambda _: condition())

    def find(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """What stands there, seen or not."""
        return str(self.find(selector).get_property("textContent"))

    def click(self, selector: str) -> None:
        self.find(selector).click()

    @property
    def redraws(self) -> int:
        return int(self.find("#curve").get_dom_attribute("data-curve") or 0)

    @property
    def path(self) -> str:
        return str(self.find("#curve-line").get_dom_attribute("d"))

    @property
    def state(self) -> dict[str, str]:
        """What the address says."""
        return dict(parse_qsl(urlsplit(self.browser.current_url).query))

    def value(self, name: str) -> str:
        return self.text(f"output[for={name}]")

    def focus(self, name: str) -> None:
        self.browser.execute_script("document.getElementById(arguments[0]).focus()", name)

    def press(self, key: str) -> None:
        """One real press of a key, where the focus is."""
        event = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key]}
        self.browser.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "rawKeyDown", **event})
        self.browser.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def watch(self) -> None:
        self.browser.execute_script(_WATCH)

    @property
    def measured(self) -> list[float]:
        """Heights of the points of a simulation, in the units of the figure."""
        look = (
            "return [...document.querySelectorAll('circle.measured')].map((each) => each.getAttribute('cy'))"
        )
        return [float(height) for height in self.browser.execute_script(look)]

    @property
    def latencies(self) -> list[float]:
        """Milliseconds."""
        return list(self.browser.execute_script("return window.latencies"))

    def another_redraw(self, before: int) -> int:
        return int(self.browser.execute_async_script(_ANOTHER, before))

    @property
    def complaints(self) -> list[str]:
        """What the console says."""
        return [entry["message"] for entry in self.browser.get_log("browser")]


def number(text: str) -> tuple[Decimal, Decimal]:
    """A number as the page shows it, and one unit of its last digit."""
    mantissa, _, power = text.strip().partition("·10")
    scale = Decimal(10) ** int(power.translate(_RAISED) or 0)
    value = Decimal(mantissa.strip("± "))
    return value * scale, Decimal((0, (1,), value.as_tuple().exponent)) * scale


def agrees(text: str, exact: float) -> bool:
    """Whether the digits that are shown are those of the number."""
    shown, unit = number(text)
    return abs(shown - Decimal(exact)) <= unit / 2 * Decimal("1.000001")
