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
# 06 What trained networks do

**Question.** Bounds are about the best network. How many regions does a trained network have where the data are?
"""

# %%
from fractions import Fraction

from theory.bounds import bracket
from theory.data import digit_images, digits
from verify import Box, Plane, Segment, along
from verify.measure.distance import distances
from verify.slices.planes import across, triangle
from verify.slices.planes.picture import save_picture

network = digits()
images = digit_images()
print(
    network,
    "trained on handwritten digits; at most",
    bracket(network.architecture)[1].value,
    "regions",
)

# %% [markdown]
"""
Along the line from an image of a zero to an image of a seven, exactly:
"""

# %%
cut = along(network, Segment(images[0], images[7]))
print(cut)
for t, units, jump in zip(cut.parameters, cut.units, cut.jumps, strict=True):
    change = "the slope jumps" if jump else "nothing changes"
    print(f"  t = {float(t):.4f}  unit {units[0]}  {change}")

# %% [markdown]
"""
On the triangle between a zero, a one and a seven, and on a larger piece of the same plane; the dots are the images:
"""

# %%
import tempfile

from IPython.display import Image

plane = (images[0], images[1], images[7])
print(across(network, Plane(*plane, triangle())))
patch = across(network, Plane(*plane, Box.cube(-2, 3, 2)))
print(patch)
with tempfile.NamedTemporaryFile(suffix=".png") as picture:
    save_picture(patch, picture.name)
    page = Image(filename=picture.name, width=480)
page

# %% [markdown]
"""
How far each image is from the nearest place where the pattern changes:
"""

# %%
found = distances(network, list(images.values()))
for name, squared, unit in zip(images, found.squared, found.units, strict=True):
    print(f"image of a {name}: distance {float(squared) ** 0.5:.4f}, unit {unit}")

# %% [markdown]
"""
On average over random weights a whole line meets about as many regions as the network has units, whatever the depth
(Hanin and Rolnick 2019). The segments between these images, on average, against 18 units:
"""

# %%
total = 0
names = list(images)
for i, a in enumerate(names):
    for b in names[i + 1 :]:
        total += along(network, Segment(images[a], images[b])).activation
Fraction(total, 3), network.architecture.units

# %% [markdown]
"""
**Answer.** Very few of those that an architecture allows: a handful between two images, hardly more in the triangle
between three. All of these numbers are exact.
"""
