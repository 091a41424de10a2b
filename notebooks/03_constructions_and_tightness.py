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
from theory.constructions import CONSTRUCTIONS
from verify import Box, count, partition

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
The theorem is about the square; on the whole plane the same network has more regions. Better folds give more still. For
each architecture: the best lower bound, the best network here, counted exactly on the whole space, and the least
upper bound.
"""

# %%
from verify.maxima.best_known import tightness_table

tightness_table(
    ["1-4-4", "1-2-2-2", "2-3-2", "2-3-3", "2-4-4", "2-6-6", "3-4-4", "3-9-9"]
)

# %% [markdown]
"""
Depth is no obstacle to an exact count. What later layers do inside a cell depends only on its image, and a fold maps
many cells onto the same image; so each image is counted once. Fifty layers of eight units, exactly, beside the least
upper bound, in the square of the theorem and on the whole plane, where there are more:
"""

# %%
from theory.bounds import BOUNDS
from theory.text import scientific

for family in ("montufar", "serra"):
    for depth in (5, 50, 100):
        deep = CONSTRUCTIONS[family].build("2" + "-8" * depth)
        inside, everywhere = count(deep.network, square), count(deep.network)
        assert all(
            claim.holds(int(inside if claim.domain else everywhere))
            for claim in deep.claims
        )
        bound = BOUNDS["hinz2021"](deep.network.architecture)
        print(
            f"{family:8} {depth:3} layers: {scientific(int(inside))} in the square,",
            f"{scientific(int(everywhere) - int(inside))} more on the plane,",
            f"at most {scientific(int(bound))}",
        )

# %% [markdown]
"""
The checker verifies such a number, too, since the certificate proves once what cells with the same image share:
"""

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

from verify.certificate import check

deep = CONSTRUCTIONS["montufar"].build("2" + "-8" * 20)
with TemporaryDirectory() as folder:
    proof = Path(folder) / "deep.cert"
    count(deep.network, square, certificate=proof)
    print(check(proof), "in a file of", proof.stat().st_size, "bytes")

# %% [markdown]
"""
Regions and walls of the fold, as a graph: a dot for each region, a line for each wall between two, dark for walls of
the first layer, red for the second. The fold draws the same small partition four times.
"""

# %%
import matplotlib.pyplot as plt
import networkx as nx

from verify import dual_graph

graph = dual_graph(montufar.network, square)
inside = {
    pattern: tuple(map(float, node["witness"]))
    for pattern, node in graph.nodes(data=True)
}
places = nx.kamada_kawai_layout(graph, pos=inside)
inks = [
    "#14213d" if data["layer"] == 1 else "#d1495b"
    for *_, data in graph.edges(data=True)
]
figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
nx.draw_networkx_edges(graph, places, ax=axes, edge_color=inks, width=1.3)
nx.draw_networkx_nodes(
    graph, places, ax=axes, node_size=36, node_color="#14213d", edgecolors="white"
)
axes.set_aspect("equal")
axes.axis("off")
print(
    graph.number_of_nodes(), "regions,", graph.number_of_edges(), "walls between them"
)

# %% [markdown]
"""
Narrow layers are another matter. What one unit can cut behind two or three hyperplanes, and where two units can cross,
is a finite question (`theory.bounds.rigid`), and its answers are attained: every row of two or three units is exact.
Above it, networks found by search come closest. The map shows the share of the least upper bound that is attained.
"""

# %%
from verify.maxima.best_known import two_layers
from verify.maxima.heat_map import plot_heat_map

page = plot_heat_map(list(two_layers(2, 6).values()), 2, 6)
page

# %%
from theory.records import records
from verify.maxima.records import records_table

print(len(records()), "records; those of two layers behind two inputs:")
records_table(
    record for arch, record in records().items() if arch.inputs == 2 and arch.depth == 2
)

# %% [markdown]
"""
Networks with many regions are rare: noise on the weights of a sawtooth destroys them, though the slightest noise adds
some.
"""

# %%
import sys

sys.path.append("../paper_checks")  # beside the check of Hanin and Rolnick's claim
from perturbation import collapse, collapse_table

collapse_table(collapse(depths=(4, 8), noises=("0", "1/1000", "1/10", "1/2"), draws=5))

# %% [markdown]
"""
**Answer.** For one input and layers of at least three units, all of them: the maximum is known. For two layers it is
known, too, where the first has no more units than inputs, or up to five on two inputs.
For most other architectures there is a gap between what is
built or found and what is proved impossible. Every network here can be counted again, and the records carry
certificates.
"""
