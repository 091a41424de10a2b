"""Modules can be reached under their own names: no function of a package hides one of its modules."""

import importlib
import pkgutil

import pytest

import theory
import verify

MODULES = [
    module.name
    for package in (theory, verify)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("package", ["theory", "verify"])
def test_attribute_access_gives_the_module(package: str) -> None:
    modules = {name: importlib.import_module(name) for name in MODULES if name.startswith(f"{package}.")}
    for name, module in modules.items():
        parent, _, own = name.rpartition(".")
        assert getattr(importlib.import_module(parent), own) is module, name


def test_no_module_bears_the_name_of_a_public_function() -> None:
    """A command is named after what it does, so the modules of the command line are left out."""
    functions = {name for package in (theory, verify) for name in package.__all__ if name.islower()}
    assert {"count", "regions", "leaky_relu"} <= functions
    assert not [name for name in MODULES if name.rpartition(".")[2] in functions and ".cli." not in name]
