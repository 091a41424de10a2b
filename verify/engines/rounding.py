"""The error model: what floats prove, in the compiled core (``core/rounding.hpp``) and where slices are computed.

A quantity that is not known exactly is a pair (c, e) of floats: the true value t satisfies |t − c| ≤ e.  The rules,
with u = 2⁻⁵³ and ⊕, ⊗ the rounded operations (IEEE 754 binary64, round to nearest, gradual underflow):

* Sum of products.  Computing s = Σ_{i≤n} x_i·y_i in any order gives |ŝ − s| ≤ γ_n·Σ|x_i||y_i| with
  γ_n = n·u / (1 − n·u) < 2·n·u (Higham, Accuracy and Stability of Numerical Algorithms, 2002, §3.1), if nothing
  underflows.  With (c_i, e_i) instead of x_i and a float y_i the error grows by at most Σ e_i·|y_i|.  So if every
  entry carries e'_i = e_i + 2·(n + 2)·u·|c_i|, the error of the sum is at most Σ e'_i·|y_i|, evaluated exactly.
* Evaluating such an error bound in floats (non-negative terms, fewer than 2²⁰ operations) loses at most a factor
  1 + 2⁻³²; :data:`INFLATE` = 1 + 2⁻²⁰ gives it back.
* Underflow.  Each rounded product is off by at most 2⁻¹⁰⁷⁵ more; :data:`TINY` = 2⁻¹⁰⁰⁰ covers 2⁷⁰ of them.  The
  weights of a served network are 0 or of modulus in [2⁻²⁰⁰, 2²⁰⁰]; a smaller one of the first layer is kept as
  0 ± 2⁻¹⁹⁹.  The error of a value that is not known to be zero is at least :data:`FLOOR` = 2⁻⁶⁰⁰ when it is computed,
  and at least TINY after a row has been normalized.  So an error bound never underflows to 0, and c = e = 0 means
  exactly zero.
* Overflow.  A row is served only if all of it is below 2²⁰⁰ after normalization, so that no product of rows
  overflows; elsewhere overflow and 0·∞ give inf or nan, and every test is written so that it is false for them.
* Granularity.  If a quantity is an integer multiple of q > 0 and |c| + e < q, it is exactly zero.  Networks are
  scaled to integer weights (times a power of two), so every row and determinant knows its q.
"""

UNIT = 2.0**-53
"""u: half the distance from 1 to the next float."""
INFLATE = 1.0 + 2.0**-20
TINY = 2.0**-1000
FLOOR = 2.0**-600
