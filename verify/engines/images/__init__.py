"""Counting by images: the regions of later layers are counted once for all cells whose images coincide.

:mod:`~verify.engines.images.traverse` has the theorem and the count, :mod:`~verify.engines.images.run` what to call.
"""
