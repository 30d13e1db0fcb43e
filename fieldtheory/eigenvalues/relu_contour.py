r"""Eigenvalues of deep ReLU kernels, by contour integrals over the kernel off the real interval.

Everything is a deficit, D = K(1) - K(z), so that small eigenvalues do not drown in the rounding of
K(1). On the upper lip of a cut the imaginary part of 1 - z is -0.0 and the square roots respect it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Complexes, Floats, Integers
from fieldtheory.compiled import compiled
from fieldtheory.eigenvalues.branch_cuts import BranchCuts
from fieldtheory.eigenvalues.contour import away_from_edge, choose_radii, contour_table, left_cuts
from fieldtheory.eigenvalues.eigenvalues import Eigenvalues

# sin x - x cos x = x^3 sum c_n x^(2n), c_n = (-1)^n (2n+2)/(2n+3)!
_SERIES = tuple((-1) ** n * (2 * n + 2) / math.factorial(2 * n + 3) for n in range(7, -1, -1))
_INVERSE_TURN = 1.0 / (2.0 * math.pi)
_TOGETHER = 64  # networks whose samples, and rows on the left cut, are held at once
_SMALL = 0.25  # square of the angle below which the series is used: its next term is below rounding


@compiled(error_model="numpy")
def _root(re: float, im: float) -> tuple[float, float]:
    """Principal square root, componentwise accurate, cut along re < 0 with the sign of a zero im."""
    size = math.sqrt(re * re + im * im)
    if size == 0.0:
        return 0.0, im
    big = math.sqrt(0.5 * (size + abs(re)))
    small = 0.5 * abs(im) / big
    if re >= 0.0:
        return big, math.copysign(small, im)
    return small, math.copysign(big, im)


@compiled(error_model="numpy")
def _acute_terms(below: complex, above: complex) -> tuple[complex, complex]:
    """Angle theta and sin(theta) - theta cos(theta), accurate at 0; cos(theta) = 1 - below = above - 1."""
    u_re, u_im = _root(0.5 * below.real, 0.5 * below.imag)
    v_re, v_im = _root(0.5 * above.real, 0.5 * above.imag)
    # theta = -2i log(v + i u); v - 1 = -(below/2)/(1 + v) keeps the logarithm accurate near theta = 0
    re, im = v_re - u_im, v_im + u_re
    size = (1.0 + v_re) * (1.0 + v_re) + v_im * v_im
    less_re = -0.5 * (below.real * (1.0 + v_re) + below.imag * v_im) / size - u_im
    square = less_re * (2.0 + less_re) + im * im
    theta_re, theta_im = 2.0 * math.atan2(im, re), -math.log1p(square)
    if theta_re * theta_re + theta_im * theta_im < _SMALL:
        s_re, s_im = theta_re * theta_re - theta_im * theta_im, 2.0 * theta_re * theta_im
        sum_re, sum_im = 0.0, 0.0
        for c in _SERIES:
            sum_re, sum_im = sum_re * s_re - sum_im * s_im + c, sum_re * s_im + sum_im * s_re
        cube = complex(theta_re, theta_im) * complex(s_re, s_im)
        return complex(theta_re, theta_im), cube * complex(sum_re, sum_im)
    theta = complex(theta_re, theta_im)
    sine = 2.0 * complex(u_re, u_im) * complex(v_re, v_im)
    return theta, sine - theta * (1.0 - below)


@compiled(error_model="numpy")
def _angle_terms(below: complex, above: complex) -> tuple[complex, complex]:
    """Angle theta and sin(theta) - theta cos(theta), from the nearer end of [0, pi]: accurate at both."""
    if abs(below.real) <= abs(above.real):
        return _acute_terms(below, above)
    opposite, lag = _acute_terms(above, below)
    return math.pi - opposite, lag + math.pi * (1.0 - above)


@compiled(error_model="numpy")
def _cut_terms(distance: float) -> tuple[float, float]:
    """Imaginary angle a on a cut, theta = -ia or pi - ia, and a cosh(a) - sinh(a); cosh(a) = 1 + distance."""
    half = math.sqrt(0.5 * distance)
    a = 2.0 * math.asinh(half)
    if a * a < _SMALL:
        total = 0.0
        for c in _SERIES:
            total = total * a * a + abs(c)
        return a, a * a * a * total
    return a, a * (1.0 + distance) - 2.0 * half * math.sqrt(1.0 + half * half)


@compiled(error_model="numpy")
def _deficit(
    theta: complex,
    lag: complex,
    low: complex,
    variance: float,
    weight: float,
    bias: float,
    layers: int,
    ntk: bool,
) -> complex:
    """Deficit K_L(1) - K_L(z) or Theta_L(1) - Theta_L(z), given the angle terms and 1 - rho at the input."""
    q = variance
    tangent, tangent_top = q * low, q
    deficit = tangent
    for layer in range(layers):
        if layer > 0:
            theta, lag = _angle_terms(low, 2.0 - low)
        deficit = weight * q * (0.5 * low - _INVERSE_TURN * lag)
        turn = weight * _INVERSE_TURN * theta  # the deficit of E[dphi dphi'], times the weight
        tangent = deficit + turn * tangent_top + (0.5 * weight - turn) * tangent
        q = bias + 0.5 * weight * q
        tangent_top = q + 0.5 * weight * tangent_top
        low = (1.0 / q) * deficit  # a complex division would cost as much as the angle
    return tangent if ntk else deficit


def _sampling_steps(right: Floats, left: Floats, arc: Complexes, *network: float) -> float:
    return 9.0 * (len(right) + len(left) + len(arc)) * network[3]


@compiled(error_model="numpy", steps=_sampling_steps)
def relu_samples(
    right: Floats,
    left: Floats,
    arc: Complexes,
    weight: float,
    bias: float,
    scale: float,
    layers: int,
    ntk: bool,
) -> Floats:
    """Kernel minus its value at 1 along the contour: compiled twin of `fieldtheory.networks.layers`.

    Im on the right cut, Re and Im on the arcs, Im on the left cut, one after the other, as `BranchCuts` takes
    them. `weight`, `bias`, `scale`: the variances of
    the network and its input scale.
    """
    q = bias + weight * scale
    slope = weight * scale / q
    first, second = len(right), len(right) + len(arc)
    third = second + len(arc)
    out = np.empty(third + len(left))
    for i in range(len(right)):
        a, lag = _cut_terms(slope * right[i])
        low = complex(-slope * right[i], 0.0)
        value = _deficit(complex(0.0, -a), complex(0.0, lag), low, q, weight, bias, layers, ntk)
        out[i] = -value.imag
    for i in range(len(left)):
        a, lag = _cut_terms(slope * left[i])
        low = complex(2.0 + slope * left[i], 0.0)
        theta = complex(math.pi, -a)
        value = _deficit(theta, complex(math.pi * (low.real - 1.0), -lag), low, q, weight, bias, layers, ntk)
        out[third + i] = -value.imag
    for i in range(len(arc)):
        low = slope * (1.0 - arc[i])
        theta, lag_on_arc = _angle_terms(low, 2.0 - low)
        value = _deficit(theta, lag_on_arc, low, q, weight, bias, layers, ntk)
        out[first + i] = -value.real
        out[second + i] = -value.imag
    return out


@compiled(error_model="numpy")
def _samples_of_all(
    right: Floats, left: Floats, arc: Complexes, numbers: Floats, layers: Integers, ntk: bool
) -> Floats:
    """The samples of many networks, a row each; `left` has a row for each, or one for all."""
    found = np.empty((len(layers), len(right) + left.shape[1] + 2 * len(arc)))
    for i in range(len(layers)):
        mine = left[i if len(left) > 1 else 0]
        found[i] = relu_samples(right, mine, arc, numbers[i, 0], numbers[i, 1], numbers[i, 2], layers[i], ntk)
    return found


@compiled(error_model="numpy")
def relu_traces(numbers: Floats, layers: Integers, ntk: bool) -> Floats:
    """K(1) of many networks: weight variance, bias variance and input scale, a row of `numbers` for each."""
    traces = np.empty(len(layers))
    for i in range(len(layers)):
        weight, bias = numbers[i, 0], numbers[i, 1]
        q = bias + weight * numbers[i, 2]
        tangent = q
        for _ in range(layers[i]):
            q = bias + 0.5 * weight * q
            tangent = q + 0.5 * weight * tangent
        traces[i] = tangent if ntk else q
    return traces


class ReluNetwork(NamedTuple):
    """A fully connected ReLU network with at least one hidden layer; `trace`: K(1) of its NTK or NNGP."""

    weight: float
    bias: float
    scale: float
    layers: int
    ntk: bool
    trace: float


def relu_eigenvalues(network: ReluNetwork, dim: int, max_degree: int) -> Eigenvalues:
    """Eigenvalues of degrees 0 to max_degree on S^{dim-1}, to full relative accuracy.

    >>> two_layers = ReluNetwork(2.0, 0.0, 1.0, layers=2, ntk=False, trace=2.0)
    >>> relu_eigenvalues(two_layers, 3, 2).values
    array([1.08825738, 0.21498179, 0.0421732 ])
    """
    weight, bias, scale, layers, ntk, trace = network
    cuts = BranchCuts.at(_left_start(weight, bias, scale), dim, max_degree)
    samples = relu_samples(cuts.right, cuts.left, cuts.arc, weight, bias, scale, layers, ntk)
    return cuts.eigenvalues(samples, trace, _zeros(layers == 1 and bias == 0))


def _left_start(weight: Any, bias: Any, scale: Any) -> Any:
    """Where the input correlation reaches -1: the left branch point of K is at t = -start."""
    return 1 + 2 * bias / (weight * scale)


def _zeros(arc_cosine: bool) -> slice:
    """One layer without bias is even but for its linear part."""
    return slice(3, None, 2) if arc_cosine else slice(0, 0)


class ReluBatch(NamedTuple):
    """Eigenvalues, a row each, of the networks at these places of a list."""

    places: Integers
    eigenvalues: Eigenvalues


def relu_batches(
    numbers: Floats, layers: Integers, traces: Floats, ntk: bool, dim: int, max_degree: int
) -> Iterator[ReluBatch]:
    """`relu_eigenvalues` of many networks, those together that share a contour; `traces`: `relu_traces`.

    Left out are the few whose numbers leave the float range, or whose left cut begins so close to -1 that its
    table is made the slow way.
    """
    with np.errstate(all="ignore"):
        starts = _left_start(*numbers.T)
    radii = np.array([choose_radii(start) for start in starts.tolist()])
    cut = (starts > 1) & (starts < radii[:, 0])
    kinds = np.column_stack([radii, cut, starts == 1, (layers == 1) & (numbers[:, 1] == 0)])
    usual = np.isfinite(starts) & np.isfinite(traces) & (~cut | away_from_edge(starts))
    for kind in np.unique(kinds[usual], axis=0):
        table = contour_table(dim, max_degree, (float(kind[0]), float(kind[1])))
        members = np.flatnonzero(usual & (kinds == kind).all(axis=1))
        for places in np.split(members, range(_TOGETHER, len(members), _TOGETHER)):
            start = starts[places]
            cuts = BranchCuts(table, float(start[0]), left_cuts(table, start) if kind[2] else None)
            left = np.atleast_2d(cuts.left)
            samples = _samples_of_all(table.right, left, table.arc, numbers[places], layers[places], ntk)
            yield ReluBatch(places, cuts.eigenvalues(samples, traces[places], _zeros(bool(kind[4]))))
