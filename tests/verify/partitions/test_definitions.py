"""The six definitions, against published values, against a second method, and against a reference that knows no cells.

The reference, for two dimensions, draws every line on which anything can happen (where a unit bends anywhere, continued
across the plane, and all lines on which two affine maps agree), takes one rational point of every vertex, edge and
polygon of that arrangement, and evaluates the network there: no facets, no extreme rays, no linear programs.
"""

import importlib
import inspect
import itertools
import json
import random
from collections import defaultdict
from fractions import Fraction

import pytest
from drawn import random_degenerate_problems
from hypothesis import given, settings
from networkx.utils import UnionFind
from places import NETWORKS

from theory import Architecture, Network
from theory.activations import ABS, HARD_TANH, IDENTITY, RELU, Maxout, PiecewiseLinear
from theory.constructions import NOTIONS
from theory.constructions.family import SEPARATOR, SEPARATORS
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import primitive_row, value_at
from theory.formats import load
from theory.geometry.region import pattern_behind, pattern_conditions
from theory.network import Layer
from verify import Box, Line, Plane, Polytope, Segment, WholeSpace, checker, count, regions
from verify.engines import patterns
from verify.engines.brute import patterns_brute
from verify.engines.problem import NoInteriorError, Problem
from verify.measure.boundary import boundary
from verify.partitions import definitions
from verify.partitions.complex import Complex
from verify.partitions.definitions import DEFINITIONS
from verify.partitions.definitions.cells import affine_classes, patterns_by_faces, patterns_by_programs
from verify.partitions.definitions.connected import closed_regions, facets_by_faces, facets_by_programs, linear_regions
from verify.testing.strategies import activations, networks, rationals

TRUTH = json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8"))


def counts(network, domain=None, *, of=("patterns", "activation", "linear", "closed", "affine")):
    return tuple(count(network, domain, definition=name, engine="exact").value for name in of)


# -- the reference -----------------------------------------------------------------------------------------------------


def functions(network, rows):
    """(lines, maps): where a unit could bend and what the network computes, composed along the reference's patterns."""
    lines, maps = set(), set()
    for pattern in patterns_brute(network, rows):
        values = [(Fraction(1), Fraction(0), Fraction(0)), (Fraction(0), Fraction(1), Fraction(0))]
        for layer, pieces in zip(network.layers, (*pattern, (0,) * network.outputs), strict=True):
            z = [
                tuple(
                    sum((w * h[i] for w, h in zip(row, values, strict=True)), bias if i == 2 else Fraction(0))
                    for i in range(3)
                )
                for row, bias in zip(layer.weights, layer.biases, strict=True)
            ]
            values = []
            for unit, at, piece in zip(layer.units, layer.first_rows, pieces, strict=True):
                if isinstance(unit, Maxout):
                    own = z[at : at + unit.rank]
                    lines |= {tuple(a - b for a, b in zip(p, q, strict=True)) for p in own for q in own}
                    values.append(own[piece])
                else:
                    lines |= {(*z[at][:2], z[at][2] - t) for t in unit.breakpoints}
                    s, c = unit.slopes[piece], unit.intercepts[piece]
                    values.append((s * z[at][0], s * z[at][1], s * z[at][2] + c))
        maps.add(tuple(values))
    return lines, maps


