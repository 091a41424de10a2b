#include "lines.hpp"

#include <algorithm>

namespace linregions {

LINREGIONS_VECTOR void add_multiple(double* __restrict target, double factor, const double* __restrict line, int n) {
    for (int j = 0; j < n; ++j) target[j] += factor * line[j];
}

LINREGIONS_VECTOR void add_products(double* __restrict target, const double* factors, const double* const* lines,
                                    int number, int n) {
    int r = 0;
    for (; r + 4 <= number; r += 4) {
        const double a0 = factors[r], a1 = factors[r + 1], a2 = factors[r + 2], a3 = factors[r + 3];
        const double *w0 = lines[r], *w1 = lines[r + 1], *w2 = lines[r + 2], *w3 = lines[r + 3];
        for (int j = 0; j < n; ++j) target[j] = (((target[j] + a0 * w0[j]) + a1 * w1[j]) + a2 * w2[j]) + a3 * w3[j];
    }
    for (; r < number; ++r) add_multiple(target, factors[r], lines[r], n);
}

LINREGIONS_VECTOR void add_absolute(double* __restrict target, double factor, const double* __restrict line, int n) {
    for (int j = 0; j < n; ++j) target[j] += std::fabs(line[j]) * factor;
}

LINREGIONS_VECTOR void add_four(double* __restrict target, const double* a, const double* __restrict w0,
                                const double* __restrict w1, const double* __restrict w2, const double* __restrict w3,
                                int n) {
    const double a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
    for (int j = 0; j < n; ++j) target[j] += (w0[j] * a0 + w1[j] * a1) + (w2[j] * a2 + w3[j] * a3);
}

LINREGIONS_VECTOR double dot(const double* __restrict a, const double* __restrict b, int n) {
    double lanes[8] = {};
    int j = 0;
    for (; j + 8 <= n; j += 8)
        for (int k = 0; k < 8; ++k) lanes[k] += a[j + k] * b[j + k];
    double total = 0.0;
    for (; j < n; ++j) total += a[j] * b[j];
    return total + (((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7])));
}

LINREGIONS_VECTOR double dot_absolute(const double* __restrict a, const double* __restrict b, int n) {
    double lanes[8] = {};
    int j = 0;
    for (; j + 8 <= n; j += 8)
        for (int k = 0; k < 8; ++k) lanes[k] += std::fabs(a[j + k] * b[j + k]);
    double total = 0.0;
    for (; j < n; ++j) total += std::fabs(a[j] * b[j]);
    return total + (((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7])));
}

// Four rows at a time: a sum waits for its own last product alone, so that the four overlap.
LINREGIONS_VECTOR void dots(const double* __restrict rows, std::size_t apart, int number, const double* __restrict point,
                            int n, double* __restrict result) {
    int r = 0;
    for (; r + 4 <= number; r += 4) {
        const double* row = rows + r * apart;
        double lanes[4][8] = {}, total[4] = {};
        int j = 0;
        for (; j + 8 <= n; j += 8)
            for (int s = 0; s < 4; ++s)
                for (int k = 0; k < 8; ++k) lanes[s][k] += row[s * apart + j + k] * point[j + k];
        for (; j < n; ++j)
            for (int s = 0; s < 4; ++s) total[s] += row[s * apart + j] * point[j];
        for (int s = 0; s < 4; ++s) {
            const double* own = lanes[s];
            result[r + s] = total[s] + (((own[0] + own[4]) + (own[1] + own[5])) + ((own[2] + own[6]) + (own[3] + own[7])));
        }
    }
    for (; r < number; ++r) result[r] = dot(rows + r * apart, point, n);
}

LINREGIONS_VECTOR bool finish_errors(const double* __restrict center, double* __restrict error, int d, int n) {
    std::int64_t bad = 0;
    const double share = 2 * (d + 6) * UNIT;
    for (int j = 0; j < n; ++j) {
        const double e = INFLATE * error[j] + share * std::fabs(center[j]);
        error[j] = e;
        bad |= !((std::fabs(center[j]) < 0x1p300) & (e < 0x1p300));
    }
    return bad == 0;
}

