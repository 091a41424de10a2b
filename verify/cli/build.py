"""``linregions build``: write a network that is known to have many regions, or list the families of such networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from verify.cli import arguments, show
from verify.progress import working

if TYPE_CHECKING:  # the catalog of constructions loads sympy
    from theory.constructions import Construction


@click.command("build")
@click.argument("name", required=False)
@click.argument("details", nargs=-1, metavar="[ARCH] [KEY=VALUE]...")
@arguments.output
@click.option("--list", "show_list", is_flag=True, help="List the families, what they claim and where they come from.")
@arguments.json("Describe what was written, or the list, as one JSON object.")
def command(name: str | None, details: tuple[str, ...], output: str | None, show_list: bool) -> None:
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
            families.append({"name": key, **show.record_of(family, "summary", "source"), "example": _record(member)})
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
    show.answer_network(construction.network, str(construction), output, _record(construction))


def _record(construction: Construction) -> dict[str, Any]:
    return {
        **show.record_of(construction, "name", "source"),
        "parameters": {key: str(value) for key, value in construction.parameters.items()},
        "architecture": construction.network.architecture,
        "claims": [
            {**show.record_of(claim, "count", "relation", "definition"), "domain": claim.where}
            for claim in construction.claims
        ],
    }
