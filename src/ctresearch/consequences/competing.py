"""Durations that end in one of several kinds of event, or are censored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.consequences.durations import Durations, read_times
from ctresearch.core.errors import DataError, SpecificationError

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.consequences.durations import Integers


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

    Examples
    --------
    >>> rows = Durations(np.array([-np.inf]), np.array([3.0]), np.array([True]))
    >>> CompetingDurations(rows, np.array([1]), ("exit",)).number("exit")
    1
    """

    rows: Durations
    kind: Integers
    causes: tuple[str, ...]

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
        if str(cause) not in self.causes:
            raise SpecificationError(f"cause == {cause!r}, must be one of {', '.join(map(repr, self.causes))}")
        return self.causes.index(str(cause)) + 1


def read_competing(
    frame: pd.DataFrame, *, duration: str, event: str, censored: Any, entry: str | None = None
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

    Returns
    -------
    CompetingDurations
        The arrays.

    Raises
    ------
    DataError
        If a column or value is missing, a row ends at or before its entry, nobody has the label for censoring, or no
        event happens.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"months": [3, 8, 9], "end": ["exit", "censor", "return"]})
    >>> read_competing(frame, duration="months", event="end", censored="censor").causes
    ('exit', 'return')
    """
    entered, stop = read_times(frame, duration=duration, entry=entry, also=[event])
    labels = frame[event].astype(str).to_numpy(dtype=object)
    free = np.zeros(len(labels), bool) if censored is None else labels == str(censored)
    if censored is not None and not free.any():
        seen = ", ".join(map(repr, sorted(set(labels))[:8]))
        raise DataError(
            f"no row of column {event!r} is {censored!r}; its labels are {seen}: name the one for censoring in censored=, "
            "or censored=None if every observation ended in an event"
        )
    causes = tuple(sorted(set(labels[~free])))
    if not causes:
        raise DataError(f"all {len(labels):,} rows of column {event!r} are {censored!r}, some must end in an event")
    number = {cause: i + 1 for i, cause in enumerate(causes)}
    kind = np.array([0 if out else number[label] for label, out in zip(labels, free, strict=True)], dtype=np.int64)
    return CompetingDurations(Durations(entered, stop, ~free), kind, causes)
