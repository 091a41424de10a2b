"""What commands are given: networks, domains, points, architectures and pictures, as types and options of click.

Each type turns a word of the command line into an object, or refuses it in a sentence that names the option.  What
depends on the number of inputs, a domain or a point, becomes a function of that number.
"""

import functools
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from theory import Architecture, Network
from theory.errors import FileFormatError, InvalidInputError
from theory.exact import Point, dyadic, integer, rational, rational_vector
from theory.formats.files import MAX_NUMBERS, read_bytes
from theory.formats.json_file import parse_json
from theory.tables import FORMATS
from verify.domain import files as domain_files
from verify.domain.shapes import Box, Domain, Plane, Segment
from verify.drawing import check_picture_name
from verify.progress import working

SHIPPED = "digits"
"""As FILE: the trained network that ships with the package; as --plane: the plane through three of its test images."""

_Command = TypeVar("_Command", bound=Callable[..., Any])

DomainReader = Callable[[int], Domain]
PointReader = Callable[[int], Point]


class NetworkFile(NamedTuple):
    """A network, and the name of its file as it was given."""

    name: str
    network: Network

    @property
    def title(self) -> str:
        """The name without folders and suffix."""
        return Path(self.name).stem

    @property
    def record(self) -> dict[str, Any]:
        """The network for JSON, by its file and its architecture."""
        return {"file": self.name, "architecture": self.network.architecture}


class PointsFile(NamedTuple):
    """Points, and the name of their file as it was given."""

    name: str
    points: list[Point]


class GivenDomain(NamedTuple):
    """The option that names a domain, and the domain for a number of inputs."""

    option: str
    on: DomainReader


