"""Brute-force rows for the accuracy table, at configurations drawn at random.

`python -m benchmarks.brute_force [NUMBER] [SECONDS] [SEED]` prints JSON in the format of the reference
simulations of corners: networks, dimensions 3 to 12, ridges and sizes that none of them has, half of them
below N = 20. Every configuration is measured for so many seconds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

import fieldtheory as ft
from fieldtheory.array_types import Floats
from fieldtheory.workbench.simulation.dataset_regression import regress
from fieldtheory.workbench.simulation.simulation import dataset_problems

_DEGREES = 5
_LEAST, _MOST = 200, 20_000  # data sets
_ACTIVATIONS = ("relu", "erf", "gelu", "sin", "tanh", "softplus", "silu", "abs", "gaussian")
_MIXED: dict[str, tuple[dict[int, float], float]] = {
    **{f"pure{degree}": ({degree: 1.0}, 0.0) for degree in range(_DEGREES)},
    "mix123": ({1: 0.2, 2: 0.5, 3: 0.3}, 0.0),
    "mix12_noise": ({1: 0.5, 2: 0.5}, 0.25),
}


def configurations(number: int, seed: int) -> Iterator[dict[str, Any]]:
    """Networks and problems; a finite ridge is a share of the trace of the kernel."""
    rng = np.random.default_rng(seed)
    for place in range(number):
        params = {
            "kind": str(rng.choice(["ntk", "nngp"])),
            "act": str(rng.choice(_ACTIVATIONS)),
            "L": int(rng.integers(1, 4)),
            "sw2": float(rng.choice([1.0, 1.5, 2.0])),
            "sb2": float(rng.choice([0.0, 0.05, 0.3])),
        }
        few = place % 2 == 0
        dim = int(rng.choice([3, 4, 5, 6, 7, 8, 10, 12]))
        size = int(rng.integers(3, 20)) if few else int(np.exp(rng.uniform(np.log(20), np.log(200))))
        ridge = float(rng.choice([0.0, 1e-4, 1e-3, 1e-2, 0.1]))
        ensemble = "poisson" if rng.random() < 0.15 else "fixed"
        yield {
            "id": f"f{place:03d}",
            "params": params,
            "d": dim,
            "ridge_share": ridge,
            "N": size,
            "ensemble": ensemble,
            "seed": 1000 * seed + place,
        }


def measured(config: dict[str, Any], seconds: float) -> dict[str, Any] | None:
    """The configuration with what is measured; None where rounding spoils it."""
    params = config["params"]
    network = ft.FullyConnected(params["L"], params["act"], params["sw2"], params["sb2"])
    kernel = network.ntk() if params["kind"] == "ntk" else network.nngp()
    ridge = float(f"{config.pop('ridge_share') * kernel.trace:.3g}")
    size, dim, ensemble, seed = (config[name] for name in ("N", "d", "ensemble", "seed"))
    (problem,), _ = dataset_problems(kernel, dim, _DEGREES, [size], ridge, ensemble, seed, 0)
    rows: list[Any] = []
    begin = time.process_time()
    for repeat in count():
        try:
            rows.append(regress(problem, repeat))
        except np.linalg.LinAlgError:
            return None
        if repeat >= _LEAST and (time.process_time() - begin > seconds or repeat >= _MOST):
            break
    if max(row.condition for row in rows) > 1e10:
        return None
    coef, err, train = (
        np.array([getattr(row, name) for row in rows])
        for name in ("coefficients", "error_by_degree", "training_by_degree")
    )
    gain, posterior, noise_train = (
        np.array([getattr(row, name) for row in rows])
        for name in ("label_noise_gain", "posterior_variance", "training_label_noise")
    )
    targets = {}
    for name, (weights, noise) in _MIXED.items():
        powers = np.zeros(_DEGREES)
        powers[list(weights)] = list(weights.values())
        targets[name] = {
            "weights": {str(degree): weight for degree, weight in weights.items()},
            "label_noise": noise,
            **_parts(powers, noise, coef, err, gain),
            **_mean("train", train @ powers + noise * noise_train),
        }
    degrees = [{"l": l, **_mean("coef", coef[:, l])} for l in range(_DEGREES)]
    return {
        **config,
        "sigma2": ridge,
        "reps": len(rows),
        "degrees": degrees,
        "targets": targets,
        **_mean("label_noise_gain", gain),
        **_mean("posterior_variance", posterior),
        **_mean("noise_training", noise_train),
    }


def _mean(name: str, samples: Floats) -> dict[str, float]:
    return {name: _short(samples.mean()), f"{name}_se": _short(samples.std(ddof=1) / len(samples) ** 0.5)}


def _short(value: float) -> float:
    return float(f"{value:.7g}")


def _parts(powers: Floats, noise: float, coef: Floats, err: Floats, gain: Floats) -> dict[str, float]:
    """Error, squared bias freed from the spread of the mean, variance."""
    repeats, missed = len(coef), 1 - coef.mean(axis=0)
    bias = float(powers @ (missed**2 - coef.var(axis=0, ddof=1) / repeats))
    slopes = -2 * (coef * missed) @ powers
    error = err @ powers + noise * gain
    return {
        **_mean("err", error),
        "bias2": _short(bias),
        "bias2_se": _short(slopes.std(ddof=1) / repeats**0.5),
        "var": _short(error.mean() - bias),
        "var_se": _short((error - slopes).std(ddof=1) / repeats**0.5),
    }


def main() -> None:
    """`python -m benchmarks.brute_force [NUMBER] [SECONDS] [SEED]`."""
    given = [float(each) for each in sys.argv[1:]]
    number, seconds, seed = (*given, *(72, 10, 12)[len(given) :])
    found = []
    for config in configurations(int(number), int(seed)):
        row = measured(config, seconds)
        if row is None:
            print(f"{config['id']}: rounding", file=sys.stderr)
            continue
        found.append(row)
        target = row["targets"]["mix123"]
        print(
            row["id"],
            row["params"],
            row["d"],
            row["sigma2"],
            row["N"],
            row["reps"],
            target["err"],
            target["err_se"] / target["err"],
            file=sys.stderr,
            flush=True,
        )
    print(
        json.dumps({"origin": "python -m benchmarks.brute_force " + " ".join(sys.argv[1:]), "configs": found})
    )


if __name__ == "__main__":
    main()
