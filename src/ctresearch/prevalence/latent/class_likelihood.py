"""The conditional likelihood of latent classes with covariates and local dependence, and its gradient.

A person with covariates ``w`` falls into class ``c`` with a chance that is multinomial logistic in ``w``. Given the
class, the pattern of lists is log-linear: a main effect of every list in every class, effects of covariates ``x`` on
lists that all classes share, and interactions of named pairs of lists. Only people on a list are seen, so that the
likelihood conditions on that. Its gradient is that of the complete data with people on no list filled in as expected,
which is what the EM algorithm climbs [1]_.

References
----------
.. [1] Bartolucci, F. and Forcina, A. (2006). A class of latent marginal models for capture-recapture data with
   continuous covariates. Journal of the American Statistical Association 101, 786-794.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class ClassData:
    """S kinds of people with the same covariates, on K lists.

    ``counts`` (S, 2 ** K) people by cell, the first 0; ``weights`` (S, W) covariates of the class, the intercept first;
    ``effects`` (S, X) covariates of the lists; ``bits`` (K, 2 ** K) and ``pairs`` (L, 2 ** K) which cells hold a list
    and a pair.
    """

    counts: Array
    weights: Array
    effects: Array
    bits: Array
    pairs: Array

    @property
    def people(self) -> float:
        """People seen."""
        return float(self.counts.sum())

    def resampled(self, counts: Array) -> ClassData:
        """Return the same kinds of people with other counts."""
        return ClassData(counts, self.weights, self.effects, self.bits, self.pairs)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of C classes, written as one vector in this order.

    ``weights`` (C - 1, W) logits of classes against the first; ``mains`` (C, K) of lists within classes; ``effects``
    (X, K) of covariates; ``pairs`` (L,) of pairs of lists.
    """

    weights: Array
    mains: Array
    effects: Array
    pairs: Array

    @classmethod
    def read(cls, vector: Array, classes: int, data: ClassData) -> Parameters:
        """Cut a vector into its parts."""
        lists, shapes = len(data.bits), _shapes(classes, data)
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
        first, mains, effects, pairs = np.split(vector, ends)
        return cls(
            first.reshape(classes - 1, -1) if classes > 1 else np.zeros((0, data.weights.shape[1])),
            mains.reshape(classes, lists),
            effects.reshape(-1, lists),
            pairs,
        )

    def vector(self) -> Array:
        """Write the parts as one vector."""
        return np.concatenate([self.weights.ravel(), self.mains.ravel(), self.effects.ravel(), self.pairs])


def size_of(classes: int, data: ClassData) -> int:
    """Count the parameters.

    Parameters
    ----------
    classes : int
        Number of classes.
    data : ClassData
        The people.

    Returns
    -------
    int
        Length of the vector.

    Examples
    --------
    >>> size_of(2, class_data(np.zeros((1, 8)), np.ones((1, 1)), np.zeros((1, 0)), []))
    7
    """
    return sum(int(np.prod(shape)) for shape in _shapes(classes, data))


def _shapes(classes: int, data: ClassData) -> list[tuple[int, ...]]:
    """Return the shapes of the four parts."""
    lists = len(data.bits)
    return [
        (classes - 1, data.weights.shape[1]),
        (classes, lists),
        (data.effects.shape[1], lists),
        (len(data.pairs),),
    ]


def class_data(counts: Array, weights: Array, effects: Array, pairs: Sequence[int]) -> ClassData:
    """Lay out the people.

    Parameters
    ----------
    counts : numpy.ndarray
        People by kind and cell, shape (S, 2 ** K).
    weights, effects : numpy.ndarray
        Covariates of classes, shape (S, W), and of lists, shape (S, X).
    pairs : sequence of int
        Patterns of the pairs of lists that depend on one another within classes.

    Returns
    -------
    ClassData
        The people, with the patterns of cells.

    Examples
    --------
    >>> class_data(np.zeros((1, 4)), np.ones((1, 1)), np.zeros((1, 0)), [3]).pairs.tolist()
    [[0.0, 0.0, 0.0, 1.0]]
    """
    cells = np.arange(counts.shape[1])
    lists = counts.shape[1].bit_length() - 1
    bits = (cells >> np.arange(lists)[:, None] & 1).astype(np.float64)
    together = np.array([(cells & pair) == pair for pair in pairs], dtype=np.float64).reshape(-1, cells.size)
    return ClassData(counts, weights, effects, bits, together)


@dataclass(frozen=True, slots=True)
class Chances:
    """Chances under some parameters.

    ``classes`` (S, C) of each class; ``cells`` (S, C, 2 ** K) of each cell within a class; ``joint`` (S, C, 2 ** K) of
    both; ``overall`` (S, 2 ** K) of each cell.
    """

    classes: Array
    cells: Array
    joint: Array
    overall: Array

    @property
    def unseen(self) -> Array:
        """Chance of being on no list, shape (S,)."""
        return np.asarray(self.overall[:, 0])


