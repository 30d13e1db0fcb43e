"""What the server answers to whom, and what it refuses: it goes on in any case."""

import http.client
import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import fieldtheory as ft
from fieldtheory.workbench.cli.commands.explore import explore_command
from fieldtheory.workbench.explorer.controls import CONTROLS
from tests.workbench.explorer.explorer_process import ROOT, Explorer, running_explorer

WARMER = {"ridge": 0.1, "label_noise": 0.05, "n": 300, "dim": 20, "power_3": 0.5, "activation": "erf"}


def refused(explorer: Explorer, body: object, status: int = 422, path: str = "/api/curve") -> dict[str, str]:
    """The error, after which the server answers as before."""
    found, _, text = explorer.request("POST", path, body)
    assert found == status, text
    assert explorer.ask("/api/curve", {})["n"]
    error: dict[str, str] = json.loads(text)
    assert set(error) == {"error", "control"}
    return error


def test_curve(explorer: Explorer) -> None:
    """Every number of the answer is that of a call of the library."""
    found = explorer.ask("/api/curve", WARMER)
    kernel = ft.FullyConnected(3, "erf", weight_variance=1.0, bias_variance=1.0, input_scale=1 / 20).ntk()
    spectrum = kernel.spectrum(20)
    for each, theory in zip(found["curves"], ("auto", "equivalent-kernel"), strict=True):
        curve = ft.learning_curve(
            spectrum, ft.Target({1: 1.0, 2: 1.0, 3: 0.5}), found["n"], 0.1, 0.05, theory=theory
        )
        assert each["theory"] == theory
        assert each["error"] == curve.error.tolist()
        assert each["error_bar"] == curve.error_bar.tolist()
        if theory == "auto":
            here = found["n"].index(300)
            for name in ("error", "error_bar", "bias", "variance", "training_error", "effective_ridge"):
                assert found["numbers"][name] == getattr(curve, name)[here]
            assert found["spectrum"]["learnt"] == curve.coefficients[here, :16].tolist()
    assert found["spectrum"]["eigenvalues"] == spectrum.eigenvalues[:16].tolist()


def test_first_diagrams(explorer: Explorer) -> None:
    """C = 1/(1/λ + N/σ²): Σ_l g_l²/λ_l² times C², N(C³ tr C − C⁴)/σ⁴ twice, N(C² tr C² − C⁴)/σ⁴."""
    found = explorer.ask("/api/curve", WARMER)
    kernel = ft.FullyConnected(3, "erf", weight_variance=1.0, bias_variance=1.0, input_scale=1 / 20).ntk()
    spectrum, n = kernel.spectrum(20), 300
    sigma2 = 0.1 + spectrum.tail
    line = 1 / (1 / spectrum.eigenvalues + n / sigma2)
    powers = np.zeros(len(line))
    powers[1:4] = 1.0, 1.0, 0.5
    degrees = spectrum.multiplicities
    tadpole = n / sigma2**2 * (line**3 * (degrees @ line) - line**4)
    rainbow = n / sigma2**2 * (line**2 * (degrees @ line**2) - line**4)
    expected = [powers @ (each / spectrum.eigenvalues**2) for each in (line**2, tadpole, rainbow, tadpole)]
    assert sorted(found["diagrams"]["values"]) == pytest.approx(sorted(expected), rel=1e-9)
    exact = ft.learning_curve(
        spectrum, ft.Target({1: 1.0, 2: 1.0, 3: 0.5}), n, 0.1, theory="perturbative", order=1
    )
    assert sum(found["diagrams"]["values"]) == pytest.approx(exact.error[0], rel=1e-9)


