// What a traversal remembers: the stack, the path of rows, the layers above.
//
// A *slot* of the stack is a cell waiting to be looked at; its geometry has the same number (vertices.hpp, simplex.hpp).
// The *path* lists the rows that bound the current cell, normalized by a power of two, and names each one so that it can
// be written exactly.
//
// What holds whenever the loop looks at the slot on top (traverse.hpp says why):
//
// * its path is the first `rows` rows, all positive on the cell, once a `pending` slot has negated its last one.  The
//   path of a slot below is a beginning of the same list, in which the last row of a pending slot has the other sign;
// * layers before `layer` are finished: `base`, `cutting` and `passed` name a piece for every unit of them;
// * unless the phase is ENTER or DOMAIN, `center` and `error` of layer `layer` are its preactivations, affine on the
//   whole *root cell*, the cell on which the layer was entered.  `cutting` lists the hyperplanes that cut the root cell,
//   and `base` counts the breakpoints that all of it has passed.  Of the list `remaining`, entries `position` ... `left`
//   - 1 are not decided on this cell; of the other cutting hyperplanes `passed` has the side, or the piece.
#pragma once

#include "model.hpp"

namespace linregions {

// What the hyperplane of a row does to a cell: leaves it on the side <= 0 or > 0, cuts it, or is not decided yet; and a
// row that is not constant.
enum : int { NEGATIVE = 0, POSITIVE = 1, CUT = 2, UNDECIDED = 3, NORMAL = 4, NO_ANSWER = -1 };

// Why a traversal stopped: finished; what does this row do to this cell; the leaf buffer is full; the time is over; the
// cell's numbers leave the range of the error model, so all of it is to be counted exactly.
enum class Status : int { DONE, ASK_ROW, FULL, PAUSED, OUT_OF_RANGE };

// About to enter a layer; find its hyperplanes that cut the root cell; split by them, one by one; cut a cell down to where
// a maxout unit takes one piece; cut R^d down to the domain.
enum class Phase : int { ENTER, FILTER, SPLIT, RESTRICT, DOMAIN_ROWS };

struct Slot {
    int layer = 0, position = 0, left = 0, rows = 0;
    int choice = 0, rival = 0;  // the maxout piece that the cell is restricted to, and the one to compare it with next
    Phase phase = Phase::ENTER;
    int pending = 0;  // 1 if the cell above is the positive side of the last row and this one the other
    int fresh = 0;    // 1 if a new cell was not yet tested for the remaining hyperplanes, -1 if its chords could not be counted
};

// A row's name: layer (-1: domain), unit or domain row, breakpoint or piece, rival or -1, sign.
struct Name {
    int layer = 0, which = 0, piece = 0, rival = -1, sign = 1;
};

// All that does not ask the compiler for the dimension.
struct AnyState {
    const Start start;
    int top = 0, bottom = 0;
    std::int64_t count = 0, tests = 0;
    std::int64_t exact_signs = 0, exact_rows = 0;  // decided in integers: at vertices, and on cells
    int answer = NO_ANSWER;
    int written = 0, buffer = 1;

    Array<Slot> slot;
    Array<std::int32_t> remaining;  // [slots, hyperplanes] which of the cutting hyperplanes are not decided yet

    Array<double> path_center, path_error;  // [most, d + 1] rows of the current path, positive on the cell
    Array<double> path_grain, path_scale;   // [most] the power of two by which the row was normalized
    Array<Name> path_name;
    Array<double> row_center, row_error;  // [d + 1] the row under test
    double row_grain = 0.0, row_scale = 1.0;
    Name row_name;

    int rows_, units_, hyperplanes_;        // padded lengths
    Array<double> center, error;            // [L, d + 1, rows] preactivations of the layers above the current cell
    Array<std::int64_t> memory;             // [L, 4] what center and error of a layer were made from, see layers.hpp
    Array<std::int32_t> used;               // [L, units] pieces of the layer before that they were made from
    Array<std::int32_t> piece;              // [units] scratch: those that they were made from last time
    Array<std::int32_t> base;               // [L, units] breakpoints that the whole root cell has passed
    Array<std::int32_t> cutting;            // [L, hyperplanes] hyperplanes that cut the root cell
    Array<std::int32_t> number;             // [L] how many
    Array<std::int32_t> passed;             // [L, hyperplanes] of a cutting one: 1 on the side z > t, or the maxout piece
    Array<std::int32_t> active;             // [units] scratch: units, or the place of each unit in such a list
    Array<double> gain;                     // [units] scratch: a number for each of them
    Array<double> low, high;                // [rows] scratch: proved bounds of each row on the cell
    bool meets[16][16] = {};                // scratch: which lines cross inside the polygon
    Array<std::int16_t> leaves;             // [buffer, units of all layers]

