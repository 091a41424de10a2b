"""Level numbers of units on R³ by a SAT solver, whose proof an independent checker accepts.

Needs the extra ``sat``: python-sat, which offers the solvers, and dratify, a checker of their proofs that shares no
code with them.  That no seven units have 43 regions of level at most 3, so that T_4(3, 7) = 42 in
:mod:`theory.bounds.hinz`, is shown, and the proof checked, by::

    python paper_checks/levels_by_sat.py 7 3 43

With ``--write FOLDER`` formulas (DIMACS) and proofs (DRAT) are left there for any other checker, such as drat-trim.

Eight units take millions of steps.  So the solver Kissat writes the proofs to files, and ``rup.cpp`` beside this file,
which the C++ compiler makes a program of, checks them.  That no eight units have 52 regions of level at most 3, so that
T_5(3, 8) = 51, is shown in seven minutes of processor time, with 140 MB of proofs, by::

    pip install --no-deps passagemath-kissat
    python paper_checks/levels_by_sat.py 8 3 52 --kissat

The question is whether m units on R³ in general position can have so many regions of level at most k
(:mod:`theory.bounds.hinz`). The vectors (a_i, b_i), i < m, and (0, 0, 0, 1), which stands for infinity, are a
uniform oriented matroid of rank 4. Its chirotope χ, the signs of the determinants of four of them, satisfies the
Grassmann–Plücker relations: of

    χ(A,a,b)·χ(A,c,d),   −χ(A,a,c)·χ(A,b,d),   χ(A,a,d)·χ(A,b,c)

not all three have the same sign, A any two elements. A pattern of signs is a region if and only if no circuit agrees
with it on its five elements, itself or its negative; the circuit on s_0 < … < s_4 has the signs (−1)^i·χ(all but
s_i). A variable for each pattern of level at most k may be true only then, and enough of them must be true. If these
clauses cannot be satisfied, no arrangement, not even of pseudoplanes, has so many.

Two cases break the symmetry of the units.

*(A)* There is a point where all units are on. The closure of these points contains no line and so has a vertex; call
its units 0, 1, 2. All others are positive there, as infinity is: χ(0,1,2,x) is the same for all x, positive if the
sign of χ is chosen so. On the line of 0 and 1 the other units lie in some order; call them 3, …, m − 1 in that order:
χ(0,1,a,b) is positive for 3 ≤ a < b < m.

*(B)* There is none. Then four units have no common point (Helly); call them 0, 1, 2, 3. So + + + + is no region of
theirs: the circuit of these and infinity has one sign, positive by the choice of χ. The vectors of the others in the
plane modulo 0 and 1, turned to the side of 2 where χ(0,1,2,·) is positive, have an order: call them 4, …, m − 1 in
this order, so that χ(0,1,2,a)·χ(0,1,2,b)·χ(0,1,a,b) is positive for a < b.
"""

from __future__ import annotations

import importlib.util
import itertools
import math
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from pysat.card import CardEnc, EncType
from pysat.formula import CNF, IDPool
from solving import checked_by_rup, options, refutation

__all__ = ["clauses", "refuted", "refuted_by_kissat"]

CASES = "AB"


def clauses(m: int, k: int, regions: int, case: str) -> CNF:
    """What must hold if m units on R³ have so many regions of level at most k; satisfied in vain or by pseudoplanes."""
    names = IDPool()
    elements = range(m + 1)
    formula = CNF()

    def chi(*places: int) -> int:
        """The literal that is true where χ is positive."""
        odd = sum(a > b for a, b in itertools.combinations(places, 2)) % 2
        return (-1 if odd else 1) * names.id(tuple(sorted(places)))

    for pair in itertools.combinations(elements, 2):
        for a, b, c, d in itertools.combinations([x for x in elements if x not in pair], 4):
            products = (
                (chi(*pair, a, b), chi(*pair, c, d)),
                (-chi(*pair, a, c), chi(*pair, b, d)),
                (chi(*pair, a, d), chi(*pair, b, c)),
            )
            formula.extend(_no_common_sign(products))
    found = []
    for off in itertools.chain(*(itertools.combinations(range(m), size) for size in range(k + 1))):
        region = names.id(("region", off))
        found.append(region)
        for circuit in itertools.combinations(elements, 5):
            agrees = [(-1) ** (i + (s in off)) * chi(*circuit[:i], *circuit[i + 1 :]) for i, s in enumerate(circuit)]
            formula.extend([[-region, *agrees], [-region, *(-literal for literal in agrees)]])
    if case == "A":
        formula.extend([[chi(0, 1, 2, x)] for x in elements if x > 2])
        formula.extend([[chi(0, 1, a, b)] for a, b in itertools.combinations(range(3, m), 2)])
    else:
        five = (0, 1, 2, 3, m)
        formula.append([-names.id(("region", ()))])
        formula.extend([[(-1) ** i * chi(*five[:i], *five[i + 1 :])] for i in range(5)])
        for a, b in itertools.combinations(range(4, m), 2):
            formula.extend(_positive_product(chi(0, 1, 2, a), chi(0, 1, 2, b), chi(0, 1, a, b)))
    formula.extend(CardEnc.atleast(found, regions, vpool=names, encoding=EncType.totalizer).clauses)
    return formula


