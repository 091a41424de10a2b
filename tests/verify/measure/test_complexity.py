"""Local complexity: closed forms, brute-force noise with exact breakpoints, its bounds, ranks and variation."""

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from variation_bounds import lipschitz_after

from theory import ABS, IDENTITY, Architecture, Layer, Network
from theory.data import digit_images, digits
from theory.errors import InvalidInputError, UnsupportedError
from theory.formats import save
from theory.initialization import Initialization
from theory.local_complexity import density_bounds
from verify import Box, Plane, Segment
from verify.measure.complexity import gradient_mean, local_complexity, local_ranks, total_variation


def normal_density(z: float, sigma: float) -> float:
    return math.exp(-0.5 * (z / sigma) ** 2) / (math.sqrt(2 * math.pi) * sigma)


def test_one_layer_is_the_closed_form() -> None:
    network = Network.relu([([[3, 4], [0, 1], [1, 0]], [1, "-1/2", 2]), ([[1, 1, 0]], [0])])
    points = [[0, 0], [1, "1/2"]]
    found = local_complexity(network, points, sigma="1/2")
    expected = np.mean(
        [5 * normal_density(3 * x + 4 * y + 1, 0.5) + normal_density(y - 0.5, 0.5) for x, y in ((0, 0), (1, 0.5))]
    )
    assert found.value.mean == pytest.approx(expected)
    assert found.value.high - found.value.low == pytest.approx(0)
    every = local_complexity(network, points, sigma="1/2", good_only=False)  # the third unit has no way out
    assert every.value.mean - expected == pytest.approx(np.mean([normal_density(2, 0.5), normal_density(3, 0.5)]))


def test_total_variation_by_hand_and_over_polygons() -> None:
    cross = Network.relu([([[1, 0], [0, 2]], [0, 0]), ([[1, 1], [0, 1]], [0, 0])])
    assert total_variation(cross, Segment([-1, 0], [3, 0])).exact == 3
    # gradients: nothing, (1,0), rows (0,2) and (0,2), and both together, on four unit squares
    found = total_variation(cross, Box([-1, -1], [1, 1]))
    assert found.terms == {Fraction(1): 1, Fraction(8): 1, Fraction(9): 1}
    random = Initialization(outputs=1).draw(Architecture.relu(2, 5, 4), 3)
    n, total = 60, 0.0
    for i, j in itertools.product(range(n), repeat=2):
        point = [Fraction(2 * i + 1, n) - 1, Fraction(2 * j + 1, n) - 1]
        (gradient,) = random.affine_map(random.pattern(point))[0]
        total += math.hypot(*map(float, gradient)) * 4 / n**2
    assert float(total_variation(random, Box([-1, -1], [1, 1]))) == pytest.approx(total, rel=0.02)
    with pytest.raises(InvalidInputError, match="segments and over polygons"):
        total_variation(digits(), Plane(*digit_images().values(), Box([0, 0], [1, 1])))


def test_local_ranks_are_exact() -> None:
    images = list(digit_images().values())
    ranks = local_ranks(digits(), images)
    active = [Fraction(sum(sum(digits().pattern(x)[layer]) for x in images), 3) for layer in (0, 1)]
    assert all(0 < rank <= bound for rank, bound in zip(ranks, active, strict=True))
    bottleneck = Network.relu([([[1, 1], [2, 2]], [3, 3]), ([[1, 0], [0, 1], [1, 1]], [1, 1, 1]), ([[1, 1, 1]], [0])])
    assert local_ranks(bottleneck, [[0, 0], [-10, 0]]) == [Fraction(1, 2), Fraction(1, 2)]


