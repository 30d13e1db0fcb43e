"""The self-normalising unit, a scaled elu that keeps mean 0 and variance 1, averaged by quadrature."""

from __future__ import annotations

from functools import partial

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.functions.elu import Elu, symbol
from fieldtheory.references import KLAMBAUER, TSUCHIDA

# E phi = 0, E phi^2 = 1 for standard normal x fix both: Klambauer et al., Eq. 14
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805

SELU = Activation.from_function(
    "selu",
    Elu(ALPHA, SCALE),
    symbol_function=partial(symbol, ALPHA, SCALE),
    references=(KLAMBAUER, TSUCHIDA),
    breakpoints=(0.0,),
)
