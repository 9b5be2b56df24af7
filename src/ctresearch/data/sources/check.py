"""A table of text against a schema: the typed table and everything that breaks a rule.

Each distinct cell is judged once (:mod:`ctresearch.data.contents.cells`) and the verdicts are spread over the rows, so
that all failures come back in one pass with row and column.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.data.contents.cells import Cell, allowed, judge, kind_of_text
from ctresearch.data.contents.report import REPAIR_COLUMNS, VIOLATION_COLUMNS, table
from ctresearch.data.contents.schema import Column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.data.contents.schema import Schema

LOW, HIGH = "low", "high"
_DTYPES: dict[str, Any] = {
    "flag": "Int8",
    "year": "Int64",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A table that was held to a schema.

    Parameters
    ----------
    frame : pandas.DataFrame
        Typed columns, in the order of the file; a ``count`` has its interval beside it, in ``low`` and ``high``.
    violations : pandas.DataFrame
        ``row``, ``line`` (missing: known to who reads the file), ``column``, ``value``, ``kind``, ``rule``,
        ``allowed``, ``repaired``.
    repairs : pandas.DataFrame
        ``column``, ``value``, ``repaired``, ``n``, ``why``.
    unusual : dict of str to int
        Column to the rows that hold something the published file does not.
    censored : int
        Rows whose count is known by an upper bound only.
    """

    frame: pd.DataFrame
    violations: pd.DataFrame
    repairs: pd.DataFrame
    unusual: dict[str, int]
    censored: int

    def with_more(self, violations: pd.DataFrame) -> Checked:
        """Add what is wrong with rows as a whole.

        Parameters
        ----------
        violations : pandas.DataFrame
            More of them.

        Returns
        -------
        Checked
            The same table.

        Examples
        --------
        >>> from ctresearch.data.contents.schema import schema
        >>> checked = check_table(pd.DataFrame({"A": ["1"], "B": ["2"]}), schema("lists"))
        >>> len(checked.with_more(checked.violations).violations)
        2
        """
        if violations.empty:
            return self
        both = table(VIOLATION_COLUMNS, pd.concat([self.violations, violations], ignore_index=True))
        return replace(self, violations=both.sort_values("row", kind="stable", ignore_index=True))


@dataclass(frozen=True, slots=True)
class _Judged:
    """One column with its distinct cells: codes, shape (rows,); cells and texts, one a distinct text."""

    column: Column
    codes: NDArray[np.int64]
    texts: list[str]
    cells: list[Cell]

    def spread(self, values: list[Any]) -> NDArray[Any]:
        """Give each row the value of its distinct text."""
        held = np.empty(len(values), dtype=object)
        held[:] = values
        return held[self.codes]

    def told(self, place: int) -> tuple[None, str, str, str, str, str, str | None]:
        """Say what is wrong with one distinct cell, the row left open."""
        cell = self.cells[place]
        kept = None if cell.value is None else str(cell.value)
        text = self.texts[place]
        return None, self.column.name, text, kind_of_text(text), cell.rule, allowed(self.column), kept

    def rows(self, which: list[bool]) -> dict[str, int]:
        """Count the rows of each distinct text that is marked."""
        n = np.bincount(self.codes, minlength=len(self.texts))
        return {text: int(k) for text, k, marked in zip(self.texts, n, which, strict=True) if marked and k}


def check_table(raw: pd.DataFrame, schema: Schema, offset: int = 0) -> Checked:
    """Hold a table of text to a schema.

    Parameters
    ----------
    raw : pandas.DataFrame
        Cells as text, blank where nothing stands; names as in the schema.
    schema : Schema
        What the columns may hold.
    offset : int
        Number of the first row.

    Returns
    -------
    Checked
        Typed table, violations and repairs.

    Examples
    --------
    >>> from ctresearch.data.contents.schema import schema
    >>> raw = pd.DataFrame({"year": ["2019"], "unit": ["cases"], "count": ["-3"]})
    >>> check_table(raw, schema("hotline")).violations[["row", "column", "value", "rule"]].values.tolist()
    [[0, 'count', '-3', 'range']]
    """
    columns = {c.name: c for c in schema.columns}
    if schema.extra == "flag":
        columns |= {n: Column(name=n, kind="flag", required=True) for n in raw.columns if n not in columns}
    judged = {n: _judge_column(raw[n], columns[n], schema.missing) for n in raw.columns if n in columns}
    violations = _violations(raw, schema, judged, offset)
    parts: dict[str, Any] = {}
    for name in raw.columns:
        parts |= _typed(judged[name]) if name in judged else {name: raw[name].mask(raw[name] == "")}
    unusual = {n: sum(j.rows([t in j.column.unusual for t in j.texts]).values()) for n, j in judged.items()}
    repairs = [row for j in judged.values() for row in _variants(j)]
    frame = pd.DataFrame(parts, index=pd.RangeIndex(len(raw)))
    censored = int((frame[LOW] != frame[HIGH]).sum()) if LOW in parts and HIGH in parts else 0
    told = {name: k for name, k in unusual.items() if k}
    return Checked(frame, violations, table(REPAIR_COLUMNS, repairs), told, censored)


