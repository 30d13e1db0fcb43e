"""The site builds without a warning, and leads from an equation to its code and test and back."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Links(HTMLParser):
    """Addresses of a page, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a" and found.get("href"):
            self.addresses.append(str(found["href"]))
        self.anchors |= {str(found[key]) for key in ("id", "name") if found.get(key)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`make docs`, where no warning is let through; pages for each public name and each equation."""
    pytest.importorskip("sphinx", reason="the site needs the extra [docs]")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "docs"]
    command.append(str(folder))
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr[-5000:]
    return folder


def test_links_inside_the_site_lead_somewhere(site: Path) -> None:
    """Sphinx checks its own references; pages of sources and links written by hand are checked here."""
    pages = {page: Links(page.read_text(encoding="utf-8")) for page in site.rglob("*.html")}
    broken = []
    for page, links in pages.items():
        for address in links.addresses:
            path, _, anchor = address.partition("#")
            if re.match(r"\w+:", address) or (path and not path.endswith(".html")):
                continue
            target = (page.parent / path).resolve() if path else page
            if target not in pages or (anchor and anchor not in pages[target].anchors):
                broken.append(f"{page.relative_to(site)}: {address}")
    assert broken == []


@pytest.mark.parametrize(
    "label",
    ["self-consistent-kappa", "ring-sum", "relu-layer-eigenvalue", "screened-ridge", "four-point-vertex"],
)
def test_from_an_equation_to_its_code_and_test_and_back(site: Path, label: str) -> None:
    """Under the equation: the function that computes it and a test, at their lines."""
    listed = Links((site / "equations.html").read_text(encoding="utf-8"))
    page, _, anchor = next(a for a in listed.addresses if a.endswith(f"#equation-{label}")).partition("#")
    text = (site / page).read_text(encoding="utf-8")
    assert anchor in Links(text).anchors
    below = re.search(f'id="equation-{label}".*?class="computed-by">(.*?)</p>', text, re.DOTALL)
    assert below
    sources = Links(below[1]).addresses
    assert any("source/tests/" in address for address in sources)
    assert any("source/tests/" not in address for address in sources)
