// The lines of a certificate (verify/CERTIFICATE.md), which the loop has written while it divides the cells: what proves a
// decision is in hand when it is made.
//
// Cells are polygons of two inputs, and simplex dictionaries of any other number.  Nothing at a cell depends on more than the
// cuts above it, so that a part of the tree has the same lines in whatever process it is written.
//
// Every line is proved by the error bounds of proofs.hpp: a witness is inside, rounded multipliers leave a negative rest
// between the bounds of the cell, or the rows at a vertex have a dependency with positive multipliers.  What floats cannot
// prove is not written; then the loop asks, or leaves all that is below to exact arithmetic.
#pragma once

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "center.hpp"
#include "examine.hpp"
#include "short_point.hpp"
#include "support.hpp"

namespace linregions {

// The numbers below 1000 with a comma behind each, and their lengths.
constexpr auto SHORT = [] {
    struct Short {
        char text[4];
        int size;
    };
    std::array<Short, 1000> texts{};
    for (int n = 0; n < 1000; ++n) {
        auto& [text, size] = texts[n];
        if (n >= 100) text[size++] = '0' + n / 100;
        if (n >= 10) text[size++] = '0' + n / 10 % 10;
        text[size++] = '0' + n % 10;
        text[size++] = ',';
    }
    return texts;
}();

// The multipliers of a row under test that are tried, every other one of the denominators; LANES behind them.
constexpr int SCALES = (DENOMINATORS + 1) / 2;
constexpr auto SCALE = [] {
    std::array<double, SCALES + LANES> numbers{};
    for (int k = 0; k < SCALES + LANES; ++k) numbers[k] = DENOMINATOR[k < SCALES ? 2 * k : DENOMINATORS];
    return numbers;
}();

constexpr int CUTS = -1, UNSURE = -2;  // of a unit that does not take one piece, and of one not decided

// What the loop tells of its decisions, where only regions are counted.
struct NoLines {
    static constexpr bool WRITES = false;
    std::size_t size() const { return 0; }
    int number_of(int, int) const { return 0; }
    template <class... Any>
    bool write_empty(Any...) {
        return true;
    }
    bool write_leaf(bool) { return true; }
    void drop(std::size_t) {}
    void add(const std::string&) {}
    void pushed(int, int) {}
    void pushed_domain_row(int, int) {}
    void set_number(int, int) {}
    void write_cut(int, int, int) {}
    void enter_part(int, const Cut&) {}
    void enclose_cell() {}
    void see_cell() {}
    int settle(Exact*, int, int, int) { return UNSURE; }
};

// What a certificate needs of a dictionary, as of a polygon in support.hpp.
template <int D>
double* find_inside(Simplex<D>& geo, int slot) {
    return geo.witness_of(slot);
}
template <int D>
std::pair<const double*, int> bounding_rows(Simplex<D>&, State<D>& state, int, int m) {
    return {state.row_of_path(0), m};
}
template <int D>
bool descend_to_least(Simplex<D>& geo, State<D>& state, int slot, int m, int orientation, int = -1) {
    return minimize(geo, state, slot, m, orientation, state.row_center.data(), geo.goal.data());
}

// Geometry is Vertices<2> or Simplex<D>.
template <class Geometry, int D>
class Lines : public Written {
    enum : int { LEAF = 0, EMPTY = 1, OPEN = -1, BOUND = -2, BETWEEN = -3 };
    static constexpr int MOST_DIMENSIONS = 4, LEAST_UNITS = 4;  // where bounds of the cell are worth their lines
    static constexpr int MOST_LANES = 4;  // the rows of a layer that are computed at once where one is
    static constexpr double FINENESS = 16.0;  // a bound is so many times finer than the cell is wide
    static constexpr double COARSE = 4096.0;  // a larger denominator is worth Newton's method to the center
    static constexpr int FINEST = 200;        // denominators are less than 2 to this power
    static constexpr double WEIGHT = 1e-9;    // a smaller multiplier is proposed to be zero
    static constexpr std::size_t LONGEST = 24;  // characters of a number with its comma

public:
    static constexpr bool WRITES = true;

