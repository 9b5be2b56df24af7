"""Breaks: when the level of a series changed, and how well the date is known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import wrong_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count as counted
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, one_of, whole_number
from ctresearch.routes.counts.reported import least_known
from ctresearch.routes.trends.break_dates import break_tests, date_limits, likelihood_limits
from ctresearch.routes.trends.segment_costs import (
    best_segments,
    cheapest_cuts,
    exponential_cost,
    mean_cost,
    mean_variance_cost,
    poisson_cost,
    range_cost,
    segment_means,
)
from ctresearch.routes.trends.series import read_series, time_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.routes.trends.break_dates import BreakTests
    from ctresearch.routes.trends.segment_costs import Cost

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

MODELS = ("counts", "level", "mean", "mean and variance", "waiting times")
PENALTIES = ("bic", "mbic", "aic", "hannan-quinn")
_FEWEST, _SHORT = 8, 15
_MOST_BREAKS = 5
_MUCH_MORE = 2.0  # times the dispersion asked for, from which that of the counts contradicts it
_BOUND_SHARE = 0.5  # of the series that an interval of a date may cover before the date is not to be read


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BreaksResult(Result):
    """Breaks of the level of a series.

    Parameters
    ----------
    breaks : pandas.DataFrame
        One row a break: ``last_before``, the last time of the regime before it, with ``low`` and ``high``, the limits
        of that time (the ends of the series where they lie beyond), and the levels ``before`` and ``after``.
    candidates : pandas.DataFrame
        By number of breaks, where all were compared: ``cost`` and ``bic``.
    sup_f, p_value : float
        Supremum statistic of a break of the mean at an unknown time, and its p value; ``NaN`` for counts with ranges.
    ave_f, exp_f : float
        The average and exponential statistics.
    dispersion : float
        Variance of a count over its mean within regimes; 1 for other values.
    **fields
        Everything that :class:`ctresearch.core.Result` holds; ``n`` counts times.

    Examples
    --------
    >>> from ctresearch.routes import Breaks
    >>> frame = pd.DataFrame({"year": range(2000, 2020), "count": [10, 12, 9, 11, 10] * 2 + [30, 33, 28, 31, 30] * 2})
    >>> Breaks().fit(frame).breaks["last_before"].tolist()
    ['2009']
    """

    n: int = value_field(counted("Times", "times", of="nobody"))
    breaks: pd.DataFrame = table_field(
        {
            "last_before": key("Last time before the break"),
            "low": model("Earliest last time"),
            "high": model("Latest last time"),
            "before": model("Level before"),
            "after": model("Level after"),
        }
    )
    candidates: pd.DataFrame = table_field(
        {"breaks": key("Breaks"), "cost": model("Cost"), "bic": model("Bayesian information criterion")}
    )
    sup_f: float = value_field(model("Supremum F statistic"), default=float("nan"))
    ave_f: float = value_field(model("Average F statistic"), default=float("nan"))
    exp_f: float = value_field(model("Exponential F statistic"), default=float("nan"))
    p_value: float = value_field(model("p value of the supremum"), default=float("nan"))
    dispersion: float = value_field(model("Dispersion of the counts"), default=1.0)
    terms: ClassVar[Mapping[str, Meaning]] = {
        "breaks": model("Breaks", "breaks", of="nobody", headline=True),
        "greatest_ratio": model("Greatest change of the level", reader="as it is"),
    }


class Breaks(Options):
    """Find when the level of a series changed.

    Parameters
    ----------
    model : {"counts", "level", "mean", "mean and variance", "waiting times"}
        ``"counts"`` takes counts and ranges and allows for more variation than chance. ``"level"`` compares every
        number of breaks of the mean by the Bayesian criterion with segments of at least ``trim`` of the series, as Bai
        and Perron do. The others take known numbers and cut at a penalty: a normal mean with the variance of the whole
        series, a normal mean and variance, and waiting times.
    count, time : str
        Columns of the values and the time.
    penalty : {"bic", "mbic", "aic", "hannan-quinn"} or float
        Price of a break; of no meaning for ``"level"``.
    least : int, optional
        Least number of times between breaks: 2 by default, 1 for ``"mean"``, ``trim`` of the series for ``"level"``.
    trim : float
        Share of the series at each end in which no break is looked for by ``"level"`` and the F tests.
    dispersion : "estimated" or float
        Variance of counts over their mean: estimated from neighbouring differences, which a break hardly touches, and
        at least 1.
    least_masked : {0, 1}
        The least that ``"<5"`` can stand for.
    level : float
        Coverage of the limits of the dates.
    scope : Scope, optional
        Whom the counts are of.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    A break of counts of found people is one of occurrence or of detection: set it beside changes of law and practice.
    Dates of counts have the limits of the likelihood: times whose fit is hardly worse than the best [4]_, which hold
    where breaks are small; those of the other models are of the distribution of the estimated date [2]_. Coverage of
    dates is in ``benchmarks/results/coverage_trends.csv``.

    References
    ----------
    .. [1] Killick, R., Fearnhead, P. and Eckley, I. A. (2012). Optimal detection of changepoints with a linear
       computational cost. Journal of the American Statistical Association 107, 1590-1598.
       https://doi.org/10.1080/01621459.2012.737745
    .. [2] Bai, J. (1997). Estimation of a change point in multiple regression models. Review of Economics and
       Statistics 79, 551-563. https://doi.org/10.1162/003465397557132
    .. [3] Bai, J. and Perron, P. (2003). Computation and analysis of multiple structural change models. Journal of
       Applied Econometrics 18, 1-22. https://doi.org/10.1002/jae.659
    .. [4] Siegmund, D. (1987). Confidence sets in change-point problems. Technical report 2, Department of Statistics,
       Stanford University.

    Examples
    --------
    >>> frame = pd.DataFrame({"year": range(2000, 2020), "count": [10, 12, 9, 11, 10] * 2 + [30, 33, 28, 31, 30] * 2})
    >>> row = Breaks().fit(frame).breaks.iloc[0]
    >>> print(f"from {row['before']:.0f} to {row['after']:.0f} a year, after {row['low']} at the earliest")
    from 10 to 30 a year, after 2009 at the earliest
    """

    def __init__(
        self,
        *,
        model: Literal["counts", "level", "mean", "mean and variance", "waiting times"] = "counts",
        count: str = "count",
        time: str = "year",
        penalty: str | float = "bic",
        least: int | None = None,
        trim: float = 0.15,
        dispersion: Literal["estimated"] | float = "estimated",
        least_masked: int = 0,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.model = one_of("model", model, MODELS)
        self.count, self.time = column_name("count", count), column_name("time", time)
        self.penalty = (
            one_of("penalty", penalty, PENALTIES) if isinstance(penalty, str) else in_range("penalty", penalty, 0)
        )
        self.least = None if least is None else whole_number("least", least, low=1)
        self.trim = in_range("trim", trim, 0.01, 0.45)
        self.dispersion = (
            one_of("dispersion", dispersion, ("estimated",))
            if isinstance(dispersion, str)
            else in_range("dispersion", dispersion, 0, open_ends=True)
        )
        self.least_masked, self.level, self.scope = least_known(least_masked), is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> BreaksResult:
        """Find the breaks.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a time.

        Returns
        -------
        BreaksResult
            Terms ``breaks``, their number, and ``greatest_ratio`` of the levels on both sides of one.

        Raises
        ------
        DataError
            If a column is missing, a cell is wrong, a time stands twice, or there are fewer than eight times.
        SpecificationError
            If ``least`` leaves no room for a break.

        Examples
        --------
        >>> frame = pd.DataFrame({"year": range(2000, 2010), "count": [10, "<5", 9, 11, 10, 10, 12, 9, 11, 10]})
        >>> int(Breaks().fit(frame).estimates.loc["breaks", "estimate"])
        0
        """
        low, high, labels = self._read(frame)
        n = len(low)
        usual = max(int(np.floor(self.trim * n)), 1) if self.model == "level" else 1 if self.model == "mean" else 2
        least = usual if self.least is None else self.least
        if 2 * least > n:
            raise SpecificationError(f"least == {least}, must be at most half of the {n} times")
        seen = _dispersion(low, high) if self.model == "counts" else 1.0
        told = isinstance(self.dispersion, str) or self.model != "counts"
        spread = seen if told else float(self.dispersion)
        cuts, candidates = self._cut(low, high, least, spread)
        exact = bool((low == high).all())
        tests = break_tests(low.astype(float), self.trim) if exact else None
        table = self._table(low, high, cuts, labels, spread, least)
        ratio = (table["after"] / table["before"]).replace([np.inf, 0.0], np.nan).dropna()
        nan = float("nan")
        greatest = float(np.exp(np.abs(np.log(ratio[ratio > 0])).max())) if (ratio > 0).any() else nan
        return BreaksResult(
            method=say("Breaks of a series, {model}", model=self.model),
            estimates=estimates_table(
                {"breaks": (float(len(cuts)), nan, nan, nan), "greatest_ratio": (greatest, nan, nan, nan)}
            ).assign(unit=["breaks", ""]),
            n=n,
            level=self.level,
            scope=self.scope,
            checks=(
                _check_length(n),
                _check_dates(table, labels),
                _check_break(tests, len(cuts)),
                *_check_spread(seen, spread),
            ),
            assumptions=(
                "Between breaks the level is one, and times do not depend on one another.",
                "A break of what is found is one of occurrence, of detection or of reporting.",
            ),
            references=references(Breaks),
            inputs=record(frame[[self.time, self.count]], packages=("numpy", "scipy")),
            breaks=table,
            candidates=candidates,
            sup_f=tests.sup_f if tests else nan,
            ave_f=tests.ave_f if tests else nan,
            exp_f=tests.exp_f if tests else nan,
            p_value=tests.p_value if tests else nan,
            dispersion=spread,
        )

    def _read(self, frame: pd.DataFrame) -> tuple[Floats, Floats, list[str]]:
        """Return the ends of each value and the labels of the times, in order."""
        if self.model == "counts":
            series, _ = read_series(frame, self.time, self.count, least_masked=self.least_masked, fewest=_FEWEST)
            return series.low.astype(float), series.high.astype(float), series.labels
        has_columns("values", is_frame("values", frame), [self.time, self.count])
        values, times = read_numbers(frame, self.count), read_numbers(frame, self.time)
        if len(np.unique(times)) < len(times):
            rows = (np.flatnonzero(pd.Series(times).duplicated(keep=False)) + 1).tolist()
            raise CellError("times stand there twice, must be one row each: add them up", column=self.time, rows=rows)
        if len(values) < _FEWEST:
            raise DataError(f"{len(values)} times are there, must be at least {_FEWEST} to see a break")
        if self.model == "waiting times" and (values <= 0).any():
            raise wrong_cells(frame[self.count], values <= 0, "must be above 0", name=self.count)
        order = np.argsort(times, kind="stable")
        return values[order], values[order], time_labels(times[order], dated=False)

    def _cut(self, low: Floats, high: Floats, least: int, spread: float) -> tuple[list[int], pd.DataFrame]:
        """Return the breaks, and the comparison of their numbers where one was made."""
        n = len(low)
        empty = pd.DataFrame({"cost": [], "bic": []}, index=pd.Index([], name="breaks", dtype="int64"))
        if self.model == "level":
            most = min(_MOST_BREAKS, n // least - 1)
            found = best_segments(mean_cost(low), n, least, most)
            costs = np.array([cost for cost, _ in found])
            free = 2 * np.arange(len(found)) + 2
            bic = n * (np.log(np.maximum(costs, 1e-300)) + 1 - np.log(n) + np.log(2 * np.pi)) + np.log(n) * free
            index = pd.RangeIndex(len(found), name="breaks")
            return found[int(bic.argmin())][1], pd.DataFrame({"cost": costs, "bic": bic}, index=index)
        parameters = 2 if self.model == "mean and variance" else 1
        prices = {
            "bic": (parameters + 1) * np.log(n),
            "mbic": (parameters + 2) * np.log(n),
            "aic": 2.0 * (parameters + 1),
            "hannan-quinn": 2 * (parameters + 1) * np.log(np.log(n)),
        }
        price = float(prices[self.penalty] if isinstance(self.penalty, str) else self.penalty)
        cost = {
            "counts": lambda: _count_cost(low, high),
            "mean": lambda: mean_cost(low, float(low.var(ddof=1)) or 1.0),
            "mean and variance": lambda: mean_variance_cost(low),
            "waiting times": lambda: exponential_cost(low),
        }[self.model]()
        return cheapest_cuts(cost, n, price * spread, least, length_penalty=self.penalty == "mbic"), empty

    def _table(  # noqa: PLR0917 - one series
        self, low: Floats, high: Floats, cuts: list[int], labels: list[str], spread: float, least: int
    ) -> pd.DataFrame:
        """Describe each break."""
        n = len(low)
        edges = [0, *cuts, n]
        if self.model == "counts":
            means = segment_means(low.astype(np.int64), high.astype(np.int64), cuts)
            cost = _count_cost(low, high)
            limits = [likelihood_limits(cost, edges[i : i + 3], least, spread, self.level) for i in range(len(cuts))]
        else:
            parts = [low[a:b] for a, b in pairwise(edges)]
            means, variances = np.array([part.mean() for part in parts]), np.array([part.var() for part in parts])
            sides = list(zip(pairwise(means), pairwise(variances), strict=True))
            limits = [date_limits(cut, *side, self.level) for cut, side in zip(cuts, sides, strict=True)]
        rows = []
        for i, (cut, ends) in enumerate(zip(cuts, limits, strict=True)):
            first, last = (labels[int(np.clip(end, 1, n)) - 1] for end in ends)
            rows.append((labels[cut - 1], first, last, means[i], means[i + 1]))
        return pd.DataFrame(rows, columns=["last_before", "low", "high", "before", "after"])


def _count_cost(low: Floats, high: Floats) -> Cost:
    """Return the cost of a stretch of counts, of ranges where some are."""
    exact = bool((low == high).all())
    return poisson_cost(low) if exact else range_cost(low.astype(np.int64), high.astype(np.int64))


def _dispersion(low: Floats, high: Floats) -> float:
    """Return the variance of counts over their mean."""
    # between ranges, the least difference that they allow: for known counts it is the difference itself
    apart = np.maximum(np.maximum(low[1:] - high[:-1], low[:-1] - high[1:]), 0.0)
    whole = (low + high)[1:] / 2 + (low + high)[:-1] / 2
    used = whole > 0
    return max(1.0, float((apart[used] ** 2 / whole[used]).mean())) if used.any() else 1.0


def _check_length(n: int) -> Check:
    """Say whether there are enough times."""
    message = say("{n} times are there.", n=n)
    return Check("times", "review" if n < _SHORT else "pass", message, {"times": n})


def _check_dates(table: pd.DataFrame, labels: list[str]) -> Check:
    """Say whether dates are known well enough to be read."""
    place = {label: i for i, label in enumerate(labels)}
    width = [place[high] - place[low] for low, high in zip(table["low"], table["high"], strict=True)]
    wide = sum(one > _BOUND_SHARE * len(labels) for one in width)
    message = say(
        "Limits of {wide} of {breaks} dates cover more than half of the series.", wide=wide, breaks=len(table)
    )
    return Check("dates", "review" if wide else "pass", message, {"wide": wide, "breaks": len(table)})


def _check_break(tests: BreakTests | None, cuts: int) -> Check:
    """Say whether a break is seen by a test that does not choose its date."""
    if tests is None or np.isnan(tests.p_value):
        message = say("Whether there is a break at all was not tested, since counts are ranges or do not vary.")
        return Check("any break", "review", message)
    message = say(
        "A break of the mean at some time is seen with p {p_value:.2g}, if times do not depend on one another.",
        p_value=tests.p_value,
    )
    agree = (tests.p_value < 0.05) == bool(cuts)
    return Check("any break", "pass" if agree else "review", message, {"p_value": tests.p_value})


def _check_spread(seen: float, spread: float) -> tuple[Check, ...]:
    """Say how much more than chance counts vary, where it is more, and whether that was allowed for."""
    if seen > _MUCH_MORE * max(spread, 1.0):
        message = say(
            "Counts vary {seen:.1f} times as much as chance between breaks, and {spread:.1f} times is allowed for: "
            "breaks may be chance.",
            seen=seen,
            spread=spread,
        )
        return (Check("dispersion", "review", message, {"dispersion": seen, "allowed": spread}),)
    if spread <= 1:
        return ()
    message = say(
        "Counts vary {spread:.1f} times as much as chance between breaks; prices and limits allow for it.",
        spread=spread,
    )
    return (Check("dispersion", "pass", message, {"dispersion": spread}),)
