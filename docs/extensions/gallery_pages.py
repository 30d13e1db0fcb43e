"""The notebooks, with their stored outputs, as pages under gallery/, a folder that holds nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from sphinx.application import Sphinx


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
        text = json.dumps(notebook, indent=1).replace("](../docs/", "](../")
        page = folder / path.name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
    for page in set(folder.glob("*.ipynb")) - {folder / path.name for path in notebooks}:
        page.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write_gallery_pages)
    return {"parallel_read_safe": True}
