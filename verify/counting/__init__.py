"""The number of regions: one count, long counts and stored counts, estimates, and uniform random regions."""
