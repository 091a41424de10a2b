"""The state of a count by images as a text, from which the count goes on in another process.

It holds what is behind the layers that are done, and what the current layer has made of the images that are done:
images with their multiplicities.
"""

import json
from typing import Any

import flint

from theory.geometry.halfspaces import integer_rows
from theory.geometry.polyhedra import Polyhedron
from theory.network import Layer, Network
from verify.engines.images.blocks import Block, Reader
from verify.engines.images.image import Image, key_of, walls_of
from verify.engines.images.traverse import State


def written(state: State) -> str:
    """The state as JSON; every integer is hexadecimal, as Python does not read long decimals."""
    constants = [[unit, int(value.p), int(value.q)] for unit, value in state.constants.items()]
    made = [*state.finished, *([] if state.current is None else [state.current])]
    work = [state.sent, state.done, *map(_parts, made)]
    record = [state.layer, state.factor, state.images, constants, list(map(_parts, state.blocks)), work]
    return json.dumps(_texts(record), separators=(",", ":"))


def restored(text: str, network: Network) -> State:
    """The state that was written.

    Raises ValueError if the text is not the state of a count of this network.

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
        layer, factor, images, constants, behind, (sent, done, *work) = _numbers(json.loads(text))
        blocks = [_block(parts, network.hidden[layer]) for parts in behind]
        state = State(layer, blocks, factor, {unit: flint.fmpq(p, q) for unit, p, q in constants}, images, sent)
        made = [parts if isinstance(parts, int) else _block(parts, network.hidden[layer + 1]) for parts in work]
        state.done, state.current, state.finished = done, made.pop() if done else None, made
        if state.found < 1:
            raise ValueError("it has no cells")
    except (ArithmeticError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"not a state: {error}") from None
    return state


def _parts(block: Block | int) -> Any:
    if isinstance(block, int):
        return block
    images = [[number, *integer_rows(image.forms), walls_of(image)] for image, number in block.images.values()]
    return [block.reader.columns, images]


def _block(parts: Any, layer: Layer) -> Block:
    columns, images = parts
    block = Block(Reader(layer, columns))
    for number, rows, one, walls in images:
        forms = flint.fmpq_mat(flint.fmpz_mat(rows)) / one
        dimension = forms.ncols() - 1
        body = Polyhedron.of(dimension, map(tuple, walls)) if dimension else None
        block.add(key_of(forms, body.rays, body.lines) if body else key_of(forms), Image(forms, body), number)
    return block


def _texts(value: Any) -> Any:
    return f"{value:x}" if isinstance(value, int) else list(map(_texts, value))


def _numbers(value: Any) -> Any:
    return int(value, 16) if isinstance(value, str) else list(map(_numbers, value))
