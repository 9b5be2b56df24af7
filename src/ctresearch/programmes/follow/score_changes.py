"""How scores of people change between two waves of a survey, with those not reached again kept in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, row_words
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.names import read_names
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence


def score_changes(
    frame: pd.DataFrame,
    *,
    person: str,
    wave: str,
    score: str,
    first: str,
    last: str,
    keep: Sequence[str] = (),
) -> pd.DataFrame:
    """Return the change of a score for everybody seen at the first wave, missing for those lost to sight.

    Who is lost is not like who stays, so a mean change among those seen is no change of all: give the table to
    :class:`FollowUp`, which weights for loss and bounds what it can hide.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person and wave.
    person, wave, score : str
        Columns: who, which wave, and a number, missing where it could not be scored.
    first, last : str
        The waves between which the change is taken.
    keep : sequence of str
        Columns whose value at the first wave is kept, such as the arm and covariates.

    Returns
    -------
    pandas.DataFrame
        One row a person with a score at the first wave: ``person``, what is kept, ``before``, ``after`` and
        ``change``; the last two are missing for people who were not seen, or not scored, at the last wave.

    Raises
    ------
    DataError
        If a column or a wave is not there, a person stands twice in one wave, or nobody was scored at first.

    Examples
    --------
    >>> seen = pd.DataFrame(
    ...     {"id": ["a", "b", "a", "c"], "wave": ["1", "1", "2", "2"], "composite": [0.5, 0.25, 0.75, 1.0]}
    ... )
    >>> score_changes(seen, person="id", wave="wave", score="composite", first="1", last="2")["change"].tolist()
    [0.25, nan]
    """
    has_columns("the table of waves", is_frame("the table of waves", frame), [person, wave, score, *keep])
    waves = frame[wave].astype("str").str.strip()
    for name, value in (("first", first), ("last", last)):
        if not (waves == str(value)).any():
            raise DataError(f"{name} == {value!r} is no wave of column {wave!r}: give a value that it holds")
    gone = np.flatnonzero(frame[person].isna()) + 1
    if len(gone):
        raise CellError(
            f"column {person!r} is missing in rows {row_words(gone.tolist())}, every row must say who",
            column=person,
            rows=gone.tolist(),
        )
    values = pd.to_numeric(frame[score], errors="coerce")
    wrong = (frame[score].notna() & ~np.isfinite(values)).to_numpy()
    refuse_cells(frame[score], wrong, "must be numbers, or missing", name=score)
    who = pd.Series(read_names(frame[person], person, cure="").codes, index=frame.index)
    table = frame.assign(**{score: values})
    before, after = (_of_wave(table, who, (waves == str(value)).to_numpy(), person) for value in (first, last))
    before = before[before[score].notna()]
    if not len(before):
        raise DataError(f"nobody has a score in column {score!r} at the wave {first!r}, must have one person at least")
    again = after[score].reindex(before.index).to_numpy(dtype=float)
    start = before[score].to_numpy(dtype=float)
    out = before[[person, *keep]].reset_index(drop=True)
    return out.assign(before=start, after=again, change=again - start)


def _of_wave(frame: pd.DataFrame, who: pd.Series, chosen: np.ndarray, person: str) -> pd.DataFrame:
    """Return the rows of one wave by person."""
    part = frame[chosen].set_axis(who[chosen].to_numpy(), axis=0)
    twice = np.flatnonzero(chosen)[part.index.duplicated()] + 1
    if len(twice):
        raise CellError(
            f"column {person!r}: rows {row_words(twice.tolist())} repeat a person within one wave, must be once",
            column=person,
            rows=twice.tolist(),
        )
    return part
