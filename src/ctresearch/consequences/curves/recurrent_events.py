"""Events that may come again, such as recorded re-trafficking: how many on average by a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.consequences.durations.durations import RECORDED, read_durations, refuse_repeats
from ctresearch.consequences.durations.hazard_checks import require_events
from ctresearch.consequences.durations.life_table import count_at
from ctresearch.core import meaning as col
from ctresearch.core.cells import refuse_cells, row_words
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import read_units
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import Result
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, one_of

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Durations, Floats, Integers

ASSUMPTIONS = (
    "When observation of a person ends has nothing to do with how often the event would have come.",
    RECORDED,
)

_DECLARED = Declaration({"mean_events": col.model("Mean number of events a person", headline=True)})


class RecurrentEvents(Options):
    """Estimate the mean number of events a person by a time, with errors that allow for persons who differ.

    For how covariates change their rate, fit ``HazardModel(..., entry=, cluster=person)`` to the same rows, which is
    the model of Andersen and Gill with robust errors.

    Parameters
    ----------
    duration : str
        Column of times at which a stretch of observation ended.
    event : str
        Column of 0 and 1: whether it ended in an event.
    person : str
        Column that names the person.
    entry : str
        Column of times at which the stretch began; a person's stretches do not overlap.
    horizon : float, optional
        Time by which events are counted; the last time by default.
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

    References
    ----------
    .. [1] Lawless, J. F. and Nadeau, C. (1995). Some simple robust methods for the analysis of recurrent events.
       Technometrics 37, 158-168. https://doi.org/10.1080/00401706.1995.10484300

    Examples
    --------
    >>> people = pd.DataFrame({"person": ["a", "b", "c"], "end": [12, 12, 9]})
    >>> seen = pd.DataFrame({"person": ["a", "a", "c"], "month": [2, 7, 5]})
    >>> rows = counting_process(people, seen, person="person", end="end", time="month")
    >>> result = RecurrentEvents(duration="stop", event="event", person="person", entry="entry").fit(rows)
    >>> print(f"{result.estimates.loc['mean_events', 'estimate']:.1f} recorded events a person within 12 months")
    1.0 recorded events a person within 12 months
    """

    def __init__(
        self,
        *,
        duration: str,
        event: str,
        person: str,
        entry: str,
        horizon: float | None = None,
        merge_names: bool = False,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.duration, self.event = column_name("duration", duration), column_name("event", event)
        self.person, self.entry = column_name("person", person), column_name("entry", entry)
        self.horizon = None if horizon is None else float(in_range("horizon", horizon, 0, open_ends=True))
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> Result:
        """Estimate the mean number of events.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a stretch of a person's time, as :func:`counting_process` makes them.

        Returns
        -------
        Result
            Term ``mean_events`` by ``time``, with log-normal limits.

        Raises
        ------
        DataError
            If a column or value is missing, a row ends at or before its entry, stretches of a person overlap, no event
            happens by the horizon, or nobody was followed to it.

        Examples
        --------
        >>> rows = pd.DataFrame({"who": [1, 1, 2], "from": [0, 3, 0], "to": [3, 8, 8], "event": [1, 0, 0]})
        >>> model = RecurrentEvents(duration="to", event="event", person="who", entry="from")
        >>> model.fit(rows).estimates.loc["mean_events", "estimate"]
        np.float64(0.5)
        """
        rows = read_durations(frame, duration=self.duration, event=self.event, entry=self.entry)
        people = refuse_repeats(frame, rows, self.person, merge=self.merge_names)
        persons = people.codes
        last = float(rows.stop.max())
        horizon = last if self.horizon is None else self.horizon
        if horizon > last:
            raise CellError(
                f"horizon == {horizon:g}, but the longest follow-up ends earlier, with row "
                f"{int(rows.stop.argmax()) + 1:,}: choose one up to that, or leave horizon out",
                rows=[int(rows.stop.argmax()) + 1],
            )
        require_events(rows.event & (rows.stop <= horizon), f"event {self.event!r} up to {horizon:g}")
        mean, std_error = _mean_events(rows, persons, horizon)
        from scipy.special import ndtri

        std_error = std_error if std_error > 1e-9 * mean else float("nan")  # all persons alike: no spread to go by
        factor = np.exp(float(ndtri((1 + self.level) / 2)) * std_error / mean)
        columns = {"estimate": mean, "std_error": std_error, "ci_low": mean / factor, "ci_high": mean * factor}
        return Result(
            declaration=_DECLARED,
            method="Mean number of recurrent events, robust errors",
            estimates=pd.DataFrame(
                columns | {"unit": "events a person", "time": horizon},
                index=pd.Index(["mean_events"], name="term", dtype="str"),
            ),
            n=len(people.names),
            smallest_group=len(people.names),
            level=self.level,
            scope=self.scope,
            interval="lognormal",
            checks=(*people.checks, _check_repeats(rows, persons), *_check_spread(std_error)),
            assumptions=ASSUMPTIONS,
            references=references(RecurrentEvents),
            inputs=record(frame[[self.person, self.entry, self.duration, self.event]]),
        )


def counting_process(
    people: pd.DataFrame,
    events: pd.DataFrame,
    *,
    person: str,
    end: str,
    time: str,
    entry: str | None = None,
    merge_names: bool = False,
) -> pd.DataFrame:
    """Cut each person's time at each event, for models of recurrent events.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person, with covariates.
    events : pandas.DataFrame
        One row an event.
    person : str
        Column of both tables that names the person.
    end : str
        Column of ``people``: when observation ended.
    time : str
        Column of ``events``: when it came.
    entry : str, optional
        Column of ``people``: when observation began; 0 by default.
    merge_names : bool
        Take names of persons that differ in case, accents, spaces or type alone for one; they are refused otherwise.

    Returns
    -------
    pandas.DataFrame
        One row a stretch: ``entry``, ``stop``, ``event``, ``number`` (events before it) and all other columns of
        ``people``.

    Raises
    ------
    DataError
        If a column is missing or bears the name of one that is made, a person comes twice or is not known, an event
        lies outside the person's observation, or two events of a person fall on one time.

    Examples
    --------
    >>> people = pd.DataFrame({"who": ["a", "b"], "end": [9, 4]})
    >>> rows = counting_process(people, pd.DataFrame({"who": ["a"], "day": [3]}), person="who", end="end", time="day")
    >>> rows[["who", "entry", "stop", "event"]].values.tolist()
    [['a', 0.0, 3.0, 1], ['a', 3.0, 9.0, 0], ['b', 0.0, 4.0, 0]]
    """
    began = [] if entry is None else [entry]
    is_frame("people", people)
    has_columns("people", people, [person, end, *began])
    _refuse_made(people, {person, end, *began})
    has_columns("events", events, [person, time])
    refuse_missing(people, [person])
    refuse_missing(events, [person])
    people, events = _one_spelling(people, events, person, merge=merge_names)
    starts = np.zeros(len(people)) if entry is None else read_numbers(people, entry)
    limits = pd.DataFrame({person: people[person], "entry": starts, "stop": read_numbers(people, end)})
    cuts = events[[person]].assign(**{time: read_numbers(events, time)}).merge(limits, on=person, how="left")
    _refuse_times(cuts, person, time)
    ends = pd.concat([cuts.assign(stop=cuts[time].astype(float), event=1), limits.assign(event=0)])
    ends = ends[[person, "stop", "event"]].sort_values([person, "stop", "event"], ascending=[True, True, False])
    ends = ends.drop_duplicates([person, "stop"])
    rows = ends.merge(limits[[person, "entry"]], on=person).astype({"stop": float, "entry": float})
    before = rows.groupby(person)["stop"].shift()
    rows = rows.assign(entry=before.fillna(rows["entry"]), number=rows.groupby(person).cumcount())
    kept = people.drop(columns=[end, *([] if entry is None else [entry])])
    return rows.merge(kept, on=person)[[person, "entry", "stop", "event", "number", *kept.columns.drop(person)]]


def _refuse_made(people: pd.DataFrame, roles: set[str]) -> None:
    """Refuse columns that bear the name of one that is made here."""
    taken = [name for name in ("entry", "stop", "event", "number") if name in people.columns and name not in roles]
    if taken:
        raise DataError(f"people has the column {taken[0]!r}, which is the name of one that is made here: rename it")


def _one_spelling(
    people: pd.DataFrame, events: pd.DataFrame, person: str, *, merge: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each person one name in both tables, and refuse persons that come twice or are not known."""
    both = pd.concat([people[[person]].astype(object), events[[person]].astype(object)], ignore_index=True)
    codes = read_units(both, person, merge=merge).codes
    known, had = codes[: len(people)], codes[len(people) :]
    twice = pd.Series(known).duplicated(keep=False).to_numpy()
    refuse_cells(people[person], twice, "must name each person once in people", name=person)
    strangers = ~np.isin(had, known)
    refuse_cells(events[person], strangers, "must name in events nobody who is not in people", name=person)
    place = np.empty(len(known), dtype=np.int64)
    place[known] = np.arange(len(known))
    return people, events.assign(**{person: people[person].to_numpy(dtype=object)[place[had]]})


