"""Requests, before anything is computed: who may ask, how much, and in what form."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fieldtheory.shown_value import shown
from fieldtheory.workbench.explorer.controls import Refused

_MOST_BYTES = 4096
_MOST_READ = 1 << 24  # of what is too long: who still sends does not hear the answer
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class LocalOnly:
    """Answers only what is addressed to this machine by its own names, from its own pages.

    A page of another site that has its name point to 127.0.0.1 sends that name as Host (DNS rebinding), and a
    request across sites its own as Origin. Every answer forbids the page whatever it does not need.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        names = ("127.0.0.1", "localhost")
        self._hosts = {*names, *(f"{name}:{port}" for name in names)}
        self._origins = {f"http://{name}:{port}" for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        refused = self._refusal(scope)
        await (refused or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        def values(name: bytes) -> list[str]:
            return [value.decode("latin-1").lower() for key, value in scope["headers"] if key == name]

        hosts, origins = values(b"host"), values(b"origin")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return refusal(403, f"the host must be {' or '.join(sorted(self._hosts))} (got {shown(hosts)})")
        if any(origin not in self._origins for origin in origins):
            return refusal(403, f"requests must come from the page itself (got origin {shown(origins)})")
        return None


def refusal(status: int, message: str, control: str | None = None) -> Response:
    """An error as the page understands it: the message, and the control that it belongs to."""
    return JSONResponse({"error": message, "control": control}, status_code=status)


async def read_json(request: Request) -> Any:
    """The body, if it is short and JSON; Refused otherwise."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(f"the request must have the content type application/json (got {shown(kind)})")
    body, length = bytearray(), 0
    async for part in request.stream():
        length += len(part)
        body += part[: max(0, _MOST_BYTES + 1 - len(body))]
        if length > _MOST_READ:
            break
    if length > _MOST_BYTES:
        raise TooLong(f"the request must be at most {_MOST_BYTES} bytes long")
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused(f"the request must be JSON ({error})") from None


class TooLong(Refused):
    """A request that is too large to be read."""


def _no_number(name: str) -> Any:
    raise ValueError(f"numbers must be finite, got {name}")
