"""The trend of counts, more variable than chance, with what they were found by beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count as people
from ctresearch.core.meaning import key, mark, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, reach, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level
from ctresearch.routes.counts.existence import runs_away
from ctresearch.routes.counts.likelihood import count_slopes, read_ranges
from ctresearch.routes.counts.reported import least_known, people_words
from ctresearch.routes.trends.series import read_exposure, read_series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.routes.trends.series import Series

    Floats = NDArray[np.float64]

ASSUMPTIONS = (
    "The mean changes by the same factor every year.",
    "Counts of different years do not depend on one another.",
)
DETECTED = "Counts are of people that were found: their trend is of occurrence, of detection and of reporting together."
_STEPS, _CONVERGED = 100, 1e-11
_RELATED = 1.96  # of the correlation of neighbouring residuals over its error under independence
_MANY_MASKED = 0.5
_TELLING = 0.3  # of the curvature of a known count, below which a range tells nothing of the dispersion


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TrendResult(Result):
    """A trend of counts.

    Parameters
    ----------
    series : pandas.DataFrame
        One row a time: ``time``, ``people`` (a number, ``<5`` or a range) and ``fitted``, the trend at that time.
    dispersion : float
        Variance of the counts over what chance gives; at least 1.
    exposure : str
        What the counts were divided by; empty where nothing.
    **fields
        Everything that :class:`ctresearch.core.Result` holds, on the logarithmic scale.

    Examples
    --------
    >>> from ctresearch.routes import Trend
    >>> frame = pd.DataFrame({"year": range(2010, 2018), "count": [10, 12, 13, 17, 18, 22, 24, 30]})
    >>> Trend().fit(frame).series["people"].tolist()[0]
    '10'
    """

    n: int = value_field(people("People, at least", "persons"))
    series: pd.DataFrame = table_field(
        {"time": key("Time"), "people": people("People"), "fitted": model("Trend", "persons")}
    )
    dispersion: float = value_field(model("Dispersion"), default=1.0)
    exposure: str = value_field(mark("Exposure"), default="")
    terms: ClassVar[Mapping[str, Meaning]] = {
        "per_year": model("Change in a year", reader="ratio", headline=True),
        "whole_period": model("Change over the whole period", reader="ratio"),
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the counts with their ranges, and the trend.

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
        >>> from ctresearch.routes import Trend
        >>> frame = pd.DataFrame({"year": range(2010, 2018), "count": [10, 12, 13, 17, 18, 22, 24, 30]})
        >>> Trend().fit(frame).plot().get_ylabel()
        'people'
        """
        from ctresearch.core import plot, render
        from ctresearch.routes.counts.reported import read_counts

        table = self.series
        low, high = read_counts(_plain(table["people"]), "people")
        ax = plot.new_axes() if ax is None else ax
        at = np.arange(len(table))
        ax.vlines(at, low, high, color="0.3", linewidth=2)
        ax.plot(at, high, "o", color="0.15", markersize=4, label="people, at most")
        ax.plot(at, low, "o", mfc="white", mec="0.15", markersize=4, label="people, at least")
        if table["fitted"].notna().any():
            ax.plot(at, table["fitted"], color="0.4", linestyle="--", label="trend")
        shown = at[:: max(1, len(at) // 10)]
        ax.set_xticks(shown, [str(table["time"].iloc[i]) for i in shown])
        ax.set_xlabel("time")
        ax.set_ylabel("people")
        ax.set_ylim(bottom=0)
        ax.set_title(render.title(self))
        ax.legend()
        return plot.shows(ax, table, self.roles("series"))


def _plain(words: pd.Series[str]) -> pd.Series[str]:
    """Return ranges as they are read: ``12-16`` for ``12 to 16``."""
    return words.str.replace(" to ", "-", regex=False)


@dataclass(frozen=True, slots=True, eq=False)
class LogLinearFit:
    """Coefficients (K,) of log means, ``inverse`` (K, K) of the information, ``mean`` (N,), and whether it settled."""

    beta: Floats
    inverse: Floats
    mean: Floats
    converged: bool


class Trend(Options):
    """Fit a yearly factor of change to counts, known or masked.

    Parameters
    ----------
    count : str
        Column of the counts: whole numbers, ``"<5"``, or ranges.
    time : str
        Column of the time: years, or dates.
    exposure : str, optional
        Column of what people were found by: officers trained, inspections, contributors, people at risk. The trend is
        then of people per unit of it.
    contributor : str, optional
        Column of who reported; each has a level of its own, so that the trend does not follow who reports.
    least_masked : {0, 1}
        The least that ``"<5"`` can stand for.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the counts are of.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    References
    ----------
    .. [1] Cameron, A. C. and Trivedi, P. K. (2013). Regression Analysis of Count Data, 2nd edition. Cambridge
       University Press. https://doi.org/10.1017/CBO9781139013567
    .. [2] Farrell, A. and Reichert, J. (2017). Using U.S. law-enforcement data: promise and limits in measuring human
       trafficking. Journal of Human Trafficking 3, 39-60. https://doi.org/10.1080/23322705.2017.1280324

    Examples
    --------
    >>> frame = pd.DataFrame({"year": range(2010, 2018), "count": [10, 12, 13, 17, 18, 22, 24, 30]})
    >>> frame = frame.assign(officers=[5, 6, 6, 8, 9, 11, 12, 15])
    >>> alone, per_officer = Trend().fit(frame), Trend(exposure="officers").fit(frame)
    >>> [f"{r.to_frame(exponentiate=True).loc['per_year', 'estimate']:.2f}" for r in (alone, per_officer)]
    ['1.16', '0.99']
    >>> print("what looked like more people was more officers")
    what looked like more people was more officers
    """

    def __init__(
        self,
        *,
        count: str = "count",
        time: str = "year",
        exposure: str | None = None,
        contributor: str | None = None,
        least_masked: int = 0,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.count, self.time = column_name("count", count), column_name("time", time)
        self.exposure = None if exposure is None else column_name("exposure", exposure)
        self.contributor = None if contributor is None else column_name("contributor", contributor)
        self.least_masked, self.level, self.scope = least_known(least_masked), is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> TrendResult:
        """Fit the trend.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a time, or a time and contributor.

        Returns
        -------
        TrendResult
            Terms ``per_year`` and ``whole_period``, as logarithms.

        Raises
        ------
        DataError
            If a column is missing, a cell is wrong, a time stands twice, there are fewer than four times, or nothing
            tells of a trend: nobody was found for certain, or no contributor was at two times.

        Examples
        --------
        >>> frame = pd.DataFrame({"year": range(2010, 2016), "count": [10, 12, "<5", 17, 18, 22]})
        >>> Trend().fit(frame).n
        79
        """
        series, ordered = read_series(
            frame, self.time, self.count, contributor=self.contributor, least_masked=self.least_masked, fewest=4
        )
        offset = np.zeros(len(ordered)) if self.exposure is None else np.log(read_exposure(ordered, self.exposure))
        years = series.time / 365.25 if series.dated else series.time
        design, kept = _design(series, years)
        fit = fit_log_linear(series.low[kept].astype(float), series.high[kept].astype(float), design, offset[kept])
        dispersion = _dispersion(series, fit.mean, kept, design.shape[1])
        df = float(max(int(kept.sum()) - design.shape[1], 1))
        error = float(np.sqrt(fit.inverse[-1, -1] * dispersion))
        slope, span = float(fit.beta[-1]), float(years.max() - years.min())
        away = float(reach(self.level, df)) * error
        rows = {
            name: (slope * by, error * by, (slope - away) * by, (slope + away) * by)
            for name, by in (("per_year", 1.0), ("whole_period", span))
        }
        told = self.exposure is not None or self.contributor is not None
        used = [self.time, self.count, *filter(None, (self.exposure, self.contributor))]
        return TrendResult(
            method=_method(exposure=self.exposure is not None, contributor=self.contributor is not None),
            estimates=estimates_table(rows),
            n=int(series.low.sum()),
            smallest_group=max(1, int(series.low.sum())),
            level=self.level,
            interval="t",
            scale="log",
            scope=self.scope,
            checks=(
                check_told(told=told),
                _check_converged(converged=fit.converged),
                _check_gaps(series.gaps),
                _check_masked(series),
                _check_related(series, fit.mean, kept, dispersion),
            ),
            assumptions=(*ASSUMPTIONS, *(() if told else (DETECTED,))),
            references=references(Trend),
            inputs=record(frame[used], packages=("numpy", "scipy")),
            series=_shown(series, fit.mean, kept),
            dispersion=dispersion,
            exposure=self.exposure or "",
        )


def _method(*, exposure: bool, contributor: bool) -> str:
    """Name the method, and in the same line what it cannot tell apart."""
    if exposure:
        return say("Trend of people found per unit of exposure")
    if contributor:
        return say("Trend of people found by the same contributors")
    return say("Trend of people found: occurrence, detection and reporting are not told apart")


def _design(series: Series, years: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a level for each contributor that anybody may have been found by, and the time around its middle."""
    known = np.bincount(series.group, weights=series.low) > 0
    if not known.any():
        raise DataError(
            f"0 of {len(series.low)} counts are surely above 0, must be at least one: "
            "a trend of masked counts is not known"
        )
    kept = known[series.group]
    codes = np.cumsum(known)[series.group[kept]] - 1
    levels = np.eye(int(known.sum()))[codes]
    design = np.column_stack([levels, years[kept] - years.mean()])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise DataError(
            f"of {int(known.sum())} contributors none has people at two times, must be one: "
            "levels of each leave no trend"
        )
    return design, kept


def fit_log_linear(low: Floats, high: Floats, design: Floats, offset: Floats) -> LogLinearFit:
    """Fit a log-linear Poisson model to counts or ranges by Newton's method."""
    counts = read_ranges(low, high)
    eta = np.log((low + high) / 2 + 0.5)
    beta = np.linalg.lstsq(design, eta - offset, rcond=None)[0]
    eta, converged = design @ beta + offset, False
    found = count_slopes(counts, eta, float("inf"))
    for _ in range(_STEPS):
        information = design.T @ (found.curvature[:, None] * design)
        step, share = np.linalg.pinv(information, hermitian=True) @ (design.T @ found.slope), 1.0
        for _ in range(40):
            trial = np.clip(design @ (beta + share * step) + offset, -30.0, 30.0)
            after = count_slopes(counts, trial, float("inf"))
            if after.value >= found.value - 1e-12 * (1 + abs(found.value)):
                break
            share /= 2
        gained = after.value - found.value
        beta, eta, found = beta + share * step, trial, after
        if abs(gained) <= _CONVERGED * (1 + abs(found.value)):
            converged = bool((np.abs(eta) < 29.0).all()) and not runs_away(design[low > 0], design[low == 0])
            break
    information = design.T @ (found.curvature[:, None] * design)
    inverse = np.asarray(np.linalg.pinv(information, hermitian=True), dtype=np.float64)
    return LogLinearFit(np.asarray(beta, dtype=np.float64), inverse, np.exp(eta), converged)


def _dispersion(series: Series, mean: Floats, kept: NDArray[np.bool_], parameters: int) -> float:
    """Return the variance of counts over what chance gives; at least 1.

    For a known count it is the squared residual over the mean; for a range the squared slope of its likelihood over the
    curvature, which is the same where the range is narrow, and left out where the range tells next to nothing.
    """
    found = count_slopes(
        read_ranges(series.low[kept].astype(float), series.high[kept].astype(float)), np.log(mean), float("inf")
    )
    telling = found.curvature > _TELLING * mean
    free = int(telling.sum()) - parameters
    if free < 1:
        return 1.0
    return max(1.0, float((found.slope[telling] ** 2 / found.curvature[telling]).sum()) / free)


def _shown(series: Series, mean: Floats, kept: NDArray[np.bool_]) -> pd.DataFrame:
    """Return counts and trend by time."""
    fitted = np.zeros(len(series.time))
    fitted[kept] = mean
    fitted[series.low < series.high] = np.nan  # no figure stands in the place of a masked count
    table = pd.DataFrame({"at": series.time, "low": series.low, "high": series.high, "fitted": fitted})
    sums = table.groupby("at").sum(min_count=1)
    sums["fitted"] = table.groupby("at")["fitted"].agg(lambda one: one.sum(skipna=False))
    labels = dict(zip(series.time.tolist(), series.labels, strict=True))
    words = people_words(sums["low"].to_numpy(), sums["high"].to_numpy())
    return pd.DataFrame(
        {"time": [labels[at] for at in sums.index], "people": words, "fitted": sums["fitted"].to_numpy()}
    )


def check_told(*, told: bool) -> Check:
    """Say whether anything stands beside the counts that tells occurrence from detection."""
    if told:
        return Check("occurrence or detection", "pass", say("An exposure or the contributors stand beside the counts."))
    message = say(
        "Nothing stands beside the counts that tells occurrence from detection: name an exposure= or contributor=, or "
        "read this as a trend of detection."
    )
    return Check("occurrence or detection", "fail", message)


def _check_converged(*, converged: bool) -> Check:
    """Say whether the fit settled."""
    message = say("The fit settled.") if converged else say("The fit did not settle: there is no estimate.")
    return Check("convergence", "pass" if converged else "fail", message, voids=True)


def _check_gaps(gaps: int) -> Check:
    """Say whether times are missing between others."""
    message = say("{gaps} times between the first and the last are missing.", gaps=gaps)
    return Check("gaps", "review" if gaps else "pass", message, {"gaps": gaps})


def _check_masked(series: Series) -> Check:
    """Say how many counts are ranges."""
    share = float((series.low < series.high).mean())
    message = say("{share:.0%} of the counts are ranges.", share=share)
    return Check("masked counts", "review" if share > _MANY_MASKED else "pass", message, {"share": share})


def _check_related(series: Series, mean: Floats, kept: NDArray[np.bool_], dispersion: float) -> Check:
    """Say whether neighbouring counts depend on one another."""
    middle = (series.low[kept] + series.high[kept]) / 2
    residual = (middle - mean) / np.sqrt(mean * dispersion)
    group = series.group[kept]
    order = np.lexsort((series.time[kept], group))
    one, next_one = residual[order][:-1], residual[order][1:]
    same = group[order][:-1] == group[order][1:]
    whole = float((residual**2).sum())
    found = float((one * next_one)[same].sum()) / whole if whole > 0 else 0.0
    related = abs(found) * np.sqrt(max(int(same.sum()), 1)) > _RELATED
    message = say("Neighbouring counts have a correlation of {found:.2f} around the trend.", found=found)
    if related:
        message = say(
            "Neighbouring counts have a correlation of {found:.2f} around the trend: limits are too narrow.",
            found=found,
        )
    return Check("neighbouring counts", "review" if related else "pass", message, {"correlation": found})
