"""A change of counts split into occurrence, detection and reporting, as bounds under stated assumptions.

People found are people there, times the share that is detected, times the share of detections that is reported. The
logarithm of a change is the sum of three, of which data show the sum and, at best, what moves two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count as people
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level
from ctresearch.routes.counts.reported import least_known
from ctresearch.routes.trends.series import read_exposure, read_series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.routes.trends.series import Series

    Floats = NDArray[np.float64]
    Ends = tuple[float, float]

TERMS = ("observed", "detection", "reporting", "occurrence")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ChangeSplitResult(Result):
    """What a change of counts can be, in its parts.

    Parameters
    ----------
    bounds : pandas.DataFrame
        By ``term``: ``lower`` and ``upper`` from the data and the assumptions, before chance is added, and
        ``lower_without``, ``upper_without`` from the assumptions alone. All are logarithms of factors.
    **fields
        Everything that :class:`ctresearch.core.Result` holds; limits hold chance as well.

    Examples
    --------
    >>> from ctresearch.routes import ChangeSplit
    >>> frame = pd.DataFrame({"year": range(2010, 2014), "count": [100, 110, 200, 210], "officers": [5, 5, 10, 10]})
    >>> found = ChangeSplit(after=2012, effort="officers").fit(frame).bounds
    >>> found.loc["detection"].round(3).tolist()[:2]
    [0.0, 0.693]
    """

    n: int = value_field(people("People, at least", "persons"))
    bounds: pd.DataFrame = table_field(
        {
            "term": key("Part"),
            "lower": model("Least change"),
            "upper": model("Greatest change"),
            "lower_without": model("Least change, assumptions alone"),
            "upper_without": model("Greatest change, assumptions alone"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "observed": model("Change of people found", reader="ratio"),
        "detection": model("Change of the share detected", reader="ratio"),
        "reporting": model("Change of the share reported", reader="ratio"),
        "occurrence": model("Change of occurrence", reader="ratio", headline=True),
    }


class ChangeSplit(Options):
    """Split a change between two periods into occurrence, detection and reporting.

    Parameters
    ----------
    after : float
        First time of the second period.
    count, time : str
        Columns of the counts and the time.
    effort : str, optional
        Column of the effort of detection: officers, inspections, hours.
    reported : str, optional
        Column of the share of detections that reached the table, above 0 and at most 1.
    elasticity : tuple of float
        By how much detection follows effort: from 0, not at all, to 1, twice the effort finds twice the share. Twice
        the effort then finds between as many and twice as many.
    detection : tuple of float
        By what factor the share detected can have changed, where no effort is known.
    reporting : tuple of float
        The same of the share reported, where it is not known.
    least_masked : {0, 1}
        The least that ``"<5"`` can stand for.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the counts are of.

    Raises
    ------
    SpecificationError
        If a range is none, or an option is not one of those allowed.

    Notes
    -----
    Limits of a range are those of Imbens and Manski: they hold the true change, wherever in the range it lies, with the
    coverage stated. How often they do is in ``benchmarks/results/coverage_trends.csv``.

    References
    ----------
    .. [1] Manski, C. F. (2003). Partial Identification of Probability Distributions. Springer.
       https://doi.org/10.1007/b97478
    .. [2] Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for partially identified parameters.
       Econometrica 72, 1845-1857. https://doi.org/10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    >>> frame = pd.DataFrame({"year": range(2010, 2014), "count": [100, 110, 200, 210], "officers": [5, 5, 6, 6]})
    >>> row = ChangeSplit(after=2012, effort="officers", reporting=(1, 1)).fit(frame).estimates.loc["occurrence"]
    >>> low, high = np.exp(row[["ci_low", "ci_high"]].astype(float))
    >>> print(f"occurrence changed by a factor of {low:.1f} to {high:.1f} if detection follows effort at most in step")
    occurrence changed by a factor of 1.4 to 2.2 if detection follows effort at most in step
    """

    def __init__(
        self,
        *,
        after: float,
        count: str = "count",
        time: str = "year",
        effort: str | None = None,
        reported: str | None = None,
        elasticity: tuple[float, float] = (0.0, 1.0),
        detection: tuple[float, float] = (0.5, 2.0),
        reporting: tuple[float, float] = (0.8, 1.25),
        least_masked: int = 0,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.after = in_range("after", after)
        self.count, self.time = column_name("count", count), column_name("time", time)
        self.effort = None if effort is None else column_name("effort", effort)
        self.reported = None if reported is None else column_name("reported", reported)
        self.elasticity = _range("elasticity", elasticity, least=None)
        self.detection, self.reporting = _range("detection", detection), _range("reporting", reporting)
        self.least_masked, self.level, self.scope = least_known(least_masked), is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> ChangeSplitResult:
        """Split the change.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a time, with times on both sides of ``after``.

        Returns
        -------
        ChangeSplitResult
            Terms ``observed``, ``detection``, ``reporting`` and ``occurrence``, as logarithms of factors.

        Raises
        ------
        DataError
            If a column is missing, a cell is wrong, or a period has nobody for certain.

        Examples
        --------
        >>> frame = pd.DataFrame({"year": range(2010, 2014), "count": [100, 110, 200, 210]})
        >>> ChangeSplit(after=2012).fit(frame).bounds.shape
        (4, 4)
        """
        series, ordered = read_series(frame, self.time, self.count, least_masked=self.least_masked, fewest=2)
        late = series.time >= self.after
        if late.all() or not late.any():
            raise DataError("all times are on one side of after, must be before and after it")
        observed, error = _observed(series, late)
        without = {"detection": _logs(self.detection), "reporting": _logs(self.reporting)}
        ranges = dict(without)
        if self.effort is not None:
            change = _change(read_exposure(ordered, self.effort), late)
            ends = sorted(change * by for by in self.elasticity)
            ranges["detection"] = (ends[0], ends[1])
        if self.reported is not None:
            share = read_exposure(ordered, self.reported)
            if (share > 1).any():
                raise DataError("the share reported is above 1, must be at most 1: give it as a proportion")
            ranges["reporting"] = (_change(share, late),) * 2
        table = pd.DataFrame(
            {
                **_columns(observed, ranges, ""),
                **_columns(observed, without, "_without"),
            },
            index=pd.Index(TERMS, name="term"),
        )
        told = [self.effort is not None, self.reported is not None]
        return ChangeSplitResult(
            method=say("Change of people found, split into occurrence, detection and reporting"),
            estimates=_estimates(table, error, self.level),
            n=int(series.low.sum()),
            smallest_group=max(1, int(min(series.low[late].sum(), series.low[~late].sum()))),
            level=self.level,
            interval="bounds",
            scale="log",
            scope=self.scope,
            checks=(_check_series(*told), _check_sign(table, error, self.level)),
            assumptions=_assumptions(self.elasticity, self.detection, self.reporting, told),
            references=references(ChangeSplit),
            inputs=record(frame[[self.time, self.count, *filter(None, (self.effort, self.reported))]]),
            bounds=table,
        )


def _range(name: str, ends: Sequence[float], *, least: float | None = 0.0) -> Ends:
    """Return a range of two numbers in order."""
    if not isinstance(ends, (tuple, list)) or len(ends) != 2:
        raise SpecificationError(f"{name} must be two numbers, the least and the greatest")
    low, high = (in_range(name, one) for one in ends)
    if low > high or (least is not None and low <= least):
        raise SpecificationError(
            f"{name} == {tuple(ends)!r}, must be in order" + (" and above 0" if least == 0 else "")
        )
    return float(low), float(high)


def _logs(ends: Ends) -> Ends:
    """Return the logarithms of two factors."""
    return float(np.log(ends[0])), float(np.log(ends[1]))


def _change(values: Floats, late: NDArray[np.bool_]) -> float:
    """Return the logarithm of the change of a mean."""
    return float(np.log(values[late].mean() / values[~late].mean()))


def _observed(series: Series, late: NDArray[np.bool_]) -> tuple[Ends, float]:
    """Return the least and the greatest change of people found in a year, and its error."""
    parts = [(series.low[rows], series.high[rows]) for rows in (~late, late)]
    if any(low.sum() == 0 for low, _ in parts):
        raise DataError("a period has nobody for certain, must have people in both: take longer periods")
    (low0, high0), (low1, high1) = parts
    ends = float(np.log(low1.mean() / high0.mean())), float(np.log(high1.mean() / low0.mean()))
    known = [low[low == high] for low, high in parts]
    squares = sum(float(((y - y.mean()) ** 2 / y.mean()).sum()) for y in known if len(y) > 1 and y.mean() > 0)
    free = sum(len(y) - 1 for y in known if len(y) > 1)
    dispersion = max(1.0, squares / free) if free else 1.0
    return ends, float(np.sqrt(dispersion * (1 / low0.sum() + 1 / low1.sum())))


def _columns(observed: Ends, ranges: Mapping[str, Ends], suffix: str) -> dict[str, list[float]]:
    """Return the ends of every part."""
    detection, reporting = ranges["detection"], ranges["reporting"]
    least = observed[0] - detection[1] - reporting[1]
    greatest = observed[1] - detection[0] - reporting[0]
    return {
        f"lower{suffix}": [observed[0], detection[0], reporting[0], least],
        f"upper{suffix}": [observed[1], detection[1], reporting[1], greatest],
    }


def _estimates(table: pd.DataFrame, error: float, level: float) -> pd.DataFrame:
    """Return limits that hold chance as well."""
    rows = {}
    for term in TERMS:
        low, high = (float(table[name][term]) for name in ("lower", "upper"))
        chance = error if term in ("observed", "occurrence") else 0.0
        away = _imbens_manski(high - low, chance, level) * chance
        value = low if low == high else float("nan")
        rows[term] = (value, chance if low == high and chance else float("nan"), low - away, high + away)
    return estimates_table(rows)


def _imbens_manski(width: float, error: float, level: float) -> float:
    """Return how many errors the limits lie beyond the ends of a range."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    if error <= 0:
        return 0.0
    return float(brentq(lambda c: ndtr(c + width / error) - ndtr(-c) - level, 0.0, 10.0))


