# ---
# jupyter:
#   jupytext:
#     cell_markers: '"""'
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
"""
# 01 What is a linear region?

**Question.** A ReLU network is affine on the pieces of its input space. Do all papers count the same pieces?
"""

# %%
from theory.constructions import CONSTRUCTIONS
from verify import Box, count, partition
from verify.partitions.definitions import DEFINITIONS

corner = CONSTRUCTIONS["separator"].build(function="corner")
corner.network.architecture, [str(claim) for claim in corner.claims]

# %% [markdown]
"""
The network computes max(−y, min(0, −x)) with three units and then two. Its activation regions on a square, drawn from
exact polygons; each color is one activation pattern:
"""

# %%
partition(corner.network, Box([-1, -1], [1, 1]))

# %% [markdown]
"""
The function itself has fewer pieces: neighboring patterns may compute the same affine function. And some patterns
occur only on a line or in a point. So there are several numbers, each of them exact:
"""

# %%
for name in DEFINITIONS:
    regions = count(corner.network, definition=name)
    print(f"{name:11} {regions.value}")

# %% [markdown]
"""
Two more functions separate the definitions that agree here. *Bow*: two cones that touch in a point only. *Hat*:
zero on two half-lines that do not touch.
"""

# %%
for function in ("bow", "hat"):
    network = CONSTRUCTIONS["separator"].build(function=function).network
    print(
        function, {name: count(network, definition=name).value for name in DEFINITIONS}
    )

# %% [markdown]
"""
**Answer.** No. Definitions differ, and small networks tell them apart. Unless a result says otherwise, this toolkit
counts *activation regions*: the inputs that share an activation pattern, if they contain an open set.
`definition=` asks for the others. The inequalities between them hold for every network
(Stargalla, Hertrich, Reichman 2025).
"""
