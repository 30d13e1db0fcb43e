"""The explorer as a process: a port of this machine, a first answer, then the page until it is ended."""

from __future__ import annotations

import errno
import socket
import threading
import warnings
import webbrowser
from collections.abc import Callable

from fieldtheory.arguments import require_integer

HOST = "127.0.0.1"
_PATIENCE = 6.0  # seconds until a start says why it takes long


def serve(port: int, browser: bool, say: Callable[[str], None], say_slow: Callable[[str], None]) -> None:
    """Serve the page on this port, 0 for a free one, until the process is ended.

    `say` is given its address, `say_slow` a sentence where the start takes long.
    ImportError without Starlette and uvicorn, OSError if the port is taken.
    """
    try:
        import uvicorn

        from fieldtheory.workbench.explorer.application import application
    except ModuleNotFoundError as error:
        if error.name not in ("uvicorn", "starlette"):
            raise
        raise ImportError(
            'the explorer needs starlette and uvicorn: pip install "deep-fieldtheory[explore]"'
        ) from None
    port = require_integer("port", port, minimum=0, maximum=65535)
    with _listening(port) as listener:
        address = f"http://{HOST}:{listener.getsockname()[1]}/"
        warnings.simplefilter("ignore")  # the page shows them with the curve
        _warm_up(say_slow)
        config = uvicorn.Config(
            application(listener.getsockname()[1]),
            log_level="error",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            http="h11",
            loop="asyncio",
            timeout_graceful_shutdown=1,
        )
        say(address)
        if browser:
            webbrowser.open(address)
        uvicorn.Server(config).run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    # asyncio lets answers wait 40 ms for each other (Nagle) unless the protocol is said to be TCP
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that died leaves its port
        listener.bind((HOST, port))
        listener.listen(64)  # the first requests wait here
    except OSError as error:
        listener.close()
        said = f"{error.strerror}; --port 0 takes a free one"
        raise OSError(error.errno or errno.EADDRINUSE, said, f"port {port}") from None
    return listener


def _warm_up(say_slow: Callable[[str], None]) -> None:
    """The first answers, so that those to the page are as fast as all that follow."""
    from fieldtheory.workbench.explorer.answer import answer
    from fieldtheory.workbench.explorer.view import View
    from fieldtheory.workbench.simulation.simulation import simulate

    late = threading.Timer(
        _PATIENCE, say_slow, ["functions are being compiled, once after each installation: about a minute"]
    )
    late.daemon = True
    late.start()
    for values in ({}, {"activation": "erf", "compare": "self-consistent"}, {"compare": "one-loop"}):
        view = View.read(values)
        answer(view)
    simulate(view.zonal_kernel, view.dim, view.target, 10, repeats=2, jobs=1)
    late.cancel()
