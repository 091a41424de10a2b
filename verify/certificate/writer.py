"""Writing a certificate: streamed to a temporary name, complete when it gets its own.

Memory does not grow with the number of regions, except where regions are compared: with that of affine pieces, and for
linear regions with that of all cells.  The same network, domain and number give the same bytes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import flint

from theory.errors import InternalError, InvalidInputError, UnsupportedError
from theory.exact import decimal, integer
from theory.network import Network
from verify import checker
from verify.certificate.claim import claim_line
from verify.certificate.exact_bodies import ExactBodies
from verify.certificate.merge import Leaf, merge_lines
from verify.certificate.thin_bodies import ThinBodies
from verify.certificate.tree import Bodies, Prefix, Subtree, tree_lines
from verify.certificate.verdict import long_integers
from verify.domain import Domain

__all__ = ["FEW", "bodies_for", "require_writable", "write"]

FEW = 200
"""Up to so many regions the exact evidence is there before a compiler would be loaded."""
_SHARES = 8
"""Subtrees per process, so that none waits long for the last one."""


def write(
    path: str | os.PathLike[str],
    network: Network,
    domain: Domain,
    regions: int,
    *,
    definition: str = "activation",
    jobs: int = 1,
) -> None:
    """Write the certificate that ``network`` has ``regions`` regions on ``domain``.

    Parameters
    ----------
    path : path
        Overwritten if it exists; not touched if anything fails.
    network : Network
    domain : Domain
    regions : int
        What an engine counted.
    definition : str
        What was counted: ``"activation"`` (R2), ``"patterns"`` (R1), ``"affine"`` (R6) or ``"linear"`` (R4).
    jobs : int
        Processes; the bytes are the same.  Affine maps are compared in one place, by one process.

    Raises
    ------
    InvalidInputError
        See :func:`require_writable`.
    InternalError
        If the tree shows another number than ``regions``: then an engine or the writer is wrong.
    """
    target = require_writable(path, definition)
    try:
        with TemporaryDirectory(prefix=".certificate-", dir=target.parent) as folder, long_integers():
            whole = Path(folder, "whole")
            first = claim_line(network, domain, regions, definition)
            with open(whole, "wb") as file:
                file.write(first.encode() + b"\n")
                if integer(jobs, place="jobs", minimum=1) == 1 or definition in ("affine", "linear"):
                    shown = _write_subtree(file, first, ())
                else:
                    shown = _write_by_many(file, first, jobs, Path(folder))
                file.write(b'["end",%d]\n' % shown[0])
            if shown[1] != regions:
                raise InternalError(
                    f"the engine counted {decimal(regions)} regions on {domain} but the certificate has "
                    f"{decimal(shown[1])}; one of them is wrong, please report the network"
                )
            os.replace(whole, target)
    except OSError as error:
        raise InvalidInputError(f"{target}: {error.strerror}; name a file that can be written") from None


def _write_subtree(file: BinaryIO, first: str, prefix: Prefix) -> tuple[int, int]:
    """Write the lines of a subtree; returns its number of leaves and of regions."""
    claim = checker.Claim(checker.decode(first.encode()))
    leaves = 0
    classes: dict[tuple[int, ...], dict[int, Leaf]] = {}
    for item in tree_lines(claim, bodies_for(claim), prefix):
        assert not isinstance(item, Subtree)
        file.write(item.text.encode() + b"\n")
        if item.children == 0:
            if claim.definition in ("affine", "linear"):
                members = classes.setdefault(tuple(v for row in item.values for v in row), {})
                if claim.definition == "linear":
                    members[leaves] = Leaf(list(item.path), item.witness)
            leaves += 1
    return leaves, _write_merge(file, claim, classes) if claim.definition == "linear" else len(classes) or leaves


def _write_merge(file: BinaryIO, claim: checker.Claim, classes: dict[tuple[int, ...], dict[int, Leaf]]) -> int:
    """Write which leaves of one affine map are joined; returns the number of linear regions."""
    columns = moving_columns(claim)
    solver = ThinBodies(claim.dimension, columns, ExactBodies(claim.dimension, columns).inside(claim))
    regions = 0
    for members in classes.values():
        lines, shown = merge_lines(solver, members)
        file.writelines(line.encode() + b"\n" for line in lines)
        regions += shown
    return regions


def _write_by_many(file: BinaryIO, first: str, jobs: int, folder: Path) -> tuple[int, int]:
    """Write the trunk here and the subtrees in other processes; returns the number of leaves, twice."""
    claim = checker.Claim(checker.decode(first.encode()))
    items = list(tree_lines(claim, bodies_for(claim), levels=(_SHARES * jobs).bit_length()))
    leaves = 0
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        parts = [folder / str(i) for i in range(len(items))]
        shares = {
            part: pool.submit(_write_part, part, first, item.prefix)
            for part, item in zip(parts, items, strict=True)
            if isinstance(item, Subtree)
        }
        for part, item in zip(parts, items, strict=True):
            if isinstance(item, Subtree):
                leaves += shares[part].result()
                with open(part, "rb") as lines:
                    shutil.copyfileobj(lines, file)
                part.unlink()
            else:
                file.write(item.text.encode() + b"\n")
                leaves += item.children == 0
    return leaves, leaves


def _write_part(path: Path, first: str, prefix: Prefix) -> int:
    with open(path, "wb") as file, long_integers():
        return _write_subtree(file, first, prefix)[0]


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
        names = ", ".join(checker.DEFINITIONS)
        raise UnsupportedError(f"there are no certificates for of={definition!r}; certify one of {names}")
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


def bodies_for(claim: checker.Claim) -> Bodies:
    """Who finds the evidence: exact arithmetic for few regions, floats that propose for many."""
    exact = ExactBodies(claim.dimension, moving_columns(claim))
    if claim.definition == "patterns":
        return ThinBodies(claim.dimension, exact.columns, exact.inside(claim))
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
