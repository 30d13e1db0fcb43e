r"""The flow equation in SymPy, derived from the replicated action by splitting the field.

S = (1/2) sum_{a,i} f_ai^2/lambda_i - N int dmu(x) [exp(-sum_a (f_a - g)^2/(2 sigma^2)) - 1], a = 1 ... M,
M -> 0. The shell of degree Lambda, f_> = psi, is Gaussian at one point, independent between replicas: the
vertex averaged over it is the same vertex with another ridge. One loop with the bare shell gives the naive
flow; with the shell's propagator in the mass that the data give it (1/kappa), the screened one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from fieldtheory.counted import counted
from fieldtheory.references import COHEN_MALKA_RINGEL, HOWARD
from fieldtheory.shown_value import shown

COUPLINGS = ("ridge", "ridge_naive", "label_noise", "factor", "coupling")


class Step(NamedTuple):
    """A result of the derivation: what it is, the quantity as text and in LaTeX, its SymPy expression."""

    title: str
    left: str
    left_latex: str
    right: Any


@dataclass(frozen=True)
class FlowEquation:
    """The derivation, step by step, and the beta functions d/d ln Lambda that it ends with.

    Prints as text, and as LaTeX in a notebook. `steps`: the results on the way. `beta`: one expression for
    each field of BetaFunctions, in the symbols of `symbols`: Lambda, deg, lambda, kappa, N, g2 (target power
    of the degree), E0 (of the theory below the cut-off), Z, alpha (lambda ~ Lambda^-alpha). `kappa_drift`:
    d(N kappa)/d ln Lambda, zero. The same in every call, and not to be changed.
    """

    steps: tuple[Step, ...]
    beta: Mapping[str, Any]
    symbols: Mapping[str, Any]
    kappa_drift: Any

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return HOWARD, COHEN_MALKA_RINGEL

    def __str__(self) -> str:
        return "\n".join(f"{step.title}:\n    {step.left} = {step.right}" for step in self.steps)

    def __repr__(self) -> str:
        return f"FlowEquation of {counted(len(self.steps), 'step')}:\n{self}"

    def latex(self) -> str:
        """The steps as an align environment, one row each."""
        import sympy

        names = {self.symbols[name]: text for name, text in _LATEX.items() if name in self.symbols}
        names |= {sympy.Symbol(name, positive=True): text for name, text in _LATEX.items()}
        rows = [
            rf"&\text{{{step.title}:}} & {step.left_latex} &= {sympy.latex(step.right, symbol_names=names)}"
            for step in self.steps
        ]
        return "\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}"

    def _repr_latex_(self) -> str:
        return self.latex()

    def compiled(self, coupling: str) -> Callable[..., Any]:
        """A beta function as a NumPy function of (Lambda, deg, lambda, kappa, N, g2, E0, Z, alpha).

        ValueError for a name that is not one of the running couplings.
        """
        import sympy

        if coupling not in self.beta:
            raise ValueError(f"coupling must be one of {', '.join(COUPLINGS)} (got {shown(coupling)})")
        arguments = [self.symbols[name] for name in _ARGUMENTS]
        found: Callable[..., Any] = sympy.lambdify(arguments, self.beta[coupling], "numpy")
        return found

    def power_law(self) -> dict[str, Any]:
        """The beta functions for lambda = a Lambda^-alpha and deg = b Lambda^(D-1), in SymPy."""
        import sympy

        a, b, size = sympy.symbols("a b D", positive=True)
        cutoff, alpha = self.symbols["Lambda"], self.symbols["alpha"]
        chosen = {
            self.symbols["lambda"]: a * cutoff**-alpha,
            self.symbols["deg"]: b * cutoff ** (size - 1),
        }
        return {name: sympy.powsimp(each.subs(chosen)) for name, each in self.beta.items()}


_FLOWING = (
    ("ridge", "sigma_R^2", r"\sigma_R^2"),
    ("ridge_naive", "sigma_R^2", r"\sigma_R^2"),
    ("label_noise", "tau_R^2", r"\tau_R^2"),
    ("factor", "Z", "Z"),
    ("coupling", "u", "u"),
)
_LATEX = {"sigma2": r"\sigma^2", "g2": r"g_\Lambda^2", "E0": "E_0", "deg": r"\deg"}
_ARGUMENTS = ("Lambda", "deg", "lambda", "kappa", "N", "g2", "E0", "Z", "alpha")


def averaged_vertex(field: Any, variance: Any, ridge: Any) -> Any:
    r"""One replica's factor of the vertex, exp(-phi^2/(2 ridge)), averaged over phi -> phi + psi.

    psi is Gaussian of this variance; a SymPy integral, exact.

    >>> import sympy
    >>> phi, c, s = sympy.symbols("phi c sigma2", positive=True)
    >>> sympy.simplify(-1 / sympy.diff(sympy.log(averaged_vertex(phi, c, s)), phi, 2))
    c + sigma2
    """
    import sympy

    shell = sympy.Symbol("psi", real=True)
    density = sympy.exp(-(shell**2) / (2 * variance)) / sympy.sqrt(2 * sympy.pi * variance)
    vertex = sympy.exp(-((field + shell) ** 2) / (2 * ridge))
    whole = sympy.integrate(sympy.expand(density * vertex), (shell, -sympy.oo, sympy.oo), conds="none")
    return sympy.simplify(whole).replace(sympy.exp, lambda exponent: sympy.exp(sympy.factor(exponent)))


@lru_cache(maxsize=1)
def flow_equation() -> FlowEquation:
    """The derivation, once.

    Equation: flow-equation

    >>> equation = flow_equation()
    >>> equation.beta["ridge"]
    -Lambda*deg*kappa*lambda/(kappa + lambda)
    >>> equation.kappa_drift
    0
    """
    import sympy

    from replicas.derivation.regression_action import REPLICAS
    from replicas.derivation.replica_diagram import POINTS

    cutoff, deg, lam, kappa = sympy.symbols("Lambda deg lambda kappa", positive=True)
    ridge, variance, power, response, factor, alpha = sympy.symbols("sigma2 c g2 E0 Z alpha", positive=True)
    source = sympy.Symbol("s", nonnegative=True)
    phi, other = sympy.symbols("phi phi_b", real=True)
    total = sympy.Symbol("G", positive=True)

    # the vertex, averaged over psi, is the old one with another ridge; its prefactor^M tends to 1 as M -> 0
    one = averaged_vertex(phi, variance, ridge)
    prefactor = sympy.limit(one.subs(phi, 0) ** REPLICAS, REPLICAS, 0)
    moved = sympy.simplify(-1 / sympy.diff(sympy.log(one), phi, 2))

    # the mass that the data give to any mode: the vertex averaged over all of f, total variance G at a point
    whole = averaged_vertex(phi, total, ridge) * averaged_vertex(other, total, ridge)
    rest = averaged_vertex(phi, total, ridge).subs(phi, 0) ** (REPLICAS - 2)
    at_zero = {phi: 0, other: 0}
    curvature = (-POINTS * sympy.diff(whole, phi, 2) * rest).subs(at_zero)
    mass = sympy.simplify(sympy.limit(curvature, REPLICAS, 0))
    mixing = sympy.simplify((-POINTS * sympy.diff(whole, phi, other) * rest).subs(at_zero))

    # the shell in that mass, and in none
    shell = sympy.Symbol("psi", real=True)
    quadratic = shell**2 / (2 * lam) + shell**2 / (2 * kappa)
    dressed = sympy.simplify(1 / sympy.diff(quadratic, shell, 2))
    bare = sympy.simplify(1 / sympy.diff(quadratic, shell, 2).subs(1 / kappa, 0))

    # the part of the target in the shell: what is missed at the saddle acts as noise
    target, field = sympy.symbols("g f", real=True)
    saddle = sympy.solve(
        sympy.diff(field**2 / (2 * lam) + (field - target) ** 2 / (2 * kappa), field), field
    )[0]
    missed = sympy.factor(sympy.simplify((saddle - target) ** 2).subs(target**2, power))

    # the response to a source s, 1/lambda -> 1/lambda + s, in N kappa = ridge + sum deg G
    green = 1 / (1 / lam + source + 1 / kappa)
    slope = sympy.factor(sympy.simplify(sympy.diff(green, kappa).subs(source, 0)))
    pull = sympy.factor(sympy.simplify(sympy.diff(green, source).subs(source, 0)))
    summed = sympy.Symbol("S", positive=True)  # sum_{l<=Lambda} deg dG/dkappa
    drift = summed * sympy.simplify(pull / slope) / (POINTS - summed)  # dkappa/ds
    gain = sympy.simplify(1 - drift / kappa**2)
    # 1/E0 = 1 - S/N changes by the shell
    log_factor = -cutoff * deg * slope * response * sympy.diff(-1 / gain, summed)
    beta = {
        "ridge": -cutoff * (moved - ridge).subs(variance, deg * dressed),
        "ridge_naive": -cutoff * (moved - ridge).subs(variance, deg * bare),
        "label_noise": -cutoff * missed,
        "factor": factor * log_factor,
        "coupling": -alpha * lam / kappa,
    }
    # the ridge gains what sum_{l<=Lambda} deg G loses
    lost = deg * green.subs(source, 0)
    kappa_drift = sympy.simplify(beta["ridge"] + cutoff * lost)
    flow = {
        name: (f"d{text}/d ln Lambda", rf"\frac{{d {tex}}}{{d\ln\Lambda}}") for name, text, tex in _FLOWING
    }
    steps = (
        Step("vertex averaged over the shell, one replica", "<exp(-(phi + psi)^2/(2 sigma2))>",
             r"\langle e^{-(\phi+\psi)^2/2\sigma^2}\rangle_\psi", one),
        Step("its prefactor in the replica limit", "<...>^M at phi = 0, M -> 0",
             r"\lim_{M\to 0}\langle\cdots\rangle^M_{\phi=0}", prefactor),
        Step("ridge after the average", "sigma_R^2", r"\sigma_R^2", moved),
        Step("mass from the data, total variance G at a point", "1/kappa", r"\frac{1}{\kappa}", mass),
        Step("mass that mixes replicas", "m_ab", r"m_{a\neq b}", mixing),
        Step("variance of the shell in this mass, per mode", "G_Lambda", r"G_\Lambda", dressed),
        Step("variance of the bare shell, per mode", "C_Lambda", r"C_\Lambda", bare),
        Step("flow of the ridge", *flow["ridge"], beta["ridge"]),
        Step("naive flow of the ridge", *flow["ridge_naive"], beta["ridge_naive"]),
        Step("power of the target missed in the shell", "r_Lambda^2", r"r_\Lambda^2", missed),
        Step("flow of the label noise", *flow["label_noise"], beta["label_noise"]),
        Step("error factor below the cut-off, S the sum of squared learnabilities", "E0", "E_0", gain),
        Step("flow of the factor", *flow["factor"], beta["factor"]),
        Step("flow of the coupling", *flow["coupling"], beta["coupling"]),
        Step("drift of N kappa, the ridge plus the variances of the modes left", "d(N kappa)/d ln Lambda",
             r"\frac{d\,N\kappa}{d\ln\Lambda}", kappa_drift),
    )  # fmt: skip
    named = (cutoff, deg, lam, kappa, POINTS, power, response, factor, alpha)
    symbols = dict(zip(_ARGUMENTS, named, strict=True))
    return FlowEquation(steps, MappingProxyType(beta), MappingProxyType(symbols), kappa_drift)