    Lines(const Naming& naming, State<D>& state, Geometry& geo)
        : model_(*state.start.model), state_(state), geo_(geo), naming_(naming), center_(state.start.d, geo.most),
          short_(state.start.d, geo.most), height_(state.start.slots), depth_(state.start.slots),
          number_(state.start.most), weight_(state.start.most), piece_(model_.most_units),
          low_(static_cast<std::size_t>(state.start.slots) * state.start.d),
          high_(static_cast<std::size_t>(state.start.slots) * state.start.d), point_(state.start.d), rounded_(state.start.d),
          rest_(state.start.d + 1), rest_error_(state.start.d + 1), whole_(state.start.d),
          tried_(static_cast<std::size_t>(LANES) * state.start.d), rests_(static_cast<std::size_t>(LANES) * (state.start.d + 1)) {
        for (int i = 0; i < d(); ++i) low_[i] = state.start.lower[i], high_[i] = state.start.upper[i];
    }

    // Of the text, which may be cut back to what it was.
    std::size_t size() const { return length; }
    void drop(std::size_t before) { length = before; }
    void add(const std::string& lines) { std::copy(lines.begin(), lines.end(), space(lines.size())), length += lines.size(); }

    // The number that the file gives to the row that comes so many rows after the path of the slot.
    int number_of(int slot, int later) const { return height_[slot] + later; }
    void set_number(int slot, int number) { height_[slot] = number; }
    // The row under test has become row m of the path, with that number; or row `at` of the domain.
    void pushed(int m, int number) {
        number_[m] = number;
        const Name& name = state_.row_name;
        weight_[m] = (name.layer < 0 ? naming_.row_weight[name.which] : naming_.layer_weight[name.layer]) / state_.row_scale;
    }
    void pushed_domain_row(int m, int at) { pushed(m, -1 - naming_.row_number[at]); }

    // A line that says that a piece is empty since orientation*row >= 0 on the cell of the slot, where -orientation*row is
    // row `at` of the `rows` that the piece has; rows of the path that are numbered from those of the cell on top on are
    // earlier ones of these.  False if that cannot be proved.
    // The polygon's vertex `best` is where it is least, if that is known.
    bool write_empty(Exact* exact, int slot, int unit, int piece, int at, int rows, int orientation, int best = -1) {
        const int height = number_of(state_.top, 0), m = state_.slot[slot].bounding();
        if constexpr (POLYGON)  // a dictionary stands there
            if (!descend_to_least(geo_, state_, slot, m, orientation, best)) return false;
        if (round_multipliers(slot, orientation, naming_.layer_weight[state_.row_name.layer] / state_.row_scale)) {
            char* last = write(write(write(space((3 + rows + 2 * d()) * LONGEST), EMPTY), unit), piece);
            for (int k = 0; k < rows; ++k) {
                std::int64_t y = k == at ? own_ : 0;
                for (int j = 0; j < d(); ++j)
                    if (whole_[j] && name_of(slot, j) == height + k) y = whole_[j];
                last = write(last, y);
            }
            for (int j = 0; j < d(); ++j)
                if (whole_[j] && name_of(slot, j) < height) last = write(write(last, name_of(slot, j)), whole_[j]);
            end(last);
            return true;
        }
        if (!prove_at_vertex(geo_, model_, state_, exact, slot, m, orientation)) return false;
        put(EMPTY), put(unit), put(-1 - piece);
        for (int j = 0; j < geo_.certain; ++j) put(name_of(slot, geo_.columns[j]));
        put(height + at);
        end();
        return true;
    }

    // A leaf, which may be open, with a short point of the cell on top; false if floats find none.
    bool write_leaf(bool open) {
        const int m = state_.slot[state_.top].rows;
        children.clear();
        const double *lower = geo_.lower.data(), *upper = geo_.upper.data(), *inside = find_inside(geo_, state_.top);
        const auto [rows, number] = bounding_rows(geo_, state_, state_.top, m);
        const auto accept = [&](const double* at, double q) { return inside_over(geo_, at, q, state_, m); };
        const bool many = geo_.boxed && d() > LARGEST_SYSTEM;  // then moves of single coordinates are worth less than they cost
        double q = 0.0;
        for (int i = 0; i < d(); ++i) point_[i] = inside[i];
        for (const bool newton : {false, true}) {
            if (q > 0.0 || newton < many) continue;
            if (many)
                center_.find(lower, upper, number, rows, point_.data());
            else if (newton)
                center_.recenter(lower, upper, number, rows, point_.data());
            q = short_.find(lower, upper, number, rows, point_.data(), !many, newton ? INF : COARSE, rounded_.data(), accept);
        }
        for (int power = 30; q == 0.0; ++power) {  // neither found one: the witness, rounded finely
            if (power == FINEST) return false;
            q = std::ldexp(1.0, power);
            for (int i = 0; i < d(); ++i) rounded_[i] = std::rint(inside[i] * q);
            if (!accept(rounded_.data(), q)) q = 0.0;
        }
        put(open ? OPEN : LEAF);
        if (naming_.wide && write_digits(q)) return true;
        for (int i = 0, column = 0; i < naming_.dimension; ++i)
            if (column < d() && naming_.columns[column] == i)
                put_whole(rounded_[column++]);
            else
                put(0);
        put_whole(q);
        end();
        return true;
    }

