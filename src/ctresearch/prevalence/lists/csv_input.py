"""Small tables of lists from files, by the reader that ``ctresearch data validate --as lists`` uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ctresearch.core.errors import CellError, DataError
from ctresearch.data.sources.list_reader import read_list_table
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
        A CSV file with a header; encoding and delimiter are found.
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
    try:
        frame = read_list_table(path, lists, count, alike=alike).frame
    except CellError as error:
        if error.column != count:
            raise
        raise CellError(f"{error}; {RANGES}", column=error.column, rows=error.rows) from None
    return frame if count in frame else frame.assign(**{count: 1})
