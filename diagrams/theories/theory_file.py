r"""Theories by name, and from small TOML or JSON files, read without executing anything.

.. code-block:: toml

    fields = ["phi", {name = "psi", latex = "\\psi"}]
    propagators = [{fields = ["phi", "phi"]}, {fields = ["psi", "psi"], name = "S", directed = false}]

    [[vertices]]
    name = "yukawa"
    legs = {phi = 1, psi = 2}
    coupling = "-g/2"
    orders = {g = 1}

Only `fields` and `vertices` (legs, coupling) must be there: each field then has a propagator with itself.
A field with statistics = "grassmann" anticommutes; it needs propagators, and the order of legs is that of the
factors. The coupling is a number, or text of numbers, names, + - * / ** and parentheses. Or the action as
such text, in whose `small` parameters orders are counted (`theory_from_formula`):

.. code-block:: toml

    fields = ["phi"]
    action = "m/2*phi^2 + g/24*phi^4"
    small = ["g"]
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import sympy

from diagrams.arguments import TheoryError, require_instance, require_source, require_text
from diagrams.theories.constituents import STATISTICS, Field, Propagator, Vertex
from diagrams.theories.formula import theory_from_formula
from diagrams.theories.qgraf_model import theory_of_qgraf
from diagrams.theories.symbolic_text import MAX_BITS, MAX_EXPONENT, NAME, symbolic_formula
from diagrams.theories.theory import Theory
from fieldtheory.shown_value import shown

# Limits that keep hostile or mistaken files to fractions of a second
MAX_FILE = 200_000  # bytes
MAX_COUPLING = 2_000  # characters
MAX_ENTRIES = 100  # fields, propagators, vertices
_GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota"),
    *("kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi"),
    *("psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi"),
    "Omega",
)
_ACCENTS = ("tilde", "hat", "bar", "dot", "vec", "mathrm", "mathcal", "mathbf", "prime", "dagger")
_LATEX_COMMANDS = {*_GREEK, *_ACCENTS}
_BUILT_IN = {"phi3": 3, "phi4": 4, "phi6": 6}
BUILT_IN = tuple(_BUILT_IN)
_LANGUAGES = {".toml": "toml", ".json": "json", ".mod": "qgraf"}


def built_in_theory(name: str) -> Theory:
    """A textbook theory by its name: S_int = g phi^k/k! for k = 3, 4, 6.

    >>> built_in_theory("phi4").vertices[0].coupling
    -g
    """
    if not isinstance(name, str) or name not in _BUILT_IN:
        raise TheoryError(f"name of a theory must be one of {', '.join(BUILT_IN)} (got {shown(name)})")
    return Theory.scalar({_BUILT_IN[name]: -sympy.Symbol("g")})


def read_theory(path: str | Path) -> Theory:
    """The theory in a file that ends in .toml or .json, or in the .mod of a model of QGRAF.

    TheoryError names file, key (or line) and value.
    """
    require_instance("path", path, (str, Path), "the path of a file")
    path = Path(path)
    if path.suffix.lower() not in _LANGUAGES:
        raise TheoryError(
            f"path of a theory must end in .toml or .json, or .mod for QGRAF (got {shown(str(path))})"
        )
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise TheoryError(f"{path}: file must have at most {MAX_FILE} bytes (got more)")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TheoryError(f"{path}: file must be UTF-8 text ({error.reason} at byte {error.start})") from None
    return theory_from_text(text, _LANGUAGES[path.suffix.lower()], str(path))


def theory_from_text(text: str, language: str = "toml", source: str = "theory") -> Theory:
    """The theory that a text in "toml", "json" or "qgraf" describes; `source` is what errors call it.

    >>> theory = theory_from_text('fields = ["phi"]\\nvertices = [{legs = {phi = 4}, coupling = "-g/2"}]')
    >>> theory.vertices[0].name, theory.vertices[0].coupling
    ('phi4', -g/2)
    """
    loaders: dict[str, Callable[[str], Any]] = {"toml": _toml, "json": _json}
    if not isinstance(language, str) or language not in _LANGUAGES.values():
        raise TheoryError(f"language must be one of {sorted(_LANGUAGES.values())} (got {shown(language)})")
    require_text("text", text, empty=True)
    require_source(source)
    if language == "qgraf":
        try:
            return theory_of_qgraf(text, _field_latex)
        except TheoryError as error:
            raise TheoryError(f"{source}: {error}") from None
    try:
        data = loaders[language](text)
    except TheoryError as error:
        raise TheoryError(f"{source}: {error}") from None
    except (ValueError, RecursionError) as error:
        what = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise TheoryError(f"{source}: text must be {language.upper()} (got an error: {what})") from None
    return _Reader(source).theory(data)


def _field_latex(name: str) -> str:
    return rf"\{name}" if name in _GREEK else str(sympy.latex(sympy.Symbol(name)))


def _toml(text: str) -> Any:
    return tomllib.loads(text, parse_float=str)


def _json(text: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise TheoryError(f"keys must differ (got {[key for key, _ in pairs]})")
        return found

    # Numbers with a point stay text, so that 0.1 is 1/10; NaN and Infinity are then no known text
    return json.loads(text, parse_float=str, parse_constant=str, object_pairs_hook=unique)


@dataclass(frozen=True)
class _Reader:
    """Checks what a file says, entry by entry."""

    source: str

    def refuse(self, key: str, what: str, value: object) -> NoReturn:
        shown = repr(value) if not isinstance(value, int) or abs(value) < 10**40 else "a very large integer"
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        raise TheoryError(f"{self.source}: {key} must be {what} (got {shown})")

    def theory(self, data: Any) -> Theory:
        formula = isinstance(data, dict) and "action" in data
        needed, allowed = ({"action"}, {"small"}) if formula else ({"vertices"}, {"propagators"})
        table = self.table("the text", data, {"fields"} | needed, {"name"} | allowed)
        fields = [self.field(*entry) for entry in self.entries("fields", table["fields"])]
        if not fields:
            self.refuse("fields", "one or more fields", [])
        if formula:
            return self.formula(table["action"], fields, table.get("small", []))
        names = {f.name for f in fields}
        if "propagators" in table:
            given = self.entries("propagators", table["propagators"])
            propagators = [self.propagator(*entry) for entry in given]
        elif any(f.anticommutes for f in fields):
            self.refuse("the file", "a table with 'propagators' if fields are Grassmann", sorted(table))
        else:
            single = len(fields) == 1
            propagators = [Propagator(f.name, f.name, "" if single else f"C_{f.name}") for f in fields]
        vertices = [self.vertex(*entry, names) for entry in self.entries("vertices", table["vertices"])]
        try:
            return Theory(tuple(fields), tuple(propagators), tuple(vertices))
        except TheoryError as error:
            raise TheoryError(f"{self.source}: {error}") from None

    def formula(self, action: Any, fields: list[Field], small: Any) -> Theory:
        names = [self.name(*entry) for entry in self.entries("small", small)]
        try:
            return theory_from_formula(action, fields, names)
        except TheoryError as error:
            raise TheoryError(f"{self.source}: {error}") from None

    def field(self, key: str, value: Any) -> Field:
        if isinstance(value, str):
            value = {"name": value}
        table = self.table(key, value, {"name"}, {"latex", "statistics"})
        name = self.name(f"{key}.name", table["name"])
        latex = self.latex(f"{key}.latex", table.get("latex", _field_latex(name)))
        statistics = table.get("statistics", STATISTICS[0])
        if statistics not in STATISTICS:
            self.refuse(f"{key}.statistics", f"one of {', '.join(STATISTICS)}", statistics)
        return Field(name, latex, statistics)

    def propagator(self, key: str, value: Any) -> Propagator:
        table = self.table(key, value, {"fields"}, {"name", "directed"})
        pair = table["fields"]
        if not isinstance(pair, list) or len(pair) != 2:
            self.refuse(f"{key}.fields", "the names of two fields", pair)
        first, second = (self.name(f"{key}.fields", each) for each in pair)
        symbol = self.name(f"{key}.name", table["name"]) if "name" in table else ""
        directed = self.boolean(f"{key}.directed", table.get("directed", False))
        if directed and first == second:
            self.refuse(f"{key}.directed", "false for one field", directed)
        return Propagator(first, second, symbol, directed)

    def vertex(self, key: str, value: Any, fields: set[str]) -> Vertex:
        table = self.table(key, value, {"legs", "coupling"}, {"name", "orders", "local"})
        legs = self.counts(f"{key}.legs", table["legs"])
        for name in legs:
            if name not in fields:
                self.refuse(f"{key}.legs", f"of the fields {', '.join(sorted(fields))}", name)
        if not any(legs.values()):
            self.refuse(f"{key}.legs", "one leg or more", legs)
        default = "_".join(f"{name}{count}" for name, count in legs.items() if count)
        name = self.name(f"{key}.name", table["name"]) if "name" in table else default
        orders = {"vertices": 1} | self.counts(f"{key}.orders", table.get("orders", {}))
        coupling = table["coupling"]
        if isinstance(coupling, bool) or not isinstance(coupling, int | str):
            self.refuse(f"{key}.coupling", "a number or text", coupling)
        if isinstance(coupling, int) and coupling.bit_length() > MAX_BITS:
            self.refuse(f"{key}.coupling", f"a number of at most {MAX_BITS} bits", coupling)
        try:
            value = parse_coupling(str(coupling))
        except TheoryError as error:
            raise TheoryError(f"{self.source}: {key}.{error}") from None
        return Vertex(name, legs, value, orders, self.boolean(f"{key}.local", table.get("local", True)))

    def table(self, key: str, value: Any, needed: set[str], allowed: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.refuse(key, f"a table with {', '.join(sorted(needed))}", value)
        for missing in sorted(needed - set(value)):
            self.refuse(key, f"a table with {missing!r}", sorted(value))
        for unknown in sorted(set(value) - needed - allowed):
            self.refuse(f"a key of {key}", f"one of {', '.join(sorted(needed | allowed))}", unknown)
        return value

    def entries(self, key: str, value: Any) -> Iterator[tuple[str, Any]]:
        if not isinstance(value, list) or len(value) > MAX_ENTRIES:
            self.refuse(key, f"a list of at most {MAX_ENTRIES}", value)
        for k, entry in enumerate(value, start=1):
            yield f"{key}[{k}]", entry

    def counts(self, key: str, value: Any) -> dict[str, int]:
        if not isinstance(value, Mapping):
            self.refuse(key, "a table of integers", value)
        for name, count in value.items():
            self.name(key, name)
            if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MAX_EXPONENT:
                self.refuse(f"{key}.{name}", f"an integer from 0 to {MAX_EXPONENT}", count)
        return dict(value)

    def name(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not NAME.fullmatch(value):
            self.refuse(key, "a name of at most 40 letters, digits and _, a letter first", value)
        return value

    def boolean(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self.refuse(key, "true or false", value)
        return value

    def latex(self, key: str, value: Any) -> str:
        """Letters, digits, sub- and superscripts, commands known to be harmless; braces in balance."""
        if isinstance(value, str) and len(value) <= 80 and re.fullmatch(r"[A-Za-z0-9\\{}_^' ]+", value):
            commands = re.findall(r"\\([A-Za-z]*)", value)
            depth = [value[: k + 1].count("{") - value[: k + 1].count("}") for k in range(len(value))]
            if all(command in _LATEX_COMMANDS for command in commands) and min(depth) == depth[-1] == 0:
                return value
        self.refuse(key, r"plain LaTeX such as \tilde{\phi}_1", value)


def parse_coupling(text: str) -> sympy.Expr:
    """A SymPy expression from numbers (read exactly), names, + - * / ** ^ and parentheses, and nothing else.

    Exponents are integers. TheoryError for other text.

    >>> parse_coupling("-(g + 0.5)**2 / (4*pi)")
    -(g + 1/2)**2/(4*pi)
    >>> parse_coupling("pi").is_Symbol
    True
    """
    return symbolic_formula(text, "coupling", MAX_COUPLING)
