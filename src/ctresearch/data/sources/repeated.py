"""Rows of a table of counts that describe one count twice, which adding up would count twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.data.sources.check import HIGH, LOW

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.data.contents.schema import Schema


def repeated_counts(frame: pd.DataFrame, one: Schema, violations: pd.DataFrame) -> tuple[str, ...]:
    """Say how many rows describe the same count as another row.

    Parameters
    ----------
    frame : pandas.DataFrame
        All columns of a loaded table.
    one : Schema
        Its source; ``one.counted`` names the columns that hold the count and what is said of it, so that all others say
        which count it is.
    violations : pandas.DataFrame
        What broke a rule. A row whose description did is not compared: its cell is missing, and may differ.

    Returns
    -------
    tuple of str
        One sentence; none where every row is unique, or where the rows of the source are no counts.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.data.contents.report import VIOLATION_COLUMNS, table
    >>> from ctresearch.data.contents.schema import schema
    >>> frame = pd.DataFrame({"Country": ["A", "A"], "txtVALUE": ["5", "6"]})
    >>> repeated_counts(frame, schema("glotip"), table(VIOLATION_COLUMNS, []))[0][:22]
    '2 rows describe a coun'
    """
    if not one.counted:
        return ()
    keys = [name for name in frame.columns if name not in (*one.counted, LOW, HIGH)]
    unsure = violations.loc[violations["column"].isin(keys) & violations["repaired"].isna(), "row"].dropna()
    sure = frame.drop(index=unsure.unique().tolist())
    twice = sure.duplicated(keys, keep=False)
    if not keys or not twice.any():
        return ()
    value = one.counted[0]
    same = sure.duplicated([*keys, value], keep=False)
    differ = int((twice & ~same).sum())
    told = f"{int(twice.sum()):,} rows describe a count that another row describes too"
    return (f"{told}, {differ:,} of them with another value: choose one before adding up.",)
