// What floats propose to the writer of certificates: which rows cut a cell, which rows prove that another does not, and
// points deep inside cells.
//
// The cells are simplex dictionaries.  A coordinate that the domain bounds on both sides is a variable with bounds, so that
// a box costs nothing, in however many dimensions; every other inequality is a row.  Nothing here is believed, except
// `surely_inside`, whose error bound is proved: verify/certificate/float_prover.py checks every proposal in integers.
#pragma once

#include "proofs.hpp"

namespace linregions {

class Proposals {
public:
    enum : int { BELOW = -1, CUTS = 0, ABOVE = 1 };  // a row is <= 0 on the whole cell, cuts it, is >= 0 there

    Proposals(int d, int slots, int most, const double* lower, const double* upper)
        : geo_(d, slots, most), gradient_(d), diagonal_(d), step_(d), scaled_(static_cast<std::size_t>(d) * most),
          right_(most), small_(static_cast<std::size_t>(most) * most),
          hessian_(most >= d ? static_cast<std::size_t>(d) * d : 0), most_(most) {
        for (int i = 0; i < d; ++i) {
            geo_.lower[i] = lower[i];
            geo_.upper[i] = upper[i];
        }
    }

    int d() const { return geo_.d_; }
    int slots() const { return geo_.slots; }
    int most() const { return most_; }

    // Put the domain's bounds into the slot: bounded coordinates at their lower end, the others free, at the point.
    void start(int slot, const double* point) {
        for (int i = 0; i < d(); ++i) {
            geo_.nonbasic_of(slot)[i] = geo_.place_of(slot)[i] = i;
            geo_.anchor_of(slot)[i] = geo_.is_free(i) ? point[i] : geo_.lower[i];
            geo_.side_of(slot)[i] = 1.0;
        }
    }
    void copy(int source, int target, int m) { geo_.copy_slot(source, target, m); }

    // For each row BELOW, CUTS or ABOVE, and for the first and last what of the cell proves it.
    void survey(int slot, int m, int n, const double* rows, const double* point, std::int64_t* verdicts,
                std::int64_t* bases, double* weights) {
        for (int i = 0; i < n; ++i) {
            verdicts[i] = judge(slot, m, rows + static_cast<std::size_t>(i) * (d() + 1), point);
            if (verdicts[i] != CUTS)
                read_basis(slot, bases + static_cast<std::size_t>(i) * d(), weights + static_cast<std::size_t>(i) * d());
        }
    }

    // Cut the cell down to where the row is >= 0: ABOVE if that is all of it, BELOW if nothing, otherwise CUTS.
    //
    // After CUTS the row is number m, and `point` lies on its positive side; after BELOW `basis` has the proof.
    int restrict(int slot, int m, const double* row, double* point, std::int64_t* basis, double* weights) {
        const int verdict = judge(slot, m, row, point);
        if (verdict != CUTS) {
            read_basis(slot, basis, weights);
            return verdict;
        }
        const double here = value_at(row, point);
        if (here <= 0.0) cross(slot, m, row, 1.0, point, here);
        const int column = stand_on(slot, m, row);
        return column >= 0 ? CUTS : (column == -2 ? ABOVE : BELOW);
    }

    // Cut the cell in two, where the row is >= 0 and, in the slot `twin`, where its negative is.
    //
    // `other` becomes a point on the side of the row where `point` is not.  False if the row does not cut the cell.
    bool split(int slot, int twin, int m, const double* row, const double* point, double* other) {
        if (judge(slot, m, row, point) != CUTS) return false;
        const double here = value_at(row, point);
        for (int i = 0; i < d(); ++i) other[i] = point[i];
        cross(slot, m, row, here <= 0.0 ? 1.0 : -1.0, other, -std::fabs(here));
        const int column = stand_on(slot, m, row);
        if (column < 0) return false;
        geo_.copy_slot(slot, twin, m + 1);
        negate(twin, m + 1, column);
        return true;
    }