def _refuse_times(cuts: pd.DataFrame, person: str, time: str) -> None:
    """Refuse events outside their person's observation, and two of one person at one time."""
    outside = ((cuts[time] <= cuts["entry"]) | (cuts[time] > cuts["stop"])).to_numpy()
    twice = cuts.duplicated([person, time]).to_numpy()
    if outside.any() or twice.any():
        rows = (np.flatnonzero(outside | twice) + 1).tolist()
        raise CellError(
            f"{int(outside.sum())} events lie outside their person's observation, {int(twice.sum())} share a time with "
            f"another of the same person (rows {row_words(rows)} of events); must be none: correct the dates",
            column=time,
            rows=rows,
        )


def _mean_events(rows: Durations, persons: Integers, horizon: float) -> tuple[float, float]:
    """Return the mean number of events by a horizon and its robust standard error."""
    times = np.unique(rows.stop[rows.event & (rows.stop <= horizon)])
    at_risk, (events,) = count_at(rows, times, (rows.event & (rows.stop <= horizon),))
    step = events / at_risk
    share = np.concatenate([[0.0], np.cumsum(step / at_risk)])
    first, last = (np.searchsorted(times, when, side="right") for when in (rows.entry, rows.stop))
    own: Floats = -(share[last] - share[first])
    counted = rows.event & (rows.stop <= horizon)
    own[counted] += 1 / at_risk[last[counted] - 1]
    return float(step.sum()), float(np.sqrt((np.bincount(persons, own) ** 2).sum()))


def _check_spread(std_error: float) -> tuple[Check, ...]:
    """Say where nothing tells how exact the mean is."""
    if np.isfinite(std_error):
        return ()
    said = "All persons have their events at the same times, so nothing says how exact the mean is."
    return (Check("no spread", "review", said),)


def _check_repeats(rows: Durations, persons: Integers) -> Check:
    """Say how many persons have events, and how many have several."""
    counts = np.bincount(persons, rows.event)
    numbers = {"events": int(rows.event.sum()), "with_events": int((counts > 0).sum()), "most": float(counts.max())}
    said = say(
        "{with_events:,} of {counts:,} persons have an event, {several:,} several.",
        with_events=numbers["with_events"],
        counts=len(counts),
        several=int((counts > 1).sum()),
    )
    return Check("events", "review" if numbers["with_events"] < 10 else "pass", said, numbers)
