"""Points of the input space as they are written on a command line, and files that hold many."""

from fractions import Fraction
from pathlib import Path
from typing import Any

from theory.errors import FileFormatError, InvalidInputError
from theory.exact import dyadic, integer, rational, rational_vector
from theory.formats.files import MAX_NUMBERS, read_bytes
from theory.formats.json_file import parse_json


def read_point(text: str, dimension: int, option: str) -> tuple[Fraction, ...]:
    """``a,b,…`` (rationals), ``@FILE[:i]`` (row i of a file of points, counted from 1), or ``digits:c`` (an image).

    Anything else, or a wrong number of coordinates, is an InvalidInputError that names the option.
    """
    if text.startswith("@"):
        name, _, row = text[1:].partition(":")
        rows = read_points(name)
        number = integer(row or 1, place=f"{option} {text!r:.80}")
        if not 1 <= number <= len(rows):
            raise InvalidInputError(f"{option} {text!r:.80}: {name} has points 1 to {len(rows)}; write @{name}:1")
        point = rows[number - 1]
    elif text.startswith("digits:"):
        from theory.data import digit_images

        images = {f"digits:{name}": image for name, image in digit_images().items()}
        if text not in images:
            raise InvalidInputError(f"{option} {text!r}: the images that ship are {', '.join(images)}")
        point = images[text]
    else:
        point = rational_vector(text.split(","), place=option)
    if len(point) != dimension:
        raise InvalidInputError(f"{option} has {len(point)} coordinates but the network has {dimension} inputs")
    return point


def read_points(path: str) -> list[tuple[Fraction, ...]]:
    """The points of a file, one in each row: .npy (exact binary values), .json (a list of lists) or text with commas.

    Anything else is a FileFormatError that names the row.
    """
    if path == "digits":
        from theory.data import digit_images

        return list(digit_images().values())
    points: list[tuple[Fraction, ...]] = []
    for i, row in enumerate(_rows(path), start=1):
        try:
            points.append(
                tuple(
                    dyadic(v) if isinstance(v, float) else rational(v, place=f"entry {j}") for j, v in enumerate(row, 1)
                )
            )
        except (InvalidInputError, TypeError) as error:
            raise FileFormatError(path, f"row {i}", str(error)) from None
        if len(points[-1]) != len(points[0]):
            raise FileFormatError(path, f"row {i}", f"has {len(row)} coordinates and row 1 has {len(points[0])}")
    if not points:
        raise FileFormatError(path, "", "holds no point; write one in each line, coordinates separated by commas")
    return points


def _rows(path: str) -> list[list[Any]]:
    """The rows of a file as they are written."""
    if path.endswith(".npy"):
        import numpy as np

        try:
            array = np.load(Path(path), mmap_mode="r", allow_pickle=False)  # reads nothing that is not there
        except (ValueError, EOFError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise FileFormatError(path, "", f"is not an array of numbers ({error})") from None
        if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8 or array.ndim not in (1, 2):
            raise FileFormatError(path, "", f"holds {array.dtype} of shape {array.shape}; give one point in each row")
        if max(array.size, *array.shape) > MAX_NUMBERS:
            raise FileFormatError(path, "", f"holds more than {MAX_NUMBERS:,} numbers; use fewer points")
        return list(np.atleast_2d(array).tolist())
    if path.endswith(".json"):
        content = parse_json(read_bytes(path), path)
        if not isinstance(content, list) or not content:
            raise FileFormatError(path, "", 'is not a list of points; write [["1/2", 0], [1, "3/4"]]')
        rows = content if isinstance(content[0], list) else [content]
        if not all(isinstance(row, list) for row in rows):
            raise FileFormatError(path, "", "mixes points and numbers; write a list of lists")
        for i, row in enumerate(rows, start=1):
            if any(isinstance(v, list | dict) for v in row):
                raise FileFormatError(path, f"row {i}", "holds a list or an object where a number is expected")
        return rows
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    return [line.split(",") for line in text.splitlines() if line.strip() and not line.startswith("#")]
