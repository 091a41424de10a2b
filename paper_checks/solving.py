"""What the programs that refute by a SAT solver share: one command line, and formulas refuted with checked proofs.

Needs the extra ``sat``: python-sat, which offers the solvers, and dratify, a checker of their proofs that shares no
code with them.  Where dratify would take long, ``rup.cpp`` beside this file checks, if there is a C++ compiler.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import dratify
from pysat.formula import CNF
from pysat.solvers import Solver

__all__ = ["checked_by_rup", "options", "refutation"]


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


def refutation(formula: CNF, *, checked: bool, name: Path | None = None, by_rup: bool = False) -> bool:
    """Whether a solver refutes the formula; formula and proof are written to files of this name, if it is given.

    The checker is dratify, or ``rup.cpp``, for which the proof is in binary DRAT.

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
        steps = list(solver.get_proof() or ())
    proof = "\n".join(steps)
    with tempfile.TemporaryDirectory() as folder:
        stem = name or Path(folder, "formula")
        if name is not None or (checked and by_rup):
            formula.to_file(f"{stem}.cnf")
            Path(f"{stem}.drat").write_bytes(b"".join(map(_binary, steps)) if by_rup else f"{proof}\n".encode("ascii"))
        if not checked:
            return True
        if by_rup:
            accepted = checked_by_rup(Path(f"{stem}.cnf"), Path(f"{stem}.drat"))
        else:
            accepted = dratify.check_proof(dratify.parse_dimacs(formula.to_dimacs()), proof, engine="python").ok
    if not accepted:
        raise AssertionError("the checker does not accept the proof")
    return True


def checked_by_rup(formula: Path, proof: Path) -> bool:
    """Whether ``rup.cpp``, compiled for this, accepts a proof in binary DRAT of a formula in DIMACS."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "rup")
        source = Path(__file__).with_name("rup.cpp")
        subprocess.run(["c++", "-O2", "-std=c++20", "-o", program, source], check=True)
        verdict = subprocess.run([program, formula, proof], check=False, capture_output=True, text=True)
    print(verdict.stdout or verdict.stderr, end="")
    return verdict.returncode == 0


def _binary(step: str) -> bytes:
    """A step of a proof in binary DRAT."""
    deleted = step.startswith("d")
    found = bytearray(b"d" if deleted else b"a")
    for literal in map(int, step.removeprefix("d").split()):
        number = 2 * abs(literal) + (literal < 0)
        while number > 127:
            found.append(number & 127 | 128)
            number >>= 7
        found.append(number)
    return bytes(found)
