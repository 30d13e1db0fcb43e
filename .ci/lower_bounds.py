"""Print the requirements of setup.cfg, and the tools named as arguments, at their lower bounds."""

import sys
from configparser import ConfigParser
from pathlib import Path

setup = ConfigParser()
setup.read(Path(__file__).parents[1] / "setup.cfg")
extras = [line for lines in setup["options.extras_require"].values() for line in lines.splitlines()]
tools = {line.partition(">=")[0]: line for line in extras}
for line in setup["options"]["install_requires"].split() + [tools[name] for name in sys.argv[1:]]:
    name, bound, version = line.partition(">=")
    assert bound, f"setup.cfg: {line} has no lower bound"
    print(f"{name}=={version}")
