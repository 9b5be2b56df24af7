"""Reading a table of flows between pairs of places for a gravity model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, wrong_cells
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import CellError, DataError, SpecificationError
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
_MOST_LEVELS = 1_000_000  # that a level can be, up to which they are looked up rather than sorted


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns of flows: the count or its two ends, both places, the year and the covariates."""

    flow: tuple[str, str]
    origin: str
    destination: str
    year: str | None
    covariates: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Both places and the year of N rows: codes ``origin`` and ``destination`` (N,) of ``names``, and ``year`` (N,)."""

    origin: Codes
    destination: Codes
    names: tuple[str, ...]
    year: Floats

    def table(self) -> pd.DataFrame:
        """Return names and years, one row a row."""
        names = np.array(self.names, dtype=object)
        return pd.DataFrame({"origin": names[self.origin], "destination": names[self.destination], "year": self.year})


@dataclass(frozen=True, slots=True, eq=False)
class GravityData:
    """Flows that a gravity model can be fitted to.

    ``low``, ``high`` (N,); ``design`` (N, K); ``effects`` codes of each kind; ``keys`` what names each level of each
    kind; ``origin``, ``destination``, ``pair``, ``year`` codes (N,); ``domestic`` (N,); ``left_out`` rows whose effects
    are of flows that are all zero or may be; ``repeated`` rows of a pair and year that another is of; ``places`` of all
    rows, those left out among them.
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
    places: Places

    def clusters(self, kind: str) -> list[Codes]:
        """Return the codes of the clusters that were asked for."""
        both = [self.origin, self.destination]
        return {"none": [], "pair": [self.pair], "origin": both[:1], "destination": both[1:], "both": both}[kind]


def read_places_of(frame: pd.DataFrame, columns: Columns) -> Places:
    """Return both places and the year of each row, one spelling a place across both columns."""
    names = [columns.origin, columns.destination, *([columns.year] if columns.year else [])]
    has_columns("flows", is_frame("flows", frame), [*names, *columns.covariates])
    refuse_missing(frame, [*names, *columns.covariates])
    ends = pd.concat([frame[columns.origin], frame[columns.destination]], ignore_index=True)
    try:
        raw, found = pd.factorize(ends)
        read = read_names(pd.Series(found), columns.origin, cure="")
        codes = read.codes[raw]
    except (TypeError, CellError):  # said of the rows of the table
        read = read_names(ends, columns.origin, cure="")
        codes = read.codes
    years = read_numbers(frame, columns.year) if columns.year else np.zeros(len(frame))
    rows = len(frame)
    return Places(codes[:rows], codes[rows:], tuple(str(one) for one in read.spellings), years)


def read_gravity(frame: pd.DataFrame, columns: Columns, effects: Sequence[str], *, least: int = 0) -> GravityData:
    """Read flows, and leave out rows that tell nothing: those of an effect whose flows are all the least, or may be.

    The least a flow can be is 0, or 1 where flows of nobody are not listed.

    Raises
    ------
    DataError
        If a column is missing, a flow is negative or less than it can be, or too few rows are left.
    """
    places = read_places_of(frame, columns)
    has_columns("flows", frame, set(columns.flow))
    low, high = (read_numbers(frame, name) for name in columns.flow)
    for name, values in zip(columns.flow, (low, high), strict=True):
        refuse_cells(frame[name], values < 0, "must be counts of at least 0", name=name)
    refuse_cells(frame[columns.flow[1]], high < low, "must be at least the lower end", name=columns.flow[1])
    if (high < least).any():
        must = "must be at least 1 where only corridors with people are listed: pass listed='all'"
        raise wrong_cells(frame[columns.flow[1]], high < least, must, name=columns.flow[1])
    extra = [name for name in effects if name not in EFFECTS]
    has_columns("flows", frame, extra)
    refuse_missing(frame, extra)
    parts = _parts(places, {name: frame[name] for name in extra})
    keep = _informative(np.maximum(low - least, 0.0), [_joined(parts, _columns_of(name))[0] for name in effects])
    if int(keep.sum()) < max(_FEWEST_ROWS, len(columns.covariates) + 2):
        raise DataError(
            f"{int(keep.sum()):,} of {len(frame):,} rows tell something of the coefficients, must be at least "
            f"{_FEWEST_ROWS}: leave out effects of places and years without people"
        )
    design = np.column_stack(
        [np.zeros((int(keep.sum()), 0)), *[read_numbers(frame, c)[keep] for c in columns.covariates]]
    )
    kept = {name: (codes[keep], labels) for name, (codes, labels) in parts.items()}
    named = [_levels(kept, _columns_of(name)) for name in effects]
    whole = {name: _joined(kept, list(used))[0] for name, used in _PARTS.items() if "-" not in name}
    times = _joined({"pair": (whole["pair"], None), "year": kept["year"]}, ["pair", "year"])[1]
    return GravityData(
        low=low[keep],
        high=high[keep],
        design=design,
        effects=[code for code, _ in named],
        keys=[key for _, key in named],
        **whole,
        domestic=kept["origin"][0] == kept["destination"][0],
        left_out=int((~keep).sum()),
        repeated=int(keep.sum()) - len(times),
        places=places,
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


def _parts(places: Places, extra: dict[str, pd.Series[Any]]) -> dict[str, tuple[Codes, Any]]:
    """Return what effects are made of: codes of each row, and what each code stands for."""
    names = np.array(places.names, dtype=object)
    years, values = pd.factorize(places.year)
    out = {"origin": (places.origin, names), "destination": (places.destination, names)}
    out["year"] = (years.astype(np.int64), values)
    for name, column in extra.items():
        codes, found = pd.factorize(column.to_numpy())
        out[f"effect {name}"] = (codes.astype(np.int64), found)
    return out


def _joined(parts: dict[str, tuple[Codes, Any]], names: list[str]) -> tuple[Codes, Codes, list[int]]:
    """Return the level of each row, from 0, what each level is as one number, and the base of that number's digits."""
    bases = [int(parts[name][0].max(initial=0)) + 1 for name in names]
    joined = parts[names[0]][0]
    for name, base in zip(names[1:], bases[1:], strict=True):
        joined = joined * base + parts[name][0]
    most = int(np.prod([float(base) for base in bases]))
    if most > _MOST_LEVELS + 10 * len(joined):
        levels, codes = np.unique(joined, return_inverse=True)
        return codes.astype(np.int64), levels, bases
    there = np.zeros(most, dtype=np.bool_)
    there[joined] = True
    return (np.cumsum(there) - 1)[joined], np.flatnonzero(there), bases


def _levels(parts: dict[str, tuple[Codes, Any]], names: list[str]) -> tuple[Codes, pd.MultiIndex]:
    """Return the level of each row, and what names each level."""
    codes, left, bases = _joined(parts, names)
    digits: list[Codes] = []
    for base in bases[:0:-1]:
        left, digit = np.divmod(left, base)
        digits.insert(0, digit)
    labels = [parts[name][1][digit] for name, digit in zip(names, [left, *digits], strict=True)]
    return codes, pd.MultiIndex.from_arrays(labels, names=names)


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
