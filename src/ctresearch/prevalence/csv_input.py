"""Small tables from CSV files in UTF-8."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from ctresearch.core.errors import DataError

MAX_BYTES = 100_000_000


def read_csv(path: str | Path) -> pd.DataFrame:
    r"""Read a small table in UTF-8.

    Parameters
    ----------
    path : str or pathlib.Path
        A CSV file with a header.

    Returns
    -------
    pandas.DataFrame
        The table as it stands in the file.

    Raises
    ------
    DataError
        If it is not there, too large, not UTF-8, not a table, or has two columns of one name.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lists.csv"
    >>> _ = path.write_text("A,B,count\n1,0,4\n")
    >>> read_csv(path).shape
    (1, 3)
    """
    if not isinstance(path, (str, Path)):
        raise DataError(f"path == {path!r} is a {type(path).__name__}, must be the name of a CSV file")
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{str(path)!r} is not a file: check the name and the folder")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise DataError(
            f"{path.name} has {size / 1e6:,.0f} MB, must have at most {MAX_BYTES / 1e6:,.0f} MB: "
            "a table of lists has one row a pattern; count the records first"
        )
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            raise DataError(f"{path.name} is a zip file, as Excel workbooks are: save the sheet as 'CSV UTF-8'")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            _check_header(path.name, next(csv.reader(file), []))
        return pd.read_csv(path, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8 text (byte {error.start}): save it as 'CSV UTF-8'") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise DataError(f"{path.name} is not a table in CSV: {error}") from None


def _check_header(name: str, header: list[str]) -> None:
    """Refuse a header that is none, is not parted by commas, or names a column twice or not at all."""
    if not header:
        raise DataError(f"{name} is empty, must hold a header and one row a pattern")
    other = next((mark for mark in (";", "\t") if len(header) == 1 and mark in header[0]), None)
    if other:
        words = {";": "semicolons", "\t": "tabs"}[other]
        raise DataError(
            f"the columns of {name} are parted by {words}, must be parted by commas: save it as 'CSV UTF-8'"
        )
    if "" in header:
        raise DataError(
            f"column {header.index('') + 1} of {name} has no name: leave the row numbers out, as with index=False"
        )
    doubled = [(header.index(name) + 1, place + 1) for place, name in enumerate(header) if name in header[:place]]
    if doubled:
        first, second = doubled[0]
        raise DataError(f"columns {first} and {second} of {name} have the same name: rename or drop one")
