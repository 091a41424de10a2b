// What units do to the cell on top of the stack, and how it is divided among their pieces.
//
// A unit with one breakpoint, and where only regions are counted also one with more, is decided breakpoint by breakpoint,
// each of which may cut the cell in two.  Of any other unit the cell is cut down to each of its pieces.  The parts take the
// place of the cell, and wait there until they are on top (state.hpp).
//
// Where a certificate is written, a decision is made only if its line can be (certificate.hpp).
#pragma once

#include <type_traits>

#include "certificate.hpp"
#include "chords.hpp"

namespace linregions {

// Geometry is Vertices<1>, Vertices<2> or Simplex<D>; Writer is NoLines, or Lines<Geometry, D>, not with the first.
template <class Geometry, int D, class Writer>
class Cells : public Traversal {
protected:
    static constexpr bool SIMPLEX = std::is_same_v<Geometry, Simplex<D>>;
    static constexpr bool POLYGON = std::is_same_v<Geometry, Vertices<2>>;
    static constexpr bool WRITES = Writer::WRITES;

    Cells(const Start& start, int buffer) : Traversal(start.model, state_), state_(start, buffer), geo_(start) {}
    Cells(const Start& start, const Naming& naming)
        : Traversal(start.model, state_), state_(start, 1, true), geo_(start), lines_(naming, state_, geo_) {}
    Cells(Cells& other, int slot) : Traversal(other.model_, state_), state_(other.state_, slot), geo_(other.state_.start) {
        geo_.copy_cell(other.geo_, slot, 0, state_.slot[0].bounding());
        if (other.exact_) give(other.exact_->integers());
    }

    // After CUT: the row becomes path row m, with a number in the certificate.
    void push(int m, int number) {
        push_row(state_, m);
        lines_.pushed(m, number);
    }

    // ---- rows ----

    // What the row under test, which was judged to be of this kind, does to the cell; of `one_side` see examine.hpp.
    int decide(int slot, int m, int kind, bool one_side = false) {
        if (kind == NORMAL) {
            ++state_.tests;
            return examine(geo_, *model_, state_, exact_.get(), slot, m, one_side);
        }
        constexpr bool proves = SIMPLEX && !WRITES;  // without a line
        if constexpr (proves)
            if (kind == UNDECIDED && geo_.boxed) kind = side_on_box(geo_, state_);
        kind = judged(kind);
        if constexpr (proves)
            if (kind == UNDECIDED && exact_) return exact_side(geo_, state_, *exact_, slot, m);
        return kind;
    }

    // The kind of the row under test, found in integers if floats do not know whether it is constant.
    int judged(int kind) {
        if (kind != UNDECIDED || !exact_) return kind;
        Name name = state_.row_name;
        name.sign = 1;
        kind = exact_->constant(name);
        if (kind == NORMAL) return UNDECIDED;
        ++state_.exact_rows;
        return (kind == POSITIVE) == (state_.row_name.sign > 0) ? POSITIVE : NEGATIVE;
    }

    // What breakpoint `bend` of a unit does to the cell on top, which is perhaps known already.
    int decide_bend(int top, int layer, int unit, int bend, int known = UNDECIDED) {
        const int kind = scalar_row(*model_, state_, layer, unit, bend);
        const bool proved = kind == NORMAL && known != UNDECIDED;
        state_.tests += proved;
        const int verdict = proved ? known : decide(top, state_.slot[top].rows, kind);
        if (kind != NORMAL || (verdict != POSITIVE && verdict != NEGATIVE)) return verdict;
        const int empty = verdict == POSITIVE ? 0 : 1;
        return lines_.write_empty(exact_.get(), top, unit, empty, 0, 1, empty ? -1 : 1) ? verdict : UNDECIDED;
    }

