"""Every argument of every public function of `diagrams`, given what makes no sense.

Each call works as it stands here; then one argument after the other is replaced by objects of wrong types.
Whatever an argument does not take, by its row, is refused with ValueError or TypeError, in one short line
that names the argument and the value and says what it must be.
"""

import inspect
import types
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import sympy

import diagrams
import fieldtheory

G = sympy.Symbol("g")
X, A = sympy.symbols("x a")
PHI4 = diagrams.Theory.scalar({4: -G})
TADPOLE = next(diagrams.generate(PHI4, ("phi", "phi"), 1))
EXPANSION = diagrams.Expansion.of([TADPOLE])
TABLE = diagrams.tabulate([TADPOLE], {G: 1})
COMPILED = diagrams.compile_expression(X**2, [X])
PRODUCT = diagrams.ProductVertex(1.0, [[1.0, 2.0]])
FACTORISED = diagrams.FactorisedVertex([1.0], {"phi": [[1.0, 2.0]]})
ZONAL = diagrams.ZonalValue(np.ones(2), np.ones(2), 0.0, np.zeros(2))
TEXT = 'fields = ["phi"]\nvertices = [{legs = {phi = 4}, coupling = "-g"}]'


class Stranger:
    """An object of no use to anyone, which prints on several lines."""

    def __init__(self, *given: Any) -> None:
        pass

    def __repr__(self) -> str:
        return "<a\nstranger>"


STRANGER = Stranger()
WRONG: dict[str, Any] = {
    "None": None,
    "text": "no such\nthing",
    "empty": "",
    "bytes": b"10",
    "int": -7,
    "nan": float("nan"),
    "bool": True,
    "list": [STRANGER],
    "nested": [[[1, 2], "x"], {}],
    "dict": {STRANGER: STRANGER},
    "object": STRANGER,
    "class": Stranger,
    "symbol": sympy.Symbol("unheard_of"),
    "long": "x" * 10_000,
    "huge": 10**6000,
}
STRINGS = {"text", "long"}  # what a free text takes
NUMBERS = {"int", "huge"}  # ... a coupling
SCALARS = {"int", "huge", "symbol"}  # ... a scalar


