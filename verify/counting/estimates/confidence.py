r"""Bounds on a mean that hold at all times at once, so that looking at them and stopping cannot spoil them.

Let :math:`X_1, X_2, \dots \ge 0`, the mean of each, given those before it, at most R.  A bet against
:math:`R \le p`, p > 0, that puts the share :math:`\kappa` of the wealth at stake multiplies it by
:math:`1 - \kappa + \kappa X/p`.  All p with

.. math:: W_n(p) = \prod_{i \le n} (1 - \kappa_i + \kappa_i X_i / p) \ge 1/\alpha,

for :math:`0 \le \kappa_i < 1` chosen from the draws before i, the same for all p, lie below R, except with probability
:math:`\alpha`, for all n together (Ville's inequality; ``docs/proofs-draws.md``).  If :math:`X \le M`, and the mean of
each X is R or more, the same for :math:`M - X` and :math:`M - p > 0` bounds R from above.  The draws must be taken in
their order and none left out, and the wanted error, :math:`\alpha` and M must be fixed before they are seen.

The wealth here is the mean of that of a few strategies, each with the share that grows fastest if p is off by a
given part e of the mean: :math:`\kappa = e \, m^2/v` from below and :math:`e \, m (M - m)/v` from above, m and v the
mean and variance of the draws before.  Floats choose :math:`\kappa` and propose p; that the wealth at p is at least
:math:`1/\alpha` is decided in ball arithmetic.

>>> bound = MeanBound(Fraction(1, 40), 0.1)
>>> for value in [0, 3, 0, 3, 3] * 100:
...     bound.add(Fraction(value))
>>> 1.5 < bound.end() < 1.8
True

References
----------
I. Waudby-Smith, A. Ramdas: Estimating means of bounded random variables by betting.  Journal of the Royal Statistical
Society B 86 (2024).  J. Ville: Étude critique de la notion de collectif (1939).
"""

import math
from fractions import Fraction

import flint
import numpy as np

from theory.exact import to_fmpq

_SHARES = (1.0, 5.0, 25.0)
"""The deviations that the strategies are best for, in multiples of the wanted error."""
_MOST_FROM_BELOW, _MOST_FROM_ABOVE = 0.5, 0.9
"""No strategy puts more at stake, so that one bad draw does not ruin it."""
_FIRST_FROM_BELOW, _FIRST_FROM_ABOVE = (0.02, 0.1, 0.5), (0.9, 0.9, 0.9)
"""What they put at stake before anything is known."""
_STEPS = 60
_MOST = Fraction(2**500)
"""A draw of more units is taken for one of so many where strategies and bounds are chosen, by floats."""


class MeanBound:
    """A lower bound on the mean of nonnegative draws, or an upper bound if the draws have a ceiling.

    It is ever wrong with a probability of at most ``alpha``.  ``error`` is the relative error that is wanted, fixed
    before the draws are seen; the bound holds whatever it is.  No draw is larger than ``ceiling``; if that is given,
    the bound is one from above.
    """

    def __init__(self, alpha: Fraction, error: float, ceiling: int | None = None) -> None:
        self._alpha, self._error, self._ceiling = alpha, error, ceiling
        self._values: list[Fraction] = []
        self._floats: list[float] = []
        self._kappas: list[tuple[float, ...]] = []
        self._unit = 1
        self._sum = self._squares = 0.0

    def add(self, value: Fraction) -> None:
        """The next draw."""
        if not self._sum:
            self._unit = max(self._ceiling or math.ceil(value), 1)  # floats hold multiples of it
        self._kappas.append(self._next_kappas())
        self._values.append(value)
        x = float(min(value / self._unit, _MOST))
        self._floats.append(x)
        self._sum += x
        self._squares += x * x

    def _next_kappas(self) -> tuple[float, ...]:
        """What the strategies put at stake in the next draw; by + − · and ÷ alone, the same on all machines."""
        n = len(self._values)
        from_above = self._ceiling is not None
        if n < 2 or not self._sum:
            first = _FIRST_FROM_ABOVE if from_above else _FIRST_FROM_BELOW
            return first if n < 2 or from_above else (0.0,) * len(_SHARES)
        mean = self._sum / n
        variance = max(self._squares / n - mean * mean, mean * mean / n)
        best = mean * (1.0 - mean if from_above else mean) / variance
        most = _MOST_FROM_ABOVE if from_above else _MOST_FROM_BELOW
        return tuple(min(most, share * self._error * best) for share in _SHARES)

    def _log_wealth(self, p: float, x: np.ndarray, kappas: np.ndarray) -> float:
        gain = (x - p) / p if self._ceiling is None else (p - x) / (1.0 - p)
        logs = np.log1p(kappas * gain[:, None]).sum(axis=0)
        return float(np.logaddexp.reduce(logs)) - math.log(len(_SHARES))

    def _is_refuted(self, p: Fraction) -> bool:
        """Whether the wealth of the bets against p is at least 1/α, decided in ball arithmetic."""
        with flint.ctx.workprec(128 + 2 * self._unit.bit_length()):
            q = to_fmpq(p)
            scale = q if self._ceiling is None else self._ceiling - q
            sign, one = 1 if self._ceiling is None else -1, flint.arb(1)
            gains = {value: flint.arb(sign * (to_fmpq(value) - q) / scale) for value in set(self._values)}
            strategies = zip(*self._kappas, strict=True)
            bets = ([1 + k * gains[v] for v, k in zip(self._values, shares, strict=True)] for shares in strategies)
            total = sum((math.prod(factors, start=one) for factors in bets), flint.arb(0))
            return bool(total >= len(_SHARES) / flint.arb(to_fmpq(self._alpha)))

    def end(self) -> Fraction | None:
        """The bound after the draws so far, None if there is none yet."""
        if not self._values:
            return None
        x, kappas = np.array(self._floats), np.array(self._kappas)
        threshold = math.log(self._alpha.denominator) - math.log(self._alpha.numerator)
        mean = possible = self._sum / len(x)
        refuted = mean * 2.0**-200 if self._ceiling is None else 1.0 - 2.0**-52
        if not mean if self._ceiling is None else mean >= refuted:
            return None
        with np.errstate(all="ignore"):
            if self._log_wealth(refuted, x, kappas) < threshold:
                return None
            for _ in range(_STEPS):
                middle = math.sqrt(refuted * possible) if refuted * possible > 0.0 else (refuted + possible) / 2
                if self._log_wealth(middle, x, kappas) >= threshold:
                    refuted = middle
                else:
                    possible = middle
        proposal, slack = Fraction(refuted) * self._unit, Fraction(1, 10**9)
        for _ in range(20):
            p = proposal * (1 - slack if self._ceiling is None else 1 + slack)
            if self._ceiling is not None and p >= self._ceiling:
                return None
            if self._is_refuted(p):
                return p
            slack *= 4
        return None
