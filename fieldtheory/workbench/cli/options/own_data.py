"""The options for regression on one's own data: a kernel matrix and labels, or a table and a kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from fieldtheory.arguments import POINTS, SAMPLINGS
from fieldtheory.counted import counted
from fieldtheory.data_kernels import DATA_KERNELS
from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.values import one_of

if TYPE_CHECKING:
    from fieldtheory.array_types import Floats
    from fieldtheory.workbench.input_files import Table

_MOST_CLASSES = 1000
_FILE: dict[str, Any] = {"type": click.Path(path_type=Path), "metavar": "FILE"}
_OPTIONS = (
    click.option("--gram", **_FILE, help="Own data: a kernel matrix, M x M, as .npy; needs --labels."),
    click.option("--labels", **_FILE, help="Labels of its points, of length M or M x outputs, as .npy."),
    click.option(
        "--data",
        **_FILE,
        help="Own data: a table, CSV, a point in each line; needs --label, --kernel-on-data.",
    ),
    click.option(
        "--label",
        metavar="COLUMN",
        help="Its label: a name, or a number from 0, from the end if negative. Text means classes.",
    ),
    click.option(
        "--kernel-on-data",
        metavar="|".join(row.usage for row in DATA_KERNELS.values()),
        help="; ".join(f"{row.usage}: {row.summary}" for row in DATA_KERNELS.values()) + ".",
    ),
    click.option(
        "--standardise", is_flag=True, help="Each column less its mean, by its standard deviation if not 0."
    ),
    click.option(
        "--sampling", **one_of(SAMPLINGS), help=f"Of own data, N points each time. Default: {SAMPLINGS[0]}."
    ),
    click.option(
        "--points", **one_of(POINTS), help=f"Of own data, where errors count. Default: {POINTS[0]}."
    ),
)
_OF_SPHERES = (
    *("kernel", "activation", "hidden_layers", "weight_variance", "bias_variance", "input_scale", "dim"),
    *("target", "max_degree", "ensemble", "renormalise_at", "orientations"),
)
_OF_DATA = ("labels", "label", "kernel_on_data", "standardise", "sampling", "points")


def own_data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --gram, --labels, --data, --label, --kernel-on-data, --standardise, --sampling and --points."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


class OwnData(NamedTuple):
    """The points of a data set: kernel matrix and labels; `name` for people, `settings` for JSON, notes."""

    gram: Any
    labels: Any
    name: str
    settings: dict[str, Any]
    notes: tuple[str, ...]


def own_data_of(options: dict[str, Any]) -> OwnData | None:
    """What the options describe, None if they are about a sphere; ValueError for what is refused."""
    whole = next((name for name in ("gram", "data") if options[name] is not None), None)
    given = _given_options()
    if whole is None:
        for name in _OF_DATA:
            if name in given:
                raise ValueError(f"{_option(name)} must be given with --gram or --data (got neither)")
        _require_option("dim", options)
        _require_option("target", options)
        return None
    beside = {"gram": ("data", "label", "kernel_on_data", "standardise"), "data": ("labels",)}[whole]
    for name in (*_OF_SPHERES, *beside):
        if name in given:
            raise ValueError(
                f"{_option(name)} must be left out with --{whole} (got {shown(str(options[name]))})"
            )
    for name in {"gram": ("labels",), "data": ("label", "kernel_on_data")}[whole]:
        _require_option(name, options)
    found = _of_gram(options) if whole == "gram" else _of_table(options)
    sampling = {"sampling": options["sampling"] or SAMPLINGS[0], "points": options["points"] or POINTS[0]}
    size = {"points_of_data": len(found.gram)}
    return found._replace(settings=found.settings | size | sampling)


def _of_gram(options: dict[str, Any]) -> OwnData:
    from fieldtheory.workbench.input_files import read_matrix

    gram, labels = read_matrix("gram", options["gram"]), read_matrix("labels", options["labels"])
    settings = {name: str(options[name]) for name in ("gram", "labels")}
    return OwnData(gram, labels, options["gram"].name, settings, ())


def _of_table(options: dict[str, Any]) -> OwnData:
    import numpy as np

    from fieldtheory.data_kernels import data_gram
    from fieldtheory.workbench.input_files import read_table

    table, kernel = read_table(options["data"]), options["kernel_on_data"]
    place = table.place(options["label"])
    labels, notes = _labels(table, place)
    points = np.column_stack([table.numbers(each) for each in range(len(table.heads)) if each != place])
    if options["standardise"]:
        points = points - points.mean(axis=0)
        spread = points.std(axis=0)
        points = points / np.where(spread > 0, spread, 1.0)
    settings = {"data": str(options["data"]), "label": table.heads[place], "kernel_on_data": kernel}
    settings["standardise"] = options["standardise"]
    name = f"{kernel} on {options['data'].name}"
    return OwnData(data_gram(points, kernel), labels, name, settings, notes)


def _labels(table: Table, place: int) -> tuple[Floats, tuple[str, ...]]:
    """Numbers as they are; text as classes, a column for each with 1 or 0."""
    import numpy as np

    if not table.is_text(place):
        return table.numbers(place), ()
    text = table.text(place)
    classes = sorted(set(text))
    if len(classes) > _MOST_CLASSES or "" in classes:
        what = "no empty entries" if "" in classes else f"at most {_MOST_CLASSES} classes"
        raise ValueError(f"label must have {what} (got {len(classes)} kinds in {table.heads[place]})")
    found = (np.array(text)[:, None] == np.array(classes)).astype(np.float64)
    named = ", ".join(classes[:5]) + (", ..." if len(classes) > 5 else "")
    note = (
        f"label {table.heads[place]} is text, an output for each of {counted(len(classes), 'class')}: {named}"
    )
    return found, (note,)


def _given_options() -> Sequence[str]:
    context = click.get_current_context()
    return [
        name
        for name in context.params
        if context.get_parameter_source(name) not in (None, ParameterSource.DEFAULT)
    ]


def _require_option(name: str, options: dict[str, Any]) -> None:
    """As click does for an option that is always required."""
    if options[name] is not None:
        return
    context = click.get_current_context()
    parameter = next(each for each in context.command.params if each.name == name)
    raise click.MissingParameter(ctx=context, param=parameter)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
