"""Load a file of the field as it is, with a report of everything in it that is not as it should be."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.validate import whole_number
from ctresearch.data.contents.report import COUNT_COLUMNS, REPAIR_COLUMNS, VIOLATION_COLUMNS, Report, table
from ctresearch.data.contents.schema import Schema, schema
from ctresearch.data.files.european_numbers import read_points
from ctresearch.data.files.header import Names, check_header, header_score, match_names
from ctresearch.data.files.reading import CHUNK, open_file
from ctresearch.data.sources import eurostat, glotip, list_table, nrm
from ctresearch.data.sources.check import check_table
from ctresearch.data.sources.loaded import Loaded
from ctresearch.data.sources.repeated import repeated_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ctresearch.data.files.opened_file import OpenFile
    from ctresearch.data.sources.check import Checked

MAX_LISTED = 100_000
_NUMERIC = ("flag", "year", "integer", "number", "count")
_PREPARE: Mapping[str, Callable[[pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]]] = {
    "glotip": glotip.repair_names,
    "eurostat-thb": eurostat.to_long,
    "nrm": nrm.strip_notes,
}
_FINISH: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {"glotip": glotip.add_citizenship}


def load(
    path: str | Path,
    as_: str,
    *,
    columns: Sequence[str] | None = None,
    encoding: str | None = None,
    chunk_rows: int = CHUNK,
) -> Loaded:
    r"""Load a file of a known source.

    A cell that breaks a rule never stops the loading: it is missing in the table, or repaired where only its spelling
    is off, and stands in the report. A blank is missing, never a no.

    Parameters
    ----------
    path : str or pathlib.Path
        CSV or other delimited text (encoding and delimiter are found), Excel, Parquet or Stata.
    as_ : str
        Source, such as ``"ctdc-synthetic"`` or ``"glotip"``; :func:`schemas` lists them.
    columns : sequence of str, optional
        Columns to read; all by default.
    encoding : str, optional
        Encoding of a text file, where the one that is found is wrong.
    chunk_rows : int
        Rows that are held as text at a time.

    Returns
    -------
    Loaded
        ``frame`` and ``report``.

    Raises
    ------
    DataError
        If the file is not one of that source, or cannot be read.
    SpecificationError
        If there is no such source or column.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "tiers.csv")
    >>> _ = file.write_text("country,year,tier\nA,2010,2.5\nB,2010,4\n")
    >>> loaded = load(file, "tip-tiers")
    >>> loaded.frame["tier"].tolist(), loaded.report.violations["rule"].tolist()
    (['2WL', nan], ['code_list'])
    """
    frames: list[pd.DataFrame] = []
    one, report = _stream(path, as_, frames.append, columns=columns, encoding=encoding, chunk_rows=chunk_rows)
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(one.names))
    # with some of its columns left out, rows would seem to repeat one another that do not
    notices = repeated_counts(frame, one, report.violations) if columns is None else ()
    frame = _FINISH[as_](frame) if as_ in _FINISH else frame
    return Loaded(table=frame, report=replace(report, notices=(*notices, *report.notices)), schema=one)


def validate_file(
    path: str | Path, as_: str, *, encoding: str | None = None, chunk_rows: int = CHUNK, max_listed: int = MAX_LISTED
) -> Report:
    r"""Hold a file of any length to a schema in bounded memory.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    as_ : str
        Source.
    encoding : str, optional
        Encoding of a text file, where the one that is found is wrong.
    chunk_rows : int
        Rows in memory at a time.
    max_listed : int
        Violations that are listed one by one; all are counted.

    Returns
    -------
    Report
        Violations, repairs and notices.

    Raises
    ------
    DataError
        If the file is not one of that source, or cannot be read.
    SpecificationError
        If there is no such source.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "scores.csv")
    >>> _ = file.write_text("country,year,prosecution,prevention,protection\nA,2010,6,1,2\n")
    >>> validate_file(file, "3p-index").counts.values.tolist()
    [['prosecution', 'range', 1]]
    """
    return _stream(path, as_, lambda _: None, encoding=encoding, chunk_rows=chunk_rows, max_listed=max_listed)[1]


@dataclass(slots=True)
class _Tally:
    """What the chunks read so far have brought; lives within one call."""

    rows: int = 0
    listed: int = 0
    censored: int = 0
    violations: list[pd.DataFrame] = field(default_factory=list)
    counts: list[pd.DataFrame] = field(default_factory=list)
    repairs: list[pd.DataFrame] = field(default_factory=list)
    unusual: dict[str, int] = field(default_factory=dict)
    unnamed: set[int] = field(default_factory=set)

    def add(self, checked: Checked, repairs: list[pd.DataFrame], lines: NDArray[np.int64], max_listed: int) -> None:
        """Add one chunk; what concerns a whole column is told once."""
        found = checked.violations if not self.rows else checked.violations[checked.violations["row"].notna()]
        of_rows = found["row"].notna()
        at = (found.loc[of_rows, "row"] - self.rows).to_numpy(dtype=np.int64)
        found.loc[of_rows, "line"] = lines[at]
        self.counts.append(found.groupby(["column", "rule"], sort=False).size().rename("n").reset_index())
        self.violations.append(found.head(max_listed - self.listed))
        self.listed += len(self.violations[-1])
        self.repairs += [*repairs, checked.repairs]
        self.rows += len(checked.frame)
        self.censored += checked.censored
        for name, n in checked.unusual.items():
            self.unusual[name] = self.unusual.get(name, 0) + n


def _stream(
    path: str | Path,
    as_: str | Schema,
    keep: Callable[[pd.DataFrame], None],
    *,
    encoding: str | None,
    chunk_rows: int,
    columns: Sequence[str] | None = None,
    max_listed: int = MAX_LISTED,
    alike: bool = False,
) -> tuple[Schema, Report]:
    """Read and check chunk after chunk."""
    one, tally = schema(as_) if isinstance(as_, str) else as_, _Tally()
    whole_number("chunk_rows", chunk_rows, low=1)
    whole_number("max_listed", max_listed, low=0)
    if one.name == list_table.NAME:
        list_table.refuse_large(path)
    coded = functools.partial(_is_numeric, one=one)
    opened = open_file(path, lambda row: _score(row, one), encoding=encoding, coded=coded, alike=alike)
    wide = any(eurostat.CORNER.search(name) for name in opened.header)
    names = (
        Names({n: n for n in opened.header if n}, {}) if wide else check_header(opened.header, one, opened.path.name)
    )
    held = _narrow(one, columns, names)
    whole = _whole_of_lists(opened, held, names, all_columns=columns is None)
    for raw, lines in _chunks(opened, names, held, chunk_rows, tally.unnamed):
        prepared, repairs = _prepare(raw, held, continental=opened.continental)
        checked = check_table(prepared, held, tally.rows)
        if whole is not None:
            checked = checked.with_more(whole.add(checked.frame, tally.rows))
        each = len(prepared) // max(len(raw), 1)  # Eurostat's wide layout makes several rows of one
        tally.add(checked, repairs, np.repeat(lines, each), max_listed)
        keep(checked.frame)
    if not tally.rows:
        raise DataError(f"{opened.path.name} has a header and no rows, must hold at least one")
    told = whole.judge(counted=held.names[0] in names.columns.values()) if whole is not None else ()
    report = _report(held, opened, names, tally)
    return held, replace(report, notices=(*told, *report.notices))


def load_lists(path: str | Path, lists: Sequence[str] | None, count: str, *, alike: bool = False) -> Loaded:
    r"""Load a table of lists whose columns the caller names.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    lists : sequence of str or None
        The lists; all columns but the counts by default.
    count : str
        The column of counts.
    alike : bool
        Let lists stand whose names differ in their spelling alone.

    Returns
    -------
    Loaded
        As :func:`load` gives it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "lists.csv")
    >>> _ = file.write_text("police,NGO,sex,n\n1,0,f,60\n0,1,m,40\n")
    >>> load_lists(file, ["police", "NGO"], "n").report.ok
    True
    """
    frames: list[pd.DataFrame] = []
    one = list_table.as_lists(schema(list_table.NAME), lists, count)
    held, report = _stream(path, one, frames.append, encoding=None, chunk_rows=CHUNK, alike=alike)
    return Loaded(table=pd.concat(frames, ignore_index=True), report=report, schema=held)


def _whole_of_lists(opened: OpenFile, held: Schema, names: Names, *, all_columns: bool) -> list_table.WholeTable | None:
    """Refuse a file that cannot be a table of lists, and watch over the whole of one; other sources are free."""
    if held.name != list_table.NAME:
        return None
    list_table.refuse_records(opened)
    if not all_columns:
        return None
    list_table.refuse_other_files(opened, held, list(names.columns.values()))
    return list_table.WholeTable(opened.path.name, held)


def _prepare(raw: pd.DataFrame, held: Schema, *, continental: bool) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Undo the ways of writing of a source and of a file with semicolons."""
    prepared, repairs = _PREPARE[held.name](raw) if held.name in _PREPARE else (raw, table(REPAIR_COLUMNS, []))
    if not continental:
        return prepared, [repairs]
    plain, more = read_points(prepared, held)
    return plain, [repairs, more]