def _assumptions(elasticity: Ends, detection: Ends, reporting: Ends, told: list[bool]) -> tuple[str, ...]:
    """Say what was assumed of each part."""
    first = (
        say(
            "Twice the effort changes the share detected by a factor of {low:.2f} to {high:.2f}.",
            low=2 ** elasticity[0],
            high=2 ** elasticity[1],
        )
        if told[0]
        else say(
            "The share detected changed by a factor of {low:.2f} to {high:.2f}.", low=detection[0], high=detection[1]
        )
    )
    second = (
        say("The share reported is as it is given.")
        if told[1]
        else say(
            "The share reported changed by a factor of {low:.2f} to {high:.2f}.", low=reporting[0], high=reporting[1]
        )
    )
    return (first, second, say("Within a period the three shares vary around one level."))


def _check_series(effort: bool, reported: bool) -> Check:
    """Say which parts rest on data."""
    if effort and reported:
        return Check("series", "pass", say("Detection and reporting both rest on series."))
    if effort or reported:
        message = say("One of detection and reporting rests on an assumption alone.")
        return Check("series", "review", message)
    message = say("Detection and reporting both rest on assumptions alone: the split says what they say.")
    return Check("series", "fail", message)


def _check_sign(table: pd.DataFrame, error: float, level: float) -> Check:
    """Say whether it is known which way occurrence went."""
    low, high = (float(table[name]["occurrence"]) for name in ("lower", "upper"))
    away = _imbens_manski(high - low, error, level) * error
    if low - away > 0:
        return Check("direction", "pass", say("Occurrence rose, under these assumptions."))
    if high + away < 0:
        return Check("direction", "pass", say("Occurrence fell, under these assumptions."))
    return Check(
        "direction", "review", say("Occurrence may have risen or fallen: the data and assumptions allow both.")
    )
