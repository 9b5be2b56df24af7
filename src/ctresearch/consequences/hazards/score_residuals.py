"""Each row's share in the error of Cox coefficients, and standard errors that allow for clusters.

References
----------
.. [1] Lin, D. Y. and Wei, L. J. (1989). The robust inference for the Cox proportional hazards model. Journal of the
   American Statistical Association 84, 1074-1078. https://doi.org/10.1080/01621459.1989.10478874
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.consequences.hazards.partial_likelihood import event_terms

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Durations, Floats, Integers
    from ctresearch.consequences.hazards.partial_likelihood import EventTerms, RiskSets


def score_residuals(rows: Durations, columns: Floats, sets: RiskSets, point: Floats, *, efron: bool) -> Floats:
    """Split the score by row.

    Parameters
    ----------
    rows : Durations
        When each was observed.
    columns : numpy.ndarray
        Covariates, rows by columns, in the order of the table.
    sets : RiskSets
        The same rows in order of the sweep.
    point : numpy.ndarray
        Coefficients, shape (columns,).
    efron : bool
        How ties were handled.

    Returns
    -------
    numpy.ndarray
        Rows by columns, times the weight of the row; they sum to the score, which is 0 at the maximum.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> from ctresearch.consequences.hazards.partial_likelihood import risk_sets
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True]))
    >>> x = np.array([[1.0], [0.0]])
    >>> score_residuals(rows, x, risk_sets(rows, x), np.zeros(1), efron=True).ravel().tolist()
    [0.25, 0.25]
    """
    terms, times = event_terms(sets, point, efron=efron), sets.times[::-1]
    linear = columns @ point
    risk = np.exp(linear - linear.max())
    first, last = (np.searchsorted(times, when, side="right") for when in (rows.entry, rows.stop))
    hazard = _between(terms.hazard, first, last)
    mean = _between(terms.hazard_mean, first, last)
    out = -risk[:, None] * (columns * hazard[:, None] - mean)
    at = np.flatnonzero(rows.event)
    own = len(times) - last[at]
    out[at] += _own_part(columns[at], risk[at], own, terms)
    weights = np.empty(rows.n)
    weights[sets.order] = sets.weights
    return np.asarray(out * weights[:, None], dtype=float)


def clustered_covariance(residuals: Floats, covariance: Floats, clusters: Integers | None) -> Floats:
    """Return the sandwich covariance, residuals summed by cluster.

    Parameters
    ----------
    residuals : numpy.ndarray
        Rows by columns.
    covariance : numpy.ndarray
        Inverse information, columns by columns.
    clusters : numpy.ndarray or None
        Cluster of each row from 0; each row by itself if None.

    Returns
    -------
    numpy.ndarray
        Columns by columns.

    Examples
    --------
    >>> clustered_covariance(np.array([[1.0], [-1.0]]), np.eye(1), np.array([0, 0])).tolist()
    [[0.0]]
    """
    influence = residuals @ covariance
    if clusters is not None:
        sums = np.zeros((int(clusters.max()) + 1, influence.shape[1]))
        np.add.at(sums, clusters, influence)
        influence = sums
    return np.asarray(influence.T @ influence, dtype=float)


def _between(steps: Floats, first: Integers, last: Integers) -> Floats:
    """Add up what came at the event times after entry, up to the end; steps come latest first."""
    up = np.concatenate([np.zeros((1, *steps.shape[1:])), np.cumsum(steps[::-1], axis=0)])
    return np.asarray(up[last] - up[first], dtype=float)


def _own_part(columns: Floats, risk: Floats, own: Integers, terms: EventTerms) -> Floats:
    """Return what an event adds for the one who has it, and mends the smaller step under Efron's ties."""
    less = (terms.hazard - terms.own)[own]
    less_mean = (terms.hazard_mean - terms.own_mean)[own]
    return np.asarray(columns - terms.mean[own] + risk[:, None] * (columns * less[:, None] - less_mean), dtype=float)
