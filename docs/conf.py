"""Sphinx configuration of the site; ``python docs/make.py --site`` puts all pages together and runs it."""

from typing import Any

from docutils import nodes

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


def setup(app: Any) -> None:
    """|x| in a docstring is an absolute value, where reStructuredText looks for a substitution."""
    app.connect("doctree-read", lambda _, page: [_plain(node) for node in list(page.findall(nodes.problematic))])


def _plain(node: nodes.problematic) -> None:
    if node.astext().startswith("|"):
        node.parent.replace(node, nodes.Text(node.astext()))