def sample_points(lines, rows):
    """One point of each vertex, edge and polygon of the arrangement of the lines; with its dimension and signs."""
    crossings = {}
    for p, q in itertools.combinations(lines, 2):
        det = p[0] * q[1] - p[1] * q[0]
        if det:
            point = (Fraction(p[1] * q[2] - q[1] * p[2], det), Fraction(q[0] * p[2] - p[0] * q[2], det))
            crossings.setdefault(p, set()).add(point)
            crossings.setdefault(q, set()).add(point)
    points = {}
    for line in lines:
        a, b, c = line
        foot = (Fraction(-a * c, a * a + b * b), Fraction(-b * c, a * a + b * b))
        along = sorted({(p[1] - foot[1]) * a - (p[0] - foot[0]) * b for p in crossings.get(line, ())})
        stops = [s / (a * a + b * b) for s in along]
        between = [(s + t) / 2 for s, t in itertools.pairwise(stops)]
        outer = [stops[0] - 1, stops[-1] + 1] if stops else [Fraction(0)]
        for parameter, dimension in [(s, 0) for s in stops] + [(s, 1) for s in between + outer]:
            at = (foot[0] - parameter * b, foot[1] + parameter * a)
            points[at] = dimension
            if dimension:
                room = min(
                    (
                        abs(value_at(other, at) / (other[0] * a + other[1] * b))
                        for other in lines
                        if value_at(other, at) and other[0] * a + other[1] * b
                    ),
                    default=Fraction(1),
                )
                for sign in (1, -1):
                    points[at[0] + sign * room / 2 * a, at[1] + sign * room / 2 * b] = 2
    if not lines:
        points[Fraction(0), Fraction(0)] = 2
    faces = {}
    for point, dimension in points.items():
        if all(value_at(row, point) >= 0 for row in rows):
            signs = tuple((v > 0) - (v < 0) for v in (value_at(line, point) for line in lines))
            faces[signs] = (point, dimension, all(value_at(row, point) > 0 for row in rows))
    return faces


def reference(network, rows=()):
    """(R1, R2, R4, R5, R6) of a two-input network on a polygon."""
    candidates, maps = functions(network, rows)
    differences = {
        tuple(a - b for a, b in zip(p[i], q[i], strict=True)) for p in maps for q in maps for i in range(len(p))
    }
    lines = {primitive_row(line) for line in [*candidates, *differences, *rows] if any(line[:2])}
    lines = sorted({max(line, tuple(-v for v in line)) for line in lines})
    faces = sample_points(lines, rows)
    everywhere = {network.pattern(point) for point, _, _ in faces.values()}
    inside = {signs: face for signs, face in faces.items() if face[2]}
    proper = {network.pattern(point) for point, dimension, _ in inside.values() if dimension == 2}
    above = defaultdict(list)
    for low, high in itertools.product(inside, repeat=2):
        if inside[low][1] < inside[high][1] and all(a in (0, b) for a, b in zip(low, high, strict=True)):
            above[low].append(high)
    results = {signs: network(face[0]) for signs, face in inside.items()}
    pieces = {network.affine_map(pattern) for pattern in proper}
    open_regions = closed = 0
    for matrix, offset in pieces:
        zero = {
            signs
            for signs, (point, _, _) in inside.items()
            if tuple(row[0] * point[0] + row[1] * point[1] + c for row, c in zip(matrix, offset, strict=True))
            == results[signs]
        }
        interior = {signs for signs in zero if all(other in zero for other in above[signs])}
        for members, is_open in ((interior, True), (zero, False)):
            joined = UnionFind(members)
            for low in members:
                for high in above[low]:
                    if high in members:
                        joined.union(low, high)
            found = sum(any(inside[signs][1] == 2 for signs in group) for group in joined.to_sets())
            open_regions, closed = (open_regions + found, closed) if is_open else (open_regions, closed + found)
    return len(everywhere), len(proper), open_regions, closed, len(pieces)


def relu_net(*pairs):
    return Network.relu(list(pairs))


