"""An estimate that carries the error of the linkage its table comes from.

A table of lists that was linked has error of its own: a match that was missed makes one person two and lowers an
overlap, and a small overlap moves the estimate of the whole much. So the estimate is made from each of several linked
tables, drawn as the match probabilities allow, and the results are combined. Where the estimator gives bootstrap or
posterior draws, these are mixed in equal parts. Otherwise Rubin's rules [1]_ combine estimates and standard errors of
the logarithms, on which such estimates are less skewed.

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
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.estimator import Estimator
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import MAX_DRAWS, Result, estimates_table
from ctresearch.core.validate import is_level
from ctresearch.prevalence.lists.estimable import require_histories
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.population_table import PopulationResult
from ctresearch.prevalence.lists.table_checks import checks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.prevalence.lists.histories import CaptureHistories

TERMS = ("population", "unobserved")
# A variance between fewer than five tables is hardly known; tables without an estimate are not lost at random.
FEWEST_TABLES, MOST_LOST = 5, 0.1
ASSUMPTIONS = (
    "the linked tables are draws from what the match probabilities allow, and these are calibrated",
    "errors of linkage do not depend on which lists a person is on",
)


@dataclass(frozen=True, slots=True)
class Combined:
    """Estimate, standard error and limits; ``from_linkage`` is the share of the variance due to linkage."""

    estimate: float
    std_error: float
    low: float
    high: float
    from_linkage: float


def carry_linkage(
    estimator: Estimator, histories: Sequence[CaptureHistories], *, level: float = 0.95
) -> PopulationResult:
    """Estimate from each of several linked tables and combine what they say.

    Parameters
    ----------
    estimator : Estimator
        Any that fits capture histories and has the terms ``population`` and ``unobserved``, with draws or with a
        standard error.
    histories : sequence of CaptureHistories
        At least five tables of the same lists, from drawn linkages.
    level : float
        Level of the limits.

    Returns
    -------
    Result
        Terms ``population`` and ``unobserved``, and ``linkage_share``, the share of the variance that comes from
        linkage. ``interval`` is ``percentile`` for mixed draws and ``rubin`` otherwise.

    Raises
    ------
    DataError
        If there are fewer than five tables, or they differ in their lists.
    FitError
        If the estimate does not exist on more than a tenth of the tables.

    References
    ----------
    .. [1] Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. New York: Wiley.
       https://doi.org/10.1002/9780470316696

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> tables = [CaptureHistories.from_counts(pd.DataFrame(
    ...     {"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60 - m, 40 - m, 20 + m]})) for m in range(-2, 3)]
    >>> plain = LogLinear("fixed", model="[1,2]").fit(tables[2])
    >>> carried = carry_linkage(LogLinear("fixed", model="[1,2]"), tables)
    >>> bool(carried.estimates.loc["population", "std_error"] > plain.estimates.loc["population", "std_error"])
    True
    """
    is_level(level)
    _check_tables(estimator, histories)
    fitted, kept = _fit_all(estimator, histories)
    seen = np.array([table.n_observed for table in kept], dtype=float)
    drawn = _mixed_draws(fitted)
    rows = {}
    for term in TERMS:
        estimates = np.array([one.estimates.loc[term, "estimate"] for one in fitted], dtype=float)
        errors = np.array([one.estimates.loc[term, "std_error"] for one in fitted], dtype=float)
        rows[term] = (
            combine(estimates, errors, level)
            if drawn is None
            else _mixed(drawn.loc[term].to_numpy(dtype=float), estimates, level)
        )
    first = fitted[0]
    table = estimates_table(
        {term: (one.estimate, one.std_error, one.low, one.high) for term, one in rows.items()}
        | {"linkage_share": (rows["population"].from_linkage, np.nan, np.nan, np.nan)}
    )
    return PopulationResult(
        method=say("{method}; carried through {linkages} drawn linkages", method=first.method, linkages=len(fitted)),
        estimates=table.assign(unit=[*["persons"] * 2, "share of variance"]),
        n=round(float(seen.mean())),
        level=level,
        interval="rubin" if drawn is None else "percentile",
        scope=first.scope,
        checks=(_check_lost(len(fitted), len(histories)), _check_worst(fitted), *checks_of(*histories)),
        assumptions=(*first.assumptions, *ASSUMPTIONS),
        references=(*first.references, *references(carry_linkage)),
        inputs=record(pd.concat([one.counts.assign(table=i) for i, one in enumerate(kept)])),
        smallest_group=min(fewest_people(one.cell_counts()) for one in kept),
        draws=None if drawn is None else drawn.reindex([*TERMS, "linkage_share"]).rename_axis("term"),
    )


def combine(estimates: NDArray[np.float64], std_errors: NDArray[np.float64], level: float) -> Combined:
    """Combine estimates from several linked tables by Rubin's rules, on the logarithmic scale.

    Parameters
    ----------
    estimates, std_errors : numpy.ndarray
        One a table, shape (tables,); the estimates are positive.
    level : float
        Level of the limits.

    Returns
    -------
    Combined
        The standard error is on the scale of the estimates.

    Examples
    --------
    >>> same = combine(np.array([100.0, 100.0]), np.array([10.0, 10.0]), 0.95)
    >>> round(same.estimate), round(same.std_error), same.from_linkage
    (100, 10, 0.0)
    """
    from scipy.special import stdtrit

    tables = len(estimates)
    logs = np.log(estimates)
    within = float(np.mean((std_errors / estimates) ** 2))
    between = (1 + 1 / tables) * float(logs.var(ddof=1))
    spread = np.sqrt(within + between)
    share = between / (within + between)
    freedom = (tables - 1) / share**2 if share else np.inf
    reach = float(stdtrit(freedom, (1 + level) / 2)) * spread
    centre = float(logs.mean())
    estimate = float(np.exp(centre))
    return Combined(estimate, estimate * spread, float(np.exp(centre - reach)), float(np.exp(centre + reach)), share)


def _check_tables(estimator: Estimator, histories: Sequence[CaptureHistories]) -> None:
    """Check that there are enough tables, of the same lists, and something to fit."""
    if not isinstance(estimator, Estimator):
        raise SpecificationError(f"estimator == {estimator!r}, must have a method fit, such as LogLinear('stepwise')")
    if len(histories) < FEWEST_TABLES:
        raise DataError(
            f"histories holds {len(histories)} linked tables, must hold at least {FEWEST_TABLES}: draw more in link()"
        )
    for table in histories:
        require_histories(table)
        if table.lists != histories[0].lists:
            raise DataError(
                f"histories holds tables of {len(histories[0].lists)} lists and of {len(table.lists)} lists, or of "
                "lists of other names, all must have the same"
            )


def _fit_all(
    estimator: Estimator, histories: Sequence[CaptureHistories]
) -> tuple[list[Result], list[CaptureHistories]]:
    """Fit each table, and refuse if too many have no estimate."""
    fitted, kept, reasons = [], [], []
    for table in histories:
        try:
            result = estimator.fit(table)
        except (FitError, DataError) as error:
            reasons.append(str(error))
            continue
        if not result.stands:
            reasons.append(
                "an estimate that does not stand: " + "; ".join(c.message for c in result.checks if not c.stands)
            )
        elif np.isfinite(result.estimates.loc["population", ["estimate", "std_error"]].to_numpy(dtype=float)).all():
            fitted.append(result)
            kept.append(table)
        else:
            reasons.append("no finite estimate and standard error: ask the estimator for an interval")
    if len(reasons) > MOST_LOST * len(histories):
        raise FitError(
            f"{len(reasons)} of {len(histories)} linked tables have no estimate, at most {MOST_LOST:.0%} may be "
            f"without; the first says: {reasons[0]}"
        )
    return fitted, kept


def _mixed_draws(fitted: list[Result]) -> pd.DataFrame | None:
    """Mix the draws of all results in equal parts, if all have draws."""
    each = MAX_DRAWS // len(fitted)
    parts: list[pd.DataFrame] = []
    for one in fitted:
        draws = one.draws
        if draws is None or not set(TERMS) <= set(draws.index):
            return None
        finite = draws.loc[list(TERMS)].dropna(axis=1)
        parts.append(finite.iloc[:, : min(each, finite.shape[1])])
    fewest = min(part.shape[1] for part in parts)
    return pd.concat([part.iloc[:, :fewest] for part in parts], axis=1, ignore_index=True)


def _mixed(draws: NDArray[np.float64], estimates: NDArray[np.float64], level: float) -> Combined:
    """Take estimate, spread and limits from mixed draws."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    variance = float(draws.var(ddof=1))
    share = min(float(estimates.var(ddof=1)) / variance, 1.0) if variance else 0.0
    return Combined(float(np.median(estimates)), float(np.sqrt(variance)), float(low), float(high), share)


def _check_lost(fitted: int, tables: int) -> Check:
    """Say on how many linked tables the estimate does not exist."""
    lost = tables - fitted
    words = say("{fitted} of {tables} linked tables have an estimate.", fitted=fitted, tables=tables)
    return Check("linked tables", "review" if lost else "pass", words, {"tables": tables, "lost": lost})


def _check_worst(fitted: list[Result]) -> Check:
    """Pass on what the checks of the single tables found."""
    graver = [one for one in fitted if one.status == "fail"]
    asked = [one for one in fitted if one.status == "review"]
    status: Any = "fail" if len(graver) > len(fitted) / 2 else "review" if graver or asked else "pass"
    words = say(
        "Of {fits} fits, {failed} have a failed check and {asked} one to review.",
        fits=len(fitted),
        failed=len(graver),
        asked=len(asked),
    )
    return Check("single fits", status, words, {"failed": len(graver), "to_review": len(asked)})
