"""Streltsova, Wagner: Sublevels in Arrangements and the Spherical Arc Crossing Number of Complete Graphs."""

from arrangement_families import FAMILIES
from arrangement_tails import greatest_tails

from theory.bounds.hinz import level_tails


def test_levels_of_three_units_more_than_inputs() -> None:
    for n in (1, 2, 3):  # and the hyperplane at infinity: n + 4 hemispheres of the sphere S^n
        most = level_tails(n, n + 3)
        found = [greatest_tails(FAMILIES["cyclic"].build(n + 3, n))]
        found += [greatest_tails(FAMILIES["generic"].build(n + 3, n, seed=seed)) for seed in range(6)]
        assert all(a <= b for tails in found for a, b in zip(tails, most, strict=True))
        assert n == 3 or list(map(max, zip(*found, strict=True))) == list(most)
