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

from theory import Architecture, Network
from theory.data import digit_images, digits
from theory.exact import rank
from theory.geometry.region import Region
from theory.initialization import Initialization
from verify import Box, count, sample

random = Initialization(bias="1/2").draw(
    Architecture.relu(3, 8, 8), np.random.default_rng(0)
)
cube = Box.cube(-2, 2, 3)
regions = sample(random, cube, n=300, seed=0)
print(count(random, cube))
print(regions)

# %% [markdown]
"""
Each region was drawn with exactly the same probability, however small it is. A draw gives a region with probability
R/U, R the regions and U the bound; turned around, that is how `linregions estimate` finds R where it is too large to
be counted.

The second network was trained: a classifier 64-10-8 of handwritten digits, on the plane through three images,
*a* + *s*(*b* − *a*) + *t*(*c* − *a*) with −1 ≤ *s*, *t* ≤ 2.
"""

# %%
trained = digits().on_plane(*digit_images().values())
square = Box.cube(-1, 2, 2)
pictures = sample(trained, square, n=300, seed=0)
print(count(trained, square))
print(pictures)

# %% [markdown]
"""
Now inputs: a thousand uniform points of the cube, and a thousand uniform mixtures of the three images, where *s*, *t*
and 1 − *s* − *t* are positive. They meet these regions:
"""


# %%
def regions_at(network, domain, points):
    """The region of each point, the same object for the same pattern."""
    known = {}
    patterns = [network.pattern([str(v) for v in point]) for point in points]
    for pattern in patterns:
        if pattern not in known:
            known[pattern] = Region(network, pattern, domain.rows)
    print(len(known), "of the regions are met by", len(points), "inputs")
    return [known[pattern] for pattern in patterns]


generator = np.random.default_rng(1)
met = regions_at(random, cube, generator.uniform(-2, 2, size=(1000, 3)).tolist())
mixtures = generator.dirichlet((1, 1, 1), size=1000)[:, 1:].tolist()
mixed = regions_at(trained, square, mixtures)

# %%
print("volumes of the 300 regions: the smallest, the middle, the largest")
for some in (regions, pictures):
    volumes = sorted(float(region.volume()) for region in some)
    print(f"{volumes[0]:.1e} {volumes[150]:.1e} {volumes[-1]:.1e}")

# %% [markdown]
"""
Four numbers for each region: the units that are on, the volume, the rank of the last hidden layer, and the norm of the
gradient (for the classifier, of the matrix that maps the plane to its ten outputs).
"""


# %%
def active(region):
    """Units that are on."""
    return sum(map(sum, region.pattern))


def volume(region):
    """The power of ten of the volume; exact before the logarithm is taken."""
    size = region.volume()
    return math.log10(size.numerator) - math.log10(size.denominator)


def image(region):
    """How many dimensions the outputs of the last hidden layer have on the region."""
    slopes, _ = Network(region.network.hidden).affine_map(region.pattern)
    return rank(slopes)


def slope(region):
    """The norm of the gradient, of all outputs together."""
    slopes, _ = region.affine_map
    return math.sqrt(sum(v * v for row in slopes for v in row))


quantities = {
    "active units": active,
    "log10 of the volume": volume,
    "rank": image,
    "norm of the gradient": slope,
}
cases = {
    "random 3-8-8 in a cube": (regions, met),
    "digits, plane of three images": (pictures, mixed),
}
values = {}
for case, (drawn, inputs) in cases.items():
    print(case)
    for label, quantity in quantities.items():
        known = {region.pattern: quantity(region) for region in [*drawn, *inputs]}
        over = [[known[region.pattern] for region in some] for some in (drawn, inputs)]
        values[case, label] = over
        (a, b), (c, d) = [(np.mean(some), np.std(some)) for some in over]
        print(f"  {label:20} regions {a:6.2f} ± {b:.2f}   inputs {c:6.2f} ± {d:.2f}")

# %%
import tempfile

from IPython.display import Image
from matplotlib.figure import Figure

figure = Figure(figsize=(12, 5.4), layout="constrained")
grid = figure.subplots(2, 4)
for row, case in zip(grid, cases, strict=True):
    for axes, label in zip(row, quantities, strict=True):
        over = values[case, label]
        low, high = min(map(min, over)), max(map(max, over))
        whole = label in ("active units", "rank")
        bins = np.arange(low - 0.5, high + 1) if whole else np.linspace(low, high, 25)
        for who, some in zip(("uniform regions", "inputs"), over, strict=True):
            style = "stepfilled" if who == "uniform regions" else "step"
            shade = 0.6 if style == "stepfilled" else 1.0
            axes.hist(some, bins, density=True, histtype=style, alpha=shade, label=who)
        axes.set(xlabel=label)
        axes.xaxis.get_major_locator().set_params(integer=True)
    row[0].set(ylabel=case)
grid[0, 0].legend()
with tempfile.NamedTemporaryFile(suffix=".png") as file:
    figure.savefig(file.name, dpi=80, metadata={"Software": None})
    picture = Image(file.name, embed=True)
picture

# %% [markdown]
"""
**Answer.** No. A thousand inputs of the cube meet less than a third of the regions, since they meet a region with a
probability proportional to its volume, and volumes differ by nine orders of magnitude: in the geometric mean the region
of an input is 200 times as large as a region. It is steeper, too (1.40 against 1.06); ranks hardly differ. Between
images the trained network has 17 of its 18 units on, and 14 in a region of the plane, with a gradient of 54 against 39.
What is measured at inputs is about inputs; what is said about regions has to be measured on regions.
"""
