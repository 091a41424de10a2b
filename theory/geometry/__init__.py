"""Exact geometry that bounds, constructions and counts share; every decision is one in rational arithmetic."""
