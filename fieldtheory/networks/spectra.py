"""Spectra of many networks, from one compiled call for those that share a route."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from fieldtheory.arguments import require_choice, require_dimension, require_integer
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.eigenvalues.cost import require_contour
from fieldtheory.eigenvalues.relu_contour import relu_batches, relu_traces
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.zonal_kernel import SIX_DIGITS
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import EXTRA_DEGREES, Spectrum, default_max_degree

KERNELS = ("ntk", "nngp")


def spectra(
    networks: Iterable[FullyConnected],
    dim: int,
    kernel: Literal["ntk", "nngp"] = "ntk",
    max_degree: int | None = None,
) -> list[Spectrum]:
    """The spectrum of each network on S^{dim-1}: `network.ntk().spectrum(dim, max_degree)`, or of `nngp()`.

    For sweeps. ReLU networks are computed together in compiled code, whatever their depths and variances;
    others one by one. A UserWarning names the degrees of a kernel that are not known to 6 digits.

    ValueError for what is no network, and for all that the single calls refuse.

    Equation: funk-hecke, layer-recursion, tangent-kernel-recursion

    >>> networks = [FullyConnected(3, "relu", 2.0, bias) for bias in (0.0, 0.1, 1.0)]
    >>> [round(spectrum.trace, 12) for spectrum in spectra(networks, dim=20)]
    [8.0, 9.0, 18.0]
    """
    said = shown(networks)
    listed = list(networks) if isinstance(networks, Iterable) and getattr(networks, "ndim", 1) != 0 else []
    if not listed or not all(isinstance(each, FullyConnected) for each in listed):
        raise ValueError(
            f"networks must be a list of one or more FullyConnected, such as [FullyConnected(3)] (got {said})"
        )
    dim, ntk = require_dimension(dim), require_choice("kernel", kernel, KERNELS) == "ntk"
    kept = default_max_degree(dim) if max_degree is None else max_degree
    kept = require_integer("max_degree", kept, minimum=0)
    found = _of_relu_networks(listed, dim, ntk, kept)
    for place, network in enumerate(listed):
        spectrum = found.get(place)
        # the single call says what is not known to six digits
        if spectrum is None or spectrum.relative_error.max() > SIX_DIGITS:
            of_network = network.ntk() if ntk else network.nngp()
            found[place] = of_network.spectrum(dim, max_degree)
    return [found[place] for place in range(len(listed))]


def _of_relu_networks(
    networks: Sequence[FullyConnected], dim: int, ntk: bool, max_degree: int
) -> dict[int, Spectrum]:
    """The spectra of deep ReLU networks, by their places in the list."""
    relu = [place for place, network in enumerate(networks) if network.is_deep_relu]
    if not relu:
        return {}
    chosen = [networks[place] for place in relu]
    layers = np.array([network.hidden_layers for network in chosen])
    require_contour(dim, max_degree + EXTRA_DEGREES, int(layers.max()))
    require_budget(
        f"{counted(len(chosen), 'network')} and {counted(max_degree + 1, 'degree')}",
        seconds=len(chosen) * (2e-5 + 2e-5 * float(layers.mean()) + 3e-7 * max_degree),
        memory=len(chosen) * (48.0 * max_degree + 1000.0),
        smaller="the number of networks or max_degree",
    )
    numbers = np.array(
        [
            (float(network.weight_variances[0]), float(network.bias_variance), float(network.input_scale))
            for network in chosen
        ]
    )
    traces = relu_traces(numbers, layers, ntk)
    found: dict[int, Spectrum] = {}
    for batch in relu_batches(numbers, layers, traces, ntk, dim, max_degree + EXTRA_DEGREES):
        many = Spectrum.from_many_eigenvalues(batch.eigenvalues, traces[batch.places], dim, max_degree)
        found |= {relu[place]: each for place, each in zip(batch.places.tolist(), many, strict=True)}
    return found
