"""The explorer as its user starts it: a process that prints its address, and requests to it."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
JSON = {"Content-Type": "application/json"}


class Explorer:
    """A running `fieldtheory explore --no-browser`; `port`: where it answers."""

    def __init__(self, port: int = 0) -> None:
        command = [sys.executable, "-m", "fieldtheory", "explore", "--no-browser", "--port", str(port)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), self.process.communicate()
        self.port = int(self.address.split(":")[2].rstrip("/"))

    def kill(self) -> None:
        """As the system does where memory runs out: no time for a word."""
        self.process.kill()
        self.process.communicate()

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers by small letters, body; what is no text is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            sent = body if body is None or isinstance(body, str | bytes) else json.dumps(body)
            sent = sent.encode() if isinstance(sent, str) else sent
            connection.request(method, path, sent, JSON | (headers or {}))
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read().decode()
        finally:
            connection.close()

    def ask(self, path: str, body: Any) -> Any:
        """The answer to what is not refused."""
        status, _, text = self.request("POST", path, body)
        assert status == 200, text
        return json.loads(text)

    @contextmanager
    def stream(self, path: str, body: Any) -> Iterator[tuple[int, Iterator[Any]]]:
        """Status, and the lines of an answer as they come."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", path, json.dumps(body), JSON)
            answer = connection.getresponse()
            yield answer.status, (json.loads(line) for line in answer)
        finally:
            connection.close()


@contextmanager
def running_explorer(port: int = 0) -> Iterator[Explorer]:
    found = Explorer(port)
    try:
        yield found
    finally:
        found.kill()
