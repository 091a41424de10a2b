#include "lines.hpp"

namespace linregions {

LINREGIONS_VECTOR void add_multiple(double* __restrict target, double factor, const double* __restrict line, int n) {
    for (int j = 0; j < n; ++j) target[j] += factor * line[j];
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

}  // namespace linregions
