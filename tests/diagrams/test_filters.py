"""Filters of the generator, against published counts and exact integrals.

Counts of QGRAF 4.0.6 (P. Nogueira, J. Comput. Phys. 105, 279 (1993)) as listed in
github.com/tobiasosborne/Feynfeld.jl, refs/qgraf/v4.0.6/qgraf-4.0.6.dir/golden_masters/SUMMARY.md.
"""

from collections.abc import Sequence
from itertools import combinations

import networkx
import pytest
import sympy

from diagrams import Diagram, Theory, generate, theory_from_text
from diagrams.generation.filters import FILTERS

OPTIONS = {
    "onepi": {"one_particle_irreducible": True},
    "notadpole": {"tadpoles": False},
    "nosigma": {"self_energies": False},
    "onshell": {"on_shell": True},
}


def qed(*leptons: str) -> Theory:
    """QED with commuting leptons: the same graphs, without their signs."""
    lines = "".join(f"[{name}, {name.upper()}, +]\n" for name in leptons)
    vertices = "".join(f"[{name.upper()}, {name}, ph; e='1']\n" for name in leptons)
    return theory_from_text(f"[ph, ph, +]\n{lines}{vertices}", "qgraf")


PHI3, QED1, QED2, QED3 = Theory.scalar({3: 1}), qed("e"), qed("e", "m"), qed("e", "m", "t")
PHI, PAIR, MUON = "phi", ("e", "E"), ("m", "M")
GAMMA = ("ph",)


@pytest.mark.parametrize(
    ("theory", "external", "loops", "options", "count"),
    [
        (PHI3, (PHI,) * 3, 2, "", 58),
        (PHI3, (PHI,) * 3, 3, "", 535),
        (PHI3, (PHI,) * 3, 2, "onepi", 7),
        (PHI3, (PHI,) * 3, 1, "notadpole", 4),
        (PHI3, (PHI,) * 3, 2, "notadpole", 22),
        (PHI3, (PHI,) * 3, 1, "nosigma", 1),
        (PHI3, (PHI,) * 3, 2, "nosigma", 4),
        (PHI3, (PHI,) * 4, 2, "", 465),
        (PHI3, (PHI,) * 4, 2, "onepi", 36),
        (PHI3, (PHI,) * 4, 1, "notadpole", 24),
        (PHI3, (PHI,) * 4, 1, "nosigma", 9),
        (PHI3, (PHI,) * 5, 1, "", 297),
        (QED1, PAIR + GAMMA * 2, 1, "", 24),
        (QED1, PAIR + GAMMA * 2, 1, "onepi", 2),
        (QED1, PAIR * 2, 1, "", 26),
        (QED1, PAIR * 2, 1, "onepi", 4),
        (QED1, PAIR + GAMMA, 2, "", 50),
        (QED1, GAMMA * 4, 1, "", 6),
        (QED1, GAMMA * 2, 2, "", 6),
        (QED1, PAIR, 2, "", 10),
        (QED2, PAIR + MUON, 1, "", 18),
        (QED2, PAIR + MUON, 1, "onepi", 2),
        (QED2, PAIR + MUON, 1, "notadpole", 10),
        (QED2, PAIR + MUON, 1, "nosigma", 4),
        (QED3, PAIR + MUON, 1, "", 23),
        (QED3, GAMMA * 2, 2, "onepi", 9),
    ],
)
def test_counts_of_qgraf(
    theory: Theory, external: Sequence[str], loops: int, options: str, count: int
) -> None:
    """As many diagrams as QGRAF finds."""
    assert sum(1 for _ in generate(theory, external, loops, **OPTIONS.get(options, {}))) == count


def electron_loops(diagram: Diagram) -> list[int]:
    """Lengths of the closed electron lines."""
    lines = networkx.MultiDiGraph()
    for i, j, p in diagram.edges:
        propagator = diagram.theory.propagators[p]
        if propagator.first != propagator.second:
            lines.add_edge(j, i)
    outer = range(len(diagram.external))
    parts = networkx.weakly_connected_components(lines)
    return [len(part) for part in parts if part.isdisjoint(outer)]


@pytest.mark.parametrize(
    ("external", "options", "counts"),
    [
        (PAIR, {}, [1, 4, 25]),  # A005411: propagators
        (GAMMA * 2, {}, [1, 4, 25]),
        (PAIR, {"one_particle_irreducible": True}, [1, 3, 18]),  # A005412: proper self-energies
        (GAMMA * 2, {"one_particle_irreducible": True}, [1, 3, 18]),
        (PAIR + GAMMA, {"one_particle_irreducible": True}, [1, 7, 72]),  # A005413: proper vertices
        (PAIR + GAMMA, {"on_shell": True}, [1, 7, 72]),
    ],
)
def test_quantum_electrodynamics_with_furrys_theorem(external, options, counts) -> None:
    """Cvitanovic, Lautrup, Pearson, Phys. Rev. D 18, 1939 (1978): no odd closed lines."""
    for loops, count in enumerate(counts, start=1):
        found = generate(QED1, external, loops, **options)
        assert sum(all(n % 2 == 0 for n in electron_loops(d)) for d in found) == count


