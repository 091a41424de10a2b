"""The check of a certificate by the compiled core (``core/check.cpp``): a second program for the rules of the tree.

:mod:`verify.checker` reads the claim and what follows the tree, and hands over numbers: rows, weights, bounds.  The
core derives every inequality anew, line by line, in integers of fixed length.  Lines, verdict and reason are those of
the checker; numbers of more than 62 bits in a reason are the exception.
"""

import os

from theory.errors import InternalError, UnsupportedError
from verify import checker
from verify.checker import Claim, Lines, Rejected, Walk
from verify.engines.core import core


def check_fast(path: str | os.PathLike[str]) -> tuple[Claim | None, int, str]:
    """What :func:`verify.checker.check` returns.

    Raises UnsupportedError if the core does not know certificates of this kind.
    """
    if core is None:
        raise UnsupportedError("--fast needs the compiled core, which is not there; check without --fast")
    with open(path, "rb") as file:
        lines = Lines(file)
        try:
            claim = Claim(lines.next())
            if claim.old or claim.shared or claim.chains or claim.definition in checker.MAPS:
                kind = f"version {claim.stated['version']}, definition {claim.definition}"
                raise UnsupportedError(
                    f"--fast serves version 3, definitions activation and patterns, not {kind}; check without --fast"
                )
            walk = Walk(claim, lines)
            _tree(claim, lines, walk)
            checker.finish(claim, walk)
        except Rejected as verdict:
            return None, lines.number, str(verdict)
        except (IndexError, ValueError):
            return None, lines.number, "the line has too few or too many numbers"
        except MemoryError:
            return None, lines.number, "the proof needs more memory than this machine has"
    return claim, 0, ""


def _tree(claim: Claim, lines: Lines, walk: Walk) -> None:
    """Check the tree; count its leaves, and what the open ones may have, in the walk."""
    domain = []
    for i, (row, shift) in enumerate(zip(claim.rows, claim.domain_shifts, strict=True)):
        single = i in claim.single
        places = (claim.single[i], claim.dimension) if single else range(claim.entries)
        domain.append(([(j, row[j] << shift) for j in places if row[j]], single))
    low, high = ([(j, sign * end) for j, end in claim.walls[sign].items()] for sign in (-1, 1))
    tree, first = core.Check(claim, domain, low, high), lines.number
    state = core.Check.State
    while (now := tree.run()) != state.DONE:
        lines.number = first + tree.lines
        if now == state.MORE:
            lines.number += 1
            tree.feed(lines.text(), checker.MAX_STEPS[0] + checker.MAX_STEPS[1] * lines.bytes)
        elif now == state.OPEN:
            depth, dimension, lasting, free = tree.open_leaf
            here = range(dimension, dimension + 1)
            walk.most += claim.layers[depth].most(dict(free), lasting, here, claim.below[depth])[0] - 1
        elif now == state.REJECTED:
            raise Rejected(tree.reason)
        else:
            checker.decode(b"[%b]" % tree.line())
            raise InternalError(f"line {lines.number} is a list of integers, which the core did not understand")
    lines.number = first + tree.lines
    lines.block = (checker.decode(b"[%b]" % line) for line in tree.rest().splitlines())
    walk.leaves = tree.leaves
    walk.most += tree.leaves