    // The line of a cut, and what is known of the parts, which are in the slots from that of the cell on, the first piece on
    // top.
    void write_cut(int slot, int parts, int unit) {
        put(parts), put(unit);
        end();
        children.clear();
        for (int part = slot + parts - 1; part >= slot; --part) {
            children.emplace_back(state_.slot[part].layer, unit, state_.slot[part].piece);
            depth_[part] = depth_[slot] + (part > slot);
            for (int i = 0; i < d(); ++i) low_of(part)[i] = low_of(slot)[i], high_of(part)[i] = high_of(slot)[i];
        }
        ++depth_[slot];
    }
    // A part of a cell has come to the top of the stack.
    void enter_part(int slot, const Cut& cut) {
        path.resize(depth_[slot] - 1);
        path.push_back(cut);
    }

    // Lines with bounds of the coordinates, and the units that take one piece between them, if these are more: of a cell that
    // has just entered its layer, or of a new polygon, where that seems to be worth it.
    void enclose_cell() {
        Slot& cell = state_.slot[state_.top];
        const int m = cell.rows, top = state_.top, number = cell.left - cell.position;
        if (D > MOST_DIMENSIONS || !geo_.boxed || d() > MOST_DIMENSIONS || number < LEAST_UNITS * d()) return;
        const std::size_t before = length;
        double *low = low_of(top), *high = high_of(top);
        for (int i = 0; i < d(); ++i) old_low_[i] = low[i], old_high_[i] = high[i];
        double least[2 * MOST_DIMENSIONS];
        int lines = 0, places[2 * MOST_DIMENSIONS];
        if constexpr (POLYGON)
            find_extremes(geo_, top, low, high, least, places);
        else
            for (int k = 0; k < 2 * d(); ++k) least[k] = extreme(m, k / 2, k % 2), places[k] = -1;
        for (int k = 0; k < 2 * d(); ++k) {
            const int i = k / 2, above = k % 2 == 0;
            const double width = old_high_[i] - old_low_[i] - least[2 * i] - least[2 * i + 1];
            if (!(0.0 < width && width < least[k] * 4.0)) continue;
            const int e = static_cast<int>(larger(0.0, std::ceil(std::log2(FINENESS / width))));
            const double fine = std::ldexp(1.0, e), end_ = (above ? old_high_[i] - least[k] : old_low_[i] + least[k]) * fine;
            const double n = above ? std::ceil(end_ + 0.25) : std::floor(end_ - 0.25), bound = n / fine;
            if (e > naming_.most_fine || !(std::fabs(n) < 0x1p52) || !(low[i] < bound && bound < high[i])) continue;
            extreme(m, i, k % 2, places[k]);  // it stands there again
            state_.row_center[d()] = above ? bound : -bound;
            for (int j = 0; j <= d(); ++j) state_.row_error[j] = 2 * (d() + 6) * UNIT * std::fabs(state_.row_center[j]);
            if (!round_multipliers(top, 1, 1.0)) continue;
            const int at = naming_.columns[i];
            char* last = write(write(space((5 + 2 * d()) * LONGEST), BOUND), above ? at : -1 - at);
            last = write(write(write(last, static_cast<std::int64_t>(n)), e), own_);
            for (int j = 0; j < d(); ++j)
                if (whole_[j]) last = write(write(last, name_of(top, j)), whole_[j]);
            end(last);
            ++lines;
            (above ? high : low)[i] = bound;
        }
        const Layer& layer = model_.layers[cell.layer];
        bool all_bounded = false;  // state.low and state.high have bounds of the layer's preactivations on the cell
        if constexpr (D == 2)
            all_bounded = layer.plain && bound_between(state_, cell.layer, layer.rows, low[0] - geo_.bound_error[0],
                                                       high[0] + geo_.bound_error[0], low[1] - geo_.bound_error[1],
                                                       high[1] + geo_.bound_error[1]);
        if (all_bounded)
            sure_sides(state_.low.data(), state_.high.data(), state_.center_of(cell.layer, 0), state_.error_of(cell.layer, 0),
                       state_.center_of(cell.layer, 1), state_.error_of(cell.layer, 1), piece_.data(), layer.rows);
        std::int32_t *remaining = state_.remaining_of(top) + cell.position, *taken = &state_.piece_at(cell.layer, 0);
        int *pieces = piece_.data(), settled = 0, most = -1, left = 0;  // units that take one piece, the last of these, others
        for (int at = 0; at < number; ++at) {  // units are listed in their order, and so none is read too late
            pieces[at] = all_bounded ? pieces[remaining[at]] : between(cell.layer, remaining[at]);
            settled += pieces[at] >= 0;
            most = std::max(most, pieces[at]);
        }
        if (settled <= lines) {
            drop(before);
            for (int i = 0; i < d(); ++i) low[i] = old_low_[i], high[i] = old_high_[i];
            return;
        }
        for (int piece = 0; piece <= most; ++piece) {
            char *const first = write(write(space((number + 2) * LONGEST), BETWEEN), piece), *last = first;
            for (int at = 0; at < number; ++at) {  // each is written, and the next one over it if it takes another piece
                char* const next = write(last, remaining[at]);
                last = pieces[at] == piece ? next : last;
            }
            if (last > first) end(last);
        }
        for (int at = 0; at < number; ++at) {
            const int unit = remaining[at], piece = pieces[at];
            taken[unit] = std::max(piece, 0);  // a unit that is not decided has no piece here
            remaining[left] = unit, left += piece < 0;
        }
        cell.left = cell.position + left;
    }

