"""Deterministic by default, random when asked: how many examples a test draws, and from which seed.

A test that runs on every push must not fail by chance; a nightly run should draw examples that no run drew before.
Both run the same test; two environment variables make the difference:

* ``LINREGIONS_EXAMPLES``: the number of examples, instead of the test's own;
* ``LINREGIONS_SEED``: the seed instead of 0, any integer, such as the number of the nightly run.

>>> examples_and_seed(200, None, environment={})
(200, 0)
>>> examples_and_seed(200, None, environment={"LINREGIONS_EXAMPLES": "50000", "LINREGIONS_SEED": "1234567"})
(50000, 1234567)
"""

import os
from collections.abc import Mapping

from theory.exact import integer


def examples_and_seed(
    examples: int, seed: int | None, *, environment: Mapping[str, str] = os.environ
) -> tuple[int, int]:
    """The number of examples and the seed: the environment's, otherwise the test's; a seed given by the test stays.

    One that is not an integer, or fewer than 1 examples, raise InvalidInputError.
    """
    number = integer(environment.get("LINREGIONS_EXAMPLES", examples), place="LINREGIONS_EXAMPLES", minimum=1)
    if seed is None:
        seed = integer(environment.get("LINREGIONS_SEED", 0), place="LINREGIONS_SEED")
    return number, integer(seed, place="seed")
