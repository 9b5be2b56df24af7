"""The cells of SDG indicator 16.2.2: sex, age and form of exploitation, and the United Nations' codes for them.

Codes are those of the harmonised global dataflow of the Sustainable Development Goals, ``IAEG-SDGs:DF_SDG_GLH``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.errors import DataError
from ctresearch.core.names import name_key
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOTAL, NOT_KNOWN = "total", "not known"
SEXES: Mapping[str, str] = {"female": "F", "male": "M", TOTAL: "_T"}
AGES: Mapping[str, str] = {"0-17": "Y0T17", "18+": "Y_GE18", TOTAL: "_T"}
FORMS: Mapping[str, str] = {
    "sexual exploitation": "SX",
    "forced labour": "FL",
    "removal of organs": "OG",
    "other": "OP",
    TOTAL: "",
}
SERIES = "VC_HTF_DETV"
"""Detected victims, by number; with the letters of a form behind it, and an R where it is per 100,000 people."""

_SAME: Mapping[str, Mapping[str, str]] = {
    "sex": {"f": "female", "women": "female", "woman": "female", "m": "male", "men": "male", "man": "male"},
    "age": {"child": "0-17", "children": "0-17", "<18": "0-17", "adult": "18+", "adults": "18+"},
    "form": {
        "sexual": "sexual exploitation",
        "forced labor": "forced labour",
        "organ removal": "removal of organs",
        "other purposes": "other",
    },
}
_ALLOWED: Mapping[str, Sequence[str]] = {
    "sex": ("female", "male", NOT_KNOWN),
    "age": ("0-17", "18+", NOT_KNOWN),
    "form": ("sexual exploitation", "forced labour", "removal of organs", "other", NOT_KNOWN),
}


def read_detected(frame: Any, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read detected victims, one row a cell.

    Parameters
    ----------
    frame : pandas.DataFrame
        The counts.
    columns : mapping of str to str
        Columns of ``sex``, ``age``, ``form`` and ``count``.

    Returns
    -------
    pandas.DataFrame
        Columns ``sex``, ``age``, ``form`` and ``count``, in the words of this module.

    Raises
    ------
    DataError
        If a column is missing, a word is unknown, a count is no whole number of 0 or more, or a cell stands twice.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["F"], "age": ["child"], "form": ["Sexual"], "count": [40]})
    >>> read_detected(rows, {name: name for name in rows}).iloc[0].tolist()
    ['female', '0-17', 'sexual exploitation', np.int64(40)]
    """
    has_columns("detected", is_frame("detected", frame), columns.values())
    read = {role: read_words(frame[columns[role]], role) for role in ("sex", "age", "form")}
    table = pd.DataFrame(read).assign(count=read_whole(frame[columns["count"]]))
    _refuse_twice(table, ["sex", "age", "form"], "detected")
    if not table["count"].sum():
        raise DataError(f"detected holds {len(table):,} rows and no victim, must hold at least one: check the column")
    return table


