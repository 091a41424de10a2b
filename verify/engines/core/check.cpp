// The tree of a certificate of version 3 or 6, checked: the rules of verify/CERTIFICATE.md a second time, for files of
// gigabytes.
//
// It shares nothing with the engines and computes with integers only.  verify/checker.py has read the claim and says how
// long rows and their multiples are (Claim._pack), so that every row has as many words as none overflows.  The lines, and
// the reasons to refuse one, are those of checker.py, whose functions have the same names.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <numeric>
#include <optional>
#include <string>

#include "check_cell.hpp"
#include "check_dependency.hpp"
#include "check_claim.hpp"

namespace linregions::checking {

namespace {

constexpr int LEAF = 0, EMPTY = 1, OPEN = -1, BOUND = -2, BETWEEN = -3;  // kinds of lines; a cut has two children or more
constexpr int FINE = 60;                        // bounds are multiples of 2^-60
constexpr int SPARE = 32;                       // bits that rows leave for the sum of multipliers
constexpr std::ptrdiff_t MAX_DIGITS = 100'000;  // of one number
constexpr std::ptrdiff_t LONG_LINE = 1 << 13;   // bytes; then the memory of numbers is not kept for others
const char* const FEW = "the line has too few or too many numbers";

// Steps of work: products and roots of numbers that are not negative, or a number beyond all limits; two have a sum.
constexpr auto MOST = std::int64_t(1) << 61;
std::int64_t times(std::int64_t a, std::int64_t b) { return b && a > MOST / b ? MOST : a * b; }
std::int64_t root(std::int64_t a) {
    std::int64_t result = 0;
    for (auto bit = std::int64_t(1) << 30; bit; bit /= 2)
        if ((result + bit) * (result + bit) <= a) result += bit;
    return result;
}

class Check {
public:
    // A checker.Claim; of each row of its domain the coordinate that it bounds, or -1, and places and entries; lower and upper
    // bounds times claim.unit, or None; and what is called at an open leaf: with its layer, the dimension of what arrives
    // there, how many settled units have outputs that are not constant, and the open units with the numbers of their pieces.
    Check(nb::object claim, nb::list domain, const std::pair<nb::list, nb::list>& walls, nb::callable at_open_leaf)
        : d_(get<int>(claim, "dimension")), w_((get<int>(claim, "slot") + 63) / 64), n_(d_ + std::size_t(1)),
          slot_(get<int>(claim, "slot")), length_(get<int>(claim, "length")), work_(get<std::int64_t>(claim, "work")),
          closed_(get<bool>(claim, "closed")), wide_(get<bool>(claim, "wide")), bracket_(get<bool>(claim, "bracket")),
          unit_(number(claim.attr("unit"))), at_open_leaf_(std::move(at_open_leaf)),
          cell_(layers_of(claim), n_, w_, closed_, pulse_), ends_{bounds(walls.first), bounds(walls.second)}, fine_(unit_) {
        for (const nb::handle given : domain) {
            const Numbers row = numbers(given);
            Word* const target = path_.append(!closed_);
            for (std::size_t k = 1; k < row.size(); k += 2) put(target + small(row[k]) * w_, w_, row[k + 1]);
            single_.push_back(static_cast<int>(small(row[0])));
        }
        find_heads();
    }

    // Check whole lines, up to the end of the tree; and how many steps evidence may have taken by the end of the text.
    void run(nb::bytes text, std::int64_t limit) {
        const char* at = text.c_str();
        const nb::gil_scoped_release release;
        limit_ = limit;
        while (const char* const end = done ? nullptr : std::strchr(at, '\n')) {
            ++lines;
            parse(at, end);
            node();
            at = end + 1;
        }
    }

    std::int64_t lines = 0, leaves = 0;
    bool done = false;

private:
    struct Term {  // of a sum of rows
        const Word* row;
        bool strict;
        const Number* multiplier;
    };
    struct Change {  // an end, and its old value
        Number *end, value;
    };
    struct Cut {  // a cell that has been cut, and the last child that has been begun
        int depth, unit, piece, left;
        std::size_t dropped, changes, rows;
    };