@dataclass(frozen=True)
class Call:
    """A call that works, what each argument takes of the wrong, and how messages call it."""

    function: Any
    arguments: dict[str, Any]
    takes: dict[str, set[str]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    values: tuple[Any, ...] = ()  # of *args


FLAG = {"bool"}
FLAGS = (
    "connected",
    "one_particle_irreducible",
    "tadpoles",
    "self_energies",
    "on_shell",
    "skeletons",
    "vacuum_bubbles",
)
T = diagrams.Theory
CALLS: dict[str, Call] = {
    "CompiledExpression": Call(diagrams.CompiledExpression, {"variables": (X,), "table": COMPILED.table}),
    "CompiledExpression.__call__": Call(
        COMPILED, {}, {"values": {"int", "nan", "bool"}}, values=([1.0, 2.0],)
    ),
    "Diagram": Call(
        diagrams.Diagram,
        {
            "theory": PHI4,
            "external": TADPOLE.external,
            "vertices": TADPOLE.vertices,
            "edges": TADPOLE.edges,
            "symmetry_number": 2,
            "amputated": False,
        },
        {"amputated": FLAG},
    ),
    "Expansion": Call(
        diagrams.Expansion,
        {"diagrams": (TADPOLE,), "weights": (G,), "order": ""},
        {"order": STRINGS | {"empty"}},
    ),
    "Expansion.of": Call(
        diagrams.Expansion.of, {"diagrams": [TADPOLE], "order": ""}, {"order": STRINGS | {"empty"}}
    ),
    "Expansion.select": Call(EXPANSION.select, {"keep": lambda diagram: True}, {"keep": {"class"}}),
    "Expansion.truncate": Call(EXPANSION.truncate, {"highest": 1, "by": "loops"}),
    "Expansion.under": Call(EXPANSION.under, {"rules": diagrams.Rules()}),
    "Expansion.latex": Call(EXPANSION.latex, {"rules": diagrams.Rules()}),
    "Expansion.terms": Call(EXPANSION.terms, {"rules": diagrams.Rules()}),
    "Expansion.weight_of": Call(EXPANSION.weight_of, {"diagram": TADPOLE}),
    "FactorisedVertex": Call(diagrams.FactorisedVertex, {"weights": [1.0], "factors": [[1.0, 2.0]]}),
    "FactorisedVertex.factor": Call(FACTORISED.factor, {"name": "phi"}, said={"name": "factors"}),
    "FactorisedVertex.tensor": Call(FACTORISED.tensor, {"legs": ("phi", "phi")}),
    "ProductVertex": Call(
        diagrams.ProductVertex, {"coefficient": 1.0, "factors": [[1.0, 2.0]]}, {"coefficient": {"int"}}
    ),
    "ProductVertex.tensor": Call(PRODUCT.tensor, {"name": "phi"}, {"name": STRINGS}),
    "Field": Call(
        diagrams.Field,
        {"name": "phi", "latex": "", "statistics": "commuting"},
        {"name": STRINGS, "latex": STRINGS | {"empty"}},
    ),
    "Propagator": Call(
        diagrams.Propagator,
        {"first": "phi", "second": "chi", "name": "", "directed": False, "value": None},
        {
            "first": STRINGS,
            "second": STRINGS,
            "name": STRINGS | {"empty"},
            "directed": FLAG,
            "value": SCALARS | {"None"},
        },
    ),
    "Rules": Call(
        diagrams.Rules,
        {
            "propagators": {},
            "couplings": {},
            "functions": {},
            "latex": {},
            "external": "x",
            "internal": "y",
            "kind": "integral",
            "delta": "delta",
        },
        {"external": STRINGS, "internal": STRINGS, "delta": STRINGS},
    ),
    "Rules.propagator": Call(
        diagrams.Rules().propagator, {"theory": PHI4, "propagator": PHI4.propagators[0]}
    ),
    "Rules.weight": Call(diagrams.Rules().weight, {"diagram": TADPOLE}),
    "Theory": Call(
        T,
        {
            "fields": PHI4.fields,
            "propagators": PHI4.propagators,
            "vertices": PHI4.vertices,
            "background": {},
            "constant": 0,
            "degree": None,
        },
        {"constant": SCALARS, "degree": {"None"}},
    ),
    "Theory.effective_action": Call(PHI4.effective_action, {"loops": 2, "most_loops": 7}, {"loops": set()}),
    "EffectiveAction": Call(
        diagrams.EffectiveAction, {"theory": PHI4, "loops": 1, "diagrams": diagrams.Expansion()}
    ),
    "EffectiveAction.latex": Call(PHI4.effective_action(2).latex, {"rules": diagrams.Rules()}),
    "Theory.from_action": Call(
        T.from_action,
        {"action": A * X**2 / 2 + G * X**4, "fields": [X], "background": None, "degree": None, "small": [G]},
        {"background": {"None"}, "degree": {"None", "huge"}, "small": set()},
    ),
    "Theory.from_cumulants": Call(
        T.from_cumulants,
        {"cumulants": {3: G}, "propagators": None, "orders": None},
        {"propagators": {"None"}, "orders": {"None"}},
    ),
    "Theory.require_known": Call(
        PHI4.require_known, {"what": "external", "names": ["phi"]}, {"what": set(WRONG)}, {"names": "field"}
    ),
    "Theory.scalar": Call(T.scalar, {"couplings": {4: 1}, "name": "phi"}, {"name": STRINGS}),
    "Theory.with_counterterms": Call(
        PHI4.with_counterterms, {"counterterms": {2: G}, "by": "loops"}, {"by": STRINGS}
    ),
    "Vertex": Call(
        diagrams.Vertex,
        {"name": "v", "legs": {"phi": 4}, "coupling": G, "orders": {}, "local": True},
        {"name": STRINGS, "coupling": SCALARS, "local": FLAG},
    ),
    "ZonalValue": Call(
        diagrams.ZonalValue,
        {"values": np.ones(2), "degrees": np.ones(2), "truncation": 0.0, "stderr": np.zeros(2)},
    ),
    "ZonalValue.plot": Call(ZONAL.plot, {"axes": None}, {"axes": {"None"}}),
    "built_in_theory": Call(diagrams.built_in_theory, {"name": "phi4"}),
    "compile_expression": Call(
        diagrams.compile_expression, {"expression": X**2, "variables": [X]}, {"expression": {"int"}}
    ),
    "draw_sheet": Call(
        diagrams.draw_sheet,
        {"diagrams": [TADPOLE], "columns": 0, "title": "", "numbers": None},
        {"title": STRINGS | {"empty"}, "numbers": {"None"}},
    ),
    "evaluate_numbers": Call(
        diagrams.evaluate_numbers, {"table": TABLE, "propagators": 2}, {"propagators": SCALARS}
    ),
    "evaluate_points": Call(
        diagrams.evaluate_points,
        {"table": TABLE, "propagators": np.eye(2), "weights": None, "fixed": None, "vertices": None},
        {"weights": {"None"}, "fixed": {"None"}, "vertices": {"None", "dict"}},
    ),
    "evaluate_sphere": Call(
        diagrams.evaluate_sphere,
        {
            "table": TABLE,
            "propagators": [1.0, 0.5],
            "transform": fieldtheory.AngleTransform.build(3, 1),
            "irreducible": "error",
            "samples": 100,
            "seed": 0,
        },
        {"samples": {"huge"}, "seed": {"huge"}},
    ),
    "generate": Call(
        diagrams.generate,
        {
            "theory": PHI4,
            "external": ("phi", "phi"),
            "order": 1,
            "by": "vertices",
            "connected": True,
            "one_particle_irreducible": False,
            "tadpoles": True,
            "self_energies": True,
            "on_shell": False,
            "skeletons": False,
            "vacuum_bubbles": False,
        },
        dict.fromkeys(FLAGS, FLAG),
    ),
    "read_theory": Call(diagrams.read_theory, {"path": None}),
    "selection_rule": Call(diagrams.selection_rule, {"theory": PHI4, "external": ("phi", "phi")}),
    "tabulate": Call(diagrams.tabulate, {"source": [TADPOLE], "couplings": None}, {"couplings": {"None"}}),
    "theory_from_formula": Call(
        diagrams.theory_from_formula,
        {"action": "m*phi^2/2 + g*phi^4", "fields": ["phi"], "small": ["g"], "source": "action"},
        {"source": {"text"}},
    ),
    "theory_from_text": Call(
        diagrams.theory_from_text,
        {"text": TEXT, "language": "toml", "source": "text"},
        {"source": {"text"}},
    ),
    "wick": Call(diagrams.wick, {"theory": PHI4, "external": ("phi",) * 2, "vertices": ("phi4",)}),
}
ERRORS = {"TheoryError", "UnreducedDiagram"}  # exceptions take any message


def public_calls() -> dict[str, Any]:
    """Everything in the face that can be called with arguments, methods of its classes included."""
    found: dict[str, Any] = {}
    for name in sorted(set(diagrams.__all__) - ERRORS):
        value = getattr(diagrams, name)
        found[name] = value
        for method, inner in vars(value).items() if isinstance(value, type) else ():
            inner = inner.__func__ if isinstance(inner, classmethod) else inner
            public = not method.startswith("_") or method == "__call__"
            if (
                isinstance(inner, types.FunctionType)
                and public
                and len(inspect.signature(inner).parameters) > 1
            ):
                found[f"{name}.{method}"] = inner
    return found


def arguments_of(function: Any) -> list[str]:
    """Names of its arguments."""
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]


