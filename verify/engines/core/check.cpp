// The tree of a certificate of version 3, checked: the rules of verify/CERTIFICATE.md a second time, for files of gigabytes.
//
// It shares nothing with the engines and computes with integers only.  verify/checker.py has read the claim and says how
// long rows and their multiples are (Claim._pack), so that every row has as many words as none overflows.  The lines, and
// the reasons to refuse one, are those of checker.py, whose functions have the same names.
#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <map>
#include <string>
#include <tuple>

#include "wide.hpp"

namespace nb = nanobind;

namespace linregions::wide {

namespace {

constexpr int LEAF = 0, EMPTY = 1, OPEN = -1, BOUND = -2, BETWEEN = -3;  // kinds of lines; a cut has two children or more
constexpr int FINE = 60;                          // bounds are multiples of 2^-60
constexpr int SPARE = 32;                         // bits that rows leave for the sum of multipliers
constexpr std::size_t MAX_DIGITS = 100'000;       // of one number
constexpr std::int64_t MAX_SIZE = 1'600'000'000;  // bits of the weights of a layer
constexpr std::int64_t LARGE = std::int64_t(1) << 62;
constexpr std::size_t PAUSE = 1 << 23;  // products of words between two looks at signals
const char* const FEW = "the line has too few or too many numbers";

using Numbers = std::vector<Number>;
using Sparse = std::vector<std::pair<int, Number>>;  // coordinates, and a number for each

// Rows, and of each whether its condition is strict: row > 0, or row >= 0.
struct Rows {
    std::size_t size;  // words of a row
    std::vector<Word> data{};
    std::vector<char> strict{};

    std::size_t number() const { return strict.size(); }
    Word* at(std::size_t i) { return data.data() + i * size; }
    Word* append(bool is_strict) {  // zeros
        data.resize(data.size() + size);
        strict.push_back(is_strict);
        return at(number() - 1);
    }
    void cut(std::size_t number) { data.resize(number * size), strict.resize(number); }
};

struct Unit {  // maxout of some rank, or (rank 0) scalar
    int rank = 0;
    Numbers points{}, slopes{}, intercepts{};  // a maxout unit has one slope, for all pieces

    int pieces() const { return rank ? rank : static_cast<int>(points.size()) + 1; }
    const Number& slope(int piece) const { return slopes[rank ? 0 : piece]; }
};

struct Layer {
    std::vector<const Unit*> units{};
    std::vector<int> row{0}, piece{0};    // the first one of each unit, and how many there are
    int words = 1;                        // of a weight
    std::vector<Word> weights{}, mask{};  // [units before, rows] moduli, and signs; none of the first layer
    Numbers biases{};                     // [rows]; of the first layer all entries, [rows, d + 1]
    Number power{};                       // of two: conditions are rows times this
    bool too_long = false;                // the weights need more memory than the checker allows
    // on the cell:
    std::vector<Word> z{};             // preactivations, [rows, d + 1] entries
    std::vector<char> moving{};        // of each whether it is not constant
    std::vector<int> taken{}, left{};  // of each unit the piece that it takes, or -1; how many it may take
    std::vector<char> alive{};         // of the pieces of open units whether they are left
    std::vector<int> behind{};         // the pieces of the layer before that z belongs to, if it is known
    bool known = false;
    int open = 0;  // units

    std::size_t rows() const { return row.back(); }
    int source(int unit, int of) const { return row[unit] + (units[unit]->rank ? of : 0); }  // the row that a piece reads
    bool lasts(int unit) const {  // whether its output is not constant
        return taken[unit] >= 0 && units[unit]->slope(taken[unit]).size() && moving[source(unit, taken[unit])];
    }
    int lasting() const {
        int number = 0;
        for (std::size_t unit = 0; unit < units.size(); ++unit) number += lasts(unit);
        return number;
    }
};

// Integers that Python has.
Number number(nb::handle value) {
    const int words = nb::cast<int>(value.attr("bit_length")()) / 64 + 1;  // with a bit for the sign
    const auto raw = nb::cast<nb::bytes>(value.attr("to_bytes")(8 * words, "little", nb::arg("signed") = true));
    std::vector<Word> entry(words);
    for (int i = 0; i < 8 * words; ++i) entry[i / 8] |= Word(static_cast<std::uint8_t>(raw.c_str()[i])) << i % 8 * 8;
    return Number(entry.data(), words);
}
Numbers numbers(nb::handle values) {
    Numbers result;
    for (const nb::handle value : values) result.push_back(number(value));
    return result;
}
Sparse sparse(nb::handle pairs) {
    Sparse result;
    for (const nb::handle pair : pairs) result.emplace_back(nb::cast<int>(pair[0]), number(pair[1]));
    return result;
}
template <class T>
T get(nb::handle object, const char* name) {
    return nb::cast<T>(object.attr(name));
}

struct Rejection {
    std::string reason;
};
[[noreturn]] void reject(std::string reason) { throw Rejection{std::move(reason)}; }

// The number, or one beyond all indices.
std::int64_t small(const Number& value) {
    const Word modulus = value.words.empty() ? 0 : value.size() > 1 ? LARGE : std::min<Word>(value.words[0], LARGE);
    return value.negative ? -static_cast<std::int64_t>(modulus) : static_cast<std::int64_t>(modulus);
}

// Steps of work: sums, products and roots of numbers that are not negative, or the greatest number of all.
constexpr auto MOST = std::numeric_limits<std::int64_t>::max();
std::int64_t plus(std::int64_t a, std::int64_t b) { return a > MOST - b ? MOST : a + b; }
std::int64_t times(std::int64_t a, std::int64_t b) { return b && a > MOST / b ? MOST : a * b; }
std::int64_t root(std::int64_t a) {
    std::int64_t result = 0;
    for (auto bit = std::int64_t(1) << 30; bit; bit /= 2)
        if ((result + bit) * (result + bit) <= a) result += bit;
    return result;
}

class Check {
public:
    // What run ended with: the end of the text, an open leaf, the end of the tree, a line that proves nothing, or one that is
    // not a list of integers.
    enum class State : int { MORE, OPEN, DONE, REJECTED, MALFORMED };

