"""Faults in the two checkers, for tests/mutations.py: name, file, the right line and the wrong one."""

CORE = "verify/engines/core"
CHECK, CELL, NUMBERS = f"{CORE}/check.cpp", f"{CORE}/check_cell.hpp", f"{CORE}/check_numbers.hpp"
DEPENDENCY = f"{CORE}/check_dependency.hpp"

CORE_CHECKER_FAULTS = [
    (
        "fast_witness_anywhere",
        CHECK,
        "if (point_.sign_at(path_.at(i), w_, &heads_[i * n_], single) < path_.strict[i])",
        "if (false)",
    ),
    ("fast_witness_weak", CHECK, "< path_.strict[i])", "< 0)"),
    (
        "fast_witness_outside_walls",
        CHECK,
        "const int single = i < single_.size() ? single_[i] : -1;",
        "const int single = i < single_.size() ? single_[i] : -1; if (single >= 0) continue;",
    ),
    ("fast_everything_refuted", CHECK, "return is_negative_between(total_.data(), w, strict);", "return true;"),
    ("fast_negative_multipliers", CHECK, "if (y->negative) return false;", "if (false) return false;"),
    ("fast_long_multipliers", CHECK, "most >> SPARE == 0 ? w_", "true ? w_"),
    ("fast_other_corner", CHECK, "ends_[slope > 0][j];", "ends_[slope < 0][j];"),
    ("fast_without_bounds", CHECK, "if (slope && !end) return false;", "if (slope && !end) return true;"),
    ("fast_bound_outside", CHECK, "value < *ends_[0][j] || *ends_[1][j] < value)", "false)"),
    ("fast_bound_stays", CHECK, "*changes_.back().end = std::move(changes_.back().value);", ";"),
    ("fast_children", CHECK, "if (small(numbers_[0]) != pieces)", "if (false)"),
    ("fast_undecided", CHECK, "if (kind == LEAF && cell_.here().open)", "if (false)"),
    ("fast_old_rows", CELL, "layers[depth + 1].behind.clear();", ";"),
    (
        "fast_other_half",
        DEPENDENCY,
        "if (c) divisor.divide(value.data(), n, next);",
        "divisor.divide(value.data(), n, used);",
    ),
    (
        "fast_two_dependencies",
        DEPENDENCY,
        "if (pivot >= height) return {};",
        "if (pivot >= height) return {Number(1)};",
    ),
    ("fast_leading_zero", CHECK, "(*first == '0' && last - first > 1)", "false"),
    ("fast_steps", CHECK, "steps_ += steps;", "steps_ += steps / 2;"),
    ("fast_head", NUMBERS, "if (sum > std::int64_t(most)) return 1;", "if (sum >= 0) return 1;"),
    ("fast_sign_of_an_entry", NUMBERS, "down = minus ? y[i] : 0;", "down = 0;"),
]

CHECKER = "verify/checker.py"
CHECKER_FAULTS = [
    ("adopted_rows", CHECKER, "column + effect * v for", "column - effect * v for"),
    ("table_without_its_error", CHECKER, "values -= (size if", "values -= (1 if"),
    ("split_without_its_mark", CHECKER, "self.decided = self.decided | bit", "self.decided = self.decided"),
    ("split_on_one_side", CHECKER, "other.off = self.off | field", "other.off = self.off"),
    ("second_child_on_the_other_side", CHECKER, "self.path.append(above)", "self.path.append(below)"),
    (
        "path_of_two_cells",
        CHECKER,
        "other.path = [*self.path, below]",
        "other.path = self.path; other.path.append(below)",
    ),
    ("short_rows_without_their_error", CHECKER, "(size >> claim.word - 64) + 3", "0"),
    ("short_rows_with_fewer_multipliers", CHECKER, "len(numbers) >= p and", ""),
    ("short_rows_behind_the_path", CHECKER, "and min(numbers) >= 0", ""),
    ("short_rows_that_overflow", CHECKER, "(size := sum(numbers)) >> ROOM == 0", "(size := sum(numbers)) >= 0"),
    ("short_row_of_the_other_piece", CHECKER, "Condition(0, strict, -short,", "Condition(0, strict, short,"),
    ("witness_that_overflows", CHECKER, "most >> ROOM or", ""),
    ("lines_behind_the_tree", CHECKER, "and next(more, None) is None", ""),
    ("layer_without_its_error", CHECKER, "slack = self.claim.slack if", "slack = 0 if"),
    ("minors_of_either_sign", CHECKER, "found if found[-1] > 0 else", "found if found[-1] else"),
]
