"""Sphinx configuration; the docs are built with warnings as errors."""

from llpyspin import __version__

project = "llpyspin"
author = "The llpyspin developers"
copyright = "2026, the llpyspin developers"
release = version = __version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.intersphinx"]
intersphinx_mapping: dict[str, tuple[str, None]] = {}  # the build must not need the network
html_theme = "furo"
html_title = "llpyspin"
html_static_path = ["_static"]
html_css_files = ["output.css"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
nb_merge_streams = True
nb_execution_mode = "off"  # the notebooks are kept with their outputs: docs/_screenshots/make.py --notebooks
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
