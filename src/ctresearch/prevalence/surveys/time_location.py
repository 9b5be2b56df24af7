"""Time-location sampling: people met at places and times that were drawn from a frame of both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of
from ctresearch.prevalence.surveys.survey_total import SurveyTotal

if TYPE_CHECKING:
    from ctresearch.prevalence.surveys.survey_result import SurveyResult

_WEIGHT = "_weight_"
_MOST_SHARE = 0.2  # of the weight, carried by one event: the estimate is then that event's in good part
ASSUMPTIONS = (
    "Everybody who is counted comes to some place and time of the frame in the period, and the rest is nobody's.",
    "People at an event were counted right, and those interviewed were drawn at random among them.",
    "People say rightly how many events of the frame they come to.",
)


class TimeLocation(Options):
    """Estimate the people who come to venues, or a share of them, from interviews at places and times that were drawn.

    An interview stands for the events of its stratum over those drawn, times the people counted at the event over those
    interviewed, over how many events of the frame the person comes to, since whoever comes often could be met at each
    of them [1]_.

    Parameters
    ----------
    outcome : str, optional
        Column of 0 and 1; all are counted without it.
    statistic : {"total", "mean"}
        People of the period, or their share.
    event : str
        Column of the venue, day and time of the interview.
    events : str
        Column of how many events the stratum of the frame has.
    attended : str
        Column of how many people of the population were counted at the event.
    visits : str
        Column of how many events of the frame the person comes to in the period, 1 at least.
    strata : str, optional
        Column of strata of the frame.
    by : str, optional
        Column of domains.
    limits : {"t", "normal", "logit", "beta", "arcsine"}
        As for :class:`SurveyTotal`.
    level : float
        Coverage of the interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    The variance is that between events within strata, with replacement, which is somewhat too large where most events
    were drawn. It fails where people whom it should count go to no venue of the frame, and where ``visits`` is guessed:
    the total is as right as they are.

    References
    ----------
    .. [1] Karon, J. M. and Wejnert, C. (2012). Statistical methods for the analysis of time-location sampling data.
       Journal of Urban Health 89, 565-586. https://doi.org/10.1007/s11524-012-9676-8

    Examples
    --------
    >>> met = pd.DataFrame({"event": np.repeat(np.arange(30), 4), "events": 300, "attended": 12})
    >>> met = met.assign(visits=[1, 2, 4, 6] * 30, forced=np.arange(120) % 5 == 0)
    >>> estimator = TimeLocation("forced", event="event", events="events", attended="attended", visits="visits")
    >>> row = estimator.fit(met).estimates.loc["total"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people in forced labour come to these places")
    226 to 464 people in forced labour come to these places
    """

    def __init__(
        self,
        outcome: str | None = None,
        *,
        statistic: Literal["total", "mean"] = "total",
        event: str,
        events: str,
        attended: str,
        visits: str,
        strata: str | None = None,
        by: str | None = None,
        limits: Literal["t", "normal", "logit", "beta", "arcsine"] = "t",
        level: float = 0.95,
    ) -> None:
        self.event, self.events = column_name("event", event), column_name("events", events)
        self.attended, self.visits = column_name("attended", attended), column_name("visits", visits)
        self.strata = None if strata is None else column_name("strata", strata)
        self.survey = SurveyTotal(
            outcome,
            statistic=one_of("statistic", statistic, ("total", "mean")),
            weight=_WEIGHT,
            strata=strata,
            cluster=event,
            by=by,
            limits=limits,
            level=is_level(level),
        )

    def fit(self, interviews: pd.DataFrame) -> SurveyResult:
        """Estimate from interviews.

        Parameters
        ----------
        interviews : pandas.DataFrame
            One row a person who was interviewed at an event.

        Returns
        -------
        SurveyResult
            The term ``total`` or ``mean``.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, or counts contradict one another.

        Examples
        --------
        >>> met = pd.DataFrame({"event": [1, 1, 2, 2], "events": 10, "attended": 4, "visits": [1, 2, 1, 2]})
        >>> estimator = TimeLocation(event="event", events="events", attended="attended", visits="visits")
        >>> float(estimator.fit(met).estimates.loc["total", "estimate"])
        30.0
        """
        frame = is_frame("interviews", interviews).reset_index(drop=True)
        named = [n for n in (self.event, self.events, self.attended, self.visits, self.strata) if n is not None]
        has_columns("interviews", frame, named)
        refuse_missing(frame, named)
        if _WEIGHT in frame.columns:
            raise DataError(f"the interviews have a column {_WEIGHT!r}, must not: it is the weight that is made here")
        weight = self._weights(frame)
        result = self.survey.fit(frame.assign(**{_WEIGHT: weight}))
        return replace(
            result,
            method=say("Time-location sampling: {method}", method=result.method),
            assumptions=ASSUMPTIONS,
            references=(*references(TimeLocation), *result.references),
            checks=(_check_events(frame[self.event], weight), *result.checks),
        )

    def _weights(self, frame: pd.DataFrame) -> Any:
        """Return what each interview stands for."""
        event, strata = frame[self.event], [] if self.strata is None else [frame[self.strata]]
        events, attended, visits = (read_numbers(frame, n) for n in (self.events, self.attended, self.visits))
        for name, values in ((self.events, events), (self.attended, attended), (self.visits, visits)):
            if (values < 1).any():
                raise DataError(f"column {name!r} holds {int((values < 1).sum())} numbers below 1, must be 1 at least")
        place = [*strata, event]
        interviewed = frame.groupby(place)[self.visits].transform("size").to_numpy(dtype=float)
        drawn = event.groupby(strata).transform("nunique") if strata else pd.Series(event.nunique(), index=frame.index)
        whole = [one.to_numpy() for one in strata] or [np.zeros(len(frame))]
        apart = _differing(attended, [one.to_numpy() for one in place]) + _differing(events, whole)
        if apart:
            raise DataError(f"{apart} events or strata have several counts, must have one each: check the frame")
        crowded, overdrawn = int((interviewed > attended).sum()), int((drawn.to_numpy() > events).sum())
        if crowded or overdrawn:
            raise DataError(
                f"{crowded} events have more people interviewed than counted there, {overdrawn} stand in a stratum "
                "with more events drawn than the frame has, must be at most so many: check the counts"
            )
        if (visits > events.max() * max(1, len(set(frame[self.strata])) if self.strata else 1)).any():
            raise DataError(f"column {self.visits!r} holds more events than the frame has, must be at most so many")
        return events / drawn.to_numpy(dtype=float) * attended / interviewed / visits


def _differing(values: Any, groups: list[Any]) -> int:
    """Return how many groups hold more than one value."""
    by = pd.Series(values).groupby(groups)
    return int((by.max() > by.min()).sum())


def _check_events(event: pd.Series[Any], weight: Any) -> Check:
    """Say whether one event carries much of the weight."""
    largest = float(pd.Series(weight).groupby(event.to_numpy()).sum().max() / np.sum(weight))
    said = say("The heaviest event carries {share:.0%} of the weight", share=largest)
    if largest <= _MOST_SHARE:
        return Check("events", "pass", say("{said}.", said=said), {"largest": largest})
    return Check(
        "events", "review", say("{said}: much of the estimate is that event.", said=said), {"largest": largest}
    )
