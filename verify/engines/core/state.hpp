// What a traversal remembers: the stack, the path of rows, the layers above.
//
// A *slot* of the stack is a cell waiting to be looked at; its geometry has the same number (vertices.hpp, simplex.hpp).
// The *path* lists the rows that bound the current cell, normalized by a power of two, and names each one so that it can
// be written exactly.
//
// What holds whenever the loop looks at the slot on top (traverse.hpp says why):
//
// * its path is the first `rows` rows, all positive on the cell.  A slot in the phase PART, as all below the top are, has
//   still to make the last of its rows: to turn the last one around, or to add those that it has `kept`;
// * layers before `layer` are finished: `pieces` has the piece of every unit of them;
// * unless the phase is DOMAIN_ROWS or ENTER, `center` and `error` of layer `layer` are its preactivations, affine on the
//   whole *root cell*, the cell on which the layer was entered.  Of the list `remaining`, entries `position` ... `left` - 1
//   are units that are not decided on this cell, and so are in the phase FILTER the first `cutting`, which may cut it; of
//   all others `pieces` has the piece.
#pragma once

#include "model.hpp"

namespace linregions {

// What the hyperplane of a row does to a cell: leaves it on the side <= 0 or > 0, cuts it, or is not decided yet; and a
// row that is not constant.
enum : int { NEGATIVE = 0, POSITIVE = 1, CUT = 2, UNDECIDED = 3, NORMAL = 4 };

// Why a traversal stopped: finished; what does a unit, or a row of the domain, do to this cell; the buffer is full; the time
// is over; all of this cell is left to exact arithmetic; a leaf was reached, or a cell was cut, and no more was wanted.
enum class Status : int { DONE, ASK, FULL, PAUSED, EXACT, LEAF, CUT };

// Cut R^d down to the domain; enter a layer; find its units that cut the root cell; divide it by them, one by one; a part of
// a cell that was divided by the unit before `position`, which waits until it is on top.
enum class Phase : int { DOMAIN_ROWS, ENTER, FILTER, SPLIT, PART };

struct Slot {
    int layer = 0, position = 0, left = 0, cutting = 0, rows = 0;
    int passed = 0;  // breakpoints of the unit at `position`
    int piece = 0;   // of a part
    int kept = 0;    // rows that a part adds to its path; -1 if it turns the last one around
    Phase phase = Phase::DOMAIN_ROWS;
    int fresh = 0;  // 1 if a new cell was not yet tested for the remaining units, -1 if its chords could not be counted

    // How many rows bound the cell, of which a part may have some still to add.
    int bounding() const { return kept > 0 ? rows + kept : rows; }
};

// A row that a part adds to its path, and the number that the certificate gives to it.
struct Kept {
    int at = 0, number = 0;
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
    // rows that were proved not to cut a cell; and what was decided in integers: at vertices, and on cells
    std::int64_t proved_on_the_box = 0, proved_by_basis = 0, proved_by_layer = 0, exact_signs = 0, exact_rows = 0;
    int written = 0, buffer = 1;

    Array<Slot> slot;
    Array<std::int32_t> remaining;  // [slots, units] those that are not decided yet
    Array<Kept> kept;               // [slots, pieces]

    Array<double> path_center, path_error;  // [most, d + 1] rows of the current path, positive on the cell
    Array<double> path_grain, path_scale;   // [most] the power of two by which the row was normalized
    Array<Name> path_name;
    Array<double> row_center, row_error;  // [d + 1] the row under test
    double row_grain = 0.0, row_scale = 1.0;
    Name row_name;

