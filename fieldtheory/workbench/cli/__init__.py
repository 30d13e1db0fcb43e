"""The command line, `fieldtheory`; `main` is its entry point. Nothing heavy loads before a command runs."""

from fieldtheory.workbench.cli.entry import main as main

__all__ = ["main"]
