// One traversal for every geometry: depth-first over layers and units, one cell at a time.
//
// On entering a layer, the preactivations are affine functions of the input on the whole cell; every hyperplane of the
// layer (model.hpp) is first tested on that *root cell*, and only those that cut it are looked at again below.  Then
// the root cell is split by one hyperplane after the other.  The stack holds one pending sibling per cut, so its depth is
// bounded by the number of hyperplanes, whatever the number of regions.  Slots below `bottom` were handed to another
// traversal.
//
// Floats propose and, where the error model allows, decide; the rest is decided in integers (exact.hpp), which the caller
// gives when it is first asked.  What they cannot decide stops the traversal with the status ASK_ROW; the caller answers
// exactly and calls `run` again.
//
// Why the description in state.hpp holds.  A slot below the top is in the phase SPLIT, and all slots above it are parts
// of its cell.  They append rows to the path from its `rows` on, so its own rows stay as they are.  Only a slot in the
// phases ENTER and FILTER writes `center`, `base` and `cutting`, of a layer that comes after those of all slots below.  In
// the layer of a slot below, the slots above decide only hyperplanes that remained for it; so what `passed` says of the
// others stays.
//
// Why every region is found once.  A cell that a row cuts is replaced by its two sides, which both have an interior; a
// cell that no row cuts keeps its interior, and the side is noted.  Where a question is asked, the slot stands before the
// test that decided nothing, and makes it again with the answer.
#pragma once

#include <type_traits>

#include "chords.hpp"
#include "environment.hpp"
#include "examine.hpp"
#include "layers.hpp"
#include "traversal.hpp"

namespace linregions {

// Geometry is Vertices<1>, Vertices<2> or Simplex<D>.
template <class Geometry, int D>
class Loop final : public Traversal {
    static constexpr bool SIMPLEX = std::is_same_v<Geometry, Simplex<D>>;
    static constexpr bool POLYGON = std::is_same_v<Geometry, Vertices<2>>;

public:
    Loop(const Start& start, bool record)
        : Traversal(start.model, state_), state_(start, record ? LEAVES : 1), geo_(start), record_(record) {
        Environment environment;
        if constexpr (SIMPLEX) served_ = begins_inside(geo_, state_);
    }
    Loop(Loop& other, int slot)
        : Traversal(other.model_, state_), state_(other.state_, slot), geo_(other.state_.start),
          record_(other.record_) {
        if constexpr (SIMPLEX)
            geo_.copy_slot(other.geo_, slot, 0, state_.slot[0].rows);
        else
            geo_.copy_cell(other.geo_, slot, 0);
        if (other.exact_) give(other.exact_->integers());
    }

