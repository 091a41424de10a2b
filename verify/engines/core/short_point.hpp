// A point of few digits inside a cell: all coordinates over one small denominator.
//
// The point is moved to the middle of the cell, coordinate by coordinate.  Then denominators q are tried in increasing
// order: each coordinate in turn goes to one of the two multiples of 1/q beside it, the one that leaves the nearest row
// farther away.  Nothing here is proved; before a point is used, `inside_over` in proofs.hpp must accept it.
#pragma once

#include <array>

#include "lines.hpp"

namespace linregions {

// The numbers tried as denominators of points or of multipliers, in increasing order: a few in each decade.
constexpr int DENOMINATORS = 113;  // below 2^53; LANES behind them
constexpr auto DENOMINATOR = [] {
    constexpr double FIRST[5] = {1, 2, 3, 5, 7}, DECADE[9] = {9, 12, 16, 20, 25, 30, 40, 50, 70};
    std::array<double, DENOMINATORS + LANES> numbers{};
    double size = 1.0;
    for (int k = 0; k < DENOMINATORS + LANES; ++k) {
        if (k > 5 && k % 9 == 5) size *= 10.0;
        numbers[k] = k < 5 ? FIRST[k] : DECADE[(k - 5) % 9] * size;
    }
    return numbers;
}();

class ShortPoint {
public:
    ShortPoint(int d, int most)
        : d_(d), columns_(static_cast<std::size_t>(d) * (most + 7)), values_(most + 7), scale_(most + 7),
          in_lanes_(static_cast<std::size_t>(LANES) * (most + 7)), numerators_(static_cast<std::size_t>(LANES) * d) {}

    // Write the numerators of a point of the cell near the given one, and return their denominator, or 0 if none up to
    // `most` serves.  With `moves` the given point is moved to the middle first.  Denominators are tried from one on for
    // which rounding may still be more than the distance to a wall.
    template <class Accept>
    double find(const double* lower, const double* upper, int m, const double* rows, double* point, bool moves,
                double most, double* numerators, Accept accept) {
        read_rows(m, rows, point);
        if (moves) move_to_middle(columns_.data(), values_.data(), lower, upper, point, d_, n_);
        double least = INF;
        for (int r = 0; r < n_; ++r) least = smaller(least, values_[r] * scale_[r]);
        for (int i = 0; i < d_; ++i) least = smaller(least, smaller(upper[i] - point[i], point[i] - lower[i]));
        if (!(least > 0.0)) return 0.0;
        const double first = 1.0 / (10.0 * std::sqrt(static_cast<double>(d_)) * least);
        int k = 0;
        while (k < DENOMINATORS && DENOMINATOR[k] < first) ++k;
        for (; k < DENOMINATORS && DENOMINATOR[k] <= most; k += LANES) {
            const double* q = DENOMINATOR.data() + k;
            double at_end[LANES];
            round_each(columns_.data(), values_.data(), scale_.data(), lower, upper, point, q,
                       reinterpret_cast<Lanes*>(in_lanes_.data()), numerators_.data(), at_end, d_, n_, m);
            for (int s = 0; s < LANES && k + s < DENOMINATORS && q[s] <= most; ++s) {
                if (!(at_end[s] > 0.0)) continue;
                for (int i = 0; i < d_; ++i) numerators[i] = numerators_[i * LANES + s];
                if (accept(numerators, q[s])) return q[s];
            }
        }
        return 0.0;
    }

private:
    double* column(int i) { return columns_.data() + static_cast<std::size_t>(i) * n_; }

    // Read the rows into columns, padded to a multiple of 8, their values at the point and the inverse of their norms.
    void read_rows(int m, const double* rows, const double* point) {
        n_ = (m + 7) / 8 * 8;
        for (int r = 0; r < n_; ++r) {
            const double* row = rows + static_cast<std::size_t>(r) * (d_ + 1);
            double square = 0.0, value = 1.0;
            if (r < m) value = row[d_];
            for (int i = 0; i < d_; ++i) {
                const double a = r < m ? row[i] : 0.0;
                column(i)[r] = a;
                square += a * a;
                value += a * point[i];
            }
            values_[r] = value;
            scale_[r] = r < m ? 1.0 / std::sqrt(square) : 0x1p500;
        }
    }

    int d_, n_ = 0;
    Array<double> columns_;                 // [d, n] the rows
    Array<double> values_, scale_;          // [n] of the rows: values at the point, and inverse lengths
    Array<double> in_lanes_, numerators_;   // [n, LANES] and [d, LANES] scratch: values of the rows, and points tried
};

}  // namespace linregions
