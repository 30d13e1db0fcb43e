"""What networks of a learning curve share: how they are trained, on what, and what that takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.targets import Target
from fieldtheory.workbench.training.network_batch import Architecture
from fieldtheory.workbench.training.training_sets import KernelRegression, TrainingSet

_BATCH = 4e6  # bytes of the networks that are trained at once: what a cache holds
_FLOW_STEPS, _DESCENT_STEPS = 40, 5000  # as many are typical


class TrainingPlan(NamedTuple):
    """What all networks of a call share.

    `method`, `ridge`, `centre`, `tolerance`, `rate`, `steps`: how they are trained (`rate` None: flow);
    `tests`: test points of each data set.
    """

    net: FullyConnected
    dim: int
    target: Target
    members: int
    datasets: int
    seed: int
    method: str
    ridge: float
    centre: bool
    tolerance: float
    rate: float | None
    steps: int
    tests: int

    def regression(self, data: TrainingSet) -> KernelRegression:
        """Of infinite width."""
        if self.method == "langevin":
            return KernelRegression.of_posterior(self.net, data, self.ridge)
        return KernelRegression.of_flow(self.net, data, self.ridge, self.centre)

    def architecture(self, width: int) -> Architecture:
        """Of the networks of this width."""
        return Architecture.of(self.net, self.dim, [width] * self.net.hidden_layers)

    def training_set(self, size: int, number: int) -> TrainingSet:
        """Data set `number` of this size."""
        return TrainingSet.drawn(self.dim, self.target, size, self.tests, self.seed, number)

    def networks_at_once(self, width: int, size: int) -> int:
        """As many as their memory allows."""
        return max(1, int(_BATCH / _bytes(self.architecture(width), size)))

    def require_time(self, sizes: Sequence[int], widths: Sequence[int]) -> None:
        """OverBudget for more networks than time or memory allow."""
        seconds = memory = 0.0
        for size in sizes:
            for width in widths:
                net = self.architecture(width)
                seconds += self.members * self.datasets * self._seconds(net, size)
                outputs = 8.0 * self.tests * (self.members + 2 * max(net.sizes))
                memory = max(memory, max(_bytes(net, size), _BATCH) + outputs)
        number = self.members * self.datasets * len(sizes) * len(widths)
        require_budget(
            f"training {counted(number, 'network')} of widths up to {max(widths)} on up to "
            f"{counted(max(sizes), 'point')}",
            seconds=seconds,
            memory=memory,
            smaller="members, datasets, widths or n",
        )

    def _seconds(self, net: Architecture, size: int) -> float:
        """Of one network, on one core."""
        neurons = sum(net.sizes[1:])
        one = 1e-4 + net.parameters * (2e-9 + 1.2e-9 * size) + 3e-8 * size * neurons + 1.5e-8 * size**3
        if self.method == "langevin":
            return self.steps * (one + net.parameters * (1e-8 + 2e-10 * self.tests))
        return one * min(self.steps, _FLOW_STEPS if self.rate is None else _DESCENT_STEPS)


def _bytes(net: Architecture, points: int) -> float:
    """Of one network while it is trained."""
    return 8.0 * (6 * net.parameters + 8 * points * sum(net.sizes[1:]) + 6 * points**2)
