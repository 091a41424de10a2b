// The network of a problem as padded arrays, which verify/engines/model.py fills; L hidden layers, d inputs.
//
// A *hyperplane* here is a place where pieces change: z = t for each breakpoint t of a scalar unit; the hyperplanes
// between the pieces of a maxout unit count as one.  Hyperplanes are numbered in the order of their units.
#pragma once

#include "rounding.hpp"

namespace linregions {

struct Model {
    int d = 0, depth = 0;
    int most_rows = 1, most_units = 1, most_pieces = 1, most_hyperplanes = 1, weight_units = 1;  // padded lengths
    int all_units = 0;
    Array<std::int64_t> rows, units, hyperplanes;  // [L]
    Array<double> first_center, first_error;       // [d + 1, most_rows of layer 0]
    int first_rows = 0;
    Array<double> weight;         // [L, weight_units, most_rows] transposed: by unit of the layer before
    Array<double> bias, largest;  // [L, most_rows]; largest |weight| of a row
    Array<bool> dense, plain;     // [L] no weight is zero; every unit is scalar with the one breakpoint 0
    Array<std::int64_t> unit_row, unit_rank;  // [L, most_units] first row; rows, 1 for a scalar unit
    Array<double> slope, intercept;           // [L, most_units, most_pieces]
    Array<std::int64_t> hyperplane_unit;      // [L, most_hyperplanes]
    Array<double> hyperplane_shift;           // [L, most_hyperplanes] breakpoint
    Array<double> granularity;                // [L] of the preactivations

    const double* weights(int layer, int unit) const {
        return weight.data() + (static_cast<std::size_t>(layer) * weight_units + unit) * most_rows;
    }
    const double* biases(int layer) const { return bias.data() + static_cast<std::size_t>(layer) * most_rows; }
    const double* largest_of(int layer) const { return largest.data() + static_cast<std::size_t>(layer) * most_rows; }
    int row_of(int layer, int unit) const { return static_cast<int>(unit_row[layer * most_units + unit]); }
    int rank(int layer, int unit) const { return static_cast<int>(unit_rank[layer * most_units + unit]); }
    double slope_of(int layer, int unit, int piece) const {
        return slope[(static_cast<std::size_t>(layer) * most_units + unit) * most_pieces + piece];
    }
    double intercept_of(int layer, int unit, int piece) const {
        return intercept[(static_cast<std::size_t>(layer) * most_units + unit) * most_pieces + piece];
    }
    int unit_of(int layer, int hyperplane) const {
        return static_cast<int>(hyperplane_unit[layer * most_hyperplanes + hyperplane]);
    }
    double shift_of(int layer, int hyperplane) const { return hyperplane_shift[layer * most_hyperplanes + hyperplane]; }
};

}  // namespace linregions
