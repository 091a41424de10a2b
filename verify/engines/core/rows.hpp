// The row under test: a hyperplane as an affine function of the input, judged and normalized.
//
// A row is *constant* if its gradient is proved zero; its side is then the sign of the constant.  Every other row is
// divided by a power of two that brings its gradient near 1, which is exact.
#pragma once

#include <bit>

#include "state.hpp"

namespace linregions {

// Judge and normalize the row under test: NORMAL, or for a constant row its side, or UNDECIDED.
template <int D>
inline int judge(State<D>& state, double grain) {
    const int d = state.d();
    double *c = state.row_center.data(), *e = state.row_error.data();
    double largest = 0.0;
    bool certain = false;  // an entry of the gradient is proved not to be zero
    bool zero = true;      // all others are proved to be zero: exactly, or as multiples of the grain that are smaller
    for (int k = 0; k < d; ++k) {
        const double size = std::fabs(c[k]);
        largest = larger(largest, size);
        if (size > e[k])
            certain = true;
        else if (!((c[k] == 0.0 && e[k] == 0.0) || size + e[k] < grain))
            zero = false;
    }
    if (certain) {
        if (!(largest < 0x1p300)) return UNDECIDED;
        // 2^-k where 2^(k - 1) <= largest < 2^k, by the bits of the exponent unless that is the least
        const std::uint64_t exponent = std::bit_cast<std::uint64_t>(largest) >> 52;
        const double factor =
            exponent > 0 ? std::bit_cast<double>((2045 - exponent) << 52) : std::ldexp(1.0, -std::ilogb(largest) - 1);
        for (int k = 0; k <= d; ++k)
            if (!(std::fabs(c[k]) * factor < 0x1p200 && e[k] * factor < 0x1p200))
                return UNDECIDED;  // as it was: none of it is divided
        for (int k = 0; k <= d; ++k)
            if (c[k] != 0.0 || e[k] != 0.0) {
                c[k] *= factor;  // exact, unless it underflows; TINY is more than that
                e[k] = e[k] * factor + TINY;
            }
        state.row_grain = grain * factor;
        state.row_scale = factor;
        return NORMAL;
    }
    if (!zero) return UNDECIDED;
    // constant: no normalization, only its sign
    if (c[d] > e[d]) return POSITIVE;
    if (-c[d] > e[d]) return NEGATIVE;
    if ((c[d] == 0.0 && e[d] == 0.0) || std::fabs(c[d]) + e[d] < grain) return NEGATIVE;
    return UNDECIDED;
}

// The constant term less a breakpoint, with its error.
inline void subtract_shift(double& value, double& error, double shift, int d) {
    if (shift == 0.0) return;
    const double result = value - shift;
    // the shift was rounded once, the difference once; and e' for later sums of d + 1 terms
    error = INFLATE * (error + 2 * UNIT * std::fabs(shift) + 2 * (d + 6) * UNIT * std::fabs(result)) + FLOOR;
    value = result;
}

// z - t of a scalar unit, t its breakpoint number `bend`; see judge.
template <int D>
inline int scalar_row(const Model& model, State<D>& state, int layer, int unit, int bend) {
    const int d = state.d(), row = model.row_of(layer, unit);
    for (int k = 0; k <= d; ++k) {
        state.row_center[k] = state.center_of(layer, k)[row];
        state.row_error[k] = state.error_of(layer, k)[row];
    }
    subtract_shift(state.row_center[d], state.row_error[d], model.shift_of(layer, unit, bend), d);
    state.row_name = {layer, unit, bend, -1, 1};
    return judge(state, model.layers[layer].granularity);
}

// z_piece - z_rival of a maxout unit; a row that is exactly zero goes to the smaller index.
template <int D>
inline int rival_row(const Model& model, State<D>& state, int layer, int unit, int piece, int rival) {
    const int d = state.d(), row = model.row_of(layer, unit);
    bool equal = true;
    const double grain = model.layers[layer].granularity;
    for (int k = 0; k <= d; ++k) {
        const double *z = state.center_of(layer, k), *off = state.error_of(layer, k);
        const double p = z[row + piece], q = z[row + rival], ep = off[row + piece], eq = off[row + rival];
        const double value = p - q;
        state.row_center[k] = value;
        if (p == 0.0 && ep == 0.0 && q == 0.0 && eq == 0.0) {
            state.row_error[k] = 0.0;
        } else {
            state.row_error[k] = INFLATE * (ep + eq + 2 * (d + 6) * UNIT * std::fabs(value)) + FLOOR;
            equal = equal && std::fabs(value) + state.row_error[k] < grain;
        }
    }
    state.row_name = {layer, unit, piece, rival, 1};
    if (equal) return piece < rival ? POSITIVE : NEGATIVE;
    return judge(state, grain);
}

// Row `at` of those that bound a piece of a unit: toward the piece below and the one above, or toward each other piece of a
// maxout unit; see judge.
template <int D>
inline int piece_row(const Model& model, State<D>& state, int layer, int unit, int piece, int at) {
    if (model.rank(layer, unit) > 1) return rival_row(model, state, layer, unit, piece, at + (at >= piece));
    const bool above = piece > 0 && at == 0;
    const int kind = scalar_row(model, state, layer, unit, above ? piece - 1 : piece);
    if (above) return kind;
    for (int k = 0; k <= state.d(); ++k) state.row_center[k] = -state.row_center[k];
    state.row_name.sign = -1;
    return kind == POSITIVE ? NEGATIVE : kind == NEGATIVE ? POSITIVE : kind;
}

// Row `at` of the domain; see judge.
template <int D>
inline int domain_row(State<D>& state, int at) {
    const int d = state.d();
    const double* row = state.start.domain.data() + static_cast<std::size_t>(at) * (d + 1);
    for (int k = 0; k <= d; ++k) {
        state.row_center[k] = row[k];
        state.row_error[k] = 2 * (d + 6) * UNIT * std::fabs(row[k]);
    }
    state.row_name = {-1, at, 0, -1, 1};
    return judge(state, state.start.domain_grain[at]);
}

// Append the row under test to the path as row m.
template <int D>
inline void push_row(State<D>& state, int m) {
    double *c = state.row_of_path(m), *e = state.error_of_path(m);
    for (int k = 0; k <= state.d(); ++k) {
        c[k] = state.row_center[k];
        e[k] = state.row_error[k];
    }
    state.path_grain[m] = state.row_grain;
    state.path_scale[m] = state.row_scale;
    state.path_name[m] = state.row_name;
}

}  // namespace linregions
