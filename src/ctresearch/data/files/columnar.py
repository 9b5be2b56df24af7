"""Parquet, Stata and SPSS: files that hold columns with types, as tables of text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.validate import require_extra
from ctresearch.data.files.opened_file import OpenFile, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_INDEX = re.compile(r"__index_level_\d+__")


def open_parquet(path: Path) -> OpenFile:
    """Open a Parquet file.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    OpenFile
        A named index that pandas wrote is a column; one without a name is row numbers and left out.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.parquet")
    >>> pd.DataFrame({"year": [2020]}, index=pd.Index([7], name="case")).to_parquet(file)
    >>> open_parquet(file).header
    ('year', 'case')
    """
    parquet = require_extra("pyarrow.parquet", "parquet")
    names = tuple(name for name in parquet.read_schema(path).names if not _INDEX.fullmatch(name))

    def chunks(columns: list[int], rows: int) -> Iterator[pd.DataFrame]:
        """Read the row groups."""
        wanted = [names[i] for i in columns]
        with parquet.ParquetFile(path) as file:
            parts = (
                batch.to_pandas(ignore_metadata=True) for batch in file.iter_batches(batch_size=rows, columns=wanted)
            )
            yield from _numbered(_text_table(part[wanted].set_axis(columns, axis=1)) for part in parts)

    return OpenFile(path=path, header=names, reading="Parquet", chunks=chunks)


def open_stata(path: Path, coded: Callable[[str], bool]) -> OpenFile:
    """Open a Stata file, each column as its values or as their labels.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    coded : callable
        Says by its name whether a column is wanted as values.

    Returns
    -------
    OpenFile
        The columns, under the names that Stata cut at 32 characters.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.dta")
    >>> pd.DataFrame({"year": [2020]}).to_stata(file, write_index=False)
    >>> open_stata(file, lambda name: True).header
    ('year',)
    """
    with pd.read_stata(path, iterator=True) as reader:
        header = tuple(map(str, reader.variable_labels()))

    def chunks(columns: list[int], rows: int) -> Iterator[pd.DataFrame]:
        """Read the rows twice at once: as values, and as labels."""
        wanted = [header[i] for i in columns]
        options: dict[str, Any] = {"chunksize": rows, "columns": wanted, "order_categoricals": False}
        with (
            pd.read_stata(path, convert_categoricals=False, **options) as values,
            pd.read_stata(path, convert_categoricals=True, **options) as labels,
        ):
            parts = (
                pd.DataFrame({n: (value if coded(n) else label)[n] for n in wanted})
                for value, label in zip(values, labels, strict=True)
            )
            yield from _numbered(_text_table(part.set_axis(columns, axis=1)) for part in parts)

    return OpenFile(path=path, header=header, reading="Stata", chunks=chunks)


def open_spss(path: Path, coded: Callable[[str], bool]) -> OpenFile:
    """Open an SPSS file, each column as its values or as their labels.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    coded : callable
        Says by its name whether a column is wanted as values.

    Returns
    -------
    OpenFile
        The columns.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyreadstat
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.sav")
    >>> pyreadstat.write_sav(pd.DataFrame({"year": [2020]}), str(file))
    >>> open_spss(file, lambda name: True).header
    ('year',)
    """
    spss = require_extra("pyreadstat", "spss")
    try:
        header = tuple(spss.read_sav(str(path), metadataonly=True)[1].column_names)
    except spss.ReadstatError as error:
        raise ValueError("damaged") from error

    def chunks(columns: list[int], rows: int) -> Iterator[pd.DataFrame]:
        """Read the rows."""
        wanted = [header[i] for i in columns]
        for part, about in spss.read_file_in_chunks(spss.read_sav, str(path), chunksize=rows, usecols=wanted):
            labels = {n: one for n, one in about.variable_value_labels.items() if not coded(n)}
            for name, words in labels.items():
                part[name] = part[name].astype(object).map(lambda v, words=words: words.get(v, v))
            yield part[wanted].set_axis(columns, axis=1)

    return OpenFile(
        path=path, header=header, reading="SPSS", chunks=lambda c, n: _numbered(map(_text_table, chunks(c, n)))
    )


def _text_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Write every cell of a table as text, one distinct value at a time."""
    out = {}
    for name in frame.columns:
        codes, values = pd.factorize(frame[name].astype(object), use_na_sentinel=False)
        out[name] = pd.array([as_text(value) for value in values], dtype="str").take(codes)
    return pd.DataFrame(out, index=pd.RangeIndex(len(frame)))


def _numbered(parts: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Count the rows through all chunks, from 1."""
    first = 1
    for part in parts:
        yield part.set_axis(np.arange(first, first + len(part)), axis=0)
        first += len(part)
