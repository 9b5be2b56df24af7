"""Places of a flow: the roles they play, the codes they are read as, and countries that split, joined or were renamed.

One person has a citizenship, was recruited in one place, passed through others, was exploited in one, detected in one
and went back to one. None of them follows from another, so each is a column of its own and none is filled in.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import wrong_cells
from ctresearch.core.errors import SpecificationError
from ctresearch.core.names import read_names
from ctresearch.core.validate import one_of
from ctresearch.data.contents.countries import countries, country, fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Role = Literal[
    "citizenship",
    "residence",
    "recruitment",
    "transit",
    "exploitation",
    "detection",
    "returned_from",
    "repatriation",
]
ROLES: tuple[Role, ...] = (
    "citizenship",
    "residence",
    "recruitment",
    "transit",
    "exploitation",
    "detection",
    "returned_from",
    "repatriation",
)
BETWEEN_STOPS = "|"
"""What parts several places of transit in one cell, in the order in which they were passed."""

FORMER: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "ANT": (2010, ("CUW", "SXM", "BES")),
    "CSK": (1992, ("CZE", "SVK")),
    "DDR": (1990, ("DEU",)),
    "SCG": (2006, ("SRB", "MNE")),
    "SDN": (2011, ("SDN", "SSD")),
    "SUN": (1991, ("RUS", "UKR", "BLR", "MDA", "GEO", "ARM", "AZE", "KAZ", "KGZ", "TJK", "TKM", "UZB")),
    "YUG": (2003, ("SRB", "MNE")),
    "ZAR": (1997, ("COD",)),
}
"""Countries of ISO 3166-3 by their code: their last year, and the countries that stand in their place."""

_FORMER_NAMES = {
    "serbia and montenegro": "SCG",
    "yugoslavia": "YUG",
    "former yugoslavia": "YUG",
    "soviet union": "SUN",
    "former soviet union": "SUN",
    "ussr": "SUN",
    "czechoslovakia": "CSK",
    "netherlands antilles": "ANT",
}


def place_code(word: object) -> str | None:
    """Return the code of the country that a word names, of one that is no more among them.

    Parameters
    ----------
    word : object
        A code, a name or a nationality.

    Returns
    -------
    str or None
        ISO 3166-1 alpha-3, or the code of ISO 3166-3 for a country that is no more.

    Examples
    --------
    >>> place_code("Nigerians"), place_code("SCG"), place_code("abroad") is None
    ('NGA', 'SCG', True)
    """
    text = str(word).strip()
    if text in FORMER:
        return text
    found = country(text)
    return found.alpha3 if found is not None else _FORMER_NAMES.get(fold(text))


def read_places(
    column: pd.Series[Any], name: str, *, places: str, unmatched: str
) -> tuple[pd.Series[Any], NDArray[np.bool_]]:
    """Read a column of places.

    Parameters
    ----------
    column : pandas.Series
        Codes, names or nationalities; missing where the place is not known.
    name : str
        What the column is called.
    places : {"countries", "as given"}
        Read them as countries, or keep the words, each in one spelling.
    unmatched : {"refuse", "missing"}
        What to do with words that name no one country.

    Returns
    -------
    tuple of pandas.Series and numpy.ndarray
        Codes, and which rows held a word that names no country.

    Raises
    ------
    CellError
        If a word names no country and ``unmatched`` is ``"refuse"``, or two differ in their spelling alone.
    """
    one_of("places", places, ("countries", "as given"))
    one_of("unmatched", unmatched, ("refuse", "missing"))
    if places == "as given":
        read = read_names(column, name, cure="")
        spelled = np.array([*map(str, read.spellings), None], dtype=object)
        return pd.Series(spelled[read.codes], index=column.index, dtype="str"), np.zeros(len(column), dtype=np.bool_)
    words = np.array([isinstance(cell, Hashable) for cell in column.to_numpy(dtype=object)], dtype=np.bool_)
    if not words.all():
        raise wrong_cells(column, ~words, "must be codes or names of countries", name=name)
    codes = {word: _codes(word) for word in column.dropna().unique()}
    found = column.map(codes).astype("str")
    lost = (column.notna() & found.isna()).to_numpy()
    if lost.any() and unmatched == "refuse":
        must = "must each name one country: give codes of ISO 3166, or pass unmatched='missing' or places='as given'"
        raise wrong_cells(column, lost, must, name=name)
    return found, lost


def _codes(word: object) -> str | None:
    """Return the code of a place, or those of several stops."""
    stops = str(word).split(BETWEEN_STOPS)
    found = [place_code(stop) for stop in stops]
    return None if None in found else BETWEEN_STOPS.join(str(one) for one in found)


def read_joined(joined: Mapping[str, Sequence[str]] | None) -> dict[str, str]:
    """Read which countries are counted as one throughout.

    Parameters
    ----------
    joined : mapping of str to sequence of str, optional
        Name of the area to its members, such as ``{"SCG": ["SRB", "MNE"]}``.

    Returns
    -------
    dict of str to str
        Member to area; an area that is itself a code is its own member.

    Raises
    ------
    SpecificationError
        If it is no such mapping, or a country stands in two areas.

    Examples
    --------
    >>> read_joined({"SCG": ["SRB", "MNE"]})["MNE"]
    'SCG'
    """
    out: dict[str, str] = {}
    if joined is None:
        return out
    if not hasattr(joined, "items") or not all(
        isinstance(one, (list, tuple, set, frozenset)) and all(isinstance(code, str) for code in (area, *one))
        for area, one in joined.items()
    ):
        raise SpecificationError("joined must map the name of an area to a list of its countries: {'SCG': ['SRB']}")
    for area, members in joined.items():
        for one in (area, *members):
            code = place_code(one) or str(one)
            if out.setdefault(code, str(area)) != str(area):
                raise SpecificationError(f"joined puts {code!r} into two areas, must put each country into one")
    return out


def joined_code(cell: object, areas: Mapping[str, str]) -> object:
    """Return the area of a country, or those of several stops; a stop that repeats the one before is one."""
    if not isinstance(cell, str):
        return cell
    stops = [areas.get(stop, stop) for stop in cell.split(BETWEEN_STOPS)]
    return BETWEEN_STOPS.join(stop for i, stop in enumerate(stops) if not i or stop != stops[i - 1])


def region_of(codes: pd.Series[Any], level: str) -> pd.Series[Any]:
    """Return the United Nations region of each country.

    Parameters
    ----------
    codes : pandas.Series
        Codes.
    level : {"region", "subregion"}
        How coarse.

    Returns
    -------
    pandas.Series
        Names of regions; missing where a code is of no one region.

    Examples
    --------
    >>> region_of(pd.Series(["NGA", "SCG"]), "region").tolist()
    ['Africa', 'Europe']
    """
    one_of("level", level, ("region", "subregion"))
    table = countries().set_index("alpha3")[level].to_dict()
    for former, (_, heirs) in FORMER.items():
        regions = {table.get(heir) for heir in heirs}
        if former not in table and len(regions) == 1:
            table[former] = regions.pop()
    known = {str(code): None if name is None else str(name) for code, name in table.items()}
    found = {word: _region_of_stops(word, known) for word in codes.dropna().unique()}
    return codes.map(found).astype("str")


def _region_of_stops(cell: object, table: Mapping[str, str | None]) -> str | None:
    """Return the region of a country, or those of several stops; missing where one of them has none."""
    stops = [table.get(stop) for stop in str(cell).split(BETWEEN_STOPS)]
    known = [stop for stop in stops if stop is not None]
    if len(known) < len(stops):
        return None
    return BETWEEN_STOPS.join(stop for i, stop in enumerate(known) if not i or stop != known[i - 1])


def split_years(frame: pd.DataFrame, roles: Sequence[str]) -> dict[str, int]:
    """Return the countries that split or joined within the years of a table, with the last year of the old one.

    Parameters
    ----------
    frame : pandas.DataFrame
        Places by role, and ``year``.
    roles : sequence of str
        Columns of places.

    Returns
    -------
    dict of str to int
        Code of the old country to its last year, where the table holds it or its heirs on both sides of that year.

    Examples
    --------
    >>> split_years(pd.DataFrame({"detection": ["SCG", "SRB"], "year": [2005, 2009]}), ["detection"])
    {'SCG': 2006}
    """
    if "year" not in frame:
        return {}
    out = {}
    for former, (last, heirs) in FORMER.items():
        known = {former, *heirs}
        touched = frame[roles].isin(known).any(axis=1)
        years = frame.loc[touched, "year"]
        there = set(pd.unique(frame.loc[touched, list(roles)].to_numpy().ravel())) & known
        if len(there) > 1 and (years <= last).any() and (years > last).any():
            out[former] = last
    return out