    // Look at all units of the layer from the vertices of the polygon on top at once, where many may cut it.
    void see_cell() {
        const Slot& cell = state_.slot[state_.top];
        const Layer& layer = model_.layers[cell.layer];
        if constexpr (POLYGON)
            if ((seen_ = layer.plain && MOST_LANES * (cell.left - cell.position) >= layer.rows))
                see_units(geo_, state_.top, state_, cell.layer, layer.rows);
    }

    // The piece that a unit was seen to take on the cell on top, with its line; CUTS, or UNSURE.  The edges at a vertex that is
    // not at infinity have a positive determinant.
    int settle(Exact* exact, int top, int layer, int unit) {
        if constexpr (POLYGON) {
            const bool off = seen_ && state_.high[unit] < 0.0, on = seen_ && state_.low[unit] > 0.0;
            if (!(on || off)) return seen_ && state_.low[unit] * state_.high[unit] < 0.0 ? CUTS : UNSURE;
            const int best = static_cast<int>(geo_.seen[(on ? 1 : 2) * state_.rows_ + unit]);
            if (best < 0 || !(geo_.of(top)[best].center[2] > geo_.of(top)[best].error[2])) return UNSURE;
            ++state_.tests;
            if (geo_.boxed || !stand_at(geo_, top, best))
                return scalar_row(model_, state_, layer, unit, 0) == NORMAL &&
                       write_empty(exact, top, unit, !on, 0, 1, on ? 1 : -1, best) ? on : UNSURE;
            char* last = write(write(write(space(6 * LONGEST), EMPTY), unit), on ? -1 : -2);
            end(write(write(write(last, name_of(top, 0)), name_of(top, 1)), number_of(top, 0)));
            return on;
        }
        return UNSURE;
    }

    // See Traversal::proposal; the row under test is that of the unit asked about.
    std::pair<std::vector<int>, bool> proposal() {
        std::vector<int> numbers;
        const int top = state_.top;
        const bool positive =
            row_value<D>(state_.row_center.data(), state_.row_error.data(), find_inside(geo_, top), d()).first > 0.0;
        if (!descend_to_least(geo_, state_, top, state_.slot[top].rows, positive ? 1 : -1)) return {numbers, positive};
        double largest = 0.0;
        for (int j = 0; j < d(); ++j) largest = larger(largest, std::fabs(geo_.goal[j]));
        for (int j = 0; j < d(); ++j)
            if (std::fabs(geo_.goal[j]) > WEIGHT * largest && !geo_.is_free(geo_.nonbasic_of(top)[j]))
                numbers.push_back(name_of(top, j));
        return {numbers, positive};
    }

private:
    static constexpr bool POLYGON = std::is_same_v<Geometry, Vertices<2>>;

    int d() const { return geo_.d(); }
    double* low_of(int slot) { return low_.data() + static_cast<std::size_t>(slot) * d(); }
    double* high_of(int slot) { return high_.data() + static_cast<std::size_t>(slot) * d(); }

