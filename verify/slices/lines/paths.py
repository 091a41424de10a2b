"""Open paths: which units the outputs depend on.

A path from a unit to an output is open where every unit on the way takes a piece of non-zero slope and every weight on
the way is not 0 (Hanin, Rolnick 2019, call such a unit good).  Where no unit that bends has an open path, the outputs
do not bend.
"""

from collections.abc import Sequence

import numpy as np

from verify.slices.prepared import Bools, Ints, Prepared


def open_units(network: Prepared, pieces: Sequence[Ints], columns: int) -> list[Bools]:
    """For each hidden layer, units × regions: whether a path of non-zero weights leads from the unit to an output.

    ``pieces`` are units × regions for each hidden layer, ``columns`` is the number of regions.
    """
    result: list[Bools] = []
    reach = np.ones((network.layers[-1].layer.rows, columns), dtype=np.float32)
    for number in range(len(network.hidden) - 1, -1, -1):
        after, layer = network.layers[number + 1], network.layers[number]
        open_units = (after.connected.T @ reach) > 0
        result.insert(0, open_units)
        taken = pieces[number]
        rows = np.zeros((layer.layer.rows, columns), dtype=np.float32)
        passes = open_units & (np.take_along_axis(layer.slope, taken, axis=1) != 0)
        np.put_along_axis(rows, np.take_along_axis(layer.output_row, taken, axis=1), passes, axis=0)
        reach = rows
    return result
