// What a certificate needs of a polygon: a point inside, and the edges that prove that a row is not negative.
//
// A row that is not negative on a polygon is a combination, with multipliers >= 0, of the two edges at the vertex where it
// is least, and of its value there; or of one edge, where that is a whole line.
#pragma once

#include "proofs.hpp"
#include "vertices.hpp"

namespace linregions {

// Write a point inside the polygon to `witness`, and return it: a sum of the vertices, those at infinity as far away as others.
inline double* find_inside(Vertices<2>& geo, int slot) {
    const Vertex<2>* vertices = geo.of(slot);
    double far = 1.0, sum[3] = {};
    for (int v = 0; v < geo.number[slot]; ++v) {
        const double* c = vertices[v].center;
        if (c[2] > 0.0) far = larger(far, larger(std::fabs(c[0]), std::fabs(c[1])) / c[2]);
    }
    for (int v = 0; v < geo.number[slot]; ++v) {
        const double* c = vertices[v].center;
        geo.add(sum, c[2] > 0.0 ? 1.0 / c[2] : far / larger(std::fabs(c[0]), std::fabs(c[1])), c);
    }
    for (int i = 0; i < 2; ++i) geo.witness[i] = sum[2] > 0.0 ? sum[i] / sum[2] : 0.0;
    return geo.witness;
}

// The number of the edges of the polygon, and their rows one after the other.
inline std::pair<const double*, int> bounding_rows(Vertices<2>& geo, State<2>& state, int slot, int) {
    int rows = 0;
    for (int v = 0; v < geo.number[slot]; ++v) {
        const int edge = geo.of(slot)[v].edge;
        if (edge < 0) continue;
        for (int k = 0; k < 3; ++k) geo.edges[3 * rows + k] = state.row_of_path(edge)[k];
        ++rows;
    }
    return {geo.edges.data(), rows};
}

// Whether point/q is proved to lie inside the polygon on top: all its edges are positive there.
inline bool inside_over(Vertices<2>& geo, const double* point, double q, State<2>& state, int) {
    for (int v = 0; v < geo.number[state.top]; ++v) {
        const int edge = geo.of(state.top)[v].edge;
        if (edge < 0) continue;
        const auto [s, e] = row_value<2>(state.row_of_path(edge), state.error_of_path(edge), point, 2, q);
        if (!(s > e && s < INF)) return false;
    }
    return true;
}

// Stand at a vertex of the polygon, whose edges are written to `meeting`; false if it is at infinity.
inline bool stand_at(Vertices<2>& geo, int slot, int v) {
    const Vertex<2>* vertices = geo.of(slot);
    const int before = vertices[v > 0 ? v - 1 : geo.number[slot] - 1].edge;
    geo.meeting[0] = 2 + before, geo.meeting[1] = 2 + vertices[v].edge, geo.standing = v;
    return vertices[v].center[2] > 0.0 && before >= 0 && vertices[v].edge >= 0;
}

// Stand where orientation*row is least, the row being under test: `goal` has the multipliers of the edges, and the value.
// If that vertex is known, it is `best`.
inline bool descend_to_least(Vertices<2>& geo, State<2>& state, int slot, int, int orientation, int best = -1) {
    double row[3];
    for (int k = 0; k < 3; ++k) row[k] = orientation * state.row_center[k];
    const Vertex<2>* vertices = geo.of(slot);
    double least = geo.goal[2];
    for (int v = best < 0 ? 0 : geo.number[slot], n = geo.number[slot]; v < n; ++v) {
        const double* c = vertices[v].center;
        const double value = (row[0] * c[0] + row[1] * c[1] + row[2] * c[2]) / c[2];
        const bool less = (c[2] > 0.0) & ((best < 0) | (value < least));
        least = less ? value : least;
        best = less ? v : best;
    }
    geo.goal[2] = least;
    if (best < 0 || !stand_at(geo, slot, best)) return false;
    const double *a = state.row_of_path(geo.meeting[0] - 2), *b = state.row_of_path(geo.meeting[1] - 2);
    const double det = a[0] * b[1] - a[1] * b[0];
    if (det == 0.0) {  // the edge is a whole line
        geo.goal[0] = (row[0] * a[0] + row[1] * a[1]) / (a[0] * a[0] + a[1] * a[1]);
        geo.goal[1] = 0.0;
    } else {
        geo.goal[0] = (row[0] * b[1] - row[1] * b[0]) / det;
        geo.goal[1] = (a[0] * row[1] - a[1] * row[0]) / det;
    }
    return true;
}

// The least values of high - x_i and x_i - low on the polygon, for one coordinate after the other, or -inf; and the vertices.
inline void find_extremes(Vertices<2>& geo, int slot, const double* low, const double* high, double* least, int* places) {
    const double side[4] = {-1.0, 1.0, -1.0, 1.0}, rest[4] = {high[0], -low[0], high[1], -low[1]};
    double place[4] = {-1.0, -1.0, -1.0, -1.0};
    std::fill_n(least, 4, INF);
    const auto lanes = [](auto* numbers) -> auto& { return *reinterpret_cast<Lanes*>(const_cast<double*>(numbers)); };
    for (int v = 0; v < geo.number[slot]; ++v) {
        const double *c = geo.of(slot)[v].center, w = c[2];
        if (!(w > 0.0)) continue;
        for (int k = 0; k < 4; k += LANES) {
            Lanes &best = lanes(least + k), &at = lanes(place + k);
            const Lanes value = (lanes(side + k) * c[k / 2] + lanes(rest + k) * w) / w, here = Lanes{} + v;
            at = value < best ? here : at;
            best = value < best ? value : best;
        }
    }
    for (int k = 0; k < 4; ++k)
        if ((places[k] = static_cast<int>(place[k])) < 0 || !stand_at(geo, slot, places[k])) least[k] = -INF;
}

// The sign of the determinant of the gradients of two rows of the path.
inline int turn(State<2>& state, Exact* exact, int i, int j) {
    const auto [value, error] =
        minor(state.row_of_path(i), state.error_of_path(i), state.row_of_path(j), state.error_of_path(j), 0, 1);
    if (std::fabs(value) > error) return value > 0.0 ? 1 : -1;
    if (error == 0.0 || INFLATE * (std::fabs(value) + error) < state.path_grain[i] * state.path_grain[j]) return 0;
    if (!exact) return UNDECIDED;
    const Exact::Line lines[3] = {{{}, 2}, {state.path_name[i]}, {state.path_name[j]}};
    ++state.exact_signs;
    return exact->determinant(lines);
}

// Prove that the edges at a vertex, likely the one where it stands, show orientation*row >= 0 on the polygon, which was proved
// at its vertices: by the signs of their multipliers (Cramer's rule).  The row is under test, and the polygon has m rows.
inline bool prove_at_vertex(Vertices<2>& geo, const Model&, State<2>& state, Exact* exact, int slot, int m, int orientation) {
    push_row(state, m);
    const int n = geo.number[slot], likely = geo.standing;
    for (int v = likely; v < likely + n; ++v) {
        if (!stand_at(geo, slot, v % n)) continue;
        const int a = geo.meeting[0] - 2, b = geo.meeting[1] - 2;
        const int first = a == b ? 1 : turn(state, exact, m, b), second = turn(state, exact, a, m);
        geo.certain = 0;
        if (a == b) {  // a whole line, to which the row must be parallel
            const double *edge = state.row_of_path(a), *row = state.row_center.data();
            if (second != 0 || !(orientation * (edge[0] * row[0] + edge[1] * row[1]) > 0.0)) continue;
            geo.columns[geo.certain++] = 0;
            return true;
        }
        if (first == UNDECIDED || second == UNDECIDED || turn(state, exact, a, b) != 1) continue;
        if (orientation * first < 0 || orientation * second < 0) continue;
        if (first != 0) geo.columns[geo.certain++] = 0;
        if (second != 0) geo.columns[geo.certain++] = 1;
        return true;
    }
    return false;
}

}  // namespace linregions
