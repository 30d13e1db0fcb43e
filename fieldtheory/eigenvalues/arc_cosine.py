r"""Closed forms for one hidden ReLU layer without bias: the arc-cosine kernels of degree 0 and 1.

kappa_0(t) = (pi - arccos t)/pi and kappa_1(t) = (sqrt(1-t^2) + t (pi - arccos t))/pi (Cho and Saul, NIPS
2009) are squares of the integral operators with kernels theta(t) and t theta(t), whose Funk-Hecke
coefficients c_l follow from Rodrigues' formula (Bach, JMLR 18(19), 2017, appendix D):
lambda_l(kappa_0) = 2 c_l^2 and lambda_l(kappa_1) = 2 d c_l^2.
"""

from __future__ import annotations

from typing import Any

from mpmath import mp


def step_eigenvalue(degree: int, dim: int) -> Any:
    """Eigenvalue of the step kernel kappa_0, an mpmath number at the working precision; 0 for even l >= 2.

    >>> mp.nstr(step_eigenvalue(1, 3), 15)
    '0.125'
    """
    if degree == 0:
        return mp.mpf(1) / 2
    return mp.mpf(0) if degree % 2 == 0 else 2 * _rodrigues(degree, dim, degree - 1) ** 2


def ramp_eigenvalue(degree: int, dim: int) -> Any:
    """Eigenvalue of the ramp kernel kappa_1; 0 for odd l >= 3.

    Equation: relu-layer-eigenvalue

    >>> mp.nstr(ramp_eigenvalue(0, 3), 15)
    '0.375'
    """
    if degree == 1:
        return mp.mpf(1) / (2 * dim)
    if degree % 2:
        return mp.mpf(0)
    if degree == 0:
        return 2 * dim * (_weight(dim) / (dim - 1)) ** 2
    return 2 * dim * _rodrigues(degree, dim, degree - 2) ** 2


def relu_layer_eigenvalue(degree: int, dim: int, ntk: bool) -> Any:
    """Eigenvalue of one ReLU layer without bias, for weight_variance^2 input_scale = 2.

    That of kappa_1 (NNGP) or of kappa_1 + t kappa_0 (NTK).

    >>> mp.nstr(relu_layer_eigenvalue(2, 3, ntk=True) * 2, 15)
    '0.15625'
    """
    found = ramp_eigenvalue(degree, dim)
    if not ntk:
        return found
    if degree == 0:
        return found + step_eigenvalue(1, dim)
    below, above = step_eigenvalue(degree - 1, dim), step_eigenvalue(degree + 1, dim)
    return found + (degree * below + (degree + dim - 2) * above) / (2 * degree + dim - 2)


def _weight(dim: int) -> Any:
    return mp.gamma(mp.mpf(dim) / 2) / (mp.sqrt(mp.pi) * mp.gamma(mp.mpf(dim - 1) / 2))


def _rodrigues(degree: int, dim: int, order: int) -> Any:
    """Funk-Hecke coefficient of theta(t) (order = l-1) or t theta(t) (order = l-2), up to its sign."""
    half = mp.mpf(dim - 1) / 2
    norm = _weight(dim) * mp.gamma(half) / (mp.mpf(2) ** degree * mp.gamma(degree + half))
    return norm * mp.factorial(order) * mp.binomial(degree + half - 1, order // 2)
