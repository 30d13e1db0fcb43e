"""Entropies of the infinite Ising chain under repeated decimation, in closed form."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory.arguments import require_integer, require_number
from renormalization.real_space.lattice.layer_information import LayerInformation

_MOST = 1000  # 2^l is a float


def decimated_chain_entropies(coupling: Any, layers: Any) -> LayerInformation:
    """H(T_l) and H(X|T_l) per site of the original chain, l = 0 ... `layers`: each keeps every second spin.

    H(T_l)/N = 2^-l s(t^(2^l)), t = tanh K, s(t) = -sum over +- of ((1 +- t)/2) ln((1 +- t)/2): the chain of
    every 2^l-th spin has the coupling artanh t^(2^l). There is no environment.

    Equation: decimated-chain

    >>> decimated_chain_entropies(1.0, 3).conditional_entropy.round(6)
    array([0.      , 0.108364, 0.206475, 0.279493])
    """
    k = abs(require_number("coupling", coupling, minimum=-math.inf))
    count = require_integer("layers", layers, minimum=0, maximum=_MOST)
    small = math.exp(-2 * k)
    logarithm = _log_tanh(k)
    found = []
    for layer in range(count + 1):
        against = small / (1 + small) if not layer else -math.expm1(2.0**layer * logarithm) / 2
        found.append(2.0**-layer * _binary_entropy(against))
    entropies = np.array(found)
    return LayerInformation(entropies, None, entropies[0] - entropies)


def _log_tanh(k: float) -> float:
    """ln tanh K, K >= 0, to rounding where tanh K is near 1 too."""
    if k > 1:
        small = math.exp(-2 * k)
        return math.log1p(-2 * small / (1 + small))
    return math.log(math.tanh(k)) if k else -math.inf


def _binary_entropy(p: float) -> float:
    """-p ln p - (1 - p) ln(1 - p), for p up to 1/2."""
    return -p * math.log(p) - (1 - p) * math.log1p(-p) if p else 0.0
