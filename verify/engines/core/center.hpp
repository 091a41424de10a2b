// A point deep inside a cell.
//
// Nothing here is proved; before a point is used, `inside` in proofs.hpp must accept it.
#pragma once

#include <algorithm>

#include "lines.hpp"

namespace linregions {

class Center {
    static constexpr int MANY = 40;  // inputs with which a step costs much

public:
    Center(int d, int most)
        : d_(d), most_(most), gradient_(d), inverse_(d), step_(d), weighted_(std::max(d, most)), values_(most), divisor_(most),
          least_(most), right_(most), small_(static_cast<std::size_t>(most) * most) {}

    static bool is_costly(int d, int m) { return m < d && d > MANY; }

    // Move an interior point toward the analytic center of the cell, by a few steps.
    //
    // Minimizes -sum log(row_r) - sum log(x_i - l_i) - sum log(u_i - x_i) + rho*|x|^2/2 with a small rho, so that there is
    // a minimum on unbounded cells too.  The Hessian is a diagonal matrix and one of rank m, so m rows take m^2*d
    // operations a step.
    //
    // Newton's method would only double the distance s to a very near wall in every step, as -log has the second
    // derivative 1/s^2 there.  So where a step costs much, or the point is `near` a wall, the first ones put 2/(s*width) in
    // its place, which is the same in the middle, and likewise for a row whose value is small beside its range in the box.
    void recenter(const double* lower, const double* upper, int m, const double* rows, double* point, bool near = false) {
        constexpr double rho = 1e-3, small = 0.02;
        const bool costly = is_costly(d_, m), quick = near || costly;
        const std::size_t apart = d_ + 1;
        for (int i = 0; i < d_; ++i) step_[i] = upper[i] - lower[i];
        for (int r = 0; quick && r < m; ++r) {
            multiply_lines(weighted_.data(), rows + r * apart, step_.data(), d_);
            const double range = std::sqrt(dot(weighted_.data(), weighted_.data(), d_));
            least_[r] = range < INF ? small * range : 0.0;
        }
        const int turns = costly ? (near ? 4 : 6) : near ? 12 : 8;
        for (int turn = 0; turn < turns; ++turn) {
            const bool coarse = quick && turn < turns - 1;
            barrier_of_bounds(point, lower, upper, rho, coarse, gradient_.data(), inverse_.data(), d_);
            values(m, rows, point);
            for (int r = 0; r < m; ++r) {
                if (!(values_[r] > 0.0)) return;
                add_multiple(gradient_.data(), -1.0 / values_[r], rows + r * apart, d_);
                divisor_[r] = coarse ? std::sqrt(values_[r] * larger(values_[r], least_[r])) : values_[r];
            }
            if (!newton_step(m, rows)) return;
            const double decrement = -dot(gradient_.data(), step_.data(), d_);
            const double length = decrement < 0.25 ? 1.0 : smaller(1.0, 0.7 * way(lower, upper, m, rows, point));
            add_multiple(point, length, step_.data(), d_);
            if (decrement < 1e-2) return;
        }
    }

private:
    void values(int m, const double* rows, const double* point) {
        const std::size_t apart = d_ + 1;
        dots(rows, apart, m, point, d_, values_.data());
        for (int r = 0; r < m; ++r) values_[r] += rows[r * apart + d_];
    }

    // How many times the step leads from the point to the boundary of the cell.
    double way(const double* lower, const double* upper, int m, const double* rows, const double* point) {
        double most = inverse_way(point, step_.data(), lower, upper, d_);
        dots(rows, d_ + 1, m, step_.data(), d_, right_.data());
        for (int r = 0; r < m; ++r) most = larger(most, -right_[r] / values_[r]);
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

    // The Newton step by an m x m matrix (Woodbury): (D + A'A)^-1 = D^-1 - D^-1 A'(I + A D^-1 A')^-1 A D^-1, where A has
    // the divided rows.
    bool newton_step(int m, const double* rows) {
        const std::size_t apart = d_ + 1;
        for (int i = 0; i < d_; ++i) step_[i] = -gradient_[i] * inverse_[i];
        dots(rows, apart, m, step_.data(), d_, right_.data());
        for (int r = 0; r < m; ++r) right_[r] /= divisor_[r];
        for (int r = 0; r < m; ++r) {
            double* line = small_.data() + static_cast<std::size_t>(r) * most_;
            const double* row = rows + r * apart;
            multiply_lines(weighted_.data(), row, inverse_.data(), d_);
            dots(rows, apart, r + 1, weighted_.data(), d_, line);
            for (int s = 0; s <= r; ++s) line[s] /= divisor_[r] * divisor_[s];
            line[r] += 1.0;
        }
        if (!cholesky(small_.data(), m, most_)) return false;
        solve(small_.data(), m, most_, right_.data());
        for (int i = 0; i < d_; ++i) weighted_[i] = 0.0;
        for (int r = 0; r < m; ++r) add_multiple(weighted_.data(), right_[r] / divisor_[r], rows + r * apart, d_);
        for (int i = 0; i < d_; ++i) step_[i] -= weighted_[i] * inverse_[i];
        return true;
    }

    int d_, most_;
    Array<double> gradient_, inverse_, step_;
    Array<double> weighted_, values_, divisor_, least_, right_, small_;
};

}  // namespace linregions
