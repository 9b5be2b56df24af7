"""Cumulative incidence of competing events, and Gray's test between groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.consequences.competing_ends.aalen_johansen import aalen_johansen
from ctresearch.consequences.competing_ends.gray_statistic import check_gray, gray_test
from ctresearch.consequences.competing_ends.weighted_incidence import weighted_incidence
from ctresearch.consequences.curves.survival import refuse_far_horizon, strata_of
from ctresearch.consequences.durations.competing import CompetingDurations, read_competing
from ctresearch.consequences.durations.durations import NONINFORMATIVE, RECORDED, read_weights, refuse_repeats
from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, one_of
from ctresearch.stats.groups.smallest import smallest_cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.consequences.competing_ends.aalen_johansen import Incidence
    from ctresearch.consequences.durations.durations import Floats

# limits are normal on the log-log scale, which few events do not bear out; a share of 1 but for rounding has no log-log
_FEW_EVENTS, _ROUNDING = 5, 1e-9
_NUMBERS = ["estimate", "std_error", "ci_low", "ci_high"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IncidenceResult(Result):
    """Shares with each kind of event by a horizon, with the curves.

    Parameters
    ----------
    curve : pandas.DataFrame
        One row a cause, stratum and time: ``at_risk``, ``events``, ``share``, ``std_error``, ``ci_low``, ``ci_high``.
    gray : pandas.DataFrame
        Indexed by cause: ``chi_square``, ``df``, ``p_value`` of Gray's test; empty with one stratum or weights.
    by : str, optional
        Column of strata.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. A term is a cause, by ``time`` and ``stratum``.

    Examples
    --------
    >>> frame = pd.DataFrame({"months": [2, 3, 5, 7], "end": ["exit", "return", "censor", "exit"]})
    >>> len(CumulativeIncidence(duration="months", event="end").fit(frame).gray)
    0
    """

    terms: ClassVar = {"*": col.model(unit="share")}
    keys: ClassVar = {"time": col.key("Time"), "stratum": col.key("Stratum")}

    curve: pd.DataFrame = table_field(
        {
            "cause": col.key("End"),
            "stratum": col.key("Stratum"),
            "time": col.key("Time"),
            "at_risk": col.statistic("People at risk", "persons", kind="at risk"),
            "events": col.count("Events", "events", base="at_risk"),
            "share": col.model("Share that has ended so"),
            **col.limits("Share that has ended so"),
        }
    )
    gray: pd.DataFrame = table_field(
        {
            "cause": col.key("End"),
            "chi_square": col.model("Chi-squared"),
            "df": col.model("Degrees of freedom"),
            "p_value": col.model("P-value"),
        }
    )
    by: str | None = value_field(col.mark("Groups by"), default=None)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw a curve for each cause and stratum.

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
        >>> frame = pd.DataFrame({"months": [2, 3, 5, 7], "end": ["exit", "return", "censor", "exit"]})
        >>> CumulativeIncidence(duration="months", event="end").fit(frame).plot().get_ylabel()
        'share with the event'
        """
        from ctresearch.consequences.curves.plot_curves import step_curves

        curve = self.curve
        strata = len(curve["stratum"].unique()) > 1
        curve["event"] = curve["cause"] + (", " + curve["stratum"] if strata else "")
        legend = f"event, {self.by or 'stratum'}" if strata else "event"
        words = {"ylabel": "share with the event", "title": render.title(self), "legend": legend}
        return step_curves(curve, "share", start=0.0, by="event", **words, ax=ax)


