"""``linregions papers``: the claims of the literature, and the outcomes of their checks."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import click

from theory.errors import InvalidInputError
from verify.cli import arguments, show


@click.command("papers")
@click.argument("paper", required=False)
@click.option("--run", metavar="PAPER", help="Run the checks of one paper, or of all of them with --run all.")
@click.option("--slow", is_flag=True, help="With --run: also the checks that take minutes.")
@click.option("--folder", metavar="DIR", type=click.Path(), help="Where ledger.toml and the checks are.")
@arguments.json()
def command(paper: str | None, run: str | None, slow: bool, folder: str | None) -> int:
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
