"""The first line of a certificate: this network, on this domain, has so many regions.

The domain is stated in its own parameter space, as integer rows, or by its bounds if it is a box of many dimensions.
A slice also states the affine map from its parameters to the inputs of the network, so that the claim is about the
network itself and not about a restriction of it.
"""

import copy
import hashlib
import json
import operator
import weakref
from collections.abc import Iterable, Sequence
from itertools import chain, compress
from typing import Any

from theory.activations import Maxout, PiecewiseLinear
from theory.errors import UnsupportedError
from theory.exact import Row, format_rational
from theory.formats import json_file
from theory.network import Network
from verify import checker
from verify.domain.shapes import Box, Domain

_MOST_KEPT = 100_000
"""Weights of a network whose layers are kept as the checker makes them, in 20 megabytes."""
_made: dict[int, list[checker.Layer]] = {}
"""Such layers by the id of the network, as long as that lives: for domains whose parameters are the inputs."""
_LONGEST_KEPT = 2_000_000
"""Bytes of a claim that is kept; as the checker takes it, it has up to 13 times as many."""
_claims: dict[int, tuple[Domain, checker.Claim, list[bytes]]] = {}
"""The last of :func:`prepared_claim` likewise."""


def claim_line(network: Network, domain: Domain, regions: int | tuple[int, int], *more: Any, **options: Any) -> str:
    """The claim as one line of JSON, without the line's end; the arguments are those of :func:`claim_entries`.

    >>> from verify import Segment
    >>> tent = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])
    >>> domain = json.loads(claim_line(tent, Segment([0], ["1/3"]), 1))["domain"]
    >>> domain["rows"], domain["matrix"], domain["offset"]
    ([[1, 0], [-1, 1]], [['1/3']], ['0'])
    """
    return claim_text(claim_entries(network, domain, regions, *more, **options))


