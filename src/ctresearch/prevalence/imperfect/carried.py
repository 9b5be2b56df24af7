"""An estimate from each of several completed tables, combined into one that carries the doubt about the completion.

Where the estimator gives bootstrap or posterior draws, these are mixed in equal parts. Otherwise Rubin's rules combine
estimates and standard errors of the logarithms, on which sizes of populations are less skewed.

References
----------
.. [1] Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. New York: Wiley.
   https://doi.org/10.1002/9780470316696
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.estimator import Estimator
from ctresearch.core.message import say
from ctresearch.core.result import MAX_DRAWS, Result, estimates_table
from ctresearch.prevalence.lists.cells import canonical_order
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.sensitivity.linkage import combine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.scope import Scope
    from ctresearch.prevalence.lists.cells import Array

TERMS = ("population", "unobserved")
# A variance between fewer than five tables is hardly known; tables without an estimate are not lost at random.
FEWEST_TABLES, MOST_LOST = 5, 0.1


@dataclass(frozen=True, slots=True)
class Carried:
    """What several completed tables say together.

    ``estimates`` and ``draws`` are those of a result; ``interval`` is how its limits were made; ``first`` is the result
    of one table, for its words; ``checks`` say how the single fits went.
    """

    estimates: pd.DataFrame
    draws: pd.DataFrame | None
    interval: str
    first: Result
    checks: tuple[Check, ...]


def is_estimator(estimator: Any) -> Estimator:
    """Return what is asked to fit the completed tables, if it can.

    Parameters
    ----------
    estimator : object
        What the user gave.

    Returns
    -------
    Estimator
        The same.

    Raises
    ------
    SpecificationError
        If it is a class, or has no ``fit``.

    Examples
    --------
    >>> from ctresearch.prevalence import LogLinear
    >>> is_estimator(LogLinear("aic"))
    LogLinear('aic')
    """
    if isinstance(estimator, type) or not isinstance(estimator, Estimator):
        raise SpecificationError(
            f"estimator is a {type(estimator).__name__}, must be an estimator of a table of lists such as "
            "LogLinear('fixed', model='[1,2]')"
        )
    return estimator


def table_of(cells: Array, lists: Sequence[str], scope: Scope) -> CaptureHistories:
    """Return people by cell as a table of lists.

    Parameters
    ----------
    cells : numpy.ndarray
        Whole numbers, shape (2 ** lists,); the first is not used.
    lists : sequence of str
        Names of the lists.
    scope : Scope
        Whom it counts.

    Returns
    -------
    CaptureHistories
        The table.

    Examples
    --------
    >>> from ctresearch.core import Scope
    >>> table_of(np.array([0, 3, 4, 2]), ["a", "b"], Scope()).n_observed
    9
    """
    patterns = np.arange(1, cells.size)
    columns: dict[str, Any] = {name: patterns >> i & 1 for i, name in enumerate(lists)}
    frame = pd.DataFrame(columns | {"count": np.asarray(cells[1:], dtype=np.int64)})
    return CaptureHistories.from_counts(frame, list(lists), scope=scope)


def completed_table(observed: Array, drawn: Array, lists: Sequence[str]) -> pd.DataFrame:
    """Show observed and completed counts by pattern.

    Parameters
    ----------
    observed : numpy.ndarray
        People by cell as they came, shape (2 ** lists,).
    drawn : numpy.ndarray
        People by cell of each completed table, shape (tables, 2 ** lists).
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    pandas.DataFrame
        Columns of 0 and 1, ``observed``, ``completed`` (the mean) and ``std_error``, in canonical order.

    Examples
    --------
    >>> drawn = np.array([[0, 3, 4, 2], [0, 3, 4, 4]])
    >>> completed_table(np.array([0, 3, 4, 1]), drawn, ["a", "b"])["completed"].tolist()
    [3.0, 4.0, 3.0]
    """
    patterns = np.arange(1, observed.size)
    patterns = patterns[canonical_order(patterns, len(lists))]
    columns: dict[str, Any] = {name: patterns >> i & 1 for i, name in enumerate(lists)}
    columns |= {
        "observed": observed[patterns].astype(np.int64),
        "completed": drawn[:, patterns].mean(axis=0),
        "std_error": drawn[:, patterns].std(axis=0, ddof=1),
    }
    return pd.DataFrame(columns)


def carry(estimator: Estimator, tables: Sequence[CaptureHistories], level: float) -> Carried:
    """Fit every completed table and combine what the results say.

    Parameters
    ----------
    estimator : Estimator
        Fits tables of lists; has the terms ``population`` and ``unobserved``, with draws or a standard error.
    tables : sequence of CaptureHistories
        At least five completions of one table.
    level : float
        Level of the limits.

    Returns
    -------
    Carried
        Terms ``population``, ``unobserved`` and ``completion_share``.

    Raises
    ------
    FitError
        If the estimate does not exist on more than a tenth of the tables.

    Examples
    --------
    >>> from ctresearch.core import Scope
    >>> from ctresearch.prevalence import LogLinear
    >>> tables = [table_of(np.array([0, 60, 40, 20 + k]), ["a", "b"], Scope()) for k in range(5)]
    >>> carried = carry(LogLinear("fixed", model="[1,2]"), tables, 0.95)
    >>> carried.interval, round(float(carried.estimates.loc["population", "estimate"]))
    ('rubin', 231)
    """
    fitted = _fit_all(estimator, tables)
    drawn = _mixed_draws(fitted)
    rows: dict[str, tuple[float, float, float, float]] = {}
    share = 0.0
    for term in TERMS:
        values = np.array([one.estimates.loc[term, "estimate"] for one in fitted], dtype=float)
        errors = np.array([one.estimates.loc[term, "std_error"] for one in fitted], dtype=float)
        if drawn is None:
            both = combine(np.maximum(values, 1e-9), errors, level)
            rows[term], part = (both.estimate, both.std_error, both.low, both.high), both.from_linkage
        else:
            rows[term], part = _from_draws(drawn.loc[term].to_numpy(dtype=float), values, level)
        share = part if term == "population" else share
    table = estimates_table(rows | {"completion_share": (share, np.nan, np.nan, np.nan)})
    draws = None if drawn is None else drawn.reindex([*TERMS, "completion_share"]).rename_axis("term")
    return Carried(
        estimates=table.assign(unit=["persons", "persons", "share of variance"]),
        draws=draws,
        interval="rubin" if drawn is None else "percentile",
        first=fitted[0],
        checks=(_check_lost(len(fitted), len(tables)), _check_single(fitted)),
    )


def plain_estimate(estimator: Estimator, table: CaptureHistories) -> float:
    """Estimate from a table as it is; NaN where that has none.

    Parameters
    ----------
    estimator : Estimator
        Fits tables of lists.
    table : CaptureHistories
        The table.

    Returns
    -------
    float
        The population, in persons.

    Examples
    --------
    >>> from ctresearch.core import Scope
    >>> from ctresearch.prevalence import LogLinear
    >>> table = table_of(np.array([0, 60, 40, 20]), ["a", "b"], Scope())
    >>> round(plain_estimate(LogLinear("fixed", model="[1,2]"), table))
    240
    """
    try:
        return float(estimator.fit(table).estimates["estimate"]["population"])
    except (FitError, DataError):
        return float("nan")


def _fit_all(estimator: Estimator, tables: Sequence[CaptureHistories]) -> list[Result]:
    """Fit each table, and refuse if too many have no estimate."""
    fitted: list[Result] = []
    reasons: list[str] = []
    for table in tables:
        try:
            result = estimator.fit(table)
            row = result.estimates.loc["population", ["estimate", "std_error"]].to_numpy(dtype=float)
        except (FitError, DataError) as error:
            reasons.append(str(error))
            continue
        except KeyError:
            raise SpecificationError(
                f"estimator == {estimator!r} has no single term 'population', must be one that estimates a population"
            ) from None
        if result.stands and np.isfinite(row).all():
            fitted.append(result)
        else:
            reasons.append("no estimate with a standard error that stands: ask the estimator for an interval")
    if len(reasons) > MOST_LOST * len(tables):
        raise FitError(
            f"{len(reasons)} of {len(tables)} completed tables have no estimate, at most {MOST_LOST:.0%} may be "
            f"without; the first says: {reasons[0]}"
        )
    return fitted


def _mixed_draws(fitted: list[Result]) -> pd.DataFrame | None:
    """Mix the draws of all results in equal parts, if all have draws."""
    each = MAX_DRAWS // len(fitted)
    parts: list[pd.DataFrame] = []
    for one in fitted:
        draws = one.draws
        if draws is None or not set(TERMS) <= set(draws.index):
            return None
        parts.append(draws.loc[list(TERMS)].dropna(axis=1))
    fewest = min(each, *(part.shape[1] for part in parts))
    return pd.concat([part.iloc[:, :fewest] for part in parts], axis=1, ignore_index=True)


def _from_draws(draws: Array, values: Array, level: float) -> tuple[tuple[float, float, float, float], float]:
    """Take estimate, spread, limits and the share that lies between tables from mixed draws."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    variance = float(draws.var(ddof=1))
    share = min(float(values.var(ddof=1)) / variance, 1.0) if variance else 0.0
    return (float(np.median(values)), float(np.sqrt(variance)), float(low), float(high)), share


def _check_lost(fitted: int, tables: int) -> Check:
    """Say on how many completed tables the estimate does not exist."""
    words = say("{fitted} of {tables} completed tables have an estimate.", fitted=fitted, tables=tables)
    lost = tables - fitted
    return Check("completed tables", "review" if lost else "pass", words, {"tables": tables, "lost": lost})


def _check_single(fitted: list[Result]) -> Check:
    """Pass on what the checks of the single fits found."""
    failed, asked = (sum(one.status == status for one in fitted) for status in ("fail", "review"))
    words = say(
        "Of {fits} fits to completed tables, {failed} have a failed check and {asked} one to review.",
        fits=len(fitted),
        failed=failed,
        asked=asked,
    )
    half = len(fitted) / 2  # one table in twenty fails a good check at its usual level
    status: Any = "fail" if failed > half else "review" if failed or asked > half else "pass"
    return Check("single fits", status, words, {"failed": failed, "to_review": asked})
