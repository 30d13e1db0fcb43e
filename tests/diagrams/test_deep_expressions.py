"""Compiled expressions whose parts are shared many times over, or nested deep."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy.core.cache import clear_cache

import fieldtheory as ft
from diagrams import Propagator, Theory, TheoryError, compile_expression
from fieldtheory.expression_parts import SIMPLIFIED, free_symbols, height, occurrences, parts, replaced
from renormalization import kernel_singularity
from tests.steps import calls

X, T = sympy.symbols("x t")
DEEP = 10_000
INPUTS = np.array([-1.0, -0.7, -0.1, 0.0, 0.3, 0.9])
ENDS = np.array([1 - 1e-9, 1 - 2.0**-53, 1.0])


@pytest.mark.parametrize("ntk", [False, True])
@pytest.mark.parametrize("activation", ["relu", "erf", "gelu", "sin"])
def test_hundred_layers(activation: str, ntk: bool) -> None:
    """The symbolic kernel of 100 layers is ready in few steps and equals the numeric one"""
    network = ft.FullyConnected(100, activation, weight_variance=2.0, bias_variance=0.05)
    kernel = network.ntk() if ntk else network.nngp()
    kernel.symbolic(T)  # formulas of the activation, once per process
    compile_expression(X, [X])(0.0)  # the interpreter, once per machine
    assert calls(lambda: compile_expression(kernel.symbolic(T), [T])(0.0)) < 4e6
    compiled = compile_expression(kernel.symbolic(T), [T])
    np.testing.assert_allclose(compiled(INPUTS), kernel(INPUTS), rtol=2e-8 if ntk else 1e-13)


WALKS: dict[str, Callable[[ft.ZonalKernel, sympy.Expr], object]] = {
    "symbolic": lambda kernel, _: kernel.symbolic(T),
    "compile_expression": lambda _, formula: compile_expression(formula, [T]),
    "free_symbols": lambda _, formula: free_symbols(formula),
    "occurrences": lambda _, formula: occurrences(formula),
    "replaced": lambda _, formula: replaced(formula, {T: X}),
    "from_function": lambda _, formula: ft.ZonalKernel.from_function(formula),
    "kernel_singularity": lambda _, formula: kernel_singularity(formula),
}


@pytest.mark.parametrize("walk", WALKS)
def test_steps_grow_like_the_parts(walk: str) -> None:
    """Thrice the layers: thrice the parts and the calls, but for a constant; what is written is cubed"""
    steps, sizes, written = [], [], []
    # SymPy makes the lowest layers, in many steps; these two take many for every part
    fewest = 4 if walk in ("from_function", "kernel_singularity") else 80
    for layers in (fewest, 3 * fewest, 9 * fewest):
        kernel = ft.FullyConnected(layers, "erf", bias_variance=0.05).ntk()
        formula = kernel.symbolic(T)
        WALKS[walk](kernel, formula)  # formulas of the activation, once per process
        clear_cache()  # of SymPy, which keeps a thousand parts: all or some of a kernel
        steps.append(calls(lambda kernel=kernel, formula=formula: WALKS[walk](kernel, formula)))
        sizes.append(len(parts(formula)))
        written.append(occurrences(formula))
    assert written[2] // written[1] > (written[1] // written[0]) ** 2 > 1e4
    for each in (steps, sizes):
        first, second = (after - before for before, after in itertools.pairwise(each))
        assert second < 5 * first  # 3 in proportion, 9 if it were the square


@pytest.mark.parametrize(("weight", "bias"), [(1.5, 0.1), (2.0, 0.0), (1.9, 0.0), (2.0, 0.3), (3.0, 1.0)])
def test_relu_layers_near_coinciding_inputs(weight: float, bias: float) -> None:
    """60 ReLU layers up to t = 1, where q^2 - K^2 is lost in rounding: the numeric kernel, no NaN"""
    kernel = ft.FullyConnected(60, "relu", weight_variance=weight, bias_variance=bias).nngp()
    t = np.concatenate([INPUTS, ENDS])
    np.testing.assert_allclose(compile_expression(kernel.symbolic(T), [T])(t), kernel(t), rtol=1e-13)


def test_deep_layers_are_those_that_sympy_makes() -> None:
    """Put together past SymPy's simplifications: the same numbers to 30 digits"""
    kernel = ft.FullyConnected(2, "gelu", weight_variance=2, bias_variance=sympy.Rational(1, 7)).nngp()
    t = sympy.Rational(1, 3)
    assert height(kernel.symbolic(T), 50) > SIMPLIFIED
    left = sympy.N(replaced(kernel.symbolic(T), {T: t}), 30)
    q, k = sympy.Float("2", 40) + sympy.Rational(1, 7), sympy.Float("2", 40) / 3 + sympy.Rational(1, 7)
    gelu = ft.activation("gelu")
    for _ in range(2):
        q, k = (2 * gelu.covariance(each, q) + sympy.Rational(1, 7) for each in (q, k))
    assert abs(left - k) < 1e-28


