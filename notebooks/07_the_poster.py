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
checks = next(p / "paper_checks" for p in (here, *here.parents) if (p / "paper_checks" / "ledger.toml").is_file())
sys.path.insert(0, str(checks))
import poster_experiment as poster

records = poster.load()
len(records), sum(r.regions is not None for r in records)

# %% [markdown]
"""
The stored records of the long run: for each split (k, 22 − k) the exact counts of the networks of several seeds, the
bound of Theorem 1, and the mean test error. A dash: the count did not end within its time.
"""

# %%
print(" k   exact counts                                       Theorem 1   test error")
for k in range(1, poster.UNITS):
    mine = [r for r in records if r.first == k]
    if mine:
        counts = ", ".join("–" if r.regions is None else str(r.regions) for r in mine)
        wrong = sum(r.test_errors for r in mine) / len(mine) / 10
        print(f"{k:2}   {counts:48} {poster.bound('serra2018', k):10}   {wrong:5.1f} %")

# %%
Image(filename=str(poster.PICTURE))

# %% [markdown]
"""
Every exact count against every bound, and how much of Theorem 1 the networks use:
"""

# %%
counted = [r for r in records if r.regions is not None]
for key in poster.BOUNDED_BY:
    print(f"{key:13} never exceeded: {all(r.regions <= poster.bound(key, r.first) for r in counted)}")
for k in sorted({r.first for r in counted}):
    mine = [r.regions for r in counted if r.first == k]
    share = sum(mine) / len(mine) / poster.bound("serra2018", k)
    print(f"k = {k}: {100 * share:.0f} % of Theorem 1 on average of {len(mine)}")

# %% [markdown]
"""
**Answer.** Narrow first layers are a bottleneck: few regions and large errors, as the bounds predict. Trained
networks stay below the bounds, and more regions go with smaller errors. Where the first layer is wide, counts
reach tens of thousands and more; those that did not end are shown as missing, not estimated.
"""
