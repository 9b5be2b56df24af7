"""How well a log-linear model fits the cells that were observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.prevalence.lists.cells import FULL_TABLE, canonical_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.loglinear.existence import FittedModel


@dataclass(frozen=True, slots=True)
class Fit:
    """Deviance and Pearson's statistic with their degrees of freedom."""

    deviance: float
    pearson: float
    df: int

    def to_frame(self) -> pd.DataFrame:
        """Return both statistics with their p-values from the chi-squared distribution.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``statistic`` with columns ``value``, ``df`` and ``p_value``, NaN without degrees of freedom.
        """
        from scipy.special import chdtrc  # scipy.stats costs more to import than all fits of a table

        values = [self.deviance, self.pearson]
        tails = [float(chdtrc(self.df, value)) if self.df > 0 else np.nan for value in values]
        names = pd.Index(["deviance", "pearson"], name="statistic")
        return pd.DataFrame({"value": values, "df": self.df, "p_value": tails}, index=names)


def goodness_of_fit(counts: Array, model: FittedModel) -> Fit:
    """Compare observed and fitted counts.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    model : FittedModel
        A model with an estimate.

    Returns
    -------
    Fit
        Statistics over the cells that the model does not force to zero.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.existence import fit_model
    >>> counts = np.array([0, 60, 40, 20])
    >>> goodness_of_fit(counts, fit_model(counts, np.array([0, 1, 2]))).df
    0
    """
    return count_goodness(counts, model.means, len(model.kept))


def count_goodness(counts: Array, means: Array, parameters: int) -> Fit:
    """Compare observed counts with the means of any model.

    Parameters
    ----------
    counts, means : numpy.ndarray
        People by cell and what a model expects, shape (2 ** lists,); cells with mean 0 are left out.
    parameters : int
        Number of parameters of the model.

    Returns
    -------
    Fit
        Statistics and degrees of freedom.

    Examples
    --------
    >>> count_goodness(np.array([0, 60, 40, 20]), np.array([0, 50.0, 50.0, 20.0]), 2).pearson
    4.0
    """
    alive = means > 0
    observed, fitted = counts[alive], means[alive]
    seen = observed > 0
    logs = np.sum(observed[seen] * np.log(observed[seen] / fitted[seen]))
    deviance = max(0.0, 2 * float(logs - observed.sum() + fitted.sum()))
    pearson = float(np.sum((observed - fitted) ** 2 / fitted))
    return Fit(deviance=deviance, pearson=pearson, df=int(alive.sum()) - parameters)


def fitted_table(counts: Array, model: FittedModel, lists: Sequence[str]) -> pd.DataFrame:
    """Set observed beside fitted counts.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    model : FittedModel
        A model with an estimate.
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    pandas.DataFrame
        One row a pattern in canonical order, with columns for the lists, ``observed``, ``fitted`` and ``residual``
        (Pearson's; 0 where the model forces the cell to zero). Observed patterns only for more than 12 lists.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.existence import fit_model
    >>> counts = np.array([0, 60, 40, 20])
    >>> fitted_table(counts, fit_model(counts, np.array([0, 1, 2])), ["A", "B"])["observed"].tolist()
    [60, 40, 20]
    """
    return count_table(counts, model.means, lists)


def count_table(counts: Array, means: Array, lists: Sequence[str]) -> pd.DataFrame:
    """Set observed counts beside the means of any model.

    Parameters
    ----------
    counts, means : numpy.ndarray
        People by cell and what a model expects, shape (2 ** lists,).
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    pandas.DataFrame
        As from :func:`fitted_table`.

    Examples
    --------
    >>> count_table(np.array([0, 60, 40, 20]), np.array([0, 50.0, 50.0, 20.0]), ["A", "B"])["fitted"].tolist()
    [50.0, 50.0, 20.0]
    """
    patterns = np.arange(1, counts.size) if len(lists) <= FULL_TABLE else np.flatnonzero(counts)
    patterns = patterns[canonical_order(patterns, len(lists))]
    observed, fitted = counts[patterns], means[patterns]
    residual = np.divide(observed - fitted, np.sqrt(fitted), out=np.zeros(len(patterns)), where=fitted > 0)
    columns = {name: patterns >> i & 1 for i, name in enumerate(lists)}
    return pd.DataFrame(columns | {"observed": observed.astype(np.int64), "fitted": fitted, "residual": residual})
