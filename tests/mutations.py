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
        "theory/activations.py",
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
    "digits": ["tests/verify/test_checker_wide.py"],
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


_ROWS: dict[tuple[str, str], list[tuple[str, str, str]]] = {
    ("fast", "verify/engines/core/check.cpp"): [
        (
            "fast_witness_anywhere",
            "if (point_.sign_at(path_.at(i), w_, &heads_[i * n_], single) < path_.strict[i])",
            "if (false)",
        ),
        ("fast_witness_weak", "< path_.strict[i])", "< 0)"),
        (
            "fast_witness_outside_walls",
            "const int single = i < single_.size() ? single_[i] : -1;",
            "const int single = i < single_.size() ? single_[i] : -1; if (single >= 0) continue;",
        ),
        ("fast_everything_refuted", "return is_negative_between(total_.data(), w, strict);", "return true;"),
        ("fast_negative_multipliers", "if (y->negative) return false;", "if (false) return false;"),
        ("fast_long_multipliers", "most >> SPARE == 0 ? w_", "true ? w_"),
        ("fast_other_corner", "ends_[slope > 0][j];", "ends_[slope < 0][j];"),
        ("fast_without_bounds", "if (slope && !end) return false;", "if (slope && !end) return true;"),
        ("fast_bound_outside", "value < *ends_[0][j] || *ends_[1][j] < value)", "false)"),
        ("fast_bound_stays", "*changes_.back().end = std::move(changes_.back().value);", ";"),
        ("fast_children", "if (small(numbers_[0]) != pieces)", "if (false)"),
        ("fast_undecided", "if (kind == LEAF && cell_.here().open)", "if (false)"),
        ("fast_leading_zero", "(*first == '0' && last - first > 1)", "false"),
        ("fast_steps", "steps_ += steps;", "steps_ += steps / 2;"),
    ],
    ("fast", "verify/engines/core/check_cell.hpp"): [
        ("fast_old_rows", "layers[depth + 1].behind.clear();", ";"),
    ],
    ("fast", "verify/engines/core/check_dependency.hpp"): [
        ("fast_other_half", "if (c) divisor.divide(value.data(), n, next);", "divisor.divide(value.data(), n, used);"),
        ("fast_two_dependencies", "if (pivot >= height) return {};", "if (pivot >= height) return {Number(1)};"),
    ],
    ("fast", "verify/engines/core/check_numbers.hpp"): [
        ("fast_head", "if (sum > std::int64_t(most)) return 1;", "if (sum >= 0) return 1;"),
        ("fast_sign_of_an_entry", "down = minus ? y[i] : 0;", "down = 0;"),
    ],
    ("proofs", "verify/checker.py"): [
        ("adopted_rows", "column + effect * v for", "column - effect * v for"),
        ("table_without_its_error", "values -= (size if", "values -= (1 if"),
        ("split_without_its_mark", "self.decided = self.decided | bit", "self.decided = self.decided"),
        ("split_on_one_side", "other.off = self.off | field", "other.off = self.off"),
        ("second_child_on_the_other_side", "self.path.append(above)", "self.path.append(below)"),
        ("path_of_two_cells", "other.path = [*self.path, below]", "other.path = self.path; other.path.append(below)"),
        ("short_rows_without_their_error", "(size >> claim.word - 64) + 3", "0"),
        ("short_rows_with_fewer_multipliers", "len(numbers) >= p and", ""),
        ("short_rows_behind_the_path", "and min(numbers) >= 0", ""),
        ("short_rows_that_overflow", "(size := sum(numbers)) >> ROOM == 0", "(size := sum(numbers)) >= 0"),
        ("short_row_of_the_other_piece", "Condition(0, strict, -short,", "Condition(0, strict, short,"),
        ("witness_that_overflows", "most >> ROOM or", ""),
        ("lines_behind_the_tree", "and next(more, None) is None", ""),
        ("layer_without_its_error", "slack = self.claim.slack if", "slack = 0 if"),
        ("minors_of_either_sign", "found if found[-1] > 0 else", "found if found[-1] else"),
    ],
    ("digits", "verify/checker.py"): [
        ("network_on_a_hyperplane", "if above <= 0 if piece else", "if above < 0 if piece else"),
        ("network_below_a_hyperplane", "above > 0 or not (above or claim.closed)", "above > 0"),
        ("network_of_one_layer", "(*self.level.before, self.taken)", "(self.level.before + (self.taken,))[:1]"),
        ("alike_columns", "(value - values[0]) * sum(compress", "value * sum(compress"),
        (
            "sums_with_their_constant",
            "- (self.entries << word - 1 - more) - constant",
            "- (self.entries << word - 1 - more)",
        ),
        ("sums_without_signs", "negative = signs & ~signed", "negative = 0"),
        ("digits_without_the_least", "[*map(least.__add__,", "[*map((0).__add__,"),
        ("digits_in_any_version", "fits = self.claim.wide and width", "fits = width"),
        (
            "lower_bounds_above",
            "end = (upper if number & 1 else lower)[at]",
            "end = (lower if number & 1 else lower)[at]",
        ),
    ],
    ("samples", "verify/counting/samples/draws.py"): [
        (
            "samples_broken_circuits",
            "if value == 0 or (key in chosen",
            "if (key in chosen and value == 0) or (key in chosen",
        ),
    ],
    ("shared", "verify/checker.py"): [
        (
            "shared_cell_not_inside",
            'require(rest > 0 or (used and rest == 0), "a cell is',
            'require(rest > -9 or (used and rest == 0), "a cell is',
        ),
        (
            "shared_image_not_covered",
            "require(self.rest(row, evidence, rows)[1] >= 0,",
            "require(self.rest(row, evidence, rows)[1] >= -9,",
        ),
        (
            "shared_other_preactivations",
            'require(same, "the preactivations',
            'require(same or True, "the preactivations',
        ),
        (
            "shared_scale_of_other_units",
            "if compared and not any(t for _, unit in layer.stated for t in unit.points):",
            "if compared:",
        ),
        (
            "shared_sum_for_product",
            "sum(n * regions[target] for n, target in further)",
            "sum(regions[target] for n, target in further)",
        ),
    ],
    ("images", "verify/engines/images/image.py"): [
        ("images_hull_constant", "forms[i, d] - at_pivots", "forms[i, d] + at_pivots"),
    ],
    ("images", "verify/engines/images/traverse.py"): [
        (
            "images_crossing_at_the_edge",
            'np.searchsorted(starts, stops, "left")',
            'np.searchsorted(starts, stops, "right")',
        ),
    ],
    ("exact", "verify/engines/exact.py"): [
        (
            "exact_dead_unit",
            "return (dictionary, None) if row[0, d] > 0 else (None, dictionary)",
            "return (dictionary, None) if row[0, d] >= 0 else (None, dictionary)",
        ),
        ("exact_maxout_tie", "if strict:", "if True:"),
        ("exact_missing_facet", "for v in inside], rows)", "for v in inside], rows[1:])"),
        ("exact_lost_piece", "reversed(list(children(layers, cell)))", "reversed(list(children(layers, cell))[:2])"),
    ],
    ("exact", "theory/activations.py"): [
        ("exact_breakpoint_sign", "row[-1] -= numerator * one", "row[-1] += numerator * one"),
    ],
    ("exact", "theory/geometry/feasibility.py"): [
        (
            "simplex_touch_is_cut",
            "goal[0, self.dimension] / -goal[0, column] < step):",
            "goal[0, self.dimension] / -goal[0, column] <= step):",
        ),
        ("simplex_free_columns", "(c < 0 or (c != 0 and number < 0))", "(c < 0)"),
        ("simplex_pivot", "change[0, column] = 1 / c - 1", "change[0, column] = 1 / c"),
        ("simplex_largest_ratio", "if step is None or ratio < step or", "if step is None or ratio > step or"),
    ],
    ("exact", "verify/engines/problem.py"): [
        ("reduced_columns", "for i in range(r)] or [0]", "for i in range(r - 1)] or [0]"),
    ],
    ("referee", "verify/engines/brute.py"): [
        ("referee_strictness", "p.strict or q.strict", "p.strict and q.strict"),
        ("referee_ties", "(value == 0 and not strict)", "(value == 0 and strict)"),
        ("referee_elimination_sign", "[p.row[j] * b - q.row[j] * a for", "[p.row[j] * b + q.row[j] * a for"),
    ],
    ("engines", "verify/engines/core/vertices.hpp"): [
        ("vertex_sign_without_error", "if (s > e) return 1;", "if (s > 0.0) return 1;"),
        ("polygon_loses_touching_vertices", "        if (s >= 0) {  //", "        if (s > 0) {  //"),
    ],
    ("proofs", "verify/engines/core/proofs.hpp"): [
        (
            "numerators_without_their_denominator",
            "    double s = center[d] * q, e = error[d] * q;",
            "    double s = center[d], e = error[d] * q;",
        ),
    ],
    ("engines", "verify/engines/core/examine.hpp"): [
        (
            "witness_outside_the_cell",
            "if (sign * s > e && std::fabs(s) < INF && inside(geo, geo.other.data(), state, m)) return true;",
            "if (sign * s > e && std::fabs(s) < INF) return true;",
        ),
        (
            "witness_without_error",
            "const int side = s > e ? 1 : (-s > e ? -1 : 0);",
            "const int side = s > 0.0 ? 1 : -1;",
        ),
        ("no_cut_without_proof", "if (certify(geo, model, state, slot, orientation))", "if (true)"),
        (
            "other_side_keeps_witness",
            "for (int i = 0; i < geo.d(); ++i) geo.witness_of(slot)[i] = geo.other[i];",
            "for (int i = 0; i < geo.d(); ++i) geo.other[i] = geo.witness_of(slot)[i];",
        ),
    ],
    ("engines", "verify/engines/core/rows.hpp"): [
        (
            "layers_dead_unit",
            "std::fabs(c[d]) + e[d] < grain) return NEGATIVE;",
            "std::fabs(c[d]) + e[d] < grain) return POSITIVE;",
        ),
        (
            "rows_maxout_tie",
            "return piece < rival ? POSITIVE : NEGATIVE;",
            "return piece < rival ? NEGATIVE : POSITIVE;",
        ),
        ("rows_error_of_a_sum", "error = INFLATE * (error +", "error = 0.0 * (error +"),
    ],
    ("engines", "verify/engines/core/rounding.hpp"): [
        ("unit_too_small", "UNIT = 0x1p-53;", "UNIT = 0x1p-70;"),
    ],
    ("engines", "verify/engines/core/environment.hpp"): [
        (
            "environment_left_alone",
            "Environment() : found_(control_word()) { set_control_word(STANDARD); }",
            "Environment() : found_(control_word()) {}",
        ),
    ],
    ("integers", "verify/engines/core/vertices.hpp"): [
        ("exact_sign_turned", "return sign * exact.", "return exact."),
    ],
    ("proofs", "verify/engines/core/vertices.hpp"): [
        ("exact_sign_turned_row", "* (j < 0 ? 1 : state.path_name[j].sign);", ";"),
    ],
    ("integers", "verify/engines/core/residues.hpp"): [
        ("exact_few_primes", "bits / 61 + 1", "bits / 99 + 1"),
        ("exact_minus_forgotten", ">> 63 ? p - one", ">> 63 ? 0"),
    ],
    ("integers", "verify/engines/core/exact.hpp"): [
        ("exact_both_signs", "if (positive && negative)", "if (false)"),
        ("exact_old_row", "if (row.version != version)", "if (false)"),
    ],
    ("engines", "verify/engines/core/cells.hpp"): [
        ("other_part_keeps_row", "slot.kept < 0", "false"),
        ("root_cell_bends", "end = bend;", "end = bend + 1;"),
    ],
    ("engines", "verify/engines/fast.py"): [
        ("fallback_empty", "piece not in taken", "piece != min(taken)"),
        ("fallback_forgets_domain", "[*self._walls, *self._cuts[:seen], ", "[*self._walls[:1], "),
    ],
    ("engines", "verify/engines/core/chords.hpp"): [
        ("chord_crossings", "return 1 + chords + crossings;", "return 1 + chords;"),
    ],
    ("proofs", "verify/engines/core/support.hpp"): [
        ("edges_unseen", "!(s > e && s < INF)", "s > e && s > INF"),
    ],
    ("proofs", "verify/engines/core/certificate.hpp"): [
        ("rest_unproved", "!positive_on_box", "0 && positive_on_box"),
    ],
    ("objects", "theory/activations.py"): [
        ("relu_active_at_zero", "if z[0] > t)", "if z[0] >= t)"),
    ],
    ("objects", "verify/domain/shapes.py"): [
        ("segment_end", "= ((1, 0), (-1, 1))", "= ((1, 0), (-1, 2))"),
        ("box_side", "return tuple(result)", "return tuple(result[::2])"),
    ],
    ("bounds", "theory/bounds/expressions.py"): [
        ("partial_sum_short", "    for j in range(d):\n        term", "    for j in range(d - 1):\n        term"),
        ("zaslavsky_too_large", "    if d >= n:", "    if d >= n - 1:"),
    ],
    ("bounds", "theory/bounds/serra.py"): [
        ("serra_cap", "((width + carried - j, row[j])", "((width + carried - j + 1, row[j])"),
    ],
    ("bounds", "theory/bounds/dynamic_program.py"): [
        ("serra_program", "moves = program.hidden if layer < arch.depth else program.final", "moves = program.hidden"),
        ("maxout_weight", "return binomial_sum(n, d, k - 1, layer=layer)", "return binomial_sum(n, d, k, layer=layer)"),
    ],
    ("bounds", "theory/bounds/hinz.py"): [
        ("levels_of_two_dimensions", "1 + (0, 2, m)[n] * (m - level)", "1 + (0, 2, m + 1)[n] * (m - level)"),
    ],
    ("bounds", "theory/bounds/products.py"): [
        (
            "minima_forget_the_past",
            "accumulate(subject.widths, min, initial=subject.inputs)",
            "[subject.inputs, *subject.widths]",
        ),
        (
            "maxout_pairs",
            "binomial_sum(choose(k, 2) * n, d, layer=layer)",
            "binomial_sum(choose(k + 1, 2) * n, d, layer=layer)",
        ),
        (
            "central_dimension",
            "return 2 * zaslavsky_number(n - 1, d - 1) if n else 1",
            "return 2 * zaslavsky_number(n - 1, d) if n else 1",
        ),
        ("bounded_regions", "return math.comb(n - 1, d) if n else 0", "return math.comb(n, d) if n else 0"),
        ("one_input_condition", "lambda n: n >= 3, last=False", "lambda n: n >= 2, last=False"),
    ],
    ("bounds", "theory/bounds/foldings.py"): [
        ("zonotope_condition", 'yield n >= 3, f"its construction', 'yield n >= 2, f"its construction'),
        (
            "folds_of_two_units",
            "return p + least(1, greatest([p - 2, 0]))",
            "return p + least(1, greatest([p - 1, 0]))",
        ),
        ("balanced_leftover", "folds(p + 1) ** leftover * folds(p) ** (d - leftover)", "folds(p + 1) ** d"),
    ],
    ("weights", "theory/bounds/weight_aware.py"): [
        (
            "weights_forget_fixed_units",
            "yield min(state, facts.rank, len(facts.on) + level), count",
            "yield min(state, facts.rank, level), count",
        ),
        (
            "fixed_off_too_early",
            "return ends[1] is not None and ends[1] <= 0",
            "return ends[1] is not None and ends[1] <= 1",
        ),
        ("dropped_dead_units", "return ends[1] is not None and ends[1] <= 0", "return False"),
    ],
    ("arrangements", "theory/geometry/arrangement.py"): [
        (
            "restriction_forgets_parallels",
            "[trace for trace in traces if any(trace[:-1])]",
            "[trace for trace in traces if any(trace[:1])]",
        ),
        (
            "bounded_regions_unsigned",
            "return abs(sum(flat.mobius for flat in self.flats()))",
            "return sum(abs(flat.mobius) for flat in self.flats())",
        ),
    ],
    ("constructions", "theory/constructions/folds.py"): [
        ("tent_readout", "Fraction(1 if i == 0 else 2 * (-1) ** i)", "Fraction(1 if i == 0 else (-1) ** i)"),
        ("zigzag_side", "side = -1 if i == 2 else 1", "side = 1"),
        ("maxout_fold_bias", "-2 * sum(own[:j])", "2 * sum(own[:j])"),
    ],
    ("measures", "theory/geometry/polyhedra.py"): [
        ("unbounded_rays", "return not self.lines and all(ray[-1] for ray in self.rays)", "return not self.lines"),
    ],
    ("refuter", "verify/testing/refuter/conjecture_search.py"): [
        (
            "refuter_equal_is_more",
            'self._count(network, "shrinking", claimed) > claimed',
            'self._count(network, "shrinking", claimed) >= claimed',
        ),
        ("refuter_theorem_not_below", "if entry.value < claimed]", "if entry.value <= claimed]"),
    ],
    ("refuter", "verify/testing/refuter/worker.py"): [
        (
            "refuter_accepts_floats",
            "value = None if isinstance(result, str | bytes) else integer(result)",
            "value = None if isinstance(result, str | bytes) else int(result)",
        ),
        ("refuter_waits_forever", "if self._pipe.poll(limit):", "if self._pipe.poll(20 * limit):"),
    ],
}
"""By suite and file: the name of each fault, what is right, what is wrong."""

FAULTS = tuple(
    Fault(name, file, right, wrong, suite) for (suite, file), rows in _ROWS.items() for name, right, wrong in rows
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
