"""`python -m fieldtheory`: the command line."""

from fieldtheory.workbench.program import main

if __name__ == "__main__":
    main()
