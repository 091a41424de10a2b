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
# 03 Constructions and tightness

**Question.** An upper bound says "at most". How many regions does a network really reach?
"""

# %%
from theory import Architecture
from theory.bounds import bracket
from theory.constructions import CONSTRUCTIONS, best
from verify import Box, count
from verify.partition import partition

montufar = CONSTRUCTIONS["montufar"].build("2-4-4")
print(montufar)

# %% [markdown]
"""
The first layer folds the square onto itself four times, so what the second layer draws appears four times:
"""

# %%
square = Box.cube(0, 1, 2)
partition(montufar.network, square)

# %%
print("claimed", montufar.claim)
print("counted", count(montufar.network, square))
print("counted", count(montufar.network))

# %% [markdown]
"""
The theorem speaks of the square; on the whole plane the same network has more. Better folds give more again. For
each architecture: the best lower bound, the best network here, counted exactly on the whole space, and the least
upper bound.
"""

# %%
for sizes in ("1-4-4", "1-2-2", "2-4-4", "2-3-3", "2-6-6", "3-4-4"):
    arch = Architecture.parse(sizes)
    lower, upper = bracket(arch)
    network = best(arch).network
    print(
        f"{sizes:6} at least {lower.value:4}   {best(arch).name:9} {count(network).value:4}   at most {upper.value:4}"
    )

# %% [markdown]
"""
**Answer.** For one input and layers of at least three units, all of them: the maximum is known. For most other
architectures there is a gap between what is built and what is proved impossible, even for eight units on two inputs.
Every entry in the middle is a network that can be counted again.
"""
