"""The largest number of regions of an architecture: best known networks, records, search, comparison with bounds."""
