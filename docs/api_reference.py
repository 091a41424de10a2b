"""The reference of the site: every public name from its docstring, in the order of what a user wants to do.

The first page lists what ``theory`` and ``verify`` themselves offer, and a few more, each name with one sentence and a
link.  Then comes a page for each task; a module stands on the page that names it, or else the closest package above it.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TASKS = (
    ("count", "Count regions", ("verify.counting.region_count", "verify.counting.limits", "verify.counting")),
    ("samples", "Random regions and estimates", (
        "verify.counting.estimates.region_estimate", "verify.counting.samples.region_sample",
        "verify.counting.estimates", "verify.counting.samples",
    )),
    ("networks", "Networks and architectures", (
        "theory.network", "theory.architecture", "theory.activations", "theory",
    )),
    ("files", "Network files", ("theory.formats",)),
    ("domains", "Domains: where regions are counted", ("verify.domain.shapes", "verify.domain")),
    ("bounds", "Bounds", (
        "=theory.bounds", "theory.bounds.catalog", "theory.bounds.bound", "theory.bounds.expressions",
        "theory.bounds.tables", "theory.bounds", "theory.sources", "theory.convolution",
    )),
    ("constructions", "Constructions", ("theory.constructions",)),
    ("certificates", "Certificates", ("verify.certificate.verdict", "verify.certificate", "verify.checker")),
    ("regions", "Regions as objects", ("verify.partitions.region_list", "verify.partitions")),
    ("definitions", "Definitions of a region", ("verify.partitions.definitions",)),
    ("slices", "Along lines and across planes", ("verify.slices.lines", "verify.slices.planes", "verify.slices")),
    ("measures", "Boundaries, distances, complexity", ("verify.measure",)),
    ("expectations", "Random networks", (
        "theory.initialization", "theory.expectation", "theory.gaussian_layer", "theory.symmetric_line",
        "theory.he_bounds", "theory.local_complexity",
    )),
    ("maxima", "The best networks known", ("verify.maxima.best_known", "verify.maxima.records", "verify.maxima")),
    ("atlas", "The atlas", ("verify.atlas",)),
    ("refute", "Refute a conjecture", ("verify.testing.refuter",)),
    ("laws", "Laws", ("verify.testing.laws",)),
    ("strategies", "Random and degenerate networks for tests", ("verify.testing.strategies", "verify.testing")),
    ("checks", "Check a count against invariants", ("verify.checks.self_check", "verify.checks")),
    ("command", "The command line", ("verify.cli",)),
    ("geometry", "Exact geometry", ("theory.geometry.arrangement", "theory.geometry")),
    ("engines", "Engines", ("verify.engines",)),
    ("other", "Everything else", (
        "theory.errors", "theory.exact", "theory.text", "theory.deadline", "theory.data", "verify.progress", "verify",
    )),
)  # fmt: skip
"""Pages in their order: name, title, and what is on it, a package with all its modules, or without them after "=";
those first that a user needs first."""

ALSO = (
    "theory.formats.load", "theory.formats.save", "theory.bounds.BOUNDS", "theory.constructions.CONSTRUCTIONS",
    "verify.certificate.check", "verify.slices.planes.across", "verify.counting.store.Store",
    "verify.measure.boundary.boundary", "verify.measure.strata.strata", "verify.measure.distance.distances",
)  # fmt: skip
"""What the first page lists besides the names of ``theory`` and ``verify``."""

LONGEST = 300
"""Characters of a value that is shown beside its name."""

INTERNAL = ("geometry", "engines", "other")
"""Pages of what the other pages rest on."""


def modules(package: str) -> list[str]:
    """Every module of a package by its dotted name, private ones left out."""
    files = sorted((ROOT / package).rglob("*.py"))
    names = [path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in files]
    public = [name.removesuffix(".__init__") for name in names]
    return [name for name in public if not any(part.startswith("_") for part in name.split("."))]


@cache
def _tree(module: str) -> ast.Module:
    path = ROOT / module.replace(".", "/")
    return ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8"))


def _all(tree: ast.Module) -> list[str]:
    """What ``__all__`` lists, or else the functions, classes and documented values of the module without underscore."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return [str(name) for name in ast.literal_eval(node.value)]
    return [name for name in _defined(tree) if not name.startswith("_")]


def _defined(tree: ast.Module) -> list[str]:
    """The functions, the classes and the values with a docstring that a module defines."""
    written = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return list(dict.fromkeys([*written, *documented(tree)]))


@cache
def _imports(module: str) -> dict[str, str]:
    """The names that a module imports from others, and from which."""
    nodes = [node for node in ast.walk(_tree(module)) if isinstance(node, ast.ImportFrom) and node.module]
    return {alias.asname or alias.name: str(node.module) for node in nodes for alias in node.names}


def origin(module: str, name: str) -> str:
    """The module in which a name that ``module`` offers is written.

    >>> origin("verify", "count"), origin("theory", "RELU")
    ('verify.counting.region_count', 'theory.activations')
    """
    home = _imports(module).get(name)
    return origin(home, name) if home else module


