"""The fields of a prediction from averages that are resolved by numbers of points on the sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.sites.fixed_number import FixedNumber
from replicas.sites.scattering import row_sums
from replicas.sites.site_averages import Observed, SiteAverages

Fields = dict[str, Any]  # of a `SitePrediction`, at one size


class ExactNumber(NamedTuple):
    """What exactly N points change: averages and what was observed at N e^{-step}, N and N e^{step}."""

    fixed: FixedNumber
    pairs: Sequence[tuple[SiteAverages, Observed]]

    @property
    def averages(self) -> list[SiteAverages]:
        """Averages at the three sizes."""
        return [each for each, _ in self.pairs]

    def change(self, name: str, shifted: bool = False) -> Any:
        """What is added to an average; `shifted`: given that a point is not drawn."""
        return self.fixed.correction([getattr(each, name) for each in self.averages], shifted)

    def factor(self, values: Sequence[Any], shifted: bool = False) -> Any:
        """The factors of positive averages, from their values at the sizes."""
        here = np.asarray(values[1])
        change = self.fixed.correction(values, shifted)
        return 1.0 + np.divide(change, here, out=np.zeros_like(here), where=here > 0)


def observables(
    averages: SiteAverages,
    observed: Observed,
    n: float,
    label_noise: float,
    by_mode: Floats,
    exact: ExactNumber | None = None,
) -> Fields:
    """All fields but bars at one size; without `exact`, for independent numbers of points on the sites."""
    sites, outputs = observed.sites, averages.residual.shape[1]
    weights, unseen = sites.weights, observed.unseen
    errors, variances, gains = (
        _by_site(averages, name, observed, exact) for name in ("error", "variance", "gain")
    )
    gain, error = float(weights @ gains), float(weights @ errors)
    residual = averages.unseen_residual if unseen else averages.residual
    learnt, kept = averages.coefficients, averages.noise_sum
    by_output, training = averages.by_output, averages.training_by_output
    left = _training_sums(averages, observed)
    if exact is not None:
        residual = residual + exact.change("unseen_residual" if unseen else "residual", unseen)
        learnt, kept = learnt + exact.change("coefficients"), kept + exact.change("noise_sum")
        by_output = by_output * exact.factor([each.by_output for each in exact.averages], unseen)
        training = training * exact.factor([each.training_by_output for each in exact.averages])
        numbers = [at.law.weights @ at.law.numbers for _, at in exact.pairs]
        left = left * exact.factor([_training_sums(*each) for each in exact.pairs]) / exact.factor(numbers)
    squares: Floats = weights @ residual**2
    # label noise is in all outputs together, and the same in each
    by_output = _adding_up_to(by_output, error) + label_noise * gain / outputs
    training = (_adding_up_to(training, float(left.sum())) + label_noise * kept / outputs) / n
    error += label_noise * gain
    return {
        "error": error,
        "bias": float(squares.sum()),
        "variance": error - float(squares.sum()),
        "coefficients": learnt,
        "error_by_degree": by_mode,
        "posterior_variance": float(weights @ variances),
        "label_noise_gain": gain,
        "training_error": float(training.sum()),
        "error_by_point": errors[sites.members],
        "error_by_output": by_output,
        "bias_by_output": squares,
        "training_error_by_output": training,
    }


def _by_site(averages: SiteAverages, name: str, observed: Observed, exact: ExactNumber | None) -> Floats:
    """An average over the observed points of every site, from that given n points there."""
    unseen, seen = _parts(getattr(averages, name), observed)
    share = observed.unseen_share
    if exact is not None:
        share = exact.fixed.unseen_share
        parts = [_parts(getattr(values, name), at) for values, at in exact.pairs]
        unseen = unseen * exact.factor([part[0] for part in parts], shifted=True)
        # of what is drawn the probability is known, and only the average given that goes over
        drawn = [_parts(np.ones_like(values.error), at)[1] for values, at in exact.pairs]
        probability = np.divide(1.0 - share, drawn[1], out=np.ones_like(seen), where=drawn[1] > 0)
        seen = seen * probability * exact.factor([part[1] for part in parts]) / exact.factor(drawn)
    return unseen if observed.unseen else share * unseen + seen


def _parts(levels: Floats, observed: Observed) -> tuple[Floats, Floats]:
    """By site: the average given that a point is not drawn, and what points add that are drawn."""
    law = observed.law
    seen = law.weights - observed.unseen_share * law.unseen
    return row_sums(law.unseen, levels), row_sums(seen, levels)


def _training_sums(averages: SiteAverages, observed: Observed) -> Floats:
    """By site: the sum of the squares that are left at its training points, without label noise."""
    found: Floats = np.einsum("ij,ij,j->i", averages.error, observed.law.weights, observed.law.numbers)
    return found


def _adding_up_to(parts: Floats, whole: float) -> Floats:
    """Parts in their proportions: each went over to exactly N points by itself."""
    total = float(parts.sum())
    return parts * (whole / total) if total > 0 else parts
