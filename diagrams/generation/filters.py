"""Which diagrams of an order are wanted: the filters by name, for the generator and the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from diagrams.diagram import Diagram
from diagrams.matrices import cuts


class Filter(NamedTuple):
    """A property that diagrams must have, its name in QGRAF, and its absence in `diagrams.matrices.cuts`."""

    keeps: Callable[[Diagram], bool]
    qgraf: str
    cuts: int


def _is_skeleton(diagram: Diagram) -> bool:
    """As `Diagram.is_skeleton`; of two-point functions the proper self-energies, without their legs."""
    if len(diagram.external) == 2:
        proper = diagram.is_self_energy and diagram.is_one_particle_irreducible
        return proper and (diagram if diagram.amputated else diagram.amputate()).is_skeleton
    return diagram.is_skeleton


# The command line has a flag for each, with its words in fieldtheory/workbench/cli/options/diagram_filters.py
FILTERS = {
    "one_particle_irreducible": Filter(
        lambda diagram: diagram.is_one_particle_irreducible, "onepi", cuts.BRIDGES
    ),
    "no_tadpoles": Filter(lambda diagram: not diagram.has_tadpoles, "notadpole", cuts.TADPOLES),
    "no_self_energies": Filter(lambda diagram: not diagram.has_self_energies, "nosigma", cuts.SELF_ENERGIES),
    "on_shell": Filter(lambda diagram: diagram.is_on_shell, "onshell", cuts.LEG_CORRECTIONS),
    "skeletons": Filter(_is_skeleton, "notadpole, nosigma", cuts.NO_SKELETONS),
}
