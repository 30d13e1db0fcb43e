"""One file for each notebook, with its `CHAPTER`."""
