"""The recorder: what it stores is what the measurements say, for every kind of model."""

import numpy as np
import pytest

from theory.data import digit_images, digits
from theory.errors import InvalidInputError, UnsupportedError
from theory.network import Network
from verify.domain.shapes import Plane, Segment
from verify.measure.complexity import local_complexity
from verify.measure.distance import distances
from verify.measure.training import Recorder, as_network
from verify.slices.lines import along
from verify.slices.planes import across, triangle

IMAGES = list(digit_images().values())


def test_a_record_is_what_the_measurements_say() -> None:
    lines, plane = [Segment(*IMAGES[:2]), Segment(*IMAGES[1:])], Plane(*IMAGES, triangle())
    recorder = Recorder(lines, [plane], IMAGES, sigma="1/4")
    record = recorder(digits(), accuracy=0.9)
    assert recorder.records == [record]
    assert record.line_regions == np.mean([along(digits(), line).activation for line in lines])
    assert record.plane_regions == across(digits(), plane).activation
    assert record.distance == pytest.approx(distances(digits(), IMAGES).floats.mean())
    assert record.complexity == local_complexity(digits(), IMAGES, sigma="1/4", draws=4).value.mean
    assert recorder.as_rows()[0]["extra"] == {"accuracy": 0.9}


def test_a_perceptron_is_recorded_while_it_learns() -> None:
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(0)
    inputs = rng.integers(0, 9, (80, 3)) / 8
    targets = (inputs.sum(axis=1) > 1.5).astype(int)
    model = MLPClassifier((6, 5), random_state=0, batch_size=8, learning_rate_init=0.02)
    line = Segment([0, 0, 0], [1, 1, 1])
    recorder = Recorder([line])
    for _ in range(15):
        model.partial_fit(inputs, targets, classes=[0, 1])
        recorder(model, score=model.score(inputs, targets))
        assert recorder.records[-1].line_regions == along(as_network(model), line).activation
    assert [record.epoch for record in recorder.records] == list(range(15))
    assert recorder.records[-1].extra["score"] > max(0.9, recorder.records[0].extra["score"])


class Linear:
    """What a torch layer looks like from outside."""

    def __init__(self, weight, bias) -> None:
        self.weight, self.bias = weight, bias


def test_other_objects_are_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="Linear is no network"):
        as_network(Linear([[1]], [0]))
    with pytest.raises(InvalidInputError, match="give points"):
        Recorder(sigma="1/2")


class Module:
    """What the recorder asks of a torch module; a frozen child inside one that learns."""

    def __init__(self, *children) -> None:
        self.training, self.children = True, children

    def modules(self) -> list:
        return [self, *(part for child in self.children for part in child.modules())]

    def state_dict(self) -> dict:
        return {}

    def eval(self) -> None:
        for part in self.modules():
            part.training = False


class Loss:
    """A tensor of one entry."""

    ndim = 0

    def item(self) -> float:
        return 0.5


def test_every_module_is_left_in_its_mode(monkeypatch) -> None:
    seen = []

    def read(module, *, input_shape) -> Network:
        seen.append(([part.training for part in module.modules()], input_shape))
        return Network.relu([([[1]], [0]), ([[1]], [0])])

    monkeypatch.setattr("verify.measure.training.from_torch", read)
    frozen = Module()
    frozen.training = False
    model = Module(Module(), frozen)
    record = Recorder(lines=[Segment([-1], [1])], input_shape=(1, 1))(model, loss=Loss())
    assert (record.line_regions, record.extra) == (2.0, {"loss": 0.5})
    assert seen == [([False, False, False], (1, 1))]
    assert [part.training for part in model.modules()] == [True, True, False]


def test_a_module_that_cannot_be_read_is_left_in_its_mode(monkeypatch) -> None:
    def read(_module, **_options) -> Network:
        raise UnsupportedError("module 1 (Tanh) is not read")

    monkeypatch.setattr("verify.measure.training.from_torch", read)
    model = Module()
    with pytest.raises(UnsupportedError, match="Tanh"):
        as_network(model)
    assert model.training
