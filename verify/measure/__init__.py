"""Measurements of a given network: distances to its boundaries, their volume, how its outputs vary, local complexity.

=================================  ===============================================================================
:mod:`~verify.measure.distance`    exact distance from points to the nearest boundary or jump of the gradient
:mod:`~verify.measure.boundary`    exact volume of the boundary, or from exact counts along random lines
:mod:`~verify.measure.strata`      where walls meet: counts and exact volumes in every dimension
:mod:`~verify.measure.last_layer`  the exact mean of the number of regions over the last layer's weights
:mod:`~verify.measure.sampling`    means over random networks, with confidence intervals
:mod:`~verify.measure.zonotopes`   the mean number of regions on a box over random networks, without counting
:mod:`~verify.measure.complexity`  local complexity, local rank, exact total variation along segments, over polygons
:mod:`~verify.measure.training`    all of them recorded while a network learns
=================================  ===============================================================================
"""
