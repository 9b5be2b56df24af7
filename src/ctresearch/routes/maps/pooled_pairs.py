"""Pairs of places for pictures that are no map: the largest places, and all others as one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.plot import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY
from ctresearch.data.contents.countries import country
from ctresearch.routes.counts.reported import people_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.routes.maps.places_read import Told

    Floats = NDArray[np.float64]

OTHERS = say("other places")
LEAST = say("Widths are of the least that published counts allow.")
DASHED = say("Dashed: the count is masked, and every such line is alike.")
_OF_REGION = {"Africa": BLUE, "Americas": GREEN, "Asia": ORANGE, "Europe": SKY, "Oceania": PURPLE}
_SUBREGIONS = ("Africa", "Asia", "Europe", "America")


def pooled(told: Told, most: int) -> Told:
    """Keep the largest places of both sides by name, and add the others up; ends of ranges add up end by end.

    Parameters
    ----------
    told : Told
        Pairs of places.
    most : int
        How many places keep their name.

    Returns
    -------
    Told
        Pairs of the places that are drawn.

    Raises
    ------
    DataError
        If nobody may have gone anywhere.
    """
    table = told.table[["origin", "destination"]].astype("str").assign(low=told.low, high=told.high)
    rows = len(table)
    table = table[table["high"] > 0]
    if table.empty:
        raise DataError(f"all counts are 0 in {rows:,} rows, must be at least one person to draw from where to where")
    both = pd.concat(
        [table.rename(columns={side: "place"})[["place", "low", "high"]] for side in ("origin", "destination")]
    )
    totals = both.groupby("place")[["low", "high"]].sum().reset_index()
    totals = totals.sort_values(["low", "high", "place"], ascending=[False, False, True])
    kept = set(totals["place"] if len(totals) <= most else totals["place"].head(most - 1))
    for side in ("origin", "destination"):
        table[side] = table[side].where(table[side].isin(kept), str(OTHERS))
    made = table.groupby(["origin", "destination"])[["low", "high"]].sum().reset_index()
    low, high = made["low"].to_numpy(), made["high"].to_numpy()
    words = people_words(low.astype(np.int64), high.astype(np.int64))
    return replace(
        told,
        table=made[["origin", "destination"]].assign(value=words),
        codes=made[["origin", "destination"]].to_numpy(dtype=object),
        low=low,
        high=high,
        masked=(low < high) & (low <= 1),
    )


def in_order(told: Told, side: str) -> list[str]:
    """Return the places of one side, the largest first and the others last."""
    table = told.table.assign(low=told.low, high=told.high)
    totals = table.groupby(side)[["low", "high"]].sum().reset_index()
    order = totals.sort_values(["low", "high", side], ascending=[False, False, True])[side].tolist()
    return [one for one in order if one != OTHERS] + [one for one in order if one == OTHERS]


def colour_of(place: str) -> str:
    """Return the colour of the region that a place is in or is."""
    found = country(place)
    region = found.region if found is not None else next((one for one in _SUBREGIONS if one in place), place)
    region = {"America": "Americas", "Caribbean": "Americas", "Australia and New Zealand": "Oceania"}.get(
        region, region
    )
    region = "Oceania" if region.endswith("nesia") else region
    return _OF_REGION.get(region, GREY)


def name_of(place: str) -> str:
    """Return the name of a country by its code; any other word as it is."""
    found = country(place) if len(place) == 3 else None
    return found.name if found is not None else place
