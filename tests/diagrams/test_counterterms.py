"""Counterterms: what they cancel is gone, order by order."""

import pytest
import sympy

from diagrams import Expansion, Propagator, Theory, TheoryError, generate
from diagrams.expansion import order_of

g, h, delta = sympy.symbols("g h delta")
ONE = Propagator("phi", "phi", value=sympy.Integer(1))


def scalar(couplings: dict[int, sympy.Expr]) -> Theory:
    """Zero dimensions, <phi phi> = 1."""
    plain = Theory.scalar(couplings)
    return Theory(plain.fields, (ONE,), plain.vertices)


def total_of(theory: Theory, external: tuple[str, ...], order: int, **options: object) -> sympy.Expr:
    return sympy.expand(Expansion.of(generate(theory, external, order, **options)).value)


def total(theory: Theory, points: int, order: int, **options: object) -> sympy.Expr:
    return total_of(theory, ("phi",) * points, order, **options)


@pytest.mark.parametrize("points", [2, 4])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_normal_ordering_removes_the_tadpoles(points: int, order: int) -> None:
    """:φ⁴: = φ⁴ - 6 C φ² + ...: with the two-leg vertex g C/2 of one loop, no self-loop is left."""
    theory = scalar({4: -g})
    ordered = theory.with_counterterms({2: g / 2})
    assert total(ordered, points, order) == total(theory, points, order, tadpoles=False)
    assert total(ordered, points, order) != total(theory, points, order)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_shifted_mean_removes_the_tadpoles(order: int) -> None:
    """φ³: j_n = - (one-point 1PI diagrams of n loops, amputated) makes ⟨φ⟩ = 0 and all tadpoles vanish."""
    theory = scalar({3: -h})
    currents = {}
    for n in range(1, order + 1):
        found = Expansion.of(generate(theory, ("phi",), n, one_particle_irreducible=True))
        currents[n] = -found.amputated().value
    assert currents[1] == h / 2
    shifted = theory.with_counterterms({("phi",): currents})
    assert total(shifted, 1, order) == 0
    assert total(shifted, 2, order) == total(theory, 2, order, tadpoles=False)
    assert total(shifted, 3, order) == total(theory, 3, order, tadpoles=False)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_self_consistent_mass(order: int) -> None:
    """φ⁴: δ_n = - Σ_n cancels every self-energy: ⟨φφ⟩ = 1 at all orders."""
    theory = scalar({4: -g})
    shifts: dict[int, sympy.Expr] = {}
    for n in range(1, order + 1):
        so_far = theory.with_counterterms({2: shifts}) if shifts else theory
        found = Expansion.of(generate(so_far, ("phi", "phi"), n))
        shifts[n] = -sympy.expand(found.self_energy().value)
    assert total(theory.with_counterterms({2: shifts}), 2, order) == 0


def test_a_counterterm_counts_as_its_loops() -> None:
    theory = scalar({4: -g}).with_counterterms({2: {1: delta, 2: delta**2}, 4: {1: h}})
    assert [v.name for v in theory.vertices] == [
        "phi4",
        "counter_phi2_1",
        "counter_phi2_2",
        "counter_phi4_1",
    ]
    one = list(generate(theory, ("phi", "phi"), 1))
    assert sorted(str(d.weight) for d in one) == ["-g/2", "delta"]
    two = Expansion.of(generate(theory, ("phi", "phi"), 2))
    assert {order_of(d, "loops") for d in two} == {2}
    assert {d.loops for d in two} == {0, 1, 2}
    assert len(two.truncate(1)) == 0
    assert delta**2 in two.weights  # both the two-loop counterterm and the one-loop one twice
    assert sum(weight == delta**2 for weight in two.weights) == 2
    assert sum(weight.has(h) for weight in two.weights) == 1


def test_orders_in_a_small_parameter() -> None:
    """S = x²/2 + ε² x⁴/4! - ε² δ x²/2: ε² counts both."""
    x, eps = sympy.symbols("x epsilon")
    theory = Theory.from_action(x**2 / 2 + eps**2 * x**4 / 24, [x], small=[eps])
    theory = theory.with_counterterms({2: {2: eps**2 * delta}}, by="epsilon")
    found = Expansion.of(generate(theory, ("x", "x"), 2, by="epsilon"))
    assert sympy.expand(found.value) == sympy.expand(eps**2 * (delta - sympy.Rational(1, 2)))


def test_several_fields_go_by_their_names() -> None:
    x, y = sympy.symbols("x y")
    theory = Theory.from_action(x**2 / 2 + y**2 / 2 + g * x**2 * y**2 / 4, [x, y])
    shifted = theory.with_counterterms({("x", "x"): g / 2})
    assert total_of(shifted, ("x", "x"), 1) == 0
    assert total_of(shifted, ("y", "y"), 1) == -g / 2
    with pytest.raises(TheoryError, match=r"of the fields \['x', 'y'\] must go by their names \(got 2\)"):
        theory.with_counterterms({2: g})


def test_zero_counterterms_are_none() -> None:
    assert scalar({4: -g}).with_counterterms({2: 0, 4: {1: 0}}) == scalar({4: -g})


@pytest.mark.parametrize(
    ("counterterms", "options", "message"),
    [
        ({"phi": delta}, {}, r"counterterms must go by tuples of field names or a number of legs"),
        ({0: delta}, {}, "counterterms must go by"),
        ({("chi",): delta}, {}, r"vertex 'counter_chi1': field must be one of \['phi'\]"),
        ({2: "delta"}, {}, "coupling must be a SymPy scalar"),
        ({2: {0: delta}}, {}, r"order of counterterm 2 must be an integer >= 1 \(got 0\)"),
        ({2: {True: delta}}, {}, "order of counterterm 2"),
        ({2: delta}, {"by": "vertices"}, r"by must be 'loops' or the name of a small parameter"),
        ({2: delta}, {"by": ""}, "by must be 'loops'"),
    ],
)
def test_bad_counterterms_are_named(counterterms: dict, options: dict, message: str) -> None:
    with pytest.raises(TheoryError, match=message):
        scalar({4: -g}).with_counterterms(counterterms, **options)
