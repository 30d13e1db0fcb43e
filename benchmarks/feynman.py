"""Generating diagrams, against feyngraph where it is installed (`pip install feyngraph`)."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from benchmarks.clock import Row, median_seconds
from diagrams import Theory, generate


def all_phi4() -> None:
    """Connected phi^4: vacuum to 6 vertices, two- and four-point to 5."""
    theory = Theory.scalar({4: 1})
    for points, highest in ((0, 6), (2, 5), (4, 5)):
        for vertices in range(1, highest + 1):
            for _ in generate(theory, ("phi",) * points, vertices, by="vertices"):
                pass


def feyngraph_vacuum(loops: int) -> Callable[[], object]:
    """All phi^3 vacuum diagrams with that many loops, by feyngraph."""
    import feyngraph

    model = feyngraph.Model.empty()
    model.add_particle("phi", "phi", 1, 1, 101, "phi", "phi", "dashed", False)
    model.add_vertex("phi3", ["phi"] * 3, [], {})
    return lambda: feyngraph.DiagramGenerator([], [], loops, model, feyngraph.DiagramSelector()).generate()


def rows() -> list[Row]:
    """phi^4 all together; phi^3 vacuum diagrams with eight vertices (five loops)."""
    together = median_seconds(all_phi4, repeats=5)
    cubic = Theory.scalar({3: 1})
    ours = median_seconds(lambda: list(generate(cubic, (), 8, by="vertices")), repeats=7)
    alternative, ratio = "", None
    if find_spec("feyngraph"):
        theirs = median_seconds(feyngraph_vacuum(5), repeats=3)
        alternative, ratio = f"feyngraph: {theirs:.1f} s", theirs / ours
    return [
        Row(
            "connected φ⁴ diagrams, vacuum to 6 vertices, two- and four-point to 5",
            f"{together:.2f} s",
            "",
            None,
        ),
        Row("φ³ vacuum diagrams with 8 vertices", f"{ours * 1e3:.0f} ms", alternative, ratio),
    ]
