"""The options of lattice models, and of the parts of a lattice."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.values import one_of, read_number

if TYPE_CHECKING:
    from renormalization.real_space.lattice.joint import Joint
    from renormalization.real_space.lattice.lattice_model import LatticeModel

INFINITE = "infinite"
_MODELS = ("ising", "potts", "dimers")
_MOST_SITES = 4000  # of a lattice model
_COUPLINGS = {"ising": "0.44", "potts": "1"}

_MODEL_OPTIONS = (
    click.option("--model", **one_of(_MODELS), default="ising", help="Spins, Potts states, or dimers."),
    click.option("--shape", default="6x6", metavar="ROWSxCOLUMNS|N|infinite", help="N, infinite: a chain."),
    click.option(
        "--coupling",
        metavar="K|K,K,...",
        help="Of all bonds, or of each. Default: 0.44 of Ising spins, 1 of Potts states.",
    ),
    click.option("--field", metavar="H|H,H,...", help="Of all sites, or of each. Default: 0."),
    click.option("--states", type=int, metavar="Q", help="Potts states. Default: 3."),
    click.option("--boundary", **one_of(("open", "periodic")), default="open", help="Of the lattice."),
    click.option("--remove", multiple=True, metavar="SITES", help="Sites left out; repeatable."),
)
_PART_OPTIONS = (
    click.option(
        "--block",
        multiple=True,
        required=True,
        metavar="SITES",
        help="Such as 2,2 or, with corners, 2,2:3,3; of a chain 2 or 2:3; repeatable.",
    ),
    click.option("--buffer", type=int, default=1, metavar="B", help="Sites summed around the block."),
    click.option(
        "--environment", multiple=True, metavar="SITES", help="Default: the ring of sites beyond the buffer."
    ),
)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a lattice model to a command."""
    for option in reversed(_MODEL_OPTIONS):
        command = option(command)
    return command


def part_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --block, --buffer and --environment to a command."""
    for option in reversed(_PART_OPTIONS):
        command = option(command)
    return command


def read_shape(text: str) -> int | tuple[int, ...]:
    """Lengths from "6x6", or of a chain from "9"; ValueError for anything else.

    >>> read_shape("6x4"), read_shape("9")
    ((6, 4), 9)
    """
    return _lengths("shape", text, "6x6 or 9")


def read_tile(name: str, text: str) -> tuple[int, ...]:
    """How many variables along each axis become one, from "2x2", or of a chain from "3".

    >>> read_tile("tile", "2x2"), read_tile("layer", "3")
    ((2, 2), (3,))
    """
    found = _lengths(name, text, "2x2 or 3")
    return (found,) if isinstance(found, int) else found


def read_sites(name: str, texts: Sequence[str]) -> list[Any]:
    """Sites from "2,2" or all of a rectangle from "2,2:3,3"; of a chain integers. ValueError otherwise.

    >>> read_sites("block", ["0,1:1,2", "5,5"]), read_sites("block", ["2:4"])
    ([(0, 1), (0, 2), (1, 1), (1, 2), (5, 5)], [2, 3, 4])
    """
    return [site for text in texts for site in _rectangle(name, text)[0]]


def block_lengths(texts: Sequence[str]) -> tuple[int, ...]:
    """How the sites of a block are arranged: those of one rectangle as it is, others one after the other.

    >>> block_lengths(["1,1:4,4"]), block_lengths(["0", "3:4"])
    ((4, 4), (3,))
    """
    if len(texts) == 1:
        return _rectangle("block", texts[0])[1]
    return (len(read_sites("block", texts)),)


def read_model(options: dict[str, Any]) -> LatticeModel:
    """The finite lattice model of the options."""
    from renormalization.real_space.lattice.lattice_model import LatticeModel

    name = require_choice("model", options["model"], _MODELS)
    if options["shape"] == INFINITE:
        raise ValueError("shape must be finite, as 6x6 or 9 are, for this command and rule (got infinite)")
    _require_own(name, options)
    shape, remove = read_shape(options["shape"]), read_sites("remove", options["remove"])
    if name == "dimers":
        return LatticeModel.dimers(shape, remove=remove)
    couplings, fields = _strengths(name, options)
    lattice = {"boundary": options["boundary"], "remove": remove}
    if name == "ising":
        return LatticeModel.ising(shape, couplings, fields, **lattice)
    return LatticeModel.potts(shape, _states(options), couplings, fields, **lattice)


def read_parts(model: LatticeModel, options: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Block and environment, by default the sites that are buffer + 1 steps, diagonal ones too, from it."""
    import numpy as np

    from renormalization.real_space.lattice.factors import require_sites

    block = require_sites("block", read_sites("block", options["block"]), model.states)
    if options["environment"]:
        return list(block), read_sites("environment", options["environment"])
    distance = require_integer("buffer", options["buffer"], minimum=0) + 1
    lengths = np.array(read_shape(options["shape"])).reshape(-1)
    sites = list(model.states)
    places, nearest = np.array(sites).reshape(len(sites), -1), np.full(len(sites), np.inf)
    for site in block:
        steps = abs(places - site)
        if options["boundary"] == "periodic":
            steps = np.minimum(steps, lengths - steps)
        nearest = np.minimum(nearest, steps.max(axis=1))
    ring = [site for site, away in zip(sites, nearest, strict=True) if away == distance]
    if not ring:
        raise ValueError(f"buffer must leave sites for an environment (got {distance - 1})")
    return list(block), ring


