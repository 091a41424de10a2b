"""What a command is given: the file of a network, and the options that choose a domain."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from fractions import Fraction

    from theory.network import Network
    from verify.domain.shapes import Domain, Plane

__all__ = [
    "SHAPES",
    "SHIPPED",
    "check_picture",
    "chosen_domain",
    "cube",
    "domain_options",
    "read_network",
    "read_network_and_points",
    "the_one",
    "triangle_of",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])

_ARCHITECTURE = re.compile(r"\s*\d+(\s*[-,;]\s*\d+)*\s*\Z")

SHIPPED = "digits"
"""As FILE: the trained network that ships with the package; as --plane: the plane through three of its test images."""

_OPTIONS = (
    click.option("--box", metavar="LO,HI", help="The cube [LO,HI]^d, rationals; write --box=-1/2,1."),
    click.option("--domain", metavar="FILE", type=click.Path(), help="The set that a domain file describes."),
    click.option("--segment", nargs=2, metavar="P Q", help="The segment between two input points, as in 0,0 1,1/2."),
    click.option(
        "--plane", metavar="FILE", type=click.Path(), help="A domain file that describes a plane or a patch of it."
    ),
)


def domain_options(command: _Command) -> _Command:
    """Give a command the four options that choose a domain."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen_domain(options: dict[str, Any]) -> Callable[[int], Domain | None]:
    """How to read the one domain that the options name, given the number of inputs; None where they name none.

    Raises
    ------
    InvalidInputError
        If they name several.
    """
    chosen = [name for name, value in options.items() if value is not None]
    if len(chosen) > 1:
        raise InvalidInputError(f"{' and '.join(f'--{name}' for name in chosen)} each name a domain; give one")
    return lambda inputs: SHAPES[chosen[0]](options[chosen[0]], inputs) if chosen else None


def the_one(given: dict[str, Any], what: str) -> str:
    """The name of the one option that is given, of several that each name ``what``.

    Raises
    ------
    InvalidInputError
        If none is given, or several.
    """
    chosen = [name for name, value in given.items() if value is not None]
    if not chosen:
        *names, last = given
        raise InvalidInputError(f"give {', '.join(names)} or {last}")
    if len(chosen) > 1:
        raise InvalidInputError(f"{' and '.join(chosen)} each name {what}; give one")
    return chosen[0]


def check_picture(plot: str | None) -> None:
    """Refuse the name of a picture that could not be written, before the work for it begins."""
    if plot is not None:
        from verify.drawing import check_picture_name

        check_picture_name(plot)


def triangle_of(points: Sequence[str], dimension: int, patch: Domain | None = None) -> Plane:
    """The plane through three points of the command line, or a patch of it: by default their triangle."""
    from verify.cli.points import read_point
    from verify.domain.shapes import Plane
    from verify.slices.planes import triangle

    origin, first, second = (read_point(text, dimension, "--points") for text in points)
    return Plane(origin, first, second, patch=triangle() if patch is None else patch)


def read_network_and_points(file: str, points: str, plot: str | None) -> tuple[Network, list[tuple[Fraction, ...]]]:
    """What a command reads that measures a network at the points of a data set; the picture's name is checked first."""
    from verify.cli.points import read_points
    from verify.progress import working

    check_picture(plot)
    with working(f"reading {file} and {points}"):
        return read_network(file), read_points(points)


def read_network(file: str) -> Network:
    """The network in a file; ``digits`` names the trained network that ships with the package."""
    from theory import data, formats

    if file == SHIPPED:
        return data.digits()
    if not file or (not Path(file).exists() and not Path(file).suffix):
        if _ARCHITECTURE.match(file):
            raise InvalidInputError(
                f"{file} is an architecture, not the file of a network; linregions build writes a network of it"
            )
        raise InvalidInputError(f"{file!r} is not the name of a file; name a network: .json, .npz, .onnx, .safetensors")
    return formats.load(file)


def cube(text: str, dimension: int) -> Domain:
    """The cube that ``LO,HI`` names in R^dimension."""
    from theory.exact import rational
    from verify.domain.shapes import Box

    ends = text.split(",")
    if len(ends) != 2:
        raise InvalidInputError(f"--box {text!r} is not of the form LO,HI; write for example --box=-1,1")
    lower, upper = (rational(end, place="--box") for end in ends)
    return Box.cube(lower, upper, dimension)


def _from_file(path: str, _dimension: int) -> Domain:
    from verify.domain import files as domain_files

    return domain_files.load(path)


def _segment(ends: tuple[str, str], _dimension: int) -> Domain:
    from verify.domain.shapes import Segment

    return Segment(*(end.split(",") for end in ends))


def _plane(path: str, dimension: int) -> Domain:
    from theory import data
    from verify.domain.shapes import Plane

    if path == SHIPPED:
        origin, first, second = data.digit_images().values()
        return Plane(origin, first, second)
    domain = _from_file(path, dimension)
    if not isinstance(domain, Plane):
        raise InvalidInputError(f"{path} describes {domain}, not a plane; use --domain for other sets")
    return domain


SHAPES: dict[str, Callable[[Any, int], Domain]] = {
    "box": cube,
    "domain": _from_file,
    "segment": _segment,
    "plane": _plane,
}
"""How the option of each name reads its domain, from the text and the number of inputs."""
