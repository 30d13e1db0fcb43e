"""Command lines at random: of every command and option that the program has, sane or with something wrong."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from fieldtheory.activations.by_name import ACTIVATIONS
from fieldtheory.workbench.cli import main
from replicas.theories.registry import THEORIES
from tests.fuzz.values import NUMBERS, PROGRAMS, WORDS

THEORY_FILE = """\
fields = ["phi", {name = "psi", latex = "\\\\psi"}]
propagators = [{fields = ["phi", "phi"]}, {fields = ["psi", "psi"], name = "S", directed = false}]

[[vertices]]
name = "yukawa"
legs = {phi = 1, psi = 2}
coupling = "-g/2"
orders = {g = 1}
"""
# Right values of the options that take names, lists or formulas; others take small integers and numbers
SWEEP_FILE = """
[axes]
hidden_layers = [1, 2]
ridge = {from = 0.01, to = 1, count = 3, scale = "log"}
n = [10, 40]
[fixed]
target = {1 = 0.5, 2 = 0.5}
dim = 6
bias_variance = 0.1
max_degree = 20
"""
RIGHT = {
    "--store": ("sweep.zarr", "other.zarr"),
    "--scheduler": ("tcp://10.0.0.1:1", "tls://127.0.0.1:1", "127.0.0.1"),  # nobody is to be asked
    "--tls-ca": ("nowhere.pem",),
    "--tls-cert": ("nowhere.pem",),
    "--tls-key": ("nowhere.pem",),
    "--workers": ("0", "1025", "x"),  # processes take their time
    "--kernel": ("ntk", "nngp"),
    "--activation": tuple(ACTIVATIONS),
    "--target": ("1:1", "1:1,2:1/2", "x1*x2 + x1**3", "x1^2", "0:1", "3:0.5"),
    "--n": ("10", "5:50:3", "3,10", "40"),
    "--ensemble": ("fixed", "poisson"),
    "--objective": ("error", "samples", "evidence", "greedy", "composition"),
    "--goal": ("0.5", "1e-9"),
    "--theory": (*(theory for theory in THEORIES), "perturbative:2", "loop-expansion:1", "auto"),
    "--orientations": ("exact", "2"),
    "--cutoff": ("3", "all", "2,4"),
    "--external": ("0", "2", "phi,phi"),
    "--format": ("text", "latex", "json", "svg"),
    "--dim": ("3", "4", "10"),
    "--max-degree": ("3", "8", "20"),
    "--simulate": ("0", "2"),
    "--jobs": ("1",),
    "--digits": ("12", "30"),
    "--theory-name": ("phi3", "phi4", "phi6", "mean", "error", "variance", "self-energy"),
    "--shell": ("bash", "zsh", "fish"),
    "--number": ("01.1", "04.2", "5", "99.9"),
    "--label": ("y", "0", "-1"),
    "--kernel-on-data": ("relu-ntk:1", "rbf:0.5", "linear", "poly:2"),
    "--sampling": ("with-replacement", "without-replacement"),
    "--map": ("migdal-kadanoff", "percolation-square-site", "ising_decimation_1d"),
    "--interval": ("0:1", "0.1:2"),
    "--points": ("all", "unseen"),
    "--model": ("ising", "potts", "dimers"),
    "--shape": ("4x4", "5", "infinite", "2x3"),
    "--coupling": ("0.4", "-1", "0.1,0.2,0.3,0.4"),
    "--field": ("0.1", "0"),
    "--boundary": ("open", "periodic"),
    "--block": ("1,1", "1,1:2,2", "0:1", "2"),
    "--environment": ("0,0:0,1", "4"),
    "--remove": ("0,0", "3"),
    "--rule": ("best", "majority", "decimation:1", "plurality", "soft:1,2", "majority:0"),
    "--layer": ("2x2", "2", "1x1", "1x2", "3"),
    "--tile": ("2x2", "2", "1x1", "1x2"),
    "--region": ("0,0:1,1", "1:4"),
    "--ties": ("random", "first"),
    "--family": ("all", "odd", "soft"),
    "--method": ("auto", "enumerate", "alternate", "branch"),
    "--max-seconds": ("1", "0.5"),
    "--gain": ("1", "0.5", "30"),
    "--function": ("laplace", "linear,gaussian"),
    "--temperature": ("0.002", "0.1"),
    "--correlation": ("0.5", "-0.3", "1"),
}
# What belongs to a kernel matrix, to a table, and to a sphere: mostly one of them is given
OWN_DATA = (("--gram", "--labels"), ("--data", "--label", "--kernel-on-data", "--standardise"))
OF_DATA = (*OWN_DATA[0], *OWN_DATA[1], "--sampling", "--points")
OF_SPHERES = (
    *("--kernel", "--activation", "--hidden-layers", "--weight-variance", "--bias-variance", "--dim"),
    *("--input-scale", "--target", "--max-degree", "--ensemble", "--renormalise-at", "--orientations"),
)
TABLE = "a,b,y\n1,2,0.5\n2,1,-1\n0.5,3,2\n1,1,1\n4,0,0\n"
LIMITS = ("--max-time", "20", "--max-memory", "2GB")  # what looks longer or larger is to be refused
REQUIRED = {
    "curve": ("--dim", "--target"),
    "flow wilson": ("--dim",),
    "optimise": ("--dim", "--target", "--n"),
    "network variability": ("--dim",),
    "derive": ("--theory-name",),
    "realspace rsmi": ("--block",),
    "realspace layers": ("--block", "--layer"),
    "realspace couplings": ("--tile",),
}


def commands() -> dict[str, click.Command]:
    """Every command that does something and comes to an end, by the words that call it."""
    return {name: command for name, command in _below(main, ()) if name != "explore"}


def _below(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), name)
            assert found is not None
            yield from _below(found, (*words, name))
    else:
        yield " ".join(words), command


class CommandLines:
    """A stream of command lines; files that they name lie in `folder`."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        self.commands = commands()

    def draw(self) -> list[str]:
        """The words after the name of the program."""
        name = self.random.choice(list(self.commands))
        words = [
            *name.split(),
            *self._options(name, self.commands[name]),
            *(LIMITS if name != "completion" else ()),
        ]
        fate = self.random.random()
        if fate < 0.25:
            return words
        if fate < 0.75:
            return self._with_one_wrong(words)
        for _ in range(self.random.randint(1, 4)):
            words = self._garbled(words)
        return words

    def _options(self, name: str, command: click.Command) -> list[str]:
        words = []
        required, left = REQUIRED.get(name, ()), ()
        if name == "curve" and self.random.random() < 0.95:
            left = OF_DATA
            if self.random.random() < 0.3:
                own = self.random.randrange(2)
                required, left = OWN_DATA[own], (*OF_SPHERES, *OWN_DATA[1 - own])
        for parameter in command.params:
            option = parameter.opts[0]
            if option in LIMITS or option in left:
                continue
            if isinstance(parameter, click.Argument) and name == "sweep":
                words.append(str(self._sweep_file()))
            elif isinstance(parameter, click.Argument):
                key = "--theory-name" if name == "derive" else f"--{option}"
                words.append(self.random.choice(RIGHT[key]))
            elif option in required or self.random.random() < 0.2:
                words.append(option)
                if not getattr(parameter, "is_flag", False):
                    words.append(self._right(option, parameter))
        return words

    def _right(self, option: str, parameter: click.Parameter) -> str:
        if option in RIGHT:
            return self.random.choice(RIGHT[option])
        if option == "--out":
            return str(self.folder / self.random.choice(("a.svg", "b.csv", "c.json", "d.png", "drawings")))
        if option in ("--gram", "--labels", "--data"):
            return str(self._data_file(option))
        if option == "--action":
            return str(self._theory_file())
        if isinstance(parameter.type, click.types.IntParamType):
            return str(self.random.randint(0, 5))
        return self.random.choice(NUMBERS)

    def _data_file(self, option: str) -> Path:
        """A matrix of five points, their labels or a table of them, sometimes damaged."""
        path = self.folder / f"{option[2:]}{self.random.randint(0, 9)}"
        if option == "--data":
            text = TABLE if self.random.random() < 0.7 else self._damaged(TABLE)
            path.write_text(text, encoding="utf-8", errors="surrogateescape")
            return path
        points = np.arange(10.0).reshape(5, 2)
        array = points @ points.T + np.eye(5) if option == "--gram" else points[:, 0] - 3
        buffer = io.BytesIO()
        np.save(buffer, array)
        content = buffer.getvalue()
        if self.random.random() < 0.3:
            here = self.random.randrange(len(content))
            content = content[:here] + self.random.choice((b"", b"\x80", b"'O'")) + content[here + 1 :]
        path.write_bytes(content)
        return path

    def _theory_file(self) -> Path:
        """A file with the theory above, often damaged."""
        text = THEORY_FILE
        for _ in range(self.random.randint(0, 3)):
            text = self._damaged(text)
        path = self.folder / f"theory{self.random.randint(0, 9)}.toml"
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        return path

    def _sweep_file(self) -> Path:
        """A file with a small sweep, often damaged."""
        text = SWEEP_FILE
        for _ in range(self.random.randint(0, 3)):
            text = self._damaged(text)
        path = self.folder / f"sweep{self.random.randint(0, 9)}.toml"
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        return path

    def _damaged(self, text: str) -> str:
        here, there = sorted(self.random.randrange(len(text) + 1) for _ in range(2))
        piece = text[here:there]
        return self.random.choice(
            (
                text[:here] + text[there:],
                text[:here] + piece * self.random.choice((2, 50)) + text[there:],
                text[:here] + self.random.choice(WORDS) + text[here:],
                text.replace("-g/2", self.random.choice((*WORDS, *PROGRAMS)).replace('"', "'")),
                text.replace(
                    "= 1", f"= {self.random.choice(('-1', '0', '10**9', '1.5', 'nan', '99999999999'))}"
                ),
            )
        )

    def _with_one_wrong(self, words: list[str]) -> list[str]:
        values = [
            place
            for place, word in enumerate(words)
            if place and not word.startswith("--") and word not in self.commands
        ]
        if not values:
            return [*words, self.random.choice(WORDS)]
        words = list(words)
        words[self.random.choice(values)] = self.random.choice(WORDS)
        return words

    def _garbled(self, words: list[str]) -> list[str]:
        words = list(words)
        place = self.random.randrange(len(words) + 1)
        match self.random.randrange(4):
            case 0:
                words.insert(place, self.random.choice(WORDS))
            case 1 if words:
                del words[place - 1]
            case 2 if words:
                words.insert(place, self.random.choice(words))
            case _ if words:
                word = words[place - 1]
                words[place - 1] = word[: self.random.randrange(len(word) + 1)] + self.random.choice(
                    ("", "é", "=")
                )
        return words
