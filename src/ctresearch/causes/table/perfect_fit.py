"""Outcomes that the columns give exactly: a copy, a recoded copy, a sum of its parts.

Adjusting for a copy of the outcome removes every effect, with a standard error of nothing but rounding; a copy of the
treatment leaves nobody to compare with. Neither is an estimate, so both are refused, and the column is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, FitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.stats.regression.generalized_linear import Floats

LEFT = 1e-10  # share of the variance that must be left over
_FIRST_LOOK = 1e-6  # cross-products lose digits, so whatever comes near is looked at again


def refuse_copies(  # noqa: PLR0917 - arrays by position
    design: Floats, sources: Sequence[str], target: Floats, name: str, role: str, weights: Floats | None = None
) -> None:
    """Refuse covariates that give another column of the analysis exactly, alone or together.

    Parameters
    ----------
    design : numpy.ndarray
        A constant, then the covariates, rows by columns.
    sources : sequence of str
        The covariate that each column comes from.
    target : numpy.ndarray
        Outcome or treatment, shape (rows,).
    name : str
        Its column, for the message.
    role : str
        What it is in the analysis.
    weights : numpy.ndarray, optional
        Survey weights, shape (rows,); rows of weight 0 take no part.

    Raises
    ------
    DataError
        If less than one part in 10,000,000,000 of its variance is left over.

    Examples
    --------
    >>> age = np.arange(9.0)
    >>> refuse_copies(np.column_stack([np.ones(9), age]), ("constant", "age"), age % 3, "hurt", "outcome")
    """
    used = slice(None) if weights is None else weights > 0
    y = target[used] - target[used].mean()
    x = design[used, 1:]
    if not x.shape[1] or len(y) < 3 or not y.any():
        return
    x = x - x.mean(axis=0)
    shares = (x.T @ y) ** 2 / np.maximum((x**2).sum(axis=0) * (y @ y), np.finfo(float).tiny)
    for column in np.flatnonzero(shares > 1 - _FIRST_LOOK):
        slope = x[:, column] @ y / (x[:, column] @ x[:, column])
        if ((y - slope * x[:, column]) ** 2).sum() < LEFT * (y @ y):
            raise DataError(
                f"covariate {sources[int(column) + 1]!r} is a copy of the {role} {name!r} (or one is a multiple of the "
                "other), must say something of its own: leave it out"
            )
    if len(y) > x.shape[1] + 1 and _left_over(x, y) < LEFT:
        given = ", ".join(repr(one) for one in dict.fromkeys(sources[1:]))
        raise DataError(
            f"covariates {given} together give the {role} {name!r} exactly, must leave some of it open: leave out those"
            " it was made from"
        )


def refuse_perfect_fit(outcome: Floats, fitted: Floats, name: str, weights: Floats | None = None) -> None:
    """Refuse a regression that leaves nothing over, since its standard errors are rounding.

    Parameters
    ----------
    outcome, fitted : numpy.ndarray
        What was seen and what the regression gives, shape (rows,).
    name : str
        Column of the outcome, for the message.
    weights : numpy.ndarray, optional
        Of the rows, shape (rows,); 1 by default.

    Raises
    ------
    FitError
        If less than one part in 10,000,000,000 of the variance is left over.

    Examples
    --------
    >>> refuse_perfect_fit(np.array([1.0, 2, 4]), np.array([1.1, 2.3, 3.6]), "hours")
    """
    share = np.ones(len(outcome)) if weights is None else weights
    centre = float(share @ outcome / share.sum())
    total, left = float(share @ (outcome - centre) ** 2), float(share @ (outcome - fitted) ** 2)
    if left < LEFT * total:
        raise FitError(
            f"treatment and covariates give {name!r} exactly, so there is no error to estimate and no limit to give: "
            f"look for columns that {name!r} was made from, and leave them out"
        )


def refuse_one_sided_arm(outcome: Floats, treatment: Floats, name: str) -> None:
    """Refuse an arm all or none of whose rows have an outcome of yes or no, and say what can be done.

    The odds ratio is then 0 or infinite, and the error of the arm's risk would be 0. An outcome of other numbers
    passes.

    Parameters
    ----------
    outcome, treatment : numpy.ndarray
        Treatment of 0 or 1; shape (rows,).
    name : str
        Column of the outcome, for the message.

    Raises
    ------
    FitError
        If an arm has no event, or nothing but events.

    Examples
    --------
    >>> refuse_one_sided_arm(np.array([0.0, 1, 0, 1]), np.array([0.0, 0, 1, 1]), "hurt")
    """
    if not np.isin(outcome, (0, 1)).all():
        return
    for arm, word in ((0, "untreated"), (1, "treated")):
        rows = outcome[treatment == arm]
        events = int(rows.sum())
        if events in {0, len(rows)}:
            raise FitError(
                f"{events:,} of {len(rows):,} {word} rows have the outcome {name!r}, so the risk of this arm has no "
                "error to estimate and the odds ratio no finite value: use OutcomeRegression(family='logistic', "
                "penalised='firth'), whose limits exist"
            )


def _left_over(x: Floats, y: Floats) -> float:
    """Return the share of the variance that centred columns leave over."""
    scale = np.sqrt((x**2).sum(axis=0))
    z = x[:, scale > 0] / scale[scale > 0]
    if not z.shape[1]:
        return 1.0
    values, vectors = np.linalg.eigh(z.T @ z)
    kept = values > 1e-11 * values[-1]
    half = vectors[:, kept].T @ (z.T @ y)
    share = 1 - float(half**2 @ (1 / values[kept])) / float(y @ y)
    if share > _FIRST_LOOK:
        return share
    left = y - z @ np.linalg.lstsq(z, y, rcond=None)[0]
    return float(left @ left) / float(y @ y)
