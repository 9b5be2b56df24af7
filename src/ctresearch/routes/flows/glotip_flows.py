"""The flows in UNODC's table of detected victims."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.validate import has_columns, one_of
from ctresearch.data.contents.countries import fold
from ctresearch.routes.counts.reported import least_known
from ctresearch.routes.flows.places import place_code

if TYPE_CHECKING:
    from ctresearch.data import Loaded

_INDICATOR = "Detected trafficking victims"
_WITHIN = {  # how reporters write "our own nationals" where a citizenship stands
    "nationals",
    "own nationals",
    "ciudadanos de su pais",
    "nationaux",
    "ressortissants nationaux",
    "domestic",
}
_PARTS = {
    "by citizenship": ("citizenship", "detection"),
    "by country of repatriation": ("returned_from", "repatriation"),
}


def glotip_flows(loaded: Loaded, dimension: str, least_masked: int) -> tuple[pd.DataFrame, list[Check]]:
    """Return the rows of one dimension of detected victims whose category names a country.

    One dimension is read and totals by sex and age alone, so that no row is part of another.
    """
    one_of("dimension", dimension, tuple(_PARTS))
    least_known(least_masked)
    frame = getattr(loaded, "frame", None)
    if not isinstance(frame, pd.DataFrame) or getattr(loaded, "schema", None) is None:
        raise DataError(f"loaded is a {type(loaded).__name__}, must be what data.load(path, as_='glotip') returns")
    needed = ["Iso3_code", "Indicator", "Dimension", "Category", "Category_iso3", "Sex", "Age", "Year", "low", "high"]
    has_columns("the loaded table", frame, needed)
    asked = frame["Indicator"].eq(_INDICATOR) & frame["Dimension"].eq(dimension)
    asked &= frame["Sex"].eq("Total") & frame["Age"].eq("Total")
    rows = frame[asked.fillna(False)]
    told = rows.dropna(subset=["Iso3_code", "Year", "low", "high"])
    if told.empty:
        raise DataError(f"0 of {len(frame):,} rows are of detected victims {dimension}, must be at least one")
    there, here = _PARTS[dimension]
    own = told["Category"].map(lambda word: fold(str(word)) in _WITHIN) if there == "citizenship" else False
    codes = told["Category_iso3"].where(told["Category_iso3"].notna(), told["Category"].map(place_code))
    codes = codes.where(~pd.Series(own, index=told.index), told["Iso3_code"])
    made = pd.DataFrame(
        {
            there: codes.astype("str"),
            here: told["Iso3_code"].astype("str"),
            "reporter": told["Iso3_code"].astype("str"),
            "year": told["Year"].astype("int64"),
            "low": told["low"].astype("int64").where(told["low"] == told["high"], least_masked),
            "high": told["high"].astype("int64"),
        }
    )
    named = made[there].notna()
    lost = len(rows) - int(named.sum())
    message = say(
        "{lost:,} of {rows:,} rows name no one country of {dimension} and are left out.",
        lost=lost,
        rows=len(rows),
        dimension=say("citizenship") if there == "citizenship" else say("return"),
    )
    check = Check("places", "review" if lost else "pass", message, {"lost": lost, "rows": len(rows)})
    return made[named].reset_index(drop=True), [check]
