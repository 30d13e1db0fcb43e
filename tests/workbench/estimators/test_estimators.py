"""What scikit-learn does with our kernel, regressor and transformer: `fieldtheory.sklearn`."""

import pickle
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

import fieldtheory as ft
from renormalization import WilsonFlow

pytest.importorskip("sklearn", reason="needs the extra [sklearn]")

from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, WhiteKernel
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks

from fieldtheory.sklearn import CompressedRegressor, SphereProjection, ZonalGPKernel

NET = ft.FullyConnected(2, "relu", weight_variance=1.7, bias_variance=0.3, input_scale=0.8)
NAMES = ("bias_variance", "input_scale", "weight_variance")


def sphere(n: int, dim: int, seed: int = 0) -> Any:
    X = np.random.default_rng(seed).normal(size=(n, dim))
    return X / np.linalg.norm(X, axis=1)[:, None]


@settings(max_examples=8)
@given(
    activation=st.sampled_from(["relu", "erf", "sin"]),
    kind=st.sampled_from(["ntk", "nngp"]),
    layers=st.integers(1, 3),
    weight=st.floats(0.3, 4.0),
    bias=st.floats(0.01, 3.0),
    scale=st.floats(0.1, 3.0),
)
def test_the_gradient_is_that_of_the_closed_form(
    activation: str, kind: str, layers: int, weight: float, bias: float, scale: float
) -> None:
    """dK/d ln p = p dK/dp of the exact formula, differentiated by mpmath with 30 digits"""
    net = ft.FullyConnected(layers, activation, weight, bias, scale)
    kernel = ZonalGPKernel(net, kind, input_scale_bounds=(1e-3, 1e3))
    X = sphere(4, 3)
    found, gradient = kernel(X, eval_gradient=True)
    closed = net.ntk() if kind == "ntk" else net.nngp()
    symbols = {name: sympy.Symbol(name, positive=True) for name in NAMES}
    t = sympy.Symbol("t")
    formula = closed.symbolic(t, **symbols)
    value = sympy.lambdify([*symbols.values(), t], formula, "mpmath", cse=True)
    with mp.workdps(30):
        at = [mp.mpf(each) for each in (bias, scale, weight)]
        for i, j in ((0, 1), (2, 3), (0, 3)):
            angle = mp.fdot(X[i].tolist(), X[j].tolist())
            for place in range(3):
                order = tuple(int(place == each) for each in range(3))
                exact = at[place] * mp.diff(lambda b, s, w: value(b, s, w, angle), at, order)  # noqa: B023
                assert gradient[i, j, place] == pytest.approx(float(exact), rel=1e-8, abs=1e-9 * closed.trace)
            assert found[i, j] == pytest.approx(float(value(*at, angle)), rel=1e-10)


def test_hyperparameters() -> None:
    """theta = ln p of what is not fixed; a clone with another theta is the kernel of another network"""
    kernel = ZonalGPKernel(NET)
    assert kernel.theta == pytest.approx(np.log([0.3, 1.7]))
    assert kernel.bounds == pytest.approx(np.log([[1e-3, 1e3], [1e-2, 1e2]]))
    moved = kernel.clone_with_theta(np.log([0.5, 2.0]))
    assert (moved.network.bias_variance, moved.network.weight_variance) == pytest.approx((0.5, 2.0))
    assert kernel.network is NET
    X = sphere(5, 4)
    other = ft.FullyConnected(2, "relu", 2.0, 0.5, 0.8).ntk().gram(X)
    np.testing.assert_allclose(moved(X), other, rtol=1e-13)
    np.testing.assert_array_equal(kernel(X, X[:2]), NET.ntk().gram(X, X[:2]))
    np.testing.assert_array_equal(kernel.diag(X), np.diag(kernel(X)))
    assert ZonalGPKernel(ft.FullyConnected(2)).hyperparameters[0].fixed  # no bias, no logarithm of it
    layered = ZonalGPKernel(ft.FullyConnected(2, "erf", [1.0, 2.0], 0.1), "nngp")
    assert layered.theta == pytest.approx(np.log([0.1, 1.0, 2.0]))
    assert layered(X, eval_gradient=True)[1].shape == (5, 5, 3)
    assert layered.clone_with_theta(np.log([0.1, 1.0, 3.0])).network.weight_variance == pytest.approx((1, 3))


def test_clone_and_equality() -> None:
    kernel = ZonalGPKernel(NET, "nngp", weight_variance_bounds="fixed")
    copy = clone(kernel)
    assert copy == kernel
    assert copy is not kernel
    assert copy.get_params() == kernel.get_params()
    assert pickle.loads(pickle.dumps(kernel)) == kernel
    assert kernel != ZonalGPKernel(NET, "ntk", weight_variance_bounds="fixed")
    assert repr(kernel).startswith("ZonalGPKernel(FullyConnected(")
    assert clone(2.0 * kernel + WhiteKernel(0.1)).get_params()["k1__k2__network"] == NET
    assert not kernel.is_stationary()


