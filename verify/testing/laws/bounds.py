"""Laws of bounds: what bounds counts, and which bound of the catalog lies below which, wherever both apply.

Counts are bounded by the catalog, by claims of constructions, and by counts of another definition: coarser ones give no
larger number, nor one much smaller.  Nothing is counted for a law between bounds.  ``moving_a_unit_back`` is false.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import strategies as st

from theory.architecture import Architecture
from theory.bounds import BOUNDS, Status, all_architectures, applicable, weight_aware_bounds
from theory.bounds.expressions import binomials
from theory.constructions import Construction
from theory.convolution import Convolution, ConvolutionalArchitecture
from theory.sources import HERE, Source, cited
from verify.counting.region_count import count as exact
from verify.domain.shapes import Box, Domain, WholeSpace
from verify.partitions.definitions import DEFINITIONS
from verify.testing.laws.law import Counter, Finding, Law, Placed, law, placed, placed_relu
from verify.testing.strategies import constructions, lines, relu_networks

_ORDER = tuple(name for name in DEFINITIONS if name != "convex")  # which is enclosed for tiny networks only


def _below_upper_bounds(number: int, arch: Architecture) -> Finding:
    value, key = min((bound(arch), bound.key) for bound in applicable(arch, "upper"))
    return Finding(number <= value, f"{number} regions, and {key} allows {value} for {arch}")


@law(cited("serra2018", "Theorem 1, and every other upper bound of the catalog"), placed)
def upper_bounds(example: Placed, count: Counter) -> Finding:
    """No network has more regions, on any domain, than any upper bound that applies to its architecture."""
    network, domain = example
    return _below_upper_bounds(count(network, domain), domain.pull_back(network).architecture)


@law(
    cited("serra2018", "maximum for one input"),
    lambda: relu_networks(max_units=6).flatmap(lambda net: st.tuples(st.just(net), lines(dimension=net.inputs))),
)
def line(example: Placed, count: Counter) -> Finding:
    """On a line a network has no more regions than the bounds for one input allow, and no more than on R^n."""
    network, line = example
    arch = network.architecture
    on_the_line, everywhere = count(network, line), count(network, WholeSpace(network.inputs))
    finding = _below_upper_bounds(on_the_line, Architecture(1, arch.widths, arch.kind, arch.rank))
    if not finding.holds:
        return finding
    return Finding(on_the_line <= everywhere, f"{on_the_line} regions on the line, {everywhere} on R^{network.inputs}")


@law(cited("serra2018", "Theorem 1 with the remark after Lemma 4"), lambda: placed_relu(max_units=5))
def weight_aware(example: Placed, count: Counter) -> Finding:
    """The bound from a network's own ranks and its units that never change sign is never below the count."""
    network, domain = example
    pulled = domain.pull_back(network)
    if any(layer.is_affine for layer in pulled.hidden):
        return Finding.silent("the bound is for networks without affine hidden layers")
    value, number = weight_aware_bounds(pulled, rows=domain.rows or None).value, count(network, domain)
    least = min(bound(pulled.architecture) for bound in applicable(pulled.architecture, "upper"))
    return Finding(number <= value, f"{number} regions, the weights allow {value}, the architecture {least}")


@law(HERE.at("the sources of the construction families"), lambda: constructions(max_claim=150), about="constructions")
def claims(built: Construction, count: Counter) -> Finding:
    """Every construction has as many regions as it claims, on every domain for which it makes a claim."""
    for claim in built.claims:
        if claim.definition == "activation":
            domain: Domain = Box(*claim.domain) if claim.domain else WholeSpace(built.network.inputs)
            number = count(built.network, domain)
            if not claim.holds(number):
                return Finding(False, f"{built.name} claims {claim}, counted are {number}")
    return Finding(True, "all claims hold")


@law(cited("stargalla2025", "R6 ≤ R5 ≤ R4 ≤ R2 ≤ R1"), lambda: placed(max_inputs=2, max_units=4))
def definitions(example: Placed, count: Counter) -> Finding:
    """Patterns ≥ activation regions ≥ linear regions ≥ closed connected regions ≥ affine pieces."""
    network, domain = example
    counters = {name: functools.partial(exact, definition=name) for name in _ORDER} | {"activation": count}
    numbers = {name: int(counter(network, domain)) for name, counter in counters.items()}
    holds = list(numbers.values()) == sorted(numbers.values(), reverse=True)
    return Finding(holds, ", ".join(f"{name} {number}" for name, number in numbers.items()))