@pytest.mark.parametrize(
    ("values", "control", "words"),
    [
        ({"dim": 10**9}, "dim", "dim must be from 10 to 200 here (got 1000000000)"),
        ({"dim": 20.5}, "dim", "dim must be an integer"),
        ({"n": "many"}, "n", "n must be a number (got 'many')"),
        ({"ridge": -1}, "ridge", "ridge must be finite and at least 0 (got -1)"),
        ({"ridge": True}, "ridge", "ridge must be a finite number"),
        ({"activation": "relo"}, "activation", "did you mean 'relu'?"),
        ({"activation": "sign"}, "activation", "activation must be continuous for an NTK"),
        ({"power_1": 0, "power_2": 0}, "power_1", "positive power in at least one degree"),
        ({"weight_variance": 10**400}, "weight_variance", "weight_variance must be a finite number"),
        ({"temperature": 3}, None, "must name only kernel, activation"),
        ([1, 2], None, "must be an object"),
        ("[" * 4000, None, "must be JSON"),
        ('{"n": NaN}', None, "numbers must be finite, got NaN"),
        ('{"n": ' + "1" * 4000 + "}", "n", "n must be from 10 to 10000"),
        ("{", None, "must be JSON"),
        (b"\xff", None, "must be JSON"),
    ],
)
def test_refused_values(explorer: Explorer, values: object, control: str | None, words: str) -> None:
    error = refused(explorer, values)
    assert error["control"] == control
    assert words in error["error"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=50)
@given(
    st.dictionaries(st.sampled_from([*CONTROLS, "simulated"]) | st.text(max_size=9), JUNK, max_size=3) | JUNK,
    st.sampled_from(["/api/curve", "/api/code"]),
)
@example("\u0100", "/api/curve")
def test_any_json(explorer: Explorer, values: object, path: str) -> None:
    """Numbers, or a refusal with a message of one line; never a failure."""
    status, _, text = explorer.request("POST", path, values)
    assert status in (200, 422)
    if status == 422:
        found = json.loads(text)
        assert found["error"]
        assert found["control"] in (None, *CONTROLS)
        assert "\n" not in found["error"]


def test_too_long(explorer: Explorer) -> None:
    text = json.dumps({"n": "x" * 2**20})
    assert refused(explorer, text, 413)["error"] == "the request must be at most 4096 bytes long"


