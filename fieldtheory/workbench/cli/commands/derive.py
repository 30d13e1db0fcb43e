"""`fieldtheory derive`: the diagrams of a theory as text, formulas and pictures."""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.commands import derive_regression
from fieldtheory.workbench.cli.options.values import one_of
from fieldtheory.workbench.cli.printing.json_text import json_text

if TYPE_CHECKING:
    from diagrams.diagram import Diagram
    from diagrams.expansion import Expansion
    from diagrams.theory import Theory

THEORIES = ("phi3", "phi4", "phi6")
SUBJECTS = (*derive_regression.QUANTITIES, *THEORIES)
FILES = {
    "text": "expansion.txt",
    "latex": "expansion.tex",
    "json": "expansion.json",
    "python": "expansion.py",
}
FORMATS = (*FILES, "svg")
_EXAMPLES = """\b
Examples:
  fieldtheory derive error --order 2 --format latex
  fieldtheory derive phi4 --external 2 --loops 2
  fieldtheory derive phi3 --external 3 --loops 1 --one-particle-irreducible --format latex
  fieldtheory derive phi4 --loops 3 --no-tadpoles --format svg --out drawings

\b
A theory in a file (.toml, or the same as .json):
  fields = ["phi", {name = "psi", latex = "\\\\psi"}]
  propagators = [{fields = ["phi", "phi"]}, {fields = ["psi", "psi"], name = "S"}]
  vertices = [{name = "yukawa", legs = {phi = 1, psi = 2}, coupling = "-g/2", orders = {g = 1}}]"""


@click.command("derive", epilog=_EXAMPLES, short_help="Feynman diagrams of a theory, with formulas.")
@click.argument("theory", required=False, **(one_of(SUBJECTS) | {"metavar": f"[{'|'.join(SUBJECTS)}]"}))
@click.option("--action", type=click.Path(path_type=Path), metavar="FILE", help="A theory in a file instead.")
@click.option(
    "--external",
    metavar="K|NAMES",
    help="Number of external points, of the first field (default: 2), or the field of each: psi,psi,phi.",
)
@click.option("--order", type=int, metavar="N", help="GP regression: power of 1/N, 0 to 4.")
@click.option(
    "--ensemble",
    **one_of(("poisson", "fixed")),
    help="GP regression: number of points Poisson, or exactly N.",
)
@click.option("--loops", type=int, metavar="L", help="Order: number of loops.")
@click.option("--vertices", type=int, metavar="N", help="Order: number of vertices, instead of loops.")
@click.option("--one-particle-irreducible", is_flag=True, help="Only diagrams that no cut of a line divides.")
@click.option("--no-tadpoles", is_flag=True, help="Leave out diagrams with tadpoles.")
@click.option("--format", "language", **one_of(FORMATS), default="text", help="What to print or write.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write into this folder instead; svg: a sheet, and a file for each diagram.",
)
def derive_command(**options: Any) -> None:
    """Formulas and diagrams: learning curves of GP regression, or any perturbation theory.

    mean, error, variance, self-energy: the terms of one --order in 1/N for a target of degree l, derived from
    the replicated action.

    phi3, phi4, phi6 or a theory in a file: all connected diagrams, each with its exact weight, the symmetry
    factor times the couplings: -g for each vertex of g phi^k/k! in the action. Vacuum diagrams: --external 0.
    """
    language = "json" if options["as_json"] else options["language"]
    if language not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)} (got {language!r})")
    folder: Path | None = options["out"]
    if folder is not None and folder.exists() and not folder.is_dir():
        raise ValueError(f"out must be a folder (got the file {str(folder)!r})")
    name = options["theory"]
    if name in derive_regression.QUANTITIES and options["action"] is None:
        terms = derive_regression.expand(name, options)
        head = derive_regression.summary(terms, options["ensemble"])
        if language == "svg":
            _draw([(each.diagram, each.weight) for each in terms], folder)
            return
        text = getattr(derive_regression, language)(terms, head)
    else:
        expansion, summary = _expand(options)
        if language == "svg":
            _draw(list(expansion.items()), folder)
            return
        write = {"text": _text, "latex": _latex, "json": _json, "python": _python}[language]
        text = write(expansion, summary)
    if folder is None:
        click.echo(text)
    else:
        _write({FILES[language]: text + "\n"}, folder)


def _expand(options: dict[str, Any]) -> tuple[Expansion, dict[str, Any]]:
    from diagrams.expansion import Expansion
    from diagrams.generation import generate
    from diagrams.theory_file import built_in_theory, read_theory

    name, file = options["theory"], options["action"]
    if (name is None) == (file is None):
        raise ValueError(f"theory must be one of {', '.join(SUBJECTS)} or --action FILE (got {_both(name)})")
    theory = built_in_theory(name) if file is None else read_theory(file)
    if options["ensemble"] is not None or options["order"] is not None:
        quantities = ", ".join(derive_regression.QUANTITIES)
        raise ValueError(f"order and ensemble must only be given for {quantities}: use --loops or --vertices")
    by = "loops" if options["vertices"] is None else "vertices"
    order = options[by]
    if order is None or (by == "vertices" and options["loops"] is not None):
        raise ValueError(f"order must be given by --loops or by --vertices (got {_both(order)})")
    external = _external("2" if options["external"] is None else options["external"], theory)
    found = generate(
        theory,
        external,
        order,
        by=by,
        one_particle_irreducible=options["one_particle_irreducible"],
        tadpoles=not options["no_tadpoles"],
    )
    counted = f"{order} {by[:-1] if order == 1 else by}"
    summary = {"theory": name or str(file), "external": list(external), "order": counted}
    return Expansion.of(found, counted), summary


