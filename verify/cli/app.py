"""The entry point: the greeting, the commands, and one sentence for every error.

Exit codes: 0 when the answer was printed, 1 when a published statement and an exact count contradict each other or a
self-check fails, 2 when the input was refused, 130 when the user interrupted, 141 when the reader of a pipe went away.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

import click

from theory.errors import LinregionsError

__all__ = ["main"]

_GREETING = """\
linregions {version}: how many linear regions can a network have, and how many does yours have?

Know what is proved about an architecture (inputs, then hidden widths), and what is built
  linregions table                                   # bounds, constructions and exact counts side by side
  linregions bounds 2-4-4                            # every bound, with its source
  linregions tightness 2-4-4 1-3-3-3                 # the best network against the least bound
  linregions records                                 # networks better than known constructions
  linregions papers                                  # what the papers claim, and what became of it

Count the regions of a network, exactly
  linregions build montufar 2-8-8 -o net.json        # one that is known to have many
  linregions count net.json --box=0,1 --certificate net.cert
  linregions check net.cert                          # the proof of that count
  linregions regions net.json --box=0,1              # each region, with a point inside

Look where the data are
  linregions line digits --from=digits:0 --to=digits:7
  linregions plane digits --points digits:0 digits:1 digits:7
  linregions boundary digits --points digits:0 digits:1 digits:7
  linregions distance digits digits
  linregions complexity digits digits

Test a claim
  linregions refute "prod(Z(m, n0) for m in n)" --kind upper --budget 5
  linregions laws                                    # what holds for every network

Each command explains itself with --help and answers programs with --json.
"""

_COMMANDS = {
    "boundary": "The exact size of the boundary between regions.",
    "bounds": "Everything proved about the regions of an architecture.",
    "build": "Write a network that is known to have many regions.",
    "check": "Check a certificate that `linregions count --certificate` wrote.",
    "complexity": "How densely regions lie where the data are.",
    "count": "Count the regions of a network exactly.",
    "line": "The exact breakpoints and regions along a line.",
    "distance": "How far points are from the nearest boundary.",
    "laws": "What holds for every network, architecture or arrangement.",
    "refute": "Look for a counterexample to a claim.",
    "papers": "The claims of the papers: reproduced, refuted, checked in part or open.",
    "plane": "The exact partition of a polygon in a plane.",
    "records": "Networks with more regions than known constructions.",
    "regions": "List the regions of a network.",
    "table": "Bounds, constructions and exact counts side by side.",
    "tightness": "How close the best network comes to the least bound.",
}


class _LazyGroup(click.Group):
    """A command's module is imported when the command is asked for, so the greeting and --help are quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"verify.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="linregions", prog_name="linregions")
@click.pass_context
def _linregions(context: click.Context) -> None:
    """Exact linear regions of ReLU and maxout networks: bounds, constructions, counts.

    \b
    Example:
      linregions bounds 2-4-4
    """
    if context.invoked_subcommand is None:
        click.echo(_GREETING.format(version=version("linregions")), nl=False)


def _sentence(error: BaseException) -> str:
    """What the user reads about an error: one line, naming the value and the remedy."""
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "linregions"
        text = f"{error.format_message().rstrip('.')}; see {command} --help"
    elif isinstance(error, click.ClickException):
        text = error.format_message()
    elif isinstance(error, OSError):
        reason = (error.strerror or str(error)).lower()
        text = f"{error.filename}: {reason}" if error.filename else f"the output cannot be written ({reason})"
    else:
        text = str(error)
    return " ".join(text.split())


def _run(arguments: list[str]) -> int:
    try:
        with _linregions.make_context("linregions", arguments) as context:
            _linregions.invoke(context)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    finally:
        sys.stdout.flush()
    return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code; no error becomes a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")  # a terminal without ≤ shows a question mark instead of failing
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
    except (KeyboardInterrupt, click.Abort):
        click.echo("linregions: interrupted", err=True)
        code = 130
    except BrokenPipeError:
        # The reader has seen enough.  Python flushes standard output once more at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except (LinregionsError, click.ClickException, OSError) as error:
        click.echo(f"linregions: {_sentence(error)}", err=True)
        code = 2
    sys.exit(code)
