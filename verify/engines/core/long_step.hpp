// The least value of a row on a cell of a box of many inputs, in floats, which propose: a dual simplex method.
//
// For multipliers y >= 0 the sum goal - sum y_r*row_r is least at a corner of the box, and its value there is a bound of the
// goal on the cell, a concave and piecewise linear function of y.  The method begins at y = 0, where no row counts, and goes
// up from vertex to vertex of that function.  A step ends where the bound would fall again: until then every input whose
// coefficient changes its sign moves to its other bound, often a hundred of them (bound flipping: Maros, Computational
// Techniques of the Simplex Method, 2003, chapter 10).
//
// At each vertex there is a point x where the goal has the bound as its value; until the last step it is outside the cell.
// The way from the witness to x is inside up to some row.  If the goal falls below zero before, it is seen to be negative
// somewhere in the cell, mostly after a few steps; and it is positive if the bound is.
//
// A step takes rows*inputs operations, and what is kept is the inverse of the basis, rows x rows, and no dictionary.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "lines.hpp"

namespace linregions {

class LongStep {
    static constexpr double LEAST = 1e-9;   // a smaller coefficient or violation is taken for zero
    static constexpr double ENOUGH = 0.01;  // of the goal at the witness: so far from zero it need not go on

public:
    LongStep(int d, int most)
        : x(d), reduced(d), multiplier(most), d_(d), head_(most), inverse_(static_cast<std::size_t>(most) * most), value_(most),
          own_(most), level_(most), column_(most), change_(d), ratio_(d), weight_(d), side_(d), little_(d), factors_(most),
          lines_(most) {
        for (int i = 0; i < d; ++i) little_[i] = (1.0 + i * 0.618 - std::floor(i * 0.618)) * 1e-10;
    }

    Array<double> x;           // [d] where the goal has the bound as its value
    Array<double> reduced;     // [d] coefficients of the inputs in the sum; 0 for those not at a bound
    Array<double> multiplier;  // [rows]
    double bound = 0.0, at_witness = 0.0;  // values of the goal
    double share = 0.0, value = 0.0;       // of the way from the witness to x what is inside, and the goal at its end
    std::int64_t steps = 0;

    // Whether the goal seems to fall below zero on the way from the witness to x; else the multipliers seem to prove that it
    // does not on the cell.  With `to_the_end` it goes on to the least value, and the answer is false.
    bool descend(const double* lower, const double* upper, int m, const double* rows, const double* goal,
                 const double* witness, bool to_the_end) {
        lower_ = lower, upper_ = upper, rows_ = rows, m_ = m;
        begin(goal, witness);
        const double enough = ENOUGH * std::fabs(at_witness);
        for (int turn = 0; turn < 50 + 10 * m; ++turn, ++steps) {  // it may cycle; what it proposes is not proved
            locate();
            bound = goal[d_] + dot(goal, x.data(), d_);
            look_from(witness);
            if (!to_the_end && (value < -enough || bound > enough)) break;
            if (const int leaving = most_violated(); leaving < 0 || !step(leaving)) break;
        }
        return !to_the_end && value < 0.0;
    }

    // Whether the row is zero at x, as one of the conditions that determine it; whether an input is at a bound as such.
    bool is_tight(int r) const { return tight_[r]; }
    bool is_at_bound(int i) const { return !basic_[i]; }

private:
    const double* row(int r) const { return rows_ + static_cast<std::size_t>(r) * (d_ + 1); }
    double* inverse(int p) { return inverse_.data() + static_cast<std::size_t>(p) * m_; }

    // The values of all rows are basic, and every input is where the goal is least.
    void begin(const double* goal, const double* witness) {
        dots(rows_, d_ + 1, m_, witness, d_, own_.data());
        at_witness = goal[d_] + dot(goal, witness, d_);
        tight_.assign(m_, 0);
        basic_.assign(d_, 0);
        for (int r = 0; r < m_; ++r) {
            own_[r] += row(r)[d_];
            multiplier[r] = 0.0;
            head_[r] = d_ + r;
            for (int p = 0; p < m_; ++p) inverse(r)[p] = p == r ? -1.0 : 0.0;
        }
        for (int i = 0; i < d_; ++i) {
            side_[i] = goal[i] < 0.0 ? -1.0 : 1.0;
            reduced[i] = goal[i] + side_[i] * little_[i];
        }
        go_to_corner(side_.data(), lower_, upper_, x.data(), d_);
    }
    double end(int i) const { return side_[i] > 0.0 ? lower_[i] : upper_[i]; }

