"""The command line ``linregions``: a few modules with commands, and a few that commands share.

A command's module, with all that it computes with, is imported only when the command is asked for.
"""

from verify.cli.app import main

__all__ = ["main"]
