// Cells of one and two inputs as lists of vertices; infinity is a row like any other.
//
// A cell of R^d, d <= 2, is kept as a cone in homogeneous coordinates (x, w), w >= 0: an interval is a cone over two
// vertices, a polygon a cone over n vertices in counter-clockwise order.  All of R^1 has the vertices (-1, 0) and (1, 0),
// all of R^2 the four directions (+-1, 0, 0) and (0, +-1, 0) on the line at infinity.  Every other vertex is where two
// rows of the path (in the plane) or one row (on the line) vanish: their cross product, oriented by the order in which
// the boundary is walked, never by a numerical test.
//
// A hyperplane cuts the cell exactly if it is positive at one vertex and negative at another.  For that the vertices must
// span the cone, which two antipodal points at infinity do not: an edge that is a whole line of the plane carries its
// foot, the point (-a_1*b, -a_2*b, a_1^2 + a_2^2) nearest to the origin, as a third vertex.
#pragma once

#include <algorithm>

#include "exact.hpp"
#include "rows.hpp"

namespace linregions {

constexpr int MOST_CHORDS = 8;  // see chords.hpp
constexpr int FOOT = -10;   // in `second`: not a second row, but the foot of the first
constexpr int FIRST_DIRECTION = -20;  // in `second`: vertex number FIRST_DIRECTION - second of all of R^d
constexpr double DIRECTIONS[2][4][3] = {{{-1, 0, 0}, {1, 0, 0}, {0, 0, 0}, {0, 0, 0}},
                                        {{1, 0, 0}, {0, 1, 0}, {-1, 0, 0}, {0, -1, 0}}};

template <int D>
struct Vertex {
    double center[D + 1];
    double error[D + 1];
    double grain;
    int edge;                 // path row of the edge that starts at the vertex; -1 at infinity
    int first, second, sign;  // rows a, b of the path (negative at infinity), for the vertex sign*(a x b)
};

// Cells of all stack slots as vertex lists.
template <int D>
struct Vertices {
    static_assert(D == 1 || D == 2);
    int slots, most;
    Array<int> number;          // [slots]
    Array<Vertex<D>> vertices;  // [slots, most]
    Array<int> sign;            // [most] scratch: signs of the row under test
    // of a polygon whose certificate is written, see support.hpp; the box in which all cells lie says nothing about them
    Array<double> lower, upper, bound_error;  // [D] no bounds; errors of the ends of the box
    bool boxed = false;
    double goal[D + 1] = {}, witness[D] = {};
    int standing = 0, meeting[2] = {}, columns[2] = {}, certain = 0;
    Array<double> edges;  // [most, D + 1]
    Array<double> seen;   // [3, rows] see see_units

