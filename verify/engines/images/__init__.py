"""Counting by images: the regions of later layers are counted once for all cells whose images coincide.

:mod:`~verify.engines.images.run` has the functions to call, :mod:`~verify.engines.images.rule` decides whether a count
by images pays, :mod:`~verify.engines.images.traverse` has the theorem and the count, and
:mod:`~verify.engines.images.image` the canonical form by which images are compared.
"""
