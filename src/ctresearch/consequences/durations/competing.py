"""Durations that end in one of several kinds of event, or are censored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.consequences.durations.durations import Durations, read_times
from ctresearch.core.cells import shown
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import name_key, read_names

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.consequences.durations.durations import Integers
    from ctresearch.core.check import Check


@dataclass(frozen=True, slots=True)
class CompetingDurations:
    """Observation of each row, and which event ended it.

    Parameters
    ----------
    rows : Durations
        When each was observed; ``event`` is any event.
    kind : numpy.ndarray
        0 where censored, otherwise the cause from 1, shape (rows,).
    causes : tuple of str
        Names of the causes in sorted order.
    checks : tuple of Check
        That spellings were merged, where they were.

    Examples
    --------
    >>> rows = Durations(np.array([-np.inf]), np.array([3.0]), np.array([True]))
    >>> CompetingDurations(rows, np.array([1]), ("exit",)).number("exit")
    1
    """

    rows: Durations
    kind: Integers
    causes: tuple[str, ...]
    checks: tuple[Check, ...] = ()

    def number(self, cause: Any) -> int:
        """Return the number of a cause.

        Parameters
        ----------
        cause : object
            Its label.

        Returns
        -------
        int
            From 1.

        Raises
        ------
        SpecificationError
            If no row ends in it.

        Examples
        --------
        >>> rows = Durations(np.array([-np.inf]), np.array([3.0]), np.array([True]))
        >>> CompetingDurations(rows, np.array([1]), ("exit",)).number("exit")
        1
        """
        keys = [name_key(one) for one in self.causes]
        if name_key(cause) not in keys:
            raise SpecificationError(
                f"cause == {shown(cause)} ends no row, must be one of the {len(keys)} other labels of what ended "
                "observation"
            )
        return keys.index(name_key(cause)) + 1


def read_competing(
    frame: pd.DataFrame, *, duration: str, event: str, censored: Any, entry: str | None = None, merge: bool = False
) -> CompetingDurations:
    """Read durations with a label for what ended them.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    duration : str
        Column of times at which observation ended.
    event : str
        Column of labels.
    censored : object
        Label of those whose observation ended without any event; ``None`` if there are none.
    entry : str, optional
        Column of times at which observation began.
    merge : bool
        Take spellings of one label for one.

    Returns
    -------
    CompetingDurations
        The arrays.

    Raises
    ------
    DataError
        If a column or value is missing, a row ends at or before its entry, labels differ in their spelling alone,
        nobody has the label for censoring, or no event happens.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"months": [3, 8, 9], "end": ["exit", "censor", "return"]})
    >>> read_competing(frame, duration="months", event="end", censored="censor").causes
    ('exit', 'return')
    """
    entered, stop = read_times(frame, duration=duration, entry=entry, also=[event])
    read = read_names(frame[event], event, merge=merge)
    free = np.array([censored is not None and name_key(one) == name_key(censored) for one in read.spellings])
    if censored is not None and not free.any():
        raise DataError(
            f"no row of column {event!r} is {censored!r}, it has {len(free)} other labels: name the one for censoring "
            "in censored=, or censored=None if every observation ended in an event"
        )
    if free.all():
        raise DataError(f"all {len(frame):,} rows of column {event!r} are {censored!r}, some must end in an event")
    ends = np.flatnonzero(~free)
    ordered = sorted(ends, key=lambda i: str(read.spellings[i]))
    number = np.zeros(len(free), dtype=np.int64)
    number[ordered] = np.arange(1, len(ordered) + 1)
    kind = number[read.codes]
    causes = tuple(str(read.spellings[i]) for i in ordered)
    return CompetingDurations(Durations(entered, stop, kind > 0), kind, causes, read.checks(f"labels of {event!r}"))