@law(cited("zanotti2025", "upper bound"), lambda: placed(max_inputs=2, max_units=5), counts=False)
def pieces(example: Placed, _count: Counter) -> Finding:
    """A network with n affine pieces on d dimensions has at most n·Z(n − 1, d) linear regions."""
    network, domain = example
    affine, linear = (int(exact(network, domain, definition=name)) for name in ("affine", "linear"))
    most = affine * sum(binomials(affine - 1, domain.dimension))
    return Finding(linear <= most, f"{linear} linear regions, {affine} affine pieces allow {most}")


@functools.cache
def relu_pool() -> list[Architecture]:
    """ReLU architectures of up to four layers: all narrow ones, and wider ones of up to two layers."""
    narrow = all_architectures(range(1, 6), range(4), range(1, 5))
    wide = all_architectures(range(1, 5), range(1, 13), [1, 2])
    return _sorted({*narrow, *wide, *all_architectures([1, 2], [3, 4, 6, 7], [3])})


@functools.cache
def maxout_pool() -> list[Architecture]:
    """Maxout architectures of rank 2 to 4."""
    shapes = {*all_architectures(range(1, 5), range(1, 5), [1, 2]), *all_architectures([1, 2], [1, 2, 4, 6], [1, 2, 3])}
    return _sorted(Architecture.maxout(*arch.sizes, rank=k) for arch in shapes for k in (2, 3, 4))


@functools.cache
def convolution_pool() -> list[ConvolutionalArchitecture]:
    """Small convolutional networks without padding, of one or two layers along one axis or two."""

    def networks_of(shape: tuple[int, ...], kernels: list[tuple[int, ...]]) -> Iterator[ConvolutionalArchitecture]:
        layers = [Convolution(d, kernel, stride=s) for kernel in kernels for s in (1, 2) for d in (1, 2, 3)]
        stacks = [*zip(layers), *itertools.product(layers[:4], layers)]
        return (ConvolutionalArchitecture(shape, channels, stack) for channels in (1, 2) for stack in stacks)

    along_two_axes = networks_of((3, 3), [(2, 2), (1, 2)])  # the first ones fit into 3 × 3 cells
    return [*networks_of((5,), [(1,), (2,)]), *itertools.islice(along_two_axes, 12)]


def _sorted(architectures: Iterable[Architecture]) -> list[Architecture]:
    return sorted(architectures, key=lambda arch: (arch.units, arch.depth, arch.inputs, arch.rank, arch.widths))


def _ordered(smaller: str, larger: str, source: Source, pool: Any = relu_pool, *, equal: bool = False) -> Law:
    """The law that one bound never exceeds another, or that they are equal, where both apply."""

    def predicate(arch: Any, _count: Counter) -> Finding:
        a, b = BOUNDS[smaller](arch), BOUNDS[larger](arch)
        return Finding(a == b if equal else a <= b, f"{smaller} = {a}, {larger} = {b} for {arch}")

    def where_both_apply() -> st.SearchStrategy[Any]:
        both = BOUNDS[smaller], BOUNDS[larger]
        return st.sampled_from([arch for arch in pool() if not any(bound.why_not(arch) for bound in both)])

    statement = f"{smaller} {'=' if equal else '≤'} {larger} wherever both apply."
    name = f"{smaller}_{'equals' if equal else 'at_most'}_{larger}"
    return Law(name, statement, source, "architectures", where_both_apply, predicate, counts=False)


_equal = functools.partial(_ordered, equal=True)


@law(
    HERE.at("both bound one maximum"),
    lambda: st.one_of(*(st.sampled_from(pool()) for pool in (relu_pool, maxout_pool, convolution_pool))),
    about="architectures",
)
def lower_below_upper(arch: Any, _count: Counter) -> Finding:
    """No lower bound of the catalog exceeds an upper bound on the same quantity."""
    for quantity in sorted({bound.bounds_what for bound in BOUNDS.values()}):
        lower = [(bound(arch), bound.key) for bound in applicable(arch, "lower", quantity=quantity)]
        upper = [(bound(arch), bound.key) for bound in applicable(arch, "upper", quantity=quantity)]
        if lower and upper:
            (a, low), (b, high) = max(lower), min(upper)
            if a > b:
                return Finding(False, f"{low} = {a} > {high} = {b} for {arch} ({quantity})")
    return Finding(True, f"in order for {arch}")


