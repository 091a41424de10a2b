"""What the programs that refute by a SAT solver share: one command line, and formulas refuted with checked proofs.

Needs the extra ``sat``: python-sat, which offers the solvers, and dratify, a checker of their proofs that shares no
code with them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import dratify
from pysat.formula import CNF
from pysat.solvers import Solver

__all__ = ["options", "refutation"]


def options(question: str, *numbers: str) -> argparse.ArgumentParser:
    """A parser of the numbers with these names, and of what is done with the proofs."""
    parser = argparse.ArgumentParser(description=question)
    for name in numbers:
        parser.add_argument(name, type=int)
    parser.add_argument(
        "--checked",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="another program checks the proofs",
    )
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="leave formulas and proofs in this folder")
    return parser


def refutation(formula: CNF, *, checked: bool, name: Path | None = None) -> bool:
    """Whether a solver refutes the formula; formula and proof are written to files of this name, if it is given.

    Raises
    ------
    AssertionError
        If the proof is to be checked, and the checker does not accept it.

    >>> refutation(CNF(from_clauses=[[1, 2], [-1, 2], [-2]]), checked=True)
    True
    >>> refutation(CNF(from_clauses=[[1, 2], [-1, 2]]), checked=True)
    False
    """
    with Solver(name="cadical153", bootstrap_with=formula, with_proof=checked or name is not None) as solver:
        if solver.solve():
            return False
        proof = "\n".join(solver.get_proof() or ())
    if name is not None:
        formula.to_file(f"{name}.cnf")
        Path(f"{name}.drat").write_text(proof + "\n", encoding="ascii")
    if checked and not dratify.check_proof(dratify.parse_dimacs(formula.to_dimacs()), proof, engine="python").ok:
        raise AssertionError("the checker does not accept the proof")
    return True
