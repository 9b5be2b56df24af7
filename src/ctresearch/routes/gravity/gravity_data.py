"""Reading a table of flows between pairs of places for a gravity model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.cells import wrong_cells
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import read_names
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

EFFECTS = ("origin", "destination", "year", "origin-year", "destination-year", "pair")
CLUSTERS = ("pair", "origin", "destination", "both", "none")
_FEWEST_ROWS = 10


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns of flows: the count or its two ends, both places, the year and the covariates."""

    flow: tuple[str, str]
    origin: str
    destination: str
    year: str | None
    covariates: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GravityData:
    """Flows that a gravity model can be fitted to.

    ``low``, ``high`` (N,); ``design`` (N, K); ``effects`` codes of each kind; ``keys`` what names each level of each
    kind; ``origin``, ``destination``, ``pair``, ``year`` codes (N,); ``domestic`` (N,); ``left_out`` rows whose effects
    are of flows that are all zero or may be; ``repeated`` rows of a pair and year that another is of.
    """

    low: Floats
    high: Floats
    design: Floats
    effects: list[Codes]
    keys: list[pd.MultiIndex]
    origin: Codes
    destination: Codes
    pair: Codes
    year: Codes
    domestic: NDArray[np.bool_]
    left_out: int
    repeated: int

    def clusters(self, kind: str) -> list[Codes]:
        """Return the codes of the clusters that were asked for."""
        both = [self.origin, self.destination]
        return {"none": [], "pair": [self.pair], "origin": both[:1], "destination": both[1:], "both": both}[kind]


def read_places_of(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return both places and the year of each row, one spelling a place across both columns."""
    names = [columns.origin, columns.destination, *([columns.year] if columns.year else [])]
    has_columns("flows", is_frame("flows", frame), [*names, *columns.covariates])
    refuse_missing(frame, [*names, *columns.covariates])
    ends = pd.concat([frame[columns.origin], frame[columns.destination]], ignore_index=True)
    read = read_names(ends, columns.origin, cure="")
    spelled = np.array([str(one) for one in read.spellings], dtype=object)[read.codes]
    years = read_numbers(frame, columns.year) if columns.year else np.zeros(len(frame))
    rows = len(frame)
    return pd.DataFrame({"origin": spelled[:rows], "destination": spelled[rows:], "year": years})


def read_gravity(frame: pd.DataFrame, columns: Columns, effects: Sequence[str]) -> GravityData:
    """Read flows, and leave out rows that tell nothing: those of an effect whose flows are all zero, or may be.

    Raises
    ------
    DataError
        If a column is missing, a flow is negative, or too few rows are left.
    """
    places = read_places_of(frame, columns)
    has_columns("flows", frame, set(columns.flow))
    low, high = (read_numbers(frame, name) for name in columns.flow)
    for name, values in zip(columns.flow, (low, high), strict=True):
        if (values < 0).any():
            raise wrong_cells(frame[name], values < 0, "must be counts of at least 0", name=name)
    if (high < low).any():
        raise wrong_cells(frame[columns.flow[1]], high < low, "must be at least the lower end", name=columns.flow[1])
    extra = [name for name in effects if name not in EFFECTS]
    has_columns("flows", frame, extra)
    refuse_missing(frame, extra)
    places = places.assign(**{f"effect {name}": frame[name].to_numpy() for name in extra})
    codes = [_codes(places, _columns_of(name)) for name in effects]
    keep = _informative(low, codes)
    if int(keep.sum()) < max(_FEWEST_ROWS, len(columns.covariates) + 2):
        raise DataError(
            f"{int(keep.sum()):,} of {len(frame):,} rows tell something of the coefficients, must be at least "
            f"{_FEWEST_ROWS}: leave out effects of places and years without people"
        )
    kept = places[keep].reset_index(drop=True)
    design = np.column_stack([np.zeros((len(kept), 0)), *[read_numbers(frame, c)[keep] for c in columns.covariates]])
    named = [_levels(kept, _columns_of(name)) for name in effects]
    whole = {name: _codes(kept, list(parts)) for name, parts in _PARTS.items()}
    return GravityData(
        low=low[keep],
        high=high[keep],
        design=design,
        effects=[code for code, _ in named],
        keys=[key for _, key in named],
        origin=whole["origin"],
        destination=whole["destination"],
        pair=whole["pair"],
        year=whole["year"],
        domestic=(kept["origin"] == kept["destination"]).to_numpy(dtype=bool),
        left_out=int((~keep).sum()),
        repeated=int(kept[["origin", "destination", "year"]].duplicated().sum()),
    )


_PARTS = {
    "origin": ("origin",),
    "destination": ("destination",),
    "year": ("year",),
    "origin-year": ("origin", "year"),
    "destination-year": ("destination", "year"),
    "pair": ("origin", "destination"),
}


def _columns_of(effect: str) -> list[str]:
    """Return the columns whose values together name a level of an effect."""
    return list(_PARTS[effect]) if effect in _PARTS else [f"effect {effect}"]


def _codes(places: pd.DataFrame, names: list[str]) -> Codes:
    """Return the level of each row."""
    return _levels(places, names)[0]


def _levels(places: pd.DataFrame, names: list[str]) -> tuple[Codes, pd.MultiIndex]:
    """Return the level of each row, and what names each level."""
    if len(names) == 1:
        codes, found = pd.factorize(places[names[0]])
        return codes.astype(np.int64), pd.MultiIndex.from_arrays([found], names=names)
    parts = [pd.factorize(places[name])[0].astype(np.int64) for name in names]
    joined = parts[0] * (int(parts[1].max()) + 1) + parts[1]
    codes, _ = pd.factorize(joined)
    first = np.unique(codes, return_index=True)[1]
    return codes.astype(np.int64), pd.MultiIndex.from_frame(places[names].iloc[first])


def _informative(low: Floats, codes: list[Codes]) -> NDArray[np.bool_]:
    """Say which rows stand in no effect whose flows are all zero, or may all be, until none is left."""
    keep = np.ones(len(low), dtype=np.bool_)
    while True:
        after = keep.copy()
        for one in codes:
            people = np.bincount(one[keep], weights=low[keep], minlength=int(one.max()) + 1)
            after &= people[one] > 0
        if after.sum() == keep.sum():
            return keep
        keep = after


def read_kinds(effects: Sequence[str], year: str | None) -> tuple[str, ...]:
    """Return the kinds of effects, those without a year where there is none."""
    if not isinstance(effects, (list, tuple)):
        raise SpecificationError(f"effects is a {type(effects).__name__}, must be a list of: {', '.join(EFFECTS)}")
    kinds = tuple(effects)
    if any(not isinstance(one, str) for one in kinds) or len(set(kinds)) < len(kinds) or not kinds:
        raise SpecificationError(f"effects has {len(kinds)} entries, must be different words of: {', '.join(EFFECTS)}")
    if year is not None:
        return kinds
    without = {"origin-year": "origin", "destination-year": "destination"}
    return tuple(dict.fromkeys(without.get(one, one) for one in kinds if one != "year"))
