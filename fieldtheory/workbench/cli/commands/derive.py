"""`fieldtheory derive`: the diagrams of a theory as text, formulas and pictures."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.arguments import ENSEMBLES
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.diagram_filters import WORDS, filter_options
from fieldtheory.workbench.cli.options.values import one_of
from fieldtheory.workbench.cli.printing import regression_diagrams, theory_diagrams
from fieldtheory.workbench.cli.printing.derivation_files import FORMATS, PICTURES, Destination

if TYPE_CHECKING:
    from diagrams.diagram import Diagram
    from diagrams.expansion import Expansion
    from diagrams.theories.theory import Theory
    from replicas.derivation.regression_action import GPRegressionAction
    from replicas.derivation.replica_expansion import ReplicaExpansion

QUANTITIES = ("mean", "error", "variance", "self-energy")  # of GP regression
EXAMPLE_ACTIONS = ("phi3", "phi4", "phi6")
POSTERIOR = "posterior"
SUBJECTS = (*QUANTITIES, *EXAMPLE_ACTIONS, POSTERIOR)
_MOST_LOOPS = 3  # of a posterior
_FILE = re.compile(r"\.[A-Za-z]{2,}\w*$")  # no formula ends like this
_EXAMPLES = """\b
Examples:
  fieldtheory derive error --order 2 --format latex
  fieldtheory derive error --order 2 --out error.tex
  fieldtheory derive phi4 --external 2 --loops 2
  fieldtheory derive phi3 --external 3 --loops 1 --one-particle-irreducible --format latex
  fieldtheory derive phi4 --loops 3 --no-tadpoles --out sheet.svg
  fieldtheory derive phi4 --loops 3 --format svg --out drawings

\b
The action as a text, exp(-action) the weight:
  fieldtheory derive --action "m/2*phi^2 + g/24*phi^4" --fields phi --small g --order 2

