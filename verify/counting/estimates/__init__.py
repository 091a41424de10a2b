"""Numbers of regions that cannot be counted: intervals that contain them with a probability that is proved.

The function to call is in :mod:`~verify.counting.estimates.region_estimate`.
"""
