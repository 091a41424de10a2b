// The network of a problem, layer by layer, as verify/engines/model.py scales it; d inputs.
//
// A scalar unit *bends* at z = t for each of its breakpoints t; the hyperplanes between the pieces of a maxout unit count
// as one bend.  Bends are numbered in the order of their units.
#pragma once

#include <memory>

#include "rounding.hpp"

namespace linregions {

struct Layer {
    int inputs = 0, rows = 0, units = 0, pieces = 1;
    Array<double> center;           // [inputs + 1, rows] weights, transposed: by unit of the layer before; then biases
    Array<double> error;            // the same shape; of the first layer alone
    Array<double> largest;          // [rows] largest |weight|
    bool dense = true, plain = true;  // no weight is zero; every unit is scalar with the one breakpoint 0
    Array<int> first_row, rank;     // [units]; rank: rows, 1 for a scalar unit
    Array<double> slope, intercept; // [units, pieces]
    Array<int> bends, first_bend;   // [units] how many, and the number of the first
    Array<double> shift;            // [bends of all units] breakpoint
    double granularity = 0.0;       // of the preactivations

    const double* weights(int input) const { return center.data() + static_cast<std::size_t>(input) * rows; }
};

struct Model {
    int d = 0, depth = 0;
    std::vector<Layer> layers;
    int most_rows = 1, most_units = 1, most_pieces = 1;  // of all layers
    int all_units = 0;

    Model() = default;
    Model(const Model&) = delete;

    const double* weights(int layer, int unit) const { return layers[layer].weights(unit); }
    int row_of(int layer, int unit) const { return layers[layer].first_row[unit]; }
    int rank(int layer, int unit) const { return layers[layer].rank[unit]; }
    double slope_of(int layer, int unit, int piece) const {
        const Layer& own = layers[layer];
        return own.slope[static_cast<std::size_t>(unit) * own.pieces + piece];
    }
    double intercept_of(int layer, int unit, int piece) const {
        const Layer& own = layers[layer];
        return own.intercept[static_cast<std::size_t>(unit) * own.pieces + piece];
    }
    int bends(int layer, int unit) const { return layers[layer].bends[unit]; }
    double shift_of(int layer, int unit, int bend) const { return layers[layer].shift[layers[layer].first_bend[unit] + bend]; }
    int pieces_of(int layer, int unit) const { return rank(layer, unit) > 1 ? rank(layer, unit) : bends(layer, unit) + 1; }
    bool is_binary(int layer, int unit) const { return rank(layer, unit) == 1 && bends(layer, unit) == 1; }
    // How many rows bound a piece.
    int rows_of(int layer, int unit, int piece) const {
        const int own = rank(layer, unit);
        return own > 1 ? own - 1 : (piece > 0) + (piece < bends(layer, unit));
    }
};

// Where a traversal begins: the domain's rows, and for a simplex the bounds of a box, a corner and a point inside.
struct Start {
    std::shared_ptr<const Model> model;
    int d = 0, slots = 0, most = 0, domain_rows = 0;
    bool boxed = false;
    std::vector<double> domain, domain_grain;  // [domain rows, d + 1], [domain rows]
    std::vector<double> lower, upper, bound_error, bound_grain, anchor, witness;
};

}  // namespace linregions
