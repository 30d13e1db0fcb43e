"""What each command may load: libraries are most of the time that a small command takes.

A set below is what is allowed, beside the standard library and click; everything else of `HEAVY` is refused.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HEAVY = {
    "IPython",
    "PIL",
    "diagrams",
    "flint",
    "loky",
    "llvmlite",
    "matplotlib",
    "matplotlib.pyplot",
    "mpmath",
    "numba",
    "numpy",
    "opt_einsum",
    "renormalization",
    "rich",
    "scipy.integrate",
    "scipy.interpolate",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.sparse",
    "scipy.special",
    "scipy.stats",
    "sympy",
    "threadpoolctl",
    "xarray",
}
NUMBERS = {"numpy", "mpmath", "rich"}
SYMBOLS = {"numpy", "mpmath", "diagrams", "sympy", "flint", "rich"}
PICTURE = {"matplotlib", "PIL"}
COMPILED = {"numba", "llvmlite"}
SOLVERS = {"scipy.linalg", "scipy.sparse", "threadpoolctl"}
NODES = {
    "scipy.integrate",
    "scipy.interpolate",
    "scipy.optimize",
    "scipy.special",
    "scipy.stats",
}  # Sobol points
POSTERIOR = SYMBOLS | COMPILED | SOLVERS | NODES | {"renormalization", "opt_einsum"}
REGRESSION = "--dim 20 --ridge 0.1 --n 100,1000"
COMMANDS = {
    "--help": set(),
    "--version": set(),
    "curve --help": set(),
    "spectrum --help": set(),
    "derive --help": set(),
    "flow wilson --help": set(),
    "flow depth --help": set(),
    "explore --help": set(),
    "completion bash": set(),
    "completion zsh": set(),
    f"curve {REGRESSION} --target 1:0.5,2:0.5": NUMBERS,
    f"curve {REGRESSION} --target 1:0.5,2:0.5 --bias-variance 0.1 --quiet": NUMBERS,
    f"curve {REGRESSION} --target 1:0.5,2:0.5 --out FOLDER/curve.svg": NUMBERS | PICTURE,
    f"curve {REGRESSION} --target 1:0.5,2:0.5 --theory self-consistent --theory equivalent-kernel": NUMBERS,
    "curve --gram FOLDER/K.npy --labels FOLDER/y.npy --n 3,5 --ridge 0.1": NUMBERS | SOLVERS,
    "curve --data FOLDER/table.csv --label y --kernel-on-data poly:2 --n 3 --ridge 1": NUMBERS | SOLVERS,
    "optimise --help": set(),
    "optimise --dim 10 --n 50 --target 1:1 --bias-variance 0:1": NUMBERS
    | COMPILED
    | SOLVERS
    | {"scipy.optimize", "scipy.special"},
    "posterior --help": set(),
    "posterior --data FOLDER/table.csv --label y --train 4 --width 10 --theory tree --nodes 64": POSTERIOR,
    "network --help": set(),
    "network dynamics --help": set(),
    "network dynamics --data FOLDER/table.csv --label y --activation linear --learning-rate 0.01": POSTERIOR,
    "train --help": set(),
    "train --dim 4 --target 1:1 --n 4 --widths 8 --members 2 --datasets 2 --hidden-layers 1": NUMBERS
    | SOLVERS
    | COMPILED
    | {"renormalization"},
    "network moments --help": set(),
    "network moments --weights FOLDER/net.npz --quiet": NUMBERS,
    "network variability --help": set(),
    "network variability --dim 20 --n 5,50": SYMBOLS | {"opt_einsum"},
    "realspace rsmi --help": set(),
    "realspace rsmi --block 2,2": NUMBERS | COMPILED | {"renormalization", "opt_einsum", "diagrams"},
    "realspace layers --help": set(),
    "realspace layers --block 2,2:3,3 --layer 2x2": NUMBERS
    | COMPILED
    | {"renormalization", "opt_einsum", "diagrams"},
    "realspace couplings --help": set(),
    "realspace couplings --shape 8 --tile 2": NUMBERS | {"renormalization", "opt_einsum", "diagrams"},
    "realspace map --help": set(),
    "realspace map --map migdal-kadanoff": SYMBOLS
    | COMPILED
    | {"renormalization", "scipy.optimize", "scipy.linalg", "scipy.sparse", "scipy.special", "threadpoolctl"},
    "realspace maze --help": set(),
    "realspace maze --size 9": NUMBERS | COMPILED | {"renormalization"},
    "realspace strip --help": set(),
    "realspace strip --width 4": NUMBERS | {"renormalization"} | SOLVERS | NODES,
    "regimes --help": set(),
    "regimes data --help": set(),
    "regimes parameters --help": set(),
    "regimes data --order 6": SYMBOLS | {"scipy.special"},
    "exercise --help": set(),
    "exercise": SYMBOLS - {"rich"},
    "exercise 05.1 --answer 0.0922": SYMBOLS - {"rich"},
    "spectrum --dim 50 --max-degree 6": NUMBERS,
    "spectrum --dim 20 --activation tanh": NUMBERS | COMPILED | {"scipy.special"},
    "spectrum --dim 20 --activation relu --json": NUMBERS - {"rich"},
    f"flow wilson {REGRESSION}": NUMBERS | {"renormalization"},
    f"flow wilson {REGRESSION} --out FOLDER/flow.png": NUMBERS | PICTURE | {"renormalization"},
    "flow depth --weight-variance 1.5": SYMBOLS | {"renormalization", "opt_einsum"},
    "flow depth --weight-variance 1.5 --tangent": SYMBOLS | {"renormalization", "opt_einsum"},
    "derive phi4 --external 2 --loops 3": SYMBOLS,
    "derive error --order 2": SYMBOLS,
    "derive posterior --loops 2": SYMBOLS | {"renormalization", "opt_einsum"} | SOLVERS,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_what_it_needs(command: str, tmp_path: Path) -> None:
    listing = tmp_path / "modules"
    points = np.arange(12.0).reshape(6, 2) % 5
    np.save(tmp_path / "K.npy", points @ points.T + np.eye(6))
    np.save(tmp_path / "y.npy", points[:, 0])
    np.savez(tmp_path / "net.npz", W1=points, W2=points.T)
    np.savetxt(tmp_path / "table.csv", points, delimiter=",", header="x,y", comments="")
    program = (
        f"import atexit, pathlib, sys; names = pathlib.Path({str(listing)!r}); "
        "atexit.register(lambda: names.write_text(' '.join(sys.modules))); "
        "from fieldtheory.workbench.program import main; main()"
    )
    arguments = command.replace("FOLDER", str(tmp_path)).split()
    subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, check=True)
    loaded = HEAVY & set(listing.read_text().split())
    assert loaded <= COMMANDS[command], f"{command} loads {', '.join(sorted(loaded - COMMANDS[command]))}"
