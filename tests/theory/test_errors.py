"""Errors say what is wrong: a wrong name is told the close ones, a digit must be a digit."""

import numpy as np
import pytest
import sympy

from theory import Architecture, Layer, Network
from theory.architecture import MixedRanks
from theory.bounds import BOUNDS, best_split, bracket, compare, growth, rate_per_layer
from theory.bounds.plots import plot_depth
from theory.bounds.serra import RankedArchitecture
from theory.convolution import Convolution, ConvolutionalArchitecture
from theory.errors import InvalidInputError, Names, UnknownNameError, UnsupportedError
from theory.exact import dyadic, rational
from theory.geometry.region import Region


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


def test_what_is_of_another_kind_is_named():
    """Each of these was an error of Python's own, or an answer to another question."""
    grid = ConvolutionalArchitecture((1, 3), 1, (Convolution(2, (1, 2)),))
    flat, n = Architecture.relu(2, 3), sympy.Symbol("n", integer=True, positive=True)
    for ask, problem in (
        (lambda: Layer([[1]], [0], "relu"), "'relu' is no activation; pass an object such as theory.RELU"),
        (lambda: Layer([[1]], [0], ["relu"]), "'relu' is no activation"),
        (lambda: dyadic("abc"), "'abc' is not a binary64 number"),
        (lambda: dyadic(10**400), "is not a binary64 number"),
        (lambda: growth([], 2), "at least one width"),
        (lambda: rate_per_layer([], 2), "at least one width"),
        (lambda: MixedRanks(2, (np.int64(3),)), "ranks lists one sequence for each layer"),
        (lambda: MixedRanks(2, "33"), "ranks lists one sequence for each layer"),
        (lambda: grid.windows(0), "there is no layer 0; they are numbered from 1 to 1"),
        (lambda: grid.windows(2), "there is no layer 2"),
        (lambda: RankedArchitecture(flat, (3,)), "rank at most 2, not 3"),
        (lambda: RankedArchitecture(Architecture.relu(2, n), (3,)), "rank at most 2, not 3"),
        (lambda: RankedArchitecture(Architecture.relu(2, n), (-1,)), "rank of layer 1: -1 is below"),
    ):
        with pytest.raises(InvalidInputError, match=problem):
            ask()


def test_numbers_of_other_libraries_are_numbers():
    assert growth(np.int64(3), 2) == growth(3, 2)
    assert Convolution(2, (1, 2), np.int64(1)) == Convolution(2, (1, 2))
    assert RankedArchitecture(Architecture.relu(2, 3, 3), (np.int64(1), "2")).ranks == (1, 2)


def test_brackets_of_what_is_no_dense_architecture():
    lower, upper = bracket(MixedRanks(2, ((3, 2),)))
    assert (lower.value, upper.value) == (6, 6)
    grid = ConvolutionalArchitecture((1, 3), 1, (Convolution(2, (1, 2)),))
    assert [entry.value for entry in bracket(grid)] == [15, 15]
    assert bracket(RankedArchitecture(Architecture.relu(2, 3, 3), (2, 2)))[0] is None
    with pytest.raises(UnsupportedError, match="no statement of the catalog is an upper bound"):
        bracket(Architecture(2, (3,), "general", 4))


@pytest.mark.parametrize("pattern", [(), ((1,),), ((1, -1),), ((1, 2),), (("a", 0),), ((1, 1), (0,))])
def test_a_region_is_asked_for_by_a_pattern_of_its_network(pattern):
    region = Region(Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])]), pattern)
    with pytest.raises(InvalidInputError, match=r"^pattern"):
        region.inequalities  # noqa: B018
