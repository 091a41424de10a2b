// A point deep inside a cell, and the coarsest one near it: witnesses of few digits.
//
// Nothing here is proved; whoever uses the point asks `inside` in proofs.hpp.
#pragma once

#include <algorithm>

#include "lines.hpp"

namespace linregions {

class Center {
public:
    Center(int d, int most)
        : d_(d), most_(most), gradient_(d), diagonal_(d), step_(d), scaled_(static_cast<std::size_t>(d) * most),
          weighted_(d), values_(most), right_(most), small_(static_cast<std::size_t>(most) * most),
          hessian_(most >= d ? static_cast<std::size_t>(d) * d : 0) {}

    // Move an interior point toward the analytic center of the cell, by a few Newton steps.
    //
    // Minimizes -sum log(row_r) - sum log(x_i - l_i) - sum log(u_i - x_i) + rho*|x|^2/2 with a small rho, so that there is
    // a minimum on unbounded cells too.  The Hessian is a diagonal matrix and one of rank m, so m rows take m^2*d
    // operations a step.
    void recenter(const double* lower, const double* upper, int m, const double* rows, double* point) {
        constexpr double rho = 1e-3;
        const bool few = m < d_;
        for (int turn = 0; turn < 8; ++turn) {
            for (int i = 0; i < d_; ++i) {
                gradient_[i] = rho * point[i];
                diagonal_[i] = rho;
                if (lower[i] == -INF) continue;
                const double low = 1.0 / (point[i] - lower[i]), high = 1.0 / (upper[i] - point[i]);
                gradient_[i] += high - low;
                diagonal_[i] += low * low + high * high;
            }
            for (int r = 0; r < m; ++r) {
                const double* row = rows + static_cast<std::size_t>(r) * (d_ + 1);
                values_[r] = row[d_] + dot(row, point, d_);
                if (!(values_[r] > 0.0)) return;
                const double reciprocal = 1.0 / values_[r];
                for (int i = 0; i < d_; ++i) {
                    const double entry = row[i] * reciprocal;
                    scaled_[few ? static_cast<std::size_t>(r) * d_ + i : static_cast<std::size_t>(i) * most_ + r] = entry;
                    gradient_[i] -= entry;
                }
            }
            if (!(few ? few_rows(m) : many_rows(m))) return;
            const double decrement = -dot(gradient_.data(), step_.data(), d_);
            const double length = decrement < 0.25 ? 1.0 : smaller(1.0, 0.7 * way(lower, upper, m, rows, point));
            for (int i = 0; i < d_; ++i) point[i] += length * step_[i];
            if (decrement < 1e-2) return;
        }
    }

    // The smallest power p >= least for which multiples of 2^-p near the point are inside, as `accept` says of `rounded`, or
    // `most`.  A coordinate that would come to lie on one of its bounds is moved to the next multiple inside, and where
    // a row is violated then, coordinates are moved that make it larger.
    template <class Accept>
    int coarsest(const double* lower, const double* upper, int m, const double* rows, const double* point,
                 double* rounded, int least, int most, Accept accept) {
        for (int power = std::max(least, hopeless(m, rows, point)); power < most; ++power) {
            const double scale = std::ldexp(1.0, power), unit = 1.0 / scale;
            bool inside = true;
            for (int i = 0; i < d_ && inside; ++i) {
                double number = std::rint(point[i] * scale);
                if (lower[i] != -INF) {
                    number = larger(number, std::floor(lower[i] * scale) + 1.0);
                    number = smaller(number, std::ceil(upper[i] * scale) - 1.0);
                    inside = number > lower[i] * scale;
                }
                rounded[i] = number * unit;
            }
            if (inside && repair(lower, upper, m, rows, rounded, unit) && accept(rounded)) return power;
        }
        return most;
    }

private:
    // A power of 2 below which rounding moves some row by many times its value at the point.
    int hopeless(int m, const double* rows, const double* point) const {
        double most = 1.0;
        for (int r = 0; r < m; ++r) {
            const double* row = rows + static_cast<std::size_t>(r) * (d_ + 1);
            const double value = row[d_] + dot(row, point, d_);
            most = larger(most, dot(row, row, d_) / (12.0 * value * value));
        }
        return std::ilogb(most) / 2 - 6;
    }

    // Make all rows positive by moves of one unit, each of a coordinate in which the row that is least is steep; a move
    // spoils no other row.
    bool repair(const double* lower, const double* upper, int m, const double* rows, double* point, double unit) {
        for (int r = 0; r < m; ++r) {
            const double* row = rows + static_cast<std::size_t>(r) * (d_ + 1);
            values_[r] = row[d_] + dot(row, point, d_);
        }
        for (int turn = 0; turn < 4 * m; ++turn) {
            int least = 0;
            for (int r = 1; r < m; ++r)
                if (values_[r] < values_[least]) least = r;
            if (values_[least] > 0.0) return true;
            const double* row = rows + static_cast<std::size_t>(least) * (d_ + 1);
            int at = -1;
            double best = 0.0;
            for (int i = 0; i < d_; ++i) {
                if (!(std::fabs(row[i]) > best)) continue;
                const double move = row[i] > 0.0 ? unit : -unit, there = point[i] + move;
                bool good = there > lower[i] && there < upper[i];
                for (int r = 0; r < m && good; ++r) {
                    const double change = rows[static_cast<std::size_t>(r) * (d_ + 1) + i] * move;
                    good = change >= 0.0 || values_[r] <= 0.0 || values_[r] + change > 0.0;
                }
                if (!good) continue;
                at = i;
                best = std::fabs(row[i]);
            }
            if (at < 0) return false;
            const double move = row[at] > 0.0 ? unit : -unit;
            point[at] += move;
            for (int r = 0; r < m; ++r) values_[r] += rows[static_cast<std::size_t>(r) * (d_ + 1) + at] * move;
        }
        return false;
    }