GANGWAY = relu_net(  # min(h, max(−h, y)) with the tent h = (1 − |x|)⁺: the two half-planes of zeros touch a segment
    ([[1, 0], [1, 0], [1, 0], [0, 1], [0, -1]], [1, 0, -1, 0, 0]),
    ([[1, -2, 1, 1, -1], [1, -2, 1, 0, 0]], [0, 0]),
    ([[-1, 2], [0, 1]], [0, 0]),
    ([[-1, 1]], [0]),
)
TINY = {
    **{name: relu_net(*entry.layers) for name, entry in SEPARATORS.items() if name != "hat"},
    "gangway": GANGWAY,
    "two outputs": relu_net(([[1, 0], [0, 1], [1, 1]], [0, 0, 0]), ([[1, 0, -1], [0, 1, -1]], [0, 0])),
    "constant": relu_net(([[1, 2], [-1, 1]], [0, 1]), ([[0, 0]], [3])),
    "no hidden layer": relu_net(([[1, 2]], [1])),
    "hard tanh": Network([Layer([[1, 0], [1, 1]], [0, 0], HARD_TANH), Layer([[1, -1]], [0], RELU)]),
    "maxout ties": Network([Layer([[1, 0], [1, 0], [0, 1], [0, 1], [0, -1], [1, 1]], [0] * 6, Maxout(3))]),
    "folded": Network([Layer([[1, 0], [0, 1]], [0, 0], ABS), Layer([[1, -1], [1, 1]], [0, -1], ABS)]),
    "wave": Network([Layer([[1, 1]], [0], PiecewiseLinear([0, 1, 2], [0, 1, -1, 0])), Layer([[1]], ["-1/2"], ABS)]),
}


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize(
    "rows", [(), Box([-1, -1], [1, "3/2"]).rows, ((1, 1, 1), (-1, 2, 0))], ids=["R^2", "box", "wedge"]
)
def test_the_reference_agrees(name, rows) -> None:
    domain = Polytope(rows) if rows else None
    assert counts(TINY[name], domain) == reference(TINY[name], rows)


SIGNS = rationals(min_value=-1, max_value=1, max_denominator=1)


@settings(max_examples=25)
@given(networks(architecture=Architecture.relu(2, 2, 1), units=activations(max_breakpoints=1), weights=SIGNS))
def test_the_reference_agrees_on_small_networks(network) -> None:
    assert counts(network) == reference(network)


# -- published and recorded values -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEPARATORS)
def test_the_separators_have_the_published_numbers(name) -> None:
    network, published = SEPARATOR.build(function=name).network, SEPARATORS[name].counts
    for definition in DEFINITIONS.values():
        result = count(network, definition=definition.name)
        assert result == published[definition.number - 1]
        assert result.definition == definition.name
        assert definition.noun(int(result)) in repr(result)


def test_a_region_is_closed_by_a_piece_of_lower_dimension() -> None:
    """Where the strip |x| < 1 is cut away nothing touches any more, and the two half-planes are two closed regions."""
    assert counts(GANGWAY)[2:] == (7, 6, 6)
    assert counts(GANGWAY, Polytope([[0, 1, 0]]))[2:] == (5, 5, 4)  # y > 0: the segment lies on the border
    assert counts(GANGWAY, Polytope([[0, 4, 1]]))[2:] == reference(GANGWAY, ((0, 4, 1),))[2:]


@pytest.mark.parametrize(
    ("name", "domain", "of", "known"),
    [
        (name, domain, of, known)
        for name, domains in TRUTH.items()
        for domain, values in domains.items()
        for of, known in values.items()
        if of != "activation"
    ],
)
def test_recorded_networks(name, domain, of, known) -> None:
    network = load(NETWORKS / f"{name}.json")
    lower = -1 if domain.startswith("[-1") else 0
    where = None if domain == "R^d" else Box.cube(lower, 1, network.inputs)
    assert count(network, where, definition=of, engine="exact") == known


# -- every definition in two ways --------------------------------------------------------------------------------------


def sets(regions) -> set[frozenset]:
    return {frozenset(region) for found in regions.values() for region in found}


def joined_by(method, problem, classes):
    found = {}
    for function, members in classes.items():
        joined = UnionFind(members)
        for facet in method(problem, members):
            assert joined[facet.first] != joined[facet.second]  # a forest: no edge closes a cycle
            joined.union(facet.first, facet.second)
            check_facet(problem, facet)
        found[function] = list(map(sorted, joined.to_sets()))
    return found


