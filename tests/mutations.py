"""Do the tests notice?  Deliberate faults in engines, bounds and constructions, one at a time, in a copy of the tree.

    python tests/mutations.py                    # all of them
    python tests/mutations.py exact_dead_unit    # some
    python tests/mutations.py --list

Each fault replaces one line by a wrong one (a sign, an off by one, ≤ for <, a missing facet, a dropped rule) and runs
the tests that should notice.  A fault is *caught* when one of them fails, *survived* when none does: then a test is
missing.  It is *stale* when its line is no longer in the file.  The exit code is 1 unless all are caught.

The copy is made once, outside the checkout, which is never touched.  Its compiled core is made there, and again for
each fault in it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests" / "shared"))
from checker_faults import CHECKER_FAULTS, CORE_CHECKER_FAULTS  # noqa: E402

_SMALL = "not recorded and not hundreds and not wide and not without_the_core"
SUITES: dict[str, list[str]] = {
    "engines": ["tests/test_corpus.py", "tests/verify/engines/test_engines.py", "-k", _SMALL],
    "integers": ["tests/verify/engines/test_exact_core.py"],
    "exact": [
        "tests/test_corpus.py",
        "tests/verify/testing/test_laws.py",
        "tests/verify/engines/test_engines.py",
        "-k",
        _SMALL,
    ],
    "referee": ["tests/verify/engines/test_brute.py", "verify/engines/brute.py"],
    "objects": [
        "tests/verify/domain/test_domain_rows.py",
        "tests/verify/engines/test_brute.py",
        "tests/verify/testing/test_strategies.py",
        "tests/verify/testing/test_laws.py",
        "theory/activations",
    ],
    "bounds": [
        "tests/theory/bounds/test_statements.py",
        "tests/theory/bounds/test_catalog.py",
        "tests/theory/bounds/test_two_faces.py",
        "tests/theory/bounds/test_histograms.py",
        "tests/verify/testing/test_laws.py",
        "theory/bounds",
    ],
    "weights": [
        "tests/theory/bounds/test_weight_aware.py",
        "tests/verify/testing/test_laws.py",
        "theory/bounds/weight_aware.py",
    ],
    "arrangements": ["tests/theory/geometry/test_arrangement.py", "tests/verify/testing/test_laws.py"],
    "constructions": [
        "tests/theory/constructions/test_constructions.py",
        "tests/theory/constructions/test_constructions_special.py",
        "theory/constructions",
    ],
    "images": ["tests/verify/engines/test_images.py"],
    "samples": [
        "tests/verify/counting/test_samples.py",
        "tests/verify/counting/test_estimates.py",
        "-k",
        "not command",
    ],
    "proofs": ["tests/verify/certificate/test_certificates_wide.py", "tests/verify/test_checker_bounds.py"],
    "fast": [
        "tests/verify/certificate/test_fast_check.py",
        "tests/verify/test_checker_bounds.py",
        "-k",
        "not interrupt",
    ],
    "shared": ["tests/verify/test_checker_shared.py", "-k", "not deep and not random"],
    "measures": [
        "tests/theory/geometry/test_polyhedra.py",
        "tests/verify/checks/test_self_check.py",
        "tests/verify/testing/test_laws.py",
    ],
    "refuter": [
        "tests/verify/testing/test_refuter.py",
        "tests/verify/testing/test_refuter_expressions.py",
        "tests/verify/testing/test_refuter_worker.py",
    ],
}
"""Tests that should notice a fault, in the order in which they are asked; the first failure ends the run."""


@dataclass(frozen=True)
class Fault:
    """One wrong line.

    Attributes
    ----------
    name : str
    file : str
        Relative to the root.
    right, wrong : str
        What is replaced by what; ``right`` occurs once in the file.
    suite : str
        Key of :data:`SUITES`.
    """

    name: str
    file: str
    right: str
    wrong: str
    suite: str


FAULTS = (
    *(Fault(*fault, "fast") for fault in CORE_CHECKER_FAULTS),
    *(Fault(*fault, "proofs") for fault in CHECKER_FAULTS),
    # -- random regions ----------------------------------------------------------------------------------------------
    Fault(
        "samples_broken_circuits",
        "verify/counting/samples/draws.py",
        "if value == 0 or (key in chosen",
        "if (key in chosen and value == 0) or (key in chosen",
        "samples",
    ),
    # -- counting by images, certificates that share -----------------------------------------------------------------
    Fault(
        "shared_cell_not_inside",
        "verify/checker.py",
        'require(rest > 0 or (used and rest == 0), "a cell is',
        'require(rest > -9 or (used and rest == 0), "a cell is',
        "shared",
    ),
    Fault(
        "shared_image_not_covered",
        "verify/checker.py",
        "require(self.rest(row, evidence, rows)[1] >= 0,",
        "require(self.rest(row, evidence, rows)[1] >= -9,",
        "shared",
    ),
    Fault(
        "shared_other_preactivations",
        "verify/checker.py",
        'require(same, "the preactivations',
        'require(same or True, "the preactivations',
        "shared",
    ),
    Fault(
        "shared_scale_of_other_units",
        "verify/checker.py",
        "if compared and not any(t for _, unit in layer.stated for t in unit.points):",
        "if compared:",
        "shared",
    ),
    Fault(
        "shared_sum_for_product",
        "verify/checker.py",
        "sum(n * regions[target] for n, target in further)",
        "sum(regions[target] for n, target in further)",
        "shared",
    ),
    Fault(
        "images_hull_constant",
        "verify/engines/images/image.py",
        "constant -= factor * forms[at, d]",
        "constant += factor * forms[at, d]",
        "images",
    ),
    Fault(
        "images_crossing_at_the_edge",
        "verify/engines/images/last_layer.py",
        'np.searchsorted(starts, stops, "left")',
        'np.searchsorted(starts, stops, "right")',
        "images",
    ),
    # -- exact engine and referee ------------------------------------------------------------------------------------
    Fault(
        "exact_dead_unit",
        "verify/engines/exact.py",
        "return (dictionary, None) if row[0, d] > 0 else (None, dictionary)",
        "return (dictionary, None) if row[0, d] >= 0 else (None, dictionary)",
        "exact",
    ),
    Fault(
        "exact_maxout_tie",
        "verify/engines/exact.py",
        "if strict:",
        "if True:",
        "exact",
    ),
    Fault(
        "exact_breakpoint_sign",
        "theory/activations/activation.py",
        "row[-1] -= numerator * one",
        "row[-1] += numerator * one",
        "exact",
    ),
    Fault(
        "exact_missing_facet",
        "verify/engines/exact.py",
        "for v in inside], rows)",
        "for v in inside], rows[1:])",
        "exact",
    ),
    Fault(
        "exact_lost_piece",
        "verify/engines/exact.py",
        "reversed(list(children(layers, cell)))",
        "reversed(list(children(layers, cell))[:2])",
        "exact",
    ),
    Fault(
        "simplex_touch_is_cut",
        "theory/geometry/simplex.py",
        "goal[0, self.dimension] / -goal[0, column] < step):",
        "goal[0, self.dimension] / -goal[0, column] <= step):",
        "exact",
    ),
    Fault(
        "simplex_free_columns",
        "theory/geometry/simplex.py",
        "(c < 0 or (c != 0 and number < 0))",
        "(c < 0)",
        "exact",
    ),
    Fault(
        "simplex_pivot",
        "theory/geometry/simplex.py",
        "change[0, column] = 1 / c - 1",
        "change[0, column] = 1 / c",
        "exact",
    ),
    Fault(
        "simplex_largest_ratio",
        "theory/geometry/simplex.py",
        "if step is None or ratio < step or",
        "if step is None or ratio > step or",
        "exact",
    ),
    Fault(
        "reduced_columns",
        "verify/engines/problem.py",
        "for i in range(r)] or [0]",
        "for i in range(r - 1)] or [0]",
        "exact",
    ),
    Fault(
        "referee_strictness",
        "verify/engines/brute.py",
        "p.strict or q.strict",
        "p.strict and q.strict",
        "referee",
    ),
    Fault(
        "referee_ties",
        "verify/engines/brute.py",
        "(value == 0 and not strict)",
        "(value == 0 and strict)",
        "referee",
    ),
    Fault(
        "referee_elimination_sign",
        "verify/engines/brute.py",
        "[p.row[j] * b - q.row[j] * a for",
        "[p.row[j] * b + q.row[j] * a for",
        "referee",
    ),
    # -- compiled core -----------------------------------------------------------------------------------------------
    Fault(
        "vertex_sign_without_error",
        "verify/engines/core/vertices.hpp",
        "if (s > e) return 1;",
        "if (s > 0.0) return 1;",
        "engines",
    ),
    Fault(
        "polygon_loses_touching_vertices",
        "verify/engines/core/vertices.hpp",
        "        if (s >= 0) {  //",
        "        if (s > 0) {  //",
        "engines",
    ),
    Fault(
        "numerators_without_their_denominator",
        "verify/engines/core/proofs.hpp",
        "    double s = center[d] * q, e = error[d] * q;",
        "    double s = center[d], e = error[d] * q;",
        "proofs",
    ),
    Fault(
        "witness_outside_the_cell",
        "verify/engines/core/examine.hpp",
        "if (sign * s > e && std::fabs(s) < INF && inside(geo, geo.other.data(), state, m)) return true;",
        "if (sign * s > e && std::fabs(s) < INF) return true;",
        "engines",
    ),
    Fault(
        "witness_without_error",
        "verify/engines/core/examine.hpp",
        "const int side = s > e ? 1 : (-s > e ? -1 : 0);",
        "const int side = s > 0.0 ? 1 : -1;",
        "engines",
    ),
    Fault(
        "no_cut_without_proof",
        "verify/engines/core/examine.hpp",
        "if (certify(geo, model, state, slot, orientation))",
        "if (true)",
        "engines",
    ),
    Fault(
        "other_side_keeps_witness",
        "verify/engines/core/examine.hpp",
        "for (int i = 0; i < geo.d(); ++i) geo.witness_of(slot)[i] = geo.other[i];",
        "for (int i = 0; i < geo.d(); ++i) geo.other[i] = geo.witness_of(slot)[i];",
        "engines",
    ),
    Fault(
        "layers_dead_unit",
        "verify/engines/core/rows.hpp",
        "std::fabs(c[d]) + e[d] < grain) return NEGATIVE;",
        "std::fabs(c[d]) + e[d] < grain) return POSITIVE;",
        "engines",
    ),
    Fault(
        "rows_maxout_tie",
        "verify/engines/core/rows.hpp",
        "return piece < rival ? POSITIVE : NEGATIVE;",
        "return piece < rival ? NEGATIVE : POSITIVE;",
        "engines",
    ),
    Fault(
        "rows_error_of_a_sum",
        "verify/engines/core/rows.hpp",
        "error = INFLATE * (error +",
        "error = 0.0 * (error +",
        "engines",
    ),
    Fault(
        "unit_too_small",
        "verify/engines/core/rounding.hpp",
        "UNIT = 0x1p-53;",
        "UNIT = 0x1p-70;",
        "engines",
    ),
    Fault(
        "environment_left_alone",
        "verify/engines/core/environment.hpp",
        "Environment() : found_(control_word()) { set_control_word(STANDARD); }",
        "Environment() : found_(control_word()) {}",
        "engines",
    ),
    Fault("exact_sign_turned", "verify/engines/core/vertices.hpp", "return sign * exact.", "return exact.", "integers"),
    Fault(
        "exact_sign_turned_row",
        "verify/engines/core/vertices.hpp",
        "* (j < 0 ? 1 : state.path_name[j].sign);",
        ";",
        "proofs",
    ),
    Fault("exact_few_primes", "verify/engines/core/residues.hpp", "bits / 61 + 1", "bits / 99 + 1", "integers"),
    Fault("exact_minus_forgotten", "verify/engines/core/residues.hpp", ">> 63 ? p - one", ">> 63 ? 0", "integers"),
    Fault("exact_both_signs", "verify/engines/core/exact.hpp", "if (positive && negative)", "if (false)", "integers"),
    Fault("exact_old_row", "verify/engines/core/exact.hpp", "if (row.version != version)", "if (false)", "integers"),
    Fault("other_part_keeps_row", "verify/engines/core/cells.hpp", "slot.kept < 0", "false", "engines"),
    Fault("root_cell_bends", "verify/engines/core/cells.hpp", "end = bend;", "end = bend + 1;", "engines"),
    Fault("fallback_empty", "verify/engines/fallback.py", "piece not in taken", "piece != min(taken)", "engines"),
    Fault(
        "fallback_forgets_domain",
        "verify/engines/fallback.py",
        "[*self._walls, *self._cuts[:seen]]",
        "[*self._walls[:1]]",
        "engines",
    ),
    Fault(
        "chord_crossings",
        "verify/engines/core/chords.hpp",
        "return 1 + chords + crossings;",
        "return 1 + chords;",
        "engines",
    ),
    # -- certificates ------------------------------------------------------------------------------------------------
    Fault("edges_unseen", "verify/engines/core/support.hpp", "!(s > e && s < INF)", "s > e && s > INF", "proofs"),
    Fault("rest_unproved", "verify/engines/core/certificate.hpp", "!positive_on_box", "0 && positive_on_box", "proofs"),
    # -- networks and domains ----------------------------------------------------------------------------------------
    Fault(
        "relu_active_at_zero",
        "theory/activations/piecewise_linear.py",
        "if z[0] > t)",
        "if z[0] >= t)",
        "objects",
    ),
    Fault(
        "segment_end",
        "verify/domain/shapes.py",
        "= ((1, 0), (-1, 1))",
        "= ((1, 0), (-1, 2))",
        "objects",
    ),
    Fault(
        "box_side",
        "verify/domain/shapes.py",
        "return tuple(result)",
        "return tuple(result[::2])",
        "objects",
    ),
    # -- bounds ------------------------------------------------------------------------------------------------------
    Fault(
        "partial_sum_short",
        "theory/bounds/integers.py",
        "    for j in range(d):\n        term",
        "    for j in range(d - 1):\n        term",
        "bounds",
    ),
    Fault(
        "zaslavsky_too_large",
        "theory/bounds/integers.py",
        "    if d >= n:",
        "    if d >= n - 1:",
        "bounds",
    ),
    Fault(
        "minima_forget_the_past",
        "theory/bounds/integers.py",
        "return list(accumulate(sizes, min))",
        "return list(sizes)",
        "bounds",
    ),
    Fault(
        "serra_cap",
        "theory/bounds/serra.py",
        "((width + carried - j, row[j])",
        "((width + carried - j + 1, row[j])",
        "bounds",
    ),
    Fault(
        "serra_program",
        "theory/bounds/dynamic_program.py",
        "moves = program.hidden if layer < arch.depth else program.final",
        "moves = program.hidden",
        "bounds",
    ),
    Fault(
        "levels_of_two_dimensions",
        "theory/bounds/histograms.py",
        "1 + (0, 2, m)[n] * (m - level)",
        "1 + (0, 2, m + 1)[n] * (m - level)",
        "bounds",
    ),
    Fault(
        "maxout_pairs",
        "theory/bounds/products.py",
        "binomial_sum(choose(k, 2) * n, d, layer=layer)",
        "binomial_sum(choose(k + 1, 2) * n, d, layer=layer)",
        "bounds",
    ),
    Fault(
        "maxout_weight",
        "theory/bounds/dynamic_program.py",
        "return binomial_sum(n, d, k - 1, layer=layer)",
        "return binomial_sum(n, d, k, layer=layer)",
        "bounds",
    ),
    Fault(
        "central_dimension",
        "theory/bounds/products.py",
        "return 2 * zaslavsky_number(n - 1, d - 1) if n else 1",
        "return 2 * zaslavsky_number(n - 1, d) if n else 1",
        "bounds",
    ),
    Fault(
        "bounded_regions",
        "theory/bounds/products.py",
        "return math.comb(n - 1, d) if n else 0",
        "return math.comb(n, d) if n else 0",
        "bounds",
    ),
    Fault(
        "one_input_condition",
        "theory/bounds/products.py",
        "lambda n: n >= 3, last=False",
        "lambda n: n >= 2, last=False",
        "bounds",
    ),
    Fault(
        "zonotope_condition",
        "theory/bounds/foldings.py",
        'yield n >= 3, f"its construction',
        'yield n >= 2, f"its construction',
        "bounds",
    ),
    Fault(
        "folds_of_two_units",
        "theory/bounds/foldings.py",
        "return p + least(1, greatest([p - 2, 0]))",
        "return p + least(1, greatest([p - 1, 0]))",
        "bounds",
    ),
    Fault(
        "balanced_leftover",
        "theory/bounds/foldings.py",
        "folds(p + 1) ** leftover * folds(p) ** (d - leftover)",
        "folds(p + 1) ** d",
        "bounds",
    ),
    Fault(
        "weights_forget_fixed_units",
        "theory/bounds/weight_aware.py",
        "yield min(state, facts.rank, len(facts.on) + level), count",
        "yield min(state, facts.rank, level), count",
        "weights",
    ),
    Fault(
        "fixed_off_too_early",
        "theory/bounds/weight_aware.py",
        "return ends[1] is not None and ends[1] <= 0",
        "return ends[1] is not None and ends[1] <= 1",
        "weights",
    ),
    Fault(
        "dropped_dead_units",
        "theory/bounds/weight_aware.py",
        "return ends[1] is not None and ends[1] <= 0",
        "return False",
        "weights",
    ),
    # -- arrangements, constructions, measures -----------------------------------------------------------------------
    Fault(
        "restriction_forgets_parallels",
        "theory/geometry/arrangement.py",
        "[trace for trace in traces if any(trace[:-1])]",
        "[trace for trace in traces if any(trace[:1])]",
        "arrangements",
    ),
    Fault(
        "tent_readout",
        "theory/constructions/folds.py",
        "Fraction(1 if i == 0 else 2 * (-1) ** i)",
        "Fraction(1 if i == 0 else (-1) ** i)",
        "constructions",
    ),
    Fault(
        "zigzag_side",
        "theory/constructions/folds.py",
        "side = -1 if i == 2 else 1",
        "side = 1",
        "constructions",
    ),
    Fault(
        "maxout_fold_bias",
        "theory/constructions/folds.py",
        "-2 * sum(own[:j])",
        "2 * sum(own[:j])",
        "constructions",
    ),
    Fault(
        "unbounded_rays",
        "theory/geometry/polyhedra.py",
        "return not self.lines and all(ray[-1] for ray in self.rays)",
        "return not self.lines",
        "measures",
    ),
    Fault(
        "bounded_regions_unsigned",
        "theory/geometry/arrangement.py",
        "return abs(sum(flat.mobius for flat in self.flats()))",
        "return sum(abs(flat.mobius) for flat in self.flats())",
        "arrangements",
    ),
    # -- refuter -----------------------------------------------------------------------------------------------------
    Fault(
        "refuter_equal_is_more",
        "verify/testing/refuter/conjecture_search.py",
        'self._count(network, "shrinking", claimed) > claimed',
        'self._count(network, "shrinking", claimed) >= claimed',
        "refuter",
    ),
    Fault(
        "refuter_theorem_not_below",
        "verify/testing/refuter/conjecture_search.py",
        "if entry.value < claimed]",
        "if entry.value <= claimed]",
        "refuter",
    ),
    Fault(
        "refuter_accepts_floats",
        "verify/testing/refuter/worker.py",
        "value = None if isinstance(result, str | bytes) else integer(result)",
        "value = None if isinstance(result, str | bytes) else int(result)",
        "refuter",
    ),
    Fault(
        "refuter_waits_forever",
        "verify/testing/refuter/worker.py",
        "if self._pipe.poll(limit):",
        "if self._pipe.poll(20 * limit):",
        "refuter",
    ),
)
"""Every fault, by file."""


def stale(fault: Fault, root: Path = ROOT) -> bool:
    """Whether the line of the fault is not there exactly once."""
    path = root / fault.file
    return not path.is_file() or path.read_text(encoding="utf-8").count(fault.right) != 1


def copy_tree(target: Path) -> None:
    """The checkout without what git and tools keep in it."""
    skipped = shutil.ignore_patterns(
        ".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis", ".benchmarks", "build", "dist", "*.so", "*.pyd"
    )
    shutil.copytree(ROOT, target, ignore=skipped)


def builds(tree: Path) -> bool:
    """Make the compiled core of the tree, if it has one; whether that succeeds."""
    core, build = tree / "verify" / "engines" / "core", tree / "build" / "core"
    if not core.is_dir():
        return True
    configure = ["cmake", "-S", str(core), "-B", str(build), f"-DPython_EXECUTABLE={sys.executable}"]
    return all(
        subprocess.run(command, capture_output=True, check=False).returncode == 0
        for command in (configure, ["cmake", "--build", str(build)])
    )


def run_suite(tree: Path, suite: str, limit: float | None) -> int:
    """The exit code of pytest: 0 if all tests of the suite pass, 1 at the first that fails."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *SUITES[suite]]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, timeout=limit, check=False
    ).returncode