    // The values of the basic variables, from those of all others.
    void locate() {
        for (int p = 0; p < m_; ++p)
            if (head_[p] < d_) x[head_[p]] = 0.0;
        dots(rows_, d_ + 1, m_, x.data(), d_, level_.data());
        for (int r = 0; r < m_; ++r) level_[r] += row(r)[d_];
        for (int p = 0; p < m_; ++p) value_[p] = -dot(inverse(p), level_.data(), m_);
        for (int p = 0; p < m_; ++p)
            if (head_[p] < d_) x[head_[p]] = value_[p];
    }

    // How far a basic variable is outside its bounds: negative below the lower, positive above the upper one.
    double violation(int p) const {
        const int variable = head_[p];
        const double v = value_[p];
        if (variable >= d_) return smaller(v, 0.0);
        return v < lower_[variable] ? v - lower_[variable] : larger(v - upper_[variable], 0.0);
    }
    // The place of that which is violated most, by the length of its line (dual steepest edge); -1 if none is.
    int most_violated() {
        double most = 0.0;
        int leaving = -1;
        for (int p = 0; p < m_; ++p) {
            const double off = violation(p);
            if (!(std::fabs(off) > LEAST)) continue;
            const double score = off * off / dot(inverse(p), inverse(p), m_);
            if (score > most) most = score, leaving = p;
        }
        return leaving;
    }

    void look_from(const double* witness) {
        share = 1.0;
        for (int p = 0; p < m_; ++p) {
            const double off = violation(p);
            if (off == 0.0) continue;
            const int i = head_[p];
            const double inside = i >= d_    ? own_[i - d_]
                                  : off < 0.0 ? witness[i] - lower_[i]
                                              : upper_[i] - witness[i];
            share = smaller(share, inside / (inside + std::fabs(off)));
        }
        value = at_witness + share * (bound - at_witness);
    }

    // One step, after which basic variable number p is at its bound; false if nothing ends it.
    bool step(int p) {
        const double slope = std::fabs(violation(p)), sign = violation(p) < 0.0 ? 1.0 : -1.0;
        const double* line = inverse(p);
        // how the coefficients change with the length of the step; those of basic inputs stay zero
        int number = 0;
        for (int r = 0; r < m_; ++r)
            if (line[r] != 0.0) factors_[number] = sign * line[r], lines_[number++] = row(r);
        for (int i = 0; i < d_; ++i) change_[i] = 0.0;
        add_products(change_.data(), factors_.data(), lines_.data(), number, d_);
        for (int q = 0; q < m_; ++q)
            if (head_[q] < d_) change_[head_[q]] = 0.0;
        // a multiplier that becomes zero ends the step
        double length = INF;
        int entering = -1;
        for (int r = 0; r < m_; ++r)
            if (const double fall = sign * line[r]; tight_[r] && fall > LEAST && multiplier[r] < length * fall) {
                length = larger(multiplier[r], 0.0) / fall;
                entering = d_ + r;
            }
        breakpoints(change_.data(), reduced.data(), side_.data(), lower_, upper_, LEAST, ratio_.data(), weight_.data(), d_);
        if (const int i = turn_inputs(slope, length); i >= 0) {
            entering = i;
            length = ratio_[i];
        }
        if (entering < 0) return false;
        go_to_corner(side_.data(), lower_, upper_, x.data(), d_);
        add_multiple(reduced.data(), length, change_.data(), d_);
        for (int r = 0; r < m_; ++r)
            if (tight_[r]) multiplier[r] -= length * sign * line[r];
        exchange(p, entering, sign * length);
        return true;
    }

