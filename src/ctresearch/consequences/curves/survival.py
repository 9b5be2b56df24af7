"""Survival curves: Kaplan-Meier, restricted mean, median and the log-rank test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.consequences.curves.log_rank import GroupTest, log_rank
from ctresearch.consequences.curves.restricted_mean import restricted_mean
from ctresearch.consequences.curves.survival_result import SurvivalResult
from ctresearch.consequences.durations.durations import NONINFORMATIVE, RECORDED, read_durations, refuse_repeats
from ctresearch.consequences.durations.hazard_checks import require_events
from ctresearch.consequences.durations.life_table import LifeTable, life_table, log_log_limits
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import CellError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import ALL, read_groups
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, one_of
from ctresearch.stats.groups.smallest import smallest_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.consequences.durations.durations import Durations, Floats, Integers

# with fewer, one event takes more than a tenth of the curve away
_FEW_AT_RISK = 10
TEST_COLUMNS = ("chi_square", "df", "p_value")


class Survival(Options):
    """Estimate how long people go without an event.

    Parameters
    ----------
    duration : str
        Column of times at which observation ended.
    event : str
        Column of 0 (censored) and 1 (event).
    by : str, optional
        Column of strata, each with a curve of its own, compared by the log-rank test.
    entry : str, optional
        Column of times at which observation began; a row is not at risk at its own entry.
    horizon : float, optional
        Where the restricted mean ends; by default the earliest of the strata's last times.
    rho : float
        Power of survival by which the test weighs each event: 0 is the log-rank test, 1 looks at early events more.
    person : str, optional
        Column that names the person; rows of one may then not overlap, so that nobody counts twice.
    merge_names : bool
        Take names in ``person`` that differ in case, accents, spaces or type alone for one; they are refused otherwise.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimates are about.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    With delayed entry, few may be at risk early on, and one event among them brings the whole curve down: a check says
    so. Limits of the curve and of the median come from the log-log scale, those of the restricted mean from the normal.

    References
    ----------
    .. [1] Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations. Journal of the
       American Statistical Association 53, 457-481. https://doi.org/10.1080/01621459.1958.10501452
    .. [2] Royston, P. and Parmar, M. K. B. (2013). Restricted mean survival time: an alternative to the hazard ratio
       for the design and analysis of randomized trials with a time-to-event outcome. BMC Medical Research Methodology
       13, 152. https://doi.org/10.1186/1471-2288-13-152

    Examples
    --------
    >>> frame = pd.DataFrame({"months": [2, 3, 5, 7, 8, 9], "recorded": [1, 0, 1, 1, 0, 0]})
    >>> row = Survival(duration="months", event="recorded", horizon=8).fit(frame).estimates.loc["restricted_mean"]
    >>> limits = f"{row['ci_low']:.1f} to {row['ci_high']:.1f}"
    >>> print(f"{row['estimate']:.1f} of the first 8 months without a record ({limits})")
    6.2 of the first 8 months without a record (4.4 to 8.0)
    """

    def __init__(
        self,
        *,
        duration: str,
        event: str,
        by: str | None = None,
        entry: str | None = None,
        horizon: float | None = None,
        rho: float = 0.0,
        person: str | None = None,
        merge_names: bool = False,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.duration, self.event = column_name("duration", duration), column_name("event", event)
        self.by = None if by is None else column_name("by", by)
        self.entry = None if entry is None else column_name("entry", entry)
        self.horizon = None if horizon is None else float(in_range("horizon", horizon, 0, open_ends=True))
        self.rho = float(in_range("rho", rho, 0))
        self.person = None if person is None else column_name("person", person)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> SurvivalResult:
        """Estimate the curves.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person.

        Returns
        -------
        SurvivalResult
            Terms ``restricted_mean`` and ``median``, by ``stratum`` where there are strata.

        Raises
        ------
        DataError
            If a column or value is missing, a row ends at or before its entry, no event happens, or the horizon lies
            beyond what was seen.

        Examples
        --------
        >>> frame = pd.DataFrame({"months": [2, 3, 5, 7], "recorded": [1, 0, 1, 1]})
        >>> Survival(duration="months", event="recorded").fit(frame).estimates.loc["median", "estimate"]
        np.float64(5.0)
        """
        rows = read_durations(frame, duration=self.duration, event=self.event, entry=self.entry)
        require_events(rows.event, f"event {self.event!r}")
        persons = None if self.person is None else refuse_repeats(frame, rows, self.person, merge=self.merge_names)
        codes, names = strata_of(frame, self.by)
        tables = [life_table(rows.where(codes == i)) for i in range(len(names))]
        horizon = _horizon(rows, codes, tables, self.horizon)
        test = log_rank(rows, codes, rho=self.rho) if len(names) > 1 else None
        used = [c for c in (self.duration, self.event, self.by, self.entry, self.person) if c is not None]
        return SurvivalResult(
            method="Kaplan-Meier survival",
            estimates=pd.concat(
                [
                    _summary(t, name, horizon, self.level, keyed=bool(self.by))
                    for t, name in zip(tables, names, strict=True)
                ]
            ),
            n=rows.n,
            smallest_group=smallest_cell(codes, rows.event),
            level=self.level,
            scope=self.scope,
            interval="log-log",
            checks=(
                *(persons.checks if persons else ()),
                *_checks(rows, tables, names),
                *_check_known(tables, names, horizon),
                *_check_test(test, self.rho),
            ),
            assumptions=(NONINFORMATIVE, RECORDED),
            references=references(Survival),
            inputs=record(frame[used]),
            curve=pd.concat(
                [_curve(t, name, self.level) for t, name in zip(tables, names, strict=True)], ignore_index=True
            ),
            horizon=horizon,
            log_rank=group_test_table(test),
            by=self.by,
        )


def group_test_table(test: GroupTest | None) -> pd.DataFrame:
    """Write a test of groups as a table of one row, or none.

    Parameters
    ----------
    test : GroupTest or None
        The test.

    Returns
    -------
    pandas.DataFrame
        ``chi_square``, ``df``, ``p_value``.

    Examples
    --------
    >>> len(group_test_table(None))
    0
    """
    rows = [] if test is None else [(test.chi_square, test.df, test.p_value)]
    return pd.DataFrame(rows, columns=list(TEST_COLUMNS))


def strata_of(frame: pd.DataFrame, by: str | None) -> tuple[Any, tuple[str, ...]]:
    """Return the stratum of each row and the names of the strata.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    by : str or None
        Column of strata; all rows are one stratum without it.

    Returns
    -------
    tuple
        Codes of shape (rows,), and names.

    Raises
    ------
    DataError
        If the column or one of its values is missing, or a label cannot be told from another or from ``"all"``.

    Examples
    --------
    >>> strata_of(pd.DataFrame({"sex": ["m", "f"]}), "sex")[1]
    ('f', 'm')
    """
    if by is None:
        return np.zeros(len(frame), np.int64), (ALL,)
    groups = read_groups(frame, by)
    return groups.codes, groups.names


def refuse_far_horizon(asked: float, stop: Floats, codes: Integers, reach: Sequence[float]) -> None:
    """Refuse a horizon beyond what was seen of a stratum, and say which row ends its follow-up.

    Parameters
    ----------
    asked : float
        The horizon.
    stop : numpy.ndarray
        When each row ended, shape (rows,).
    codes : numpy.ndarray
        Stratum of each row from 0, shape (rows,).
    reach : sequence of float
        Up to when each stratum is known.

    Raises
    ------
    CellError
        If one is not known up to the horizon.

    Examples
    --------
    >>> refuse_far_horizon(2.0, np.array([3.0]), np.array([0]), [3.0])
    """
    short = int(np.argmin(reach))
    if asked <= reach[short]:
        return
    inside = np.flatnonzero(codes == short)
    row = int(inside[np.argmax(stop[inside])]) + 1
    few = int((np.asarray(reach) < asked).sum())
    raise CellError(
        f"horizon == {asked:g}, but {few} of {len(reach)} strata were not followed to it (the shortest ends with row "
        f"{row:,}): choose an earlier one, or leave horizon out to take the last time that all strata reach",
        rows=[row],
    )


def _horizon(rows: Durations, codes: Integers, tables: list[LifeTable], asked: float | None) -> float:
    """Return where restricted means end, and refuse a horizon beyond what was seen."""
    if asked is None:
        return float(min(t.times[-1] for t in tables))
    reach = [np.inf if t.survival[-1] == 0 else float(t.times[-1]) for t in tables]
    refuse_far_horizon(asked, rows.stop, codes, reach)
    return asked


def _summary(table: LifeTable, name: str, horizon: float, level: float, *, keyed: bool) -> pd.DataFrame:
    """Return the restricted mean and the median of a stratum."""
    from scipy.special import ndtri

    mean, std_error = restricted_mean(table, horizon)
    std_error = std_error if std_error > 0 else float("nan")  # without a spread nothing is known of the error
    reach = float(ndtri((1 + level) / 2)) * std_error
    low, high = log_log_limits(table.survival, table.greenwood, level)
    median = (_first_below(table, table.survival), np.nan, _first_below(table, low), _first_below(table, high))
    values = [(mean, std_error, mean - reach, mean + reach), median]
    frame = pd.DataFrame(values, columns=["estimate", "std_error", "ci_low", "ci_high"])
    frame.index = pd.Index(["restricted_mean", "median"], name="term", dtype="str")
    frame = frame.assign(unit="time")
    return frame.assign(stratum=name) if keyed else frame


def _first_below(table: LifeTable, curve: Any) -> float:
    """Return the first time at which a curve is at most one half; NaN if never."""
    below = np.flatnonzero(curve <= 0.5)
    return float(table.times[below[0]]) if len(below) else float("nan")


def _curve(table: LifeTable, name: str, level: float) -> pd.DataFrame:
    """Write a stratum's curve as a table."""
    low, high = log_log_limits(table.survival, table.greenwood, level)
    columns = {"stratum": name, "time": table.times, "at_risk": table.at_risk, "events": table.events}
    columns |= {"censored": table.censored, "survival": table.survival, "std_error": table.std_error}
    return pd.DataFrame(columns | {"ci_low": low, "ci_high": high})


