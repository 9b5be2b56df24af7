"""UNODC GLOTIP: names mangled by a wrong encoding are repaired, citizenships are matched to countries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.data.contents.countries import LOST, country, country_codes, repair_encoding
from ctresearch.data.contents.report import REPAIR_COLUMNS, table

if TYPE_CHECKING:
    import pandas as pd

_WHY = "letters lost in a wrong encoding"
_BY_COUNTRY = ("by citizenship", "by country of repatriation")


def repair_names(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    r"""Repair country names whose letters were lost, and leave every other word as the source has it.

    Parameters
    ----------
    raw : pandas.DataFrame
        Cells as text.

    Returns
    -------
    tuple of pandas.DataFrame
        The table, and the repairs: ``column``, ``value``, ``repaired``, ``n``, ``why``. A name in ``Country`` becomes
        that of its ISO code; a name in ``Category`` becomes the one country that fits. What no country fits is left,
        and listed without a repair.

    Examples
    --------
    >>> import pandas as pd
    >>> raw = pd.DataFrame({"Iso3_code": ["ESP"], "Country": ["Spain"], "Category": ["Espa\ufffda"]})
    >>> repair_names(raw)[0].loc[0, "Category"]
    'Spain'
    """
    out, repairs = raw.copy(), []
    for name in ("Country", "Category"):
        if name not in raw:
            continue
        mangled = raw[name].str.contains(LOST, regex=False) | (raw[name].map(repair_encoding) != raw[name])
        keys = ["Iso3_code", name] if name == "Country" and "Iso3_code" in raw else [name]
        for key, part in raw[mangled].groupby(keys, sort=False):
            rows, value = part.index, str(key[-1])
            found = country(str(key[0])) if len(keys) == 2 else country(value)
            meant = found.name if found is not None else repair_encoding(value)
            out.loc[rows, name] = meant
            repairs.append((name, value, meant if meant != value else None, len(rows), _WHY))
    return out, table(REPAIR_COLUMNS, repairs)


def add_citizenship(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the code of the country that a category names, beside the category as the source labels it.

    Parameters
    ----------
    frame : pandas.DataFrame
        A loaded table.

    Returns
    -------
    pandas.DataFrame
        With ``Category_iso3``: missing where the dimension is not one of countries, or the words name none for certain.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"Dimension": ["by citizenship", "Total"], "Category": ["Nigerians", "Total"]})
    >>> add_citizenship(frame)["Category_iso3"].fillna("-").tolist()
    ['NGA', '-']
    """
    if not {"Dimension", "Category"} <= set(frame.columns):
        return frame
    named = frame["Category"].where(frame["Dimension"].isin(_BY_COUNTRY))
    return frame.assign(Category_iso3=country_codes(named))
