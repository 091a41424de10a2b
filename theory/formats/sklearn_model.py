"""Fitted scikit-learn perceptrons, read without importing scikit-learn.

``MLPClassifier`` and ``MLPRegressor`` keep their weights as ``coefs_`` (inputs × units, the transpose of the
convention here) and ``intercepts_``.  The network is read without the output function: its outputs are a classifier's
scores, of which ``predict_proba`` is the softmax or the logistic function.  That function preserves the order of the
scores, so no region and no decision depends on it.
"""

from typing import Any

import numpy as np

from theory.activations import IDENTITY, RELU
from theory.errors import InvalidInputError, UnsupportedError
from theory.network import Network

_ACTIVATIONS = {"relu": RELU, "identity": IDENTITY}
_OUTPUTS = ("identity", "softmax", "logistic")


def from_sklearn(model: Any) -> Network:
    """The network of a fitted ``MLPClassifier`` or ``MLPRegressor``, every weight at its exact dyadic value.

    The model has ``coefs_``, ``intercepts_`` and ``activation``, which must be ``"relu"`` or ``"identity"``.  For a
    classifier, the network computes the scores before softmax or the logistic function.  Raises UnsupportedError if the
    activation is not piecewise linear, and InvalidInputError if ``model`` is not a perceptron or is not fitted.
    """
    name = type(model).__name__
    if not hasattr(model, "activation") or not hasattr(model, "hidden_layer_sizes"):
        raise InvalidInputError(
            f"{name} is not a scikit-learn MLPClassifier or MLPRegressor; of a pipeline pass the last step"
        )
    if not hasattr(model, "coefs_") or not hasattr(model, "intercepts_"):
        raise InvalidInputError(f"this {name} is not fitted; call fit first")
    if model.activation not in _ACTIVATIONS:
        raise UnsupportedError(
            f"{name}: the activation {model.activation!r} is not piecewise linear; fit the model with relu or identity"
        )
    if getattr(model, "out_activation_", "identity") not in _OUTPUTS:
        raise UnsupportedError(f"{name}: the output activation {model.out_activation_!r} is not known here")
    pairs = [(np.asarray(w).T, np.asarray(b)) for w, b in zip(model.coefs_, model.intercepts_, strict=True)]
    return Network.from_floats(pairs, activation=_ACTIVATIONS[model.activation])
