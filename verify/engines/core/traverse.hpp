// One traversal for every geometry: depth-first over layers and units, one cell at a time.
//
// On entering a layer, the preactivations are affine functions of the input on the whole cell.  Every unit of the layer is
// first tested on that *root cell*, and only those that cut it are looked at again below; then the root cell is divided
// by one unit after the other (cells.hpp).  The parts take its place, so the depth of the stack is bounded by the pieces
// of all units, whatever the number of regions.  Slots below `bottom` were handed to another traversal.
//
// A count and the certificate of a count are made by the same traversal; the `Writer` writes the lines, or nothing.
//
// Floats propose and, where the error model allows, decide.  Where only regions are counted, the rest is decided in
// integers (exact.hpp), which the caller gives when it is first asked.  What they cannot decide stops the traversal with
// the status ASK; the caller says which pieces of the unit are empty and calls `run` again.  If that does not help, since
// the cell is too thin for floats, all of it is left to the caller: EXACT.
//
// Why the description in state.hpp holds.  A slot below the top is a part that waits, and all slots above it come from
// other parts of the same cell.  They append rows to the path from its `rows` on, apart from the last one if it turns that
// one around; so its own rows stay as they are.  Only a slot in the phases ENTER and FILTER writes `center` and all
// `pieces` of a layer, one that comes after those of all slots below.  In the layer of a slot below, the slots above decide
// only units that remained for it, and the one that divided the cell; so what `pieces` says of the others stays.
//
// Why every region is found once.  A cell that is cut is replaced by parts with disjoint interiors, none of which is empty,
// and what of its interior they do not contain lies on the rows between them.  A cell that is not cut stays as it is, and
// the piece is noted.  Where a question is asked, the slot stands before the test that decided nothing, and makes it again
// with the answer.
#pragma once

#include "cells.hpp"
#include "environment.hpp"

namespace linregions {

template <class Geometry, int D, class Writer = NoLines>
class Loop final : public Cells<Geometry, D, Writer> {
    using Base = Cells<Geometry, D, Writer>;
    using Base::answered_, Base::asked_, Base::geo_, Base::gone_, Base::lines_, Base::model_, Base::SIMPLEX;
    using Base::state_, Base::WRITES;
    using typename Traversal::Until;

public:
    Loop(const Start& start, bool record) : Base(start, record ? LEAVES : 1), record_(record) { begin(); }
    Loop(const Start& start, const Naming& naming) : Base(start, naming) { begin(); }
    Loop(Loop& other, int slot) : Base(other, slot), record_(other.record_) {}

    std::unique_ptr<Traversal> split_off() override {
        if constexpr (!WRITES)
            if (state_.top > state_.bottom) return std::make_unique<Loop>(*this, state_.bottom++);
        return nullptr;
    }

    std::int64_t pivots() const override {
        if constexpr (SIMPLEX)
            return geo_.pivots;
        else
            return 0;
    }
    std::vector<double> witness() override {
        if constexpr (SIMPLEX) {
            const double* w = geo_.witness_of(state_.top);
            return {w, w + geo_.d()};
        } else {
            return {};
        }
    }
    bool move_witness(const std::vector<double>& row, double share) override {
        if constexpr (SIMPLEX) {
            Environment environment;
            const int top = state_.top, scratch = geo_.scratch(), m = state_.slot[top].rows, d = geo_.d();
            geo_.copy_cell(top, scratch, m);
            minimize(geo_, state_, scratch, m, 1, row.data(), geo_.deep.data());
            geo_.vertex(scratch, geo_.edge.data());
            double* witness = geo_.witness_of(top);
            for (int i = 0; i < d; ++i) geo_.other[i] = geo_.edge[i] + share * (witness[i] - geo_.edge[i]);
            if (!inside(geo_, geo_.other.data(), state_, m)) return false;
            for (int i = 0; i < d; ++i) witness[i] = geo_.other[i];
            return true;
        } else {
            (void)row, (void)share;
            return false;
        }
    }
    std::pair<std::vector<int>, bool> proposal() override {
        if constexpr (WRITES) {
            Environment environment;
            const int layer = state_.slot[state_.top].layer;
            if (asked_ >= 0 && model_->is_binary(layer, asked_) && scalar_row(*model_, state_, layer, asked_, 0) == NORMAL)
                return lines_.proposal();
        }
        return {};
    }
    Written* written() override {
        if constexpr (WRITES)
            return &lines_;
        else
            return nullptr;
    }

protected:
    Status go(double seconds, int floor, Until until) override {
        Environment environment;
        return loop(seconds, state_.bottom + floor, until);
    }

private:
    static constexpr int LEAVES = 4096;
    static constexpr std::size_t BYTES = 1 << 16;  // of lines

    void begin() {
        Environment environment;
        if constexpr (SIMPLEX) this->served_ = begins_inside(geo_, state_);
    }

    // Append the pattern of a region to the buffer.
    void write_pattern() {
        std::int16_t* line = state_.leaves.data() + static_cast<std::size_t>(state_.written++) * model_->all_units;
        for (int layer = 0; layer < model_->depth; ++layer)
            for (int unit = 0; unit < model_->layers[layer].units; ++unit)
                *line++ = static_cast<std::int16_t>(state_.piece_at(layer, unit));
    }

