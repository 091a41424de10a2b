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
# 04 Certified counting

**Question.** Why believe a number of regions?
"""

# %%
import tempfile
from pathlib import Path

from theory.constructions import CONSTRUCTIONS
from verify import Box, count
from verify.certificate import check
from verify.checks.self_check import self_check

network = CONSTRUCTIONS["folding"].build("2-4-4").network
square = Box.cube(-1, 1, 2)
folder = tempfile.TemporaryDirectory()
path = Path(folder.name, "folding.cert")
count(network, square, certificate=path)

# %% [markdown]
"""
The count has written a certificate: the claim first, then for every region a rational point inside, and for every
side that contains no region the multipliers that prove it empty. The checker is one file that needs only Python's
standard library and shares no code with the engines. It reads the certificate:
"""

# %%
print(*path.read_text().splitlines()[:3], sep="\n")
print("…")
print(check(path))

# %% [markdown]
"""
A forged claim is not accepted. One more region than there is:
"""

# %%
value = count(network, square).value
forged = Path(folder.name, "forged.cert")
forged.write_text(path.read_text().replace(str(value), str(value + 1), 1))
print(check(forged))

# %% [markdown]
"""
There are cheaper tests as well: exact volumes that must add up, Euler's relation, walls with a cell on either
side, the same network in other coordinates.
"""

# %%
report = self_check(network, square)
print(report.summary)
for line in report.checks[:6]:
    print(" ", line.name, "-", line.outcome)

# %% [markdown]
"""
**Answer.** Because the number comes with a proof, and the program that checks the proof is short enough to read. What
floats propose is always proved; where exact arithmetic cannot decide, the answer is an error, not a number.
"""
folder.cleanup()
