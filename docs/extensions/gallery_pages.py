"""The notebooks, with their stored outputs, as pages under gallery/, a folder that holds nothing else."""

from __future__ import annotations

import json
from configparser import ConfigParser
from pathlib import Path

from sphinx.application import Sphinx


def links(repository: str, name: str) -> str:
    """Where the notebook `name` of a repository, "owner/name", runs without an installation."""
    binder = f"https://mybinder.org/v2/gh/{repository}/HEAD?labpath=notebooks%2F{name}"
    colab = f"https://colab.research.google.com/github/{repository}/blob/main/notebooks/{name}"
    install = f"%pip install git+https://github.com/{repository}"
    return f"Run it on [Binder]({binder}) or in [Colab]({colab}) (after `{install}`)."


def repository(root: Path) -> str:
    """The "owner/name" of the project URL `Source` in setup.cfg."""
    setup = ConfigParser()
    setup.read(root / "setup.cfg", encoding="utf-8")
    url = setup["metadata"]["project_urls"].partition("Source = ")[2].split()[0]
    return url.removeprefix("https://github.com/")


def write_gallery_pages(app: Sphinx) -> None:
    """Copies, as pages must lie below that of the site: links to docs/ shortened, no data of figures."""
    folder = Path(app.srcdir) / "gallery"
    folder.mkdir(exist_ok=True)
    notebooks = sorted((Path(app.srcdir).parent / "notebooks").glob("*.ipynb"))
    for path in notebooks:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
        for output in outputs:
            for kind in [kind for kind in output.get("data", ()) if "vnd.fieldtheory" in kind]:
                del output["data"][kind]
        title = notebook["cells"][0]
        source = "".join(title["source"])
        heading, _, rest = source.partition("\n")
        title["source"] = f"{heading}\n\n{links(repository(path.parents[1]), path.name)}\n{rest}"
        text = json.dumps(notebook, indent=1).replace("](../docs/", "](../")
        page = folder / path.name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
    for page in set(folder.glob("*.ipynb")) - {folder / path.name for path in notebooks}:
        page.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Pages are written before sources are read."""
    app.connect("builder-inited", write_gallery_pages)
    return {"parallel_read_safe": True}
