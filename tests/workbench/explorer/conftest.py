"""One explorer for all tests of this folder, and a browser for those of the page."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.workbench.explorer.explorer_process import Explorer, running_explorer


@pytest.fixture(scope="session")
def explorer() -> Iterator[Explorer]:
    with running_explorer() as found:
        yield found


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; where there is none, tests skip, but not in CI, which installs it."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        if os.environ.get("CI") == "true":
            pytest.fail("chromium and chromedriver must be there in CI")
        pytest.skip("needs chromium and chromedriver: apt install chromium chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "hide-scrollbars"):
        options.add_argument(f"--{word}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    found.set_script_timeout(60)
    try:
        yield found
    finally:
        found.quit()
