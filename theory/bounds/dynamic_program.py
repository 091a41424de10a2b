"""Bounds that carry one integer from layer to layer: the dimensions that can still be alive.

Theorem 1 of Serra et al. and the framework of Hinz and van de Geer have the same shape.  A state c says
that the image of a region has dimension at most c; a layer of width n sends state c to states c' ≤ c with
non-negative integer weights (its *moves*); the bound is the total weight after the last layer, started
from c = n0.  Weights never decrease when c grows, which is what makes the bound monotone.

This room runs such a program with polynomials as weights, for widths that are symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.expressions import Symbolic, is_number, partial_sum_expression, undecided

__all__ = ["Moves", "polynomial_program"]

Moves = Callable[[int, int], Iterable[tuple[int, int]]]
"""(state, width) to pairs (next state, weight); weights of equal next states add up."""


def polynomial_program(arch: Architecture, moves: Moves, threshold: Callable[[int], int]) -> Symbolic:
    """The program with an integer n0 and widths that may be symbols, as an expanded polynomial.

    A symbolic width n before the last layer is assumed to be at least ``threshold(c)`` for every state c that
    reaches it: from there on all Z(n, c) moves keep the state.  The last layer needs no such assumption.
    """
    mass: dict[int, sympy.Expr] = {arch.inputs: sympy.Integer(1)}
    assumptions: list[Any] = []
    for layer, n in enumerate(arch.widths, start=1):
        after: dict[int, sympy.Expr] = {}
        if is_number(n):
            for c, weight in mass.items():
                for state, count in moves(c, n):
                    after[state] = after.get(state, sympy.Integer(0)) + count * weight
        else:
            if layer < arch.depth:
                assumptions.append(n >= max(map(threshold, mass)))
            after = {c: weight * partial_sum_expression(n, c) for c, weight in mass.items()}
        mass = after
    return Symbolic(sympy.expand(sympy.Add(*mass.values())), undecided(assumptions))
