"""Uniform random regions, from Theorem 1 of Serra et al. read as an algorithm.

====================================================  ==============================================================
:mod:`~verify.counting.samples.region_sample`         what to call
:mod:`~verify.counting.samples.nested_bound`          the bound that a draw walks down, and why the draw is uniform
:mod:`~verify.counting.samples.draws`                 one draw
:mod:`~verify.counting.samples.stream`                random bits that another program can draw again
====================================================  ==============================================================
"""
