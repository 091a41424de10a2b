"""The state of a count by images as a text, from which the count goes on in another process.

It holds what is behind the layers that are done: images with their multiplicities and lines with their ends.
Polyhedra are kept by their rows; rays and keys are found again.
"""

from __future__ import annotations

import json
from typing import Any

import flint

from theory.geometry.polyhedra import Polyhedron
from theory.network import Network
from verify.engines.images.blocks import Block, Reader
from verify.engines.images.image import image_of, integer_rows, walls_of
from verify.engines.images.line import Line
from verify.engines.images.traverse import State

__all__ = ["restored", "written"]


def written(state: State) -> str:
    """The state as JSON; every integer is hexadecimal, as Python does not read long decimals."""
    blocks = [
        [
            block.reader.columns,
            block.points,
            [[number, *integer_rows(image.forms), walls_of(image)] for image, number in block.images.values()],
            [[line.total, *integer_rows(line.forms), *map(_ends, (line.starts, line.stops))]
             for line in block.lines.values()],
        ]
        for block in state.blocks
    ]  # fmt: skip
    constants = [[unit, int(value.p), int(value.q)] for unit, value in state.constants.items()]
    return json.dumps(_texts([state.layer, state.factor, state.images, constants, blocks]), separators=(",", ":"))


def restored(text: str, network: Network) -> State:
    """The state that was written.

    Raises
    ------
    ValueError
        If the text is not the state of a count of this network.

    Examples
    --------
    >>> from theory.constructions.foldings import MONTUFAR
    >>> from verify.domain.shapes import WholeSpace
    >>> from verify.engines.images.traverse import steps
    >>> from verify.engines.problem import Problem
    >>> problem = Problem.of(MONTUFAR.build("2-4-4-4").network, WholeSpace(2))
    >>> half = next(state for state in steps(problem) if state.layer == 1)
    >>> [list(steps(problem, state))[-1].found for state in (None, restored(written(half), problem.network))]
    [260, 260]
    """
    try:
        layer, factor, images, constants, blocks = _numbers(json.loads(text))
        state = State(layer, [], factor, {unit: flint.fmpq(p, q) for unit, p, q in constants}, images)
        for columns, points, bodies, lines in blocks:
            block = Block(Reader(network.hidden[layer], columns), points=points)
            for number, rows, one, walls in bodies:
                forms = _matrix(rows, one)
                size = forms.ncols() - 1
                body = Polyhedron.of(size, list(map(tuple, walls))) if size else None
                block.add(*image_of(body, forms), number)
            for total, rows, one, *ends in lines:
                line = Line(_matrix(rows, one))
                line.total = total
                for mine, kept in zip((line.starts, line.stops), ends, strict=True):
                    mine.update((flint.fmpq(p, q), number) for p, q, number in kept)
                block.lines[str(line.forms)] = line
            state.blocks.append(block)
        if state.found < 1:
            raise ValueError("it has no cells")
    except (ArithmeticError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"not a state: {error}") from None
    return state


def _ends(places: dict[flint.fmpq, int]) -> list[list[int]]:
    return [[int(place.p), int(place.q), number] for place, number in places.items()]


def _matrix(rows: list[list[int]], one: int) -> flint.fmpq_mat:
    return flint.fmpq_mat(flint.fmpz_mat(rows)) / one


def _texts(value: Any) -> Any:
    return f"{value:x}" if isinstance(value, int) else list(map(_texts, value))


def _numbers(value: Any) -> Any:
    return int(value, 16) if isinstance(value, str) else list(map(_numbers, value))
