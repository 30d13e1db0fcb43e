r"""Eigenvalues to any number of digits: double-exponential quadrature in the angle, in mpmath.

lambda_l = w_d int_0^pi K(cos a) P_l(cos a) sin^(d-2) a da, w_d = Gamma(d/2)/(sqrt(pi) Gamma((d-1)/2)). In the
angle the kernels of networks are analytic up to the end points. Working digits = digits asked for plus
those that cancel in the integral.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpmath import mp

from fieldtheory.counted import counted

_GUARD_DIGITS = 15
_HALVINGS = 9


class CertifiedNumber(mp.mpf):  # type: ignore[misc]
    """An mpmath number that prints the digits it was asked for, whatever the working precision of mpmath.

    Computing with it rounds as ever: work under `mpmath.workdps(digits)`.

    >>> with mp.workdps(30):
    ...     third = CertifiedNumber.of(mp.mpf(1) / 3, 30)
    >>> third, str(third), third * 3 == 1
    (mpf('0.333333333333333333333333333333'), '0.333333333333333333333333333333', True)
    """

    digits: int

    @classmethod
    def of(cls, value: Any, digits: int) -> CertifiedNumber:
        """The value, rounded to so many digits."""
        with mp.workdps(digits):
            made: CertifiedNumber = cls(value)
        made.digits = digits
        return made

    def __str__(self) -> str:
        return str(mp.nstr(self, self.digits))

    def __repr__(self) -> str:
        return f"mpf('{self}')"

    def __reduce__(self) -> Any:
        return CertifiedNumber.of, (mp.make_mpf(self._mpf_), self.digits)


def quadrature_digits(
    kernel: Callable[[Any], Any], degree: int, dim: int, digits: int, lost_digits: float
) -> CertifiedNumber:
    """One eigenvalue as an mpmath number, its digits certified by the change at the last halving of the step.

    `kernel(t)` takes and returns mpmath numbers; `lost_digits` = log10 K(1)/lambda, the cancellation.
    Each halving of the step squares the relative error of the trapezoid rule, so a change below
    10^(-digits-2) between two steps leaves a far smaller error. ArithmeticError if that is not reached.

    >>> print(quadrature_digits(lambda t: t**2, 2, 3, 20, 1.0))
    0.13333333333333333333
    """
    target = digits + _GUARD_DIGITS + max(0.0, lost_digits)
    with mp.workdps(int(target) + _GUARD_DIGITS):
        half_pi = mp.pi / 2
        reach = mp.asinh(target * mp.log(10) / mp.pi)

        def integrand(u: Any) -> Any:
            tail = mp.exp(-mp.pi * mp.sinh(abs(u)))  # angle, or its distance from pi, without cancellation
            near = mp.pi * tail / (1 + tail)
            sine = mp.sin(near)
            t = mp.cos(near) if u < 0 else -mp.cos(near)
            jacobian = half_pi * mp.pi * 2 * mp.cosh(u) * tail / (1 + tail) ** 2
            return kernel(t) * gegenbauer_number(degree, t, dim) * sine ** (dim - 2) * jacobian

        intervals = 32
        step = 2 * reach / intervals
        total = mp.fsum(integrand(-reach + i * step) for i in range(intervals + 1))
        previous = total * step
        for _ in range(_HALVINGS):
            total += mp.fsum(integrand(-reach + (i + mp.mpf(1) / 2) * step) for i in range(intervals))
            intervals, step = 2 * intervals, step / 2
            current = total * step
            if abs(current - previous) <= abs(current) * mp.mpf(10) ** (-digits - 2):
                break
            previous = current
        else:
            raise ArithmeticError(
                f"eigenvalue {degree} for dim {dim}: {counted(digits, 'digit')} not reached "
                f"with {intervals} nodes"
            )
        weight = mp.gamma(mp.mpf(dim) / 2) / (mp.sqrt(mp.pi) * mp.gamma(mp.mpf(dim - 1) / 2))
        result = weight * current
    return CertifiedNumber.of(result, digits)


def gegenbauer_number(degree: int, t: Any, dim: int) -> Any:
    """Gegenbauer polynomial P_l(t), normalised to P_l(1) = 1, in the number system of t."""
    previous, current = mp.mpf(1), t
    if degree == 0:
        return previous
    for step in range(1, degree):
        previous, current = current, ((2 * step + dim - 2) * t * current - step * previous) / (step + dim - 2)
    return current