def _sine(e: sympy.Expr) -> sympy.Expr:
    return sympy.sin(e, evaluate=False)


@pytest.mark.parametrize(
    ("symbolic", "numeric"),
    [
        (_sine, np.sin),
        (lambda e: sympy.Add(_sine(e), X, evaluate=False), lambda y: np.sin(y) + 0.3),
        (lambda e: sympy.Mul(X, sympy.Add(e, 1, evaluate=False), evaluate=False), lambda y: 0.3 * (y + 1)),
        (
            lambda e: sympy.Add(1, sympy.Pow(e, sympy.Rational(1, 2), evaluate=False), evaluate=False),
            lambda y: 1 + np.sqrt(y),
        ),
        (lambda e: sympy.Add(e, X, evaluate=False), lambda y: y + 0.3),
        (lambda e: sympy.cos(sympy.Add(e, e, evaluate=False), evaluate=False), lambda y: np.cos(2 * y)),
    ],
)
def test_deep_nesting(
    symbolic: Callable[[sympy.Expr], sympy.Expr], numeric: Callable[[float], float]
) -> None:
    """f(f(...f(x))), 10^4 times, equals the same loop of numbers"""
    expression, value = X, 0.3
    for _ in range(DEEP):
        expression, value = symbolic(expression), float(numeric(value))
        hash(expression)  # of each before it is nested: SymPy's hash recurses
    assert float(compile_expression(expression, [X])(0.3)) == pytest.approx(value, rel=1e-11)


def test_deep_constants() -> None:
    """cos(cos(...cos(1))) is Dottie's number, solution of cos x = x; 2^200 of a sum that is doubled"""
    dottie, doubled = sympy.Integer(1), X
    for _ in range(DEEP):
        dottie = sympy.cos(dottie, evaluate=False)
        assert dottie.is_commutative  # asked of each: SymPy recurses
    assert float(compile_expression(X * dottie, [X])(1.0)) == pytest.approx(0.7390851332151607, abs=1e-16)
    for _ in range(200):
        doubled = sympy.Add(doubled, doubled, evaluate=False)
    assert float(compile_expression(doubled, [X])(1.0)) == 2.0**200


def test_wide_products() -> None:
    """A product of 3000 symbols, and the sum of its beginnings, need no stack either"""
    symbols = sympy.symbols("y0:3000")
    values = np.random.default_rng(0).uniform(0.99, 1.01, 3000)
    whole = compile_expression(sympy.Mul(*symbols), symbols)
    assert float(whole(*values)) == pytest.approx(np.prod(values), rel=1e-12)
    beginnings = sympy.Add(*(sympy.Mul(*symbols[: k + 1]) for k in range(0, 250)))
    found = float(compile_expression(beginnings, symbols)(*values))
    assert found == pytest.approx(np.cumprod(values)[:250].sum(), rel=1e-12)


def test_messages_of_deep_expressions() -> None:
    """A message names what is refused in one line, however large it is"""
    deep = ft.FullyConnected(40, "relu").nngp().symbolic(T)
    for wrong in (deep * sympy.Symbol("A", commutative=False), sympy.Derivative(sympy.Function("f")(T), T)):
        with pytest.raises(TheoryError) as refusal:
            compile_expression(wrong, [T])
        assert len(str(refusal.value)) < 200
        assert "\n" not in str(refusal.value)


