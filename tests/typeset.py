"""What tests of typeset output share: LaTeX where it is installed, and an `align` read as one line."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest


def engine(name: str) -> str:
    """The path of pdflatex or lualatex; the test skips where it, tikz-feynman or pdftoppm is missing."""
    path, package = shutil.which(name), shutil.which("kpsewhich")
    if path is None or package is None or shutil.which("pdftoppm") is None:
        pytest.skip(f"{name}, kpsewhich and pdftoppm are needed to compile pictures")
    if subprocess.run([package, "tikz-feynman.sty"], capture_output=True, check=False).returncode:
        pytest.skip("tikz-feynman is not installed")
    return path


def compile_document(path: str, source: str, folder: Path, name: str = "document") -> str:
    """The log of a run without errors; the pages are in `name`.pdf."""
    (folder / f"{name}.tex").write_text(source, encoding="utf-8")
    command = [path, "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
    log = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
    assert run.returncode == 0, log[-2000:]
    return log


def unbroken(text: str) -> str:
    """The formula of an `align` without comments, line breaks and alignment."""
    body = re.fullmatch(r"\\begin\{align\}\n(.*)\n\\end\{align\}", text.strip(), re.DOTALL)
    assert body, text[:80]
    lines = [re.sub(r" % row [\d, ]+$", "", line).strip() for line in body[1].splitlines()]
    joined = " ".join(line for line in lines if line)
    joined = re.sub(r"\s*\\notag\\\\ &\\quad \{\} \\times ", r"\\,", joined)
    joined = joined.replace(r" \notag\\ &\quad {}", "")
    return joined.replace("&= ", "= ").removeprefix("& ")
