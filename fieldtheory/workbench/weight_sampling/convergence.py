"""What chains say together: averages, their standard errors, and whether the chains agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldtheory.array_types import Floats
from fieldtheory.workbench.weight_sampling.batches import Batches

_CONSTANT = 1e-26  # variance over the square of the largest value, below which a number does not vary


class Average(NamedTuple):
    """The mean over all sweeps of all chains, and its standard error."""

    mean: Floats
    stderr: Floats


def average(batches: Sequence[Floats], lengths: Sequence[int], sweeps: Sequence[int]) -> Average:
    """From sums over batches, complete ones and the rest, of every chain.

    Its error: of means of batches within chains, or of means of chains, whichever is larger, as one misses
    slow modes and the other has few chains to go by.
    """
    chains = np.stack([sums.sum(axis=0) / count for sums, count in zip(batches, sweeps, strict=True)])
    number = len(chains)
    between = chains.std(axis=0, ddof=1) / math.sqrt(number)
    within = np.zeros_like(between)
    for sums, length, count in zip(batches, lengths, sweeps, strict=True):
        full = count // length
        if full > 1:
            within += (sums[:full] / length).var(axis=0, ddof=1) / full
    return Average(chains.mean(axis=0), np.maximum(between, np.sqrt(within) / number))


def monitored(chains: Sequence[Batches]) -> tuple[Average, Floats]:
    """What is monitored: averages, and the variance over sweeps of each."""
    origin = chains[0].origin
    shifts = [chain.origin - origin for chain in chains]
    # about the origin of the first chain, every sum of squares moves with its own
    sums, squares = [], 0.0
    for chain, shift in zip(chains, shifts, strict=True):
        counts = _counts(chain)[:, None]
        sums.append(chain.monitored + counts * shift)
        squares = squares + (chain.squares + 2 * shift * chain.monitored + counts * shift**2).sum(axis=0)
    found = average(sums, [chain.length for chain in chains], [chain.sweeps for chain in chains])
    total = sum(chain.sweeps for chain in chains)
    variance = np.maximum(np.asarray(squares) / total - found.mean**2, 0.0)
    return Average(found.mean + origin, found.stderr), variance


def average_of(chains: Sequence[Batches], name: str) -> Average:
    """What is summed under this name in the batches of all chains."""
    sums = [getattr(chain, name) for chain in chains]
    return average(sums, [chain.length for chain in chains], [chain.sweeps for chain in chains])


def _counts(chain: Batches) -> Floats:
    """Sweeps in every batch."""
    starts = chain.length * np.arange(len(chain.monitored))
    return np.clip(chain.sweeps - starts, 0, chain.length).astype(np.float64)


def varies(mean: Floats, variance: Floats) -> NDArray[np.bool_]:
    """Which numbers change from sweep to sweep, beyond rounding."""
    return np.asarray(variance > _CONSTANT * np.maximum(mean**2, variance.max(initial=0.0)), dtype=np.bool_)


def effective_samples(mean: Floats, stderr: Floats, variance: Floats, sweeps: int) -> float:
    """How many independent samples would give all but the last number, the log-likelihood, as precisely.

    If none of them varies, as for labels that are 0, the last is asked; `sweeps` if that does not either.

    >>> round(effective_samples(np.zeros(2), np.array([0.1, 1.0]), np.array([2.0, 5.0]), 1000))
    200
    """
    for part in (slice(-1), slice(-1, None)):
        moving = varies(mean[part], variance[part]) & (stderr[part] > 0)
        if moving.any():
            return float((variance[part][moving] / stderr[part][moving] ** 2).min())
    return float(sweeps)


def r_hat(chains: Sequence[Batches]) -> float:
    """The largest R-hat of what is monitored (Gelman, Rubin), halves of chains as chains of their own.

    sqrt((W (N - 1)/N + B/N)/W): W variance within halves of N sweeps, B/N that of their means.
    """
    half = min(chain.full for chain in chains) // 2
    means, variances, length = [], [], half * chains[0].length
    for chain in chains:
        for part in (slice(0, half), slice(half, 2 * half)):
            mean = chain.monitored[part].sum(axis=0) / length
            variances.append(chain.squares[part].sum(axis=0) / length - mean**2)
            means.append(chain.origin + mean)
    within, across = np.mean(variances, axis=0), np.var(means, axis=0, ddof=1)
    moving = varies(np.mean(means, axis=0), within + across)
    whole, inner = (within + across)[moving], within[moving]
    ratio = np.divide(whole, inner, out=np.full_like(whole, np.inf), where=inner > 0)
    return float(math.sqrt(ratio.max(initial=1.0)))
