"""Forecasts of counts, held against the last value at many past times before they are believed."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count as people
from ctresearch.core.meaning import key, mark
from ctresearch.core.meaning import model as figure
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, reach, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.routes.trends.exponential_smoothing import damped_trend
from ctresearch.routes.trends.local_level import local_level
from ctresearch.routes.trends.series import read_series, time_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

    Floats = NDArray[np.float64]

Model = Literal["ets", "arima", "components", "last value"]
MODELS: tuple[Model, ...] = ("ets", "arima", "components", "last value")
_FEWEST, _ORIGINS = 10, 12
_WITH_TREND = 30  # times from which unobserved components have a trend
_ENOUGH_ORIGINS, _LEAST_OWN = 10, 2  # past times below which the model's own errors count more, and what they always do
_OFFSET = 0.5  # added before logarithms, so that a year without anybody has one
_ORDERS = ((0, 1, 0), (0, 1, 1), (1, 1, 0), (1, 0, 0), (1, 1, 1))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ForecastResult(Result):
    """Counts of the years to come.

    Parameters
    ----------
    forecast : pandas.DataFrame
        One row a step: ``step``, ``time``, ``expected`` (the median), ``low`` and ``high``.
    origins : pandas.DataFrame
        By ``step``: mean absolute error of forecasts from past times, of the last value from the same times, and the
        share of outcomes that the limits held.
    model : str
        What was fitted.
    inflation : float
        By how much errors of past times were larger than the model says, as limits take them to be.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.routes import Forecast
    >>> frame = pd.DataFrame({"year": range(2000, 2020), "count": [50, 55, 49, 60, 58, 52, 61, 57, 63, 60] * 2})
    >>> Forecast(model="last value", steps=2).fit(frame).forecast["expected"].round(6).tolist()
    [60.0, 60.0]
    """

    n: int = value_field(people("People", "persons"))
    forecast: pd.DataFrame = table_field(
        {
            "step": key("Steps ahead"),
            "time": key("Time"),
            "expected": figure("Expected people", "persons"),
            "low": figure("Lower limit", "persons"),
            "high": figure("Upper limit", "persons"),
        }
    )
    origins: pd.DataFrame = table_field(
        {
            "step": key("Steps ahead"),
            "error": figure("Mean absolute error", "persons"),
            "error_last_value": figure("Mean absolute error of the last value", "persons"),
            "held": figure("Share of outcomes that limits held", reader="percent"),
            "origins": figure("Past times", "times", of="nobody"),
        }
    )
    model: str = value_field(mark("Model"), default="")
    inflation: float = value_field(figure("Size of past errors over what the model says"), default=1.0)
    terms: ClassVar[Mapping[str, Meaning]] = {"step *": figure("Expected people", "persons", headline=True)}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the forecast with its limits.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Examples
        --------
        >>> from ctresearch.routes import Forecast
        >>> frame = pd.DataFrame({"year": range(2000, 2020), "count": [50, 55, 49, 60, 58, 52, 61, 57, 63, 60] * 2})
        >>> Forecast(model="last value", steps=2).fit(frame).plot().get_ylabel()
        'people'
        """
        from ctresearch.core import plot, render

        table = self.forecast
        at = np.arange(len(table))
        ax = plot.new_axes() if ax is None else ax
        ax.fill_between(at, table["low"], table["high"], color="0.85", label="limits")
        ax.plot(at, table["expected"], "o-", color="0.2", label="expected")
        ax.set_xticks(at, table["time"])
        ax.set_xlabel("time")
        ax.set_ylabel("people")
        ax.set_ylim(bottom=0)
        ax.set_title(render.title(self))
        ax.legend()
        return plot.shows(ax, table, self.roles("forecast"))


