"""Paths of people through the stages of a referral mechanism, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.consequences.durations.competing import CompetingDurations
from ctresearch.consequences.durations.durations import Durations
from ctresearch.core.cells import wrong_cells
from ctresearch.core.columns import refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.names import name_key, read_names
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.consequences.durations.durations import Booleans
    from ctresearch.core.names import Names
    from ctresearch.stats.regression.generalized_linear import Floats

REACHED, COMPLETED = "reached", "completed"


@dataclass(frozen=True, slots=True)
class CascadeTable:
    """When each person came to each stage, and what ended the observation.

    Parameters
    ----------
    stages : tuple of str
        In order.
    when : numpy.ndarray
        Times, NaN where a stage was not reached, persons by stages.
    end : numpy.ndarray
        When observation ended, shape (persons,).
    reason : numpy.ndarray
        Why, as text, shape (persons,).
    censored : str
        The reason of those who were still there.

    Examples
    --------
    >>> frame = pd.DataFrame({"detected": [0, 1], "referred": [3, None], "end": [9, 9], "reason": ["censor", "censor"]})
    >>> table = read_cascade(frame, stages=("detected", "referred"), end="end", reason="reason", censored="censor")
    >>> table.step(1).rows.stop.tolist(), table.step(1).causes
    ([3.0, 8.0], ('reached',))
    """

    stages: tuple[str, ...]
    when: Floats
    end: Floats
    reason: Any
    censored: str | None

    def entered(self, place: int) -> Booleans:
        """Return who came to a stage.

        Parameters
        ----------
        place : int
            Of the stage.

        Returns
        -------
        numpy.ndarray
            Shape (persons,).

        Examples
        --------
        >>> when = np.array([[0.0, np.nan]])
        >>> CascadeTable(("a", "b"), when, np.ones(1), np.array(["censor"]), "censor").entered(1).tolist()
        [False]
        """
        return np.asarray(~np.isnan(self.when[:, place]), dtype=bool)

    def step(self, place: int, *, since: int | None = None) -> CompetingDurations:
        """Return waiting times for a stage, with what ended them.

        Parameters
        ----------
        place : int
            Of the stage waited for.
        since : int, optional
            Stage at which waiting begins; the one before by default.

        Returns
        -------
        CompetingDurations
            Of those who came to the stage where waiting begins; the cause ``reached`` and the reasons of leaving.

        Examples
        --------
        >>> table = CascadeTable(("a", "b"), np.array([[0.0, np.nan]]), np.ones(1), np.array(["left"]), "censor")
        >>> table.step(1).causes
        ('left',)
        """
        start = place - 1 if since is None else since
        here = self.entered(start)
        moved = self.entered(place)[here]
        began = self.when[here, start]
        stop = np.where(moved, self.when[here, place], self.end[here]) - began
        label = np.where(moved, REACHED, self.reason[here]).astype(object)
        causes = tuple(sorted({str(one) for one in label} - {self.censored}))
        number = {cause: i + 1 for i, cause in enumerate(causes)}
        kind = np.array([number.get(str(one), 0) for one in label], dtype=np.int64)
        return CompetingDurations(Durations(np.full(len(stop), -np.inf), stop, kind > 0), kind, causes)


def read_cascade(
    frame: pd.DataFrame, *, stages: tuple[str, ...], end: str, reason: str, censored: str | None
) -> CascadeTable:
    """Read a table of one row a person.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    stages : tuple of str
        Columns of the times or dates at which each stage was reached, in order; missing where it was not.
    end, reason : str
        Columns of when and why observation ended; of those at the last stage they are not read.
    censored : str, optional
        Reason of those who were still there; ``None`` if everybody was followed to an end.

    Returns
    -------
    CascadeTable
        Times in days where the columns are dates.

    Raises
    ------
    DataError
        If a column is missing, times are no numbers or dates, somebody lacks the first stage, skips a stage or goes
        back in time, or has no end or reason.

    Examples
    --------
    >>> frame = pd.DataFrame({"detected": [5], "referred": [3], "end": [9], "reason": ["censor"]})
    >>> try:
    ...     read_cascade(frame, stages=("detected", "referred"), end="end", reason="reason", censored="censor")
    ... except DataError as error:
    ...     print(str(error)[:46])
    1 people come to 'referred' before 'detected',
    """
    is_frame("frame", frame)
    has_columns("frame", frame, [*stages, end, reason])
    refuse_missing(frame, [stages[0]])
    columns = _times(frame, [*stages, end])
    when, ended = columns[:, :-1], columns[:, -1]
    _refuse_skips(when, stages)
    done = ~np.isnan(when[:, -1])
    last = np.nanmax(when, axis=1)
    ended = np.where(done, last, ended)
    _refuse_ends(ended, last, end)
    names = read_names(frame[reason], reason)
    why = _one_word(names, censored)
    unexplained = int(((names.codes < 0) & ~done).sum())
    if unexplained:
        raise DataError(
            f"column {reason!r} is missing for {unexplained:,} people who did not reach {stages[-1]!r}: say "
            f"{censored or 'why'!r} for those who were still there"
        )
    taken = np.array([name_key(one) in {REACHED, COMPLETED} for one in why], dtype=bool) & ~done
    if taken.any():
        must = f"must not be {REACHED!r} or {COMPLETED!r}, which name coming to a stage: call that reason otherwise"
        raise wrong_cells(frame[reason], taken, must, name=reason)
    reasons = np.where(done, COMPLETED, why)
    return CascadeTable(stages, when, ended, reasons, censored)


def _one_word(names: Names, censored: str | None) -> NDArray[np.object_]:
    """Return the reason of each row in one spelling; that of people still there as the option spells it."""
    words = [str(one) for one in names.spellings]
    if censored is not None:
        words = [censored if name_key(one) == name_key(censored) else one for one in words]
    return np.array([*words, ""], dtype=object)[names.codes]


def refuse_unknown_label(frame: pd.DataFrame, *, stages: tuple[str, ...], reason: str, censored: str | None) -> None:
    """Refuse a word for censoring that nobody has: those still there would count as having left.

    Parameters
    ----------
    frame : pandas.DataFrame
        All people.
    stages : tuple of str
        Columns of the stages.
    reason : str
        Column of why observation ended.
    censored : str, optional
        Reason of those who were still there.

    Raises
    ------
    DataError
        If some did not come to the last stage, and nobody has that reason.

    Examples
    --------
    >>> frame = pd.DataFrame({"detected": [1.0], "referred": [None], "reason": ["still waiting"]})
    >>> refuse_unknown_label(frame, stages=("detected", "referred"), reason="reason", censored="still waiting")
    """
    is_frame("frame", frame)
    has_columns("frame", frame, [stages[-1], reason])
    there = frame.loc[frame[stages[-1]].isna(), reason].dropna().unique()
    if (
        censored is not None
        and len(there)
        and name_key(censored) not in {name_key(one) for one in frame[reason].dropna().unique()}
    ):
        raise DataError(
            f"nobody's {reason!r} is {censored!r}, there are {len(there):,} other reasons: name the one of people still"
            " there in censored=, or censored=None if everybody was followed to an end"
        )


def _times(frame: pd.DataFrame, names: list[str]) -> Floats:
    """Return times as numbers, dates as days; a column without any value is one of a stage that nobody reached."""
    held = [name for name in names if not frame[name].isna().all()]
    dates = [name for name in held if pd.api.types.is_datetime64_any_dtype(frame[name])]
    for name in held:
        if name not in dates and not pd.api.types.is_numeric_dtype(frame[name]):
            raise DataError(
                f"column {name!r} is of type {frame[name].dtype}, must hold numbers or dates: convert dates with "
                "pandas.to_datetime"
            )
    if dates and len(dates) < len(held):
        mixed = next(name for name in held if name not in dates)
        raise DataError(
            f"column {mixed!r} holds no dates where others do, must hold dates too: convert with pandas.to_datetime"
        )
    times = (
        _days(frame, dates) if dates else {name: frame[name].to_numpy(dtype=float, na_value=np.nan) for name in held}
    )
    for name, values in times.items():
        endless = int(np.isinf(values).sum())
        if endless:
            raise DataError(
                f"column {name!r} is infinite for {endless:,} people, must be finite: leave a stage that was not "
                "reached missing"
            )
    never = np.full(len(frame), np.nan)
    return np.column_stack([times.get(name, never) for name in names])


def _days(frame: pd.DataFrame, names: list[str]) -> dict[str, Floats]:
    """Return dates as days since the first of all."""
    zoned = [name for name in names if frame[name].dt.tz is not None]
    if zoned and len(zoned) < len(names):
        plain = next(name for name in names if name not in zoned)
        raise DataError(
            f"column {zoned[0]!r} has a time zone and {plain!r} has none, must be alike: take it off with "
            ".dt.tz_localize(None)"
        )
    start = min(frame[name].min() for name in names)
    return {name: np.asarray((frame[name] - start) / pd.Timedelta(days=1), dtype=float) for name in names}


def _refuse_skips(when: Floats, stages: tuple[str, ...]) -> None:
    """Refuse people who skip a stage or go back in time."""
    for place in range(1, len(stages)):
        before, after = when[:, place - 1], when[:, place]
        skipped = int((np.isnan(before) & ~np.isnan(after)).sum())
        if skipped:
            raise DataError(
                f"{skipped:,} people come to {stages[place]!r} without {stages[place - 1]!r}, each stage follows the "
                "one before: fill the date in, or leave that stage out of stages="
            )
        back = int((after < before).sum())
        if back:
            raise DataError(
                f"{back:,} people come to {stages[place]!r} before {stages[place - 1]!r}, times must not go back: "
                "correct the dates"
            )


def _refuse_ends(ended: Floats, last: Floats, end: str) -> None:
    """Refuse observation without an end, or that ends before what was observed."""
    missing = int(np.isnan(ended).sum())
    if missing:
        raise DataError(
            f"column {end!r} is missing for {missing:,} people, must say when they were last known of: give the date"
        )
    early = int((ended < last).sum())
    if early:
        raise DataError(
            f"{early:,} people have a stage after {end!r}, must end at or after their last stage: correct the dates"
        )