    // A checker.Claim; of each row of its domain the entries, and whether it is a bound of a coordinate; and lower and upper
    // bounds times claim.unit.
    Check(nb::object claim, const std::vector<std::pair<nb::list, bool>>& domain, nb::list low, nb::list high)
        : d_(get<int>(claim, "dimension")), w_((get<int>(claim, "slot") + 63) / 64), n_(d_ + std::size_t(1)),
          slot_(get<int>(claim, "slot")), length_(get<int>(claim, "length")), work_(get<std::int64_t>(claim, "work")),
          closed_(get<bool>(claim, "closed")), bracket_(get<bool>(claim, "bracket")), unit_(number(claim.attr("unit"))),
          walls_{sparse(low), sparse(high)}, fine_(unit_) {
        for (const auto& [row, single] : domain) domain_.emplace_back(sparse(row), single);
        for (int side = 0; side < 2; ++side) {
            ends_[side].resize(n_);
            for (const auto& [at, bound] : walls_[side]) ends_[side][at] = {true, bound};
        }
        for (const nb::handle given : nb::object(claim.attr("layers"))) {
            const bool first = layers_.empty();
            Layer& layer = layers_.emplace_back();
            layer.power = Number::power_of_two(nb::cast<int>(claim.attr("shifts")[layers_.size() - 1]));
            for (const nb::handle unit : nb::object(given.attr("units"))) {
                const int rank = nb::cast<int>(unit[1]);
                const auto [at, is_new] = units_.try_emplace({nb::object(unit[2]).ptr(), rank}, Unit{rank});
                if (is_new && rank) at->second.slopes = {number(given.attr("factor"))};
                if (is_new) at->second.points = numbers(unit[2]);
                for (const nb::handle line : nb::object(unit[3]))
                    if (is_new) at->second.slopes.push_back(number(line[0])), at->second.intercepts.push_back(number(line[1]));
                layer.units.push_back(&at->second);
                layer.row.push_back(layer.row.back() + std::max(rank, 1));
                layer.piece.push_back(layer.piece.back() + at->second.pieces());
            }
            if (first)
                for (const nb::handle row : nb::object(claim.attr("first_rows")))
                    for (Number& value : numbers(row)) layer.biases.push_back(std::move(value));
            else
                layer.biases = numbers(given.attr("biases"));
            const std::size_t before = first ? 0 : layers_.end()[-2].units.size();
            layer.too_long = slot_ * layer.rows() * before > MAX_SIZE;
            Numbers weights;
            if (!first && !layer.too_long)
                for (const nb::handle column : nb::object(given.attr("columns")))
                    for (Number& value : numbers(column)) weights.push_back(std::move(value));
            for (const Number& weight : weights) layer.words = std::max(layer.words, weight.size());
            layer.weights.resize(weights.size() * layer.words);
            for (std::size_t i = 0; i < weights.size(); ++i) {
                std::copy(weights[i].words.begin(), weights[i].words.end(), &layer.weights[i * layer.words]);
                layer.mask.push_back(weights[i].mask());
            }
        }
        if (layers_.empty()) layers_.emplace_back();
    }

