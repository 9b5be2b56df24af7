"""Coefficients of a fitted log-linear model, with their standard errors, and its log-likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.prevalence.lists.cells import canonical_order, members, set_size, table_margins
from ctresearch.prevalence.loglinear.model_terms import write_term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.loglinear.existence import FittedModel

INTERCEPT = "intercept"


def coefficient_table(model: FittedModel, lists: Sequence[str], level: float) -> pd.DataFrame:
    """Table the coefficients of a model with Wald limits.

    Parameters
    ----------
    model : FittedModel
        A model with an estimate.
    lists : sequence of str
        Names of the lists.
    level : float
        Coverage of the limits, given the model.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``term`` as models write them, the first the intercept: ``lists``, ``order`` (how many),
        ``estimate``, ``std_error``, ``ci_low`` and ``ci_high``. A term that was removed because nobody has all its
        lists has the estimate minus infinity and no error; the others are those of the table without the cells that it
        empties.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.existence import fit_model
    >>> model = fit_model(np.array([0, 60, 40, 20]), np.array([0, 1, 2]))
    >>> coefficient_table(model, ["A", "B"], 0.95)["estimate"].round(3).to_dict()
    {'intercept': 4.787, '1': -0.693, '2': -1.099}
    """
    order = canonical_order(model.terms, len(lists))
    estimate, std_error = coefficients_of(model)
    return term_table(model.terms[order], lists, estimate[order], std_error[order], level)


def coefficients_of(model: FittedModel) -> tuple[Array, Array]:
    """Return the coefficients of a model and their standard errors.

    Parameters
    ----------
    model : FittedModel
        A model with an estimate.

    Returns
    -------
    tuple of numpy.ndarray
        By term of the model, shape (P,) each; minus infinity and NaN for a term that was removed.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.existence import fit_model
    >>> model = fit_model(np.array([0, 60, 40, 20]), np.array([0, 1, 2]))
    >>> coefficients_of(model)[0].round(3).tolist()
    [4.787, -0.693, -1.099]
    """
    sums = table_margins(model.means)
    covariance = np.linalg.inv(sums[model.kept[:, None] | model.kept[None, :]])
    estimate, std_error = np.full(len(model.terms), -np.inf), np.full(len(model.terms), np.nan)
    place = {term: i for i, term in enumerate(model.terms.tolist())}
    there = [place[term] for term in model.kept.tolist()]
    estimate[there], std_error[there] = model.beta, np.sqrt(np.diag(covariance))
    return estimate, std_error


def term_table(
    terms: Array, lists: Sequence[str], estimate: Array, std_error: Array, level: float, **keys: Any
) -> pd.DataFrame:
    """Table coefficients by term with normal limits.

    Parameters
    ----------
    terms : numpy.ndarray
        Patterns, shape (P,).
    lists : sequence of str
        Names of the lists.
    estimate, std_error : numpy.ndarray
        On the log scale, shape (P,).
    level : float
        Coverage of the limits.
    **keys
        Further columns before the estimate, each a scalar or one value a term.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``term`` as models write them: ``lists``, ``order``, the keys, ``estimate``, ``std_error``,
        ``ci_low`` and ``ci_high``.

    Examples
    --------
    >>> term_table(np.array([3]), ["A", "B"], np.array([0.5]), np.array([0.1]), 0.95)["lists"].tolist()
    ['A:B']
    """
    from scipy.special import ndtri

    reach = float(ndtri((1 + level) / 2)) * std_error
    names = [write_term(term, lists) if term else INTERCEPT for term in terms.tolist()]
    columns = {
        "lists": [":".join(lists[i] for i in members(term)) for term in terms.tolist()],
        "order": set_size(terms),
        **keys,
        "estimate": estimate,
        "std_error": std_error,
        "ci_low": estimate - reach,
        "ci_high": estimate + reach,
    }
    return pd.DataFrame(columns, index=pd.Index(names, name="term", dtype="str"))


def odds_ratios(coefficients: pd.DataFrame | None, method: str) -> pd.DataFrame:
    """Turn the coefficients of interactions into ratios of odds.

    Parameters
    ----------
    coefficients : pandas.DataFrame, optional
        As :func:`term_table` makes it.
    method : str
        What the result was made by, for the message.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``term``: ``lists``, further keys, ``odds_ratio``, ``ci_low`` and ``ci_high``.

    Raises
    ------
    DataError
        If there are no coefficients.

    Examples
    --------
    >>> table = term_table(np.array([3]), ["A", "B"], np.array([0.0]), np.array([0.1]), 0.95)
    >>> odds_ratios(table, "an example")["odds_ratio"].tolist()
    [1.0]
    """
    if coefficients is None:
        raise DataError(
            f"this result of {method!r} holds no coefficients: it was written before coefficients were kept, or its "
            "estimator has none; fit a log-linear model"
        )
    shown = coefficients[coefficients["order"] > 1]
    keys = [name for name in shown.columns if name not in ("order", "estimate", "std_error", "ci_low", "ci_high")]
    ratios = {"odds_ratio": np.exp(shown["estimate"])} | {name: np.exp(shown[name]) for name in ("ci_low", "ci_high")}
    return shown[keys].assign(**ratios)


def log_likelihood(counts: Array, model: FittedModel) -> float:
    """Return the Poisson log-likelihood of the observed cells, factorials included.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,); the first is not used.
    model : FittedModel
        A model with an estimate. Cells that it forces to zero are empty and add nothing.

    Returns
    -------
    float
        As other software for generalised linear models gives it.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.existence import fit_model
    >>> counts = np.array([0, 60, 40, 20])
    >>> round(log_likelihood(counts, fit_model(counts, np.array([0, 1, 2]))), 3)
    -8.154
    """
    from scipy.special import gammaln

    alive = np.flatnonzero(model.means[1:] > 0) + 1
    observed, fitted = counts[alive], model.means[alive]
    return float(np.sum(observed * np.log(fitted) - fitted - gammaln(observed + 1)))
