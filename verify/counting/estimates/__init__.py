"""Numbers of regions that cannot be counted: intervals that contain them with a probability that is proved.

====================================================  ==============================================================
:mod:`~verify.counting.estimates.region_estimate`     what to call
:mod:`~verify.counting.estimates.draws`               random numbers whose mean is the number of regions, or less
:mod:`~verify.counting.estimates.parity`              one of these: parity constraints, which a float solver satisfies
:mod:`~verify.counting.estimates.mixed_integer`       the program that this solver is given
:mod:`~verify.counting.estimates.confidence`          from draws to an interval that may be looked at any time
:mod:`~verify.counting.estimates.transcript`          a file of the draws, to go on from and to replay
====================================================  ==============================================================
"""
