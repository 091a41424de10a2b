"""The command line ``linregions``: one module for each command, and a few that all commands share.

``app`` holds the entry point, lists the commands and turns every error into one sentence.  ``arguments`` and
``points`` read what a command is given, ``long_counts`` the limits of a count; ``show`` writes numbers, tables and
JSON; ``progress`` says what takes long.  Commands import the parts that compute inside their functions, so that
``--help`` answers at once.
"""

from verify.cli.app import main

__all__ = ["main"]
