// The units of a network, and which pieces they take on a cell of the tree.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "check_numbers.hpp"

namespace linregions::checking {

struct Rejection : std::runtime_error {
    using std::runtime_error::runtime_error;
};
[[noreturn]] inline void reject(const std::string& reason) { throw Rejection(reason); }

using Numbers = std::vector<Number>;

struct Unit {  // maxout of some rank, or (rank 0) scalar
    int rank = 0;
    Numbers points{}, lines{};  // the slope and the intercept of each piece; of maxout one slope for all pieces

    int pieces() const { return rank ? rank : static_cast<int>(points.size()) + 1; }
    const Number& slope(int piece) const { return lines[rank ? 0 : 2 * piece]; }
};

struct Layer {
    std::vector<std::shared_ptr<const Unit>> units{};
    std::vector<int> row{0}, piece{0};    // the first one of each unit, and how many there are
    int words = 1;                        // of a weight
    std::vector<Word> weights{}, mask{};  // [units before, rows] moduli, and signs; none of the first layer
    std::vector<Number> biases{};         // [rows]; of the first layer all entries, [rows, d + 1]
    Number power{};                       // of two: conditions are rows times this
    bool too_long = false;                // the weights need more memory than the checker allows
    // on the cell:
    std::vector<Word> z{};             // preactivations, [rows, d + 1] entries
    std::vector<int> taken{}, left{};  // of each unit the piece that it takes, or -1; how many it may take
    std::vector<char> alive{};         // of the pieces of open units whether they are left
    std::vector<int> behind{};         // the pieces of the layer before that z belongs to; none if it is not known
    int open = 0;  // units

    std::size_t rows() const { return row.back(); }
    int source(int unit, int of) const { return row[unit] + (units[unit]->rank ? of : 0); }  // the row that a piece reads
};

constexpr std::int64_t MAX_SIZE = 1'600'000'000;  // bits of the weights of a layer
constexpr std::int64_t LARGE = std::int64_t(1) << 62;
// The number, or one beyond all indices.
inline std::int64_t small(const Number& value) {
    const Word modulus = value.words.empty() ? 0 : value.size() > 1 ? LARGE : std::min<Word>(value.words[0], LARGE);
    return value.negative ? -static_cast<std::int64_t>(modulus) : static_cast<std::int64_t>(modulus);
}

// Now and then other threads and signals have their turn; a signal may raise an exception.
class Pulse {
public:
    void tick(std::size_t products) {
        products_ += products;
        if (products_ < PAUSE) return;
        products_ = 0;
        const nanobind::gil_scoped_acquire lock;
        if (PyErr_CheckSignals()) throw nanobind::python_error();
    }

private:
    static constexpr std::size_t PAUSE = 1 << 23;  // of words
    std::size_t products_ = 0;
};

// A cell on which all units of the layers before its own have taken a piece, each layer with its preactivations there.
class Cell {
public:
    Cell(std::vector<Layer> all, std::size_t n, int w, bool closed, Pulse& pulse)
        : layers(std::move(all)), n_(n), w_(w), closed_(closed), pulse_(pulse) {
        enter(0), go_on();
    }
    std::vector<Layer> layers;

    // The layer of the cell.
    Layer& here() { return layers[depth_]; }
    int depth() const { return depth_; }
    // How many of the units of a layer that have taken a piece have outputs that are not constant.
    int lasting(int depth) {
        Layer& layer = layers[depth];
        int number = 0;
        for (std::size_t unit = 0; unit < layer.units.size(); ++unit)
            if (const int at = layer.taken[unit]; at >= 0)
                number += layer.units[unit]->slope(at).size() && is_moving(row_of(layer, layer.source(unit, at)));
        return number;
    }

    std::string name(std::int64_t unit) const {
        return "layer " + std::to_string(depth_ + 1) + ", unit " + std::to_string(unit + 1);
    }
    int open_unit(const Number& number) {
        const std::int64_t unit = small(number);
        if (unit < 0 || unit >= std::int64_t(here().taken.size()) || here().taken[unit] >= 0)
            reject(name(unit) + " is not open here");
        return static_cast<int>(unit);
    }
    int left_piece(int unit, std::int64_t piece) {
        if (piece < 0 || piece >= here().units[unit]->pieces() || !alive_of(unit)[piece])
            reject(name(unit) + " has no such piece left");
        return static_cast<int>(piece);
    }
    // A piece is empty; a unit takes its last one.
    void drop(int unit, int piece) {
        undo_.push_back({depth_, unit, piece});
        alive_of(unit)[piece] = 0;
        if (--here().left[unit] == 1) take(unit, first_left(unit, 0));
    }
    void take(int unit, int piece) {
        undo_.push_back({depth_, unit, -1});
        here().taken[unit] = piece;
        --here().open;
        go_on();
    }
    // Begin the next layer if no unit of this one is open, and so on.
    void go_on() {
        while (!here().open && depth_ + std::size_t(1) < layers.size()) enter(depth_ + 1);
    }
    // The first piece that a unit has left, from one on.
    int first_left(int unit, int from) {
        const char* const alive = alive_of(unit);
        return static_cast<int>(std::find(alive + from, alive + here().units[unit]->pieces(), 1) - alive);
    }
    // How many pieces have been dropped or taken, and return to the cell where it was so many, in a layer.
    std::size_t changes() const { return undo_.size(); }
    void back(int depth, std::size_t changes) {
        depth_ = depth;
        for (; undo_.size() > changes; undo_.pop_back()) {
            const auto [at, unit, piece] = undo_.back();
            if (at != depth_) continue;  // that layer will be begun anew
            if (piece < 0)
                here().taken[unit] = -1, ++here().open;
            else
                alive_of(unit)[piece] = 1, ++here().left[unit];
        }
    }
    // The conditions of a piece that depend on the input, times a factor, join the rows; whether the others hold.
    bool conditions(int unit, int piece, Rows& rows, const Number& factor) {
        Layer& layer = here();
        const Unit& of = *layer.units[unit];
        const Word* const z = row_of(layer, layer.source(unit, piece));
        bool hold = true;
        const auto add = [&](bool strict, bool minus, const Word* rival, const Number* t) {  // ±(z - rival), or ±(z - t)
            Word* const row = rows.append(strict || !closed_);
            add_multiple(row, w_, z, w_, n_, factor, minus);
            if (rival) add_multiple(row, w_, rival, w_, n_, factor, !minus);
            if (t) add_product(row + (n_ - 1) * w_, w_, *t, factor, !minus);
            if (is_moving(row)) return;
            hold = hold && sign(row + (n_ - 1) * w_, w_) >= strict;
            rows.cut(rows.number() - 1);
        };
        for (int other = 0; other < of.rank; ++other)
            if (other != piece) add(other < piece, false, row_of(layer, layer.row[unit] + other), nullptr);
        if (!of.rank && piece > 0) add(true, false, nullptr, &of.points[piece - 1]);            // z - t > 0,
        if (!of.rank && piece + 1 < of.pieces()) add(false, true, nullptr, &of.points[piece]);  // and t - z >= 0
        return hold;
    }

private:
    struct Undo {  // a piece that was left, or (-1) a unit that was open
        int depth, unit, piece;
    };

