"""Invented panels and repeated cross-sections with a known effect, to learn and to plan with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctresearch.core.cells import shown
from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator
from ctresearch.core.validate import in_range, whole_number
from ctresearch.policy.adoption.repeated_sections import RepeatedSections
from ctresearch.policy.panels.panel import Panel

_MOST = 1e6  # of what moves an outcome whose errors are of size 1


def simulate_adoption(
    *,
    units: int = 60,
    periods: int = 9,
    cohorts: Sequence[int] = (4, 5, 7),
    treated: int | None = None,
    effect: float = 1.0,
    growth: float = 0.0,
    correlation: float = 0.0,
    sizes: float = 0.0,
    trend: float = 0.0,
    slope: float = 0.0,
    missing: float = 0.0,
    seed: Seed = 0,
) -> Panel:
    """Invent a panel of areas that adopt a policy at different times.

    Parameters
    ----------
    units, periods : int
        Areas, and periods numbered from 0.
    cohorts : sequence of int
        Periods of adoption, dealt out in turn to the areas that adopt.
    treated : int, optional
        Areas that adopt; half of them by default.
    effect, growth : float
        Effect in the period of adoption, and what each later period adds.
    correlation : float
        Of an area's errors from one period to the next.
    sizes : float
        Spread of the logarithm of the areas' sizes; the variance of errors is the inverse of the size.
    trend : float
        By how much areas that adopt would rise more in each period: parallel trends fail by it.
    slope : float
        By how much a covariate, which areas that adopt have more of, moves the trend; 0 leaves it out.
    missing : float
        Share of rows that are missing at random.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Panel
        Of the outcome ``y`` (a response), with the sizes as population.

    Raises
    ------
    SpecificationError
        If a number is out of range or a cohort outside the periods.

    Examples
    --------
    >>> simulate_adoption(units=10, seed=1).cohorts()["units"].tolist()
    [2, 2, 1, 5]
    """
    whole_number("units", units, 4, 1_000_000)
    whole_number("periods", periods, 3, 1_000)
    many = whole_number("treated", units // 2 if treated is None else treated, 1, units)
    in_range("correlation", correlation, -0.99, 0.99)
    in_range("missing", missing, 0, 0.9)
    _finite(effect=effect, growth=growth, sizes=sizes, trend=trend, slope=slope)
    if not isinstance(cohorts, Sequence | np.ndarray) or not np.size(cohorts) or not np.ndim(cohorts):
        raise SpecificationError(f"cohorts == {shown(cohorts)}, must be a list of periods between 1 and {periods - 1}")
    for one in cohorts:
        whole_number("cohorts", one, 1, periods - 1)
    rng = generator(seed)
    size = np.exp(sizes * rng.standard_normal(units))
    first = np.full(units, np.inf)
    first[rng.permutation(units)[:many]] = np.resize(np.asarray(cohorts, dtype=float), many)
    error = rng.standard_normal((units, periods))
    error[:, 0] /= np.sqrt(1 - correlation**2)
    for t in range(1, periods):
        error[:, t] += correlation * error[:, t - 1]
    x = rng.standard_normal(units) + 0.5 * np.isfinite(first)
    times = np.arange(periods, dtype=float)
    since = times[None] - first[:, None]
    y = rng.standard_normal(units)[:, None] + 0.1 * times + error / np.sqrt(size)[:, None]
    y += np.where(since >= 0, effect + growth * np.where(np.isfinite(since), since, 0), 0.0)
    y += (trend * np.isfinite(first) + slope * x)[:, None] * times
    frame = pd.DataFrame(
        {
            "area": np.repeat([f"area {i + 1}" for i in range(units)], periods),
            "period": np.tile(np.arange(periods), units),
            "y": y.ravel(),
            "x": np.repeat(x, periods),
            "size": np.repeat(size, periods),
            "adopted": np.repeat(np.where(np.isfinite(first), first, np.nan), periods),
        }
    )
    frame.loc[rng.random(len(frame)) < missing, "y"] = np.nan
    return Panel.from_frame(
        frame,
        unit="area",
        time="period",
        outcome="y",
        adopted="adopted",
        covariates=("x",) if slope else (),
        population="size",
        outcome_kind="response",
    )


def simulate_sections(
    *, people: int = 4000, periods: int = 5, effect: float = 1.0, slope: float = 0.0, seed: Seed = 0
) -> RepeatedSections:
    """Invent surveys of other people each time, in areas that adopt a policy at different times.

    Parameters
    ----------
    people, periods : int
        People asked in all, and periods numbered from 0.
    effect : float
        Effect from adoption on.
    slope : float
        By how much a covariate moves the outcome more in each period; 0 leaves it out.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    RepeatedSections
        Of the outcome ``y`` (a response).

    Raises
    ------
    SpecificationError
        If a number is out of range.

    Examples
    --------
    >>> simulate_sections(people=400, seed=1).n
    400
    """
    _finite(effect=effect, slope=slope)
    whole_number("people", people, 100, 10_000_000)
    whole_number("periods", periods, 4, 1_000)
    rng = generator(seed)
    kind = rng.integers(0, 4, people)
    first = np.choose(kind, [2.0, 3.0, np.nan, np.nan])
    period = rng.integers(0, periods, people)
    x = rng.standard_normal(people) + 0.3 * (kind < 2)
    y = 0.5 * (kind < 2) + 0.1 * period + slope * x * period + effect * (period >= first) + rng.standard_normal(people)
    frame = pd.DataFrame({"period": period, "y": y, "x": x, "adopted": first})
    return RepeatedSections.from_frame(
        frame,
        time="period",
        outcome="y",
        adopted="adopted",
        covariates=("x",) if slope else (),
        outcome_kind="response",
    )


def _finite(**numbers: float) -> None:
    """Refuse what is no number, or too large for an outcome whose errors are of size 1."""
    for name, one in numbers.items():
        in_range(name, one, -_MOST, _MOST)
