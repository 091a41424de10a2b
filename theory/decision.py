"""Classifiers: the network that also says which of its outputs is the largest."""

from theory.activations import IDENTITY, RELU, Maxout
from theory.errors import InvalidInputError
from theory.network import Layer, Network


def with_decision(network: Network) -> Network:
    r"""The network x ↦ (max_i f_i(x), f(x)), whose regions are those of f cut further by the class.

    The maximum is one maxout unit behind the last hidden layer, whose piece says which output is the largest (of equal
    ones the first), and identity units carry f.  So each activation region of f is divided into the sets on which one
    class is decided for, and a linear region is one where f is affine and the class is the same.  A network with a
    single output decides for its sign.  Raises InvalidInputError if the network has no outputs.

    >>> scores = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 0], [0, 1]], [0, 0])])
    >>> decided = with_decision(scores)
    >>> [int(v) for v in decided([3, 2])], decided.pattern([3, 2]), decided.pattern([2, 3])
    ([3, 3, 2], ((1, 1), (0, 0, 0)), ((1, 1), (1, 0, 0)))
    """
    last = network.layers[-1]
    classes = len(last.units)
    if not classes:
        raise InvalidInputError("a network without outputs decides nothing; give one with a score for each class")
    largest = Maxout(classes) if classes > 1 else RELU
    units = [largest, *[IDENTITY] * classes]
    return Network([*network.hidden, Layer(last.weights * 2, last.biases * 2, units, inputs=last.inputs)])