    int rows_, units_, pieces_;             // padded lengths
    Array<double> center, error;            // [L, d + 1, rows] preactivations of the layers above the current cell
    Array<std::int64_t> memory;             // [L, 4] what center and error of a layer were made from, see layers.hpp
    Array<std::int32_t> used;               // [L, units] pieces of the layer before that they were made from
    Array<std::int32_t> was;                // [units] scratch: those that they were made from last time
    Array<std::int32_t> pieces;             // [L, units]
    Array<std::int32_t> first_bend, end_bend;  // [L, units] no other breakpoints of the unit cut the root cell
    Array<std::int32_t> active;             // [units] scratch: units, or the place of each unit in such a list
    Array<double> gain;                     // [units] scratch: a number for each of them
    Array<double> low, high;                // [rows] scratch: proved bounds of each row on the cell
    bool meets[16][16] = {};                // scratch: which lines cross inside the polygon
    Array<std::int16_t> leaves;             // [buffer, units of all layers]

    std::int32_t* remaining_of(int s) { return remaining.data() + static_cast<std::size_t>(s) * units_; }
    const std::int32_t* remaining_of(int s) const { return remaining.data() + static_cast<std::size_t>(s) * units_; }
    Kept* kept_of(int s) { return kept.data() + static_cast<std::size_t>(s) * pieces_; }
    std::size_t at(int layer, int u) const { return static_cast<std::size_t>(layer) * units_ + u; }
    std::int32_t& piece_at(int layer, int u) { return pieces[at(layer, u)]; }
    int piece_at(int layer, int u) const { return pieces[at(layer, u)]; }
    // The first breakpoint of a remaining unit that is not passed for sure.
    int next_bend(int s, int place) const {
        const int first = first_bend[at(slot[s].layer, remaining_of(s)[place])];
        return place == slot[s].position && slot[s].passed > first ? slot[s].passed : first;
    }

    // Write a copy of a slot into another one; the geometry is copied elsewhere.
    void copy_slot(int from, int to) {
        slot[to] = slot[from];
        for (int at = slot[from].position; at < slot[from].left; ++at) remaining_of(to)[at] = remaining_of(from)[at];
        for (int at = 0; at < slot[from].kept; ++at) kept_of(to)[at] = kept_of(from)[at];
    }

    // With `writes` layers from `depth` on are the same on the root cells of the layers before, see layers.hpp.
    AnyState(const Start& start_, int buffer_, bool writes = false)
        : AnyState(*start_.model, start_, buffer_, (writes ? 2 : 1) * start_.model->depth, start_.most, start_.d + 1) {}

    // The same problem with a stack that consists of one slot of another traversal.
    AnyState(AnyState& other, int from) : AnyState(other.start, other.buffer) {
        slot[0] = other.slot[from];
        for (int i = 0; i < units_; ++i) remaining[i] = other.remaining_of(from)[i];
        for (int i = 0; i < pieces_; ++i) kept[i] = other.kept_of(from)[i];
        for (const auto part : {&AnyState::path_center, &AnyState::path_error, &AnyState::path_grain,
                                &AnyState::path_scale, &AnyState::center, &AnyState::error})
            (this->*part).copy_from(other.*part);
        for (const auto part : {&AnyState::used, &AnyState::pieces, &AnyState::first_bend, &AnyState::end_bend})
            (this->*part).copy_from(other.*part);
        path_name.copy_from(other.path_name);
        memory.copy_from(other.memory);
    }

private:
    AnyState(const Model& model, const Start& start_, int buffer_, std::size_t depth, std::size_t most, std::size_t width)
        : start(start_), buffer(buffer_), slot(start.slots),
          remaining(static_cast<std::size_t>(start.slots) * model.most_units),
          kept(static_cast<std::size_t>(start.slots) * model.most_pieces), path_center(most * width),
          path_error(most * width), path_grain(most), path_scale(most, 1.0), path_name(most), row_center(width),
          row_error(width), rows_(model.most_rows), units_(model.most_units), pieces_(model.most_pieces),
          center(depth * width * rows_), error(depth * width * rows_), memory(depth * 4, -1), used(depth * units_),
          was(units_), pieces(depth * units_), first_bend(depth * units_), end_bend(depth * units_), active(units_),
          gain(units_), low(rows_), high(rows_),
          leaves(static_cast<std::size_t>(buffer) * model.all_units) {
        slot[0] = Slot{};
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

}  // namespace linregions