def test_constants_of_the_statements() -> None:
    least, greatest = density_bounds("1/2", 1)
    assert float(greatest) == pytest.approx(normal_density(0, 0.5))
    assert float(least) == pytest.approx(normal_density(1, 0.5))
    with pytest.raises(InvalidInputError, match="not positive"):
        density_bounds(0, 1)
    network = Network([Layer([[1]], [0], ABS), Layer([[3], [4]], [0, 0]), Layer([[1, 2]], [0], IDENTITY)])
    assert float(lipschitz_after(network, 1)) == pytest.approx(5 * math.sqrt(5))
    assert float(lipschitz_after(network, 2)) == pytest.approx(2)
    with pytest.raises(InvalidInputError, match="hidden layers 1 to 2"):
        lipschitz_after(network, 3)
    with pytest.raises(UnsupportedError, match="ReLU"):
        local_complexity(network, [[0]])
    for mean in (local_complexity, local_ranks, gradient_mean):
        with pytest.raises(InvalidInputError, match="at least one point"):
            mean(digits(), [])
    one = Network.relu([([[3, 4]], [0]), ([[1]], [0])])
    for sigma in (Fraction(1, 10**400), 10**400):
        with pytest.raises(UnsupportedError, match="sigma is not between"):
            local_complexity(one, [[0, 0]], sigma=sigma)
    assert local_complexity(one, [[0, 0]], reach=10**400).lower[0].mean == 0.0


def test_the_command(run, tmp_path) -> None:
    options = ["digits", "--draws", "3", "--sigma", "1/4"]
    record = json.loads(run("complexity", "digits", *options, "--json", "--plot", str(tmp_path / "c.png")).out)
    found = local_complexity(digits(), list(digit_images().values()), sigma="1/4", draws=3)
    assert record["complexity"]["mean"] == found.value.mean
    assert [layer["complexity"]["mean"] for layer in record["layers"]] == [v.mean for v in found.layers]
    assert (tmp_path / "c.png").stat().st_size > 1000
    assert "local complexity of 64-10-8 on 3 points" in run("complexity", "digits", *options).out
    for arguments, words in ((["digits", "--sigma", "0"], "not positive"), (["nowhere.csv"], "nowhere.csv")):
        assert words in run("complexity", "digits", *arguments, code=2).err
    save(Network.relu([([[0]], [0]), ([[1]], [0])]), tmp_path / "flat.json")
    (tmp_path / "points.csv").write_text("0")
    run("complexity", tmp_path / "flat.json", tmp_path / "points.csv", "--draws", 2, "--plot", tmp_path / "flat.png")
    assert (tmp_path / "flat.png").stat().st_size > 1000


def test_local_ranks_do_not_depend_on_the_prime() -> None:
    """Weights that vanish modulo the prime, dead units, and rows that depend on each other."""
    prime = 2**61 - 1
    unlucky = Network.relu([([[prime, 0], [0, 1]], [0, 0]), ([[1, prime], [1, 2 * prime]], [0, 0]), ([[1, 1]], [0])])
    assert local_ranks(unlucky, [[1, 1]]) == [2, 2]
    assert local_ranks(unlucky, [[1, -1], [-1, -1]]) == [Fraction(1, 2), Fraction(1, 2)]
    double = Network.relu([([[1, 2], [2, 4], [1, 0]], [0, 0, 0]), ([[1, -1, 0], [0, 0, 1]], [9, 0]), ([[1, 1]], [0])])
    assert local_ranks(double, [[1, 1]]) == [2, 2]
    assert local_ranks(double, [["-1/2", 1]]) == [1, 1]


@pytest.mark.parametrize("entries", [1, 200, 10**6])
def test_many_points_at_once_are_the_mean_of_each(monkeypatch, entries) -> None:
    network = Initialization(bias=Fraction(1, 2)).draw(Architecture.relu(3, 6, 5), 1)
    rng = np.random.default_rng(4)
    points = [[Fraction(int(v), 4) for v in row] for row in rng.integers(-6, 7, (7, 3))]
    monkeypatch.setattr("verify.measure.complexity._ENTRIES", entries)
    together = local_complexity(network, points, sigma="1/2", draws=3)
    alone = [local_complexity(network, [p], sigma="1/2", draws=3) for p in points]
    assert together.value.mean == pytest.approx(np.mean([a.value.mean for a in alone]))
    assert together.value.mean == pytest.approx(sum(v.mean for v in together.layers))
    for part in ("layers", "upper", "lower"):
        for i, found in enumerate(getattr(together, part)):
            assert found.mean == pytest.approx(np.mean([getattr(a, part)[i].mean for a in alone]))
