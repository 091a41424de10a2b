"""Counting by images: the regions of later layers are counted once for all cells whose images coincide.

* :mod:`~verify.engines.images.image`: the image of a cell in canonical form;
* :mod:`~verify.engines.images.cells`: the cells of one layer inside an image;
* :mod:`~verify.engines.images.line`: images of one dimension, all intervals on a line at once;
* :mod:`~verify.engines.images.blocks`: coordinates that are still independent;
* :mod:`~verify.engines.images.last_layer`: the last layer, without its cells;
* :mod:`~verify.engines.images.traverse`: the count;
* :mod:`~verify.engines.images.kept`: its state, from which a later count goes on.
"""
