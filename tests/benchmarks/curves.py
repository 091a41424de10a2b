"""How the engine grows: time per region against width and against inputs, memory against the number of regions.

    python tests/benchmarks/curves.py [--quick] [--write]

draws curves.png (with matplotlib) and prints the numbers in it.  Time is processor time of ``verify.count``, including
the preparation of the network; memory is the peak of the whole process, interpreter and compiler included.
"""

import argparse
from pathlib import Path

from peers import BOX
from report import grouped, machine, publish, seconds, table
from workers import Worker

PICTURE = Path(__file__).with_name("curves.png")
WIDTHS = (16, 32, 64, 128, 256, 512)
INPUTS = (2, 3, 4, 5, 6, 7, 8)
RADII = ("1/64", "1/16", "1/4", "1", "4", "64")
FIXED = [5, 12, 12, 1]


def measured(cases, limit):
    """The answers to (network, domain), asked of one fresh process in this order, up to the first that is too slow."""
    worker = Worker("linregions")
    answers = []
    for network, domain in cases:
        answers.append(worker.ask(network, domain, limit))
        if "count" not in answers[-1]:
            answers.pop()
            break
    worker.close()
    return answers


def draw(widths, inputs, memory):
    """The three panels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    style = {"color": "#1f4e79", "marker": "o", "markersize": 5, "linewidth": 1.5}
    micro = [[1e6 * a["processor"] / a["count"] for a in answers] for answers in (widths, inputs)]
    left.semilogx(WIDTHS[: len(widths)], micro[0], **style)
    left.set(title="2-w-w-1 on [-1,1]²", xlabel="width w", ylabel="µs per region")
    left.set_xticks(WIDTHS[: len(widths)], [str(w) for w in WIDTHS[: len(widths)]])
    middle.plot(INPUTS[: len(inputs)], micro[1], **style)
    middle.set(title="d-12-12-1 on [-1,1]^d", xlabel="inputs d", ylabel="µs per region")
    lighter = style | {"color": "#c26a1b", "marker": "s", "linestyle": "none"}
    right.semilogx([a["count"] for a in memory], [a["megabytes"] for a in memory], **style, label="[-r,r]^5 growing")
    right.semilogx([a["count"] for a in inputs], [a["megabytes"] for a in inputs], **lighter, label="d = 2 … 8")
    right.set(title="d-12-12-1", xlabel="regions", ylabel="peak memory of the process, MB")
    right.legend(frameon=False, loc="lower right")
    tops = (*map(max, micro), max(a["megabytes"] for a in memory + inputs))
    for axes, top in zip((left, middle, right), tops, strict=True):
        axes.set_ylim(0, 1.25 * top)
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURE, dpi=110)


def main():
    """Measure, draw and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="shorter curves")
    parser.add_argument("--write", action="store_true", help="draw the picture and put the table into the README")
    options = parser.parse_args()
    limit = 5 if options.quick else 60
    widths = measured([({"he": [2, w, w, 1]}, BOX) for w in WIDTHS], limit)
    inputs = measured([({"he": [d, 12, 12, 1]}, BOX) for d in INPUTS], limit)
    memory = measured([({"he": FIXED}, [f"-{r}", r]) for r in RADII], limit)
    if options.write:
        draw(widths, inputs, memory)
    lines = []
    for names, answers in (
        ([f"2-{w}-{w}-1 on [-1,1]^2" for w in WIDTHS], widths),
        ([f"{d}-12-12-1 on [-1,1]^{d}" for d in INPUTS], inputs),
        ([f"{'-'.join(map(str, FIXED))} on [-{r},{r}]^{FIXED[0]}" for r in RADII], memory),
    ):
        for name, a in zip(names, answers, strict=False):
            each = f"{1e6 * a['processor'] / a['count']:.3g} µs"
            lines.append([name, grouped(a["count"]), seconds(a["processor"]), each, f"{a['megabytes']:.0f} MB"])
    head = ["network and domain", "regions:", "time:", "per region:", "peak memory:"]
    publish("curves", "\n\n".join([machine(["linregions"]), table(head, lines)]), write=options.write)


if __name__ == "__main__":
    main()
