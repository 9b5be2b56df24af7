"""How a two-way model weights the effect in each unit and period, and how much effects may differ before it misleads.

References
----------
.. [1] de Chaisemartin, C. and D'Haultfoeuille, X. (2020). Two-way fixed effects estimators with heterogeneous treatment
   effects. American Economic Review 110, 2964-2996. https://doi.org/10.1257/aer.20181169
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.policy.panels.two_way_residuals import two_way_residuals

if TYPE_CHECKING:
    from ctresearch.policy.panels.panel_columns import Floats

_ROUNDING = 1e-10  # of a weight that is 0 on paper, beside weights that sum to one


@dataclass(frozen=True, slots=True)
class CellWeights:
    """The coefficient of a two-way model as a weighted sum of effects.

    Parameters
    ----------
    coefficient : float
        Of the treatment.
    weights : numpy.ndarray
        Units by times, summing to one over treated cells, 0 elsewhere.
    residuals : numpy.ndarray
        What is left of the treatment, units by times.
    errors : numpy.ndarray
        What is left of the outcome, units by times.
    spread_to_zero : float
        Standard deviation of effects at which the average effect may be 0 for all that the coefficient says.
    spread_to_reverse : float
        Standard deviation at which every effect may have the other sign; infinity where no weight is negative.

    Examples
    --------
    >>> outcome, treatment = np.array([[1.0, 3.0], [1.0, 2.0]]), np.array([[0.0, 1.0], [0.0, 0.0]])
    >>> cell_weights(outcome, treatment, (), np.ones((2, 2))).coefficient.__round__(9)
    1.0
    """

    coefficient: float
    weights: Floats
    residuals: Floats
    errors: Floats
    spread_to_zero: float
    spread_to_reverse: float


def cell_weights(outcome: Floats, treatment: Floats, covariates: tuple[Floats, ...], weights: Floats) -> CellWeights:
    """Work out the weights of effects in a two-way model.

    Parameters
    ----------
    outcome, treatment : numpy.ndarray
        Units by times.
    covariates : tuple of numpy.ndarray
        Units by times.
    weights : numpy.ndarray
        Of rows, units by times, 0 where nothing is seen.

    Returns
    -------
    CellWeights
        The coefficient is NaN where the treatment does not vary once unit and period effects are taken out.

    Examples
    --------
    >>> outcome, treatment = np.array([[1.0, 3.0], [1.0, 2.0]]), np.array([[0.0, 1.0], [0.0, 0.0]])
    >>> cell_weights(outcome, treatment, (), np.ones((2, 2))).weights.tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    left = two_way_residuals(np.stack([outcome, treatment, *covariates]), weights)
    root = np.sqrt(weights)
    flat = (left * root).reshape(len(left), -1)
    controls = flat[2:].T
    for one in (0, 1) if len(covariates) else ():
        flat[one] -= controls @ np.linalg.lstsq(controls, flat[one], rcond=None)[0]
    y, d = flat[0], flat[1]
    scale = float(d @ d)
    scaled = root.ravel()
    own = np.where(weights > 0, treatment, 0.0).ravel()
    if scale <= _ROUNDING * max(float((own * scaled) @ (own * scaled)), 1e-300):
        nothing = np.zeros(outcome.shape)
        return CellWeights(np.nan, nothing, nothing, nothing, np.nan, np.nan)
    coefficient = float(d @ y) / scale
    raw = (d * scaled * own).reshape(outcome.shape)
    found = raw / raw.sum()
    found[np.abs(found) < _ROUNDING] = 0.0
    shape = outcome.shape
    unscaled = np.divide(1.0, scaled, out=np.zeros_like(scaled), where=scaled > 0)
    errors = ((y - coefficient * d) * unscaled).reshape(shape)
    zero, reverse = _spreads(coefficient, found, np.where(weights > 0, np.abs(treatment) * weights, 0.0))
    return CellWeights(coefficient, found, (d * unscaled).reshape(shape), errors, zero, reverse)


def _spreads(coefficient: float, found: Floats, masses: Floats) -> tuple[float, float]:
    """Return the spreads of effects at which their average may be 0, and at which all may have the other sign."""
    treated = masses > 0
    share = masses[treated] / masses[treated].sum()
    weight = found[treated] / share
    variance = float((share * (weight - 1) ** 2).sum())
    zero = abs(coefficient) / np.sqrt(variance) if variance > _ROUNDING else np.inf
    if not (weight < 0).any():
        return float(zero), np.inf
    order = np.argsort(-weight)
    weight, share = weight[order], share[order]
    tail_share, tail_sum = share[::-1].cumsum()[::-1], (share * weight)[::-1].cumsum()[::-1]
    tail_square = (share * weight**2)[::-1].cumsum()[::-1]
    head = np.maximum(1 - tail_share, 0.0)
    under = np.divide(tail_sum, head, out=np.full_like(head, np.inf), where=head > _ROUNDING)
    first = int(np.argmax(weight < -under))
    spread = tail_square[first] + tail_sum[first] ** 2 / max(head[first], _ROUNDING)
    return float(zero), float(abs(coefficient) / np.sqrt(spread))