    // Move an interior point toward the analytic center of the cell, by a few Newton steps.
    //
    // Minimizes -sum log(row_r) - sum log(x_i - l_i) - sum log(u_i - x_i) + rho*|x|^2/2 with a small rho, so that there is
    // a minimum on unbounded cells too.  The Hessian is a diagonal matrix and one of rank m, so m rows take m^2*d
    // operations a step.
    void recenter(int m, const double* rows, double* point) {
        constexpr double rho = 1e-3;
        for (int turn = 0; turn < 8; ++turn) {
            for (int i = 0; i < d(); ++i) {
                gradient_[i] = rho * point[i];
                diagonal_[i] = rho;
                if (geo_.is_free(i)) continue;
                const double low = 1.0 / (point[i] - geo_.lower[i]), high = 1.0 / (geo_.upper[i] - point[i]);
                gradient_[i] += high - low;
                diagonal_[i] += low * low + high * high;
            }
            for (int r = 0; r < m; ++r) {
                const double* row = rows + static_cast<std::size_t>(r) * (d() + 1);
                const double value = value_at(row, point);
                if (!(value > 0.0)) return;
                const double reciprocal = 1.0 / value;
                for (int i = 0; i < d(); ++i) {
                    scaled(i)[r] = row[i] * reciprocal;
                    gradient_[i] -= scaled(i)[r];
                }
            }
            if (!(m < d() ? few_rows(m) : many_rows(m))) return;
            double decrement = 0.0;
            for (int i = 0; i < d(); ++i) decrement -= gradient_[i] * step_[i];
            const double length = decrement < 0.25 ? 1.0 : smaller(1.0, 0.7 * way(m, rows, point));
            for (int i = 0; i < d(); ++i) point[i] += length * step_[i];
            if (decrement < 1e-2) return;
        }
    }

    // The smallest power p >= least for which the point, `rounded` to multiples of 2^-p, is well inside, or `most`.
    //
    // A coordinate that would come to lie on one of its bounds is moved to the next multiple inside.
    int coarsest(int m, const double* rows, const double* point, double* rounded, int least, int most) const {
        for (int power = least; power < most; ++power) {
            const double scale = std::ldexp(1.0, power);
            bool inside = true;
            for (int i = 0; i < d(); ++i) {
                double number = std::rint(point[i] * scale);
                if (!geo_.is_free(i)) {
                    number = larger(number, std::floor(geo_.lower[i] * scale) + 1.0);
                    number = smaller(number, std::ceil(geo_.upper[i] * scale) - 1.0);
                    inside = inside && number > geo_.lower[i] * scale;
                }
                rounded[i] = number / scale;
            }
            for (int r = 0; inside && r < m; ++r)
                inside = value_at(rows + static_cast<std::size_t>(r) * (d() + 1), rounded) > 1e-12;
            if (inside) return power;
        }
        return most;
    }

    // The number of the next row, from the first on, that is not proved to be positive at the point.
    //
    // The entries are rounded to nearest, and |x| is 1e60 at most: then the sum is wrong by less than (d + 4)*2^-52 times
    // that of the absolute values, and by less than 1e-200 for what underflows.
    int surely_inside(int m, const double* rows, const double* point, int first) const {
        for (int r = first; r < m; ++r) {
            const double* row = rows + static_cast<std::size_t>(r) * (d() + 1);
            double value = row[d()], size = std::fabs(value);
            for (int i = 0; i < d(); ++i) {
                if (!(std::fabs(point[i]) < 1e60)) return r;
                const double term = row[i] * point[i];
                value += term;
                size += std::fabs(term);
            }
            if (!(value > 1e-200 + (d() + 4.0) * 0x1p-52 * size)) return r;
        }
        return m;
    }