def coefficients(value: sympy.Expr, x: sympy.Symbol, highest: int) -> list[sympy.Expr]:
    """Those of 1 to x^highest."""
    series = sympy.series(value, x, 0, highest + 1).removeO()
    return [sympy.expand(series).coeff(x, n) for n in range(highest + 1)]


def test_skeletons_of_the_self_energy() -> None:
    """Sigma[G, W] of Z = <exp(g psi* psi phi)>_0, whose diagrams all weigh 1: s(g^2 G^2 W) = Sigma/(g^2 G W).

    <|psi|^(2n) phi^n>_0 = n! (n - 1)!! for even n; Sigma = 1 - 1/G without the tadpole g <phi>. The counts
    are those of L. G. Molinari and N. Manini, Eur. Phys. J. B 51, 331 (2006): 1, 1, 6, 49.
    """
    g, x, y = sympy.symbols("g x y")
    highest = 4

    def moment(weight) -> sympy.Expr:
        """sum_n g^n weight(n)/n! over the powers of the vertex."""
        return sum(g**n * weight(n) / sympy.factorial(n) for n in range(2 * highest + 2))

    def gauss(n: int) -> sympy.Expr:
        return sympy.factorial2(n - 1) if n % 2 == 0 else sympy.Integer(0)

    norm = moment(lambda n: sympy.factorial(n) * gauss(n))
    electron = moment(lambda n: sympy.factorial(n + 1) * gauss(n)) / norm
    mean = moment(lambda n: sympy.factorial(n) * gauss(n + 1)) / norm
    photon = moment(lambda n: sympy.factorial(n) * gauss(n + 2)) / norm - mean**2
    proper = 1 - 1 / electron - g * mean
    wanted = coefficients(proper / (g**2 * electron * photon), g, 2 * highest - 2)[::2]
    bold = coefficients(g**2 * electron**2 * photon, g, 2 * highest)[::2]
    argument = sum(c * y**k for k, c in enumerate(bold))
    s = [sympy.Integer(1)]
    for n in range(1, highest):  # s(argument(y)) = sum_n wanted_n y^n, order by order
        known = sympy.expand(sum(c * argument**k for k, c in enumerate(s))).coeff(y, n)
        s.append(wanted[n] - known)
    assert s == [1, 1, 6, 49]
    for external in (PAIR, GAMMA * 2):
        counted = [
            sum(1 for _ in generate(QED1, external, loops, skeletons=True)) for loops in range(1, highest)
        ]
        assert counted == s[: highest - 1]


def test_skeletons_without_external_points() -> None:
    """Of phi^3: the theta graph, then the cubic graphs that no two cuts divide, A204198: 1, 2, 4, 14."""
    counted = [sum(1 for _ in generate(PHI3, (), loops, skeletons=True)) for loops in range(2, 7)]
    assert counted == [1, 1, 2, 4, 14]


@pytest.mark.parametrize(("degree", "loops"), [(3, 2), (4, 3)])
def test_on_shell_in_zero_dimensions(degree: int, loops: int) -> None:
    """The diagrams without corrections to the legs add up to <phi^4>_c/<phi^2>_c^4, loop by loop."""
    t, g = sympy.symbols("t g")
    theory = Theory.scalar({degree: g})
    order = 2 * (loops + 1) if degree == 3 else loops + 1

    def moment(extra: int) -> sympy.Expr:
        """Zero where the Gaussian moment is of odd order."""
        return sum(
            (g / sympy.factorial(degree)) ** n / sympy.factorial(n) * sympy.factorial2(degree * n + extra - 1)
            for n in range(order + 1)
            if (degree * n + extra) % 2 == 0
        )

    generator = sum(moment(k) * t**k / sympy.factorial(k) for k in range(5)) / moment(0)
    connected = [sympy.diff(sympy.log(generator), t, k).subs(t, 0) for k in (2, 4)]
    wanted = coefficients(connected[1] / connected[0] ** 4, g, order)
    for n in range(loops + 1):
        found = sum(d.symmetry_factor for d in generate(theory, (PHI,) * 4, n, on_shell=True))
        assert found == wanted[2 * (n + 1) if degree == 3 else n + 1]


def hangs_at_a_vertex(diagram: Diagram) -> bool:
    """A part without external points that one vertex ties to the rest."""
    graph = networkx.MultiGraph([edge[:2] for edge in diagram.edges])
    for cut in range(len(diagram.external), diagram.nodes):
        rest = graph.copy()
        rest.remove_node(cut)
        parts = networkx.connected_components(rest)
        if any(part.isdisjoint(range(len(diagram.external))) for part in parts):
            return True
    return False


