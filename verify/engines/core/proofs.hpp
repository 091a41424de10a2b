// Proofs in floats: a point lies inside a cell, or a row is non-negative on all of it.
//
// On a bounded box any multipliers y >= 0 will do: goal = sum y_j*row_j + (rho*x + r), and the minimum of rho*x + r over
// the box is sum min(rho_i*lower_i, rho_i*upper_i) + r; if that is positive beyond its error, so is the goal.
//
// Elsewhere the multipliers must solve a square system By = c exactly.  With R an approximate inverse of B and
// F = I - R*B, ||F|| < 1 (maximum norm) proves that B is regular and |y - y~| <= |R|*|c - By~| + ||F||*delta
// componentwise, where delta = || |R|*|c - By~| || / (1 - ||F||) (Krawczyk 1969; Rump, Acta Numerica 19, 2010).  The
// system is written down twice:
//
// * *in the inputs*: the gradients of the d rows of the basis; a multiplier, or the value at the vertex, that may be zero
//   is proved zero by granularity: multiplied by det B it is an integer multiple of a product of granularities, and
//   |det B| is at most the product of the row norms (Hadamard);
// * *in the layer before*, where the first system leaves a multiplier undecided because it is zero: if the goal is a
//   combination of the path rows with certain multipliers alone, then it is one already as a formal combination of the
//   active units of the layer before, whose coefficients are weights and thus known without error.  The formal system
//   has as many equations as there are active units, fewer than d.
#pragma once

#include "rows.hpp"
#include "simplex.hpp"

