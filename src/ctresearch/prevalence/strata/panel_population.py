"""Numbers by year and over the period, from people followed over years."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Estimator
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed
from ctresearch.core.result import COLUMNS
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.panel_histories import PERIOD, PanelHistories
from ctresearch.prevalence.lists.table_checks import each_once
from ctresearch.prevalence.loglinear.loglinear import LogLinear
from ctresearch.prevalence.strata.pooled_strata import PooledResult, PooledStrata, Pooling
from ctresearch.prevalence.strata.stratified import stack_coefficients
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.result import Result
    from ctresearch.prevalence.lists.cells import Array

ASSUMPTIONS = (
    "Within a year nobody enters or leaves the population; between years they may.",
    "Over the period people are there for different numbers of years, so some are likelier to be listed than others.",
    "The interactions of the model take that up; where they do not, the number for the period is too low.",
)


def panel_population(
    panel: PanelHistories,
    model: str | Sequence[str],
    *,
    pooling: Pooling = "complete",
    period: Estimator | None = None,
    level: float = 0.95,
    seed: Seed = 0,
) -> PooledResult:
    """Estimate the population of each year with shared dependence, and that of the whole period.

    Years share the interactions of lists and have sizes and coverages of their own. Somebody who is there in two years
    belongs to both, so years are never added up: the number for the period comes from a table of its own in which
    everybody is counted once.

    Parameters
    ----------
    panel : PanelHistories
        The tables.
    model : str or list of str
        The interactions, as in :class:`LogLinear`.
    pooling : {"complete", "partial"}
        Whether interactions are the same in all years or scatter, as in :class:`PooledStrata`.
    period : Estimator, optional
        What estimates the period; by default :class:`LogLinear` with the same model.
    level : float
        Coverage of the limits of the years, and of the period by default.
    seed : int or numpy.random.SeedSequence
        Where the random stream starts.

    Returns
    -------
    PooledResult
        Terms ``population`` by ``stratum``, the years, and ``period_population`` with stratum ``period``. There is no
        total.

    Raises
    ------
    DataError
        If it is not such a panel.
    FitError
        If there is no estimate for the years or the period.

    References
    ----------
    .. [1] Sutherland, J. M., Schwarz, C. J. and Rivest, L.-P. (2007). Multilist population estimation with incomplete
       and partial stratification. Biometrics 63, 910-916. https://doi.org/10.1111/j.1541-0420.2007.00767.x

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> on = rng.random((300, 2, 2)) < 0.4
    >>> who, year, where = np.nonzero(on)
    >>> seen = pd.DataFrame({"who": who, "year": 2020 + year, "where": np.array(["a", "b"])[where]})
    >>> panel = PanelHistories.from_long(seen, person="who", source="where", year="year")
    >>> panel_population(panel, "[1,2]").estimates.index.tolist()
    ['population', 'population', 'period_population']
    """
    if not isinstance(panel, PanelHistories):
        raise DataError(
            f"a {type(panel).__name__} was given, must be PanelHistories: years can only be told apart from a period "
            "with records that say who each person is, as in PanelHistories.from_long"
        )
    whole = LogLinear("fixed", model=model, level=level) if period is None else period
    if not isinstance(whole, Estimator):
        raise SpecificationError(f"period == {whole!r}, must have a method fit, such as LogLinear('stepwise')")
    pooled = PooledStrata(model, pooling=pooling, absent=panel.absent, overlapping=True, level=level, seed=seed)
    years, over = pooled.fit(panel.years), whole.fit(panel.period)
    estimates = _with_period(years.estimates, over.estimates)
    tables = {**panel.years, PERIOD: panel.period}
    return replace(
        years,
        method=say("{years} as years; period by {period}", years=years.method, period=over.method),
        estimates=estimates,
        n=panel.period.n_observed,
        interval=f"percentile; period {over.interval}",
        scope=panel.period.scope,
        checks=each_once(
            (*years.checks, _check_period(panel, estimates["estimate"].to_numpy(dtype=float)), *over.checks)
        ),
        assumptions=(*years.assumptions[1:], *ASSUMPTIONS),
        references=(*references(panel_population), *over.references),
        inputs=record(
            pd.concat([one.counts.assign(year=name) for name, one in tables.items()]),
            seed=recorded_seed(seed),
            packages=("numpy", "scipy", "numba"),
        ),
        strata=tuple(tables),
        coefficients=_with_those_of_period(years.coefficients, over),
        smallest_group=smallest_of(
            [years.smallest_group or 0, fewest_people(panel.period.cell_counts()), panel.repeated]
        ),
    )


def _with_period(years: pd.DataFrame, period: pd.DataFrame) -> pd.DataFrame:
    """Add the row of the period below those of the years."""
    values = [float(period[name]["population"]) for name in COLUMNS[:4]]
    index = pd.Index(["period_population"], name="term", dtype="str")
    return pd.concat([years, pd.DataFrame([[*values, "persons", PERIOD]], columns=years.columns, index=index)])


def _with_those_of_period(years: pd.DataFrame | None, period: Result) -> pd.DataFrame | None:
    """Add the coefficients of the period, where its estimator gives any, below those of the years."""
    more = stack_coefficients({PERIOD: period})
    return years if more is None else pd.concat([years, more])


def _check_period(panel: PanelHistories, estimates: Array) -> Check:
    """Say whether the period, the last estimate, lies between its largest year and the sum of all."""
    period, largest, together = float(estimates[-1]), float(estimates[:-1].max()), float(estimates[:-1].sum())
    numbers = {"largest_year": largest, "sum_of_years": together, "period": period, "repeated": panel.repeated}
    said = say(
        "The period has {period:,.0f}, its largest year {largest:,.0f} and all years together "
        "{together:,.0f}; {repeated:,} appearances in a further year were not counted again",
        period=period,
        largest=largest,
        together=together,
        repeated=panel.repeated,
    )
    if not np.isfinite(period) or not largest <= period <= together:
        return Check(
            "period",
            "review",
            say("{said}. The period must lie between the two: the models do not agree.", said=said),
            numbers,
        )
    return Check("period", "pass", say("{said}.", said=said), numbers)
