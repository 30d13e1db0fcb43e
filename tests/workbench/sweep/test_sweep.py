"""Sweeps: every number that of a single curve, whoever computes it."""

import csv
import pickle
import warnings
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft

TARGETS = {"even": ft.Target({0: 0.2, 2: 0.8}), "odd": ft.Target({1: 0.5, 3: 0.5})}
COLUMNS = (
    *("error", "error_bar", "bias", "variance", "effective_ridge", "posterior_variance"),
    *("label_noise_gain", "training_error"),
)
AXES: dict[str, list[Any]] = {
    "kernel": ["ntk", "nngp"],
    "activation": ["relu", "erf", "gelu"],
    "hidden_layers": [1, 2, 4],
    "weight_variance": [1.0, 1.7],
    "bias_variance": [0.1, 0.0, 1.0],
    "input_scale": [1.0, 0.3],
    "dim": [6, 20],
    "theory": ["auto", "self-consistent", "equivalent-kernel"],
    "label_noise": [0.1, 0.0],
    "ridge": [0.03, 1.0],
    "n": [7, 30, 200],
}


def single(point: dict[str, Any], sizes: list[float]) -> Any:
    """The curve that a point is on, by the calls for one network."""
    net = ft.FullyConnected(
        *(
            point[name]
            for name in ("hidden_layers", "activation", "weight_variance", "bias_variance", "input_scale")
        )
    )
    spectrum = (net.ntk() if point["kernel"] == "ntk" else net.nngp()).spectrum(point["dim"])
    target = TARGETS[point["target"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ft.learning_curve(
            spectrum, target, sizes, point["ridge"], point["label_noise"], point["theory"]
        )


@settings(max_examples=25)
@given(st.data())
def test_every_number_is_that_of_a_single_curve(data: st.DataObject) -> None:
    """Random axes in a random order, random points of the grid: 1e-12"""
    names = data.draw(
        st.lists(st.sampled_from([*sorted(AXES), "target"]), min_size=2, max_size=4, unique=True)
    )
    fixed: dict[str, Any] = {}
    for name, values in AXES.items():
        if name not in names:
            fixed[name] = data.draw(st.sampled_from(values))
    if "target" not in names:
        fixed["target"] = TARGETS["odd"]
    found = ft.sweep({name: TARGETS if name == "target" else AXES[name] for name in names}, **fixed)
    assert found.dims == tuple(names)
    assert found["error"].shape == found.shape == tuple(map(len, found.coords.values()))
    for _ in range(3):
        places = tuple(data.draw(st.integers(0, size - 1)) for size in found.shape)
        point = fixed | {
            name: found.coords[name][place].item() for name, place in zip(names, places, strict=True)
        }
        sizes = AXES["n"] if "n" in names else [point["n"]]
        curve = single(point | {"target": point["target"] if "target" in names else "odd"}, sizes)
        at = sizes.index(point["n"])
        for name in COLUMNS:
            assert found[name][places] == pytest.approx(getattr(curve, name)[at], rel=1e-12, abs=1e-300), name
        assert found["converged"][places] == curve.converged[at]


def many_parts(**options: Any) -> ft.Sweep:
    """24 parts: each kernel and dim is a part of its own."""
    return ft.sweep(
        {
            "n": [10, 40],
            "dim": list(range(4, 16)),
            "bias_variance": [0.0, 0.2, 0.5],
            "kernel": ["nngp", "ntk"],
        },
        target=ft.Target({1: 0.5, 3: 0.5}),
        hidden_layers=2,
        activation="erf",
        ridge=0.1,
        **options,
    )


def assert_equal(left: ft.Sweep, right: ft.Sweep) -> None:
    """To the bit, warnings and papers included."""
    assert left.arrays.keys() == right.arrays.keys()
    for name in left.arrays:
        np.testing.assert_array_equal(left[name], right[name], strict=True)
    assert (left.warnings, left.references, left.dims) == (right.warnings, right.references, right.dims)


class Serial(Executor):
    """One after the other, here, and in the reverse order of submission where that shows."""

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Any:
        from concurrent.futures import Future

        future: Future[Any] = Future()
        future.set_result(function(*arguments, **options))
        return future


def test_executors_give_the_same_bits() -> None:
    alone = many_parts(executor=Serial())
    assert_equal(many_parts(), alone)
    with ThreadPoolExecutor(3) as threads:
        assert_equal(many_parts(executor=threads), alone)
        assert threads.submit(int).result() == 0  # it is the caller's, and still there
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert_equal(many_parts(executor=processes), alone)
        with pytest.raises(
            ValueError, match="^activation must be a name, or a function that can be imported"
        ):
            ft.sweep(
                {"ridge": [0.1, 1.0]},
                target=TARGETS["odd"],
                dim=5,
                n=10,
                hidden_layers=1,
                activation=lambda x: np.tanh(x),
                executor=processes,
            )


@pytest.mark.parametrize("name", ["relu", "erf", "tanh", "gelu", "sin", "leaky_relu:0.1"])
def test_kernels_travel(name: str) -> None:
    """By plain pickle, and equal to the bit on arrival"""
    net = ft.FullyConnected(3, name, 1.5, 0.1)
    for kernel in (net.ntk(), net.nngp()):
        arrived = pickle.loads(pickle.dumps(kernel))  # of this process
        np.testing.assert_array_equal(arrived.spectrum(6).eigenvalues, kernel.spectrum(6).eigenvalues)


def test_the_best_points() -> None:
    """Against a search by hand over all points"""
    found = ft.sweep(
        {"hidden_layers": [1, 2, 3], "ridge": [0.0, 0.05], "n": [4, 30, 300], "bias_variance": [0.0, 0.3]},
        target=ft.Target({1: 0.3, 2: 0.7}),
        dim=4,
        weight_variance=2.0,
    )
    for place, best in enumerate(found.best(along="n")):
        points = []
        for at in np.ndindex(*found.shape):
            if at[2] == place:
                error, bar = found["error"][at], found["error_bar"][at]
                points.append((bool(found["converged"][at] and bar <= error / 2), error, bar, at))
        trusted = [each for each in points if each[0]]
        _, error, bar, at = min(trusted or points, key=lambda each: each[1])
        assert (best.error, best.error_bar, best.trusted) == (error, bar, bool(trusted))
        assert best.parameters == {
            name: found.coords[name][k] for name, k in zip(found.dims, at, strict=True)
        }
        tied = [each for each in points if each[3] != at and each[1] - each[2] <= error + bar]
        assert len(best.tied) == len(tied)
        tied.sort(key=lambda each: each[1])
        for each, (_, _, _, where) in zip(best.tied, tied, strict=True):
            assert (
                found["error"][where]
                == found["error"][tuple(found.coords[name].tolist().index(each[name]) for name in found.dims)]
            )
        assert list(best.tied[:2]) == list(best.tied)[:2]
        assert all(dict(each)["n"] == found.coords["n"][place] for each in best.tied)
    alone = found.best()
    assert alone.error == min(each.error for each in found.best(along="n") if each.trusted)
    with pytest.raises(ValueError, match=r"^along must be one of hidden_layers, ridge, n, bias_variance"):
        found.best(along="depth")


def test_warnings_are_said_once() -> None:
    """With the number of curves: the kernel of ReLU networks without bias lacks odd degrees from 3 on"""
    found = ft.sweep(
        {"bias_variance": [0.0, 0.1], "ridge": [0.1, 0.2, 0.3], "dim": [4, 5]},
        target=TARGETS["odd"],
        hidden_layers=1,
        n=20,
    )
    (warning,) = (each for each in found.warnings if "vanishes" in each.text)
    assert warning.curves == 6  # of the 12, those without bias


def test_tables(tmp_path: Path) -> None:
    """CSV, xarray and pandas have every point at its coordinates"""
    found = ft.sweep(
        {"target": TARGETS, "n": [10, 20, 50]}, dim=5, hidden_layers=1, bias_variance=0.1, error_bar=False
    )
    assert "error_bar" not in found.arrays
    found.to_csv(tmp_path / "points.csv")
    with (tmp_path / "points.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    frame, cube = found.to_pandas(), found.to_xarray()
    for row in rows:
        at = list(TARGETS).index(row["target"]), [10.0, 20.0, 50.0].index(float(row["n"]))
        assert (
            float(row["error"]) == found["error"][at] == frame.loc[(row["target"], float(row["n"])), "error"]
        )
        assert cube["error"].sel(target=row["target"], n=float(row["n"])) == found["error"][at]
    assert cube.attrs["dim"] == 5
    with pytest.raises(KeyError, match="is none of error, bias"):
        found["errors"]


def test_plots() -> None:
    """The smallest error over what is not drawn"""
    found = ft.sweep(
        {"activation": ["relu", "erf"], "bias_variance": [0.0, 0.1, 0.4], "n": [10, 40]},
        target=TARGETS["odd"],
        dim=5,
        hidden_layers=1,
    )
    (line,) = found.plot().get_lines()
    np.testing.assert_array_equal(line.get_ydata(), found["error"].min(axis=(0, 1)))
    mesh = found.plot(x="bias_variance", y="activation").collections[0]
    np.testing.assert_array_equal(mesh.get_array().reshape(2, 3), found["error"].min(axis=2))
    for x, y, message in (("depth", None, "^x must be one of"), ("n", "n", "^y must be another axis")):
        with pytest.raises(ValueError, match=message):
            found.plot(x, y)


def test_progress_is_shown_when_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    many_parts(progress=False)
    assert capfd.readouterr().err == ""
    many_parts(progress=True)  # a bar that is gone at the end
