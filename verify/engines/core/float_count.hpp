// Regions counted in floating point, and a climb on that count: fast, and a proposal only.
//
// verify/maxima/search.py says what is counted and what may be missed.  Nothing here is believed.
#pragma once

#include <vector>

#include "rounding.hpp"

namespace linregions {

// Uniform between 0 and 1: splitmix64 (Steele, Lea and Flood 2014).
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    double operator()() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
    }
    double sign() { return 2.0 * (*this)() - 1.0; }
    int below(int n) { return static_cast<int>((*this)() * n); }

private:
    std::uint64_t state_;
};

class FloatCount {
public:
    static constexpr double TOLERANCE = 1e-6;  // a preactivation this small, relative to its row and the vertex, is zero
    static constexpr double RADIUS = 1e4;      // of the simplex in which regions are counted
    static constexpr int MOST_UNITS = 60;      // inputs and hidden units: the facets of a cell are the bits of one integer
    static constexpr int POOL = 64;            // vertices that are kept for the moves that pass over one
    static constexpr int POOLED_CELLS = 12;    // from about so many cells of the network

    // Inputs, then the hidden widths; a cell has at most `most` vertices.
    FloatCount(std::vector<int> sizes, int most) : sizes_(std::move(sizes)), d_(sizes_[0]), most_(most), starts_{0} {
        int units = 0;
        for (std::size_t k = 1; k < sizes_.size(); ++k) {
            units += sizes_[k];
            width_ = sizes_[k] > width_ ? sizes_[k] : width_;
            for (int i = 0; i < sizes_[k]; ++i) starts_.push_back(starts_.back() + sizes_[k - 1] + 1);
        }
        slots_ = units + 2;
        vertices_ = Array<double>(static_cast<std::size_t>(slots_) * most_ * (d_ + 1));
        facets_ = Array<std::uint64_t>(static_cast<std::size_t>(slots_) * most_);
        values_ = Array<double>(most_);
        rows_ = Array<double>(static_cast<std::size_t>(slots_ + 1) * width_ * (d_ + 1));
        cells_ = Array<Cell>(slots_);
        pool_ = Array<double>(POOL * (d_ + 1));
        kept_pool_ = Array<double>(POOL * (d_ + 1));
        inputs_ = Array<double>(units + d_ + sizes_.size() + 1);
    }

    int length() const { return starts_.back(); }

    // The number of activation regions of a network that floating point sees; 0 if a cell has too many vertices.
    int count(const double* weights) {
        switch (d_) {
            case 1: return count_in<1>(weights);
            case 2: return count_in<2>(weights);
            case 3: return count_in<3>(weights);
            case 4: return count_in<4>(weights);
            default: return count_in<0>(weights);
        }
    }

