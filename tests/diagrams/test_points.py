"""Non-local vertices on points: all Wick contractions one by one, exact cumulants, diagonal tensors."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations_with_replacement, product
from math import factorial, prod

import numpy as np
import pytest
import sympy

from diagrams import (
    FactorisedVertex,
    Field,
    ProductVertex,
    Propagator,
    Theory,
    TheoryError,
    Vertex,
    generate,
)
from diagrams.evaluate.numbers import evaluate_numbers
from diagrams.evaluate.points import evaluate_points
from diagrams.tables import ExpansionTable, tabulate

TWO = ("phi", "phi")
FIELDS = (Field("phi"), Field("psi"))
PROPAGATORS = (Propagator("phi", "phi"), Propagator("phi", "psi", directed=True))


def pairings(items: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
    if not items:
        yield []
        return
    for k in range(1, len(items)):
        for rest in pairings([*items[1:k], *items[k + 1 :]]):
            yield [(items[0], items[k]), *rest]


def wick(
    theory: Theory,
    external: tuple[str, ...],
    order: int,
    matrices: Mapping[tuple[str, str], np.ndarray],
    tensors: Mapping[str, np.ndarray],
    w: np.ndarray,
) -> np.ndarray:
    """<external prod_v (vertex)> over the orders' factorials, from all pairings of all legs, by einsum."""
    n = len(w)
    total = np.zeros((n,) * len(external))
    for chosen in combinations_with_replacement(theory.vertices, order):
        scale = 1.0 / prod(factorial(chosen.count(v)) for v in set(chosen))
        fields, points, operands = list(external), list(range(len(external))), []
        for v in chosen:
            names = [f.name for f in theory.fields for _ in range(v.legs.get(f.name, 0))]
            scale *= float(v.coupling) / prod(factorial(k) for k in v.legs.values())
            start = max(points, default=-1) + 1
            new = [start] * len(names) if v.local else list(range(start, start + len(names)))
            operands += [w, [start]] if v.local else [tensors[v.name], new]
            fields += names
            points += new
        for pairs in pairings(range(len(fields))):
            lines: list = []
            for i, j in pairs:
                if (fields[i], fields[j]) in matrices:
                    lines += [matrices[fields[i], fields[j]], [points[i], points[j]]]
                elif (fields[j], fields[i]) in matrices:
                    lines += [matrices[fields[j], fields[i]], [points[j], points[i]]]
                else:
                    break
            else:
                total += scale * np.einsum(*operands, *lines, list(range(len(external))))
    return total


def everything(theory: Theory, external: tuple[str, ...], order: int) -> ExpansionTable:
    found = generate(theory, external, order, by="vertices", connected=False, vacuum_bubbles=True)
    return tabulate(found)


def nonlocal_vertex(name: str, legs: Mapping[str, int], coupling: object = 1) -> Vertex:
    return Vertex(name, legs, coupling, {"vertices": 1}, local=False)


CASES = [
    ((nonlocal_vertex("a", {"phi": 3}),), TWO, 2, 3),
    ((nonlocal_vertex("b", {"phi": 4}, 2),), TWO, 1, 3),
    ((nonlocal_vertex("b", {"phi": 4}),), ("phi",) * 4, 1, 2),
    ((nonlocal_vertex("b", {"phi": 4}),), (), 2, 2),
    ((nonlocal_vertex("a", {"phi": 3}), Vertex("c", {"phi": 3}, -3, {"vertices": 1})), TWO, 2, 2),
    ((nonlocal_vertex("a", {"phi": 3}), nonlocal_vertex("d", {"phi": 1})), TWO, 2, 3),
    ((nonlocal_vertex("e", {"phi": 2, "psi": 1}),), TWO, 2, 2),
    (
        (nonlocal_vertex("e", {"phi": 2, "psi": 1}), Vertex("f", {"phi": 1, "psi": 1}, 1, {"vertices": 1})),
        ("phi", "psi"),
        2,
        2,
    ),
    ((nonlocal_vertex("h", {"phi": 1, "psi": 2}),), TWO, 2, 2),
]


