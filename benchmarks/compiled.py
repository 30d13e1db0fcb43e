"""Compiled expressions against lambdify, symengine and jax: polynomials, fractions, deep layers."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy

from benchmarks.clock import Row, Timing, time_row, timed, timed_once
from benchmarks.peers import installed
from diagrams import Theory, generate
from diagrams.compile.compiled_expression import compile_expression
from diagrams.evaluate.numbers import evaluate_numbers
from diagrams.tables import tabulate
from fieldtheory import FullyConnected

POINTS = 50_000
_SECOND = """
from benchmarks.clock import timed_once
from benchmarks.compiled import thousand_terms, compile_expression
expression, variables = thousand_terms()
print(*timed_once(lambda: compile_expression(expression, variables)(*[1.0] * 8)))
"""


def thousand_terms() -> tuple[sympy.Expr, tuple[sympy.Symbol, ...]]:
    """Random monomials, degree up to 3 in each variable, with fractions as coefficients."""
    rng = random.Random(1)
    variables = sympy.symbols("x0:8")
    exponents: set[tuple[int, ...]] = set()
    while len(exponents) < 1000:
        exponents.add(tuple(rng.randint(0, 3) for _ in variables))
    terms = (
        sympy.Rational(rng.randint(1, 50), rng.randint(1, 50))
        * sympy.Mul(*(v**e for v, e in zip(variables, each, strict=True)))
        for each in sorted(exponents)
    )
    return sympy.Add(*terms), variables


def special_functions() -> tuple[sympy.Expr, tuple[sympy.Symbol, ...]]:
    """Cases, steps, gamma and Bessel functions of two variables."""
    x, y = sympy.symbols("x y", real=True)
    first = x * sympy.besselj(1, x) * sympy.erfc(y)
    second = sympy.gamma(x) * sympy.besseli(2, y) + sympy.Max(x, y) * sympy.Heaviside(x - 1)
    cases = sympy.Piecewise((first, x > y), (second, True))
    return cases + sympy.floor(x) * sympy.loggamma(y) + sympy.sign(x - y), (x, y)


def ratios_of_polynomials() -> tuple[sympy.Expr, tuple[sympy.Symbol, ...]]:
    """A sum of 200 fractions, as a learning curve at finite ridge has them: lambda_l/(lambda_l + kappa)^k."""
    rng = random.Random(2)
    variables = sympy.symbols("x0:8")
    terms = (
        sympy.Rational(rng.randint(1, 50), rng.randint(1, 50))
        * x ** rng.randint(0, 3)
        / (y + rng.randint(1, 9) * z) ** rng.randint(1, 4)
        for x, y, z in (rng.sample(variables, 3) for _ in range(200))
    )
    return sympy.Add(*terms), variables


def rows() -> list[Row]:
    """Time until the first value and time per point; a second process; an expansion; deep kernels."""
    return [
        *_rows_of("1000 terms in 8 variables", *thousand_terms()),
        *_rows_of("200 fractions in 8 variables", *ratios_of_polynomials()),
        *_second_rows(),
        *_deep_rows(),
        _functions_row(),
    ]


def _ready_peers(expression: sympy.Expr, variables: Sequence[sympy.Symbol]) -> dict[str, Callable[[], Any]]:
    """By name, what makes a function of arrays of the expression."""
    found: dict[str, Callable[[], Any]] = {
        "lambdify(cse=True)": lambda: sympy.lambdify(variables, expression, "numpy", cse=True)
    }
    if installed("symengine"):
        import symengine

        def by_symengine() -> Any:
            function = symengine.Lambdify(variables, [expression], cse=True, backend="llvm")
            return lambda *values: function(np.stack(values, axis=-1))

        found["symengine, LLVM"] = by_symengine
    if installed("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
        found["jax.jit"] = lambda: jax.jit(sympy.lambdify(variables, expression, "jax", cse=True))
    return found


def _rows_of(what: str, expression: sympy.Expr, variables: Sequence[sympy.Symbol]) -> list[Row]:
    """Until the value at one point, and for each of many."""
    values = np.random.default_rng(0).uniform(0.5, 1.5, (len(variables), POINTS))
    one = values[:, :1].copy()
    compiled = compile_expression(expression, variables)
    ready = timed(lambda: compile_expression(expression, variables)(*one), repeats=7)
    ours = timed(lambda: compiled(*values), repeats=9).per(POINTS)
    found = []
    for name, make in _ready_peers(expression, variables).items():
        theirs = timed_once(lambda make=make: np.asarray(make()(*one)))
        function = make()
        assert np.allclose(np.ravel(function(*values)), compiled(*values), rtol=1e-9)
        each = timed(lambda function=function: np.asarray(function(*values)), repeats=5).per(POINTS)
        found.append(time_row(f"expression of {what}, first value", ready, name, theirs))
        found.append(time_row(f"the same, one of {POINTS:,} points", ours, name, each))
    return found


def _second_rows() -> list[Row]:
    """The first value in a process whose kernels were compiled before; terms of a perturbation series."""
    second = sorted(
        Timing(*map(float, subprocess.check_output([sys.executable, "-c", _SECOND], text=True).split()))
        for _ in range(3)
    )[1]
    g, h, c = sympy.symbols("g h c")
    theory = Theory.scalar({3: -g, 4: -h})
    table = tabulate(d for loops in range(1, 5) for d in generate(theory, ("phi",) * 2, loops))
    expansion = timed(lambda: compile_expression(evaluate_numbers(table, c), [g, h, c]), repeats=5)
    return [
        time_row("the 1000 terms, first value in a second process", second),
        time_row(f"two-point function to four loops ({len(table)} terms), ready", expansion),
    ]


def _deep_rows() -> list[Row]:
    t = sympy.Symbol("t")
    found = []
    for layers in (8, 100):
        kernel = FullyConnected(layers, "relu", bias_variance=0.1).nngp().symbolic(t)
        ours = timed(lambda kernel=kernel: compile_expression(kernel, [t]), repeats=7)
        # lambdify sees the shared parts of a deep kernel again and again: 8 layers are what it can do
        peer = (
            timed_once(lambda kernel=kernel: sympy.lambdify(t, kernel, "numpy", cse=True))
            if layers == 8
            else None
        )
        what = f"symbolic kernel of {layers} ReLU layers, ready"
        found.append(time_row(what, ours, "lambdify(cse=True)" if peer else "", peer))
    return found


def _functions_row() -> Row:
    expression, variables = special_functions()
    values = np.random.default_rng(0).uniform(0.1, 5.0, (2, POINTS))
    compiled = compile_expression(expression, variables)
    reference = sympy.lambdify(variables, expression, ["scipy", "numpy"], cse=True)
    ours = timed(lambda: compiled(*values), repeats=9).per(POINTS)
    theirs = timed(lambda: reference(*values), repeats=9).per(POINTS)
    what = f"cases, steps, gamma and Bessel functions, one of {POINTS:,} points"
    return time_row(what, ours, "lambdify(cse=True), SciPy", theirs)
