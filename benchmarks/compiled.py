"""Compiled expressions against lambdify with cse: a thousand terms, deep layers, special functions."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time

import numpy as np
import sympy

from benchmarks.clock import Row, median_seconds
from diagrams import Theory, generate
from diagrams.compile.compiled_expression import compile_expression
from diagrams.evaluate.numbers import evaluate_numbers
from diagrams.tables import tabulate
from fieldtheory import FullyConnected

POINTS = 50_000
_SECOND = """
import time
from benchmarks.compiled import thousand_terms, compile_expression
expression, variables = thousand_terms()
start = time.perf_counter()
compile_expression(expression, variables)(*[1.0] * 8)
print(time.perf_counter() - start)
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


def rows() -> list[Row]:
    """Ready time (a call on one point included) and time per point; a second process; an expansion."""
    return [*_rows_of_terms(), _deep_row(), _functions_row()]


def _deep_row() -> Row:
    t = sympy.Symbol("t")
    kernel = FullyConnected(8, "relu", bias_variance=0.1).nngp().symbolic(t)
    start = time.perf_counter()
    sympy.lambdify(t, kernel, "numpy", cse=True)
    theirs = time.perf_counter() - start
    ours = median_seconds(lambda: compile_expression(kernel, [t]), repeats=7)
    return Row(
        "symbolic kernel of 8 ReLU layers, ready",
        f"{ours * 1e3:.1f} ms",
        f"lambdify(cse=True): {theirs * 1e3:.0f} ms",
        theirs / ours,
    )


def _functions_row() -> Row:
    expression, variables = special_functions()
    values = np.random.default_rng(0).uniform(0.1, 5.0, (2, POINTS))
    compiled = compile_expression(expression, variables)
    reference = sympy.lambdify(variables, expression, ["scipy", "numpy"], cse=True)
    ours = median_seconds(lambda: compiled(*values), repeats=9) / POINTS
    theirs = median_seconds(lambda: reference(*values), repeats=9) / POINTS
    return Row(
        "cases, steps, gamma and Bessel functions, one of 50,000 points",
        f"{ours * 1e9:.0f} ns",
        f"lambdify(cse=True), SciPy: {theirs * 1e9:.0f} ns",
        theirs / ours,
    )


def _rows_of_terms() -> list[Row]:
    expression, variables = thousand_terms()
    values = np.random.default_rng(0).uniform(0.5, 1.5, (8, POINTS))
    compiled = compile_expression(expression, variables)
    ready = median_seconds(lambda: compile_expression(expression, variables), repeats=7)
    start = time.perf_counter()
    reference = sympy.lambdify(variables, expression, "numpy", cse=True)
    reference_ready = time.perf_counter() - start
    ours = median_seconds(lambda: compiled(*values), repeats=9) / POINTS
    theirs = median_seconds(lambda: reference(*values), repeats=5) / POINTS
    second = statistics.median(
        float(
            subprocess.run([sys.executable, "-c", _SECOND], capture_output=True, text=True, check=True).stdout
        )
        for _ in range(3)
    )
    g, h, c = sympy.symbols("g h c")
    theory = Theory.scalar({3: -g, 4: -h})
    table = tabulate(d for loops in range(1, 5) for d in generate(theory, ("phi",) * 2, loops))
    expansion = median_seconds(lambda: compile_expression(evaluate_numbers(table, c), [g, h, c]), repeats=5)
    return [
        Row(
            "expression of 1000 terms in 8 variables, ready",
            f"{ready * 1e3:.0f} ms",
            f"lambdify(cse=True): {reference_ready * 1e3:.0f} ms",
            reference_ready / ready,
        ),
        Row(
            "the same, one of 50,000 points", f"{ours * 1e9:.0f} ns", f"{theirs * 1e9:.0f} ns", theirs / ours
        ),
        Row("the same, ready in a second process, kernel cached", f"{second * 1e3:.0f} ms", "", None),
        Row(
            f"two-point function to four loops ({len(table)} terms), ready",
            f"{expansion * 1e3:.0f} ms",
            "",
            None,
        ),
    ]
