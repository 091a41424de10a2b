// The tree of a certificate of version 3, checked: the rules of verify/CERTIFICATE.md a second time, for files of gigabytes.
//
// It shares nothing with the engines and computes with integers only.  verify/checker.py has read the claim and says how
// long rows and their multiples are (Claim._pack), so that every row has as many words as none overflows.  The lines, and
// the reasons to refuse one, are those of checker.py, whose functions have the same names.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>

#include "check_cell.hpp"
#include "check_dependency.hpp"
#include "check_claim.hpp"

namespace linregions::checking {

namespace {

constexpr int LEAF = 0, EMPTY = 1, OPEN = -1, BOUND = -2, BETWEEN = -3;  // kinds of lines; a cut has two children or more
constexpr int FINE = 60;                        // bounds are multiples of 2^-60
constexpr int SPARE = 32;                       // bits that rows leave for the sum of multipliers
constexpr std::ptrdiff_t MAX_DIGITS = 100'000;  // of one number
constexpr std::size_t LONG_LINE = 1 << 13;      // bytes; then the memory of numbers is not kept for others
const char* const FEW = "the line has too few or too many numbers";

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
          walls_{sparse(low), sparse(high)}, cell_(layers_of(claim), n_, w_, closed_, pulse_), fine_(unit_) {
        for (const auto& [row, single] : domain) domain_.emplace_back(sparse(row), single);
        for (int side = 0; side < 2; ++side) {
            ends_[side].resize(n_);
            for (const auto& [at, bound] : walls_[side]) ends_[side][at] = bound;
        }
    }