LINREGIONS_VECTOR void bounds_in_box(const double* __restrict p, const double* __restrict q, const double* __restrict r,
                                     const double* __restrict ep, const double* __restrict eq,
                                     const double* __restrict er, double x, double y, double hx, double hy,
                                     double* __restrict low, double* __restrict high, int n) {
    const double ax = INFLATE * (std::fabs(x) + hx), ay = INFLATE * (std::fabs(y) + hy);
    for (int u = 0; u < n; ++u) {
        const double s = p[u] * x + q[u] * y + r[u];
        const double e =
            INFLATE * (std::fabs(p[u]) * hx + std::fabs(q[u]) * hy + ep[u] * ax + eq[u] * ay + er[u]) + TINY;
        low[u] = s - e;
        high[u] = s + e;
    }
}

LINREGIONS_VECTOR void barrier_of_bounds(const double* __restrict point, const double* __restrict lower,
                                         const double* __restrict upper, double rho, bool coarse,
                                         double* __restrict gradient, double* __restrict inverse, int n) {
    for (int i = 0; i < n; ++i) {
        const double low = 1.0 / (point[i] - lower[i]), high = 1.0 / (upper[i] - point[i]), width = upper[i] - lower[i];
        gradient[i] = rho * point[i] + (high - low);
        inverse[i] = 1.0 / (rho + (coarse & (width < INF) ? 2.0 * (low + high) / width : low * low + high * high));
    }
}

LINREGIONS_VECTOR double point_of_forces(const double* __restrict forces, const double* __restrict lower,
                                         const double* __restrict upper, double* __restrict point,
                                         double* __restrict change, int n) {
    for (int i = 0; i < n; ++i) {
        const double half = 0.5 * (upper[i] - lower[i]), t = half * forces[i], root = std::sqrt(1.0 + t * t);
        point[i] = 0.5 * (lower[i] + upper[i]) + half * (t / (1.0 + root));
        change[i] = half * half / (root * (1.0 + root));
    }
    double total = 0.0;
    for (int i = 0; i < n; ++i) total += change[i];
    return total / n;
}

LINREGIONS_VECTOR double inverse_way(const double* __restrict point, const double* __restrict step,
                                     const double* __restrict lower, const double* __restrict upper, int n) {
    double lanes[4] = {};
    int i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; ++k) {
            const double s = step[i + k];
            lanes[k] = larger(lanes[k], larger(s / (upper[i + k] - point[i + k]), s / (lower[i + k] - point[i + k])));
        }
    for (; i < n; ++i)
        lanes[0] = larger(lanes[0], larger(step[i] / (upper[i] - point[i]), step[i] / (lower[i] - point[i])));
    return larger(larger(lanes[0], lanes[1]), larger(lanes[2], lanes[3]));
}

LINREGIONS_VECTOR void move_to_middle(const double* __restrict columns, double* __restrict values, const double* lower,
                                      const double* upper, double* point, int d, int n) {
    for (int i = 0; i < d; ++i) {
        const double* column = columns + static_cast<std::size_t>(i) * n;
        Lanes below[8 / LANES] = {}, above[8 / LANES] = {};  // inverse ways to the walls
        for (int r = 0; r < n; r += 8)
            for (int k = 0; k < 8 / LANES; ++k) {
                const double *rise = column + r + k * LANES, *value = values + r + k * LANES;
                const Lanes q = *reinterpret_cast<const Lanes*>(rise) / *reinterpret_cast<const Lanes*>(value), turned = -q;
                below[k] = q > below[k] ? q : below[k];
                above[k] = turned > above[k] ? turned : above[k];
            }
        for (int k = 1; k < 8 / LANES; ++k) {
            *below = below[k] > *below ? below[k] : *below;
            *above = above[k] > *above ? above[k] : *above;
        }
        double lanes[2 * LANES], down = 1.0 / (point[i] - lower[i]), up = 1.0 / (upper[i] - point[i]);
        *reinterpret_cast<Lanes*>(lanes) = *below, *reinterpret_cast<Lanes*>(lanes + LANES) = *above;
        for (int k = 0; k < LANES; ++k) down = larger(down, lanes[k]), up = larger(up, lanes[LANES + k]);
        if (!(down > 0.0) && !(up > 0.0)) continue;
        const double way = 0.5 * (up > 0.0 ? 1.0 / up : 2.0 / down) - 0.5 * (down > 0.0 ? 1.0 / down : 2.0 / up);
        point[i] += way;
        for (int r = 0; r < n; ++r) values[r] += way * column[r];
    }
}

