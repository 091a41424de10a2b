"""Numbers of regions that cannot be counted: intervals that contain them with a probability that is proved.

What to call is in :mod:`~verify.counting.estimates.region_estimate`; :mod:`~verify.counting.estimates.draws` has the
random numbers whose mean is the number of regions, or less, and :mod:`~verify.counting.estimates.confidence` leads from
them to an interval that may be looked at any time.
"""