    // Where so many more bytes of text have a place.
    char* space(std::size_t bytes) {
        if (text.size() < length + bytes) text.resize(2 * (length + bytes));
        return text.data() + length;
    }
    // A number and a comma; the last comma of a line becomes its end.
    void put(std::int64_t number) { length = write(space(LONGEST), number) - text.data(); }
    static char* write(char* end, std::int64_t number) {
        if (static_cast<std::uint64_t>(number) >= SHORT.size()) return write_longer(end, number);
        std::memcpy(end, SHORT[number].text, 4);
        return end + SHORT[number].size;
    }
    static char* write_longer(char* end, std::int64_t number) {
        if (-1000 < number && number < 0) return *end = '-', write(end + 1, -number);
        end = std::to_chars(end, end + LONGEST, number).ptr;
        *end = ',';
        return end + 1;
    }
    void put_whole(double number) {  // which may be larger
        if (std::fabs(number) < 0x1p62) return put(static_cast<std::int64_t>(number));
        length += std::snprintf(space(400), 400, "%.0f,", number);
    }
    // The rest of the line of a leaf: the least numerator, q, and by how much each is larger, in few digits to the base 16;
    // false if they are too many, or if the file has coordinates that do not matter.
    bool write_digits(double q) {
        const auto [least, most] = std::minmax_element(rounded_.data(), rounded_.data() + d());
        const double low = *least, size = *most - low;
        if (d() != naming_.dimension || !(size < 65536.0) || !(larger(q, std::fabs(low)) < 1e18)) return false;
        const int width = size < 16.0 ? 1 : size < 256.0 ? 2 : 4;
        put_whole(low), put_whole(q);
        char* at = space(static_cast<std::size_t>(width) * d() + 3);
        *at++ = '"';
        for (int i = 0; i < d(); ++i) {
            const int more = static_cast<int>(rounded_[i] - low);
            for (int digit = width - 1; digit >= 0; --digit) *at++ = "0123456789abcdef"[more >> 4 * digit & 15];
        }
        *at++ = '"';
        end(at + 1);
        return true;
    }
    void end() { text[length - 1] = '\n'; }
    void end(char* last) { last[-1] = '\n', length = last - text.data(); }

    // The number of the condition in a column of the dictionary.
    int name_of(int slot, int j) {
        const int variable = geo_.nonbasic_of(slot)[j];
        if constexpr (!POLYGON)
            if (variable < d()) return -1 - naming_.wall[2 * variable + (geo_.side_of(slot)[variable] < 0.0)];
        return number_[variable - d()];
    }

    // Multipliers of few digits for -orientation*row and path rows, so that the sum is negative between the bounds of the cell
    // on top, proved: own_, and those of the columns in whole_.
    bool round_multipliers(int slot, int orientation, double own) {
        if (!geo_.boxed) return false;
        double *rest = rest_.data(), *error = rest_error_.data();
        const double *low = low_of(state_.top), *high = high_of(state_.top);
        const int* nonbasic = geo_.nonbasic_of(slot);
        for (int tried = 0; tried < SCALES; ++tried) {
            const int lane = tried % LANES;
            if (lane == 0) try_scales(nonbasic, orientation, own, tried);
            for (int j = 0; j < d(); ++j)
                if (!(tried_[j * LANES + lane] < 0x1p52)) return false;
            if (!(leasts_[lane] > 0.0)) continue;  // refused without its errors
            const double factor = SCALE[tried] * own;
            own_ = static_cast<std::int64_t>(SCALE[tried]);
            for (int k = 0; k <= d(); ++k) {
                rest[k] = rests_[k * LANES + lane];
                error[k] = factor * (state_.row_error[k] + 8 * UNIT * std::fabs(state_.row_center[k]));
            }
            for (int j = 0; j < d(); ++j) {
                const double y = tried_[j * LANES + lane];
                whole_[j] = static_cast<std::int64_t>(y);
                if (y == 0.0) continue;
                const int r = nonbasic[j] - d();
                const double *row = state_.row_of_path(r), *off = state_.error_of_path(r), times = y * weight_[r];
                for (int k = 0; k <= d(); ++k) error[k] += times * (off[k] + 8 * UNIT * std::fabs(row[k]));
            }
            // at most d + 1 terms are added, which the errors of the rows allow for; their own are added likewise
            if (!positive_on_box(geo_, rest, error, low, high)) continue;
            std::int64_t divisor = own_;
            for (int j = 0; divisor > 1 && j < d(); ++j) divisor = std::gcd(divisor, whole_[j]);
            if (divisor == 1) return true;
            own_ /= divisor;
            for (auto& y : whole_) y /= divisor;
            return true;
        }
        return false;
    }

