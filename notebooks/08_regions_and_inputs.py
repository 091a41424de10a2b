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
# 08 Regions and inputs

**Question.** Is a typical region like the region of a typical input?
"""

# %%
import math

import numpy as np

from theory import Architecture
from theory.initialization import Initialization
from verify import count, sample

network = Initialization(bias="1/2").draw(
    Architecture.relu(3, 8, 8), np.random.default_rng(0)
)
regions = sample(network, n=200, seed=0)
print(count(network))
print(regions)

# %% [markdown]
"""
Each region was drawn with exactly the same probability, however small it is. A draw gives a region with probability
R/U, here 794/1722; turned around, that is how `linregions estimate` finds R where it is too large to be counted.

Now a thousand standard normal inputs, and the regions that they lie in:
"""

# %%
points = np.random.default_rng(1).normal(size=(1000, 3)).tolist()
met = [network.pattern([str(v) for v in point]) for point in points]
print(len(set(met)), "of the regions are met by", len(met), "inputs")


def active(pattern):
    """Units that are on."""
    return sum(map(sum, pattern))


def slope(pattern):
    """The norm of the gradient of the first output."""
    (row, *_), _ = network.affine_map(pattern)
    return math.sqrt(sum(v * v for v in row))


drawn = [region.pattern for region in regions]
for name, quantity in (("active units", active), ("slope", slope)):
    for who, patterns in (("regions", drawn), ("inputs", met)):
        values = [quantity(pattern) for pattern in patterns]
        print(
            f"{name} over {who}: mean {np.mean(values):.2f}, deviation {np.std(values):.2f}"
        )

# %%
import tempfile

from IPython.display import Image
from matplotlib.figure import Figure

figure = Figure(figsize=(9, 3.4), layout="constrained")
left, right = figure.subplots(1, 2)
for axes, quantity, bins, label in (
    (left, active, np.arange(-0.5, 17.5), "active units, of 16"),
    (right, slope, np.linspace(0, 3, 25), "norm of the gradient"),
):
    for who, patterns, style in (
        ("200 uniform regions", drawn, "stepfilled"),
        ("1000 normal inputs", met, "step"),
    ):
        values = [quantity(pattern) for pattern in patterns]
        axes.hist(
            values,
            bins,
            density=True,
            histtype=style,
            alpha=0.6 if style == "stepfilled" else 1.0,
            label=who,
        )
    axes.set(xlabel=label, ylabel="density")
left.legend()
with tempfile.NamedTemporaryFile(suffix=".png") as file:
    figure.savefig(file.name, dpi=80, metadata={"Software": None})
    picture = Image(file.name, embed=True)
picture

# %% [markdown]
"""
**Answer.** No. A thousand inputs meet fewer than a quarter of the regions. About as many units are on in a region as at
an input, but the network is steeper at inputs (1.34 against 1.09). What is measured at inputs is about inputs; what is
said about regions has to be measured on regions.
"""
