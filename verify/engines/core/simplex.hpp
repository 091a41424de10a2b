// Cells of any number of inputs as float simplex dictionaries: they propose, and are never believed.
//
// A slot holds a cell's *dictionary*, at some vertex of its closure, and a *witness*, a float point that is proved to lie
// in its interior.  Variables are the inputs x_i (bounds lower_i <= x_i <= upper_i, possibly infinite) and one slack >= 0
// for each row of the path; a dictionary writes the m basic ones in terms of d nonbasic ones, so its size is units x
// inputs even for a box in hundreds of dimensions.  What it proposes is proved in proofs.hpp.
#pragma once

#include <memory>

#include "center.hpp"
#include "long_step.hpp"
#include "state.hpp"

namespace linregions {

constexpr int LARGEST_SYSTEM = 40;  // inputs beyond which a d x d system costs more than the exact answer is worth
constexpr int MANY = 200;  // inputs beyond which a pivot of a dictionary costs more than a long step that begins anew
constexpr double PROPOSAL = 1e-9;  // below this a coefficient is treated as zero *when proposing*; it decides nothing

// Cells of all stack slots as dictionaries with witnesses, the last slot as scratch.
//
// For a slot whose path has m rows: `basic` (m of them) and `nonbasic` (d) list every variable once, and `place` says
// where each input is.  Variable i has a value t_i >= 0, of either sign if it is free, and t_i <= span if it is a bounded
// input; t = 0 for the nonbasic ones at the vertex at which the dictionary stands, and a basic one is
// table[r, d] + sum_j table[r, j]*t_j.  All of this holds up to rounding.  Of the witness alone anything is proved.
template <int D>
struct Simplex {
    int d_, slots, most;
    Array<double> lower, upper;  // [d] bounds of the inputs, -inf and inf where there are none
    Array<double> bound_error;   // [d] |rounded bound - true bound|, for both ends
    Array<double> bound_grain;   // [d] granularity of the rows x - lower and upper - x
    bool boxed = false;          // every bound is finite
    Array<double> table;         // [slots, most, d + 1] basic variables: coefficients of the nonbasic ones, then the value
    Array<std::int32_t> basic;   // [slots, most] their numbers: i < d for x_i, d + r for the slack of path row r
    Array<std::int32_t> nonbasic;  // [slots, d]
    Array<double> anchor, side;    // [slots, d] x_i = anchor_i + side_i*t_i, and t_i is what the dictionary contains
    Array<std::int32_t> place;     // [slots, d] where x_i is: column j, or -1 - (row of the table)
    Array<double> witness;         // [slots, d]
    Array<double> goal;            // [d + 1] scratch: the row under test in nonbasic variables
    Array<double> deep;            // [d + 1] scratch: the same while looking for a witness
    Array<double> other;           // [d] scratch: the witness of the other side
    Array<double> edge;            // [d] scratch: a direction
    Array<double> inverse, work, rows, row_error;  // [d, d], [d, d], [d + 1, d + 1] twice: scratch for proofs
    Array<double> multipliers, right, right_error, off;
    Array<std::int32_t> columns;
    std::unique_ptr<Center> center;  // made when it is first needed
    std::unique_ptr<LongStep> long_step;  // likewise
    int column = 0;        // of the crossing edge
    int witness_side = 0;  // the side the old witness is on
    int orientation = 0;   // of `goal`
    int certain = 0;       // how many columns `basis_proof` found certainly positive
    std::int64_t pivots = 0;