\b
A theory in a file (.toml, or the same as .json):
  fields = ["phi", {name = "psi", latex = "\\\\psi"}]
  propagators = [{fields = ["phi", "phi"]}, {fields = ["psi", "psi"], name = "S"}]
  vertices = [{name = "yukawa", legs = {phi = 1, psi = 2}, coupling = "-g/2", orders = {g = 1}}]"""


@click.command("derive", epilog=_EXAMPLES, short_help="Feynman diagrams of a theory, with formulas.")
@click.argument("theory", required=False, **(one_of(SUBJECTS) | {"metavar": f"[{'|'.join(SUBJECTS)}]"}))
@click.option(
    "--action", metavar="FILE|TEXT", help="Instead, a theory in a file, or an action, with its --fields."
)
@click.option("--fields", metavar="NAMES", help="The fields in the text of an --action: phi,psi.")
@click.option(
    "--small", metavar="NAMES", help="Parameters that count orders: with --order, powers of this one."
)
@click.option(
    "--external",
    metavar="K|NAMES",
    help="Number of external points, of the first field (default: 2), or the field of each: psi,psi,phi.",
)
@click.option("--order", type=int, metavar="N", help="GP regression: power of 1/N, 0 to 4. Else of --small.")
@click.option(
    "--ensemble",
    **one_of(ENSEMBLES),
    help="GP regression: number of points Poisson, or exactly N.",
)
@click.option("--loops", type=int, metavar="L", help="Order: number of loops.")
@click.option("--vertices", type=int, metavar="N", help="Order: number of vertices, instead of loops.")
@filter_options
@click.option(
    "--format",
    "language",
    **one_of(FORMATS),
    help="What to print or write. Default: what the ending of --out says, else text.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR|FILE",
    help="Write this file instead, or into this folder (svg, dot, graphml: each diagram in a file too).",
)
@budget_options
def derive_command(**options: Any) -> None:
    """Formulas and diagrams: learning curves of GP regression, or any perturbation theory.

    mean, error, variance, self-energy: the terms of one --order in 1/N for a target of degree l, derived from
    the replicated action.

    posterior: all diagrams of up to --loops loops of the posterior mean of a network of finite width, f = y -
    kappa tau, in cumulants of tau around its saddle; at training points R = -kappa C.

    phi3, phi4, phi6 or a theory in a file: all connected diagrams, each with its exact weight, the symmetry
    factor times the couplings: -g for each vertex of g phi^k/k! in the action. Vacuum diagrams: --external 0.
    """
    out = Destination.of("json" if options["as_json"] else options["language"], options["out"])
    language = out.language
    name = options["theory"]
    if name in QUANTITIES and options["action"] is None:
        terms, summary, action = _expand_regression(name, options)
        drawn = {number: (each.diagram, each.weight) for number, each in terms.numbered}
        if language == "tex":
            out.hand_over(regression_diagrams.tex(terms, summary, action))
        elif language not in PICTURES:
            out.hand_over(getattr(regression_diagrams, language)(terms, summary))
    else:
        expansion, summary, theory = _expand(options)
        drawn = {str(k): pair for k, pair in enumerate(expansion.items(), start=1)}
        if language == "tex":
            out.hand_over(theory_diagrams.tex(expansion, summary, theory))
        elif language not in PICTURES:
            out.hand_over(getattr(theory_diagrams, language)(expansion, summary))
    if language in PICTURES:
        if "vanishes" in summary:
            click.echo(summary["vanishes"], err=True)
        out.hand_over(*(_drawn(drawn) if language == "svg" else _as_graphs(drawn, language)))


def _expand_regression(
    quantity: str, options: dict[str, Any]
) -> tuple[ReplicaExpansion, dict[str, Any], GPRegressionAction]:
    from replicas.derivation.regression_action import gp_regression_action

    for name in ("loops", "vertices", "fields", "small"):
        if options[name] is not None:
            raise ValueError(f"{name} must not be given for {quantity}, whose --order counts powers of 1/N")
    wanted = [name for name in WORDS if options[name]]
    for name in [*wanted, *(["external"] if options["external"] is not None else [])]:
        raise ValueError(f"{name} must not be given for {quantity}")
    if options["order"] is None:
        raise ValueError(f"order must be given for {quantity}: the power of 1/N (got none)")
    ensemble = options["ensemble"] or "poisson"
    action = gp_regression_action(ensemble)
    found = action.expand(quantity, options["order"])
    return found, {"quantity": found.quantity, "order": found.order, "ensemble": ensemble}, action


def _expand(options: dict[str, Any]) -> tuple[Expansion, dict[str, Any], Theory]:
    from diagrams.expansion import Expansion
    from diagrams.generation.generator import generate
    from diagrams.generation.selection_rules import selection_rule

    name, action = options["theory"], options["action"]
    if (name is None) == (action is None):
        raise ValueError(f"theory must be one of {', '.join(SUBJECTS)} or --action FILE (got {_both(name)})")
    if name == POSTERIOR:
        return _expand_posterior(options)
    theory = _theory(options)
    if options["ensemble"] is not None or (options["order"] is not None and options["small"] is None):
        quantities = ", ".join(QUANTITIES)
        raise ValueError(
            f"order and ensemble must only be given for {quantities}: use --loops or --vertices, or --order "
            "with the parameter that it counts, --small g"
        )
    by, order = _order(options)
    external = _external("2" if options["external"] is None else options["external"], theory)
    found = generate(
        theory,
        external,
        order,
        by=by,
        one_particle_irreducible=options["one_particle_irreducible"],
        tadpoles=not options["no_tadpoles"],
        self_energies=not options["no_self_energies"],
        on_shell=options["on_shell"],
        skeletons=options["skeletons"],
    )
    nouns = {"loops": "loop", "vertices": "vertex"}
    said = counted(order, nouns[by]) if by in nouns else f"order {order} in {by}"
    summary = {"theory": name or action, "external": list(external), "order": said}
    values = {p.symbol: str(p.value) for p in theory.propagators if p.value is not None}
    reason = selection_rule(theory, external)
    summary |= ({"propagators": values} if values else {}) | ({"vanishes": reason} if reason else {})
    return Expansion.of(found, said), summary, theory


def _expand_posterior(options: dict[str, Any]) -> tuple[Expansion, dict[str, Any], Theory]:
    from renormalization.feature_learning.saddles.loops import discrepancy_theory, mean_expansion

    given = ("external", "order", "ensemble", "vertices", "fields", "small", *WORDS)
    for name in given:
        if options[name]:
            raise ValueError(f"{name} must not be given for {POSTERIOR}, whose --loops are counted")
    loops = options["loops"]
    if loops is None or not 1 <= loops <= _MOST_LOOPS:
        raise ValueError(f"loops must be from 1 to {_MOST_LOOPS} for {POSTERIOR} (got {shown(loops)})")
    found = mean_expansion(loops)
    theory = discrepancy_theory(2 * loops + 1)
    return found, {"theory": POSTERIOR, "external": ["f"], "order": counted(loops, "loop")}, theory


def _theory(options: dict[str, Any]) -> Theory:
    """The theory by name, of a file, or of the text of an action."""
    from diagrams.theories.formula import theory_from_formula
    from diagrams.theories.theory_file import built_in_theory, read_theory

    action, fields = options["action"], options["fields"]
    if action is not None and not _FILE.search(action):
        if fields is None:
            raise ValueError(
                f"fields must name those of the action (got none for {shown(action)}): add --fields phi, or "
                "give the name of a file that ends in .toml or .json"
            )
        return theory_from_formula(action, _names(fields), _names(options["small"] or ""))
    if fields is not None:
        raise ValueError(f"fields must only be given for an action as text (got {shown(fields)})")
    return built_in_theory(options["theory"]) if action is None else read_theory(action)


def _order(options: dict[str, Any]) -> tuple[str, int]:
    """What is counted and how many."""
    given = [name for name in ("loops", "vertices", "order") if options[name] is not None]
    if len(given) != 1:
        raise ValueError(f"order must be given by --loops or by --vertices (got {_both(given or None)})")
    [name] = given
    if name != "order":
        return name, options[name]
    small = _names(options["small"] or "")
    if len(small) != 1:
        raise ValueError(
            f"small must be the one parameter that --order counts (got {shown(options['small'])})"
        )
    return small[0], options["order"]


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")] if text.strip() else []


def _both(found: object) -> str:
    return "neither" if found is None else "both"


def _external(text: str, theory: Theory) -> tuple[str, ...]:
    number = text.strip()
    if not number.lstrip("+-").isdecimal():
        return tuple(name.strip() for name in text.split(",")) if number else ()
    if len(number) > 6 or not 0 <= int(number) <= 20:
        raise ValueError(f"external must be from 0 to 20 points, or names of fields (got {shown(text)})")
    return (theory.fields[0].name,) * int(number)


def _drawn(found: dict[str, tuple[Diagram, Any]]) -> tuple[str, dict[str, str]]:
    """The sheet, and the picture of each diagram by the name of its file."""
    from diagrams.draw.sheet import draw_sheet
    from diagrams.draw.svg import to_svg

    names = _file_names(found, "svg")
    sheet = draw_sheet(found.values(), numbers=list(found))
    return sheet, {names[k]: to_svg(d) for k, (d, _) in found.items()}


def _as_graphs(found: dict[str, tuple[Diagram, Any]], language: str) -> tuple[str, dict[str, str]]:
    """All graphs in one text, and each by the name of its file."""
    from diagrams.graphs.dot import graph_as_dot
    from diagrams.graphs.graphml import graphs_as_graphml
    from diagrams.graphs.labelled_graph import LabelledGraph, labelled_graph

    graphs = {number: labelled_graph(d, weight, number) for number, (d, weight) in found.items()}

    def together(some: Collection[LabelledGraph]) -> str:
        return graphs_as_graphml(some) if language == "graphml" else "\n".join(map(graph_as_dot, some))

    names = _file_names(found, language)
    singles = {names[number]: together([graph]) + "\n" for number, graph in graphs.items()}
    return together(graphs.values()), singles


def _file_names(found: Iterable[str], ending: str) -> dict[str, str]:
    """Names of files by the numbers of diagrams, in the sequence of the alphabet."""
    width = max((len(number.split(".")[0]) for number in found), default=0)

    def padded(number: str) -> str:
        row, *member = number.split(".")
        return "-".join([row.zfill(width), *member])

    return {number: f"diagram-{padded(number)}.{ending}" for number in found}
