r"""Formulas of diagrams on the sphere in SymPy: zonal functions and traces of the bare line C_l.

Three operations are all it takes: a function of the angle from numbers by degree, C(t) = sum_l deg(l) C_l
P_l(t), its coefficients [F]_l = int F(t) P_l(t) dmu, and the number sum_l deg(l) A_l.
"""

from __future__ import annotations

from typing import Any

import sympy

from diagrams.zonal.program import ZonalProgram

LINE = sympy.Symbol("C_l", positive=True)  # the bare propagator in degree l
EIGENVALUE = sympy.Symbol("lambda_l", positive=True)


class _Functional(sympy.Expr):  # type: ignore[misc]
    is_commutative = True


class ZonalFunction(_Functional):
    r"""The zonal function sum_l deg(l) A_l P_l(t) of the coefficients A_l.

    >>> ZonalFunction(LINE), ZonalFunction(LINE**2)
    (C(t), C2(t))
    """

    def _sympystr(self, printer: Any) -> str:
        power = _power(self.args[0])
        if power:
            return "C(t)" if power == 1 else f"C{power}(t)"
        return f"{{{printer._print(self.args[0])}}}(t)"

    def _latex(self, printer: Any, exp: Any = None) -> str:
        power = _power(self.args[0])
        raised = f"^{{{exp}}}" if exp else ""
        if power == 1:
            return f"C(t){raised}"
        name = f"C^{{({power})}}" if power else rf"\bigl\{{{printer._print(self.args[0])}\bigr\}}"
        return rf"\left({name}(t)\right){raised}" if exp else f"{name}(t)"


class FunkHecke(_Functional):
    r"""The Funk-Hecke coefficient [F]_l = int F(t) P_l(t) dmu of a zonal function F.

    >>> FunkHecke(ZonalFunction(LINE) ** 3)
    [C(t)**3]_l
    """

    def _sympystr(self, printer: Any) -> str:
        return f"[{printer._print(self.args[0])}]_l"

    def _latex(self, printer: Any, exp: Any = None) -> str:
        found = rf"\left[{printer._print(self.args[0])}\right]_{{l}}"
        return f"{found}^{{{exp}}}" if exp else found


class DegreeSum(_Functional):
    r"""The trace sum_l deg(l) A_l, from A_l; tr(C^k) for the k-th power of the line.

    >>> DegreeSum(LINE), DegreeSum(LINE**2), DegreeSum(LINE * FunkHecke(ZonalFunction(LINE) ** 3))
    (tr(C), tr(C^2), tr(C_l*[C(t)**3]_l))
    >>> print(sympy.latex(DegreeSum(LINE**2) ** 3))
    \operatorname{tr}(C^{2})^{3}
    """

    def _sympystr(self, printer: Any) -> str:
        power = _power(self.args[0])
        if power:
            return "tr(C)" if power == 1 else f"tr(C^{power})"
        return f"tr({printer._print(self.args[0])})"

    def _latex(self, printer: Any, exp: Any = None) -> str:
        power = _power(self.args[0])
        inner = rf"\left({printer._print(self.args[0])}\right)"
        if power:
            inner = "(C)" if power == 1 else f"(C^{{{power}}})"
        return rf"\operatorname{{tr}}{inner}" + (f"^{{{exp}}}" if exp else "")


class SphereMean(_Functional):
    r"""The mean int F(t) dmu of a zonal function F over the sphere."""

    def _sympystr(self, printer: Any) -> str:
        return f"mean({printer._print(self.args[0])})"

    def _latex(self, printer: Any, exp: Any = None) -> str:
        found = rf"\int\!\mathrm{{d}}\mu\, {printer._print(self.args[0])}"
        return rf"\left({found}\right)^{{{exp}}}" if exp else rf"\left({found}\right)"


def _power(value: Any) -> int:
    """The power k of C_l**k, 0 for what is no such power."""
    if value == LINE:
        return 1
    if value.is_Pow and value.base == LINE and value.exp.is_Integer:
        return int(value.exp)
    return 0


def by_degree(program: ZonalProgram, position: int) -> sympy.Expr:
    """A line operation of a program as numbers by degree."""
    kind, arguments = program.operations[position]
    if kind == "line":
        return LINE
    if kind == "series":
        return sympy.Mul(*(by_degree(program, each) for each in arguments))
    if kind == "parallel":
        return FunkHecke(by_angle(program, position))
    names = [by_degree(program, each) for each in arguments]
    return Bridge(*names)


def by_angle(program: ZonalProgram, position: int) -> sympy.Expr:
    """A line operation as a function of t."""
    kind, arguments = program.operations[position]
    if kind == "parallel":
        return sympy.Mul(*(by_angle(program, each) for each in arguments))
    return ZonalFunction(by_degree(program, position))


def number(program: ZonalProgram, position: int) -> sympy.Expr:
    """A number operation."""
    kind, (line,) = program.operations[position]
    return DegreeSum(by_degree(program, line)) if kind == "value" else SphereMean(by_angle(program, line))


class Bridge(_Functional):
    r"""The Wheatstone bridge int a(x1,u) b(x1,v) h(u,v) c(x2,u) d(x2,v) over u and v, by coefficients."""

    def _sympystr(self, printer: Any) -> str:
        return f"bridge({', '.join(map(printer._print, self.args))})"

    def _latex(self, printer: Any, exp: Any = None) -> str:
        inner = ",".join(map(printer._print, self.args))
        found = rf"\operatorname{{bridge}}\left({inner}\right)"
        return rf"\left({found}\right)^{{{exp}}}" if exp else found


FUNCTIONALS = (ZonalFunction, FunkHecke, DegreeSum, SphereMean, Bridge)
