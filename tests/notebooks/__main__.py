"""`python -m tests.notebooks [NUMBER ...]` runs the texts of notebooks, or all, and stores their outputs."""

import sys
import time

import nbformat

from tests.notebooks.execution import executed
from tests.notebooks.pairs import TEXTS, from_text


def main(numbers: list[str]) -> None:
    for path in TEXTS:
        if numbers and path.stem.split("_")[0] not in numbers:
            continue
        start = time.perf_counter()
        notebook = executed(from_text(path))
        nbformat.validate(notebook)
        nbformat.write(notebook, path.with_suffix(".ipynb"))
        size = path.with_suffix(".ipynb").stat().st_size / 1e3
        print(f"{path.stem}: {time.perf_counter() - start:.0f} s, {size:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
