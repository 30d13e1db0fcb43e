r"""Walks over SymPy expressions that visit what is shared once.

An expression is a graph: a part that occurs in several places is one object. SymPy's own walks (`has`,
`free_symbols`, `subs`, `str`) follow every occurrence, 3^L of them in the kernel of L ReLU layers, and
recurse. The walks here take each object once and need no stack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy

SIMPLIFIED = 12  # levels up to which SymPy simplifies: it looks at every occurrence of everything below
_PLAIN = sympy.Add | sympy.Mul | sympy.Pow | sympy.Function  # made of their arguments and no more


def parts(*roots: sympy.Basic) -> list[sympy.Basic]:
    """Every object below and including `roots` once, arguments before what is made of them.

    >>> x = sympy.Symbol("x")
    >>> parts(sympy.sin(x) ** 2 + sympy.sin(x))
    [x, sin(x), 2, sin(x)**2, sin(x)**2 + sin(x)]
    """
    found: list[sympy.Basic] = []
    known: set[int] = set()
    waiting = list(reversed(roots))
    while waiting:
        here = waiting[-1]
        if id(here) in known:
            waiting.pop()
            continue
        below = [part for part in here.args[::-1] if id(part) not in known]
        if below:
            waiting += below
        else:
            known.add(id(here))
            found.append(waiting.pop())
    return found


def free_symbols(value: sympy.Basic) -> set[sympy.Symbol]:
    """The symbols that an expression is a function of, without those bound in integrals and sums.

    >>> x, y = sympy.symbols("x y")
    >>> free_symbols(x**2 + sympy.Integral(y, (y, 0, 1)))
    {x}
    """
    found = parts(value)
    if _bind(found):
        return set(value.free_symbols)
    return {part for part in found if isinstance(part, sympy.Symbol)}


def occurrences(value: sympy.Basic) -> int:
    """How many parts an expression has where each counts as often as it is written.

    >>> occurrences(sympy.sin(sympy.Symbol("x")) ** 2 + sympy.sin(sympy.Symbol("x")))
    7
    """
    counts: dict[int, int] = {}
    for part in parts(value):
        counts[id(part)] = 1 + sum(counts[id(below)] for below in part.args)
    return counts[id(value)]


def height(value: sympy.Basic, most: int) -> int:
    """How many parts lie on the longest way down to a leaf, both ends counted; not more than `most`.

    >>> x = sympy.Symbol("x")
    >>> height(sympy.sin(x**2), 5), height(sympy.sin(x**2), 2)
    (3, 2)
    """
    level = {id(value): value}
    for count in range(most):
        if not level:
            return count
        level = {id(below): below for part in level.values() for below in part.args}
    return most


def replaced(value: sympy.Basic, new: Mapping[sympy.Basic, sympy.Basic]) -> sympy.Basic:
    """The expression with `new` in place of those symbols and numbers; equal parts are one object.

    Evaluated as SymPy does it, but what gets deep is put together as it is: simplifications look at every
    occurrence of everything below.

    >>> x, y = sympy.symbols("x y")
    >>> replaced(sympy.cos(x) + x, {x: 0}), replaced(sympy.cos(x) + x, {x: y})
    (1, y + cos(y))
    """
    found = parts(value)
    if _bind(found):
        return value.subs(new, simultaneous=True)
    made: dict[int, sympy.Basic] = {}
    known: dict[object, sympy.Basic] = {}
    levels: dict[int, int] = {}  # of what is made
    for part in found:
        below = [made[id(each)] for each in part.args]
        key = (type(part), *map(id, below)) if below else (type(part), part)
        if key not in known:
            least = 1 + max((levels[id(each)] for each in below), default=0)
            if all(each is old for each, old in zip(below, part.args, strict=True)):
                here = sympy.sympify(new.get(part, part))
            elif least <= SIMPLIFIED or not isinstance(part, _PLAIN):
                here = part.func(*below)
            else:
                here = _put_together(part, below)
            known[key] = here
            levels[id(here)] = height(here, SIMPLIFIED) if least <= SIMPLIFIED else least
        made[id(part)] = known[key]
    return made[id(value)]


def numeric_function(value: sympy.Basic, symbol: sympy.Symbol, module: str) -> Callable[[Any], Any]:
    """`sympy.lambdify` of an expression in one symbol, one line of code for each part.

    >>> x = sympy.Symbol("x")
    >>> numeric_function(sympy.exp(x) ** 2, x, "mpmath")(0)
    mpf('1.0')
    """
    found = parts(value)
    if _bind(found):
        return _compiled(symbol, value, module, [])
    place = sympy.Dummy(**symbol.assumptions0)
    known: dict[int, sympy.Basic] = {}
    lines: list[tuple[sympy.Symbol, sympy.Basic]] = []
    for part in found:
        here = part.func(*(known[id(each)] for each in part.args)) if part.args else part
        if part.args and isinstance(part, sympy.Expr):
            lines.append((sympy.Symbol(f"part{len(lines)}"), here))
            here = lines[-1][0]
        known[id(part)] = place if part == symbol else here
    return _compiled(place, known[id(value)], module, lines)


def _compiled(
    symbol: sympy.Symbol, value: sympy.Basic, module: str, lines: list[Any]
) -> Callable[[Any], Any]:
    found: Callable[[Any], Any] = sympy.lambdify(symbol, value, module, cse=lambda last: (lines, last))
    return found


def _bind(found: list[sympy.Basic]) -> bool:
    """Whether some symbols are bound, in integrals and sums: those are left to SymPy."""
    return any(getattr(part, "bound_symbols", None) for part in found)


def _put_together(part: sympy.Basic, below: list[sympy.Basic]) -> sympy.Basic:
    """`part` with other arguments, past SymPy's cache: it compares what is alike occurrence by occurrence."""
    made = sympy.Basic.__new__(type(part), *below)
    if isinstance(part, sympy.Function):
        made.nargs = part.nargs
    else:
        made.is_commutative = all(each.is_commutative for each in below)
    hash(made)  # kept: later ones need not recurse
    return made
