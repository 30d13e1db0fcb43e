r"""The layout of a drawing: where a diagram's points, lines and labels go.

Nodes minimise the stress sum (|x_i - x_j| - d_ij)^2 / d_ij^2, d the graph distance (Kamada & Kawai, Inf.
Process. Lett. 31 (1989) 7), plus a penalty where a node comes near a line that is not its own. Of several
fixed starts the one with the fewest crossings and the least energy wins. A self-loop takes part as a node
of its own, so that room is made for it. Unit: about one edge; origin top left, y downwards.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

from diagrams.diagram import Diagram
from fieldtheory.array_types import Floats

STARTS, STEPS, SEED = 20, 140, 1
LENGTHS = (0.9, 1.1, 1.3, 1.5, 1.6)  # of an outer edge, and of bundles of 1, 2, 3, more edges
BENDS = {1: 0.0, 2: 40.0, 3: 55.0, 4: 65.0}  # outermost angle of a bundle, in degrees
UPWARDS = 0.15  # pull on vertices of one- and two-point diagrams
LOOP = 0.27  # radius of a tadpole
TEXT = 0.3  # font size
MARGIN = 0.15


class Point(NamedTuple):
    """A point of the canvas."""

    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """One edge: a chain of cubic Bezier curves (1 + 3k points) from its first node to its second.

    `angle`, in degrees: how far it bends to the left of its chord (y upwards), or where a self-loop points.
    """

    edge: tuple[int, int, int]
    path: tuple[Point, ...]
    angle: float


@dataclass(frozen=True)
class Label:
    """A text and the box that it needs."""

    text: str
    centre: Point
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """A drawing: node positions, one line per edge, the labels of the external points, the canvas size."""

    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    width: float
    height: float


@lru_cache(maxsize=1024)
def arrange(diagram: Diagram) -> Layout:
    """The drawing of a diagram; equal diagrams get equal drawings.

    >>> from diagrams import Theory, generate
    >>> tadpole = next(generate(Theory.scalar({4: 1}), ("phi", "phi"), 1))
    >>> first, second, vertex = arrange(tadpole).points
    >>> first.x < vertex.x < second.x
    True
    """
    graph = _Graph.of(diagram)
    nodes = _place(graph)
    lines = _lines(diagram, graph, nodes)
    return _on_canvas(nodes[: diagram.nodes], lines, graph.labels)


def text_width(text: str, size: float = TEXT) -> float:
    """A generous estimate of the width of a text."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return size * (0.62 * len(text) + 0.45 * wide)


def unicode_name(name: str) -> str:
    r"""A field's or coupling's name, with a Greek letter for one that is spelt out.

    >>> ascii([unicode_name(name) for name in ("phi~", "Lambda", "b")])
    "['\\u03c6\\u0303', '\\u039b', 'b']"
    """
    stem = name.rstrip("~'0123456789_")
    case = "CAPITAL" if stem[:1].isupper() else "SMALL"
    letter = "LAMDA" if stem.lower() == "lambda" else stem.upper()
    try:
        rest = name[len(stem) :].replace("~", "\N{COMBINING TILDE}")
        return unicodedata.lookup(f"GREEK {case} LETTER {letter}") + rest
    except (KeyError, UnicodeEncodeError):
        return name