    // About the largest value of own + sum weight*row between bounds; not a number where one that is needed is missing.
    double largest(const double* lower, const double* upper, const double* rows, int n, const std::int64_t* used,
                   const double* weights, const double* own) {
        double* work = geo_.goal.data();
        for (int j = 0; j <= d(); ++j) work[j] = own[j];
        for (int k = 0; k < n; ++k)
            for (int j = 0; j <= d(); ++j)
                work[j] += weights[k] * rows[static_cast<std::size_t>(used[k]) * (d() + 1) + j];
        double total = work[d()];
        for (int j = 0; j < d(); ++j)
            if (work[j] != 0.0) total += work[j] * (work[j] > 0.0 ? upper[j] : lower[j]);
        return total;
    }

private:
    static constexpr double NOISE = 1e-10;   // less than this, of a row whose largest entry is near 1, is no cut worth it
    static constexpr double WEIGHT = 1e-9;   // a smaller multiplier is proposed to be zero

    double value_at(const double* row, const double* point) const {
        double total = row[d()];
        for (int i = 0; i < d(); ++i) total += row[i] * point[i];
        return total;
    }
    double* scaled(int i) { return scaled_.data() + static_cast<std::size_t>(i) * most_; }

    // What the row does to the cell; `goal` is the row or its negative where the dictionary stands then.
    int judge(int slot, int m, const double* row, const double* point) {
        double* goal = geo_.goal.data();
        geo_.express(slot, row, goal);
        const int side = value_at(row, point) > 0.0 ? 1 : -1;
        if (side * goal[d()] < -NOISE) return CUTS;
        if (side < 0) turn(goal);
        return geo_.descend(slot, m, goal, -NOISE) ? CUTS : side;
    }
    void turn(double* goal) const {
        for (int j = 0; j <= d(); ++j) goal[j] = -goal[j];
    }

    // On what `goal` depends, to `basis`, and how much: rows r as r; then the lower bound of coordinate i as -2 - 2i and
    // the upper as -3 - 2i; then -1.
    void read_basis(int slot, std::int64_t* basis, double* weights) {
        double largest = 0.0;
        for (int j = 0; j < d(); ++j) largest = larger(largest, std::fabs(geo_.goal[j]));
        int at = 0;
        for (const bool bounds : {false, true})
            for (int j = 0; j < d(); ++j) {
                const int variable = geo_.nonbasic_of(slot)[j];
                if ((variable < d()) != bounds || !(std::fabs(geo_.goal[j]) > WEIGHT * largest) ||
                    geo_.is_free(variable))
                    continue;
                basis[at] = bounds ? -2 - 2 * variable - (geo_.side_of(slot)[variable] < 0.0) : variable - d();
                weights[at++] = geo_.goal[j];
            }
        for (; at < d(); ++at) basis[at] = -1;
    }

    // Make the row number m of a cell that it cuts, nonbasic; its column, or -1 - (whether it is >= 0) if that fails.
    int stand_on(int slot, int m, const double* row) {
        double* goal = geo_.goal.data();
        geo_.express(slot, row, goal);
        const bool positive = goal[d()] >= 0.0;
        if (!positive) turn(goal);
        if (!geo_.descend(slot, m, goal, 0.0)) return positive ? -2 : -1;  // noise; the exact check decides
        const int column = geo_.column;
        for (int j = 0; j <= d(); ++j) geo_.line(slot, m)[j] = goal[j];
        geo_.basic_of(slot)[m] = d() + m;
        geo_.pivot(slot, m + 1, m, column, goal);
        if (!positive) negate(slot, m + 1, column);
        return column;
    }
    // The same vertex, seen from the other side of the row in this column.
    void negate(int slot, int m, int column) {
        for (int r = 0; r < m; ++r) geo_.line(slot, r)[column] = -geo_.line(slot, r)[column];
    }

