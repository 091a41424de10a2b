"""Sphinx configuration of the site; ``python docs/make.py --site`` puts all pages together and runs it.

Formulas become MathML when the site is built, and the site contains a mathematical font for browsers that have none, so
that formulas show without a network and without a script.
"""

import inspect
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import ziamath
from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import ExtensionError
from sphinx.pycode import ModuleAnalyzer

project = "linregions"
copyright = "the linregions maintainers, MIT license"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "linregions"
html_static_path = ["site.css", str(Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf")]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
nb_execution_mode = "off"  # notebooks are shown with their stored outputs, which a test keeps current
nb_merge_streams = True  # what a cell prints is one block
smartquotes_action = "qe"  # quotes and dots, but no dashes: --why is an option
autosummary_generate = True
autodoc_preserve_defaults = True  # as written: a default that is the environment would show the machine's
autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_ivar = True  # a field that the docstring names and the class has is listed once
myst_heading_anchors = 3
myst_enable_extensions = ["dollarmath"]
suppress_warnings = ["myst.xref_missing", "docutils", "ref", "app.add_node"]


def setup(app: Any) -> None:
    """What Sphinx and its extensions do not do by themselves."""
    app.connect("doctree-read", lambda _, page: [_plain(node) for node in list(page.findall(nodes.problematic))])
    app.connect("autodoc-process-docstring", _list_fields, priority=400)  # before napoleon
    app.connect("autodoc-skip-member", _skip_fields)
    app.add_html_math_renderer("mathml", (_formula, None), (_displayed_formula, None))


def _list_fields(_app: Any, what: str, _name: str, class_: Any, _options: Any, lines: list[str]) -> None:
    """``lower, upper : int`` in a class becomes two fields; fields with a docstring of their own join the list."""
    if what == "class" and class_.__module__.startswith(("theory", "verify")):
        for at, line in reversed(list(enumerate(lines))):
            if several := re.fullmatch(r"(\w+(?:, \w+)+) : (.*)", line):
                lines[at : at + 1] = [f"{field} : {several[2]}" for field in several[1].split(", ")]
        source = ModuleAnalyzer.for_module(class_.__module__)
        source.analyze()
        for (name, field), description in source.attr_docs.items():
            if name == class_.__qualname__:
                lines += ["", f":ivar {field}: " + " ".join(description).strip()]
                if kind := source.annotations.get((name, field)):
                    lines += [f":vartype {field}: {kind}"]


def _skip_fields(_app: Any, what: str, _name: str, member: Any, skip: bool, _options: Any) -> bool | None:
    """The description of a class lists its fields."""
    plain = not (inspect.isroutine(member) or isinstance(member, property | cached_property | type))
    return True if what == "class" and plain and not skip else None


def _plain(node: nodes.problematic) -> None:
    """|x| in a docstring is an absolute value, where reStructuredText looks for a substitution."""
    if node.astext().startswith("|"):
        node.parent.replace(node, nodes.Text(node.astext()))


def _mathml(node: nodes.Node, display: str) -> str:
    try:
        return str(convert(node.astext(), display=display))
    except Exception as error:
        raise ExtensionError(f"this formula cannot be shown: {node.astext()}") from error


def _formula(translator: Any, node: nodes.math) -> None:
    translator.body.append(_mathml(node, "inline"))
    raise nodes.SkipNode


def _displayed_formula(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="formula">{_mathml(node, "block")}</div>')
    raise nodes.SkipNode