LINREGIONS_VECTOR void round_each(const double* __restrict columns, const double* __restrict start,
                                  const double* __restrict scale, const double* lower, const double* upper,
                                  const double* point, const double* denominators, Lanes* __restrict values,
                                  double* __restrict numerators, double* least, int d, int apart, int n) {
    const Lanes no = {}, one = no + 1.0, most = no + INF, unit = one / *reinterpret_cast<const Lanes*>(denominators);
    Lanes last = most, out = no;  // the least values; -inf from where a lane has no multiple between the bounds
    for (int r = 0; r < n; ++r) values[r] = no + start[r];
    for (int i = 0; i < d; ++i) {
        const double *column = columns + static_cast<std::size_t>(i) * apart, x = point[i];
        double* low = numerators + static_cast<std::size_t>(i) * LANES;
        for (int k = 0; k < LANES; ++k) low[k] = std::floor(x * denominators[k]);
        Lanes& whole = *reinterpret_cast<Lanes*>(low);
        const Lanes fall = whole * unit - x, rise = (whole + one) * unit - x;
        Lanes below = x + fall > lower[i] ? most : -most, above = x + rise < upper[i] ? most : -most;
        for (int r = 0; r < n; ++r) {
            const Lanes down = (values[r] + fall * column[r]) * scale[r], up = (values[r] + rise * column[r]) * scale[r];
            below = down < below ? down : below;
            above = up < above ? up : above;
        }
        last = above > below ? above : below;
        out = last == -most ? last : out;
        whole += above > below ? one : no;
        const Lanes step = above > below ? rise : fall;
        for (int r = 0; r < n; ++r) values[r] += step * column[r];
        if (i % 16 > 0) continue;
        *reinterpret_cast<Lanes*>(least) = out;
        if (std::count(least, least + LANES, -INF) == LANES) return;
    }
    *reinterpret_cast<Lanes*>(least) = out < no ? out : last;
}

LINREGIONS_VECTOR void go_to_corner(const double* __restrict side, const double* __restrict lower,
                                    const double* __restrict upper, double* __restrict point, int n) {
    for (int i = 0; i < n; ++i) point[i] = side[i] > 0.0 ? lower[i] : upper[i];
}

LINREGIONS_VECTOR void turn_sides(double* __restrict side, const double* __restrict ratio, double most, int n) {
    for (int i = 0; i < n; ++i) side[i] = ratio[i] <= most ? -side[i] : side[i];
}

LINREGIONS_VECTOR void breakpoints(const double* __restrict change, const double* __restrict reduced,
                                   const double* __restrict side, const double* __restrict lower,
                                   const double* __restrict upper, double least, double* __restrict ratio,
                                   double* __restrict weight, int n) {
    for (int i = 0; i < n; ++i) {
        const double fall = -side[i] * change[i], quotient = std::fabs(reduced[i]) / fall;
        ratio[i] = fall > least ? quotient : INF;
        weight[i] = fall > least ? fall * (upper[i] - lower[i]) : 0.0;
    }
}

