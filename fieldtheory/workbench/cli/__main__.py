"""`python -m fieldtheory.workbench.cli`: the same as the program `fieldtheory`."""

from fieldtheory.workbench.cli.entry import main

if __name__ == "__main__":
    main()