def claim_entries(
    network: Network,
    domain: Domain,
    regions: int | tuple[int, int],
    definition: str = "activation",
    *,
    rows: Iterable[Row] | None = None,
    version: int | None = None,
    symmetry: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The claim as the checker decodes it, but with fractions: a number of regions, or (lower, upper), a bracket.

    ``rows`` are those of the domain, if the caller has them.  The version is that of a tree unless another one is
    given; ``symmetry`` are chains (:class:`verify.checker.Chain`), for a tree of one chamber.  A unit that is neither
    scalar nor maxout raises :class:`~theory.errors.UnsupportedError`: the checker knows no other kind.
    """
    for unit in {id(unit): unit for layer in network.layers for unit in layer.units}.values():
        if not isinstance(unit, PiecewiseLinear | Maxout):
            raise UnsupportedError(f"no certificate: the checker knows scalar and maxout units, not {unit.name}")
    wide = definition == "activation" and version is None and not symmetry and isinstance(domain, Box)
    wide = wide and domain.dimension >= checker.FEW and 2 * domain.dimension**2 <= checker.MAX_NUMBERS
    stated, where = json_file.entries(network), domain_entry(domain, rows, wide=wide)
    made = [] if "matrix" in where else _made_layers(network, stated)
    texts = "".join(layer.text for layer in made)  # of which the checker makes the digest, too
    digest = hashlib.sha256(texts.encode()).hexdigest() if made else network.digest
    return {
        "format": checker.FORMAT,
        "version": version or (checker.SYMMETRIC if symmetry else checker.WIDE if wide else checker.VERSION),
        "regions": list(regions) if isinstance(regions, tuple) else regions,
        "definition": definition,
        "network_sha256": digest,
        "domain": where,
        **({"symmetry": json.loads(json.dumps(symmetry))} if symmetry else {}),
        "network": stated,
    }


def _made_layers(network: Network, stated: dict[str, Any]) -> list[checker.Layer]:
    """The layers as the checker makes them; none of a large network, or if the checker refuses one."""
    key, width, scale, free = id(network), network.inputs, 1, checker.MAX_SIZE
    if key in _made or sum(layer.rows * (layer.inputs + 1) for layer in network.layers) > _MOST_KEPT:
        return _made.get(key, [])
    made: list[checker.Layer] = []
    for entry in stated["layers"]:
        try:
            made.append(checker.Layer(entry, width, scale, free))
        except (checker.Rejected, ValueError):  # or Python writes no integers so long, see long_integers
            return []
        width, scale, free = len(made[-1].units), made[-1].scale, free - made[-1].held
    _made[key] = made
    weakref.finalize(network, _made.pop, key, None)
    return made


def claim_of(entries: dict[str, Any], network: Network | None = None) -> checker.Claim:
    """The claim as the checker takes it; UnsupportedError if its numbers are beyond the checker's limits.

    ``network`` is the one that the entries were made from, if the caller has it.
    """
    made = [] if "matrix" in entries["domain"] else _made.get(id(network), [])
    try:
        claim = checker.Claim(entries, made)
    except checker.Rejected as reason:
        raise UnsupportedError(f"no certificate, since the checker would refuse it: {reason}") from None
    # the slot is longer than every number of the domain, and a weight p/q has fewer digits than its layer has ``bits``
    if not made or max(claim.slot, *(layer.bits for layer in made)) > checker.MAX_DIGITS:
        ends = (map(str, entries["domain"].get(end, ())) for end in ("lower", "upper"))
        words = chain(*map(str.split, claim.texts), *ends)
        rows = max(map(abs, chain.from_iterable(entries["domain"].get("rows", ()))), default=0)
        long = rows.bit_length() > 3 * checker.MAX_DIGITS and rows >= 10**checker.MAX_DIGITS
        if long or max(map(len, words), default=0) > checker.MAX_DIGITS:
            raise UnsupportedError(f"no certificate: the checker reads numbers of at most {checker.MAX_DIGITS} digits")
    return claim


def prepared_claim(network: Network, domain: Domain, rows: Sequence[Row]) -> tuple[checker.Claim, list[bytes]]:
    """The claim of activation regions, as the checker takes it, and its text before and behind their number.

    That of the last domain of a network is kept; ``rows`` are those of the domain.
    """
    key, found = id(network), _claims.get(id(network))
    if found is None or found[0] != domain:
        claim = claim_of(entries := claim_entries(network, domain, 1, rows=rows), network)
        found = domain, claim, claim_text(entries, claim).encode().split(b'"regions":1', 1)
        if len(found[2][1]) <= _LONGEST_KEPT:
            if key not in _claims:
                weakref.finalize(network, _claims.pop, key, None)
            _claims[key] = found
    return copy.copy(found[1]), found[2]  # a claim counts the steps of one run


def claim_text(entries: dict[str, Any], known: checker.Claim | None = None) -> str:
    """The entries as JSON.  Rows of walls are nearly all zeros, which need not be written one by one.

    ``known`` is what the checker makes of the entries, if the caller has that: its numbers are texts already.
    """
    domain, network = entries["domain"], entries["network"]
    if known:
        network = {**network, "layers": [{**layer, "weights": [], "biases": []} for layer in network["layers"]]}
    rows = domain.get("rows", [])
    stated = {**entries, "domain": {**domain, **({"rows": []} if rows else {})}, "network": network}
    text = json.dumps(stated, ensure_ascii=False, separators=(",", ":"), default=format_rational)
    # what is sought here are keys: quotes inside a string are escaped
    text = text.replace('"rows":[', f'"rows":[{",".join(map(_row_text, rows))}', 1)
    if not known:
        return text
    first, *others = text.split('"weights":[],"biases":[]')
    return first + "".join(map(operator.add, map(_layer_text, known.texts), others))


def _layer_text(known: str) -> str:
    """The weights and biases of a layer; in the known text each row is a line with its bias behind it."""
    pairs = [line.rpartition(" ")[::2] for line in known.split("\n")[1:-1]]
    weights = ",".join([_quoted(row) for row, _ in pairs])
    return f'"weights":[{weights}],"biases":{_quoted(" ".join([bias for _, bias in pairs]))}'


def _quoted(words: str) -> str:
    return '["' + words.replace(" ", '","') + '"]' if words else "[]"


def _row_text(row: Sequence[int]) -> str:
    texts = ["0"] * len(row)
    for place in compress(range(len(row)), row):
        texts[place] = str(row[place])
    return f"[{','.join(texts)}]"


def domain_entry(domain: Domain, rows: Iterable[Row] | None = None, *, wide: bool = False) -> dict[str, Any]:
    """The entry ``domain`` of a claim; ``rows`` are those of the domain, if the caller has them.

    Where it is ``wide``, a box, its bounds are stated instead.
    """
    stated: dict[str, Any] = {"note": str(domain), "dimension": domain.dimension}
    if wide and isinstance(domain, Box):
        return {**stated, "lower": list(domain.lower), "upper": list(domain.upper)}
    stated["rows"] = list(map(list, domain.rows if rows is None else rows))
    if not domain.points:
        return stated  # the parameters are the inputs
    origin, *ends = domain.points
    matrix = [[end[i] - v for end in ends] for i, v in enumerate(origin)]
    if any(origin) or matrix != [[int(i == j) for j in range(len(ends))] for i in range(len(origin))]:
        stated["matrix"] = [list(map(format_rational, row)) for row in matrix]
        stated["offset"] = list(map(format_rational, origin))
    return stated
