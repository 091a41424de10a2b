"""The two checkers, held together."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from theory.errors import UnsupportedError
from verify import checker
from verify.certificate.fast_check import check_fast
from verify.certificate.verdict import long_integers
from verify.engines.core import core


def said(verdict: tuple[Any, int, str]) -> tuple[Any, int, str]:
    """The ends, the line and the reason, in which long numbers may differ."""
    claim, line, reason = verdict
    return claim and claim.ends, line, re.sub(r"-?[0-9]{19,}|a number of [0-9]+ bits", "#", reason)


def agreed(path: str | Path, alone: Callable[[Any], tuple[Any, int, str]] = checker.check) -> tuple[Any, int, str]:
    """What the checker finds, if the checker in the core finds it too, or knows no such certificates."""
    with long_integers():
        found = alone(path)
        try:
            other = check_fast(path) if core else found
        except UnsupportedError:
            return found
    assert said(other) == said(found), path
    return found