    // Whole lines, and how many steps evidence may have taken by their end.
    void feed(nb::bytes text, std::int64_t limit) {
        text_ = {text.c_str(), text.size()}, at_ = began_ = 0, limit_ = limit;
        if (text_.empty() || text_.back() != '\n') throw std::invalid_argument("whole lines");
    }
    State run() {
        try {
            if (!std::exchange(begun_, true)) cell_.begin();
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
    struct Change {  // an end, and its old value
        Number *end, value;
    };
    struct Cut {  // a cell that has been cut, and the last child that has been begun
        int depth, unit, piece, left;
        std::size_t dropped, changes, rows;
    };

    // ---- lines ----

    // The integers of a line, written as in JSON; false if it does not consist of such.
    bool parse() {
        began_ = at_;
        const char* at = text_.data() + at_;
        const char* const end = static_cast<const char*>(std::memchr(at, '\n', text_.size() - at_));
        at_ = end - text_.data() + 1;
        count_ = 0;
        pulse_.tick(at_ - began_);
        if (at_ - began_ > LONG_LINE) numbers_.clear();
        while (at != end) {
            if (count_ == numbers_.size()) numbers_.emplace_back();
            Number& number = numbers_[count_++];
            const bool minus = *at == '-';
            const char* const first = at += minus;
            number.words.clear();
            const char* const last = std::find_if(first, end, [](char c) { return c < '0' || c > '9'; });
            if (last == first || last - first > MAX_DIGITS || (*first == '0' && last - first > 1)) return false;
            while (at != last) {
                Word chunk = 0, factor = 1;
                for (; at != last && factor < Word(1) << 60; ++at, factor *= 10) chunk = 10 * chunk + (*at - '0');
                number.append(factor, chunk);
                pulse_.tick(number.words.size());
            }
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
        const auto &low = ends_[0][j], &high = ends_[1][j];
        if (!low || !high || compare_products(n, unit_, *low, ONE) < 0 || compare_products(n, unit_, *high, ONE) > 0)
            reject("the bound is not between the old ones");
        // the other side, ±(x_j - n/2^e) >= 0, with a coefficient as long as rows are in all layers
        own_.cut(0);
        Word* const row = own_.append(false);
        add_product(row + j * w_, w_, ONE, Number::power_of_two(length_), !upper);
        add_product(row + (n_ - 1) * w_, w_, numbers_[2], Number::power_of_two(length_ - static_cast<int>(e)), upper);
        if (!sum(4)) reject("the evidence does not show the bound");
        std::vector<Word> end(n.size() + unit_.size() + 1);
        add_product(end.data(), static_cast<int>(end.size()), n, unit_);
        Number& value = *ends_[upper][j];
        changes_.push_back({&value, std::exchange(value, Number(end.data(), static_cast<int>(end.size())))});
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
        const std::size_t base = domain_.size();
        const bool between_walls = is_between_walls();
        for (std::size_t i = 0; i < base; ++i)
            if (!(between_walls && domain_[i].second) && sign_at_witness(domain_[i].first) < !closed_)
                reject("the witness violates row " + std::to_string(i) + " of its cell");
        point_.clear();
        for (std::size_t j = 1; j <= n_; ++j) point_.append(numbers_[j]);
        for (std::size_t i = 0; i < path_.number(); ++i) {
            pulse_.tick(path_.size);
            if (point_.sign_at(path_.at(i), w_, &heads_[i * n_]) < path_.strict[i])
                reject("the witness violates row " + std::to_string(base + i) + " of its cell");
        }
        ++leaves;
        if (!cell_.here().open) return;
        layer = cell_.depth(), lasting = cell_.here().lasting(), dimension = d_;
        for (int depth = 0; depth < cell_.depth(); ++depth) dimension = std::min(dimension, cell_.layers[depth].lasting());
        for (std::size_t unit = 0; unit < cell_.here().taken.size(); ++unit)
            if (cell_.here().taken[unit] < 0) free.emplace_back(unit, cell_.here().left[unit]);
    }

    // Go on to the next child of the last cut that has one left, with everything as it was at the cut.
    void next_child() {
        done_ = cuts_.empty();
        if (done_) return;
        Cut& cut = cuts_.back();
        cell_.back(cut.depth, cut.dropped);
        for (; changes_.size() > cut.changes; changes_.pop_back())
            *changes_.back().end = std::move(changes_.back().value);
        path_.cut(cut.rows);
        const int unit = cut.unit, piece = cut.piece = cell_.first_left(unit, cut.piece + 1);
        if (--cut.left == 0) cuts_.pop_back();
        const std::size_t first = path_.number();
        cell_.conditions(unit, piece, path_, cell_.here().power);
        heads_.resize(path_.number() * n_);
        for (std::size_t i = first; i < path_.number(); ++i) head_of(&heads_[i * n_], path_.at(i), w_, n_);
        cell_.take(unit, piece);
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
        Number entry;
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
                entry.assign(row + j * w_, w_);
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
        const Numbers y = dependency(named_, w_, coordinates, shifted, pulse_);
        if (y.empty()) reject("the rows of the evidence have more than one dependency; give multipliers");
        conditions_.clear(), multipliers_.clear();
        for (std::size_t i = 0; i < named_.number(); ++i) {
            conditions_.push_back({named_.at(i), 0, named_.strict[i] != 0});
            multipliers_.push_back(&y[i]);
        }
        return refutes();
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
            pulse_.tick(n_ * w * (y.size() + 1));
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

    // ---- the domain ----

    void add_domain_row(Word* target, int w, const Sparse& row, const Number& y) const {
        for (const auto& [at, value] : row) add_product(target + std::size_t(at) * w, w, value, y);
    }
    // Whether the witness satisfies the rows that bound a coordinate.
    bool is_between_walls() {
        const Number& q = numbers_[n_];
        pulse_.tick(4 * (walls_[0].size() + walls_[1].size()));
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
        pulse_.tick(row.size() * words);
        return sign(sum.data(), words);
    }

    const int d_, w_;      // parameters; words of an entry
    const std::size_t n_;  // entries of a row
    const int slot_, length_;
    const std::int64_t work_;
    const bool closed_, bracket_;
    const Number unit_, zero_{}, minus_one_ = ONE.times(-1);
    const Sparse walls_[2];                        // low < unit*x < high on the domain
    std::vector<std::pair<Sparse, bool>> domain_;  // entries of its rows, and whether they bound a coordinate
    Pulse pulse_;
    Cell cell_;
    std::vector<std::optional<Number>> ends_[2];  // lower and upper bounds of the cell, times unit*2^e
    Number fine_;                                 // unit*2^e
    int e_ = 0;
    bool begun_ = false, done_ = false;
    Rows path_{n_ * w_}, own_{n_ * w_}, named_{n_ * w_};  // of the cuts above; of a piece; of a dependency
    std::vector<std::int32_t> heads_;  // of the rows of the path
    std::vector<Change> changes_;
    std::vector<Cut> cuts_;

    Numbers numbers_;  // of the line, the first count_
    std::size_t count_ = 0;
    std::vector<Condition> conditions_;
    std::vector<const Number*> multipliers_;
    std::vector<Word> total_;
    Point point_;

    std::string text_;
    std::size_t at_ = 0, began_ = 0;
    std::int64_t steps_ = 0, limit_ = MOST;
};

}  // namespace

}  // namespace linregions::checking

void bind_check(nanobind::module_& m) {
    namespace nb = nanobind;
    using linregions::checking::Check;
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