    std::unique_ptr<Traversal> split_off() override {
        if (state_.top <= state_.bottom) return nullptr;
        return std::make_unique<Loop>(*this, state_.bottom++);
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
            geo_.copy_slot(top, scratch, m);
            geo_.express(scratch, row.data(), geo_.deep.data());
            geo_.descend(scratch, m, geo_.deep.data(), -INF);
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
    std::vector<std::pair<const char*, std::int64_t>> work() const override {
        std::int64_t pivots = 0, on_the_box = 0, by_basis = 0, by_layer = 0;
        if constexpr (SIMPLEX)
            pivots = geo_.pivots, on_the_box = geo_.proved_on_the_box, by_basis = geo_.proved_by_basis,
            by_layer = geo_.proved_by_layer;
        return {{"tests", state_.tests},
                {"pivots", pivots},
                {"proved_on_the_box", on_the_box},
                {"proved_by_basis", by_basis},
                {"proved_by_layer", by_layer},
                {"exact_signs", state_.exact_signs},
                {"exact_rows", state_.exact_rows}};
    }

protected:
    Status go(double seconds) override {
        Environment environment;
        return loop(seconds);
    }

private:
    static constexpr int LEAVES = 4096;

    // What the (normal) row under test does to the cell.
    int examine_row(int slot, int m) {
        ++state_.tests;
        if constexpr (SIMPLEX)
            return examine(geo_, *model_, state_, exact_.get(), slot, m);
        else
            return classify(geo_, slot, state_, exact_.get());
    }

    // After CUT: the positive part goes to the next slot, the other part stays; the row becomes path row m.
    void split_cell(int slot, int m) {
        push_row(state_, m);
        if constexpr (SIMPLEX)
            divide(geo_, slot, m, slot + 1, slot);
        else
            split(geo_, state_, slot, slot + 1, m);
    }

    // After CUT: the slot keeps the part where the row is positive; the row becomes path row m.
    void keep_positive(int slot, int m) {
        push_row(state_, m);
        if constexpr (SIMPLEX) {
            linregions::keep_positive(geo_, slot, m);
        } else {
            split(geo_, state_, slot, slot + 1, m);
            geo_.copy_cell(slot + 1, slot);
        }
    }

    // A copy of the cell in the next slot.
    void copy_cell(int slot, int m) {
        if constexpr (SIMPLEX)
            geo_.copy_slot(slot, slot + 1, m);
        else
            geo_.copy_cell(slot, slot + 1);
    }

    // The verdict on the row under test, taking an answer from outside first, which serves once.
    int decide(int slot, int m, int kind) {
        if (state_.answer != NO_ANSWER) return std::exchange(state_.answer, NO_ANSWER);
        if (kind == NORMAL) return examine_row(slot, m);
        if constexpr (SIMPLEX)
            if (kind == UNDECIDED && geo_.boxed) kind = side_on_box(geo_, state_);
        if (kind != UNDECIDED || !exact_) return kind;
        kind = exact_->constant(state_.row_name);
        if (kind != NORMAL) {
            ++state_.exact_rows;
            return kind;
        }
        if constexpr (SIMPLEX) return exact_side(geo_, state_, *exact_, slot, m);
        return UNDECIDED;
    }

    // What a scalar unit's hyperplane does to a cell of one or two inputs, where the signs at its vertices decide.
    int side(int slot, int layer, int hyperplane) {
        if constexpr (SIMPLEX) {
            return UNDECIDED;
        } else {
            const int row = model_->row_of(layer, model_->unit_of(layer, hyperplane));
            double center[D + 1], error[D + 1];
            for (int k = 0; k <= D; ++k) {
                center[k] = state_.center_of(layer, k)[row];
                error[k] = state_.error_of(layer, k)[row];
            }
            subtract_shift(center[D], error[D], model_->shift_of(layer, hyperplane), D);
            return sides(geo_, slot, center, error, model_->layers[layer].granularity);
        }
    }

    // Find which of the hyperplanes from `position` on cut the root cell; false if a question must be asked.
    bool filter(int slot, int layer, int m) {
        const int n = model_->layers[layer].hyperplanes;
        const double *low = state_.low.data(), *high = state_.high.data();
        const int first = state_.slot[slot].position;
        const bool plain = !SIMPLEX && model_->layers[layer].plain;
        if constexpr (!SIMPLEX)
            if (n > 0) classify_all(geo_, slot, state_, layer, model_->layers[layer].rows);
        if (first == 0) {
            state_.number[layer] = 0;
            for (int u = 0; u < model_->layers[layer].units; ++u) state_.base_at(layer, u) = plain && low[u] > 0.0 ? 1 : 0;
        }
        for (int hyperplane = first; hyperplane < n; ++hyperplane) {
            if (plain && ((low[hyperplane] > 0.0) | (high[hyperplane] < 0.0))) continue;  // base has it already
            const int unit = model_->unit_of(layer, hyperplane);
            if (model_->rank(layer, unit) > 1) {
                state_.cutting_at(layer, state_.number[layer]++) = hyperplane;
                continue;
            }
            const int row = model_->row_of(layer, unit);
            int verdict = UNDECIDED;
            if (!SIMPLEX && state_.answer == NO_ANSWER) {  // an answer is about the first hyperplane that gets here
                if (!plain && model_->shift_of(layer, hyperplane) == 0.0 && (low[row] > 0.0 || high[row] < 0.0)) {
                    state_.base_at(layer, unit) += low[row] > 0.0;
                    continue;
                }
                verdict = side(slot, layer, hyperplane);
            }
            if (verdict == UNDECIDED) verdict = decide(slot, m, scalar_row(*model_, state_, layer, hyperplane));
            if (verdict == UNDECIDED) {
                state_.slot[slot].position = hyperplane;
                return false;
            }
            if (verdict == POSITIVE)
                ++state_.base_at(layer, unit);
            else if (verdict == CUT)
                state_.cutting_at(layer, state_.number[layer]++) = hyperplane;
        }
        return true;
    }

    // Whether the cutting hyperplane of this index is one of a scalar unit.
    bool is_scalar(int layer, int index) {
        return model_->rank(layer, model_->unit_of(layer, state_.cutting_at(layer, index))) == 1;
    }

    // Append the pattern of a region to the buffer.
    void write_leaf() {
        std::int16_t* line = state_.leaves.data() + static_cast<std::size_t>(state_.written++) * model_->all_units;
        for (int layer = 0; layer < model_->depth; ++layer) {
            int at = 0;
            for (int u = 0; u < model_->layers[layer].units; ++u)
                *line++ = static_cast<std::int16_t>(piece_of(*model_, state_, layer, u, at));
        }
    }

    // Of the hyperplanes that remain for a new cell keep those that cut it or may; whether all of them surely do.
    bool refine(int slot, int layer) {
        Slot& top = state_.slot[slot];
        std::int32_t* remaining = state_.remaining_of(slot);
        int kept = 0;
        bool sure = true;
        for (int at = top.position; at < top.left; ++at) {
            const int index = remaining[at], hyperplane = state_.cutting_at(layer, index);
            int verdict = UNDECIDED;
            if (model_->rank(layer, model_->unit_of(layer, hyperplane)) == 1) verdict = side(slot, layer, hyperplane);
            if (verdict == CUT || verdict == UNDECIDED) {
                remaining[kept++] = index;
                sure = sure && verdict == CUT;
            } else {
                state_.passed_at(layer, index) = verdict == POSITIVE ? 1 : 0;
            }
        }
        state_.tests += top.left - top.position;
        top.position = top.fresh = 0;
        top.left = kept;
        return sure;
    }

    // A copy of the slot on top of the stack; the geometry is copied elsewhere.
    void push_slot(int top) {
        state_.slot[top + 1] = state_.slot[top];
        const std::int32_t* source = state_.remaining_of(top);
        std::int32_t* target = state_.remaining_of(top + 1);
        for (int at = state_.slot[top].position; at < state_.slot[top].left; ++at) target[at] = source[at];
        state_.top = top + 1;
    }

    // The number of regions of the top cell in the last layer, where it is seen without cutting; UNPROVED otherwise.
    int count_uncut(int top, int layer, bool sure) {
        Slot& slot = state_.slot[top];
        if (sure && slot.left == 1) return 2;
        if constexpr (POLYGON)
            if (slot.fresh == 0 && slot.left - slot.position > 1 && slot.left - slot.position <= MOST_CHORDS) {
                slot.fresh = -1;  // once is enough
                state_.tests += slot.left - slot.position;
                return count_chords(geo_, *model_, state_, top, layer);
            }
        (void)layer;
        return UNPROVED;
    }

    // Go on until the stack is empty, a question must be asked, the leaf buffer is full or the time is over.
    Status loop(double seconds) {
        const Model& model = *model_;
        State<D>& state = state_;
        const bool record = record_;
        const int last = model.depth - 1;
        Clock clock(seconds, state.tests);
        while (state.top >= state.bottom) {
            if (clock.is_over(state.tests)) return Status::PAUSED;
            const int top = state.top;
            Slot& slot = state.slot[top];
            const int layer = slot.layer, m = slot.rows;
            switch (slot.phase) {
            case Phase::DOMAIN_ROWS: {
                const int at = slot.position;
                if (at == state.start.domain_rows) {
                    slot.phase = Phase::ENTER;
                    slot.position = 0;
                    break;
                }
                const int verdict = decide(top, m, domain_row(state, at));
                if (verdict == UNDECIDED) return Status::ASK_ROW;
                if (verdict == CUT) {
                    keep_positive(top, m);
                    slot.rows = m + 1;
                }
                slot.position = at + 1;
                break;
            }
            case Phase::ENTER: {
                if (layer == model.depth) {
                    if (record) {
                        if (state.written == state.buffer) return Status::FULL;
                        write_leaf();
                    }
                    ++state.count;
                    state.top = top - 1;
                    break;
                }
                if (!enter_layer(model, state, layer)) return Status::OUT_OF_RANGE;
                slot.phase = Phase::FILTER;
                slot.position = 0;
                break;
            }
            case Phase::FILTER: {
                if (!filter(top, layer, m)) return Status::ASK_ROW;
                const int n = state.number[layer];
                for (int at = 0; at < n; ++at) state.remaining_of(top)[at] = at;
                slot.phase = Phase::SPLIT;
                slot.position = slot.fresh = 0;
                slot.left = n;
                if (layer == last && !record && n == 1 && is_scalar(layer, 0)) {
                    state.count += 2;
                    state.top = top - 1;
                }
                break;
            }
            case Phase::SPLIT: {
                int at = slot.position;
                if (slot.pending) {  // the positive side is finished; here is the other one
                    slot.pending = 0;
                    state.passed_at(layer, state.remaining_of(top)[at - 1]) = 0;
                    double* row = state.row_of_path(m - 1);
                    for (int k = 0; k <= state.d(); ++k) row[k] = -row[k];
                    state.path_name[m - 1].sign = -state.path_name[m - 1].sign;
                }
                bool sure = false;
                if (slot.fresh == 1) {
                    sure = refine(top, layer);
                    at = 0;
                }
                if (at == slot.left) {
                    slot.layer = layer + 1;
                    slot.phase = Phase::ENTER;
                    break;
                }
                const int index = state.remaining_of(top)[at];
                const int hyperplane = state.cutting_at(layer, index), unit = model.unit_of(layer, hyperplane);
                if (layer == last && !record) {  // regions are counted without building their cells, if that is proved
                    const int found = count_uncut(top, layer, sure);
                    if (found != UNPROVED) {
                        state.count += found;
                        state.top = top - 1;
                        break;
                    }
                }
                if (model.rank(layer, unit) > 1) {
                    const int piece = slot.choice;
                    Slot* restricted = &slot;
                    if (piece < model.rank(layer, unit) - 1) {
                        copy_cell(top, m);  // the copy becomes this piece, the slot below the next ones
                        push_slot(top);
                        slot.choice = piece + 1;
                        restricted = &state.slot[top + 1];
                    }
                    restricted->choice = piece;
                    restricted->rival = 0;
                    restricted->phase = Phase::RESTRICT;
                    break;
                }
                const int verdict = decide(top, m, scalar_row(model, state, layer, hyperplane));
                if (verdict == UNDECIDED) return Status::ASK_ROW;
                if (layer == last && !record && at + 1 == slot.left) {  // nothing else can cut the cell
                    state.count += verdict == CUT ? 2 : 1;
                    state.top = top - 1;
                    break;
                }
                state.passed_at(layer, index) = verdict == NEGATIVE ? 0 : 1;
                slot.position = at + 1;
                if (verdict == CUT) {
                    split_cell(top, m);
                    slot.rows = m + 1;
                    slot.fresh = !SIMPLEX;
                    push_slot(top);  // the positive side is next; the slot below waits for the other side
                    slot.pending = 1;
                }
                break;
            }
            case Phase::RESTRICT: {  // the cell of one maxout piece, one rival after the other
                const int at = slot.position, index = state.remaining_of(top)[at];
                const int unit = model.unit_of(layer, state.cutting_at(layer, index));
                const int piece = slot.choice;
                int rival = slot.rival;
                if (rival == piece) ++rival;
                if (rival >= model.rank(layer, unit)) {
                    state.passed_at(layer, index) = piece;
                    slot.position = at + 1;
                    slot.choice = 0;
                    slot.phase = Phase::SPLIT;
                    slot.fresh = !SIMPLEX;
                    break;
                }
                const int verdict = decide(top, m, rival_row(model, state, layer, unit, piece, rival));
                if (verdict == UNDECIDED) {
                    slot.rival = rival;
                    return Status::ASK_ROW;
                }
                if (verdict == NEGATIVE) {
                    state.top = top - 1;
                    break;
                }
                if (verdict == CUT) {
                    keep_positive(top, m);
                    slot.rows = m + 1;
                }
                slot.rival = rival + 1;
                break;
            }
            }
        }
        return Status::DONE;
    }

    State<D> state_;
    Geometry geo_;
    bool record_;  // whether patterns are written
};

}  // namespace linregions
