"""Agreements between states: who is party to which, and since when."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import column_name, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.names import read_names
from ctresearch.core.render import as_card
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.routes.flows.places import read_places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Days = NDArray[np.int64]

_FIRST, _LAST = dt.date(1800, 1, 1).toordinal(), dt.date(2200, 12, 31).toordinal()
_TEXT = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_MUST = "must be a year, a month (2015-03) or a day (2015-03-01), from 1800 to 2200"


@dataclass(frozen=True, eq=False, repr=False)
class Agreements:
    """Agreements by party, with the days on which each began and ceased to be bound.

    An agreement of two parties is bilateral, one of more multilateral. Make one by :meth:`from_frame`.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a party and spell: ``agreement``, ``party``, and the first and last day that each date can mean,
        ``since_low``, ``since_high``, ``until_low``, ``until_high``, as ordinals.

    Examples
    --------
    >>> frame = pd.DataFrame({"agreement": ["A", "A"], "party": ["ITA", "NGA"], "since": [2004, "2006-05-01"]})
    >>> Agreements.from_frame(frame)
    Agreements(1 of 2 states, 1 bilateral)
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        """Keep a copy that nobody else can reach."""
        object.__setattr__(self, "frame", self.frame.reset_index(drop=True).copy())

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        agreement: str = "agreement",
        party: str = "party",
        since: str = "since",
        until: str | None = None,
        places: Literal["countries", "as given"] = "countries",
    ) -> Self:
        """Read a table of parties.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row an agreement and party; a party that left and came back has a row for each time.
        agreement, party, since : str
            Columns of the agreement, the state, and when it became bound: a day, a month or a year. A year alone says
            that it was some day of that year, and what follows stays a range.
        until : str, optional
            Column of the last day, month or year on which it was bound; missing where it still is.
        places : {"countries", "as given"}
            Read states as countries, or keep the words; as the flows are read.

        Returns
        -------
        Agreements
            The agreements.

        Raises
        ------
        DataError
            If a column or cell is missing, a date is none, a state is no country, an agreement has one party, or a
            state is bound twice at once or left before it came.

        Examples
        --------
        >>> frame = pd.DataFrame({"name": ["A"] * 3, "who": ["Italy", "Nigeria", "Niger"], "from": ["2001"] * 3})
        >>> Agreements.from_frame(frame, agreement="name", party="who", since="from")
        Agreements(1 of 3 states, 0 bilateral)
        """
        columns = [column_name("agreement", agreement), column_name("party", party), column_name("since", since)]
        is_frame("agreements", frame)
        has_columns("agreements", frame, [*columns, *([] if until is None else [column_name("until", until)])])
        refuse_missing(frame, columns)
        named = read_names(frame[agreement], agreement, cure="")
        states, _ = read_places(frame[party].reset_index(drop=True), party, places=places, unmatched="refuse")
        since_low, since_high = _read_days(frame[since], since)
        until_low, until_high = np.full(len(frame), _LAST), np.full(len(frame), _LAST)
        if until is not None:
            known = frame[until].notna().to_numpy()
            until_low[known], until_high[known] = _read_days(frame.loc[known, until], until)
            backwards = until_high < since_low
            refuse_cells(frame[until], backwards, "must not lie before the party became bound", name=until)
        made = pd.DataFrame(
            {
                "agreement": np.array([*map(str, named.spellings)], dtype=object)[named.codes],
                "party": states,
                "since_low": since_low,
                "since_high": since_high,
                "until_low": until_low,
                "until_high": until_high,
            }
        )
        _refuse_lonely(made)
        _refuse_twice(made)
        return cls(made)

    def __repr__(self) -> str:
        parties = self.frame.groupby("agreement")["party"].nunique()
        states = self.frame["party"].nunique()
        return f"Agreements({len(parties):,} of {states:,} states, {int((parties == 2).sum()):,} bilateral)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Agreements) and self.frame.equals(other.frame)

    def __hash__(self) -> int:
        return hash(tuple(self.frame["agreement"]) + tuple(self.frame["party"]))

    @property
    def states(self) -> frozenset[str]:
        """The states that are party to any of them."""
        return frozenset(self.frame["party"])

    def _repr_html_(self) -> str:
        return as_card(self)


