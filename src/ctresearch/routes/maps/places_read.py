"""What a map is told: one value a place, or one a pair of places, and how far each is known.

A value is known, masked (no more than a bound was published), known by a range, or missing. What is masked stays so:
where counts are added up their least and their greatest are, and a cell that is to be masked is masked before anything
is added, so that no two pictures of one table differ by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_hashable

from ctresearch.core.cells import wrong_cells
from ctresearch.core.columns import column_name
from ctresearch.core.declaration import find_meaning, read_roles
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.meaning import Meaning, count, operational, place
from ctresearch.core.names import name_key
from ctresearch.core.validate import has_columns, is_a, is_frame, one_of, whole_number
from ctresearch.routes.counts.reported import as_number, people_words, read_counts
from ctresearch.routes.flows.corridor_result import CorridorsResult, HubsResult
from ctresearch.routes.flows.corridors import corridor_ends
from ctresearch.routes.flows.flow_table import FlowTable
from ctresearch.routes.flows.places import BETWEEN_STOPS, place_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.routes.maps.geometry import Geometry

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

OPEN_MASKS = frozenset({"masked", "suppressed", "withheld", "confidential", "*", "c", "x", ":", ".."})
"""Words that sources put where a value is not published, without saying below what it is."""
_VALUES = ("count", "weighted count", "share", "statistic", "model", "money")
_PLACES = ("place", "key")
_FLOW_VALUES = ("count",)


@dataclass(frozen=True, slots=True)
class Told:
    """What a picture draws, as it is declared.

    ``table`` has the places and, last, ``value`` as readers see it; ``low`` and ``high`` are the ends of each, NaN
    where nothing is known; ``masked`` says where no more than a bound was published. ``codes`` are the areas drawn, one
    column a column of places, ``None`` where a place has no area.
    """

    table: pd.DataFrame
    codes: NDArray[np.object_]
    low: Floats
    high: Floats
    masked: NDArray[np.bool_]
    value: Meaning
    roles: Mapping[str, Meaning]
    citizenship: bool
    lost: int

    @property
    def ranges(self) -> NDArray[np.bool_]:
        """Which values are known by a range that is no mere bound."""
        return ~self.masked & (self.low < self.high)

    def words(self) -> list[str]:
        """Return the values as a reader is shown them."""
        return [str(one) for one in self.table["value"]]


def taken(told: Told, rows: NDArray[np.int64]) -> Told:
    """Keep some rows, in the order given."""
    return replace(
        told,
        table=told.table.iloc[rows].reset_index(drop=True),
        codes=told.codes[rows],
        low=told.low[rows],
        high=told.high[rows],
        masked=told.masked[rows],
    )


def read_values(
    data: Any,
    geometry: Geometry,
    *,
    place_column: str | None,
    value: str | None,
    roles: Mapping[str, Meaning | str] | None,
    role: str | None,
    mask_below: int | None,
    operational_detail: bool,
    unmatched: str,
) -> Told:
    """Read one value a place."""
    _options(mask_below, operational_detail, unmatched)
    if isinstance(data, FlowTable):
        if value is not None or place_column is not None or roles is not None:
            raise SpecificationError("a FlowTable brings its places and counts, must come with role= alone")
        return _of_flows(
            data,
            geometry,
            role=role,
            mask_below=mask_below,
            operational_detail=operational_detail,
            unmatched=unmatched,
        )
    if role is not None:
        raise SpecificationError(f"role == {role!r} was given with no FlowTable, must be left out: pass place=, value=")
    if isinstance(data, HubsResult):
        data, roles = data.hubs, {**data.roles("hubs"), **(roles or {})}
        place_column, value = place_column or "place", value or "receives"
    is_frame("data", data)
    if place_column is None or value is None or roles is None:
        raise SpecificationError(
            "a table comes without place=, value= or roles=, must have all three: roles={'country': 'place', 'people': "
            "'count'} says what its columns mean"
        )
    names = [column_name("place", place_column), column_name("value", value)]
    has_columns("data", data, names)
    read = read_roles(roles)
    meaning = _meaning(read, place_column, value, operational_detail, _VALUES)
    frame = data[names].set_axis(["place", "value"], axis=1).reset_index(drop=True)
    codes, lost = match_places(frame["place"], geometry, place_column, unmatched)
    low, high, masked, words = _read_values(frame["value"], value, meaning, mask_below)
    shown = pd.DataFrame({"place": frame["place"].astype("str"), "value": words})
    declared = {"place": place(str(place_column)).called(place_column), "value": meaning.called(value)}
    base = find_meaning(read, meaning.base) if meaning.base in data.columns else None
    if base is not None:
        shown[meaning.base] = data[meaning.base].to_numpy()  # the gate asks how many stand behind a share
        declared[meaning.base] = base.called(meaning.base)
    kept = frame["place"].notna().to_numpy()
    shown, codes = shown[kept].reset_index(drop=True), codes[kept]
    low, high, masked = low[kept], high[kept], masked[kept]
    _refuse_twice(codes, shown)
    return Told(shown, codes[:, None], low, high, masked, meaning.called(value), declared, citizenship=False, lost=lost)


def read_pairs(
    data: Any,
    geometry: Geometry | None,
    *,
    origin: str | None,
    destination: str | None,
    value: str | None,
    roles: Mapping[str, Meaning | str] | None,
    mask_below: int | None,
    unmatched: str,
) -> Told:
    """Read one count a pair of places, from where to where."""
    _options(mask_below, False, unmatched)
    citizenship = False
    if isinstance(data, FlowTable):
        if value is not None or roles is not None:
            raise SpecificationError("a FlowTable brings its counts, must come without value= and roles=")
        data = _in_level(data, geometry)
        ends = corridor_ends(data, origin, destination)
        frame, lost_rows = _cells(ends.frame, ["origin", "destination"], mask_below), ends.lost
        citizenship, meaning = "citizenship" in (ends.origin, ends.destination), count("People")
        frame = frame.groupby(["origin", "destination"])[["low", "high"]].sum().reset_index()
    else:
        frame, meaning, citizenship, lost_rows = _pairs_of_table(
            data,
            origin=origin,
            destination=destination,
            value=value,
            roles=roles,
            mask_below=mask_below,
            areas=geometry if unmatched == "refuse" else None,
        )
    low, high = frame["low"].to_numpy(), frame["high"].to_numpy()
    columns = [
        match_places(frame[name], geometry, name, unmatched)[0]
        if geometry is not None
        else frame[name].to_numpy(object)
        for name in ("origin", "destination")
    ]
    frame = frame.assign(value=people_words(low, high))
    shown = frame[["origin", "destination", "value"]].reset_index(drop=True)
    declared = {"origin": place("Origin"), "destination": place("Destination"), "value": meaning}
    codes = np.column_stack(columns) if len(frame) else np.empty((0, 2), dtype=object)
    masked = (low < high) & (low <= 1)
    ends_known = low.astype(float), high.astype(float)
    return Told(shown, codes, *ends_known, masked, meaning, declared, citizenship=citizenship, lost=lost_rows)


def read_years(
    data: FlowTable, geometry: Geometry, *, origin: str | None, destination: str | None, mask_below: int | None
) -> tuple[pd.DataFrame, bool]:
    """Return the cells of a table of flows by pair of places and year, and whether a side is of citizenships."""
    _options(mask_below, False, "table")
    ends = corridor_ends(_in_level(data, geometry), origin, destination)
    cells = _cells(ends.frame, ["origin", "destination"], mask_below)
    return cells, "citizenship" in (ends.origin, ends.destination)


def _options(mask_below: int | None, operational_detail: bool, unmatched: str) -> None:
    """Check the options that every picture has."""
    if mask_below is not None:
        whole_number("mask_below", mask_below, 2)
    one_of("operational", operational_detail, (True, False))
    one_of("unmatched", unmatched, ("refuse", "table"))


def _in_level(flows: FlowTable, geometry: Geometry | None) -> FlowTable:
    """Add flows up by the regions that are drawn."""
    if geometry is None or geometry.level not in ("region", "subregion"):
        return flows
    return flows.in_regions("region" if geometry.level == "region" else "subregion")


def _cells(frame: pd.DataFrame, keys: list[str], mask_below: int | None) -> pd.DataFrame:
    """Add up who the people are, and mask the cells of places and years that are left."""
    keys = [*keys, *(["year"] if "year" in frame else [])]
    cells = frame.groupby(keys, dropna=False)[["low", "high"]].sum().reset_index()
    cells["low"], cells["high"] = mask_small(cells["low"].to_numpy(), cells["high"].to_numpy(), mask_below)
    return cells


def mask_small(low: Counts, high: Counts, mask_below: int | None) -> tuple[Counts, Counts]:
    """Mask counts from 1 to one below a number: all of them become the same range, so that none can be told apart.

    Parameters
    ----------
    low, high : numpy.ndarray
        Least and greatest of each count.
    mask_below : int, optional
        The number; ``None`` masks nothing.

    Returns
    -------
    tuple of numpy.ndarray
        Least and greatest; a published zero stays.

    Examples
    --------
    >>> low, high = mask_small(np.array([0, 3, 4, 9]), np.array([0, 3, 4, 9]), 5)
    >>> low.tolist(), high.tolist()
    ([0, 0, 0, 9], [0, 4, 4, 9])
    """
    if mask_below is None:
        return low, high
    small = (high > 0) & (high < mask_below)
    return np.where(small, 0, low), np.where(small, mask_below - 1, high)


def _of_flows(
    flows: FlowTable,
    geometry: Geometry,
    *,
    role: str | None,
    mask_below: int | None,
    operational_detail: bool,
    unmatched: str,
) -> Told:
    """Add the people of a table of flows up by one of its roles."""
    usual = [one for one in flows.roles if one != "transit"]
    role = role if role is not None else (usual[-1] if usual else "transit")
    flows.needs(is_a("role", role, str))
    refuse_transit(role, geometry, operational_detail)
    flows = _in_level(flows, geometry)
    keys = list(dict.fromkeys([*usual[:1], *usual[-1:], role]))
    cells = _cells(flows.frame, keys, mask_below)
    lost = int(flows.frame[role].isna().sum())
    cells = cells.dropna(subset=[role])
    if role == "transit":
        stops = cells["transit"].str.split(BETWEEN_STOPS, regex=False).map(lambda one: list(dict.fromkeys(one)))
        cells = cells.assign(transit=stops).explode("transit")
    frame = cells.groupby(role)[["low", "high"]].sum().reset_index()
    if frame.empty:
        raise DataError(f"0 of {len(flows):,} rows know the place of {role}, must be at least one")
    codes, _ = match_places(frame[role], geometry, role, unmatched)
    low, high = frame["low"].to_numpy(), frame["high"].to_numpy()
    shown = pd.DataFrame({"place": frame[role].astype("str"), "value": people_words(low, high)})
    meaning = count("People")
    place_is = (
        operational("Place of transit")
        if role == "transit" and geometry.level not in ("region", "subregion")
        else place()
    )
    declared = {"place": place_is.called("place"), "value": meaning}
    return Told(
        shown,
        codes[:, None],
        low.astype(float),
        high.astype(float),
        (low < high) & (low <= 1),
        meaning,
        declared,
        citizenship=role == "citizenship",
        lost=lost,
    )


def refuse_transit(role: str, geometry: Geometry, operational_detail: bool) -> None:
    """Refuse places of transit, unless they are added up by region or asked for by name."""
    if role == "transit" and geometry.level not in ("region", "subregion") and not operational_detail:
        raise SpecificationError(
            "role == 'transit' shows where routes run, which is operational detail: must be added up by region "
            "(geometry=Geometry.regions()), or asked for with operational=True and judged before it leaves"
        )


def _meaning(
    read: Mapping[str, Meaning], place_column: str, value: str, operational_detail: bool, allowed: tuple[str, ...]
) -> Meaning:
    """Return what the value means, and refuse columns that are no place and no value of a place."""
    told, where = find_meaning(read, value), find_meaning(read, place_column)
    if told is None or where is None:
        raise SpecificationError(
            f"roles leave {'the value' if told is None else 'the place'} undeclared, must say what both mean"
        )
    if told.role not in allowed:
        raise SpecificationError(f"the value is declared {told.role!r}, must be one of {', '.join(map(repr, allowed))}")
    if where.role == "operational detail" and operational_detail:
        return told
    if where.role not in _PLACES:
        raise SpecificationError(
            f"the place is declared {where.role!r}, must be 'place' or 'key': no map shows persons, and operational "
            "detail only with operational=True"
        )
    return told


def _pairs_of_table(
    data: Any,
    *,
    origin: str | None,
    destination: str | None,
    value: str | None,
    roles: Mapping[str, Meaning | str] | None,
    mask_below: int | None,
    areas: Geometry | None,
) -> tuple[pd.DataFrame, Meaning, bool, int]:
    """Read pairs of places from a table or a result, and what is counted."""
    citizenship = False
    if isinstance(data, CorridorsResult):
        citizenship = "citizenship" in (data.origin_role, data.destination_role)
        data, roles = data.corridors, {**data.roles("corridors"), **(roles or {})}
        origin, destination, value = origin or "origin", destination or "destination", value or "people"
    is_frame("data", data)
    if origin is None or destination is None or value is None or roles is None:
        raise SpecificationError(
            "a table comes without origin=, destination=, value= or roles=, must have all four: roles= says what its "
            "columns mean"
        )
    names = [column_name(n, c) for n, c in (("origin", origin), ("destination", destination), ("value", value))]
    has_columns("data", data, names)
    read = read_roles(roles)
    for name in names[:2]:
        meaning = _meaning(read, name, value, False, _FLOW_VALUES).called(value)
    frame = data[names].set_axis(["origin", "destination", "value"], axis=1).reset_index(drop=True)
    for side, name in zip(("origin", "destination"), names[:2], strict=True):
        if areas is not None:  # said of the rows of the table
            match_places(frame[side], areas, name, "refuse")
    frame[["origin", "destination"]] = frame[["origin", "destination"]].astype("str")
    low, high = read_counts(frame["value"], value)
    known = frame["origin"].notna() & frame["destination"].notna()
    cells = frame.assign(low=low, high=high)[known]
    twice = cells.duplicated(["origin", "destination"], keep=False)
    if twice.any():
        raise CellError(
            f"{int(twice.sum()):,} of {len(cells):,} rows are of the same two places as another, must be one row each",
            rows=(np.flatnonzero(twice.to_numpy()) + 1).tolist(),
        )
    cells = _cells(cells[["origin", "destination", "low", "high"]], ["origin", "destination"], mask_below)
    if cells.empty:
        raise DataError(f"0 of {len(frame):,} rows know both places, must be at least one")
    return cells, meaning, citizenship or _says_citizenship(read, names), int((~known).sum())


def _says_citizenship(read: Mapping[str, Meaning], names: list[str]) -> bool:
    """Say whether a declared column of places is one of citizenships."""
    words = " ".join([*names[:2], *(getattr(find_meaning(read, one), "label", "") or "" for one in names[:2])]).lower()
    return any(one in words for one in ("citizen", "national"))


def _read_values(
    column: pd.Series[Any], name: str, meaning: Meaning, mask_below: int | None
) -> tuple[Floats, Floats, NDArray[np.bool_], list[str]]:
    """Read values with their masks; NaN where nothing is known."""
    missing = column.isna().to_numpy()
    cells = column.to_numpy(dtype=object)
    shut = np.array([isinstance(one, str) and one.strip().casefold() in OPEN_MASKS for one in cells], dtype=bool)
    plain = column.astype(object).mask(missing | shut, 0)
    if meaning.role == "count":
        least, most = read_counts(plain if (missing | shut).any() else column, name)
        least, most = mask_small(least, most, mask_below)
        words = people_words(least, most)
        low, high = least.astype(float), most.astype(float)
        masked = (least < most) & (least <= 1)
    else:
        if mask_below is not None:
            raise SpecificationError(f"mask_below == {mask_below}, must be left out: the value is no count")
        numbers = np.array([as_number(one) for one in plain], dtype=np.float64)
        if not np.isfinite(numbers).all():
            must = "must be numbers, missing, or a word such as 'masked'"
            raise wrong_cells(column, ~np.isfinite(numbers), must, name=name)
        words = [f"{one:.4g}" for one in numbers]
        low, high, masked = numbers.copy(), numbers.copy(), np.zeros(len(numbers), dtype=bool)
    low[missing | shut], high[missing | shut] = np.nan, np.nan
    words = ["masked" if s else "" if m else w for s, m, w in zip(shut, missing, words, strict=True)]
    return low, high, masked | shut, words


def _refuse_twice(codes: NDArray[np.object_], shown: pd.DataFrame) -> None:
    """Refuse two rows of one place."""
    keys = pd.Series([code if code is not None else name for code, name in zip(codes, shown["place"], strict=True)])
    twice = keys.duplicated(keep=False).to_numpy()
    if twice.any():
        raise CellError(
            f"{int(twice.sum()):,} of {len(shown):,} rows are of one place with another, must be one row each: choose "
            "a year, or add them up",
            rows=(np.flatnonzero(twice) + 1).tolist(),
        )


def match_places(
    column: pd.Series[Any], geometry: Geometry, name: str, unmatched: str
) -> tuple[NDArray[np.object_], int]:
    """Find the area of each place by code or name; a country without an area, or as asked any word, has none."""
    by_key = {name_key(one.name): one.code for one in geometry.areas} | {name_key(c): c for c in geometry.codes}
    column = column.astype(object).where(column.map(is_hashable).astype(bool), "")
    found: dict[Any, str | None] = {}
    lost: set[Any] = set()
    for word in column.dropna().unique():
        code = word if word in geometry else by_key.get(name_key(word))
        known = place_code(word) if code is None and geometry.level == "country" else None
        if code is None and known is not None and known in geometry:
            code = known
        found[word] = code
        if code is None and known is None:
            lost.add(word)
    wrong = column.isin(lost).to_numpy()
    if wrong.any() and unmatched == "refuse":
        raise wrong_cells(
            column,
            wrong,
            "must each name an area of the map, or pass unmatched='table' to leave them off it",
            name=name,
        )
    codes = np.array([found.get(word) if isinstance(word, str) else None for word in column], dtype=object)
    return codes, int(np.sum([one is None for one in codes]))
