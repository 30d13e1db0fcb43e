"""`fieldtheory explore`: a page of sliders over a learning curve, in the browser."""

from __future__ import annotations

import click

_EXAMPLES = """\b
Examples:
  fieldtheory explore
  fieldtheory explore --port 8000 --no-browser"""


@click.command("explore", epilog=_EXAMPLES, short_help="Sliders over a learning curve, in the browser.")
@click.option("--port", type=int, default=0, metavar="P", help="Port of this machine, 0: a free one.")
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
def explore_command(port: int, no_browser: bool) -> None:
    """Move network, data and ridge by sliders, and see learning curve, spectrum and diagrams follow.

    The page simulates too, and its address holds all values, for links. The server is for this machine alone,
    127.0.0.1, and opens no files; it prints its address and runs until it is ended, with Ctrl-C. Needs
    Starlette and uvicorn: pip install "deep-fieldtheory[explore]".
    """
    from fieldtheory.compiled import interpret_small_work
    from fieldtheory.workbench.explorer.server import serve

    interpret_small_work(0)  # a process with many tasks
    try:
        serve(port, not no_browser, click.echo, lambda text: click.echo(text, err=True))
    except ImportError as error:
        raise click.ClickException(str(error)) from None