// Multiplied by the comparison: GCC 12 gives the halves of a load under a condition one mask (-O3, AVX2).
LINREGIONS_VECTOR double weight_below(const double* __restrict ratio, const double* __restrict weight, double most, int n) {
    double lanes[8] = {};
    int i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; ++k) lanes[k] += (ratio[i + k] <= most) * weight[i + k];
    for (; i < n; ++i) lanes[0] += (ratio[i] <= most) * weight[i];
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

LINREGIONS_VECTOR void sure_sides(const double* __restrict low, const double* __restrict high, const double* __restrict p,
                                  const double* __restrict ep, const double* __restrict q, const double* __restrict eq,
                                  int* __restrict side, int n) {
    for (int u = 0; u < n; ++u) {
        const bool varies = (std::fabs(p[u]) > ep[u]) | (std::fabs(q[u]) > eq[u]);
        side[u] = (varies & ((low[u] > 0.0) | (high[u] < 0.0))) * (1 + (low[u] > 0.0)) - 1;
    }
}

LINREGIONS_VECTOR void see_vertex(const double* __restrict p, const double* __restrict q, const double* __restrict r,
                                  const double* __restrict ep, const double* __restrict eq, const double* __restrict er,
                                  const double* v, const double* ev, const double* b, const double* eb, double at,
                                  double* __restrict low, double* __restrict high, double* __restrict turn,
                                  double* __restrict at_least, double* __restrict at_most, int n) {
    const double x = v[0], y = v[1], w = v[2], ax = std::fabs(x) + ev[0], ay = std::fabs(y) + ev[1], aw = std::fabs(w) + ev[2];
    // t is rounded three times: 4u of both products, as in `minor`
    const double bx = std::fabs(b[0]) * (16 * UNIT) + eb[0], by = std::fabs(b[1]) * (16 * UNIT) + eb[1];
    const double cx = std::fabs(b[0]) + eb[0], cy = std::fabs(b[1]) + eb[1];
    for (int u = 0; u < n; ++u) {
        const double s = p[u] * x + q[u] * y + r[u] * w, t = p[u] * b[1] - q[u] * b[0], mp = std::fabs(p[u]), mq = std::fabs(q[u]);
        const double es = mp * ev[0] + mq * ev[1] + std::fabs(r[u]) * ev[2] + ep[u] * ax + eq[u] * ay + er[u] * aw;
        const double e = INFLATE * es + TINY, et = INFLATE * (mp * by + mq * bx + ep[u] * cy + eq[u] * cx) + FLOOR;
        const double sign = (s > e ? 1.0 : 0.0) - (-s > e ? 1.0 : 0.0), next = (t > et ? 1.0 : 0.0) - (-t > et ? 1.0 : 0.0);
        low[u] = smaller(low[u], sign);
        high[u] = larger(high[u], sign);
        at_least[u] = next - turn[u] == 2.0 ? at : at_least[u];
        at_most[u] = turn[u] - next == 2.0 ? at : at_most[u];
        turn[u] = next;
    }
}

LINREGIONS_VECTOR void multiply_lines(double* __restrict target, const double* __restrict a, const double* __restrict b,
                                      int n) {
    for (int j = 0; j < n; ++j) target[j] = a[j] * b[j];
}

LINREGIONS_VECTOR void multiply(double* line, double factor, int n) {
    for (int j = 0; j < n; ++j) line[j] *= factor;
}

LINREGIONS_VECTOR int place_of_least(const double* entries, int n) {
    double lanes[8] = {INF, INF, INF, INF, INF, INF, INF, INF};
    int j = 0;
    for (; j + 8 <= n; j += 8)
        for (int k = 0; k < 8; ++k) lanes[k] = smaller(lanes[k], entries[j + k]);
    for (; j < n; ++j) lanes[0] = smaller(lanes[0], entries[j]);
    for (int k = 1; k < 8; ++k) lanes[0] = smaller(lanes[0], lanes[k]);
    for (j = 0; j + 1 < n && entries[j] != lanes[0]; ++j) {}
    return j;
}

}  // namespace linregions
