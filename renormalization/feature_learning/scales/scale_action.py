r"""The action of the scales of a kernel, on the modes of the training points, and its saddle.

S = sum_l n_l [log det(1 + q_bar_l) - tr q_l q_bar_l]/2 + (log det A + y^T A^-1 y)/2, A = kappa + b 1 1^T +
q (K - M) + (1 + q_bar)^-1 M of one hidden layer, and q = prod_l q_l without M of several. As functions of
complex fields: derivatives are complex steps and contours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats

_STEPS, _HALVINGS = 100, 60
_RESIDUAL = 1e-13  # of the gradient of the action, relative to the width
_SCALES = np.geomspace(1e-3, 1e3, 25)  # where the search starts


@dataclass(frozen=True, eq=False)
class ScaleState:
    """The Gaussian process of a scale, in the basis of modes: A^-1 = D^-1 - (D^-1 U) W (D^-1 U)^T.

    `scale`, `factor`: the matrices q and 1/(1 + q_bar); `local`: D^-1, (modes, outputs, outputs); `outer`:
    D^-1 U, (modes, outputs, columns of U times outputs); `core`: W; `labels`: A^-1 y, (modes, outputs);
    `log_det` of A; `overlap`: U^T D^-1 U; `gradient` of the action. All may be complex.
    """

    scale: Any
    factor: Any
    local: Any
    outer: Any
    core: Any
    overlap: Any
    labels: Any
    log_det: Any
    gradient: Any

    def solved(self, columns: Any) -> Any:
        """A^-1 of columns, (modes, outputs, number)."""
        found = np.einsum("icd,idk->ick", self.local, columns)
        if self.core.size:
            inner = self.core @ np.einsum("icr,ick->rk", self.outer, columns)
            found = found - np.einsum("icr,rk->ick", self.outer, inner)
        return found


@dataclass(frozen=True, eq=False)
class ScaleAction:
    """The action of the scales, in the basis in which K - M of the training points is diagonal.

    `values`: its eigenvalues; `labels`: y, (modes, outputs); `means`: m, no column if 0; `ones`: that of the
    bias, no column without. Coordinates: the symmetric matrices q of every layer, then q_bar.
    """

    widths: tuple[int, ...]
    ridge: float
    bias: float
    values: Floats
    labels: Floats
    means: Floats
    ones: Floats

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return int(self.labels.shape[1])

    @cached_property
    def basis(self) -> Floats:
        """An orthonormal basis of symmetric matrices of the outputs."""
        rows, columns = np.triu_indices(self.outputs)
        found = np.zeros((len(rows), self.outputs, self.outputs))
        number = np.arange(len(rows))
        size = np.where(rows == columns, 1.0, math.sqrt(0.5))
        found[number, rows, columns] = found[number, columns, rows] = size
        return found

    @cached_property
    def columns(self) -> Floats:
        """U: directions of rank one in A, that of the means first."""
        return np.hstack([self.means, self.ones])

    def coordinates(self, q: Floats, q_bar: Floats) -> Floats:
        """Of matrices of every layer."""
        return np.asarray(np.einsum("kcd,plcd->plk", self.basis, np.stack([q, q_bar])).ravel())

    def matrices(self, x: Any) -> Any:
        """q, then q_bar, of every layer."""
        return np.einsum("plk,kcd->plcd", x.reshape(2, len(self.widths), len(self.basis)), self.basis)

    def at(self, x: Any) -> ScaleState:
        """The Gaussian process at these fields, and the gradient of the action."""
        q, q_bar = self.matrices(x)
        n, m, size = np.array(self.widths), self.outputs, self.columns.shape[1]
        eye = np.eye(m)
        scale = q[0] if len(n) == 1 else np.prod(q, axis=0)
        each = np.linalg.inv(eye + q_bar)
        local = self.ridge * eye + self.values[:, None, None] * scale
        log_det = np.log(local if m == 1 else np.linalg.det(local)).sum()
        local = 1 / local if m == 1 else np.linalg.inv(local)
        outer = np.einsum("icd,is->icsd", local, self.columns).reshape(len(self.values), m, size * m)
        overlap = np.einsum("is,icr->scr", self.columns, outer).reshape(size * m, size * m)
        blocks = np.zeros_like(overlap)
        if self.means.size:
            blocks[:m, :m] = each[0]
        if self.ones.size:
            blocks[-m:, -m:] = self.bias * eye
        whole = np.eye(size * m) + overlap @ blocks
        core = blocks @ np.linalg.inv(whole)
        log_det = log_det + np.log(np.linalg.det(whole))
        state = ScaleState(scale, each[0], local, outer, core, overlap, None, log_det, None)
        tau = state.solved(self.labels[:, :, None])[:, :, 0]
        # of log det A and of y^T A^-1 y with respect to q and to 1/(1 + q_bar)
        slope = np.einsum("i,icd->cd", self.values, local)
        slope = slope - np.einsum("i,icr,rs,ids->cd", self.values, outer, core, outer)
        slope = slope - (tau * self.values[:, None]).T @ tau
        of_q = -n[:, None, None] / 2 * q_bar + slope / 2 * (1.0 if len(n) == 1 else scale / q)
        of_q_bar = n[:, None, None] / 2 * (each - q)
        if self.means.size:
            seen = (overlap - overlap @ core @ overlap)[:m, :m]
            beta = tau.T @ self.means[:, 0]
            of_q_bar = of_q_bar - each @ (seen - np.outer(beta, beta)) @ each / 2
        gradient = np.einsum("kcd,plcd->plk", self.basis, np.stack([of_q, of_q_bar])).ravel()
        return replace(state, labels=tau, gradient=gradient)

    def value(self, x: Floats) -> float:
        """The action."""
        state, (q, q_bar) = self.at(x), self.matrices(x)
        each = np.eye(self.outputs) + q_bar
        free = np.log(np.linalg.det(each)) - np.einsum("lcd,ldc->l", q, q_bar)
        misfit = np.sum(self.labels * state.labels)
        return float(np.array(self.widths) @ free + state.log_det + misfit) / 2

    def hessian(self, x: Floats) -> Floats:
        """Of the action, its gradient by complex steps."""
        step = 1e-30
        rows = [self.at(x + 1j * step * unit).gradient.imag / step for unit in np.eye(len(x))]
        return np.asarray((np.array(rows) + np.array(rows).T) / 2)

    def room(self, x: Floats) -> float:
        """The smallest eigenvalue of q and 1 + q_bar: 0 or below where a scale is none."""
        q, q_bar = self.matrices(x)
        return float(np.linalg.eigvalsh(np.stack([q, np.eye(self.outputs) + q_bar])).min())

    def saddle(self) -> tuple[Floats, Floats]:
        """Coordinates of the lowest saddle, and the Hessian there; FloatingPointError if none is stable.

        At a multiple of one matrix q the other field is 1/q - 1 but for means; from the lowest such point
        Newton steps.
        """
        layers, eye = len(self.widths), np.eye(self.outputs)

        def of_scale(scale: float) -> Floats:
            each = np.broadcast_to(scale ** (1 / layers) * eye, (layers, *eye.shape))
            return self.coordinates(np.asarray(each), np.linalg.inv(each) - eye)

        x = min((of_scale(scale) for scale in _SCALES.tolist()), key=self.value)
        gradient, width = self.at(x).gradient, max(self.widths)
        for _ in range(_STEPS):
            if np.abs(gradient).max() <= _RESIDUAL * width:
                break
            step, size = -np.linalg.solve(self.hessian(x), gradient), 1.0
            for _ in range(_HALVINGS):
                new = x + size * step
                if self.room(new) > 0:
                    found = self.at(new).gradient
                    if np.linalg.norm(found) < np.linalg.norm(gradient):
                        break
                size /= 2
            else:
                break
            x, gradient = new, found
        hessian = self.hessian(x)
        stable = int(np.sum(np.linalg.eigvalsh(hessian) < 0)) == len(x) // 2
        if not stable or np.abs(gradient).max() > 1e-8 * width:
            raise FloatingPointError("the scale of the kernel has no stable saddle here")
        return x, hessian