def _score(row: Sequence[str], one: Schema) -> float:
    """Say how well a row serves as the header; Eurostat's wide layout has a corner of its own."""
    wide = one.name == "eurostat-thb" and any(eurostat.CORNER.search(cell) for cell in row)
    return float(len(row)) if wide else header_score(row, one) if any(row) else 0.0


def _is_numeric(name: str, one: Schema) -> bool:
    """Tell whether a column of a Stata file is wanted as values and not as their labels."""
    meant = match_names([name], one).columns.get(name)
    kinds = {c.name: c.kind for c in one.columns}
    return one.extra == "flag" if meant not in kinds else kinds[meant] in _NUMERIC


def _narrow(one: Schema, columns: Sequence[str] | None, names: Names) -> Schema:
    """Keep the columns that were asked for."""
    if columns is None:
        return one
    there = set(names.columns.values()) | set(one.names)
    unknown = next((name for name in columns if name not in there), None)
    if unknown is not None or not columns:
        raise SpecificationError(
            f"columns == {list(columns)!r}, must be columns of {one.name}: {', '.join(sorted(there)[:12])}, ..."
        )
    return replace(one, columns=tuple(c for c in one.columns if c.name in columns), extra="keep")


def _chunks(
    opened: OpenFile, names: Names, held: Schema, rows: int, unnamed: set[int]
) -> Iterator[tuple[pd.DataFrame, NDArray[np.int64]]]:
    """Read the wanted columns under the names of the schema, with their rows in the file; note unnamed columns."""
    narrowed = len(held.names) < len(schema(held.name).names)
    wanted = {n: meant for n, meant in names.columns.items() if not narrowed or meant in held.names}
    places = [opened.header.index(n) for n in wanted]
    nameless = [place for place, name in enumerate(opened.header) if not name]
    for part in opened.chunks([*places, *nameless], rows):
        unnamed |= {place for place in nameless if place not in unnamed and (part[place] != "").any()}
        if held.extra == "flag" and unnamed - {0}:
            raise DataError(
                f"{opened.path.name} holds something in column {max(unnamed) + 1}, which has no name: name the list"
            )
        yield part[places].set_axis(list(wanted.values()), axis=1).reset_index(drop=True), part.index.to_numpy()