def check_facet(problem, facet):
    """The point lies in the open domain and in both closed cells, and all that vanishes there is one hyperplane."""
    assert all(sum(a * x for a, x in zip(row, (*facet.witness, 1), strict=True)) > 0 for row in problem.rows)
    tight = set()
    for pattern in (facet.first, facet.second):
        for condition in pattern_conditions(problem.network, pattern):
            at = sum(a * x for a, x in zip(condition.row, (*facet.witness, 1), strict=True))
            assert at >= 0
            if at == 0 and any(condition.row):
                tight.add(max(condition.row, tuple(-v for v in condition.row)))
    assert len(tight) == 1


def check_both_ways(problem, proper):
    classes = affine_classes(problem.network, proper)
    for pattern, function in ((p, g) for g, members in classes.items() for p in members):
        matrix, offset = problem.network.affine_map(pattern)
        rows, scale = function
        assert [[Fraction(v, scale) for v in row] for row in rows] == [
            [*row, c] for row, c in zip(matrix, offset, strict=True)
        ]
    linear = joined_by(facets_by_faces, problem, classes)
    assert sets(linear) == sets(joined_by(facets_by_programs, problem, classes))
    assert sets(linear) == sets(linear_regions(problem, classes))
    if problem.dimension == 2 and problem.rows:  # in a polygon, by its subdivision
        assert count(problem.network, Polytope(problem.rows), definition="linear") == len(sets(linear))
    closed = closed_regions(problem, linear, by_faces=True)
    assert sets(closed) == sets(closed_regions(problem, linear, by_faces=False))
    by_faces, by_programs = patterns_by_faces(Complex.of(problem, proper)), dict(patterns_by_programs(problem))
    assert set(by_faces) == set(by_programs)
    for pattern, point in [*by_faces.items(), *by_programs.items()]:
        assert problem.network.pattern(point) == pattern
        assert all(sum(a * x for a, x in zip(row, (*point, 1), strict=True)) >= 0 for row in problem.rows)
    numbers = [len(by_faces), len(proper), len(sets(linear)), len(sets(closed)), len(classes)]
    assert numbers == sorted(numbers, reverse=True)
    return numbers, set(by_faces)


def test_faces_and_programs_agree_on_degenerate_problems_and_thin_patterns_are_those_of_the_reference() -> None:
    strict = [0, 0, 0, 0]
    for network, domain in random_degenerate_problems(seed=11, how_many=150, max_inputs=3, max_units=5):
        problem = Problem.of(network, domain)
        try:
            proper = sorted(patterns(problem, "exact"))
        except NoInteriorError:
            continue
        numbers, occurring = check_both_ways(problem, proper)
        for i, (more, less) in enumerate(itertools.pairwise(numbers)):
            strict[i] += more > less
        assert occurring == patterns_brute(problem.network, problem.rows, thin=True)
    assert all(strict[:2])
    assert any(strict[2:])


@pytest.mark.parametrize("seed", range(6))
def test_faces_and_programs_agree_on_symmetric_networks(seed) -> None:
    """Absolute values of few directions: many cells share a map, and regions touch in edges and corners only."""
    rng = random.Random(seed)
    d = 2 + seed % 2
    rows = [[rng.randint(-1, 1) for _ in range(d)] for _ in range(4)]
    last = [[rng.choice((-1, 1)) for _ in rows], [rng.randint(-1, 1) for _ in rows]]
    network = Network(
        [Layer(rows, [rng.randint(-1, 1) for _ in rows], ABS), Layer(last, [-1, 1]), Layer([[1, -1]], [0], IDENTITY)]
    )
    problem = Problem.of(network, Box.cube(-3, 3, d))
    numbers, _ = check_both_ways(problem, sorted(patterns(problem, "exact")))
    assert numbers[-1] < numbers[1]