    int d() const { return D ? D : d_; }
    int width() const { return d() + 1; }
    double* line(int slot, int r) {
        return table.data() + (static_cast<std::size_t>(slot) * most + r) * width();
    }
    std::int32_t* basic_of(int slot) { return basic.data() + static_cast<std::size_t>(slot) * most; }
    std::int32_t* nonbasic_of(int slot) { return nonbasic.data() + static_cast<std::size_t>(slot) * d(); }
    std::int32_t* place_of(int slot) { return place.data() + static_cast<std::size_t>(slot) * d(); }
    double* anchor_of(int slot) { return anchor.data() + static_cast<std::size_t>(slot) * d(); }
    double* side_of(int slot) { return side.data() + static_cast<std::size_t>(slot) * d(); }
    double* witness_of(int slot) { return witness.data() + static_cast<std::size_t>(slot) * d(); }
    double* matrix_row(int j) { return rows.data() + static_cast<std::size_t>(j) * width(); }
    double* matrix_error(int j) { return row_error.data() + static_cast<std::size_t>(j) * width(); }
    double* inverse_row(int j) { return inverse.data() + static_cast<std::size_t>(j) * d(); }
    double* work_row(int j) { return work.data() + static_cast<std::size_t>(j) * d(); }
    int scratch() const { return slots - 1; }
    // Whether inputs are so many that cells have no dictionaries (long_step.hpp).
    bool is_many() const { return D == 0 && boxed && d_ > MANY; }

    // In slot 0 the domain, or the box that it is part of.
    explicit Simplex(const Start& start) : Simplex(start, start.d, start.slots + 1) {
        boxed = start.boxed;
        for (int i = 0; i < d_; ++i) {
            nonbasic[i] = place[i] = i;
            anchor[i] = start.anchor[i];
            witness[i] = start.witness[i];
        }
    }

    // A free variable may take either sign.
    bool is_free(int variable) const {
        return variable < d() && lower[variable] == -INF && upper[variable] == INF;
    }
    // Upper bound of a variable's t; its lower bound is 0, unless it is free.
    double span(int variable) const { return variable >= d() ? INF : upper[variable] - lower[variable]; }

    // target += factor*line, of d + 1 entries
    void add(double* target, double factor, const double* source) const {
        if constexpr (D > 0) {
// GCC unrolls it by itself or not, as other code here changes: 10 % of 6-10-10
#pragma GCC unroll 16
            for (int j = 0; j <= D; ++j) target[j] += factor * source[j];
        } else {
            add_multiple(target, factor, source, d_ + 1);
        }
    }

    // line *= factor, of d + 1 entries
    void multiply(double* line, double factor) const {
        if constexpr (D > 0) {
            for (int j = 0; j <= D; ++j) line[j] *= factor;
        } else {
            linregions::multiply(line, factor, d_ + 1);
        }
    }

    // Copy a cell of m rows, also from another stack.
    void copy_cell(Simplex& from, int source, int target, int m) {
        for (int i = 0; i < d(); ++i) witness_of(target)[i] = from.witness_of(source)[i];
        if (is_many()) return;
        const std::size_t size = static_cast<std::size_t>(m) * width();
        const double* lines = from.line(source, 0);
        double* copies = line(target, 0);
        for (std::size_t j = 0; j < size; ++j) copies[j] = lines[j];
        for (int r = 0; r < m; ++r) basic_of(target)[r] = from.basic_of(source)[r];
        for (int i = 0; i < d(); ++i) {
            nonbasic_of(target)[i] = from.nonbasic_of(source)[i];
            anchor_of(target)[i] = from.anchor_of(source)[i];
            side_of(target)[i] = from.side_of(source)[i];
            place_of(target)[i] = from.place_of(source)[i];
        }
    }
    void copy_cell(int source, int target, int m) { copy_cell(*this, source, target, m); }

    // The row (a, b) in the nonbasic variables of the slot's dictionary.
    void express(int slot, const double* center, double* out) {
        const int n = d();
        for (int j = 0; j <= n; ++j) out[j] = 0.0;
        double value = center[n];
        for (int i = 0; i < n; ++i) {
            double a = center[i];
            if (a == 0.0) continue;
            value += a * anchor_of(slot)[i];
            a *= side_of(slot)[i];
            const int at = place_of(slot)[i];
            if (at >= 0)
                out[at] += a;
            else
                add(out, a, line(slot, -1 - at));
        }
        out[n] += value;
    }

