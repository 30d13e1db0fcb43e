r"""Feynman rules: the integral that a diagram stands for, as a SymPy expression and as LaTeX.

A diagram is its weight (symmetry factor times couplings) times a propagator for every edge, integrated over
the points of its vertices. A non-local vertex has a point for every leg and a function of them. In an
amputated diagram a vertex with external points sits at the first of them; a delta ties the others to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy.core.symbol import Str

from diagrams.arguments import TheoryError, require_instance, require_mapping, require_scalar, require_text
from diagrams.diagram import Diagram
from diagrams.statistics import outer_first
from diagrams.theories.constituents import Propagator, Vertex
from diagrams.theories.theory import Theory, require_theory
from fieldtheory.shown_value import shown

_KINDS = ("integral", "sum")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class PointIntegral(sympy.Expr):  # type: ignore[misc]
    r"""An integral (or a sum) over points, never carried out by SymPy: `integrand`, `points`, `kind`.

    `kind` is "integral" or "sum". The points are bound: they are not among the free symbols.

    >>> y1, C = sympy.Symbol("y1"), sympy.Function("C")
    >>> PointIntegral(C(y1, y1) ** 2, [y1])
    PointIntegral(C(y1, y1)**2, (y1,))
    >>> PointIntegral(C(y1, y1), [y1]).free_symbols
    set()
    """

    def __new__(cls, integrand: Any, points: Iterable[Any], kind: Any = "integral") -> PointIntegral:
        symbols = sympy.Tuple(*points)
        if not symbols or not all(isinstance(point, sympy.Symbol) for point in symbols):
            raise ValueError(f"points must be one or more SymPy symbols (got {tuple(symbols)})")
        if str(kind) not in _KINDS:
            raise ValueError(f"kind must be one of {_KINDS} (got {str(kind)!r})")
        made: PointIntegral = super().__new__(
            cls, require_scalar("integrand", integrand), symbols, Str(str(kind))
        )
        return made

    @property
    def integrand(self) -> sympy.Expr:
        """What is integrated."""
        return self.args[0]

    @property
    def points(self) -> tuple[sympy.Symbol, ...]:
        """The points integrated over."""
        return tuple(self.args[1])

    @property
    def kind(self) -> str:
        """'integral' or 'sum'."""
        return str(self.args[2])

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """Those of the integrand, without the points."""
        return set(self.integrand.free_symbols) - set(self.points)

    @property
    def bound_symbols(self) -> list[sympy.Symbol]:
        """The points."""
        return list(self.points)

    def _eval_subs(self, old: Any, new: Any) -> Any:
        if old in self.points:
            return self
        clash = sorted(set(self.points) & set(new.free_symbols), key=str)
        if clash and self.has(old):
            renamed = {point: sympy.Dummy(point.name) for point in clash}
            return self.xreplace(renamed).subs(old, new)
        return None

    def _sympystr(self, printer: Any) -> str:
        points = ", ".join(map(printer._print, self.points)) + ("," if len(self.points) == 1 else "")
        kind = "" if self.kind == "integral" else f", {self.kind!r}"
        return f"PointIntegral({printer._print(self.integrand)}, ({points}){kind})"

    _sympyrepr = _sympystr

    def _latex(self, printer: Any) -> str:
        inner = printer._print(self.integrand)
        if self.integrand.is_Add:
            inner = rf"\left({inner}\right)"
        return _measure([printer._print(point) for point in self.points], self.kind) + str(inner)


def _measure(points: list[str], kind: str) -> str:
    if kind == "sum":
        return rf"\sum_{{{','.join(points)}}} "
    return r"\int " + r"\,".join(rf"\mathrm{{d}}{point}" for point in points) + r"\; "


@dataclass(frozen=True)
class Rules:
    """The Feynman rules of a formula: names for the propagators, vertices and points of a diagram.

    `propagators`: function by pair of fields (default: the propagator's symbol, with the fields below where
    two propagators share it). `couplings`: by vertex name, instead of the theory's. `functions`: of a
    non-local vertex, by vertex name (default: V_ and that name). `latex`: of a function, by its name.
    External points are `external`1, `external`2, ...; vertices sit at `internal`1, ... `kind`: "integral" or
    "sum" over these. `delta`: the function that ties external points at one vertex of an amputated diagram.

    >>> Rules(kind="sum").internal
    'y'
    """

    propagators: Mapping[tuple[str, str], str] = field(default_factory=dict)
    couplings: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    latex: Mapping[str, str] = field(default_factory=dict)
    external: str = "x"
    internal: str = "y"
    kind: str = "integral"
    delta: str = "delta"

    def __post_init__(self) -> None:
        for what in ("propagators", "couplings", "functions", "latex"):
            named = require_mapping(
                what, getattr(self, what), "what stands in formulas by what it stands for"
            )
            for name in () if what == "couplings" else named.values():
                require_text(f"each value of {what}", name)
        for name, coupling in self.couplings.items():
            require_scalar(f"couplings: that of {shown(name)}", coupling)
        for what in ("external", "internal", "delta"):
            require_text(what, getattr(self, what))
        if not isinstance(self.kind, str) or self.kind not in _KINDS:
            raise TheoryError(f"kind must be one of {_KINDS} (got {shown(self.kind)})")
        if self.external == self.internal:
            raise TheoryError(
                "external and internal must be two different names "
                f"(got {self.external!r} and {self.internal!r})"
            )

    def propagator(self, theory: Theory, propagator: Propagator) -> str:
        """Name of the function that is the value of a propagator.

        >>> theory = Theory.scalar({4: 1})
        >>> Rules().propagator(theory, theory.propagators[0])
        'C'
        """
        require_theory(theory)
        require_instance("propagator", propagator, Propagator, "a Propagator of the theory")
        pair = (propagator.first, propagator.second)
        for key in (pair, (pair[1], pair[0])):
            if key in self.propagators:
                return self.propagators[key]
        symbol = propagator.symbol
        if sum(other.symbol == symbol for other in theory.propagators) == 1:
            return symbol
        return "_".join([symbol, *dict.fromkeys(pair)])

    def weight(self, diagram: Diagram) -> sympy.Expr:
        """Symmetry factor times couplings, with the sign of Grassmann fields."""
        require_instance("diagram", diagram, Diagram, "a Diagram, as `generate` gives them")
        vertices = [diagram.theory.vertices[v] for v in diagram.vertices]
        couplings = [require_scalar(v.name, self.couplings.get(v.name, v.coupling)) for v in vertices]
        return sympy.Mul(sympy.Rational(diagram.sign, diagram.symmetry_number), *couplings)


DEFAULT = Rules()

# A factor of the integrand: name of its function, its points
Factor = tuple[str, tuple[str, ...]]


def factors(diagram: Diagram, rules: Rules = DEFAULT) -> tuple[list[Factor], list[str]]:
    """The functions under the integral, one for every line and non-local vertex, and the points integrated.

    >>> from diagrams.generation.generator import generate
    >>> [tadpole] = generate(Theory.scalar({4: 1}), ("phi", "phi"), 1)
    >>> factors(tadpole)
    ([('C', ('x1', 'y1')), ('C', ('x2', 'y1')), ('C', ('y1', 'y1'))], ['y1'])
    """
    theory = diagram.theory
    outside = _amputated_legs(diagram, rules)
    legs: dict[tuple[int, str], list[str]] = {}  # free legs by node and field, the last one next
    points: list[str] = []
    vertices: list[Factor] = []
    for node, name in enumerate(diagram.external):
        legs[node, name] = [f"{rules.external}{node + 1}"]
    for node in _walk(diagram):
        vertex = theory.vertices[diagram.vertices[node - len(diagram.external)]]
        named = outside.get(node, [])
        own: list[str] = []
        for name in (f.name for f in theory.fields):
            ready = [point for field_name, point in named if field_name == name]
            for k in range(vertex.legs.get(name, 0)):
                if vertex.local and (own or named):
                    own.append(own[0] if own else named[0][1])
                elif k < len(ready):
                    own.append(ready[k])
                    continue  # nothing is tied to it
                else:
                    points.append(f"{rules.internal}{len(points) + 1}")
                    own.append(points[-1])
                legs.setdefault((node, name), []).insert(0, own[-1])
        if not vertex.local:
            vertices.append((rules.functions.get(vertex.name, f"V_{vertex.name}"), tuple(own)))
        else:
            vertices += [(rules.delta, (named[0][1], point)) for _, point in named[1:]]
    place = {point: k for k, point in enumerate(points, start=1)}
    edges: list[tuple[list[tuple[int, str]], Factor]] = []
    for _, (i, j, p) in outer_first(diagram.lines, len(diagram.external)):
        propagator = theory.propagators[p]
        ends = [legs[i, propagator.first].pop(), legs[j, propagator.second].pop()]
        sequence = sorted((place.get(end, 0), end) for end in ends)
        if propagator.first == propagator.second and propagator.first not in theory.grassmann:
            ends = [end for _, end in sequence]
        edges.append((sequence, (rules.propagator(theory, propagator), (ends[0], ends[1]))))
    return vertices + [factor for _, factor in sorted(edges)], points


def _amputated_legs(diagram: Diagram, rules: Rules) -> dict[int, list[tuple[str, str]]]:
    """Field and name of the external points at each vertex of an amputated diagram."""
    found: dict[int, list[tuple[str, str]]] = {}
    if diagram.amputated:
        for _, (i, j, _) in outer_first(diagram.edges, len(diagram.external)):
            outer, node = min(i, j), max(i, j)
            if outer < len(diagram.external):
                leg = diagram.external_legs[outer], f"{rules.external}{outer + 1}"
                found.setdefault(node, []).append(leg)
    return found


def _walk(diagram: Diagram) -> list[int]:
    """The vertices as one meets them coming from the external points, or from any vertex without those."""
    outer = len(diagram.external)
    near: dict[int, list[int]] = {}
    for i, j, _ in diagram.edges:
        near.setdefault(i, []).append(j)
        near.setdefault(j, []).append(i)
    seen = list(range(outer))
    for start in (-1, *range(outer, diagram.nodes)):
        if start >= 0 and start not in seen:
            seen.append(start)
        for node in seen:  # grows while it is walked along
            seen += [other for other in dict.fromkeys(near.get(node, [])) if other not in seen]
    return seen[outer:]


def expression(diagram: Diagram, rules: Rules = DEFAULT) -> sympy.Expr:
    r"""The diagram as a SymPy expression: weight times a `PointIntegral` of propagators.

    >>> from diagrams.generation.generator import generate
    >>> [tadpole] = generate(Theory.scalar({4: -sympy.Symbol("g")}), ("phi", "phi"), 1)
    >>> expression(tadpole)
    -g*PointIntegral(C(x1, y1)*C(x2, y1)*C(y1, y1), (y1,))/2
    """
    found, points = factors(diagram, rules)
    product = sympy.Mul(*(sympy.Function(name)(*map(sympy.Symbol, args)) for name, args in found))
    if points:
        product = PointIntegral(product, map(sympy.Symbol, points), rules.kind)
    return rules.weight(diagram) * product


def latex(diagram: Diagram, rules: Rules = DEFAULT) -> str:
    r"""The same as LaTeX (math mode, no package needed); parallel edges are powers.

    >>> from diagrams.generation.generator import generate
    >>> [tadpole] = generate(Theory.scalar({4: -sympy.Symbol("g")}), ("phi", "phi"), 1)
    >>> print(latex(tadpole))
    - \frac{g}{2} \int \mathrm{d}y_{1}\; C(x_{1},y_{1})\,C(x_{2},y_{1})\,C(y_{1},y_{1})
    """
    return latex_term(diagram, rules.weight(diagram), rules)


def text(diagram: Diagram, rules: Rules = DEFAULT) -> str:
    """The diagram in a line: its weight and the functions under the integral.

    >>> from diagrams.generation.generator import generate
    >>> [sunset] = (d for d in generate(Theory.scalar({4: 1}), ("phi", "phi"), 2) if not d.has_tadpoles)
    >>> print(text(sunset))
    1/6: C(x1,y1) C(x2,y2) C(y1,y2)^3
    """
    return f"{rules.weight(diagram)}: {integrand_text(diagram, rules)}"


def integrand_text(diagram: Diagram, rules: Rules = DEFAULT) -> str:
    """The functions under the integral as text, equal ones as a power."""
    counted = Counter(f"{name}({','.join(points)})" for name, points in factors(diagram, rules)[0])
    return " ".join(shown if n == 1 else f"{shown}^{n}" for shown, n in counted.items())


def latex_term(diagram: Diagram, weight: sympy.Expr, rules: Rules = DEFAULT) -> str:
    """The diagram as LaTeX with another weight in front."""
    found, points = factors(diagram, rules)
    powers: dict[Factor, int] = {}
    for each in found:
        powers[each] = powers.get(each, 0) + 1
    names = function_latex(diagram.theory, rules)
    pieces = []
    for (name, ends), power in powers.items():
        shown = names(name) + "(" + ",".join(map(name_latex, ends)) + ")"
        pieces.append(shown if power == 1 else f"{shown}^{{{power}}}")
    measure = _measure([name_latex(point) for point in points], rules.kind) if points else ""
    front = sympy.latex(weight)
    if weight.is_Add:
        front = rf"\left({front}\right)"
    if pieces and weight in (1, -1):
        front = "-" if weight == -1 else ""
    return " ".join(part for part in (front, (measure + r"\,".join(pieces)).strip()) if part)


def function_latex(theory: Theory, rules: Rules) -> Callable[[str], str]:
    """LaTeX of a function by its name; a default name is put together from the LaTeX of its fields."""
    known = {f.name: f.latex or name_latex(f.name) for f in theory.fields}
    made: dict[str, str] = {}
    for propagator in theory.propagators:
        name = rules.propagator(theory, propagator)
        fields = dict.fromkeys((propagator.first, propagator.second))
        if name == "_".join([propagator.symbol, *fields]):
            made[name] = f"{name_latex(propagator.symbol)}_{{{' '.join(known[f] for f in fields)}}}"
    for vertex in theory.vertices:
        made.setdefault(f"V_{vertex.name}", vertex_latex(vertex))
    return lambda name: rules.latex.get(name) or made.get(name) or name_latex(name)


def vertex_latex(vertex: Vertex) -> str:
    """The function of a vertex that is not local."""
    return rf"V_{{\mathrm{{{_escape(vertex.name)}}}}}"


def name_latex(name: str) -> str:
    """A name in formulas: a symbol where it can be one."""
    if _PLAIN.fullmatch(name):
        return str(sympy.latex(sympy.Symbol(name)))
    return rf"\mathrm{{{_escape(name)}}}"


def _escape(text: str) -> str:
    special = {"\\": r"\backslash ", "~": r"\sim ", "^": r"\wedge "}
    return "".join(special.get(c) or (f"\\{c}" if c in "#$%&_{}" else c) for c in text)