class Forecast(Options):
    """Forecast counts of found people.

    Parameters
    ----------
    model : {"ets", "arima", "components", "last value"}
        Exponential smoothing with a damped trend, an autoregressive integrated moving average chosen by AICc, a level
        that wanders (from thirty times on with a trend), or the last value; all of the logarithm.
    steps : int
        How many times ahead.
    count, time : str
        Columns of the counts and the time.
    level : float
        Share of outcomes that the limits are to hold.
    scope : Scope, optional
        Whom the counts are of.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    The model is fitted again at past times and held against what came and against the last value, which is hard to
    beat. Limits are as wide as the errors of past times were: those that a model states take its parameters as known
    and hold too seldom. How often limits hold is in ``benchmarks/results/coverage_trends.csv``. A forecast of found
    people is one of what authorities will find if they go on as before.

    References
    ----------
    .. [1] Hyndman, R. J., Koehler, A. B., Ord, J. K. and Snyder, R. D. (2008). Forecasting with Exponential Smoothing.
       Springer. https://doi.org/10.1007/978-3-540-71918-2
    .. [2] Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy: an analysis and review. International
       Journal of Forecasting 16, 437-450. https://doi.org/10.1016/S0169-2070(00)00065-0

    Examples
    --------
    >>> frame = pd.DataFrame({"year": range(2000, 2020), "count": [50, 55, 49, 60, 58, 52, 61, 57, 63, 60] * 2})
    >>> row = Forecast(steps=1).fit(frame).forecast.iloc[0]
    >>> print(f"between {row['low']:.0f} and {row['high']:.0f} if detection goes on as before")
    between 49 and 68 if detection goes on as before
    """

    def __init__(
        self,
        *,
        model: Model = "ets",
        steps: int = 3,
        count: str = "count",
        time: str = "year",
        level: float = 0.9,
        scope: Scope | None = None,
    ) -> None:
        self.model: Model = one_of("model", model, MODELS)
        self.steps = whole_number("steps", steps, low=1, high=50)
        self.count, self.time = column_name("count", count), column_name("time", time)
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> ForecastResult:
        """Forecast the next counts.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a time, none left out.

        Returns
        -------
        ForecastResult
            Terms ``step 1``, ``step 2``, ...: the median of each.

        Raises
        ------
        DataError
            If a column is missing, a count is a range, a time is missing, all counts are the same, or there are fewer
            than ten times.

        Examples
        --------
        >>> frame = pd.DataFrame({"year": range(2000, 2020), "count": [50, 55, 49, 60, 58, 52, 61, 57, 63, 60] * 2})
        >>> Forecast(model="arima", steps=1).fit(frame).n
        1130
        """
        series, _ = read_series(frame, self.time, self.count, fewest=_FEWEST, exact=True)
        if series.gaps:
            raise DataError(
                f"{series.gaps} times are missing between others, must be none: a forecast goes on step by step"
            )
        if series.low.min() == series.low.max():
            raise DataError(
                f"all {len(series.low)} counts are the same, must vary: nothing tells how far the next may lie from "
                "them"
            )
        logs = np.log(series.low + _OFFSET)
        first = max(_FEWEST - 2, len(logs) - _ORIGINS - 1)
        means, spreads, converged = predict(logs, range(first, len(logs) + 1), self.steps, self.model)
        middle, spread = means[-1], spreads[-1]
        missed, errors, last = _past(logs, means[:-1], first)
        size, df = error_sizes(missed, spread)
        inflation = float(size[0] / spread[0])
        away = float(reach(self.level, df)) * size
        counts = [np.maximum(np.exp(one) - _OFFSET, 0.0) for one in (middle, middle - away, middle + away)]
        step = float(np.median(np.diff(series.time)))
        times = time_labels(series.time[-1] + step * np.arange(1, self.steps + 1), dated=series.dated)
        steps = np.arange(1, self.steps + 1)
        table = pd.DataFrame({"step": steps, "time": times, "expected": counts[0], "low": counts[1], "high": counts[2]})
        origins = _origins(missed, errors, last, away)
        rows = {f"step {i}": (a, float("nan"), b, c) for i, a, b, c in zip(steps, *counts, strict=True)}
        return ForecastResult(
            method=say("Forecast of people found, {model}", model=self.model),
            estimates=estimates_table(rows, unit="persons"),
            n=int(series.low.sum()),
            smallest_group=max(1, int(series.low.min())),
            level=self.level,
            interval="rolling origin",
            scope=self.scope,
            checks=(
                _check_converged(converged=converged),
                _check_last(origins, self.model),
                _check_held(inflation, len(missed)),
            ),
            assumptions=(
                "What moved the counts so far goes on moving them, detection above all.",
                "Errors of the logarithm are of one size over the whole series.",
            ),
            references=references(Forecast),
            inputs=record(frame[[self.time, self.count]], packages=("numpy", "statsmodels")),
            forecast=table,
            origins=origins,
            model=self.model,
            inflation=inflation,
        )


def predict(logs: Floats, ends: Sequence[int], steps: int, model: str) -> tuple[Floats, Floats, bool]:
    """Forecast logarithms from each of several ends.

    Parameters
    ----------
    logs : numpy.ndarray
        Shape (times,).
    ends : sequence of int
        How many times each beginning has, rising.
    steps : int
        How many times ahead.
    model : {"ets", "arima", "components", "last value"}
        What is fitted.

    Returns
    -------
    tuple of numpy.ndarray and bool
        Means and standard errors, shape (ends, steps), and whether the last fit settled.

    Examples
    --------
    >>> mean, _, _ = predict(np.array([1.0, 3.0, 2.0]), [2, 3], 1, "last value")
    >>> mean.ravel().tolist()
    [3.0, 2.0]
    """
    if model == "ets":
        return (*damped_trend(logs, ends, steps), True)
    if model == "components" and max(ends) < _WITH_TREND:
        return (*local_level(logs, ends, steps), True)
    found = [_predicted(logs[:end], steps, model) for end in ends]
    return np.stack([one[0] for one in found]), np.stack([one[1] for one in found]), found[-1][2]


def _predicted(logs: Floats, steps: int, model: str) -> tuple[Floats, Floats, bool]:
    """Return the mean and the standard error of the next logarithms, and whether the fit settled."""
    if model == "last value":
        spread = float(np.sqrt((np.diff(logs) ** 2).mean()))
        return np.full(steps, logs[-1]), max(spread, 1e-6) * np.sqrt(np.arange(1, steps + 1)), True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what did not settle is a check
        found, settled = _fitted(logs, model)
        frame = found.get_forecast(steps)
        return np.asarray(frame.predicted_mean, dtype=float), np.asarray(frame.se_mean, dtype=float), settled


