// What a row does to a cell of any dimension: the float simplex proposes, a proof decides.
//
// *Cut* is proved by two witnesses: floats, taken as exact binary numbers, at which every row of the path is positive and
// the new row is positive at one and negative at the other, each beyond its error bound.  *No cut* is proved by
// multipliers (proofs.hpp), and where floats cannot, by the same multipliers in integers (exact.hpp).  Whatever none of
// these proves is UNDECIDED and goes to the exact simplex.
#pragma once

#include "exact.hpp"
#include "proofs.hpp"
#include "traversal.hpp"

namespace linregions {

// Whether the witness of the first cell is proved to lie inside the domain.
template <int D>
inline bool begins_inside(Simplex<D>& geo, State<D>& state) {
    for (int r = 0; r < state.start.domain_rows; ++r) {
        domain_row(state, r);
        push_row(state, r);  // not normalized, if it is out of range
    }
    return inside(geo, geo.witness_of(0), state, state.start.domain_rows);
}

// Put the witness that was found into the slot.
template <int D>
inline void take_other_witness(Simplex<D>& geo, int slot) {
    for (int i = 0; i < geo.d(); ++i) geo.witness_of(slot)[i] = geo.other[i];
}

// Move the witness toward the center of the cell, away from walls; whether it moved.
//
// A witness that comes from many cuts, each halfway to a vertex, ends up close to walls, at last closer than rounding
// errors allow to tell.  That takes as long as several tests, which are counted, so that the traversal is not away for long.
template <int D>
inline bool recenter(Simplex<D>& geo, State<D>& state, int slot, int m) {
    state.tests += 10;
    for (int i = 0; i < geo.d(); ++i) geo.other[i] = geo.witness_of(slot)[i];
    if (!geo.center) geo.center = std::make_unique<Center>(geo.d(), geo.most);
    const double* rows = state.row_of_path(0);
    if (geo.boxed && geo.d() > LARGEST_SYSTEM)
        geo.center->find(geo.lower.data(), geo.upper.data(), m, rows, geo.other.data());
    else
        geo.center->recenter(geo.lower.data(), geo.upper.data(), m, rows, geo.other.data(), true);
    if (!inside(geo, geo.other.data(), state, m)) return false;
    take_other_witness(geo, slot);
    return true;
}

// Write to `edge` a point of the cell where sign*goal reaches `target`, or its maximum: (value, is a ray).
template <int D>
inline std::pair<double, bool> deepen(Simplex<D>& geo, int slot, int m, int sign, double target) {
    const int d = geo.d(), scratch = geo.scratch();
    geo.copy_cell(slot, scratch, m);
    for (int j = 0; j <= d; ++j) geo.deep[j] = -sign * geo.goal[j];
    if (geo.descend(scratch, m, geo.deep.data(), -target)) {
        const auto [value, ray] = geo.far_end(scratch, m, geo.column, geo.deep.data());
        return {-value, ray};
    }
    geo.vertex(scratch, geo.edge.data());
    return {-geo.deep[d], false};
}

// Write to `other` an interior point with sign*row > 0 on the way from the witness to `edge` (or along it).
//
// The witness is in the interior and the target in the closed cell, so every point between them is in the interior; the
// point tried is such a point rounded, and is accepted only if all rows are proved positive there.  `value` is sign*row at
// the target, or its slope along a ray; the row falls short of 0 at the witness by `missing` (all of them proposals).
template <int D>
inline bool go_toward(Simplex<D>& geo, State<D>& state, int slot, int m, int sign, double value, bool ray,
                      double missing) {
    constexpr double BEYOND[4] = {0.5, 0.25, 0.75, 0.1}, ALONG[4] = {1.0, 4.0, 16.0, 64.0};
    const int d = geo.d();
    const double* witness = geo.witness_of(slot);
    if (!(value > 0.0)) return false;
    for (int attempt = 0; attempt < 4; ++attempt) {
        double share;
        if (ray) {
            share = (missing > 0.0 ? 2.0 * missing / value : 1.0) * ALONG[attempt];
        } else {
            const double crossing = missing / (missing + value);
            share = crossing + (1.0 - crossing) * BEYOND[attempt];
        }
        for (int i = 0; i < d; ++i)
            geo.other[i] = witness[i] + share * (ray ? geo.edge[i] : geo.edge[i] - witness[i]);
        const auto [s, e] = row_value<D>(state.row_center.data(), state.row_error.data(), geo.other.data(), d);
        if (sign * s > e && std::fabs(s) < INF && inside(geo, geo.other.data(), state, m)) return true;
    }
    return false;
}

// Write to `other` a point of the interior where sign*row > 0, proved; the witness is not known to be one.
//
// First toward an end of the crossing edge; if the row is small there compared with its value at the witness, or that
// fails, toward a point of the cell where it is at least as large, if there is one, so that witnesses stay away from the
// walls.  Less will do in many dimensions, where that takes many turns of the simplex method.
template <int D>
inline bool find_witness(Simplex<D>& geo, State<D>& state, int slot, int m, int sign) {
    const int column = geo.column, orientation = geo.orientation, d = geo.d();
    const double small = d > LARGEST_SYSTEM ? 0.01 : 0.1, enough = d > LARGEST_SYSTEM ? 0.2 : 1.0;
    const double at_witness =
        row_value<D>(state.row_center.data(), state.row_error.data(), geo.witness_of(slot), d).first;
    for (int attempt = 0; attempt < 2; ++attempt) {
        double value;
        bool ray = false;
        if (attempt == 1) {
            std::tie(value, ray) = deepen(geo, slot, m, sign * orientation, enough * std::fabs(at_witness));
            geo.column = column;
        } else if (sign == orientation) {
            geo.vertex(slot, geo.edge.data());
            value = geo.goal[d];
        } else {
            std::tie(value, ray) = geo.far_end(slot, m, column, geo.goal.data());
            value = -value;
        }
        if (attempt == 0 && !ray && !(value > small * std::fabs(at_witness))) continue;
        if (go_toward(geo, state, slot, m, sign, value, ray, larger(-sign * at_witness, 0.0))) return true;
    }
    return false;
}

// Minimize sign*row; `objective` has it in nonbasic variables then.  False if it has no minimum.
template <int D>
inline bool minimize(Simplex<D>& geo, State<D>& state, int slot, int m, int sign, const double* row, double* objective) {
    if (!geo.is_many()) geo.express(slot, row, objective);
    for (int j = 0; j <= geo.d(); ++j) objective[j] = sign * (geo.is_many() ? row[j] : objective[j]);
    if (geo.is_many()) return !geo.descend_long(slot, m, state.row_of_path(0), objective, true, objective);
    return !geo.descend(slot, m, objective, -INF);
}

// What the row does to the cell of `slot`, see `attempt`, in a box of many inputs; the witness is on `side`, if it is not 0.
template <int D>
inline int attempt_long(Simplex<D>& geo, const Model& model, State<D>& state, int slot, int m, bool one_side, int side) {
    const int orientation = side != 0 ? side : 1;
    for (int j = 0; j <= geo.d(); ++j) geo.deep[j] = orientation * state.row_center[j];
    if (!geo.descend_long(slot, m, state.row_of_path(0), geo.deep.data(), false, geo.goal.data())) {
        if (!certify(geo, model, state, slot, orientation)) return UNDECIDED;
        return orientation > 0 ? POSITIVE : NEGATIVE;
    }
    geo.witness_side = side;
    if (one_side && side > 0) return CUT;
    if (!go_toward(geo, state, slot, m, -orientation, -geo.long_step->value, false, larger(geo.long_step->at_witness, 0.0)))
        return UNDECIDED;
    if (side != 0) return CUT;
    take_other_witness(geo, slot);  // the point found takes the place of a witness that is on neither side
    return attempt_long(geo, model, state, slot, m, one_side, -orientation);
}

// What the row does to the cell of `slot`, proved, or UNDECIDED.
//
// After CUT, `column` is that of the crossing edge, `witness_side` the side the slot's witness is on, `orientation` that
// of `goal`, and `other` a witness of the other side.  Where only the positive side is wanted, `one_side`, and the witness
// lies there, CUT needs no second one, for a row that cuts nothing does no harm.
template <int D>
inline int attempt(Simplex<D>& geo, const Model& model, State<D>& state, int slot, int m, bool one_side) {
    const int d = geo.d();
    double* goal = geo.goal.data();
    const auto [s, e] = row_value<D>(state.row_center.data(), state.row_error.data(), geo.witness_of(slot), d);
    const int side = s > e ? 1 : (-s > e ? -1 : 0);
    if (geo.is_many()) return attempt_long(geo, model, state, slot, m, one_side, side);
    geo.express(slot, state.row_center.data(), goal);
    int orientation = side != 0 ? side : (goal[d] >= 0.0 ? 1 : -1);
    if (orientation * goal[d] < 0.0) orientation = -orientation;
    if (orientation < 0)
        for (int j = 0; j <= d; ++j) goal[j] = -goal[j];
    if (!geo.descend(slot, m, goal, 0.0, geo.boxed && d > LARGEST_SYSTEM ? 0.1 : INF)) {
        if (side == -orientation) return UNDECIDED;  // the witness contradicts the proposal
        if (certify(geo, model, state, slot, orientation)) return orientation > 0 ? POSITIVE : NEGATIVE;
        return UNDECIDED;
    }
    geo.orientation = orientation;
    if (one_side && side > 0) {
        geo.witness_side = 1;
        return CUT;
    }
    int sign = side != orientation ? orientation : -orientation;
    while (true) {
        if (!find_witness(geo, state, slot, m, sign)) return UNDECIDED;
        if (side != 0 || sign != orientation) break;
        // the witness is on neither side: the point found takes its place
        take_other_witness(geo, slot);
        sign = -orientation;
    }
    geo.witness_side = side != 0 ? side : orientation;
    return CUT;
}

// The side of the row under test by the exact multipliers of the conditions that are tight where the floats find it
// nearest to its other side: most ties are settled so.
template <int D>
inline int exact_side(Simplex<D>& geo, State<D>& state, Exact& exact, int slot, int m) {
    const int d = geo.d(), scratch = geo.scratch();
    const double at_witness = row_value<D>(state.row_center.data(), state.row_error.data(), geo.witness_of(slot), d).first;
    geo.copy_cell(slot, scratch, m);
    minimize(geo, state, scratch, m, at_witness < 0.0 ? -1 : 1, state.row_center.data(), geo.deep.data());
    // first those with multipliers that floats do not take for zero, which are often few; then all
    for (const double least : {PROPOSAL, -INF}) {
        std::vector<Name> tight;
        std::vector<std::pair<int, int>> held;
        for (int j = 0; j < d; ++j) {
            const int variable = geo.nonbasic_of(scratch)[j];
            if (variable < d && geo.boxed)
                held.emplace_back(variable, geo.side_of(scratch)[variable] > 0.0 ? 1 : -1);
            else if (variable >= d && std::fabs(geo.deep[j]) > least)
                tight.push_back(state.path_name[variable - d]);
        }
        const int verdict = exact.side(state.row_name, tight, held);
        if (verdict == UNDECIDED) continue;
        ++state.exact_rows;
        return verdict;
    }
    return UNDECIDED;
}

// What a breakpoint does to the cell is seen at once where cells have few vertices (vertices.hpp), and not here.
template <int D>
inline int side(Simplex<D>&, const Model&, State<D>&, int, int, int, int) {
    return UNDECIDED;
}

// What the row does to the cell of `slot`, by floats, in integers if `exact` is not null, or by floats from a better witness.
template <int D>
inline int examine(Simplex<D>& geo, const Model& model, State<D>& state, Exact* exact, int slot, int m, bool one_side) {
    int verdict = attempt(geo, model, state, slot, m, one_side);
    if (verdict == UNDECIDED && exact) verdict = exact_side(geo, state, *exact, slot, m);
    if (verdict != UNDECIDED || !recenter(geo, state, slot, m)) return verdict;
    return attempt(geo, model, state, slot, m, one_side);
}

// After CUT: append the row as number m and stand where the crossing edge meets it, on the side of `goal` >= 0.
template <int D>
inline void enter_row(Simplex<D>& geo, int slot, int m) {
    if (geo.is_many()) return;
    double* line = geo.line(slot, m);
    for (int j = 0; j <= geo.d(); ++j) line[j] = geo.goal[j];
    geo.basic_of(slot)[m] = geo.d() + m;
    geo.pivot(slot, m + 1, m, geo.column, geo.goal.data());
}

// Turn the cell that enter_row left into the one on the other side of the row (m rows now).
template <int D>
inline void other_side(Simplex<D>& geo, int slot, int m, int column) {
    if (geo.is_many()) return;
    for (int r = 0; r < m; ++r) geo.line(slot, r)[column] = -geo.line(slot, r)[column];
}

// After CUT the slot keeps the part of its cell where the row under test, now row m of the path, is positive.
template <int D>
inline void keep_positive(Simplex<D>& geo, State<D>&, int slot, int m) {
    const int column = geo.column;
    enter_row(geo, slot, m);
    if (geo.orientation < 0) other_side(geo, slot, m + 1, column);
    if (geo.witness_side < 0) take_other_witness(geo, slot);
}

// After CUT the cell of the slot is divided by row m of the path: its parts are in the slot and the next one, `positive` and
// the other.
template <int D>
inline void divide(Simplex<D>& geo, State<D>&, int slot, int m, int positive) {
    const int column = geo.column, negative = 2 * slot + 1 - positive;
    enter_row(geo, slot, m);
    geo.copy_cell(slot, slot + 1, m + 1);
    other_side(geo, geo.orientation > 0 ? negative : positive, m + 1, column);
    take_other_witness(geo, geo.witness_side > 0 ? negative : positive);
}

}  // namespace linregions