    // The same of the next breakpoint by the answer about the unit; if it has several, the answer need not decide this one.
    int answered_bend(int top, int layer, int unit) {
        const int bend = state_.slot[top].passed;
        if (are_gone(0, bend + 1)) return POSITIVE;
        if (are_gone(bend + 1, static_cast<int>(gone_.size()))) return NEGATIVE;
        return model_->bends(layer, unit) > 1 ? decide_bend(top, layer, unit, bend) : UNDECIDED;
    }

    // ---- units ----

    // Whether the cell is cut down to each piece of the unit.
    bool by_pieces(int layer, int unit) const {
        return model_->rank(layer, unit) > 1 || (WRITES && model_->bends(layer, unit) > 1);
    }

    // What was answered about the unit: the piece that it takes, or CUTS; UNSURE if nothing was.  An answer serves once.
    int take_answer() {
        if (!std::exchange(answered_, false)) return UNSURE;
        if (std::count(gone_.begin(), gone_.end(), 0) > 1) return CUTS;
        lines_.add(answer_lines_);
        return static_cast<int>(std::find(gone_.begin(), gone_.end(), 0) - gone_.begin());
    }
    // Whether it says that pieces first ... end - 1 are empty.
    bool are_gone(int first, int end) const {
        return std::find(gone_.begin() + first, gone_.begin() + end, 0) == gone_.begin() + end;
    }

    // On entering a layer list the units that may cut the cell.
    void list_units(int top, int layer) {
        const Layer& own = model_->layers[layer];
        const double *low = state_.low.data(), *high = state_.high.data();
        std::int32_t *remaining = state_.remaining_of(top), *pieces = &state_.piece_at(layer, 0);
        int left = 0;
        if constexpr (SIMPLEX || WRITES) {
            for (int unit = 0; unit < own.units; ++unit) {
                pieces[unit] = 0;
                if (own.bends[unit] > 0) remaining[left++] = unit;
            }
        } else {
            bool bounded_all = own.units == 0;  // proved bounds, or only bounds of their signs
            if constexpr (POLYGON) bounded_all = bounded_all || bound_in_box(geo_, top, state_, layer, own.rows);
            if (!bounded_all) see_units(geo_, top, state_, layer, own.rows);
            for (int unit = 0; unit < own.units; ++unit) {
                const int row = own.first_row[unit];
                const bool bounded = own.plain || (model_->is_binary(layer, unit) && model_->shift_of(layer, unit, 0) == 0.0);
                pieces[unit] = bounded && low[row] > 0.0;
                remaining[left] = unit;
                left += own.bends[unit] > 0 && !(bounded && ((low[row] > 0.0) | (high[row] < 0.0)));
            }
        }
        state_.slot[top].position = state_.slot[top].cutting = 0;
        state_.slot[top].left = left;
    }

    // Find which of the units from `position` on cut the root cell; false if a question must be asked.
    bool filter(int top, int layer) {
        Slot& slot = state_.slot[top];
        for (; slot.position < slot.left; ++slot.position) {
            const int unit = state_.remaining_of(top)[slot.position];
            state_.first_bend[state_.at(layer, unit)] = 0;
            state_.end_bend[state_.at(layer, unit)] = model_->bends(layer, unit);
            int found = take_answer();
            if (found == UNSURE) found = lines_.settle(exact_.get(), top, layer, unit);
            if (found == UNSURE && !by_pieces(layer, unit))
                found = piece_by_bends(top, layer, unit);
            else if (found == UNSURE)
                found = WRITES ? take_pieces(top, layer, unit, false, false) : CUTS;
            if (found == UNSURE) return false;
            if (found == CUTS)
                state_.remaining_of(top)[slot.cutting++] = unit;
            else
                state_.piece_at(layer, unit) = found;
        }
        slot.left = slot.cutting;
        slot.position = slot.cutting = slot.fresh = 0;
        slot.phase = Phase::SPLIT;
        return true;
    }