    // ---- lines ----

    // The integers of a line, written as in JSON.
    void parse(const char* at, const char* end) {
        count_ = 0;
        pulse_.tick(end - at);
        if (end - at >= LONG_LINE) numbers_.clear();
        while (at != end) {
            if (count_ == numbers_.size()) numbers_.emplace_back();
            Number& number = numbers_[count_++];
            const bool minus = *at == '-';
            const char* const first = at += minus;
            number.words.clear();
            const char* const last = std::find_if(first, end, [](char c) { return c < '0' || c > '9'; });
            if (last == first || last - first > MAX_DIGITS || (*first == '0' && last - first > 1)) reject(FEW);
            while (at != last) {
                Word chunk = 0, factor = 1;
                for (; at != last && factor < Word(1) << 60; ++at, factor *= 10) chunk = 10 * chunk + (*at - '0');
                number.append(factor, chunk);
                pulse_.tick(number.words.size());
            }
            number.negative = minus && !number.words.empty();
            if (at != end && (*at++ != ',' || at == end)) reject(FEW);
            if (end - at > 1 && *at == '"' && count_ == 3) return read_digits(at + 1, end - 1);
        }
    }
    // The witness of a line 0, least, q, "…": by how much each numerator is larger than the least, in digits to the base 16.
    void read_digits(const char* at, const char* end) {
        const std::size_t width = (end - at) / d_;
        if (!wide_ || (width != 1 && width != 2 && width != 4) || std::size_t(end - at) != width * d_)
            reject("a witness in digits has 1, 2 or 4 of them for each coordinate, in version 6");
        const std::int64_t least = small(numbers_[1]);  // of at most 18 digits, as q
        const Number q = numbers_[2];
        while (numbers_.size() < n_ + 1) numbers_.emplace_back();
        for (std::size_t j = 1; j < n_; ++j) {
            std::int64_t value = 0;
            for (std::size_t k = 0; k < width; ++k, ++at) value = 16 * value + (*at <= '9' ? *at - '0' : *at - 'a' + 10);
            numbers_[j] = Number(Word(std::abs(least + value))).times(least + value < 0 ? -1 : 1);
        }
        numbers_[n_] = q, count_ = n_ + 1;
    }

    void node() {
        if (count_ == 0) reject(FEW);
        const std::int64_t kind = small(numbers_[0]);
        if (kind == EMPTY) return empty_piece();
        if (kind > EMPTY) return cut();
        if (kind == BETWEEN) return between();
        if (kind == BOUND) return bound();
        const std::vector<int>& taken = cell_.here().taken;
        if (kind == LEAF && cell_.here().open)
            reject(cell_.name(std::find(taken.begin(), taken.end(), -1) - taken.begin()) + " is undecided at a leaf");
        if (kind != LEAF && (kind != OPEN || !bracket_)) reject("a line of this kind has no meaning here");
        leaf();
        next_child();
    }

    // 1, unit, piece, multipliers of its own rows, row, multiplier, …; or 1, unit, -1 - piece, row, …
    void empty_piece() {
        if (count_ < 3) reject(FEW);
        const int unit = cell_.open_unit(numbers_[1]);
        const std::int64_t number = small(numbers_[2]);
        const int piece = cell_.left_piece(unit, number >= 0 ? number : -1 - number);
        own_.cut(0);
        cell_.conditions(unit, piece, own_, cell_.here().power);
        if (!(number >= 0 ? sum(3) : dependent(3)))
            reject(cell_.name(unit) + ": the evidence does not show that piece " + std::to_string(piece) + " is empty");
        cell_.drop(unit, piece);
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
        std::vector<Word> end(n.size() + unit_.size() + 1);
        add_product(end.data(), static_cast<int>(end.size()), n, unit_);
        const Number value(end.data(), static_cast<int>(end.size()));
        if (!ends_[0][j] || !ends_[1][j] || value < *ends_[0][j] || *ends_[1][j] < value)
            reject("the bound is not between the old ones");
        // the other side, ±(x_j - n/2^e) >= 0, with a coefficient as long as rows are in all layers
        own_.cut(0);
        Word* const row = own_.append(false);
        add_product(row + j * w_, w_, ONE, Number::power_of_two(length_), !upper);
        add_product(row + (n_ - 1) * w_, w_, numbers_[2], Number::power_of_two(length_ - static_cast<int>(e)), upper);
        if (!sum(4)) reject("the evidence does not show the bound");
        changes_.push_back({&*ends_[upper][j], std::exchange(*ends_[upper][j], value)});
    }