namespace linregions {

// (value, error bound) of a row at a float point; or of q times the row at point/q.
template <int D>
inline std::pair<double, double> row_value(const double* center, const double* error, const double* point, int dim,
                                           double q = 1.0) {
    const int d = D ? D : dim;
    double s = center[d] * q, e = error[d] * q;
    if constexpr (D == 0) {
        s += dot(center, point, d);
        e += dot_absolute(error, point, d);
    } else {
        for (int k = 0; k < d; ++k) {
            s += center[k] * point[k];
            e += error[k] * std::fabs(point[k]);
        }
    }
    return {s, INFLATE * e + TINY};
}

// Whether all m path rows are proved positive at point/q.
template <int D>
inline bool rows_positive(Simplex<D>& geo, const double* point, State<D>& state, int m, double q = 1.0) {
    for (int r = 0; r < m; ++r) {
        const auto [s, e] = row_value<D>(state.row_of_path(r), state.error_of_path(r), point, geo.d(), q);
        if (!(s > e && s < INF)) return false;
    }
    return true;
}

// Whether the float point is proved to lie in the interior: all bounds and all m path rows are positive there.
template <int D>
inline bool inside(Simplex<D>& geo, const double* point, State<D>& state, int m) {
    const int d = geo.d();
    for (int i = 0; i < d; ++i)
        // rounding is monotone: a true difference <= error cannot give a float > error
        if (!(point[i] - geo.lower[i] > geo.bound_error[i] && geo.upper[i] - point[i] > geo.bound_error[i]))
            return false;
    return rows_positive(geo, point, state, m);
}

// The same of point/q, where the entries of the point and q > 0 are integers that are floats.
template <int D>
inline bool inside_over(Simplex<D>& geo, const double* point, double q, State<D>& state, int m) {
    for (int i = 0; i < geo.d(); ++i) {
        // q*bound is rounded, and then the difference; where it overflows, nothing is proved
        const double low = q * geo.lower[i], high = q * geo.upper[i], off = q * geo.bound_error[i];
        if (geo.lower[i] != -INF && !(point[i] - low > INFLATE * (off + 2 * UNIT * std::fabs(low)))) return false;
        if (geo.upper[i] != INF && !(high - point[i] > INFLATE * (off + 2 * UNIT * std::fabs(high)))) return false;
    }
    return rows_positive(geo, point, state, m, q);
}

// Whether the row (row +- error) is proved positive on a box whose ends have errors of at most `bound_error`.
template <class Geometry>
inline bool positive_on_box(Geometry& geo, const double* row, const double* error, const double* lower,
                            const double* upper) {
    const int d = geo.d();
    double low = row[d], size = std::fabs(row[d]), bound = error[d];
    for (int i = 0; i < d; ++i) {
        const double a = row[i], lo = lower[i], hi = upper[i];
        const double largest = larger(std::fabs(lo), std::fabs(hi)) + geo.bound_error[i];
        low += smaller(a * lo, a * hi);
        size += std::fabs(a) * largest;
        bound += error[i] * largest + std::fabs(a) * geo.bound_error[i];
    }
    // a sum of d + 1 terms, each a rounded product: (d + 2)u of their size to first order, twice that to be safe
    bound = INFLATE * (bound + 2 * (d + 3) * UNIT * size) + TINY;
    return low > bound;
}

// Multipliers >= 0 on path rows, the rest bounded over the box.
template <int D>
inline bool box_proof(Simplex<D>& geo, State<D>& state, int slot, int orientation) {
    const int d = geo.d();
    double *rest = geo.matrix_row(0), *rest_error = geo.matrix_error(0);
    for (int k = 0; k <= d; ++k) {
        rest[k] = orientation * state.row_center[k];
        rest_error[k] = state.row_error[k];
    }
    for (int j = 0; j < d; ++j) {
        const int variable = geo.nonbasic_of(slot)[j];
        const double y = geo.goal[j];
        if (variable >= d && y > 0.0) {
            const double *row = state.row_of_path(variable - d), *error = state.error_of_path(variable - d);
            geo.add(rest, -y, row);
            geo.add(rest_error, y, error);
        }
    }
    // the sums in rest have at most d + 1 terms, which the path errors allow for
    return positive_on_box(geo, rest, rest_error, geo.lower.data(), geo.upper.data());
}

// The side of the row under test on which the whole box lies, or UNDECIDED: for gradients that may be zero.
template <int D>
inline int side_on_box(Simplex<D>& geo, State<D>& state) {
    double *row = geo.matrix_row(0), *error = geo.matrix_error(0);
    for (const int orientation : {1, -1}) {
        for (int k = 0; k <= geo.d(); ++k) {
            row[k] = orientation * state.row_center[k];
            error[k] = state.row_error[k];
        }
        if (positive_on_box(geo, row, error, geo.lower.data(), geo.upper.data())) return orientation > 0 ? POSITIVE : NEGATIVE;
    }
    return UNDECIDED;
}

// Bound the error of the multipliers of a system with n unknowns.
//
// The system is sum_j y_j*rows[j, k] = right[k] for k < n, with approximate solution `multipliers` and approximate
// inverse `inverse`; the bounds go to `off`.  False if the matrix is not proved regular.
template <int D>
inline bool enclose(Simplex<D>& geo, int n) {
    const double* y = geo.multipliers.data();
    double norm = 0.0;
    for (int j = 0; j < n; ++j) {
        const double* inverse = geo.inverse_row(j);
        double total = 0.0;
        for (int k = 0; k < n; ++k) {
            // entry of I - R*B: n products and a subtraction
            const double *row = geo.matrix_row(k), *error = geo.matrix_error(k);
            double entry = j == k ? 1.0 : 0.0, slack = 4 * UNIT;
            for (int i = 0; i < n; ++i) {
                entry -= inverse[i] * row[i];
                slack += std::fabs(inverse[i]) * (error[i] + 2 * (n + 6) * UNIT * std::fabs(row[i]));
            }
            total += std::fabs(entry) + slack;
        }
        if (!(total < 0.5)) return false;
        norm = larger(norm, total);
    }
    norm *= INFLATE;
    double* residual = geo.edge.data();
    for (int k = 0; k < n; ++k) {
        double r = geo.right[k], e = geo.right_error[k] + 2 * (n + 6) * UNIT * std::fabs(r);
        for (int j = 0; j < n; ++j) {
            const double entry = geo.matrix_row(j)[k];
            r -= y[j] * entry;
            e += std::fabs(y[j]) * (geo.matrix_error(j)[k] + 2 * (n + 6) * UNIT * std::fabs(entry));
        }
        residual[k] = INFLATE * (std::fabs(r) + e) + TINY;
    }
    double delta = 0.0;
    for (int j = 0; j < n; ++j) {
        double total = 0.0;
        for (int k = 0; k < n; ++k) total += std::fabs(geo.inverse_row(j)[k]) * residual[k];
        if (!(total < INF)) return false;
        geo.off[j] = total;
        delta = larger(delta, total);
    }
    delta = INFLATE * delta / (1.0 - norm) + TINY;
    for (int j = 0; j < n; ++j) geo.off[j] = INFLATE * (geo.off[j] + norm * delta) + TINY;
    return true;
}

// The system in the inputs: 1 proved, -1 hopeless, 0 if only multipliers that may be zero are in the way.
//
// For the last case `columns` lists first the basis columns whose multipliers are certainly positive, and `certain` says
// how many they are.
template <int D>
inline int basis_proof(Simplex<D>& geo, State<D>& state, int slot, int orientation) {
    const int d = geo.d();
    double* y = geo.multipliers.data();
    const double grain = state.row_grain;
    double grains = 1.0, hadamard = 1.0;
    bool homogeneous = state.row_center[d] == 0.0 && state.row_error[d] == 0.0;
    for (int j = 0; j < d; ++j) {
        const int variable = geo.nonbasic_of(slot)[j];
        if (geo.is_free(variable)) return -1;
        y[j] = geo.goal[j];
        double *row = geo.matrix_row(j), *error = geo.matrix_error(j);
        if (variable >= d) {
            const double *path = state.row_of_path(variable - d), *off = state.error_of_path(variable - d);
            for (int k = 0; k <= d; ++k) {
                row[k] = path[k];
                error[k] = off[k];
            }
            grains *= state.path_grain[variable - d];
        } else {
            const double side = geo.side_of(slot)[variable];
            for (int k = 0; k <= d; ++k) row[k] = error[k] = 0.0;
            row[variable] = side;
            const double bound = side > 0.0 ? geo.lower[variable] : geo.upper[variable];
            row[d] = -side * bound;
            error[d] = geo.bound_error[variable] + 2 * (d + 6) * UNIT * std::fabs(bound);
            grains *= geo.bound_grain[variable];
        }
        homogeneous = homogeneous && row[d] == 0.0 && error[d] == 0.0;
        double norm = 0.0;
        for (int k = 0; k < d; ++k) {
            const double entry = std::fabs(row[k]) + error[k];
            norm += entry * entry;
        }
        hadamard *= std::sqrt(norm);
    }
    hadamard *= INFLATE;
    for (int i = 0; i < d; ++i) {
        geo.right[i] = orientation * state.row_center[i];
        geo.right_error[i] = state.row_error[i];
        // R: column j of the inverse of the basis is dx/d(variable j)
        const int at = geo.place_of(slot)[i];
        const double side = geo.side_of(slot)[i];
        for (int j = 0; j < d; ++j)
            geo.inverse_row(j)[i] = at >= 0 ? (at == j ? side : 0.0) : side * geo.line(slot, -1 - at)[j];
    }
    if (!enclose(geo, d)) return -1;
    double value = orientation * state.row_center[d], value_error = state.row_error[d];
    int certain = 0;
    bool proved = true;
    for (int j = 0; j < d; ++j) {
        double off = geo.off[j];
        if (y[j] > off) {
            geo.columns[certain++] = j;
        } else {
            const int variable = geo.nonbasic_of(slot)[j];
            const double share = variable >= d ? state.path_grain[variable - d] : geo.bound_grain[variable];
            if (!((std::fabs(y[j]) + off) * hadamard < 0.999 * grain * grains / share)) proved = false;
            off = std::fabs(y[j]);  // the true multiplier is zero
        }
        const double entry = geo.matrix_row(j)[d], error = geo.matrix_error(j)[d];
        value -= y[j] * entry;
        value_error += std::fabs(y[j]) * (error + 2 * (d + 6) * UNIT * std::fabs(entry));
        value_error += off * (std::fabs(entry) + error);
    }
    geo.certain = certain;
    if (!proved) return 0;
    if (homogeneous) return 1;
    value_error = INFLATE * value_error + TINY;
    if (value > value_error || (std::fabs(value) + value_error) * hadamard < 0.999 * grain * grains) return 1;
    return -1;
}

// Number the units of a finished layer whose output varies on the cell; `active` is -1 for the others.
template <int D>
inline int number_active(const Model& model, State<D>& state, int layer) {
    int found = 0;
    for (int unit = 0; unit < model.layers[layer].units; ++unit) {
        const double slope = model.slope_of(layer, unit, state.piece_at(layer, unit));
        state.gain[unit] = slope;
        state.active[unit] = slope != 0.0 ? found++ : -1;
    }
    return found;
}

// Row j of the formal system: the coefficients of a named row in the preactivations of the active units before.
//
// A row of the layer before is one of them (if its unit is active); a row of this layer is a row of weights.
template <int D>
inline bool formal_row(Simplex<D>& geo, const Model& model, State<D>& state, int layer, const Name& name, double scale,
                       int j) {
    double *row = geo.matrix_row(j), *error = geo.matrix_error(j);
    scale *= name.sign;
    for (int k = 0; k < geo.certain; ++k) row[k] = error[k] = 0.0;
    if (name.layer == layer - 1) {
        if (name.rival >= 0 || state.active[name.which] < 0) return false;
        row[state.active[name.which]] = scale;
        return true;
    }
    if (name.layer != layer) return false;
    const int first = model.row_of(layer, name.which) + (name.rival >= 0 ? name.piece : 0);
    for (int before = 0; before < model.layers[layer - 1].units; ++before) {
        const int k = state.active[before];
        if (k < 0) continue;
        const double* weights = model.weights(layer, before);
        double w = weights[first], size = std::fabs(w);
        if (name.rival >= 0) {
            const double other = weights[model.row_of(layer, name.which) + name.rival];
            size += std::fabs(other);
            w -= other;
        }
        const double factor = scale * state.gain[before];
        row[k] = w * factor;
        // two rounded constants, a difference and a product: 4u; the scale is a power of two
        error[k] = INFLATE * (8 * UNIT) * size * std::fabs(factor);
    }
    return true;
}

// Approximate inverse of the system matrix rows[j, k] (unknown j, equation k), by Gauss-Jordan elimination.
template <int D>
inline bool invert(Simplex<D>& geo, int n) {
    for (int k = 0; k < n; ++k)
        for (int j = 0; j < n; ++j) {
            geo.work_row(k)[j] = geo.matrix_row(j)[k];
            geo.inverse_row(k)[j] = j == k ? 1.0 : 0.0;
        }
    for (int column = 0; column < n; ++column) {
        int best = column;
        for (int k = column + 1; k < n; ++k)
            if (std::fabs(geo.work_row(k)[column]) > std::fabs(geo.work_row(best)[column])) best = k;
        double *work = geo.work_row(column), *inverse = geo.inverse_row(column);
        if (geo.work_row(best)[column] == 0.0) return false;
        if (best != column)
            for (int j = 0; j < n; ++j) {
                std::swap(work[j], geo.work_row(best)[j]);
                std::swap(inverse[j], geo.inverse_row(best)[j]);
            }
        const double reciprocal = 1.0 / work[column];
        for (int j = 0; j < n; ++j) {
            work[j] *= reciprocal;
            inverse[j] *= reciprocal;
        }
        for (int k = 0; k < n; ++k) {
            const double factor = geo.work_row(k)[column];
            if (k == column || factor == 0.0) continue;
            for (int j = 0; j < n; ++j) {
                geo.work_row(k)[j] -= factor * work[j];
                geo.inverse_row(k)[j] -= factor * inverse[j];
            }
        }
    }
    return true;
}

// The system in the active units of the layer before, for the certain columns that `basis_proof` left.
template <int D>
inline bool layer_proof(Simplex<D>& geo, const Model& model, State<D>& state, int slot, int orientation) {
    const int d = geo.d(), n = geo.certain, layer = state.row_name.layer;
    if (layer < 1 || number_active(model, state, layer - 1) != n) return false;
    double* y = geo.multipliers.data();
    const std::int32_t* nonbasic = geo.nonbasic_of(slot);
    bool homogeneous = state.row_center[d] == 0.0 && state.row_error[d] == 0.0;
    for (int j = 0; j < n; ++j) {
        const int r = nonbasic[geo.columns[j]] - d;
        if (r < 0 || !formal_row(geo, model, state, layer, state.path_name[r], state.path_scale[r], j)) return false;
        homogeneous = homogeneous && state.row_of_path(r)[d] == 0.0 && state.error_of_path(r)[d] == 0.0;
    }
    // the goal's coefficients are written to the last row, which is not part of the system, and then to the right
    if (!formal_row(geo, model, state, layer, state.row_name, orientation * state.row_scale, d)) return false;
    for (int k = 0; k < n; ++k) {
        geo.right[k] = geo.matrix_row(d)[k];
        geo.right_error[k] = geo.matrix_error(d)[k];
    }
    if (!invert(geo, n)) return false;
    for (int j = 0; j < n; ++j) {
        y[j] = 0.0;
        for (int k = 0; k < n; ++k) y[j] += geo.inverse_row(j)[k] * geo.right[k];
    }
    if (!enclose(geo, n)) return false;
    double value = orientation * state.row_center[d], value_error = state.row_error[d];
    for (int j = 0; j < n; ++j) {
        if (!(y[j] > geo.off[j])) return false;
        const int r = nonbasic[geo.columns[j]] - d;
        const double offset = state.row_of_path(r)[d], offset_error = state.error_of_path(r)[d];
        value -= y[j] * offset;
        // d + 1 >= n terms: the rounding of the sum is in the rows' errors
        value_error += std::fabs(y[j]) * offset_error + geo.off[j] * (std::fabs(offset) + offset_error);
    }
    return homogeneous || value > INFLATE * value_error + TINY;
}

// Prove orientation*row >= 0 on the closed cell from the rows at the vertex where the dictionary stands.
template <int D>
inline bool prove_at_vertex(Simplex<D>& geo, const Model& model, State<D>& state, Exact*, int slot, int, int orientation) {
    if (geo.d() > LARGEST_SYSTEM) return false;
    const int verdict = basis_proof(geo, state, slot, orientation);
    const bool by_layer = verdict == 0 && layer_proof(geo, model, state, slot, orientation);
    state.proved_by_basis += verdict == 1;
    state.proved_by_layer += by_layer;
    return verdict == 1 || by_layer;
}

// The same from the multipliers that the dictionary proposes, first with what is left bounded over the box.
template <int D>
inline bool certify(Simplex<D>& geo, const Model& model, State<D>& state, int slot, int orientation) {
    if (geo.boxed && box_proof(geo, state, slot, orientation)) {
        ++state.proved_on_the_box;
        return true;
    }
    return prove_at_vertex(geo, model, state, nullptr, slot, 0, orientation);
}

}  // namespace linregions