    // The piece of a unit of breakpoints on a root cell, CUTS or UNSURE.
    int piece_by_bends(int top, int layer, int unit) {
        std::int32_t &first = state_.first_bend[state_.at(layer, unit)], &end = state_.end_bend[state_.at(layer, unit)];
        bool cuts = false;
        for (int bend = 0; bend < end; ++bend) {
            int verdict = side(geo_, *model_, state_, top, layer, unit, bend);
            if (verdict == UNDECIDED || (WRITES && verdict != CUT)) verdict = decide_bend(top, layer, unit, bend, verdict);
            if (verdict == UNDECIDED) return UNSURE;
            if (verdict == POSITIVE) first = bend + 1;
            if (verdict == NEGATIVE) end = bend;
            cuts = cuts || verdict == CUT;
        }
        return cuts ? CUTS : end;
    }

    // Cut the cell on top down to each piece of a unit: the piece if it takes only one there, CUTS or UNSURE.
    //
    // With `divides` the parts take the place of the cell.  If there is an answer, pieces that it says are empty are not
    // looked at.
    int take_pieces(int top, int layer, int unit, bool divides, bool answered) {
        const std::size_t before = lines_.size();
        const auto without_lines = [&](int result) { return lines_.drop(before), result; };
        int parts = 0, possible = 0, last = 0;
        for (int piece = model_->pieces_of(layer, unit) - 1; piece >= 0; --piece) {
            const int rows = model_->rows_of(layer, unit, piece), slot = top + 1 + parts;
            int live = 0;  // rows that are not constant
            bool empty = false;
            for (int at = 0; at < rows; ++at) {
                const int kind = judged(piece_row(*model_, state_, layer, unit, piece, at));
                if (WRITES && kind == UNDECIDED) return without_lines(UNSURE);
                live += kind != POSITIVE;
                empty = empty || kind == NEGATIVE;
            }
            if (empty) continue;
            ++possible;
            if (answered && gone_[piece]) continue;
            state_.copy_slot(top, slot);
            geo_.copy_cell(top, slot, state_.slot[top].rows);
            Slot& part = state_.slot[slot];
            part.phase = Phase::PART;
            part.piece = piece;
            part.fresh = !SIMPLEX;
            ++part.position;
            for (int at = 0, number = 0; at < rows && !empty; ++at) {
                const int kind = judged(piece_row(*model_, state_, layer, unit, piece, at));
                if (kind == POSITIVE) continue;
                const int m = part.bounding(), verdict = decide(slot, m, kind, true);
                if (verdict == UNDECIDED) return without_lines(UNSURE);
                if (verdict == CUT) {
                    state_.kept_of(slot)[part.kept++] = {at, lines_.number_of(top, number)};
                    push(m, lines_.number_of(top, number));
                    keep_positive(geo_, state_, slot, m);
                }
                empty = verdict == NEGATIVE;
                if (empty && !lines_.write_empty(exact_.get(), slot, unit, piece, number, live, -1)) return without_lines(UNSURE);
                ++number;
            }
            if (empty) continue;
            lines_.set_number(slot, lines_.number_of(top, live));
            last = piece;
            ++parts;
        }
        if (parts == 0) return without_lines(UNSURE);
        if (parts == 1) return possible == 1 ? without_lines(last) : last;  // the unit may not be open
        if (!divides) return without_lines(CUTS);
        for (int slot = top; slot < top + parts; ++slot) {  // one slot down
            state_.copy_slot(slot + 1, slot);
            geo_.copy_cell(slot + 1, slot, state_.slot[slot].bounding());
            lines_.set_number(slot, lines_.number_of(slot + 1, 0));
        }
        if (answered) lines_.add(answer_lines_);
        lines_.write_cut(top, parts, unit);
        state_.top = top + parts - 1;
        return CUTS;
    }

