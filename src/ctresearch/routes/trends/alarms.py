"""Alarms: counts of late that are unusual for their season, and things that were never seen before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import read_units
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count as people
from ctresearch.core.meaning import key, mark, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, in_range, is_frame, one_of, whole_number
from ctresearch.routes.trends.farrington import Rule, bound_at
from ctresearch.routes.trends.series import read_series, time_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.routes.trends.farrington import Bound

ENOUGH, LATE = 5, 4
"""No alarm is raised below five people in the four latest periods: a bound says nothing there."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AlarmsResult(Result):
    """Counts of late against what is usual.

    Parameters
    ----------
    periods : pandas.DataFrame
        One row a period that was judged: ``time``, ``people``, ``expected``, ``upper`` (the bound), ``score`` (distance
        from what is expected in units of the bound's) and ``alarm``: yes, no, or too few.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.routes import Alarms
    >>> frame = pd.DataFrame({"week": range(1, 301), "count": [4, 5, 3, 4] * 74 + [4, 5, 3, 19]})
    >>> Alarms(time="week", last=2).fit(frame).periods["alarm"].tolist()
    ['no', 'yes']
    """

    n: int = value_field(people("People", "persons"))
    periods: pd.DataFrame = table_field(
        {
            "time": key("Period"),
            "people": people("People"),
            "expected": model("Expected people", "persons"),
            "upper": model("Bound", "persons"),
            "score": model("Score"),
            "alarm": mark("Alarm"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "alarms": model("Periods with an alarm", "periods", of="nobody", headline=True),
        "judged": model("Periods judged", "periods", of="nobody"),
    }


class Alarms(Options):
    """Judge the latest counts by the same season of the years before.

    Parameters
    ----------
    rule : {"noufaily", "farrington"}
        The improved rule of 2013 with seasons and a negative binomial bound, or that of 1996.
    count, time : str
        Columns of the counts and the time.
    last : int
        How many of the latest periods to judge.
    per_year : {52, 12}
        Weeks or months.
    years : int
        How many years before to look at.
    alpha : float, optional
        Error of the bound: one-sided 0.01 for ``"noufaily"`` and two-sided 0.05 for ``"farrington"`` by default.
    scope : Scope, optional
        Whom the counts are of.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Bounds equal those of the R package surveillance (``farrington``, and ``farringtonFlexible`` with ``nbPlugin``). An
    alarm is a reason to look, not a finding: a new police unit raises one as well as a new group of traffickers does.

    References
    ----------
    .. [1] Farrington, C. P., Andrews, N. J., Beale, A. D. and Catchpole, M. A. (1996). A statistical algorithm for the
       early detection of outbreaks of infectious disease. Journal of the Royal Statistical Society A 159, 547-563.
       https://doi.org/10.2307/2983331
    .. [2] Noufaily, A., Enki, D. G., Farrington, P., Garthwaite, P., Andrews, N. and Charlett, A. (2013). An improved
       algorithm for outbreak detection in multiple surveillance systems. Statistics in Medicine 32, 1206-1222.
       https://doi.org/10.1002/sim.5595

    Examples
    --------
    >>> frame = pd.DataFrame({"month": range(1, 73), "count": [4, 5, 3, 4] * 17 + [4, 5, 3, 19]})
    >>> row = Alarms(time="month", per_year=12, last=1).fit(frame).periods.iloc[0]
    >>> print(f"{row['people']} people were found where more than {row['upper']:.0f} are unusual")
    19 people were found where more than 9 are unusual
    """

    def __init__(
        self,
        *,
        rule: Literal["noufaily", "farrington"] = "noufaily",
        count: str = "count",
        time: str = "time",
        last: int = 1,
        per_year: int = 52,
        years: int = 4,
        alpha: float | None = None,
        scope: Scope | None = None,
    ) -> None:
        self.rule: Literal["noufaily", "farrington"] = one_of("rule", rule, ("noufaily", "farrington"))
        self.count, self.time = column_name("count", count), column_name("time", time)
        self.last, self.per_year = whole_number("last", last, low=1), one_of("per_year", per_year, (52, 12))
        self.years = whole_number("years", years, low=2)
        usual = 0.01 if rule == "noufaily" else 0.05
        self.alpha = in_range("alpha", usual if alpha is None else alpha, 0, 0.5, open_ends=True)
        self.scope = scope or Scope()

    def fit(self, frame: pd.DataFrame) -> AlarmsResult:
        """Judge the latest periods.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a period, none left out.

        Returns
        -------
        AlarmsResult
            Terms ``alarms`` and ``judged``.

        Raises
        ------
        DataError
            If a column is missing, a count is a range, a period is missing, or the years before do not reach back.

        Examples
        --------
        >>> frame = pd.DataFrame({"time": range(300), "count": [4, 5, 3, 4] * 75})
        >>> float(Alarms(rule="farrington").fit(frame).estimates.loc["alarms", "estimate"])
        0.0
        """
        series, _ = read_series(frame, self.time, self.count, fewest=self.per_year, exact=True)
        needed = self.years * self.per_year + 4 + self.last
        if series.gaps or len(series.time) < needed:
            raise DataError(
                f"{len(series.time)} periods with {series.gaps} missing between are there, must be at least {needed} "
                "without a gap: give periods without people the count 0"
            )
        counts = series.low.astype(float)
        places = range(len(counts) - self.last, len(counts))
        bounds = [bound_at(counts, at, self._rule()) for at in places]
        table = _periods(counts, series.labels, bounds, self.last)
        nan = float("nan")
        judged = float((table["alarm"] != "too few").sum())
        return AlarmsResult(
            method=say("Alarms by the rule of {rule}", rule=self.rule.capitalize()),
            estimates=estimates_table(
                {"alarms": (float((table["alarm"] == "yes").sum()), nan, nan, nan), "judged": (judged, nan, nan, nan)},
                unit="periods",
            ),
            n=int(series.low.sum()),
            smallest_group=max(1, int(series.low[-self.last :].min())),
            scope=self.scope,
            checks=(_check_alone(self.last, self.alpha), _check_enough(table), _check_complete()),
            assumptions=("What was usual in the same season of the years before is usual now.",),
            references=references(Alarms),
            inputs=record(frame[[self.time, self.count]], packages=("numpy", "scipy")),
            periods=table,
        )

    def _rule(self) -> Rule:
        """Return the rule with the options that its paper gives it."""
        half = 3 if self.per_year == 52 else 1
        if self.rule == "farrington":
            return Rule(self.years, half, 1, half, 1.0, True, 0.05, "delta", self.alpha, self.per_year)
        return Rule(self.years, half, 10, self.per_year // 2, 2.58, True, 1.0, "nb", self.alpha, self.per_year)


def _periods(counts: NDArray[np.float64], labels: list[str], bounds: list[Bound], last: int) -> pd.DataFrame:
    """Set the counts beside their bounds."""
    places = np.arange(len(counts) - last, len(counts))
    late = np.array([counts[max(0, at - LATE + 1) : at + 1].sum() for at in places])
    expected, upper = (np.array([getattr(one, name) for one in bounds]) for name in ("expected", "upper"))
    now = counts[places]
    few = (late < ENOUGH) | ~np.isfinite(upper)
    score = np.where(upper > expected, (now - expected) / np.where(upper > expected, upper - expected, 1.0), np.nan)
    return pd.DataFrame(
        {
            "time": [labels[at] for at in places],
            "people": now.astype(np.int64),
            "expected": expected,
            "upper": np.where(few, np.nan, upper),
            "score": score,
            "alarm": np.where(few, "too few", np.where(now > upper, "yes", "no")),
        }
    )


def _check_alone(last: int, alpha: float) -> Check:
    """Say how many alarms chance raises."""
    message = say("Chance alone raises about {usual:.2g} alarms in {last} periods.", usual=last * alpha, last=last)
    return Check("chance", "review" if last * alpha > 0.5 else "pass", message, {"expected": last * alpha})


def _check_enough(table: pd.DataFrame) -> Check:
    """Say whether periods have enough people to be judged."""
    few = int((table["alarm"] == "too few").sum())
    message = say("{few} of {periods} periods have too few people of late to be judged.", few=few, periods=len(table))
    return Check("enough people", "review" if few else "pass", message, {"few": few, "periods": len(table)})


def _check_complete() -> Check:
    """Say that late entries are not in yet."""
    message = say("Entries that come late are not in the latest counts: set a nowcast beside them.")
    return Check("late entries", "review", message)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FirstSeenResult(Result):
    """What was seen for the first time of late.

    Parameters
    ----------
    firsts : pandas.DataFrame
        One row a combination that was never seen before: its values, ``first_time``, ``people``, and
        ``chance``, how often as many new ones come about without any change.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.routes import FirstSeen
    >>> frame = pd.DataFrame({"year": [2019, 2020, 2021], "form": ["labour", "labour", "crime"], "count": [40, 41, 9]})
    >>> FirstSeen(["form"], since=2021).fit(frame).firsts["value"].tolist()
    ['crime']
    """

    n: int = value_field(people("People, at least", "persons"))
    firsts: pd.DataFrame = table_field(
        {"value": key("What is new"), "first_time": key("First time"), "people": people("People")}
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "new": model("New combinations", "combinations", of="nobody", headline=True),
        "new_by_chance": model("New combinations that chance brings", "combinations", of="nobody"),
    }


class FirstSeen(Options):
    """Find forms, corridors or means that were never seen before.

    Parameters
    ----------
    columns : sequence of str
        Columns whose combination counts as one thing: a form; an origin and a destination; a means of control.
    since : float
        First time that counts as of late.
    count, time : str
        Columns of the counts and the time.
    least : int
        Fewest people, for certain, for a new thing to be named.
    scope : Scope, optional
        Whom the counts are of.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Something rare is seen for the first time at some time without having begun then. How many such there are to be
    expected follows from how many things were seen only once before, by the estimator of Good and Turing.

    References
    ----------
    .. [1] Good, I. J. (1953). The population frequencies of species and the estimation of population parameters.
       Biometrika 40, 237-264. https://doi.org/10.1093/biomet/40.3-4.237

    Examples
    --------
    >>> frame = pd.DataFrame({"year": [2019, 2020, 2021], "form": ["labour", "labour", "crime"], "count": [40, 41, 9]})
    >>> result = FirstSeen(["form"], since=2021).fit(frame)
    >>> print(f"{result.estimates.loc['new', 'estimate']:.0f} form was never seen before")
    1 form was never seen before
    """

    def __init__(
        self,
        columns: Sequence[str],
        *,
        since: float,
        count: str = "count",
        time: str = "year",
        least: int = 5,
        scope: Scope | None = None,
    ) -> None:
        self.columns = column_names("columns", columns, least=1)
        self.since, self.least = in_range("since", since), whole_number("least", least, low=1)
        self.count, self.time = column_name("count", count), column_name("time", time)
        self.scope = scope or Scope()

    def fit(self, frame: pd.DataFrame) -> FirstSeenResult:
        """Find what is new.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a count.

        Returns
        -------
        FirstSeenResult
            Terms ``new`` and ``new_by_chance``.

        Raises
        ------
        DataError
            If a column is missing, a cell is wrong, or no time lies before ``since``.

        Examples
        --------
        >>> frame = pd.DataFrame({"year": [2019, 2021], "form": ["labour", "labour"], "count": [40, 9]})
        >>> len(FirstSeen(["form"], since=2021).fit(frame).firsts)
        0
        """
        from ctresearch.core.columns import read_numbers
        from ctresearch.routes.counts.reported import people_words, read_counts

        has_columns("counts", is_frame("counts", frame), [*self.columns, self.time, self.count])
        refuse_missing(frame, [*self.columns, self.time])
        when = read_numbers(frame, self.time)
        low, high = read_counts(frame[self.count].reset_index(drop=True), self.count)
        late = when >= self.since
        if late.all() or not late.any():
            raise DataError("all times are on one side of since, must be before and after it")
        read = [read_units(frame, name) for name in self.columns]
        names = [
            ", ".join(one.names[code] for one, code in zip(read, row, strict=True))
            for row in zip(*(r.codes for r in read), strict=True)
        ]
        table = pd.DataFrame({"value": names, "when": when, "low": low, "high": high, "late": late})
        before = table[~table["late"]].groupby("value")[["low", "high"]].sum()
        after = table[table["late"]].groupby("value").agg({"low": "sum", "high": "sum", "when": "min"})
        seen = before.index[before["high"] > 0]
        new = after[~after.index.isin(seen) & (after["low"] >= self.least)].sort_values("low", ascending=False)
        once = int((before["low"].eq(1) & before["high"].eq(1)).sum())
        usual = once * min(1.0, float(after["low"].sum() / max(before["low"].sum(), 1)))
        nan = float("nan")
        return FirstSeenResult(
            method=say("What was seen for the first time of late"),
            estimates=estimates_table(
                {"new": (float(len(new)), nan, nan, nan), "new_by_chance": (usual, nan, nan, nan)}, unit="combinations"
            ),
            n=int(low.sum()),
            smallest_group=max(1, int(new["low"].min()) if len(new) else int(low.sum())),
            scope=self.scope,
            checks=(_check_chance(len(new), usual), _check_masked_before(int((before["low"] < before["high"]).sum()))),
            assumptions=("Categories are the same before and after: a new word for an old thing looks new.",),
            references=references(FirstSeen),
            inputs=record(frame[[*self.columns, self.time, self.count]]),
            firsts=pd.DataFrame(
                {
                    "value": new.index.astype("str"),
                    "first_time": time_labels(new["when"].to_numpy(), dated=False),
                    "people": people_words(new["low"].to_numpy(), new["high"].to_numpy()),
                }
            ),
        )


def _check_chance(new: int, usual: float) -> Check:
    """Say whether as many new things come about without any change."""
    message = say("{new} are new; chance brings about {usual:.1f}.", new=new, usual=usual)
    return Check(
        "chance",
        "review" if new and new <= usual + 2 * np.sqrt(usual) else "pass",
        message,
        {"new": new, "usual": usual},
    )


def _check_masked_before(masked: int) -> Check:
    """Say how many things may or may not have been seen before."""
    message = say("{masked} are masked before, and count as seen.", masked=masked)
    return Check("masked counts", "review" if masked else "pass", message, {"masked": masked})
