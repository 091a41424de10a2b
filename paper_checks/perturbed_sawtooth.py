"""Perturbed sawtooths, after Figure 3 of Hanin and Rolnick (2019): how many teeth does noise leave?

    python paper_checks/perturbed_sawtooth.py    # prints the table, draws perturbed_sawtooth.png, about a minute

Twenty draws for each depth and noise, seeded; every count is exact.
"""

from __future__ import annotations

from pathlib import Path

from perturbation import collapse, collapse_table, plot_collapse

from verify.drawing import save_figure

PICTURE = Path(__file__).with_name("perturbed_sawtooth.png")

if __name__ == "__main__":
    rows = collapse()
    print(collapse_table(rows))
    save_figure(plot_collapse(rows), PICTURE)
    print(f"\n{PICTURE.name}: drawn")