    // For LANES scales at once: multipliers of the columns, rounded, what they leave of the row under test, and the least value
    // of that between the bounds of the cell on top.  A number below 2^52 is rounded where 2^52 is added, and one above stays so.
    void try_scales(const int* nonbasic, int orientation, double own, int tried) {
        const double *low = low_of(state_.top), *high = high_of(state_.top), side = orientation;
        Lanes *rest = reinterpret_cast<Lanes*>(rests_.data()), *rounded = reinterpret_cast<Lanes*>(tried_.data());
        const Lanes factor = *reinterpret_cast<const Lanes*>(&SCALE[tried]) * own;
        for (int k = 0; k <= d(); ++k) rest[k] = side * factor * state_.row_center[k];
        for (int j = 0; j < d(); ++j) {
            const int r = nonbasic[j] - d();
            rounded[j] = Lanes{};
            if (r < 0 || weight_[r] == 0.0) continue;
            const Lanes y = (larger(geo_.goal[j], 0.0) * factor / weight_[r] + 0x1p52) - 0x1p52, times = -y * weight_[r];
            const double* row = state_.row_of_path(r);
            for (int k = 0; k <= d(); ++k) rest[k] += times * row[k];
            rounded[j] = y;
        }
        Lanes least = rest[d()];
        for (int i = 0; i < d(); ++i) {
            const Lanes a = rest[i] * low[i], b = rest[i] * high[i];
            least += b < a ? b : a;
        }
        *reinterpret_cast<Lanes*>(leasts_) = least;
    }

    // About the least value of high - x_i (side 0) or x_i - low on the cell; the row is under test then.
    double extreme(int m, int i, int side, int known = -1) {
        for (int k = 0; k <= d(); ++k) state_.row_center[k] = state_.row_error[k] = 0.0;
        state_.row_center[i] = side ? 1.0 : -1.0;
        state_.row_center[d()] = side ? -old_low_[i] : old_high_[i];
        return descend_to_least(geo_, state_, state_.top, m, 1, known) ? geo_.goal[d()] : -INF;
    }

    // Whether the row under test is positive between the bounds of the cell on top, proved.
    bool is_between() {
        return positive_on_box(geo_, state_.row_center.data(), state_.row_error.data(), low_of(state_.top), high_of(state_.top));
    }

    // The piece whose rows are all positive between the bounds, proved; -1 if there is none.
    int between(int layer, int unit) {
        if (model_.is_binary(layer, unit)) {
            if (scalar_row(model_, state_, layer, unit, 0) != NORMAL) return -1;
            if (is_between()) return 1;
            for (int k = 0; k <= d(); ++k) state_.row_center[k] = -state_.row_center[k];
            return is_between() ? 0 : -1;
        }
        for (int piece = 0; piece < model_.pieces_of(layer, unit); ++piece) {
            int normal = 0;
            bool all = true;
            for (int at = 0; all && at < model_.rows_of(layer, unit, piece); ++at) {
                const int kind = piece_row(model_, state_, layer, unit, piece, at);
                normal += kind == NORMAL;
                all = kind == POSITIVE || (kind == NORMAL && is_between());
            }
            if (all) return normal ? piece : -1;  // a unit without any is not open
        }
        return -1;
    }

    const Model& model_;
    State<D>& state_;
    Geometry& geo_;
    Naming naming_;
    Center center_;
    ShortPoint short_;
    std::vector<int> height_, depth_;  // [slots] see number_of; cuts above the cell
    std::vector<int> number_;          // [most] of the rows of the path
    std::vector<double> weight_;       // [most] what the file's row is of the core's; 0 of a wall, which is a bound
    std::vector<int> piece_;           // [units] scratch: of the remaining units
    Array<double> low_, high_;         // [slots, d] bounds of the cells
    double old_low_[MOST_DIMENSIONS], old_high_[MOST_DIMENSIONS];
    Array<double> point_, rounded_, rest_, rest_error_;
    bool seen_ = false;                // see see_cell
    std::int64_t own_ = 0;             // multipliers: of the row under test,
    std::vector<std::int64_t> whole_;  // and of the columns
    Array<double> tried_, rests_;      // [d, LANES], [d + 1, LANES] see try_scales
    double leasts_[LANES];
};

}  // namespace linregions
