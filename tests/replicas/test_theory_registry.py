"""A theory of one's own: a dozen lines through public names, and every place that lists theories has it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import fieldtheory as ft
import replicas
from fieldtheory.workbench.cli import main

SPECTRUM = ft.Spectrum.from_arrays([0.4, 0.3, 0.05], [1, 5, 14], dim=5)
TARGET = ft.Target({1: 0.7, 2: 0.3})


@pytest.fixture
def large_ridge():
    """The limit of a large ridge, kappa = (ridge + trace)/N: every eigenvalue far below the ridge."""

    def prediction(problem, order):
        bare = problem.ridge + order * problem.spectrum.trace
        flat = replace(problem, ridge=bare, spectrum=problem.spectrum)
        return replicas.THEORIES["equivalent-kernel"].prediction(flat)

    theory = replicas.LearningCurveTheory(
        "large-ridge", "every mode far below the ridge", prediction, 1, references=("Nobody (2026)",)
    )
    yield replicas.register_theory(theory)
    replicas.unregister_theory("large-ridge")


def test_learning_curve_has_it(large_ridge):
    """sum_l g_l^2 (kappa/(lambda_l + kappa))^2 with kappa = (ridge + sum deg lambda)/N, by hand."""
    n, ridge = np.array([10.0, 100.0]), 5.0
    curve = ft.learning_curve(SPECTRUM, TARGET, n, ridge=ridge, theory="large-ridge", order=1)
    kappa = (ridge + 0.4 + 5 * 0.3 + 14 * 0.05) / n
    expected = 0.7 * (kappa / (0.3 + kappa)) ** 2 + 0.3 * (kappa / (0.05 + kappa)) ** 2
    np.testing.assert_allclose(curve.error, expected, rtol=1e-13)
    assert (curve.theory, curve.order, curve.references) == ("large-ridge", 1, ("Nobody (2026)",))
    best = ft.learning_curve(SPECTRUM, TARGET, n, ridge=ridge)
    np.testing.assert_allclose(curve.error_bar, abs(curve.error - best.error) + best.error_bar, rtol=1e-12)
    with pytest.raises(ValueError, match="order must be an integer from 0 to 1"):
        ft.learning_curve(SPECTRUM, TARGET, n, ridge=ridge, theory="large-ridge", order=2)


def test_command_line_has_it(large_ridge):
    """In the help, and as a choice whose numbers are those of the library."""
    run = CliRunner().invoke(main, ["curve", "--help"])
    assert "large-ridge:K" in "".join(run.output.split())
    arguments = "curve --dim 5 --target 1:1 --ridge 9 --n 20 --theory large-ridge:1 --max-degree 4 --json"
    found = json.loads(CliRunner().invoke(main, arguments.split()).stdout)["curves"]["large-ridge:1"]["error"]
    spectrum = ft.FullyConnected(3, "relu", weight_variance=1.0).ntk().spectrum(5, 4)
    curve = ft.learning_curve(spectrum, ft.Target({1: 1.0}), [20], 9.0, theory="large-ridge", order=1)
    assert found == pytest.approx(curve.error.tolist(), rel=1e-12)


def test_table_has_it(large_ridge):
    assert "| `large-ridge` | 0 to 1 | every mode far below the ridge |" in replicas.theory_table()


def test_documentation_holds_the_table():
    """docs/which_theory.md shows the registry's own table, the docstring of `learning_curve` every name."""
    page = Path(__file__).parents[2] / "docs" / "which_theory.md"
    assert replicas.theory_table() in page.read_text(encoding="utf-8")
    text = " ".join((ft.learning_curve.__doc__ or "").split())
    for name, row in replicas.THEORIES.items():
        assert f'"{name}" ({row.summary}' in text


@pytest.mark.parametrize(
    ("name", "said"), [("auto", "be new"), ("one-loop", "be new"), ("Two Loops", "be lower-case letters")]
)
def test_names_that_are_refused(name, said):
    with pytest.raises(ValueError, match=f"name must {said}"):
        replicas.register_theory(replicas.LearningCurveTheory(name, "nothing", lambda problem: None))


def test_taking_out_what_is_not_there():
    with pytest.raises(ValueError, match="name must be one of .*got 'nonsense'"):
        replicas.unregister_theory("nonsense")


@pytest.mark.parametrize("theory", [*replicas.THEORIES, "auto"])
@pytest.mark.parametrize("ensemble", ["fixed", "poisson"])
def test_without_error_bar(theory, ensemble):
    """`error_bar=False`: every other field is equal, the bars are None, no theory answers NaN."""
    highest = None if theory == "auto" else replicas.THEORIES[theory].highest_order
    order = None if highest is None else 1
    options = dict(n=[3, 30, 300], ridge=0.3, label_noise=0.1, theory=theory, order=order, ensemble=ensemble)
    judged = ft.learning_curve(SPECTRUM, TARGET, **options)
    bare = ft.learning_curve(SPECTRUM, TARGET, **options, error_bar=False)
    assert bare.error_bar is None
    assert (judged.error_bar >= 0).all()
    for name, value in bare.to_dict().items():
        if name.endswith("_bar"):
            assert value is None
            assert (np.array(judged.to_dict()[name]) >= 0).all()
        elif name != "warnings":
            np.testing.assert_array_equal(value, judged.to_dict()[name], err_msg=name)
    assert set(bare.warnings) <= set(judged.warnings)


def test_a_cheap_theory_does_not_pay_for_the_best(monkeypatch):
    """Without bar no ring is summed: the self-consistent theory runs where rings would raise."""
    from replicas.assessment import judge

    def refuse(problem):
        raise AssertionError("the best theory was asked")

    monkeypatch.setattr(judge, "best_theory", refuse)
    ft.learning_curve(SPECTRUM, TARGET, [10], 0.1, theory="self-consistent", error_bar=False)
    with pytest.raises(AssertionError, match="the best theory was asked"):
        ft.learning_curve(SPECTRUM, TARGET, [10], 0.1, theory="self-consistent")


@pytest.mark.parametrize("theory", [*replicas.THEORIES, "auto"])
@pytest.mark.parametrize("error_bar", [True, False])
def test_predictions_are_the_users_own(theory, error_bar):
    """Whatever is done to the arrays of a prediction, the next one of the same problem is unharmed."""
    problem = replicas.Problem(SPECTRUM, TARGET.as_array(2), np.array([3.0, 30.0]), 0.3, 0.1, "fixed")
    highest = None if theory == "auto" else replicas.THEORIES[theory].highest_order
    order = None if highest is None else 1
    first = replicas.predict(problem, theory, order, error_bar=error_bar)
    arrays = {name: value.copy() for name, value in vars(first).items() if isinstance(value, np.ndarray)}
    for name in arrays:
        getattr(first, name)[...] = 0
    second = replicas.predict(problem, theory, order, error_bar=error_bar)
    for name, value in arrays.items():
        np.testing.assert_array_equal(getattr(second, name), value, err_msg=name)