    // Whole lines, and how many steps evidence may have taken by their end.
    void feed(nb::bytes text, std::int64_t limit) { text_ = {text.c_str(), text.size()}, at_ = 0, limit_ = limit; }
    State run() {
        try {
            if (!std::exchange(begun_, true)) enter(0), go_on();
            while (!done_ && at_ < text_.size()) {
                ++lines;
                if (!parse()) return State::MALFORMED;
                free.clear();
                node();
                if (!free.empty()) return State::OPEN;
            }
        } catch (Rejection& rejection) {
            reason = std::move(rejection.reason);
            return State::REJECTED;
        }
        return done_ ? State::DONE : State::MORE;
    }
    nb::bytes line() const { return nb::bytes(text_.data() + began_, at_ - began_ - 1); }
    nb::bytes rest() const { return nb::bytes(text_.data() + at_, text_.size() - at_); }

    std::int64_t lines = 0, leaves = 0;
    std::string reason;
    // Of an open leaf: its layer, the dimension of what arrives there, settled units whose outputs are not constant, and the
    // open units with the numbers of their pieces.
    int layer = 0, dimension = 0, lasting = 0;
    std::vector<std::pair<int, int>> free;

private:
    struct Condition {
        const Word* row;  // null for a row of the domain,
        int domain;       // this one
        bool strict;
    };
    struct Undo {  // a piece that was left, or (-1) a unit that was open
        int depth, unit, piece;
    };
    struct End {  // of a coordinate
        bool known = false;
        Number value;
    };
    struct Change {  // an end, and its old value
        Number *end, value;
    };
    struct Cut {  // a cell that has been cut, and the last child that has been begun
        int depth, unit, piece, left;
        std::size_t undo, changes, rows;
    };

    // ---- lines ----

    // The integers of a line, written as in JSON; false if it does not consist of such.
    bool parse() {
        began_ = at_;
        const char* at = text_.data() + at_;
        const char* const end = static_cast<const char*>(std::memchr(at, '\n', text_.size() - at_));
        at_ = end - text_.data() + 1;
        count_ = 0;
        tick(at_ - began_);
        while (at != end) {
            if (count_ == numbers_.size()) numbers_.emplace_back();
            Number& number = numbers_[count_++];
            const bool minus = *at == '-';
            const char* const first = at += minus;
            number.words.clear();
            for (; at != end && *at >= '0' && *at <= '9'; tick(number.words.size())) {
                Word chunk = 0, factor = 1;
                for (; at != end && *at >= '0' && *at <= '9' && factor < Word(1) << 60; ++at, factor *= 10)
                    chunk = 10 * chunk + (*at - '0');
                number.append(factor, chunk);
            }
            const std::size_t digits = at - first;
            if (digits == 0 || digits > MAX_DIGITS || (*first == '0' && digits > 1)) return false;
            number.negative = minus && !number.words.empty();
            if (at != end && (*at++ != ',' || at == end)) return false;
        }
        return true;
    }

    void node() {
        if (count_ == 0) reject(FEW);
        const std::int64_t kind = small(numbers_[0]);
        if (kind == EMPTY) return empty_piece();
        if (kind > EMPTY) return cut();
        if (kind == BETWEEN) return between();
        if (kind == BOUND) return bound();
        const std::vector<int>& taken = here().taken;
        if (kind == LEAF && here().open)
            reject(name(std::find(taken.begin(), taken.end(), -1) - taken.begin()) + " is undecided at a leaf");
        if (kind != LEAF && (kind != OPEN || !bracket_)) reject("a line of this kind has no meaning here");
        leaf();
        next_child();
    }

    // 1, unit, piece, multipliers of its own rows, row, multiplier, …; or 1, unit, -1 - piece, row, …
    void empty_piece() {
        if (count_ < 3) reject(FEW);
        const int unit = open(numbers_[1]);
        const std::int64_t number = small(numbers_[2]);
        const int piece = left(unit, number >= 0 ? number : -1 - number);
        own_.cut(0);
        conditions(unit, piece, own_, here().power);
        if (!(number >= 0 ? sum(3) : dependent(3)))
            reject(name(unit) + ": the evidence does not show that piece " + std::to_string(piece) + " is empty");
        undo_.push_back({depth_, unit, piece});
        alive_of(unit)[piece] = 0;
        if (--here().left[unit] == 1) take(unit, first_left(unit));
    }

    // -2, j, n, e, own multiplier, row, multiplier, …: x_j < n/2^e on the cell; with -1 - j for j, x_j > n/2^e.
    void bound() {
        if (count_ < 4) reject(FEW);
        const bool upper = !numbers_[1].negative;
        const std::int64_t j = upper ? small(numbers_[1]) : -1 - small(numbers_[1]), e = small(numbers_[3]);
        if (j >= d_ || e < 0 || e > std::min<std::int64_t>(FINE, length_))
            reject("there is no such coordinate, or bound");
        refine(static_cast<int>(e));
        Number n = numbers_[2];
        n.append(Word(1) << (e_ - e), 0);  // n/2^e = n'/2^e_
        const End &low = ends_[0][j], &high = ends_[1][j];
        if (!low.known || !high.known || compare_products(n, unit_, low.value, ONE) < 0 ||
            compare_products(n, unit_, high.value, ONE) > 0)
            reject("the bound is not between the old ones");
        // the other side, ±(x_j - n/2^e) >= 0, with a coefficient as long as rows are in all layers
        own_.cut(0);
        Word* const row = own_.append(false);
        add_product(row + j * w_, w_, ONE, Number::power_of_two(length_), !upper);
        add_product(row + (n_ - 1) * w_, w_, numbers_[2], Number::power_of_two(length_ - static_cast<int>(e)), upper);
        if (!sum(4)) reject("the evidence does not show the bound");
        std::vector<Word> end(n.size() + unit_.size() + 1);
        add_product(end.data(), static_cast<int>(end.size()), n, unit_);
        Number& value = ends_[upper][j].value;
        changes_.push_back({&value, std::exchange(value, Number(end.data(), static_cast<int>(end.size())))});
    }

