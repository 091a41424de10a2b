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
# 05 Refuting a conjecture

**Question.** Here is a formula for the maximal number of regions. Is it true?
"""

# %%
import tempfile

from verify import refute

folder = tempfile.TemporaryDirectory()  # counterexamples are written there

# %% [markdown]
"""
A guess: every layer multiplies, so Π (n_l + 1) regions are the most a network can have.
"""

# %%
verdict = refute("prod(m + 1 for m in n)", "upper", budget=20, folder=folder.name)
found = verdict.counterexample
print("refuted:", verdict.refuted)
print(f"{found.architecture}: claimed {found.claimed},", end=" ")
print(f"but a network has {found.count} regions")
print(found.snippet)

# %% [markdown]
"""
A theorem as it was once printed for maxout networks of rank k, Π Σ_{j ≤ d_l} C(k − 1, j)·n_l: the toolkit keeps such
statements, marked as refuted, with their counterexample.
"""

# %%
from theory.bounds import BOUNDS

printed = BOUNDS["serra2018_maxout_printed"]
print(printed.counterexample)

# %% [markdown]
"""
And a statement that is true. Nothing is found, and the verdict says what was tried; it does not say "proved".
"""

# %%
verdict = refute("serra2018 <= montufar2017", examples=500, folder=folder.name)
print("refuted:", verdict.refuted)
print(str(verdict).splitlines()[-1])
folder.cleanup()

# %% [markdown]
"""
**Answer.** If it is false, there is often a very small counterexample, and it is found in seconds: a network whose
regions can be counted by hand. If nothing is found, that is not a proof.
"""