def _no_common_sign(products: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """The products of two signs are neither all positive nor all negative."""
    factors = list(products)
    for common, *signs in itertools.product((1, -1), repeat=len(factors) + 1):
        yield [-v for (p, q), sign in zip(factors, signs, strict=True) for v in (sign * p, common * sign * q)]


def _positive_product(first: int, second: int, third: int) -> Iterator[list[int]]:
    for a, b in itertools.product((1, -1), repeat=2):
        yield [a * first, b * second, a * b * third]


def refuted(m: int, k: int, regions: int, *, checked: bool = True, folder: Path | None = None) -> bool:
    """Whether no m units on R³ have so many regions of level at most k; the proof is checked unless that is waived.

    Formulas and proofs are written into the folder, if one is given.

    >>> refuted(5, 2, 16), refuted(5, 2, 15)
    (True, False)
    """
    for case in CASES:
        formula = clauses(m, k, regions, case)
        name = folder and folder / f"{m}-units-level-{k}-regions-{regions}-{case}"
        if not refutation(formula, checked=checked, name=name):
            return False
    return True


def refuted_by_kissat(m: int, k: int, regions: int, folder: Path) -> bool:
    """The same by Kissat, through files in the folder; the proofs are checked by :func:`checked_by_rup`.

    Raises
    ------
    FileNotFoundError
        If Kissat is not installed.
    """
    kissat = _kissat()
    for case in CASES:
        name = folder / f"{m}-units-level-{k}-regions-{regions}-{case}"
        formula, proof = Path(f"{name}.cnf"), Path(f"{name}.drat")
        clauses(m, k, regions, case).to_file(str(formula))
        # without bounded variable addition, every step follows by unit propagation
        options = ("-q", "-n", "-f", "--unsat", "--no-factor")
        call = [kissat, *options, formula, proof]
        exit_code = subprocess.run(call, check=False, stdout=subprocess.DEVNULL).returncode
        if exit_code == 10:
            return False
        if exit_code != 20 or not checked_by_rup(formula, proof):
            raise AssertionError(f"case {case} is not proved: Kissat ended with {exit_code}")
    return True


def _kissat() -> str:
    package = importlib.util.find_spec("passagemath_kissat")
    folders = [] if package is None else [Path(str(package.origin)).parent.parent / "sage_wheels" / "bin"]
    found = shutil.which("kissat", path=str(folders[0])) if folders else shutil.which("kissat")
    if found is None:
        raise FileNotFoundError("Kissat is not installed: pip install --no-deps passagemath-kissat")
    return found


def main() -> None:
    parser = options("Can m units on R^3 have so many regions of level at most k?", "units", "level", "regions")
    parser.add_argument("--kissat", action="store_true", help="by Kissat and rup.cpp, for eight units")
    asked = parser.parse_args()
    units, level, regions = asked.units, asked.level, asked.regions
    patterns = sum(math.comb(units, off) for off in range(level + 1))
    if not 0 <= regions <= patterns:
        parser.error(f"{units} units have {patterns} patterns with at most {level} units off, REGIONS is {regions}")
    if asked.kissat:
        with tempfile.TemporaryDirectory() as folder:
            no = refuted_by_kissat(units, level, regions, asked.write or Path(folder))
    else:
        no = refuted(units, level, regions, checked=asked.checked, folder=asked.write)
    proof = "checked" if asked.checked or asked.kissat else "not checked"
    print(f"no: refuted, the proofs {proof}" if no else "yes, or only pseudoplanes have")


if __name__ == "__main__":
    main()
