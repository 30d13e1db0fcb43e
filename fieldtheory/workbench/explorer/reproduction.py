"""A view as Python and as a command: what gives the same numbers without the page."""

from __future__ import annotations

import textwrap

from fieldtheory.workbench.explorer.controls import SCALES
from fieldtheory.workbench.explorer.sizes import REPEATS, SEED, SIMULATED, curve_sizes
from fieldtheory.workbench.explorer.view import View


def python_text(view: View, simulated: bool) -> str:
    """A program that prints the view's curves, and with `simulated` the measured points."""
    scale = f"1/{view.dim}" if view.input_scale == SCALES[0] else "1.0"
    degree = "" if view.max_degree is None else f", max_degree={view.max_degree}"
    sizes = textwrap.fill(", ".join(map(str, curve_sizes(view.n))), 88, subsequent_indent="     ")
    lines = [
        "import fieldtheory as ft",
        "",
        "net = ft.FullyConnected(",
        f'    hidden_layers={view.hidden_layers}, activation="{view.activation}", '
        f"weight_variance={view.weight_variance},",
        f"    bias_variance={view.bias_variance}, input_scale={scale},",
        ")",
        f"kernel = net.{view.kernel}()",
        f"spectrum = kernel.spectrum(dim={view.dim}{degree})",
        f"target = ft.Target({view.powers})",
        f"n = [{sizes}]",
        f"noise = dict(ridge={view.ridge}, label_noise={view.label_noise})",
        f"for theory in {list(view.theories)}:",
        "    curve = ft.learning_curve(spectrum, target, n, theory=theory, **noise)",
        '    print("\\n", theory, "\\n n, error, error bar, effective ridge")',
        "    for row in zip(curve.n, curve.error, curve.error_bar, curve.effective_ridge):",
        "        print(*row)",
    ]
    if simulated:
        lines += [
            f"points = ft.simulate(kernel, {view.dim}, target, {list(SIMULATED)}, "
            f"repeats={REPEATS}, seed={SEED}, **noise)",
            'print("\\n simulation \\n n, error, standard error")',
            "for row in zip(points.n, points.error, points.error_stderr):",
            "    print(*row)",
        ]
    return "\n".join(lines) + "\n"


def command_text(view: View, simulated: bool) -> str:
    """Lines for a shell: the view's curves, and with `simulated` the measured points."""
    scale = f"1/{view.dim}" if view.input_scale == SCALES[0] else "1"
    target = ",".join(f"{degree}:{power}" for degree, power in view.powers.items())
    words = [
        "fieldtheory curve",
        f"--kernel {view.kernel} --activation {view.activation} --hidden-layers {view.hidden_layers}",
        f"--weight-variance {view.weight_variance} --bias-variance {view.bias_variance}",
        f"--input-scale {scale}",
        f"--dim {view.dim} --target {target} --ridge {view.ridge} --label-noise {view.label_noise}",
    ]
    lines = [[*words, f"--n {_listed(curve_sizes(view.n))}", *(f"--theory {each}" for each in view.theories)]]
    if simulated:
        lines.append([*words, f"--n {_listed(SIMULATED)} --simulate {REPEATS} --seed {SEED}"])
    return "\n".join(" \\\n    ".join(each) for each in lines) + "\n"


def _listed(sizes: tuple[int, ...]) -> str:
    return ",".join(map(str, sizes))
