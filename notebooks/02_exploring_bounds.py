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
# 02 Exploring bounds

**Question.** With a fixed number of units, do more layers give more linear regions?
"""

# %%
import sympy

from theory import Architecture
from theory.bounds import BOUNDS
from theory.bounds.plots import plot_depth
from theory.bounds.tables import bounds_table

BOUNDS["serra2018"]

# %% [markdown]
"""
A bound shows its formula. Called with numbers it gives an exact integer; called with symbols, an expression:
"""

# %%
n = sympy.Symbol("n", integer=True, positive=True)
BOUNDS["serra2018"](Architecture.relu(2, n, n))

# %%
bounds_table(Architecture.parse("2-4-4"))

# %% [markdown]
"""
Sixty units, in one to six layers of equal width. With few inputs the bound of Theorem 1 rises with the number of
layers, with many inputs it falls:
"""

# %%
print(
    "inputs  "
    + "".join(f"{layers} layer{'s' * (layers > 1):4}" for layers in range(1, 7))
)
for inputs in (1, 2, 5, 10, 30, 60):
    values = [
        BOUNDS["serra2018"](Architecture.relu(inputs, *[60 // layers] * layers))
        for layers in range(1, 7)
    ]
    best = max(values)
    print(
        f"{inputs:6}  "
        + "".join(f"{float(v):.1e}{'*' if v == best else ' '}  " for v in values)
    )

# %% [markdown]
"""
The same with sliders, if this notebook runs with widgets; in a page, the picture for 2 inputs and layers of 4 units:
"""

# %%
try:
    import ipywidgets
except ImportError:
    ipywidgets = None


def draw(inputs=2, width=4, layers=8):
    """Upper bounds and, dashed, the best lower bound."""
    return plot_depth(inputs, width, range(1, layers + 1)).figure


if ipywidgets:
    ipywidgets.interact(draw, inputs=(1, 10), width=(1, 32), layers=(2, 20))

# %%
draw()

# %% [markdown]
"""
For many inputs nothing beats one layer: with n0 ≥ N inputs, N units in one layer attain 2^N regions. Several layers of
n units allow only a share, which falls with every layer:
"""
# %%
for layers in range(1, 7):
    deep = BOUNDS["serra2018"](Architecture.relu(4 * layers, *[4] * layers))
    shallow = 2 ** (4 * layers)
    print(layers, "layers of 4 units:", deep, "of", shallow, f"{deep / shallow:.3f}")

# %% [markdown]
"""
Why the best bound is what it is: a region of the first layer with few units on is mapped onto few dimensions, so the
layers behind cannot do much there. How many regions have at most k of m units off? Of m halfplanes at most 1 + m·k,
whatever their directions (`docs/proofs.md`). Here m = 7, and the picture colors regions by the number of units that are
off; with 7 units in the shape of a polygon, each of the numbers below is the greatest possible:
"""

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

from theory import Network
from verify import regions

angles = [2 * math.pi * i / 7 for i in range(7)]
rows = [[round(100 * math.cos(a)), round(100 * math.sin(a))] for a in angles]
layer = Network.relu([(rows, [100] * 7), ([[1] * 7], [0])])
off = [7 - sum(region.pattern[0]) for region in regions(layer)]
print("at most k off:", [sum(level <= k for level in off) for k in range(8)])

x, y = np.meshgrid(np.linspace(-5, 5, 801), np.linspace(-5, 5, 801))
level = sum(a * x + b * y + 100 < 0 for a, b in rows)
figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
axes.imshow(
    level, extent=(-5, 5, -5, 5), origin="lower", cmap="Blues_r", vmin=-1, vmax=5
)
for a, b in rows:
    axes.contour(
        x, y, a * x + b * y + 100, levels=[0], colors="#14213d", linewidths=0.8
    )
_ = axes.axis("off")

# %% [markdown]
"""
For three and more inputs such levels of arrangements make the bound `levels` smaller than all that were published:
"""

# %%
for sizes in ("3-5-5", "3-6-6-6", "6-6-6-6-6-6-6", "10-10-10-10"):
    arch = Architecture.parse(sizes)
    print(
        f"{sizes:14}",
        *(BOUNDS[key](arch) for key in ("serra2018", "hinz2021", "levels")),
    )

# %% [markdown]
"""
From which width on do two, three or four layers beat one, for all larger widths too? Behind the largest root of a
polynomial, an algebraic number, a formula shows it:
"""

# %%
from theory.bounds import depth_pays

for inputs in range(1, 7):
    print(inputs, "inputs:", [depth_pays(inputs, layers).width for layers in (2, 3, 4)])
print([depth_pays(1, layers).root for layers in (2, 3)])

# %% [markdown]
"""
How many units does it take to have a million regions? At least, and enough:
"""

# %%
from theory.bounds import least_units

for inputs in (1, 2, 3, 5):
    print(inputs, "inputs:", *least_units(10**6, inputs)[:2])

# %% [markdown]
"""
Growth per layer is an integer for equal widths, an algebraic number for others, and so is growth per unit:
"""

# %%
from theory.bounds import rate_per_layer

for widths in (4, 6, (5, 6), (4, 2)):
    rates = [rate_per_layer(widths, 6, "levels", unit=unit) for unit in (False, True)]
    print(widths, *rates, f"{float(rates[1]):.4f}")

# %% [markdown]
"""
Two bounds compared, for many layers of six units and for two wide layers:
"""

# %%
from theory.bounds import ratio_in_depth, ratio_in_width

print(ratio_in_depth("levels", "hinz2021", 6, 6))
print([ratio_in_width("montufar2014", "levels", inputs, 2) for inputs in (1, 2, 3)])

# %% [markdown]
"""
**Answer.** It depends on the number of inputs. Few inputs favor many layers, exponentially so. With at least as many
inputs as units, one layer is best, and that is a theorem about all networks, since the shallow one attains its bound.
"""