class Read(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A parameter that a function makes of its text and the name of the option."""

    def __init__(self, name: str, read: Callable[[str, str], Any]) -> None:
        self.name, self._read = name, read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if ctx and isinstance(value, str):
            ctx.meta.setdefault("linregions.texts", set()).add(value)
        return self._read(value, param.opts[0] if param else self.name) if isinstance(value, str) else value


def _architecture(text: str, _option: str) -> Architecture:
    """An architecture, of maxout units if --rank says so."""
    return Architecture.parse(text, rank=_remembered("rank"))


def _remember(context: click.Context, option: click.Parameter, value: Any) -> Any:
    """Let arguments of the same command, which are read later, know the option."""
    context.meta[f"linregions.{option.name}"] = value
    return value


def require_unread(path: str) -> None:
    """Refuse to write over a file that this command reads."""
    if any(os.path.realpath(path) == os.path.realpath(text) for text in _remembered("texts")):
        raise InvalidInputError(f"{path} is a file that this command reads; name another one for what it writes")


def _remembered(name: str) -> Any:
    return click.get_current_context().meta.get(f"linregions.{name}")


def _subject(text: str, option: str) -> Architecture | NetworkFile:
    """An architecture, or the network in a file; only files have letters in their names."""
    if not any(letter.isalpha() for letter in text):
        return _architecture(text, option)
    if not Path(text).suffix and not Path(text).exists() and text != SHIPPED:
        raise InvalidInputError(f"{text!r} is neither an architecture, inputs and widths as in 2-4-4, nor a file name")
    return read_network(text, option)


def read_network(name: str, _option: str) -> NetworkFile:
    from theory import data, formats
    from theory.network import with_decision

    with working(f"reading {name}"), warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("ignore")
        for kind in (formats.HeadWarning, formats.RoundedWarning):
            warnings.simplefilter("always", kind)
        read = None
        if name == SHIPPED:
            read = data.digits()
        elif Path(name).suffix or (name and Path(name).exists()):
            read = formats.load(name, output=_remembered("output"), shape=_remembered("shape"))
    for note in notes:
        click.echo(f"linregions: {note.message}", err=True)
    if read is not None:
        return NetworkFile(name, with_decision(read) if _remembered("decision") else read)
    if name.strip() and not any(letter.isalpha() for letter in name):
        raise InvalidInputError(
            f"{name} is an architecture, not the file of a network; linregions build writes a network of it"
        )
    raise InvalidInputError(f"{name!r} is not the name of a file; name a network: .json, .npz, .onnx, .h5, .nnet ...")


def _points(name: str, _option: str) -> PointsFile:
    with working(f"reading {name}"):
        return PointsFile(name, _read_points(name))


def _read_point(text: str, option: str, dimension: int) -> Point:
    """``a,b,…`` (rationals), ``@FILE[:i]`` (row i of a file of points, counted from 1), or ``digits:c`` (an image)."""
    if text.startswith("@"):
        name, _, row = text[1:].partition(":")
        rows = _read_points(name)
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


def _read_points(path: str) -> list[Point]:
    """The points of a file, one in each row: .npy (exact binary values), .json (a list of lists), text with commas."""
    if path == "digits":
        from theory.data import digit_images

        return list(digit_images().values())
    points: list[Point] = []
    for i, row in enumerate(_point_rows(path), start=1):
        try:
            exact = (dyadic(v) if isinstance(v, float) else v for v in row)
            points.append(rational_vector(exact, place="point"))
        except (InvalidInputError, TypeError) as error:
            raise FileFormatError(path, f"row {i}", str(error)) from None
        if len(points[-1]) != len(points[0]):
            raise FileFormatError(path, f"row {i}", f"has {len(row)} coordinates and row 1 has {len(points[0])}")
    if not points:
        raise FileFormatError(path, "", "holds no point; write one in each line, coordinates separated by commas")
    return points


def _point_rows(path: str) -> list[list[Any]]:
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


def _box(text: str, option: str) -> DomainReader:
    ends = text.split(",")
    if len(ends) != 2:
        raise InvalidInputError(f"{option} {text!r} is not of the form LO,HI; write for example {option}=-1,1")
    lower, upper = (rational(end, place=option) for end in ends)
    return lambda inputs: Box.cube(lower, upper, inputs)


def _domain(path: str, _option: str) -> DomainReader:
    domain = domain_files.load(path)
    return lambda _: domain


def _plane(path: str, option: str) -> DomainReader:
    if path == SHIPPED:
        from theory import data

        origin, first, second = data.digit_images().values()
        return lambda _: Plane(origin, first, second)
    read = _domain(path, option)
    if not isinstance(read(0), Plane):
        raise InvalidInputError(f"{path} describes {read(0)}, not a plane; use --domain for other sets")
    return read


def _triangle(origin: Point, first: Point, second: Point) -> Plane:
    from verify.slices.planes import triangle

    return Plane(origin, first, second, patch=triangle())


def _picture(name: str, _option: str, *, page: bool = False) -> str:
    if not (page and name.lower().endswith(".html")):
        check_picture_name(name)
    return name


BOX = Read("LO,HI", _box)
POINT = Read("A,B,...", lambda text, option: functools.partial(_read_point, text, option))
ARCHITECTURE = Read("ARCH", _architecture)
SUBJECT = Read("ARCH|FILE", _subject)

NETWORK = Read("FILE", read_network)


def reading_option() -> str:
    """The first of the options that say how files are read that is given; empty if none is."""
    return next((f"--{name}" for name in ("decision", "shape", "output") if _remembered(name)), "")


def _shapes(text: str, option: str) -> tuple[int, ...] | dict[str, tuple[int, ...]]:
    """The shape of the only input, or those of inputs by their names, with semicolons between."""
    parts = [part.rpartition("=") for part in text.split(";")]
    try:
        shapes = {name: tuple(int(n) for n in numbers.split(",")) for name, _, numbers in parts}
    except ValueError:
        raise InvalidInputError(f"{option} {text!r} is not a shape; write for example {option} 1,3 or x=1,3") from None
    return shapes.get("", shapes) if len(parts) == 1 else shapes


def _kept(name: str, help: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """An option that the readers of arguments ask for, and the command does not get."""
    return click.option(name, is_eager=True, expose_value=False, callback=_remember, help=help, **attributes)


_READ_OPTIONS = (
    _kept(
        "--decision", "Cut the regions further by which output is largest; a single output, by its sign.", is_flag=True
    ),
    _kept("--shape", "ONNX: the shape of the input where the file leaves it open.", type=Read("N,...", _shapes)),
    _kept("--output", "ONNX: the tensor that is the output; what comes behind it is ignored.", metavar="NAME"),
)


def reading(command: _Command) -> _Command:
    """The options that say how the files of networks among the arguments are read."""
    return functools.reduce(lambda wrapped, option: option(wrapped), _READ_OPTIONS, command)


def network(command: _Command) -> _Command:
    """The argument FILE, which the command gets as a NetworkFile, and how it is read."""
    return click.argument("file", metavar="FILE", type=NETWORK)(reading(command))


points = click.argument("points", metavar="POINTS", type=Read("POINTS", _points))
rank = click.option("--rank", type=int, is_eager=True, callback=_remember, help="Maxout units of this rank, not ReLU.")
output = click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Write the network there (JSON).")
table_format = click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), help="A table to paste; csv and json hold every digit."
)


def json(help: str = "One JSON object.") -> Callable[[_Command], _Command]:
    """The option --json, by which :func:`verify.cli.show.answer` goes."""
    return click.option("--json", "as_json", is_flag=True, expose_value=False, callback=_remember, help=help)


def plot(help: str, *, page: bool = False) -> Callable[[_Command], _Command]:
    """The option --plot, with ``page`` also for an .html; its suffix is checked before the work for it begins."""
    return click.option("--plot", metavar="OUT", type=Read("OUT", functools.partial(_picture, page=page)), help=help)


def definition(help: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """The option --definition, or --of, which says what a region is."""
    return click.option("--definition", "--of", "definition", help=help, **attributes)


_DOMAINS = {
    "box": click.option("--box", type=BOX, help="The cube [LO,HI]^d, rationals; write --box=-1/2,1."),
    "domain": click.option("--domain", type=Read("FILE", _domain), help="The set that a domain file describes."),
    "plane": click.option("--plane", type=Read("FILE", _plane), help="A domain file with a plane or a patch of it."),
    "segment": click.option("--segment", nargs=2, metavar="P Q", type=POINT, help="From P to Q, as in 0,0 1,1/2."),
    "points": click.option("--points", nargs=3, metavar="O P Q", type=POINT, help="The triangle with these corners."),
}
_FROM_POINTS: dict[str, Callable[..., Domain]] = {"--segment": Segment, "--points": _triangle}


def domains(*names: str, required: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options that each name a domain; the command gets the one that is given as ``domain``, a GivenDomain or None.

    The names are ``"box"``, ``"domain"``, ``"segment"``, ``"plane"`` and ``"points"``; ``required`` says what the
    command cannot do without, as in ``"a polygon"``: then one option has to be given.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_domain(*arguments: Any, **options: Any) -> Any:
            given = {f"--{name}": options.pop(name) for name in names}
            chosen = exactly_one(given, f"each name {required or 'a domain'}", or_none=not required)
            read = given.get(chosen)
            if shape := _FROM_POINTS.get(chosen):
                read = lambda inputs: shape(*(point(inputs) for point in given[chosen]))  # noqa: E731
            return command(*arguments, domain=GivenDomain(chosen, read) if read else None, **options)

        return functools.reduce(lambda wrapped, name: _DOMAINS[name](wrapped), reversed(names), with_domain)

    return decorate


def exactly_one(given: Mapping[str, object], what: str, *, or_none: bool = False) -> str:
    """The name of the only option that is given, that is, neither None nor False; ``what`` completes the message.

    InvalidInputError if several are given, or none, unless that is allowed: then the name is empty.
    """
    chosen = [name for name, value in given.items() if value is not None and value is not False]
    if len(chosen) > 1:
        raise InvalidInputError(f"{' and '.join(chosen)} {what}; give one")
    if not chosen and not or_none:
        *names, last = given
        raise InvalidInputError(f"give {', '.join(names)} or {last}")
    return chosen[0] if chosen else ""
