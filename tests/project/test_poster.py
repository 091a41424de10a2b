"""The poster's experiment: a count that is stopped goes on inside itself, and a picture hides no missing count."""

import itertools
import json
import random

import pytest
from places import ROOT

from theory.errors import InternalError
from verify import Box, count

CHECKS = ROOT / "paper_checks"


@pytest.fixture
def poster(monkeypatch):
    monkeypatch.syspath_prepend(str(CHECKS))
    import poster_experiment

    monkeypatch.setattr(poster_experiment, "INPUTS", 3)
    monkeypatch.setattr(poster_experiment, "PACE", 0.0)
    return poster_experiment


def a_network(seed, widths=(3, 9, 9)):
    import sampling

    return sampling.dense(random.Random(seed), list(widths))


@pytest.mark.usefixtures("impatient")
def test_a_stopped_count_goes_on_in_another_object(poster, tmp_path, monkeypatch):
    network, limits = a_network(1), iter([{"budget_regions": 10}, {"budget_regions": 100}, {}])

    def stopped(*subject, budget, checkpoint):
        return count(*subject, checkpoint=checkpoint, **next(limits, {"budget": budget}))

    monkeypatch.setattr(poster, "count", stopped)
    found = 0
    for _ in range(3):
        counting = poster.Count(network, tmp_path)  # as a new process would
        assert counting.found >= found
        done = counting.go(counting.seconds + 1e-9)
        found = counting.found
    assert done
    assert found == count(network, Box.cube(0, 1, 3), engine="exact")
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("impatient")
def test_the_state_of_another_network_is_not_taken_over(poster, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(poster, "count", lambda *subject, **_: count(*subject, budget_regions=10))
        assert not poster.Count(a_network(1, (3, 6, 6)), tmp_path).go(1e-9)
    other = a_network(2, (3, 6, 6))
    counting = poster.Count(other, tmp_path)
    assert (counting.found, counting.seconds) == (0, 0.0)
    assert counting.go(3600)
    assert counting.found == count(other, Box.cube(0, 1, 3))


def test_no_mean_over_those_that_ended(poster, tmp_path, monkeypatch):
    """A split with a count that did not end is an arrow at what was found, never a mean over the others."""
    from matplotlib.axes import Axes

    drawn = []
    real = Axes.plot

    def plot(axes, *arguments, **options):
        drawn.append((list(arguments[0]), list(arguments[1]), options.get("label")))
        return real(axes, *arguments, **options)

    monkeypatch.setattr(Axes, "plot", plot)
    monkeypatch.setattr(poster, "PICTURE", tmp_path / "poster.png")
    monkeypatch.setattr(poster, "INPUTS", 784)
    facts = {"digest": "", "train_errors": 1, "test_errors": 2, "seconds": 1.0, "engine": "x"}
    records = [poster.Record(first=1, seed=s, regions=10 + s, found=10 + s, **facts) for s in range(2)]
    records += [poster.Record(first=2, seed=s, regions=n, found=n or 700, **facts) for s, n in enumerate((40, None))]
    poster.plot(records)
    arrows = next(entry for entry in drawn if entry[2] and entry[2].startswith("at least"))
    assert arrows[:2] == ([2], [700])
    points = [entry for entry in drawn if entry[2] is None]
    assert [entry[:2] for entry in points if 40 in entry[1]] == []
    assert (tmp_path / "poster.png").stat().st_size > 10_000


def test_spans(poster):
    assert poster.numbers("1-3,7") == [1, 2, 3, 7]


def records_of(poster, numbers):
    facts = {"train_errors": 1, "test_errors": 2, "seconds": 1.0, "engine": "x"}
    return [
        poster.Record(first=first, seed=seed, digest=network.digest, regions=number, found=number or 7, **facts)
        for (first, seed), (network, number) in numbers.items()
    ]


@pytest.fixture
def counted(poster, tmp_path, monkeypatch):
    """Four records: two small networks, one that was not counted to the end, one with another network's digest."""
    networks = {(4, seed): a_network(seed, (3, 4, 3)) for seed in range(4)}
    box = Box.cube(0, 1, 3)
    numbers = {at: (network, int(count(network, box, engine="exact"))) for at, network in networks.items()}
    numbers[4, 2] = networks[4, 2], None
    numbers[4, 3] = a_network(9, (3, 4, 3)), 1
    monkeypatch.setattr(poster, "RESULTS", tmp_path / "records.json")
    monkeypatch.setattr(poster, "stored", lambda first, seed: networks[first, seed])
    monkeypatch.setattr(poster, "train", lambda first, seed: (networks[first, seed], []))
    poster.store(records_of(poster, numbers))
    return poster


def test_certificates_are_written_once_and_compared(counted, tmp_path, capsys):
    folder = tmp_path / "certificates"
    assert not counted.certify(folder, 1000, again=False)  # because of the last one
    records = counted.load()
    assert [r.certificate is None for r in records] == [False, False, True, True]
    assert [r.certificate_bytes for r in records[:2]] == [(folder / f"4-{s}.cert").stat().st_size for s in (0, 1)]
    assert "4-3: training gave another network" in capsys.readouterr().out
    counted.store(records[:3])
    for path in folder.iterdir():
        path.unlink()
    assert counted.certify(folder, 1000, again=False)
    assert not list(folder.iterdir())  # nothing is left to do
    assert counted.certify(folder, 1000, again=True)
    assert capsys.readouterr().out.count("the same hash") == 2
    counted.store([*records[1:3], counted.replace(records[0], certificate="0" * 64)])
    assert not counted.certify(folder, 1000, again=True)
    assert capsys.readouterr().out.count("ANOTHER HASH") == 1


def test_a_wrong_count_gets_no_certificate(counted, tmp_path):
    wrong = counted.replace(counted.load()[0], regions=3, found=3)
    counted.store([wrong])
    with pytest.raises(InternalError, match="one of them is wrong"):
        counted.certify(tmp_path / "certificates", 1000, again=False)
    assert counted.load() == [wrong]


def test_records_of_before_certificates_are_read(counted):
    entries = json.loads(counted.RESULTS.read_text())
    before = counted.load()
    assert all("certificate" not in entry for entry in entries["records"])
    assert [r.certificate for r in before] == [None] * 4
    assert before[2].regions is None
    for entry in entries["records"]:
        entry.update(certificate=None, certificate_bytes=None)
    counted.RESULTS.write_text(json.dumps(entries))
    assert counted.load() == before


def test_a_stored_network_has_the_certified_number_of_regions(poster, tmp_path, monkeypatch):
    """784-1-21, trained, counted, certified and stored: the certificate is made anew, and is the same file."""
    import hashlib

    from verify.certificate import check, write

    monkeypatch.setattr(poster, "INPUTS", 784)
    record = next(r for r in poster.load() if (r.first, r.seed) == (1, 2))
    network = poster.stored(1, 2)
    assert network.digest == record.digest
    path = tmp_path / "out.cert"
    write(path, network, poster.cube(), record.regions)
    assert check(path).regions == record.regions
    assert path.stat().st_size == record.certificate_bytes
    assert hashlib.sha256(path.read_bytes()).hexdigest() == record.certificate


def test_weights_that_are_stored_belong_to_records(poster, monkeypatch):
    import numpy as np

    monkeypatch.setattr(poster, "INPUTS", 784)
    records = {(r.first, r.seed): r for r in poster.load()}
    with np.load(poster.WEIGHTS) as kept:
        names = [tuple(map(int, name.split("-"))) for name in kept.files]
    assert set(names) >= {at for at, r in records.items() if r.certificate}
    assert len(names) >= 36
    assert all(records[k, seed].certificate for k in range(1, 5) for seed in range(5))
    assert poster.stored(21, 99) is None
    for at in [(1, 0), (3, 1), (5, 4)]:
        assert poster.stored(*at).digest == records[at].digest


def test_weights_are_kept_as_they_are(poster, tmp_path, monkeypatch):
    import numpy as np

    monkeypatch.setattr(poster, "INPUTS", 784)
    monkeypatch.setattr(poster, "WEIGHTS", tmp_path / "weights.npz")
    assert poster.stored(2, 0) is None
    rng = np.random.default_rng(0)
    widths = [784, 2, 20, 10]
    pairs = [
        (rng.integers(-(2**21), 2**21, (m, n)), rng.integers(-(2**21), 2**21, m)) for n, m in itertools.pairwise(widths)
    ]
    poster.keep(2, 0, pairs)
    assert poster.stored(2, 0) == poster.of_multiples(pairs)
