"""Entry of the command `fieldtheory`, outside our packages: one of them may be missing or somebody else's."""

import sys

_PACKAGES = ("fieldtheory", "diagrams", "replicas", "renormalization")


def main() -> None:
    """Run the program, or say in one line what is wrong with the installation and exit with status 2."""
    try:
        from fieldtheory.shadowing import check_siblings

        check_siblings(__name__)  # where `fieldtheory/__init__.py` itself is gone, nothing has looked yet
        from fieldtheory.workbench.program import main as program
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _PACKAGES:
            raise  # a library that is not installed
        print("fieldtheory: error:", ". ".join(str(error).splitlines()), file=sys.stderr)
        sys.exit(2)
    program()