@law(cited("hinz2021", "comparison of bounds"), lambda: st.sampled_from(relu_pool()), about="architectures")
def hinz2021_is_least(arch: Any, _count: Counter) -> Finding:
    """No published upper bound for ReLU architectures is below hinz2021; only exact maxima of special cases are."""
    value = BOUNDS["hinz2021"](arch)
    published = [b for b in applicable(arch, "upper") if b.kind == "upper" and b.status is not Status.HERE]
    smaller = [(b(arch), b.key) for b in published if b(arch) < value]
    return Finding(not smaller, f"hinz2021 = {value}, smaller are {smaller or 'none'} for {arch}")


def _moved_unit(arch: Architecture) -> Finding:
    """Whether serra2018 falls when a unit moves from the first of two layers to the second."""
    n1, n2 = arch.widths
    serra, later = BOUNDS["serra2018"], Architecture.relu(arch.inputs, n1 - 1, n2 + 1)
    before, after = serra(arch), serra(later)
    return Finding(after < before, f"serra2018 = {before} for {arch}, {after} for {later}")


@law(
    cited("serra2018", "Proposition 2 of the poster, with the condition that it needs"),
    lambda: st.sampled_from(
        [arch for arch in all_architectures(range(1, 10), range(1, 10), [2]) if arch.inputs >= arch.widths[0] - 1]
    ),
    about="architectures",
)
def bottleneck(arch: Architecture, _count: Counter) -> Finding:
    """If n0 ≥ n1 − 1, moving a unit from the first to the second of two layers lowers serra2018."""
    return _moved_unit(arch)


@law(
    cited("serra2018", "Proposition 2 of the poster without its condition on n0"),
    lambda: st.sampled_from(list(all_architectures(range(1, 6), range(1, 6), [2]))),
    about="architectures",
)
def moving_a_unit_back(arch: Architecture, _count: Counter) -> Finding:
    """Moving a unit from the first layer to the second always lowers serra2018."""
    return _moved_unit(arch)


_ORDERINGS = (
    _ordered("levels", "hinz2021", HERE.at("levels of arrangements")),
    _ordered("hinz2021", "serra2018", cited("hinz2021", "γ compared with that of Serra et al.")),
    _equal("hinz2019", "serra2018", cited("hinz2019", "γ of Serra et al.")),
    _ordered("serra2018", "montufar2017", cited("serra2018", "comparison with Montúfar 2017")),
    _ordered("montufar2017", "raghu2017", cited("montufar2017", "comparison with Raghu et al.")),
    _ordered("raghu2017", "trivial", cited("montufar2014", "upper bound 2^N")),
    _ordered("rigid_layers", "levels", HERE.at("layers that cannot fold"), relu_pool),
    _ordered("pascanu2013", "montufar2014", cited("montufar2014", "comparison with Pascanu et al.")),
    _ordered("montufar2014", "balanced_folding", HERE.at("balanced folding")),
    _ordered("montufar2014", "serra2018_lower", cited("serra2018", "lower bound for n_l ≥ 3·n0")),
    _ordered("serra2018_lower", "balanced_folding", HERE.at("balanced folding")),
    _ordered("balanced_folding", "coordinate_folding", HERE.at("best split of the units")),
    _ordered("arora2018", "serra2018_zonotope", cited("arora2018", "zonotope functions")),
    _equal("one_input", "serra2018", cited("serra2018", "maximum for one input")),
    _equal("one_input", "serra2018_lower", cited("serra2018", "lower bound for n_l ≥ 3·n0")),
    _ordered("montufar2022", "serra2018_maxout", cited("montufar2022", "comparison with Serra et al."), maxout_pool),
    _ordered("montufar2022", "trivial", cited("montufar2022", "upper bound"), maxout_pool),
    _ordered("montufar2022_lower", "montufar2022", cited("montufar2022", "lower bound"), maxout_pool),
    _equal("maxout_one_input", "montufar2022", cited("montufar2022", "one input, even widths"), maxout_pool),
    _equal("maxout_one_layer", "montufar2022", cited("montufar2022", "sharp bound for one layer"), maxout_pool),
    _ordered("xiong2020_lower", "xiong2020_upper", cited("xiong2020", "Theorem 5"), convolution_pool),
    _ordered("xiong2020", "xiong2020_upper", cited("xiong2020", "Theorems 2 and 5"), convolution_pool),
)