    // -3, piece, unit, unit, …: the units take the piece, whose rows are all positive between the bounds.
    void between() {
        if (count_ < 2) reject(FEW);
        spend(times(2 * count_, work_));
        for (std::size_t k = 2; k < count_; ++k) {
            const int unit = cell_.open_unit(numbers_[k]), piece = cell_.left_piece(unit, small(numbers_[1]));
            own_.cut(0);
            cell_.conditions(unit, piece, own_, minus_one_);
            for (std::size_t i = 0; i < own_.number(); ++i)
                if (!is_negative_between(own_.at(i), w_, false))
                    reject(cell_.name(unit) + ": the bounds do not show that it takes piece " + std::to_string(piece));
            cell_.take(unit, piece);
        }
    }

    // children, unit: the unit takes each of the pieces that it has left, in one of them.
    void cut() {
        if (count_ != 2) reject(FEW);
        const int unit = cell_.open_unit(numbers_[1]), pieces = cell_.here().left[unit];
        if (small(numbers_[0]) != pieces)
            reject(cell_.name(unit) + " has " + std::to_string(pieces) + " pieces left, not " +
                   std::to_string(small(numbers_[0])));
        cuts_.push_back({cell_.depth(), unit, -1, pieces, cell_.changes(), changes_.size(), path_.number()});
        next_child();
    }

    // 0, n_1, …, n_d, q, or -1, …: the conditions of the path hold at n/q.
    void leaf() {
        if (count_ != n_ + 1) reject("a witness [n_1, …, n_m, q] must be " + std::to_string(n_) + " integers");
        if (small(numbers_[n_]) <= 0) reject("the denominator of a witness must be positive");
        point_.clear();
        for (std::size_t j = 1; j <= n_; ++j) point_.append(numbers_[j]);
        for (std::size_t i = 0; i < path_.number(); ++i) {
            const int single = i < single_.size() ? single_[i] : -1;
            pulse_.tick(single < 0 ? path_.size : 2 * w_);
            if (point_.sign_at(path_.at(i), w_, &heads_[i * n_], single) < path_.strict[i])
                reject("the witness violates row " + std::to_string(i) + " of its cell");
        }
        ++leaves;
        const Layer& layer = cell_.here();
        if (!layer.open) return;
        int dimension = d_;
        for (int depth = 0; depth < cell_.depth(); ++depth) dimension = std::min(dimension, cell_.lasting(depth));
        std::vector<std::pair<int, int>> free;
        for (std::size_t unit = 0; unit < layer.taken.size(); ++unit)
            if (layer.taken[unit] < 0) free.emplace_back(unit, layer.left[unit]);
        const nb::gil_scoped_acquire lock;
        at_open_leaf_(cell_.depth(), dimension, cell_.lasting(cell_.depth()), free);
    }

    // Go on to the next child of the last cut that has one left, with everything as it was at the cut.
    void next_child() {
        done = cuts_.empty();
        if (done) return;
        Cut& cut = cuts_.back();
        cell_.back(cut.depth, cut.dropped);
        for (; changes_.size() > cut.changes; changes_.pop_back())
            *changes_.back().end = std::move(changes_.back().value);
        path_.cut(cut.rows), heads_.resize(cut.rows * n_);
        const int unit = cut.unit, piece = cut.piece = cell_.first_left(unit, cut.piece + 1);
        if (--cut.left == 0) cuts_.pop_back();
        cell_.conditions(unit, piece, path_, cell_.here().power);
        find_heads();
        cell_.take(unit, piece);
    }
    void find_heads() {
        std::size_t i = heads_.size() / n_;
        for (heads_.resize(path_.number() * n_); i < path_.number(); ++i) head_of(&heads_[i * n_], path_.at(i), w_, n_);
    }

