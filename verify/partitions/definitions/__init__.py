"""The six meanings of "linear region", each counted exactly.

=================  ====  =====================================================================================
``definition=``     name  what is counted, on the open domain K
=================  ====  =====================================================================================
``"patterns"``     R1    activation patterns that occur, thin ones included (on the closure of K)
``"activation"``   R2    activation regions: patterns that occur on an open set
``"convex"``       R3    full-dimensional cells of the coarsest polyhedral complex with f affine on each cell
``"linear"``       R4    linear regions: maximal connected open sets on which f is affine
``"closed"``       R5    components with interior of the sets {f = g}, g an affine piece
``"affine"``       R6    affine pieces: distinct affine maps that f equals on an open set
=================  ====  =====================================================================================

R6 ≤ R5 ≤ R4 ≤ R3 ≤ R2 ≤ R1 for every network, and each can be strict (Stargalla, Hertrich, Reichman 2025).
R1 and R2 are properties of the network, the others of the function f that it computes, all outputs together.
"""

from verify.partitions.definitions.definition import DEFINITIONS, Definition, definition_named

__all__ = ["DEFINITIONS", "Definition", "definition_named"]