    std::int32_t* remaining_of(int s) { return remaining.data() + static_cast<std::size_t>(s) * hyperplanes_; }
    std::int32_t& cutting_at(int layer, int i) { return cutting[static_cast<std::size_t>(layer) * hyperplanes_ + i]; }
    std::int32_t& passed_at(int layer, int i) { return passed[static_cast<std::size_t>(layer) * hyperplanes_ + i]; }
    std::int32_t& base_at(int layer, int u) { return base[static_cast<std::size_t>(layer) * units_ + u]; }

    AnyState(const Start& start_, int buffer_)
        : AnyState(*start_.model, start_, buffer_, start_.model->depth, start_.most, start_.d + 1) {}

    // The same problem with a stack that consists of one slot of another traversal.
    AnyState(AnyState& other, int from) : AnyState(other.start, other.buffer) {
        slot[0] = other.slot[from];
        for (int i = 0; i < hyperplanes_; ++i) remaining[i] = other.remaining_of(from)[i];
        for (const auto part : {&AnyState::path_center, &AnyState::path_error, &AnyState::path_grain,
                                &AnyState::path_scale, &AnyState::center, &AnyState::error})
            (this->*part).copy_from(other.*part);
        for (const auto part :
             {&AnyState::used, &AnyState::base, &AnyState::cutting, &AnyState::number, &AnyState::passed})
            (this->*part).copy_from(other.*part);
        path_name.copy_from(other.path_name);
        memory.copy_from(other.memory);
    }

private:
    AnyState(const Model& model, const Start& start_, int buffer_, std::size_t depth, std::size_t most, std::size_t width)
        : start(start_), buffer(buffer_), slot(start.slots),
          remaining(static_cast<std::size_t>(start.slots) * model.most_hyperplanes), path_center(most * width),
          path_error(most * width), path_grain(most), path_scale(most, 1.0), path_name(most), row_center(width),
          row_error(width), rows_(model.most_rows), units_(model.most_units), hyperplanes_(model.most_hyperplanes),
          center(depth * width * rows_), error(depth * width * rows_), memory(depth * 4, -1), used(depth * units_),
          piece(units_), base(depth * units_), cutting(depth * hyperplanes_), number(depth),
          passed(depth * hyperplanes_), active(units_), gain(units_), low(rows_), high(rows_),
          leaves(static_cast<std::size_t>(buffer) * model.all_units) {
        slot[0] = Slot{};
        slot[0].phase = Phase::DOMAIN_ROWS;
    }
};

template <int D>  // the dimension, 0 if it is known at run time only
struct State : AnyState {
    using AnyState::AnyState;

    int d() const { return D ? D : start.d; }
    int width() const { return d() + 1; }
    double* row_of_path(int r) { return path_center.data() + static_cast<std::size_t>(r) * width(); }
    double* error_of_path(int r) { return path_error.data() + static_cast<std::size_t>(r) * width(); }
    double* center_of(int layer, int k) {
        return center.data() + (static_cast<std::size_t>(layer) * width() + k) * rows_;
    }
    double* error_of(int layer, int k) {
        return error.data() + (static_cast<std::size_t>(layer) * width() + k) * rows_;
    }
};

// Piece of a unit of a finished layer; `at` walks along the cutting hyperplanes, which are in unit order.
inline int piece_of(const Model& model, AnyState& state, int layer, int unit, int& at) {
    int piece = state.base_at(layer, unit);
    while (at < state.number[layer] && model.unit_of(layer, state.cutting_at(layer, at)) == unit) {
        piece += state.passed_at(layer, at);
        ++at;
    }
    return piece;
}

}  // namespace linregions
