"""The reference site: `make docs`."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent / "extensions"), str(Path(__file__).parents[1])]

from type_names import shorten_array_types  # noqa: E402

shorten_array_types()

import fieldtheory  # noqa: E402

project = "deep-fieldtheory"
author = "the deep-fieldtheory authors"
project_copyright = "the deep-fieldtheory authors"
version = release = fieldtheory.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx_click",
    "sphinxcontrib.bibtex",
    "sphinx.ext.intersphinx",
    "type_names",
    "api_pages",
    "gallery_pages",
    "equation_links",
]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
exclude_patterns = ["_build"]
html_theme = "furo"
nitpicky = True
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
bibtex_bibfiles = ["../fieldtheory/references.bib"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
smartquotes = False  # quotes belong to the values of arguments
default_role = "code"
# inventories lie in the tree, so that a build needs no network
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", "inventories/python.inv"),
    "numpy": ("https://numpy.org/doc/stable", "inventories/numpy.inv"),
    "sympy": ("https://docs.sympy.org/latest", "inventories/sympy.inv"),
}
