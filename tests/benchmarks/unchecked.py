"""What exactness costs: the engine against a copy of itself that believes every float.

    python tests/benchmarks/unchecked.py [--quick] [--write]

The copy is made when it is needed: the sources of the package ``verify``, in which the functions of
:mod:`float_only` stand in the place of their namesakes, under a name that is a digest of both.  It is compiled by the
same decorator with the same options, into a cache of its own, and run in a process of its own.  Timed is the compiled
traversal alone: the Python that prepares its arrays is common to both and would flatter the ratio.
"""

import argparse
import ast
import hashlib
import json
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from counters import NETWORKS
from peers import BOX, SECOND_HAND, SIDE_BY_SIDE, outcome, title
from report import grouped, machine, publish, seconds, table, times
from workers import Worker, interleaved

DEGENERATE = [({kind: shape}, "space") for kind in ("concurrent", "echo") for shape in ([2, 24], [3, 12], [4, 10])]
"""Networks with weights of full length on which hyperplanes meet as only exact arithmetic can see."""

FLOAT_ONLY = Path(__file__).with_name("float_only.py")


def functions(source):
    """Name → its node in the syntax tree, for the functions of a module."""
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


def spliced(modules):
    """The sources of the engine with the float functions in place; name of the module → source.

    A function keeps the signature that it has in the engine; the body may use no other arguments.
    """
    plain = functions(FLOAT_ONLY.read_text(encoding="utf-8"))
    result = {}
    for name, source in modules.items():
        tree = ast.parse(source)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in plain:
                other = plain.pop(node.name)
                unknown = {a.arg for a in other.args.args} - {a.arg for a in node.args.args}
                if unknown:
                    raise SystemExit(f"{name}: {node.name} has no argument {', '.join(unknown)}; see float_only.py")
                node.body = other.body
        result[name] = ast.unparse(tree)
    if plain:
        raise SystemExit(f"the engine has no function {', '.join(plain)}; bring float_only.py up to date")
    return result


def engine_sources():
    """Path in the package ``verify`` → source."""
    package = Path(find_spec("verify").origin).parent
    return {path.relative_to(package): path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}


def engine_only(files):
    """The files of the engine."""
    return {path: text for path, text in files.items() if path.parts[0] == "engines"}


def install():
    """Put the copy in front of everything that this process is going to import."""
    files = engine_sources()
    files |= spliced(engine_only(files))
    digest = hashlib.sha256("".join(files.values()).encode()).hexdigest()[:16]
    home = Path(tempfile.gettempdir()) / f"linregions-unchecked-{digest}"
    for name, text in files.items():
        path = home / "verify" / name
        if not path.exists():  # a rewritten file would be compiled again
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in [module for module in sys.modules if module.split(".")[0] == "verify"]:
        del sys.modules[name]
    sys.path.insert(0, str(home))
    os.environ["LINREGIONS_CACHE"] = str(home / "cache")


def main():
    """Run both on the networks of the speed table, and on those that are unkind to floats."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    parser.add_argument("--write", action="store_true", help="put the tables into the README")
    options = parser.parse_args()
    spliced(engine_only(engine_sources()))  # complains here rather than in another process
    workers = {name: Worker(name) for name in ("kernel", "unchecked")}
    limit = dict.fromkeys(workers, 60)
    cases = [(network, domain) for network, domain, _ in SIDE_BY_SIDE]
    cases += [({"he": widths}, BOX) for widths, _ in SECOND_HAND] + DEGENERATE
    lines = []
    for network, domain in cases:
        answers = interleaved(workers, network, domain, runs=3 if options.quick else 9, limit=limit, patience=6)
        exact, floats = answers["kernel"], answers["unchecked"]
        difference = floats["count"] - exact["count"] if "count" in floats else None
        lines.append(
            [
                *title(network, domain),
                grouped(exact["count"]),
                seconds(exact["processor"]),
                seconds(floats["processor"]) if "processor" in floats else outcome(floats),
                times(exact["processor"] / floats["processor"]) if "processor" in floats else "",
                "none" if difference == 0 else "" if difference is None else f"{difference:+}",
            ]
        )
    head = ["network", "domain", "regions:", "exact:", "floats only:", "cost of exactness:", "lost or invented:"]
    first = table(head, lines)
    truth = json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8"))
    domains = {"R^d": "space", "[-1,1]^d": BOX, "[0,1]^d": [0, 1]}
    wrong = []
    total = 0
    for name in truth:
        for where, counts in truth[name].items():
            total += 1
            answer = workers["unchecked"].ask({"file": name}, domains[where], 20)
            if answer.get("count") != counts["activation"]:
                wrong.append([name, where, grouped(counts["activation"]), outcome(answer)])
    for worker in workers.values():
        worker.close()
    text = f"Of the {total} reference cases of tests/networks the floats alone get {len(wrong)} wrong."
    if wrong:
        text += "\n\n" + table(["network", "domain", "regions:", "floats only:"], wrong)
    publish("unchecked", "\n\n".join([machine(["linregions"]), first, text]), write=options.write)


if __name__ == "__main__":
    main()