def chances_of(parameters: Parameters, data: ClassData) -> Chances:
    """Work out the chances of classes and cells.

    Parameters
    ----------
    parameters : Parameters
        Of the model.
    data : ClassData
        The people.

    Returns
    -------
    Chances
        The chances.

    Examples
    --------
    >>> data = class_data(np.ones((1, 4)), np.ones((1, 1)), np.zeros((1, 0)), [])
    >>> chances_of(Parameters.read(np.zeros(2), 1, data), data).unseen.tolist()
    [0.25]
    """
    logits = np.concatenate([np.zeros((len(data.weights), 1)), data.weights @ parameters.weights.T], axis=1)
    classes = _softmax(logits)
    mains = parameters.mains[None] + (data.effects @ parameters.effects)[:, None, :]
    cells = _softmax(mains @ data.bits + parameters.pairs @ data.pairs)
    joint = classes[:, :, None] * cells
    return Chances(classes, cells, joint, joint.sum(axis=1))


def _softmax(values: Array) -> Array:
    """Exponentiate and divide by the sum over the last axis."""
    raised = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def log_likelihood(vector: Array, classes: int, data: ClassData) -> tuple[float, Array]:
    """Work out the conditional log-likelihood and its gradient.

    Parameters
    ----------
    vector : numpy.ndarray
        Parameters, shape (P,).
    classes : int
        Number of classes.
    data : ClassData
        The people.

    Returns
    -------
    tuple
        Log-likelihood and gradient, shape (P,).

    Examples
    --------
    >>> data = class_data(np.array([[0.0, 60, 40, 20]]), np.ones((1, 1)), np.zeros((1, 0)), [])
    >>> log_likelihood(np.zeros(2), 1, data)[1].round(6).tolist()
    [0.0, -20.0]
    """
    chances = chances_of(Parameters.read(vector, classes, data), data)
    tiny = np.maximum(chances.overall, 1e-300)
    seen = np.maximum(1 - chances.unseen, 1e-300)
    people = data.counts.sum(axis=1)
    value = float((data.counts[:, 1:] * np.log(tiny[:, 1:])).sum() - people @ np.log(seen))
    filled = data.counts.copy()
    filled[:, 0] = people * chances.unseen / seen
    return value, gradient_of(filled, chances, data)


def gradient_of(filled: Array, chances: Chances, data: ClassData) -> Array:
    """Differentiate a weighted sum of the logarithms of the chances of cells.

    Parameters
    ----------
    filled : numpy.ndarray
        Weights, shape (S, 2 ** K).
    chances : Chances
        Under the parameters.
    data : ClassData
        The people.

    Returns
    -------
    numpy.ndarray
        Shape (P,).

    Examples
    --------
    >>> data = class_data(np.array([[0.0, 60, 40, 20]]), np.ones((1, 1)), np.zeros((1, 0)), [])
    >>> at = chances_of(Parameters.read(np.zeros(2), 1, data), data)
    >>> gradient_of(np.array([[0.0, 1.0, 0.0, 0.0]]), at, data).tolist()
    [0.5, -0.5]
    """
    share = chances.joint * (filled / np.maximum(chances.overall, 1e-300))[:, None, :]
    inside = share.sum(axis=2)
    weights = (inside - inside.sum(axis=1, keepdims=True) * chances.classes)[:, 1:].T @ data.weights
    residual = share - inside[:, :, None] * chances.cells
    lists = residual @ data.bits.T
    return Parameters(
        weights,
        lists.sum(axis=0),
        data.effects.T @ lists.sum(axis=1),
        residual.sum(axis=(0, 1)) @ data.pairs.T,
    ).vector()


def population_of(vector: Array, classes: int, data: ClassData) -> tuple[float, float, Array]:
    """Count everybody seen for as many as have the same covariates and were not.

    Parameters
    ----------
    vector : numpy.ndarray
        Parameters, shape (P,).
    classes : int
        Number of classes.
    data : ClassData
        The people.

    Returns
    -------
    tuple
        The population, its sampling variance given the parameters, and its gradient, shape (P,).

    Examples
    --------
    >>> data = class_data(np.array([[0.0, 60, 40, 20]]), np.ones((1, 1)), np.zeros((1, 0)), [])
    >>> population_of(np.zeros(2), 1, data)[0]
    160.0
    """
    chances = chances_of(Parameters.read(vector, classes, data), data)
    people, seen = data.counts.sum(axis=1), np.maximum(1 - chances.unseen, 1e-300)
    each = people * chances.unseen / seen**2
    only = np.zeros_like(data.counts)
    only[:, 0] = each
    return float((people / seen).sum()), float(each.sum()), gradient_of(only, chances, data)
