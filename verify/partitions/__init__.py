"""The cells of a network as objects: regions, dual graph, planar partitions, the six definitions of "region"."""
