r"""SymPy to a graph of operations: polynomials in nodes; whatever is no polynomial gets a node."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import sympy
from mpmath import mp
from sympy.functions.elementary.piecewise import ExprCondPair

from diagrams.arguments import TheoryError
from diagrams.compile import tiles
from diagrams.compile.bessel import MAX_ORDER
from diagrams.compile.constants import Constant, constant_parts, constant_values, fits, plus, times
from diagrams.compile.operations import Monomial, OperationGraph
from fieldtheory.expression_parts import parts
from fieldtheory.shown_value import shown

Polynomial = dict[Monomial, Constant]  # coefficients by monomial in nodes of the graph

_SQUARINGS = 64  # highest power by repeated multiplication: its error grows with the exponent
_LONGEST = 256  # terms and factors that are merged with those around them
_PIECE = 1000  # bits of a factor that float64 holds
_FUNCTIONS = {getattr(sympy, name): kind for name, kind in tiles.FUNCTIONS.items()}
_FOLDED = {
    sympy.Max: tiles.MAXIMUM,
    sympy.Min: tiles.MINIMUM,
    sympy.atan2: tiles.ARCTAN2,
    sympy.Heaviside: tiles.HEAVISIDE,
    sympy.And: tiles.PRODUCT,
    sympy.Or: tiles.MAXIMUM,
}
_COMPARISONS = {
    sympy.StrictLessThan: (tiles.LESS, 1),
    sympy.LessThan: (tiles.LESS_EQUAL, 1),
    sympy.StrictGreaterThan: (tiles.LESS, -1),
    sympy.GreaterThan: (tiles.LESS_EQUAL, -1),
    sympy.Equality: (tiles.EQUAL, 1),
    sympy.Unequality: (tiles.EQUAL, 1),
}  # with the sequence of the sides
_BESSEL = {sympy.besselj: (tiles.BESSEL_J, -1), sympy.besseli: (tiles.BESSEL_I, 1)}  # sign^n at order -n
_EDGED = tiles.FUNCTIONS["asin"], tiles.FUNCTIONS["acos"]
_EXP, _LOG = tiles.FUNCTIONS["exp"], tiles.FUNCTIONS["log"]


class Translation:
    """An expression that becomes nodes of `graph`; `missing`: its symbols that are no variables."""

    def __init__(self, variables: Sequence[sympy.Symbol]) -> None:
        self.graph = OperationGraph()
        self.position = {symbol: k for k, symbol in enumerate(variables)}
        self.missing: set[sympy.Symbol] = set()
        self.known: dict[int, Polynomial] = {}  # by the identity of a part

    def node(self, expression: sympy.Expr) -> int:
        """The node that has the value of an expression."""
        found = parts(expression)
        fixed = constant_parts(found)
        with mp.workdps(30):
            values = constant_values(found, fixed)
            known = self.known = {key: {(): value} for key, value in values.items()}
            for part in found:
                if id(part) not in fixed:
                    known[id(part)] = self._translated(part, [known[id(each)] for each in part.args])
            return self._sum(known[id(expression)])

    def _translated(self, value: Any, below: list[Polynomial]) -> Polynomial:
        if value.is_Symbol:
            if value not in self.position:
                self.missing.add(value)
            return _variable(self.graph.input(self.position.get(value, -1)))
        if value.is_Add:
            return self._total(below)
        if value.is_Mul:
            return self._product(below)
        if value.is_Pow:
            return self._power(below[0], value.exp, below[1])
        if value.func in _FUNCTIONS:
            return self._function(_FUNCTIONS[value.func], below[0])
        if value is sympy.true or value is sympy.false:
            return {(): float(bool(value))}
        if value.func in _BESSEL:
            return self._bessel(value, below)
        if isinstance(value, ExprCondPair):
            return {}  # read by the Piecewise that it belongs to
        if value.func in (sympy.Piecewise, sympy.ITE):
            return self._cases(value)
        nodes = [self._sum(part) for part in below]
        if value.func in _COMPARISONS:
            kind, sequence = _COMPARISONS[value.func]
            truth = self.graph.node(kind, *nodes[::sequence])
            return _opposite(truth) if value.func is sympy.Unequality else _variable(truth)
        if value.func is sympy.Not:
            return _opposite(nodes[0])
        if value.func not in _FOLDED:
            raise TheoryError(
                f"expression must be made of functions with a compiled form (got {value.func}); "
                "give the values of that part as a variable of its own"
            )
        first, *others = nodes
        for node in others:
            first = self.graph.node(_FOLDED[value.func], first, node)
        return _variable(first)

    def _bessel(self, value: Any, below: list[Polynomial]) -> Polynomial:
        order = value.args[0]
        if not order.is_Integer or abs(order) > MAX_ORDER:
            raise TheoryError(
                f"order of {value.func} must be an integer from -{MAX_ORDER} to {MAX_ORDER} "
                f"(got {shown(order)}); give the values of that part as a variable of its own"
            )
        kind, sign = _BESSEL[value.func]
        count = abs(int(order))
        node = self.graph.node(kind, self.graph.sum({(): float(count)}), self._sum(below[1]))
        return {((node, 1),): float(sign**count) if order < 0 else 1.0}

    def _cases(self, value: Any) -> Polynomial:
        """The first case whose condition holds; NaN where none does or one that comes before has no value."""
        if value.func is sympy.ITE:
            cases = [(value.args[1], value.args[0]), (value.args[2], sympy.true)]
        else:
            cases = [pair.args for pair in value.args]
        found = self.graph.sum({(): math.nan})
        for part, condition in reversed(cases):
            node = self._sum(self.known[id(part)])
            if condition is sympy.true:
                found = node
            else:
                found = self.graph.node(tiles.SELECT, self._sum(self.known[id(condition)]), node, found)
        return _variable(found)

    def _total(self, below: list[Polynomial]) -> Polynomial:
        total: Polynomial = {}
        for part in below:
            if len(part) > _LONGEST:
                part = _variable(self._sum(part))
            for monomial, coefficient in part.items():
                total[monomial] = plus(total.get(monomial, 0.0), coefficient)
        return total

    def _product(self, below: Sequence[Polynomial]) -> Polynomial:
        exponents: dict[int, int] = {}
        coefficient: Constant = 1.0
        for part in below:
            if len(part) > 1:
                factor, part = _scaled(part)
                monomial: Monomial = ((self._sum(part), 1),)
            else:
                [(monomial, factor)] = part.items()
            coefficient = times(coefficient, factor)
            for node, exponent in monomial:
                exponents[node] = exponents.get(node, 0) + exponent
        if len(exponents) > _LONGEST or max(exponents.values(), default=0) > _SQUARINGS:
            return {((self.graph.sum({tuple(sorted(exponents.items())): 1.0}), 1),): coefficient}
        return {tuple(sorted(exponents.items())): coefficient}

    def _power(self, base: Polynomial, exponent: Any, exponents: Polynomial) -> Polynomial:
        """Integers by multiplication, halves through the square root, negative ones through the inverse."""
        graph = self.graph
        if not exponent.is_Number:
            return _variable(graph.node(tiles.POWER, self._sum(base), self._sum(exponents)))
        factor, base = _scaled(base)
        factor = mp.mpf(factor) ** mp.mpmathify(exponent.evalf(mp.dps)) if factor != 1 else 1.0
        if not float(2 * exponent).is_integer() or abs(exponent) > _SQUARINGS:
            return {((graph.node(tiles.POWER, self._sum(base), self._sum(exponents)), 1),): factor}
        count = int(2 * exponent)
        if count > 0 and count % 2 == 0 and len(base) == 1:
            return self._product([base] * (count // 2) + [{(): factor}])
        if count % 2:
            size, root = self._root(base)
            factor = times(factor, size**count if size != 1 else 1.0)
        else:
            root = self._sum(base)
            count //= 2
        if count < 0:
            root = graph.node(tiles.INVERSE, root)
        return {((root, abs(count)),): factor}

    def _root(self, base: Polynomial) -> tuple[Constant, int]:
        """The square root: a factor and a node. That of c - n^2 through its factors, which loses nothing."""
        root = tiles.FUNCTIONS["sqrt"]
        top = base.get((), 0.0)
        squares = [each for each in base if each]
        if top > 0 and len(squares) == 1 and base[squares[0]] < 0:
            [square] = squares
            if all(power % 2 == 0 for _, power in square):
                size = mp.sqrt(-base[square] / top)
                ratio = self._edge({tuple((node, power // 2) for node, power in square): size})
                below, above = (self._sum({(): 1.0, ((ratio, 1),): sign}) for sign in (-1.0, 1.0))
                both = self._product([_variable(below), _variable(above)])
                return mp.sqrt(top), self.graph.node(root, self._sum(both))
        return 1.0, self.graph.node(root, self._sum(base))

    def _edge(self, argument: Polynomial) -> int:
        """A node in [-1, 1], where it may be computed with rounding errors."""
        node = self._sum(argument)
        return node if self.graph.operation(node)[0] == tiles.LOAD else self.graph.node(tiles.EDGE, node)

    def _function(self, kind: int, argument: Polynomial) -> Polynomial:
        if kind in _EDGED:
            return _variable(self.graph.node(kind, self._edge(argument)))
        if kind != _LOG:
            return _variable(self.graph.node(kind, self._sum(argument)))
        factor, argument = _scaled(argument)
        node = self.graph.node(kind, self._sum(argument))
        return self._total([_variable(node), {(): mp.log(factor)}])

    def _sum(self, terms: Polynomial) -> int:
        """A node; coefficients outside the range of float64 are spread over their factors."""
        total: dict[Monomial, float] = {}
        for monomial, coefficient in terms.items():
            if not fits(coefficient):
                monomial, coefficient = self._spread(monomial, coefficient)
            total[monomial] = total.get(monomial, 0.0) + float(coefficient)
        return self.graph.sum(total)

    def _spread(self, monomial: Monomial, coefficient: Constant) -> tuple[Monomial, float]:
        """A monomial and a coefficient near 1 with the same product."""
        size = abs(coefficient)
        units = [node for node, exponent in monomial for _ in range(exponent)]
        for k, node in enumerate(units):
            kind, *rest = self.graph.operation(node)
            if kind == _EXP:
                inside = self.graph.sum({((rest[0], 1),): 1.0, (): float(mp.log(size))})
                units[k] = self.graph.node(_EXP, inside)
                break
            if kind == tiles.POWER and (power := self.graph.constant(rest[1])):
                base = self.graph.sum({((rest[0], 1),): float(size ** (1 / mp.mpf(power)))})
                units[k] = self.graph.node(tiles.POWER, base, rest[1])
                break
        else:
            pieces = math.ceil(abs(mp.log(size, 2)) / _PIECE)
            if size > 1 and pieces > len(units):
                raise TheoryError(
                    "expression must have real numbers in the float range "
                    f"(got the factor {mp.nstr(coefficient, 5)})"
                )
            if not units:
                return monomial, 0.0
            pieces = max(len(units), pieces)
            share = float(size ** (mp.mpf(1) / pieces))
            for k in range(pieces):
                factor = share if k else float(size / mp.mpf(share) ** (pieces - 1))
                units[k % len(units)] = self.graph.sum({((units[k % len(units)], 1),): factor})
        counts = {node: units.count(node) for node in sorted(set(units))}
        return tuple(counts.items()), math.copysign(1.0, coefficient)


def _variable(node: int) -> Polynomial:
    return {((node, 1),): 1.0}


def _opposite(condition: int) -> Polynomial:
    return {(): 1.0, ((condition, 1),): -1.0}


def _scaled(terms: Polynomial) -> tuple[Constant, Polynomial]:
    """A positive factor and the polynomial it leaves; 1 if float64 holds all coefficients."""
    if all(map(fits, terms.values())):
        return 1.0, terms
    factor = max(abs(coefficient) for coefficient in terms.values())
    return factor, {monomial: mp.mpf(each) / factor for monomial, each in terms.items()}