    // -3, piece, unit, unit, …: the units take the piece, whose rows are all positive between the bounds.
    void between() {
        if (count_ < 2) reject(FEW);
        spend(times(2 * count_, work_));
        for (std::size_t k = 2; k < count_; ++k) {
            const int unit = open(numbers_[k]), piece = left(unit, small(numbers_[1]));
            own_.cut(0);
            conditions(unit, piece, own_, minus_one_);
            for (std::size_t i = 0; i < own_.number(); ++i)
                if (!is_negative_between(own_.at(i), w_, false))
                    reject(name(unit) + ": the bounds do not show that it takes piece " + std::to_string(piece));
            take(unit, piece);
        }
    }

    // children, unit: the unit takes each of the pieces that it has left, in one of them.
    void cut() {
        if (count_ != 2) reject(FEW);
        const int unit = open(numbers_[1]), pieces = here().left[unit];
        if (small(numbers_[0]) != pieces)
            reject(name(unit) + " has " + std::to_string(pieces) + " pieces left, not " +
                   std::to_string(small(numbers_[0])));
        cuts_.push_back({depth_, unit, -1, pieces, undo_.size(), changes_.size(), path_.number()});
        next_child();
    }

    // 0, n_1, …, n_d, q, or -1, …: the conditions of the path hold at n/q.
    void leaf() {
        if (count_ != n_ + 1) reject("a witness [n_1, …, n_m, q] must be " + std::to_string(n_) + " integers");
        if (small(numbers_[n_]) <= 0) reject("the denominator of a witness must be positive");
        const std::size_t base = domain_.size();
        const bool between_walls = is_between_walls();
        for (std::size_t i = 0; i < base; ++i)
            if (!(between_walls && domain_[i].second) && sign_at_witness(domain_[i].first) < !closed_)
                reject("the witness violates row " + std::to_string(i) + " of its cell");
        point_.clear();
        for (std::size_t j = 1; j <= n_; ++j) point_.append(numbers_[j]);
        for (std::size_t i = 0; i < path_.number(); ++i) {
            tick(path_.size);
            if (point_.sign_at(path_.at(i), w_, &heads_[i * n_]) < path_.strict[i])
                reject("the witness violates row " + std::to_string(base + i) + " of its cell");
        }
        ++leaves;
        if (!here().open) return;
        layer = depth_, lasting = here().lasting(), dimension = d_;
        for (int depth = 0; depth < depth_; ++depth) dimension = std::min(dimension, layers_[depth].lasting());
        for (std::size_t unit = 0; unit < here().taken.size(); ++unit)
            if (here().taken[unit] < 0) free.emplace_back(unit, here().left[unit]);
    }

    // Go on to the next child of the last cut that has one left, with everything as it was at the cut.
    void next_child() {
        done_ = cuts_.empty();
        if (done_) return;
        Cut& cut = cuts_.back();
        depth_ = cut.depth;
        for (; undo_.size() > cut.undo; undo_.pop_back()) {
            const Undo& undo = undo_.back();
            if (undo.depth != depth_) continue;  // that layer will be begun anew
            if (undo.piece < 0)
                here().taken[undo.unit] = -1, ++here().open;
            else
                alive_of(undo.unit)[undo.piece] = 1, ++here().left[undo.unit];
        }
        for (; changes_.size() > cut.changes; changes_.pop_back())
            *changes_.back().end = std::move(changes_.back().value);
        path_.cut(cut.rows);
        const char* const alive = alive_of(cut.unit);
        do ++cut.piece;
        while (!alive[cut.piece]);
        const int unit = cut.unit, piece = cut.piece;
        if (--cut.left == 0) cuts_.pop_back();
        const std::size_t first = path_.number();
        conditions(unit, piece, path_, here().power);
        heads_.resize(path_.number() * n_);
        for (std::size_t i = first; i < path_.number(); ++i) head_of(&heads_[i * n_], path_.at(i), w_, n_);
        take(unit, piece);
    }

    // ---- layers ----