    // Exchange the basic variable of `row` with the nonbasic one of `column`.
    void pivot(int slot, int m, int row, int column_, double* objective) {
        const int n = d();
        double* main = line(slot, row);
        const double reciprocal = 1.0 / main[column_];
        multiply(main, -reciprocal);
        main[column_] = reciprocal;
        for (int r = 0; r < m; ++r) {
            double* target = line(slot, r);
            const double factor = target[column_];
            if (r != row && factor != 0.0) {
                target[column_] = 0.0;
                add(target, factor, main);
            }
        }
        const double factor = objective[column_];
        if (factor != 0.0) {
            objective[column_] = 0.0;
            add(objective, factor, main);
        }
        const int leaving = basic_of(slot)[row], entering = nonbasic_of(slot)[column_];
        basic_of(slot)[row] = entering;
        nonbasic_of(slot)[column_] = leaving;
        if (leaving < n) place_of(slot)[leaving] = column_;
        if (entering < n) place_of(slot)[entering] = -1 - row;
        ++pivots;
    }

    // Replace the nonbasic t by span - t (a bounded input moves to its other bound) or by -t (a free one).
    void flip_column(int slot, int m, int column_, double* objective) {
        const int n = d(), i = nonbasic_of(slot)[column_];
        double size = span(i);
        if (size == INF) size = 0.0;
        for (int r = 0; r < m; ++r) {
            double* target = line(slot, r);
            const double c = target[column_];
            target[n] += c * size;
            target[column_] = -c;
        }
        objective[n] += objective[column_] * size;
        objective[column_] = -objective[column_];
        if (i < n) {
            anchor_of(slot)[i] += side_of(slot)[i] * size;
            side_of(slot)[i] = -side_of(slot)[i];
        }
    }

    // The largest step along a column that keeps all variables in their bounds, and the row that ends it.
    //
    // -1 if nothing does, -2 if the variable of the column comes to its other bound first.  Of equal steps that with the
    // largest coefficient counts, which keeps dictionaries away from singular ones.
    std::pair<double, int> ratio(int slot, int m, int column_) {
        const int n = d();
        double step = span(nonbasic_of(slot)[column_]), size = 0.0;
        int blocking = step < INF ? -2 : -1;
        for (int r = 0; r < m; ++r) {
            const double* target = line(slot, r);
            const double c = target[column_];
            const int variable = basic_of(slot)[r];
            double quotient;
            if (c < -PROPOSAL) {
                if (is_free(variable)) continue;
                quotient = larger(target[n], 0.0) / -c;
            } else if (c > PROPOSAL && variable < n) {
                if (upper[variable] == INF || is_free(variable)) continue;
                quotient = larger(span(variable) - target[n], 0.0) / c;
            } else {
                continue;
            }
            if (quotient < step || (quotient == step && std::fabs(c) > size)) {
                step = quotient;
                blocking = r;
                size = std::fabs(c);
            }
        }
        return {step, blocking};
    }

    // Minimize `objective` from the current vertex; true at an edge along which it falls below `floor` (`column`).
    //
    // With a share, it may stop where the bounds of the nonbasic variables alone keep the objective above that share of
    // its value, which is positive then: so many inputs take many turns to come to the minimum, and a bound proves as much.
    bool descend(int slot, int m, double* objective, double floor, double share = INF) {
        const int n = d();
        for (int turn = 0; turn < 50 * (n + m) + 50; ++turn) {  // this rule may cycle; what it proposes is not proved
            if (share < INF && turn % 8 == 7 && is_above(slot, objective, share * objective[n])) return false;
            int entering = -1;
            if (D == 0 && boxed) {  // none is free
                const int j = place_of_least(objective, n);
                if (objective[j] < -PROPOSAL) entering = j;
            } else {
                double best = PROPOSAL;
                for (int j = 0; j < n; ++j) {
                    const double c = objective[j];
                    if (!boxed && is_free(nonbasic_of(slot)[j])) {
                        if (std::fabs(c) > PROPOSAL) {
                            entering = j;
                            break;
                        }
                    } else if (-c > best) {
                        best = -c;
                        entering = j;
                    }
                }
            }
            if (entering < 0) return false;
            if (objective[entering] > 0.0) flip_column(slot, m, entering, objective);
            const auto [step, blocking] = ratio(slot, m, entering);
            if (objective[n] + objective[entering] * step < floor && step > 0.0) {
                column = entering;
                return true;
            }
            if (blocking == -1) return false;
            if (blocking == -2) {
                flip_column(slot, m, entering, objective);
                continue;
            }
            const bool at_upper = line(slot, blocking)[entering] > 0.0;
            pivot(slot, m, blocking, entering, objective);
            if (at_upper) flip_column(slot, m, entering, objective);
        }
        return false;
    }

