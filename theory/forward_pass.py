"""Affine functions carried through a network, for one activation pattern after another."""

import flint

from theory.network import Network, Pattern


class ForwardPass:
    """The preactivations of every layer as affine forms of the input, where the layers before take given pieces.

    The common beginning of two patterns asked for one after the other is composed once; so ask in sorted order.

    >>> net = Network.relu([([[1], [-1]], [0, 3]), ([[2, 1]], [1]), ([[1]], [0])])
    >>> forward = ForwardPass(net)
    >>> forward.forms(1, ((1, 1),)), forward.forms(1, ((1, 0),))
    ([1, 4], [2, 1])
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._pattern: list[tuple[int, ...]] = []
        self._forms: list[flint.fmpq_mat] = []  # made when they are asked for: a layer may be too large for fractions

    def forms(self, depth: int, pattern: Pattern) -> flint.fmpq_mat:
        """The preactivations of layer ``depth``, counted from 0, where the layers before take these pieces.

        The number of hidden layers stands for the affine output.  The pattern names at least ``depth`` layers; the
        result is a rows × (inputs + 1) matrix, the constants last.  Treat it as read-only.
        """
        # invariant: _forms[k] belongs to the pieces _pattern[:k], and len(_forms) == len(_pattern) + 1
        self._forms = self._forms or [self.network.layers[0].forms]
        pairs = zip(self._pattern, pattern[:depth], strict=False)
        same = next((k for k, (kept, asked) in enumerate(pairs) if kept != asked), min(len(self._pattern), depth))
        if same < depth:
            del self._pattern[same:], self._forms[same + 1 :]
        for before in range(same, depth):
            layers = self.network.layers
            values = layers[before].push(self._forms[before], pattern[before])
            self._pattern.append(pattern[before])
            self._forms.append(layers[before + 1].read(values))
        return self._forms[depth]