@given(
    st.recursive(
        st.sampled_from([X, T, sympy.Integer(2)]), lambda s: st.tuples(s, s).map(lambda p: p[0] * p[1] + 1)
    )
)
def test_walks(expression: sympy.Expr) -> None:
    """Parts, their number and their height, and replacement, equal what SymPy's own walks say"""
    walked = list(sympy.preorder_traversal(expression))
    assert {hash(part) for part in parts(expression)} == {hash(part) for part in walked}
    assert occurrences(expression) == len(walked)
    new, theirs = replaced(expression, {X: T + 1}), expression.xreplace({X: T + 1})
    assert new == theirs or height(expression, SIMPLIFIED) == SIMPLIFIED  # deep ones keep their sequence
    assert new.subs(T, 3) == theirs.subs(T, 3)

    def levels(part: sympy.Basic) -> int:
        return 1 + max(map(levels, part.args), default=0)

    assert height(expression, 50) == min(50, levels(expression))


def test_kernels_from_deep_expressions() -> None:
    """A symbolic kernel of 100 layers as a function of t is the numeric kernel, and has one free symbol"""
    kernel = ft.FullyConnected(100, "erf", bias_variance=0.1).nngp()
    expression = kernel.symbolic(T)
    read = ft.ZonalKernel.from_function(expression)
    np.testing.assert_allclose(read(INPUTS), kernel(INPUTS), rtol=1e-13)
    assert len(read.name) < 60
    assert free_symbols(expression) == {T}
    at = read.symbolic(sympy.Rational(3, 10))
    assert float(compile_expression(at, [])()) == pytest.approx(float(kernel(0.3)), rel=1e-13)


def test_singularity_of_deep_kernels() -> None:
    """theta^1 leads in the kernel of any number of ReLU layers"""
    assert kernel_singularity(ft.FullyConnected(20, "relu").ntk()) == 1
    assert kernel_singularity(ft.FullyConnected(20, "relu").ntk().symbolic(T)) == 1


def _sines(expression: sympy.Expr) -> sympy.Expr:
    for _ in range(3000):
        expression = sympy.sin(expression, evaluate=False)
        assert expression.is_commutative  # asked of each: SymPy recurses
    return expression


def _doubled(expression: sympy.Expr) -> sympy.Expr:
    for _ in range(60):
        expression = sympy.Add(sympy.Mul(expression, T, evaluate=False), expression, evaluate=False)
    return expression


REFUSALS: list[Callable[[sympy.Expr], object]] = [
    lambda e: Theory.from_action(X**2 / 2 + e, [X]),
    lambda e: Theory.from_action(X**2 / 2, [e]),
    lambda e: Theory.scalar({4: e}),
    lambda e: Propagator("phi", "phi", value=e),
    lambda e: compile_expression(X, [e]),
    lambda e: ft.FullyConnected(2, "relu", weight_variance=e),
    lambda e: ft.FullyConnected(2, e),
    lambda e: ft.Target({1: e}),
]


@pytest.mark.parametrize("nested", [_sines, _doubled])
@pytest.mark.parametrize("use", REFUSALS)
def test_what_sympy_would_not_come_through(
    use: Callable[[sympy.Expr], object], nested: Callable[[sympy.Expr], sympy.Expr]
) -> None:
    """Where SymPy itself has to walk: one line at once, no RecursionError, no hour"""
    with pytest.raises(ValueError, match=r"must be .* \(got \[?an expression of ") as refusal:
        use(nested(X))
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("wrong", ["x y", None, np.zeros((2, 2, 2)), float("nan"), np.inf, [0.5], sympy.true])
def test_what_a_kernel_is_no_formula_of(wrong: object) -> None:
    """symbolic(t) takes numbers and expressions; one line names what else it got"""
    kernel = ft.FullyConnected(1, "relu").nngp()
    with pytest.raises(ValueError, match=r"^t must be a number or a SymPy expression \(got [^\n]*\)$"):
        kernel.symbolic(wrong)
