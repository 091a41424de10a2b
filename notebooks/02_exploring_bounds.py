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
**Answer.** It depends on the number of inputs. Few inputs favor many layers, exponentially so. With at least as many
inputs as units, one layer is best, and that is a theorem about all networks, since the shallow one attains its bound.
"""