    // Move the inputs to their other bounds whose coefficients become zero before the bound falls, and before the step has
    // that length; the input at which the bound begins to fall, or -1.
    int turn_inputs(double slope, double length) {
        const double most = smaller(length, 0x1p900), enough = 0.02 * slope, all = slope;
        double passed = -1.0, above = most, fall = slope - weight_below(ratio_.data(), weight_.data(), most, d_);
        int found = -1;
        if (fall < 0.0) {
            // between `passed`, where the slope is positive, and `above`, where it is not: by secants until few are left
            const double sizes = dot(reduced.data(), reduced.data(), d_) / dot(change_.data(), change_.data(), d_);
            double at = slope / (slope - fall) * std::sqrt(sizes);
            for (int round = 0; round < 12 && slope > enough; ++round) {
                const double low = larger(passed, 0.0);
                if (!(at > low && at < above)) at = 0.5 * (low + above);
                const double rest = all - weight_below(ratio_.data(), weight_.data(), at, d_);
                (rest > 0.0 ? slope : fall) = rest;
                (rest > 0.0 ? passed : above) = at;
                at = above < most ? larger(passed, 0.0) + (above - larger(passed, 0.0)) * slope / (slope - fall) : 2.0 * at;
            }
            few_.clear();
            for (int i = 0; i < d_; ++i)
                if (int(ratio_[i] > passed) & int(ratio_[i] <= above)) few_.emplace_back(ratio_[i], i);
            std::sort(few_.begin(), few_.end());
            for (const auto& [ratio, i] : few_) {
                found = i;
                slope -= weight_[i];
                if (slope <= 0.0) break;
                passed = ratio;
            }
        } else {
            passed = most;
        }
        const double own = found < 0 ? 0.0 : side_[found];
        turn_sides(side_.data(), ratio_.data(), passed, d_);
        if (found >= 0) side_[found] = own;
        return found;
    }

    // Basic variable number p leaves, with that coefficient, and another one takes its place.
    void exchange(int p, int entering, double coefficient) {
        const int leaving = head_[p];
        for (int q = 0; q < m_; ++q) {
            column_[q] = entering < d_ ? 0.0 : -inverse(q)[entering - d_];
            for (int r = 0; entering < d_ && r < m_; ++r) column_[q] += inverse(q)[r] * row(r)[entering];
        }
        double* main = inverse(p);
        multiply(main, 1.0 / column_[p], m_);
        for (int q = 0; q < m_; ++q)
            if (q != p && column_[q] != 0.0) add_multiple(inverse(q), -column_[q], main, m_);
        head_[p] = entering;
        if (leaving < d_) {
            basic_[leaving] = 0;
            side_[leaving] = coefficient < 0.0 ? -1.0 : 1.0;
            x[leaving] = end(leaving);
            reduced[leaving] = coefficient;
        } else {
            tight_[leaving - d_] = 1;
            multiplier[leaving - d_] = coefficient;
        }
        if (entering < d_) {
            basic_[entering] = 1;
            reduced[entering] = 0.0;
        } else {
            tight_[entering - d_] = 0;
            multiplier[entering - d_] = 0.0;
        }
    }

    int d_, m_ = 0;
    const double *lower_ = nullptr, *upper_ = nullptr, *rows_ = nullptr;
    std::vector<int> head_;            // [m] the basic variables: i < d for x_i, d + r for the value of row r
    std::vector<char> basic_, tight_;  // [d], [m] whether an input is among them, a value of a row is not
    Array<double> inverse_;            // [m, m] of their columns in row(x) - value = -constant
    Array<double> value_;              // [m] of them
    Array<double> own_, level_;        // [m] values of the rows at the witness; with the basic variables 0
    Array<double> column_;             // [m] scratch
    Array<double> change_, ratio_, weight_, side_;  // [d] see `breakpoints`; side: 1 at the lower bound, -1 at the upper one
    Array<double> little_;             // [d] all different: else it would cycle where the goal is a multiple of a row
    Array<double> factors_;            // [m] scratch: of lines that are added
    Array<const double*> lines_;
    std::vector<std::pair<double, int>> few_;       // scratch: breakpoints
};

}  // namespace linregions