    // So many moves; `walk` is where the climb is, `best` the best network so far.
    //
    // A move is kept unless the count falls, and if it falls by k, with probability exp(-k / temperature).
    void climb(double* walk, double* best, std::int64_t* counts, double largest, double temperature, double passing,
               int moves, std::uint64_t seed) {
        const int n = length();
        Random random(seed);
        std::vector<double> trial(n);
        stride_ = 1 + static_cast<int>(counts[0] / POOLED_CELLS);
        phase_ = 0;
        count(walk);
        keep_pool();
        for (int move = 0; move < moves; ++move) {
            for (int i = 0; i < n; ++i) trial[i] = walk[i];
            if (random() < passing)
                pass_vertex(trial.data(), random);
            else
                change(trial.data(), largest, random);
            phase_ = random.below(stride_);
            const int found = count(trial.data());
            ++counts[2];
            if (found && random() < std::exp(static_cast<double>(found - counts[0]) / temperature)) {
                counts[0] = found;
                for (int i = 0; i < n; ++i) walk[i] = trial[i];
                keep_pool();
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

    void keep_pool() {
        std::swap(pool_, kept_pool_);
        kept_ = pooled_;
    }

    // One to three weights, or all of a unit, make a step of random length, get a new value or the other sign.
    void change(double* weights, double largest, Random& random) {
        const int units = static_cast<int>(starts_.size()) - 1;
        const double scale = largest * std::pow(10.0, 0.2 - 3.5 * random()), kind = random();
        if (kind < 0.15) {
            const int unit = random.below(units);
            const bool fresh = random() < 0.3;
            for (int i = starts_[unit]; i < starts_[unit + 1]; ++i)
                weights[i] = fresh ? largest * random.sign() : weights[i] + scale * random.sign();
            return;
        }
        for (int changes = kind < 0.6 ? 1 : (kind < 0.85 ? 2 : 3); changes; --changes) {
            const int unit = random.below(units);
            double& weight = weights[starts_[unit] + random.below(starts_[unit + 1] - starts_[unit])];
            const double what = random();
            if (what < 0.15)
                weight = largest * random.sign();
            else if (what < 0.25)
                weight = -weight;
            else
                weight += scale * random.sign();
        }
    }

    // A unit that is nearly zero at a vertex of the network's cells gets the other sign there: its hyperplane passes over
    // the vertex, and a little farther.
    void pass_vertex(double* weights, Random& random) {
        if (!kept_) return;
        const double* v = kept_pool_.data() + random.below(kept_) * (d_ + 1);
        double *in = inputs_.data(), *read = nullptr;  // what a layer reads at the vertex; what the chosen unit reads
        for (int c = 0; c <= d_; ++c) in[c] = v[c];
        int chosen = -1, unit = 0;
        double nearest = INF, preactivation = 0.0;
        for (std::size_t layer = 1; layer < sizes_.size(); ++layer) {
            const int m = sizes_[layer - 1];
            double* out = in + m + 1;
            for (int i = 0; i < sizes_[layer]; ++i, ++unit) {
                const double* row = weights + starts_[unit];
                double total = 0.0, size = 0.0;
                for (int j = 0; j <= m; ++j) {
                    total += row[j] * in[j];
                    size += std::fabs(row[j] * in[j]);
                }
                out[i] = larger(total, 0.0);
                const double distance = random() * std::fabs(total) / size;
                if (std::fabs(total) > 1e-9 * size && distance < nearest) {
                    chosen = unit, nearest = distance, preactivation = total, read = in;
                }
            }
            out[sizes_[layer]] = v[d_];
            in = out;
        }
        if (chosen < 0) return;
        double* row = weights + starts_[chosen];
        const int length = starts_[chosen + 1] - starts_[chosen], only = random() < 0.5 ? random.below(length) : -1;
        double direction[MOST_UNITS + 1], along = 0.0;
        for (int j = 0; j < length; ++j) {
            direction[j] = only < 0 ? random.sign() : (only == j);
            along += direction[j] * read[j];
        }
        const double step = -preactivation * (1.0 + std::pow(10.0, -3.0 * random())) / along;
        if (std::fabs(along) > 1e-9)
            for (int j = 0; j < length; ++j) row[j] += step * direction[j];
    }

    double* vertex(int slot, int i, int d) {
        return vertices_.data() + (static_cast<std::size_t>(slot) * most_ + i) * (d + 1);
    }
    std::uint64_t* facets(int slot) { return facets_.data() + static_cast<std::size_t>(slot) * most_; }
    double* row_of(int slot, int i, int d) {
        return rows_.data() + (static_cast<std::size_t>(slot) * width_ + i) * (d + 1);
    }

    // D is the number of inputs, or 0 where it is not known to the compiler.
    template <int D>
    int count_in(const double* weights) {
        const int d = D ? D : d_;
        first_cell(weights);
        int top = 0, found = 0;
        pooled_ = 0;
        const int depth = static_cast<int>(sizes_.size()) - 1;
        while (top >= 0) {
            Cell& cell = cells_[top];
            const int width = sizes_[cell.layer + 1];
            if (cell.unit == width) {
                if (cell.layer + 1 == depth) {
                    ++found;
                    --top;
                } else {
                    next_layer<D>(top, weights);
                }
                continue;
            }
            const double* row = row_of(top, cell.unit, d);
            double size = 0.0;
            for (int c = 0; c <= d; ++c) size = larger(size, std::fabs(row[c]));
            const double zero = TOLERANCE * size;
            double most = 0.0, least = 0.0;
            if (size > 1e-12) {
                const double* v = vertex(top, 0, d);
                for (int i = 0; i < cell.number; ++i, v += d + 1) {
                    double total = 0.0;
                    for (int c = 0; c <= d; ++c) total += row[c] * v[c];
                    values_[i] = total;
                    most = larger(most, total);
                    least = smaller(least, total);
                }
            }
            const bool positive = most > zero, cut = positive && least < -zero;
            if (cell.unit + 1 == width && cell.layer + 1 == depth) {  // the last unit: its regions need no vertices
                if (found % stride_ == phase_ && pooled_ + cell.number <= POOL) {
                    const double* v = vertex(top, 0, d);
                    double* to = pool_.data() + pooled_ * (d + 1);
                    for (int i = 0; i < cell.number * (d + 1); ++i) to[i] = v[i];
                    pooled_ += cell.number;
                }
                found += cut ? 2 : 1;
                --top;
            } else if (cut) {
                int before = cell.unit;
                for (int k = 0; k < cell.layer; ++k) before += sizes_[k + 1];
                if (!split<D>(top, std::uint64_t(1) << (d + 1 + before), zero)) return 0;
                ++top;
            } else {
                if (positive) cell.active |= std::uint64_t(1) << cell.unit;
                ++cell.unit;
            }
        }
        return found;
    }

    // Slot 0: the simplex, with the rows of the first layer.  Vertex i lies on all facets but the i-th.
    void first_cell(const double* weights) {
        for (int i = 0; i <= d_; ++i) {
            for (int j = 0; j < d_; ++j) vertex(0, i, d_)[j] = i == j ? 1.0 : -1.0 / (d_ + 1);
            vertex(0, i, d_)[d_] = 1.0 / RADIUS;
            facets(0)[i] = ((std::uint64_t(1) << (d_ + 1)) - 1) & ~(std::uint64_t(1) << i);
        }
        for (int i = 0; i < sizes_[1]; ++i)
            for (int j = 0; j <= d_; ++j) row_of(0, i, d_)[j] = weights[i * (d_ + 1) + j];
        cells_[0] = {d_ + 1, 0, 0, 0, 0};
    }

    // The preactivations of the next layer on this cell as rows over (x, t).
    template <int D>
    void next_layer(int top, const double* weights) {
        const int d = D ? D : d_;
        Cell& cell = cells_[top];
        const int inputs = sizes_[cell.layer + 1], width = sizes_[cell.layer + 2];
        const int offset = cell.offset + inputs * (sizes_[cell.layer] + 1);
        double* made = row_of(slots_, 0, d);  // a slot to spare
        for (int i = 0; i < width; ++i) {
            const double* own = weights + offset + i * (inputs + 1);
            double* row = made + i * (d + 1);
            for (int c = 0; c < d; ++c) row[c] = 0.0;
            row[d] = own[inputs];
            for (int j = 0; j < inputs; ++j) {
                if (!(cell.active >> j & 1)) continue;
                const double* from = row_of(top, j, d);
                for (int c = 0; c <= d; ++c) row[c] += own[j] * from[c];
            }
        }
        double* rows = row_of(top, 0, d);
        for (int k = 0; k < width * (d + 1); ++k) rows[k] = made[k];
        cell = {cell.number, cell.layer + 1, 0, offset, 0};
    }

    // Whether two vertices have at least d - 1 facets in common.
    template <int D>
    bool adjacent(std::uint64_t common) const {
        for (int k = (D ? D : d_) - 2; k > 0; --k) common &= common - 1;
        return D == 1 || common != 0;
    }

    // Slot `top` keeps the part where the unit is off, the next slot gets the other; false if it has no place.
    //
    // `values` holds the unit's preactivation at each vertex.
    template <int D>
    bool split(int top, std::uint64_t bit, double zero) {
        const int d = D ? D : d_, n = cells_[top].number, other = top + 1;
        std::uint64_t *own = facets(top), *theirs = facets(other);
        double *here = vertex(top, 0, d), *there = vertex(other, 0, d);
        int added = 0;
        const auto copy = [&](double* to, const double* from) {
            for (int c = 0; c <= d; ++c) to[c] = from[c];
        };
        for (int i = 0; i < n; ++i) {  // the new slot gets the positive vertices and those on the cut, then the new ones
            if (values_[i] < -zero) continue;
            copy(there + added * (d + 1), here + i * (d + 1));
            theirs[added++] = own[i] | (values_[i] <= zero ? bit : 0);
        }
        const int first_new = added;
        for (int i = 0; i < n; ++i) {
            if (!(values_[i] > zero)) continue;
            for (int j = 0; j < n; ++j) {
                if (!(values_[j] < -zero)) continue;
                const std::uint64_t common = own[i] & own[j];
                if (!adjacent<D>(common)) continue;
                if (added == most_) return false;
                double* made = there + added * (d + 1);
                double largest = 0.0;
                for (int c = 0; c <= d; ++c) {
                    made[c] = values_[i] * here[j * (d + 1) + c] - values_[j] * here[i * (d + 1) + c];
                    largest = larger(largest, std::fabs(made[c]));
                }
                const double factor = 1.0 / largest;
                for (int c = 0; c <= d; ++c) made[c] *= factor;
                theirs[added++] = common | bit;
            }
        }
        int kept = 0;
        for (int i = 0; i < n; ++i) {
            if (!(values_[i] <= zero)) continue;
            copy(here + kept * (d + 1), here + i * (d + 1));
            own[kept++] = own[i] | (values_[i] >= -zero ? bit : 0);
        }
        if (kept + added - first_new > most_) return false;
        for (int i = first_new; i < added; ++i) {
            copy(here + kept * (d + 1), there + i * (d + 1));
            own[kept++] = theirs[i];
        }
        const double* rows = row_of(top, 0, d);
        double* their_rows = row_of(other, 0, d);
        for (int k = 0; k < sizes_[cells_[top].layer + 1] * (d + 1); ++k) their_rows[k] = rows[k];
        cells_[other] = cells_[top];
        cells_[top].number = kept;
        cells_[other].number = added;
        cells_[other].active |= std::uint64_t(1) << cells_[top].unit;
        ++cells_[top].unit;
        ++cells_[other].unit;
        return true;
    }

    std::vector<int> sizes_;
    int d_, most_, width_ = 0, slots_ = 0, pooled_ = 0, kept_ = 0, stride_ = 1, phase_ = 0;
    std::vector<int> starts_;  // where the rows of the units begin in the weights, and where the last one ends
    Array<double> vertices_, values_, rows_, pool_, kept_pool_, inputs_;
    Array<std::uint64_t> facets_;
    Array<Cell> cells_;
};

}  // namespace linregions
