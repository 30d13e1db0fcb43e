r"""Sweeps of a Markov chain over the neurons of a network, compiled: elliptical slice sampling of each.

The readout is integrated out. With the weights w into a neuron Gaussian by the prior, the target is the prior
times exp(log-likelihood),

    log-likelihood = -m/2 log det A - 1/2 tr y^T A^-1 y,   A = kappa + b + s sum_j phi_j phi_j^T,

m outputs, s = g/n of the last hidden layer (Murray, Adams, MacKay, AISTATS 2010: a neuron and a draw nu from
its prior are turned into each other, w cos theta + nu sin theta, until the likelihood is above its slice). A
neuron of the last hidden layer changes A by a matrix of rank one, so that A^-1 without the neuron says what
every angle costs, q = phi A^-1 phi: log det = log(1 + s q). One further down changes all that lies above.

A^-1 is made anew in every sweep, and where a neuron more or less would cost digits; what the log-likelihood
had drifted by is recorded, and what is blurred by rounding from the start.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.activations.compiled_activation import activate
from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

_LOST = 1e-4  # what a neuron leaves of A in its direction, below which A^-1 is not updated but made anew
_EPS = 2.0**-52
_NO_ANGLE = 1e-13  # a bracket of angles that has shrunk to nothing: stay


class Layers(NamedTuple):
    """What the chain samples: shapes, variances, labels, prior covariances as factors; `code` and so on: phi.

    `ranks`: number of weights into a neuron of each layer, with the bias; `scales`: s of every hidden layer;
    `root`: (P, rank) of the first pre-activations at training points; `known`, `unknown`: of those at test
    points, what the weights say and what is left to chance.
    """

    widths: Any
    ranks: Any
    scales: Floats
    bias: float
    ridge: float
    labels: Floats
    root: Floats
    known: Floats
    unknown: Floats
    code: int
    parameters: Floats
    function: Any


class Neurons(NamedTuple):
    """State of a chain: `weights` (layer, neuron, weight), h and phi(h) (layer, neuron, training point)."""

    weights: Floats
    fields: Floats
    values: Floats


class Sums(NamedTuple):
    """Sums over sweeps: of the monitored numbers less their `origin`, of squares, variances, kernels.

    Monitored: f at training points less the labels and at test points, output by output, and the
    log-likelihood.
    """

    origin: Floats
    monitored: Floats
    squares: Floats
    variance: Floats
    kernels: Floats


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _covariance(layers: Any, values: Floats, number: int, left_out: int, found: Floats) -> None:
    """The lower half of A, with the neuron `left_out` left out (-1: none)."""
    size, scale = found.shape[0], layers.scales[-1]
    for a in range(size):
        for b in range(a + 1):
            found[a, b] = layers.bias
        found[a, a] += layers.ridge
    for j in range(number):
        if j != left_out:
            row = values[j]
            for a in range(size):
                value = scale * row[a]
                for b in range(a + 1):
                    found[a, b] += value * row[b]


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _factorised(found: Floats) -> float:
    """The Cholesky factor, in place, with its diagonal inverted; log det, nan if there is none."""
    size, total = found.shape[0], 1.0
    log_det = 0.0
    for a in range(size):
        for b in range(a):
            value = found[a, b]
            for c in range(b):
                value -= found[a, c] * found[b, c]
            found[a, b] = value * found[b, b]
        pivot = found[a, a]
        for c in range(a):
            pivot -= found[a, c] * found[a, c]
        if not pivot > 0.0:
            return math.nan
        total *= pivot
        if total < 1e-200 or total > 1e200:
            log_det += math.log(total)
            total = 1.0
        found[a, a] = 1.0 / math.sqrt(pivot)
    return log_det + math.log(total)


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _energy(labels: Floats, factor: Floats, log_det: float, work: Floats) -> float:
    """The log-likelihood, by forward substitution."""
    size, outputs = labels.shape
    total = outputs * log_det
    for c in range(outputs):
        for a in range(size):
            value = labels[a, c]
            for b in range(a):
                value -= factor[a, b] * work[b]
            work[a] = value * factor[a, a]
            total += work[a] * work[a]
    return float(-total / 2)


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _inverted(
    layers: Any, values: Floats, number: int, left_out: int, work: Floats, inverse: Floats, seen: Floats
) -> float:
    """Write A^-1 and A^-1 y, `left_out` as above; the log-likelihood, nan if A is singular."""
    size, outputs = layers.labels.shape
    _covariance(layers, values, number, left_out, work)
    log_det = _factorised(work)
    if math.isnan(log_det):
        return math.nan
    for a in range(size):  # the inverse of the factor, in place
        for b in range(a):
            value = 0.0
            for c in range(b, a):
                value -= work[a, c] * work[c, b]
            work[a, b] = value * work[a, a]
    for a in range(size):
        for b in range(a + 1):
            value = 0.0
            for c in range(a, size):
                value += work[c, a] * work[c, b]
            inverse[a, b] = inverse[b, a] = value
    total = outputs * log_det
    for a in range(size):
        for c in range(outputs):
            value = 0.0
            for b in range(size):
                value += inverse[a, b] * layers.labels[b, c]
            seen[a, c] = value
            total += value * layers.labels[a, c]
    return float(-total / 2)


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _blur(layers: Any, values: Floats, number: int, factor: Floats) -> float:
    """What the rounding of A does to the log-likelihood: eps A_aa over its pivots, `factor` inverse."""
    size, outputs = layers.labels.shape
    total = 0.0
    for a in range(size):
        diagonal, fit = layers.bias + layers.ridge, float(outputs)
        for j in range(number):
            diagonal += layers.scales[-1] * values[j, a] * values[j, a]
        for c in range(outputs):
            part = 0.0
            for b in range(a + 1):
                part += factor[a, b] * layers.labels[b, c]
            fit += part * part
        total += diagonal * factor[a, a] * factor[a, a] * fit
    return total * _EPS


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _from_prior(random: Any, factor: Floats, weights: Floats, fields: Floats) -> None:
    """A neuron from the prior: its weights, and what they make of the layer below."""
    for i in range(weights.size):
        weights[i] = random.standard_normal()
    for a in range(fields.size):
        value = 0.0
        for i in range(weights.size):
            value += factor[a, i] * weights[i]
        fields[a] = value


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _inputs(layers: Any, neurons: Any, layer: int, found: Floats) -> None:
    """The factor (P, rank) of the pre-activations of a layer: those of the layer below, and the bias."""
    if layer == 0:
        for a in range(found.shape[0]):
            for i in range(layers.root.shape[1]):
                found[a, i] = layers.root[a, i]
        return
    below, unit = layers.widths[layer - 1], math.sqrt(layers.scales[layer - 1])
    for a in range(found.shape[0]):
        for i in range(below):
            found[a, i] = unit * neurons.values[layer - 1, i, a]
        if layers.ranks[layer] > below:
            found[a, below] = math.sqrt(layers.bias)


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def fill_layer(layers: Any, neurons: Any, layer: int, factor: Floats) -> None:
    """Pre-activations and activations of a layer from its weights."""
    _inputs(layers, neurons, layer, factor)
    for j in range(layers.widths[layer]):
        for a in range(factor.shape[0]):
            value = 0.0
            for i in range(layers.ranks[layer]):
                value += factor[a, i] * neurons.weights[layer, j, i]
            neurons.fields[layer, j, a] = value
        activate(
            layers.code,
            layers.parameters,
            layers.function,
            neurons.fields[layer, j],
            neurons.values[layer, j],
        )


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _last_layer(layers: Any, neurons: Any, random: Any, factor: Floats, inverse: Floats, seen: Floats) -> int:
    """Every neuron of the last hidden layer in turn; evaluations of the likelihood, -1 if A is singular."""
    top, (size, outputs) = layers.widths.size - 1, layers.labels.shape
    number, rank, scale = layers.widths[top], layers.ranks[top], layers.scales[top]
    drawn, ahead, field = np.empty(rank), np.empty(size), np.empty(size)
    value, through, work = np.empty(size), np.empty(size), np.empty((size, size))
    shadow = np.empty(outputs)
    evaluations = 0
    for j in range(number):
        old = neurons.values[top, j]
        left = 1.0
        for a in range(size):
            total = 0.0
            for b in range(size):
                total += inverse[a, b] * old[b]
            through[a] = total
            left -= scale * total * old[a]
        if left > _LOST:
            for a in range(size):
                part = scale / left * through[a]
                for b in range(size):
                    inverse[a, b] += part * through[b]
            for c in range(outputs):
                total = 0.0
                for a in range(size):
                    total += old[a] * seen[a, c]
                for a in range(size):
                    seen[a, c] += scale / left * total * through[a]
        elif math.isnan(_inverted(layers, neurons.values[top], number, j, work, inverse, seen)):
            return -1
        _from_prior(random, factor, drawn, ahead)
        for a in range(size):
            value[a] = old[a]
        bar = random.standard_exponential()
        turn = 2 * math.pi * random.random()
        low, high, angle, here = turn - 2 * math.pi, turn, 0.0, 0.0
        first = True
        while True:
            overlap = 0.0
            for a in range(size):
                total = 0.0
                for b in range(size):
                    total += inverse[a, b] * value[b]
                through[a] = total
                overlap += total * value[a]
            grown, fit = 1.0 + scale * overlap, 0.0
            for c in range(outputs):
                total = 0.0
                for a in range(size):
                    total += value[a] * seen[a, c]
                shadow[c] = total
                fit += total * total
            found = (scale * fit / grown - outputs * math.log(grown)) / 2
            if first:
                here, first = found - bar, False
            elif found > here or high - low < _NO_ANGLE:
                break
            else:
                if angle < 0.0:
                    low = angle
                else:
                    high = angle
                turn = low + (high - low) * random.random()
            angle = turn if high - low >= _NO_ANGLE else 0.0
            cosine, sine = math.cos(angle), math.sin(angle)
            for a in range(size):
                field[a] = cosine * neurons.fields[top, j, a] + sine * ahead[a]
            activate(layers.code, layers.parameters, layers.function, field, value)
            evaluations += 1
        for i in range(rank):
            neurons.weights[top, j, i] = cosine * neurons.weights[top, j, i] + sine * drawn[i]
        for a in range(size):
            neurons.fields[top, j, a] = field[a]
            old[a] = value[a]
        if grown * _LOST < 1.0:
            for a in range(size):
                part = scale / grown * through[a]
                for b in range(size):
                    inverse[a, b] -= part * through[b]
                for c in range(outputs):
                    seen[a, c] -= part * shadow[c]
        elif math.isnan(_inverted(layers, neurons.values[top], number, -1, work, inverse, seen)):
            return -1
    return evaluations


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _lower_layer(
    layers: Any, neurons: Any, ahead: Any, random: Any, layer: int, factor: Floats, here: float
) -> tuple[int, float]:
    """Every neuron of a lower layer in turn: evaluations (-1 if A is singular), and the log-likelihood.

    `ahead`: the weights, and the layers above for the angle that is tried; `here`: log-likelihood.
    """
    top, size = layers.widths.size - 1, layers.labels.shape[0]
    rank, unit = layers.ranks[layer], math.sqrt(layers.scales[layer])
    drawn, direction, field, value = np.empty(rank), np.empty(size), np.empty(size), np.empty(size)
    work, line = np.empty((size, size)), np.empty(size)
    evaluations = 0
    for j in range(layers.widths[layer]):
        _from_prior(random, factor, drawn, direction)
        bar = here - random.standard_exponential()
        angle = 2 * math.pi * random.random()
        low, high = angle - 2 * math.pi, angle
        while True:
            cosine, sine = math.cos(angle), math.sin(angle)
            for a in range(size):
                field[a] = cosine * neurons.fields[layer, j, a] + sine * direction[a]
            activate(layers.code, layers.parameters, layers.function, field, value)
            for k in range(layers.widths[layer + 1]):
                weight = unit * neurons.weights[layer + 1, k, j]
                for a in range(size):
                    ahead.fields[layer + 1, k, a] = neurons.fields[layer + 1, k, a] + weight * (
                        value[a] - neurons.values[layer, j, a]
                    )
                activate(
                    layers.code,
                    layers.parameters,
                    layers.function,
                    ahead.fields[layer + 1, k],
                    ahead.values[layer + 1, k],
                )
            for upper in range(layer + 2, top + 1):
                _propagated(layers, ahead, upper)
            _covariance(layers, ahead.values[top], layers.widths[top], -1, work)
            log_det = _factorised(work)
            if math.isnan(log_det):
                return -1, here
            found = _energy(layers.labels, work, log_det, line)
            evaluations += 1
            if found > bar:
                break
            if high - low < _NO_ANGLE:
                angle = 0.0
                bar = -math.inf
                continue
            if angle < 0.0:
                low = angle
            else:
                high = angle
            angle = low + (high - low) * random.random()
        here = found
        for i in range(rank):
            neurons.weights[layer, j, i] = cosine * neurons.weights[layer, j, i] + sine * drawn[i]
        for a in range(size):
            neurons.fields[layer, j, a] = field[a]
            neurons.values[layer, j, a] = value[a]
        for upper in range(layer + 1, top + 1):
            for k in range(layers.widths[upper]):
                for a in range(size):
                    neurons.fields[upper, k, a] = ahead.fields[upper, k, a]
                    neurons.values[upper, k, a] = ahead.values[upper, k, a]
    return evaluations, here


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _propagated(layers: Any, neurons: Any, layer: int) -> None:
    """A layer from the one below, without a factor for it."""
    below, unit = layers.widths[layer - 1], math.sqrt(layers.scales[layer - 1])
    biased, root = layers.ranks[layer] > below, math.sqrt(layers.bias)
    for k in range(layers.widths[layer]):
        field = neurons.fields[layer, k]
        for a in range(field.size):
            field[a] = root * neurons.weights[layer, k, below] if biased else 0.0
        for i in range(below):
            weight = unit * neurons.weights[layer, k, i]
            for a in range(field.size):
                field[a] += weight * neurons.values[layer - 1, i, a]
        activate(layers.code, layers.parameters, layers.function, field, neurons.values[layer, k])


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _test_values(layers: Any, neurons: Any, random: Any, fields: Floats, values: Floats) -> None:
    """Activations at test points: the first layer from its law given the training points, and so on up."""
    tests, chance = layers.known.shape[0], layers.unknown.shape[1]
    for layer in range(layers.widths.size):
        below = layers.widths[layer - 1] if layer else 0
        unit = math.sqrt(layers.scales[layer - 1]) if layer else 0.0
        for j in range(layers.widths[layer]):
            weights, field = neurons.weights[layer, j], fields[layer, j]
            if layer == 0:
                for a in range(tests):
                    value = 0.0
                    for i in range(layers.ranks[0]):
                        value += layers.known[a, i] * weights[i]
                    field[a] = value
                for i in range(chance):
                    value = random.standard_normal()
                    for a in range(tests):
                        field[a] += layers.unknown[a, i] * value
            else:
                for a in range(tests):
                    field[a] = math.sqrt(layers.bias) * weights[below] if layers.ranks[layer] > below else 0.0
                for i in range(below):
                    weight = unit * weights[i]
                    for a in range(tests):
                        field[a] += weight * values[layer - 1, i, a]
            activate(layers.code, layers.parameters, layers.function, field, values[layer, j])


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _record(
    layers: Any, neurons: Any, tests: Floats, inverse: Floats, seen: Floats, sums: Any, likelihood: float
) -> None:
    """Add one state to the sums; the first of a chain is the origin of what is monitored."""
    (size, outputs), top = layers.labels.shape, layers.widths.size - 1
    more = layers.known.shape[0]
    total = size + more
    row, kernel = np.empty(total), np.zeros((total, total))
    for layer in range(top + 1):
        kernel[:] = 0.0
        for j in range(layers.widths[layer]):
            for a in range(size):
                row[a] = neurons.values[layer, j, a]
            for a in range(more):
                row[size + a] = tests[layer, j, a]
            for a in range(total):
                value = layers.scales[layer] * row[a]
                for b in range(a + 1):
                    kernel[a, b] += value * row[b]
        for a in range(total):
            for b in range(a + 1):
                sums.kernels[layer, a, b] += kernel[a, b]
    unset = math.isnan(sums.origin[0])
    place = 0
    for a in range(total):
        if a < size:
            sums.variance[a] += layers.ridge * (1.0 - layers.ridge * inverse[a, a])
        else:
            explained = 0.0
            for b in range(size):
                value = 0.0
                for c in range(size):
                    value += inverse[b, c] * (kernel[a, c] + layers.bias)
                explained += value * (kernel[a, b] + layers.bias)
            sums.variance[a] += kernel[a, a] + layers.bias - explained
        for c in range(outputs):
            value = 0.0
            if a < size:
                value = -layers.ridge * seen[a, c]
            else:
                for b in range(size):
                    value += (kernel[a, b] + layers.bias) * seen[b, c]
            if unset:
                sums.origin[place] = value
            value -= sums.origin[place]
            sums.monitored[place] += value
            sums.squares[place] += value * value
            place += 1
    if unset:
        sums.origin[place] = likelihood
    value = likelihood - sums.origin[place]
    sums.monitored[place] += value
    sums.squares[place] += value * value


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def run_sweeps(
    layers: Any, neurons: Any, ahead: Any, random: Any, chance: Any, sweeps: int, recorded: bool, sums: Any
) -> tuple[int, float]:
    """So many sweeps over all neurons: evaluations, and by what rounding changed the log-likelihood.

    `random` moves the chain, `chance` draws at test points. Evaluations -1: A was singular. Of rounding the
    most in any sweep, of what A^-1 drifted and of what there is in A itself.
    """
    size, outputs = layers.labels.shape
    top, widest = layers.widths.size - 1, layers.widths.max()
    factor = np.zeros((size, layers.ranks.max()))
    work, inverse, seen = np.empty((size, size)), np.empty((size, size)), np.empty((size, outputs))
    fields = np.empty((top + 1, widest, layers.known.shape[0]))
    tests = np.empty((top + 1, widest, layers.known.shape[0]))
    evaluations, rounding = 0, 0.0
    here = _inverted(layers, neurons.values[top], layers.widths[top], -1, work, inverse, seen)
    if math.isnan(here):
        return -1, rounding
    for _ in range(sweeps):
        for layer in range(top):
            if layer:
                fill_layer(layers, neurons, layer, factor)
            else:
                _inputs(layers, neurons, layer, factor)
            tried, here = _lower_layer(layers, neurons, ahead, random, layer, factor, here)
            if tried < 0:
                return -1, rounding
            evaluations += tried
        if top:  # what steps have added up is computed anew
            fill_layer(layers, neurons, top, factor)
            here = _inverted(layers, neurons.values[top], layers.widths[top], -1, work, inverse, seen)
        else:
            _inputs(layers, neurons, top, factor)
        tried = _last_layer(layers, neurons, random, factor, inverse, seen)
        evaluations += tried
        before = 0.0
        for a in range(size):
            for c in range(outputs):
                before += seen[a, c] * layers.labels[a, c]
        here = _inverted(layers, neurons.values[top], layers.widths[top], -1, work, inverse, seen)
        if tried < 0 or math.isnan(here):
            return -1, rounding
        after = 0.0
        for a in range(size):
            for c in range(outputs):
                after += seen[a, c] * layers.labels[a, c]
        blur = _blur(layers, neurons.values[top], layers.widths[top], work)
        rounding = max(rounding, abs(after - before) / 2, blur)
        if recorded:
            _test_values(layers, neurons, chance, fields, tests)
            _record(layers, neurons, tests, inverse, seen, sums, here)
    return evaluations, rounding
