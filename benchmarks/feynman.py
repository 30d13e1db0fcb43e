"""Generating diagrams, against symbolica and feyngraph where these are installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.clock import Row, time_row, timed, timed_once
from benchmarks.peers import installed
from diagrams import Theory, generate


def ours(degree: int, points: int, vertices: int) -> int:
    """Connected diagrams of phi^degree with that many vertices, and all with fewer; their number."""
    theory = Theory.scalar({degree: 1})
    return sum(
        sum(1 for _ in generate(theory, ("phi",) * points, number, by="vertices"))
        for number in range(1, vertices + 1)
    )


def symbolica(degree: int, points: int, vertices: int) -> int:
    """The same by symbolica, which counts loops (and has the bare line, and vertices without lines)."""
    from symbolica import Graph, HalfEdge, S

    leg = HalfEdge(S("phi"))
    found: dict[Any, Any] = Graph.generate(
        external_edges=[(k + 1, leg) for k in range(points)],
        vertex_signatures=[[leg] * degree],
        max_loops=(degree - 2) * vertices // 2 - points // 2 + 1,
        allow_self_loops=True,
        allow_zero_flow_edges=True,
    )
    return len(found)


def feyngraph(degree: int, points: int, vertices: int) -> int:
    """Those with exactly so many vertices by feyngraph."""
    import feyngraph as peer

    model = peer.Model.empty()
    model.add_particle("phi", "phi", 1, 1, 101, "phi", "phi", "dashed", False)
    model.add_vertex("vertex", ["phi"] * degree, [], {})
    loops = (degree - 2) * vertices // 2 - points // 2 + 1
    generator = peer.DiagramGenerator(["phi"] * points, [], loops, model, peer.DiagramSelector())
    return len(generator.generate())


def all_phi4(generator: Callable[[int, int, int], int]) -> None:
    """Vacuum to 6 vertices, two- and four-point to 5."""
    for points, vertices in ((0, 6), (2, 5), (4, 5)):
        generator(4, points, vertices)


def rows() -> list[Row]:
    """Everything up to a number of vertices, and one filter."""
    together = timed(partial(all_phi4, ours), repeats=5)
    peer = timed(partial(all_phi4, symbolica), repeats=5) if installed("symbolica") else None
    what = "connected φ⁴ diagrams, vacuum to 6 vertices, two- and four-point to 5"
    found = [time_row(what, together, "symbolica" if peer else "", peer)]
    for degree, points, vertices in (
        (3, 0, 8),
        (3, 0, 10),
        (4, 0, 8),
        (4, 2, 7),
        (4, 4, 5),
        (3, 2, 10),
        (3, 2, 12),
    ):
        repeats = 1 if vertices == 12 else 5
        count = ours(degree, points, vertices)
        mine = timed(partial(ours, degree, points, vertices), repeats)
        name = {0: "vacuum", 2: "two-point", 4: "four-point"}[points]
        what = f"φ{'³⁴'[degree - 3]} {name} diagrams to {vertices} vertices, {count:,} of them"
        peer = (
            timed(partial(symbolica, degree, points, vertices), repeats) if installed("symbolica") else None
        )
        found.append(time_row(what, mine, "symbolica" if peer else "", peer))
    if installed("feyngraph"):
        theory = Theory.scalar({3: 1})
        mine = timed(lambda: list(generate(theory, (), 8, by="vertices")), repeats=7)
        theirs = timed_once(partial(feyngraph, 3, 0, 8))
        found.append(time_row("φ³ vacuum diagrams with exactly 8 vertices", mine, "feyngraph", theirs))
    theory = Theory.scalar({4: 1})

    def filtered(**only: bool) -> int:
        return sum(
            sum(1 for _ in generate(theory, ("phi", "phi"), number, by="vertices", **only))
            for number in range(1, 7)
        )

    whole, part = (
        timed(filtered, repeats=5),
        timed(partial(filtered, one_particle_irreducible=True), repeats=5),
    )
    few, many = filtered(one_particle_irreducible=True), filtered()
    share = f"{few} irreducible of {many} φ⁴ two-point diagrams to 6 vertices"
    found.append(time_row(share, part, "all", whole))
    return found