    // How many times the step leads from the point to the boundary of the cell.
    double way(const double* lower, const double* upper, int m, const double* rows, const double* point) const {
        double most = 0.0;  // of the inverses
        for (int i = 0; i < d_; ++i)
            if (lower[i] != -INF)
                most = larger(most, larger(step_[i] / (upper[i] - point[i]), step_[i] / (lower[i] - point[i])));
        for (int r = 0; r < m; ++r)
            most = larger(most, -dot(rows + static_cast<std::size_t>(r) * (d_ + 1), step_.data(), d_) / values_[r]);
        return most > 0.0 ? 1.0 / most : INF;
    }

    // In place, in the lower triangle; whether the matrix is positive definite.
    static bool cholesky(double* matrix, int n, int width) {
        for (int i = 0; i < n; ++i)
            for (int j = 0; j <= i; ++j) {
                const double *a = matrix + static_cast<std::size_t>(i) * width, *b = matrix + static_cast<std::size_t>(j) * width;
                double total = a[j];
                for (int k = 0; k < j; ++k) total -= a[k] * b[k];
                if (i == j && !(total > 0.0)) return false;
                matrix[static_cast<std::size_t>(i) * width + j] = i == j ? std::sqrt(total) : total / b[j];
            }
        return true;
    }
    // The solution takes the place of the right-hand side.
    static void solve(const double* factor, int n, int width, double* vector) {
        for (int i = 0; i < n; ++i) {
            const double* row = factor + static_cast<std::size_t>(i) * width;
            double total = vector[i];
            for (int k = 0; k < i; ++k) total -= row[k] * vector[k];
            vector[i] = total / row[i];
        }
        for (int i = n - 1; i >= 0; --i) {
            double total = vector[i];
            for (int k = i + 1; k < n; ++k) total -= factor[static_cast<std::size_t>(k) * width + i] * vector[k];
            vector[i] = total / factor[static_cast<std::size_t>(i) * width + i];
        }
    }

    // The Newton step by a d x d matrix.
    bool many_rows(int m) {
        for (int i = 0; i < d_; ++i) {
            const double* a = scaled_.data() + static_cast<std::size_t>(i) * most_;
            for (int j = 0; j <= i; ++j)
                hessian_[static_cast<std::size_t>(i) * d_ + j] =
                    (i == j ? diagonal_[i] : 0.0) + dot(a, scaled_.data() + static_cast<std::size_t>(j) * most_, m);
            step_[i] = -gradient_[i];
        }
        if (!cholesky(hessian_.data(), d_, d_)) return false;
        solve(hessian_.data(), d_, d_, step_.data());
        return true;
    }
    // The Newton step by an m x m matrix (Woodbury): (D + A'A)^-1 = D^-1 - D^-1 A'(I + A D^-1 A')^-1 A D^-1.
    bool few_rows(int m) {
        for (int i = 0; i < d_; ++i) step_[i] = -gradient_[i] / diagonal_[i];
        for (int r = 0; r < m; ++r) {
            const double* a = scaled_.data() + static_cast<std::size_t>(r) * d_;
            right_[r] = dot(a, step_.data(), d_);
            for (int i = 0; i < d_; ++i) weighted_[i] = a[i] / diagonal_[i];
            for (int s = 0; s <= r; ++s)
                small_[static_cast<std::size_t>(r) * most_ + s] =
                    (r == s ? 1.0 : 0.0) + dot(weighted_.data(), scaled_.data() + static_cast<std::size_t>(s) * d_, d_);
        }
        if (!cholesky(small_.data(), m, most_)) return false;
        solve(small_.data(), m, most_, right_.data());
        for (int i = 0; i < d_; ++i) weighted_[i] = 0.0;
        for (int r = 0; r < m; ++r)
            add_multiple(weighted_.data(), right_[r], scaled_.data() + static_cast<std::size_t>(r) * d_, d_);
        for (int i = 0; i < d_; ++i) step_[i] -= weighted_[i] / diagonal_[i];
        return true;
    }

    int d_, most_;
    Array<double> gradient_, diagonal_, step_;
    Array<double> scaled_;  // the rows, divided by their values: by rows if these are few, otherwise by inputs
    Array<double> weighted_, values_, right_, small_, hessian_;
};

}  // namespace linregions