def _checks(rows: Durations, tables: list[LifeTable], names: tuple[str, ...]) -> list[Check]:
    """Say whether early risk sets are large enough where entry is delayed."""
    return [] if np.isinf(rows.entry).all() else [_check_early(t, n) for t, n in zip(tables, names, strict=True)]


def _check_early(table: LifeTable, name: str) -> Check:
    """Look for events before most have come in, which move the whole curve."""
    later = np.maximum.accumulate(table.at_risk[::-1])[::-1]
    early = (table.events > 0) & (table.at_risk < later)
    fewest = int(table.at_risk[early].min()) if early.any() else int(table.at_risk.max())
    numbers = {"fewest": fewest}
    if (table.survival[:-1] == 0).any():
        said = (
            "In a stratum, all who were at risk at an early time had the event, so its curve is 0 from there on: start "
            "later."
        )
        return Check("risk set", "fail", said, numbers, voids=True)
    if fewest < _FEW_AT_RISK:
        said = say(
            "In {name}, early events fall where {fewest} are at risk: the curve hangs on few people from there on.",
            name=name,
            fewest=fewest,
        )
        return Check("risk set", "review", said, numbers)
    return Check(
        "risk set",
        "pass",
        say("In {name}, at least {fewest} are at risk at each early event.", name=name, fewest=fewest),
        numbers,
    )