def sample(path: tuple[Point, ...], pieces: int = 12) -> Floats:
    """Points along a chain of cubics, shape (n, 2)."""
    t = np.linspace(0, 1, pieces + 1)[:, None]
    points = np.array(path)
    return np.concatenate(
        [
            (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
            for a, b, c, d in (points[k : k + 4] for k in range(0, len(points) - 1, 3))
        ]
    )


@dataclass(frozen=True)
class _Graph:
    """What the placement sees: distances between nodes (self-loops are nodes of their own), and chords."""

    distances: Floats
    chords: dict[tuple[int, int], int]  # ends, number of parallel edges
    loops: dict[int, int]  # edge, node that stands for it
    pinned: Floats  # external points, y upwards
    reach: float  # vertices keep |x| below it
    spine: list[int]  # vertices that every way from 1 to 2 passes
    labels: tuple[Label, ...]

    @classmethod
    def of(cls, diagram: Diagram) -> _Graph:
        from scipy.sparse.csgraph import shortest_path

        outer = len(diagram.external)
        chords = Counter((min(i, j), max(i, j)) for i, j, _ in diagram.edges if i != j)
        own = [k for k, (i, j, _) in enumerate(diagram.edges) if i == j]
        loops = {k: diagram.nodes + n for n, k in enumerate(own)}
        size = diagram.nodes + len(loops)
        lengths = np.zeros((size, size))
        for (i, j), count in chords.items():
            lengths[i, j] = LENGTHS[0] if i < outer else LENGTHS[min(count, len(LENGTHS) - 1)]
        for k, node in loops.items():
            lengths[diagram.edges[k][0], node] = 0.5
            chords[(diagram.edges[k][0], node)] = 1
        distances = shortest_path(lengths, directed=False)
        stand_ins = list(loops.values())
        if outer:  # neighbouring tadpoles on a line stand side by side
            distances[np.ix_(stand_ins, stand_ins)] -= 0.8 * (1 - np.eye(len(loops)))
        for k, l in combinations(own, 2):
            if diagram.edges[k][0] == diagram.edges[l][0]:
                distances[loops[k], loops[l]] = distances[loops[l], loops[k]] = 1.0
        finite = distances[np.isfinite(distances)]
        distances[~np.isfinite(distances)] = min(finite.max(), 1.5) + 0.8
        left = max(outer // 2, min(outer, 1))
        across = distances[:left, left:outer]
        width = max(float(across.max()), 1.8) if across.size else 1.8
        pinned = np.array(
            [(-width / 2, (left - 1) / 2 - k) for k in range(left)]
            + [(width / 2, (outer - left - 1) / 2 - k) for k in range(outer - left)]
        ).reshape(outer, 2)
        reach = width / 2 + (0.3 if outer == 2 else -0.5) if outer > 1 else math.inf
        names = diagram.external_legs if diagram.amputated else diagram.external
        labels = tuple(_outer_label(name, k, pinned[k], k < left) for k, name in enumerate(names))
        return cls(distances, dict(chords), loops, pinned, reach, _spine(diagram), labels)


def _spine(diagram: Diagram) -> list[int]:
    from scipy.sparse.csgraph import shortest_path

    if len(diagram.external) != 2:
        return []
    joined = np.zeros((diagram.nodes, diagram.nodes))
    for i, j, _ in diagram.edges:
        joined[i, j] = 1
    spine = []
    for v in range(2, diagram.nodes):
        rest = joined.copy()
        rest[v] = rest[:, v] = 0
        if np.isinf(shortest_path(rest, directed=False, unweighted=True, indices=0)[1]):
            spine.append(v)
    return spine


def _place(graph: _Graph) -> Floats:
    """Positions of all nodes, y upwards."""
    size, outer = len(graph.distances), len(graph.pinned)
    rng = np.random.default_rng(SEED)
    starts = STARTS if size < 7 else 2 * STARTS
    nodes = rng.normal(size=(starts, size, 2))
    circle = 2 * np.pi * np.arange(size) / size
    for start in range(starts // 2):
        nodes[start] = np.stack([np.cos(circle), np.sin(circle)], axis=1)[rng.permutation(size)]
    if outer == 2:
        nodes[..., 1] = np.abs(nodes[..., 1])
    nodes[:, :outer] = graph.pinned
    nodes[:, graph.spine, 1] = 0
    penalty = _Nearness(graph)
    mean, square = np.zeros_like(nodes), np.zeros_like(nodes)
    for step in range(STEPS):  # Adam
        _, slope = _energy(graph, penalty, nodes, (step / STEPS) ** 2)
        slope[:, :outer] = 0
        slope[:, graph.spine, 1] = 0
        mean = 0.8 * mean + 0.2 * slope
        square = 0.95 * square + 0.05 * slope**2
        rate = 0.15 * (1 - step / STEPS) + 0.001
        nodes = nodes - rate * mean / (np.sqrt(square) + 1e-3)
    energy, _ = _energy(graph, penalty, nodes, 1.0)
    scores = [e + 0.6 * _crossings(graph.chords, x) for e, x in zip(energy, nodes, strict=True)]
    best = nodes[int(np.argmin(np.round(scores, 3)))]
    if outer == 0:
        best = _turned(best, list(graph.chords))
    return np.asarray(np.round(best, 3) + 0.0)


class _Nearness:
    """Pairs (node, chord of others) that should keep a distance, as incidence matrices."""

    def __init__(self, graph: _Graph) -> None:
        size, ghosts = len(graph.distances), set(graph.loops.values())
        rows = [
            (k, a, b, (0.5 if k in ghosts or b in ghosts else 0.42) + 0.08 * (count - 1))
            for (a, b), count in graph.chords.items()
            for k in range(size)
            if k not in (a, b) and not (k in ghosts and b in ghosts)
        ]
        anchors = [label.centre for label in graph.labels]  # fixed nodes behind the others
        for k, label in enumerate(graph.labels):
            rows += [
                (size + k, a, b, label.width / 2 + (0.4 if b in ghosts else 0.15))
                for a, b in graph.chords
                if a != k
            ]
        self.anchors = np.array(anchors).reshape(-1, 2)
        self.clearance = np.array([c for *_, c in rows])
        self.node, self.first, self.second = (np.array([row[q] for row in rows], dtype=int) for q in range(3))
        eye = np.eye(size + len(anchors), size)
        self.on_node, self.on_first, self.on_second = eye[self.node], eye[self.first], eye[self.second]


def _energy(graph: _Graph, near: _Nearness, nodes: Floats, strength: float) -> tuple[Floats, Floats]:
    """Energies (starts,) and their gradients (starts, nodes, 2)."""
    across, up = (nodes[:, :, None, k] - nodes[:, None, :, k] for k in (0, 1))
    r = np.sqrt(across**2 + up**2) + 1e-9
    d = graph.distances + np.eye(len(graph.distances))
    weight = (1 - np.eye(len(d))) / d**2
    off = weight * (r - d)
    energy = (off * (r - d)).sum(axis=(1, 2)) / 2
    pull = 2 * off / r
    slope = np.stack([(pull * across).sum(axis=2), (pull * up).sum(axis=2)], axis=-1)
    inner = slice(len(graph.pinned), len(d) - len(graph.loops))
    beyond = np.maximum(np.abs(nodes[:, inner, 0]) - graph.reach, 0)
    energy += 3 * (beyond**2).sum(axis=1)
    slope[:, inner, 0] += 6 * beyond * np.sign(nodes[:, inner, 0])
    if 0 < len(graph.pinned) <= 2:  # grow upwards, or away from a single external point
        axis = len(graph.pinned) - 1
        energy -= UPWARDS * nodes[..., axis].sum(axis=1)
        slope[..., axis] -= UPWARDS
    if len(near.node):
        chord = nodes[:, near.second] - nodes[:, near.first]
        fixed = np.broadcast_to(near.anchors, (len(nodes), *near.anchors.shape))
        to_node = np.concatenate([nodes, fixed], axis=1)[:, near.node] - nodes[:, near.first]
        t = np.clip(_dot(to_node, chord) / (_dot(chord, chord) + 1e-9), 0, 1)[..., None]
        gap = to_node - t * chord
        length = np.sqrt(_dot(gap, gap)) + 1e-6
        short = np.maximum(near.clearance - length, 0)
        energy += 8 * strength * (short**2).sum(axis=1)
        force = (-16 * strength * short / length)[..., None] * gap
        slope += near.on_node.T @ force
        slope -= near.on_first.T @ ((1 - t) * force) + near.on_second.T @ (t * force)
    return energy, slope


def _dot(a: Floats, b: Floats) -> Floats:
    """Scalar products of vectors in the plane."""
    return np.asarray(a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1])


def _crossings(chords: dict[tuple[int, int], int], nodes: Floats) -> int:
    """How many pairs of edges without a common end cross, as if straight."""

    def side(a: int, b: int, c: int) -> bool:
        (ax, ay), (bx, by), (cx, cy) = nodes[a], nodes[b], nodes[c]
        return bool((bx - ax) * (cy - ay) > (by - ay) * (cx - ax))

    return sum(
        m * n
        for ((a, b), m), ((c, d), n) in combinations(chords.items(), 2)
        if len({a, b, c, d}) == 4 and side(a, b, c) != side(a, b, d) and side(c, d, a) != side(c, d, b)
    )


def _turned(nodes: Floats, chords: list[tuple[int, int]]) -> Floats:
    """Rotated so that it lies flat and many chords are horizontal or vertical."""
    ways = []
    for a, b in chords:
        x, y = nodes[b] - nodes[a]
        for angle in (math.atan2(y, x), math.atan2(y, x) + math.pi / 2):
            c, s = math.cos(angle), math.sin(angle)
            turned = (nodes - nodes.mean(axis=0)) @ np.array([[c, -s], [s, c]])
            steps = np.array([turned[j] - turned[i] for i, j in chords])
            skew = (np.abs(steps).min(axis=1) / np.hypot(*steps.T)).mean()
            width, height = np.ptp(turned, axis=0)
            ways.append((round(float(skew + 0.5 * (height - width) / (height + width)), 2), turned))
    return min(ways, key=lambda way: way[0])[1] if ways else nodes


def _lines(diagram: Diagram, graph: _Graph, nodes: Floats) -> list[Line]:
    seen: Counter[tuple[int, int]] = Counter()
    lines = []
    for k, edge in enumerate(diagram.edges):
        i, j, _ = edge
        if i == j:
            lines.append(_loop(edge, nodes[i], nodes[graph.loops[k]]))
            continue
        pair = (min(i, j), max(i, j))
        count = graph.chords[pair]
        if count == 1:
            angle = _free_bend(nodes, i, j)
        else:
            room = min(_room(graph, nodes, i, j), _room(graph, nodes, j, i))
            angle = max(min(BENDS.get(count, 75.0), room), 18.0) * (1 - 2 * seen[pair] / (count - 1))
            angle = angle if i < j else -angle
        seen[pair] += 1
        lines.append(Line(edge, _arc(nodes[i], nodes[j], angle), angle))
    return lines


def _room(graph: _Graph, nodes: Floats, i: int, j: int) -> float:
    """The bend in degrees that a bundle from i to j may have before it meets its neighbours at i."""
    room = 90.0
    for (a, b), count in graph.chords.items():
        if i in (a, b) and j not in (a, b):
            u, v = nodes[j] - nodes[i], nodes[b if a == i else a] - nodes[i]
            gap = abs(math.degrees(math.atan2(u[0] * v[1] - u[1] * v[0], u @ v)))
            room = min(room, gap * (0.42 if count > 1 else 0.7))
    return room


def _arc(start: Floats, end: Floats, angle: float) -> tuple[Point, ...]:
    """A cubic that leaves the chord by `angle` on its left at both ends (the rule of TikZ's bend left)."""
    x, y = 0.3915 * (end - start)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    first = start + np.array([c * x - s * y, s * x + c * y])
    second = end - np.array([c * x + s * y, -s * x + c * y])
    return tuple(Point(float(p[0]), float(p[1])) for p in (start, first, second, end))


def _free_bend(nodes: Floats, i: int, j: int) -> float:
    """The bend of a single edge: none, unless the straight line runs into a node."""
    others = np.delete(nodes, [i, j], axis=0)
    if not len(others):
        return 0.0

    def clearance(angle: float) -> float:
        curve = sample(_arc(nodes[i], nodes[j], angle))
        return float(np.sqrt(((curve[:, None] - others) ** 2).sum(-1)).min())

    return 0.0 if clearance(0.0) > 0.2 else max((0.0, 30.0, -30.0, 50.0, -50.0), key=clearance)


def _loop(edge: tuple[int, int, int], node: Floats, ghost: Floats) -> Line:
    """A circle through the node, four quarter arcs."""
    towards = math.atan2(*(ghost - node)[::-1])
    centre = node + LOOP * np.array([math.cos(towards), math.sin(towards)])
    path = []
    for quarter in range(4):
        for turn, stretch in ((0.0, 0.0), (0.0, 0.5523), (np.pi / 2, -0.5523)):
            a = towards + np.pi + quarter * np.pi / 2 + turn
            out, along = np.array([math.cos(a), math.sin(a)]), np.array([-math.sin(a), math.cos(a)])
            path.append(centre + LOOP * (out + stretch * along))
    path = [node, *path[1:], node]
    return Line(edge, tuple(Point(float(p[0]), float(p[1])) for p in path), math.degrees(towards))


def _outer_label(name: str, position: int, node: Floats, left: bool) -> Label:
    text = unicode_name(name) + "".join("₀₁₂₃₄₅₆₇₈₉"[int(c)] for c in str(position + 1))
    width = text_width(text)
    aside = 0.12 + width / 2
    return Label(
        text, Point(float(node[0] + (-aside if left else aside)), float(node[1])), width, 1.25 * TEXT
    )


def _on_canvas(nodes: Floats, lines: list[Line], labels: tuple[Label, ...]) -> Layout:
    """Shifted to positive coordinates, y downwards."""
    ink = [nodes, *(sample(line.path) for line in lines)]
    ink += [np.array(c.centre) + [[s * c.width / 2, s * c.height / 2] for s in (-1, 1)] for c in labels]
    everything = np.concatenate([*ink, np.zeros((0 if len(nodes) else 1, 2))])
    (left, bottom), (right, top) = everything.min(axis=0) - MARGIN, everything.max(axis=0) + MARGIN

    def shifted(x: float, y: float) -> Point:
        return Point(round(float(x - left), 4), round(float(top - y), 4))

    return Layout(
        tuple(shifted(x, y) for x, y in nodes),
        tuple(Line(a.edge, tuple(shifted(*p) for p in a.path), round(a.angle, 2)) for a in lines),
        tuple(Label(c.text, shifted(*c.centre), c.width, c.height) for c in labels),
        round(float(right - left), 4),
        round(float(top - bottom), 4),
    )
