"""Small tables of lists from files, by the reader that ``ctresearch data validate --as lists`` uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ctresearch.core.errors import CellError, DataError
from ctresearch.data.front_door.door import read_file
from ctresearch.data.front_door.plan import plan_place, read_plan
from ctresearch.data.front_door.shape import WORDS
from ctresearch.data.front_door.vocabulary import is_called
from ctresearch.data.sources.list_reader import read_list_table
from ctresearch.data.sources.list_table import COUNT
from ctresearch.prevalence.lists.table_columns import RANGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def read_csv(
    path: str | Path, lists: Sequence[str] | None = None, count: str = "count", *, alike: bool = False
) -> pd.DataFrame:
    r"""Read a small table of lists.

    Parameters
    ----------
    path : str or pathlib.Path
        A file with a header; encoding and delimiter are found. People who are not counted yet are counted by the plan
        that is kept beside the file (``ctresearch data plan FILE``).
    lists : sequence of str, optional
        The list columns; by default all but the counts.
    count : str
        The column of counts. A file without one holds one row a person, and each is counted once.
    alike : bool
        Let lists stand whose names differ in their spelling alone, for a caller who merges them.

    Returns
    -------
    pandas.DataFrame
        The table with its column of counts.

    Raises
    ------
    DataError
        If it is not there, too large, not such a table, or holds a cell that breaks a rule.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lists.csv"
    >>> _ = path.write_text("A,B,count\n1,0,4\n")
    >>> read_csv(path).shape
    (1, 3)
    """
    if not isinstance(path, (str, Path)):
        raise DataError(f"path is a {type(path).__name__}, must be the name of a CSV file")
    proposed = lists is None and count == COUNT
    planned = _through_the_door(path) if proposed else None
    if planned is not None:
        return planned
    try:
        frame = read_list_table(path, lists, count, alike=alike).frame
    except CellError as error:
        if error.column != count:
            raise
        raise CellError(f"{error}; {RANGES}", column=error.column, rows=error.rows) from None
    others = [str(name) for name in frame.columns if proposed and is_called(str(name), "attribute")]
    if others:
        raise DataError(
            f"the column {others[0]!r} is called as what is known of people and not as a list: name the lists with "
            "lists=[...], or make a plan of the file with `ctresearch data plan FILE`"
        )
    return frame if count in frame else frame.assign(**{count: 1})


def _through_the_door(path: str | Path) -> pd.DataFrame | None:
    """Read a file of people by the plan beside it, which somebody has seen; nothing where there is none."""
    plan = read_plan(plan_place(path))
    if plan is None or not plan.makes_lists:
        return None
    read = read_file(path, plan)
    frame = read.frame
    frame.attrs["notes"] = (f"The file was read as {WORDS[plan.shape]}.", *read.notes)
    return frame if frame[COUNT].dtype.kind in "iu" else None