def _check_known(tables: list[LifeTable], names: tuple[str, ...], horizon: float) -> tuple[Check, ...]:
    """Say where a restricted mean has no limits: nobody had the event before the horizon, or all had it at once."""
    out = []
    for table, name in zip(tables, names, strict=True):
        if restricted_mean(table, horizon)[1] > 0:
            continue
        events = int(table.events[table.times < horizon].sum())
        had = say("no event happens before") if events == 0 else f"all {events:,} events fall on one time before"
        said = say(
            "In {name}, {had} the horizon: the restricted mean is what was seen, and nothing says how exact it is.",
            name=name,
            had=had,
        )
        out.append(Check("no spread", "review", said, {"events": events}))
    return tuple(out)


def _check_test(test: GroupTest | None, rho: float) -> tuple[Check, ...]:
    """Report the log-rank test."""
    if test is None:
        return ()
    numbers = {"chi_square": test.chi_square, "df": test.df, "p_value": test.p_value}
    name = say("Log-rank") if rho == 0 else say("Weighted log-rank (rho = {rho:g})", rho=rho)
    said = say(
        "{name} chi-squared {chi_square:.4g} on {df} df, p = {p_value:.3g}.",
        name=name,
        chi_square=test.chi_square,
        df=test.df,
        p_value=test.p_value,
    )
    return (Check("log-rank", "pass", said, numbers),)
