"""Writing a certificate: streamed to a temporary name, complete when it gets its own.

Memory does not grow with the number of regions, except where regions are compared: with that of affine pieces, and for
linear regions with that of all cells.  The same network, domain and number give the same bytes.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO

import flint

from theory.deadline import check
from theory.errors import InternalError, InvalidInputError, UnsupportedError
from theory.exact import decimal
from theory.formats.files import whole_file
from theory.network import Network
from verify import checker
from verify.certificate.claim import claim_entries, claim_of, claim_text
from verify.certificate.merge import Leaf, merge_lines
from verify.certificate.provers import ExactProver, ThinCellProver
from verify.certificate.shared import SharedWriter, is_shared
from verify.certificate.tree import ProverTree, Tree, tree_lines
from verify.certificate.verdict import long_integers
from verify.domain.shapes import Domain
from verify.engines.core import core
from verify.engines.images import rule
from verify.engines.problem import Problem
from verify.engines.symmetry import useful_symmetry

__all__ = ["count_and_write", "require_agreement", "require_writable", "tree_for", "write"]

_IN_MEMORY = 1 << 24
"""Bytes of lines that wait in the memory for the number that comes before them; more wait beside the certificate."""


def write(
    path: str | os.PathLike[str], network: Network, domain: Domain, regions: int, *, definition: str = "activation"
) -> None:
    """Write the certificate that ``network`` has ``regions`` regions on ``domain``, the number that an engine counted.

    An existing file is overwritten, but left untouched if anything fails.  ``definition`` says what was counted:
    ``"activation"`` (R2), ``"patterns"`` (R1), ``"affine"`` (R6) or ``"linear"`` (R4).  Raises errors as
    :func:`require_writable` does, and InternalError if the tree shows another number than ``regions``: then an engine
    or the writer is wrong.
    """
    require_writable(path, definition)
    if definition == "activation" and is_shared(network, domain):
        _write_shared(path, network, domain, regions)
        return
    symmetry = useful_symmetry(Problem.in_parameters(network, domain)) if definition == "activation" else None
    found = symmetry.chains if symmetry else ()
    chains = [{"parameters": chain.inputs, "signed": chain.signed, "units": chain.units} for chain in found]
    with long_integers(), whole_file(path) as file:
        stated = claim_entries(network, domain, regions, definition, symmetry=chains)
        claim = claim_of(stated, network)
        file.write(claim_text(stated, claim).encode() + b"\n")
        leaves, shown = _write_tree(file, claim, tree_for(claim, network))
        file.write(b'["end",%d]\n' % leaves)
        require_agreement(regions, shown, domain)


def count_and_write(
    path: str | os.PathLike[str], network: Network, domain: Domain, problem: Problem
) -> tuple[int, int, dict[str, Any]] | None:
    """Count the activation regions and write the certificate in one traversal: the regions are the leaves of the tree.

    The file is that of :func:`write`; ``problem`` is what the engines are given.  Returns the number, twice, and what
    the core reports of its work.  None, and no file, where such a count is made in another way than the tree: by
    images, in a chamber of a symmetry, or without the core.
    """
    # nothing was reduced where the dimensions agree
    known = problem if problem.dimension == domain.dimension else Problem.in_parameters(network, domain)
    if core is None or rule.pays(problem) or useful_symmetry(known):
        return None
    from verify.certificate.core_tree import CoreTree

    with long_integers():
        stated = claim_entries(network, domain, 1, rows=known.rows)
        claim = claim_of(stated, network)
        try:
            tree = CoreTree(claim, ExactProver(claim.dimension, moving_columns(claim)), network, known)
        except UnsupportedError:
            return None
        beside = str(Path(path).parent)
        with whole_file(path) as file, tempfile.SpooledTemporaryFile(1, dir=beside) as earlier:
            regions, last = _waiting_lines(earlier, tree)
            file.write(claim_text({**stated, "regions": regions}, claim).encode() + b"\n")
            earlier.seek(0)
            shutil.copyfileobj(earlier, file)
            file.writelines(last)
            file.write(b'["end",%d]\n' % regions)
    return regions, regions, tree.statistics


def _waiting_lines(earlier: IO[bytes], tree: Tree) -> tuple[int, list[bytes]]:
    """The number of leaves of a tree, and its last lines; those before them are all that ``earlier`` has then."""
    leaves, last, size = 0, list[bytes](), 0
    for lines in tree_lines(tree):
        check()
        leaves += lines.leaves
        last.append(lines.text.encode())
        size += len(lines.text)
        if size > _IN_MEMORY:
            earlier.writelines(last)
            last, size = [], 0
    return leaves, last


def _write_shared(path: str | os.PathLike[str], network: Network, domain: Domain, regions: int) -> None:
    """Write a certificate that shows once what cells with equal images have in common."""
    with long_integers(), whole_file(path) as file:
        stated = claim_entries(network, domain, regions, version=checker.SHARED)
        claim = claim_of(stated, network)
        writer = SharedWriter(claim)
        file.write(claim_text(stated, claim).encode() + b"\n")
        file.writelines(line.encode() + b"\n" for line in writer.lines())
        require_agreement(regions, writer.regions, domain)


def require_agreement(counted: int, shown: int, domain: Domain) -> None:
    """Where engine and writer count independently, a certificate is kept only if they agree."""
    if shown != counted:
        raise InternalError(
            f"the engine counted {decimal(counted)} regions on {domain} but the certificate has {decimal(shown)}; "
            "one of them is wrong, please report the network"
        )


def _write_tree(file: IO[bytes], claim: checker.Claim, tree: Tree) -> tuple[int, int]:
    """Write the tree and what follows it; returns its number of leaves and of regions."""
    leaves = weighed = 0
    kept: BinaryIO | None = tempfile.TemporaryFile() if claim.definition in checker.MAPS else None  # noqa: SIM115
    for lines in tree_lines(tree):
        check()
        raw = lines.text.encode()
        file.write(raw)
        leaves += lines.leaves
        if kept:
            kept.write(raw)
        elif claim.chains:
            points = (line.split(b",")[1:] for line in raw.split() if line.startswith(b"0,"))
            weighed += sum(checker.weight(claim, list(map(int, point)), file.tell()) for point in points)
    if not kept:
        return leaves, weighed if claim.chains else leaves
    with kept:
        return leaves, _write_maps(file, kept, claim)


def _write_maps(file: IO[bytes], tree: BinaryIO, claim: checker.Claim) -> int:
    """Let the checker compute the maps of the leaves of a tree; write what is wanted of linear regions, and count."""
    tree.seek(0)
    witnesses = [[int(v) for v in line.split(b",")[1:]] for line in tree if line.startswith(b"0,")]
    tree.seek(0)
    walk = checker.Walk(claim, checker.Lines(tree))
    walk.tree(checker.Cell(claim))
    if claim.definition == "affine":
        return len(walk.classes)
    columns = moving_columns(claim)
    solver = ThinCellProver(claim.dimension, columns, ExactProver(claim.dimension, columns).inside(claim))
    regions = 0
    for members in walk.classes.values():
        paths = {leaf: [(claim.unpack(row), True) for row in rows] for leaf, rows in members.items()}
        lines, shown = merge_lines(solver, {leaf: Leaf(path, witnesses[leaf]) for leaf, path in paths.items()})
        file.writelines(line.encode() + b"\n" for line in lines)
        regions += shown
    return regions


def require_writable(path: str | os.PathLike[str], definition: str = "activation") -> Path:
    """The path of a certificate to be, refused at once if nothing can come of it.

    Raises UnsupportedError if there are no certificates for this definition of a region, and InvalidInputError if the
    path names a compressed file, a device or a folder, or its folder does not exist.
    """
    if definition not in checker.CERTIFIABLE:
        names = ", ".join(checker.CERTIFIABLE)
        raise UnsupportedError(f"there are no certificates for definition={definition!r}; certify one of {names}")
    if not isinstance(path, str | os.PathLike):
        raise InvalidInputError(f"certificate={path!r} is not the name of a file")
    target = Path(path)
    try:
        os.stat(target)
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise InvalidInputError(f"a certificate cannot have that name ({reason}); choose another") from None
    if target.suffix in (".gz", ".bz2", ".xz", ".zip", ".zst"):
        raise InvalidInputError(
            f"{target}: certificates are plain text; drop the {target.suffix} and compress the file afterward"
        )
    if not target.parent.is_dir():
        raise InvalidInputError(f"{target}: there is no folder {target.parent}; create it first")
    if target.is_dir():
        raise InvalidInputError(f"{target} is a folder; name a file in it")
    if target.exists() and not target.is_file():
        raise InvalidInputError(f"{target} is no ordinary file and would be replaced by one; name another")
    return target


def tree_for(claim: checker.Claim, network: Network | None = None) -> Tree:
    """The tree to be written: by the compiled core, or by exact arithmetic where the core is not there or cannot."""
    exact = ExactProver(claim.dimension, moving_columns(claim))
    if claim.definition == "patterns":
        return ProverTree(claim, ThinCellProver(claim.dimension, exact.columns, exact.inside(claim)))
    if core is not None:
        from verify.certificate.core_tree import CoreTree

        with contextlib.suppress(UnsupportedError):
            return CoreTree(claim, exact, network)
    return ProverTree(claim, exact)


def moving_columns(claim: checker.Claim) -> Sequence[int]:
    """Parameters that matter: along the others neither the first preactivations nor the domain's rows depend on more.

    The pivot columns of all those rows; a row that vanishes on a point with zeros elsewhere takes every value that it
    takes at all (see :func:`verify.engines.problem.reduced`).
    """
    if len(set(claim.single.values())) == claim.dimension:
        return range(claim.dimension)  # a wall across every parameter
    first = claim.first_rows
    rows = [row[:-1] for row in (*claim.rows, *first)]
    if not rows:
        return [0]
    echelon, _, rank = flint.fmpz_mat(rows).rref()
    return [next(j for j in range(claim.dimension) if echelon[i, j] != 0) for i in range(rank)] or [0]