def test_a_gaussian_process() -> None:
    """The posterior mean K_* (K + s)^-1 y, and the marginal likelihood's gradient by differences"""
    X, Z = sphere(30, 4), sphere(7, 4, seed=1)
    y = X[:, 0] + X[:, 1] * X[:, 2]
    fixed = GaussianProcessRegressor(ZonalGPKernel(NET), alpha=0.01, optimizer=None).fit(X, y)
    K = NET.ntk().gram(X) + 0.01 * np.eye(30)
    np.testing.assert_allclose(fixed.predict(Z), NET.ntk().gram(Z, X) @ np.linalg.solve(K, y), rtol=1e-9)
    kernel = ConstantKernel(1.0) * ZonalGPKernel(NET) + WhiteKernel(0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn: an optimum at a bound, not converged
        found = GaussianProcessRegressor(kernel, alpha=0.0).fit(X, y)
        assert found.log_marginal_likelihood_value_ > found.log_marginal_likelihood(kernel.theta)
    theta = kernel.theta
    gradient = found.log_marginal_likelihood(theta, eval_gradient=True)[1]
    for place, slope in enumerate(gradient):
        step = 1e-4 * np.eye(len(theta))[place]
        ends = (found.log_marginal_likelihood(theta + sign * step) for sign in (1, -1))
        assert slope == pytest.approx((next(ends) - next(ends)) / 2e-4, rel=1e-5, abs=1e-6)


def test_the_compressed_regressor() -> None:
    """CompressedRegressor = WilsonFlow(spectrum, n, ridge).compressed_model(cutoff) of its points"""
    X, Z = sphere(50, 4), sphere(9, 4, seed=1)
    y = np.stack([X[:, 0], X[:, 1] * X[:, 2]], axis=1)
    model = CompressedRegressor(NET, cutoff=3, ridge=0.01).fit(X, y)
    flow = WilsonFlow(NET.ntk().spectrum(4), n=50, ridge=0.01)
    wanted = flow.compressed_model(3).fit(X, y)
    np.testing.assert_array_equal(model.predict(Z), wanted.predict(Z))
    assert model.ridge_ == wanted.ridge
    assert model.n_features_in_ == 4
    nngp = CompressedRegressor(NET, "nngp", cutoff=3, ridge=0.01, vertex=True).fit(X, y[:, 0])
    other = WilsonFlow(NET.nngp().spectrum(4), n=50, ridge=0.01).compressed_model(3, vertex=True)
    np.testing.assert_array_equal(nngp.predict(Z), other.fit(X, y[:, 0]).predict(Z))


def test_searches() -> None:
    """cross_val_score and GridSearchCV run; a target of degree 2 wants a cutoff of at least 2"""
    X = np.random.default_rng(2).normal(size=(90, 3))
    unit = X / np.linalg.norm(X, axis=1)[:, None]
    y = unit[:, 0] * unit[:, 1]
    model = make_pipeline(SphereProjection(), CompressedRegressor(NET, ridge=1e-4))
    assert clone(model).get_params()["compressedregressor__network"] == NET
    assert cross_val_score(model, X, y, cv=3).min() > 0.99
    search = GridSearchCV(model, {"compressedregressor__cutoff": [1, 2]}, cv=3).fit(X, y)
    assert search.best_params_ == {"compressedregressor__cutoff": 2}
    assert search.cv_results_["mean_test_score"][0] < 0.5


def failed_checks(estimator: Any) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of skipped checks
        results = estimator_checks.check_estimator(estimator, on_fail=None)
    return {each["check_name"] for each in results if each["status"] == "failed"}


def test_checks_of_scikit_learn() -> None:
    """check_estimator: all for the transformer, for a pipeline what theirs passes; the rest without data"""
    made = SphereProjection(constant=1.0), CompressedRegressor()
    assert failed_checks(made[0]) == set()
    assert failed_checks(make_pipeline(*made)) <= failed_checks(make_pipeline(StandardScaler(), Ridge()))
    for name in (
        "check_estimator_cloneable",
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_get_params_invariance",
        "check_set_params",
        "check_estimator_repr",
        "check_estimator_tags_renamed",
        "check_valid_tag_types",
    ):
        getattr(estimator_checks, name)("CompressedRegressor", made[1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ZonalGPKernel(NET)(np.ones((2, 3))), "X must have rows of unit norm"),
        (lambda: ZonalGPKernel(NET)(np.ones((2, 1))), "X must be a matrix with one point of 2 or more"),
        (lambda: ZonalGPKernel(NET)(sphere(2, 3), np.ones((2, 3))), "Y must have rows of unit norm"),
        (lambda: ZonalGPKernel(NET)(sphere(2, 3), sphere(2, 3), True), "Y must be None for a gradient"),
        (lambda: ZonalGPKernel(NET, "ntkk")(sphere(2, 3)), "kind must be one of 'ntk', 'nngp'"),
        (lambda: ZonalGPKernel(3)(sphere(2, 3)), "network must be a FullyConnected"),
        (lambda: CompressedRegressor().fit(np.ones((5, 3)), np.ones(5)), "X must have rows of unit norm"),
        (lambda: CompressedRegressor(3).fit(sphere(5, 3), np.ones(5)), "network must be a FullyConnected"),
        (lambda: CompressedRegressor(cutoff=-1).fit(sphere(5, 3), np.ones(5)), "cutoff must be at least 0"),
        (lambda: CompressedRegressor(cutoff=10**6).fit(sphere(5, 3), np.ones(5)), "cutoff must be at most"),
        (lambda: CompressedRegressor(ridge=-1.0).fit(sphere(5, 3), np.ones(5)), "ridge must be"),
        (lambda: SphereProjection().fit_transform(np.zeros((2, 3))), "no point at the origin"),
        (lambda: SphereProjection().fit(np.ones((2, 1))), "X must have at least 2 features"),
        (lambda: SphereProjection(constant=0.0).fit(np.ones((2, 1))), "constant must be"),
    ],
)
def test_what_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared below
        call()
    assert message in str(refused.value)


def test_without_scikit_learn() -> None:
    """The face loads, and a name of it is one line with the command that installs the extra"""
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import fieldtheory.sklearn as s\n"
        "try: s.ZonalGPKernel\nexcept ImportError as error: print(error)"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert said == 'fieldtheory.sklearn needs scikit-learn: pip install "deep-fieldtheory[sklearn]"\n'