    Layer& here() { return layers_[depth_]; }
    char* alive_of(int unit) { return here().alive.data() + here().piece[unit]; }
    int first_left(int unit) {
        const char* const alive = alive_of(unit);
        return static_cast<int>(std::find(alive, alive + here().units[unit]->pieces(), 1) - alive);
    }

    void take(int unit, int piece) {
        undo_.push_back({depth_, unit, -1});
        here().taken[unit] = piece;
        --here().open;
        go_on();
    }
    // Begin the next layer if no unit of this one is open, and so on.
    void go_on() {
        while (!here().open && depth_ + std::size_t(1) < layers_.size()) enter(depth_ + 1);
    }
    // Begin a layer: its preactivations, and the pieces that conditions leave which do not depend on the input.
    void enter(int depth) {
        Layer& layer = layers_[depth];
        if (layer.too_long) reject("the weights of a layer need more than " + std::to_string(MAX_SIZE) + " bits");
        compute(depth);
        depth_ = depth;
        layer.moving.resize(layer.rows());
        for (std::size_t r = 0; r < layer.rows(); ++r) layer.moving[r] = !is_zero(row_of(layer, r), (n_ - 1) * w_);
        layer.taken.assign(layer.units.size(), -1), layer.left.assign(layer.units.size(), 0);
        layer.alive.assign(layer.piece.back(), 1);
        layer.open = 0;
        for (std::size_t unit = 0; unit < layer.units.size(); ++unit) {
            for (int piece = 0; piece < layer.units[unit]->pieces(); ++piece)
                layer.left[unit] += alive_of(unit)[piece] = may_take(layer, unit, piece);
            if (layer.left[unit] > 1)
                ++layer.open;
            else
                layer.taken[unit] = first_left(unit);
        }
    }
    // Whether no condition of the piece fails that does not depend on the input.
    bool may_take(Layer& layer, int unit, int piece) {
        const Unit& of = *layer.units[unit];
        const Word* const z = row_of(layer, layer.source(unit, piece));
        for (int other = 0; other < of.rank; ++other) {
            const Word* const rival = row_of(layer, layer.row[unit] + other);
            if (other == piece || !std::equal(z, z + (n_ - 1) * w_, rival)) continue;
            if (difference(z, Number(rival + (n_ - 1) * w_, w_)) + (other > piece) <= 0) return false;
        }
        if (of.rank || layer.moving[layer.row[unit]]) return true;
        return (piece == 0 || difference(z, of.points[piece - 1]) > 0) &&
               (piece + 1 == of.pieces() || difference(z, of.points[piece]) <= 0);
    }
    // The sign of a constant row less a number.
    int difference(const Word* row, const Number& value) {
        std::vector<Word> entry(row + (n_ - 1) * w_, row + n_ * w_);
        add_product(entry.data(), w_, value, ONE, true);
        return sign(entry.data(), w_);
    }
    Word* row_of(Layer& layer, std::size_t row) { return layer.z.data() + row * n_ * w_; }

    // The preactivations of a layer: sums of weights*output, and biases.  What is known for other pieces of the layer before
    // is brought up to date if few units differ.
    void compute(int depth) {
        Layer& layer = layers_[depth];
        const std::size_t rows = layer.rows(), size = n_ * w_;
        layer.z.resize(rows * size);
        if (depth + std::size_t(1) < layers_.size()) layers_[depth + 1].known = false;
        for (std::size_t i = 0; depth == 0 && i < rows * n_; ++i) put(&layer.z[i * w_], w_, layer.biases[i]);
        if (depth == 0) return;
        Layer& above = layers_[depth - 1];
        std::size_t differ = 0, active = 0;
        for (std::size_t unit = 0; unit < above.units.size(); ++unit) {
            active += above.units[unit]->slope(above.taken[unit]).size() != 0;
            differ += layer.known && layer.behind[unit] != above.taken[unit];
        }
        if (!layer.known || differ > active) {
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
            tick(2 * rows * size);
        }
        layer.known = true;
    }
    // Add what a unit computes on one of its pieces to the change, or subtract it.
    void add_output(Layer& layer, int unit, int piece, bool minus) {
        const Unit& of = *layer.units[unit];
        add_multiple(change_.data(), w_, row_of(layer, layer.source(unit, piece)), w_, n_, of.slope(piece), minus);
        if (!of.rank) add_product(&change_[(n_ - 1) * w_], w_, of.intercepts[piece], ONE, minus);
    }