    // ---- evidence ----

    void spend(std::int64_t steps) {
        steps_ += steps;
        if (steps_ > limit_) reject("the evidence takes too many steps for its length; give multipliers of few digits");
    }

    // Row i of the cuts above, or row -1 - i of the domain: its number on the path, or one beyond all numbers.
    std::int64_t named(const Number& number) const {
        const std::int64_t i = small(number), base = single_.size();
        return i >= 0 ? base + i : i >= -base ? -1 - i : MOST;
    }

    // Whether multipliers of the own rows, then row, multiplier, … refute the own rows on the cell.
    bool sum(std::size_t from) {
        spend(times(count_ - from, work_));
        terms_.clear();
        const std::size_t first = from + own_.number();
        for (std::size_t k = first; k < count_; k += 2) {
            const std::int64_t i = named(numbers_[k]);
            if (i >= std::int64_t(path_.number())) reject("the evidence names a row that is not there");
            if (k + 1 < count_) terms_.push_back({path_.at(i), path_.strict[i] != 0, &numbers_[k + 1]});
        }
        if (first > count_ || (count_ - first) % 2)
            reject("expected multipliers, then rows that are there, each with its own");
        for (std::size_t i = 0; i < own_.number(); ++i)
            terms_.push_back({own_.at(i), own_.strict[i] != 0, &numbers_[from + i]});
        return refutes();
    }

