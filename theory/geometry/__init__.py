"""Exact geometry that bounds, constructions and counts share; every decision is one in rational arithmetic.

* :mod:`~theory.geometry.simplex`: a dictionary that pivots; :mod:`~theory.geometry.feasibility`: what it answers, and
  affine subspaces;
* :mod:`~theory.geometry.polyhedra`: vertices, rays, faces and volumes by double description;
* :mod:`~theory.geometry.arrangement`: flats, and what their poset says about regions;
* :mod:`~theory.geometry.halfspaces`, :mod:`~theory.geometry.region`: the inequalities of an activation pattern, what
  lies behind them, and the region as an object.
"""