    std::string name(std::int64_t unit) const {
        return "layer " + std::to_string(depth_ + 1) + ", unit " + std::to_string(unit + 1);
    }
    int open(const Number& number) {
        const std::int64_t unit = small(number);
        if (unit < 0 || unit >= std::int64_t(here().taken.size()) || here().taken[unit] >= 0)
            reject(name(unit) + " is not open here");
        return static_cast<int>(unit);
    }
    int left(int unit, std::int64_t piece) {
        if (piece < 0 || piece >= here().units[unit]->pieces() || !alive_of(unit)[piece])
            reject(name(unit) + " has no such piece left");
        return static_cast<int>(piece);
    }
    // The conditions of a piece that depend on the input, times a factor, join the rows.
    void conditions(int unit, int piece, Rows& rows, const Number& factor) {
        Layer& layer = here();
        const Unit& of = *layer.units[unit];
        const Word* const z = row_of(layer, layer.source(unit, piece));
        for (int other = 0; other < of.rank; ++other) {
            const Word* const rival = row_of(layer, layer.row[unit] + other);
            if (std::equal(z, z + (n_ - 1) * w_, rival)) continue;
            Word* const row = rows.append(other < piece || !closed_);
            add_multiple(row, w_, z, w_, n_, factor);
            add_multiple(row, w_, rival, w_, n_, factor, true);
        }
        for (int at = piece - 1; of.rank == 0 && at <= piece; ++at) {  // z - t > 0, and t - z >= 0
            if (at < 0 || at + 1 == of.pieces()) continue;
            Word* const row = rows.append(at < piece || !closed_);
            add_multiple(row, w_, z, w_, n_, factor, at == piece);
            add_product(row + (n_ - 1) * w_, w_, of.points[at], factor, at < piece);
        }
    }

    // ---- evidence ----

    void spend(std::int64_t steps) {
        steps_ = plus(steps_, steps);
        if (steps_ > limit_) reject("the evidence takes too many steps for its length; give multipliers of few digits");
    }

    // Whether multipliers of the own rows, then row, multiplier, … refute the own rows on the cell.
    bool sum(std::size_t from) {
        spend(times(count_ - from, work_));
        conditions_.clear(), multipliers_.clear();
        for (std::size_t i = 0; i < own_.number(); ++i) {
            conditions_.push_back({own_.at(i), 0, own_.strict[i] != 0});
            if (from + i < count_) multipliers_.push_back(&numbers_[from + i]);
        }
        for (std::size_t k = from + own_.number(); k < count_; k += 2) {
            const std::int64_t i = small(numbers_[k]);
            if (i >= std::int64_t(path_.number()) || -1 - i >= std::int64_t(domain_.size()))
                reject("the evidence names a row that is not there");
            if (i >= 0)
                conditions_.push_back({path_.at(i), 0, path_.strict[i] != 0});
            else
                conditions_.push_back({nullptr, static_cast<int>(-1 - i), !closed_});
            if (k + 1 < count_) multipliers_.push_back(&numbers_[k + 1]);
        }
        if (multipliers_.size() != conditions_.size())
            reject("expected multipliers, then rows that are there, each with its own");
        return refutes();
    }