def read_inhabitants(frame: Any, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read the inhabitants, by sex and age.

    Parameters
    ----------
    frame : pandas.DataFrame
        Four rows: each sex, each group of age.
    columns : mapping of str to str
        Columns of ``sex``, ``age`` and ``count``.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``sex`` and ``age``, totals among them, with the column ``inhabitants``.

    Raises
    ------
    DataError
        If a row is missing, stands twice, or is not above 0.

    Examples
    --------
    >>> rows = [("female", "0-17", 100), ("female", "18+", 300), ("male", "0-17", 110), ("male", "18+", 290)]
    >>> found = read_inhabitants(pd.DataFrame(rows, columns=["sex", "age", "n"]), dict(sex="sex", age="age", count="n"))
    >>> int(found.loc[("total", "0-17"), "inhabitants"])
    210
    """
    has_columns("population", is_frame("population", frame), [columns[role] for role in ("sex", "age", "count")])
    table = pd.DataFrame({role: read_words(frame[columns[role]], role) for role in ("sex", "age")})
    table["inhabitants"] = read_whole(frame[columns["count"]])
    _refuse_twice(table, ["sex", "age"], "population")
    wanted = {(sex, age) for sex in ("female", "male") for age in ("0-17", "18+")}
    if set(zip(table["sex"], table["age"], strict=True)) != wanted or (table["inhabitants"] == 0).any():
        raise DataError(
            f"population has {len(table):,} rows, must have four, women and men by 0-17 and 18+, each above 0"
        )
    rows = [(*cell, int(_within(table, *cell)["inhabitants"].sum())) for cell in _crossed(SEXES, AGES)]
    return pd.DataFrame(rows, columns=["sex", "age", "inhabitants"]).set_index(["sex", "age"])


def tabulate(detected: pd.DataFrame, inhabitants: pd.DataFrame) -> pd.DataFrame:
    """Add victims up over every sex, age and form, and set them against the inhabitants.

    Parameters
    ----------
    detected : pandas.DataFrame
        What :func:`read_detected` gave; what is not known counts in totals alone.
    inhabitants : pandas.DataFrame
        What :func:`read_inhabitants` gave.

    Returns
    -------
    pandas.DataFrame
        ``sex``, ``age_group``, ``form``, ``victims``, ``inhabitants`` and ``rate`` per 100,000.

    Examples
    --------
    >>> rows = [("female", "0-17", 1000), ("female", "18+", 3000), ("male", "0-17", 1000), ("male", "18+", 3000)]
    >>> people = read_inhabitants(pd.DataFrame(rows, columns=list("sac")), dict(sex="s", age="a", count="c"))
    >>> victims = pd.DataFrame({"sex": ["female"], "age": ["18+"], "form": ["not known"], "count": [6]})
    >>> tabulate(victims, people).query("sex == 'female' and age_group == 'total' and form == 'total'")["rate"].item()
    150.0
    """
    rows = []
    for sex, age in _crossed(SEXES, AGES):
        inside, people = _within(detected, sex, age), inhabitants_of(inhabitants, (sex, age))
        for form in FORMS:
            chosen = inside if form == TOTAL else inside[inside["form"] == form]
            victims = int(chosen["count"].sum())
            rows.append((sex, age, form, victims, people, victims / people * 1e5))
    return pd.DataFrame(rows, columns=["sex", "age_group", "form", "victims", "inhabitants", "rate"])


def inhabitants_of(inhabitants: pd.DataFrame, cell: tuple[str, str]) -> int:
    """Return the inhabitants of one sex and age.

    Parameters
    ----------
    inhabitants : pandas.DataFrame
        What :func:`read_inhabitants` gave.
    cell : tuple of str
        Sex and age.

    Returns
    -------
    int
        Their number.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples([("female", "18+")], names=["sex", "age"])
    >>> inhabitants_of(pd.DataFrame({"inhabitants": [300]}, index=index), ("female", "18+"))
    300
    """
    return int(inhabitants["inhabitants"].to_dict()[cell])


def read_words(column: pd.Series[Any], role: str) -> list[str]:
    """Read words for sex, age or form.

    Parameters
    ----------
    column : pandas.Series
        Words; missing where not known.
    role : {"sex", "age", "form"}
        Of what.

    Returns
    -------
    list of str
        In the words of this module.

    Raises
    ------
    DataError
        If a word is unknown.

    Examples
    --------
    >>> read_words(pd.Series(["Women", None]), "sex")
    ['female', 'not known']
    """
    known = {name_key(word): word for word in _ALLOWED[role]} | dict(_SAME[role])
    read = [NOT_KNOWN if pd.isna(value) else known.get(name_key(value), "") for value in column]
    wrong = np.array([word == "" for word in read])
    refuse_cells(column, wrong, f"must be one of {', '.join(_ALLOWED[role])}, or missing")
    return read


def read_whole(column: pd.Series[Any]) -> list[int]:
    """Read whole numbers of 0 or more.

    Parameters
    ----------
    column : pandas.Series
        The numbers.

    Returns
    -------
    list of int
        The same.

    Raises
    ------
    DataError
        If one is missing, negative or broken.

    Examples
    --------
    >>> read_whole(pd.Series([3.0, 4.0]))
    [3, 4]
    """
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))
    wrong |= np.full(len(values), column.dtype.kind not in "fiu")
    refuse_cells(column, wrong, "must be whole numbers of people, 0 or more")
    return [int(value) for value in values]


def _crossed(sexes: Mapping[str, str], ages: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return every pair of sex and age, totals last."""
    return [(sex, age) for sex in sexes for age in ages]


def _within(table: pd.DataFrame, sex: str, age: str) -> pd.DataFrame:
    """Return the rows of a sex and age, or of all."""
    chosen = table if sex == TOTAL else table[table["sex"] == sex]
    return chosen if age == TOTAL else chosen[chosen["age"] == age]


def _refuse_twice(table: pd.DataFrame, keys: list[str], what: str) -> None:
    """Refuse cells that stand twice, of which nobody knows whether they add up."""
    twice = int(table.duplicated(keys).sum())
    if twice:
        raise DataError(f"{twice:,} of {len(table):,} rows of {what} repeat a cell, each must stand once: add them up")