def _both(found: object) -> str:
    return "neither" if found is None else "both"


def _external(text: str, theory: Theory) -> tuple[str, ...]:
    number = text.strip()
    if not number.lstrip("+-").isdecimal():
        return tuple(name.strip() for name in text.split(",")) if number else ()
    if len(number) > 6 or not 0 <= int(number) <= 20:
        raise ValueError(f"external must be from 0 to 20 points, or names of fields (got {text!r})")
    return (theory.fields[0].name,) * int(number)


def _text(expansion: Expansion, summary: dict[str, Any]) -> str:
    from diagrams.rules import factors

    count = f"{len(expansion)} diagram{'' if len(expansion) == 1 else 's'}"
    points = ", ".join(summary["external"]) or "none"
    lines = [f"{summary['theory']}, external points: {points}, {summary['order']}: {count}"]
    rows = []
    for diagram, weight in expansion.items():
        counted: dict[str, int] = {}
        for function, ends in factors(diagram)[0]:
            shown = f"{function}({','.join(ends)})"
            counted[shown] = counted.get(shown, 0) + 1
        edges = " ".join(shown if n == 1 else f"{shown}^{n}" for shown, n in counted.items())
        rows.append((str(diagram.symmetry_factor), str(weight), edges))
    if rows:
        rows.insert(0, ("symmetry", "weight", "integrand"))
    widths = [max(len(row[k]) for row in rows) for k in range(2)] if rows else []
    return "\n".join(lines + [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}".rstrip() for a, b, c in rows])


def _latex(expansion: Expansion, summary: dict[str, Any]) -> str:
    return expansion.latex()


def _json(expansion: Expansion, summary: dict[str, Any]) -> str:
    found = [_entry(diagram, str(weight)) for diagram, weight in expansion.items()]
    whole = {"expression": str(expansion.expression), "latex": expansion.latex()}
    return json_text(summary | {"diagrams": found} | whole)


def _entry(diagram: Diagram, weight: str) -> dict[str, Any]:
    """Nodes of the edges: external points first, then the vertices; with the propagator's symbol."""
    from diagrams.rules import expression, latex

    theory = diagram.theory
    return {
        "symmetry_factor": str(diagram.symmetry_factor),
        "weight": weight,
        "external": list(diagram.external),
        "vertices": [theory.vertices[v].name for v in diagram.vertices],
        "edges": [[i, j, theory.propagators[p].symbol] for i, j, p in diagram.edges],
        "loops": diagram.loops,
        "expression": str(expression(diagram)),
        "latex": latex(diagram),
    }


def _python(expansion: Expansion, summary: dict[str, Any]) -> str:
    """A script that defines `expression`; names that Python or another line takes get underscores."""
    import sympy
    from sympy.core.function import AppliedUndef

    whole = expansion.expression
    taken = {"expression", "PointIntegral", "Function", "S", "Symbol", *keyword.kwlist}
    lines, functions, symbols = [], {}, {}

    def variable(name: str) -> str:
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    for name in sorted({call.func.__name__ for call in whole.atoms(AppliedUndef)}):
        functions[name] = variable(name)
        lines.append(f"{functions[name]} = Function({name!r})")
    for symbol in sorted(whole.atoms(sympy.Symbol), key=str):
        symbols[symbol] = sympy.Symbol(variable(symbol.name))
        lines.append(f"{symbols[symbol]} = Symbol({symbol.name!r})")
    renamed = whole.replace(
        lambda e: isinstance(e, AppliedUndef), lambda e: sympy.Function(functions[e.func.__name__])(*e.args)
    ).xreplace(symbols)
    terms = [sympy.sstr(t, sympy_integers=_has_bare_fraction(t)) for t in sympy.Add.make_args(renamed)]
    head = [f"# {summary['theory']}, external points {summary['external']}, {summary['order']}"]
    head += ["from sympy import Function, S, Symbol", "", "from diagrams.rules import PointIntegral", ""]
    body = ["", "expression = (", *(f"    {'' if k == 0 else '+ '}{t}" for k, t in enumerate(terms)), ")"]
    return "\n".join([*head, *lines, *body])


def _has_bare_fraction(term: Any) -> bool:
    """Whether Python would read a part of it, such as the 1/2 in g + 1/2, as a float."""
    import sympy

    whole = sympy.Tuple(term)
    nodes = (node for node in sympy.preorder_traversal(whole) if isinstance(node, sympy.Basic))
    parts = (part for node in nodes if not isinstance(node, sympy.Mul) for part in node.args)
    return any(isinstance(part, sympy.Rational) and not part.is_Integer for part in parts)


def _draw(found: list[tuple[Diagram, Any]], folder: Path | None) -> None:
    from diagrams.draw.sheet import draw_sheet
    from diagrams.draw.svg import to_svg

    sheet = draw_sheet(found)
    if folder is None:
        click.echo(sheet)
        return
    width = len(str(len(found)))
    singles = {f"diagram-{k:0{width}}.svg": to_svg(d) for k, (d, _) in enumerate(found, start=1)}
    _write({"sheet.svg": sheet} | singles, folder)


def _write(files: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    first, *others = files
    more = f" and {len(others)} more" if others else ""
    click.echo(f"written {folder / first}{more}")
