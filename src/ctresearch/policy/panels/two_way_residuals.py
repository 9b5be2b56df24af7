"""What is left of a matrix of units by periods once every unit and every period has a level of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.policy.panels.panel_columns import Floats


def two_way_residuals(values: Floats, weights: Floats) -> Floats:
    """Take unit and period effects out of matrices, by weighted least squares.

    Parameters
    ----------
    values : numpy.ndarray
        Matrices, shape (matrices, units, times); what stands where the weight is 0 does not matter.
    weights : numpy.ndarray
        Units by times, 0 where nothing is seen.

    Returns
    -------
    numpy.ndarray
        Of the shape of ``values``; 0 where nothing is seen.

    Notes
    -----
    Unit effects are swept out exactly, period effects by one system of as many equations as periods, so that gaps cost
    no iterations.

    Examples
    --------
    >>> two_way_residuals(np.array([[[1.0, 2.0], [1.0, 4.0]]]), np.ones((2, 2)))[0].round(9).tolist()
    [[0.5, -0.5], [-0.5, 0.5]]
    """
    clean = np.where(weights > 0, values, 0.0)
    total = weights.sum(axis=1)
    share = weights / np.where(total > 0, total, 1.0)[:, None]
    within = np.where(weights > 0, clean - (clean * share).sum(axis=2)[:, :, None], 0.0)
    gram = np.diag(weights.sum(axis=0)) - weights.T @ share
    moments = np.einsum("it,kit->tk", weights, within)
    levels = np.linalg.lstsq(gram, moments, rcond=1e-12)[0].T
    swept = levels[:, None, :] - (levels @ share.T)[:, :, None]
    return np.where(weights > 0, within - swept, 0.0)
