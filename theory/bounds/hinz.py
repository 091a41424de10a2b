r"""The framework of Hinz and van de Geer: bounds from histograms of active units.

Let :math:`\gamma_{n,n'}` be a vector on the levels 0, …, n' such that, for every layer of n' units on
:math:`\mathbb{R}^n` and every J, the number of its regions with at least J active units is at most
:math:`\sum_{l \ge J} \gamma_{n,n'}[l]`.  Then

.. math::

    R \le \bigl\| \varphi_{n_L} \circ \dots \circ \varphi_{n_1} (e_{n_0}) \bigr\|_1, \qquad
    \varphi_{n'}(v) = \sum_n v_n \, \mathrm{cl}_{\min(n,n')} \bigl(\gamma_{\min(n,n'),n'}\bigr),

where :math:`\mathrm{cl}_m` moves everything above level m to level m: a
:class:`~theory.bounds.dynamic_program.LayerProgram`.  All regions on the highest level, :math:`2^{n'}` (``naive``) or
:math:`Z(n', n) = \sum_{j \le n} \binom{n'}{j}` (``montufar``), give products over layers; the histogram ``serra``,
:math:`\binom{n'}{j}` at level :math:`n' - j` for :math:`j \le n`, gives Theorem 1 of Serra et al.; ``2021`` and
``levels`` are tighter.

Let :math:`T_J(n, m)` be the most regions with at least J active units.  ``docs/proofs.md`` proves for
:math:`0 \le J \le m`, with :math:`d = m - n - 1`,

* for few inputs :math:`T_J(n, m) \le \min(Z(m, n),\, 1 + c\,(m - J))` with c = 0, 2, m for n = 0, 1, 2;
* for :math:`m \ge n` the duality (no regions if d = −1), by which m ≤ n + 3 units are known,
  :math:`T_J(n, m) = \sum_{k \ge J} \binom mk - Z(m, d) + T_{m-J+1}(d, m)`;
* the recursion :math:`T_J(n, m) \le T_{J-1}(n, m - 1) + T_J(n - 1, m - 1)` for n < m, which is its own dual;
* :math:`T_{m-2}(3, m) \le 4m - 5` for m ≥ 3, what SAT solvers found (:data:`BY_MACHINE`), and the duals of these.

The histogram of Hinz (2021) takes the first one, :math:`\gamma_{n,n} = (\binom{n}{0}, \dots, \binom{n}{n})` and the
recursion; that of levels the first two where n ≤ 2 or d ≤ 2, and the recursion beyond, lowered by the last.

References
----------
Hinz, van de Geer 2019, the framework; Hinz 2021, the recursion and the tails for two inputs; Alon and Győri 1986, the
number of cells up to a level in the plane if all units are active at some point; Wagner 2006 and Streltsova and Wagner
2025 on levels in more dimensions.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import accumulate, pairwise
from math import comb
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import dense, statement
from theory.bounds.dynamic_program import KEPT_ROWS, LayerProgram, regions
from theory.bounds.expressions import Formula, binomial_row, index, nested_sum, zaslavsky_number
from theory.bounds.products import PARALLEL_CUTS, TRIVIAL, TWO_RELU_LAYERS, trivial_size
from theory.bounds.serra import THEOREM_1
from theory.errors import Names, UnsupportedError


def level_tails(n: int, m: int) -> tuple[int, ...]:
    """Upper bounds on T_0(n, m), …, T_m(n, m), for n ≤ m; attained for n ≤ 2 and m ≤ 7, as tests show.

    >>> level_tails(3, 5), level_tails(3, 6)
    ((26, 26, 23, 15, 6, 1), (42, 42, 42, 33, 19, 7, 1))
    """
    return tuple(_tails(level_histogram(n, m)))


def _tails(histogram: tuple[int, ...]) -> list[int]:
    return list(accumulate(reversed(histogram)))[::-1]


def _exact_tails(n: int, m: int) -> tuple[int, ...]:
    """The tails for n ≤ 2 or m ≤ n + 3."""
    if n <= 2:
        return tuple(min(zaslavsky_number(m, n), 1 + (0, 2, m)[n] * (m - level)) for level in range(m + 1))
    dual = (*_exact_tails(m - n - 1, m), 0) if m > n else (0,) * (m + 2)
    return tuple(s - dual[0] + dual[m - level + 1] for level, s in enumerate(_tails(binomial_row(m))))


BY_MACHINE = {(3, 3): {4: 4}, (3, 4): {5: 6}, (4, 3): {4: 6}}
"""What the recursion has too much, for n and d, by ``paper_checks/levels_by_sat.py``: T_4(3, 7) is 42, where it has 46;
T_5(3, 8) is 51, where it has 57 then; and its dual, T_4(4, 8) is 121, where it has 127."""


def above_the_plane(n: int, d: int, least: int = 0) -> list[int]:
    """The recursion for n + d + 1 units on R^n, n ≥ 3, from exact levels of k + 3 units on R^2, k ≥ ``least``.

    It takes O(n + d) operations.  The histogram of Serra et al., with which it starts elsewhere, satisfies the
    recursion as well, so the difference of the two is a sum over the lattice paths from (n, d) on which a step lowers d
    and moves all levels up by 1, or lowers n and moves none.  A path ends where n = 2; there the difference is
    explicit, a block of levels, and all blocks have one end in common.
    """
    row = binomial_row(n + d + 1)
    levels = [row[level] if level > d else 0 for level in range(n + d + 2)]
    blocks = [0] * (n + d + 3)  # differences of neighboring levels
    for k, paths in _paths(n, d, least):  # to k + 3 units on R^2
        _begin(blocks, (k + 2) // 2 + d - k, k + 3, paths)
        blocks[d + 2] -= paths * (k + 3)
        levels[d + 1] -= paths * comb(k + 3, 2)
    return [a + b for a, b in zip(levels, accumulate(blocks), strict=False)]


def _paths(n: int, d: int, least: int) -> Iterator[tuple[int, int]]:
    """k = d, d − 1, …, ``least``, and the number C(n − 3 + d − k, d − k) of lattice paths from (n, d) to (3, k)."""
    paths = 1
    for k in range(d, least - 1, -1):
        yield k, paths
        paths = paths * (n - 2 + d - k) // (d - k + 1)


def _begin(blocks: list[int], at: int, units: int, paths: int) -> None:
    """From this level on as many regions as units, on the first one half of them if their number is even."""
    blocks[at] += paths * (units if units % 2 else units // 2)
    blocks[at + 1] += paths * (0 if units % 2 else units // 2)


def level_histogram(n: int, m: int) -> tuple[int, ...]:
    r"""The histogram of the tails on the levels 0, …, m active units, for n ≤ m, in O(m) operations.

    The paths of :func:`above_the_plane` end where d = 2, too, and what is lowered on the way, at n = 3 and d = 3, are
    blocks as well.  What a machine proved for (k, e) is lowered on every path through (k, e).
    """
    d = m - n - 1
    if n <= 2 or d <= 2:
        return tuple(a - b for a, b in pairwise((*_exact_tails(n, m), 0)))
    levels, blocks = above_the_plane(n, d, 3), [0] * (m + 2)
    for k, paths in _paths(n, d, 3):  # through k + 4 units on R^3
        levels[d + 2] -= paths * k
        levels[d + 1] += paths * k
    for k, paths in _paths(d, n, 3):  # to k + 3 units on R^k, through k + 4 units on R^k
        levels[d] += paths * ((k + 3) * k // 2 - k)
        levels[d - 1] += paths * k
        blocks[d + 1] -= paths * (k + 3)
        _begin(blocks, (k + 4) // 2 + d - 1, k + 3, paths)
    for (k, e), tails in BY_MACHINE.items():
        paths = comb(n - k + d - e, d - e) if n >= k and d >= e else 0
        for level, less in tails.items():
            levels[level + d - e] -= paths * less
            levels[level + d - e - 1] += paths * less
    return tuple(a + b for a, b in zip(levels, accumulate(blocks), strict=False))


def serra_histogram(n: int, m: int) -> tuple[int, ...]:
    """C(m, j) regions with m − j active units, j ≤ n."""
    row = binomial_row(m)
    return tuple(row[m - level] if m - level <= n else 0 for level in range(m + 1))


def histogram_2021(n: int, m: int) -> tuple[int, ...]:
    """The 2021 histogram in O(m) operations."""
    return level_histogram(min(n, m), m) if n <= 2 or n >= m else tuple(above_the_plane(n, m - n - 1))


GAMMAS = Names("histogram", {"serra": serra_histogram, "2021": histogram_2021, "levels": level_histogram})
"""The histograms of the literature and that of levels, by name, for n ≤ m."""


def threshold(name: str, n: int) -> int:
    """From this width on the histogram has no region on the levels below n, so that all moves keep state n."""
    return 2 * n if name == "serra" else max(0, 3 * n - 1)


def histogram(name: str, n: int, m: int) -> tuple[int, ...]:
    r""":math:`\gamma_{n,m}` on the levels 0, …, m."""
    return GAMMAS[name](min(n, m), m)


@lru_cache(maxsize=KEPT_ROWS)
def row(name: str, n: int, m: int) -> tuple[tuple[int, ...], int]:
    """The moves from state n ≤ m of a layer of m units: the weights of states 0, 1, … below n, and that of staying."""
    below = GAMMAS[name](n, m)[:n] if m < threshold(name, n) else ()
    return below, zaslavsky_number(m, n) - sum(below)


def hinz_moves(name: str, state: int, m: int) -> Iterator[tuple[int, int]]:
    """The moves of a histogram, as in a :class:`~theory.bounds.dynamic_program.LayerProgram`."""
    n = min(state, m)
    below, stay = row(name, n, m)
    yield n, stay
    yield from ((level, weight) for level, weight in enumerate(below) if weight)


class Gamma2021(sympy.Function):  # type: ignore[misc]
    """γ_{n,m}[level] of the 2021 histogram as a sympy function; a number as soon as its arguments are."""

    nargs = 3
    histogram_name = "2021"

    @classmethod
    def eval(cls, n: Any, m: Any, level: Any) -> Any:
        if all(getattr(v, "is_Integer", False) for v in (n, m, level)):
            return sympy.Integer(cls.integer_value([n, m, level]))
        return None

    @classmethod
    def integer_value(cls, values: Sequence[Any]) -> int:
        n, m, level = map(int, values)
        return histogram(cls.histogram_name, n, m)[level]

    def _latex(self, printer: Any) -> str:
        n, m, level = (printer.doprint(a) for a in self.args)
        return rf"\gamma_{{{n},\,{m}}}\left[{level}\right]"


class GammaLevels(Gamma2021):
    """The same for the histogram of levels."""

    histogram_name = "levels"


def _program(gamma: type[Gamma2021]) -> LayerProgram:

    def over_levels(layer: int, n: Any, left: Sequence[Any]) -> tuple[Any, tuple[Any, Any, Any], Any]:
        level = index(layer, "l")
        return gamma(sympy.Min(*left, n), n, level), (level, 0, n), level

    moves, keeping = partial(hinz_moves, gamma.histogram_name), partial(threshold, gamma.histogram_name)
    return LayerProgram(regions, moves, threshold=keeping, nested=lambda arch: nested_sum(arch, over_levels))


_PRODUCTS = {"naive": TRIVIAL, "montufar": PARALLEL_CUTS}  # with everything on the highest level
PROGRAMS = Names(
    "histogram",
    {**_PRODUCTS, "serra": THEOREM_1, **{gamma.histogram_name: _program(gamma) for gamma in (Gamma2021, GammaLevels)}},
)
"""The bound of the framework for each histogram."""


def hinz2019(arch: Architecture, gamma: str = "serra") -> Any:
    """The bound of the framework for ReLU units: ``"naive"``, ``"montufar"``, ``"serra"``, ``"2021"`` or ``"levels"``.

    >>> [hinz2019(Architecture.relu(2, 4, 4), g) for g in PROGRAMS]
    [256, 121, 121, 109, 109]
    """
    program = PROGRAMS[gamma]
    BOUNDS[0].check(arch)
    name = f"hinz2019 with γ_{gamma} of {arch}"
    if arch.is_symbolic:
        formula = program(arch)
        return Formula(formula.expression, formula.holds_when, name)
    if reason := (trivial_size(arch) if gamma == "naive" else program.size(arch)).refusal():
        raise UnsupportedError(f"{name}: {reason}")
    return program(arch)


BOUNDS = tuple(
    statement(key, [dense("relu")], PROGRAMS[gamma], TWO_RELU_LAYERS)
    for key, gamma in (("hinz2019", "serra"), ("levels", "levels"), ("hinz2021", "2021"))
)
"""With the histograms ``serra``, ``levels``, ``2021``; where the last two are equal, the later is named as least."""
