"""``linregions build``, ``records`` and ``tightness``: networks known to have many regions, against the least bound."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import click

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.exact import integer
from theory.formats.files import write_text
from theory.records import records
from verify.cli import arguments, show
from verify.drawing import save_figure
from verify.maxima.best_known import LIMIT, Tightness, tightness, tightness_table, tried
from verify.maxima.heat_map import plot_heat_map, plot_tightness
from verify.progress import working

if TYPE_CHECKING:
    from theory.constructions import Construction


@click.command("build")
@click.argument("name", required=False)
@click.argument("details", nargs=-1, metavar="[ARCH] [KEY=VALUE]...")
@arguments.output
@click.option("--list", "show_list", is_flag=True, help="List the families, what they claim and where they come from.")
@arguments.json("Describe what was written, or the list, as one JSON object.")
def build_command(name: str | None, details: tuple[str, ...], output: str | None, show_list: bool) -> None:
    """Write a network that is known to have many regions.

    NAME is a family of constructions; ARCH is an architecture as in 2-8-8, or the family's parameters are given as
    KEY=VALUE.  The weights are exact rationals, and `linregions count` can check the claimed number of regions.
    Without -o the network goes to standard output.

    \b
    Examples:
      linregions build --list
      linregions build montufar 2-8-8 -o net.json
      linregions build sawtooth 1-3-3
    """
    from theory.constructions import CONSTRUCTIONS

    if show_list:
        families, lines = [], []
        for key, family in CONSTRUCTIONS.items():
            member = family.from_words(family.example.split())
            families.append({"name": key, **show.record_of(family, "summary", "source"), "example": _claims_of(member)})
            sentences = [family.summary, f"for example {family.example}: {'; '.join(map(str, member.claims))}"]
            sentences += [f"{parameter}=...: {meaning}" for parameter, meaning in family.parameters]
            lines += [key, *map(show.wrapped, [*sentences, family.source.short])]
        show.answer({"families": families}, lines)
        return
    if name is None:
        raise InvalidInputError("name a family to build, as in montufar 2-8-8 -o net.json; see linregions build --list")
    family = CONSTRUCTIONS[name]
    if show.is_json() and output is None:
        raise InvalidInputError("--json describes a file that was written; name it with -o FILE")
    with working(f"building {name} {' '.join(details)}"):
        construction = family.from_words(details)
    show.answer_network(construction.network, str(construction), output, _claims_of(construction))


def _claims_of(construction: Construction) -> dict[str, Any]:
    return {
        **show.record_of(construction, "name", "source", architecture="network.architecture"),
        "parameters": {key: str(value) for key, value in construction.parameters.items()},
        "claims": [show.record_of(c, "count", "relation", "definition", domain="where") for c in construction.claims],
    }


@click.command("records")
@click.option("--check", "verify", is_flag=True, help="Count every record again by two engines and check certificates.")
@click.option("--show", "shown", type=arguments.ARCHITECTURE, help="The network of a record, printed or to -o FILE.")
@click.option("--search", "searched", type=arguments.ARCHITECTURE, help="Search for many regions by hill climbing.")
@click.option("--seconds", type=click.FloatRange(min=0, max=86_400), default=20, help="Time to search (default 20).")
@click.option("--seed", type=int, default=0, help="Where the search starts.")
@click.option("--largest", type=click.IntRange(min=1), default=2, help="Largest random weight (default 2).")
@click.option("--certificate", metavar="FILE", type=click.Path(dir_okay=False), help="With --show: its certificate.")
@arguments.output
@arguments.table_format
@arguments.json()
def records_command(
    verify: bool,
    shown: Architecture | None,
    searched: Architecture | None,
    certificate: str | None,
    output: str | None,
    form: str | None,
    **options: Any,
) -> int:
    """Networks with more regions than known constructions.

    The table holds for each record the best construction, the record, and the least upper bound.  Every record comes
    with its network and a certificate; --check verifies all of them (exit code 1 if one fails).  --search looks for
    more: floats climb, exact counts decide.

    \b
    Examples:
      linregions records
      linregions records --check
      linregions records --show 2-6-2 -o net.json --certificate net.cert
      linregions records --search 2-5-1 --seconds 5 -o net.json
    """
    tasks = {"--check": verify, "--show": shown, "--search": searched}
    task = arguments.exactly_one(tasks, "are different tasks", or_none=True)
    if output is not None and shown is None and searched is None:
        raise InvalidInputError("-o writes one network; name it with --show ARCH or find one with --search ARCH")
    if form is not None and (task or show.is_json()):
        raise InvalidInputError(f"--format prints the table of records; leave out {task or '--json'}")
    if certificate is not None and shown is None:
        raise InvalidInputError("--certificate writes the certificate of a record; name it with --show ARCH")
    if shown is not None:
        _show(shown, output, certificate)
    elif searched is not None:
        _search(searched, output, options)
    elif verify:
        return _verify()
    else:
        from verify.maxima.records import records_table

        with working("comparing the records"):
            table = records_table()
        show.write(table.render("json" if show.is_json() else form or "text").rstrip("\n"))
    return 0


def _verify() -> int:
    from verify.maxima.records import verify_record

    results = []
    for record in records().values():
        with working(f"verifying {record.architecture}"):
            results.append(verify_record(record))
        if not show.is_json():
            show.write(str(results[-1]))
    if show.is_json():
        facts = ("architecture", "count", "found")
        verified = [
            show.record_of(each.record, *facts)
            | show.record_of(each, "same_network", "holds", counted="counts", certificate="verdict")
            for each in results
        ]
        show.write(show.json_text({"records": verified}))
    return 0 if all(each.holds for each in results) else 1


def _show(arch: Architecture, output: str | None, certificate: str | None) -> None:
    if arch not in records():
        raise InvalidInputError(f"there is no record for {arch}; linregions records lists all {len(records())}")
    record = records()[arch]
    note = f"{record.count} activation regions on R^{arch.inputs}, found by {record.found}"
    facts = show.record_of(record, "architecture", "count", "found")
    show.answer_network(record.network, note, output, facts)
    if certificate is not None:
        write_text(certificate, record.certificate.decode("ascii"))


def _search(arch: Architecture, output: str | None, options: dict[str, Any]) -> None:
    from verify.maxima.search import in_integers, most_regions

    known = tightness(arch)
    with working(f"searching {arch}"):
        found = most_regions(arch, **options)
        network = in_integers(found.network)
    facts = {
        "architecture": network.architecture,
        **show.record_of(found, "count", "evaluations"),
        **show.record_of(known, known="lower.value", by="lower.name", at_most="upper.value"),
    }
    note = f"{found.count} activation regions on R^{arch.inputs}, found by hill climbing, seed {options['seed']}"
    if not show.is_json():
        verdict = "a new record" if found.count > known.lower.value else "no record"
        show.write(
            f"{arch}: {found.count} regions found, {verdict} (known {known.lower.value} by {known.lower.name}, "
            f"at most {known.upper.value}; {found.evaluations} networks looked at)"
        )
    if show.is_json() or output is not None:
        show.answer_network(network, note, output, facts)


@click.command("tightness")
@click.argument("architectures", nargs=-1, metavar="ARCH...", type=arguments.ARCHITECTURE)
@arguments.rank
@click.option("--map", "grid", metavar="INPUTS,WIDTH", help="All two-layer architectures up to this width instead.")
@arguments.plot("A picture: brackets of the ARCHs, or a heat map of --map.")
@click.option("--limit", type=click.IntRange(min=0), default=LIMIT, help="Count constructions that claim at most this.")
@arguments.table_format
@click.option("--why", is_flag=True, help="Say in a sentence why each maximum is known, or what is missing.")
@arguments.json()
def tightness_command(
    architectures: tuple[Architecture, ...],
    rank: int | None,
    grid: str | None,
    plot: str | None,
    limit: int,
    form: str | None,
    why: bool,
) -> None:
    """How close the best network comes to the least bound.

    For each ARCH (inputs, then hidden widths): the most regions that a network has, whether a construction or a record
    found by search; the least upper bound; their ratio, cut off and not rounded; and whether the maximum is known,
    which it is when the two meet.  Where it is open, --why, --json and --format csv also say what was tried: bounds,
    networks, searches with their seeds, and programs that ran through all cases.

    \b
    Examples:
      linregions tightness 2-4-4 1-3-3-3 2-3-2
      linregions tightness 1-2-2-2 2-4-1 --why
      linregions tightness --map 2,8 --plot tightness.png
      linregions tightness --map 3,6 --format csv
    """
    forms = {"--json": show.is_json(), "--why": why, "--format": form}
    arguments.exactly_one(forms, "each choose what is printed", or_none=True)
    if bool(architectures) == (grid is not None):
        raise InvalidInputError("name architectures as in 2-4-4, or --map INPUTS,WIDTH for two layers, not both")
    inputs, widest = _grid(grid) if grid is not None else (0, 0)
    pairs = product(range(1, widest + 1), repeat=2)
    names = [*architectures, *(Architecture.parse(f"{inputs}-{a}-{b}", rank=rank) for a, b in pairs)]
    found = []
    for arch in names:
        with working(f"comparing {show.architecture_text(arch)}"):
            found.append(tightness(arch, limit=limit))
    if plot is not None:
        with working(f"drawing {plot}"):
            save_figure(plot_heat_map(found, inputs, widest) if widest else plot_tightness(found), plot)
    if show.is_json():
        show.write(show.json_text({"architectures": [_record(each, limit) for each in found]}))
    elif why:
        for each in found:
            show.write(show.architecture_text(each.architecture))
            show.write(show.wrapped(each.reason))
            if not each.exact:
                show.write(show.wrapped(str(tried(each.architecture, limit=limit))))
    elif form is not None or grid is None:
        table = tightness_table(names, limit=limit)
        if form == "csv":
            more = ["" if each.exact else str(tried(each.architecture, limit=limit)) for each in found]
            rows = tuple((*row, cell) for row, cell in zip(table.rows, more, strict=True))
            table = replace(table, columns=(*table.columns, "tried"), rows=rows)
        show.write(table.render(form or "text").rstrip("\n"))
    else:
        # rows: first layer; columns: second layer; cells: percent, or = where the maximum is known
        cells = ["=" if each.exact else show.percent(each.ratio).removesuffix(" %") for each in found]
        grid_rows = [(str(a + 1), *cells[a * widest : (a + 1) * widest]) for a in range(widest)]
        show.write(show.table((">n1 \\ n2", *(f">{b}" for b in range(1, widest + 1))), grid_rows))
        show.write("\nPercent of the least upper bound that a network attains; = where the maximum is known.")
    if plot is not None and not show.is_json():
        show.write(f"\n{plot}: drawn")


def _grid(text: str) -> tuple[int, int]:
    parts = text.split(",")
    if len(parts) != 2:
        raise InvalidInputError(f"--map {text!r}: write the number of inputs and the largest width, as in 2,8")
    inputs = integer(parts[0], place="--map, inputs", minimum=1)
    widest = integer(parts[1], place="--map, largest width", minimum=1)
    if widest > 40:
        raise InvalidInputError(f"--map, largest width: {widest} is above 40; choose a smaller one")
    return inputs, widest


def _record(each: Tightness, limit: int) -> dict[str, Any]:
    return {
        **show.record_of(each, "architecture", "exact", "reason"),
        "lower": show.record_of(each.lower, "value", "name", "evidence", "source"),
        "upper": show.record_of(each.upper, "value", key="bound.key", source="bound.source", status="bound.status"),
        "ratio": show.record_of(each, numerator="ratio.numerator", denominator="ratio.denominator", decimal="decimal"),
        "tried": None if each.exact else tried(each.architecture, limit=limit).record(),
    }