    // Go on until the stack is empty down to `floor`, a question must be asked, the buffer is full or the time is over.
    Status loop(double seconds, int floor, Until until) {
        const bool counts = !WRITES && !record_;
        const int depth = model_->depth;
        Clock clock(seconds, state_.tests);
        while (state_.top >= floor) {
            if (clock.is_over(state_.tests)) return Status::PAUSED;
            const int top = state_.top;
            Slot& slot = state_.slot[top];
            const int layer = slot.layer, m = slot.rows;
            switch (slot.phase) {
            case Phase::DOMAIN_ROWS: {
                const int at = slot.position;
                if (at == state_.start.domain_rows) {
                    slot.phase = Phase::ENTER;
                    break;
                }
                const bool answered = std::exchange(answered_, false);
                if (answered && !gone_[0]) return Status::EXACT;
                const int verdict = answered ? POSITIVE : this->decide(top, m, domain_row(state_, at), true);
                if (verdict == UNDECIDED || verdict == NEGATIVE) return this->ask(-1 - at);
                if (verdict == CUT) {
                    push_row(state_, m);
                    lines_.pushed_domain_row(m, at);
                    keep_positive(geo_, state_, top, m);
                    ++slot.rows;
                }
                ++slot.position;
                break;
            }
            case Phase::ENTER: {
                if (layer == depth) {
                    if (state_.written == state_.buffer || lines_.size() >= BYTES) return Status::FULL;
                    if (record_) write_pattern();
                    if (!lines_.write_leaf(false)) return Status::EXACT;
                    if (until == Until::SETTLED) return Status::LEAF;
                    ++state_.count;
                    state_.top = top - 1;
                    if (until == Until::NODE) return Status::LEAF;
                    break;
                }
                if (WRITES) copy_sum(state_, depth + layer, layer);
                if (!enter_layer(*model_, state_, layer)) return Status::EXACT;
                this->list_units(top, layer);
                lines_.enclose_cell();
                lines_.see_cell();
                slot.phase = Phase::FILTER;
                break;
            }
            case Phase::FILTER: {
                if (!this->filter(top, layer)) return this->ask(state_.remaining_of(top)[slot.position]);
                if (WRITES) keep_sum(*model_, state_, layer + 1, slot.left);
                if (counts && layer + 1 == depth && slot.left == 1 && model_->is_binary(layer, state_.remaining_of(top)[0])) {
                    state_.count += 2;
                    state_.top = top - 1;
                }
                break;
            }
            case Phase::PART:
                this->enter_part(top, layer);
                [[fallthrough]];
            case Phase::SPLIT: {
                const bool sure = !SIMPLEX && !WRITES && slot.fresh == 1 && this->refine(top, layer);
                if (WRITES && std::exchange(slot.fresh, 0)) lines_.enclose_cell(), lines_.see_cell();
                const int at = slot.position;
                if (at == slot.left) {
                    slot.layer = layer + 1;
                    slot.phase = Phase::ENTER;
                    break;
                }
                if (until == Until::SETTLED) return lines_.write_leaf(true) ? Status::CUT : Status::EXACT;
                const bool counted_here = counts && layer + 1 == depth;  // without building the cells, where that is proved
                if (const int found = counted_here ? this->count_uncut(top, layer, sure) : UNPROVED; found != UNPROVED) {
                    state_.count += found;
                    state_.top = top - 1;
                    break;
                }
                const int unit = state_.remaining_of(top)[at], end = state_.end_bend[state_.at(layer, unit)];
                int found = this->take_answer();
                const bool answered = found == CUTS;
                if (found == UNSURE) found = lines_.settle(this->exact_.get(), top, layer, unit);
                if (found < 0 && this->by_pieces(layer, unit)) {
                    found = this->take_pieces(top, layer, unit, true, answered);
                    if (found == UNSURE) return answered ? Status::EXACT : this->ask(unit);
                } else if (found < 0) {
                    slot.passed = state_.next_bend(top, at);
                    const int verdict =
                        answered ? this->answered_bend(top, layer, unit) : this->decide_bend(top, layer, unit, slot.passed);
                    if (verdict == UNDECIDED) return answered ? Status::EXACT : this->ask(unit);
                    if (counted_here && at + 1 == slot.left && (slot.passed + 1 == end || verdict == NEGATIVE)) {
                        state_.count += verdict == CUT ? 2 : 1;  // nothing else can cut the cell
                        state_.top = top - 1;
                        break;
                    }
                    if (verdict == CUT)
                        this->cut_by_row(top, layer, unit);
                    else if (verdict == NEGATIVE)
                        found = slot.passed;
                    else if (++slot.passed == end)
                        found = end;
                }
                if (found >= 0) {
                    state_.piece_at(layer, unit) = found;
                    slot.passed = 0;
                    ++slot.position;
                }
                if (until == Until::NODE && state_.top > top) return Status::CUT;
                break;
            }
            }
        }
        return Status::DONE;
    }

    bool record_ = false;  // whether patterns are written
};

}  // namespace linregions
