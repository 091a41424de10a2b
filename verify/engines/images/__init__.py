"""Counting by images: the regions of later layers are counted once for all cells whose images coincide."""
