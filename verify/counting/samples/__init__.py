"""Uniform random regions, from Theorem 1 of Serra et al. read as an algorithm.

The function to call is in :mod:`~verify.counting.samples.region_sample`; :mod:`~verify.counting.samples.nested_bound`
has the bound that a draw walks down, and proves that the draw is uniform; :mod:`~verify.counting.samples.draws` draws.
"""
