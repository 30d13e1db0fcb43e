"""What is handed to others says the same as setup.cfg: the conda recipe, environment.yml, MANIFEST.in."""

import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

import fieldtheory

ROOT = Path(__file__).parents[1]
RECIPE = yaml.safe_load((ROOT / "packaging" / "recipe.yaml").read_text(encoding="utf-8"))
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
CONDA_NAMES = {"matplotlib": "matplotlib-base"}  # without the toolkits of windows


def requirements(lines: str) -> dict[str, str]:
    return {name: f">={bound}" for name, _, bound in (line.partition(">=") for line in lines.split())}


def conda(listed: list[Any]) -> dict[str, str]:
    return {line.partition(" ")[0]: line.partition(" ")[2] for line in listed if isinstance(line, str)}


def test_recipe_requires_what_setup_requires() -> None:
    run = requirements(SETUP["options"]["install_requires"])
    expected = {CONDA_NAMES.get(name, name): bound for name, bound in run.items()}
    assert conda(RECIPE["requirements"]["run"]) == expected | {"python": SETUP["options"]["python_requires"]}


def test_recipe_is_of_this_version_and_program() -> None:
    assert RECIPE["context"]["version"] == fieldtheory.__version__ == SETUP["metadata"]["version"]
    programs = SETUP["options.entry_points"]["console_scripts"].split("\n")
    assert RECIPE["build"]["python"]["entry_points"] == [line for line in programs if line]
    assert RECIPE["about"]["summary"] == SETUP["metadata"]["description"]


def test_environment_has_the_bounds_of_the_extras() -> None:
    listed = conda(yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"])
    extras = SETUP["options.extras_require"]
    bounds = requirements("\n".join([extras["sweep"], extras["sklearn"], "jupytext>=1.17"]))
    assert "jupytext>=1.17" in extras["test"].split()
    assert {name: bound for name, bound in listed.items() if name in bounds} == bounds


def test_sdist_holds_every_file_of_the_tree() -> None:
    """Each top-level file and folder that git tracks is a package of setup.cfg or named in MANIFEST.in."""
    if not (ROOT / ".git").exists():
        pytest.skip("no repository: this is the sdist itself")
    tracked = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    tops = {path.partition("/")[0] for path in tracked}
    named = {word for line in (ROOT / "MANIFEST.in").read_text().splitlines() for word in line.split()[1:]}
    packages = {name.strip() for name in SETUP["options.packages.find"]["include"].split()}
    always = {"README.md", "LICENSE", "MANIFEST.in", "setup.cfg", "pyproject.toml"}
    of_git = {".gitignore", ".gitattributes"}
    modules = {f"{SETUP['options']['py_modules']}.py"}
    assert tops - named - packages - always - of_git - modules == set()