class CumulativeIncidence(Options):
    """Estimate the share of people who come to each kind of event, when one kind rules out the others.

    Such as recorded re-trafficking against recorded exit, with loss to follow-up as censoring. One less the
    Kaplan-Meier curve of a single kind, with the others censored, overstates its share; this does not.

    Parameters
    ----------
    duration : str
        Column of times at which observation ended.
    event : str
        Column of labels for what ended it.
    censored : object
        Label of those whose observation ended without any event; ``None`` if there are none.
    by : str, optional
        Column of strata, compared by Gray's test.
    entry : str, optional
        Column of times at which observation began; a row is not at risk at its own entry.
    weights : str, optional
        Column of survey weights, above 0. Standard errors are then robust ones, numbers at risk and events still count
        rows, and no test compares strata.
    horizon : float, optional
        Time at which shares are reported; by default the earliest of the strata's last times.
    person : str, optional
        Column that names the person; rows of one may then not overlap, so that nobody counts twice.
    merge_names : bool
        Take names in ``event`` and ``person`` that differ in case, accents, spaces or type alone for one; they are
        refused otherwise.
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
    Standard errors are those of the delta method; with ``entry`` or ``weights``, those of the infinitesimal jackknife,
    which are the same where neither is given.

    References
    ----------
    .. [1] Aalen, O. O. and Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains based
       on censored observations. Scandinavian Journal of Statistics 5, 141-150.
    .. [2] Gray, R. J. (1988). A class of K-sample tests for comparing the cumulative incidence of a competing risk.
       Annals of Statistics 16, 1141-1154. https://doi.org/10.1214/aos/1176350951

    Examples
    --------
    >>> frame = pd.DataFrame({"months": [2, 3, 5, 7, 9], "end": ["exit", "return", "censor", "exit", "censor"]})
    >>> result = CumulativeIncidence(duration="months", event="end", horizon=8).fit(frame)
    >>> print(f"{result.estimates.loc['exit', 'estimate']:.2f} had a recorded exit within 8 months")
    0.50 had a recorded exit within 8 months
    """

    def __init__(
        self,
        *,
        duration: str,
        event: str,
        censored: Any = "censor",
        by: str | None = None,
        entry: str | None = None,
        weights: str | None = None,
        horizon: float | None = None,
        person: str | None = None,
        merge_names: bool = False,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.duration, self.event = column_name("duration", duration), column_name("event", event)
        self.censored = censored
        self.by = None if by is None else column_name("by", by)
        self.entry = None if entry is None else column_name("entry", entry)
        self.weights = None if weights is None else column_name("weights", weights)
        self.horizon = None if horizon is None else float(in_range("horizon", horizon, 0, open_ends=True))
        self.person = None if person is None else column_name("person", person)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> IncidenceResult:
        """Estimate the curves.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person.

        Returns
        -------
        IncidenceResult
            One term a cause, by ``time`` and, where there are strata, ``stratum``.

        Raises
        ------
        DataError
            If a column or value is missing, a row ends at or before its entry, nobody has the label for censoring, no
            event happens, or the horizon lies beyond what was seen.

        Examples
        --------
        >>> frame = pd.DataFrame({"months": [2, 3, 5, 7], "end": ["exit", "return", "censor", "exit"]})
        >>> CumulativeIncidence(duration="months", event="end").fit(frame).estimates["estimate"].tolist()
        [0.75, 0.25]
        """
        data = read_competing(
            frame,
            duration=self.duration,
            event=self.event,
            censored=self.censored,
            entry=self.entry,
            merge=self.merge_names,
        )
        persons = None if self.person is None else refuse_repeats(frame, data.rows, self.person, merge=self.merge_names)
        groups, names = strata_of(frame, self.by)
        weights = None if self.weights is None else read_weights(frame, self.weights)
        horizon = self._horizon(data, groups, names)
        curves, rows = [], []
        for i, stratum in enumerate(names):
            here = CompetingDurations(data.rows.where(groups == i), data.kind[groups == i], data.causes)
            for number, cause in enumerate(data.causes, 1):
                found = (
                    aalen_johansen(here, number)
                    if weights is None and self.entry is None
                    else weighted_incidence(
                        here, number, np.ones(here.rows.n) if weights is None else weights[groups == i]
                    )
                )
                table = _curve(found, self.level).assign(cause=cause, stratum=stratum)
                curves.append(table)
                rows.append(_at(table, horizon) | {"term": cause, "time": horizon, "stratum": stratum})
        estimates = pd.DataFrame(rows).astype({"term": "str"}).set_index("term").assign(unit="share of persons")
        named = (self.duration, self.event, self.by, self.entry, self.weights, self.person)
        used = [c for c in named if c is not None]
        gray = _gray(data, groups, len(names) if weights is None else 1)
        tested = check_gray(gray, strata=len(names), weighted=weights is not None)
        return IncidenceResult(
            method="Cumulative incidence of competing events (Aalen-Johansen)",
            estimates=estimates if self.by else estimates.drop(columns="stratum"),
            n=data.rows.n,
            smallest_group=min(smallest_cell(groups, data.kind == number) for number in range(len(data.causes) + 1)),
            level=self.level,
            scope=self.scope,
            interval="log-log",
            checks=(
                *data.checks,
                *(persons.checks if persons else ()),
                *_check_events(data, groups, names),
                *tested,
            ),
            assumptions=(NONINFORMATIVE, RECORDED),
            references=references(CumulativeIncidence),
            inputs=record(frame[used]),
            curve=pd.concat(curves, ignore_index=True),
            gray=gray,
            by=self.by,
        )

    def _horizon(self, data: CompetingDurations, groups: Any, names: tuple[str, ...]) -> float:
        """Return when shares are reported, and refuse a time beyond what was seen."""
        last = [float(data.rows.stop[groups == i].max()) for i in range(len(names))]
        if self.horizon is None:
            return min(last)
        refuse_far_horizon(self.horizon, data.rows.stop, groups, last)
        return self.horizon


def _curve(found: Incidence, level: float) -> pd.DataFrame:
    """Write a curve as a table, with limits from the log-log scale."""
    low, high = _limits(found.share, np.sqrt(found.variance), level)
    columns = {"time": found.times, "at_risk": found.at_risk, "events": found.events, "share": found.share}
    return pd.DataFrame(columns | {"std_error": np.sqrt(found.variance), "ci_low": low, "ci_high": high})


def _limits(share: Floats, std_error: Floats, level: float) -> tuple[Floats, Floats]:
    """Return limits that stay between 0 and 1; none where the share is 0 or 1."""
    from scipy.special import ndtri

    inside = (share > 0) & (share < 1 - _ROUNDING)
    safe = np.where(inside, share, 0.5)
    reach = ndtri((1 + level) / 2) * std_error / np.abs(safe * np.log(safe))
    return (np.where(inside, safe ** np.exp(reach), np.nan), np.where(inside, safe ** np.exp(-reach), np.nan))


def _at(table: pd.DataFrame, time: float) -> dict[str, float]:
    """Return the row of a curve just after a time; before the first event the share is 0 and has no limits."""
    past = table[table["time"] <= time]
    if past.empty:
        return dict(zip(_NUMBERS, (0.0, np.nan, np.nan, np.nan), strict=True))
    row = past[["share", "std_error", "ci_low", "ci_high"]].iloc[-1]
    if np.isnan(row["ci_low"]):  # nobody or everybody: without a spread nothing is known of the error
        row = row.mask(row.index == "std_error")
    return dict(zip(_NUMBERS, row, strict=True))


def _gray(data: CompetingDurations, groups: Any, strata: int) -> pd.DataFrame:
    """Test each cause between strata."""
    tests = [gray_test(data, groups, i + 1) for i in range(len(data.causes))] if strata > 1 else []
    rows = [(test.chi_square, test.df, test.p_value) for test in tests]
    index = pd.Index(data.causes[: len(rows)], name="cause", dtype="str")
    return pd.DataFrame(rows, columns=["chi_square", "df", "p_value"], index=index)


def _check_events(data: CompetingDurations, groups: Any, names: tuple[str, ...]) -> tuple[Check, ...]:
    """Say which causes are rare in which strata."""
    counts = {
        (cause, name): int(((data.kind == k) & (groups == i)).sum())
        for k, cause in enumerate(data.causes, 1)
        for i, name in enumerate(names)
    }
    (cause, name), fewest = min(counts.items(), key=lambda item: item[1])
    numbers = {"fewest": fewest, "events": int(data.rows.event.sum())}
    if fewest < _FEW_EVENTS:
        said = say(
            "{cause!r} happens {fewest} times in {name}: with fewer than {few_events}, limits are rough.",
            cause=cause,
            fewest=fewest,
            name=name,
            few_events=_FEW_EVENTS,
        )
        return (Check("events", "review", said, numbers),)
    return (
        Check(
            "events", "pass", say("Each cause happens at least {fewest} times in each stratum.", fewest=fewest), numbers
        ),
    )
