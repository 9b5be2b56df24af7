"""Standard errors of a latent class model, from the curvature of its log-likelihood.

References
----------
.. [1] Bandeen-Roche, K., Miglioretti, D. L., Zeger, S. L. and Rathouz, P. J. (1997). Latent variable regression for
   multiple discrete outcomes. Journal of the American Statistical Association 92, 1375-1386.
   https://doi.org/10.1080/01621459.1997.10473658
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.networks.modus.latent_class_em import Patterns, pattern_likelihoods

if TYPE_CHECKING:
    from ctresearch.networks.modus.latent_class_em import ClassFit, Floats

BOUNDARY = 1e-4
"""A probability within this of 0 or 1 stands on the boundary, where a standard error means nothing."""
_STEP, _SINGULAR = 1e-5, 1e-10


@dataclass(frozen=True, slots=True)
class ClassErrors:
    """Standard errors of a model of K classes and C categories.

    ``shares`` (K,); ``probabilities`` (K, C), NaN on the boundary; ``identified`` whether the information matrix of the
    parameters inside the boundary has full rank; ``condition`` its smallest over its largest eigenvalue.
    """

    shares: Floats
    probabilities: Floats
    identified: bool
    condition: float


def class_errors(patterns: Patterns, fit: ClassFit) -> ClassErrors:
    """Work out standard errors from the observed information.

    Parameters
    ----------
    patterns : Patterns
        The answers.
    fit : ClassFit
        The maximum.

    Returns
    -------
    ClassErrors
        All NaN where the model is not identified at its maximum.

    Examples
    --------
    >>> from ctresearch.networks.modus.latent_class_em import fit_classes
    >>> seen = Patterns(np.array([[0], [1]]), np.array([75.0, 25.0]), np.array([0, 2]))
    >>> errors = class_errors(seen, fit_classes(seen, 1, 1, np.random.default_rng(1)))
    >>> round(float(errors.probabilities[0, 0]), 4)  # the root of 0.75 x 0.25 / 100
    0.0433
    """
    blocks = _blocks(patterns, fit)
    start = np.concatenate([fit.shares, fit.probabilities.ravel()])
    free = [(block, _inside(start[block])) for block in blocks]
    basis = _basis(len(start), free, start)
    if not basis.shape[1]:
        return ClassErrors(np.full_like(fit.shares, np.nan), np.full_like(fit.probabilities, np.nan), False, np.nan)
    information = -_curvature(patterns, start, basis, len(fit.shares))
    values = np.linalg.eigvalsh(information)
    condition = float(values[0] / values[-1])
    if condition < _SINGULAR:
        return ClassErrors(np.full_like(fit.shares, np.nan), np.full_like(fit.probabilities, np.nan), False, condition)
    covariance = basis @ np.linalg.solve(information, basis.T)
    error = np.sqrt(np.maximum(np.diag(covariance), 0))
    for block, inside in free:
        error[block] = np.where(inside & (inside.sum() > 1), error[block], np.nan if len(block) > 1 else 0.0)
    classes = len(fit.shares)
    return ClassErrors(error[:classes], error[classes:].reshape(fit.probabilities.shape), True, condition)


def _blocks(patterns: Patterns, fit: ClassFit) -> list[np.ndarray]:
    """List the groups of parameters that add up to one: the shares, then each item in each class."""
    classes, width = fit.probabilities.shape
    blocks = [np.arange(classes)]
    for k in range(classes):
        for first, last in zip(patterns.offsets[:-1], patterns.offsets[1:], strict=True):
            blocks.append(classes + k * width + np.arange(first, last))
    return blocks


def _inside(values: Floats) -> np.ndarray:
    """Say which probabilities are away from 0 and 1."""
    return (values > BOUNDARY) & (values < 1 - BOUNDARY)


def _basis(size: int, free: list[tuple[np.ndarray, np.ndarray]], values: Floats) -> Floats:
    """Build the directions in which free probabilities may move: steps of their logits, which keep each sum at one."""
    columns = []
    for block, inside in free:
        moving = block[inside]
        for member in moving[1:]:
            column = np.zeros(size)
            column[moving] = -values[moving] * values[member] / values[moving].sum()
            column[member] += values[member]
            columns.append(column)
    return np.array(columns).T if columns else np.zeros((size, 0))


def _curvature(patterns: Patterns, start: Floats, basis: Floats, classes: int) -> Floats:
    """Differentiate the score along the directions of the basis, by central differences."""
    rows = []
    for direction in basis.T:
        ahead, behind = (_score(patterns, start + sign * _STEP * direction, classes) for sign in (1.0, -1.0))
        rows.append((ahead - behind) @ basis / (2 * _STEP))
    curvature = np.array(rows)
    return (curvature + curvature.T) / 2


def _score(patterns: Patterns, values: Floats, classes: int) -> Floats:
    """Return the derivative of the log-likelihood with respect to every share and probability."""
    shares, probabilities = values[:classes], values[classes:].reshape(classes, -1)
    joint = pattern_likelihoods(patterns, shares, probabilities)
    weight = patterns.counts[:, None] * joint / joint.sum(axis=1, keepdims=True)
    slope = np.zeros_like(probabilities)
    for item, first in enumerate(patterns.offsets[:-1]):
        seen = patterns.codes[:, item] >= 0
        np.add.at(slope.T, first + patterns.codes[seen, item], weight[seen])
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(probabilities > 0, slope / probabilities, 0.0)
        return np.concatenate([np.where(shares > 0, weight.sum(axis=0) / shares, 0.0), slope.ravel()])
