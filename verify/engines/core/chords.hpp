// The last layer in a polygon, counted without cutting it up.
//
// k lines that cut a convex polygon, no two of them equal and no three through one of its interior points, divide it into
// 1 + k + c regions, where c is the number of pairs that cross inside: line number i adds one region and one more for each
// earlier line that it meets.  Line j meets the chord of line i inside the polygon exactly if it is positive at one end of
// the chord and negative at the other.  All of it must be proved; otherwise the polygon is cut up like any
// other, and so it is at first if more than MOST_CHORDS lines cut it: the test for common points looks at every triple.
#pragma once

#include "vertices.hpp"

namespace linregions {

constexpr int UNPROVED = -1;

// Write the two ends of the chord of path row `row`, whose vertex signs `classify` left.
inline bool write_ends(Vertices<2>& geo, State<2>& state, int slot, int row, int at) {
    const int n = geo.number[slot];
    Vertex<2>* ends = geo.of(geo.scratch()) + at;
    int found = 0;
    for (int v = 0; v < n; ++v) {
        const int s = geo.sign[v], t = geo.sign[v + 1 < n ? v + 1 : 0];
        if (s != 0 && s * t >= 0) continue;
        if (found == 2) return false;
        if (s == 0)
            ends[found] = geo.of(slot)[v];
        else
            cross(ends[found], state, geo.of(slot)[v].edge, row, s < 0);
        ++found;
    }
    return found == 2;
}

// The number of regions into which the remaining units divide the polygon of `slot`, or UNPROVED.
//
// The lines are written behind the path, the ends of chord i as vertices 2i and 2i + 1 of the scratch slot.
inline int count_chords(Vertices<2>& geo, const Model& model, State<2>& state, int slot, int layer) {
    const Slot& cell = state.slot[slot];
    const int first = cell.rows;
    Vertex<2>* ends = geo.of(geo.scratch());
    int chords = 0;
    for (int at = cell.position; at < cell.left; ++at) {
        const int unit = state.remaining_of(slot)[at];
        if (model.rank(layer, unit) > 1) return UNPROVED;
        for (int bend = state.next_bend(slot, at); bend < state.end_bend[state.at(layer, unit)]; ++bend) {
            const int kind = scalar_row(model, state, layer, unit, bend);
            if (kind == UNDECIDED) return UNPROVED;
            if (kind != NORMAL) continue;
            const int verdict = classify(geo, slot, state, nullptr);
            if (verdict == UNDECIDED || (verdict == CUT && chords == MOST_CHORDS)) return UNPROVED;
            if (verdict == CUT) {
                push_row(state, first + chords);
                if (!write_ends(geo, state, slot, first + chords, 2 * chords)) return UNPROVED;
                ++chords;
            }
        }
    }
    const auto sign = [&](const Vertex<2>& vertex, int chord) {
        const int row = first + chord;
        return sign_at(vertex, state.row_of_path(row), state.error_of_path(row), state.path_grain[row]);
    };
    int crossings = 0;
    for (int i = 0; i < chords; ++i)
        for (int j = 0; j < i; ++j) {
            const int one = sign(ends[2 * i], j), two = sign(ends[2 * i + 1], j);
            if (one == UNDECIDED || two == UNDECIDED || (one == 0 && two == 0)) return UNPROVED;
            state.meets[i][j] = one * two < 0;
            if (!state.meets[i][j]) continue;
            ++crossings;
            for (int k = 0; k < j; ++k)
                if (state.meets[i][k] && state.meets[j][k]) {
                    cross(ends[2 * chords], state, first + j, first + k, false);
                    const int third = sign(ends[2 * chords], i);
                    if (third == UNDECIDED || third == 0) return UNPROVED;
                }
        }
    return 1 + chords + crossings;
}

}  // namespace linregions