def bound_between(agreements: Agreements, pairs: pd.DataFrame) -> pd.DataFrame:
    """Say how far agreements bound both states of each pair in a year.

    Parameters
    ----------
    agreements : Agreements
        The agreements.
    pairs : pandas.DataFrame
        Columns ``origin``, ``destination`` and ``year``; each row once.

    Returns
    -------
    pandas.DataFrame
        One row a pair, year and agreement: ``agreement``, ``bilateral``, ``whole`` (both were bound from the first
        to the last day of the year, whatever an unsaid day is) or else on some days or perhaps none.

    Examples
    --------
    >>> frame = pd.DataFrame({"agreement": ["A", "A"], "party": ["ITA", "NGA"], "since": [2004, "2006-05-01"]})
    >>> pairs = pd.DataFrame({"origin": "NGA", "destination": "ITA", "year": [2005, 2006, 2007]})
    >>> bound_between(Agreements.from_frame(frame), pairs)[["year", "whole"]].to_numpy().tolist()
    [[2006, False], [2007, True]]
    """
    parties = agreements.frame.groupby("agreement")["party"].nunique()
    one = agreements.frame.rename(columns={"party": "origin"})
    other = agreements.frame.rename(columns={"party": "destination"})
    both = pairs[["origin", "destination", "year"]].merge(one, on="origin")
    both = both.merge(other, on=["agreement", "destination"], suffixes=("_a", "_b"))
    first = np.array([dt.date(year, 1, 1).toordinal() for year in both["year"].tolist()], dtype=np.int64)
    last = np.array([dt.date(year, 12, 31).toordinal() for year in both["year"].tolist()], dtype=np.int64)
    surely = (
        np.maximum(both["since_high_a"], both["since_high_b"]),
        np.minimum(both["until_low_a"], both["until_low_b"]),
    )
    perhaps = (
        np.maximum(both["since_low_a"], both["since_low_b"]),
        np.minimum(both["until_high_a"], both["until_high_b"]),
    )
    whole = (surely[0] <= first) & (surely[1] >= last)
    some = np.maximum(perhaps[0], first) <= np.minimum(perhaps[1], last)
    found = both.assign(whole=whole, bilateral=both["agreement"].map(parties).eq(2))[whole | some]
    keys = ["origin", "destination", "year", "agreement", "bilateral"]
    return found.groupby(keys)["whole"].any().reset_index()


def _read_days(column: pd.Series[Any], name: str) -> tuple[Days, Days]:
    """Return the first and the last day that each date can mean."""
    days = [_days(cell) for cell in column.to_numpy(dtype=object)]
    wrong = np.array([one is None for one in days], dtype=np.bool_)
    refuse_cells(column, wrong, _MUST, name=name)
    both = np.array(days, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _days(cell: object) -> tuple[int, int] | None:
    """Read one date."""
    if isinstance(cell, (dt.date, pd.Timestamp, np.datetime64)):
        stamp = pd.Timestamp(cell)
        known = 0 if pd.isna(stamp) else stamp.date().toordinal()
        return (known, known) if _FIRST <= known <= _LAST else None
    if isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float, np.integer, np.floating)):
        cell = f"{int(cell):04d}" if 0 < cell < 10_000 and float(cell).is_integer() else ""
    found = _TEXT.fullmatch(str(cell).strip())
    if found is None:
        return None
    year, month, day = (None if part is None else int(part) for part in found.groups())
    assert year is not None
    first_month, last_month = (1, 12) if month is None else (month, month)
    try:
        first = dt.date(year, first_month, 1 if day is None else day)
        last = dt.date(year, last_month, calendar.monthrange(year, last_month)[1] if day is None else day)
    except ValueError:
        return None
    inside = first.toordinal() >= _FIRST and last.toordinal() <= _LAST
    return (first.toordinal(), last.toordinal()) if inside else None


def _refuse_lonely(made: pd.DataFrame) -> None:
    """Refuse agreements of one party: their other parties are not in the table."""
    parties = made.groupby("agreement")["party"].nunique()
    alone = int((parties < 2).sum())
    if alone:
        raise DataError(
            f"{alone:,} of {len(parties):,} agreements have one party, must have at least two: give a row a party"
        )


def _refuse_twice(made: pd.DataFrame) -> None:
    """Refuse spells of one party in one agreement that surely overlap."""
    ordered = made.sort_values(["agreement", "party", "since_low"])
    before = ordered.groupby(["agreement", "party"])["until_low"].shift()
    twice = int((before >= ordered["since_high"]).sum())
    if twice:
        raise DataError(
            f"{twice:,} of {len(made):,} rows bind a party to an agreement that binds it already, must be one row a "
            "time: give until where it left before it came back"
        )
