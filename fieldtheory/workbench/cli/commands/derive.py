"""`fieldtheory derive`: the diagrams of a theory as text, formulas and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.arguments import ENSEMBLES
from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.values import one_of
from fieldtheory.workbench.cli.printing import regression_diagrams, theory_diagrams

if TYPE_CHECKING:
    from diagrams.diagram import Diagram
    from diagrams.expansion import Expansion
    from diagrams.theory import Theory
    from replicas.derivation.replica_expansion import ReplicaExpansion

QUANTITIES = ("mean", "error", "variance", "self-energy")  # of GP regression
EXAMPLE_ACTIONS = ("phi3", "phi4", "phi6")
SUBJECTS = (*QUANTITIES, *EXAMPLE_ACTIONS)
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
    **one_of(ENSEMBLES),
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
        raise ValueError(f"format must be one of {', '.join(FORMATS)} (got {shown(language)})")
    folder: Path | None = options["out"]
    if folder is not None and folder.exists() and not folder.is_dir():
        raise ValueError(f"out must be a folder (got the file {str(folder)!r})")
    name = options["theory"]
    if name in QUANTITIES and options["action"] is None:
        terms, summary = _expand_regression(name, options)
        drawn = [(each.diagram, each.weight) for each in terms]
        text = "" if language == "svg" else getattr(regression_diagrams, language)(terms, summary)
    else:
        expansion, summary = _expand(options)
        drawn = list(expansion.items())
        text = "" if language == "svg" else getattr(theory_diagrams, language)(expansion, summary)
    if language == "svg":
        _draw(drawn, folder)
    elif folder is None:
        click.echo(text)
    else:
        _write({FILES[language]: text + "\n"}, folder)


def _expand_regression(quantity: str, options: dict[str, Any]) -> tuple[ReplicaExpansion, dict[str, Any]]:
    from replicas.derivation.regression_action import gp_regression_action

    for name in ("loops", "vertices"):
        if options[name] is not None:
            raise ValueError(f"{name} must not be given for {quantity}, whose --order counts powers of 1/N")
    if options["one_particle_irreducible"] or options["no_tadpoles"] or options["external"] is not None:
        raise ValueError(
            f"external, one_particle_irreducible and no_tadpoles must not be given for {quantity}"
        )
    if options["order"] is None:
        raise ValueError(f"order must be given for {quantity}: the power of 1/N (got none)")
    ensemble = options["ensemble"] or "poisson"
    found = gp_regression_action(ensemble).expand(quantity, options["order"])
    return found, {"quantity": found.quantity, "order": found.order, "ensemble": ensemble}


def _expand(options: dict[str, Any]) -> tuple[Expansion, dict[str, Any]]:
    from diagrams.expansion import Expansion
    from diagrams.generation import generate
    from diagrams.theory_file import built_in_theory, read_theory

    name, file = options["theory"], options["action"]
    if (name is None) == (file is None):
        raise ValueError(f"theory must be one of {', '.join(SUBJECTS)} or --action FILE (got {_both(name)})")
    theory = built_in_theory(name) if file is None else read_theory(file)
    if options["ensemble"] is not None or options["order"] is not None:
        quantities = ", ".join(QUANTITIES)
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
        raise ValueError(f"external must be from 0 to 20 points, or names of fields (got {shown(text)})")
    return (theory.fields[0].name,) * int(number)


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
