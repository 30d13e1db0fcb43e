"""`python -m fieldtheory.workbench.cli`: the same as the program `fieldtheory`."""

from fieldtheory.program import main

if __name__ == "__main__":
    main()
