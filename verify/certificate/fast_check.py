"""The check of a certificate by the compiled core (``core/check.cpp``): a second program for the rules of the tree.

:mod:`verify.checker` reads the claim and what follows the tree, and hands over numbers: rows, weights, bounds.  The
core derives every inequality anew, line by line, in integers of fixed length.  Lines, verdict and reason are those of
the checker; numbers of more than 62 bits in a reason are the exception.
"""

import os

from theory.errors import UnsupportedError
from verify import checker
from verify.checker import Claim, Lines, Rejected, Walk
from verify.engines.core import core


def check_fast(path: str | os.PathLike[str]) -> tuple[Claim | None, int, str]:
    """What :func:`verify.checker.check` returns.

    Raises UnsupportedError if the core does not know certificates of this kind.
    """
    if core is None:
        raise UnsupportedError("--fast needs the compiled core, which is not there; check without --fast")
    return checker.judged(path, _prove)


def _prove(claim: Claim, lines: Lines) -> None:
    """Check the tree by the core; the walk counts its leaves, and what the open ones may have."""
    if claim.old or claim.shared or claim.chains or claim.definition in checker.MAPS:
        kind = f"version {claim.stated['version']}, definition {claim.definition}"
        raise UnsupportedError(
            f"--fast serves versions 3 and 6, definitions activation and patterns, not {kind}; check without --fast"
        )
    walk = Walk(claim, lines)

    def at_open_leaf(depth: int, dimension: int, lasting: int, free: list[tuple[int, int]]) -> None:
        here = range(dimension, dimension + 1)
        walk.most += claim.layers[depth].most(dict(free), lasting, here, claim.below[depth])[0] - 1

    domain = []
    for i, (row, shift) in enumerate(zip(claim.rows, claim.domain_shifts, strict=True)):
        places = (claim.single[i], claim.dimension) if i in claim.single else range(claim.entries)
        domain.append([claim.single.get(i, -1), [(j, row[j] << shift) for j in places]])
    walls = [
        [end if end is None else end >> checker.FINE for end in ends] for ends in (claim.bounds.low, claim.bounds.high)
    ]
    tree, first = core.Check(claim, domain, walls, at_open_leaf), lines.number
    while not tree.done:
        lines.number += 1
        text, known = lines.text(), tree.lines
        try:
            tree.run(text, checker.MAX_STEPS[0] + checker.MAX_STEPS[1] * lines.bytes)
        except core.Rejected as verdict:
            checker.decode(b"[%b]" % text.splitlines()[tree.lines - known - 1])  # which may say what is wrong with it
            raise Rejected(str(verdict)) from None
        finally:
            lines.number = first + tree.lines
    lines.block = (checker.decode(b"[%b]" % line) for line in text.splitlines()[tree.lines - known :])
    walk.leaves = tree.leaves
    walk.most += tree.leaves
    checker.finish(claim, walk)