def test_four_inputs() -> None:
    """Beyond three dimensions programs are the default; the tent squared has its mirror images."""
    network = Network(
        [
            Layer([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]], [0, 0, 0], ABS),
            Layer([[1, 1, 1]], [-1]),
            Layer([[1]], [0], IDENTITY),
        ]
    )
    problem = Problem.of(network, WholeSpace(4))
    assert problem.dimension == 3  # nothing depends on x_3 − x_4
    lifted = Problem.of(network, Polytope([[0, 0, 1, 0, 5], [0, 0, 0, 1, 5]]))
    assert lifted.dimension == 4
    proper = sorted(patterns(lifted, "exact"))
    numbers, _ = check_both_ways(lifted, proper)
    assert numbers[1:] == [16, 9, 9, 9]  # eight corners are cut off the cross-polytope, whose inside is flat
    assert counts(network, Polytope([[0, 0, 1, 0, 5], [0, 0, 0, 1, 5]]))[1:] == (16, 9, 9, 9)


def test_slices_and_every_kind_of_domain() -> None:
    hat = SEPARATOR.build(function="hat").network
    assert counts(hat, Segment([-1], ["3/2"])) == (3, 3, 3, 3, 3)
    assert counts(hat, Box([-1], [3])) == (4, 4, 4, 4, 3)
    assert counts(TINY["bow"], Line([1, 1], [-1, -1])) == (3, 2, 1, 1, 1)  # f(x, x) = x
    assert counts(TINY["bow"], Plane([0, 0], [1, 0], [0, 1])) == counts(TINY["bow"])


def test_a_definition_is_a_row_and_two_functions(run) -> None:
    """What the checker reads, and the notions that constructions make claims about, are said apart and agree."""
    for row in DEFINITIONS.values():
        module = importlib.import_module(f"verify.partitions.definitions.{row.module}")
        for what, taken in (("count", ["problem", "engine"]), ("list", ["problem", "reduced", "engine"])):
            assert list(inspect.signature(getattr(module, f"{what}_{row.name}")).parameters) == taken
    assert {row.name for row in DEFINITIONS.values() if row.certificate} == set(checker.CERTIFIABLE)
    usage = run("count", "--help").out
    for text, row in zip(NOTIONS.values(), DEFINITIONS.values(), strict=True):
        assert f"(R{row.number})" in text
        assert f'``"{row.name}"`` (R{row.number})' in count.__doc__
        assert row.name in usage
        assert f'``"{row.name}"``' in definitions.__doc__


def test_of_is_another_name_of_the_argument() -> None:
    """For counting, listing, storing and measuring alike; two different values are refused, by position or by name."""
    axis, box = TINY["bow"], Box([-1, -1], [1, 1])
    assert count(axis, of="affine") == count(axis, definition="affine", of="affine") == 3
    assert [r.patterns for r in regions(axis, of="affine")] == [r.patterns for r in regions(axis, definition="affine")]
    assert boundary(axis, box, of="activation") == boundary(axis, box, "activation")
    with pytest.raises(InvalidInputError, match="of='affine' and definition='linear' are one argument"):
        count(axis, definition="linear", of="affine")
    with pytest.raises(InvalidInputError, match="are one argument"):
        boundary(axis, box, "linear", of="activation")


def test_thin_patterns_live_on_the_border_too() -> None:
    step = Network([Layer([[1]], [0])])
    # x = 0, where the unit is off, belongs to the closed box
    assert count(step, Box([0], [1]), definition="patterns") == 2
    assert count(step, Box([0], [1]), definition="activation") == 1


def test_what_lies_behind_a_wall_is_seen_a_small_step_away() -> None:
    rng = random.Random(3)
    for network in TINY.values():
        for _ in range(20):
            point = [Fraction(rng.randint(-2, 2)) for _ in range(2)]
            step = [Fraction(rng.randint(-3, 3)) for _ in range(2)]
            near = [p + s / 10**6 for p, s in zip(point, step, strict=True)]
            assert pattern_behind(network, point, step) == network.pattern(near)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"'open'.*known: patterns, activation"):
        count(TINY["bow"], definition="open")
    with pytest.raises(UnsupportedError, match="at most 4 dimensions"):
        Complex.of(Problem(load(NETWORKS / "random_8-12-1.json"), ()), [])
    with pytest.raises(InvalidInputError, match="2 coordinates"):
        pattern_behind(TINY["bow"], [1], [1, 0])