    // Whether the only linear dependency of some rows refutes them; rows of the domain with a single coefficient are left
    // out, with their coordinates, and take what multipliers cancel these.
    bool dependent(std::size_t from) {
        const std::int64_t base = domain_.size(), behind = base + path_.number();
        std::vector<std::int64_t> numbers;
        for (std::size_t k = from; k < count_; ++k) {
            const std::int64_t i = small(numbers_[k]);
            numbers.push_back(i >= 0 ? base + i : i >= -base ? -1 - i : MOST);
        }
        std::vector<std::int64_t> sorted(numbers);
        std::sort(sorted.begin(), sorted.end());
        if (numbers.empty() || sorted.back() >= behind + std::int64_t(own_.number()) ||
            std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
            reject("the evidence names a row twice, or one that is not there");
        std::vector<char> gone(d_);
        named_.cut(0);
        int bits = 0, shifted = 0;
        for (const std::int64_t i : numbers) {
            if (numbers.size() > n_) break;
            if (i < base && domain_[i].second) {
                for (const auto& [at, _] : domain_[i].first)
                    if (at < d_) gone[at] = 1;
                continue;
            }
            Rows& rows = i < behind ? path_ : own_;
            const std::int64_t at = i < behind ? i - base : i - behind;
            Word* const row = named_.append(i < base ? !closed_ : rows.strict[at]);
            if (i >= base)
                std::copy_n(rows.at(at), n_ * w_, row);
            else
                add_domain_row(row, w_, domain_[i].first, ONE);
            int zeros = 64 * w_, own = 0;  // powers of two do not matter here
            for (std::size_t j = 0; j < n_; ++j) {
                const Number entry(row + j * w_, w_);
                own = std::max(own, entry.bits());
                zeros = std::min(zeros, entry.trailing_zeros());
            }
            for (std::size_t j = 0; j < n_; ++j) shift_right(row + j * w_, w_, zeros);
            bits = std::max(bits, own), shifted = std::max(shifted, own - zeros);
        }
        if (named_.number() == 0 || numbers.size() > n_) reject("the evidence has too few or too many rows");
        std::vector<int> coordinates;
        for (int j = 0; j < d_; ++j)
            if (!gone[j]) coordinates.push_back(j);
        const std::int64_t rows = named_.number(), size = times(rows, bits / 30 + 1), columns = coordinates.size();
        const std::int64_t work = times(times(rows, columns), plus(200, times(times(3, size), root(size))));
        spend(times(rows, plus(work, times(n_, plus(100, times(size, slot_) / 30)))));
        const Numbers y = dependency(coordinates, shifted);
        conditions_.clear(), multipliers_.clear();
        for (std::size_t i = 0; i < named_.number(); ++i) {
            conditions_.push_back({named_.at(i), 0, named_.strict[i] != 0});
            multipliers_.push_back(&y[i]);
        }
        return refutes();
    }

    // Integers y, the last one positive, with Σ y_i*row_i = 0 in these coordinates, by fraction-free elimination (Bareiss);
    // the rows but the last must be independent.  Nothing relies on it: what it returns is multiplied out.  Where entries
    // are below 2^bits in modulus, minors of order c are below c!*2^(c*bits).
    Numbers dependency(const std::vector<int>& coordinates, int bits) {
        const int columns = static_cast<int>(named_.number()), last = columns - 1;
        const auto words = [&](int order) { return order * (bits + std::bit_width(unsigned(order))) / 64 + 1; };
        const int full = words(columns), rows = static_cast<int>(coordinates.size());
        matrix_.assign(std::size_t(rows) * columns * full, 0);
        const auto at = [&](int r, int k) { return &matrix_[(std::size_t(r) * columns + k) * full]; };
        for (int r = 0; r < rows; ++r)
            for (int c = 0; c < columns; ++c)
                add_product(at(r, c), full, named_.at(c) + std::size_t(coordinates[r]) * w_, w_, ONE);
        Number before = ONE, head, factor;
        Divisor divisor;
        std::vector<Word> value(2 * full + 1);
        for (int c = 0; c < last; ++c) {
            const int used = words(c + 1), next = words(c + 2), n = next + divisor.zeros / 64 + 1;
            int pivot = c;
            while (pivot < rows && is_zero(at(pivot, c), full)) ++pivot;
            if (pivot >= rows) reject("the rows of the evidence have more than one dependency; give multipliers");
            if (pivot > c) std::swap_ranges(at(c, 0), at(c, 0) + columns * full, at(pivot, 0));
            head.assign(at(c, c), used);
            const int sign = before.negative ? -1 : 1;
            for (int r = 0; r < rows; ++r) {
                if (r == c) continue;
                factor.assign(at(r, c), used);
                for (int k = c + 1; k < columns; ++k) {  // entry = (head*entry - factor*(entry above))/before
                    std::fill_n(value.begin(), n, 0);
                    add_product(value.data(), n, at(r, k), used, head, sign < 0);
                    add_product(value.data(), n, at(c, k), used, factor, sign > 0);
                    divisor.divide(value.data(), n, next);
                    std::fill_n(at(r, k), full, 0);
                    add_product(at(r, k), full, value.data(), next, ONE);
                }
                tick(std::size_t(3) * used * n * (columns - c));
            }
            std::swap(before, head);
            divisor.assign(before);
        }
        Numbers result;
        for (int i = 0; i < last; ++i) result.push_back(Number(at(i, last), full).times(before.negative ? 1 : -1));
        result.push_back(before.times(before.negative ? -1 : 1));
        return result;
    }

    // Whether the multipliers prove that the conditions do not all hold at any one point between the bounds (Farkas): the
    // sum is >= 0 where they hold, and > 0 if a strict one takes part.
    bool refutes() {
        int words = 1;
        Word most = 0;
        bool strict = false;
        for (std::size_t i = 0; i < conditions_.size(); ++i) {
            const Number& y = *multipliers_[i];
            if (y.negative) return false;
            words = std::max(words, y.size());
            most += y.words.empty() ? 0 : std::min(y.words[0], Word(1) << SPARE);
            strict |= conditions_[i].strict && !y.words.empty();
        }
        const int w = words == 1 && most >> SPARE == 0 ? w_ : w_ + words + 1;
        total_.assign(n_ * w, 0);
        for (std::size_t i = 0; i < conditions_.size(); ++i) {
            const Number& y = *multipliers_[i];
            tick(n_ * w * (y.size() + 1));
            if (conditions_[i].row)
                add_multiple(total_.data(), w, conditions_[i].row, w_, n_, y);
            else
                add_domain_row(total_.data(), w, domain_[conditions_[i].domain].first, y);
        }
        return is_negative_between(total_.data(), w, strict);
    }
    // Whether a row is negative between the bounds of the cell.  Where its largest value there is 0, it is if it is known not
    // to be attained: by `strict`, or on an open domain.
    bool is_negative_between(const Word* row, int w, bool strict) {
        point_.clear();
        for (std::size_t j = 0; j + 1 < n_; ++j) {
            const int slope = sign(row + j * w, w);
            const End& end = ends_[slope > 0][j];
            if (slope && !end.known) return false;
            point_.append(slope ? end.value : zero_);
            strict |= slope && !closed_;
        }
        point_.append(fine_);
        tick(n_ * w);
        return point_.sign_at(row, w) < strict;
    }
    // Let bounds be multiples of 2^-e.
    void refine(int e) {
        if (e <= e_) return;
        const Word factor = Word(1) << (e - std::exchange(e_, e));
        for (auto& ends : ends_)
            for (End& end : ends) end.value.append(factor, 0);
        for (Change& change : changes_) change.value.append(factor, 0);
        fine_.append(factor, 0);
    }

    // ---- the domain ----

    void add_domain_row(Word* target, int w, const Sparse& row, const Number& y) const {
        for (const auto& [at, value] : row) add_product(target + std::size_t(at) * w, w, value, y);
    }
    // Whether the witness satisfies the rows that bound a coordinate.
    bool is_between_walls() {
        const Number& q = numbers_[n_];
        tick(4 * (walls_[0].size() + walls_[1].size()));
        for (int side = 0; side < 2; ++side)
            for (const auto& [at, bound] : walls_[side])
                if (compare_products(numbers_[at + 1], unit_, bound, q) * (side ? -1 : 1) < !closed_) return false;
        return true;
    }
    int sign_at_witness(const Sparse& row) {
        int words = 2;
        for (const auto& [at, value] : row) words = std::max(words, value.size() + numbers_[at + 1].size() + 1);
        std::vector<Word> sum(words);
        for (const auto& [at, value] : row) add_product(sum.data(), words, value, numbers_[at + 1]);
        tick(row.size() * words);
        return sign(sum.data(), words);
    }

    // Now and then other threads and signals have their turn; a signal may raise an exception.
    void tick(std::size_t products) {
        products_ += products;
        if (products_ < PAUSE) return;
        products_ = 0;
        const nb::gil_scoped_acquire lock;
        if (PyErr_CheckSignals()) throw nb::python_error();
    }

    const int d_, w_;      // parameters; words of an entry
    const std::size_t n_;  // entries of a row
    const int slot_, length_;
    const std::int64_t work_;
    const bool closed_, bracket_;
    const Number unit_, zero_{}, minus_one_ = ONE.times(-1);
    const Sparse walls_[2];                        // low < unit*x < high on the domain
    std::vector<std::pair<Sparse, bool>> domain_;  // entries of its rows, and whether they bound a coordinate
    std::map<std::pair<PyObject*, int>, Unit> units_;
    std::vector<Layer> layers_;
    std::vector<End> ends_[2];  // lower and upper bounds of the cell, times unit*2^e
    Number fine_;               // unit*2^e
    int e_ = 0, depth_ = 0;
    bool begun_ = false, done_ = false;
    Rows path_{n_ * w_}, own_{n_ * w_}, named_{n_ * w_};  // of the cuts above; of a piece; of a dependency
    std::vector<std::int32_t> heads_;  // of the rows of the path
    std::vector<Undo> undo_;
    std::vector<Change> changes_;
    std::vector<Cut> cuts_;

    Numbers numbers_;  // of the line, the first count_
    std::size_t count_ = 0;
    std::vector<Condition> conditions_;
    std::vector<const Number*> multipliers_;
    std::vector<Word> total_, change_, matrix_;
    Point point_;

    std::string text_;
    std::size_t at_ = 0, began_ = 0, products_ = 0;
    std::int64_t steps_ = 0, limit_ = MOST;
};

}  // namespace

}  // namespace linregions::wide

void bind_check(nb::module_& m) {
    using linregions::wide::Check;
    nb::class_<Check> check(m, "Check");
    nb::enum_<Check::State>(check, "State")
        .value("MORE", Check::State::MORE)
        .value("OPEN", Check::State::OPEN)
        .value("DONE", Check::State::DONE)
        .value("REJECTED", Check::State::REJECTED)
        .value("MALFORMED", Check::State::MALFORMED);
    check.def(nb::init<nb::object, const std::vector<std::pair<nb::list, bool>>&, nb::list, nb::list>())
        .def("feed", &Check::feed, nb::arg("text"), nb::arg("limit"))
        .def("run", &Check::run, nb::call_guard<nb::gil_scoped_release>())
        .def("line", &Check::line)
        .def("rest", &Check::rest)
        .def_ro("lines", &Check::lines)
        .def_ro("leaves", &Check::leaves)
        .def_ro("reason", &Check::reason)
        .def_prop_ro("open_leaf",
                     [](const Check& c) { return std::make_tuple(c.layer, c.dimension, c.lasting, c.free); });
}