def read_joint(options: dict[str, Any]) -> Joint:
    """The joint table of the block and the environment of the options."""
    if options["shape"] == INFINITE:
        return _infinite_joint(options)
    model = read_model(options)
    return model.joint(*read_parts(model, options))


def _infinite_joint(options: dict[str, Any]) -> Joint:
    import numpy as np

    from renormalization.real_space.lattice.infinite_chain import infinite_chain_joint

    name = require_choice("model", options["model"], _MODELS[:2])
    _require_own(name, options)
    for key in ("environment", "remove"):
        if options[key]:
            raise ValueError(f"{key} must only be given for a finite shape (got {shown(options[key][0])})")
    require_choice("boundary", options["boundary"], ("open",))
    block = read_sites("block", options["block"])
    if block != list(range(len(block))):
        raise ValueError(
            f"block must be the sites from 0 on, as 0:2 is, for shape infinite (got {shown(block)})"
        )
    coupling, field = _strengths(name, options)
    if name == "ising":
        single, pair = np.array([1.0, -1.0]), np.outer([1.0, -1.0], [1.0, -1.0])
    else:
        pair = np.eye(_states(options))
        single = pair[0]
    exponent = _one("coupling", coupling) * pair + _one("field", field) / 2 * np.add.outer(single, single)
    # up to a factor, so that large couplings give no infinity
    return infinite_chain_joint(np.exp(exponent - exponent.max()), len(block), options["buffer"])


def _require_own(name: str, options: dict[str, Any]) -> None:
    """No option that belongs to another model."""
    foreign = {"ising": ("states",), "potts": (), "dimers": ("coupling", "field", "states")}[name]
    for key in foreign:
        if options[key] is not None:
            raise ValueError(f"{key} must not be given for the model {name} (got {shown(options[key])})")
    if name == "dimers":
        require_choice("boundary", options["boundary"], ("open",))


def _strengths(name: str, options: dict[str, Any]) -> tuple[Any, Any]:
    coupling = options["coupling"]
    return (
        _numbers("coupling", _COUPLINGS[name] if coupling is None else coupling),
        _numbers("field", "0" if options["field"] is None else options["field"]),
    )


def _states(options: dict[str, Any]) -> int:
    return require_integer("states", 3 if options["states"] is None else options["states"], minimum=2)


def _numbers(name: str, text: str) -> float | list[float]:
    try:
        found = [float(read_number(part)) for part in text.split(",")]
    except (click.BadParameter, OverflowError):
        raise ValueError(f"{name} must be a number, or some such as 0.4,0.5 (got {shown(text)})") from None
    return found[0] if len(found) == 1 else found


def _one(name: str, value: float | list[float]) -> float:
    if isinstance(value, list):
        raise ValueError(f"{name} must be one number for shape infinite (got {len(value)})")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite (got {value})")
    return value


def _lengths(name: str, text: str, example: str) -> int | tuple[int, ...]:
    parts = text.lower().split("x")
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        raise ValueError(f"{name} must be such as {example} (got {shown(text)})")
    found = tuple(int(part) for part in parts)
    return found[0] if len(found) == 1 else found


def _rectangle(name: str, text: str) -> tuple[list[Any], tuple[int, ...]]:
    """The sites from one corner to the other, and how many along each axis."""
    wrong = f"{name} must be sites such as 2,2 or 2,2:3,3, or 2:3 of a chain (got {shown(text)})"
    try:
        corners = [[int(part) for part in corner.split(",")] for corner in text.split(":")]
    except ValueError:
        raise ValueError(wrong) from None
    first, last = corners[0], corners[-1]
    if len(corners) > 2 or len(first) != len(last) or any(a > b for a, b in zip(first, last, strict=True)):
        raise ValueError(wrong)
    lengths = tuple(b - a + 1 for a, b in zip(first, last, strict=True))
    if math.prod(lengths) > _MOST_SITES:
        raise ValueError(f"{name} must have at most {_MOST_SITES} sites (got {shown(text)})")
    sites = list(product(*(range(a, b + 1) for a, b in zip(first, last, strict=True))))
    return ([site[0] for site in sites] if len(lengths) == 1 else list(sites)), lengths