def _fitted(logs: Floats, model: str) -> tuple[Any, bool]:
    """Fit one model of statsmodels."""
    if model == "components":
        from statsmodels.tsa.statespace.structural import UnobservedComponents

        kind = "local linear trend" if len(logs) >= _WITH_TREND else "local level"
        found = UnobservedComponents(logs, kind).fit(disp=False)
        return found, bool(found.mle_retvals["converged"])
    from statsmodels.tsa.arima.model import ARIMA

    fits = [ARIMA(logs, order=order, trend="c" if order[1] == 0 else "n").fit() for order in _ORDERS]
    found = min(fits, key=lambda one: one.aicc)
    return found, bool(found.mle_retvals is None or found.mle_retvals.get("converged", True))


def _past(logs: Floats, means: Floats, first: int) -> tuple[Floats, Floats, Floats]:
    """Hold forecasts from past times against what came: errors of logarithms, of counts, and of the last value's."""
    n, steps = len(logs), means.shape[1]
    came = np.full(means.shape, np.nan)
    for row, end in enumerate(range(first, n)):
        ahead = min(steps, n - end)
        came[row, :ahead] = logs[end : end + ahead]
    last = np.exp(logs[first - 1 : n - 1, None])
    return came - means, np.abs(np.exp(came) - np.exp(means)), np.abs(np.exp(came) - last)


def error_sizes(missed: Floats, spread: Floats) -> tuple[Floats, float]:
    """Return the standard errors of a forecast as its past errors show them, and their degrees of freedom.

    A model's own standard errors take its parameters as known and are too small for short series, but they say how
    errors grow with steps; past errors say how large they are. Those of each step, and those of all steps brought to it
    by the model's growth, count half each.

    Parameters
    ----------
    missed : numpy.ndarray
        Shape (origins, steps): errors of past forecasts, NaN where nothing had come yet.
    spread : numpy.ndarray
        Shape (steps,): standard errors of the model.

    Returns
    -------
    tuple of numpy.ndarray and float
        Shape (steps,), not falling; and the number of past times, with what the model stands in for.

    Examples
    --------
    >>> size, df = error_sizes(np.array([[0.2], [-0.2]] * 6), np.array([0.1]))
    >>> size.round(2).tolist(), df
    ([0.19], 14.0)
    """
    came = np.isfinite(missed)
    growth = (spread / spread[0]) ** 2
    squares = np.where(came, missed, 0.0) ** 2
    whole = squares.sum(axis=0)
    common = growth * (squares / growth).sum() / came.sum()
    number = came.sum(axis=0)
    own = np.where(number > 0, whole / np.maximum(number, 1), common)
    origins = len(missed)
    stand_in = max(_LEAST_OWN, _ENOUGH_ORIGINS - origins)
    variance = (origins * (own + common) / 2 + stand_in * spread**2) / (origins + stand_in)
    return np.sqrt(np.maximum.accumulate(variance)), float(origins + stand_in)


def _origins(missed: Floats, errors: Floats, last: Floats, away: Floats) -> pd.DataFrame:
    """Compare forecasts from past times with what came and with the last value."""
    number = np.isfinite(missed).sum(axis=0)
    some = number > 0
    held = np.full(len(number), np.nan)
    held[some] = [
        float((np.abs(one[np.isfinite(one)]) <= limit).mean())
        for one, limit in zip(missed.T[some], away[some], strict=True)
    ]
    means = [
        np.array([np.nanmean(one) if np.isfinite(one).any() else np.nan for one in table.T]) for table in (errors, last)
    ]
    return pd.DataFrame(
        {
            "step": np.arange(1, len(number) + 1),
            "error": means[0],
            "error_last_value": means[1],
            "held": held,
            "origins": number,
        }
    )


def _check_converged(*, converged: bool) -> Check:
    """Say whether the fit settled."""
    message = say("The fit settled.") if converged else say("The fit did not settle: its limits may be off.")
    return Check("convergence", "pass" if converged else "review", message)


def _check_last(origins: pd.DataFrame, model: str) -> Check:
    """Say whether the model is better than the last value."""
    one, other = float(origins["error"].mean()), float(origins["error_last_value"].mean())
    if model == "last value":
        return Check("last value", "review", say("The last value is what other forecasts have to beat."))
    message = say(
        "From past times, errors were {share:.0%} of those of the last value.", share=one / other if other else 1.0
    )
    return Check("last value", "pass" if one <= other else "review", message, {"error": one, "last_value": other})


def _check_held(inflation: float, origins: int) -> Check:
    """Say whether limits of past times held."""
    message = say(
        "From {origins} past times, errors were {inflation:.2f} times as large as the model says; limits allow for it.",
        origins=origins,
        inflation=inflation,
    )
    return Check("limits of past times", "review" if inflation > 1.5 else "pass", message, {"inflation": inflation})
