"""Tseran, Montúfar: On the Expected Complexity of Maxout Networks."""

import sampling

from verify import Line, count


def test_far_below_the_maximum() -> None:
    """Random maxout networks along a line: never more than N(K − 1) + 1 regions in one layer, fewer on average."""
    import random

    rng = random.Random(81)
    found = 0
    for _ in range(20):
        net = sampling.dense(rng, [3, 5], rank=4)
        line = Line([rng.randint(-9, 9) for _ in range(3)], [rng.randint(-9, 9) + 20 for _ in range(3)])
        regions = count(net, line).value
        assert regions <= 5 * 3 + 1
        found += regions
    assert found / 20 < 5 * 3
