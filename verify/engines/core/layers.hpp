// Preactivations of a layer as affine functions of the input on the current cell, with proved errors.
//
// They are sums over the units of the layer before.  From one cell to the next only a few of these units change their
// piece, so where the weights of the layer are dense the sums are brought up to date unit by unit; after as many changes
// as there are units they are made anew, which keeps the errors within a small factor.  Sparse layers are always summed
// anew: there a coefficient may be exactly zero, which a difference of floats would no longer show.
#pragma once

#include <algorithm>

#include "lines.hpp"
#include "state.hpp"

namespace linregions {

// Columns of State::memory: version of the layer before that was summed, pieces changed since, own version, units of the
// layer before that are not constant.
enum : int { SOURCE, CHANGES, VERSION, ACTIVE };
constexpr int BLOCK = 4;  // terms that are summed before they are added

// Write the pieces of the layer before; the units whose piece is another than last time are listed in `active`.  `was`
// keeps the pieces of last time, and `memory` the number of units that are not constant now.
template <int D>
inline int find_changes(const Model& model, State<D>& state, int layer) {
    const int before = layer - 1, units = model.layers[before].units;
    std::int32_t* piece = state.used.data() + static_cast<std::size_t>(layer) * state.units_;
    std::int32_t* was = state.was.data();
    std::int64_t* memory = state.memory.data() + 4 * layer;
    for (int u = 0; u < units; ++u) {
        was[u] = piece[u];
        piece[u] = state.piece_at(before, u);
    }
    const bool known = memory[SOURCE] >= 0;
    int changes = 0;
    std::int64_t active = known ? memory[ACTIVE] : 0;
    for (int u = 0; u < units; ++u) {
        if (!known) {
            active += model.slope_of(before, u, piece[u]) != 0.0;
        } else if (piece[u] != was[u]) {
            state.active[changes++] = u;
            active += model.slope_of(before, u, piece[u]) != 0.0;
            active -= model.slope_of(before, u, was[u]) != 0.0;
        }
    }
    memory[ACTIVE] = active;
    return changes;
}

// Coefficient k of a unit's output on one of its pieces, with its error; exactly zero if both are.
template <int D>
inline std::pair<double, double> unit_output(const Model& model, State<D>& state, int layer, int unit, int piece, int k) {
    const double slope = model.slope_of(layer, unit, piece);
    int row = model.row_of(layer, unit);
    if (model.rank(layer, unit) > 1) row += piece;
    const double z = state.center_of(layer, k)[row], ez = state.error_of(layer, k)[row];
    const double extra = k == state.d() ? model.intercept_of(layer, unit, piece) : 0.0;
    const double a = slope * z + extra;
    if (a == 0.0 && (slope == 0.0 || (z == 0.0 && ez == 0.0)) && extra == 0.0) return {0.0, 0.0};
    // product and sum of rounded constants, 4u each
    return {a, INFLATE * (std::fabs(slope) * ez + (4 * UNIT) * (std::fabs(slope * z) + std::fabs(extra))) + FLOOR};
}

// error += |weight|*e, or, where the weights are dense, the returned multiple of the row's largest |weight|.
inline double add_error(double* error, const Model& model, int layer, int unit, double e) {
    e = INFLATE * e + FLOOR;
    if (model.layers[layer].dense) return e;
    add_absolute(error, e, model.weights(layer, unit), model.layers[layer].rows);
    return 0.0;
}

// center += sum of weight[unit]*value over terms first ... end - 1, four at a time: so the sums are loaded less often.
template <int D>
inline void add_terms(double* center, const Model& model, State<D>& state, int layer, int first, int end, int n) {
    const int whole = end - (end - first) % BLOCK;
    const std::int32_t* units = state.active.data();
    const double* values = state.gain.data();
    for (int t = first; t < whole; t += BLOCK)
        add_four(center, values + t, model.weights(layer, units[t]), model.weights(layer, units[t + 1]),
                 model.weights(layer, units[t + 2]), model.weights(layer, units[t + 3]), n);
    for (int t = whole; t < end; ++t) add_multiple(center, values[t], model.weights(layer, units[t]), n);
}

// The sum over all units of the layer before, if it is made `anew`, or the sum of the last cell with the change of every unit
// whose piece is another now; `active` lists so many units.
template <int D>
inline void add_units(const Model& model, State<D>& state, int layer, int number, bool anew) {
    const int d = state.d(), n = model.layers[layer].rows, before = layer - 1, block = anew ? number + 1 : BLOCK;
    const int inputs = model.layers[before].units;
    const std::int32_t* pieces = state.used.data() + static_cast<std::size_t>(layer) * state.units_;
    // a sum of at most inputs + 1 products of rounded weights and values
    const double kappa = 2 * (inputs + 6) * UNIT;
    for (int k = 0; k <= d; ++k) {
        double *center = state.center_of(layer, k), *error = state.error_of(layer, k);
        const double* bias = model.weights(layer, inputs);
        for (int j = 0; anew && j < n; ++j) {
            const double b = k == d ? bias[j] : 0.0;
            center[j] = b;
            error[j] = kappa * std::fabs(b);
        }
        double common = 0.0;
        for (int t = 0; t < number; ++t) {
            const int u = state.active[t];
            auto [a, e] = unit_output(model, state, before, u, pieces[u], k);
            if (anew) {
                e += kappa * std::fabs(a);
            } else {
                const auto [old, e_old] = unit_output(model, state, before, u, state.was[u], k);
                a -= old;
                // rounded: the weight, its product with the change, the change itself; and at most two sums that it is in
                // before the last one of a block
                e += e_old + 8 * UNIT * std::fabs(a);
            }
            state.gain[t] = a;
            if (a != 0.0 || e != 0.0) common += add_error(error, model, layer, u, e);
        }
        for (int first = 0; first < number; first += block) {
            add_terms(center, model, state, layer, first, first + block < number ? first + block : number, n);
            if (!anew) add_absolute(error, 4 * UNIT, center, n);  // at most three sums, of |center| and later terms each
        }
        if (common > 0.0) add_multiple(error, common, model.layers[layer].largest.data(), n);
    }
}

// Preactivations of a layer on the current cell; false if they leave the range of the error model.
template <int D>
inline bool enter_layer(const Model& model, State<D>& state, int layer) {
    const int d = state.d(), n = model.layers[layer].rows;
    std::int64_t* memory = state.memory.data() + 4 * layer;
    ++memory[VERSION];
    if (layer == 0) {
        for (int k = 0; k <= d; ++k)
            for (int j = 0; j < n; ++j) {
                state.center_of(0, k)[j] = model.weights(0, k)[j];
                state.error_of(0, k)[j] = model.layers[0].error[static_cast<std::size_t>(k) * n + j];
            }
        return true;
    }
    const int changes = find_changes(model, state, layer);
    const std::int64_t version = state.memory[4 * (layer - 1) + VERSION];
    memory[CHANGES] += changes;
    if (memory[SOURCE] == version && model.layers[layer].dense && memory[CHANGES] < model.layers[layer - 1].units &&
        (d > changes ? d : changes) < memory[ACTIVE]) {
        add_units(model, state, layer, changes, false);
    } else {
        int bent = 0;
        for (int u = 0; u < model.layers[layer - 1].units; ++u) {
            const int piece = state.piece_at(layer - 1, u);
            state.active[bent] = u;
            bent += int(model.slope_of(layer - 1, u, piece) != 0.0) | int(model.intercept_of(layer - 1, u, piece) != 0.0);
        }
        add_units(model, state, layer, bent, true);
        memory[SOURCE] = version;
        memory[CHANGES] = 0;
    }
    bool good = true;
    for (int k = 0; k <= d; ++k) good &= finish_errors(state.center_of(layer, k), state.error_of(layer, k), d, n);
    if (!good) memory[SOURCE] = -1;
    return good;
}

// Where a certificate is written, sums must not depend on cells that are not above the present one: those on the parts of a
// root cell begin with the sum on that cell, in which a unit that is not decided there has piece 0.
template <int D>
inline void copy_sum(State<D>& state, int from, int to) {
    const std::size_t n = static_cast<std::size_t>(state.width()) * state.rows_;
    std::int64_t* memory = state.memory.data();
    for (const int column : {SOURCE, CHANGES, ACTIVE}) memory[4 * to + column] = memory[4 * from + column];
    if (memory[4 * from + SOURCE] < 0) return;
    std::copy_n(state.used.data() + state.at(from, 0), state.units_, state.used.data() + state.at(to, 0));
    std::copy_n(state.center_of(from, 0), n, state.center_of(to, 0));
    std::copy_n(state.error_of(from, 0), n, state.error_of(to, 0));
}

// Make the sum for a layer, where so many units of the layer before are not decided on the root cell of that.
template <int D>
inline void keep_sum(const Model& model, State<D>& state, int layer, int undecided) {
    if (layer == model.depth) return;
    state.memory[4 * layer + SOURCE] = -1;
    if (0 < undecided && 2 * undecided < model.layers[layer - 1].units && model.layers[layer].dense)
        enter_layer(model, state, layer);
    copy_sum(state, layer, model.depth + layer);
}

}  // namespace linregions
