"""Sphinx configuration of the site; ``python docs/make.py --site`` puts all pages together and runs it."""

project = "linregions"
copyright = "the authors of linregions, MIT license"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
html_theme = "furo"
html_title = "linregions"
nb_execution_mode = "off"  # notebooks are shown with their stored outputs, which a test keeps current
autosummary_generate = True
autodoc_default_options = {"members": True, "undoc-members": True, "show-inheritance": True}
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_ivar = True  # a field that the docstring names and the class has is listed once
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing", "docutils", "ref", "app.add_node"]
