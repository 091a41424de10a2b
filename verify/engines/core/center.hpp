// A point deep inside a cell.
//
// Nothing here is proved; before a point is used, `inside` in proofs.hpp must accept it.
#pragma once

#include <algorithm>

#include "lines.hpp"

namespace linregions {

class Center {
public:
    Center(int d, int most)
        : d_(d), most_(most), gradient_(d), inverse_(d), step_(d), weighted_(std::max(d, most)), values_(most), divisor_(most),
          least_(most), right_(most), weight_(most), lines_(most), small_(static_cast<std::size_t>(most) * most),
          gram_(static_cast<std::size_t>(most) * most) {}

    // Move an interior point toward the analytic center of the cell, by a few steps.
    //
    // Minimizes -sum log(row_r) - sum log(x_i - l_i) - sum log(u_i - x_i) + rho*|x|^2/2 with a small rho, so that there is
    // a minimum on unbounded cells too.  The Hessian is a diagonal matrix and one of rank m, so m rows take m^2*d
    // operations a step.
    //
    // Newton's method would only double the distance s to a very near wall in every step, as -log has the second
    // derivative 1/s^2 there.  So where the point is `near` a wall, the first ones put 2/(s*width) in its place, which is the
    // same in the middle, and likewise for a row whose value is small beside its range in the box.
    void recenter(const double* lower, const double* upper, int m, const double* rows, double* point, bool near = false) {
        constexpr double rho = 1e-3, small = 0.02;
        const std::size_t apart = d_ + 1;
        for (int i = 0; i < d_; ++i) step_[i] = upper[i] - lower[i];
        for (int r = 0; near && r < m; ++r) {
            multiply_lines(weighted_.data(), rows + r * apart, step_.data(), d_);
            const double range = std::sqrt(dot(weighted_.data(), weighted_.data(), d_));
            least_[r] = range < INF ? small * range : 0.0;
        }
        const int turns = near ? 12 : 8;
        for (int turn = 0; turn < turns; ++turn) {
            const bool coarse = near && turn < turns - 1;
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

    // Move to about the analytic center of a cell of a box, from wherever the point is.
    //
    // Where rho is 0 and all bounds are finite, the center is known from the multipliers mu_r = 1/row_r there: x_i = c_i +
    // h_i*t/(1 + sqrt(1 + t^2)) with t = h_i*(A'mu)_i, c_i the middle and h_i half the width.  They minimize a convex
    // function of the gradient row_r(x) - 1/mu_r and the Hessian A*X*A' + diag(1/mu^2), X_i = dx_i/d(A'mu)_i.  The product
    // A*X*A' is made anew in few steps, and only multiplied in between, so that most of them take m*d operations.
    void find(const double* lower, const double* upper, int m, const double* rows, double* point) {
        constexpr int TURNS = 30, EVERY = 4;
        constexpr double NEAR = 0.5;  // of 1, by which row_r*mu_r may be off
        const std::size_t apart = d_ + 1;
        for (int i = 0; i < d_; ++i) {
            point[i] = 0.5 * (lower[i] + upper[i]);
            inverse_[i] = 0.125 * (upper[i] - lower[i]) * (upper[i] - lower[i]);
        }
        for (int r = 0; r < m; ++r) lines_[r] = rows + r * apart;
        double share = 1.0, base = 1.0;
        for (int turn = 0; turn < TURNS; ++turn) {
            if (turn > 0) {
                for (int i = 0; i < d_; ++i) gradient_[i] = 0.0;
                add_products(gradient_.data(), weight_.data(), lines_.data(), m, d_);
                share = point_of_forces(gradient_.data(), lower, upper, point, inverse_.data(), d_);
            }
            values(m, rows, point);
            if (turn % EVERY == 0 || turn == 1) {
                base = share;
                for (int r = 0; r < m; ++r) {
                    multiply_lines(weighted_.data(), rows + r * apart, inverse_.data(), d_);
                    dots(rows, apart, r + 1, weighted_.data(), d_, gram_.data() + r * most_);
                }
            }
            if (turn == 0) {
                for (int r = 0; r < m; ++r) {
                    const double g = gram_[r * most_ + r];
                    weight_[r] = (std::sqrt(values_[r] * values_[r] + 4.0 * g) - values_[r]) / (2.0 * g);
                }
                continue;
            }
            double most = 0.0;
            for (int r = 0; r < m; ++r) {
                divisor_[r] = 1.0 / weight_[r];
                right_[r] = divisor_[r] - values_[r];
                most = larger(most, std::fabs(right_[r]) * weight_[r]);
                for (int s = 0; s <= r; ++s) small_[r * most_ + s] = share / base * gram_[r * most_ + s];
                small_[r * most_ + r] += divisor_[r] * divisor_[r];
            }
            if (most < NEAR) return;
            for (int r = 0; r < m; ++r) least_[r] = right_[r];
            if (!cholesky(small_.data(), m, most_)) return;
            solve(small_.data(), m, most_, right_.data());
            double decrement = 0.0;
            for (int r = 0; r < m; ++r) decrement += right_[r] * least_[r];
            double way = 0.0;
            for (int r = 0; r < m; ++r) way = larger(way, -right_[r] * divisor_[r]);
            const double length = decrement < 0.25 ? 1.0 : smaller(1.0, 0.7 / way);
            for (int r = 0; r < m; ++r) weight_[r] = larger(weight_[r] + length * right_[r], 0.1 * weight_[r]);
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
    Array<double> weighted_, values_, divisor_, least_, right_, weight_;
    Array<const double*> lines_;
    Array<double> small_, gram_;
};

}  // namespace linregions
