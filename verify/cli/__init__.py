"""The command line ``linregions``: a few modules with commands, and a few that commands share.

``app`` holds the entry point, lists the commands and turns every error into one sentence.  ``arguments`` reads what a
command is given, ``limits`` the limits of a count; ``show`` writes numbers, tables and JSON.  A command's module, with
all that it computes with, is imported only when the command is asked for, so that the greeting and
``linregions --help`` answer at once.
"""

from verify.cli.app import main

__all__ = ["main"]