    // Move the point to the positive side of sign*row, about as deep as it was on the other, where it was `here`.
    void cross(int slot, int m, const double* row, double sign, double* point, double here) {
        const int scratch = geo_.scratch();
        double* deep = geo_.deep.data();
        geo_.copy_slot(slot, scratch, m);
        geo_.express(scratch, row, deep);
        if (sign > 0.0) turn(deep);
        const double target = larger(-here, 1e-3);
        double step = 0.0;
        int column = -1;
        if (geo_.descend(scratch, m, deep, -target)) {
            column = geo_.column;
            step = geo_.ratio(scratch, m, column).first;
            if (step == INF) step = (deep[d()] + 2.0 * target) / -deep[column];
        }
        double there = -deep[d()];
        if (column >= 0) there -= deep[column] * step;
        const double share = there > here ? 0.5 * (1.0 + -here / (there - here)) : 0.0;
        for (int i = 0; i < d(); ++i) {
            const int at = geo_.place_of(scratch)[i];
            double t = 0.0;
            if (at >= 0) {
                t = at == column ? step : 0.0;
            } else {
                t = geo_.line(scratch, -1 - at)[d()];
                if (column >= 0) t += geo_.line(scratch, -1 - at)[column] * step;
            }
            const double end = geo_.anchor_of(scratch)[i] + geo_.side_of(scratch)[i] * t;
            point[i] += share * (end - point[i]);
        }
    }

    // How many times the step leads from the point to the boundary of the cell.
    double way(int m, const double* rows, const double* point) const {
        double most = 0.0;  // of the inverses
        for (int i = 0; i < d(); ++i)
            if (!geo_.is_free(i))
                most = larger(most, larger(step_[i] / (geo_.upper[i] - point[i]), step_[i] / (geo_.lower[i] - point[i])));
        for (int r = 0; r < m; ++r) {
            const double* row = rows + static_cast<std::size_t>(r) * (d() + 1);
            double value = row[d()], fall = 0.0;
            for (int i = 0; i < d(); ++i) {
                value += row[i] * point[i];
                fall -= row[i] * step_[i];
            }
            most = larger(most, fall / value);
        }
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
        for (int i = 0; i < d(); ++i) {
            for (int j = 0; j <= i; ++j) {
                double total = i == j ? diagonal_[i] : 0.0;
                for (int r = 0; r < m; ++r) total += scaled(i)[r] * scaled(j)[r];
                hessian_[static_cast<std::size_t>(i) * d() + j] = total;
            }
            step_[i] = -gradient_[i];
        }
        if (!cholesky(hessian_.data(), d(), d())) return false;
        solve(hessian_.data(), d(), d(), step_.data());
        return true;
    }
    // The Newton step by an m x m matrix (Woodbury): (D + A'A)^-1 = D^-1 - D^-1 A'(I + A D^-1 A')^-1 A D^-1.
    bool few_rows(int m) {
        for (int r = 0; r < m; ++r) {
            right_[r] = 0.0;
            for (int s = 0; s < m; ++s) small_[static_cast<std::size_t>(r) * most_ + s] = r == s ? 1.0 : 0.0;
        }
        for (int i = 0; i < d(); ++i) {
            step_[i] = -gradient_[i] / diagonal_[i];
            for (int r = 0; r < m; ++r) {
                double part = scaled(i)[r];
                right_[r] += part * step_[i];
                part /= diagonal_[i];
                for (int s = 0; s <= r; ++s) small_[static_cast<std::size_t>(r) * most_ + s] += part * scaled(i)[s];
            }
        }
        if (!cholesky(small_.data(), m, most_)) return false;
        solve(small_.data(), m, most_, right_.data());
        for (int i = 0; i < d(); ++i) {
            double total = 0.0;
            for (int r = 0; r < m; ++r) total += scaled(i)[r] * right_[r];
            step_[i] -= total / diagonal_[i];
        }
        return true;
    }

    Simplex<0> geo_;
    Array<double> gradient_, diagonal_, step_, scaled_, right_, small_, hessian_;
    int most_;
};

}  // namespace linregions
