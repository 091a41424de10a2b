"""Numbers of regions that cannot be counted: intervals that contain them with a probability that is proved.

The function to call is in :mod:`~verify.counting.estimates.region_estimate`.  :mod:`~verify.counting.estimates.draws`
has the random numbers whose mean is the number of regions, or less; :mod:`~verify.counting.estimates.confidence`
derives an interval from them that is valid at every moment, and :mod:`~verify.counting.estimates.transcript` keeps them
in a file.
"""
