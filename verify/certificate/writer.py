"""Writing a certificate: streamed to a temporary name, complete when it gets its own.

Memory does not grow with the number of regions.  The same network, domain and number give the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import flint

from theory.errors import InternalError, InvalidInputError, UnsupportedError
from theory.exact import decimal
from theory.network import Network
from verify import checker
from verify.certificate.claim import claim_line
from verify.certificate.exact_bodies import ExactBodies
from verify.certificate.tree import Bodies, tree_lines
from verify.certificate.verdict import long_integers
from verify.domain import Domain

__all__ = ["FEW", "require_writable", "write"]

FEW = 200
"""Up to so many regions the exact evidence is there before a compiler would be loaded."""


def write(path: str | os.PathLike[str], network: Network, domain: Domain, regions: int) -> None:
    """Write the certificate that ``network`` has ``regions`` full-dimensional activation regions on ``domain``.

    Parameters
    ----------
    path : path
        Overwritten if it exists; not touched if anything fails.
    network : Network
    domain : Domain
    regions : int
        What an engine counted.

    Raises
    ------
    InvalidInputError
        See :func:`require_writable`.
    InternalError
        If the tree has another number of leaves than ``regions``: then an engine or the writer is wrong.
    """
    target = require_writable(path)
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        with long_integers(), open(unfinished, "w", encoding="utf-8", newline="\n") as file:
            first = claim_line(network, domain, regions)
            claim = checker.Claim(checker.decode(first.encode()))
            bodies = _bodies(claim)
            file.write(first + "\n")
            leaves = 0
            for line, is_leaf in tree_lines(claim, bodies):
                file.write(line + "\n")
                leaves += is_leaf
            file.write(f'["end",{leaves}]\n')
        if leaves != regions:
            raise InternalError(
                f"the engine counted {decimal(regions)} regions on {domain} but the certificate has {decimal(leaves)}; "
                "one of them is wrong, please report the network"
            )
        os.replace(unfinished, target)
    except OSError as error:
        raise InvalidInputError(f"{target}: {error.strerror}; name a file that can be written") from None
    finally:
        unfinished.unlink(missing_ok=True)


def require_writable(path: str | os.PathLike[str], definition: str = "activation") -> Path:
    """The path of a certificate to be, refused at once if nothing can come of it.

    Raises
    ------
    UnsupportedError
        If there are no certificates for this definition of a region.
    InvalidInputError
        If the path names a compressed file, or its folder does not exist.
    """
    if definition not in checker.DEFINITIONS:
        raise UnsupportedError(f"no certificate for regions by the definition {definition!r}; certify of='activation'")
    target = Path(path)
    if target.suffix in (".gz", ".bz2", ".xz", ".zip", ".zst"):
        raise InvalidInputError(
            f"{target}: certificates are plain text; drop the {target.suffix} and compress the file afterwards"
        )
    if not target.parent.is_dir():
        raise InvalidInputError(f"{target}: there is no folder {target.parent}; create it first")
    if target.is_dir():
        raise InvalidInputError(f"{target} is a folder; name a file in it")
    return target


def _bodies(claim: checker.Claim) -> Bodies:
    """Who finds the evidence: exact arithmetic for few regions, floats that propose for many."""
    exact = ExactBodies(claim.dimension, moving_columns(claim))
    if claim.regions <= FEW:
        return exact
    from verify.certificate.float_bodies import FloatBodies

    ranks = [rank or len(points) + 1 for layer in claim.layers for _, rank, points, _ in layer.units]
    return FloatBodies(claim, exact, sum(ranks) + 4, len(claim.rows) + sum(ranks))


def moving_columns(claim: checker.Claim) -> Sequence[int]:
    """Parameters that matter: along the others neither the first preactivations nor the domain's rows depend on more.

    The pivot columns of all those rows; a row that vanishes on a point with zeros elsewhere takes every value that it
    takes at all (see :func:`verify.engines.problem.reduced`).
    """
    first = claim.layers[0].preactivations(claim.values, claim.dimension) if claim.layers else []
    rows = [row[:-1] for row in (*claim.rows, *first)]
    if not rows:
        return [0]
    echelon, _, rank = flint.fmpz_mat(rows).rref()
    return [next(j for j in range(claim.dimension) if echelon[i, j] != 0) for i in range(rank)] or [0]