def unlabelled(diagrams: list[Diagram]) -> int:
    """How many are left when external points are alike."""
    kept: dict[str, list[networkx.Graph]] = {}
    for diagram in diagrams:
        graph = networkx.Graph()
        for node in range(diagram.nodes):
            graph.add_node(node, outer=node < len(diagram.external))
        for i, j, _ in diagram.edges:
            lines = graph.get_edge_data(i, j, {"lines": 0})["lines"]
            graph.add_edge(i, j, lines=lines + 1)
        key = networkx.weisfeiler_lehman_graph_hash(graph, node_attr="outer", edge_attr="lines")
        same = kept.setdefault(key, [])
        if not any(networkx.is_isomorphic(graph, other, dict.__eq__, dict.__eq__) for other in same):
            same.append(graph)
    return sum(map(len, kept.values()))


@pytest.mark.parametrize(("points", "counts"), [(2, [0, 1, 1, 4, 11]), (4, [1, 2, 8, 26])])
def test_phi4_at_five_loops(points: int, counts: list[int]) -> None:
    """Kleinert, Neu, Schulte-Frohlinde, Chetyrkin, Larin, Phys. Lett. B 272, 39 (1991): 11 at five loops.

    They take external points for alike and leave out what hangs at one vertex, which is zero without mass.
    """
    for loops, count in enumerate(counts, start=1):
        found = generate(
            Theory.scalar({4: 1}), (PHI,) * points, loops, one_particle_irreducible=True, tadpoles=False
        )
        assert unlabelled([d for d in found if not hangs_at_a_vertex(d)]) == count


@pytest.mark.parametrize(("points", "loops"), list(zip((0, 2, 3, 4), (4, 3, 2, 2), strict=True)))
def test_each_filter_by_cutting_lines(points: int, loops: int) -> None:
    """What a filter keeps is what networkx keeps, cutting every line and every pair of lines."""
    outer = set(range(points))
    for diagram in generate(Theory.scalar({3: 1, 4: 1}), (PHI,) * points, loops):
        edges = [edge[:2] for edge in diagram.edges]

        def parts(*cut: int, edges=edges, nodes=diagram.nodes) -> list[set[int]]:
            graph = networkx.MultiGraph()
            graph.add_nodes_from(range(nodes))
            graph.add_edges_from(edge for k, edge in enumerate(edges) if k not in cut)
            return list(networkx.connected_components(graph))

        inner = [k for k, (i, j) in enumerate(edges) if min(i, j) >= points]
        bridges = [parts(k) for k in inner if len(parts(k)) > 1]
        loose = [k for k in range(len(edges)) if edges[k][0] != edges[k][1]]
        insertion = any(
            not part & outer and all(len(part & {*edges[k]}) == 1 for k in pair)
            for pair in combinations(loose, 2)
            for part in parts(*pair)
        )
        tadpole = any(i == j for i, j in edges) or any(not p & outer for cut in bridges for p in cut)
        expected = {
            "one_particle_irreducible": not bridges,
            "no_tadpoles": not tadpole,
            "no_self_energies": not insertion,
            "on_shell": not any(len(part & outer) == 1 for cut in bridges for part in cut),
        }
        if points != 2:
            expected["skeletons"] = not insertion and not any(
                not part & outer for k in loose for cut in [parts(k)] if len(cut) > 1 for part in cut
            )
        for name, kept in expected.items():
            assert FILTERS[name].keeps(diagram) == kept, (name, diagram)


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize(
    ("theory", "external", "vertices"),
    [
        (Theory.scalar({3: 1, 4: 1}), (), 4),
        (Theory.scalar({3: 1, 4: 1}), (PHI,), 3),
        (Theory.scalar({3: 1, 4: 1}), (PHI,) * 2, 4),
        (Theory.scalar({1: 1, 3: 1}), (PHI,) * 3, 5),
        (Theory.scalar({4: 1}), (PHI,) * 4, 4),
        (QED1, PAIR + GAMMA, 5),
        (QED2, PAIR + MUON, 4),
    ],
)
@pytest.mark.parametrize("later", [True, False])
def test_what_is_pruned_is_what_is_filtered(
    theory: Theory, external: Sequence[str], vertices: int, connected: bool, later: bool, monkeypatch
) -> None:
    """A filter while diagrams grow keeps those that it keeps of all diagrams when they are finished.

    `later`: as in diagrams with more loops than an integer has bits, which are filtered when finished.
    """
    if later:
        monkeypatch.setattr("diagrams.generation.generator.MOST_LOOPS", 0)
    everything = list(generate(theory, external, vertices, by="vertices", connected=connected))
    words = {
        "one_particle_irreducible": {"one_particle_irreducible": True},
        "no_tadpoles": {"tadpoles": False},
    }
    words |= {"no_self_energies": {"self_energies": False}}
    words |= {name: {name: True} for name in ("on_shell", "skeletons")}
    assert set(words) == set(FILTERS)
    both = {"one_particle_irreducible": True, "tadpoles": False}
    for options in [*words.values(), both]:
        found = list(generate(theory, external, vertices, by="vertices", connected=connected, **options))
        names = [name for name, option in words.items() if option.items() <= options.items()]
        assert len(set(found)) == len(found)
        assert set(found) == {d for d in everything if all(FILTERS[name].keeps(d) for name in names)}