    char* alive_of(int unit) { return here().alive.data() + here().piece[unit]; }
    // Begin a layer: its preactivations, and the pieces that conditions leave which do not depend on the input.
    void enter(int depth) {
        Layer& layer = layers[depth];
        if (layer.too_long) reject("the weights of a layer need more than " + std::to_string(MAX_SIZE) + " bits");
        compute(depth);
        depth_ = depth;
        layer.taken.assign(layer.units.size(), -1), layer.left.assign(layer.units.size(), 0);
        layer.alive.assign(layer.piece.back(), 1);
        layer.open = 0;
        for (std::size_t unit = 0; unit < layer.units.size(); ++unit) {
            for (int piece = 0; piece < layer.units[unit]->pieces(); ++piece)
                layer.left[unit] += alive_of(unit)[piece] = may_take(layer, unit, piece);
            if (layer.left[unit] > 1)
                ++layer.open;
            else
                layer.taken[unit] = first_left(unit, 0);
        }
    }
    // Whether no condition of the piece fails that does not depend on the input.
    bool may_take(Layer& layer, int unit, int piece) {
        const int rank = layer.units[unit]->rank;
        const Word* const z = row_of(layer, layer.source(unit, piece));
        bool depend = rank || is_moving(z);
        for (int other = 0; other < rank && depend; ++other)
            depend = other == piece || !std::equal(z, z + (n_ - 1) * w_, row_of(layer, layer.row[unit] + other));
        tried_.cut(0);
        return depend || conditions(unit, piece, tried_, ONE);
    }
    bool is_moving(const Word* row) const { return !is_zero(row, (n_ - 1) * w_); }
    Word* row_of(Layer& layer, std::size_t row) { return layer.z.data() + row * n_ * w_; }

    // The preactivations of a layer: sums of weights*output, and biases.  What is known for other pieces of the layer before
    // is brought up to date.
    void compute(int depth) {
        Layer& layer = layers[depth];
        const std::size_t rows = layer.rows(), size = n_ * w_;
        layer.z.resize(rows * size);
        if (depth + std::size_t(1) < layers.size()) layers[depth + 1].behind.clear();
        for (std::size_t i = 0; depth == 0 && i < rows * n_; ++i) put(&layer.z[i * w_], w_, layer.biases[i]);
        if (depth == 0) return;
        Layer& above = layers[depth - 1];
        if (layer.behind.empty()) {
            std::fill(layer.z.begin(), layer.z.end(), 0);
            for (std::size_t r = 0; r < rows; ++r) put(row_of(layer, r + 1) - w_, w_, layer.biases[r]);
            layer.behind.assign(above.units.size(), -1);
        }
        for (std::size_t unit = 0; unit < above.units.size(); ++unit) {
            const int old = std::exchange(layer.behind[unit], above.taken[unit]);
            if (old == above.taken[unit]) continue;
            change_.assign(size, 0);
            if (old >= 0) add_output(above, unit, old, true);
            add_output(above, unit, above.taken[unit], false);
            if (is_zero(change_.data(), size)) continue;
            add_multiples(layer.z.data(), w_, rows, change_.data(), w_, n_, layer.weights.data() + unit * rows * layer.words,
                          layer.words, layer.mask.data() + unit * rows);
            pulse_.tick(2 * rows * size);
        }
    }
    // Add what a unit computes on one of its pieces to the change, or subtract it.
    void add_output(Layer& layer, int unit, int piece, bool minus) {
        const Unit& of = *layer.units[unit];
        add_multiple(change_.data(), w_, row_of(layer, layer.source(unit, piece)), w_, n_, of.slope(piece), minus);
        if (!of.rank) add_product(&change_[(n_ - 1) * w_], w_, of.lines[2 * piece + 1], ONE, minus);
    }

    const std::size_t n_;  // entries of a row
    const int w_;          // words of an entry
    const bool closed_;
    Pulse& pulse_;
    std::vector<Undo> undo_;
    std::vector<Word> change_;  // of an output
    Rows tried_{n_ * w_};
    int depth_ = 0;
};

}  // namespace linregions::checking
