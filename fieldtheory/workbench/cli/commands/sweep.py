"""`fieldtheory sweep`: learning curves over a grid of hyper-parameters, from a TOML file."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from fieldtheory.workbench.cli.results.sweep import SweepResult

_EXAMPLES = """\b
Examples:
  fieldtheory sweep networks.toml
  fieldtheory sweep networks.toml --store networks.zarr --resume
  fieldtheory sweep networks.toml --workers 4 --out points.csv

\b
networks.toml:
  [axes]
  hidden_layers = [1, 2, 3]
  bias_variance = {from = 0, to = 1, count = 20}
  n = {from = 10, to = 1000, count = 5, scale = "log"}
  [fixed]
  target = {1 = 0.5, 2 = 0.5}
  dim = 20
  weight_variance = 2"""
_FILE = click.Path(path_type=Path)


@click.command("sweep", epilog=_EXAMPLES, short_help="Learning curves over a grid of hyper-parameters.")
@click.argument("file", type=_FILE)
@click.option(
    "--store", type=_FILE, metavar="DIR", help="Keep every part there as soon as it is done (Zarr)."
)
@click.option("--resume", is_flag=True, help="Go on with the store, if there is one.")
@click.option(
    "--break-lock", is_flag=True, help="Take over a store whose writer, on another host, has ended."
)
@click.option("--workers", type=int, metavar="K", help="Processes. Default: threads, one a core.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="A Dask cluster: tls://host:port, or tcp:// on 127.0.0.1."
)
@click.option("--tls-ca", type=_FILE, metavar="FILE", help="Of the cluster's certificate authority.")
@click.option("--tls-cert", type=_FILE, metavar="FILE", help="Our certificate.")
@click.option("--tls-key", type=_FILE, metavar="FILE", help="Its key.")
@output_options
@budget_options
def sweep_command(**options: Any) -> None:
    """Learning curves at every point of a grid, and the best points: for every n, or of all.

    FILE is TOML: the table "axes" says what varies, a list or a range {from, to, count, scale}; the table
    "fixed" what does not. Names are those of the Python call ft.sweep. Numbers of all points are in --store
    or in --out FILE.csv; JSON has the grid and its best points.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> SweepResult:
    from fieldtheory.workbench.cli.results.sweep import SweepResult
    from fieldtheory.workbench.sweep.sweep import sweep
    from fieldtheory.workbench.sweep.sweep_file import read_sweep

    store, resume = options["store"], options["resume"]
    if resume and store is None:
        raise ValueError("resume must come with --store (got none)")
    arguments = read_sweep(options["file"])
    with _executor(options) as executor:
        found = sweep(
            arguments.pop("axes"),
            **arguments,
            executor=executor,
            store=store,
            resume=resume,
            break_lock=options["break_lock"],
            progress=None if not options["quiet"] else False,
        )
    return SweepResult(found, store)


def _executor(options: dict[str, Any]) -> AbstractContextManager[Executor | None]:
    from fieldtheory.arguments import require_integer

    workers, address = options["workers"], options["scheduler"]
    files = {name: options[f"tls_{name}"] for name in ("ca", "cert", "key")}
    if workers is not None and address is not None:
        raise ValueError("workers must be left out with --scheduler, whose workers compute")
    if address is None and any(files.values()):
        raise ValueError("tls-ca, tls-cert and tls-key must come with --scheduler (got none)")
    if workers is None and address is None:
        return nullcontext()
    from fieldtheory.workbench.sweep.executors import cluster, worker_processes

    if address is not None:
        return cluster(address, **files)
    return worker_processes(require_integer("workers", workers, minimum=1, maximum=1024))


def _print(result: SweepResult) -> None:
    from fieldtheory.workbench.cli.printing.sweep import print_sweep

    print_sweep(result)
