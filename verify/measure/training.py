"""What happens to the regions while a network learns: a recorder for training loops.

A :class:`Recorder` holds fixed probes, lines and planes through data and data points, and measures a model whenever it
is called, for example after each epoch.  Models may be networks of this package, scikit-learn perceptrons, or anything
that looks like a ``torch.nn.Sequential``; in a torch loop it is one line, ``recorder(model, epoch=epoch, loss=loss)``.
The weights are read in evaluation mode, and every module is left in the mode that it had.  Tried with torch 2.13.0.

>>> from theory.data import digit_images, digits
>>> from verify.domain.shapes import Segment
>>> images = list(digit_images().values())
>>> recorder = Recorder(lines=[Segment(*images[:2])], points=images)
>>> record = recorder(digits(), epoch=0, note="as shipped")
>>> record.line_regions, record.units, record.extra
(6.0, 18, {'note': 'as shipped'})
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from theory.errors import InvalidInputError
from theory.exact import RationalLike, rational, rational_vector
from theory.formats import from_sklearn, from_torch
from theory.network import Network
from verify.domain.shapes import Domain, Segment
from verify.measure.complexity import local_complexity, local_ranks
from verify.measure.distance import distances
from verify.slices.lines.result import along
from verify.slices.planes.result import across


@dataclass(frozen=True)
class Record:
    """The measurements of one moment; None where the recorder has no probe.

    They are the mean numbers of activation and of linear regions along the lines and of activation regions in the
    planes, the mean distance of the points to the nearest boundary, their local complexity, and the local rank of every
    layer on them; ``extra`` is what the caller adds, as accuracy and loss.
    """

    epoch: int
    units: int
    line_regions: float | None
    line_linear: float | None
    plane_regions: float | None
    distance: float | None
    complexity: float | None
    ranks: tuple[float, ...] | None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Recorder:
    """Measures a model at fixed probes, as often as it is called, and keeps the ``records``.

    The planes are bounded polygons (:func:`verify.slices.planes.across`).  ``sigma`` is the deviation of the noise for
    the local complexity of the points, which is left out without it; ``draws`` and ``seed`` are those of the noise.
    ``input_shape`` is that of one input of a torch model that begins with a convolution; probes are flattened inputs.
    """

    lines: Sequence[Segment] = ()
    planes: Sequence[Domain] = ()
    points: Sequence[Sequence[RationalLike]] = ()
    sigma: RationalLike | None = None
    draws: int = 4
    seed: int = 0
    input_shape: Sequence[int] | None = None
    records: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.points = [rational_vector(p, place=f"point {i}") for i, p in enumerate(self.points, start=1)]
        if self.sigma is not None:
            self.sigma = rational(self.sigma, place="sigma")
            if not self.points:
                raise InvalidInputError("sigma asks for the local complexity on points; give points")

    def __call__(self, model: Any, *, epoch: int | None = None, **extra: Any) -> Record:
        """Measure a model; the record is kept and returned, with further values of the caller (losses as numbers)."""
        network = as_network(model, input_shape=self.input_shape)
        lines = [along(network, line) for line in self.lines]
        planes = [across(network, plane).activation for plane in self.planes]
        complexity = None
        if self.sigma is not None:
            found = local_complexity(network, self.points, sigma=self.sigma, draws=self.draws, seed=self.seed)
            complexity = found.value.mean
        record = Record(
            epoch=len(self.records) if epoch is None else epoch,
            units=int(network.architecture.units),
            line_regions=_mean([line.activation for line in lines]),
            line_linear=_mean([line.linear for line in lines]),
            plane_regions=_mean(planes),
            distance=_mean(distances(network, self.points).floats.tolist()),
            complexity=complexity,
            ranks=tuple(map(float, local_ranks(network, self.points))) if self.points else None,
            extra={name: _plain(value) for name, value in extra.items()},
        )
        self.records.append(record)
        return record

    def as_rows(self) -> list[dict[str, Any]]:
        """The records as dictionaries, for JSON or a data frame."""
        return [asdict(record) for record in self.records]


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _plain(value: Any) -> Any:
    """A number out of a tensor or array without axes, anything else as it is."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value


def as_network(model: Any, *, input_shape: Sequence[int] | None = None) -> Network:
    """The exact network of a model: itself, a fitted scikit-learn perceptron, or a torch module (left in its mode)."""
    if isinstance(model, Network):
        return model
    if hasattr(model, "hidden_layer_sizes"):
        return from_sklearn(model)
    if not hasattr(model, "state_dict"):
        raise InvalidInputError(
            f"{type(model).__name__} is no network; give a Network, an MLPClassifier, an MLPRegressor or a torch module"
        )
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        return from_torch(model, input_shape=input_shape)
    finally:
        for part, training in modes:  # train() would also change parts that the caller has put into evaluation mode
            part.training = training
