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
# 07 The poster reproduced

**Question.** Serra, Tjandraatmadja and Ramalingam trained networks with 22 units in two layers on MNIST, counted
their regions on [0,1]^784 and compared them with the bounds. What comes out when every count is exact?
"""

# %%
import sys
from pathlib import Path

from IPython.display import Image

here = Path.cwd()
checks = next(
    p / "paper_checks"
    for p in (here, *here.parents)
    if (p / "paper_checks" / "ledger.toml").is_file()
)
sys.path.insert(0, str(checks))
import poster_experiment as poster

records = poster.load()
finished = sum(r.regions is not None for r in records)
print(len(records), "trained networks,", finished, "counted, the others estimated")

# %% [markdown]
"""
The stored records of the long run: for each split (k, 22 − k) ten networks, the least and the greatest exact count, how
many were counted, the bound of Theorem 1, and the mean test error. The others have an interval that holds the number
with a confidence of 95 %, from patterns that are drawn at random and decided exactly; so had some that were counted
later.
"""

# %%
print(" k  counted      least    greatest   Theorem 1   test error")
for k, mine in poster.splits_of(records).items():
    counts = [r.regions for r in mine if r.regions is not None]
    wrong = sum(r.test_errors for r in mine) / len(mine) / 10
    print(
        f"{k:2}  {len(counts):7} {min(counts):10} {max(counts):11}"
        f" {poster.bound('serra2018', k):11}   {wrong:8.1f} %"
    )

# %%
both = [r for r in records if r.regions is not None and r.interval]
held = sum(r.interval[0] <= r.regions <= r.interval[1] for r in both)
print(f"{held} of {len(both)} counts lie in the interval that was drawn before")

# %%
Image(filename=str(poster.PICTURE))

# %% [markdown]
"""
Every count and every interval against every bound, and how much of Theorem 1 the networks use: the mean of counts and
of the middles of the intervals.
"""

# %%
for key in poster.BOUNDED_BY:
    holds = all(max(poster.ends(r)) <= poster.bound(key, r.first) for r in records)
    print(f"{key:13} never exceeded: {holds}")
for k, mine in poster.splits_of(records).items():
    middle = sum(sum(poster.ends(r)) for r in mine) / (2 * len(mine))
    share = middle / poster.bound("serra2018", k)
    print(f"k = {k:2}: {100 * share:.0f} % of Theorem 1, {len(mine)} networks")

# %% [markdown]
"""
**Answer.** Narrow first layers are a bottleneck: few regions and large errors, as the bounds predict. Up to five units
the counts rise and the errors fall together. From three to thirteen units all trained networks have less than half of
the regions that Theorem 1 allows; then the means rise to nearly all: a network 784-21-1 has 4 192 256 of at most
4 194 303. Such networks have the most regions, and errors as large as those of one unit in the first layer: a second
layer of one unit is a bottleneck for what can be learned, and none for regions on a cube with 784 inputs. The least
errors are those of about nine to seventeen units. Among the ten networks of one split more regions go with fewer
training errors, but not by much.
"""