    // Whether the only linear dependency of some rows refutes them; rows of the domain with a single coefficient are left
    // out, with their coordinates, and take what multipliers cancel these.
    bool dependent(std::size_t from) {
        const std::int64_t behind = path_.number();
        std::vector<std::int64_t> numbers;
        for (std::size_t k = from; k < count_; ++k) numbers.push_back(named(numbers_[k]));
        std::vector<std::int64_t> sorted(numbers);
        std::sort(sorted.begin(), sorted.end());
        if (numbers.empty() || sorted.back() >= behind + std::int64_t(own_.number()) ||
            std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
            reject("the evidence names a row twice, or one that is not there");
        if (numbers.size() > n_) numbers.clear();
        std::vector<int> coordinates(d_);
        std::iota(coordinates.begin(), coordinates.end(), 0);
        named_.cut(0);
        int bits = 0, shifted = 0;
        Number entry;
        for (const std::int64_t i : numbers) {
            if (i < std::int64_t(single_.size()) && single_[i] >= 0) {
                coordinates[single_[i]] = -1;
                continue;
            }
            const Rows& rows = i < behind ? path_ : own_;
            const std::int64_t at = i < behind ? i : i - behind;
            Word* const row = named_.append(rows.strict[at]);
            std::copy_n(rows.at(at), n_ * w_, row);
            int zeros = 64 * w_, own = 0;  // powers of two do not matter here
            for (std::size_t j = 0; j < n_; ++j) {
                entry.assign(row + j * w_, w_);
                own = std::max(own, entry.bits());
                zeros = std::min(zeros, entry.trailing_zeros());
            }
            for (std::size_t j = 0; j < n_; ++j) shift_right(row + j * w_, w_, zeros);
            bits = std::max(bits, own), shifted = std::max(shifted, own - zeros);
        }
        if (named_.number() == 0) reject("the evidence has too few or too many rows");
        std::erase(coordinates, -1);
        const std::int64_t rows = named_.number(), size = times(rows, bits / 30 + 1), columns = coordinates.size();
        const std::int64_t work = times(times(rows, columns), 200 + times(3 * size, root(size)));
        spend(times(rows, work + times(n_, 100 + times(size, slot_) / 30)));
        const Numbers y = dependency(named_, w_, coordinates, shifted, pulse_);
        if (y.empty()) reject("the rows of the evidence have more than one dependency; give multipliers");
        terms_.clear();
        for (std::size_t i = 0; i < y.size(); ++i) terms_.push_back({named_.at(i), named_.strict[i] != 0, &y[i]});
        return refutes();
    }

    // Whether the multipliers prove that the conditions do not all hold at any one point between the bounds (Farkas): the
    // sum is >= 0 where they hold, and > 0 if a strict one takes part.
    bool refutes() {
        int words = 1;
        Word most = 0;
        bool strict = false;
        for (const auto& [row, is_strict, y] : terms_) {
            if (y->negative) return false;
            words = std::max(words, y->size());
            most += y->words.empty() ? 0 : std::min(y->words[0], Word(1) << SPARE);
            strict |= is_strict && !y->words.empty();
        }
        const int w = words == 1 && most >> SPARE == 0 ? w_ : w_ + words + 1;
        total_.assign(n_ * w, 0);
        for (const auto& [row, is_strict, y] : terms_) {
            pulse_.tick(n_ * w * (y->size() + 1));
            add_multiple(total_.data(), w, row, w_, n_, *y);
        }
        return is_negative_between(total_.data(), w, strict);
    }
    // Whether a row is negative between the bounds of the cell.  Where its largest value there is 0, it is if it is known not
    // to be attained: by `strict`, or on an open domain.
    bool is_negative_between(const Word* row, int w, bool strict) {
        point_.clear();
        for (std::size_t j = 0; j + 1 < n_; ++j) {
            const int slope = sign(row + j * w, w);
            const auto& end = ends_[slope > 0][j];
            if (slope && !end) return false;
            point_.append(slope ? *end : zero_);
            strict |= slope && !closed_;
        }
        point_.append(fine_);
        pulse_.tick(n_ * w);
        return point_.sign_at(row, w) < strict;
    }
    // Let bounds be multiples of 2^-e.
    void refine(int e) {
        if (e <= e_) return;
        const Word factor = Word(1) << (e - std::exchange(e_, e));
        for (auto& ends : ends_)
            for (auto& end : ends)
                if (end) end->append(factor, 0);
        for (Change& change : changes_) change.value.append(factor, 0);
        fine_.append(factor, 0);
    }

    const int d_, w_;      // parameters; words of an entry
    const std::size_t n_;  // entries of a row
    const int slot_, length_;
    const std::int64_t work_;
    const bool closed_, wide_, bracket_;
    const Number unit_, zero_{}, minus_one_ = ONE.times(-1);
    const nb::callable at_open_leaf_;
    Pulse pulse_;
    Cell cell_;
    Bounds ends_[2];           // of the cell, times unit*2^e
    Number fine_;              // unit*2^e
    int e_ = 0;
    std::vector<int> single_;  // of each row of the domain the coordinate that it bounds, or -1
    Rows path_{n_ * w_}, own_{n_ * w_}, named_{n_ * w_};  // of the domain and the cuts above; of a piece; of a dependency
    std::vector<std::int32_t> heads_;                     // of the rows of the path
    std::vector<Change> changes_;
    std::vector<Cut> cuts_;

    Numbers numbers_;  // of the line, the first count_
    std::size_t count_ = 0;
    std::vector<Term> terms_;
    std::vector<Word> total_;
    Point point_;

    std::int64_t steps_ = 0, limit_ = 0;
};

}  // namespace

}  // namespace linregions::checking

void bind_check(nanobind::module_& m) {
    namespace nb = nanobind;
    using linregions::checking::Check;
    nb::exception<linregions::checking::Rejection>(m, "Rejected");
    nb::class_<Check>(m, "Check")
        .def(nb::init<nb::object, nb::list, const std::pair<nb::list, nb::list>&, nb::callable>())
        .def("run", &Check::run)
        .def_ro("lines", &Check::lines)
        .def_ro("leaves", &Check::leaves)
        .def_ro("done", &Check::done);
}
