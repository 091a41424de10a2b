"""Long counts of networks whose cells share images: brackets at every moment, progress, limits."""

import contextlib
from pathlib import Path

import pytest
from drawn import random_network

from theory import HARD_TANH, RELU, Layer, Maxout, Network
from theory.constructions.foldings import MONTUFAR, SERRA
from theory.errors import InvalidInputError
from verify import Box, Polytope, WholeSpace, count
from verify.certificate import check
from verify.counting import serial
from verify.counting.limits import Limits
from verify.counting.long.checkpoint import IMAGES, Checkpoint
from verify.counting.serial import ImageCount, ImageProgress, count_by_images
from verify.domain.shapes import Domain
from verify.engines.images.run import ImageRun
from verify.engines.problem import Problem
from verify.engines.selection import select

TWENTY, SQUARE = MONTUFAR.build("2" + "-8" * 20).network, Box.cube(0, 1, 2)
REGIONS = 2_795_640_957_858_829_966_508_032


TRIANGLE = Polytope([(1, 1, 2), (1, -1, 2), (-1, 0, 3)])


@pytest.mark.parametrize(("network", "domain"), [(TWENTY, SQUARE), (SERRA.build("2-6-6-6").network, TRIANGLE)])
def test_every_bracket_lies_in_the_one_before_and_the_last_is_exact(network: Network, domain: Domain) -> None:
    run = ImageCount(Problem.of(network, domain))
    seen: list[tuple[int, int, int]] = []
    texts: list[str] = []
    while not run.exact:
        run._look(done=run._run.advance(0.0))  # one cell at a time
        seen.append((run._run.state.layer, run.lower, -run.upper))
        texts.append(str(run.progress))
    assert seen == sorted(seen)
    number = int(count(network, domain))
    assert seen[-1][1:] == (number, -number)
    if domain is SQUARE:
        assert run._run.left == 0.0
        assert "3 of 20 layers, 6 images, 4096 regions so far" in texts
        assert texts[-1] == "20 of 20 layers, 38 images, 2.79·10^24 regions so far"
    else:  # several brackets while one layer is in work
        assert all(len({ends for ends in seen if ends[0] == layer}) > 3 for layer in (1, 2))


def test_limits_give_brackets() -> None:
    some = count(TWENTY, SQUARE, budget_regions=10**9)
    assert some.engine == "images"
    assert some.lower >= 10**9
    assert some.lower <= REGIONS <= some.upper
    assert count(TWENTY, SQUARE, budget=1e-9).lower <= REGIONS


@pytest.mark.parametrize("limits", [{"jobs": 2}, {"budget": 60.0}, {"memory": "8G"}])
def test_with_limits_the_number_is_the_same(limits) -> None:
    assert count(TWENTY, SQUARE, **limits) == REGIONS


def test_checkpoints_and_certificates(tmp_path: Path) -> None:
    found = count(TWENTY, SQUARE, checkpoint=tmp_path / "parts", certificate=tmp_path / "out")
    assert found == REGIONS
    assert check(tmp_path / "out").regions == REGIONS
    stopped = count(TWENTY, SQUARE, budget=1e-9, certificate=tmp_path / "bracket")
    assert check(tmp_path / "bracket").bracket == (stopped.lower, stopped.upper)


def mixed() -> Network:
    first = Layer([[1, 2], [-1, 1], [0, 1], [3, 1]], [0, 1, -1, 2], [Maxout(2), HARD_TANH, RELU])
    second = Layer([[1, 1, 0], [1, -1, 0], [1, 1, 0]], [-1, 0, "1/3"])
    fold = [Layer([[1, -1, 0], [2, 1, 0]], [0, "-1/2"]), Layer([[1, -2], [1, -2]], [0, -1])]
    return Network([first, second, *fold, *[Layer([[1, -2], [2, -4]], [0, -1])] * 3])


@pytest.mark.parametrize("network", [MONTUFAR.build("2" + "-8" * 5).network, mixed()])
@pytest.mark.parametrize("domain", [WholeSpace(2), Polytope([(1, 1, 2), (1, -1, 2), (-1, 0, 3)])])
def test_a_count_goes_on_where_it_was_interrupted(
    network: Network, domain: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial, "_PAUSE", 0.0)  # a report after every cell
    monkeypatch.setattr(serial, "_SPARSE", 0)  # the state is kept after every image
    monkeypatch.setattr(serial, "pays", lambda _: True)
    monkeypatch.setattr(serial, "quick_enumeration", lambda _: None)
    monkeypatch.setattr(ImageRun, "_is_poor", lambda *_, **__: False)
    problem, subject = Problem.of(network, domain), (network.digest, domain.digest)
    expected, seen = ImageRun(problem).count(), []

    def report(run: ImageCount) -> None:
        seen.append((run.lower, run._run.state.layer, run._run.state.done))
        if len(seen) % 3 == 0:
            raise KeyboardInterrupt

    for _ in range(1000):
        run = count_by_images(problem, Limits(checkpoint=tmp_path, report=report), float("inf"), subject)
        assert run is not None
        assert run.lower <= expected <= run.upper
        if run.exact:
            break
    assert run.lower == expected
    assert run.resumed
    assert len({layer for _, layer, _ in seen}) == len(network.hidden) + 1 or len(seen) > 10
    done = count(network, domain, checkpoint=tmp_path)
    assert done == expected
    assert done.statistics["unchecked"] == expected
    with pytest.raises(InvalidInputError, match="another network or another domain"):
        count(network, SQUARE, checkpoint=tmp_path)


@pytest.mark.parametrize(
    "state",
    ["", "[]", "7", '["1","1","1",[],[],[]]', '["1","1","1",[],[[["9"],"1",[],[]]],["0","0"]]',
     '["1","0","1",[],[],["0","0"]]'],
)  # fmt: skip
def test_images_that_make_no_sense_are_refused(state: str, tmp_path: Path) -> None:
    with contextlib.closing(Checkpoint(tmp_path, (TWENTY.digest, SQUARE.digest))) as journal:
        journal.keep_images(state)
    with pytest.raises(InvalidInputError, match="its images are"):
        count(TWENTY, SQUARE, checkpoint=tmp_path)
    (tmp_path / IMAGES).write_text("{}")
    with pytest.raises(InvalidInputError, match="is damaged, or of another count"):
        count(TWENTY, SQUARE, checkpoint=tmp_path)


def test_an_interrupt_leaves_a_bracket() -> None:
    def report(_: object) -> None:
        raise KeyboardInterrupt

    run = count_by_images(Problem.of(TWENTY, WholeSpace(2)), Limits(report=report), float("inf"))
    assert run is not None
    assert run.interrupted
    assert run.lower <= run.upper


def test_cells_that_share_nothing_are_left_to_parts() -> None:
    generic = Problem.of(random_network(2, 2, 9, 9), SQUARE)
    assert count_by_images(generic, Limits(jobs=2), float("inf")) is None
    assert select(generic).engine != "images"


def test_progress_is_a_record() -> None:
    record = ImageCount(Problem.of(TWENTY, SQUARE)).progress.record
    assert (record["finished"], record["waiting"]) == (0, 20)
    assert set(ImageProgress.__dataclass_fields__) == set(record)
