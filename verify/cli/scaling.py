"""``linregions scaling``: from which size on depth pays, how many units R regions take, how bounds grow and compare."""

from typing import Any

import click

from theory.errors import InvalidInputError
from theory.text import integer_text
from verify.cli import arguments, show
from verify.progress import working


def _widths(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    """One width, or the widths of a block of layers as in 5-6."""
    if text is None:
        return None
    if not all(part.isdecimal() and len(part) <= 1000 and int(part) for part in text.split("-")):
        raise InvalidInputError(f"{text!r:.80} is no width of a layer; write 6, or 5-6 for a block of two layers")
    return tuple(map(int, text.split("-")))


_INPUTS = click.option("--inputs", type=click.IntRange(min=1), required=True, help="Number of inputs n0.")
_WIDTHS = click.option(
    "--width", "widths", callback=_widths, required=True, help="Width of each layer, or of a block of layers, as 5-6."
)
_BOUND = click.option("--bound", default="levels", show_default=True, help="Which bound.")


@click.group("scaling")
def scaling_command() -> None:
    """Questions about sizes: where depth pays, units for R regions, growth.

    Each of them answers programs with --json.

    \b
    Examples:
      linregions scaling depth --inputs 2 --layers 2
      linregions scaling units 1000000 --inputs 2
      linregions scaling growth --inputs 6 --width 6
      linregions scaling ratio levels hinz2021 --inputs 6 --width 6
      linregions scaling ratio montufar2014 levels --inputs 2 --layers 2
    """


@scaling_command.command("depth")
@_INPUTS
@click.option("--layers", type=click.IntRange(min=2), required=True, help="Number of layers L.")
@arguments.json()
def _depth(inputs: int, layers: int) -> None:
    """From which width n on L layers of n units beat every layer of L·n."""
    from theory.bounds import depth_pays

    with working("comparing widths"):
        found = depth_pays(inputs, layers)
    record = {**found._asdict(), "root": str(found.root), "first": show.record_of(found.first, *found.first._fields)}
    first = found.first
    text = (
        f"For every width n ≥ {found.width}, some network with {inputs} inputs and {layers} layers of n units has more "
        f"regions than every network with one layer of {layers}·n units. For n = {found.width}: at least "
        f"{integer_text(first.deep_value)} by {first.deep_by}, against at most {integer_text(first.shallow_value)} by "
        f"{first.shallow_by}. From {found.polynomial_from} on a polynomial shows it, below each width was looked at. "
        f"Its largest root is {float(found.root):.6g} = {found.root}."
    )
    show.answer(record, show.wrapped(text))


@scaling_command.command("units")
@click.argument("regions", type=click.IntRange(min=2))
@_INPUTS
@arguments.json()
def _units(regions: int, inputs: int) -> None:
    """The least number of units that can have so many regions."""
    from theory.bounds import least_units

    with working("splitting units into layers"):
        found = least_units(regions, inputs)
    text = (
        f"At least {found.at_least} units (levels): fewer have less than {integer_text(regions)} regions, however they "
        f"are split into layers. {found.enough} units are enough: {show.architecture_text(found.architecture)} "
        "(balanced_folding)."
    )
    show.answer({"regions": regions, "inputs": inputs, **found._asdict()}, show.wrapped(text))


@scaling_command.command("growth")
@_INPUTS
@_WIDTHS
@_BOUND
@arguments.json()
def _growth(inputs: int, widths: tuple[int, ...], bound: str) -> None:
    """How a bound grows with the depth, per layer and per unit."""
    from theory.bounds import growth, rate_per_layer

    with working(f"following {bound} from layer to layer"):
        found = growth(widths, inputs, bound)
        rates = [rate_per_layer(widths, inputs, bound, unit=unit) for unit in (False, True)]
    lines = [show.wrapped(f"{bound} ~ {_product(found.coefficient, found.degree, str(found.rate), widths)}.")]
    exact = {"per_layer": str(rates[0]), "per_unit": str(rates[1])}
    for (name, text), rate in zip(exact.items(), rates, strict=True):
        rounded = f"{float(rate):.6g}"
        lines.append(f"{name.replace('_', ' '):<9}  {text}{'' if rounded == text else f' = {rounded}'}")
    show.answer({**found._asdict(), **exact}, "\n".join(lines))


def _product(coefficient: object, degree: object, base: str, widths: tuple[int, ...]) -> str:
    """What a bound, or the ratio of two, is asymptotic to."""
    power = f"·k^{degree}" if degree else ""
    blocks = "layers" if len(widths) == 1 else f"blocks of {len(widths)} layers"
    return f"{coefficient}{power}·{base}^k for k {blocks}"


@scaling_command.command("ratio")
@click.argument("first")
@click.argument("second")
@_INPUTS
@click.option("--width", "widths", callback=_widths, help="Many layers of this width.")
@click.option("--layers", type=click.IntRange(min=1), help="So many layers of equal width that goes to infinity.")
@arguments.json()
def _ratio(first: str, second: str, inputs: int, widths: tuple[int, ...] | None, layers: int | None) -> None:
    """The ratio of two bounds for many layers, or for wide ones."""
    from theory.bounds import ratio_in_depth, ratio_in_width

    arguments.exactly_one({"--width": widths, "--layers": layers}, "each name what goes to infinity")
    with working(f"comparing {first} and {second}"):
        if widths is not None:
            found = ratio_in_depth(first, second, widths, inputs)
            record: dict[str, Any] = found._asdict()
            sentence = f"{first}/{second} ~ {_product(found.coefficient, found.degree, f'({found.base})', widths)}"
        else:
            limit = str(ratio_in_width(first, second, inputs, layers or 1))
            record = {"limit": limit}
            sentence = f"{first}/{second} ~ {limit} for {layers} layers of n units, n going to infinity"
    show.answer({"first": first, "second": second, **record}, show.wrapped(f"{sentence}."))
