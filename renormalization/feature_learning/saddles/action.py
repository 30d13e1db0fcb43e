r"""The action of the discrepancy field, on the nodes of averages over one neuron.

Z(y) = int d^P t exp(-S(t)), and on the imaginary axis t = i tau

    s(tau) = S(i tau) = tau.y - kappa tau^2/2 - psi(tau),    psi(tau) = n log E_h exp((g/2n) (tau.phi(h))^2),

whose derivatives at tau are the cumulants of functions under the law of a neuron that tau tilts. For fixed
nodes psi is the logarithm of a sum of exponentials of squares: s is strictly concave. Several outputs: a sum
over them in the exponent. A bias of the read-out adds b (sum tau)^2/2 to psi.

Equation: width-action
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldtheory.array_types import Floats


@dataclass(frozen=True, eq=False)
class TiltedLaw:
    """The law of a neuron at a discrepancy: `psi`, probabilities `p` of the nodes, `s` = tau.phi there."""

    psi: float
    p: Floats
    s: Floats


@dataclass(frozen=True, eq=False)
class NeuronAction:
    """psi on nodes: `phi` at all points, shape (nodes, points), the training points first.

    `coupling`: g/n; `bias`: b of the read-out; fields are of shape (points, outputs).
    """

    phi: Floats
    log_weights: Floats
    width: int
    coupling: float
    bias: float

    def law(self, tau: Floats) -> TiltedLaw:
        """The tilted law at tau of the training points."""
        s = self.phi[:, : len(tau)] @ tau
        exponent = self.log_weights + self.coupling / 2 * np.einsum("qc,qc->q", s, s)
        top = exponent.max()
        p = np.exp(exponent - top)
        total = p.sum()
        psi = self.width * (top + np.log(total)) + self.bias / 2 * float(np.sum(tau.sum(0) ** 2))
        return TiltedLaw(float(psi), p / total, s)

    def gradient(self, tau: Floats, law: TiltedLaw, points: int | None = None) -> Floats:
        """psi_a = n (g/n) <s phi_a> at the first so many points, default all; shape (points, outputs)."""
        phi = self.phi[:, :points]
        found: Floats = self.width * self.coupling * (phi.T @ (law.p[:, None] * law.s))
        found += self.bias * tau.sum(0)
        return found

    def hessian(self, law: TiltedLaw, points: int | None = None) -> Floats:
        """psi_ab at the first so many points, default all; one axis of points and outputs, outputs fastest.

        psi_(ac)(bd) = g <phi_a phi_b> delta_cd + (g^2/n) Cov(s_c phi_a, s_d phi_b).
        """
        phi, c = self.phi[:, :points], self.coupling
        size, outputs = phi.shape[1], law.s.shape[1]
        means = c * (phi.T @ (law.p[:, None] * law.s))
        found = np.empty((size, outputs, size, outputs))
        for i in range(outputs):
            for j in range(i + 1):
                weight = c**2 * law.s[:, i] * law.s[:, j]
                if i == j:
                    weight += c
                weight *= law.p
                block = (phi * weight[:, None]).T @ phi
                block -= np.outer(means[:, i], means[:, j])
                block *= self.width
                if i == j:
                    block += self.bias
                found[:, i, :, j] = block
                found[:, j, :, i] = block.T
        return found.reshape(size * outputs, size * outputs)
