"""What a network does along a line: breakpoints, the units that cause them, activation and linear regions; pictures."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theory.errors import InvalidInputError
from theory.exact import RationalLike, from_fmpq
from theory.network import Network, Pattern
from verify.domain.shapes import Domain, Line, Ray, Segment
from verify.drawing import INKS, figure, save_figure
from verify.engines.problem import require_kinds, require_network
from verify.engines.rounding import INFLATE, UNIT
from verify.slices.lines.sweep import Sweep
from verify.slices.prepared import Bools, Floats, Prepared, open_units, prepared

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Unit(NamedTuple):
    """A hidden unit by its place, both numbers counted from 1: ``Unit(layer=2, unit=7)``."""

    layer: int
    unit: int

    def __str__(self) -> str:
        return f"{self.layer}.{self.unit}"


@dataclass(frozen=True)
class Breakpoint:
    """A point of a line at which the activation pattern changes."""

    parameter: Fraction
    """Exactly where: the point start + parameter·(end − start)."""
    units: tuple[Unit, ...]
    """The units whose piece changes there; more than one where several bend at the same point."""
    linear: bool
    """Whether the derivative of the network along the line really jumps there."""


class LineRegions:
    """The activation and linear regions of a network along a segment, a ray or a line; made by :func:`along`.

    The ``domain`` is a Segment, Ray or Line; ``seconds`` is the wall time of the cut.

    The numbers are exact: what error-bounded floats do not decide, integers decide (:attr:`questions` counts how
    often).  Exact parameters are long fractions and are computed when they are asked for.
    """

    def __init__(self, network: Network, domain: Segment) -> None:
        began = time.perf_counter()
        self.network, self.domain = network, domain
        self._prepared: Prepared = prepared(network)
        ends = [0.0, np.inf if isinstance(domain, Ray) else 1.0]
        ends = [-np.inf, 0.0, np.inf] if isinstance(domain, Line) else ends
        self._sweep = Sweep(self._prepared, domain.start, domain.end, ends)
        self._knots: list[int] = self._sweep.bends.tolist()
        self.seconds = time.perf_counter() - began

    @property
    def activation(self) -> int:
        """Number of activation regions of the restricted network: 1 + the number of breakpoints."""
        return 1 + len(self._knots)

    @cached_property
    def units(self) -> list[tuple[Unit, ...]]:
        """The units that bend at each breakpoint, from start to end."""
        names: dict[int, list[Unit]] = {k: [] for k in self._knots}
        for layer, pieces in enumerate(self._sweep.pieces, start=1):
            for knot, unit in np.argwhere((pieces[:, 1:] != pieces[:, :-1]).T).tolist():
                names[knot + 1].append(Unit(layer, unit + 1))
        return [tuple(names[k]) for k in self._knots]

    @cached_property
    def jumps(self) -> tuple[bool, ...]:
        """For each breakpoint whether the derivative along the line jumps; decided exactly."""
        sweep, inner = self._sweep, [k - 1 for k in self._knots]
        result = _certain_jumps(sweep)[inner]
        unknown = np.flatnonzero(~result).tolist()
        open_paths = open_units(self._prepared, sweep.pieces, sweep.intervals) if unknown else []
        doubtful = [
            i
            for i in unknown
            if any(open_paths[u.layer - 1][u.unit - 1, self._knots[i] - s] for u in self.units[i] for s in (0, 1))
        ]
        if doubtful and sweep.refined(len(doubtful)):
            result |= _certain_jumps(sweep)[inner]
            doubtful = [i for i in doubtful if not result[i]]
        for i in doubtful:
            left, right = (sweep.exact.slopes(*sweep.where(k)) for k in (self._knots[i] - 1, self._knots[i]))
            result[i] = left != right
        return tuple(result.tolist())

    @property
    def linear(self) -> int:
        """Number of its linear regions: 1 + the number of breakpoints at which the derivative jumps."""
        return 1 + sum(self.jumps)

    @property
    def questions(self) -> int:
        """Decisions that exact arithmetic had to make so far, exact parameters included."""
        return self._sweep.questions

    @cached_property
    def parameters(self) -> tuple[Fraction, ...]:
        """The exact parameters of the breakpoints, increasing."""
        return tuple(from_fmpq(self._sweep.parameter(k)) for k in self._knots)

    @property
    def positions(self) -> Floats:
        """The parameters as floats, each as close as :attr:`position_errors` says."""
        return self._sweep.knots.position[self._knots]

    @property
    def position_errors(self) -> Floats:
        """Bounds on the distance between :attr:`positions` and the exact parameters."""
        return self._sweep.knots.error[self._knots]

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All breakpoints from start to end, exactly."""
        return self.first_breakpoints(len(self._knots))

    def first_breakpoints(self, number: int) -> tuple[Breakpoint, ...]:
        """The first of the :attr:`breakpoints`, so many; exact parameters of others are not computed."""
        parameters = (from_fmpq(self._sweep.parameter(k)) for k in self._knots[:number])
        return tuple(Breakpoint(*each) for each in zip(parameters, self.units, self.jumps, strict=False))

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The parameters of the two ends, None at infinity."""
        low, high = (float(self._sweep.knots.position[k]) for k in (0, -1))
        return low if np.isfinite(low) else None, high if np.isfinite(high) else None

    def float_values(self, parameters: Floats) -> Floats:
        """The outputs (rows) at some parameters as floats, for drawing."""
        sweep = self._sweep
        finite = sweep.knots.homogeneous > 0
        t, values = sweep.knots.position[finite], sweep.outputs[0][:, finite]
        beyond = [np.clip(t[0] - parameters, 0, None), np.clip(parameters - t[-1], 0, None)]
        ends = [np.zeros(len(values)) if finite[k] else sweep.outputs[0][:, k] for k in (0, -1)]
        inside = np.array([np.interp(parameters, t, row) for row in values])
        return inside + np.outer(ends[0], beyond[0]) + np.outer(ends[1], beyond[1])

    def patterns(self) -> Iterator[Pattern]:
        """The activation pattern of every region, from start to end."""
        return map(self._pattern, (0, *self._knots))

    @property
    def ends(self) -> tuple[Pattern, Pattern]:
        """The activation patterns of the first and of the last region."""
        return self._pattern(0), self._pattern(-1)

    def _pattern(self, interval: int) -> Pattern:
        return tuple(tuple(int(v) for v in p[:, interval]) for p in self._sweep.pieces)

    def __len__(self) -> int:
        return self.activation

    def __repr__(self) -> str:
        return f"<{self.activation} activation regions of {self.network.architecture} on the {self.domain}, exact>"


def along(network: Network, domain: Segment) -> LineRegions:
    """The exact breakpoints and regions of a network along a segment, a ray or a whole line.

    The domain is a Segment, Ray or Line; the units are any piecewise-linear ones, the inputs any number.  Raises
    InvalidInputError if the number of inputs does not fit.

    Cost: for each layer two products of its weights with (values at the knots), about as many knots as units, in
    floats.  Exact parameters cost one exact product for each layer but the first and the last.

    >>> from theory import Network
    >>> tent = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])
    >>> regions = along(tent, Segment([-1], [2]))
    >>> regions.activation, regions.linear
    (3, 3)
    >>> for b in regions.breakpoints:
    ...     print(b.parameter, *b.units, b.linear)
    1/3 1.1 True
    1/2 1.2 True
    """
    if not isinstance(domain, Segment):
        raise InvalidInputError(f"along needs a Segment, Ray or Line, not {domain}; verify.count serves other domains")
    require_kinds(network, domain)
    Domain.pull_back(domain, network)
    return LineRegions(network, domain)


def _certain_jumps(sweep: Sweep) -> Bools:
    """For each inner knot whether floats prove that some output has different slopes on its two sides."""
    with np.errstate(all="ignore"):
        f, low, e = sweep.outputs
        left, right = sweep.knots.homogeneous[:-1] > 0, sweep.knots.homogeneous[1:] > 0
        t, te = sweep.knots.position, sweep.knots.rounding
        length, length_error = t[1:] - t[:-1], te[1:] + te[:-1] + 4 * UNIT * (np.abs(t[1:]) + np.abs(t[:-1]))
        # a difference that is rounded is as large as its terms; e has room for the rounding of the second, 4u²·|f|
        rise = f[:, 1:] - f[:, :-1] + (low[:, 1:] - low[:, :-1])
        rise_error = e[:, 1:] + e[:, :-1] + 8 * UNIT * np.abs(rise)
        least = length - length_error
        slope = np.where(left & right, rise / length, np.where(left, f[:, 1:], -f[:, :-1]))
        bounded = (rise_error + np.abs(slope) * length_error) / least + 4 * UNIT * np.abs(slope)
        bounded = np.where(least > 0, bounded, np.inf)
        error = np.where(left & right, bounded, np.where(left, e[:, 1:], e[:, :-1]))
        gap = np.abs(slope[:, 1:] - slope[:, :-1])
        result: Bools = (gap > INFLATE * (error[:, 1:] + error[:, :-1] + 2 * UNIT * np.abs(slope[:, 1:]))).any(axis=0)
        return result


@dataclass(frozen=True)
class PolylineRegions:
    """The regions along a chain of segments; made by :func:`along_polyline`."""

    parts: tuple[LineRegions, ...]
    """One for each segment."""
    corners: tuple[bool, ...]
    """For each corner between two segments whether the pattern changes exactly there."""

    @property
    def activation(self) -> int:
        """Pieces of the curve on which the pattern is constant: 1 + the number of its changes."""
        return 1 + sum(part.activation - 1 for part in self.parts) + sum(self.corners)

    @property
    def linear(self) -> int:
        """1 + the number of jumps of the derivative inside segments + the corners at which the affine map changes.

        At a corner the derivative along the curve jumps because the curve does; what is asked there is whether the
        affine map of the network is another one on the other side.
        """
        corners = zip(itertools.pairwise(self.parts), self.corners, strict=True)
        ends = ((a.network, a.ends[1], b.ends[0]) for (a, b), changes in corners if changes)
        changed = sum(network.affine_map(before) != network.affine_map(after) for network, before, after in ends)
        return 1 + sum(sum(part.jumps) for part in self.parts) + changed


def along_polyline(network: Network, points: Sequence[Sequence[RationalLike]]) -> PolylineRegions:
    """The regions along the chain of segments through the given points.

    Raises InvalidInputError if there are fewer than two points, or neighbors coincide.

    >>> from theory import Network
    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> around = along_polyline(cross, [[1, 1], [-1, 1], [-1, -1], [1, -1], [1, 1]])
    >>> around.activation, around.linear, [part.activation for part in around.parts]
    (5, 5, [2, 2, 2, 2])
    """
    require_network(network)
    corners = network.points(points)
    if len(corners) < 2:
        raise InvalidInputError(f"a polyline needs at least two points, not {len(corners)}")
    parts = tuple(along(network, Segment(p, q)) for p, q in itertools.pairwise(corners))
    return PolylineRegions(parts, tuple(a.ends[1] != b.ends[0] for a, b in itertools.pairwise(parts)))


def draw_line(parts: Sequence[LineRegions], axes: Axes) -> Axes:
    """Draw the outputs along one line or a chain of segments, and every breakpoint below them.

    A tick is tall where the derivative jumps and short where it does not; its color is that of the first layer that
    bends there.  Where a line has no end, it is cut a little beyond the breakpoints, without the few that lie far out
    if they would squeeze the others together; the title says how many are not shown.
    """
    layers = len(parts[0].network.hidden)
    hidden = 0
    for offset, part in enumerate(parts):
        left, right = _view(part)
        shown = (part.positions >= left) & (part.positions <= right)
        hidden += len(shown) - int(shown.sum())
        inner = part.positions[shown]
        knots = np.array([left, *inner, right])
        for values in part.float_values(knots):
            axes.plot(offset + knots, values, color="0.35", linewidth=0.9)
        colors = [INKS[(part.units[k][0].layer - 1) % len(INKS)] for k in np.flatnonzero(shown)]
        heights = np.where(np.array(part.jumps)[shown], 0.07, 0.035)
        axes.vlines(offset + inner, 0, heights, colors=colors, linewidth=0.8, transform=axes.get_xaxis_transform())
        if offset:
            axes.axvline(offset, color="0.8", linewidth=0.8, zorder=0)
    for layer in range(layers):
        axes.plot([], [], color=INKS[layer % len(INKS)], label=f"layer {layer + 1}")
    axes.margins(x=0)
    axes.set(xlabel="parameter t along the line", ylabel="outputs")
    if layers:
        axes.legend(title="unit that bends", fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    corners = sum(a.ends[1] != b.ends[0] for a, b in itertools.pairwise(parts))
    total = 1 + corners + sum(part.activation - 1 for part in parts)
    beyond = f", {hidden} breakpoints lie outside" if hidden else ""
    axes.set_title(
        f"{parts[0].network.architecture}: {total} {'piece' if total == 1 else 'pieces'}{beyond}", fontsize="medium"
    )
    return axes


def _view(part: LineRegions) -> tuple[float, float]:
    """The parameters between which a line is drawn."""
    low, high = part.bounds
    inner = part.positions
    if not len(inner):
        return 0.0 if low is None else low, 1.0 if high is None else high
    first, last = (float(v) for v in np.quantile(inner, [0.05, 0.95], method="nearest"))
    reach = (last - first) or 1.0
    if float(inner[0]) > first - reach:
        first = float(inner[0])
    if float(inner[-1]) < last + reach:
        last = float(inner[-1])
    reach = 0.1 * ((last - first) or 1.0)
    return first - reach if low is None else low, last + reach if high is None else high


def save_picture(parts: Sequence[LineRegions], path: str | os.PathLike[str]) -> None:
    """Write the picture of :func:`draw_line` to a file whose suffix names its format."""
    page = figure(width=8, height=4)
    draw_line(parts, page.subplots())
    save_figure(page, path)