    // The same without a dictionary, for a row of the inputs: whether it seems to fall below 0, and then to `edge` a point of
    // the cell where it does.  Otherwise `objective` has the multipliers of the nonbasic variables, the rows first.
    bool descend_long(int slot, int m, const double* rows, const double* row, bool to_the_end, double* objective) {
        if (!long_step) long_step = std::make_unique<LongStep>(d_, most);
        const double* own = witness_of(slot);
        const bool below = long_step->descend(lower.data(), upper.data(), m, rows, row, own, to_the_end);
        pivots += std::exchange(long_step->steps, 0);
        if (below) {
            for (int i = 0; i < d_; ++i) edge[i] = own[i] + long_step->share * (long_step->x[i] - own[i]);
            return true;
        }
        int j = 0;
        for (int r = 0; r < m; ++r)
            if (long_step->is_tight(r)) {
                nonbasic_of(slot)[j] = d_ + r;
                objective[j++] = long_step->multiplier[r];
            }
        for (int i = 0; i < d_; ++i)
            if (long_step->is_at_bound(i)) {
                nonbasic_of(slot)[j] = i;
                side_of(slot)[i] = long_step->x[i] == lower[i] ? 1.0 : -1.0;
                objective[j++] = std::fabs(long_step->reduced[i]);
            }
        return false;
    }

    // Whether the objective is above a value as long as all nonbasic variables are in their bounds.
    bool is_above(int slot, const double* objective, double value) {
        double bound = objective[d()];
        for (int j = 0; j < d() && bound > value; ++j)
            if (objective[j] < 0.0) bound += objective[j] * span(nonbasic_of(slot)[j]);
        return bound > value;
    }

    // The vertex at which the dictionary stands.
    void vertex(int slot, double* out) {
        const int n = d();
        if (is_many()) return static_cast<void>(std::copy_n(long_step->x.data(), n, out));
        for (int i = 0; i < n; ++i) {
            const int at = place_of(slot)[i];
            const double t = at >= 0 ? 0.0 : line(slot, -1 - at)[n];
            out[i] = anchor_of(slot)[i] + side_of(slot)[i] * t;
        }
    }

    // Far end of the edge along a column, to `edge`: (value of the objective there, false), or (slope, true) of a ray.
    std::pair<double, bool> far_end(int slot, int m, int column_, const double* objective) {
        const int n = d();
        const double step = ratio(slot, m, column_).first;
        const bool ray = step == INF;
        for (int i = 0; i < n; ++i) {
            const int at = place_of(slot)[i];
            const double slope = at >= 0 ? (at == column_ ? 1.0 : 0.0) : line(slot, -1 - at)[column_];
            const double t = at >= 0 ? 0.0 : line(slot, -1 - at)[n];
            edge[i] = ray ? side_of(slot)[i] * slope : anchor_of(slot)[i] + side_of(slot)[i] * (t + step * slope);
        }
        if (ray) return {objective[column_], true};
        return {objective[n] + step * objective[column_], false};
    }

private:
    Simplex(const Start& start, std::size_t n, std::size_t number)
        : d_(start.d), slots(start.slots + 1), most(start.most), lower(start.lower), upper(start.upper),
          bound_error(start.bound_error), bound_grain(start.bound_grain), table(number * most * (n + 1)),
          basic(number * most), nonbasic(number * n), anchor(number * n), side(number * n, 1.0), place(number * n),
          witness(number * n), goal(n + 1), deep(n + 1), other(n), edge(n), inverse(n * n), work(n * n),
          rows((n + 1) * (n + 1)), row_error((n + 1) * (n + 1)), multipliers(n), right(n), right_error(n), off(n),
          columns(n) {}
};

}  // namespace linregions