def test_foreign_hosts(explorer: Explorer) -> None:
    """A name that points here, an origin elsewhere, a form of another site: none is answered."""
    for headers in (
        {"Host": "evil.example"},
        {"Host": f"evil.example:{explorer.port}"},
        {"Host": f"127.0.0.1:{explorer.port}@evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ):
        for method, path in (("GET", "/"), ("POST", "/api/curve"), ("POST", "/api/simulations")):
            status, _, text = explorer.request(method, path, "{}", headers)
            assert status == 403, headers
            assert "error" in json.loads(text)
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        assert explorer.request("POST", "/api/curve", "{}", {"Content-Type": kind})[0] == 422
    local = {"Host": f"localhost:{explorer.port}", "Origin": f"http://localhost:{explorer.port}"}
    assert explorer.request("POST", "/api/curve", "{}", local)[0] == 200


def test_no_host(explorer: Explorer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", explorer.port, timeout=60)
    connection.putrequest("GET", "/", skip_host=True)
    connection.endheaders()
    assert connection.getresponse().status in (400, 403)
    connection.close()


def test_headers(explorer: Explorer) -> None:
    """Scripts and styles from the server only, nothing inline, no frames, no sharing across origins."""
    for path in ("/", "/page/main.js", "/page/style.css", "/diagrams/0.svg", "/api/controls", "/nowhere"):
        _, headers, _ = explorer.request("GET", path)
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert not [name for name in headers if name.startswith("access-control")]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/page/../server.py", "/page/%2e%2e/server.py", "/page//etc/passwd", "/page/..%2f..%2fserver.py", "/x"],
)
def test_no_files(explorer: Explorer, path: str) -> None:
    status, _, text = explorer.request("GET", path)
    assert status == 404
    assert "error" in json.loads(text)


def test_unknown_parts(explorer: Explorer) -> None:
    assert explorer.request("GET", "/diagrams/4.svg")[0] == 404
    assert explorer.request("DELETE", "/api/simulations/0")[0] == 404
    assert explorer.request("GET", "/api/curve")[0] == 405


def test_controls(explorer: Explorer) -> None:
    """At least six sliders, each with its start among its stops, which increase."""
    status, _, text = explorer.request("GET", "/api/controls")
    sliders = [each for each in json.loads(text)["controls"] if each["kind"] == "slider"]
    assert status == 200
    assert len(sliders) >= 6
    for each in sliders:
        assert each["values"] == sorted(set(each["values"]))
        assert each["values"][0] <= each["default"] <= each["values"][-1]
    assert set(CONTROLS) == {each["name"] for each in json.loads(text)["controls"]}


def test_simulation(explorer: Explorer) -> None:
    """The points are those of `simulate`; there is one at a time; cancelled, it makes room for the next."""
    kernel = ft.FullyConnected(3, "relu", weight_variance=1.0, bias_variance=1.0, input_scale=1 / 50).ntk()
    exact = ft.simulate(kernel, 50, ft.Target({1: 1.0, 2: 1.0}), [20, 50], repeats=8, seed=0, jobs=1)
    for _ in range(2):
        with explorer.stream("/api/simulations", {}) as (status, lines):
            assert status == 200
            first = next(lines)
            assert first["sizes"][:2] == [20, 50]
            points = []
            while len(points) < 2:
                line = next(lines)
                if "n" in line:
                    points.append(line)
            assert [point["n"] for point in points] == [20, 50]
            assert [point["error"] for point in points] == pytest.approx(exact.error.tolist(), rel=1e-12)
            assert [point["stderr"] for point in points] == pytest.approx(exact.error_stderr, rel=1e-9)
            assert "a simulation is running" in refused(explorer, {}, 409, "/api/simulations")["error"]
            assert explorer.request("DELETE", f"/api/simulations/{first['simulation']}")[0] == 200
            assert [line["end"] for line in lines if "end" in line] == ["cancelled"]


def test_listener_that_leaves(explorer: Explorer) -> None:
    """Who closes the page ends its simulation: another may start."""
    with explorer.stream("/api/simulations", {"n": 20}) as (status, lines):
        assert status == 200
        next(lines)
    for _ in range(200):
        with explorer.stream("/api/simulations", {"n": 30}) as (status, lines):
            if status == 200:
                name = next(lines)["simulation"]
                explorer.request("DELETE", f"/api/simulations/{name}")
                break
    assert status == 200


def test_interrupted_server() -> None:
    """Ctrl-C ends it without a word, whatever it is at."""
    with running_explorer() as found, found.stream("/api/simulations", {}) as (status, lines):
        assert status == 200
        next(lines)
        found.process.send_signal(signal.SIGINT)
        said = found.process.communicate()
        assert (found.process.returncode, *said) == (130, "", "")


def explore(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fieldtheory", "explore", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


def test_taken_port(explorer: Explorer) -> None:
    found = explore("--no-browser", "--port", str(explorer.port))
    assert (found.returncode, found.stdout) == (2, "")
    said = f"fieldtheory: error: port {explorer.port}: Address already in use; --port 0 takes a free one\n"
    assert found.stderr == said


def test_wrong_port() -> None:
    found = explore("--port", "70000")
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == "fieldtheory: error: port must be at most 65535 (got 70000)\n"


def test_without_the_extra() -> None:
    """One line says what to install."""
    code = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from fieldtheory.workbench.cli import main; main(['explore', '--no-browser'])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == (
        "fieldtheory: error: the explorer needs starlette and uvicorn: "
        'pip install "deep-fieldtheory[explore]"\n'
    )


def test_examples_of_the_help() -> None:
    """Their options are those that the command has."""
    known = {option for parameter in explore_command.params for option in parameter.opts}
    examples = [line.split() for line in (explore_command.epilog or "").splitlines() if line.startswith("  ")]
    assert len(examples) == 2
    for words in examples:
        assert words[:2] == ["fieldtheory", "explore"]
        assert {word for word in words if word.startswith("--")} <= known