def test_face_is_walked() -> None:
    """Each public function and each of its arguments stands in the table of calls."""
    for name, function in public_calls().items():
        assert name in CALLS, name
        call = CALLS[name]
        assert arguments_of(function) == [*call.arguments, *(["values"] if call.values else [])], name
    assert set(CALLS) == set(public_calls())


CASES = [
    (name, argument)
    for name, call in CALLS.items()
    for argument in [*call.arguments, *(["values"] if call.values else [])]
]


@pytest.mark.parametrize(("name", "argument"), CASES)
def test_misuse(name: str, argument: str) -> None:
    """Refused in one line that names the argument and the value, or taken because the row says so."""
    call = CALLS[name]
    for wrong, value in WRONG.items():
        listed = argument not in call.arguments
        values = (value,) if listed else call.values
        arguments = call.arguments if listed else call.arguments | {argument: value}
        try:
            call.function(*values, **arguments)
        except (ValueError, TypeError) as error:
            said = str(error)
            assert wrong not in call.takes.get(argument, set()), f"{wrong} refused: {said}"
            assert "\n" not in said, f"{wrong}: {said}"
            assert len(said) <= 300, f"{wrong}: {said}"
            assert call.said.get(argument, argument) in said, f"{wrong}: {said}"
            assert "got " in said, f"{wrong}: {said}"
            assert "must " in said, f"{wrong}: {said}"
        else:
            assert wrong in call.takes.get(argument, set()), f"{wrong} taken"