@pytest.mark.parametrize(("vertices", "external", "order", "n"), CASES)
def test_all_wick_contractions(
    vertices: tuple[Vertex, ...], external: tuple[str, ...], order: int, n: int
) -> None:
    rng = np.random.default_rng(n)
    theory = Theory(FIELDS, PROPAGATORS, vertices)
    a = rng.normal(size=(n, n))
    matrices = {TWO: a @ a.T, ("phi", "psi"): rng.normal(size=(n, n))}
    w = rng.uniform(0.5, 1.5, n)
    tensors, factorised = {}, {}
    for v in vertices:
        q = rng.uniform(-1, 1, 3)
        factors = {name: rng.normal(size=(3, n)) for name in v.legs}
        legs = [name for name in ("phi", "psi") for _ in range(v.legs.get(name, 0))]
        factorised[v.name] = FactorisedVertex(q, factors)
        indices = [part for k, name in enumerate(legs, 1) for part in (factors[name], [0, k])]
        tensors[v.name] = np.einsum(q, [0], *indices, list(range(1, len(legs) + 1)))
    table = everything(theory, external, order)
    expected = wick(theory, external, order, matrices, tensors, w)
    for given in (tensors, factorised):
        found = evaluate_points(table, matrices, weights=w, vertices=given)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12 * np.abs(expected).max())
    if external:
        fixed = [n - 1] + [None] * (len(external) - 1)
        found = evaluate_points(table, matrices, weights=w, vertices=tensors, fixed=fixed)
        np.testing.assert_allclose(found, expected[n - 1], rtol=1e-10, atol=1e-12 * np.abs(expected).max())


def partitions(items: Sequence[int]) -> Iterator[list[list[int]]]:
    if not items:
        yield []
        return
    for rest in partitions(items[1:]):
        yield [[items[0]], *rest]
        for k in range(len(rest)):
            yield [*rest[:k], [items[0], *rest[k]], *rest[k + 1 :]]


def cumulant(samples: np.ndarray, p: np.ndarray, legs: int) -> np.ndarray:
    """sum over partitions of (-1)^(blocks - 1) (blocks - 1)! times the moments of the blocks."""
    total = np.zeros((samples.shape[1],) * legs)
    for blocks in partitions(range(legs)):
        operands: list = []
        for k, block in enumerate(blocks):
            operands += [p, [legs + k]]
            for axis in block:
                operands += [samples, [legs + k, axis]]
        sign = (-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1)
        total += sign * np.einsum(*operands, list(range(legs)))
    return total


def network_prior() -> tuple[np.ndarray, np.ndarray]:
    """All outputs of a network with one hidden layer of two units, weights from small sets; three points."""
    x = np.array([[1.0, 0.5], [-0.3, 1.2], [0.8, -1.0]])
    inner = [np.array(u) for u in ((1.0, 0.0), (-0.5, 1.0), (0.4, 0.9))]
    units = [v * np.tanh(x @ u) + 0.1 for v, u in product((-1.0, 0.7), inner)]
    values = np.array([(a + b) / np.sqrt(2) for a, b in product(units, repeat=2)])
    return values, np.full(len(values), 1 / len(values))


def mixture() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    p = rng.uniform(size=4)
    return rng.normal(size=(4, 3)), p / p.sum()