def is_caught(tree: Path, fault: Fault, limit: float) -> bool:
    """Put the fault into the tree, run its tests, take it out again; a run that takes too long is a failure, too."""
    path = tree / fault.file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")
    try:
        if "/core/" in fault.file and not builds(tree):
            return True
        return run_suite(tree, fault.suite, limit) in (1, 2)  # 2: a module with the fault cannot even be imported
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(text, encoding="utf-8")
        if "/core/" in fault.file:
            builds(tree)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the faults that are asked for and report them one by one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="FAULT", help="which; default all")
    parser.add_argument("--list", action="store_true", help="only print them")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for the tests of one fault")
    options = parser.parse_args(arguments)
    known = {fault.name: fault for fault in FAULTS}
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"there is no fault {unknown[0]!r}; --list shows them")
    faults = [known[name] for name in options.names] or list(FAULTS)
    if options.list:
        for fault in faults:
            print(f"{fault.name:32} {fault.file}")
        return 0
    missed = []
    with tempfile.TemporaryDirectory() as room:
        tree = Path(room) / "tree"
        copy_tree(tree)
        if not builds(tree):
            print("the compiled core cannot be made; see the message of: cmake -S verify/engines/core -B build/core")
            return 1
        for suite in dict.fromkeys(fault.suite for fault in faults):
            if run_suite(tree, suite, None) != 0:
                print(f"the suite {suite} fails without any fault; mend that first: pytest {' '.join(SUITES[suite])}")
                return 1
        for fault in faults:
            began = time.perf_counter()
            outcome = "stale"
            if not stale(fault, tree):
                outcome = "caught" if is_caught(tree, fault, options.limit) else "survived"
            missed += [fault.name] * (outcome != "caught")
            print(f"{outcome:9} {fault.name:32} {time.perf_counter() - began:6.1f} s", flush=True)
    print(f"{len(faults) - len(missed)} of {len(faults)} faults were caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
