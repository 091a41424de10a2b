// Regions counted in floating point, and hill climbing on that count: fast, and a proposal only.
//
// verify/maxima/float_count.py says what is counted and what may be missed.  Nothing here is believed.
#pragma once

#include <bit>
#include <vector>

#include "rounding.hpp"

namespace linregions {

class FloatCount {
public:
    static constexpr double TOLERANCE = 1e-6;  // a preactivation this small, relative to its row and the vertex, is zero
    static constexpr double RADIUS = 1e4;      // of the simplex in which regions are counted
    static constexpr int RANDOM_NUMBERS = 14;  // for one move, uniform between 0 and 1
    static constexpr int MOST_UNITS = 60;      // inputs and hidden units: the facets of a cell are the bits of one integer

    // Inputs, then the hidden widths; a cell has at most `most` vertices.
    FloatCount(std::vector<int> sizes, int most) : sizes_(std::move(sizes)), d_(sizes_[0]), most_(most), starts_{0} {
        int units = 0, widest = 0;
        for (std::size_t k = 1; k < sizes_.size(); ++k) {
            units += sizes_[k];
            widest = sizes_[k] > widest ? sizes_[k] : widest;
            for (int i = 0; i < sizes_[k]; ++i) starts_.push_back(starts_.back() + sizes_[k - 1] + 1);
        }
        width_ = widest;
        slots_ = units + 2;
        vertices_ = Array<double>(static_cast<std::size_t>(slots_) * most_ * (d_ + 1));
        facets_ = Array<std::uint64_t>(static_cast<std::size_t>(slots_) * most_);
        values_ = Array<double>(most_);
        rows_ = Array<double>(static_cast<std::size_t>(slots_ + 1) * width_ * (d_ + 1));
        cells_ = Array<Cell>(slots_);
    }

    int length() const { return starts_.back(); }

    // The number of activation regions of a network that floating point sees; 0 if a cell has too many vertices.
    int count(const double* weights) {
        first_cell(weights);
        int top = 0, found = 0;
        const int depth = static_cast<int>(sizes_.size()) - 1;
        while (top >= 0) {
            Cell& cell = cells_[top];
            if (cell.unit == sizes_[cell.layer + 1]) {
                if (cell.layer + 1 == depth) {
                    ++found;
                    --top;
                } else {
                    next_layer(top, weights);
                }
                continue;
            }
            const double* row = row_of(top, cell.unit);
            double size = 0.0;
            for (int c = 0; c <= d_; ++c) size = larger(size, std::fabs(row[c]));
            bool positive = false, negative = false;
            if (size > 1e-12)
                for (int i = 0; i < cell.number; ++i) {
                    const double* v = vertex(top, i);
                    double total = 0.0;
                    for (int c = 0; c <= d_; ++c) total += row[c] * v[c];
                    values_[i] = total / size;
                    positive |= values_[i] > TOLERANCE;
                    negative |= values_[i] < -TOLERANCE;
                }
            if (positive && negative) {
                int before = cell.unit;
                for (int k = 0; k < cell.layer; ++k) before += sizes_[k + 1];
                if (!split(top, std::uint64_t(1) << (d_ + 1 + before))) return 0;
                ++top;
            } else {
                if (positive) cell.active |= std::uint64_t(1) << cell.unit;
                ++cell.unit;
            }
        }
        return found;
    }

    // One move for each row of random numbers; `walk` is where the climb is, `best` the best network so far.
    //
    // A move changes one to three weights, or all of one unit, by a step of random length, a new value or the other sign.
    // It is kept unless the count falls, and if the count falls by k, with probability exp(-k / temperature).
    void climb(double* walk, double* best, std::int64_t* counts, double largest, double temperature, int moves,
               const double* numbers) {
        const int n = length(), units = static_cast<int>(starts_.size()) - 1;
        std::vector<double> trial(n);
        for (int move = 0; move < moves; ++move, numbers += RANDOM_NUMBERS) {
            for (int i = 0; i < n; ++i) trial[i] = walk[i];
            const double scale = largest * std::pow(10.0, 0.2 - 3.5 * numbers[1]);
            if (numbers[0] < 0.15) {
                const int unit = pick(numbers[2], units);
                const bool fresh = numbers[3] < 0.3;
                for (int i = starts_[unit]; i < starts_[unit + 1]; ++i) {
                    const double step = 2.0 * numbers[4 + (i - starts_[unit]) % (RANDOM_NUMBERS - 4)] - 1.0;
                    trial[i] = fresh ? largest * step : trial[i] + scale * step;
                }
            } else {
                const int changes = numbers[0] < 0.6 ? 1 : (numbers[0] < 0.85 ? 2 : 3);
                for (int change = 0; change < changes; ++change) {
                    const double* own = numbers + 4 * change;
                    const int unit = pick(own[2], units), inputs = starts_[unit + 1] - starts_[unit];
                    const int i = starts_[unit] + pick(own[3], inputs);
                    const double kind = own[4], step = 2.0 * own[5] - 1.0;
                    if (kind < 0.15)
                        trial[i] = largest * step;
                    else if (kind < 0.25)
                        trial[i] = -trial[i];
                    else
                        trial[i] += scale * step;
                }
            }
            const int found = count(trial.data());
            ++counts[2];
            if (found && numbers[13] < std::exp(static_cast<double>(found - counts[0]) / temperature)) {
                counts[0] = found;
                for (int i = 0; i < n; ++i) walk[i] = trial[i];
            }
            if (found > counts[1]) {
                counts[1] = found;
                counts[2] = 0;
                for (int i = 0; i < n; ++i) best[i] = trial[i];
            }
        }
    }

private:
    struct Cell {
        int number, layer, unit, offset;  // vertices, layer, next unit of the layer, where its rows begin in the weights
        std::uint64_t active;             // the layer's active units as bits
    };

