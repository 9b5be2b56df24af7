"""Write the Human Trafficking Case Data Standard, version 2.0, so that reading it back loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, wrong_cells
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.validate import is_frame, require_extra
from ctresearch.data.contents.schema import schema
from ctresearch.data.files.opened_file import as_text
from ctresearch.data.sources.check import check_table

if TYPE_CHECKING:
    from ctresearch.data.contents.schema import Column

ENTITIES = {
    "org": "organisation",
    "prs": "person",
    "vic": "victim context",
    "per": "perpetrator context",
    "cas": "case and referral",
    "cco": "case comment",
    "hte": "historic trafficking event",
    "spl": "support plan",
    "con": "consent",
}


def write_htcds(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write records of the standard as CSV, Excel or Parquet.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of any entities of the standard under their full names (``vic_TypeOfExploitation``); others are kept.
        Several codes in a cell are joined by semicolons. A missing value is written blank.
    path : str or pathlib.Path
        File to write; it ends in ``.csv``, ``.xlsx`` or ``.parquet``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        If a value is not one of the standard's, or could not be told from a missing value when read back. A file that
        is there is not overwritten.

    References
    ----------
    .. [1] International Organization for Migration (2021). Human Trafficking Case Data Standard, version 2.0.

    Examples
    --------
    >>> import tempfile
    >>> from ctresearch.data import load
    >>> kinds = ["ForcedLabour;Other", None]
    >>> records = pd.DataFrame({"prs_Gender": ["Feminine", None], "vic_TypeOfExploitation": kinds})
    >>> file = write_htcds(records, Path(tempfile.mkdtemp(), "cases.csv"))
    >>> load(file, "htcds").frame["vic_TypeOfExploitation"].tolist()
    ['ForcedLabour;Other', nan]
    """
    path = Path(path)
    if path.suffix.lower() not in (".csv", ".xlsx", ".parquet"):
        raise DataError(f"path == {str(path)!r}, must end in .csv, .xlsx or .parquet")
    if path.exists():
        raise DataError(f"{path.name} is there already: choose another name, or remove it first")
    text = _checked_text(is_frame("frame", frame))
    if path.suffix.lower() == ".csv":
        text.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    elif path.suffix.lower() == ".xlsx":
        _write_excel(text, path)
    else:
        require_extra("pyarrow", "parquet")
        text.to_parquet(path, index=False)
    return path


def entities(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Part a table into the entities of the standard.

    Parameters
    ----------
    frame : pandas.DataFrame
        A loaded table.

    Returns
    -------
    dict of str to pandas.DataFrame
        Prefix (``org``, ``prs``, ``vic``, ``per``, ``cas``, ``cco``, ``hte``, ``spl``, ``con``) to its columns; an
        entity without columns is left out.

    Examples
    --------
    >>> list(entities(pd.DataFrame({"prs_Gender": ["Feminine"], "con_Consent": [True]})))
    ['prs', 'con']
    """
    parts = {prefix: frame[[c for c in frame.columns if str(c).startswith(f"{prefix}_")]] for prefix in ENTITIES}
    return {prefix: part for prefix, part in parts.items() if part.shape[1]}


def _checked_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Write every cell as text, and hold the text to the standard."""
    one = schema("htcds")
    kinds = {c.name: c for c in one.columns}
    text = pd.DataFrame({n: _text_column(frame[n], kinds.get(str(n))) for n in frame.columns}, dtype="str")
    found = check_table(text, one).violations
    found = found[found["rule"] != "missing_column"]
    if len(found):
        name, must = found.iloc[0][["column", "allowed"]]
        rows = (found.loc[found["column"] == name, "row"].dropna().astype(int)).tolist()
        more = found.loc[found["column"] != name, "column"].nunique()
        also = f"; {more} more column{'s' * (more > 1)} hold{'s' * (more == 1)} such cells" if more else ""
        raise wrong_cells(frame[name], np.isin(range(len(frame)), rows), f"must be {must}: put them right{also}")
    return text


def _text_column(series: pd.Series[Any], column: Column | None) -> list[str]:
    """Write one column; a value that would read back as missing is refused."""
    cells = [as_text(value) for value in series.astype(object)]
    blank = [isinstance(value, str) and not value for value in series]
    refuse_cells(series, blank, "must be text that is not empty, or missing (None)")
    if column is not None and column.kind == "boolean":
        return [{"1": "true", "0": "false"}.get(cell, cell) for cell in cells]
    return [cell.split("T")[0] for cell in cells] if column is not None and column.kind == "date" else cells


def _write_excel(text: pd.DataFrame, path: Path) -> None:
    """Write text cells to a workbook; none of them becomes a formula."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "HTCDS"
    for i, row in enumerate([list(text.columns), *text.itertuples(index=False)], start=1):
        for j, value in enumerate(row, start=1):
            if value:
                cell = sheet.cell(i, j)
                try:
                    cell.value = str(value)
                except ValueError:
                    raise CellError(
                        f"column {text.columns[j - 1]!r} holds characters that Excel cannot in row {i - 1}: write .csv "
                        "or .parquet",
                        column=str(text.columns[j - 1]),
                        rows=[i - 1],
                    ) from None
                cell.data_type = "s"
    book.save(path)
