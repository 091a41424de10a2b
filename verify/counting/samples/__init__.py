"""Uniform random regions, from Theorem 1 of Serra et al. read as an algorithm."""