@pytest.mark.parametrize("prior", [mixture, network_prior])
@pytest.mark.parametrize("points", [2, 3, 4])
def test_moments_are_sums_of_cumulants(prior: object, points: int) -> None:
    """<f_i f_j ...> = sum over disconnected diagrams; each leg psi of a cumulant ends in an external f."""
    samples, p = prior()  # type: ignore[operator]
    vertices = tuple(nonlocal_vertex(f"k{n}", {"psi": n}) for n in range(1, points + 1) if n != 2)
    theory = Theory(FIELDS, PROPAGATORS, vertices)
    n = samples.shape[1]
    matrices = {TWO: cumulant(samples, p, 2), ("phi", "psi"): np.eye(n)}
    cumulants = {v.name: cumulant(samples, p, v.degree) for v in vertices}
    total = np.zeros((n,) * points)
    for order in range(points + 1):
        table = everything(theory, ("phi",) * points, order)
        total = total + evaluate_points(table, matrices, vertices=cumulants)
    operands = [part for k in range(points) for part in (samples, [points, k])]
    expected = np.einsum(p, [points], *operands, list(range(points)))
    np.testing.assert_allclose(total, expected, rtol=1e-11, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize(("external", "order"), [(("phi",), 1), (TWO, 1), (("phi",), 2)])
def test_cumulants_as_sums_of_products(external: tuple[str, ...], order: int) -> None:
    """kappa_4 = <FFFF> - sum_3 <FF><FF>, kappa_5 = <FFFFF> - sum_10 <FFF><FF> of centred F, as lists."""
    samples, p = mixture()
    centred, n = samples - p @ samples, samples.shape[1]
    second = (centred * p[:, None]).T @ centred
    node, third = FactorisedVertex(p, centred), (3, FactorisedVertex(p, centred))
    lists = {
        "phi3": [node],
        "phi4": [node, ProductVertex(-0.5, [second, (2, node)])],  # each of the three pairs comes twice
        "phi5": [node, ProductVertex(-1.0, [third, second])],
    }
    dense = {f"phi{k}": cumulant(samples, p, k) for k in (3, 4, 5)}
    for name, parts in lists.items():
        legs = int(name[3:])
        total = sum(
            part.tensor(("phi",) * legs) if isinstance(part, FactorisedVertex) else part.tensor("phi")
            for part in parts
        )
        np.testing.assert_allclose(total, dense[name], atol=1e-13 * np.abs(dense[name]).max())
    table = tabulate(generate(Theory.from_cumulants({3: 1, 4: 1, 5: 1}), external, order))
    a = np.random.default_rng(0).normal(size=(n, n))
    expected = evaluate_points(table, a @ a.T, vertices=dense)
    found = evaluate_points(table, a @ a.T, vertices=lists)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize(("legs", "loops"), [(4, 1), (4, 2), (4, 3), (3, 1), (3, 2)])
def test_local_is_non_local_with_a_diagonal_tensor(legs: int, loops: int) -> None:
    rng = np.random.default_rng(loops)
    n = 3
    a, w = rng.normal(size=(n, n)), rng.uniform(0.5, 1.5, n)
    local = Theory.scalar({legs: -2})
    other = Theory((Field("phi"),), (Propagator("phi", "phi"),), (nonlocal_vertex("k", {"phi": legs}, -2),))
    diagonal = np.zeros((n,) * legs)
    diagonal[(np.arange(n),) * legs] = w
    tables = tabulate(generate(local, TWO, loops)), tabulate(generate(other, TWO, loops))
    assert len(tables[0]) == len(tables[1])
    expected = evaluate_points(tables[0], a @ a.T, weights=w)
    for given in (diagonal, FactorisedVertex(w, np.eye(n))):
        found = evaluate_points(tables[1], a @ a.T, weights=rng.normal(size=n), vertices={"k": given})
        np.testing.assert_allclose(found, expected, rtol=1e-11)
    assert evaluate_numbers(tables[0], 3) == evaluate_numbers(tables[1], 3)


def test_tables_of_non_local_vertices() -> None:
    vertices = nonlocal_vertex("phi3", {"phi": 3}), nonlocal_vertex("phi4", {"phi": 4}, sympy.Symbol("g"))
    theory = Theory((Field("phi"),), (Propagator("phi", "phi"),), vertices)
    diagrams = list(generate(theory, TWO, 1))
    table = tabulate(diagrams)
    assert len(table) == len(diagrams)  # cumulants of different legs stay apart
    assert not table.local
    assert table.legs == (("phi3", ("phi",) * 3), ("phi4", ("phi",) * 4))
    (tadpole,) = (term for term in table.terms if term.nodes == 6)
    assert tadpole.tensors == (("phi4", (2, 3, 4, 5)),)
    assert table.describe(tadpole) == "V_phi4(y1,y2,y3,y4) C(x1,y1) C(x2,y2) C(y3,y4)"
    assert tabulate(reversed(diagrams)).terms[::-1] == table.terms
    assert tabulate(generate(Theory.scalar({4: 1}), TWO, 2)).terms[0].tensors == ()


def test_errors() -> None:
    vertex = nonlocal_vertex("e", {"phi": 2, "psi": 1})
    theory = Theory(FIELDS, PROPAGATORS, (vertex,))
    table = everything(theory, ("phi",), 1)
    matrices = {TWO: np.eye(3), ("phi", "psi"): np.eye(3)}
    with pytest.raises(TheoryError, match=r"vertices must be local or have a tensor .*none for 'e'\)"):
        evaluate_points(table, matrices)
    with pytest.raises(ValueError, match=r"tensor of 'e' must have shape \(3, 3, 3\) \(got \(2, 2, 2\)\)"):
        evaluate_points(table, matrices, vertices={"e": np.ones((2, 2, 2))})
    tensor = np.zeros((3, 3, 3))
    tensor[0, 0, 1] = 1  # phi, phi, psi: fine
    evaluate_points(table, matrices, vertices={"e": tensor})
    tensor[0, 1, 0] = 1
    with pytest.raises(ValueError, match=r"symmetric in its legs of 'phi'"):
        evaluate_points(table, matrices, vertices={"e": tensor})
    with pytest.raises(
        ValueError, match=r"factors must have shape \(2, points\) by the weights \(got \(3, 3\)\)"
    ):
        FactorisedVertex([1.0, 1.0], np.eye(3))
    with pytest.raises(ValueError, match=r"weights of a vertex must have one axis \(got shape \(\)\)"):
        FactorisedVertex(1.0, np.eye(3))
    with pytest.raises(ValueError, match=r"factors must be given for 'psi' \(got \['phi'\]\)"):
        evaluate_points(table, matrices, vertices={"e": FactorisedVertex(np.ones(3), {"phi": np.eye(3)})})
    with pytest.raises(ValueError, match=r"factors of 'e' must be on 3 points \(got \(2, 4\)\)"):
        evaluate_points(table, matrices, vertices={"e": FactorisedVertex(np.ones(2), np.ones((2, 4)))})
    products = [[np.eye(3), np.ones(3)], [np.eye(2), np.ones(2)]]
    for factors, said in zip(products, ("all of one field", "must be on 3 points"), strict=True):
        legs = {"phi": 2, "psi": 1} if "field" in said else {"phi": 3}
        own = everything(Theory(FIELDS, PROPAGATORS, (nonlocal_vertex("e", legs),)), ("phi",), 1)
        with pytest.raises(ValueError, match=said):
            evaluate_points(own, matrices, vertices={"e": [ProductVertex(1.0, factors)]})
    with pytest.raises(ValueError, match=r"an axis for each leg, all equal \(got shape \(2, 3\)\)"):
        ProductVertex(1.0, [np.ones((2, 3))])
    with pytest.raises(ValueError, match="one or more"):
        ProductVertex(1.0, [])
    other = Theory(FIELDS, PROPAGATORS, (nonlocal_vertex("e", {"phi": 3}),))
    with pytest.raises(TheoryError, match=r"vertex 'e' must have the same legs in all diagrams"):
        tabulate([*generate(theory, ("phi",), 1), *generate(other, ("phi",), 1)])
