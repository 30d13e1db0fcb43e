r"""The action of the order parameters of a linear network in training, and its derivatives at the dynamics.

Networks of n neurons a layer have the weight exp(n S) over kernels, responses and outputs,

    S = sum f^ (shift - f) + b (sum f^)^2/(2 gamma^2) - sum_l [Phi^.Phi + G^.G + w A.B] + sum_l log Z_l,
    Z_l = int d(h z chi~ xi~) exp(½ y^T Q_l y),    log Z_l = -½ log det(-Q_l),

Q_l the quadratic form of one neuron: chi~ (C z - h) + xi~ (D h - z) + ½ chi~ Phi^(l-1) chi~ + ½ xi~
G^(l+1) xi~, and a conjugate times what it holds: Phi^ hh, G^ zz, f^ hz/gamma. C and D hold Delta = y -
f, so Q_l has products of f with Phi^(l-1) and G^(l+1). The fields are the independent entries of all of
them, at all times: causality is a property of the saddle point, where the conjugates are 0, not of the
fluctuations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fieldtheory.array_types import Floats, Integers
from renormalization.training_dynamics.linear import LinearDynamics
from renormalization.training_dynamics.network_covariance import neuron_covariance, neuron_places
from renormalization.training_dynamics.training_problem import TrainingProblem


@dataclass(frozen=True, eq=False)
class OrderParameters:
    """Derivatives of S in the fields: f first, then f^, then the interfaces, (steps Q) or (steps) a side."""

    problem: TrainingProblem
    dynamics: LinearDynamics

    @cached_property
    def places(self) -> dict[str, Integers]:
        """The fields of each matrix, by its name; f and f^ (steps, Q)."""
        t, q, size = self.problem.steps, self.problem.points, self.problem.steps * self.problem.points
        shapes = {"f": (t, q), "f^": (t, q)}
        for layer in range(1, self.problem.depth):
            for name, side in ((f"Phi{layer}", size), (f"G{layer + 1}", t)):
                shapes |= {name: (side, side), name + "^": (side, side)}
            shapes |= {f"A{layer}": (size, t), f"B{layer}": (t, size)}
        found, start = {}, 0
        for name, shape in shapes.items():
            if name.startswith(("Phi", "G")):
                rows, columns = np.tril_indices(shape[0])
                index = np.empty(shape, dtype=np.int64)
                index[rows, columns] = index[columns, rows] = start + np.arange(len(rows))
                start += len(rows)
            else:
                index = start + np.arange(shape[0] * shape[1]).reshape(shape)
                start += shape[0] * shape[1]
            found[name] = index
        return found

    @property
    def count(self) -> int:
        """Number of fields."""
        return 1 + max(int(index.max()) for index in self.places.values())

    @cached_property
    def _covariances(self) -> list[Floats]:
        return [neuron_covariance(layer) for layer in self.dynamics.layers]

    @cached_property
    def _slopes(self) -> list[Floats]:
        """dQ_l of every field, (fields, size, size), at the dynamics."""
        return [self._slopes_of(number) for number in range(self.problem.depth)]

    def _slopes_of(self, number: int) -> Floats:
        """Those of layer `number` + 1: halves of symmetric matrices, then each with its mirror image."""
        problem, places = self.problem, self.places
        steps, q, w = problem.steps, problem.points, problem.weight_variances
        h, z, chi, xi = neuron_places(steps, q)
        found = np.zeros((self.count, xi.stop, xi.stop))
        first, last, size = number == 0, number == problem.depth - 1, steps * q
        if not first:
            weight = w[number - 1]
            _add(found, places[f"Phi{number}"], chi.start, chi.start, weight / 2)
            _add(found, places[f"G{number + 1}^"], z.start, z.start, 0.5)
            _add(found, places[f"A{number}"], chi.start, z.start, weight)
        if last:
            for t in range(steps):
                # f^ holds h z at equal times
                _add(found, places["f^"][t][:, None], t * q, z.start + t, 1 / problem.richness)
        else:
            weight = w[number]
            _add(found, places[f"G{number + 2}"], xi.start, xi.start, weight / 2)
            _add(found, places[f"Phi{number + 1}^"], h.start, h.start, 0.5)
            _add(found, places[f"B{number + 1}"], xi.start, h.start, weight)
        # Delta = y - f at training points, in C and in D; and the kernels that stand beside it there
        below, above = self._given(number)
        residuals = problem.feature_rate * problem.residuals(self.dynamics.outputs)
        for s in range(steps):
            for nu in range(problem.training_points):
                field, at = places["f"][s, nu], s * q + nu
                later = slice((s + 1) * q, size)
                found[field, chi.start + later.start : chi.stop, z.start + s] -= (
                    problem.feature_rate * below[later, at]
                )
                found[field, xi.start + s + 1 : xi.stop, at] -= problem.feature_rate * above[s + 1 :, s]
                if not first:
                    rows = np.arange(later.start, size)
                    kernels = places[f"Phi{number}"][rows, at]
                    np.add.at(
                        found, (kernels, chi.start + rows, z.start + s), w[number - 1] * residuals[s, nu]
                    )
                if not last:
                    rows = np.arange(s + 1, steps)
                    gradients = places[f"G{number + 2}"][rows, s]
                    np.add.at(found, (gradients, xi.start + rows, at), w[number] * residuals[s, nu])
        return found + found.transpose(0, 2, 1)

    def _given(self, number: int) -> tuple[Floats, Floats]:
        """Phi^(l-1) and G^(l+1) as the layer sees them."""
        problem, layers = self.problem, self.dynamics.layers
        steps, size, w = problem.steps, problem.steps * problem.points, problem.weight_variances
        if number:
            below = w[number - 1] * layers[number - 1].kernel.reshape(size, size) + problem.bias_variance
        else:
            below = np.tile(problem.input_kernel, (steps, steps))
        last = number == problem.depth - 1
        above = np.ones((steps, steps)) if last else layers[number + 1].gradient
        return below, w[number] * above

    def _mixed(self, number: int) -> list[tuple[int, Integers, Integers, Integers, float]]:
        """Second derivatives of Q_l: a field f, fields of a kernel, rows, columns (mirrored too), value."""
        problem, places = self.problem, self.places
        steps, q, w = problem.steps, problem.points, problem.weight_variances
        _, z, chi, xi = neuron_places(steps, q)
        found: list[tuple[int, Integers, Integers, Integers, float]] = []
        for s in range(steps):
            for nu in range(problem.training_points):
                field, at = int(places["f"][s, nu]), s * q + nu
                if number:
                    rows = np.arange((s + 1) * q, steps * q)
                    kernels = places[f"Phi{number}"][rows, at]
                    value = -problem.feature_rate * w[number - 1]
                    found.append((field, kernels, chi.start + rows, z.start + s + 0 * rows, value))
                if number < problem.depth - 1:
                    rows = np.arange(s + 1, steps)
                    kernels = places[f"G{number + 2}"][rows, s]
                    value = -problem.feature_rate * w[number]
                    found.append((field, kernels, xi.start + rows, at + 0 * rows, value))
        return found

    def second(self) -> Floats:
        """S″, (fields, fields)."""
        problem, places = self.problem, self.places
        found = np.zeros((self.count, self.count))
        for number, (covariance, slopes) in enumerate(zip(self._covariances, self._slopes, strict=True)):
            turned = covariance @ slopes
            found += np.einsum("iab,jba->ij", turned, turned, optimize=True) / 2
            for field, kernels, rows, columns, value in self._mixed(number):
                # ½ tr(K d²Q), whose two entries are mirror images
                half = np.zeros_like(found)
                np.add.at(half, (np.full_like(kernels, field), kernels), value * covariance[rows, columns])
                found += half + half.T
        half = np.zeros_like(found)
        for name, index in places.items():
            if name.endswith("^") and name != "f^":
                # half of Phi^.Phi: each pair of mirror images counts once
                np.add.at(half, (index, places[name[:-1]]), -0.5)
        for layer in range(1, problem.depth):
            weight = float(problem.weight_variances[layer - 1])
            np.add.at(half, (places[f"A{layer}"], places[f"B{layer}"].T), -weight)
        conjugate, outputs, p = places["f^"], places["f"], problem.training_points
        half[conjugate.ravel(), outputs.ravel()] -= 1
        for t in range(problem.steps):
            rate = problem.learning_rate * problem.bias_variance
            half[np.ix_(conjugate[t], outputs[:t, :p].ravel())] -= rate
        found += half + half.T
        both = conjugate.ravel()
        found[np.ix_(both, both)] += problem.bias_variance / problem.richness**2
        return found

    def third(self) -> Floats:
        """S‴, (fields, fields, fields)."""
        count = self.count
        found = np.zeros((count, count, count))
        for number, (covariance, slopes) in enumerate(zip(self._covariances, self._slopes, strict=True)):
            turned = covariance @ slopes
            size = len(covariance)
            flat = turned.transpose(0, 2, 1).reshape(count, size * size)
            for place in range(count):
                # tr(U_i U_j U_k) in both orders
                cubic = (turned[place] @ turned).reshape(count, size * size) @ flat.T
                found[place] += (cubic + cubic.T) / 2
            carried = turned @ covariance
            for field, kernels, rows, columns, value in self._mixed(number):
                for kernel, row, column in zip(
                    kernels.tolist(), rows.tolist(), columns.tolist(), strict=True
                ):
                    each = value * carried[:, row, column]
                    for one, other in ((field, kernel), (kernel, field)):
                        found[:, one, other] += each
                        found[one, :, other] += each
                        found[one, other, :] += each
        return found


def _add(found: Floats, fields: Integers, row: int, column: int, value: float) -> None:
    """`value` at the entries of a block that starts at (row, column), one field an entry."""
    rows, columns = np.indices(fields.shape)
    np.add.at(found, (fields, row + rows, column + columns), value)
