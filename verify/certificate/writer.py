"""Writing a certificate: streamed to a temporary name, complete when it gets its own.

Memory does not grow with the number of regions, except where regions are compared: with that of affine pieces, and for
linear regions with that of all cells.  The same network, domain and number give the same bytes.
"""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, takewhile
from pathlib import Path
from typing import IO, Any, NamedTuple

import flint

from theory.deadline import check
from theory.errors import InternalError, InvalidInputError, UnsupportedError
from theory.exact import decimal
from theory.formats.files import whole_file
from theory.network import Network
from verify import checker
from verify.certificate.claim import claim_entries, claim_of, claim_text, prepared_claim
from verify.certificate.provers import Condition, ExactProver, Point, Refutation, ThinCellProver
from verify.certificate.shared import SharedWriter, is_shared
from verify.certificate.tree import ProverTree, Tree, tree_lines
from verify.certificate.verdict import long_integers
from verify.domain.shapes import Domain
from verify.engines.core import core
from verify.engines.images.run import pays
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
    version, chains = None, list[dict[str, Any]]()
    if definition == "activation" and is_shared(network, domain):
        version = checker.SHARED
    elif definition == "activation" and (symmetry := useful_symmetry(Problem.in_parameters(network, domain))):
        chains = [{"parameters": c.inputs, "signed": c.signed, "units": c.units} for c in symmetry.chains]
    with long_integers(), whole_file(path) as file:
        stated = claim_entries(network, domain, regions, definition, version=version, symmetry=chains)
        claim = claim_of(stated, network)
        file.write(claim_text(stated, claim).encode() + b"\n")
        if claim.shared:
            writer = SharedWriter(claim)
            file.writelines(line.encode() + b"\n" for line in writer.lines())
            shown = writer.regions
        else:
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
    if core is None or pays(problem) or useful_symmetry(known):
        return None
    from verify.certificate.core_tree import CoreTree

    with long_integers():
        claim, (before, behind) = prepared_claim(network, domain, known.rows)
        try:
            tree = CoreTree(claim, ExactProver(claim.dimension, moving_columns(claim)), network, known)
        except UnsupportedError:
            return None
        beside, regions, size, waiting = str(Path(path).parent), 0, 0, list[bytes]()
        with whole_file(path) as file, tempfile.SpooledTemporaryFile(1, dir=beside) as more:
            for lines in tree_lines(tree):
                check()
                regions += lines.leaves
                size += len(lines.text)
                waiting.append(lines.text.encode())
                if size > _IN_MEMORY:
                    more.writelines(waiting)
                    waiting.clear()
            file.write(b'%s"regions":%d%s\n' % (before, regions, behind))
            more.seek(0)
            shutil.copyfileobj(more, file)
            file.writelines([*waiting, b'["end",%d]\n' % regions])
    return regions, regions, tree.statistics


def require_agreement(counted: int, shown: int, domain: Domain) -> None:
    """Where engine and writer count independently, a certificate is kept only if they agree."""
    if shown != counted:
        raise InternalError(
            f"the engine counted {decimal(counted)} regions on {domain} but the certificate has {decimal(shown)}; "
            "one of them is wrong, please report the network"
        )


def _write_tree(file: IO[bytes], claim: checker.Claim, tree: Tree) -> tuple[int, int]:
    """Write the tree and what follows it; returns its number of leaves and of regions."""
    leaves = shown = 0
    with tempfile.TemporaryFile() as kept:  # the tree once more, whose leaves are compared
        for lines in tree_lines(tree):
            check()
            raw = lines.text.encode()
            file.write(raw)
            leaves += lines.leaves
            if claim.maps:
                kept.write(raw)
            elif claim.chains:
                points = (line.split(b",")[1:] for line in raw.split() if line.startswith(b"0,"))
                shown += sum(checker.weight(claim, list(map(int, point)), file.tell()) for point in points)
            else:
                shown += lines.leaves
        return leaves, _write_maps(file, kept, claim) if claim.maps else shown


def _write_maps(file: IO[bytes], tree: IO[bytes], claim: checker.Claim) -> int:
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


class Leaf(NamedTuple):
    """A leaf of the tree: the conditions of its path and its witness."""

    path: list[Condition]
    witness: Point


def merge_lines(solver: ThinCellProver, leaves: Mapping[int, Leaf]) -> tuple[list[str], int]:
    """The lines about the leaves of one affine map, given by their numbers, and the number of linear regions.

    Two leaves can share a facet only in the one hyperplane that has them on its two sides.  One exact linear program
    asks for a point there at which every other row of both is positive.  Such a point lies inside a facet that both
    share, a *bridge* in the words of the format; without one, the multipliers show that there is no shared facet.
    """
    if len(leaves) == 1:
        return [], 1
    from networkx.utils import UnionFind  # slow to load

    rows = {i: {checker.primitive(row) for row, _ in leaf.path} for i, leaf in leaves.items()}
    opposite = {i: {checker.primitive(row, -1) for row, _ in leaf.path} for i, leaf in leaves.items()}
    joined = UnionFind(leaves)
    shared_facets: list[str] = []
    no_shared_facet: dict[tuple[int, int], str] = {}
    for i, j in combinations(leaves, 2):
        if joined[i] == joined[j] or len(walls := rows[i] & opposite[j]) != 1:
            continue
        found = _shared_facet(solver, leaves[i], leaves[j], *walls)
        if isinstance(found, list):
            joined.union(i, j)
            shared_facets.append(_line(i, j, found))
        else:
            no_shared_facet[i, j] = _line(i, j, found)
    first = json.dumps(["class", min(leaves), len(shared_facets)], separators=(",", ":"))
    reasons = [line for (i, j), line in no_shared_facet.items() if joined[i] != joined[j]]
    return [first, *shared_facets, *reasons], sum(1 for _ in joined.to_sets())


def _shared_facet(solver: ThinCellProver, first: Leaf, second: Leaf, wall: tuple[int, ...]) -> Point | Refutation:
    """A point inside the facet that two leaves share in a hyperplane, or multipliers that show that there is none."""
    own, theirs = (list(_weakened(leaf.path, wall)) for leaf in (first, second))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(own, theirs, strict=False)))
    found = solver.solve(first.witness, own, theirs[same:])
    if isinstance(found, list):
        return found
    names, multipliers = found
    return [i if i >= 0 else len(own) + same - 1 - i for i in names], multipliers


def _weakened(path: list[Condition], wall: tuple[int, ...]) -> Iterator[Condition]:
    """The conditions, those that are multiples of the wall not strict."""
    for row, _ in path:
        yield row, checker.primitive(row) != wall != checker.primitive(row, -1)


def _line(i: int, j: int, last: Point | Refutation) -> str:
    return json.dumps([i, j, last], separators=(",", ":"))


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
        return ProverTree(ThinCellProver(claim.dimension, exact.columns, exact.inside(claim)), claim)
    if core is not None:
        from verify.certificate.core_tree import CoreTree

        with contextlib.suppress(UnsupportedError):
            return CoreTree(claim, exact, network)
    return ProverTree(exact, claim)


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
