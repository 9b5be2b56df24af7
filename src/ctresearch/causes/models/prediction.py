"""How well a model predicts: calibration, discrimination and the decision curve, from cross-fitted chances.

References
----------
.. [1] DeLong, E. R., DeLong, D. M. and Clarke-Pearson, D. L. (1988). Comparing the areas under two or more correlated
   receiver operating characteristic curves: a nonparametric approach. Biometrics 44, 837-845.
   https://doi.org/10.2307/2531595
.. [2] Vickers, A. J. and Elkin, E. B. (2006). Decision curve analysis: a novel method for evaluating prediction models.
   Medical Decision Making 26, 565-574. https://doi.org/10.1177/0272989X06295361
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.stats.regression.generalized_linear import fit_regression

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.stats.regression.generalized_linear import Floats

_EDGE = 1e-6


def area_under_curve(chance: Floats, outcome: Floats) -> tuple[float, float]:
    """Return how often a case has the higher chance than somebody who is none, and DeLong's standard error.

    Parameters
    ----------
    chance, outcome : numpy.ndarray
        Predicted chance and 0 or 1, shape (rows,).

    Returns
    -------
    tuple of float
        Area under the receiver operating characteristic, ties counting half, and its standard error.

    Examples
    --------
    >>> area_under_curve(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0, 1, 1]))[0]
    0.75
    """
    from scipy.stats import rankdata

    case = outcome == 1
    cases, others = chance[case], chance[~case]
    together = rankdata(np.concatenate([cases, others]))
    above = (together[: len(cases)] - rankdata(cases)) / len(others)
    below = 1 - (together[len(cases) :] - rankdata(others)) / len(cases)
    variance = above.var(ddof=1) / len(cases) + below.var(ddof=1) / len(others)
    return float(above.mean()), float(np.sqrt(variance))


def calibration_line(chance: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    """Regress the outcome on the log-odds of its predicted chance.

    Parameters
    ----------
    chance, outcome : numpy.ndarray
        Predicted chance and 0 or 1, shape (rows,).

    Returns
    -------
    tuple of numpy.ndarray
        Intercept with the slope held at 1 and slope, and their standard errors, shape (2,) each; 0 and 1 are ideal.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> chance = rng.uniform(0.1, 0.9, 4000)
    >>> calibration_line(chance, (rng.random(4000) < chance) * 1.0)[0].round(1).tolist() == [0.0, 1.0]
    True
    """
    held = np.clip(chance, _EDGE, 1 - _EDGE)
    odds = np.log(held / (1 - held))
    shift = fit_regression(np.ones((len(odds), 1)), outcome, "logistic", offset=odds)
    line = fit_regression(np.column_stack([np.ones(len(odds)), odds]), outcome, "logistic")
    values = np.array([shift.coefficients[0], line.coefficients[1]])
    return values, np.sqrt(np.array([shift.inverse[0, 0], line.inverse[1, 1]]))


def calibration_table(chance: Floats, outcome: Floats, groups: int) -> pd.DataFrame:
    """Compare predicted chances with what happened, in groups of equal size.

    Parameters
    ----------
    chance, outcome : numpy.ndarray
        Predicted chance and 0 or 1, shape (rows,).
    groups : int
        How many groups.

    Returns
    -------
    pandas.DataFrame
        ``predicted``, ``observed`` and ``persons`` of each group, lowest chances first.

    Examples
    --------
    >>> calibration_table(np.array([0.1, 0.2, 0.7, 0.8]), np.array([0.0, 0, 1, 1]), 2)["observed"].tolist()
    [0.0, 1.0]
    """
    parts = np.array_split(np.argsort(chance, kind="stable"), groups)
    rows = [(chance[part].mean(), outcome[part].mean(), len(part)) for part in parts]
    return pd.DataFrame(rows, columns=["predicted", "observed", "persons"])


def decision_curve(chance: Floats, outcome: Floats, thresholds: Sequence[float]) -> pd.DataFrame:
    """Return the net benefit of acting above each threshold, beside acting for everybody and for nobody (0).

    Parameters
    ----------
    chance, outcome : numpy.ndarray
        Predicted chance and 0 or 1, shape (rows,).
    thresholds : sequence of float
        Chances above which one would act: at 0.2 a case reached is worth four people troubled for nothing.

    Returns
    -------
    pandas.DataFrame
        ``threshold``, ``model``, ``everybody``.

    Examples
    --------
    >>> decision_curve(np.array([0.1, 0.9]), np.array([0.0, 1.0]), [0.5])["model"].tolist()
    [0.5]
    """
    rows = []
    for threshold in thresholds:
        act, price = chance >= threshold, threshold / (1 - threshold)
        model = (outcome * act).mean() - price * ((1 - outcome) * act).mean()
        rows.append((threshold, float(model), float(outcome.mean() - price * (1 - outcome.mean()))))
    return pd.DataFrame(rows, columns=["threshold", "model", "everybody"])
