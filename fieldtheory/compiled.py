"""The compiled functions of this library: each is made when it is first needed (`machine_code`).

Numba is loaded with the first of them. The program, whose process runs one command, has small work done by
the interpreter instead (`interpret_small_work`): the same source, so the same formula, without half a second
of loading and seconds of compilation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
_inlined: list[Callable[..., Any]] = []
_STEPS = 200_000  # of the interpreter, a microsecond each: less than it takes to load Numba


class _Interpreter:
    """What the interpreter may do in place of compiled code: `left` steps; `running`: it is at it.

    `asked`: the process has one task, which wants Numba with nothing that its own functions do without.
    """

    asked = False
    left = 0.0
    running = False


def interpret_small_work(steps: float = _STEPS) -> None:
    """From now on let the interpreter run functions that say how little work they have, `steps` in all.

    The two differ by rounding, so this is for a process with one task, not for a library: what a call returns
    would depend on the calls before it.
    """
    _Interpreter.asked, _Interpreter.left = steps > 0, steps


def compiled(*, steps: Callable[..., float] | None = None, **options: Any) -> Callable[[F], F]:
    """Decorator: the function compiled by Numba with these options of `numba.njit`, and cached.

    `steps`: how many steps of its innermost loops a call takes, from its arguments. Only for functions that
    give the same to rounding in the interpreter. Where that raises ArithmeticError or ValueError, as for a
    number out of range, compiled code takes over: those that change their arguments must raise nothing, or
    write them anew.

    >>> @compiled()
    ... def doubled(x):
    ...     return 2 * x
    >>> doubled(3)
    6
    """

    def decorate(function: F) -> F:
        made: Any = CompiledFunction(function, steps, options)
        return made  # type: ignore[no-any-return]

    return decorate


def inlined(function: F) -> F:
    """Decorator: a Python function that compiled ones may call.

    >>> @inlined
    ... def successor(n):
    ...     return n + 1
    >>> successor(2)
    3
    """
    _inlined.append(function)
    return function


class CompiledFunction:
    """A function whose compiled twin is made, or found on disk, when it is first needed."""

    def __init__(
        self, function: Callable[..., Any], steps: Callable[..., float] | None, options: dict[str, Any]
    ) -> None:
        update_wrapper(self, function)
        self._function, self._steps, self._options = function, steps, options

    @cached_property
    def machine(self) -> Any:
        """The function as Numba has it."""
        from fieldtheory.machine_code import load_without_blas, machine_code, make_inlined

        if _Interpreter.asked:
            load_without_blas()
        while _inlined:
            make_inlined(_inlined.pop())
        return machine_code(self._function, self._options)

    def __call__(self, *arguments: Any) -> Any:
        if _Interpreter.left > 0:
            return self._call_either(arguments)
        return self.machine(*arguments)

    def _call_either(self, arguments: tuple[Any, ...]) -> Any:
        if _Interpreter.running:
            return self._function(*arguments)
        needed = self._steps(*arguments) if self._steps else math.inf
        if not needed < _Interpreter.left:
            return self.machine(*arguments)
        import numpy as np

        _Interpreter.left -= needed
        _Interpreter.running = True
        try:
            with np.errstate(all="ignore"):  # compiled code says nothing either
                return self._function(*arguments)
        except (ArithmeticError, ValueError):  # where compiled code goes on with inf or nan
            return self.machine(*arguments)
        finally:
            _Interpreter.running = False

    @property
    def _numba_type_(self) -> Any:
        """What Numba asks for when another compiled function calls this one."""
        return self.machine._numba_type_

    def __reduce__(self) -> str:
        return self._function.__qualname__
