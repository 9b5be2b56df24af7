"""Eurostat's own layout, a row a series and a column a year, turned into one row a count."""

from __future__ import annotations

import re

import pandas as pd

from ctresearch.data.contents.report import REPAIR_COLUMNS, table

CORNER = re.compile(r"\\\s*(TIME_PERIOD|time)$", re.IGNORECASE)
_CELL = r"^\s*(?P<value>:|[+-]?\d[\d\s.,]*|)\s*(?P<flag>[a-z]*)\s*$"


def to_long(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    r"""Turn Eurostat's wide layout into one row a count.

    Parameters
    ----------
    raw : pandas.DataFrame
        Cells as text; the first column is named ``freq,...,geo\TIME_PERIOD`` and each other one is a year.

    Returns
    -------
    tuple of pandas.DataFrame
        ``freq, ..., geo, year, value, flag``, and no repairs. A long table comes back as it is.

    Examples
    --------
    >>> raw = pd.DataFrame({"freq,unit,geo\\TIME_PERIOD": ["A,NR,BE"], "2021": ["12 b"], "2022": [": z"]})
    >>> to_long(raw)[0][["geo", "year", "value", "flag"]].values.tolist()
    [['BE', '2021', '12', 'b'], ['BE', '2022', '', 'z']]
    """
    none = table(REPAIR_COLUMNS, [])
    corner = next((str(name) for name in raw.columns if CORNER.search(str(name))), None)
    if corner is None:
        return raw, none
    names = CORNER.sub("", corner).split(",")
    parts = raw[corner].str.split(",", expand=True).reindex(columns=range(len(names)), fill_value="")
    keys = parts.set_axis(names, axis=1).fillna("")
    years = [name for name in raw.columns if name != corner]
    wide = pd.concat([keys, raw[years]], axis=1)
    long = wide.melt(id_vars=names, value_vars=years, var_name="year", value_name="cell", ignore_index=False)
    long = long.sort_index(kind="stable").reset_index(drop=True)
    text = long.pop("cell").astype("str")
    cells = text.str.extract(_CELL)
    # between digits a space parts thousands; a cell of another form is left whole, to be told as a violation
    value = cells["value"].str.replace(r"\s+", "", regex=True).replace(":", "").fillna(text)
    long["year"] = long["year"].astype("str").str.strip()
    return long.assign(value=value, flag=cells["flag"].fillna("")), none