    static int pick(double number, int n) {
        const int i = number >= 0.0 && number < 1.0 ? static_cast<int>(number * n) : 0;  // not a number is none of these
        return i < n ? i : n - 1;
    }
    double* vertex(int slot, int i) {
        return vertices_.data() + (static_cast<std::size_t>(slot) * most_ + i) * (d_ + 1);
    }
    std::uint64_t* facets(int slot) { return facets_.data() + static_cast<std::size_t>(slot) * most_; }
    double* row_of(int slot, int i) {
        return rows_.data() + (static_cast<std::size_t>(slot) * width_ + i) * (d_ + 1);
    }

    // Slot 0: the simplex, with the rows of the first layer.  Vertex i lies on all facets but the i-th.
    void first_cell(const double* weights) {
        for (int i = 0; i <= d_; ++i) {
            for (int j = 0; j < d_; ++j) vertex(0, i)[j] = i == j ? 1.0 : -1.0 / (d_ + 1);
            vertex(0, i)[d_] = 1.0 / RADIUS;
            facets(0)[i] = ((std::uint64_t(1) << (d_ + 1)) - 1) & ~(std::uint64_t(1) << i);
        }
        for (int i = 0; i < sizes_[1]; ++i)
            for (int j = 0; j <= d_; ++j) row_of(0, i)[j] = weights[i * (d_ + 1) + j];
        cells_[0] = {d_ + 1, 0, 0, 0, 0};
    }

    // The preactivations of the next layer on this cell as rows over (x, t).
    void next_layer(int top, const double* weights) {
        Cell& cell = cells_[top];
        const int inputs = sizes_[cell.layer + 1], width = sizes_[cell.layer + 2];
        const int offset = cell.offset + inputs * (sizes_[cell.layer] + 1);
        for (int i = 0; i < width; ++i) {
            const double* own = weights + offset + i * (inputs + 1);
            double* row = row_of(slots_, i);  // a slot to spare
            for (int c = 0; c <= d_; ++c) {
                double total = c == d_ ? own[inputs] : 0.0;
                for (int j = 0; j < inputs; ++j)
                    if (cell.active >> j & 1) total += own[j] * row_of(top, j)[c];
                row[c] = total;
            }
        }
        for (int i = 0; i < width; ++i)
            for (int c = 0; c <= d_; ++c) row_of(top, i)[c] = row_of(slots_, i)[c];
        cell = {cell.number, cell.layer + 1, 0, offset, 0};
    }

    // Slot `top` keeps the part where the unit is off, the next slot gets the other; false if it has no place.
    //
    // `values` holds the unit's preactivation at each vertex.
    bool split(int top, std::uint64_t bit) {
        const int n = cells_[top].number, other = top + 1;
        std::uint64_t *own = facets(top), *theirs = facets(other);
        int added = 0;
        for (int i = 0; i < n; ++i) {  // the new slot gets the positive vertices and those on the cut, then the new ones
            if (values_[i] < -TOLERANCE) continue;
            for (int c = 0; c <= d_; ++c) vertex(other, added)[c] = vertex(top, i)[c];
            theirs[added++] = own[i] | (values_[i] <= TOLERANCE ? bit : 0);
        }
        const int first_new = added;
        for (int i = 0; i < n; ++i) {
            if (!(values_[i] > TOLERANCE)) continue;
            for (int j = 0; j < n; ++j) {
                const std::uint64_t common = own[i] & own[j];
                if (!(values_[j] < -TOLERANCE) || std::popcount(common) < d_ - 1) continue;
                if (added == most_) return false;
                double* made = vertex(other, added);
                double largest = 0.0;
                for (int c = 0; c <= d_; ++c) {
                    made[c] = values_[i] * vertex(top, j)[c] - values_[j] * vertex(top, i)[c];
                    largest = larger(largest, std::fabs(made[c]));
                }
                for (int c = 0; c <= d_; ++c) made[c] /= largest;
                theirs[added++] = common | bit;
            }
        }
        int kept = 0;
        for (int i = 0; i < n; ++i) {
            if (!(values_[i] <= TOLERANCE)) continue;
            for (int c = 0; c <= d_; ++c) vertex(top, kept)[c] = vertex(top, i)[c];
            own[kept++] = own[i] | (values_[i] >= -TOLERANCE ? bit : 0);
        }
        if (kept + added - first_new > most_) return false;
        for (int i = first_new; i < added; ++i) {
            for (int c = 0; c <= d_; ++c) vertex(top, kept)[c] = vertex(other, i)[c];
            own[kept++] = theirs[i];
        }
        for (int i = 0; i < sizes_[cells_[top].layer + 1]; ++i)
            for (int c = 0; c <= d_; ++c) row_of(other, i)[c] = row_of(top, i)[c];
        cells_[other] = cells_[top];
        cells_[top].number = kept;
        cells_[other].number = added;
        cells_[other].active |= std::uint64_t(1) << cells_[top].unit;
        ++cells_[top].unit;
        ++cells_[other].unit;
        return true;
    }

    std::vector<int> sizes_;
    int d_, most_, width_ = 0, slots_ = 0;
    std::vector<int> starts_;  // where the rows of the units begin in the weights, and where the last one ends
    Array<double> vertices_, values_, rows_;
    Array<std::uint64_t> facets_;
    Array<Cell> cells_;
};

}  // namespace linregions