def public_names(module: str) -> list[tuple[str, str]]:
    """What a module offers, each name with the module that defines it."""
    return [(name, origin(module, name)) for name in _all(_tree(module))]


def documented(tree: ast.Module) -> Iterator[str]:
    """Functions and classes with a docstring, and names with a string behind their assignment."""
    for node, behind in pairwise([*tree.body, None]):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(behind, ast.Expr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if isinstance(getattr(behind.value, "value", None), str):
                yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))


def _reference(module: str) -> str:
    """The entry of one module: everything it defines, and where to find what it passes on."""
    passed = [(name, home) for name, home in public_names(module) if home != module]
    tree = _tree(module)
    written = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    silent = [
        name
        for name, home in public_names(module)
        if home == module and (name not in {*written, *documented(tree)} or name.startswith("__"))
    ]
    values = set(_defined(tree)) - written
    long = [name for name in sorted(values) if len(repr(getattr(importlib.import_module(module), name))) > LONGEST]
    elsewhere = [*(name for name, _ in passed), *silent, *long]
    options = f"\n   :exclude-members: {', '.join(elsewhere)}" if elsewhere else ""
    added = "".join(f"\n.. autodata:: {module}.{name}\n" for name in silent)  # what automodule passes over
    added += "".join(f"\n.. autodata:: {module}.{name}\n   :no-value:\n" for name in long)
    added += "".join(  # a decorated statement is a law and no function
        f"\n.. py:data:: {node.name}\n   :module: {module}\n\n   {' '.join((ast.get_docstring(node) or '').split())}\n"
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.decorator_list).startswith("law(")
    )
    text = f"## {module}\n\n```{{eval-rst}}\n.. automodule:: {module}{options}\n{added}```\n"
    for node in tree.body:  # a command is no function: its help is shown
        if isinstance(node, ast.FunctionDef) and node.name.endswith("_command"):
            text += "\n```text\n" + (ast.get_docstring(node) or "").replace("\b\n", "") + "\n```\n"
    if passed:
        links = " · ".join(f"{{py:obj}}`{name} <{home}.{name}>`" for name, home in passed)
        text += f"\nPasses on: {links}\n"
    return text


def _place(module: str) -> tuple[int, int]:
    """The page of a module and its position there, both by the longest name of a package that contains it."""
    found = [
        (len(prefix), page, rank)
        for page, (_, _, prefixes) in enumerate(TASKS)
        for rank, prefix in enumerate(prefixes)
        if module == prefix.removeprefix("=") or module.startswith(f"{prefix}.")
    ]
    _, page, rank = max(found)
    return page, rank


def _summary(module: str, name: str) -> str:
    """The first sentence of what stands at the definition of a name."""
    body = _tree(module).body
    for node, behind in pairwise([*body, None]):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            text = ast.get_docstring(node) or ""
        elif isinstance(node, ast.Assign | ast.AnnAssign) and name in ast.unparse(node).split("=")[0]:
            text = str(getattr(getattr(behind, "value", None), "value", ""))
        else:
            continue
        summary = " ".join(text.partition("\n\n")[0].split())
        return re.sub(r":(\w+):`", r"{\1}`", summary).replace("|", "\\|")
    return ""


def _shown(package: str) -> list[tuple[str, str]]:
    return [(name, home) for name, home in public_names(package) if not name.startswith("_")]


def overview() -> str:
    """The first page: what ``theory`` and ``verify`` offer, task by task, each name with its first sentence."""
    names = [(name, home, package) for package in ("theory", "verify") for name, home in _shown(package)]
    for path in ALSO:
        module, _, name = path.rpartition(".")
        names.append((name, origin(module, name), module))
    lines = [
        "# What to import first",
        "",
        "The pages that follow have everything else, task by task; the last ones describe what the others rest on.",
        "[Which names stay](stability.md) is a page of its own.",
        "",
    ]
    for page, (short, title, _) in enumerate(TASKS):
        here = [(name, home, package) for name, home, package in names if _place(home)[0] == page]
        if here:
            lines += [f"## {title}", "", "| name | what it is |", "|---|---|"]
            lines += [
                f"| {{py:obj}}`{package}.{name} <{home}.{name}>` | {_summary(home, name)} |"
                for name, home, package in here
            ]
            lines += ["", f"More on this: [{title}](api-{short}.md)", ""]
    return "\n".join(lines)


def reference_pages() -> dict[str, str]:
    """The reference, page by page, in the order of the tasks."""
    every = sorted((_place(module), module) for package in ("theory", "verify") for module in modules(package))
    found = {"api": overview()}
    for page, (short, title, _) in enumerate(TASKS):
        body = "\n".join(_reference(module) for (at, _), module in every if at == page)
        found[f"api-{short}"] = f"# {title}\n\n{body}"
    return found
