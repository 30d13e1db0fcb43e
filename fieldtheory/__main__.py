"""`python -m fieldtheory`: the command line."""

from fieldtheory.program import main

if __name__ == "__main__":
    main()
