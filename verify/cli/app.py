"""The entry point: the greeting, the commands, and one sentence for every error.

Exit codes: 0 when the answer was printed, 1 when a claim, a certificate or a check turned out wrong, 2 when the input
was refused, 3 when a count stopped with a bracket, 130 when the user interrupted, 143 after SIGTERM, 141 when the
reader of a pipe went away.
"""

import importlib
import math
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from theory.errors import LinregionsError
from verify.cli.limits import LimitReachedError, disarm
from verify.progress import working

_GREETING = """\
linregions {version}: how many linear regions can a network have, and how many does yours have?

Know what is proved about an architecture (inputs, then hidden widths), and what is built
  linregions table                                   # bounds, constructions and exact counts side by side
  linregions bounds 2-4-4                            # every bound, with its source
  linregions tightness 2-4-4 1-3-3-3                 # the best network against the least bound
  linregions records                                 # networks better than known constructions
  linregions scaling depth --inputs 2 --layers 2     # from which width on depth pays; units, growth, ratios
  linregions papers                                  # what the papers claim, and what became of it
  linregions atlas build site 2-3-2 2-4-4            # pages that show it, for these or all small architectures

Count the regions of a network, exactly
  linregions build montufar 2-8-8 -o net.json        # one that is known to have many
  linregions count net.json --box=0,1 --certificate net.cert
  linregions check net.cert                          # the proof of that count
  linregions regions net.json --box=0,1              # each region, with a point inside
  linregions estimate net.json                       # where there are too many to count
  linregions explore net.json -o net.html            # a page that draws it, to zoom and to change

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
    "atlas": "atlas", "boundary": "measure", "bounds": "bounds", "build": "best", "check": "count",
    "complexity": "measure", "count": "count", "distance": "measure", "estimate": "count", "explore": "atlas",
    "laws": "claims", "line": "regions", "papers": "claims", "plane": "regions", "records": "best", "refute": "claims",
    "regions": "regions", "scaling": "claims", "table": "bounds", "tightness": "best",
}  # fmt: skip
"""The module that holds the function ``<name>_command``, the first line of whose docstring is the command's summary."""


class _LazyGroup(click.Group):
    """A command's module, and what it computes with, is imported only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        with working(f"loading {cmd_name}"):
            module = importlib.import_module(f"verify.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(name)) for name in _COMMANDS])


def _summary(name: str) -> str:
    """The first line of a command's docstring, read from its source: importing all commands takes seconds."""
    source = Path(__file__).with_name(f"{_COMMANDS[name]}.py").read_text(encoding="utf-8")
    found = re.search(rf'^def {name}_command\(.*?"""(.*?)$', source, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


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
        from theory import __version__  # slow to load

        click.echo(_GREETING.format(version=__version__), nl=False)


def _sentence(error: BaseException) -> str:
    """The message about an error: one line that names the value and the remedy."""
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "linregions"
        text = f"{error.format_message().rstrip('.')}; see {command} --help"
    elif isinstance(error, click.ClickException):
        text = error.format_message()
    elif isinstance(error, OSError):
        reason = (error.strerror or str(error)).lower()
        text = f"{error.filename}: {reason}" if error.filename else f"the output cannot be written ({reason})"
    elif isinstance(error, MemoryError):
        text = "there is not memory enough for this; give a smaller network, domain or file"
    elif isinstance(error, RecursionError):
        text = "the input is nested too deeply for this program; give one that is nested less deeply"
    else:
        text = str(error)
    return " ".join(text.split())


def _run(arguments: list[str]) -> int:
    try:
        with _linregions.make_context("linregions", arguments) as context:
            code: int | None = _linregions.invoke(context)  # what the command returns
    except click.exceptions.Exit as leave:
        return leave.exit_code
    finally:
        sys.stdout.flush()
    return code or 0


_AGAIN = 2.0
"""Seconds in which more interrupts are the same wish to stop, so that what tidies up is not interrupted itself."""


@contextmanager
def _hearing_signals(*, to_the_end: bool) -> Iterator[None]:
    """Interrupts and SIGTERM end the command as an exception does, so that no draft of a file is left behind.

    Interrupts are heard even if they were ignored when the command began, as in ``linregions … &`` in a script.  What
    comes after the first of them is ignored ``to_the_end`` of the process, or until the block ends.
    """
    if threading.current_thread() is not threading.main_thread():  # no other thread may set what a signal does
        yield
        return
    first = [-math.inf]

    def interrupt(number: int, _frame: object) -> None:
        now = time.monotonic()
        if now - first[0] > _AGAIN:
            first[0] = now
            raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        heard = to_the_end and first[0] > -math.inf
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if heard else handler)


def _open_streams() -> None:
    """Open closed standard streams on the null device, so that no file gets their numbers."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code; no error becomes a traceback."""
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")  # a terminal without ≤ shows a question mark instead of failing
    try:
        with _hearing_signals(to_the_end=arguments is None):
            code = _run(list(sys.argv[1:] if arguments is None else arguments))
    except LimitReachedError as limit:
        click.echo(f"linregions: {limit}", err=True)
        code = 3
    except (KeyboardInterrupt, click.Abort):
        click.echo("linregions: interrupted", err=True)
        code = 130
    except BrokenPipeError:
        # The reader has closed the pipe.  Python flushes standard output once more at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except (LinregionsError, click.ClickException, OSError, MemoryError, RecursionError) as error:
        click.echo(f"linregions: {_sentence(error)}", err=True)
        code = 2
    finally:
        disarm()
    sys.exit(code)
