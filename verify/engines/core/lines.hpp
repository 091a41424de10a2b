// Loops over whole lines of numbers, which the compiler turns into vector instructions.
//
// Where the loader can choose at run time, each is compiled twice, for AVX2 and for every x86-64.  The numbers are the
// same: every entry is computed by the same operations, and none are fused.
#pragma once

#include <cstddef>

#include "rounding.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__GLIBC__) && \
    !defined(__SANITIZE_ADDRESS__)
#define LINREGIONS_VECTOR __attribute__((target_clones("avx2", "default"), noinline))
#else
#define LINREGIONS_VECTOR
#endif

namespace linregions {

// Numbers with which the same is done at once: two where the compiler has such a type.  Four are compared one by one on a
// machine without registers of that size.
#ifdef __GNUC__
typedef double Lanes __attribute__((vector_size(16), aligned(8), may_alias));
#else
typedef double Lanes;
#endif
constexpr int LANES = sizeof(Lanes) / sizeof(double);

// target += factor*line
void add_multiple(double* target, double factor, const double* line, int n);
// target += factor*line for each of the lines, one after the other
void add_products(double* target, const double* factors, const double* const* lines, int number, int n);
// target += factor*|line|, factor >= 0
void add_absolute(double* target, double factor, const double* line, int n);
// target += (w0*a0 + w1*a1) + (w2*a2 + w3*a3)
void add_four(double* target, const double* a, const double* w0, const double* w1, const double* w2, const double* w3,
              int n);
// sum a*b; every term is in at most n + 3 sums, in an order that depends on n alone
double dot(const double* a, const double* b, int n);
// The same of |a*b|.
double dot_absolute(const double* a, const double* b, int n);
// result[r] = dot(row r, point) for rows that lie so many entries apart; each term is in at most n + 3 sums.
void dots(const double* rows, std::size_t apart, int number, const double* point, int n, double* result);
// Errors of entries that will be summed in d + 1 terms (rounding.py); whether all stay below 2^300.
bool finish_errors(const double* center, double* error, int d, int n);
// Proved bounds of n affine functions p*x + q*y + r on the box x +- hx, y +- hy.
void bounds_in_box(const double* p, const double* q, const double* r, const double* ep, const double* eq,
                   const double* er, double x, double y, double hx, double hy, double* low, double* high, int n);

// Gradient and inverse second derivatives of rho*x^2/2 - log(x - lower) - log(upper - x) at the point; coarse: see
// center.hpp.
void barrier_of_bounds(const double* point, const double* lower, const double* upper, double rho, bool coarse,
                       double* gradient, double* inverse, int n);
// The point at which gradients of -log(x - lower) - log(upper - x) are the forces; dx/dforce, and its mean.
double point_of_forces(const double* forces, const double* lower, const double* upper, double* point, double* change,
                       int n);
// The inverse of the largest multiple of the step that keeps the point between the bounds, or 0.
double inverse_way(const double* point, const double* step, const double* lower, const double* upper, int n);
// Of short_point.hpp, for d columns of n entries, n a multiple of 8, that say how n values change with each coordinate:
// move every coordinate to the middle between the points where a value, all positive, or the way to a bound becomes 0;
void move_to_middle(const double* columns, double* values, const double* lower, const double* upper, double* point, int d,
                    int n);
// or, for LANES denominators q at once, the numerators over q, one of the two next to each coordinate, between the bounds,
// after which the least value times scale is larger: that least value, or -inf.  Of n values, columns lie `apart`; in
// `values` and `numerators` the lanes of an entry are side by side.
void round_each(const double* columns, const double* start, const double* scale, const double* lower, const double* upper,
                const double* point, const double* denominators, Lanes* values, double* numerators, double* least, int d,
                int apart, int n);
// Of long_step.hpp: the corner of the box on that side of each coordinate; the sides turned whose ratio is at most `most`;
void go_to_corner(const double* side, const double* lower, const double* upper, double* point, int n);
void turn_sides(double* side, const double* ratio, double most, int n);
// the multiple of the change at which a coefficient, of the sign of its side, becomes zero, or inf, and how much the slope
// falls there.
void breakpoints(const double* change, const double* reduced, const double* side, const double* lower,
                 const double* upper, double least, double* ratio, double* weight, int n);
// The sum of the weights whose ratio is at most `most`.
double weight_below(const double* ratio, const double* weight, double most, int n);
// The first of the least entries.
int place_of_least(const double* entries, int n);
// Of certificate.hpp: 1 or 0 where bounds prove the sign of an affine function of two variables that is proved not to be
// constant, and -1 elsewhere.
void sure_sides(const double* low, const double* high, const double* p, const double* ep, const double* q, const double* eq,
                int* side, int n);
// Of vertices.hpp, of n affine functions at a vertex, number `at`, and the row b of the edge behind it: the least and the largest
// of their proved signs, or 0; the vertex whose edges have the gradient, or the opposite one, strictly between them, as far as
// that is proved; in `turn` the proved side of the gradient on which b is.
void see_vertex(const double* p, const double* q, const double* r, const double* ep, const double* eq, const double* er,
                const double* vertex, const double* vertex_error, const double* edge, const double* edge_error, double at,
                double* low, double* high, double* turn, double* at_least, double* at_most, int n);
// target = a*b, entry by entry
void multiply_lines(double* target, const double* a, const double* b, int n);
// line = factor*line
void multiply(double* line, double factor, int n);

}  // namespace linregions
