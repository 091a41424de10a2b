"""``linregions refute``, ``laws``, ``papers`` and ``scaling``: statements about all networks."""

import importlib
import sys
import time
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from theory.errors import InvalidInputError
from theory.text import integer_text
from verify.cli import arguments, show
from verify.progress import tracked, working


@click.command("refute")
@click.argument("statement")
@click.option("--kind", metavar="KIND", help="What a number is: upper, lower or equal.")
@click.option("--budget", type=float, metavar="SECONDS", help="Wall time to spend (default 60).")
@click.option("--examples", type=int, metavar="N", help="Networks to count; alone, deterministic.")
@click.option("--units", metavar="UNITS", help="relu or maxout; default: what the claim names.")
@click.option("--architecture", "architectures", multiple=True, metavar="ARCH", help="Only this one; repeatable.")
@click.option("--where", metavar="CONDITION", help='A side condition, as in "n0 >= max(n)".')
@click.option("--seed", type=int, default=0, show_default=True, metavar="S", help="Of the search.")
@click.option("--patience", type=float, default=5.0, show_default=True, metavar="SECONDS", help="For one architecture.")
@click.option("--keep-going", is_flag=True, help="Go on after an architecture at which the function fails.")
@click.option("--audit", is_flag=True, help="Also search where a proven bound rules a counterexample out.")
@click.option("--out", "folder", type=click.Path(), default="linregions-refuted", show_default=True, metavar="FOLDER")
@arguments.json()
def refute_command(statement: str, **options: Any) -> int:
    """Look for a counterexample to a claim.

    STATEMENT is MODULE:FUNCTION (a function of an Architecture that returns an int; MODULE in the current folder or on
    PYTHONPATH), an expression in n0, n (list of hidden widths, n[0] the first), k, L, N and the bounds of the
    catalog, or the name of a law.  A comparison is judged by itself; a number needs --kind.

    Exit code 0: it survived what was tried, which is reported and proves nothing.  1: refuted, with a counterexample,
    its network, a certificate of its count and a script below --out.  2: it could not be judged.

    \b
    Examples:
      linregions refute "prod(n)" --kind upper
      linregions refute my_bounds:sharper --kind upper --budget 60
      linregions refute "serra2018_maxout <= k**N"
      linregions refute 10 --kind lower --architecture 1-2-2
      linregions refute any_layer_growth

    \b
    Expressions have C(a, b), Z(n, d) = sum of C(n, j) for j <= d, min, max, sum, prod, range, len, zip, abs:
      linregions refute "prod(Z(n[l], min(n0, *n[:l])) for l in range(L))" --kind upper
    """
    from verify.testing.refuter import refute

    options = {name: value for name, value in options.items() if value not in (None, ())}
    limit = options.get("budget", 60 if "examples" not in options else None)
    words = f"looking for a counterexample{f', for at most {limit:g} s' if limit else ''}"
    with working(words):
        verdict = refute(statement, options.pop("kind", None), **options)
    show.answer(verdict.record(), str(verdict))
    return verdict.exit_code


@click.command("laws")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--run", "run", is_flag=True, help="Test them; exit code 1 if one is broken.")
@click.option("--examples", type=click.IntRange(min=1), metavar="N", help="Examples for each law (default 100).")
@click.option("--seed", type=int, default=0, show_default=True, metavar="S", help="The same seed, the same examples.")
@arguments.json()
def laws_command(names: tuple[str, ...], run: bool, examples: int | None, seed: int) -> int:
    """What holds for every network, architecture or arrangement.

    Lists the laws with their sources; with NAMEs only those.  With --run each is tested on examples that hypothesis
    draws, degenerate networks among them, and a broken law is shown with the smallest example found.

    \b
    Examples:
      linregions laws
      linregions laws --run --examples 2000
      linregions laws --run tiling deletion_restriction

    \b
    The same in a pytest of your own, in two lines (counter=... tests a counter of yours):
      from verify.testing.laws import as_tests
      test_laws = as_tests(examples=200)
    """
    if examples is not None and not run:
        raise InvalidInputError("--examples says how often the laws are tested; add --run")
    number = examples or 100
    from verify.testing.laws import chosen

    laws = chosen(names)
    if not run:
        lines = []
        for about in dict.fromkeys(law.about for law in laws):
            own = [law for law in laws if law.about == about]
            parts = [(f"\n{law.name}", show.wrapped(law.statement), show.wrapped(law.source.short)) for law in own]
            lines += [f"About {about}", *chain(*parts), ""]
        record = {"laws": [show.record_of(law, "name", "about", "statement", "source") for law in laws]}
        show.answer(record, [*lines, "Test them with --run."])
        return 0
    began = time.perf_counter()
    with working("testing laws"):
        reports = [law.check(examples=number, seed=seed) for law in tracked(laws, "testing laws")]
    broken = [report for report in reports if not report.holds]
    seconds = time.perf_counter() - began
    outcomes = [
        show.record_of(report, "examples", "seconds", name="law.name", held="holds")
        | {"failure": report.failure and {"example": repr(report.failure.example), "what": report.failure.what}}
        for report in reports
    ]
    rows = [(r.law.name, "held" if r.holds else "BROKEN", f"{r.examples} examples") for r in reports]
    lines = [show.table(("", "", ""), rows), *(f"\n{report}" for report in broken)]
    lines.append(f"\n{len(reports) - len(broken)} of {len(reports)} laws held, seed {seed} ({seconds:.1f} s)")
    facts = {"examples": number, "seed": seed, "held": not broken, "seconds": round(seconds, 6)}
    show.answer({**facts, "laws": outcomes}, lines)
    return 1 if broken else 0


@click.command("papers")
@click.argument("paper", required=False)
@click.option("--run", metavar="PAPER", help="Run the checks of one paper, or of all of them with --run all.")
@click.option("--slow", is_flag=True, help="With --run: also the checks that take minutes.")
@click.option("--folder", metavar="DIR", type=click.Path(), help="Where ledger.toml and the checks are.")
@arguments.json()
def papers_command(paper: str | None, run: str | None, slow: bool, folder: str | None) -> int:
    """The claims of the papers: reproduced, refuted, checked in part or open.

    Prints the ledger of a checkout of this project, all of it or the rows of one PAPER.  With --run the checks are
    run, exact counts included; exit code 1 if one fails.

    \b
    Examples:
      linregions papers
      linregions papers serra2018
      linregions papers --run zaslavsky1975
      linregions papers --run all --slow
    """
    wanted = paper if run is None else run
    passed = _of_checkout(folder).report(folder, wanted, run=run is not None, slow=slow, as_json=show.is_json())
    return 0 if passed else 1


def _of_checkout(folder: str | None) -> ModuleType:
    """The module ``papers`` of a checkout's folder ``paper_checks``, which does not ship with the package.

    It is looked for in the folder named, then from the working directory upwards, then beside the package.
    """
    here = Path.cwd()
    roots = (here, *here.parents, Path(__file__).resolve().parents[2])
    for home in (*([Path(folder)] if folder else []), *(root / "paper_checks" for root in roots)):
        if (home / "papers.py").is_file():
            sys.path.insert(0, str(home.resolve()))
            try:
                return importlib.import_module("papers")
            finally:
                sys.path.pop(0)
    raise InvalidInputError(
        "the ledger is part of a checkout, not of the installed package; run this in the checkout, or name its "
        "folder paper_checks with --folder"
    )


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
