"""What a theory says of gradient descent, before anybody judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from fieldtheory.array_types import Floats


class Responses(NamedTuple):
    """How hidden layer l answers small fields at earlier times s, averaged over its neurons.

    `forward`: A^l = <d phi(h^l_mu(t))/d xi^l_nu(s)>, (steps, Q, steps, Q); of linear networks, whose xi is
    the same at all points, the sum over nu, (steps, Q, steps). `backward`: B^(l-1) = <d g^l_mu(t)/d
    chi^l_nu(s)>, (steps, Q, steps, Q), with s = t too. Of the neurons, without weight variances. None where
    no layer asks for it, A^L and B^0, and it would have to be sampled.
    """

    forward: Floats | None
    backward: Floats | None


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingPrediction:
    """Averages over a neuron of every hidden layer l = 1 ... L, at times 0 ... steps - 1 and Q points.

    `outputs`: f, (steps, Q), entry 0 before the first step, with their standard error `stderr`, 0 where
    nothing is sampled. `kernels`: Phi^l = <phi(h) phi(h)>, `gradient_kernels`: G^l = <g g>, one array
    (steps, Q, steps, Q) a layer, of the neurons themselves, without weight variances and biases.
    `responses`: one a layer. `jitter`: what was added to the diagonals of kernels to factorise them.
    """

    outputs: Floats
    stderr: Floats
    kernels: tuple[Floats, ...]
    gradient_kernels: tuple[Floats, ...]
    responses: tuple[Responses, ...]
    jitter: float = 0.0
    warnings: tuple[str, ...] = ()
