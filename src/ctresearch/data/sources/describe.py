"""What a file holds, in a form that may be shown: shape, types and missing cells, no small count and no rare value."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.render import as_card
from ctresearch.core.validate import whole_number
from ctresearch.data.contents.cells import FOREIGN_MISSING, judge
from ctresearch.data.contents.schema import Column
from ctresearch.data.files.first_row import reads_like_values
from ctresearch.data.files.reading import CHUNK, open_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SMALL = 11
MAX_VALUES = 20
_MANY = 1000
NO_HEADER = "The first row reads like a record: it is counted as one, and columns are called by their numbers."
_TYPES = ("integer", "number", "date")
_WORDS = {"integer": "whole number", "number": "number", "date": "date"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a file holds.

    Parameters
    ----------
    file : str
        Name of the file, without its folder.
    reading : str
        Format, encoding, delimiter.
    rows : int or None
        Rows of data; ``None`` where they are fewer than the threshold.
    columns : tuple of dict
        Each with ``name``, ``type``, ``missing`` (``None`` where it or its complement is a small count), ``distinct``
        (``None`` from 1,000 on) and ``values``: counts of the values of a column with few of them; small counts are
        left out, and so are others from which a small one could be worked out.
    threshold : int
        Smallest count that is shown.
    notices : tuple of str
        What a reader must know of the file, such as that it has no header.

    Examples
    --------
    >>> from ctresearch.data import describe_file
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "cases.csv")
    >>> _ = file.write_text("sex" + chr(10) + ("f" + chr(10)) * 30 + ("m" + chr(10)) * 40)
    >>> describe_file(file).rows
    70
    """

    file: str
    reading: str
    rows: int | None
    columns: tuple[dict[str, Any], ...]
    threshold: int
    notices: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the description as plain values.

        Returns
        -------
        dict
            Ready for :func:`json.dumps`.

        Examples
        --------
        >>> Description(file="a.csv", reading="text", rows=20, columns=(), threshold=11).to_dict()["rows"]
        20
        """
        keys = ("file", "reading", "rows", "threshold")
        columns = [dict(one) for one in self.columns]
        return {key: getattr(self, key) for key in keys} | {"columns": columns, "notices": list(self.notices)}

    def summary(self) -> str:
        """Return the description as a table of text.

        Returns
        -------
        str
            One line a column.

        Examples
        --------
        >>> print(Description(file="a.csv", reading="text", rows=None, columns=(), threshold=11).summary())
        a.csv: fewer than 11 rows, 0 columns (text)
        """
        rows = f"fewer than {self.threshold} rows" if self.rows is None else f"{self.rows:,} rows"
        lines = [f"{self.file}: {rows}, {len(self.columns)} columns ({self.reading})"]
        for one in self.columns:
            missing = "not shown" if one["missing"] is None else f"{one['missing']:,}"
            distinct = f"{_MANY:,} or more" if one["distinct"] is None else f"{one['distinct']:,}"
            lines.append(f"  {one['name']}: {one['type']}, missing {missing}, distinct {distinct}")
            shown = ", ".join(f"{value} {n:,}" for value, n in one["values"].items())
            lines += [f"    {shown}"] if shown else []
        if any(one["missing"] is None for one in self.columns):
            lines.append(f"Counts below {self.threshold}, and those that would give one away, are not shown.")
        return "\n".join([*lines, *(f"note: {notice}" for notice in self.notices)])

    def _repr_html_(self) -> str:
        return as_card(self, says=self.notices, show=["reading", "rows", "threshold"])


@dataclass(slots=True)
class _Tally:
    """What the chunks have shown of one column."""

    missing: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    many: bool = False
    possible: set[str] = field(default_factory=lambda: set(_TYPES))

    def add(self, cells: pd.Series[Any]) -> None:
        """Add one chunk."""
        met = Counter({str(text): int(n) for text, n in cells.value_counts().items()})
        self.missing += met.pop("", 0)
        self.possible = {k for k in self.possible if all(_fits(k, text) for text in met)} if self.possible else set()
        if not self.many:
            self.counts += met
            self.many = len(self.counts) >= _MANY
        if self.many:
            self.counts.clear()


def describe_file(path: str | Path, *, encoding: str | None = None, threshold: int = SMALL) -> Description:
    """Describe a file of any length without showing a record.

    A first row that reads like a record is one: it is counted, and the columns are called by their numbers.

    Parameters
    ----------
    path : str or pathlib.Path
        CSV or other delimited text, Excel, Parquet or Stata.
    encoding : str, optional
        Encoding of a text file, where the one that is found is wrong.
    threshold : int
        Smallest count that is shown.

    Returns
    -------
    Description
        Shape, and type, missing cells and frequent values of each column.

    Raises
    ------
    DataError
        If the file cannot be read.
    SpecificationError
        If the threshold is not a whole number from 1.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "cases.csv")
    >>> _ = file.write_text("sex" + chr(10) + ("f" + chr(10)) * 30 + ("m" + chr(10)) * 40 + "x" + chr(10))
    >>> describe_file(file).columns[0]["values"]
    {'m': 40}
    """
    whole_number("threshold", threshold, low=1)
    opened = open_file(path, _names_in, encoding=encoding)
    header = [""] * len(opened.header) if opened.record else list(opened.header)
    names = [name or f"column {i + 1}" for i, name in enumerate(header)]
    tallies = [_Tally() for _ in names]
    rows = int(opened.record)
    for place, tally in enumerate(tallies if opened.record else []):
        tally.add(pd.Series([opened.header[place]]))
    for part in opened.chunks(list(range(len(names))), CHUNK):
        rows += len(part)
        for place, tally in enumerate(tallies):
            tally.add(part.iloc[:, place])
    columns = tuple(_column(name, tally, rows, threshold) for name, tally in zip(names, tallies, strict=True))
    shown = rows if rows >= threshold else None
    notices = (NO_HEADER, *opened.notices) if opened.record else opened.notices
    return Description(
        file=opened.path.name, reading=opened.reading, rows=shown, columns=columns, threshold=threshold, notices=notices
    )


def safe_counts(counts: dict[str, int], threshold: int) -> dict[str, int]:
    """Keep the counts that show no small one, given that everybody knows their sum.

    Parameters
    ----------
    counts : dict of str to int
        A whole that is parted: every count of it.
    threshold : int
        Smallest count that is shown.

    Returns
    -------
    dict of str to int
        Counts of 0 and from the threshold on. While what is left out is one cell, or sums to less than the threshold,
        the smallest of those shown is left out as well.

    References
    ----------
    .. [1] Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley. https://doi.org/10.1002/9781118348239

    Examples
    --------
    >>> safe_counts({"a": 3, "b": 12, "c": 50}, 11)
    {'c': 50}
    """
    hidden = [n for n in counts.values() if 0 < n < threshold]
    shown = sorted((n, name) for name, n in counts.items() if n >= threshold)
    while hidden and shown and (len(hidden) < 2 or sum(hidden) < threshold):
        hidden.append(shown.pop(0)[0])
    kept = {name for _, name in shown}
    return {name: n for name, n in counts.items() if n == 0 or name in kept}


def _names_in(row: Sequence[str]) -> float:
    """Say how well a row serves as the header of any file: by its different names, or else as a last resort."""
    given = {cell for cell in row if cell}
    return 0.5 * bool(given) if reads_like_values(row) else float(len(given))


def _column(name: str, tally: _Tally, rows: int, threshold: int) -> dict[str, Any]:
    """Describe one column."""
    listed = not tally.many and len(tally.counts) <= MAX_VALUES
    blank = "\x00"  # no cell of text can hold it
    whole = dict(tally.counts) if listed else {"\x01": rows - tally.missing}
    shown = safe_counts({blank: tally.missing} | whole, threshold) if rows >= threshold else {}
    values = {value: shown[value] for value in sorted(tally.counts) if listed and value in shown}
    kind = next((_WORDS[k] for k in _TYPES if k in tally.possible), "text")
    distinct = None if tally.many else len(tally.counts)
    empty = tally.missing == rows
    return {
        "name": name,
        "type": "empty" if empty else kind,
        "missing": shown.get(blank),
        "distinct": distinct,
        "values": values,
    }


def _fits(kind: Any, text: str) -> bool:
    """Tell whether a cell is of a type, or a mark for a missing one."""
    return text in FOREIGN_MISSING or not judge(Column(name="", kind=kind), text).rule
