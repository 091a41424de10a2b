"""Errors say what is wrong: a wrong name is told the close ones, a digit must be a digit."""

import pytest

from theory import Network
from theory.bounds import BOUNDS, best_split, compare
from theory.bounds.plots import plot_depth
from theory.errors import InvalidInputError, UnknownNameError
from theory.exact import rational
from theory.names import Names


def test_wrong_names_are_told_the_close_ones():
    for ask in (
        lambda: BOUNDS["serra"],
        lambda: compare("serra", "hinz2021", []),
        lambda: best_split(5, 2, 2, "serra"),
        lambda: plot_depth(2, 3, (1,), ("serra",)),
    ):
        with pytest.raises(UnknownNameError, match=r"^there is no bound 'serra'; close: .*serra2018_lower"):
            ask()
    with pytest.raises(KeyError):
        BOUNDS[3]
    with pytest.raises(UnknownNameError, match=r"'hinze2021'; close: hinz2021, hinz2019$"):
        BOUNDS["hinze2021"]
    assert BOUNDS.get("serra") is None
    assert "serra" not in BOUNDS
    with pytest.raises(UnknownNameError, match=r"^there is no thing 'x'; known: a, b$"):
        Names("thing", {"a": 1, "b": 2})["x"]


def test_networks_are_composed_with_networks():
    with pytest.raises(InvalidInputError, match="networks are composed with networks, not with NoneType"):
        Network.relu([([[1]], [0]), ([[1]], [0])]).after(None)


def test_digits_of_other_scripts_are_refused_like_letters():
    with pytest.raises(InvalidInputError, match="is not a number"):
        rational("\u0661/2")