    // After CUT by a row of a unit of breakpoints: the two parts take the place of the cell.  On top is the one where the row
    // is positive; in a certificate it is the other one, since there the first piece comes first.
    void cut_by_row(int top, int layer, int unit) {
        Slot& slot = state_.slot[top];
        const int m = slot.rows, bend = slot.passed;
        push(m, lines_.number_of(top, 0));
        divide(geo_, state_, top, m, WRITES ? top : top + 1);
        ++slot.rows;
        ++slot.position;
        slot.passed = 0;
        slot.fresh = !SIMPLEX;
        state_.copy_slot(top, top + 1);
        state_.top = top + 1;
        Slot& first = state_.slot[top + 1];
        slot.phase = Phase::PART;
        slot.kept = -1;
        slot.piece = WRITES ? 1 : bend;
        first.piece = state_.piece_at(layer, unit) = WRITES ? 0 : bend + 1;
        if (!WRITES && bend + 1 < state_.end_bend[state_.at(layer, unit)]) {  // the unit is not decided there
            first.passed = bend + 1;
            state_.remaining_of(top + 1)[--first.position] = unit;
        }
        if (WRITES) turn_last_row(m + 1);
        lines_.set_number(top + 1, lines_.number_of(top, 1));
        lines_.set_number(top, lines_.number_of(top, 1));
        lines_.write_cut(top, 2, unit);
        lines_.enter_part(top + 1, {layer, unit, 0});
    }
    void turn_last_row(int m) {
        double* row = state_.row_of_path(m - 1);
        for (int k = 0; k <= state_.d(); ++k) row[k] = -row[k];
        state_.path_name[m - 1].sign = -state_.path_name[m - 1].sign;
    }

    // A part of a cell has come to the top of the stack.
    void enter_part(int top, int layer) {
        Slot& slot = state_.slot[top];
        const int unit = state_.remaining_of(top)[slot.position - 1];
        state_.piece_at(layer, unit) = slot.piece;
        if (slot.kept < 0) turn_last_row(slot.rows);
        for (int at = 0; at < slot.kept; ++at) {
            const Kept& kept = state_.kept_of(top)[at];
            piece_row(*model_, state_, layer, unit, slot.piece, kept.at);
            push(slot.rows++, kept.number);
        }
        slot.kept = 0;
        slot.phase = Phase::SPLIT;
        lines_.enter_part(top, {layer, unit, slot.piece});
    }

    // Of the units that remain for a new cell of one or two inputs keep those that cut it or may; whether all of them surely
    // do, each in two.
    bool refine(int top, int layer) {
        Slot& slot = state_.slot[top];
        std::int32_t* remaining = state_.remaining_of(top);
        int kept = slot.position;
        bool sure = true;
        for (int at = slot.position; at < slot.left; ++at) {
            const int unit = remaining[at], end = state_.end_bend[state_.at(layer, unit)];
            int verdict = UNDECIDED, bend = state_.next_bend(top, at);
            if (model_->rank(layer, unit) == 1)
                while ((verdict = side(geo_, *model_, state_, top, layer, unit, bend)) == POSITIVE && bend + 1 < end) ++bend;
            if (verdict == CUT || verdict == UNDECIDED) {
                remaining[kept++] = unit;
                sure = sure && verdict == CUT && bend + 1 == end;
            } else {
                state_.piece_at(layer, unit) = bend + (verdict == POSITIVE);
                if (at == slot.position) slot.passed = 0;
            }
        }
        state_.tests += slot.left - slot.position;
        slot.fresh = 0;
        slot.left = kept;
        return sure;
    }

    // The number of regions of the top cell in the last layer, where it is seen without cutting; UNPROVED otherwise.
    int count_uncut(int top, int layer, bool sure) {
        Slot& slot = state_.slot[top];
        const int left = slot.left - slot.position;
        if (sure && left == 1) return 2;
        if constexpr (POLYGON)
            if (slot.fresh == 0 && left > 1 && left <= MOST_CHORDS) {
                slot.fresh = -1;  // once is enough
                state_.tests += left;
                return count_chords(geo_, *model_, state_, top, layer);
            }
        (void)layer;
        return UNPROVED;
    }

    State<D> state_;
    Geometry geo_;
    Writer lines_;
};

}  // namespace linregions