    // A cell has no more vertices than four and the rows of its path, and the scratch slot the ends of chords, and one more.
    explicit Vertices(const Start& start)
        : slots(start.slots + 1), most(std::max(start.most + 5, 2 * MOST_CHORDS + 1)), number(slots),
          vertices(static_cast<std::size_t>(slots) * most), sign(most), lower(D, -INF), upper(D, INF),
          bound_error(start.bound_error), edges(static_cast<std::size_t>(most) * (D + 1)),
          seen(std::size_t(3) * start.model->most_rows) {
        boxed = !start.lower.empty();
        for (std::size_t i = 0; i < start.lower.size(); ++i) boxed = boxed && start.lower[i] > -INF && start.upper[i] < INF;
        number[0] = 2 * D;
        for (int i = 0; i < 2 * D; ++i) {
            Vertex<D>& v = of(0)[i];
            for (int k = 0; k <= D; ++k) v.center[k] = DIRECTIONS[D - 1][i][k];
            v.grain = 1.0;
            v.edge = -1;
            v.first = -1;
            v.second = FIRST_DIRECTION - i;
            v.sign = 1;
        }
    }
    Vertex<D>* of(int slot) { return vertices.data() + static_cast<std::size_t>(slot) * most; }
    int scratch() const { return slots - 1; }
    int d() const { return D; }
    bool is_free(int) const { return false; }
    const int* nonbasic_of(int) const { return meeting; }
    void add(double* target, double factor, const double* source) const {
        for (int k = 0; k <= D; ++k) target[k] += factor * source[k];
    }
    // Copy a cell, also from another stack; the rows are counted for cells of more inputs.
    void copy_cell(Vertices& from, int source, int target, int) {
        number[target] = from.number[source];
        for (int v = 0; v < number[target]; ++v) of(target)[v] = from.of(source)[v];
    }
    void copy_cell(int source, int target, int m = 0) { copy_cell(*this, source, target, m); }
};

// Sign of the row (center +- error) at a vertex, or UNDECIDED.
template <int D>
inline int sign_at(const Vertex<D>& vertex, const double* center, const double* error, double grain) {
    double s = 0.0, e = 0.0;
    for (int k = 0; k <= D; ++k) {
        const double x = vertex.center[k], ex = vertex.error[k];
        s += center[k] * x;
        e += error[k] * std::fabs(x) + (std::fabs(center[k]) + error[k]) * ex;
    }
    e = INFLATE * e + TINY;
    if (s > e) return 1;
    if (-s > e) return -1;
    bool zero = true;  // every product is
    for (int k = 0; k <= D; ++k)
        zero = zero && ((vertex.center[k] == 0.0 && vertex.error[k] == 0.0) || (center[k] == 0.0 && error[k] == 0.0));
    return zero || std::fabs(s) + e < grain * vertex.grain ? 0 : UNDECIDED;
}

// The same of the row under test, in integers.
//
// A vertex of two rows is their cross product, so the sign is that of the determinant of three rows; so are the others:
// a direction is the product of two unit vectors, and the foot of (a, b, c) that of the row and (-b, a, 0).  On the line,
// the zero (-b, a)*sign(a) of (a, b) takes the place of the product.  The second row may have been turned around since the
// vertex was made.
template <int D>
inline int exact_sign(Exact& exact, State<D>& state, const Vertex<D>& vertex) {
    const auto path = [&](int r) { return r < 0 ? Exact::Line{{}, D} : Exact::Line{state.path_name[r]}; };
    const int direction = FIRST_DIRECTION - vertex.second;
    Exact::Line lines[3] = {{state.row_name}};
    int sign = vertex.sign;
    if constexpr (D == 1) {
        lines[1] = lines[0];
        lines[0] = direction >= 0 ? Exact::Line{{}, 1} : path(vertex.first);
        if (direction >= 0)
            sign = direction == 0 ? 1 : -1;
        else
            lines[0].name.sign = 1, sign = vertex.second;
    } else if (direction >= 0) {
        lines[1].axis = (direction % 2 + 1) % 3, lines[2].axis = (direction % 2 + 2) % 3;
        sign = direction < 2 ? 1 : -1;
    } else {
        lines[1] = path(vertex.first);
        lines[2] = vertex.second == FOOT ? lines[1] : path(vertex.second);
        lines[2].turned = vertex.second == FOOT;
        if (!lines[2].turned) lines[2].name.sign = 1;
    }
    return sign * exact.determinant(lines);
}

// What the row under test does to the cell; leaves the sign at every vertex in `geo.sign`, for `divide`.
//
// Around a convex polygon the sign changes twice or never.  So it is UNDECIDED only without `exact`, or if that has the
// integers of another network, whose signs `divide` must not see.
template <int D>
inline int classify(Vertices<D>& geo, int slot, State<D>& state, Exact* exact) {
    int first = 0, last = 0, changes = 0;  // of the signs that are not zero
    const int n = geo.number[slot];
    for (int v = 0; v < n; ++v) {
        const Vertex<D>& vertex = geo.of(slot)[v];
        int sign = sign_at(vertex, state.row_center.data(), state.row_error.data(), state.row_grain);
        if (sign == UNDECIDED) {
            if (!exact) return UNDECIDED;
            sign = exact_sign(*exact, state, vertex);
            ++state.exact_signs;
        }
        geo.sign[v] = sign;
        if (sign == 0) continue;
        changes += last != 0 && sign != last;
        last = sign;
        if (first == 0) first = sign;
    }
    changes += last != first;
    if (changes > 2) return UNDECIDED;
    return changes ? CUT : (first > 0 ? POSITIVE : NEGATIVE);
}

template <int D>
inline int examine(Vertices<D>& geo, const Model&, State<D>& state, Exact* exact, int slot, int, bool) {
    return classify(geo, slot, state, exact);
}

// What a breakpoint of a unit does to the cell, where that is seen at once; UNDECIDED where `classify` must say it.
template <int D>
inline int side(Vertices<D>& geo, const Model& model, State<D>& state, int slot, int layer, int unit, int bend) {
    const int row = model.row_of(layer, unit);
    const double grain = model.layers[layer].granularity;
    double center[D + 1], error[D + 1];
    for (int k = 0; k <= D; ++k) {
        center[k] = state.center_of(layer, k)[row];
        error[k] = state.error_of(layer, k)[row];
    }
    subtract_shift(center[D], error[D], model.shift_of(layer, unit, bend), D);
    bool positive = false, negative = false, unknown = false;
    for (int v = 0; v < geo.number[slot]; ++v) {
        const int sign = sign_at(geo.of(slot)[v], center, error, grain);
        unknown |= sign == UNDECIDED;
        positive |= sign == 1;
        negative |= sign == -1;
        if (positive && negative) return CUT;
    }
    if (unknown || !(positive || negative)) return UNDECIDED;  // zero at all vertices: a constant row, if all of them
                                                               // are at infinity
    return positive ? POSITIVE : NEGATIVE;
}

// Proved bounds of the first n rows of a layer where x0 <= x <= x1 and y0 <= y <= y1; false if that is too large.
inline bool bound_between(State<2>& state, int layer, int n, double x0, double x1, double y0, double y1) {
    const double x = 0.5 * (x0 + x1), y = 0.5 * (y0 + y1);
    // half widths: three operations, of numbers not larger than |x0| + |x1|
    const double hx = INFLATE * 0.5 * (x1 - x0) + 4 * UNIT * (std::fabs(x0) + std::fabs(x1));
    const double hy = INFLATE * 0.5 * (y1 - y0) + 4 * UNIT * (std::fabs(y0) + std::fabs(y1));
    if (!(std::fabs(x) + hx < 0x1p300 && std::fabs(y) + hy < 0x1p300)) return false;
    bounds_in_box(state.center_of(layer, 0), state.center_of(layer, 1), state.center_of(layer, 2),
                  state.error_of(layer, 0), state.error_of(layer, 1), state.error_of(layer, 2), x, y, hx, hy,
                  state.low.data(), state.high.data(), n);
    return true;
}

// The same on the smallest box around a polygon; false if it has vertices at infinity, or perhaps there.
inline bool bound_in_box(Vertices<2>& geo, int slot, State<2>& state, int layer, int n) {
    double x0 = INF, x1 = -INF, y0 = INF, y1 = -INF;
    const Vertex<2>* vertices = geo.of(slot);
    for (int v = 0; v < geo.number[slot]; ++v) {
        const double w = vertices[v].center[2], ew = vertices[v].error[2];
        if (!(w > 2.0 * ew + TINY)) return false;
        const double x = vertices[v].center[0] / w, y = vertices[v].center[1] / w;
        // (x +- ex)/(w +- ew) is off by at most (ex + |x|*ew)/(w - ew), quotient and difference rounded
        const double rest = 1.0 / (w - ew);
        const double ex =
            INFLATE * ((vertices[v].error[0] + std::fabs(x) * ew) * rest + 3 * UNIT * std::fabs(x)) + TINY;
        const double ey =
            INFLATE * ((vertices[v].error[1] + std::fabs(y) * ew) * rest + 3 * UNIT * std::fabs(y)) + TINY;
        x0 = smaller(x0, x - ex), x1 = larger(x1, x + ex);
        y0 = smaller(y0, y - ey), y1 = larger(y1, y + ey);
    }
    return bound_between(state, layer, n, x0, x1, y0, y1);
}

// See the n rows of a layer at the vertices: `low` and `high` have the least and the largest of their proved signs, and, of a
// polygon, `seen` the vertices where they are proved to be least and largest by the edges there, or -1.
template <int D>
inline void see_units(Vertices<D>& geo, int slot, State<D>& state, int layer, int n) {
    constexpr double nothing[2] = {0.0, 0.0};
    constexpr int y = D / 2;  // the second input, or the first one again, times 0
    double *low = state.low.data(), *high = state.high.data(), *turn = geo.seen.data(), *at_least = turn + state.rows_,
           *at_most = at_least + state.rows_;
    std::fill_n(low, n, 1.0), std::fill_n(high, n, -1.0), std::fill_n(turn, n, 0.0);
    std::fill_n(at_least, n, -1.0), std::fill_n(at_most, n, -1.0);
    for (int number = geo.number[slot], at = number - 1, left = number + 1; left--; at = at + 1 < number ? at + 1 : 0) {
        const Vertex<D>& v = geo.of(slot)[at];
        const bool edge = D == 2 && v.edge >= 0;
        const double point[3] = {v.center[0], y * v.center[y], v.center[D]}, off[3] = {v.error[0], y * v.error[y], v.error[D]};
        see_vertex(state.center_of(layer, 0), state.center_of(layer, y), state.center_of(layer, D), state.error_of(layer, 0),
                   state.error_of(layer, y), state.error_of(layer, D), point, off, edge ? state.row_of_path(v.edge) : nothing,
                   edge ? state.error_of_path(v.edge) : nothing, at, low, high, turn, at_least, at_most, n);
    }
}

// a_p*b_q - a_q*b_p with its error; exactly zero if all factors are.
inline std::pair<double, double> minor(const double* a, const double* ea, const double* b, const double* eb, int p, int q) {
    const double value = a[p] * b[q] - a[q] * b[p];
    const double size = std::fabs(a[p] * b[q]) + std::fabs(a[q] * b[p]);
    // two products and a sum: 4u*size; 8u for the rounding of later sums of three terms (rounding.py)
    const double bound = size * (16 * UNIT) + ea[p] * (std::fabs(b[q]) + eb[q]) + std::fabs(a[p]) * eb[q] +
                         ea[q] * (std::fabs(b[p]) + eb[p]) + std::fabs(a[q]) * eb[p];
    const bool first = (a[p] != 0.0 || ea[p] != 0.0) && (b[q] != 0.0 || eb[q] != 0.0);
    const bool second = (a[q] != 0.0 || ea[q] != 0.0) && (b[p] != 0.0 || eb[p] != 0.0);
    return {value, first || second ? INFLATE * bound + FLOOR : 0.0};
}

// Vertex := row i x row j of the path (-1 is the line at infinity); `negate` takes -row j.
inline void cross(Vertex<2>& vertex, State<2>& state, int i, int j, bool negate) {
    constexpr double infinity[3] = {0.0, 0.0, 1.0}, nothing[3] = {0.0, 0.0, 0.0};
    const double *a = i < 0 ? infinity : state.row_of_path(i), *ea = i < 0 ? nothing : state.error_of_path(i);
    const double *b = j < 0 ? infinity : state.row_of_path(j), *eb = j < 0 ? nothing : state.error_of_path(j);
    for (int k = 0; k < 3; ++k) {
        const auto [value, error] = minor(a, ea, b, eb, (k + 1) % 3, (k + 2) % 3);
        vertex.center[k] = negate ? -value : value;
        vertex.error[k] = error;
    }
    vertex.grain = (i < 0 ? 1.0 : state.path_grain[i]) * (j < 0 ? 1.0 : state.path_grain[j]);
    vertex.first = i;
    vertex.second = j;
    vertex.sign = (negate ? -1 : 1) * (j < 0 ? 1 : state.path_name[j].sign);
}

// Vertex := the foot of path row i, on an edge of that row.
inline void foot(Vertex<2>& vertex, State<2>& state, int i) {
    const double *row = state.row_of_path(i), *off = state.error_of_path(i);
    const double a = row[0], b = row[1], w = row[2], ea = off[0], eb = off[1], ew = off[2];
    double *c = vertex.center, *e = vertex.error;
    c[0] = -a * w, c[1] = -b * w, c[2] = a * a + b * b;
    // one product each, two and a sum for the last; 16u as in cross
    e[0] = std::fabs(a * w) * (16 * UNIT) + ea * (std::fabs(w) + ew) + std::fabs(a) * ew;
    e[1] = std::fabs(b * w) * (16 * UNIT) + eb * (std::fabs(w) + ew) + std::fabs(b) * ew;
    e[2] = c[2] * (16 * UNIT) + 2.0 * (ea * std::fabs(a) + eb * std::fabs(b)) + ea * ea + eb * eb;
    for (int k = 0; k < 3; ++k) e[k] = INFLATE * e[k] + FLOOR;
    if (w == 0.0 && ew == 0.0) e[0] = e[1] = 0.0;
    vertex.grain = state.path_grain[i] * state.path_grain[i];
    vertex.edge = i;
    vertex.first = i;
    vertex.second = FOOT;
    vertex.sign = 1;
}

// Split the polygon in `slot` by path row `number`, whose vertex signs `classify` left.
//
// The part where the row is >= 0 goes to `target`, this slot or the next one, and the other part to the other slot.  Both are
// written in counter-clockwise order; walking it, the row is left at V = edge x row and entered at V = row x edge.
inline void divide(Vertices<2>& geo, State<2>& state, int slot, int number, int target) {
    const int n = geo.number[slot], last = geo.scratch();  // the scratch slot takes the part below
    Vertex<2>*old = geo.of(slot), *above = geo.of(slot + 1), *below = geo.of(last);
    int up = 0, down = 0;
    int left = -1;  // in the target, the vertex where the row is left; in the other part, the one where it is entered
    int entered = -1;
    int infinite = 0;  // how many of the two lie at infinity
    for (int v = 0; v < n; ++v) {
        const int next = v + 1 < n ? v + 1 : 0;
        const int s = geo.sign[v], t = geo.sign[next];
        if (s >= 0) {  // a vertex at which the row is zero belongs to both parts
            above[up] = old[v];
            if (s == 0 && t < 0) {
                above[up].edge = number;
                left = up;
                infinite += old[v].first < 0;
            }
            ++up;
        }
        if (s <= 0) {
            below[down] = old[v];
            if (s == 0 && t > 0) {
                below[down].edge = number;
                entered = down;
                infinite += old[v].first < 0;
            }
            ++down;
        }
        if (s > 0 && t < 0) {
            cross(above[up], state, old[v].edge, number, false);
            above[up].edge = number;
            below[down] = above[up];
            below[down].edge = old[v].edge;
            left = up++;
            infinite += old[v].edge < 0;
            ++down;
        } else if (s < 0 && t > 0) {
            cross(above[up], state, old[v].edge, number, true);
            above[up].edge = old[v].edge;
            below[down] = above[up];
            below[down].edge = number;
            entered = down++;
            infinite += old[v].edge < 0;
            ++up;
        }
    }
    if (infinite == 2) {  // the new edge is a whole line
        for (int v = up - 1; v > left; --v) above[v + 1] = above[v];
        foot(above[left + 1], state, number);
        for (int v = down - 1; v > entered; --v) below[v + 1] = below[v];
        foot(below[entered + 1], state, number);
        ++up;
        ++down;
    }
    geo.number[slot + 1] = up;
    geo.number[last] = down;
    if (target == slot) geo.copy_cell(slot + 1, slot);
    geo.copy_cell(last, 2 * slot + 1 - target);
}

// Split the interval in `slot` at the zero of path row `number` (a, b); the part >= 0 goes to `target`.
//
// The zero is (-b, a)*sign(a), and sign(a) is the direction in which the row grows: known from the vertex signs.
inline void divide(Vertices<1>& geo, State<1>& state, int slot, int number, int target) {
    geo.copy_cell(slot, target);
    const bool grows = geo.sign[1] > 0;
    const int keep = grows ? 1 : 0;  // the end of the positive part that stays
    const double *row = state.row_of_path(number), *off = state.error_of_path(number);
    for (int part = 0; part < 2; ++part) {
        Vertex<1>& vertex = geo.of(part == 0 ? target : slot)[part == 0 ? 1 - keep : keep];
        vertex.center[0] = grows ? -row[1] : row[1];
        vertex.center[1] = grows ? row[0] : -row[0];
        vertex.error[0] = off[1];
        vertex.error[1] = off[0];
        vertex.grain = state.path_grain[number];
        vertex.first = number;
        vertex.second = grows ? 1 : -1;
        vertex.sign = 0;
    }
}

// The slot keeps the part where path row `number` is positive.
template <int D>
inline void keep_positive(Vertices<D>& geo, State<D>& state, int slot, int number) {
    divide(geo, state, slot, number, slot + 1);
    geo.copy_cell(slot + 1, slot);
}

}  // namespace linregions
