"""The routes of the explorer: the page, its answers, its simulation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from fieldtheory.workbench.explorer.answer import answer, reproduction
from fieldtheory.workbench.explorer.controls import CONTROLS, Refused
from fieldtheory.workbench.explorer.first_diagrams import first_diagrams
from fieldtheory.workbench.explorer.requests import LocalOnly, TooLong, read_json, refusal
from fieldtheory.workbench.explorer.simulations import Busy, Simulations
from fieldtheory.workbench.explorer.view import View, control_of
from fieldtheory.workbench.records import json_text

_KINDS = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_Handler = Callable[[Request], Awaitable[Response]]


@cache
def _page() -> Mapping[str, bytes]:
    """The files of the page by name, read once: no request touches the disk."""
    folder = files("fieldtheory.workbench.explorer") / "page"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(tuple(_KINDS))}


def _refusing(handler: _Handler) -> _Handler:
    """The handler, with what it refuses as JSON: the library's message, and the control it is about."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except TooLong as error:
            return refusal(413, str(error))
        except Busy as error:
            return refusal(409, str(error))
        except ArithmeticError:
            return refusal(422, "a number left the range of floats: bring the values closer to 1")
        except (ValueError, MemoryError) as error:
            return refusal(422, str(error), control_of(error))

    return handle


def application(port: int) -> Starlette:
    """The explorer as an ASGI application, for requests to this port of this machine."""
    # one answer at a time: two would only keep each other from the interpreter
    worker = ThreadPoolExecutor(1, "curves")
    simulations = Simulations()

    async def page(request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        if name not in _page():
            raise HTTPException(404, f"there is no page {name}")
        return Response(_page()[name], media_type=_KINDS[name.rpartition(".")[2]])

    async def controls(request: Request) -> Response:
        diagrams = [
            {"order": each.order, "weight": each.weight, "formula": each.formula, "mathml": each.mathml}
            for each in first_diagrams()
        ]
        return _json({"controls": [each.to_dict() for each in CONTROLS.values()], "diagrams": diagrams})

    async def diagram(request: Request) -> Response:
        number = request.path_params["number"]
        if number >= len(first_diagrams()):
            raise HTTPException(404, f"there is no diagram {number}")
        return Response(first_diagrams()[number].picture, media_type="image/svg+xml")

    async def curve(request: Request) -> Response:
        view = View.read(await read_json(request))
        return _json(await asyncio.get_running_loop().run_in_executor(worker, answer, view))

    async def code(request: Request) -> Response:
        values = await read_json(request)
        if not (isinstance(values, dict) and isinstance(simulated := values.pop("simulated", False), bool)):
            raise Refused("the request must be an object, and simulated in it true or false")
        view = View.read(values)
        return _json(await asyncio.get_running_loop().run_in_executor(worker, reproduction, view, simulated))

    async def simulate(request: Request) -> Response:
        run = await simulations.start(View.read(await read_json(request)))

        async def lines() -> AsyncIterator[str]:
            async for line in run.lines():
                yield json_text(line) + "\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    async def cancel(request: Request) -> Response:
        if not simulations.cancel(request.path_params["name"]):
            raise HTTPException(404, "there is no such simulation")
        return _json({})

    async def failed(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return refusal(error.status_code, str(error.detail))

    async def broken(request: Request, error: Exception) -> Response:
        return refusal(500, "the server failed: its terminal shows why")

    return Starlette(
        routes=[
            Route("/", page),
            Route("/page/{name}", page),
            Route("/diagrams/{number:int}.svg", diagram),
            Route("/api/controls", controls),
            Route("/api/curve", _refusing(curve), methods=["POST"]),
            Route("/api/code", _refusing(code), methods=["POST"]),
            Route("/api/simulations", _refusing(simulate), methods=["POST"]),
            Route("/api/simulations/{name}", cancel, methods=["DELETE"]),
        ],
        middleware=[Middleware(LocalOnly, port=port)],
        exception_handlers={HTTPException: failed, Exception: broken},
    )


def _json(value: Any) -> Response:
    return Response(json_text(value), media_type="application/json")
