"""Exact geometry that bounds, constructions and counts share: polyhedra, arrangements, regions."""