def _report(held: Schema, opened: OpenFile, names: Names, tally: _Tally) -> Report:
    """Put together what the chunks brought."""
    renamed = [(meant, name, meant, 1, "name of the column") for name, meant in names.renamed.items()]
    repairs = pd.concat([table(REPAIR_COLUMNS, renamed), *tally.repairs], ignore_index=True)
    by = ["column", "value", "repaired", "why"]
    met = repairs.groupby(by, sort=False, dropna=False)["n"].sum().reset_index()
    found = pd.concat(tally.counts, ignore_index=True).groupby(["column", "rule"], sort=False)["n"].sum().reset_index()
    return Report(
        source=held.name,
        file=opened.path.name,
        rows=tally.rows,
        censored=tally.censored,
        violations=table(VIOLATION_COLUMNS, pd.concat(tally.violations, ignore_index=True)),
        counts=table(COUNT_COLUMNS, found),
        repairs=table(REPAIR_COLUMNS, met),
        notices=(
            *opened.notices,
            *_nameless(tally.unnamed),
            *_unusual(held, tally.unusual),
            f"A blank cell is {held.blank}.",
            *held.notes,
        ),
        reading=opened.reading,
    )


def _nameless(places: set[int]) -> list[str]:
    """Tell of columns that hold something and have no name."""
    if not places:
        return []
    which = ", ".join(str(place + 1) for place in sorted(places))
    return [f"Column {which} has no name, such as row numbers have none, and is not read."]


def _unusual(held: Schema, met: Mapping[str, int]) -> list[str]:
    """Tell of cells that are allowed and that the published file does not have."""
    if not met:
        return []
    values = sorted({v for c in held.columns if c.name in met for v in c.unusual})
    names = ", ".join(list(met)[:3]) + (", ..." if len(met) > 3 else "")
    told = f"{sum(met.values()):,} cells of {len(met)} columns ({names}) are {' or '.join(values)}"
    return [f"{told}, which the published file does not have: it was changed or is another; they are kept as they are."]