def _judge_column(series: pd.Series[Any], column: Column, missing: tuple[str, ...]) -> _Judged:
    """Judge each distinct cell of a column."""
    codes, texts = pd.factorize(series)
    words = [str(text) for text in texts]
    return _Judged(column, codes, words, [judge(column, text, missing) for text in words])


def _violations(raw: pd.DataFrame, schema: Schema, judged: dict[str, _Judged], offset: int) -> pd.DataFrame:
    """List the columns that are missing or unknown, then every cell that breaks the rule of its column."""
    parts: list[tuple[None, str, str, str, str, str, str | None]] = [
        (None, name, "", "", rule, "the columns of the schema", None)
        for name, rule in _wrong_columns(raw, schema, judged)
    ]
    rows: list[NDArray[np.int64]] = [np.full(len(parts), -1)]
    for one in judged.values():
        broken = np.array([bool(cell.rule) for cell in one.cells], dtype=bool)
        if broken.any():
            at = np.flatnonzero(broken[one.codes])
            told = {place: one.told(place) for place in np.flatnonzero(broken).tolist()}
            parts += [told[place] for place in one.codes[at].tolist()]
            rows.append(at + offset)
    told_of = [name for name in VIOLATION_COLUMNS if name != "line"]
    frame = table(VIOLATION_COLUMNS, pd.DataFrame(parts, columns=told_of))
    at = np.concatenate(rows)
    frame["row"] = pd.array(at, dtype="Int64")
    frame.loc[at < 0, "row"] = pd.NA
    return frame.sort_values(["row", "column"], ignore_index=True)


def _wrong_columns(raw: pd.DataFrame, schema: Schema, judged: dict[str, _Judged]) -> list[tuple[str, str]]:
    """Name the columns that the table lacks, and those that a schema without room for more does not know."""
    missing = [c.name for c in schema.columns if not c.optional and c.name not in raw.columns]
    unknown = [str(name) for name in raw.columns if name not in judged] if schema.extra == "report" else []
    return [*((name, "missing_column") for name in missing), *((name, "unknown_column") for name in unknown)]


def _typed(one: _Judged) -> dict[str, Any]:
    """Build the typed column, or columns, of a judged one."""
    column, values = one.column, [cell.value for cell in one.cells]
    if column.kind == "count":
        pairs = [(None, None) if value is None else value for value in values]
        low, high = (one.spread([pair[side] for pair in pairs]) for side in (0, 1))
        texts = pd.array(one.spread([text or None for text in one.texts]), dtype="str")
        return {column.name: texts, LOW: pd.array(low, dtype="Int64"), HIGH: pd.array(high, dtype="Int64")}
    if column.kind == "code" and column.codes is not None:
        categories = pd.CategoricalDtype(list(column.codes.codes), ordered=column.ordered)
        return {column.name: pd.Categorical(values, dtype=categories).take(one.codes)}
    if column.kind == "date":
        return {column.name: pd.DatetimeIndex(values).as_unit("s").take(one.codes)}
    if column.kind == "number":
        numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
        return {column.name: numbers[one.codes]}
    typed = pd.Series(values, dtype=_DTYPES.get(column.kind, "str"))
    return {column.name: typed.array.take(one.codes)}


def _variants(one: _Judged) -> list[tuple[str, str, str, int, str]]:
    """List the other spellings that were met."""
    met = one.rows([cell.variant and not cell.rule for cell in one.cells])
    values = dict(zip(one.texts, one.cells, strict=True))
    return [
        (one.column.name, text, str(values[text].value), n, "other spelling of the source") for text, n in met.items()
    ]
